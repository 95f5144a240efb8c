//! Accounts of people whom the roster lists already, at vendors that it does not name for them.

use jiff::civil::Date;

use super::imported::ImportedAccount;
use super::{Source, Verdicts, spanned, yaml};
use crate::model::email::{EmailKey, same_email};
use crate::plan::matching::claimants;
use crate::roster::desired;
use crate::roster::model::{AccountEntry, AttributeEntry, Person, Roster};

/// An account that its owner's entry in the roster does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unnamed {
    /// The person's e-mail key.
    pub key: EmailKey<'static>,
    /// The vendor.
    pub vendor: Box<str>,
    /// The line for the person's `accounts` after which nothing would be planned; `None`: the
    /// person should have no access, and naming the account would switch it off.
    pub line: Option<String>,
    /// That there is one, in one clause.
    pub has: String,
    /// The same, and what to do about it.
    pub text: String,
}

/// All of them, by e-mail and vendor. Only active accounts: the plan lists no others.
pub(super) fn unnamed(source: &Source<'_>, verdicts: &Verdicts) -> Vec<Unnamed> {
    let mut list = Vec::new();
    let mut scratch = Roster {
        vendors: source.roster.vendors.clone(),
        profiles: source.roster.profiles.clone(),
        everyone: source.roster.everyone.clone(),
        ..Roster::default()
    };
    let listed = source.listed();
    for holding in &source.holdings {
        let desired = source.desired(holding.settings);
        let people: Vec<_> = desired.person_keys().collect();
        let claims = claimants(&people, &holding.known.current.accounts);
        for (account, claims) in holding.known.current.accounts.iter().zip(claims) {
            let key = account.email_key();
            let asked = source.only.as_ref().is_none_or(|only| only.contains(&key));
            if !claims.is_empty() || !account.active || !asked || !listed.contains(&key) {
                continue;
            }
            let Some(person) = source.roster.find_person(key.as_str()) else {
                continue;
            };
            let seat = ImportedAccount::of(
                holding.settings,
                &holding.known.current,
                account,
                false,
                &source.attributes,
            );
            let mut unnamed = describe(&mut scratch, source.on, person, &seat);
            if let Some(why) = verdicts.why_unnamed(&unnamed.key, &unnamed.vendor) {
                unnamed.line = None;
                unnamed.text = format!("{}; it cannot be named as it is: {why}", unnamed.has);
            }
            list.push(unnamed);
        }
    }
    list.sort_by(|a, b| (&a.key, &a.vendor).cmp(&(&b.key, &b.vendor)));
    list.dedup_by(|a, b| a.key == b.key && a.vendor == b.vendor);
    list
}

/// What would follow if the person's entry named the account.
fn describe(
    scratch: &mut Roster,
    on: Date,
    person: &Person,
    seat: &ImportedAccount<'_>,
) -> Unnamed {
    let vendor = seat.settings.name.clone();
    let email = person.email.value.clone();
    let entry = |attributes: Vec<AttributeEntry>| AccountEntry::Settings {
        id: None,
        attributes: attributes.into(),
    };
    let mut naming = person.clone();
    naming.accounts.insert(&vendor, spanned(entry(Vec::new())));
    scratch.people = vec![naming];
    let desired = desired(scratch, &vendor, on);
    let has = format!("{email} has an account at {vendor} that the roster does not name");
    let unnamed = |line, text| Unnamed {
        key: EmailKey::of(&email).into_owned(),
        vendor: vendor.clone(),
        line,
        has: has.clone(),
        text,
    };
    let Some(want) = desired.accounts().next() else {
        return unnamed(None, has.clone());
    };
    if !want.access.granted() {
        let text = format!(
            "{has}, and should have no access any more; `{vendor}: {{}}` under `accounts` would \
             switch it off"
        );
        return unnamed(None, text);
    }
    // The e-mail that is written is the roster's; another one would be changed at the vendor.
    if !same_email(&seat.account.email, &email) {
        let text = format!(
            "{has}, under the earlier e-mail {}; naming it would change that",
            seat.account.email
        );
        return unnamed(None, text);
    }
    match seat.to_write(&want.attributes) {
        Ok(written) => {
            let line = yaml::account_in_flow(&vendor, &entry(seat.entries(&written)));
            let text = format!("{has}; it would be written `{line}` under `accounts`");
            unnamed(Some(line), text)
        }
        Err(whys) => {
            let text = format!("{has}; it cannot be named as it is: {}", whys.join("; "));
            unnamed(None, text)
        }
    }
}
