//! Keeps secrets out of every text.

mod spelled;

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};

use super::call::segment;
use spelled::Unescaped;

/// Stands where a secret stood.
pub(super) const MASK: &str = "[secret]";

/// Texts shorter than this would mask half of every message and protect nothing.
const SHORTEST: usize = 4;

/// Layers of escapes that are read back: a page that quotes an address has two.
const LAYERS: usize = 3;

/// Knows the secrets of a run; clones share them.
#[derive(Clone, Default)]
pub struct Redactor {
    needles: Arc<RwLock<Needles>>,
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
        let found = needles.find(text.as_bytes());
        let mut text = masked(text, &found).unwrap_or_else(|| text.to_owned());
        if !text.contains(['&', '%', '\\']) {
            return text;
        }
        let mut plain = Unescaped::of(&text);
        for _ in 0..LAYERS {
            let Some(read) = plain.read_back() else {
                break;
            };
            plain = read;
            let origin = |at: usize| plain.origin[at];
            let found = needles.find(&plain.bytes).into_iter();
            let mut found: Vec<_> = found.map(|(from, to)| (origin(from), origin(to))).collect();
            found.sort_unstable();
            if let Some(masked) = masked(&text, &found) {
                text = masked;
                plain = Unescaped::of(&text);
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
        let mut needles = self.needles.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(head) = needle.as_bytes().first_chunk() {
            needles.heads.insert(*head);
            needles.all.insert(Needle(SecretString::from(needle)));
        }
    }
}

/// What to look for. Thousands of vendors have as many secrets, which may all begin alike: a text is
/// not searched for each of them.
#[derive(Default)]
struct Needles {
    all: BTreeSet<Needle>,
    /// What they begin with.
    heads: HashSet<[u8; SHORTEST]>,
}

impl Needles {
    /// Where secrets begin and end in these bytes; of those that begin at one place the longest.
    fn find(&self, bytes: &[u8]) -> Vec<(usize, usize)> {
        let heads = bytes.windows(SHORTEST).enumerate();
        let known = heads.filter(|(_, head)| self.heads.contains(*head));
        known
            .filter_map(|(at, _)| Some((at, at + self.longest(&bytes[at..])?)))
            .collect()
    }

    /// The length of the longest secret that these bytes begin with.
    fn longest(&self, bytes: &[u8]) -> Option<usize> {
        let mut bytes = bytes;
        loop {
            // Every secret that begins the bytes sorts before them, and before longer ones of its kind.
            let until = (Bound::Unbounded, Bound::Included(bytes));
            let known: &[u8] = self.all.range::<[u8], _>(until).next_back()?.borrow();
            let pairs = bytes.iter().zip(known);
            let same = pairs.take_while(|(one, other)| one == other).count();
            if same == known.len() {
                return Some(same);
            }
            bytes = &bytes[..same];
        }
    }
}

/// A secret among others, in the order of its bytes.
struct Needle(SecretString);

impl Borrow<[u8]> for Needle {
    fn borrow(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

impl Ord for Needle {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.expose_secret().cmp(other.0.expose_secret())
    }
}

impl PartialOrd for Needle {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Needle {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Needle {}

/// The text with what was found masked, which is in order; `None` if nothing was.
fn masked(text: &str, found: &[(usize, usize)]) -> Option<String> {
    let mut masked = String::new();
    let mut done = 0;
    for (from, to) in found {
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
    fn of_secrets_that_overlap_or_begin_alike_nothing_remains() {
        let redactor = Redactor::new();
        for secret in ["alpha-1", "alpha-12", "alpha-123-x", "12-beta"] {
            redactor.register(&SecretString::from(secret));
        }
        for (text, expected) in [
            ("alpha-1", "[secret]"),
            ("alpha-13", "[secret]3"),
            ("alpha-123-y", "[secret]3-y"),
            ("alpha-12-beta!", "[secret]!"),
            ("alpha-", "alpha-"),
        ] {
            assert_eq!(redactor.redact(text), expected, "{text}");
        }
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
