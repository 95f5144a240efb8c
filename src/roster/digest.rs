//! The digest of a roster's meaning: a comment, the order of keys, people or files, and how the
//! same attributes came about change nothing.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::desired::Standing;
use super::layers::{Managed, resolve};
use super::model::{
    AdminMark, Bound, Limits, Max, Person, Released, Roster, Rule, SecretRef, Setting, StatePlace,
    Unlisted, VendorSettings,
};
use crate::email::EmailKey;
use crate::reconcile::digest::Digest;
use crate::reconcile::value::Value;

/// The digest of what the roster means.
pub fn digest(roster: &Roster) -> Digest {
    let Roster {
        vendors,
        profiles: _, // they are in the accounts they lead to
        people: _,   // below
        state,
        assertions,
        released,
    } = roster;
    let mut released: Vec<_> = released.iter().map(released_form).collect();
    released.sort_unstable();
    let mut assertions: Vec<&Rule> = assertions.iter().map(|it| &it.rule).collect();
    assertions.sort_unstable();
    assertions.dedup();
    Digest::of(&RosterForm {
        vendors: vendors
            .iter()
            .map(|(name, vendor)| (name.as_ref(), vendor_form(vendor)))
            .collect(),
        people: People(roster),
        state: state.as_ref().and_then(StatePlace::meaning),
        assertions,
        released,
    })
}

/// A release in the form that the digest covers.
fn released_form(it: &Released) -> (EmailKey<'_>, Option<&str>, Option<jiff::civil::Date>) {
    let Released { email, note, until } = it;
    (EmailKey::of(&email.value), note.as_deref(), *until)
}

#[derive(Serialize)]
struct RosterForm<'r> {
    vendors: BTreeMap<&'r str, VendorForm<'r>>,
    people: People<'r>,
    state: Option<String>,
    assertions: Vec<&'r Rule>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    released: Vec<(EmailKey<'r>, Option<&'r str>, Option<jiff::civil::Date>)>,
}

#[derive(Serialize)]
struct VendorForm<'r> {
    kind: &'r str,
    base_url: &'r str,
    auth: BTreeMap<&'static str, Vec<String>>,
    unlisted: &'static str,
    protect: Vec<String>,
    per_second: f64,
    burst: u32,
    concurrency: usize,
    timeout: u64,
    max_wait: u64,
    max: [Option<String>; 5],
    deactivate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_after: Option<u16>,
    own_account: Option<EmailKey<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    admins: Vec<(&'r str, Vec<String>)>,
    record: Option<String>,
    settings: BTreeMap<&'static str, Value>,
}

#[derive(Serialize)]
struct PersonForm<'r> {
    email: &'r str,
    previous_emails: Vec<EmailKey<'r>>,
    left: bool,
    starts: Option<jiff::civil::Date>,
    ends: Option<jiff::civil::Date>,
    accounts: BTreeMap<&'r str, AccountForm<'r>>,
}

#[derive(Serialize)]
struct AccountForm<'r> {
    id: Option<&'r str>,
    denied: bool,
    #[serde(serialize_with = "sorted")]
    attributes: Vec<Managed<'r>>,
}

/// Attributes as a map; they are sorted by name.
fn sorted<S: serde::Serializer>(attributes: &[Managed<'_>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(attributes.iter().map(|it| (&it.name, it.value())))
}

fn vendor_form(vendor: &VendorSettings) -> VendorForm<'_> {
    let VendorSettings {
        name: _,
        span: _,
        spec,
        base_url,
        in_sandbox: _,
        auth,
        defaults: _, // they are in the accounts
        unlisted,
        protect,
        limits:
            Limits {
                per_second,
                burst,
                concurrency,
                timeout,
                max_wait,
            },
        max:
            Max {
                creates,
                deactivations,
                shrinkage,
                admin_grants,
                at_least,
            },
        deactivate,
        delete_after,
        own_account,
        admins,
        record,
        settings,
    } = vendor;
    let mut protect: Vec<String> = protect
        .iter()
        .map(|pattern| pattern.key().to_owned())
        .collect();
    protect.sort_unstable();
    protect.dedup();
    VendorForm {
        kind: spec.kind,
        base_url,
        auth: auth
            .iter()
            .map(|(key, secret)| (*key, secret_form(secret)))
            .collect(),
        unlisted: match unlisted {
            Unlisted::Ignore => "ignore",
            Unlisted::Report => "report",
            Unlisted::Deactivate => "deactivate",
        },
        protect,
        per_second: *per_second,
        burst: *burst,
        concurrency: *concurrency,
        timeout: timeout.as_secs(),
        max_wait: max_wait.as_secs(),
        max: [
            creates.map(bound_form),
            deactivations.map(bound_form),
            shrinkage.map(bound_form),
            admin_grants.map(bound_form),
            at_least.map(|count| count.to_string()),
        ],
        deactivate: deactivate.name,
        delete_after: delete_after.map(|grace| grace.0),
        own_account: own_account.as_deref().map(EmailKey::of),
        admins: admin_forms(admins),
        record: record.as_deref().and_then(file_name),
        settings: settings
            .iter()
            .map(|(name, setting)| (*name, setting_form(spec, name, setting)))
            .collect(),
    }
}

/// Neither the order nor the letter case counts.
fn admin_forms(admins: &[AdminMark]) -> Vec<(&str, Vec<String>)> {
    let form = |mark: &'_ AdminMark| {
        let values = mark.values.iter().map(|it| it.to_ascii_lowercase());
        let mut values: Vec<String> = values.collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    let mut forms: Vec<_> = admins.iter().map(|it| (&*it.attribute, form(it))).collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

fn bound_form(bound: Bound) -> String {
    match bound {
        Bound::Count(count) => count.to_string(),
        Bound::Percent(percent) => format!("{percent}%"),
    }
}

fn secret_form(secret: &SecretRef) -> Vec<String> {
    let (way, mut words) = match secret {
        SecretRef::Env(name) => ("env", vec![name.to_string()]),
        SecretRef::File(path) => ("file", file_name(path).into_iter().collect()),
        SecretRef::Command(words) => ("command", words.iter().map(ToString::to_string).collect()),
    };
    words.insert(0, way.to_owned());
    words
}

fn setting_form(spec: &crate::vendor::spec::VendorSpec, name: &str, setting: &Setting) -> Value {
    let path = spec
        .settings
        .iter()
        .any(|known| known.name == name && known.kind == crate::vendor::spec::SettingKind::Path);
    match setting {
        Setting::Text(text) if path => {
            Value::text(file_name(Path::new(&**text)).unwrap_or_default())
        }
        Setting::Text(text) => Value::text(&**text),
        Setting::Flag(flag) => Value::Flag(*flag),
        Setting::Count(count) => Value::text(count.to_string()),
        Setting::Names(names) => Value::set(names.iter().cloned()),
        Setting::TextMap(map) => Value::set(map.iter().map(|(key, text)| format!("{key}\n{text}"))),
    }
}

/// Paths are resolved against a folder that differs from machine to machine; the name does not.
fn file_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_string_lossy().into_owned())
}

/// The people of a roster, each made when it is written.
struct People<'r>(&'r Roster);

impl Serialize for People<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let people = self.0.people.iter();
        to.collect_seq(people.map(|person| person_form(self.0, person)))
    }
}

fn person_form<'r>(roster: &'r Roster, person: &'r Person) -> PersonForm<'r> {
    let accounts = roster.vendors.values().filter_map(|vendor| {
        let standing = Standing::of(roster, person, &vendor.name);
        if !standing.named && standing.denied.is_none() {
            return None;
        }
        let form = AccountForm {
            id: standing.id,
            denied: standing.denied.is_some(),
            attributes: resolve(roster, person, vendor).layered,
        };
        Some((vendor.name.as_ref(), form))
    });
    let mut previous_emails: Vec<EmailKey<'r>> = person
        .previous_emails
        .iter()
        .map(|email| EmailKey::of(&email.value))
        .collect();
    previous_emails.sort_unstable();
    PersonForm {
        email: &person.email.value,
        previous_emails,
        left: person.active.as_ref().is_some_and(|active| !active.value),
        starts: person.starts.as_ref().map(|date| date.value),
        ends: person.ends.as_ref().map(|date| date.value),
        accounts: accounts.collect(),
    }
}
