//! The tables of docs/vendors.md, made from the declarations: what is written there is what the
//! planner goes by.
//!
//! Core: no network, no files, no clock.

use crate::model::question::{AnsweredBy, OpenQuestion};
use crate::model::spec::{
    AttributeKind, AttributeSpec, DeactivateMode, FromPerson, LOGIN, Literal, Mode, Needs,
    OnCreate, ReadFrom, Required, VendorSpec,
};

/// The section of the page that is renewed from the declarations, without its markers.
pub fn section(specs: &[&VendorSpec]) -> String {
    let mut text = overview(specs);
    for spec in specs {
        text.push_str(&format!("\n## Attributes at {}\n\n", escape(spec.title)));
        text.push_str(&attributes(spec));
    }
    text
}

/// One row a vendor: what it can do and what it leaves to people. Markdown.
pub fn overview(specs: &[&VendorSpec]) -> String {
    let mut table = Table::new(&[
        "vendor",
        "reads from",
        "creates",
        "updates",
        "e-mail change",
        "switch off (default first)",
        "on again",
        "stays manual",
        "rights the token needs",
    ]);
    for spec in specs {
        table.row(&[
            format!("[{}]({}) `{}`", escape(spec.title), spec.docs, spec.kind),
            reads(spec),
            creates(spec),
            codes(names(spec, |it| it.mode == Mode::ReadWrite)),
            yes_or(spec.email_change, "by hand"),
            choices(spec),
            on_again(spec),
            manual(spec),
            escape(spec.rights),
        ]);
    }
    table.text
}

/// One row an attribute of one vendor. Markdown.
pub fn attributes(spec: &VendorSpec) -> String {
    let mut table = Table::new(&[
        "attribute",
        "value",
        "needed",
        "when left out",
        "later",
        "meaning",
    ]);
    for attribute in spec.attributes {
        table.row(&[
            match attribute.kind {
                AttributeKind::Family => format!("`{}…`", attribute.name),
                _ => format!("`{}`", attribute.name),
            },
            match attribute.name {
                LOGIN => String::from("login name"),
                _ => value(attribute.kind),
            },
            match attribute.required {
                Required::No => "",
                Required::Roster => "always",
                Required::Create => "to create",
            }
            .to_owned(),
            left_out(attribute),
            match attribute.mode {
                Mode::ReadWrite => "kept in line",
                Mode::CreateOnly => "on create only",
                Mode::Fixed => "by hand",
            }
            .to_owned(),
            meaning(attribute),
        ]);
    }
    table.text
}

/// One row a question that the documentation leaves open. Markdown.
pub fn questions(questions: &[OpenQuestion]) -> String {
    let mut table = Table::new(&[
        "question",
        "meaning",
        "assumed",
        "answered by",
        "answers, and what each changes",
    ]);
    for question in questions {
        let answers = question.answers.iter();
        let answers = answers.map(|it| format!("`{}`: {}", it.word, escape(it.changes)));
        let calls = question.calls.iter().map(|it| escape(it));
        let calls: Vec<String> = calls.collect();
        let by = match question.by {
            AnsweredBy::Read => "`doctor --probe`",
            AnsweredBy::Write => "`certify`",
            AnsweredBy::Person => "a person, with `certify --answer`",
        };
        table.row(&[
            format!("`{}`", question.id),
            escape(question.question),
            escape(question.assumption),
            match calls.is_empty() {
                true => by.to_owned(),
                false => format!("{by}: {}", calls.join("; ")),
            },
            answers.collect::<Vec<_>>().join("<br>"),
        ]);
    }
    table.text
}

fn reads(spec: &VendorSpec) -> String {
    match spec.read {
        ReadFrom::Api | ReadFrom::Search => "its API",
        ReadFrom::Record => "the record",
    }
    .to_owned()
}

fn creates(spec: &VendorSpec) -> String {
    let needs = names(spec, |it| it.required != Required::No);
    match needs.is_empty() {
        true => String::from("yes"),
        false => format!("yes, with {}", codes(needs)),
    }
}

fn choices(spec: &VendorSpec) -> String {
    codes(spec.deactivate.iter().map(|choice| choice.name).collect())
}

fn on_again(spec: &VendorSpec) -> String {
    let ways: Vec<&str> = spec
        .deactivate
        .iter()
        .filter(|choice| choice.mode == DeactivateMode::Reversible)
        .map(|choice| choice.name)
        .collect();
    match ways.len() {
        0 => String::from("by hand"),
        _ if ways.len() == spec.deactivate.len() => String::from("yes"),
        _ => format!("with {}", codes(ways)),
    }
}

fn manual(spec: &VendorSpec) -> String {
    let first = spec.deactivate.first();
    let off = first.filter(|first| first.mode == DeactivateMode::Manual);
    let off = off.map(|first| {
        let name = first.name;
        format!("off and on, unless `deactivate` says else than `{name}`")
    });
    stays_manual(spec, off).join("; ")
}

/// What the vendor's API leaves to people, one clause each; `off` says it of switching off.
pub fn stays_manual(spec: &VendorSpec, off: Option<String>) -> Vec<String> {
    let has = |mode| spec.deactivate.iter().any(|choice| choice.mode == mode);
    let mut left = Vec::new();
    if !spec.email_change {
        left.push(String::from("a new e-mail"));
    }
    let fixed = names(spec, |it| it.mode == Mode::Fixed);
    if !fixed.is_empty() {
        left.push(format!("{} of an existing account", codes(fixed)));
    }
    left.extend(off);
    if !has(DeactivateMode::Delete) {
        left.push(String::from("deleting"));
    }
    if spec.read == ReadFrom::Record {
        left.push(String::from("accounts that the record does not know"));
    }
    left
}

fn value(kind: AttributeKind) -> String {
    match kind {
        AttributeKind::Text => String::from("text"),
        AttributeKind::Flag => String::from("true or false"),
        AttributeKind::Choice(words) => codes(words.to_vec()),
        AttributeKind::Slug(words) => format!("slug, such as {}", codes(words.to_vec())),
        AttributeKind::NameSet => String::from("list of names, exactly these"),
        AttributeKind::EmailSet => String::from("list of e-mails, exactly these"),
        AttributeKind::FlagMap => String::from("map of slugs to true or false"),
        AttributeKind::Email => String::from("e-mail"),
        AttributeKind::Family => String::from("map of names to texts, booleans or lists"),
    }
}

/// What an account gets when the roster does not set the attribute.
fn left_out(attribute: &AttributeSpec) -> String {
    let mut parts = Vec::new();
    match attribute.from_person {
        Some(FromPerson::FirstName) => parts.push(String::from("`first_name`")),
        Some(FromPerson::LastName) => parts.push(String::from("`last_name`")),
        Some(FromPerson::FullName) => parts.push(String::from("`first_name` and `last_name`")),
        Some(FromPerson::JobTitle) => parts.push(String::from("`job_title`")),
        Some(FromPerson::Company) => parts.push(String::from("`company`")),
        Some(FromPerson::Email) => parts.push(String::from("`email`")),
        None => {}
    }
    parts.extend(attribute.default.map(literal));
    match attribute.on_create {
        OnCreate::Nothing => {}
        OnCreate::Send(value) => parts.push(format!("a create sends {}", literal(value))),
        OnCreate::TrueUnless(other) => {
            parts.push(format!("a create sends `true`, unless `{other}: true`"));
        }
    }
    parts.join("; ")
}

fn literal(value: Literal) -> String {
    format!("`{value}`")
}

/// The doc, and the setting that a value needs.
fn meaning(attribute: &AttributeSpec) -> String {
    let mut text = escape(attribute.doc);
    if let Some(Needs {
        value,
        setting,
        why: _,
    }) = attribute.needs
    {
        let stop = if text.ends_with('.') { "" } else { "." };
        text.push_str(&format!("{stop} `{value}` needs `{setting}: true`."));
    }
    text
}

fn names(spec: &VendorSpec, keep: impl Fn(&AttributeSpec) -> bool) -> Vec<&'static str> {
    let kept = spec.attributes.iter().filter(|it| keep(it));
    kept.map(|it| it.name).collect()
}

fn codes(words: Vec<&str>) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

fn yes_or(yes: bool, other: &str) -> String {
    if yes { "yes" } else { other }.to_owned()
}

/// A text for the cell of a table. A bar would end the cell, a line break the row.
pub fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

struct Table {
    text: String,
}

impl Table {
    fn new(heads: &[&str]) -> Self {
        let rule = "|---".repeat(heads.len());
        Self {
            text: format!("| {} |\n{rule}|\n", heads.join(" | ")),
        }
    }

    fn row(&mut self, cells: &[String]) {
        self.text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

#[cfg(test)]
pub(crate) mod tests;
