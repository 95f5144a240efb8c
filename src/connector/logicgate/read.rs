//! Every read: the list of users, one user by id, one user by e-mail.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;

use super::page::{Answer, Page, odd};
use super::roll::{Roll, Take, Whole};
use super::wire::{Fields, User};
use crate::connector::counts::Counts;
use crate::http::{Api, Call, Elements, HttpError, Pages, Problem, Reply, UniqueKeys, segment};
use crate::model::email::{EmailKey, spellings};
use crate::model::odd::Odd;

/// Users; the list is one array as documented, pages if it ever becomes paged.
const USERS: &str = "/api/v1/users";

/// The search by e-mail: documented, but `internal`, so never the main source.
const SEARCH: &str = "/api/v1/internal/users";

/// Users per page; the largest page is not documented, this is well below what others use.
const PAGE_SIZE: u64 = 100;

/// The documented size of a page for which none is asked.
const DEFAULT_SIZE: usize = 20;

/// Users carry this key twice, as in the documented samples; the last one counts.
const TWICE: &[&str] = &["status"];

/// What a list call brought.
#[derive(Debug, Default)]
pub(super) struct Listing<T> {
    /// The users, each id once, in the vendor's order.
    pub(super) users: T,
    /// Pages read; 0 when everything came at once.
    pub(super) pages: u32,
    /// The vendor's own count, where it gives one.
    pub(super) counted: Option<u64>,
    /// What speaks against its being whole.
    pub(super) doubt: Option<String>,
    /// Whether some answer was a page, as documented, and no bare array.
    pub(super) in_pages: bool,
}

/// The path of one user.
pub(super) fn user_path(id: &str) -> String {
    format!("{USERS}/{}", segment(id))
}

/// The path that users are created at.
pub(super) fn create_path() -> &'static str {
    USERS
}

/// Reads every user.
///
/// # Errors
/// Those of the calls; [`Problem::Paging`] for pages that do not go on as promised.
pub(super) async fn list<T: Take>(api: &Api) -> Result<Listing<T>, HttpError> {
    let rows = Arc::new(Mutex::new(Rows::<T>::new(api)));
    let first = Call::get("list users", USERS).each(rows.clone());
    let reply = api.send(first).await?;
    if let Some(users) = Rows::take(&rows) {
        if let Some(why) = users.is_no_list() {
            return Err(reply.unusable(why));
        }
        let all = Listing {
            users,
            ..Listing::default()
        };
        return match goes_on(api, &all.users).await? {
            true => paged(api, || Call::get("list users", USERS)).await,
            false => Ok(all),
        };
    }
    match answer(api, &reply)? {
        Answer::All(users) => Ok(everything(users)),
        Answer::Page(page) if page.more == Some(false) && first_page(&page) => Ok(Listing {
            counted: page.total,
            pages: 1,
            in_pages: true,
            ..everything(page.users)
        }),
        // Paged after all: from the start again, with a page size of our own.
        Answer::Page(_) => paged(api, || Call::get("list users", USERS)).await,
    }
}

/// Whether an array is one page of several. Its documentation says that it has everybody; but one of
/// 20, or of a multiple, is as long as a page by the documented default, and one page more tells.
async fn goes_on<T: Take>(api: &Api, users: &T) -> Result<bool, HttpError> {
    let length = users.count();
    if length == 0 || !length.is_multiple_of(DEFAULT_SIZE) {
        return Ok(false);
    }
    let more = Call::get("list users", USERS)
        .query("page", 1)
        .query("size", length);
    let reply = match api.send(more).await {
        // It knows no pages.
        Err(error) if matches!(error.status(), Some(400 | 404 | 422)) => return Ok(false),
        other => other?,
    };
    let entries = match answer(api, &reply)? {
        Answer::All(entries) => entries,
        Answer::Page(page) => page.users,
    };
    let mut ids = entries
        .iter()
        .flatten()
        .filter_map(|user| user.fields.id.as_deref());
    Ok(ids.any(|id| !users.has(id)))
}

/// Reads one user by id; `None`: the vendor knows no such user.
///
/// # Errors
/// Those of the calls. A 404 for a user whom the list shows, and any 405, mean that the address is
/// not the right one: it is inferred, not documented.
pub(super) async fn by_id(api: &Api, id: &str) -> Result<Option<User>, HttpError> {
    let error = match get(api, id).await {
        Ok(user) => return Ok(Some(user)),
        Err(error) if error.status() == Some(404) => error,
        Err(error) => return Err(unconfirmed(error)),
    };
    // Without this look, a wrong address would make every leaver look gone.
    let listed = list::<Roll>(api).await?;
    if listed.users.has(id) {
        return Err(unconfirmed(error));
    }
    Ok(None)
}

/// Reads one user by e-mail; `None`: the search brings nobody with exactly that e-mail.
///
/// # Errors
/// Those of the calls; [`Problem::Body`] when several users have that e-mail in some letter case.
pub(super) async fn by_email(api: &Api, email: &str) -> Result<Option<Fields>, HttpError> {
    match search(api, email).await? {
        Some(found) => more(api, found).await.map(Some),
        None => Ok(None),
    }
}

/// A search may answer with less than the whole object (embedded users lack flags and roles).
///
/// # Errors
/// Those of the call.
pub(super) async fn more(api: &Api, found: Fields) -> Result<Fields, HttpError> {
    let Some((id, _)) = found.key() else {
        return Ok(found);
    };
    match get(api, id).await {
        Err(error) if matches!(error.status(), Some(404 | 405)) => Ok(found),
        other => other.map(|user| user.fields),
    }
}

/// Searches by e-mail and demands one exact match; the search itself may be fuzzy.
///
/// # Errors
/// As [`by_email`].
pub(super) async fn search(api: &Api, email: &str) -> Result<Option<Fields>, HttpError> {
    match search_only(api, email).await {
        // The internal search can go away any day; the list says the same.
        Err(error) if search_is_gone(&error) => exact(api, list::<Whole>(api).await?.users, email),
        other => other,
    }
}

/// The same without the list in its place.
///
/// # Errors
/// As [`search`], and those of [`search_is_gone`].
pub(super) async fn search_only(api: &Api, email: &str) -> Result<Option<Fields>, HttpError> {
    // The vendor compares texts and may know either form of a domain.
    for spelling in spellings(email) {
        if let Some(found) = search_spelled(api, &spelling).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

async fn search_spelled(api: &Api, email: &str) -> Result<Option<Fields>, HttpError> {
    let listing = paged::<Whole>(api, || search_call(email)).await?;
    if !listing.in_pages && listing.users.users.is_empty() {
        // The documented answer is a page; what says nothing at all proves nobody's absence.
        let reason = String::from("an empty list without a page is no answer to a search");
        return Err(api.problem(&search_call(email).describe(), Problem::Body(reason)));
    }
    exact(api, listing.users, email)
}

/// Whether the search itself is not there (any more).
pub(super) fn search_is_gone(error: &HttpError) -> bool {
    matches!(error.status(), Some(404 | 405 | 410))
}

fn search_call(email: &str) -> Call {
    Call::get("find user by e-mail", SEARCH)
        .query("search-type", "EMAIL")
        .query("query", email.trim())
}

fn exact(api: &Api, found: Whole, email: &str) -> Result<Option<Fields>, HttpError> {
    let wanted = EmailKey::of(email);
    let mut exact = found.users.into_iter().filter(|user| {
        user.key()
            .is_some_and(|(_, email)| EmailKey::of(email) == wanted)
    });
    match (exact.next(), exact.next()) {
        (Some(user), None) => Ok(Some(user)),
        (None, _) => Ok(None),
        (Some(one), Some(other)) => {
            let ids = [one, other].map(|user| user.id.unwrap_or_default());
            Err(api.problem(
                &search_call(email).describe(),
                Problem::Body(api.clean(&format!(
                    "several users have this e-mail ({})",
                    ids.join(", ")
                ))),
            ))
        }
    }
}

/// Says of a 404 or 405 that the address may be wrong; other errors pass.
pub(super) fn unconfirmed(mut error: HttpError) -> HttpError {
    if let Problem::Status {
        status: 404 | 405,
        message,
        body: _,
    } = &mut error.problem
    {
        message.push_str(
            "; the address for one user is inferred and not confirmed by LogicGate's \
             documentation, so this has to be done by hand",
        );
    }
    error
}

pub(super) async fn get(api: &Api, id: &str) -> Result<User, HttpError> {
    let reply = api.send(Call::get("read user", user_path(id))).await?;
    let user = user(api, &reply)?;
    if has_id(&user, id) {
        Ok(user)
    } else {
        Err(reply.unusable("it is not the user that was asked for"))
    }
}

/// The user in an answer.
///
/// # Errors
/// [`Problem::Body`].
pub(super) fn user(api: &Api, reply: &Reply) -> Result<User, HttpError> {
    User::read(reply.json_with_twice::<Json>(TWICE)?)
        .map_err(|reason| reply.unusable(api.clean(&reason)))
}

fn has_id(user: &User, id: &str) -> bool {
    user.fields.id.as_deref() == Some(id)
}

fn answer(api: &Api, reply: &Reply) -> Result<Answer, HttpError> {
    Answer::read(reply.json_with_twice::<Json>(TWICE)?)
        .map_err(|reason| reply.unusable(api.clean(&reason)))
}

fn first_page(page: &Page) -> bool {
    page.number.unwrap_or(0) == 0
}

/// The users of a list as they arrive.
struct Rows<T> {
    api: Api,
    /// `None` until the answer turns out to be a list.
    users: Option<T>,
    keys: UniqueKeys,
}

impl<T: Take> Rows<T> {
    fn new(api: &Api) -> Self {
        Self {
            api: api.clone(),
            users: None,
            keys: UniqueKeys::default(),
        }
    }

    fn take(rows: &Mutex<Self>) -> Option<T> {
        let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.users.take()
    }
}

impl<T: Take> Elements for Rows<T> {
    fn begin(&mut self) {
        self.users = Some(T::default());
    }

    fn element(&mut self, json: &[u8]) -> Result<(), String> {
        self.keys.check(json, TWICE)?;
        let users = self.users.get_or_insert_default();
        match Fields::of_json(json) {
            Ok(user) => users.take(user),
            Err(reason) => {
                let reason = self.api.clean(&reason);
                // What is no JSON ends the list.
                let entry: Json = serde_json::from_slice(json).map_err(|_| reason.clone())?;
                users.odd(odd(&entry, &reason));
            }
        }
        Ok(())
    }
}

fn everything<T: Take>(users: Vec<Result<User, Odd>>) -> Listing<T> {
    let mut all = T::default();
    for user in users {
        match user {
            Ok(user) => all.take(user.fields),
            Err(odd) => all.odd(odd),
        }
    }
    Listing {
        users: all,
        ..Listing::default()
    }
}

/// Reads all pages by number; links are never followed. Where a page does not say whether it is the
/// last one, the list ends with one that brings nothing new.
async fn paged<T: Take>(api: &Api, call: impl Fn() -> Call) -> Result<Listing<T>, HttpError> {
    let mut pages = Pages::new(api, call().what);
    let mut users = T::default();
    let mut counts = Counts::default();
    let mut number = 0;
    let mut in_pages = false;
    loop {
        let reply = api
            .send(call().query("page", number).query("size", PAGE_SIZE))
            .await?;
        let page = match answer(api, &reply)? {
            Answer::Page(page) => {
                in_pages = true;
                page
            }
            Answer::All(users) => Page {
                users,
                number: None,
                total: None,
                more: None,
            },
        };
        if let Some(have) = page.number.filter(|have| *have != number) {
            let reason = format!("asked for page {number}, got page {have}");
            return Err(reply.problem(Problem::Paging(reason)));
        }
        let length = u64::try_from(page.users.len()).unwrap_or(u64::MAX);
        let before = pages.seen();
        let mut odd = Vec::new();
        // Users without an id cannot be told apart and all stay.
        for user in page.users {
            match user {
                Ok(User { fields, whole: _ }) => {
                    if fields.id.as_ref().is_none_or(|id| pages.is_new(id)) {
                        users.take(fields);
                    }
                }
                Err(it) => odd.push(it),
            }
        }
        let fresh = pages.seen() > before;
        if fresh || number == 0 {
            counts.take(page.total, length);
            odd.into_iter().for_each(|it| users.odd(it));
        } else if page.more.is_none() && length > 0 {
            counts.again();
        }
        if !pages.goes_on(page.more.unwrap_or(fresh))? {
            return Ok(Listing {
                users,
                pages: pages.count(),
                counted: counts.whole(),
                doubt: counts.doubt(),
                in_pages,
            });
        }
        number += 1;
    }
}
