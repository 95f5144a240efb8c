//! Values of options: the words they take, and how numbers and digests are read.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use jiff::civil::Date;

use crate::model::off::Grace;
use crate::report::metrics::LABELS;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For code scanning (SARIF 2.1.0)
    Sarif,
    /// For a job at GitHub: annotations beside the lines
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a comment or a job summary
    Markdown,
    /// One self-contained page, to look at in a browser
    Html,
    /// Problems and warnings for code scanning (SARIF 2.1.0); plan only
    Sarif,
    /// Problems and warnings beside the lines, for a job at GitHub; plan only
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// One line each, for people
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Document {
    /// The roster
    Roster,
    /// The plan document of plan --format json and --out
    Plan,
    /// The document of apply --format json
    Report,
    /// The document of leavers --format json
    Leavers,
    /// The document of doctor --format json
    Doctor,
    /// The document of explain --format json
    Explain,
    /// The document of access --format json
    Access,
    /// The document of history --format json
    History,
    /// evidence.json in a pack
    Evidence,
    /// The description of a vendor (kind: rest)
    Connector,
    /// The certificate that doctor --probe and certify write
    Certificate,
}

/// What `ROSTERCTL_ROSTER` names; an empty one is none, as CI systems set what they do not know.
pub(super) fn named_roster() -> Vec<PathBuf> {
    let named = std::env::var_os("ROSTERCTL_ROSTER").filter(|it| !it.is_empty());
    named.map(PathBuf::from).into_iter().collect()
}

/// A whole number and `s`, `m` or `h`, as in the roster.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || String::from("write a whole number with its unit: 90s, 30m, 2h");
    let (unit, digits) = match text.as_bytes().last() {
        Some(b's') => (1, text.strip_suffix('s')),
        Some(b'm') => (60, text.strip_suffix('m')),
        Some(b'h') => (3_600, text.strip_suffix('h')),
        _ => return Err(wrong()),
    };
    let digits = digits.filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
    let number: u32 = digits.and_then(|it| it.parse().ok()).ok_or_else(wrong)?;
    Ok(Duration::from_secs(u64::from(number) * unit))
}

/// A whole number of days or weeks, as in the roster.
pub(super) fn parse_days(text: &str) -> Result<Grace, String> {
    let wrong = || String::from("write a whole number with its unit: 400d, 8w");
    let (unit, digits) = match text.as_bytes().last() {
        Some(b'd') => (1, text.strip_suffix('d')),
        Some(b'w') => (7, text.strip_suffix('w')),
        _ => return Err(wrong()),
    };
    let digits = digits.filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
    let number: u16 = digits.and_then(|it| it.parse().ok()).ok_or_else(wrong)?;
    Ok(Grace(number.saturating_mul(unit)))
}

/// A day of the calendar.
pub(super) fn parse_day(text: &str) -> Result<Date, String> {
    let wrong = || String::from("write the day as YYYY-MM-DD, such as 2026-02-01");
    // Other forms that the parser takes too (a time, a week) would say less than they seem to.
    let shape = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    if text.len() != 10 || !text.bytes().enumerate().all(shape) {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// A duration in which a lock can be renewed, and that people can wait for.
pub(super) fn parse_lock_ttl(text: &str) -> Result<Duration, String> {
    let time = parse_duration(text)?;
    if (3..=3_600).contains(&time.as_secs()) {
        Ok(time)
    } else {
        Err(String::from("a lock lasts from 3s to 1h"))
    }
}

/// `VENDOR=N`
pub(super) fn parse_allowance(text: &str) -> Result<(String, u64), String> {
    let (vendor, number) = text
        .split_once('=')
        .ok_or("write VENDOR=N, as in bitsight=12")?;
    let number = number
        .parse()
        .map_err(|_| format!("\"{number}\" is not a whole number"))?;
    Ok((vendor.to_owned(), number))
}

/// `NAME=VALUE`, a label of metrics
pub(super) fn parse_label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write NAME=VALUE, as in tenant=acme")?;
    let begins = name.starts_with(|sign: char| sign.is_ascii_alphabetic());
    if !begins || name.contains(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_') {
        return Err(format!(
            "\"{name}\" is no name of a label: write letters, digits and _"
        ));
    }
    match LABELS.contains(&name) {
        true => Err(format!(
            "the label \"{name}\" has a meaning of its own; take another name"
        )),
        false => Ok((name.to_owned(), value.to_owned())),
    }
}

/// `sha256:` and 64 lower-case hexadecimal digits
pub(super) fn parse_digest(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() == 64 && digits.bytes().all(hexadecimal) {
        Ok(text.to_owned())
    } else {
        Err(String::from(
            "write it as the plan prints it: sha256: and 64 hexadecimal digits",
        ))
    }
}
