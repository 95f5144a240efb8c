//! Who is gone from the roster: earlier states of it are compared with the present one, by person.
//!
//! States come one at a time, the newest first, so that a person who was renamed twice is followed
//! from address to address, and so that nothing of a state has to be kept.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;

use crate::model::email::{EmailKey, compare_emails};

/// One person of one state of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The e-mail, then earlier ones, as written.
    pub emails: Vec<Box<str>>,
    /// Their keys, in the same order.
    pub keys: Vec<EmailKey<'static>>,
    /// Ids that the roster gives, with the vendors' names.
    pub ids: Vec<(Box<str>, Box<str>)>,
    /// Login names, with the vendors' names.
    pub logins: Vec<(Box<str>, Box<str>)>,
    /// Vendors where the person had access on the day of that state.
    pub access: Vec<Box<str>>,
}

/// The commit by which somebody was gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Commit {
    /// The first digits of its hash.
    pub hash: Box<str>,
    /// The day it was committed (UTC).
    pub day: Date,
}

/// Somebody whom the roster listed once and does not list now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departed {
    /// The last e-mail.
    pub email: Box<str>,
    /// Every other address that they had in that time.
    pub other_emails: Vec<Box<str>>,
    /// Ids that the roster gave, by vendor; the last one counts.
    pub ids: BTreeMap<Box<str>, Box<str>>,
    /// Login names, by vendor; the last one counts.
    pub logins: BTreeMap<Box<str>, Box<str>>,
    /// Vendors where they had access at some time, by name.
    pub vendors: Vec<Box<str>>,
    /// The first commit without them; `None`: it is not committed yet.
    pub since: Option<Commit>,
}

/// What was found in the roster's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The first day that was looked at.
    pub from: Date,
    /// States of the roster that were looked at.
    pub commits: usize,
    /// Who is gone, by e-mail.
    pub departed: Vec<Departed>,
    /// Commits whose roster could not be read, or not whole, and why; the newest first.
    pub unread: Vec<(Commit, String)>,
    /// Why there is no history to look at, where none is to be expected.
    pub absent: Option<String>,
    /// Why somebody who is gone may have been missed.
    pub problem: Option<String>,
}

impl Past {
    /// Nothing yet.
    pub fn new(from: Date) -> Self {
        Self {
            from,
            commits: 0,
            departed: Vec::new(),
            unread: Vec::new(),
            absent: None,
            problem: None,
        }
    }
}

/// What ties two entries to one person: an e-mail key, or an id at a vendor.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Tie {
    Email(EmailKey<'static>),
    Id(Box<str>, Box<str>),
}

/// Whose a tie is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// Somebody whom the roster lists now.
    Present,
    /// The departed in this place.
    Departed(usize),
}

/// The comparison, while states come in.
#[derive(Debug, Default)]
pub struct Comparison {
    owners: HashMap<Tie, Owner>,
    departed: Vec<Departed>,
    /// Addresses that each departed has already.
    emails: HashSet<(usize, EmailKey<'static>)>,
}

impl Comparison {
    /// Begins with the roster as it is now.
    pub fn new(present: &[Listed]) -> Self {
        let ties = present.iter().flat_map(ties);
        Self {
            owners: ties.map(|tie| (tie, Owner::Present)).collect(),
            ..Self::default()
        }
    }

    /// Whether an entry with this e-mail could tell nothing new: its person is listed now, or is
    /// known to be gone and to have had access.
    pub fn tells_nothing_new(&self, email: &str) -> bool {
        match self
            .owners
            .get(&Tie::Email(EmailKey::of(email).into_owned()))
        {
            Some(Owner::Present) => true,
            Some(Owner::Departed(at)) => !self.departed[*at].vendors.is_empty(),
            None => false,
        }
    }

    /// Takes the next older state. `since` is the oldest commit after it.
    pub fn older(&mut self, people: &[Listed], since: Option<&Commit>) {
        for person in people {
            let ties: Vec<Tie> = ties(person).collect();
            let owner = self.owner(&ties).unwrap_or_else(|| {
                let at = self.departed.len();
                self.emails
                    .extend(person.keys.first().map(|it| (at, it.clone())));
                self.departed.push(Departed {
                    email: person.emails.first().cloned().unwrap_or_default(),
                    other_emails: Vec::new(),
                    ids: BTreeMap::new(),
                    logins: BTreeMap::new(),
                    vendors: Vec::new(),
                    since: since.cloned(),
                });
                Owner::Departed(at)
            });
            for tie in ties {
                self.owners.entry(tie).or_insert(owner);
            }
            if let Owner::Departed(at) = owner {
                let departed = &mut self.departed[at];
                let emails = person.emails.iter().zip(&person.keys);
                let new = emails.filter(|(_, key)| self.emails.insert((at, (*key).clone())));
                departed
                    .other_emails
                    .extend(new.map(|(email, _)| email.clone()));
                departed.add(person);
            }
        }
    }

    /// Whose an entry is. The e-mail decides before an id, and both before earlier e-mails: an
    /// address that two people had after each other says less than the one they have.
    fn owner(&self, ties: &[Tie]) -> Option<Owner> {
        ties.iter().find_map(|tie| self.owners.get(tie)).copied()
    }

    /// Who is gone and had access somewhere, by e-mail.
    pub fn finish(self) -> Vec<Departed> {
        let mut departed = self.departed;
        departed.retain(|it| !it.vendors.is_empty());
        departed.sort_by(|one, other| compare_emails(&one.email, &other.email));
        departed
    }
}

impl Departed {
    /// Every address that they had.
    pub fn emails(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.email).chain(self.other_emails.iter().map(|it| &**it))
    }

    fn add(&mut self, person: &Listed) {
        for (vendor, id) in &person.ids {
            self.ids.entry(vendor.clone()).or_insert_with(|| id.clone());
        }
        for (vendor, login) in &person.logins {
            let known = self.logins.entry(vendor.clone());
            known.or_insert_with(|| login.clone());
        }
        self.vendors.extend(person.access.iter().cloned());
        self.vendors.sort_unstable();
        self.vendors.dedup();
    }
}

/// The present e-mail first, then ids, then earlier e-mails.
fn ties(person: &Listed) -> impl Iterator<Item = Tie> {
    let mut emails = person.keys.iter().cloned().map(Tie::Email);
    let ids = person.ids.iter();
    let ids = ids.map(|(vendor, id)| Tie::Id(vendor.clone(), id.clone()));
    let now = emails.next();
    now.into_iter().chain(ids).chain(emails)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `email previous…` with access at `wiki`.
    fn who(emails: &str) -> Listed {
        let emails: Vec<Box<str>> = emails.split(' ').map(Box::from).collect();
        Listed {
            keys: emails
                .iter()
                .map(|it| EmailKey::of(it).into_owned())
                .collect(),
            emails,
            ids: Vec::new(),
            logins: Vec::new(),
            access: vec!["wiki".into()],
        }
    }

    fn without_access(emails: &str) -> Listed {
        Listed {
            access: Vec::new(),
            ..who(emails)
        }
    }

    fn with_id(emails: &str, id: &str) -> Listed {
        Listed {
            ids: vec![("wiki".into(), id.into())],
            ..who(emails)
        }
    }

    /// The states from the newest on; the first one is the present. Commits are called `c1`, `c2` …
    /// from the newest on as well: `c1` made the first state but the present one.
    fn gone(states: &[&[Listed]]) -> Vec<String> {
        let (present, older) = states.split_first().unwrap();
        let mut comparison = Comparison::new(present);
        let mut since = None;
        for (number, state) in (1..).zip(older) {
            comparison.older(state, since.as_ref());
            since = Some(Commit {
                hash: format!("c{number}").into(),
                day: jiff::civil::date(2026, 1, 1),
            });
        }
        let departed = comparison.finish().into_iter();
        departed
            .map(|it| {
                let since = it.since.map_or("now".into(), |it| it.hash);
                format!("{} {since} {}", it.email, it.other_emails.join(" "))
            })
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    #[test]
    fn who_is_listed_no_more_is_gone_since_the_commit_after() {
        let (ada, bob) = (who("ada@x.com"), who("bob@x.com"));
        let both = [ada.clone(), bob.clone()];
        assert_eq!(gone(&[&both, &both]), Vec::<String>::new());
        assert_eq!(
            gone(&[std::slice::from_ref(&bob), &both]),
            ["ada@x.com now"]
        );
        assert_eq!(
            gone(&[
                std::slice::from_ref(&bob),
                std::slice::from_ref(&bob),
                std::slice::from_ref(&bob),
                &both
            ]),
            ["ada@x.com c2"]
        );
        // Gone, back, and gone again: the last time counts.
        assert_eq!(
            gone(&[
                &[],
                std::slice::from_ref(&ada),
                &[],
                std::slice::from_ref(&ada)
            ]),
            ["ada@x.com now"]
        );
        assert_eq!(
            gone(&[std::slice::from_ref(&ada), &[], std::slice::from_ref(&ada)]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn renames_are_followed_and_letter_case_is_none() {
        let states: [&[Listed]; 3] = [
            &[who("c@x.com b@x.com")],
            &[who("B@x.com A@x.com")],
            &[who("a@x.com")],
        ];
        assert_eq!(gone(&states), Vec::<String>::new());
        assert_eq!(
            gone(&[&[], states[0], states[1], states[2]]),
            ["c@x.com now b@x.com A@x.com"]
        );
        let tied = [with_id("new@x.com", "7")];
        assert_eq!(
            gone(&[&tied, &[with_id("old@x.com", "7")]]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn an_address_of_two_people_after_each_other_is_the_later_ones() {
        // Ada gave her old address away; Bob, who got it, is gone.
        let states: [&[Listed]; 3] = [
            &[who("ada.new@x.com")],
            &[who("ada.new@x.com"), who("shared@x.com")],
            &[who("ada.new@x.com shared@x.com")],
        ];
        assert_eq!(gone(&states), ["shared@x.com c0".replace("c0", "now")]);
    }

    #[test]
    fn only_who_had_access_counts() {
        let never = without_access("ada@x.com");
        assert_eq!(
            gone(&[&[], std::slice::from_ref(&never)]),
            Vec::<String>::new()
        );
        // Switched off in the roster first, and taken out before anybody looked.
        assert_eq!(
            gone(&[&[], std::slice::from_ref(&never), &[who("ada@x.com")]]),
            ["ada@x.com now"]
        );
        let mut comparison = Comparison::new(&[who("eve@x.com")]);
        comparison.older(&[never], None);
        assert!(
            comparison.tells_nothing_new("EVE@x.com") && !comparison.tells_nothing_new("ada@x.com")
        );
        comparison.older(&[who("ada@x.com")], None);
        assert!(
            comparison.tells_nothing_new("ada@x.com") && !comparison.tells_nothing_new("bob@x.com")
        );
    }
}
