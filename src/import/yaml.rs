//! People and profiles as YAML lines that every reader takes the same way: what YAML 1.1 would
//! read as something else than a text (`no`, `0123`, a date) is quoted although a roster is 1.2.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::imported::member;
use crate::model::value::Value;
use crate::report::sanitize;
use crate::roster::model::{AccountEntry, AttributeEntry, Person, Profile, ProfileGrant, Spanned};

/// Columns that a line in flow style may have before it is broken up.
const WIDTH: usize = 100;

/// Words that some reader takes for a boolean or for nothing.
const WORDS: &[&str] = &["true", "false", "yes", "no", "on", "off", "y", "n", "null"];

/// How deep things stand; all in columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Before the dash of a person.
    pub(super) dash: usize,
    /// From the dash to the keys of the person.
    pub(super) keys: usize,
    /// From a key to what is below it.
    pub(super) step: usize,
}

impl Layout {
    /// What a document of our own looks like.
    pub(super) const OURS: Self = Self {
        dash: 2,
        keys: 2,
        step: 2,
    };
}

/// The lines of one person, remarks as comments above them.
pub(super) fn person(person: &Person, remarks: &[String], layout: Layout) -> Vec<String> {
    let Layout { dash, keys, step } = layout;
    let mut lines: Vec<String> = remarks
        .iter()
        .flat_map(|remark| comment(remark, dash))
        .collect();
    let margin = " ".repeat(dash + keys);
    let mut first = true;
    let mut key = |lines: &mut Vec<String>, text: String| {
        if first {
            let gap = " ".repeat(keys.saturating_sub(1));
            lines.push(format!("{}-{gap}{text}", " ".repeat(dash)));
            first = false;
        } else {
            lines.push(format!("{margin}{text}"));
        }
    };
    for (name, text) in head(person) {
        key(&mut lines, format!("{name}: {text}"));
    }
    if !person.profiles.is_empty() {
        let flow = format!("profiles: {}", names(&person.profiles));
        if dash + keys + flow.chars().count() <= WIDTH {
            key(&mut lines, flow);
        } else {
            key(&mut lines, String::from("profiles:"));
            let deeper = " ".repeat(dash + keys + step);
            let items = person.profiles.iter();
            lines.extend(items.map(|item| format!("{deeper}- {}", scalar(&item.name))));
        }
    }
    if !person.accounts.is_empty() {
        key(&mut lines, String::from("accounts:"));
        for (name, entry) in person.accounts.iter() {
            lines.extend(account(name, &entry.value, dash + keys + step, step));
        }
    }
    lines
}

/// One person as a flow map, for a list that is written in flow style.
pub(super) fn person_in_flow(person: &Person) -> String {
    let mut parts: Vec<String> = head(person)
        .into_iter()
        .map(|(name, text)| format!("{name}: {text}"))
        .collect();
    if !person.profiles.is_empty() {
        parts.push(format!("profiles: {}", names(&person.profiles)));
    }
    if !person.accounts.is_empty() {
        let accounts = person.accounts.iter();
        let accounts: Vec<String> = accounts
            .map(|(name, entry)| format!("{}: {}", scalar(name), in_flow(&entry.value)))
            .collect();
        parts.push(format!("accounts: {{ {} }}", accounts.join(", ")));
    }
    format!("{{ {} }}", parts.join(", "))
}

/// The lines of one profile.
pub(super) fn profile(name: &str, profile: &Profile, layout: Layout) -> Vec<String> {
    let Layout { step, .. } = layout;
    let mut lines = vec![format!("{}{}:", " ".repeat(step), scalar(name))];
    for (vendor, entry) in profile.accounts.iter() {
        lines.extend(account(vendor, &entry.value, 2 * step, step));
    }
    lines
}

/// The lines of one account, in flow style where that fits on a line.
pub(super) fn account(
    vendor: &str,
    entry: &AccountEntry,
    margin: usize,
    step: usize,
) -> Vec<String> {
    let pad = " ".repeat(margin);
    let name = scalar(vendor);
    let line = format!("{pad}{name}: {}", in_flow(entry));
    if line.chars().count() <= WIDTH {
        return vec![line];
    }
    let mut lines = vec![format!("{pad}{name}:")];
    for (key, piece) in pieces(entry) {
        lines.extend(piece_lines(&key, &piece, margin + step, step));
    }
    lines
}

/// An account as an entry of `accounts`, on one line.
pub(super) fn account_in_flow(vendor: &str, entry: &AccountEntry) -> String {
    format!("{}: {}", scalar(vendor), in_flow(entry))
}

/// A comment of one or more lines; they are all as far in as the text begins.
pub(super) fn comment(text: &str, margin: usize) -> Vec<String> {
    let words = text.trim_start_matches(' ');
    let pad = format!(
        "{}#{}",
        " ".repeat(margin),
        " ".repeat(1 + text.len() - words.len())
    );
    let mut lines = Vec::new();
    let mut line = pad.clone();
    for word in sanitize::line(words).split(' ') {
        if line.len() > pad.len() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut line, pad.clone()));
        }
        if line.len() > pad.len() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// A text, plain where every reader takes it for this text, else in double quotes.
pub(super) fn scalar(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let (mut chars, mut hash) = (text.chars(), false);
    while let Some(c) = chars.next() {
        // A CI system would read `##[name]` as a command.
        let command = c == '#' && hash && sanitize::opens_command(chars.clone());
        hash = c == '#';
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            _ if sanitize::is_unsafe(c) || command => {
                let code = u32::from(c);
                quoted.push_str(&match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                });
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    Cow::Owned(quoted)
}

/// Plain means: begins with a letter, has nothing that ends a plain text in flow style, and is no
/// word with a meaning. Numbers and dates begin with something else.
fn is_plain(text: &str) -> bool {
    let fits = |c: char| {
        c.is_ascii_alphanumeric()
            || " _-./@+'()&".contains(c)
            || (!c.is_ascii() && c.is_alphanumeric() && !sanitize::is_unsafe(c))
    };
    text.starts_with(char::is_alphabetic)
        && !text.ends_with(' ')
        && text.chars().all(fits)
        && !WORDS.contains(&text.to_lowercase().as_str())
}

/// The scalar keys of a person, in the order that the documentation shows them.
fn head(person: &Person) -> Vec<(&'static str, String)> {
    let text = |name, field: &Option<Spanned<Arc<str>>>| {
        let field = field.as_ref()?;
        Some((name, scalar(&field.value).into_owned()))
    };
    let active = person.active.as_ref();
    let day = |name, field: &Option<Box<Spanned<jiff::civil::Date>>>| {
        Some((name, field.as_ref()?.value.to_string()))
    };
    [
        Some(("email", scalar(&person.email.value).into_owned())),
        source(person).map(|source| ("source", source)),
        text("first_name", &person.first_name),
        text("last_name", &person.last_name),
        text("job_title", &person.job_title),
        text("company", &person.company),
        active.map(|active| ("active", active.value.to_string())),
        day("starts", &person.starts),
        day("ends", &person.ends),
        logins(person).map(|logins| ("logins", logins)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn source(person: &Person) -> Option<String> {
    let keys = person.source.iter();
    let keys: Vec<String> = keys
        .map(|(name, key)| format!("{}: {}", scalar(name), scalar(&key.value)))
        .collect();
    (!keys.is_empty()).then(|| format!("{{ {} }}", keys.join(", ")))
}

fn logins(person: &Person) -> Option<String> {
    let logins = person.logins.iter();
    let logins: Vec<String> = logins
        .map(|(vendor, login)| format!("{}: {}", scalar(vendor), scalar(&login.value)))
        .collect();
    (!logins.is_empty()).then(|| format!("{{ {} }}", logins.join(", ")))
}

/// What one key of an account holds.
enum Piece<'a> {
    Value(&'a Value),
    Id(&'a str),
    /// Entries of a map that the model takes apart.
    Map(Vec<(&'a str, &'a Value)>),
}

impl Piece<'_> {
    fn flow(&self) -> String {
        match self {
            Self::Value(value) => value_in_flow(value),
            Self::Id(id) => scalar(id).into_owned(),
            Self::Map(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(name, value)| format!("{}: {}", scalar(name), value_in_flow(value)))
                    .collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }
}

pub(super) fn value_in_flow(value: &Value) -> String {
    match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => scalar(text).into_owned(),
        Value::Set(items) => {
            let items: Vec<Cow<'_, str>> = items.iter().map(|item| scalar(item)).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

fn pieces(entry: &AccountEntry) -> Vec<(Cow<'_, str>, Piece<'_>)> {
    let AccountEntry::Settings { id, attributes } = entry else {
        return Vec::new();
    };
    let mut pieces = Vec::new();
    let mut maps = HashMap::new();
    pieces.extend(
        id.as_ref()
            .map(|id| (Cow::Borrowed("id"), Piece::Id(&id.value))),
    );
    for AttributeEntry {
        name,
        value,
        span: _,
    } in attributes.iter()
    {
        let Some((map, key)) = member(name) else {
            pieces.push((scalar(name), Piece::Value(value)));
            continue;
        };
        let place = *maps.entry(map).or_insert(pieces.len());
        match pieces.get_mut(place) {
            Some((_, Piece::Map(entries))) => entries.push((key, value)),
            _ => pieces.push((scalar(map), Piece::Map(vec![(key, value)]))),
        }
    }
    pieces
}

fn in_flow(entry: &AccountEntry) -> String {
    if matches!(entry, AccountEntry::No) {
        return String::from("false");
    }
    let pieces: Vec<String> = pieces(entry)
        .into_iter()
        .map(|(key, piece)| format!("{key}: {}", piece.flow()))
        .collect();
    match pieces.as_slice() {
        [] => String::from("{}"),
        pieces => format!("{{ {} }}", pieces.join(", ")),
    }
}

fn piece_lines(key: &str, piece: &Piece<'_>, margin: usize, step: usize) -> Vec<String> {
    let pad = " ".repeat(margin);
    let deeper = " ".repeat(margin + step);
    let line = format!("{pad}{key}: {}", piece.flow());
    let short = line.chars().count() <= WIDTH;
    match piece {
        Piece::Value(Value::Set(items)) if !short && items.len() > 1 => {
            let mut lines = vec![format!("{pad}{key}:")];
            lines.extend(
                items
                    .iter()
                    .map(|item| format!("{deeper}- {}", scalar(item))),
            );
            lines
        }
        Piece::Map(entries) if !short && entries.len() > 1 => {
            let mut lines = vec![format!("{pad}{key}:")];
            for (name, value) in entries {
                let piece = Piece::Value(value);
                lines.extend(piece_lines(&scalar(name), &piece, margin + step, step));
            }
            lines
        }
        Piece::Value(_) | Piece::Id(_) | Piece::Map(_) => vec![line],
    }
}

fn names(profiles: &[ProfileGrant]) -> String {
    let names: Vec<Cow<'_, str>> = profiles.iter().map(|it| scalar(&it.name)).collect();
    format!("[{}]", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_some_reader_takes_for_something_else_is_quoted() {
        for plain in [
            "ada@example.com",
            "O'Neil",
            "Risk & Audit",
            "Zoë 李",
            "Europe/London",
            "truest",
        ] {
            assert_eq!(scalar(plain), plain);
        }
        for quoted in [
            "",
            " a",
            "a ",
            "no",
            "On",
            "YES",
            "n",
            "Null",
            "~",
            "0123",
            "1e3",
            "2026-01-05",
            "12:30",
            ".5",
            "-1",
            "@a",
            "*a",
            "&a",
            "!a",
            "|",
            ">",
            "%a",
            "`a",
            "- a",
            "? a",
            "a: b",
            "a #b",
            "[a",
            "{a",
            "a, b",
            "<<",
            "=",
            "---",
            "//Risk/Readers",
            "1a@x.com",
        ] {
            assert_eq!(scalar(quoted), format!("\"{quoted}\""));
        }
        assert_eq!(scalar("a\"b\\c"), "\"a\\\"b\\\\c\"");
        assert_eq!(
            scalar("a\u{1b}\u{202e}\u{e0001}"),
            "\"a\\x1b\\u202e\\U000e0001\""
        );
    }

    #[test]
    fn a_comment_is_harmless_and_not_too_wide() {
        assert_eq!(comment("a\nb: c", 2), ["  # a\\nb: c"]);
        let lines = comment(&"word ".repeat(60), 4);
        assert!(
            lines.len() > 2 && lines.iter().all(|line| line.len() <= WIDTH),
            "{lines:#?}"
        );
    }
}
