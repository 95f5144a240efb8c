//! `logins` of people: by vendor, and each the name of one person.

use std::collections::{BTreeMap, HashMap};

use super::desired::VendorMentions;
use super::grants::When;
use super::model::{LOCAL_PART, Person, Roster, VendorSettings};
use super::suggest::suggest;
use super::values::Problems;
use crate::model::email::EmailKey;
use crate::model::spec::LOGIN;
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// Rule 10: vendors that `logins` name have to exist.
pub(super) fn unknown_vendors(
    people: &[Person],
    known: &BTreeMap<&str, Option<&VendorSettings>>,
    problems: &mut Problems,
) {
    for (name, login) in people.iter().flat_map(|it| &it.logins) {
        if !known.contains_key(&**name) {
            let message = format!("there is no vendor `{name}` in this roster");
            problems.push(
                Diagnostic::error(Code::UnknownVendor, login.span, message)
                    .help(suggest(name, known.keys().copied())),
            );
        }
    }
}

/// Checks that each is for a vendor that has logins, and that no two people have the same one.
pub(super) fn check(roster: &Roster, problems: &mut Problems) {
    for (name, login) in roster.people.iter().flat_map(|it| &it.logins) {
        let vendor = roster.vendors.get(&**name);
        if vendor.is_some_and(|it| !it.spec.knows_logins()) {
            let message = format!("accounts at {name} are not known by logins");
            problems.push(
                Diagnostic::error(Code::UnknownKey, login.span, message)
                    .help("leave it out: the e-mail tells whose an account is"),
            );
        }
    }
    for vendor in roster.vendors.values() {
        doubled(roster, vendor, problems);
    }
}

/// A login that two people have would give one's account to the other.
fn doubled(roster: &Roster, vendor: &VendorSettings, problems: &mut Problems) {
    if !vendor.spec.knows_logins() {
        return;
    }
    let mut owners: HashMap<EmailKey<'_>, Span> = HashMap::new();
    let mut people: Vec<&Person> = roster.people.iter().collect();
    people.sort_by_key(|it| it.span);
    for person in people {
        let Some((login, span)) = person.login(vendor) else {
            continue;
        };
        // Part of an e-mail: it means something only where there is or was an account.
        let made = span == person.email.span;
        if made && !VendorMentions::of(roster, person, &vendor.name, When::Always).is_told() {
            continue;
        }
        let Some(first) = owners.insert(EmailKey::of(login), span) else {
            continue;
        };
        let message = format!("two people have the login `{login}` at {}", vendor.name);
        problems.push(
            Diagnostic::error(Code::DuplicateLogin, span, message)
                .label("again")
                .related(first, "first here")
                .help(format!(
                    "capital and small letters are the same in a login; give one of them another: \
                     `logins: {{ {}: … }}`",
                    vendor.name
                )),
        );
    }
}

/// An account without the login that its vendor knows people by.
pub(super) fn missing(person: &Person, vendor: &VendorSettings, place: Span) -> Diagnostic {
    let message = format!(
        "the account of `{}` at {} needs a login",
        person.email.value, vendor.name
    );
    Diagnostic::error(Code::MissingAttribute, place, message).help(format!(
        "write `logins: {{ {}: NAME }}` on the person, or `{LOGIN}: {LOCAL_PART}` on the vendor for \
         the part of the e-mail before the `@`",
        vendor.name
    ))
}
