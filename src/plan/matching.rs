//! Which account belongs to which person (roster rule 5).

mod contest;
mod find;
#[cfg(test)]
mod tests;

use std::cell::{Cell, OnceCell};
use std::collections::{HashMap, HashSet};
use std::ops::Deref;

use crate::model::account::Account;
use crate::model::desired::PersonKey;
use crate::model::email::EmailKey;
use crate::model::few::few;
use crate::model::fingerprint::FingerprintIndex;

/// What was found for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// This account, by its place in the list of accounts.
    Account(usize),
    /// None: there is no such account.
    Missing,
    /// It cannot be told, or must not be: the action is held for this reason.
    Doubtful(String),
    /// This account, but somebody else has a claim on it too: both are held for this reason.
    Contested(usize, String),
}

/// One [`Match`] for each desired account, as [`Index::matches`] has it.
pub fn match_accounts(desired: &[PersonKey<'_>], accounts: &[Account]) -> Vec<Match> {
    Index::new(accounts).matches(desired)
}

/// For each account, the people it may belong to, as [`Index::claimants`] has it.
pub fn claimants(desired: &[PersonKey<'_>], accounts: &[Account]) -> Vec<Places> {
    Index::new(accounts).claimants(desired)
}

/// Places in a list. Nearly always one: that takes nothing from the heap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Places {
    /// Nowhere.
    #[default]
    None,
    /// One place.
    One(usize),
    /// Several.
    Several(Vec<usize>),
}

impl Places {
    fn add(&mut self, place: usize) {
        match self {
            Self::None => *self = Self::One(place),
            Self::One(first) => *self = Self::Several(vec![*first, place]),
            Self::Several(places) => places.push(place),
        }
    }

    /// Drops doubles, which stand side by side: people are asked one after the other.
    fn drop_doubles(&mut self) {
        if let Self::Several(places) = self {
            places.dedup();
        }
    }
}

impl Deref for Places {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        match self {
            Self::None => &[],
            Self::One(place) => std::slice::from_ref(place),
            Self::Several(places) => places,
        }
    }
}

/// For each account, the people it was given to.
type Taken = [Places];

/// An account, or why it is not clear which.
type Found = Result<usize, String>;

struct Matching<'a> {
    desired: &'a [PersonKey<'a>],
    /// `None` until somebody is settled.
    matches: Vec<Option<Match>>,
    taken: Vec<Places>,
}

impl<'a> Matching<'a> {
    /// Looks for accounts of everybody who is not settled yet. Nothing counts as taken before all
    /// have looked, so that the order of people decides nothing.
    fn pass(&mut self, look: impl Fn(&'a PersonKey<'a>, &Taken) -> Option<Found>) {
        let mut wanted: Vec<(usize, usize)> = Vec::new();
        for (place, want) in self.desired.iter().enumerate() {
            if self.matches[place].is_some() {
                continue;
            }
            match look(want, &self.taken) {
                Some(Ok(at)) => wanted.push((at, place)),
                Some(Err(why)) => self.matches[place] = Some(Match::Doubtful(why)),
                None => {}
            }
        }
        wanted.sort_unstable();
        for same in wanted.chunk_by(|(one, _), (other, _)| one == other) {
            let at = same[0].0;
            same.iter()
                .for_each(|(_, place)| self.taken[at].add(*place));
            for (_, place) in same {
                self.matches[*place] = Some(match same.len() {
                    1 => Match::Account(at),
                    _ => Match::Doubtful(format!(
                        "one account matches {} in the roster",
                        owners(self.desired, &self.taken[at])
                    )),
                });
            }
        }
    }

    fn doubtful(&self) -> impl Iterator<Item = &'a PersonKey<'a>> {
        self.desired
            .iter()
            .zip(&self.matches)
            .filter(|(_, found)| matches!(found, Some(Match::Doubtful(_))))
            .map(|(want, _)| want)
    }
}

/// The e-mails of people, for messages.
fn owners(desired: &[PersonKey<'_>], places: &[usize]) -> String {
    let mut emails: Vec<&str> = places.iter().map(|place| desired[*place].email).collect();
    emails.sort_unstable();
    few(&emails, " and ")
}

/// The accounts of one vendor by what they are looked up with.
pub struct Index<'a> {
    accounts: &'a [Account],
    emails: Emails<'a>,
    /// Places by login name, once somebody is sought by one.
    logins: OnceCell<HashMap<EmailKey<'a>, Vec<usize>>>,
    ids: FingerprintIndex,
    /// Ids that several accounts have, and the places of these.
    doubled: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Index<'a> {
    /// Of accounts in any order.
    pub fn new(accounts: &'a [Account]) -> Self {
        let mut ids = FingerprintIndex::default();
        let mut doubled: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, account) in accounts.iter().enumerate() {
            if let Some(id) = &account.id
                && let Some(before) = ids.insert(id, at)
            {
                let places = doubled.entry(id).or_insert_with(|| vec![before]);
                places.push(at);
            }
        }
        Self {
            emails: Emails::of(accounts),
            logins: OnceCell::new(),
            accounts,
            ids,
            doubled,
        }
    }

    /// One [`Match`] for each desired account, in the same order, whatever that order is.
    ///
    /// An id decides alone. Otherwise every login is matched before any e-mail is, and every e-mail
    /// before any earlier e-mail, so that an account never goes to the person who had the address once instead of the one who has it
    /// now. Where two people have a right to an account, neither gets it.
    pub fn matches(&self, desired: &[PersonKey<'_>]) -> Vec<Match> {
        let shared = shared_emails(desired);
        let mut matching = Matching {
            desired,
            matches: vec![None; desired.len()],
            taken: vec![Places::default(); self.accounts.len()],
        };
        matching.pass(|want, _| self.by_own_id(want));
        matching.pass(|want, taken| self.by_login(want, desired, taken));
        matching.pass(|want, taken| {
            if shared.contains(&EmailKey::of(want.email)) {
                return Some(Err(format!("two people have the e-mail {}", want.email)));
            }
            self.by_email(want.email, desired, taken)
        });
        let unclear: HashSet<EmailKey<'_>> = matching
            .doubtful()
            .map(|want| EmailKey::of(want.email))
            .collect();
        matching.pass(|want, taken| {
            want.previous_emails.iter().find_map(|previous| {
                match self.by_email(previous, desired, taken)? {
                    Ok(_) if unclear.contains(&EmailKey::of(previous)) => Some(Err(format!(
                        "the account with the earlier e-mail {previous} may belong to the person \
                         who has that address now, which is unclear itself"
                    ))),
                    // Somebody else has that account: it says nothing about this person any more.
                    Err(_) if self.all_taken(previous, taken) => None,
                    found => Some(found),
                }
            })
        });
        let found = matching.matches.into_iter();
        let mut found: Vec<Match> = found.map(|it| it.unwrap_or(Match::Missing)).collect();
        self.contest(desired, &mut found);
        found
    }

    /// For each account, the people it may belong to by id, login, e-mail or earlier e-mail.
    ///
    /// People are given by their place in `desired`, whether or not the account was matched to
    /// them. An account that anybody may own is no stranger.
    pub fn claimants(&self, desired: &[PersonKey<'_>]) -> Vec<Places> {
        let mut claims = vec![Places::default(); self.accounts.len()];
        for (place, want) in desired.iter().enumerate() {
            if let Some(id) = want.id {
                for at in self.with_id(id) {
                    claims[at].add(place);
                }
            }
            for at in want.login.into_iter().flat_map(|it| self.with_login(it)) {
                claims[at].add(place);
            }
            for email in want.emails() {
                for (_, at) in self.emails.get(email) {
                    claims[*at].add(place);
                }
            }
        }
        claims.iter_mut().for_each(Places::drop_doubles);
        claims
    }

    /// Who has an e-mail; of several the one with the least id, whatever the order of the list.
    pub fn holder(&self, email: &str) -> Option<&'a Account> {
        let holders = self.emails.get(email).iter();
        let holders = holders.map(|(_, at)| &self.accounts[*at]);
        holders.min_by(|one, other| one.id.cmp(&other.id))
    }

    fn with_id(&self, id: &str) -> Vec<usize> {
        if let Some(places) = self.doubled.get(id) {
            return places.clone();
        }
        let has = |at: &usize| self.accounts[*at].id.as_deref() == Some(id);
        self.ids.get(id).filter(has).into_iter().collect()
    }

    /// Accounts with a login name: those that spell it like this, or else in other letters.
    fn with_login(&self, login: &str) -> Vec<usize> {
        let logins = self.logins.get_or_init(|| {
            let mut logins: HashMap<EmailKey<'_>, Vec<usize>> = HashMap::new();
            for (at, account) in self.accounts.iter().enumerate() {
                if let Some(login) = account.login() {
                    logins.entry(EmailKey::of(login)).or_default().push(at);
                }
            }
            logins
        });
        let alike = logins
            .get(&EmailKey::of(login))
            .cloned()
            .unwrap_or_default();
        let is_same = |at: &usize| self.accounts[*at].login() == Some(login);
        let same: Vec<usize> = alike.iter().copied().filter(is_same).collect();
        if same.is_empty() { alike } else { same }
    }

    /// `None`: the roster gives no id, or that of a leaver whose account is gone, deleted by an
    /// earlier run or by hand. As long as an account has one of the leaver's addresses, the id may
    /// as well be wrong.
    fn by_own_id(&self, want: &PersonKey<'_>) -> Option<Found> {
        let id = want.id?;
        let mut emails = want.emails();
        let gone = !want.access.granted()
            && self.with_id(id).is_empty()
            && !emails.any(|email| !self.emails.get(email).is_empty());
        (!gone).then(|| self.by_id(id))
    }

    fn by_id(&self, id: &str) -> Found {
        match self.with_id(id).as_slice() {
            [at] => Ok(*at),
            [] => Err(format!(
                "the vendor knows no account with the id {id} that the roster gives; correct the \
                 id, or leave it out so that the e-mail matches"
            )),
            several => Err(ambiguous_id(id, several.len())),
        }
    }

    /// `None`: no account has that login name.
    fn by_login(
        &self,
        want: &PersonKey<'_>,
        desired: &[PersonKey<'_>],
        taken: &Taken,
    ) -> Option<Found> {
        let login = want.login?;
        let places = self.with_login(login);
        // At some vendors `T1` and `t1` are two people. An e-mail that says the same is enough.
        if let [at] = places.as_slice()
            && let Some(theirs) = self.accounts[*at].login()
            && theirs != login
            && !is_local_part(login, want.email)
        {
            return Some(Err(format!(
                "the vendor has the login {theirs}, and the roster says {login}; write it as the vendor does"
            )));
        }
        let what = || format!("the login {login}");
        self.one_of(places.iter().copied(), what, desired, taken)
    }

    /// `None`: no account has that e-mail.
    fn by_email(&self, email: &str, desired: &[PersonKey<'_>], taken: &Taken) -> Option<Found> {
        let places = self.emails.get(email).iter().map(|(_, at)| *at);
        let what = || format!("the e-mail {email}");
        self.one_of(places, what, desired, taken)
    }

    /// The one account among these that nobody has yet; `None`: there are none.
    fn one_of(
        &self,
        places: impl Iterator<Item = usize> + Clone,
        what: impl Fn() -> String,
        desired: &[PersonKey<'_>],
        taken: &Taken,
    ) -> Option<Found> {
        places.clone().next()?;
        let free = || places.clone().filter(|at| taken[*at].is_empty());
        let mut one = free();
        Some(match (one.next(), one.next()) {
            (None, _) => {
                let owners = places.map(|at| owners(desired, &taken[at]));
                let mut owners: Vec<String> = owners.collect();
                owners.sort_unstable();
                Err(format!(
                    "the account that matches already belongs to {} in the roster",
                    few(&owners, " and ")
                ))
            }
            (Some(at), None) => {
                let id = self.accounts[at].id.as_deref();
                match id.and_then(|id| Some((id, self.doubled.get(id)?))) {
                    Some((id, several)) => Err(ambiguous_id(id, several.len())),
                    None => Ok(at),
                }
            }
            (Some(_), Some(_)) => {
                let several: Vec<usize> = free().collect();
                Err(self.ambiguous(&what(), &several))
            }
        })
    }

    /// Whether somebody has every account with that e-mail.
    fn all_taken(&self, email: &str, taken: &Taken) -> bool {
        let mut places = self.emails.get(email).iter();
        places.all(|(_, at)| !taken[*at].is_empty())
    }

    fn ambiguous(&self, what: &str, several: &[usize]) -> String {
        let mut ids: Vec<&str> = several
            .iter()
            .map(|at| self.accounts[*at].id.as_deref().unwrap_or("no id"))
            .collect();
        ids.sort_unstable();
        format!(
            "the vendor has {} accounts with {what} ({}); give the right one's id in the roster",
            several.len(),
            few(&ids, ", ")
        )
    }
}

/// Whether a login is the part of an e-mail before its `@`, in whatever letters.
fn is_local_part(login: &str, email: &str) -> bool {
    let local = email.rsplit_once('@').map(|(local, _)| local);
    local.is_some_and(|it| it.eq_ignore_ascii_case(login))
}

fn ambiguous_id(id: &str, several: usize) -> String {
    format!(
        "the vendor shows {several} accounts with the id {id}, and an id has to be one account's"
    )
}

/// Keys of e-mails that several people have.
fn shared_emails<'a>(desired: &[PersonKey<'a>]) -> HashSet<EmailKey<'a>> {
    let mut keys: Vec<_> = desired.iter().map(|it| EmailKey::of(it.email)).collect();
    keys.sort_unstable();
    let same = keys.chunk_by(|one, other| one == other);
    let several = same.filter(|keys| keys.len() > 1);
    several.map(|keys| keys[0].clone()).collect()
}

/// The places of accounts, sorted by e-mail key. People are asked for in that order, so that the
/// next one is nearly always where the last one was: a map of so many texts is a walk through all of
/// memory, which is a third of what planning 100,000 people took.
struct Emails<'a> {
    sorted: Vec<(EmailKey<'a>, usize)>,
    /// Where the last search ended.
    last: Cell<usize>,
}

impl<'a> Emails<'a> {
    fn of(accounts: &'a [Account]) -> Self {
        let keys = accounts.iter().map(|it| EmailKey::of(&it.email));
        let mut sorted: Vec<_> = keys.zip(0..).collect();
        sorted.sort_unstable();
        Self {
            sorted,
            last: Cell::new(0),
        }
    }

    /// All accounts with that e-mail, in the order of their places.
    fn get(&self, email: &str) -> &[(EmailKey<'a>, usize)] {
        let key = EmailKey::of(email);
        let before = |at: usize| self.sorted.get(at).is_some_and(|(have, _)| *have < key);
        let last = self.last.get();
        let mut from = if last > 0 && before(last - 1) {
            last
        } else {
            0
        };
        // Steps that double, from the last place on, then halves.
        let mut step = 1;
        while before(from + step - 1) {
            from += step;
            step *= 2;
        }
        let until = (from + step).min(self.sorted.len());
        let start = from + self.sorted[from..until].partition_point(|(have, _)| *have < key);
        self.last.set(start);
        let rest = &self.sorted[start..];
        let same = rest.iter().take_while(|(have, _)| *have == key).count();
        &rest[..same]
    }
}
