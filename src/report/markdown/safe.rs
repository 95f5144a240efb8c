//! Texts from vendors and rosters, made harmless in Markdown and in the HTML inside it.
//!
//! Every such text stands in a `<code>` element, where nobody is mentioned and nothing is linked,
//! and every sign in it that could mean something is a character reference. Characters that hide
//! or reorder are made visible before ([`line()`]).

use std::fmt::Write as _;

use super::Options;
use crate::model::action::{Action, Change};
use crate::model::mask::{masked, without_emails};
use crate::model::spec::VendorSpec;
use crate::model::value::Value;
use crate::report::facts::is_name;
use crate::report::sanitize::line;

/// Characters of a name or value that are shown.
const MOST: usize = 100;
/// Characters of an explanation.
const MOST_TEXT: usize = 400;
/// Attributes of one action that are shown.
const ATTRIBUTES: usize = 8;

impl Options {
    /// A person, masked if that is wanted.
    pub(super) fn person(&self, action: &Action) -> String {
        self.email(&action.email, action.id.as_deref())
    }

    /// An e-mail; the id where there is none.
    pub(super) fn email(&self, email: &str, id: Option<&str>) -> String {
        let name = match (email.trim().is_empty(), id) {
            (true, Some(id)) => format!("id {id}"),
            (true, None) => String::from("(no e-mail)"),
            (false, _) => email.to_owned(),
        };
        if self.mask {
            code(&masked(&name), MOST)
        } else {
            code(&name, MOST)
        }
    }

    /// An explanation, with every e-mail in it masked if that is wanted.
    pub(super) fn text(&self, text: &str) -> String {
        self.shown(text, MOST_TEXT)
    }

    fn shown(&self, text: &str, most: usize) -> String {
        if self.mask {
            code(&without_emails(text), most)
        } else {
            code(text, most)
        }
    }

    /// What an action sets, in one line; without names in a create, so that people who get the
    /// same become one line.
    pub(super) fn changes(&self, action: &Action, spec: Option<&VendorSpec>) -> String {
        let creates = action.before_is_nothing();
        let shown: Vec<&Change> = action
            .changes
            .iter()
            .filter(|change| !(creates && is_name(spec, &change.attribute)))
            .collect();
        let mut parts: Vec<String> = shown
            .iter()
            .take(ATTRIBUTES)
            .map(|change| self.change(change, creates, is_name(spec, &change.attribute)))
            .collect();
        if shown.len() > ATTRIBUTES {
            parts.push(format!("{} more attributes", shown.len() - ATTRIBUTES));
        }
        parts.join("; ")
    }

    fn change(&self, change: &Change, creates: bool, name: bool) -> String {
        let attribute = code(&change.attribute, MOST);
        if name && self.mask {
            return format!("{attribute} (masked)");
        }
        let before = match &change.before {
            None => String::from("(none)"),
            Some(value) => self.value(value),
        };
        match (&change.before, &change.after) {
            (_, after) if creates => format!("{attribute} {}", self.value(after)),
            (Some(Value::Set(before)), Value::Set(after)) => {
                let only = |of: &[Box<str>], not: &[Box<str>]| -> Vec<Box<str>> {
                    of.iter().filter(|it| !not.contains(it)).cloned().collect()
                };
                let mut parts = Vec::new();
                for (sign, items) in [("+", only(after, before)), ("−", only(before, after))] {
                    if !items.is_empty() {
                        parts.push(format!("{sign} {}", self.value(&Value::Set(items.into()))));
                    }
                }
                format!("{attribute} {}", parts.join(" "))
            }
            (_, after) => format!("{attribute} {before} → {}", self.value(after)),
        }
    }

    fn value(&self, value: &Value) -> String {
        match value {
            Value::Flag(flag) => format!("<code>{flag}</code>"),
            Value::Text(text) => self.shown(text, MOST),
            Value::Set(items) if items.is_empty() => String::from("(empty)"),
            Value::Set(items) => {
                let mut shown: Vec<String> = items
                    .iter()
                    .take(ATTRIBUTES)
                    .map(|item| self.shown(item, MOST))
                    .collect();
                if items.len() > ATTRIBUTES {
                    shown.push(format!("{} more", items.len() - ATTRIBUTES));
                }
                shown.join(", ")
            }
        }
    }
}

impl Action {
    fn before_is_nothing(&self) -> bool {
        self.kind == crate::model::action::ActionKind::Create
    }
}

/// A text in a `<code>` element, cut to `most` characters.
pub(super) fn code(text: &str, most: usize) -> String {
    let text = line(text);
    let mut shown = String::with_capacity(text.len() + CODE.0.len() + CODE.1.len() + 8);
    shown.push_str(CODE.0);
    let cut = text.char_indices().nth(most).map(|(at, _)| at);
    let whole = &text[..cut.unwrap_or(text.len())];
    // What is harmless is copied piece by piece, up to each sign that is not.
    let mut copied = 0;
    for (at, byte) in whole.bytes().enumerate() {
        let harmless = match byte {
            // After "www" it would start a link.
            b'.' => !ends_in_www(&whole.as_bytes()[..at]),
            b' ' | b',' | b'-' | b'/' => true,
            _ => byte.is_ascii_alphanumeric() || !byte.is_ascii(),
        };
        if !harmless {
            shown.push_str(&whole[copied..at]);
            let _ = write!(shown, "&#{byte};");
            copied = at + 1;
        }
    }
    shown.push_str(&whole[copied..]);
    if cut.is_some() {
        shown.push('…');
    }
    shown.push_str(CODE.1);
    shown
}

/// A key of the roster: as it is where it is made of letters that mean nothing.
pub(super) fn key(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    match !text.is_empty() && text.len() <= MOST && text.bytes().all(plain) {
        true => format!("`{text}`"),
        false => code(text, MOST),
    }
}

/// What stands around such a text.
const CODE: (&str, &str) = ("<code>", "</code>");

fn ends_in_www(text: &[u8]) -> bool {
    let last = text.len().checked_sub(3).map(|from| &text[from..]);
    last.is_some_and(|last| last.eq_ignore_ascii_case(b"www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_reads_as_before_and_signs_lose_their_meaning() {
        assert_eq!(
            code("Risk Readers, EU", MOST),
            "<code>Risk Readers, EU</code>"
        );
        assert_eq!(code("a_b*c", MOST), "<code>a&#95;b&#42;c</code>");
        assert_eq!(
            code("</code><script>@octocat", MOST),
            "<code>&#60;/code&#62;&#60;script&#62;&#64;octocat</code>"
        );
        assert_eq!(
            code("http://www.evil.example [x](y) #1", MOST),
            "<code>http&#58;//www&#46;evil.example &#91;x&#93;&#40;y&#41; &#35;1</code>"
        );
        assert_eq!(
            code("a\nb\u{202e}", MOST),
            "<code>a&#92;nb&#92;u&#123;202e&#125;</code>"
        );
        assert_eq!(code(&"x".repeat(300), 5), "<code>xxxxx…</code>");
    }
}
