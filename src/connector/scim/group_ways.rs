//! The ways to change who is in a group, and what calls taught of them.

use std::collections::{BTreeMap, BTreeSet};

use super::Scim;
use super::setting;
use crate::http::HttpError;

/// Whether groups can be filtered by their members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum MemberFilter {
    #[default]
    Untried,
    /// It is refused, or not looked at.
    No,
    /// It is looked at; it has shown nobody yet.
    Unproved,
    /// It has shown somebody.
    Works,
}

/// A way to change who is in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GroupWay {
    /// PATCH with `path: members`; somebody leaves by a filter in the path.
    Path,
    /// PATCH without a path: people join.
    Plain,
    /// PATCH of the whole list without a path.
    Replace,
    /// PATCH of the whole list with one.
    ReplaceAt,
    /// PUT of the whole group.
    Put,
    /// PATCH with `path: members`; somebody leaves by the `value` of a `remove`, where the standard
    /// lets everybody leave.
    Values,
}

impl GroupWay {
    /// All of them, the lightest first, and the one that does most harm last.
    const ALL: [Self; 6] = [
        Self::Path,
        Self::Plain,
        Self::Replace,
        Self::ReplaceAt,
        Self::Put,
        Self::Values,
    ];

    /// Whether it writes the list of members whole.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::Replace | Self::ReplaceAt | Self::Put)
    }
}

/// The ways of one call that brings people in and others out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ways {
    pub(super) joins: GroupWay,
    pub(super) leaves: GroupWay,
}

impl Ways {
    /// One way for both.
    pub(super) fn both(way: GroupWay) -> Self {
        Self {
            joins: way,
            leaves: way,
        }
    }

    /// One call for both, where there is one.
    pub(super) fn of(joins: Option<GroupWay>, leaves: Option<GroupWay>) -> Option<Self> {
        let (joins, leaves) = (joins?, leaves?);
        let fit = joins == leaves || !joins.is_whole() && !leaves.is_whole();
        fit.then_some(Self { joins, leaves })
    }

    pub(super) fn by(self, inside: bool) -> GroupWay {
        if inside { self.joins } else { self.leaves }
    }

    /// Whether it writes the list of members whole.
    pub(super) fn is_whole(self) -> bool {
        self.joins.is_whole()
    }
}

/// What calls to groups taught in this run; each way by whether people join by it.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupWays {
    /// The last that worked.
    pub(super) works: BTreeMap<bool, GroupWay>,
    /// Those that worked at least once.
    pub(super) takes: BTreeSet<(GroupWay, bool)>,
    /// Those whose form the vendor does not take.
    pub(super) refuses: BTreeSet<(GroupWay, bool)>,
    /// Those that took out others.
    pub(super) harms: BTreeSet<(GroupWay, bool)>,
    /// Only one operation a call is taken.
    pub(super) single: bool,
    /// Members that one call takes, where it is fewer than the roster says.
    pub(super) size: Option<usize>,
}

impl Scim {
    /// The ways to try, the most promising first.
    pub(super) fn group_ways(&self, inside: bool) -> Vec<GroupWay> {
        use GroupWay::{Path, Plain, Put, Replace, ReplaceAt, Values};
        let ways = match self.settings.text(setting::PATCH) {
            Some("path") => vec![Path, ReplaceAt, Values],
            Some("plain") => vec![Plain, Replace],
            Some("off") => vec![Put],
            _ => GroupWay::ALL.to_vec(),
        };
        let none = self.known().discovered.patch == Some(false);
        let learnt = self.learnt();
        let groups = &learnt.groups;
        let first = groups.works.get(&inside).copied();
        let first = first.or(none.then_some(Put)).filter(|it| ways.contains(it));
        let rest = ways.iter().copied().filter(|way| Some(*way) != first);
        let mut all: Vec<GroupWay> = first.into_iter().chain(rest).collect();
        // Where a PATCH works, PUT comes last: it would drop what the group does not show.
        if groups.takes.iter().any(|(way, _)| *way != Put) && first != Some(Put) {
            all.retain(|way| *way != Put);
            all.extend(ways.contains(&Put).then_some(Put));
        }
        // Joining by a path is the same with and without values to leave by.
        let fits = |way: &GroupWay| match (way, inside) {
            (Values, true) | (Plain, false) => false,
            _ => ![&groups.harms, &groups.refuses]
                .iter()
                .any(|it| it.contains(&(*way, inside))),
        };
        all.retain(fits);
        all
    }

    /// Members of one call.
    pub(super) fn group_size(&self) -> usize {
        self.learnt().groups.size.unwrap_or(self.memberships.size)
    }

    /// Halves the members of a call that was refused with so many; whether that can help.
    pub(super) fn halve_group_size(&self, sent: usize) -> bool {
        let size = self.group_size().min(sent);
        self.learnt().groups.size = Some((size / 2).max(1));
        size > 1
    }
}

/// Whether a call was refused because it is too large.
pub(super) fn is_too_many(error: &HttpError) -> bool {
    const WORDS: [&str; 5] = ["too many", "too large", "at most", "maximum", "exceed"];
    let text = error.problem.to_string().to_lowercase();
    is_refusal(error)
        && (error.status() == Some(413) || WORDS.iter().any(|words| text.contains(words)))
}

/// Whether the vendor looked at the request and did not like it.
pub(super) fn is_refusal(error: &HttpError) -> bool {
    !error.is_throttled()
        && matches!(
            error.status(),
            Some(400 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 500 | 501)
        )
}

/// Whether the vendor does not take calls of that form at all.
pub(super) fn is_form(error: &HttpError) -> bool {
    !error.is_throttled() && matches!(error.status(), Some(405 | 501))
}
