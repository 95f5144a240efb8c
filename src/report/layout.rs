//! Small pieces that plan and report share: signs, counts, columns, groups, wrapping.

use std::collections::HashMap;
use std::hash::Hash;

use super::sanitize::line;
use super::style::{Painted, Style, Tone};
use crate::model::action::{Action, ActionKind};
use crate::model::email::same_email;

/// The widest that a column gets; what is longer pushes its own line only.
const COLUMN: usize = 40;

/// The sign before an action. ASCII, and never two that look alike.
pub(super) fn sign(kind: ActionKind) -> char {
    match kind {
        ActionKind::Create => '+',
        ActionKind::Update => '~',
        ActionKind::Deactivate => '-',
        ActionKind::Reactivate => '^',
        ActionKind::Delete => '!',
    }
}

/// `- deactivate`, as wide as the longest.
pub(super) fn verb(kind: ActionKind, style: Style) -> Painted<String> {
    let text = format!("{} {:<10}", sign(kind), kind.as_str());
    style.paint(kind.into(), text)
}

/// Whom an action concerns. Where the account goes by another e-mail, both are told, unless the
/// action's changes tell it.
pub(super) fn person(action: &Action) -> String {
    let email = name_of(&action.email, action.id.as_deref());
    match &action.account_email {
        Some(account) if !same_email(account, &action.email) && action.after("email").is_none() => {
            format!("{email} (account {})", line(account))
        }
        Some(_) | None => email,
    }
}

/// The e-mail; the id where the vendor gave no e-mail.
pub(super) fn name_of(email: &str, id: Option<&str>) -> String {
    match (email.trim().is_empty(), id) {
        (false, _) => line(email),
        (true, Some(id)) => format!("(no e-mail) id {}", line(id)),
        (true, None) => String::from("(no e-mail)"),
    }
}

/// The width of a column that aligns these texts, but for a few that are too long for it.
pub(super) fn column<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> usize {
    texts
        .into_iter()
        .map(|text| width(text.as_ref()))
        .filter(|width| *width <= COLUMN)
        .max()
        .unwrap_or(0)
}

/// Columns of a text that is safe to show, counted in characters: exact but for East Asian wide ones.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// `1 account`, `2 accounts`.
pub(super) fn counted(count: usize, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {one}{s}")
}

/// `under 1 s`, `42 s`, `1 min 24 s`, `2 h 5 min`.
pub(super) fn duration(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, 0) => String::from("under 1 s"),
        (0, 0, rest) => format!("{rest} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, rest) => format!("{minutes} min {rest} s"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// Items that share a key side by side, in the order in which each key came first.
pub(super) fn groups<T, K: Eq + Hash + Clone>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> Vec<(K, Vec<T>)> {
    let mut found: Vec<(K, Vec<T>)> = Vec::new();
    let mut at: HashMap<K, usize> = HashMap::new();
    for item in items {
        let key = key(&item);
        let index = *at.entry(key.clone()).or_insert(found.len());
        match found.get_mut(index) {
            Some((_, group)) => group.push(item),
            None => found.push((key, vec![item])),
        }
    }
    found
}

/// The text in lines of at most `columns`, broken at spaces; a word that is longer stays whole.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let long = width(word);
        if used > 0 && used + 1 + long > columns {
            lines.push(String::new());
            used = 0;
        }
        let Some(line) = lines.last_mut() else { break };
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += long;
    }
    lines
}

/// `Held (2): kept back by a safety rule`, after an empty line.
pub(super) fn heading(title: &str, count: usize, what: &str, style: Style) -> String {
    format!(
        "\n{}: {what}\n",
        style.paint(Tone::Head, format!("{title} ({count})"))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_at_a_glance() {
        let shown: Vec<String> = [0, 59, 60, 84, 3600, 7500].map(duration).into();
        assert_eq!(
            shown,
            [
                "under 1 s",
                "59 s",
                "1 min",
                "1 min 24 s",
                "1 h",
                "2 h 5 min"
            ]
        );
    }

    #[test]
    fn wrapping_loses_no_word_and_breaks_none() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a waytoolongword b", 4), ["a", "waytoolongword", "b"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn groups_keep_the_order_of_first_sight() {
        let found = groups([3, 1, 4, 1, 5, 3], |n| n % 2 == 0);
        assert_eq!(found, [(false, vec![3, 1, 1, 5, 3]), (true, vec![4])]);
    }
}
