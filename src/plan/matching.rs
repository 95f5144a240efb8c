//! Which account belongs to which person (roster rule 5).

mod contest;
mod find;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::desired::Access;
    use crate::model::email::same_email;
    use crate::model::spec::LOGIN;
    use crate::model::value::Value;

    fn want<'a>(email: &'a str, previous: &[&'a str], id: Option<&'a str>) -> PersonKey<'a> {
        PersonKey {
            email,
            previous_emails: previous.to_vec(),
            id,
            login: None,
            access: Access::Granted,
        }
    }

    fn called<'a>(email: &'a str, login: &'a str) -> PersonKey<'a> {
        PersonKey {
            login: Some(login),
            ..want(email, &[], None)
        }
    }

    fn logged(email: &str, id: &str, login: &str) -> Account {
        let mut account = have(email, id);
        let shown = Some(Value::text(login));
        account.attributes.insert(LOGIN, shown);
        account
    }

    #[test]
    fn a_login_comes_before_an_e_mail_and_after_an_id() {
        let accounts = [
            logged("other@x.io", "1", "Ada"),
            logged("ada@x.io", "2", "ada.l"),
        ];
        let found = |want: PersonKey<'_>| match_accounts(&[want], &accounts);
        assert_eq!(found(called("ada@x.io", "ada")), [Match::Account(0)]);
        // In other letters it may be somebody else.
        assert!(matches!(
            found(called("a.lovelace@x.io", "ada"))[..],
            [Match::Doubtful(_)]
        ));
        assert_eq!(found(called("ada@x.io", "nobody")), [Match::Account(1)]);
        let by_id = PersonKey {
            id: Some("2"),
            ..called("x@x.io", "ada")
        };
        assert_eq!(found(by_id), [Match::Account(1)]);
    }

    #[test]
    fn the_login_in_the_same_letters_wins_and_others_are_doubtful() {
        let accounts = [
            logged("a@x.io", "1", "ADA"),
            logged("b@x.io", "2", "ada"),
            logged("c@x.io", "3", "Ada"),
        ];
        let found = |login| match_accounts(&[called("ada@x.io", login)], &accounts);
        assert_eq!(found("ada"), [Match::Account(1)]);
        let [Match::Doubtful(why)] = &found("adA")[..] else {
            panic!("nobody can tell which");
        };
        assert!(
            why.contains("3 accounts with the login adA (1, 2, 3)"),
            "{why}"
        );
    }

    #[test]
    fn a_login_does_not_take_the_account_of_somebody_who_is_listed() {
        let accounts = [logged("bob@x.io", "1", "bob")];
        let people = [called("ada@x.io", "bob"), want("bob@x.io", &[], None)];
        for found in match_accounts(&people, &accounts) {
            let Match::Contested(0, why) = found else {
                panic!("{found:?}");
            };
            assert!(why.contains("ada@x.io (by its login)"), "{why}");
        }
    }

    fn have(email: &str, id: &str) -> Account {
        Account {
            id: Some(id.into()),
            ..Account::new(email)
        }
    }

    #[test]
    fn an_email_matches_in_any_letter_case() {
        let found = match_accounts(&[want("Ada@X.com", &[], None)], &[have(" ada@x.COM", "1")]);
        assert_eq!(found, [Match::Account(0)]);
    }

    #[test]
    fn an_id_decides_alone_and_an_unknown_one_is_doubtful() {
        let accounts = [have("ada@x.com", "1"), have("old@x.com", "2")];
        let found = match_accounts(&[want("ada@x.com", &[], Some("2"))], &accounts);
        assert_eq!(found, [Match::Account(1)]);
        let found = match_accounts(&[want("ada@x.com", &[], Some("9"))], &accounts);
        assert!(matches!(&found[0], Match::Doubtful(why) if why.contains("id 9")));
    }

    /// Everybody's account is contested, for a reason that names everybody.
    fn contested(desired: &[PersonKey<'_>], accounts: &[Account]) {
        for found in match_accounts(desired, accounts) {
            let Match::Contested(0, why) = &found else {
                panic!("{found:?}")
            };
            assert!(desired.iter().all(|it| why.contains(it.email)), "{why}");
        }
    }

    #[test]
    fn the_present_owner_and_the_former_one_of_an_address_both_wait() {
        // Whoever gets the address would get the account with it.
        let desired = [
            want("ada.new@x.com", &["shared@x.com"], None),
            want("shared@x.com", &[], None),
        ];
        let accounts = [have("shared@x.com", "1"), have("ada.new@x.com", "2")];
        contested(&desired, &accounts[..1]);
        let with_id = [desired[0].clone(), want("shared@x.com", &[], Some("1"))];
        contested(&with_id, &accounts[..1]);
        // Who has another account, or should have none, lost this one with the address.
        let found = match_accounts(&desired, &accounts);
        assert_eq!(found, [Match::Account(1), Match::Account(0)]);
        let left = PersonKey {
            access: Access::Left,
            ..desired[0].clone()
        };
        let found = match_accounts(&[left, desired[1].clone()], &accounts[..1]);
        assert_eq!(found, [Match::Missing, Match::Account(0)]);
    }

    #[test]
    fn an_earlier_email_matches_when_the_new_one_does_not() {
        let desired = [want("new@x.com", &["older@x.com", "old@x.com"], None)];
        let found = match_accounts(&desired, &[have("OLD@x.com", "1")]);
        assert_eq!(found, [Match::Account(0)]);
    }

    #[test]
    fn an_unknown_id_of_a_leaver_is_done_unless_an_address_is_still_there() {
        let leaver = PersonKey {
            access: Access::Left,
            ..want("ada@x.com", &["old@x.com"], Some("9"))
        };
        let find = |email: &str| {
            let found = match_accounts(std::slice::from_ref(&leaver), &[have(email, "1")]);
            found.into_iter().next().unwrap()
        };
        assert_eq!(find("zoe@x.com"), Match::Missing);
        for email in ["ADA@x.com", "old@x.com"] {
            assert!(matches!(find(email), Match::Doubtful(why) if why.contains("id 9")));
        }
    }

    #[test]
    fn two_accounts_with_one_email_are_doubtful() {
        let accounts = [have("a@x.com", "1"), have("A@x.com", "2")];
        let found = match_accounts(&[want("a@x.com", &[], None)], &accounts);
        assert!(matches!(&found[0], Match::Doubtful(why) if why.contains("1, 2")));
    }

    #[test]
    fn an_id_takes_no_account_that_is_somebody_elses_by_its_address() {
        let taker = want("a@x.com", &[], Some("1"));
        let accounts = [have("b@x.com", "1")];
        let owners = [
            want("b@x.com", &[], None),
            want("new@x.com", &["B@x.com"], None),
        ];
        for owner in owners {
            contested(&[taker.clone(), owner.clone()], &accounts);
            contested(&[owner.clone(), taker.clone()], &accounts);
            // A leaver's account is not somebody else's either before the roster says so.
            let left = PersonKey {
                access: Access::Left,
                ..owner
            };
            contested(&[taker.clone(), left], &accounts);
        }
    }

    #[test]
    fn nobody_gets_what_two_people_have_the_same_right_to() {
        let both = |desired: &[PersonKey<'_>], accounts: &[Account]| {
            let found = match_accounts(desired, accounts);
            let unclear = |it: &Match| matches!(it, Match::Doubtful(_));
            assert!(found.iter().all(unclear), "{found:?}");
        };
        let accounts = [have("old@x.com", "1")];
        let id = [
            want("a@x.com", &[], Some("1")),
            want("b@x.com", &[], Some("1")),
        ];
        both(&id, &accounts);
        let previous = [
            want("a@x.com", &["old@x.com"], None),
            want("b@x.com", &["OLD@x.com"], None),
        ];
        both(&previous, &accounts);
        // Neither is there a second account to be made for two people with one e-mail.
        both(
            &[want("a@x.com", &[], None), want("A@x.com", &[], None)],
            &accounts,
        );
    }

    #[test]
    fn two_people_have_the_same_right_whoever_stands_between_them() {
        let accounts = [have("old@x.com", "1"), have("b@x.com", "2")];
        for (one, other) in [
            (
                want("a@x.com", &[], Some("1")),
                want("c@x.com", &[], Some("1")),
            ),
            (want("a@x.com", &[], None), want("A@x.com", &[], None)),
        ] {
            let desired = [one, want("b@x.com", &[], None), other];
            let found = match_accounts(&desired, &accounts);
            assert!(matches!(&found[0], Match::Doubtful(_)), "{found:?}");
            assert_eq!(found[1], Match::Account(1));
            assert!(matches!(&found[2], Match::Doubtful(_)), "{found:?}");
        }
    }

    #[test]
    fn an_earlier_address_that_two_accounts_have_is_doubtful() {
        let accounts = [have("old@x.com", "2"), have("OLD@x.com", "1")];
        let found = match_accounts(&[want("new@x.com", &["old@x.com"], None)], &accounts);
        assert!(matches!(&found[0], Match::Doubtful(why) if why.contains("1, 2")));
        // Where somebody has one of them, the other one is clear.
        let owner = want("z@x.com", &[], Some("2"));
        let found = match_accounts(&[want("new@x.com", &["old@x.com"], None), owner], &accounts);
        assert_eq!(found, [Match::Account(1), Match::Account(0)]);
    }

    #[test]
    fn reasons_read_the_same_in_whatever_order_people_and_accounts_come() {
        let shared = [have("s@x.com", "1"), have("S@x.com", "2")];
        for people in [
            // Two who want one account by an id, by an earlier address, and against its owner.
            vec![
                want("b@x.com", &[], Some("1")),
                want("a@x.com", &[], Some("1")),
            ],
            vec![
                want("b@x.com", &["s@x.com"], Some("1")),
                want("a@x.com", &["s@x.com"], Some("2")),
                want("s@x.com", &[], None),
            ],
        ] {
            let mut turned = people.clone();
            turned.reverse();
            let mut found = match_accounts(&turned, &shared);
            found.reverse();
            assert_eq!(found, match_accounts(&people, &shared));
        }
        // Two who have the accounts of one login already, in whatever order the vendor lists these.
        let left = PersonKey {
            access: Access::Left,
            ..called("old@x.com", "t1")
        };
        let people = [
            want("b@x.com", &[], Some("1")),
            want("a@x.com", &[], Some("2")),
            left,
        ];
        let accounts = [logged("b@x.com", "1", "t1"), logged("a@x.com", "2", "t1")];
        let turned = [accounts[1].clone(), accounts[0].clone()];
        for accounts in [accounts, turned] {
            let found = match_accounts(&people, &accounts);
            let told =
                matches!(&found[2], Match::Doubtful(why) if why.contains("a@x.com and b@x.com"));
            assert!(told, "{found:?}");
        }
        let mine = [have("b@x.com", "1")];
        let people = [
            want("c@x.com", &["b@x.com"], None),
            want("b@x.com", &[], None),
            want("a@x.com", &["b@x.com"], None),
        ];
        let Match::Contested(0, why) = &match_accounts(&people, &mine)[1] else {
            panic!("nobody contests it")
        };
        let at = |email: &str| why.find(&format!("{email} (by"));
        assert!(
            at("a@x.com") < at("b@x.com") && at("b@x.com") < at("c@x.com"),
            "{why}"
        );
    }

    #[test]
    fn of_several_holders_of_an_address_the_least_id_is_named() {
        let mut accounts = [
            have("a@x.com", "2"),
            have("A@x.com", "1"),
            have("a@x.com", "3"),
        ];
        for _ in 0..3 {
            let holder = Index::new(&accounts).holder("a@x.com").unwrap().id.clone();
            assert_eq!(holder.as_deref(), Some("1"));
            accounts.rotate_left(1);
        }
        assert_eq!(Index::new(&accounts).holder("b@x.com"), None);
    }

    #[test]
    fn a_former_owner_does_not_profit_from_a_mistake_of_the_present_one() {
        let present = want("shared@x.com", &[], Some("wrong"));
        let former = want("new@x.com", &["shared@x.com"], None);
        let found = match_accounts(&[former, present], &[have("shared@x.com", "1")]);
        assert!(matches!(&found[0], Match::Doubtful(why) if why.contains("unclear")));
        assert!(matches!(&found[1], Match::Doubtful(why) if why.contains("wrong")));
    }

    #[test]
    fn an_address_that_moves_on_finds_its_former_owner_when_the_present_one_has_an_id() {
        let desired = [
            want("shared@x.com", &[], Some("1")),
            want("new@x.com", &["shared@x.com"], None),
        ];
        let accounts = [have("mine@x.com", "1"), have("shared@x.com", "2")];
        let found = match_accounts(&desired, &accounts);
        assert_eq!(found, [Match::Account(0), Match::Account(1)]);
    }

    #[test]
    fn an_account_that_an_id_takes_leaves_the_other_one_clear() {
        let desired = [want("a@x.com", &[], None), want("b@x.com", &[], Some("2"))];
        let accounts = [have("a@x.com", "1"), have("A@x.com", "2")];
        let found = match_accounts(&desired, &accounts);
        assert_eq!(found, [Match::Account(0), Match::Account(1)]);
    }

    #[test]
    fn emails_are_found_in_whatever_order_they_are_asked_for() {
        let accounts: Vec<Account> = (0..50)
            .map(|at| have(&format!("P{:02}@x.com", at * 7 % 25), &at.to_string()))
            .collect();
        let emails = Emails::of(&accounts);
        let mut asked: Vec<usize> = (0..27).chain((0..27).rev()).collect();
        asked.extend((0..200).map(|at| at * 11 % 27));
        for number in asked {
            let email = format!("p{number:02}@X.com");
            let has = |at: &usize| same_email(&accounts[*at].email, &email);
            let expected: Vec<usize> = (0..50).filter(has).collect();
            let found: Vec<usize> = emails.get(&email).iter().map(|(_, at)| *at).collect();
            assert_eq!(found, expected, "{email}");
        }
        assert!(emails.get("a").is_empty() && emails.get("z").is_empty());
        assert!(Emails::of(&[]).get("a@x.com").is_empty());
    }

    #[test]
    fn a_claim_is_an_id_an_email_or_an_earlier_one() {
        let desired = [
            want("a@x.com", &["old@x.com"], None),
            want("b@x.com", &["OLD@x.com"], Some("3")),
        ];
        let accounts = [
            have("A@x.com", "1"),
            have("old@x.com", "2"),
            have("z@x.com", "3"),
            have("z@x.com", "4"),
        ];
        let expected: [&[usize]; 4] = [&[0], &[0, 1], &[1], &[]];
        let found = claimants(&desired, &accounts);
        assert!(found.iter().map(|it| &**it).eq(expected), "{found:?}");
    }
}
