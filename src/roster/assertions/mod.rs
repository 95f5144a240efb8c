//! `assert`: what has to hold, whatever people, profiles and vendors say. A closed set, no language.
//!
//! Here is the reader; what the roster alone decides is checked in `check`, what needs the vendors
//! in [`crate::plan::assertions`].

mod check;
mod facts;
pub(crate) mod words;

use std::cell::LazyCell;
use std::collections::BTreeMap;

pub(super) use check::check;

use super::model::{Assertion, Field, Holding, Rule, VendorSettings};
use super::suggest::{suggest, suggest_of};
use super::values::{self, Problems};
use super::vendors::has_no_effect;
use super::yaml::{Name, Node};
use crate::model::email::a_label;
use crate::model::nearest::Names;
use crate::roster::admins;
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// The kinds of assertions, with what each says (the schema shows it).
pub(super) const RULES: &[(&str, &str)] = &[
    (
        "admins",
        "How many administrators a vendor has after the plan.",
    ),
    ("domains", "The domains that people with accounts may have."),
    ("has", "A field that everybody with an account has to have."),
    (
        "never_both",
        "Two things that nobody may hold at the same time.",
    ),
    (
        "seats",
        "How many active accounts a vendor has after the plan.",
    ),
];

/// The values of `has.field`.
pub(super) const FIELDS: [Field; 4] = [
    Field::FirstName,
    Field::LastName,
    Field::JobTitle,
    Field::Company,
];

/// Reads one entry under `assert`.
pub(super) fn assertion(node: &Node<'_>, problems: &mut Problems) -> Option<Assertion> {
    let entries = values::map(node, "assert", problems)?;
    let [(key, value)] = entries else {
        let words: Vec<String> = RULES.iter().map(|(rule, _)| format!("`{rule}`")).collect();
        problems.push(
            Diagnostic::error(
                Code::WrongType,
                node.span,
                "an assertion has exactly one key",
            )
            .help(format!("begin each with a dash: {}", words.join(", "))),
        );
        return None;
    };
    let rule = match key.text.as_ref() {
        "admins" => admins(key, value, problems)?,
        "domains" => domains(key, value, problems)?,
        "has" => has(key, value, problems)?,
        "never_both" => never_both(key, value, problems)?,
        "seats" => seats(key, value, problems)?,
        _ => {
            let known = RULES.iter().map(|(rule, _)| *rule);
            problems.push(values::unknown_key(key, "an assertion", known));
            return None;
        }
    };
    Some(Assertion {
        span: key.span,
        // Filled in once the files have names.
        place: Box::default(),
        rule,
    })
}

fn admins(name: &Name<'_>, node: &Node<'_>, problems: &mut Problems) -> Option<Rule> {
    let keys = ["vendor", "at_least", "at_most"];
    let map = Fields::of(name, node, &keys, problems)?;
    let mut number = |field: &str| {
        let value = map.get(field)?;
        values::count(value, field, 0..=u64::from(u32::MAX), problems)
    };
    let (at_least, at_most) = (number("at_least"), number("at_most"));
    let vendor = map.text("vendor", problems)?;
    if map.get("at_least").is_none() && map.get("at_most").is_none() {
        problems.push(
            Diagnostic::error(Code::MissingKey, name.span, "`admins` says no number")
                .help("add `at_least` or `at_most`, or both"),
        );
        return None;
    }
    if let (Some(least), Some(most)) = (at_least, at_most)
        && least > most
    {
        problems.push(Diagnostic::error(
            Code::OutOfRange,
            name.span,
            format!("`at_least` ({least}) is more than `at_most` ({most})"),
        ));
        return None;
    }
    Some(Rule::Admins {
        vendor,
        at_least,
        at_most,
    })
}

fn seats(name: &Name<'_>, node: &Node<'_>, problems: &mut Problems) -> Option<Rule> {
    let map = Fields::of(name, node, &["vendor", "at_most"], problems)?;
    let vendor = map.text("vendor", problems);
    let value = map.required("at_most", problems)?;
    let at_most = values::count(value, "at_most", 0..=u64::from(u32::MAX), problems)?;
    Some(Rule::Seats {
        vendor: vendor?,
        at_most,
    })
}

fn domains(name: &Name<'_>, node: &Node<'_>, problems: &mut Problems) -> Option<Rule> {
    let map = Fields::of(name, node, &["vendor", "only"], problems)?;
    let vendor = match map.get("vendor") {
        Some(_) => Some(map.text("vendor", problems)?),
        None => None,
    };
    let list = values::list(map.required("only", problems)?, "only", problems)?;
    let mut only: Vec<Box<str>> = Vec::with_capacity(list.len());
    for item in list {
        let Some(domain) = values::name(item, "only", problems) else {
            continue;
        };
        match a_label(domain.value.trim().trim_start_matches('@')) {
            Ok(domain) => only.push(domain.into()),
            Err(fault) => {
                let text = format!("`only` has a domain that nobody can be in: {fault}");
                problems.push(Diagnostic::error(Code::NotAnEmail, item.span, text));
            }
        }
    }
    only.sort_unstable();
    only.dedup();
    Some(Rule::Domains { vendor, only })
}

fn has(name: &Name<'_>, node: &Node<'_>, problems: &mut Problems) -> Option<Rule> {
    let map = Fields::of(name, node, &["field"], problems)?;
    let value = map.required("field", problems)?;
    let words = FIELDS.iter().map(|field| field.as_str());
    let word = values::choice(value, "field", words, problems)?;
    let field = FIELDS.into_iter().find(|field| field.as_str() == word)?;
    Some(Rule::Has { field })
}

fn never_both(name: &Name<'_>, node: &Node<'_>, problems: &mut Problems) -> Option<Rule> {
    let map = Fields::of(name, node, &["first", "second"], problems)?;
    let first = map.required("first", problems);
    let second = map.required("second", problems)?;
    let first = holding("first", first?, problems);
    let second = holding("second", second, problems)?;
    Some(Rule::NeverBoth {
        first: first?,
        second,
    })
}

fn holding(name: &'static str, node: &Node<'_>, problems: &mut Problems) -> Option<Holding> {
    let name = Name {
        text: name.into(),
        span: node.span,
    };
    let map = Fields::of(&name, node, &["vendor", "attribute", "value"], problems)?;
    let vendor = map.text("vendor", problems);
    let attribute = map.text("attribute", problems);
    let value = map.required("value", problems)?;
    let value = match value.as_flag() {
        Some(flag) => flag.to_string().into(),
        None => values::name(value, "value", problems)?.value,
    };
    Some(Holding {
        vendor: vendor?,
        attribute: attribute?,
        value,
    })
}

/// The keys of an assertion.
struct Fields<'n, 'a> {
    name: &'n str,
    span: Span,
    entries: &'n [(Name<'a>, Node<'a>)],
}

impl<'n, 'a> Fields<'n, 'a> {
    fn of(
        name: &'n Name<'_>,
        node: &'n Node<'a>,
        keys: &[&'static str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let entries = values::map(node, &name.text, problems)?;
        for (key, _) in entries {
            if !keys.contains(&key.text.as_ref()) {
                let place = format!("`{}`", name.text);
                problems.push(values::unknown_key(key, place, keys.iter().copied()));
            }
        }
        Some(Self {
            name: &name.text,
            span: name.span,
            entries,
        })
    }

    fn get(&self, key: &str) -> Option<&'n Node<'a>> {
        let found = self.entries.iter().find(|(name, _)| name.text == key);
        found.map(|(_, node)| node)
    }

    fn required(&self, key: &str, problems: &mut Problems) -> Option<&'n Node<'a>> {
        let found = self.get(key);
        if found.is_none() {
            problems.push(Diagnostic::error(
                Code::MissingKey,
                self.span,
                format!("`{}` has no `{key}`", self.name),
            ));
        }
        found
    }

    fn text(&self, key: &str, problems: &mut Problems) -> Option<Box<str>> {
        let node = self.required(key, problems)?;
        values::name(node, key, problems).map(|text| text.value)
    }
}

/// Names in assertions have to mean something. `known` are the vendors, with their settings unless
/// these are wrong.
pub(super) fn check_names<'v>(
    assertions: &[Assertion],
    known: &BTreeMap<&'v str, Option<&'v VendorSettings>>,
    problems: &mut Problems,
) {
    let names = LazyCell::new(|| Names::new(known.keys().copied()));
    for assertion in assertions {
        let mut vendors: Vec<&str> = Vec::new();
        let mut attributes: Vec<&Holding> = Vec::new();
        match &assertion.rule {
            Rule::Admins { vendor, .. } | Rule::Seats { vendor, .. } => vendors.push(vendor),
            Rule::Domains { vendor, only: _ } => vendors.extend(vendor.as_deref()),
            Rule::NeverBoth { first, second } => attributes.extend([first, second]),
            Rule::Has { field: _ } => {}
        }
        vendors.extend(attributes.iter().map(|it| &*it.vendor));
        for vendor in vendors {
            if !known.contains_key(vendor) {
                problems.push(
                    Diagnostic::error(
                        Code::UnknownVendor,
                        assertion.span,
                        format!("there is no vendor `{vendor}` in this roster"),
                    )
                    .help(suggest_of(vendor, &names)),
                );
            }
        }
        if let Rule::Admins { vendor, .. } = &assertion.rule
            && let Some(Some(settings)) = known.get(&**vendor)
            && !admins::are_told(settings.spec, &settings.admins)
        {
            let problem = has_no_effect("this assertion", vendor, settings.spec, assertion.span);
            problems.push(problem);
        }
        for holding in attributes {
            let Some(Some(settings)) = known.get(&*holding.vendor) else {
                continue;
            };
            if settings.spec.attribute(&holding.attribute).is_none() {
                let names = settings.spec.attributes.iter().map(|it| it.name);
                problems.push(
                    Diagnostic::error(
                        Code::UnknownAttribute,
                        assertion.span,
                        format!(
                            "accounts at {} have no attribute `{}`",
                            holding.vendor, holding.attribute
                        ),
                    )
                    .help(suggest(&holding.attribute, names)),
                );
            }
        }
    }
}
