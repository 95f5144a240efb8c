//! People as initials and a short hash: in Markdown with `--mask`, and in every log line.
//!
//! Core: no network, no files, no clock.

use crate::model::email::EmailKey;
use sha2::{Digest as _, Sha256};

/// Initials and a short stable hash: the same person looks the same everywhere, and two people
/// with the same initials do not.
pub fn masked(email: &str) -> String {
    let key = EmailKey::of(email);
    let local = key.as_str().split('@').next().unwrap_or_default();
    let initials: String = local
        .split(['.', '_', '-', '+'])
        .filter_map(|part| part.chars().next())
        .take(3)
        .flat_map(char::to_uppercase)
        .collect();
    let hash = Sha256::digest(key.as_str().as_bytes());
    let hash: String = hash
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{initials}-{hash}")
}

/// The text with every word that may be an e-mail masked, be it encoded for a path or not.
pub fn without_emails(text: &str) -> String {
    let edge = |c: char| c.is_whitespace() || "()<>[]{}\"'`,;:=|/?&".contains(c);
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(edge) {
        let word = piece.trim_end_matches(edge);
        let bare = word.trim_end_matches(['.', '!', '?']);
        let plain = decoded(bare);
        if plain.contains('@') {
            shown.push_str(&masked(&plain));
            shown.push_str(&piece[bare.len()..]);
        } else {
            shown.push_str(piece);
        }
    }
    shown
}

/// The word without percent-encoding; as it is where that makes no text.
fn decoded(word: &str) -> String {
    if !word.contains('%') {
        return word.to_owned();
    }
    let bytes = word.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        match u8::from_str_radix(digits, 16) {
            Ok(code) if *byte == b'%' && digits.len() == 2 => {
                plain.push(code);
                at += 3;
            }
            _ => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(plain).unwrap_or_else(|_| word.to_owned())
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

    #[test]
    fn e_mails_in_a_path_are_masked_as_the_plain_ones() {
        let mask = masked("ada@example.com");
        for encoded in [
            "ada%40example.com",
            "Ada%40Example.com",
            "%61da%40example%2Ecom",
        ] {
            assert_eq!(
                without_emails(&format!("get user (GET /users/{encoded}?a=1)")),
                format!("get user (GET /users/{mask}?a=1)")
            );
        }
        // No e-mail, and no percent-encoding either.
        for other in ["100% of /a%2Fb", "%4", "%", "%zz%é"] {
            assert_eq!(without_emails(other), other);
        }
    }
}
