//! Profiles as people are given them: by their own entry, by a team, for some days.

use std::sync::Arc;

use jiff::civil::Date;

use super::Spanned;
use crate::roster::diagnostic::Span;

/// A profile that somebody is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileGrant {
    /// The profile's name.
    pub name: Arc<str>,
    /// Where the grant stands: the name, or the entry of a team's member.
    pub span: Span,
    /// The team that gives it; `None`: the person's own entry does.
    pub team: Option<Arc<str>>,
    /// The days on which it holds; `None`: always.
    pub days: Option<Box<Days>>,
}

impl ProfileGrant {
    /// A profile in the person's own entry, without a place in any file.
    pub fn own(name: &str) -> Self {
        Self {
            name: name.into(),
            span: Span::NOWHERE,
            team: None,
            days: None,
        }
    }
}

/// A stretch of days, in UTC. Both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    /// The first day; `None`: whenever before.
    pub starts: Option<Date>,
    /// The last day; `None`: whenever after.
    pub ends: Option<Date>,
}

impl Days {
    /// Whether that day is one of them.
    pub fn hold(&self, on: Date) -> bool {
        self.starts.is_none_or(|starts| starts <= on) && self.ends.is_none_or(|ends| on <= ends)
    }

    /// The days that both have.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        let ends = [self.ends, other.ends];
        Self {
            starts: self.starts.max(other.starts),
            ends: ends.into_iter().flatten().min(),
        }
    }

    /// For a grant: nothing where every day is one of them.
    pub(in crate::roster) fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

/// One entry under `teams`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Where its name stands.
    pub span: Span,
    /// What every member is given.
    pub profiles: Vec<ProfileGrant>,
    /// Who belongs to it. Somebody may be there for more than one stretch of days.
    pub members: Vec<Member>,
}

/// One entry under `members` of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The e-mail of a person of the roster.
    pub email: Spanned<Box<str>>,
    /// What this member is given besides.
    pub profiles: Vec<ProfileGrant>,
    /// The days of the membership.
    pub days: Days,
}
