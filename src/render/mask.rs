//! People shown as initials and a short hash, for pages that more eyes see than the roster.

use sha2::{Digest as _, Sha256};

use crate::reconcile::account::email_key;
use crate::vendor::spec::{FromPerson, VendorSpec};

/// Initials and a short stable hash: the same person looks the same everywhere, and two people
/// with the same initials do not.
pub(super) fn masked(email: &str) -> String {
    let key = email_key(email);
    let local = key.split('@').next().unwrap_or_default();
    let initials: String = local
        .split(['.', '_', '-', '+'])
        .filter_map(|part| part.chars().next())
        .take(3)
        .flat_map(char::to_uppercase)
        .collect();
    let hash = Sha256::digest(key.as_bytes());
    let hash: String = hash
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{initials}-{hash}")
}

/// The text with every word that may be an e-mail masked.
pub(super) fn without_emails(text: &str) -> String {
    let edge = |c: char| c.is_whitespace() || "()<>[]{}\"'`,;:=|/".contains(c);
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(edge) {
        let word = piece.trim_end_matches(edge);
        let bare = word.trim_end_matches(['.', '!', '?']);
        if bare.contains('@') {
            shown.push_str(&masked(bare));
            shown.push_str(&piece[bare.len()..]);
        } else {
            shown.push_str(piece);
        }
    }
    shown
}

/// Whether an attribute holds a person's name.
pub(super) fn is_name(spec: Option<&VendorSpec>, attribute: &str) -> bool {
    let from = spec
        .and_then(|spec| spec.attribute(attribute))
        .and_then(|it| it.from_person);
    matches!(
        from,
        Some(FromPerson::FirstName | FromPerson::LastName | FromPerson::FullName)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_stable_and_tells_people_apart() {
        assert_eq!(
            masked("Ada.Lovelace@example.com"),
            masked(" ada.lovelace@EXAMPLE.com")
        );
        assert!(masked("ada.lovelace@example.com").starts_with("AL-"));
        assert_ne!(
            masked("ada.lovelace@example.com"),
            masked("alan.lee@example.com")
        );
    }

    #[test]
    fn e_mails_inside_a_text_are_masked() {
        let mask = masked("ada@example.com");
        assert_eq!(
            without_emails("the account 7 (ada@example.com) is \"ada@example.com\", not me."),
            format!("the account 7 ({mask}) is \"{mask}\", not me.")
        );
        assert_eq!(
            without_emails("ask ada@example.com."),
            format!("ask {mask}.")
        );
    }
}
