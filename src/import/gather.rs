//! Accounts of all vendors put together by e-mail: who is new, and whose accounts are whose.

use std::collections::{BTreeMap, HashSet};

use super::imported::ImportedAccount;
use super::{Attributed, Holding, Source};
use crate::model::account::{Account, Shield};
use crate::model::current::{Current, Own};
use crate::model::email::{EmailKey, same_email};
use crate::model::spec::LOGIN;
use crate::model::value::Value;
use crate::plan::matching::claimants;
use crate::roster::model::VendorSettings;
use crate::roster::refused_email;

/// Somebody whom the roster does not list.
#[derive(Debug)]
pub(super) struct Newcomer<'a> {
    /// The e-mail key.
    pub(super) key: EmailKey<'a>,
    /// The e-mail as the vendors spell it, in small letters where they disagree.
    pub(super) email: Box<str>,
    /// Accounts by vendor: the active ones, or all if none is active.
    pub(super) seats: BTreeMap<Box<str>, ImportedAccount<'a>>,
    /// Vendors where the account is off while others are on.
    pub(super) denied: Vec<Box<str>>,
    /// What a reader should know.
    pub(super) remarks: Vec<String>,
}

/// All newcomers, by e-mail key, and the accounts that nobody can be made of.
#[derive(Debug, Default)]
pub(super) struct Found<'a> {
    pub(super) newcomers: Vec<Newcomer<'a>>,
    pub(super) left_out: Vec<String>,
    /// People without any active account who were asked to be left out.
    pub(super) off: usize,
}

/// Accounts of one e-mail, by vendor.
type ByVendor<'a> = BTreeMap<Box<str>, (Holding<'a>, Vec<Seen<'a>>)>;

/// An account, and whether it seemed to be off before it was looked at closely.
type Seen<'a> = (&'a Account, bool);

/// Puts together who is new.
pub(super) fn gather<'a>(source: &Source<'a>) -> Found<'a> {
    let mut found = Found::default();
    let listed = source.listed();
    let mut by_email: BTreeMap<EmailKey<'a>, ByVendor<'a>> = BTreeMap::new();
    for holding in &source.holdings {
        let desired = source.desired(holding.settings);
        let first = holding.first.into_iter().flat_map(|it| &it.accounts);
        let off: HashSet<_> = first.filter(|it| !it.active).map(identity).collect();
        let people: Vec<_> = desired.person_keys().collect();
        let claims = claimants(&people, &holding.known.current.accounts);
        for (account, claims) in holding.known.current.accounts.iter().zip(claims) {
            let key = account.email_key();
            let asked = source.only.as_ref().is_none_or(|only| only.contains(&key));
            if !claims.is_empty() || listed.contains(&key) || !asked {
                continue;
            }
            // Naming it would have it deleted one day; nobody has asked for that.
            if !account.active && holding.settings.delete_after.is_some() {
                continue;
            }
            if let Some(why) = refused_email(&account.email) {
                let vendor = &holding.settings.name;
                let mut text = format!(
                    "{vendor}: the account {} has no e-mail that a roster can have ({why})",
                    name(account)
                );
                if let Some(Some(Value::Text(login))) = account.attributes.get(LOGIN) {
                    text.push_str(&format!(
                        "; write `logins: {{ {vendor}: {login} }}` on whose it is"
                    ));
                }
                found.left_out.push(text);
                continue;
            }
            // A super user is a person all the same.
            let token = |it: &&Shield| it.what.contains("API token");
            if let Some(shield) = account.shield.as_ref().filter(token) {
                found.left_out.push(format!(
                    "{}: {} is a {}, and no person",
                    holding.settings.name,
                    name(account),
                    shield.what
                ));
                continue;
            }
            let vendors = by_email.entry(key).or_default();
            let place = vendors.entry(holding.settings.name.clone());
            let seen = (account, off.contains(&identity(account)));
            place.or_insert((*holding, Vec::new())).1.push(seen);
        }
    }
    for (key, vendors) in by_email {
        let all_off = vendors
            .values()
            .all(|(_, accounts)| accounts.iter().all(|(it, _)| !it.active));
        if all_off && source.active_only {
            found.off += 1;
        } else {
            found
                .newcomers
                .push(newcomer(key, vendors, &source.attributes));
        }
    }
    found
}

fn newcomer<'a>(key: EmailKey<'a>, vendors: ByVendor<'a>, attributes: &Attributed) -> Newcomer<'a> {
    let mut spellings: Vec<&str> = Vec::new();
    let mut seats = BTreeMap::new();
    let mut remarks = Vec::new();
    for (vendor, (holding, mut accounts)) in vendors {
        let Holding {
            settings,
            known,
            first: _,
        } = holding;
        spellings.extend(accounts.iter().map(|(it, _)| &*it.email));
        // Of several, the one in use; of several in use, the one with the least id.
        accounts.sort_by_key(|(it, _)| (!it.active, it.id.is_none(), it.id.clone()));
        let [(account, looked_off), others @ ..] = accounts.as_slice() else {
            continue;
        };
        let others: Vec<&str> = others.iter().map(|(it, _)| name(it)).collect();
        if !others.is_empty() {
            remarks.push(format!(
                "{vendor} has another account with this e-mail: {}",
                others.join(", ")
            ));
        }
        remarks.extend(nature(settings, &known.current, account));
        if account.active && *looked_off {
            remarks.push(format!(
                "looks switched off at {vendor} and may be in use all the same; if not, write \
                 `{vendor}: false`"
            ));
        }
        let seat = ImportedAccount::of(
            settings,
            &known.current,
            account,
            !others.is_empty(),
            attributes,
        );
        seats.insert(vendor, seat);
    }
    let mut denied = Vec::new();
    if seats.values().any(|seat| seat.account.active) {
        seats.retain(|vendor, seat: &mut ImportedAccount<'_>| {
            if !seat.account.active {
                denied.push(vendor.clone());
            }
            seat.account.active
        });
    }
    spellings.dedup();
    let email = match spellings.as_slice() {
        [one] => (*one).into(),
        _ => key.as_str().into(),
    };
    Newcomer {
        key,
        email,
        seats,
        denied,
        remarks,
    }
}

/// What kind of account it is, if it is no ordinary one.
fn nature(settings: &VendorSettings, current: &Current, account: &Account) -> Vec<String> {
    let vendor = &settings.name;
    let told = match &current.own {
        Own::Email(email) => Some(&**email),
        Own::Unknown | Own::Nobody => None,
    };
    let mut own = told.into_iter().chain(settings.own_account.as_deref());
    let mut remarks = Vec::new();
    if own.any(|email| same_email(email, &account.email)) {
        remarks.push(format!("the account behind the credentials of {vendor}"));
    }
    if let Some(shield) = &account.shield {
        let never = match shield.always {
            true => ", never changed from here",
            false => "",
        };
        remarks.push(format!("a {} at {vendor}{never}", shield.what));
    }
    remarks
}

/// What tells an account from the others of its vendor.
fn identity(account: &Account) -> (Option<&str>, &str) {
    (account.id.as_deref(), &account.email)
}

/// What to call an account that has perhaps no e-mail.
pub(super) fn name(account: &Account) -> &str {
    match &account.id {
        Some(id) => id,
        None => &account.email,
    }
}
