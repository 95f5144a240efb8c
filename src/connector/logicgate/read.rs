//! Every read: the list of users, one user by id, one user by e-mail.

use serde_json::{Map, Value as Json};

use super::convert;
use super::spec::{SEARCH, USER, USERS};
use super::users::Users;
use crate::connector::rest::list::Take;
use crate::connector::rest::row::Row;
use crate::connector::rest::walk::Listing;
use crate::connector::rest::whole::Array;
use crate::http::{Api, Call, HttpError, Problem, Reply};
use crate::model::email::spellings;

/// The documented size of a page for which none is asked.
const DEFAULT_SIZE: usize = 20;

/// Fields that the list schema shows and that nobody may keep, log or send back.
/// <https://www.logicgate.com/developer/risk-cloud-api-viewing-users/>
const SECRET_FIELDS: [&str; 3] = ["password", "resetPasswordToken", "intercomHash"];

/// A user who was read alone.
#[derive(Debug, Clone)]
pub(super) struct User {
    /// The fields that mean something here.
    pub(super) row: Row,
    /// Everything the vendor sent, without secrets: a PUT sends it back.
    pub(super) whole: Map<String, Json>,
}

impl User {
    /// Reads a user.
    ///
    /// # Errors
    /// A text that names the field of a wrong type.
    pub(super) fn read(mut user: Json) -> Result<Self, String> {
        drop_secrets(&mut user);
        let name = match user.get("id") {
            Some(Json::String(id)) => format!("user {id}"),
            _ => String::from("a user without id"),
        };
        let row = Row::of(&user, &USER).map_err(|fault| format!("{name}: {fault}"))?;
        match user {
            Json::Object(whole) => Ok(Self { row, whole }),
            _ => Err(String::from("a user is not a JSON object")),
        }
    }
}

/// Takes secret-like fields out, at any depth: a user is nested in other objects too.
fn drop_secrets(value: &mut Json) {
    match value {
        Json::Object(object) => {
            object.retain(|name, _| !SECRET_FIELDS.contains(&name.as_str()));
            object.values_mut().for_each(drop_secrets);
        }
        Json::Array(items) => items.iter_mut().for_each(drop_secrets),
        _ => {}
    }
}

/// Reads every user.
///
/// # Errors
/// Those of the calls; [`Problem::Paging`] for pages that do not go on as promised.
pub(super) async fn list<T: Take>(api: &Api) -> Result<(T, Listing), HttpError> {
    let array = Array::<T>::new(&USERS);
    let reply = api.send(USERS.call().each(array.clone())).await?;
    if let Some(users) = Array::end(&array) {
        if let Some(why) = users.is_no_list() {
            return Err(reply.unusable(why));
        }
        return match goes_on(api, &users).await? {
            true => USERS.read(api, &USERS.call()).await,
            false => Ok((users, Listing::default())),
        };
    }
    let page = USERS.page(&reply)?;
    if page.more != Some(false) || page.number.unwrap_or(0) != 0 {
        // Paged after all: from the start again, with a page size of our own.
        return USERS.read(api, &USERS.call()).await;
    }
    let mut users = T::default();
    page.entries.into_iter().for_each(|user| users.take(user));
    let listing = Listing {
        counted: page.total,
        pages: 1,
        in_pages: true,
        ..Listing::default()
    };
    Ok((users, listing))
}

/// Whether an array is one page of several. Its documentation says that it has everybody; but one of
/// 20, or of a multiple, is as long as a page by the documented default, and one page more tells.
async fn goes_on<T: Take>(api: &Api, users: &T) -> Result<bool, HttpError> {
    let length = users.count();
    if length == 0 || !length.is_multiple_of(DEFAULT_SIZE) {
        return Ok(false);
    }
    let more = USERS.call().query("page", 1).query("size", length);
    let reply = match api.send(more).await {
        // It knows no pages.
        Err(error) if matches!(error.status(), Some(400 | 404 | 422)) => return Ok(false),
        other => other?,
    };
    let users_there = USERS.page(&reply)?.entries;
    let mut ids = users_there
        .iter()
        .flatten()
        .filter_map(|user| user.text("id"));
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
    let (listed, _) = list::<Users>(api).await?;
    match listed.has(id) {
        true => Err(unconfirmed(error)),
        false => Ok(None),
    }
}

/// Reads one user by e-mail; `None`: the search brings nobody with exactly that e-mail.
///
/// # Errors
/// Those of the calls; [`Problem::Body`] when several users have that e-mail in some letter case.
pub(super) async fn by_email(api: &Api, email: &str) -> Result<Option<Row>, HttpError> {
    match search(api, email).await? {
        Some(found) => more(api, found).await.map(Some),
        None => Ok(None),
    }
}

/// A search may answer with less than the whole object (embedded users lack flags and roles).
///
/// # Errors
/// Those of the call.
pub(super) async fn more(api: &Api, found: Row) -> Result<Row, HttpError> {
    let Some((id, _)) = convert::key(&found) else {
        return Ok(found);
    };
    match get(api, id).await {
        Err(error) if matches!(error.status(), Some(404 | 405)) => Ok(found),
        other => other.map(|user| user.row),
    }
}

/// Searches by e-mail and demands one exact match; the search itself may be fuzzy.
///
/// # Errors
/// As [`by_email`].
pub(super) async fn search(api: &Api, email: &str) -> Result<Option<Row>, HttpError> {
    match search_only(api, email).await {
        // The internal search can go away any day; the list says the same.
        Err(error) if search_is_gone(&error) => exact(api, list(api).await?.0, email),
        other => other,
    }
}

/// The same without the list in its place.
///
/// # Errors
/// As [`search`], and those of [`search_is_gone`].
pub(super) async fn search_only(api: &Api, email: &str) -> Result<Option<Row>, HttpError> {
    // The vendor compares texts and may know either form of a domain.
    for spelling in spellings(email) {
        let call = search_call(&spelling);
        let (users, listing) = SEARCH.read::<Vec<Row>>(api, &call).await?;
        if !listing.in_pages && users.is_empty() {
            // The documented answer is a page; what says nothing at all proves nobody's absence.
            let reason = String::from("an empty list without a page is no answer to a search");
            return Err(api.problem(&call.describe(), Problem::Body(reason)));
        }
        if let Some(found) = exact(api, users, &spelling)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Whether the search itself is not there (any more).
pub(super) fn search_is_gone(error: &HttpError) -> bool {
    matches!(error.status(), Some(404 | 405 | 410))
}

fn search_call(email: &str) -> Call {
    let call = SEARCH.call();
    call.query("search-type", "EMAIL")
        .query("query", email.trim())
}

fn exact(api: &Api, mut found: Vec<Row>, email: &str) -> Result<Option<Row>, HttpError> {
    found.retain(|user| convert::key(user).is_some());
    SEARCH.only(found, email).map_err(|why| {
        let problem = Problem::Body(api.clean(&why));
        api.problem(&search_call(email).describe(), problem)
    })
}

/// Says of a 404 or 405 that the address may be wrong; other errors pass.
pub(super) fn unconfirmed(mut error: HttpError) -> HttpError {
    if matches!(error.status(), Some(404 | 405)) {
        error.add(
            "the address for one user is inferred and not confirmed by LogicGate's documentation, \
             so this has to be done by hand",
        );
    }
    error
}

pub(super) async fn get(api: &Api, id: &str) -> Result<User, HttpError> {
    let reply = api.send(Call::get("read user", USERS.path_of(id))).await?;
    let user = user(api, &reply)?;
    match user.row.text("id") == Some(id) {
        true => Ok(user),
        false => Err(reply.unusable("it is about another user")),
    }
}

/// The user in an answer.
///
/// # Errors
/// [`Problem::Body`].
pub(super) fn user(api: &Api, reply: &Reply) -> Result<User, HttpError> {
    User::read(reply.json_with_twice::<Json>(USERS.twice)?)
        .map_err(|reason| reply.unusable(api.clean(&reason)))
}
