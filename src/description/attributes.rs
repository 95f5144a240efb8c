//! `attributes`: what an account has, and where.

use serde_json::Value as Json;

use super::fields::{self, Fields};
use super::model::{ArrayEntry, Attribute, AttributeMode, AttributeType, FlagsAt, RightsSaid};
use super::pointer::Pointer;
use crate::model::spec::{FromPerson, Required};
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::values::{self, Problems};
use crate::roster::yaml::{Kind, Name, Node};

/// The keys of an attribute.
pub(super) const KEYS: &[&str] = &[
    "at", "write", "type", "values", "each", "one", "where", "take", "key", "value", "send", "of",
    "fixed", "from", "required", "mode", "default", "rights", "admin", "caution", "doc",
];

/// The words of some of them.
pub(super) const TYPES: &[&str] = &["text", "flag", "number", "choice", "set", "flags", "email"];
pub(super) const FROM: &[&str] = &[
    "first_name",
    "last_name",
    "full_name",
    "job_title",
    "company",
];
pub(super) const MODES: &[&str] = &["create", "fixed", "write"];
pub(super) const RIGHTS: &[&str] = &["none", "any", "flag", "ranked"];

/// All attributes, in the order written.
pub(super) fn all(top: &Fields<'_, '_>, problems: &mut Problems) -> Vec<Attribute> {
    let node = top.get("attributes");
    let entries = node.and_then(|it| values::map(it, "attributes", problems));
    let mut read = Vec::new();
    for (name, value) in entries.unwrap_or_default() {
        if is_name(name, problems) {
            read.extend(attribute(name, value, problems));
        }
    }
    read
}

/// Names that the roster gives another meaning.
const TAKEN: &[&str] = &[
    "email",
    "id",
    "login",
    "note",
    "active",
    "groups",
    "on_create",
    "off",
    "on",
    "yes",
    "no",
];

fn is_name(name: &Name<'_>, problems: &mut Problems) -> bool {
    let is_part = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    let begins = name.text.starts_with(|it: char| it.is_ascii_lowercase());
    let (message, help) = if !begins || !name.text.chars().all(is_part) {
        let message = format!("`{}` cannot be the name of an attribute", name.text);
        (message, "use small letters, digits and `_`")
    } else if TAKEN.contains(&&*name.text) {
        let message = format!("an attribute cannot be called `{}`", name.text);
        (
            message,
            "that word has a meaning of its own in a roster; take another one",
        )
    } else {
        return true;
    };
    problems.push(Diagnostic::error(Code::BadName, name.span, message).help(help));
    false
}

fn attribute(name: &Name<'_>, node: &Node<'_>, problems: &mut Problems) -> Option<Attribute> {
    if !matches!(node.kind, Kind::Map(_)) {
        let at = fields::pointer(node, &name.text, problems)?;
        return Some(Attribute {
            at: Some(at),
            from: person_field(&name.text),
            ..plain(name)
        });
    }
    let fields = Fields::open(node, "an attribute", KEYS, problems)?;
    let kind = match fields.word("type", TYPES, problems) {
        Some("flag") => AttributeType::Flag,
        Some("number") => AttributeType::Number,
        Some("choice") => AttributeType::Choice,
        Some("set") => AttributeType::Set,
        Some("flags") => AttributeType::Flags,
        Some("email") => AttributeType::Email,
        Some(_) => AttributeType::Text,
        None if fields.get("values").is_some() => AttributeType::Choice,
        None => AttributeType::Text,
    };
    let from = match fields.get("from") {
        Some(_) => fields.word("from", FROM, problems).and_then(person_field),
        None if kind == AttributeType::Text => person_field(&name.text),
        None => None,
    };
    let required = match fields.word("required", &["roster", "create"], problems) {
        Some("roster") => Required::Roster,
        Some(_) => Required::Create,
        None => Required::No,
    };
    let mode = match fields.word("mode", MODES, problems) {
        Some("create") => AttributeMode::Create,
        Some("fixed") => AttributeMode::Fixed,
        Some(_) => AttributeMode::Write,
        None => AttributeMode::Changing,
    };
    let constant = |key: &str, problems: &mut Problems| {
        let read = fields.get(key)?;
        fields::constant(read, key, problems)
    };
    Some(Attribute {
        kind,
        at: fields.pointer("at", problems),
        write: fields.pointer("write", problems),
        values: choices(&fields, problems),
        entry: entry(&fields, problems),
        each: fields.pointer("each", problems),
        one: fields.flag("one", problems),
        flags: flags(&fields, kind, problems),
        of_groups: fields.word("of", &["groups"], problems).is_some(),
        from,
        required,
        mode,
        default: constant("default", problems),
        rights: rights(&fields, problems),
        admin: constant("admin", problems),
        caution: fields.text("caution", problems),
        doc: fields.text("doc", problems).unwrap_or_default(),
        ..plain(name)
    })
}

/// A text that is read and written.
fn plain(name: &Name<'_>) -> Attribute {
    Attribute {
        span: name.span,
        name: Box::from(&*name.text),
        at: None,
        write: None,
        kind: AttributeType::Text,
        values: Vec::new(),
        entry: None,
        each: None,
        one: false,
        flags: None,
        of_groups: false,
        from: None,
        required: Required::No,
        mode: AttributeMode::Changing,
        default: None,
        rights: RightsSaid::None,
        admin: None,
        caution: None,
        doc: Box::default(),
    }
}

fn person_field(name: &str) -> Option<FromPerson> {
    match name {
        "first_name" => Some(FromPerson::FirstName),
        "last_name" => Some(FromPerson::LastName),
        "full_name" => Some(FromPerson::FullName),
        "job_title" => Some(FromPerson::JobTitle),
        "company" => Some(FromPerson::Company),
        _ => None,
    }
}

/// `values`: one wire value for each word of the roster, and one word for each wire value.
fn choices(fields: &Fields<'_, '_>, problems: &mut Problems) -> Vec<(Box<str>, Json)> {
    let node = fields.get("values");
    let entries = node.and_then(|it| values::map(it, "values", problems));
    let mut read: Vec<(Box<str>, Json)> = Vec::new();
    for (word, value) in entries.unwrap_or_default() {
        let Some(wire) = fields::constant(value, "values", problems) else {
            continue;
        };
        if let Some((first, _)) = read.iter().find(|(_, other)| *other == wire) {
            let message = format!(
                "`values`: `{first}` and `{}` are the same at the vendor",
                word.text
            );
            let problem = Diagnostic::error(Code::TwoInOne, word.span, message);
            problems.push(problem.help(
                "one word for each value: else nobody could tell which of them an account has",
            ));
        }
        read.push((Box::from(&*word.text), wire));
    }
    read
}

/// `where` and `take`: which entry of an array, and where in it.
fn entry(fields: &Fields<'_, '_>, problems: &mut Problems) -> Option<ArrayEntry> {
    let filter = fields.get("where");
    let filter = filter.map(|it| fields::standing(it, "where", problems));
    let take = fields.pointer("take", problems);
    match (filter, take) {
        (Some(filter), Some(take)) => Some(ArrayEntry {
            filter: filter?,
            take,
        }),
        (None, None) => None,
        _ => {
            let message = "`where` (which entry) and `take` (what of it) go together";
            problems.push(Diagnostic::error(Code::MissingKey, fields.span, message));
            None
        }
    }
}

/// The parts of an array of flags.
fn flags(fields: &Fields<'_, '_>, kind: AttributeType, problems: &mut Problems) -> Option<FlagsAt> {
    if kind != AttributeType::Flags {
        for key in ["key", "value", "fixed", "send"] {
            if fields.get(key).is_some() {
                let message = format!("`{key}` is for `type: flags`");
                problems.push(Diagnostic::error(Code::Conflict, fields.at(key), message));
            }
        }
        return None;
    }
    let key = fields.needed_pointer("key", problems);
    let value = fields.needed_pointer("value", problems);
    let fixed = fields.get("fixed").and_then(|it| fixed(it, problems));
    Some(FlagsAt {
        key: key?,
        value: value?,
        fixed,
        send_all: fields.word("send", &["changed", "all"], problems) == Some("all"),
    })
}

fn fixed(node: &Node<'_>, problems: &mut Problems) -> Option<(Pointer, Vec<Json>)> {
    let fields = Fields::open(node, "`fixed`", &["at", "is"], problems)?;
    let at = fields.needed_pointer("at", problems);
    let is = fields.need("is", problems);
    let is = is.and_then(|it| fields::constants(it, "is", problems));
    Some((at?, is?))
}

fn rights(fields: &Fields<'_, '_>, problems: &mut Problems) -> RightsSaid {
    let Some(node) = fields.get("rights") else {
        return RightsSaid::None;
    };
    if let Kind::List(items) = &node.kind {
        let order = items.iter();
        let order = order.filter_map(|it| values::name(it, "rights", problems));
        return RightsSaid::Order(order.map(|it| it.value).collect());
    }
    match fields.word("rights", RIGHTS, problems) {
        Some("any") => RightsSaid::Any,
        Some("flag") => RightsSaid::Flag,
        Some("ranked") => RightsSaid::Ranked,
        _ => RightsSaid::None,
    }
}
