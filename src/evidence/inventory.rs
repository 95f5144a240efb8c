//! From one read of a vendor to its inventory.

use std::collections::BTreeMap;

use crate::model::account::Account;
use crate::model::current::Current;
use crate::model::desired::{Desired, PersonKey};
use crate::model::inventory::{AdminWords, Holder, Inventory, Rights as Held};
use crate::model::spec::{LOGIN, Rights};
use crate::plan::matching::{Match, match_accounts};
use crate::roster::admins::Admins;
use crate::roster::model::VendorSettings;

/// What a read shows of a vendor: each account with the person of the roster it belongs to and what
/// carries rights. Nothing else of a person is in it.
pub fn inventory(settings: &VendorSettings, desired: &Desired, current: &Current) -> Inventory {
    let admins = AdminWords(Admins::new(settings, &current.directories).words());
    let people: Vec<PersonKey<'_>> = desired.person_keys().collect();
    let mut owners: BTreeMap<usize, &str> = BTreeMap::new();
    for (person, found) in people
        .iter()
        .zip(match_accounts(&people, &current.accounts))
    {
        if let Match::Account(at) | Match::Contested(at, _) = found {
            owners.insert(at, person.email);
        }
    }
    let holders = current.accounts.iter().enumerate().map(|(at, account)| {
        let holder = Holder {
            id: account.id.clone(),
            email: account.email.clone(),
            person: owners.get(&at).map(|email| Box::from(*email)),
            off: !account.active,
            rights: rights(settings, &admins, account),
        };
        (holder.key(), holder)
    });
    Inventory {
        kind: settings.spec.kind.into(),
        place: settings.place().into(),
        holders: holders.collect(),
        admins,
    }
}

/// Attributes that carry rights or tell who is an administrator, and the login.
fn rights(settings: &VendorSettings, admins: &AdminWords, account: &Account) -> Held {
    let carries = |name: &str| {
        let spec = settings.spec.attribute(name);
        name == LOGIN
            || admins.0.contains_key(name)
            || spec.is_some_and(|it| it.rights != Rights::None)
    };
    let shown = account.attributes.iter().filter(|(name, value)| {
        // A map has a marker of its own, which says nothing.
        carries(name) && (value.is_some() || name.contains('.') || !is_map(account, name))
    });
    shown
        .map(|(name, value)| (name.into(), value.clone()))
        .collect()
}

/// Whether an attribute is a map that was taken apart.
fn is_map(account: &Account, name: &str) -> bool {
    let mut names = account.attributes.iter().map(|(name, _)| name);
    names.any(|it| {
        it.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}
