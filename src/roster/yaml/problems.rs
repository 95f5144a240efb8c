//! What YAML allows and a roster does not, in words.

use super::MAX_DEPTH;
use super::node::Name;
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// The problem of a control character.
pub(in crate::roster) fn controlled(span: Span, character: char) -> Diagnostic {
    let (what, help) = match character {
        '\n' | '\r' => (
            String::from("a line break"),
            "write the value on one line; after `|` and `>` a line break is part of it",
        ),
        other => (
            format!("the control character U+{:04X}", u32::from(other)),
            "take it out; an editor may not show it",
        ),
    };
    Diagnostic::error(
        Code::ControlCharacter,
        span,
        format!("there is {what} in this value"),
    )
    .help(help)
}

/// The problem of a name that stands twice in one map.
pub(in crate::roster) fn doubled(name: &Name<'_>, first: Span) -> Diagnostic {
    Diagnostic::error(
        Code::DuplicateKey,
        name.span,
        format!("`{}` stands here for the second time", name.text),
    )
    .label("again")
    .related(first, "first here")
    .help("keep one of the two")
}

/// The warning of a text in the quotes of a document.
pub(super) fn typographic_quotes(span: Span) -> Diagnostic {
    Diagnostic::warning(
        Code::TypographicQuotes,
        span,
        "these quotes are part of the text",
    )
    .help("write plain ones (\"…\"), or none; a program that writes documents makes others of them")
}

pub(super) fn key_not_text(span: Span) -> Diagnostic {
    Diagnostic::error(Code::KeyNotText, span, "a key has to be a text")
}

pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::TooDeep,
        span,
        format!("lists and maps are nested more than {MAX_DEPTH} deep here"),
    )
}
