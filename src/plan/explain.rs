//! One person across all vendors: what the roster asks and where it says so, what each vendor
//! holds, and what follows. Pure; everything comes from a plan and the reads it was made from.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::matching::{Match, match_accounts};
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::desired::{Access, PersonKey};
use crate::model::email::EmailKey;
use crate::model::plan::{Plan, VendorPlan, WithheldAction};
use crate::model::value::shown;
use crate::model::value::{Key, Value};
use crate::plan::known::Known;
use crate::roster::diagnostic::Span;
use crate::roster::model::{Person, Roster};
use crate::roster::preset;
use crate::roster::{Layered, When, desired, layers};

/// One person across all vendors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The person's e-mail, as the roster spells it.
    pub email: Box<str>,
    /// The day it is for.
    pub on: Date,
    /// In the order of the plan.
    pub vendors: Vec<VendorExplanation>,
}

/// One person at one vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorExplanation {
    /// The vendor's name in the roster.
    pub name: Box<str>,
    /// Its kind.
    pub kind: &'static str,
    /// Whether there should be access; `None` where the roster does not give or deny it.
    pub access: Option<Access>,
    /// What the vendor holds, or why that is not known.
    pub account: Result<Option<Account>, String>,
    /// Each managed attribute.
    pub attributes: Vec<AttributeExplanation>,
    /// What follows.
    pub actions: Vec<Action>,
    /// What a safety rule keeps back.
    pub held: Vec<WithheldAction>,
    /// What is left to a person.
    pub manual: Vec<WithheldAction>,
    /// The files of the roster that these come from.
    pub files: Arc<[Arc<str>]>,
    /// What else there is to say about this person.
    pub notices: Vec<String>,
    /// The preset of the vendor's settings, in words.
    pub preset: Option<String>,
}

/// One managed attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeExplanation {
    /// Its value after all layers, and the layers it comes from.
    pub layered: Layered,
    /// What the vendor shows: outer `None` not shown, inner `None` its `null`.
    pub current: Option<Option<Value>>,
}

/// Explains somebody whom the roster does not list: what the vendors hold, and what follows.
pub fn explain_stranger(email: &str, plan: &Plan, reads: &[Result<Known, String>]) -> Explanation {
    let key = EmailKey::of(email);
    let vendors = plan.vendors.iter().zip(reads).map(|(vendor, read)| {
        let account = read.as_ref().map_err(Clone::clone).map(|known| {
            let mut accounts = known.current.accounts.iter();
            accounts.find(|it| it.email_key() == key).cloned()
        });
        following(&key, vendor, None, account, Vec::new())
    });
    Explanation {
        email: email.into(),
        on: plan.on,
        vendors: vendors.collect(),
    }
}

/// Explains one person. `reads` are those of the plan's vendors, in the same order.
pub fn explain(
    roster: &Roster,
    person: &Person,
    plan: &Plan,
    reads: &[Result<Known, String>],
) -> Explanation {
    let vendors = plan
        .vendors
        .iter()
        .zip(reads)
        .map(|(vendor, read)| at_vendor(roster, person, plan.on, vendor, read))
        .collect();
    Explanation {
        email: person.email.value.clone(),
        on: plan.on,
        vendors,
    }
}

fn at_vendor(
    roster: &Roster,
    person: &Person,
    on: Date,
    vendor: &VendorPlan,
    read: &Result<Known, String>,
) -> VendorExplanation {
    let key = EmailKey::of(&person.email.value);
    let desired = desired(roster, &vendor.name, on);
    let claims: Vec<PersonKey<'_>> = desired.person_keys().collect();
    let place = claims
        .iter()
        .position(|want| EmailKey::of(want.email) == key);
    let account = read
        .as_ref()
        .map_err(Clone::clone)
        .map(|Known { current, .. }| {
            let found = match place {
                Some(place) => {
                    let matches = match_accounts(&claims, &current.accounts);
                    match matches.get(place) {
                        Some(Match::Account(at) | Match::Contested(at, _)) => {
                            current.accounts.get(*at)
                        }
                        Some(Match::Missing | Match::Doubtful(_)) | None => None,
                    }
                }
                // Nobody asked for it, and it may be there all the same.
                None => current.accounts.iter().find(|it| it.email_key() == key),
            };
            found.cloned()
        });
    let managed = match place {
        Some(_) => layers(roster, person, &vendor.name, When::On(on)),
        None => Vec::new(),
    };
    let attributes = managed
        .into_iter()
        .map(|layered| AttributeExplanation {
            current: match &account {
                Ok(Some(account)) => {
                    shown(&account.attributes, &layered.name).map(Option::<&Value>::cloned)
                }
                Ok(None) | Err(_) => None,
            },
            layered,
        })
        .collect();
    let access = place.map(|place| claims[place].access);
    following(&key, vendor, access, account, attributes)
}

/// What the plan of a vendor does about one e-mail, with what is known of its account.
fn following(
    key: &EmailKey<'_>,
    vendor: &VendorPlan,
    access: Option<Access>,
    account: Result<Option<Account>, String>,
    attributes: Vec<AttributeExplanation>,
) -> VendorExplanation {
    let concerns = |action: &Action| EmailKey::of(&action.email) == *key;
    let kept = |list: &[WithheldAction]| -> Vec<WithheldAction> {
        let of_person = list.iter().filter(|kept| concerns(&kept.action));
        of_person.cloned().collect()
    };
    let notices = vendor.notices.iter().filter(|notice| {
        let email = notice.email.as_deref();
        email.is_some_and(|email| EmailKey::of(email) == *key)
    });
    let mut notices: Vec<String> = notices.map(|notice| notice.text.clone()).collect();
    let mut unlisted = vendor.unlisted.iter();
    if let Some(account) = unlisted.find(|it| EmailKey::of(&it.email) == *key) {
        let why = account.why.as_deref().unwrap_or("it is left alone");
        notices.push(format!("the roster does not name this account; {why}"));
    }
    let mut files = vendor.hints.files.iter();
    let files = files.find(|(email, _)| EmailKey::of(email) == *key);
    VendorExplanation {
        preset: None,
        files: files.map_or_else(Arc::default, |(_, files)| files.clone()),
        name: vendor.name.clone(),
        kind: vendor.kind,
        access,
        account,
        attributes,
        actions: vendor
            .actions
            .iter()
            .filter(|it| concerns(it))
            .cloned()
            .collect(),
        held: kept(&vendor.held),
        manual: kept(&vendor.manual),
        notices,
    }
}

impl Explanation {
    /// Places in the roster that values come from.
    pub fn places(&self) -> impl Iterator<Item = Span> {
        let attributes = self.vendors.iter().flat_map(|vendor| &vendor.attributes);
        let sources = attributes.flat_map(|it| &it.layered.sources);
        sources.filter_map(|source| source.span)
    }
}

impl Explanation {
    /// Adds what presets bring to the vendors' settings.
    #[must_use]
    pub fn with_presets(mut self, roster: &Roster) -> Self {
        for vendor in &mut self.vendors {
            let settings = roster.vendors.get(&vendor.name);
            vendor.preset = settings.and_then(preset::in_words);
        }
        self
    }
}

impl VendorExplanation {
    /// Attributes that the vendor shows and the roster leaves alone.
    pub fn unmanaged(&self) -> Vec<(Key, Option<Value>)> {
        let Ok(Some(account)) = &self.account else {
            return Vec::new();
        };
        let own = self.attributes.iter().map(|it| it.layered.name.as_ref());
        // A map's marker is no attribute of its own.
        let named = own.flat_map(|own| [Some(own), own.split_once('.').map(|(map, _)| map)]);
        let managed: HashSet<&str> = named.flatten().collect();
        account
            .attributes
            .iter()
            .filter(|(name, _)| !managed.contains(name))
            .map(|(name, value)| (Key::from(name.to_owned()), value.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::{Level, Notice};
    use crate::plan::testing::{API, Case, account, person};

    #[test]
    fn a_stranger_is_told_what_the_vendor_holds_of_that_address_alone() {
        let listed = [person("ada@x.com"), person("new@x.com")];
        let there = [account("ada@x.com", "1"), account("eve@x.com", "2")];
        let case = Case::new(&API, listed, there);
        let mut vendor = case.plan();
        vendor.notices.push(Notice {
            level: Level::Info,
            email: Some("eve@x.com".into()),
            text: String::from("a word"),
        });
        let files = [Arc::from("people.yaml")].into();
        vendor.hints.files.insert("eve@x.com".into(), files);
        let plan = Plan {
            created_at: jiff::Timestamp::UNIX_EPOCH,
            on: Date::constant(2026, 1, 5),
            roster: crate::model::digest::Digest("sha256:0".into()),
            people: 1,
            vendors: vec![vendor],
            attention: crate::model::attention::Attention::default(),
            ending: Vec::new(),
        };
        let told = |email: &str| {
            let told = explain_stranger(email, &plan, &[Ok(case.known())]);
            told.vendors.into_iter().next().expect("the one vendor")
        };
        let eve = told("EVE@x.com");
        assert!(matches!(&eve.account, Ok(Some(it)) if &*it.email == "eve@x.com"));
        assert_eq!(eve.notices[0], "a word");
        assert!(eve.notices[1].contains("does not name this account"));
        assert_eq!((eve.actions.len(), eve.files.len()), (0, 1));
        let new = told("new@x.com");
        assert_eq!((new.account, new.notices), (Ok(None), Vec::new()));
        assert_eq!((new.actions.len(), new.files.len()), (1, 0));
    }
}
