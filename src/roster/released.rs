//! `released:`: people who are gone from the roster and may keep an account for now.

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::model::{Person, Released, Roster, Spanned};
use super::values::{self, Problems};
use super::yaml::Node;
use crate::model::email::EmailKey;
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// The keys of an entry.
const KEYS: &[&str] = &["email", "note", "until"];

/// Reads one entry; `None` if there is no usable e-mail.
pub(super) fn entry(node: &Node<'_>, problems: &mut Problems) -> Option<Released> {
    let entries = values::map(node, "released", problems)?;
    let (mut email, mut note, mut until) = (None, None, None);
    let mut email_seen = false;
    for (key, value) in entries {
        match key.text.as_ref() {
            "email" => {
                email_seen = true;
                email = values::email(value, "email", problems);
            }
            "note" => note = values::name(value, "note", problems).map(|note| note.value),
            "until" => until = values::date(value, "until", problems).map(|day| day.value),
            _ => problems.push(values::unknown_key(
                key,
                "an entry of `released`",
                KEYS.iter().copied(),
            )),
        }
    }
    if !email_seen {
        problems.push(
            Diagnostic::error(
                Code::MissingKey,
                node.span,
                "this entry of `released` has no `email`",
            )
            .help("write whose account may stay: `- { email: …, note: …, until: … }`"),
        );
    }
    Some(Released {
        email: email?,
        note,
        until,
    })
}

/// One person is released once, and who is listed needs no release.
pub(super) fn check(roster: &Roster, problems: &mut Problems) {
    if roster.released.is_empty() {
        return;
    }
    let mut first: HashMap<EmailKey<'_>, Span> = HashMap::new();
    for Released { email, .. } in &roster.released {
        match first.get(&EmailKey::of(&email.value)) {
            Some(before) => problems.push(
                Diagnostic::error(
                    Code::DefinedTwice,
                    email.span,
                    format!("`{}` is released for the second time", email.value),
                )
                .related(*before, "first here")
                .help("keep one of the two"),
            ),
            None => {
                first.insert(EmailKey::of(&email.value), email.span);
            }
        }
    }
    for person in &roster.people {
        for email in addresses(person) {
            if let Some(span) = first.get(&EmailKey::of(&email.value)) {
                problems.push(
                    Diagnostic::warning(
                        Code::ReleasedIsListed,
                        *span,
                        format!("`{}` is released and listed", email.value),
                    )
                    .related(email.span, "listed here")
                    .help(
                        "`released` is for people who are gone from the roster; take the entry \
                         out, or the person",
                    ),
                );
            }
        }
    }
}

fn addresses(person: &Person) -> impl Iterator<Item = &Spanned<Box<str>>> {
    std::iter::once(&person.email).chain(&person.previous_emails)
}

/// The schema of `released`.
pub(super) fn schema() -> Json {
    json!({
        "description": "People who are gone from the roster and may keep an account: `leavers` names them and does not fail for them.",
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["email"],
            "properties": {
                "email": {
                    "$ref": "#/$defs/email",
                    "description": "The e-mail by which the roster listed them.",
                },
                "note": {
                    "type": "string",
                    "pattern": "\\S",
                    "description": "Why, and who agreed.",
                },
                "until": {
                    "type": "string",
                    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                    "examples": ["2026-01-05"],
                    "description": "The last day on which that holds (UTC). Default: for good.",
                },
            },
        },
    })
}
