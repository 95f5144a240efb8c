//! Members of groups against the rows of the list. Pure.

use std::collections::BTreeSet;

use crate::connector::rest::row::Row;
use crate::model::email::EmailKey;
use crate::model::fingerprint::EmailIndex;

/// So many e-mails are named when lists disagree.
const NAMED: usize = 3;

/// Who is in which group, by place in the list: two numbers for each membership.
pub(super) struct Memberships {
    /// Of the groups.
    pub(super) names: Vec<String>,
    /// Sorted pairs of a row's place and a group's.
    pairs: Vec<(u32, u32)>,
}

impl Memberships {
    pub(super) fn new(groups: Vec<(String, Vec<usize>)>) -> Self {
        let (names, members): (Vec<_>, Vec<_>) = groups.into_iter().unzip();
        let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let mut pairs = Vec::with_capacity(members.iter().map(Vec::len).sum());
        for (group, members) in members.into_iter().enumerate() {
            pairs.extend(members.into_iter().map(|row| (number(row), number(group))));
        }
        pairs.sort_unstable();
        Self { names, pairs }
    }

    pub(super) fn of(&self, row: usize) -> BTreeSet<String> {
        let from = self.pairs.partition_point(|(of, _)| (*of as usize) < row);
        let own = self.pairs[from..].iter();
        let own = own.take_while(|(of, _)| *of as usize == row);
        own.map(|(_, group)| self.names[*group as usize].clone())
            .collect()
    }
}

/// What the group of all members says against the list, in one clause.
pub(super) fn disagreement(
    rows: &[Row],
    places: &EmailIndex,
    members: &[String],
) -> Option<String> {
    let known = marks(members);
    let listed = rows.iter().filter_map(|row| row.text("username"));
    let only_listed: BTreeSet<EmailKey<'_>> = listed
        .filter(|email| !known.contains(email))
        .map(EmailKey::of)
        .collect();
    let only_member: BTreeSet<EmailKey<'_>> = members
        .iter()
        .filter(|email| !places.contains(email))
        .map(|email| EmailKey::of(email))
        .collect();
    if only_listed.is_empty() && only_member.is_empty() {
        return None;
    }
    Some(format!(
        "the list and the group `members` disagree: {} only in the list{}, {} only in the group{}",
        only_listed.len(),
        some(only_listed.iter().map(EmailKey::as_str)),
        only_member.len(),
        some(only_member.iter().map(EmailKey::as_str)),
    ))
}

pub(super) fn marks(emails: &[String]) -> EmailIndex {
    let mut marks = EmailIndex::default();
    for (place, email) in emails.iter().enumerate() {
        marks.insert(email, place);
    }
    marks
}

pub(super) fn some<'a>(emails: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = if emails.len() > NAMED { ", …" } else { "" };
    let named: Vec<&str> = emails.take(NAMED).collect();
    if named.is_empty() {
        return String::new();
    }
    format!(" ({}{more})", named.join(", "))
}
