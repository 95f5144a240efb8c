//! Assertions of the roster, checked on what the vendors will hold after the plan. Pure.

use std::collections::{BTreeSet, HashMap};

use super::account::Account;
use super::current::Current;
use super::guard::{Allowed, Guard};
use super::plan::{Action, ActionKind, VendorPlan};
use super::value::Value;
use crate::diagnostic::{Code, Diagnostic};
use crate::email::EmailKey;
use crate::roster::model::{Assertion, Holding, Roster, Rule, VendorSettings};

/// People that a broken assertion names.
const MOST_NAMED: usize = 20;

/// One vendor that was read and planned.
#[derive(Debug, Clone, Copy)]
pub struct Planned<'a> {
    /// Its settings.
    pub settings: &'a VendorSettings,
    /// What it holds.
    pub current: &'a Current,
    /// What is planned.
    pub plan: &'a VendorPlan,
}

/// The assertions that the planned end state breaks. What the roster alone decides was checked when
/// it was read; a vendor that is not among `vendors` is not judged.
pub fn broken_by_plan(roster: &Roster, vendors: &[Planned<'_>]) -> Vec<Diagnostic> {
    // The end state is a copy of every account, so it is made for vendors that are asked about.
    let asked = |vendor: &&Planned<'_>| {
        let mut rules = roster.assertions.iter().map(|it| &it.rule);
        rules.any(|rule| concerns(rule, &vendor.settings.name))
    };
    let ends: HashMap<&str, End<'_>> = vendors
        .iter()
        .filter(asked)
        .map(|vendor| (&*vendor.settings.name, End::of(*vendor)))
        .collect();
    let check = |assertion: &Assertion| match &assertion.rule {
        Rule::Admins {
            vendor,
            at_least,
            at_most,
        } => {
            let admins = ends.get(&**vendor)?.admins();
            let few = at_least.and_then(|least| too_few_admins(assertion, vendor, least, &admins));
            few.or_else(|| too_many_admins(assertion, vendor, (*at_most)?, &admins))
        }
        Rule::Seats { vendor, at_most } => {
            let seats: Vec<&str> = ends.get(&**vendor)?.active().map(|it| &*it.email).collect();
            too_many_seats(assertion, vendor, *at_most, &seats)
        }
        Rule::NeverBoth { first, second } => {
            let people = people(roster);
            let first_holders = ends.get(&*first.vendor)?.holders(first, &people);
            let second_holders = ends.get(&*second.vendor)?.holders(second, &people);
            let names: Vec<&str> = first_holders
                .intersection(&second_holders)
                .map(EmailKey::as_str)
                .collect();
            both(assertion, first, second, &names)
        }
        Rule::Domains { .. } | Rule::Has { .. } => None,
    };
    roster.assertions.iter().filter_map(check).collect()
}

/// Whether what a vendor will hold decides about the rule.
fn concerns(rule: &Rule, name: &str) -> bool {
    match rule {
        Rule::Admins { vendor, .. } | Rule::Seats { vendor, .. } => &**vendor == name,
        Rule::NeverBoth { first, second } => [first, second].iter().any(|it| &*it.vendor == name),
        Rule::Domains { .. } | Rule::Has { .. } => false,
    }
}

/// Whose each e-mail is: the person's present one by every one they have or had.
fn people(roster: &Roster) -> HashMap<EmailKey<'_>, EmailKey<'_>> {
    let mut people = HashMap::new();
    for person in &roster.people {
        let now = EmailKey::of(&person.email.value);
        for previous in &person.previous_emails {
            let key = EmailKey::of(&previous.value);
            people.entry(key).or_insert_with(|| now.clone());
        }
    }
    for person in &roster.people {
        let now = EmailKey::of(&person.email.value);
        people.insert(now.clone(), now);
    }
    people
}

/// What a vendor holds once all actions of the plan are done. What is held or manual may not
/// happen and is left out.
struct End<'a> {
    vendor: Planned<'a>,
    accounts: Vec<Account>,
}

impl<'a> End<'a> {
    fn of(vendor: Planned<'a>) -> Self {
        let mut accounts = vendor.current.accounts.clone();
        let key = |account: &Account| (account.id.clone(), account.email_key().into_owned());
        let at: HashMap<_, usize> = accounts.iter().map(key).zip(0..).collect();
        for action in &vendor.plan.actions {
            let email = action.account_email.as_deref().unwrap_or(&action.email);
            let found = at.get(&(action.id.clone(), EmailKey::of(email).into_owned()));
            match found.and_then(|at| accounts.get_mut(*at)) {
                Some(account) => carry_out(action, account),
                None if action.kind == ActionKind::Create => {
                    let mut account = Account::new(action.email.clone());
                    carry_out(action, &mut account);
                    accounts.push(account);
                }
                None => {}
            }
        }
        Self { vendor, accounts }
    }

    fn active(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter(|account| account.active)
    }

    /// People, not programs.
    fn admins(&self) -> Vec<&str> {
        let Planned {
            settings, current, ..
        } = self.vendor;
        let guard = Guard::new(settings, current, Allowed::default());
        self.active()
            .filter(|account| account.shield.is_none() && guard.is_admin(account))
            .map(|account| &*account.email)
            .collect()
    }

    fn holders<'p>(
        &'p self,
        holding: &Holding,
        people: &HashMap<EmailKey<'p>, EmailKey<'p>>,
    ) -> BTreeSet<EmailKey<'p>> {
        let head = holding.attribute.split('.').next().unwrap_or_default();
        let directory = self.vendor.current.directories.get(head);
        let entry = directory.and_then(|it| Some(it.display(it.lookup(&holding.value).ok()?)));
        let meant = entry.unwrap_or(&holding.value);
        self.active()
            .filter(|account| {
                let value = account.attributes.get(&holding.attribute);
                let value = value.and_then(Option::as_ref);
                value.is_some_and(|it| holds(it, meant) || holds(it, &holding.value))
            })
            .map(|account| {
                let key = account.email_key();
                people.get(&key).cloned().unwrap_or(key)
            })
            .collect()
    }
}

fn carry_out(action: &Action, account: &mut Account) {
    match action.kind {
        ActionKind::Deactivate | ActionKind::Delete => account.active = false,
        ActionKind::Reactivate | ActionKind::Create | ActionKind::Update => {
            account.active |= action.kind != ActionKind::Update;
            account.email = action.email.clone();
            for change in &action.changes {
                let after = Some(change.after.clone());
                account.attributes.insert(change.attribute.clone(), after);
            }
        }
    }
}

/// Whether an attribute's value is, or has in it, what an assertion names.
pub fn holds(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Flag(flag) => wanted == if *flag { "true" } else { "false" },
        Value::Text(text) => &**text == wanted,
        Value::Set(items) => items.iter().any(|item| &**item == wanted),
    }
}

/// The part of an e-mail behind the `@`, as it is compared.
pub fn domain(email: &str) -> String {
    let email = EmailKey::of(email);
    email
        .as_str()
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// A broken assertion: what is wrong, and whom it concerns.
pub fn broken(assertion: &Assertion, what: String, people: &[&str]) -> Diagnostic {
    let named: Vec<&str> = people.iter().take(MOST_NAMED).copied().collect();
    let more = match people.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let problem = Diagnostic::error(
        Code::BrokenAssertion,
        assertion.span,
        format!("this assertion does not hold: {what}"),
    );
    match named.is_empty() {
        true => problem,
        false => problem.help(format!("concerns {}{more}", named.join(", "))),
    }
}

/// `never_both`, if anybody holds both.
pub fn both(
    assertion: &Assertion,
    first: &Holding,
    second: &Holding,
    people: &[&str],
) -> Option<Diagnostic> {
    let one = |it: &Holding| format!("{} `{}` at {}", it.attribute, it.value, it.vendor);
    let count = match people.len() {
        0 => return None,
        1 => String::from("1 person holds"),
        count => format!("{count} people hold"),
    };
    let what = format!("{count} both {} and {}", one(first), one(second));
    Some(broken(assertion, what, people))
}

/// `seats.at_most`, if there are more.
pub fn too_many_seats(
    assertion: &Assertion,
    vendor: &str,
    most: u64,
    people: &[&str],
) -> Option<Diagnostic> {
    exceeds(people.len(), most).then(|| {
        let count = people.len();
        let what = format!("{count} active accounts at {vendor}, at most {most} are allowed");
        // Who of them is one too many nobody can tell.
        broken(assertion, what, &[])
    })
}

/// `admins.at_most`, if there are more.
pub fn too_many_admins(
    assertion: &Assertion,
    vendor: &str,
    most: u64,
    people: &[&str],
) -> Option<Diagnostic> {
    exceeds(people.len(), most).then(|| {
        let count = people.len();
        let what = format!("{count} administrators at {vendor}, at most {most} are allowed");
        broken(assertion, what, people)
    })
}

fn too_few_admins(
    assertion: &Assertion,
    vendor: &str,
    least: u64,
    people: &[&str],
) -> Option<Diagnostic> {
    let count = people.len();
    (u64::try_from(count).unwrap_or(u64::MAX) < least).then(|| {
        let what = format!("{count} administrators at {vendor}, at least {least} are needed");
        broken(assertion, what, people)
    })
}

fn exceeds(count: usize, most: u64) -> bool {
    u64::try_from(count).unwrap_or(u64::MAX) > most
}
