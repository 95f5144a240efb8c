//! Keeps secrets out of every text.

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

use super::call::segment;

/// Stands where a secret stood.
pub(super) const MASK: &str = "[secret]";

/// Texts shorter than this would mask half of every message and protect nothing.
const SHORTEST: usize = 4;

/// Knows the secrets of a run; clones share them.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Longest first, so that a secret inside another leaves no remains.
    needles: Arc<RwLock<Vec<SecretString>>>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor(..)")
    }
}

impl Redactor {
    /// A redactor that knows no secret yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns a secret in the forms it takes on the wire and in error texts. Secrets of fewer
    /// than 4 bytes are not learnt.
    pub fn register(&self, secret: &SecretString) {
        let text = secret.expose_secret();
        self.learn(text.to_owned());
        self.learn(segment(text));
        self.learn(segment(text).replace("%20", "+"));
        // As JSON writes it, without the quotes.
        let json = serde_json::Value::from(text).to_string();
        self.learn(json[1..json.len() - 1].to_owned());
        self.learn_encoded(text);
    }

    /// Learns the two halves of Basic credentials and the pair as the header carries it.
    pub fn register_pair(&self, user: &SecretString, password: &SecretString) {
        self.register(user);
        self.register(password);
        self.learn_encoded(&format!(
            "{}:{}",
            user.expose_secret(),
            password.expose_secret()
        ));
    }

    /// The text with every known secret masked.
    pub fn redact(&self, text: &str) -> String {
        let needles = self.needles.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = text.to_owned();
        for needle in needles.iter() {
            if text.contains(needle.expose_secret()) {
                text = text.replace(needle.expose_secret(), MASK);
            }
        }
        text
    }

    fn learn_encoded(&self, text: &str) {
        if text.len() < SHORTEST {
            return;
        }
        self.learn(STANDARD.encode(text));
        self.learn(STANDARD_NO_PAD.encode(text));
        self.learn(URL_SAFE_NO_PAD.encode(text));
    }

    fn learn(&self, needle: String) {
        if needle.len() < SHORTEST {
            return;
        }
        let mut needles = self.needles.write().unwrap_or_else(PoisonError::into_inner);
        if needles.iter().any(|known| known.expose_secret() == needle) {
            return;
        }
        let at = needles.partition_point(|known| known.expose_secret().len() >= needle.len());
        needles.insert(at, SecretString::from(needle));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knowing(secret: &str) -> Redactor {
        let redactor = Redactor::new();
        redactor.register(&SecretString::from(secret));
        redactor
    }

    #[test]
    fn masks_every_form() {
        let redactor = knowing("p@ss \"word\"/1+");
        for form in [
            "p@ss \"word\"/1+",
            "p%40ss%20%22word%22%2F1%2B",
            "p%40ss+%22word%22%2F1%2B",
            "p@ss \\\"word\\\"/1+",
            "cEBzcyAid29yZCIvMSs=",
            "cEBzcyAid29yZCIvMSs",
        ] {
            assert_eq!(redactor.redact(&format!("<{form}>")), "<[secret]>");
        }
    }

    #[test]
    fn masks_the_basic_pair() {
        let redactor = Redactor::new();
        redactor.register_pair(
            &SecretString::from("abcd-token"),
            &SecretString::from(String::new()),
        );
        assert_eq!(
            redactor.redact("Basic YWJjZC10b2tlbjo= for abcd-token"),
            "Basic [secret] for [secret]"
        );
    }

    #[test]
    fn a_secret_inside_another_leaves_no_remains() {
        let redactor = knowing("alpha");
        redactor.register(&SecretString::from("alphabeta"));
        assert_eq!(redactor.redact("alphabeta alpha"), "[secret] [secret]");
    }

    #[test]
    fn short_secrets_are_left_alone_and_debug_shows_nothing() {
        let redactor = knowing("abc");
        assert_eq!(redactor.redact("abc"), "abc");
        redactor.register(&SecretString::from("hidden-value"));
        assert_eq!(format!("{redactor:?}"), "Redactor(..)");
    }

    #[test]
    fn clones_share_what_they_learnt() {
        let redactor = Redactor::new();
        let other = redactor.clone();
        other.register(&SecretString::from("hidden-value"));
        assert_eq!(redactor.redact("hidden-value"), MASK);
    }
}
