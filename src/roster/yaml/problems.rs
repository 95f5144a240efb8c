//! What YAML allows and a roster does not, in words.

use saphyr_parser::ScanError;

use super::MAX_DEPTH;
use super::node::Name;
use super::number;
use crate::diagnostic::{Code, Diagnostic, FileId, Span};

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

pub(super) fn syntax(file: FileId, error: &ScanError) -> Diagnostic {
    let at = error.marker();
    let span = Span::new(file, number(at.line().max(1)), number(at.col() + 1), 1);
    // The one message that quotes the file ends before the quotation, which may be of a secret.
    let reason = error.info().split(": `").next().unwrap_or_default();
    Diagnostic::error(Code::Syntax, span, format!("this is not YAML: {reason}"))
        .help("the rest of this file was not read; there may be more to correct")
}
