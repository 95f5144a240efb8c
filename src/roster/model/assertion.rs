//! `assert`: what has to hold of the planned end state. A small, closed set of rules.

use std::fmt;

use crate::roster::diagnostic::Span;

/// One entry under `assert`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Where its key stands.
    pub span: Span,
    /// The same for people: `users.yaml:12:5`.
    pub place: Box<str>,
    /// What has to hold.
    pub rule: Rule,
}

/// What has to hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum Rule {
    /// People with the rights of an administrator at a vendor after the plan.
    Admins {
        /// The vendor.
        vendor: Box<str>,
        /// So many or more.
        at_least: Option<u64>,
        /// So many or fewer.
        at_most: Option<u64>,
    },
    /// Active accounts at a vendor after the plan.
    Seats {
        /// The vendor.
        vendor: Box<str>,
        /// So many or fewer.
        at_most: u64,
    },
    /// The domains of people with an account.
    Domains {
        /// At this vendor; `None`: anywhere.
        vendor: Option<Box<str>>,
        /// In small letters, sorted.
        only: Vec<Box<str>>,
    },
    /// Nobody holds both.
    NeverBoth {
        /// One thing.
        first: Holding,
        /// The other.
        second: Holding,
    },
    /// Everybody with an account has this field.
    Has {
        /// The field.
        field: Field,
    },
}

/// As one writes it in a roster.
impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |key: &str, number: &Option<u64>| number.map(|it| format!("{key}: {it}"));
        let at = |vendor: &str| Some(format!("vendor: {vendor}"));
        let holding = |key: &str, it: &Holding| {
            let Holding {
                vendor,
                attribute,
                value,
            } = it;
            Some(format!(
                "{key}: {{ vendor: {vendor}, attribute: {attribute}, value: {value} }}"
            ))
        };
        let (name, parts) = match self {
            Self::Admins {
                vendor,
                at_least,
                at_most,
            } => {
                let numbers = [number("at_least", at_least), number("at_most", at_most)];
                ("admins", [at(vendor)].into_iter().chain(numbers).collect())
            }
            Self::Seats { vendor, at_most } => (
                "seats",
                vec![at(vendor), number("at_most", &Some(*at_most))],
            ),
            Self::Domains { vendor, only } => {
                let only = Some(format!("only: [{}]", only.join(", ")));
                ("domains", vec![vendor.as_deref().and_then(at), only])
            }
            Self::NeverBoth { first, second } => {
                let both = vec![holding("first", first), holding("second", second)];
                ("never_both", both)
            }
            Self::Has { field } => ("has", vec![Some(format!("field: {}", field.as_str()))]),
        };
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        write!(out, "{name}: {{ {} }}", parts.join(", "))
    }
}

/// An attribute of an account with a value: the value itself, or a list that has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Holding {
    /// The vendor.
    pub vendor: Box<str>,
    /// The attribute's roster name.
    pub attribute: Box<str>,
    /// A text, `true` or `false`.
    pub value: Box<str>,
}

/// A field of a person that an assertion can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[expect(missing_docs, reason = "the variants are the keys of a person")]
pub enum Field {
    FirstName,
    LastName,
    JobTitle,
    Company,
}

impl Field {
    /// Its key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::JobTitle => "job_title",
            Self::Company => "company",
        }
    }
}
