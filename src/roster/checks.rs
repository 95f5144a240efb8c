//! What only the layers can tell: one function a rule, over every account of every person.

use std::collections::HashSet;

use jiff::civil::Date;

use super::desired::VendorMentions;
use super::grants::{When, at_vendor, given, stretches};
use super::layers::{By, Clash, Managed, resolve};
use super::model::{AccountEntry, Person, Roster, VendorSettings};
use super::values::Problems;
use super::{logins, released};
use crate::model::spec::{
    AttributeKind, AttributeSpec, FromPerson, LOGIN, Needs, Required, Rights,
};
use crate::model::value::{Attributes, Value};
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// Checks every account that somebody could have.
pub(super) fn check(roster: &Roster, problems: &mut Problems) {
    for person in &roster.people {
        let days = stretches(person);
        for vendor in roster.vendors.values() {
            let from = problems.list.len();
            for day in &days {
                account(roster, person, vendor, *day, problems);
            }
            if days.len() > 1 {
                forget_doubles(&mut problems.list, from);
            }
        }
    }
    logins::check(roster, problems);
    released::check(roster, problems);
}

/// What is wrong on many days is told once.
fn forget_doubles(list: &mut Vec<Diagnostic>, from: usize) {
    let mut told = HashSet::new();
    let mut found = list.split_off(from);
    found.retain(|it| told.insert((it.place.clone(), it.code, it.message.clone())));
    list.extend(found);
}

/// One account on one day.
fn account(
    roster: &Roster,
    person: &Person,
    vendor: &VendorSettings,
    day: Date,
    problems: &mut Problems,
) {
    let when = When::On(day);
    let standing = VendorMentions::of(roster, person, &vendor.name, when);
    if !standing.named {
        return;
    }
    denied_by_profile(person, vendor, &standing, problems);
    let resolved = resolve(roster, person, vendor, when);
    for clash in resolved.clashes {
        problems.push(profiles_disagree(person, vendor, clash));
    }
    let left = person.active.as_ref().is_some_and(|active| !active.value);
    if left || standing.denied.is_some() {
        // Nothing is sent for an account that nobody can have.
        return;
    }
    missing(
        roster,
        person,
        vendor,
        &resolved.layered,
        standing.place,
        problems,
    );
    rights_without_end(roster, person, vendor, &resolved.layered, when, problems);
    needs(vendor, &resolved.layered, standing.place, problems);
    conflicts(vendor, resolved.layered, standing.place, problems);
}

/// Rule 14: outside of its days a profile does not say what a scalar is to be, so that a right would
/// stay with whoever had it.
fn rights_without_end(
    roster: &Roster,
    person: &Person,
    vendor: &VendorSettings,
    layered: &[Managed<'_>],
    when: When,
    problems: &mut Problems,
) {
    for it in at_vendor(roster, person, &vendor.name).filter(|it| !it.given.holds(when)) {
        let AccountEntry::Settings { id: _, attributes } = &it.entry.value else {
            continue;
        };
        for attribute in attributes {
            let rights = vendor.spec.attribute(&attribute.name).map(|it| it.rights);
            let is_right = rights.is_some_and(|it| it != Rights::None);
            let is_list = matches!(attribute.value, Value::Set(_));
            if !is_right || is_list || layered.iter().any(|said| said.name == attribute.name) {
                continue;
            }
            let (name, profile) = (&attribute.name, it.given.profile);
            problems.push(
                Diagnostic::error(
                    Code::RightWithoutEnd,
                    it.given.span,
                    format!(
                        "the profile `{profile}` sets `{name}` at {} for some days, and nothing \
                         says what it is for `{}` on the others",
                        vendor.name, person.email.value
                    ),
                )
                .related(attribute.span, "set here")
                .help(format!(
                    "it would stay as it is when these days are over: set `{name}` in another \
                     profile, in `accounts`, or in the vendor's `defaults`"
                )),
            );
        }
    }
}

/// Rule 1: `false` wins wherever it stands, which may surprise who wrote the account.
fn denied_by_profile(
    person: &Person,
    vendor: &VendorSettings,
    standing: &VendorMentions<'_>,
    problems: &mut Problems,
) {
    let Some(denied) = &standing.denied else {
        return;
    };
    let Some(profile) = denied.profile else {
        return;
    };
    let Some(entry) = person.accounts.get(&vendor.name) else {
        return;
    };
    if let AccountEntry::Settings {
        id: _,
        attributes: _,
    } = entry.value
    {
        problems.push(
            Diagnostic::warning(
                Code::DeniedByProfile,
                entry.span,
                format!(
                    "there will be no account here: the profile `{profile}` says `{}: false`",
                    vendor.name
                ),
            )
            .related(denied.span, "`false` wins")
            .help("take the profile from the person, or the account"),
        );
    }
}

/// Rule 2: between profiles nothing decides.
fn profiles_disagree(person: &Person, vendor: &VendorSettings, clash: Clash<'_>) -> Diagnostic {
    let Clash {
        name,
        first,
        second,
    } = clash;
    let mut problem = Diagnostic::error(
        Code::ProfilesDisagree,
        person.email.span,
        format!(
            "the profiles of `{}` disagree about `{name}` at {}",
            person.email.value, vendor.name
        ),
    )
    .help(format!(
        "write `{name}` under this person's `accounts.{}` to decide",
        vendor.name
    ));
    for said in [first, second] {
        if let (By::Profile(given), Some(span)) = (said.by, said.span) {
            problem = problem.related(span, format!("says `{}`", given.profile));
        }
    }
    problem
}

/// Safety: "a required attribute missing for an account is a roster error".
fn missing(
    roster: &Roster,
    person: &Person,
    vendor: &VendorSettings,
    layered: &[Managed<'_>],
    place: Span,
    problems: &mut Problems,
) {
    for spec in vendor.spec.attributes {
        let there = layered
            .iter()
            .any(|layered| layered.name == spec.name && !layered.value().is_empty());
        if spec.required != Required::Roster
            || there
            || is_flawed(roster, person, vendor, spec, problems)
        {
            continue;
        }
        if spec.name == LOGIN {
            problems.push(logins::missing(person, vendor, place));
            continue;
        }
        let field = match spec.from_person {
            Some(_) => ", or the fields of the person it comes from",
            None => "",
        };
        problems.push(
            Diagnostic::error(
                Code::MissingAttribute,
                place,
                format!(
                    "the account of `{}` at {} needs `{}`",
                    person.email.value, vendor.name, spec.name
                ),
            )
            .help(format!(
                "set it under `accounts.{}`, in a profile, or in the vendor's `defaults`{field}{}",
                vendor.name,
                known_words(spec.kind)
            )),
        );
    }
}

/// What there is to choose from.
fn known_words(kind: AttributeKind) -> String {
    let (words, what) = match kind {
        AttributeKind::Choice(words) => (words, "one of"),
        AttributeKind::Slug(words) => (words, "known are"),
        AttributeKind::Text
        | AttributeKind::Flag
        | AttributeKind::NameSet
        | AttributeKind::EmailSet
        | AttributeKind::FlagMap
        | AttributeKind::Email
        | AttributeKind::Family => return String::new(),
    };
    match words {
        [] => String::new(),
        words => format!("; {what} `{}`", words.join("`, `")),
    }
}

/// Whether the attribute was written for this account, but wrongly, or may be in a profile that
/// does not exist: that is reported already.
fn is_flawed(
    roster: &Roster,
    person: &Person,
    vendor: &VendorSettings,
    spec: &AttributeSpec,
    problems: &Problems,
) -> bool {
    let fields: &[&'static str] = match spec.from_person {
        None => &[],
        Some(FromPerson::FirstName) => &["first_name"],
        Some(FromPerson::LastName) => &["last_name"],
        Some(FromPerson::FullName) => &["first_name", "last_name"],
        Some(FromPerson::JobTitle) => &["job_title"],
        Some(FromPerson::Company) => &["company"],
        Some(FromPerson::Email) => &["email"],
    };
    let mut unknown = person.profiles.iter();
    let unknown = unknown.any(|grant| !roster.profiles.contains_key(&*grant.name));
    let mut profiles = given(roster, person);
    let in_profiles = unknown
        || profiles.any(|(_, profile)| {
            let entry = profile.accounts.get(&vendor.name);
            entry.is_some_and(|entry| problems.is_flawed(entry.span, spec.name))
        });
    let entry = person.accounts.get(&vendor.name);
    in_profiles
        || entry.is_some_and(|entry| problems.is_flawed(entry.span, spec.name))
        || problems.is_flawed(vendor.span, spec.name)
        || fields
            .iter()
            .any(|field| problems.is_flawed(person.span, field))
}

/// Values that need a vendor setting. No error: an account that has the value already is in line.
fn needs(vendor: &VendorSettings, layered: &[Managed<'_>], place: Span, problems: &mut Problems) {
    for layered in layered {
        let Some(Needs {
            value,
            setting,
            why,
        }) = vendor.spec.attribute(&layered.name).and_then(|it| it.needs)
        else {
            continue;
        };
        if *layered.value() != Value::from(value) || vendor.flag(setting) {
            continue;
        }
        problems.push(
            Diagnostic::warning(
                Code::Conflict,
                layered.top.span.unwrap_or(place),
                format!("`{}: {value}` needs `{setting}: true`: {why}", layered.name),
            )
            .help(format!(
                "set `{setting}: true` under `vendors.{}` once that is so; until then a new \
                 account is held and an existing one keeps what it has",
                vendor.name
            )),
        );
    }
}

/// The rules between attributes that the vendor's kind declares.
fn conflicts(
    vendor: &VendorSettings,
    layered: Vec<Managed<'_>>,
    place: Span,
    problems: &mut Problems,
) {
    let spans: Vec<_> = layered
        .iter()
        .map(|layered| (layered.name.clone(), layered.top.span))
        .collect();
    let attributes = Attributes::of_sorted(layered.into_iter().map(Managed::into_pair));
    for conflict in (vendor.spec.check)(&attributes) {
        let named = spans.iter().find(|(name, _)| name == conflict.attribute);
        let span = named.and_then(|(_, span)| *span).unwrap_or(place);
        let mut problem = Diagnostic::error(
            Code::Conflict,
            span,
            format!("`{}`: {}", conflict.attribute, conflict.message),
        )
        .help(conflict.help);
        if span != place {
            problem = problem.related(place, "for this account");
        }
        problems.push(problem);
    }
}
