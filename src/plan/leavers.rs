//! Whether leavers still have access: one entry for each leaver at each vendor that the roster
//! names for them.
//!
//! People who are gone from the roster are in `former`. Pure, and read only: the plan says what
//! would become of each account.

mod former;

pub use former::{Departures, Former, Release};

use std::collections::{HashMap, HashSet};

use super::gone::Fate;
use super::guard::{Allowed, Guard};
use super::known::Known;
use super::matching::{Index, Match};
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::desired::{Desired, PersonKey};
use crate::model::digest::Digest;
use crate::model::email::{EmailKey, compare_emails};
use crate::model::odd::OddIndex;
use crate::model::off::Who;
use crate::model::off::{DeactivatedSince, is_leaver};
use crate::model::plan::{Plan, VendorPlan};
use crate::model::spec::ReadFrom;
use crate::plan::reason::leaver_reason;
use crate::roster::history::departed::Past;
use crate::roster::model::VendorSettings;

/// What is known about the access of all leavers, at the time of one read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaversCheck {
    /// When the vendors were read.
    pub read_at: jiff::Timestamp,
    /// The day that decides who is a leaver.
    pub on: jiff::civil::Date,
    /// The digest of the roster's meaning.
    pub roster: Digest,
    /// Sorted by name.
    pub vendors: Vec<VendorLeavers>,
    /// What the roster's history showed; `None`: nobody asked for it.
    pub past: Option<Past>,
}

/// The leavers of one vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorLeavers {
    /// The name in the roster.
    pub name: Box<str>,
    /// The kind of vendor.
    pub kind: &'static str,
    /// Where it was read.
    pub base_url: Box<str>,
    /// Accounts seen, if it could be read.
    pub accounts: Option<usize>,
    /// Why it could not be read, or why the read is not proved complete.
    pub problem: Option<String>,
    /// One for each leaver named here, sorted by e-mail.
    pub leavers: Vec<Leaver>,
    /// One for each person who is gone from the roster, sorted by e-mail.
    pub former: Vec<Former>,
}

/// One leaver at one vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaver {
    /// The person's e-mail in the roster.
    pub email: Box<str>,
    /// Why there should be no access, in one clause.
    pub reason: String,
    /// Whether there is.
    pub state: LeaverState,
    /// The account's e-mail at the vendor, where there is an account.
    pub account_email: Option<Box<str>>,
    /// The vendor's id, where there is one.
    pub id: Option<Box<str>>,
    /// What keeps the account active, or why nothing can be seen; empty otherwise.
    pub why: String,
    /// Since when it is deactivated, if it is and an apply has seen that.
    pub since: Option<DeactivatedSince>,
}

/// Whether a leaver has access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeaverState {
    /// Yes.
    StillActive,
    /// Nobody can tell from here.
    CannotBeSeen,
    /// There is an account, and it is switched off.
    Deactivated,
    /// The vendor was read completely and has no account.
    NoAccount,
}

impl LeaverState {
    /// Every state, the most urgent first.
    pub const ALL: [Self; 4] = [
        Self::StillActive,
        Self::CannotBeSeen,
        Self::Deactivated,
        Self::NoAccount,
    ];

    /// The words for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StillActive => "still active",
            Self::CannotBeSeen => "cannot be seen",
            Self::Deactivated => "deactivated",
            Self::NoAccount => "no account",
        }
    }
}

impl Leaver {
    /// Since when the account is off, in words; `None` where it is not off.
    pub fn since_in_words(&self) -> Option<String> {
        let off = self.state == LeaverState::Deactivated;
        off.then(|| match &self.since {
            Some(since) => format!("deactivated {}", since.time_in_words()),
            None => String::from("deactivated, since when is not known"),
        })
    }
}

impl LeaversCheck {
    /// Accounts in one state, of leavers and of people who are gone and not released.
    pub fn count(&self, state: LeaverState) -> usize {
        self.vendors.iter().map(|vendor| vendor.count(state)).sum()
    }

    /// Everybody who is gone from the roster, with the vendor.
    pub fn former(&self) -> impl Iterator<Item = (&VendorLeavers, &Former)> {
        let vendors = self.vendors.iter();
        vendors.flat_map(|vendor| vendor.former.iter().map(move |it| (vendor, it)))
    }

    /// All leavers in one state, each with their vendor.
    pub fn of(&self, state: LeaverState) -> impl Iterator<Item = (&VendorLeavers, &Leaver)> {
        self.vendors.iter().flat_map(move |vendor| {
            let leavers = vendor.leavers.iter();
            leavers
                .filter(move |it| it.state == state)
                .map(move |leaver| (vendor, leaver))
        })
    }

    /// Different people among the leavers.
    pub fn people(&self) -> usize {
        let all = self.vendors.iter().flat_map(|vendor| &vendor.leavers);
        let former = self.former().map(|(_, it)| &it.leaver);
        all.chain(former)
            .map(|it| EmailKey::of(&it.email))
            .collect::<HashSet<_>>()
            .len()
    }

    /// Whether some vendor could not be read, or not completely, or the roster's history not.
    pub fn has_problems(&self) -> bool {
        let past = self.past.as_ref().and_then(|past| past.problem.as_ref());
        past.is_some() || self.vendors.iter().any(|vendor| vendor.problem.is_some())
    }
}

/// What one vendor says about its leavers. `only` are e-mail keys; `plan` is the plan made from
/// the same read.
pub fn vendor_leavers(
    settings: &VendorSettings,
    desired: &Desired,
    read: Result<&Known, &str>,
    plan: &Plan,
    only: Option<&HashSet<EmailKey<'static>>>,
    allowed: Allowed,
    departures: Departures<'_>,
) -> VendorLeavers {
    let nothing = Known::default();
    let known = read.unwrap_or(&nothing);
    let guard = Guard::new(settings, known, allowed);
    let problem = match read {
        Ok(_) => guard
            .unproved()
            .map(|missing| format!("the read is not proved complete: {missing}")),
        Err(error) => Some(error.to_owned()),
    };
    let view = View {
        settings,
        known,
        problem: problem.as_deref(),
        plan: plan
            .vendors
            .iter()
            .find(|it| it.name == settings.name)
            .map(removals),
        taken: Vec::new(),
    };
    VendorLeavers {
        name: settings.name.clone(),
        kind: settings.spec.kind,
        base_url: settings.base_url.clone(),
        accounts: read.ok().map(|known| known.current.accounts.len()),
        former: former::former(
            settings,
            desired,
            known,
            problem.as_deref(),
            plan,
            departures,
        ),
        leavers: view.leavers(desired, only),
        problem,
    }
}

/// What is known of somebody of whom no account was seen. That a list shows nobody says so only
/// where it is shown to hold accounts that are switched off, or where that person was asked for.
fn unseen(
    settings: &VendorSettings,
    known: &Known,
    problem: Option<&str>,
    email: &str,
) -> (LeaverState, String) {
    if let Some(problem) = problem {
        return (LeaverState::CannotBeSeen, problem.to_owned());
    }
    if settings.spec.read == ReadFrom::Record {
        let why =
            "this vendor has no list of accounts, and the record knows none; look there by hand";
        return (LeaverState::CannotBeSeen, why.into());
    }
    let looked = known.remembered.looked_up.as_ref();
    let key = EmailKey::of(email);
    if looked.map_or(known.current.shows_off(), |it| it.gone.contains(&key)) {
        return (LeaverState::NoAccount, String::new());
    }
    let more = looked.and_then(|it| it.unknown.get(&key));
    let more = more.map_or(String::new(), |why| format!(" ({why})"));
    let why = format!(
        "the list shows no account that is switched off and may hide those, and this person could \
         not be looked up{more}; look there by hand"
    );
    (LeaverState::CannotBeSeen, why)
}

/// Of an active account that only a look-up showed.
const HIDDEN: &str = "nothing is planned: the list does not show this account, only asking for the person did; \
     switch it off by hand";

/// Whether only a look-up showed the account.
fn is_hidden(known: &Known, account: &Account) -> bool {
    let looked_up = known.remembered.looked_up.as_ref();
    looked_up.is_some_and(|it| it.hidden.contains(&Who::account(account)))
}

/// The removals of a plan by the person's e-mail: what is planned, then what is held, then steps for
/// a person.
type Removals<'a> = HashMap<EmailKey<'a>, Vec<(&'a Action, Fate<'a>)>>;

fn removals(plan: &VendorPlan) -> Removals<'_> {
    let planned = plan
        .actions
        .iter()
        .map(|it| (it, Fate::Ends(it.kind.as_str())));
    let held = plan.held.iter();
    let held = held.map(|it| (&it.action, Fate::Held(&it.why)));
    let by_hand = plan.manual.iter();
    let by_hand = by_hand.map(|it| (&it.action, Fate::ByHand(&it.why)));
    let mut found = Removals::new();
    for (action, fate) in planned.chain(held).chain(by_hand) {
        if action.kind.removes() {
            let key = EmailKey::of(&action.email);
            found.entry(key).or_default().push((action, fate));
        }
    }
    found
}

struct View<'a> {
    settings: &'a VendorSettings,
    known: &'a Known,
    problem: Option<&'a str>,
    /// What the plan switches off.
    plan: Option<Removals<'a>>,
    /// For each account, the person it was matched to.
    taken: Vec<Option<usize>>,
}

impl View<'_> {
    fn leavers(
        mut self,
        desired: &Desired,
        only: Option<&HashSet<EmailKey<'static>>>,
    ) -> Vec<Leaver> {
        let accounts = &self.known.current.accounts;
        let people: Vec<PersonKey<'_>> = desired.person_keys().collect();
        let index = Index::new(accounts);
        let matches = index.matches(&people);
        let claims = index.claimants(&people);
        self.taken = vec![None; accounts.len()];
        for (place, found) in matches.iter().enumerate() {
            if let Match::Account(at) = found {
                self.taken[*at] = Some(place);
            }
        }
        let mut owned: Vec<Vec<&Account>> = vec![Vec::new(); people.len()];
        for (at, (account, places)) in accounts.iter().zip(&claims).enumerate() {
            match self.taken[at] {
                Some(owner) => owned[owner].push(account),
                // Nobody's for sure: it is everybody's who may have it.
                None => {
                    for place in places.iter() {
                        owned[*place].push(account);
                    }
                }
            }
        }
        let mut leavers: Vec<Leaver> = people
            .iter()
            .zip(matches.iter().zip(&owned))
            .filter(|(want, _)| is_leaver(want.access))
            .filter(|(want, _)| only.is_none_or(|only| only.contains(&EmailKey::of(want.email))))
            .map(|(want, (found, owned))| self.leaver(want, found, owned))
            .collect();
        self.doubt_odd(desired, &mut leavers);
        leavers.sort_by(|one, other| compare_emails(&one.email, &other.email));
        leavers
    }

    /// Whom an entry that cannot be understood may be is not said to have no account.
    fn doubt_odd(&self, desired: &Desired, leavers: &mut [Leaver]) {
        if self.known.current.odd.is_empty() {
            return;
        }
        let gone = leavers
            .iter_mut()
            .filter(|it| it.state == LeaverState::NoAccount);
        let mut gone: HashMap<Box<str>, &mut Leaver> =
            gone.map(|it| (it.email.clone(), it)).collect();
        let index = OddIndex::new(&self.known.current.odd);
        for want in desired.accounts() {
            if let Some(leaver) = gone.get_mut(&want.email)
                && let Some(odd) = index.candidate(self.settings.spec, &want)
            {
                leaver.state = LeaverState::CannotBeSeen;
                leaver.why = format!("{} {} and may be this account", odd.name, odd.why);
            }
        }
    }

    fn leaver(&self, want: &PersonKey<'_>, found: &Match, owned: &[&Account]) -> Leaver {
        let active = owned.iter().find(|account| account.active);
        let shown = active.or(owned.first());
        let (state, why) = match (active, found) {
            (Some(account), _) => (LeaverState::StillActive, self.why_active(want, account)),
            (None, Match::Doubtful(why) | Match::Contested(_, why)) => {
                (LeaverState::CannotBeSeen, why.clone())
            }
            (None, Match::Account(_)) => (LeaverState::Deactivated, String::new()),
            (None, Match::Missing) if owned.is_empty() => {
                unseen(self.settings, self.known, self.problem, want.email)
            }
            (None, Match::Missing) => match self.problem {
                Some(problem) => (LeaverState::CannotBeSeen, problem.to_owned()),
                None => (LeaverState::Deactivated, String::new()),
            },
        };
        Leaver {
            email: want.email.into(),
            reason: leaver_reason(want.access),
            state,
            account_email: shown.map(|account| account.email.clone()),
            id: shown.and_then(|account| account.id.clone()),
            why,
            since: match state {
                LeaverState::Deactivated => {
                    shown.and_then(|it| self.known.remembered.off.since(it))
                }
                LeaverState::StillActive | LeaverState::CannotBeSeen | LeaverState::NoAccount => {
                    None
                }
            },
        }
    }

    /// What the plan does about an active account of a leaver.
    fn why_active(&self, want: &PersonKey<'_>, account: &Account) -> String {
        if is_hidden(self.known, account) {
            return HIDDEN.into();
        }
        let Some(plan) = &self.plan else {
            return String::from("nothing is planned");
        };
        let about = |action: &Action| action.id == account.id || action.account_email.is_none();
        let mut of_it = plan.get(&EmailKey::of(want.email)).into_iter().flatten();
        if let Some((_, fate)) = of_it.find(|(action, _)| about(action)) {
            return former::why_active(Some(fate));
        }
        String::from("nothing is planned, because it is not clear whose account this is")
    }
}
