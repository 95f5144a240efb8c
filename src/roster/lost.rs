//! The people whom a roster lists no more although its base did.
//!
//! Safety rule: a roster that lost more than a share of its people since `--base` is itself an
//! error. A file that is missing, cut or badly merged must not look like many leavers. People who
//! are still listed, as leavers too, are not lost.

use std::collections::HashSet;

use super::model::{Person, Roster};
use crate::model::email::EmailKey;

/// The share of the base's people that may go in one change.
const PERCENT: u64 = 10;
/// So many may always go, so that a small roster can lose three people in a week.
const AT_LEAST: u64 = 3;

/// How many people a change may take from a base with so many.
pub fn losses_allowed(people: usize) -> u64 {
    (people as u64 * PERCENT / 100).max(AT_LEAST)
}

/// The base's people whom the roster lists neither by their e-mail nor as a previous one.
pub fn lost<'a>(base: &'a Roster, roster: &Roster) -> Vec<&'a Person> {
    fn addresses(person: &Person) -> Vec<EmailKey<'_>> {
        let previous = person
            .previous_emails
            .iter()
            .map(|it| EmailKey::of(&it.value));
        let own = std::iter::once(EmailKey::of(&person.email.value));
        own.chain(previous).collect()
    }
    let listed: HashSet<_> = roster.people.iter().flat_map(addresses).collect();
    let people = base.people.iter();
    people
        .filter(|person| !listed.contains(&EmailKey::of(&person.email.value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::{RosterFile, parse};

    fn roster(people: &str) -> Roster {
        let text = format!("version: 1\npeople:\n{people}");
        let file = RosterFile {
            path: String::from("users.yaml"),
            folder: std::path::PathBuf::new(),
            text,
        };
        let parsed = parse(vec![file], &[]);
        assert!(parsed.is_usable(), "{:?}", parsed.diagnostics);
        parsed.roster
    }

    #[test]
    fn people_who_left_or_were_renamed_are_not_lost() {
        let base =
            roster("  - email: a@x.example\n  - email: b@x.example\n  - email: c@x.example\n");
        let now = roster(
            "  - { email: a2@x.example, previous_emails: [A@x.example] }\n  \
             - { email: b@x.example, active: false }\n",
        );
        let lost = lost(&base, &now);
        let emails: Vec<&str> = lost.iter().map(|it| &*it.email.value).collect();
        assert_eq!(emails, ["c@x.example"]);
    }

    #[test]
    fn a_tenth_may_go_and_three_always() {
        assert_eq!(
            [0, 3, 30, 39, 40, 1_000].map(losses_allowed),
            [3, 3, 3, 3, 4, 100]
        );
    }
}
