//! What a plan says against an import that claims to change nothing.

use std::collections::{HashMap, HashSet};

use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::current::Current;
use crate::model::email::EmailKey;
use crate::model::plan::{Plan, VendorPlan};

/// Something that would follow for somebody because of the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The person's e-mail key.
    pub key: EmailKey<'static>,
    /// The vendor.
    pub vendor: Box<str>,
    /// What would be done and why, in one clause.
    pub what: String,
}

/// Everything that the plan would do, hold or leave to a person and that `before`, the plan without
/// the import, did not; one for each person and vendor.
pub fn objections(plan: &Plan, before: &Plan) -> Vec<Objection> {
    let mut list: Vec<Objection> = Vec::new();
    let mut told: HashSet<(EmailKey<'static>, Box<str>)> = HashSet::new();
    for vendor in &plan.vendors {
        let same = before.vendors.iter().find(|it| it.name == vendor.name);
        let mut known: HashMap<EmailKey<'_>, Vec<&Action>> = HashMap::new();
        for (action, _) in same.into_iter().flat_map(all) {
            known
                .entry(EmailKey::of(&action.email))
                .or_default()
                .push(action);
        }
        for (action, why) in all(vendor) {
            let key = EmailKey::of(&action.email).into_owned();
            let mut known = known.get(&key).into_iter().flatten();
            if !known.any(|it| is_same(it, action))
                && told.insert((key.clone(), vendor.name.clone()))
            {
                list.push(Objection {
                    key,
                    vendor: vendor.name.clone(),
                    what: what(action, why),
                });
            }
        }
    }
    list
}

/// E-mails of accounts that one read shows and the next one does not: somebody took them away
/// meanwhile, or the vendor cannot say whether they are there.
pub fn vanished<'a>(one: Option<&'a Current>, next: Option<&Current>) -> Vec<&'a str> {
    let name = |account: &Account| (account.id.clone(), account.email.clone());
    let accounts = |read: Option<&'a Current>| read.into_iter().flat_map(|it| &it.accounts);
    let there: HashSet<_> = next
        .into_iter()
        .flat_map(|it| &it.accounts)
        .map(name)
        .collect();
    let gone = accounts(one).filter(|it| !there.contains(&name(it)));
    gone.map(|it| &*it.email).collect()
}

fn all(vendor: &VendorPlan) -> impl Iterator<Item = (&Action, Option<&str>)> {
    let actions = vendor.actions.iter().map(|action| (action, None));
    let kept = vendor.held.iter().chain(&vendor.manual);
    actions.chain(kept.map(|kept| (&kept.action, Some(kept.why.as_str()))))
}

/// The same step for the same account; what was read of it may differ, because vendors show more
/// of people whom the roster names.
fn is_same(one: &Action, other: &Action) -> bool {
    one.kind == other.kind && one.id == other.id && one.changes == other.changes
}

fn what(action: &Action, why: Option<&str>) -> String {
    let mut text = format!(
        "naming it would mean to {} the account ({})",
        action.kind.as_str(),
        action.reason
    );
    if let Some(why) = why {
        text.push_str(": ");
        text.push_str(why);
    }
    text
}
