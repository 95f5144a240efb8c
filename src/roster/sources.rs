//! `sources:` where people come from, and the keys that tie people to them.

use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::model::{
    ActiveColumn, Missing, PeopleSource, Person, Profile, ProfilesColumn, SourceForm, SourceKeys,
    Spanned,
};
use super::ours::is_remark;
use super::profiles::unknown;
use super::suggest::suggest_of;
use super::texts::Texts;
use super::values::{self, Problems};
use super::yaml::{Kind, Name, Node};
use crate::model::nearest::Names;
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// The keys of a source, with what each says.
const KEYS: &[(&str, &str)] = &[
    (
        "csv",
        "A table with one person in each row, relative to this file.",
    ),
    (
        "json",
        "A list with one object for each person, relative to this file.",
    ),
    (
        "list",
        "Of JSON: the pointer to the list. Default: the document itself.",
    ),
    (
        "separator",
        "Of CSV: the sign between two cells. Default: it is found out.",
    ),
    (
        "columns",
        "Which column (of JSON: which key or pointer) holds which field of a person.",
    ),
    (
        "dates",
        "How days are written besides 2026-01-31, with the signs of strftime: one form or a list.",
    ),
    (
        "active",
        "The column that tells who is active, and its values for that. Default: whoever is listed is.",
    ),
    (
        "profiles",
        "The column that gives profiles, and which value gives which.",
    ),
    (
        "missing",
        "What becomes of people of this source whom the file lists no more: leaver (default) or keep.",
    ),
    ("note", "A free text; it changes nothing."),
];

/// The fields of a person that a source can give.
const FIELDS: &[&str] = &[
    "key",
    "email",
    "first_name",
    "last_name",
    "job_title",
    "company",
    "starts",
    "ends",
];

/// Reads an entry.
pub(super) fn source(
    name: &Name<'_>,
    node: &Node<'_>,
    folder: &Path,
    texts: &mut Texts,
    problems: &mut Problems,
) -> Option<PeopleSource> {
    let entries = values::map(node, &name.text, problems)?;
    let (mut csv, mut json, mut list, mut separator) = (None, None, None, None);
    let (mut fields, mut dates, mut active, mut profiles) = (None, Vec::new(), None, None);
    let mut missing = Missing::default();
    for (key, value) in entries {
        match key.text.as_ref() {
            "csv" => csv = values::name(value, "csv", problems),
            "json" => json = values::name(value, "json", problems),
            "list" => list = values::text(value, "list", problems),
            "separator" => separator = one_sign(value, problems),
            "columns" => fields = Some(columns(value, problems)),
            "dates" => dates = forms(value, problems),
            "active" => active = active_column(value, problems),
            "profiles" => profiles = profiles_column(value, texts, problems),
            "missing" => {
                let words = ["leaver", "keep"].into_iter();
                if values::choice(value, "missing", words, problems) == Some("keep") {
                    missing = Missing::Keep;
                }
            }
            _ if is_remark(key, value, problems) => {}
            _ => {
                let known = KEYS.iter().map(|(key, _)| *key);
                problems.push(values::unknown_key(key, "a source", known));
            }
        }
    }
    let wrong = |message: &str, help: &str| {
        Diagnostic::error(Code::MissingKey, name.span, message.to_owned()).help(help)
    };
    let (written, form) = match (csv, json) {
        (Some(csv), None) => (csv, SourceForm::Csv { separator }),
        (None, Some(json)) => {
            let list = list.map_or_else(Box::default, |it| it.value);
            (json, SourceForm::Json { list })
        }
        (None, None) => {
            let help = "write `csv: FILE` or `json: FILE`";
            problems.push(wrong("this source names no file", help));
            return None;
        }
        (Some(_), Some(json)) => {
            problems.push(
                Diagnostic::error(Code::Conflict, json.span, "a source is one file")
                    .help("make two sources of it"),
            );
            return None;
        }
    };
    let Some(columns) = fields else {
        let help = "write at least `columns: { key: …, email: … }`";
        problems.push(wrong("this source has no `columns`", help));
        return None;
    };
    let lacking = ["key", "email"]
        .into_iter()
        .find(|it| !columns.contains_key(it));
    if let Some(lacking) = lacking {
        let help = "the key tells people apart when their e-mails change; the e-mail is what \
                    accounts are matched by";
        problems.push(wrong(
            &format!("this source has no column for `{lacking}`"),
            help,
        ));
        return None;
    }
    Some(PeopleSource {
        span: name.span,
        form,
        path: folder.join(&*written.value),
        written: written.value,
        columns,
        dates,
        active,
        profiles,
        missing,
    })
}

fn one_sign(node: &Node<'_>, problems: &mut Problems) -> Option<u8> {
    let text = values::text(node, "separator", problems)?;
    match text.value.as_bytes() {
        [sign] if sign.is_ascii() => Some(*sign),
        _ if &*text.value == "\\t" => Some(b'\t'),
        _ => {
            let message = "`separator` is one sign of ASCII";
            problems.push(
                Diagnostic::error(Code::WrongType, text.span, message)
                    .help("write `\";\"`, `\",\"` or `\"\\t\"`"),
            );
            None
        }
    }
}

fn columns(node: &Node<'_>, problems: &mut Problems) -> BTreeMap<&'static str, Box<str>> {
    let entries = values::map(node, "columns", problems).unwrap_or_default();
    let mut columns = BTreeMap::new();
    for (key, value) in entries {
        let Some(field) = FIELDS.iter().find(|it| **it == key.text) else {
            let known = FIELDS.iter().copied();
            problems.push(values::unknown_key(key, "`columns`", known));
            continue;
        };
        let column = values::name(value, field, problems);
        columns.extend(column.map(|it| (*field, it.value)));
    }
    columns
}

/// One form of dates, or a list of them.
fn forms(node: &Node<'_>, problems: &mut Problems) -> Vec<Box<str>> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        Kind::Scalar { .. } | Kind::Map(_) | Kind::Broken => std::slice::from_ref(node),
    };
    let mut forms = Vec::new();
    for item in items {
        let Some(form) = values::name(item, "dates", problems) else {
            continue;
        };
        let day = jiff::civil::date(2026, 12, 31);
        let there = jiff::fmt::strtime::format(&*form.value, day);
        let back = there
            .ok()
            .and_then(|text| jiff::civil::Date::strptime(&*form.value, text).ok());
        if back == Some(day) {
            forms.push(form.value);
        } else {
            let message = format!("`{}` is no form of a date", form.value);
            problems.push(
                Diagnostic::error(Code::NotADate, form.span, message).help(
                    "name year, month and day: `%Y-%m-%d`, `%m/%d/%Y`, `%d.%m.%Y`, `%d-%b-%Y`",
                ),
            );
        }
    }
    forms
}

/// `{ column: Status, is: [Active, On Leave] }`
fn active_column(node: &Node<'_>, problems: &mut Problems) -> Option<ActiveColumn> {
    let (mut column, mut is) = (None, Vec::new());
    for (key, value) in values::map(node, "active", problems)? {
        match key.text.as_ref() {
            "column" => column = values::name(value, "column", problems),
            "is" => {
                let items = values::list(value, "is", problems).unwrap_or_default();
                is = items
                    .iter()
                    .filter_map(|item| word(item, problems))
                    .collect();
            }
            _ => {
                let known = ["column", "is"].into_iter();
                problems.push(values::unknown_key(key, "`active`", known));
            }
        }
    }
    match column {
        Some(column) if !is.is_empty() => Some(ActiveColumn {
            column: column.value,
            is,
        }),
        _ => {
            let message = "`active` has to name a column and the values of people who are";
            problems.push(
                Diagnostic::error(Code::MissingKey, node.span, message)
                    .help("write `active: { column: Status, is: [Active] }`"),
            );
            None
        }
    }
}

/// A value of a cell; of JSON, `true` too.
fn word(node: &Node<'_>, problems: &mut Problems) -> Option<Box<str>> {
    match node.as_flag() {
        Some(flag) => Some(flag.to_string().into()),
        None => values::text(node, "is", problems).map(|it| it.value),
    }
}

/// `{ column: Department, values: { Risk: [risk-analyst], "*": [] } }`
fn profiles_column(
    node: &Node<'_>,
    texts: &mut Texts,
    problems: &mut Problems,
) -> Option<ProfilesColumn> {
    let (mut column, mut split, mut given) = (None, None, BTreeMap::new());
    for (key, value) in values::map(node, "profiles", problems)? {
        match key.text.as_ref() {
            "column" => column = values::name(value, "column", problems),
            "split" => split = values::text(value, "split", problems).map(|it| it.value),
            "values" => {
                for (word, value) in values::map(value, "values", problems).unwrap_or_default() {
                    let items = values::list(value, &word.text, problems).unwrap_or_default();
                    let names = items.iter().filter_map(|item| {
                        let name = values::words(item, "profiles", problems)?;
                        Some(Spanned {
                            value: texts.share(name),
                            span: item.span,
                        })
                    });
                    given.insert(Box::from(&*word.text), names.collect());
                }
            }
            _ => {
                let known = ["column", "split", "values"].into_iter();
                problems.push(values::unknown_key(key, "`profiles` of a source", known));
            }
        }
    }
    let Some(column) = column else {
        let message = "`profiles` of a source has to name a column";
        problems.push(
            Diagnostic::error(Code::MissingKey, node.span, message)
                .help("write `profiles: { column: Department, values: { Risk: [risk-analyst] } }`"),
        );
        return None;
    };
    Some(ProfilesColumn {
        column: column.value,
        split: split.filter(|it| !it.is_empty()),
        values: given,
    })
}

/// Checks what only the whole roster tells: that profiles and sources exist, and that no key is two
/// people's.
pub(super) fn check(
    sources: &BTreeMap<Arc<str>, (Span, Option<PeopleSource>)>,
    profiles: &BTreeMap<Box<str>, Profile>,
    people: &[Person],
    problems: &mut Problems,
) {
    let known = LazyCell::new(|| Names::new(profiles.keys().map(AsRef::as_ref)));
    let read = sources.values().filter_map(|(_, it)| it.as_ref());
    let columns = read.filter_map(|it| it.profiles.as_ref());
    for name in columns.flat_map(|it| it.values.values().flatten()) {
        if !profiles.contains_key(&*name.value) {
            problems.push(unknown(&name.value, name.span, &known));
        }
    }
    let names = LazyCell::new(|| Names::new(sources.keys().map(AsRef::as_ref)));
    let mut owners: HashMap<(&str, &str), Span> = HashMap::new();
    let mut in_order: Vec<&Person> = people.iter().filter(|it| !it.source.is_empty()).collect();
    in_order.sort_by_key(|it| it.span);
    for (name, key) in in_order.into_iter().flat_map(|it| &*it.source) {
        if !sources.contains_key(&**name) {
            let message = format!("there is no source `{name}` in this roster");
            problems.push(
                Diagnostic::error(Code::UnknownSource, key.span, message)
                    .help(suggest_of(name, &names)),
            );
        }
        if let Some(first) = owners.insert((&**name, &*key.value), key.span) {
            let message = format!(
                "two people have the key `{}` of the source `{name}`",
                key.value
            );
            problems.push(
                Diagnostic::error(Code::DuplicateKeyOfSource, key.span, message)
                    .label("again")
                    .related(first, "first here")
                    .help("a key is one person's: correct one of the two"),
            );
        }
    }
}

/// `source: { hr: E123 }` of a person.
pub(super) fn keys_of_person(
    node: &Node<'_>,
    texts: &mut Texts,
    problems: &mut Problems,
) -> SourceKeys {
    let entries = values::map(node, "source", problems).unwrap_or_default();
    let keys = entries.iter().filter_map(|(name, value)| {
        let key = values::name(value, &name.text, problems)?;
        Some((texts.share(&name.text), key))
    });
    keys.collect()
}

/// The schema of `sources`.
pub(super) fn schema() -> Json {
    let text = || json!({ "type": "string", "minLength": 1 });
    let one = |key: &str, doc: &str| {
        let mut schema = match key {
            "columns" => json!({
                "type": "object",
                "additionalProperties": false,
                "required": ["key", "email"],
                "properties": FIELDS.iter().map(|it| ((*it).to_owned(), text())).collect::<serde_json::Map<_, _>>(),
            }),
            "dates" => {
                json!({ "oneOf": [text(), { "type": "array", "items": text() }], "examples": ["%m/%d/%Y"] })
            }
            "active" => json!({
                "type": "object",
                "additionalProperties": false,
                "required": ["column", "is"],
                "properties": {
                    "column": text(),
                    "is": { "type": "array", "minItems": 1, "items": { "type": ["string", "number", "boolean"] } },
                },
            }),
            "profiles" => json!({
                "type": "object",
                "additionalProperties": false,
                "required": ["column"],
                "properties": {
                    "column": text(),
                    "split": { "type": "string", "description": "What stands between several values of one cell." },
                    "values": {
                        "type": "object",
                        "description": "The profiles that each value gives; `*` is any other.",
                        "additionalProperties": { "type": "array", "items": text() },
                    },
                },
            }),
            "missing" => json!({ "enum": ["leaver", "keep"] }),
            "note" => json!({ "$ref": "#/$defs/text" }),
            _ => json!({ "type": "string" }),
        };
        schema["description"] = json!(doc);
        (key.to_owned(), schema)
    };
    let properties: serde_json::Map<_, _> = KEYS.iter().map(|(key, doc)| one(key, doc)).collect();
    json!({
        "description": "Exports that people come from, each under a name of your choice. `import --source NAME` reads them; no other command does.",
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "additionalProperties": false,
            "patternProperties": { "^x-": true },
            "required": ["columns"],
            "properties": properties,
        },
    })
}
