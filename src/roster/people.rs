//! One entry under `people`.

use std::sync::Arc;

use super::granted::{days, grants};
use super::model::{Person, Spanned};
use super::ours::is_remark;
use super::sources::keys_of_person;
use super::texts::Texts;
use super::values::{self, Problems};
use super::yaml::{Kind, Name, Node};
use crate::model::nearest::nearest;
use crate::model::spec::VendorSpec;
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// The keys of a person.
pub(super) const KEYS: &[&str] = &[
    "email",
    "first_name",
    "last_name",
    "job_title",
    "company",
    "active",
    "starts",
    "ends",
    "previous_emails",
    "source",
    "profiles",
    "accounts",
    "logins",
    "note",
];

/// The vendors a person names, not read yet: they are checked against the vendor's kind.
pub(super) type RawAccounts<'a> = Vec<(Name<'a>, Node<'a>)>;

/// What of the vendors matters to somebody who writes a key in the wrong place.
pub(super) struct Vendors<'v> {
    /// The kinds that there are.
    pub(super) catalog: &'v [&'static VendorSpec],
    /// Whether the roster has a vendor of that name, as far as it was read.
    pub(super) has: &'v dyn Fn(&str) -> bool,
    /// The roster's vendors that have that attribute, as far as they were read.
    pub(super) having: &'v dyn Fn(&str) -> Vec<&'v str>,
}

/// Where a key belongs that somebody wrote under a person.
fn belongs(key: &str, vendors: &Vendors<'_>) -> Option<String> {
    let mut kinds = vendors.catalog.iter();
    if (vendors.has)(key) || kinds.any(|spec| spec.kind == key) {
        return Some(format!(
            "an account belongs under `accounts`: `accounts: {{ {key}: {{ … }} }}`"
        ));
    }
    if matches!(key, "name" | "full_name" | "fullname" | "display_name") {
        return Some(String::from(
            "a name is written as `first_name` and `last_name`",
        ));
    }
    if key == "id" {
        return Some(String::from(
            "an id belongs to one account: write `accounts.<vendor>.id`",
        ));
    }
    let kinds = vendors.catalog.iter();
    let kinds: Vec<&str> = kinds
        .filter(|spec| spec.attribute(key).is_some())
        .map(|spec| spec.kind)
        .collect();
    kinds.first()?;
    let having = (vendors.having)(key);
    let Some(known) = having.first() else {
        return Some(format!(
            "this is an attribute of accounts at a vendor of the kind {}: write it under `accounts`, \
             as in `accounts: {{ VENDOR: {{ {key}: … }} }}`",
            kinds.join(" or ")
        ));
    };
    let at = having.join(" or ");
    Some(format!(
        "this is an attribute of an account ({at}): write it under `accounts`, as in `accounts: {{ \
         {known}: {{ {key}: … }} }}`"
    ))
}

/// Reads a person; `None` if there is no usable e-mail to know them by.
pub(super) fn person<'a>(
    node: Node<'a>,
    vendors: &Vendors<'_>,
    texts: &mut Texts,
    problems: &mut Problems,
) -> Option<(Person, RawAccounts<'a>)> {
    let span = node.span;
    let Kind::Map(entries) = node.kind else {
        if !matches!(node.kind, Kind::Broken) {
            let problem = values::wrong_type(&node, "people", "a list of maps");
            problems.push(match problem.help {
                Some(_) => problem,
                None => problem.help("a person is a map with at least an `email`"),
            });
        }
        return None;
    };
    let mut email = None;
    let mut email_seen = false;
    let mut accounts = Vec::new();
    let mut person = Person::new(Spanned {
        value: Box::default(),
        span,
    });
    for (key, value) in entries {
        match key.text.as_ref() {
            "email" => {
                email_seen = true;
                email = values::email(&value, "email", problems);
            }
            "first_name" => person.first_name = field(&value, span, "first_name", texts, problems),
            "last_name" => person.last_name = field(&value, span, "last_name", texts, problems),
            "job_title" => person.job_title = field(&value, span, "job_title", texts, problems),
            "company" => person.company = field(&value, span, "company", texts, problems),
            "active" => person.active = values::flag(&value, "active", problems),
            "starts" => person.starts = values::date(&value, "starts", problems).map(Box::new),
            "ends" => person.ends = values::date(&value, "ends", problems).map(Box::new),
            "previous_emails" => {
                let items = values::list(&value, "previous_emails", problems).unwrap_or_default();
                person.previous_emails = items
                    .iter()
                    .filter_map(|item| values::email(item, "previous_emails", problems))
                    .collect();
            }
            "source" => person.source = keys_of_person(&value, texts, problems),
            "profiles" => person.profiles = grants(&value, texts, problems),
            "logins" => {
                let entries = values::map(&value, "logins", problems).unwrap_or_default();
                let logins = entries.iter().filter_map(|(name, value)| {
                    let login = values::name(value, &name.text, problems)?;
                    Some((texts.share(&name.text), login))
                });
                person.logins = logins.collect();
            }
            "accounts" => match value.kind {
                Kind::Map(entries) => accounts = entries,
                Kind::Scalar { .. } | Kind::List(_) | Kind::Broken => {
                    values::map(&value, "accounts", problems);
                }
            },
            _ if is_remark(&key, &value, problems) => {}
            _ => {
                if let Some(near) = nearest(&key.text, KEYS.iter().copied()) {
                    problems.flaw(span, near);
                }
                let problem = values::unknown_key(&key, "a person", KEYS.iter().copied());
                problems.push(match belongs(&key.text, vendors) {
                    Some(help) => problem.help(help),
                    None => problem,
                });
            }
        }
    }
    if !email_seen {
        problems.push(
            Diagnostic::error(Code::MissingKey, span, "this person has no `email`")
                .help("every person needs an `email`; it is what accounts are matched by"),
        );
    }
    let (starts, ends) = (person.starts.as_deref(), person.ends.as_deref());
    days(starts, ends, problems);
    person.email = email?;
    Some((person, accounts))
}

/// A field that accounts can take their attributes from.
fn field(
    node: &Node<'_>,
    person: Span,
    name: &'static str,
    texts: &mut Texts,
    problems: &mut Problems,
) -> Option<Spanned<Arc<str>>> {
    let Some(text) = values::plain(node, name, problems) else {
        problems.flaw(person, name);
        return None;
    };
    Some(Spanned {
        value: texts.share(text),
        span: node.span,
    })
}
