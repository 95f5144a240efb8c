//! Numbers, durations, shares and days.

use std::fmt::Display;
use std::time::Duration;

use jiff::civil::Date;

use super::{Problems, raw_text, wrong_type};
use crate::model::off::Grace;
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::model::{Bound, Spanned};
use crate::roster::yaml::Node;

/// A real day of the calendar.
pub(crate) fn date(node: &Node<'_>, field: &str, problems: &mut Problems) -> Option<Spanned<Date>> {
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

/// A whole number within bounds.
pub(crate) fn count(
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
pub(crate) fn rate(
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
pub(crate) fn duration(node: &Node<'_>, field: &str, problems: &mut Problems) -> Option<Duration> {
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

/// A time in days: a whole number and `d` or `w`; at least a day, at most ten years.
pub(crate) fn days(node: &Node<'_>, field: &str, problems: &mut Problems) -> Option<Grace> {
    let text = raw_text(node, field, "a number of days", problems)?;
    let (digits, unit) = match (text.strip_suffix('d'), text.strip_suffix('w')) {
        (Some(digits), _) => (digits, 1),
        (None, Some(digits)) => (digits, 7),
        (None, None) => ("", 1),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        problems.push(
            Diagnostic::error(
                Code::NotADuration,
                node.span,
                format!("`{field}` is not a number of days"),
            )
            .help("write a whole number with its unit: `30d` or `4w`"),
        );
        return None;
    }
    let days = digits.parse::<u16>().ok();
    let days = days.and_then(|number| number.checked_mul(unit));
    match days.filter(|days| (1..=MOST_DAYS).contains(days)) {
        Some(days) => Some(Grace(days)),
        None => {
            problems.push(out_of_range(
                node,
                field,
                &"1d",
                &format_args!("{MOST_DAYS}d"),
            ));
            None
        }
    }
}

/// Ten years: more is a slip of the finger.
const MOST_DAYS: u16 = 3_650;

/// A number or a share: `300` or `10%`.
pub(crate) fn bound(node: &Node<'_>, field: &str, problems: &mut Problems) -> Option<Bound> {
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
