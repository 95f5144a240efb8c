//! Whether a text has an e-mail that is not known yet: a roster without one has nobody in it who is
//! news, and need not be read.

use std::collections::HashSet;

/// Lines that were read and have nobody in them, whatever addresses they have.
#[derive(Debug, Default)]
pub struct Addresses {
    lines: HashSet<Box<str>>,
}

impl Addresses {
    /// Whether some line of a text may name somebody who is not known.
    pub fn has_new(&self, text: &str, known: &impl Fn(&str) -> bool) -> bool {
        new_lines(text, known).any(|line| !self.lines.contains(line))
    }

    /// Notes the lines of a text that was read: those that speak of no person's e-mail say nothing
    /// new the next time either. (The account behind credentials, protected addresses, comments.)
    pub fn learn(&mut self, text: &str, known: &impl Fn(&str) -> bool) {
        for line in new_lines(text, known) {
            if !line.contains("email") && !self.lines.contains(line) {
                self.lines.insert(line.into());
            }
        }
    }
}

/// Lines with an address that is not known. An escape may stand for anything.
fn new_lines<'t>(text: &'t str, known: &impl Fn(&str) -> bool) -> impl Iterator<Item = &'t str> {
    let telling = |line: &&str| line.contains('@') || line.contains('\\');
    let new = move |word: &str| word.contains('\\') || (word.contains('@') && !known(bare(word)));
    let lines = text.lines().filter(telling);
    lines.filter(move |line| line.split_whitespace().any(&new))
}

/// A word without what YAML puts around it. A letter that an address can have stays, so that nothing
/// passes for an address that is a part of another one.
fn bare(word: &str) -> &str {
    word.trim_start_matches(['[', '{', '"', '('])
        .trim_end_matches([',', ']', '}', '"', ')'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(email: &str) -> bool {
        ["ada@x.com", "bob@x.com"].contains(&email)
    }

    #[test]
    fn known_addresses_are_known_however_they_are_written() {
        let addresses = Addresses::default();
        for text in [
            "people:\n  - email: ada@x.com\n",
            "  - { email: ada@x.com, previous_emails: [bob@x.com] }\n",
            "- email: \"ada@x.com\"\n  note: nothing\n",
            "no address\n",
        ] {
            assert!(!addresses.has_new(text, &known), "{text}");
        }
        for text in [
            "- email: eve@x.com\n",
            "- email: o'ada@x.com\n",
            "- email: \"\\x65ve@x.com\"\n",
            "- email: \"eve\\u0040x.com\"\n",
            "- { email: ada@x.com, previous_emails: [bob@x.com,eve@x.com] }\n",
        ] {
            assert!(addresses.has_new(text, &known), "{text}");
        }
    }

    #[test]
    fn lines_without_people_are_read_once() {
        let mut addresses = Addresses::default();
        let text = "own_account: svc@x.com\npeople:\n- email: eve@x.com\n";
        assert!(addresses.has_new(text, &known));
        addresses.learn(text, &known);
        assert!(!addresses.has_new("own_account: svc@x.com\n", &known));
        // Eve may be another person by then, or have got access.
        assert!(addresses.has_new(text, &known));
    }
}
