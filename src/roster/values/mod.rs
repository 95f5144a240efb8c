//! Typed values out of nodes: one function a type, each reporting what it does not take.
//!
//! `field` is the key as the roster writes it; a value that was reported gives `None`.

mod email;
mod numbers;

use std::collections::HashSet;
use std::fmt::Display;

pub use email::refused_email;
pub(super) use email::{email, email_key};
pub(super) use numbers::{bound, date, days};
pub(crate) use numbers::{count, duration, rate};

use super::model::Spanned;
use super::suggest::suggest;
use super::yaml::{Kind, Name, Node};
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// What was wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    /// In the order found.
    pub(crate) list: Vec<Diagnostic>,
    /// Attributes and person fields that were written, though wrongly, by the place of their
    /// account, vendor or person: nobody needs to be told that they are missing as well.
    flawed: HashSet<(Span, &'static str)>,
}

impl Problems {
    /// Adds one.
    pub(crate) fn push(&mut self, problem: Diagnostic) {
        self.list.push(problem);
    }

    /// Notes that `name` was written there and is wrong.
    pub(crate) fn flaw(&mut self, place: Span, name: &'static str) {
        self.flawed.insert((place, name));
    }

    /// What is flawed in one place counts in another one too: both are of one account.
    pub(crate) fn share_flaws(&mut self, from: Span, to: Span) {
        let flawed = self.flawed.iter().filter(|(place, _)| *place == from);
        let shared: Vec<_> = flawed.map(|(_, name)| (to, *name)).collect();
        self.flawed.extend(shared);
    }

    /// Whether `name` was written there and is wrong.
    pub(crate) fn is_flawed(&self, place: Span, name: &'static str) -> bool {
        self.flawed.contains(&(place, name))
    }
}

/// A text; numbers and dates are texts as they are written, booleans and nothing are not.
pub(crate) fn text(
    node: &Node<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<Spanned<Box<str>>> {
    let text = plain(node, field, problems)?;
    Some(spanned(node, text))
}

/// The same, borrowed.
pub(crate) fn plain<'n>(
    node: &'n Node<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<&'n str> {
    let plain = raw_text(node, field, "a text", problems)?;
    if node.as_flag().is_some() {
        let problem = wrong_type(node, field, "a text").help(format!(
            "write it in quotes if it is meant as a text: `\"{plain}\"`"
        ));
        problems.push(problem);
        return None;
    }
    Some(plain)
}

fn spanned(node: &Node<'_>, text: &str) -> Spanned<Box<str>> {
    Spanned {
        value: text.into(),
        span: node.span,
    }
}

/// A text with at least one character that is not a space.
pub(crate) fn name(
    node: &Node<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<Spanned<Box<str>>> {
    let text = words(node, field, problems)?;
    Some(spanned(node, text))
}

/// The name of a file in the roster's own folder or below.
pub(crate) fn beside(
    node: &Node<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<Spanned<Box<str>>> {
    let text = words(node, field, problems)?;
    let path = std::path::Path::new(text);
    let inside = |part| matches!(part, std::path::Component::Normal(_));
    if !path.components().all(inside) || text.contains('\\') {
        problems.push(
            Diagnostic::error(
                Code::WrongType,
                node.span,
                format!("`{field}` names a file outside of this folder"),
            )
            .help("put the file into the folder of this one, or into a folder below it"),
        );
        return None;
    }
    Some(spanned(node, text))
}

/// The same as [`name`], borrowed.
pub(crate) fn words<'n>(
    node: &'n Node<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<&'n str> {
    let text = plain(node, field, problems)?;
    if text.trim().is_empty() {
        problems.push(Diagnostic::error(
            Code::WrongType,
            node.span,
            format!("`{field}` cannot be empty"),
        ));
        return None;
    }
    Some(text)
}

/// A YAML 1.2 boolean (roster rule 10).
pub(crate) fn flag(node: &Node<'_>, field: &str, problems: &mut Problems) -> Option<Spanned<bool>> {
    if let Some(value) = node.as_flag() {
        return Some(Spanned {
            value,
            span: node.span,
        });
    }
    let mut problem = wrong_type(node, field, "a boolean");
    if let Kind::Scalar { text, .. } = &node.kind {
        problem.help = match text.to_ascii_lowercase().as_str() {
            "yes" | "on" | "y" | "1" => Some(format!("write `{field}: true`")),
            "no" | "off" | "n" | "0" => Some(format!("write `{field}: false`")),
            word @ ("true" | "false") => Some(format!(
                "write `{word}` in small letters and without quotes"
            )),
            _ => Some(String::from("write `true` or `false`")),
        };
    }
    report(node, field, problem, problems);
    None
}

/// The items of a list; `None` if it is none.
pub(crate) fn list<'n, 'a>(
    node: &'n Node<'a>,
    field: &str,
    problems: &mut Problems,
) -> Option<&'n [Node<'a>]> {
    match &node.kind {
        Kind::List(items) => Some(items),
        Kind::Scalar { .. } if !node.is_null() => {
            let problem = wrong_type(node, field, "a list").help(format!(
                "write it in square brackets, even if it is one: `{field}: [{}]`",
                scalar_text(node)
            ));
            problems.push(problem);
            None
        }
        Kind::Scalar { .. } | Kind::Map(_) | Kind::Broken => {
            report(node, field, wrong_type(node, field, "a list"), problems);
            None
        }
    }
}

/// The entries of a map; `None` if it is none.
pub(crate) fn map<'n, 'a>(
    node: &'n Node<'a>,
    field: &str,
    problems: &mut Problems,
) -> Option<&'n [(Name<'a>, Node<'a>)]> {
    match &node.kind {
        Kind::Map(entries) => Some(entries),
        Kind::Scalar { .. } | Kind::List(_) | Kind::Broken => {
            report(node, field, wrong_type(node, field, "a map"), problems);
            None
        }
    }
}

/// One of a closed set of words.
pub(crate) fn choice<'c>(
    node: &Node<'_>,
    field: &str,
    words: impl Iterator<Item = &'c str> + Clone,
    problems: &mut Problems,
) -> Option<&'c str> {
    let text = plain(node, field, problems)?;
    let found = words.clone().find(|word| *word == text);
    if found.is_none() {
        problems.push(
            Diagnostic::error(
                Code::UnknownChoice,
                node.span,
                format!("`{text}` is no value of `{field}`"),
            )
            .help(suggest(text, words)),
        );
    }
    found
}

/// The problem of a key that means nothing here.
pub(crate) fn unknown_key<'c>(
    name: &Name<'_>,
    place: impl Display,
    known: impl Iterator<Item = &'c str> + Clone,
) -> Diagnostic {
    Diagnostic::error(
        Code::UnknownKey,
        name.span,
        format!("`{}` is no key of {place}", name.text),
    )
    .help(suggest(&name.text, known))
}

/// The problem of a value of another type.
pub(crate) fn wrong_type(node: &Node<'_>, field: &str, wanted: &str) -> Diagnostic {
    if let Kind::Scalar { text, plain: true } = &node.kind
        && wanted.contains("map")
        && let Some(key) = key_without_space(text)
    {
        let message = format!("there is no space behind the colon of `{key}`");
        return Diagnostic::error(Code::WrongType, node.span, message)
            .help("a key is followed by a colon and a space: `key: value`");
    }
    let found = match &node.kind {
        _ if node.is_null() => "nothing",
        _ if node.as_flag().is_some() => "a boolean",
        Kind::Scalar { .. } => "a text",
        Kind::List(_) => "a list",
        Kind::Map(_) => "a map",
        Kind::Broken => "unreadable",
    };
    Diagnostic::error(
        Code::WrongType,
        node.span,
        format!("`{field}` has to be {wanted}, this is {found}"),
    )
}

/// The key of `key:value`, which is a text to YAML.
fn key_without_space(text: &str) -> Option<&str> {
    let (key, value) = text.split_once(':')?;
    let is_key = |it: char| it.is_ascii_lowercase() || it == '_';
    // An address of the web is none.
    let is_entry = !key.is_empty() && key.chars().all(is_key) && !value.starts_with("//");
    is_entry.then_some(key)
}

/// The problem of nothing where a value belongs: it could mean "empty" or "leave alone".
pub(crate) fn null(node: &Node<'_>, field: &str) -> Diagnostic {
    Diagnostic::error(
        Code::NullValue,
        node.span,
        format!("`{field}` has no value"),
    )
    .help("leave the key out, or write `\"\"`, `[]` or `{}` for empty")
}

/// The text of a scalar that is not nothing, whatever it means.
fn raw_text<'n>(
    node: &'n Node<'_>,
    field: &str,
    wanted: &str,
    problems: &mut Problems,
) -> Option<&'n str> {
    match &node.kind {
        Kind::Scalar { text, .. } if !node.is_null() => Some(text),
        Kind::List(items) if items.len() == 1 => {
            // Where an API takes a list of one, the roster takes the plain value (rule 3).
            let problem = wrong_type(node, field, wanted).help(format!(
                "write the value without brackets: `{field}: {}`",
                items.first().map(scalar_text).unwrap_or_default()
            ));
            problems.push(problem);
            None
        }
        Kind::List(_) => {
            let problem = wrong_type(node, field, wanted).help("it takes one value: keep one");
            problems.push(problem);
            None
        }
        Kind::Scalar { .. } | Kind::Map(_) | Kind::Broken => {
            report(node, field, wrong_type(node, field, wanted), problems);
            None
        }
    }
}

/// Pushes a problem of type, unless the value was reported before or is nothing.
fn report(node: &Node<'_>, field: &str, problem: Diagnostic, problems: &mut Problems) {
    if matches!(node.kind, Kind::Broken) {
        return;
    }
    problems.push(if node.is_null() {
        null(node, field)
    } else {
        problem
    });
}

fn scalar_text<'n>(node: &'n Node<'_>) -> &'n str {
    match &node.kind {
        Kind::Scalar { text, .. } => text,
        Kind::List(_) | Kind::Map(_) | Kind::Broken => "…",
    }
}
