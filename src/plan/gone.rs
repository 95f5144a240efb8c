//! What a base roster lists and this one does not: people, accounts and single rights. Nobody takes
//! these away, so a plan says nothing of them by itself, and whoever approves it has to know.
//!
//! Two rosters are compared over what one vendor holds, account by account: who was renamed, or is
//! tied by an id, has an account that both claim. What the vendor does not hold cannot stay there.

use std::collections::{HashMap, HashSet};

use super::matching::{Index, Match, Places};
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::attention::{Gone, GoneKind};
use crate::model::current::Current;
use crate::model::desired::{Desired, PersonKey};
use crate::model::email::EmailKey;
use crate::model::plan::VendorPlan;
use crate::model::spec::{Mode, Rights};
use crate::model::value::shown;
use crate::model::value::{Attributes, Key, Value};
use crate::roster::admins::Admins;
use crate::roster::model::VendorSettings;

/// What is compared at one vendor.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'a> {
    /// The vendor, as this roster has it.
    pub settings: &'a VendorSettings,
    /// What the base roster asks.
    pub base: &'a Desired<'a>,
    /// What this roster asks.
    pub desired: &'a Desired<'a>,
    /// What the vendor holds.
    pub current: &'a Current,
    /// What is planned there.
    pub plan: &'a VendorPlan,
    /// E-mail keys of everybody on this roster, earlier ones too.
    pub listed: &'a HashSet<EmailKey<'static>>,
}

/// What was found at one vendor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of the vendor's accounts.
    pub gone: Vec<Gone>,
    /// E-mail keys of people of the base whose account somebody on this roster has.
    pub tied: HashSet<EmailKey<'static>>,
    /// Whether something was not seen that a read for the base roster may show.
    pub unseen: bool,
}

/// Compares two rosters at one vendor.
pub fn gone(comparison: Comparison<'_>) -> Found {
    let Comparison {
        settings,
        base,
        desired,
        current,
        ..
    } = comparison;
    let before: Vec<PersonKey<'_>> = base.person_keys().collect();
    let now: Vec<PersonKey<'_>> = desired.person_keys().collect();
    let index = Index::new(&current.accounts);
    let (had, has) = (
        Side::new(&index, &before, current),
        Side::new(&index, &now, current),
    );
    let view = View {
        comparison,
        admins: Admins::new(settings, &current.directories),
        fates: fates(comparison.plan),
    };
    let mut found = Found::default();
    for (at, account) in current.accounts.iter().enumerate() {
        let Some(owner) = had.owner(at) else { continue };
        let claim = &before[owner];
        if has.claims[at].is_empty() {
            if account.active {
                found.gone.push(view.account(claim, account));
            }
            continue;
        }
        found
            .tied
            .extend(claim.emails().map(|it| EmailKey::of(it).into_owned()));
        if let (Some(owner), Some(owner_now)) = (had.matched[at], has.matched[at])
            && now[owner_now].access.granted()
        {
            let (asked, asks) = (base.account(owner), desired.account(owner_now));
            for (name, value) in asked.attributes.iter() {
                if !asks.attributes.contains(name) {
                    view.right(&mut found, claim.email, account, name, value);
                }
            }
        }
    }
    // Some vendors show only whom somebody asks for.
    let missing = |(claim, found): (&PersonKey<'_>, &Match)| {
        *found == Match::Missing && claim.access.granted() && !view.is_listed(claim)
    };
    found.unseen |= before.iter().zip(&had.matches).any(missing);
    found
}

/// The base's people at a vendor that could not be read, as far as this roster does not list them.
pub fn gone_unread(
    base: &Desired<'_>,
    vendor: &str,
    listed: &HashSet<EmailKey<'static>>,
) -> Vec<Gone> {
    let claims = base.person_keys();
    let claims =
        claims.filter(|claim| !claim.emails().any(|it| listed.contains(&EmailKey::of(it))));
    claims
        .map(|claim| Gone {
            what: GoneKind::Person,
            email: claim.email.into(),
            vendor: Some(vendor.into()),
            admin: false,
            stays: true,
            text: String::from(
                "no longer in the roster; the vendor could not be read, so an account may stay",
            ),
        })
        .collect()
}

/// Whose the accounts are by one roster.
struct Side {
    matches: Vec<Match>,
    /// For each account, who was matched to it.
    matched: Vec<Option<usize>>,
    /// For each account, who may own it.
    claims: Vec<Places>,
}

impl Side {
    fn new(index: &Index<'_>, people: &[PersonKey<'_>], current: &Current) -> Self {
        let matches = index.matches(people);
        let mut matched = vec![None; current.accounts.len()];
        for (place, found) in matches.iter().enumerate() {
            if let Match::Account(at) = found {
                matched[*at] = Some(place);
            }
        }
        Self {
            matched,
            claims: index.claimants(people),
            matches,
        }
    }

    /// Who has an account, or the first who may have it.
    fn owner(&self, at: usize) -> Option<usize> {
        self.matched[at].or_else(|| self.claims[at].first().copied())
    }
}

struct View<'a> {
    comparison: Comparison<'a>,
    admins: Admins<'a>,
    fates: Fates<'a>,
}

/// What the plan does about accounts, by id and e-mail.
pub(super) type Fates<'a> = HashMap<(Option<&'a str>, &'a str), Fate<'a>>;

/// What the plan does about an account that the roster does not list.
pub(super) enum Fate<'a> {
    /// An action ends it.
    Ends(&'static str),
    /// Its end is held.
    Held(&'a str),
    /// Its end is a step for a person.
    ByHand(&'a str),
    /// A rule spares it.
    Spared(&'a str),
}

/// The account that an action ends.
fn ended(action: &Action) -> Option<(Option<&str>, &str)> {
    let email = action.account_email.as_deref()?;
    action
        .kind
        .removes()
        .then_some((action.id.as_deref(), email))
}

pub(super) fn fates(plan: &VendorPlan) -> Fates<'_> {
    let mut fates = Fates::new();
    for it in &plan.unlisted {
        if let Some(why) = &it.why {
            fates.insert((it.id.as_deref(), &*it.email), Fate::Spared(why));
        }
    }
    for kept in &plan.manual {
        fates.extend(ended(&kept.action).map(|key| (key, Fate::ByHand(&kept.why))));
    }
    for kept in &plan.held {
        fates.extend(ended(&kept.action).map(|key| (key, Fate::Held(&kept.why))));
    }
    for action in &plan.actions {
        fates.extend(ended(action).map(|key| (key, Fate::Ends(action.kind.as_str()))));
    }
    fates
}

impl View<'_> {
    fn is_listed(&self, claim: &PersonKey<'_>) -> bool {
        let mut emails = claim.emails();
        emails.any(|email| self.comparison.listed.contains(&EmailKey::of(email)))
    }

    /// An account that nobody on this roster claims.
    fn account(&self, claim: &PersonKey<'_>, account: &Account) -> Gone {
        let name = &self.comparison.settings.name;
        let (what, text, advice) = match self.is_listed(claim) {
            false => (
                GoneKind::Person,
                "no longer in the roster",
                String::from("a leaver stays listed, with `active: false`"),
            ),
            true => (
                GoneKind::Account,
                "the roster gives no account here any more",
                format!("to end it, write `{name}: false`"),
            ),
        };
        let (stays, follows) = self.follows(account);
        let advice = match stays {
            true => format!("; {advice}"),
            false => String::new(),
        };
        // No id beside an address: a mask could not tell that it is somebody's name.
        let whose = match (account.email.trim().is_empty(), &account.id) {
            (true, Some(id)) => id,
            (_, _) => &account.email,
        };
        Gone {
            what,
            email: claim.email.into(),
            vendor: Some(name.clone()),
            admin: self.admins.is(account),
            stays,
            text: format!("{text}; the account {whose} {follows}{advice}"),
        }
    }

    /// Whether an account stays, and what the plan does about it.
    fn follows(&self, account: &Account) -> (bool, String) {
        match self.fates.get(&(account.id.as_deref(), &*account.email)) {
            Some(Fate::Ends(what)) => (false, format!("ends: an apply will {what} it")),
            Some(Fate::Held(why)) => (true, format!("stays, because its end is held: {why}")),
            Some(Fate::ByHand(why)) => (true, format!("stays until a person ends it: {why}")),
            Some(Fate::Spared(why)) => (true, format!("stays: {why}")),
            None => (true, String::from("stays as it is")),
        }
    }

    /// A right that the base asked for and this roster leaves alone.
    fn right(&self, found: &mut Found, email: &str, account: &Account, name: &str, asked: &Value) {
        let settings = self.comparison.settings;
        let attribute = settings.spec.attribute(name);
        let carries = attribute.is_some_and(|it| it.rights != Rights::None);
        let admin = |value: &Value| {
            let alone = [(Key::from(name.to_owned()), value.clone())];
            self.admins
                .would_be(&Attributes::of_sorted(alone.into_iter()))
        };
        let readable = attribute.is_none_or(|it| it.mode != Mode::CreateOnly);
        if !readable || !(carries || admin(asked)) {
            return;
        }
        let (value, text) = match shown(&account.attributes, name) {
            Some(Some(value)) if !is_nothing(value) => (
                value,
                format!(
                    "`{name}` is not managed any more; {} stays",
                    in_words(value)
                ),
            ),
            Some(_) => return,
            None => {
                found.unseen = true;
                let text = format!(
                    "`{name}` is not managed any more; the base asks for {}, and whether it is there \
                     cannot be seen",
                    in_words(asked)
                );
                (asked, text)
            }
        };
        found.gone.push(Gone {
            what: GoneKind::Right {
                attribute: Key::from(name.to_owned()),
                value: value.clone(),
            },
            email: email.into(),
            vendor: Some(settings.name.clone()),
            admin: admin(value),
            stays: true,
            text,
        });
    }
}

/// Whether a value gives nothing.
fn is_nothing(value: &Value) -> bool {
    *value == Value::Flag(false) || value.is_empty()
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Flag(flag) => format!("`{flag}`"),
        Value::Text(text) => format!("`{text}`"),
        Value::Set(items) => format!("`[{}]`", items.join(", ")),
    }
}
