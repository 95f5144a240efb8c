//! Another e-mail for a person, wherever the files of a roster name them.

use super::fields::Edit;
use super::outline::{Tree, trees};
use super::{Edits, File, Lines};
use crate::import::yaml;
use crate::model::email::same_email;

/// Gives a person another e-mail in the text of a file.
///
/// The person's entry, memberships of teams and top-level `accounts` get it. The old e-mail stays among the previous ones. `None`: nothing is said of the
/// person there.
///
/// # Errors
/// Why the file cannot be changed, in one clause.
pub fn rename(text: &str, old: &str, new: &str) -> Result<Option<String>, String> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let file = File {
        lines: Lines::of(body),
        body,
    };
    let written = yaml::scalar(new).into_owned();
    let is_old = |tree: &Tree| tree.text.as_deref().is_some_and(|it| same_email(it, old));
    let mut edits = Edits::default();
    for document in trees(body)? {
        for person in document.entry("people").map_or(&[][..], Tree::items) {
            if person.entry("email").is_some_and(is_old) {
                file.change(
                    person,
                    Edit::Set(vec!["email".into()], written.clone()),
                    &mut edits,
                )?;
                let spelled = person.entry("email").and_then(|it| it.text.as_deref());
                let previous = previous(person, spelled.unwrap_or(old), new);
                file.change(person, previous, &mut edits)?;
            } else if person.entry("email").and_then(|it| it.text.as_deref()) == Some(new) {
                // The roster has the new e-mail already, and not yet that it is the same person.
                file.change(person, previous(person, old, new), &mut edits)?;
            }
        }
        let teams = document.entry("teams").map_or(&[][..], Tree::items);
        let members = teams.iter().filter_map(|team| team.entry("members"));
        for member in members.flat_map(Tree::items) {
            let email = member.entry("email").unwrap_or(member);
            if is_old(email) {
                file.replace(email, &written, &mut edits);
            }
        }
        if let Some(accounts) = document.entry("accounts") {
            file.rename_key(accounts, old, &written, &mut edits);
        }
    }
    let changed = !edits.list.is_empty();
    Ok(changed.then(|| format!("{mark}{}", edits.apply(body))))
}

/// The list of previous e-mails with the old one in it, and without the new one.
fn previous(person: &Tree, old: &str, new: &str) -> Edit {
    let there = person.entry("previous_emails").map_or(&[][..], Tree::items);
    let there = there.iter().filter_map(|it| it.text.as_deref());
    let has = there.clone().any(|it| same_email(it, old));
    let again = there.filter(|it| same_email(it, new));
    Edit::List {
        key: "previous_emails",
        take: again.map(Box::from).collect(),
        add: if has { Vec::new() } else { vec![old.into()] },
    }
}

impl File<'_> {
    fn rename_key(&self, map: &Tree, old: &str, written: &str, edits: &mut Edits) {
        for (key, place) in map.keys().zip(&map.key_starts) {
            if !same_email(key, old) {
                continue;
            }
            let start = self.lines.byte(self.body, *place);
            let rest = &self.body[start..];
            // No e-mail that a roster takes has a colon in it.
            let end = start + rest.find(':').map_or(0, |at| rest[..at].trim_end().len());
            edits.replace(start..end, written.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_that_names_the_person_is_changed() {
        let text = "people:\n  - email: Ada@x.example # hers\n    first_name: Ada\n  - { email: b@x.example }\n\
                    teams:\n  t:\n    members: [ada@x.example, { email: ada@x.example, ends: 2026-01-01 }]\n\
                    accounts:\n  ada@x.example: { wiki: {} }\n";
        let wanted = "people:\n  - email: ada.byron@x.example # hers\n    first_name: Ada\n    previous_emails: [Ada@x.example]\n  - { email: b@x.example }\n\
                      teams:\n  t:\n    members: [ada.byron@x.example, { email: ada.byron@x.example, ends: 2026-01-01 }]\n\
                      accounts:\n  ada.byron@x.example: { wiki: {} }\n";
        let renamed = rename(text, "ada@x.example", "ada.byron@x.example");
        assert_eq!(renamed.unwrap().unwrap(), wanted);
        // There and back again.
        let back = rename(wanted, "ada.byron@x.example", "ada@x.example")
            .unwrap()
            .unwrap();
        assert!(
            back.contains("previous_emails: [ada.byron@x.example]\n"),
            "{back}"
        );
        assert_eq!(rename(text, "z@x.example", "y@x.example"), Ok(None));
    }

    #[test]
    fn an_old_address_is_added_to_whoever_has_the_new_one() {
        let text = "people: [{ email: new@x.example, previous_emails: [older@x.example] }]\n";
        let renamed = rename(text, "old@x.example", "new@x.example")
            .unwrap()
            .unwrap();
        assert_eq!(
            renamed,
            "people: [{ email: new@x.example, previous_emails: [older@x.example, old@x.example] }]\n"
        );
        assert_eq!(rename(&renamed, "old@x.example", "new@x.example"), Ok(None));
    }
}
