//! Typed values out of nodes: one function a type, each reporting what it does not take.
//!
//! `field` is the key as the roster writes it; a value that was reported gives `None`.

use std::collections::HashSet;
use std::fmt::Display;
use std::time::Duration;

use email_address::{EmailAddress, Options};
use jiff::civil::Date;

use super::model::{Bound, Spanned};
use super::suggest::suggest;
use super::yaml::{Kind, Name, Node};
use crate::diagnostic::{Code, Diagnostic, Span};

/// What was wrong so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    /// In the order found.
    pub(super) list: Vec<Diagnostic>,
    /// Attributes and person fields that were written, though wrongly, by the place of their
    /// account, vendor or person: nobody needs to be told that they are missing as well.
    flawed: HashSet<(Span, &'static str)>,
}

impl Problems {
    /// Adds one.
    pub(super) fn push(&mut self, problem: Diagnostic) {
        self.list.push(problem);
    }

    /// Notes that `name` was written there and is wrong.
    pub(super) fn flaw(&mut self, place: Span, name: &'static str) {
        self.flawed.insert((place, name));
    }

    /// Whether `name` was written there and is wrong.
    pub(super) fn is_flawed(&self, place: Span, name: &'static str) -> bool {
        self.flawed.contains(&(place, name))
    }
}

/// A text; numbers and dates are texts as they are written, booleans and nothing are not.
pub(super) fn text(
    node: &Node<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<Spanned<Box<str>>> {
    let plain = raw_text(node, field, "a text", problems)?;
    if node.as_flag().is_some() {
        let problem = wrong_type(node, field, "a text").help(format!(
            "write it in quotes if it is meant as a text: `\"{plain}\"`"
        ));
        problems.push(problem);
        return None;
    }
    Some(Spanned {
        value: plain.into(),
        span: node.span,
    })
}

/// A text with at least one character that is not a space.
pub(super) fn name(
    node: &Node<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<Spanned<Box<str>>> {
    let text = text(node, field, problems)?;
    if text.value.trim().is_empty() {
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
pub(super) fn flag(node: &Node<'_>, field: &str, problems: &mut Problems) -> Option<Spanned<bool>> {
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

/// A real day of the calendar.
pub(super) fn date(node: &Node<'_>, field: &str, problems: &mut Problems) -> Option<Spanned<Date>> {
    let text = raw_text(node, field, "a date", problems)?;
    let form = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let parsed = if form {
        text.parse::<Date>().ok()
    } else {
        None
    };
    let Some(value) = parsed else {
        let message = if form {
            format!("`{field}`: there is no such day in the calendar")
        } else {
            format!("`{field}` is not a date")
        };
        problems.push(
            Diagnostic::error(Code::NotADate, node.span, message)
                .help("write year, month and day: `2026-01-31`"),
        );
        return None;
    };
    Some(Spanned {
        value,
        span: node.span,
    })
}

/// An e-mail that an account can have.
pub(super) fn email(
    node: &Node<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<Spanned<Box<str>>> {
    let text = raw_text(node, field, "an e-mail", problems)?;
    if let Err((reason, help)) = check_email(text) {
        let mut problem = Diagnostic::error(
            Code::NotAnEmail,
            node.span,
            format!("`{field}` is not an e-mail that an account can have: {reason}"),
        );
        problem.help = help;
        problems.push(problem);
        return None;
    }
    Some(Spanned {
        value: text.into(),
        span: node.span,
    })
}

/// Plain ASCII only: lower-casing other letters can change who is meant, and a domain that has
/// them has an ASCII form, which is what mail and vendors use.
fn check_email(text: &str) -> Result<(), (String, Option<String>)> {
    let options = Options::default()
        .without_display_text()
        .without_domain_literal()
        .with_required_tld();
    let because = |reason: &str| Err((reason.to_owned(), None));
    if text.trim() != text {
        return because("it begins or ends with a space");
    }
    let Some((local, domain)) = text.rsplit_once('@') else {
        return because("there is no `@` in it");
    };
    if !local.is_ascii() || local.contains('"') {
        return because(
            "the part before the `@` may have plain ASCII letters, digits and signs only",
        );
    }
    if let Err(error) = EmailAddress::parse_with_options(text, options) {
        return because(&error.to_string().to_lowercase());
    }
    match idna::domain_to_ascii_strict(domain) {
        Err(_) => because("the part after the `@` cannot be a domain"),
        Ok(_) if domain.is_ascii() => Ok(()),
        Ok(ascii) => Err((
            String::from("its domain has letters beyond ASCII"),
            Some(format!(
                "write the domain in its ASCII form: `{local}@{ascii}`"
            )),
        )),
    }
}

/// A whole number within bounds.
pub(super) fn count(
    node: &Node<'_>,
    field: &str,
    bounds: std::ops::RangeInclusive<u64>,
    problems: &mut Problems,
) -> Option<u64> {
    let text = raw_text(node, field, "a whole number", problems)?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        problems.push(wrong_type(node, field, "a whole number"));
        return None;
    }
    match text.parse::<u64>() {
        Ok(value) if bounds.contains(&value) => Some(value),
        Ok(_) | Err(_) => {
            problems.push(out_of_range(node, field, bounds.start(), bounds.end()));
            None
        }
    }
}

/// A number above 0, perhaps a fraction.
pub(super) fn rate(
    node: &Node<'_>,
    field: &str,
    most: f64,
    problems: &mut Problems,
) -> Option<f64> {
    let text = raw_text(node, field, "a number", problems)?;
    let form = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let parsed = if form { text.parse::<f64>().ok() } else { None };
    match parsed {
        Some(value) if value > 0.0 && value <= most => Some(value),
        Some(_) => {
            problems.push(out_of_range(node, field, &"more than 0", &most));
            None
        }
        None => {
            problems.push(wrong_type(node, field, "a number"));
            None
        }
    }
}

/// A duration: a whole number and `s`, `m` or `h`; at least a second, at most a day.
pub(super) fn duration(node: &Node<'_>, field: &str, problems: &mut Problems) -> Option<Duration> {
    let text = raw_text(node, field, "a duration", problems)?;
    let unit = match text.as_bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 3_600,
        _ => 0,
    };
    let digits = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
    let number = if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits.parse::<u64>().ok()
    } else {
        None
    };
    match number.and_then(|number| number.checked_mul(unit)) {
        Some(seconds) if unit > 0 && (1..=86_400).contains(&seconds) => {
            Some(Duration::from_secs(seconds))
        }
        Some(_) if unit > 0 => {
            problems.push(out_of_range(node, field, &"1s", &"24h"));
            None
        }
        Some(_) | None => {
            problems.push(
                Diagnostic::error(
                    Code::NotADuration,
                    node.span,
                    format!("`{field}` is not a duration"),
                )
                .help("write a whole number with its unit: `60s`, `10m`, `1h`"),
            );
            None
        }
    }
}

/// A number or a share: `300` or `10%`.
pub(super) fn bound(node: &Node<'_>, field: &str, problems: &mut Problems) -> Option<Bound> {
    let text = raw_text(node, field, "a number or a share", problems)?;
    let (digits, share) = match text.strip_suffix('%') {
        Some(digits) => (digits.trim_end(), true),
        None => (text, false),
    };
    let digits_only = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !digits_only {
        problems.push(
            wrong_type(node, field, "a whole number or a share")
                .help("write a number like `300` or a share like `10%`"),
        );
        return None;
    }
    match (digits.parse::<u64>(), share) {
        (Ok(count), false) => Some(Bound::Count(count)),
        (Ok(percent @ 0..=100), true) => u8::try_from(percent).ok().map(Bound::Percent),
        (Ok(_) | Err(_), _) => {
            problems.push(out_of_range(node, field, &0, &"100%"));
            None
        }
    }
}

/// The items of a list; `None` if it is none.
pub(super) fn list<'n, 'a>(
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
pub(super) fn map<'n, 'a>(
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
pub(super) fn choice<'c>(
    node: &Node<'_>,
    field: &str,
    words: impl Iterator<Item = &'c str> + Clone,
    problems: &mut Problems,
) -> Option<&'c str> {
    let text = text(node, field, problems)?;
    let found = words.clone().find(|word| *word == &*text.value);
    if found.is_none() {
        problems.push(
            Diagnostic::error(
                Code::UnknownChoice,
                node.span,
                format!("`{}` is no value of `{field}`", text.value),
            )
            .help(suggest(&text.value, words)),
        );
    }
    found
}

/// The problem of a key that means nothing here.
pub(super) fn unknown_key<'c>(
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
pub(super) fn wrong_type(node: &Node<'_>, field: &str, wanted: &str) -> Diagnostic {
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
        Kind::Scalar { .. } | Kind::List(_) | Kind::Map(_) | Kind::Broken => {
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

/// The problem of nothing where a value belongs: it could mean "empty" or "leave alone".
pub(super) fn null(node: &Node<'_>, field: &str) -> Diagnostic {
    Diagnostic::error(
        Code::NullValue,
        node.span,
        format!("`{field}` has no value"),
    )
    .help("leave the key out, or write `\"\"`, `[]` or `{}` for empty")
}

fn scalar_text<'n>(node: &'n Node<'_>) -> &'n str {
    match &node.kind {
        Kind::Scalar { text, .. } => text,
        Kind::List(_) | Kind::Map(_) | Kind::Broken => "…",
    }
}

fn out_of_range(
    node: &Node<'_>,
    field: &str,
    least: &dyn Display,
    most: &dyn Display,
) -> Diagnostic {
    Diagnostic::error(
        Code::OutOfRange,
        node.span,
        format!("`{field}` has to lie between {least} and {most}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_that_accounts_can_have() {
        for good in [
            "ada.lovelace@example.com",
            "Ada+tag@Example.CO.UK",
            "o'neil@xn--bcher-kva.example",
            "a@1.example",
        ] {
            assert_eq!(check_email(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "ada@-x.com",
            "ada@exa mple.com",
            "ada@example.com.",
            "ada@[127.0.0.1]",
            "Ada <ada@example.com>",
            "\"a b\"@example.com",
            "ada@example..com",
            "ada lovelace@example.com",
            "İ@example.com",
            "ada@bücher.example",
            " ada@example.com",
            "a@b@example.com",
        ] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
        let help = check_email("ada@bücher.example").unwrap_err().1;
        assert!(help.unwrap().contains("ada@xn--bcher-kva.example"));
    }
}
