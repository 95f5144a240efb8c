//! Keeps secrets out of every text.

mod spelled;

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

use super::call::segment;
use spelled::Plain;

/// Stands where a secret stood.
pub(super) const MASK: &str = "[secret]";

/// Texts shorter than this would mask half of every message and protect nothing.
const SHORTEST: usize = 4;

/// Layers of escapes that are read back: a page that quotes an address has two.
const LAYERS: usize = 3;

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
        if !text.contains(['&', '%', '\\']) {
            return text;
        }
        let mut plain = Plain::of(&text);
        for _ in 0..LAYERS {
            let Some(read) = plain.read_back() else {
                break;
            };
            plain = read;
            if let Some(masked) = mask_spelled(&text, &plain, &needles) {
                text = masked;
                plain = Plain::of(&text);
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

/// The text with every secret masked that it spells out; `None` if it spells none.
fn mask_spelled(text: &str, plain: &Plain, needles: &[SecretString]) -> Option<String> {
    let mut found = Vec::new();
    for needle in needles {
        let needle = needle.expose_secret().as_bytes();
        for at in memchr::memmem::find_iter(&plain.bytes, needle) {
            found.push((plain.origin[at], plain.origin[at + needle.len()]));
        }
    }
    found.sort_unstable();
    let mut masked = String::new();
    let mut done = 0;
    for (from, to) in &found {
        // Inside of another one that was longer, or that began before it.
        if *from >= done {
            masked.push_str(text.get(done..*from).unwrap_or_default());
            masked.push_str(MASK);
        }
        done = done.max(*to);
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    (!found.is_empty()).then_some(masked)
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
    fn masks_what_is_spelled_out_in_any_mix() {
        let redactor = knowing("p@ss&wörd/1");
        for form in [
            "p@ss&amp;w&#246;rd/1",
            "&#112;&#x40;&#X73;&#0115;&amp;w&#xf6;rd&sol;1",
            "p%40ss&w%c3%b6rd%2f1",
            "p@ss&amp;amp;w&amp;#246;rd/1",
            "p@ss\\u0026w\\u00f6rd/1",
            "p&commat;ss%26w\\u00f6rd&#47;1",
        ] {
            assert_eq!(
                redactor.redact(&format!("<{form}>")),
                "<[secret]>",
                "{form}"
            );
            let twice = redactor.redact(&format!("{form} é {form}"));
            assert_eq!(twice, "[secret] é [secret]", "{form}");
        }
        for harmless in ["a & b", "100 %", "&#;&#x;&;%4", "\\u12", "é&eacute;"] {
            assert_eq!(redactor.redact(harmless), harmless);
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
