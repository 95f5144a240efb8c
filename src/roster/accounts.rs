//! Accounts and their attributes, read against the declaration of the vendor's kind (rules 1, 3).

use super::model::{AccountEntry, AttributeEntry, Spanned};
use super::ours::is_remark;
use super::suggest::suggest;
use super::values::{self, Problems};
use super::yaml::{Kind, Name, Node};
use crate::model::email::EmailKey;
use crate::model::nearest::nearest;
use crate::model::spec::{AttributeKind, AttributeSpec, LOGIN, VendorSpec};
use crate::model::value::{Key, Value};
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// Under a person's `accounts`.
    Person,
    /// Under a profile.
    Profile,
}

/// One account: `false`, or a map of attributes.
pub(super) fn account(
    name: &Name<'_>,
    node: &Node<'_>,
    spec: &'static VendorSpec,
    holder: Holder,
    problems: &mut Problems,
) -> Option<Spanned<AccountEntry>> {
    let spanned = |value| Spanned {
        value,
        span: name.span,
    };
    let entries = match (&node.kind, node.as_flag()) {
        (_, Some(false)) => {
            return Some(Spanned {
                value: AccountEntry::No,
                span: node.span,
            });
        }
        (Kind::Map(entries), _) => entries,
        (Kind::Broken, _) => return None,
        (Kind::Scalar { .. } | Kind::List(_), _) => {
            problems.push(not_an_account(name, node));
            return None;
        }
    };
    let mut id = None;
    let mut attributes = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        if is_remark(key, value, problems) {
            continue;
        }
        if key.text != "id" {
            attribute(key, value, spec, name.span, &mut attributes, problems);
        } else if holder == Holder::Person {
            id = values::name(value, "id", problems).map(Box::new);
        } else {
            problems.push(
                Diagnostic::error(Code::UnknownKey, key.span, "a profile cannot have an `id`")
                    .help("an id belongs to one account: write it under the person's `accounts`"),
            );
        }
    }
    let attributes = attributes.into_boxed_slice();
    Some(spanned(AccountEntry::Settings { id, attributes }))
}

/// The attributes of a map (the `defaults` of the vendor whose name stands at `place`).
pub(super) fn attributes(
    entries: &[(Name<'_>, Node<'_>)],
    spec: &'static VendorSpec,
    place: Span,
    problems: &mut Problems,
) -> Vec<AttributeEntry> {
    let mut list = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        attribute(key, value, spec, place, &mut list, problems);
    }
    list
}

fn not_an_account(name: &Name<'_>, node: &Node<'_>) -> Diagnostic {
    let problem = if node.is_null() {
        Diagnostic::error(
            Code::NullValue,
            name.span,
            format!("`{}` has no value", name.text),
        )
    } else {
        values::wrong_type(node, &name.text, "a map of attributes or `false`")
    };
    if problem.help.is_some() {
        return problem;
    }
    problem.help(format!(
        "write `{name}: {{}}` for an account without settings of its own, `{name}: false` for none",
        name = name.text
    ))
}

/// Reads one attribute into `list`; a map becomes one entry for each of its keys.
fn attribute(
    key: &Name<'_>,
    node: &Node<'_>,
    spec: &'static VendorSpec,
    place: Span,
    list: &mut Vec<AttributeEntry>,
    problems: &mut Problems,
) {
    if key.text == LOGIN && spec.knows_logins() {
        let message = "a login is no attribute of an account";
        problems.push(
            Diagnostic::error(Code::UnknownAttribute, key.span, message)
                .help("write it on the person: `logins: { VENDOR: NAME }`"),
        );
        return;
    }
    if let Some(family) = spec.family(&key.text) {
        members(key, node, family, place, list, problems);
        return;
    }
    let Some(declared) = spec.attributes.iter().find(|known| known.name == key.text) else {
        let known = spec.attributes.iter().map(|known| known.name);
        if let Some(near) = nearest(&key.text, known.clone()) {
            problems.flaw(place, near);
        }
        problems.push(
            Diagnostic::error(
                Code::UnknownAttribute,
                key.span,
                format!(
                    "accounts at {} have no attribute `{}`",
                    spec.title, key.text
                ),
            )
            .help(suggest(&key.text, known)),
        );
        return;
    };
    let field = declared.name;
    let value = match declared.kind {
        AttributeKind::Text if declared.from_file => {
            values::beside(node, field, problems).map(|path| Value::text(path.value))
        }
        AttributeKind::Text => {
            values::text(node, field, problems).map(|text| Value::text(text.value))
        }
        AttributeKind::Flag => {
            values::flag(node, field, problems).map(|flag| Value::Flag(flag.value))
        }
        AttributeKind::Choice(words) => {
            values::choice(node, field, words.iter().copied(), problems).map(Value::text)
        }
        AttributeKind::Slug(known) => slug(node, declared, known, spec, problems),
        AttributeKind::NameSet => set(node, field, values::name, problems),
        AttributeKind::EmailSet => set(node, field, lower_email, problems),
        AttributeKind::Email => {
            lower_email(node, field, problems).map(|email| Value::text(email.value))
        }
        AttributeKind::FlagMap => {
            flags(node, field, list, problems);
            return;
        }
        // Handled above: nothing has the name of the family itself.
        AttributeKind::Family => None,
    };
    if value.is_none() {
        problems.flaw(place, field);
    }
    list.extend(value.map(|value| AttributeEntry {
        name: Key::Borrowed(field),
        value,
        span: node.span,
    }));
}

/// A slug: unknown ones may be new at the vendor, so they are let through with a warning.
fn slug(
    node: &Node<'_>,
    declared: &AttributeSpec,
    known: &'static [&'static str],
    spec: &VendorSpec,
    problems: &mut Problems,
) -> Option<Value> {
    let text = values::name(node, declared.name, problems)?;
    if !known.is_empty() && !known.contains(&&*text.value) {
        problems.push(
            Diagnostic::warning(
                Code::UnknownSlug,
                node.span,
                format!(
                    "`{}` is no `{}` that is known of {}; it is sent as it is",
                    text.value, declared.name, spec.title
                ),
            )
            .help(suggest(&text.value, known.iter().copied())),
        );
    }
    Some(Value::text(text.value))
}

type ReadItem = fn(&Node<'_>, &str, &mut Problems) -> Option<Spanned<Box<str>>>;

fn set(node: &Node<'_>, field: &str, read: ReadItem, problems: &mut Problems) -> Option<Value> {
    let items = values::list(node, field, problems)?;
    let read: Vec<_> = items
        .iter()
        .filter_map(|item| read(item, field, problems))
        .map(|item| item.value)
        .collect();
    Some(Value::set(read))
}

fn lower_email(node: &Node<'_>, field: &str, problems: &mut Problems) -> Option<Spanned<Box<str>>> {
    let email = values::email(node, field, problems)?;
    Some(Spanned {
        value: EmailKey::of(&email.value).as_str().into(),
        span: email.span,
    })
}

/// Takes a map of slugs to booleans apart: `features: { fq-access: true }` becomes
/// `features.fq-access`.
fn flags(node: &Node<'_>, field: &str, list: &mut Vec<AttributeEntry>, problems: &mut Problems) {
    let Some(entries) = values::map(node, field, problems) else {
        return;
    };
    for (key, value) in entries {
        let name = format!("{field}.{}", key.text);
        if key.text.trim().is_empty() {
            problems.push(empty_key(key.span, field));
        } else if let Some(flag) = values::flag(value, &key.text, problems) {
            list.push(AttributeEntry {
                name: Key::Owned(name),
                value: Value::Flag(flag.value),
                span: flag.span,
            });
        }
    }
}

/// Takes one map of a family apart: texts, booleans and lists as they are written.
fn members(
    key: &Name<'_>,
    node: &Node<'_>,
    family: &'static AttributeSpec,
    place: Span,
    list: &mut Vec<AttributeEntry>,
    problems: &mut Problems,
) {
    let field = key.text.as_ref();
    let Some(entries) = values::map(node, field, problems) else {
        problems.flaw(place, family.name);
        return;
    };
    for (name, node) in entries {
        if name.text.trim().is_empty() {
            problems.push(empty_key(name.span, field));
            continue;
        }
        let value = match (&node.kind, node.as_flag()) {
            (_, Some(flag)) => Some(Value::Flag(flag)),
            (Kind::List(_), _) => set(node, &name.text, values::name, problems),
            _ => values::text(node, &name.text, problems).map(|text| Value::text(text.value)),
        };
        list.extend(value.map(|value| AttributeEntry {
            name: Key::Owned(format!("{field}.{}", name.text)),
            value,
            span: node.span,
        }));
    }
}

fn empty_key(span: Span, field: &str) -> Diagnostic {
    Diagnostic::error(
        Code::KeyNotText,
        span,
        format!("a key of `{field}` cannot be empty"),
    )
}
