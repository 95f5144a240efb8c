//! Digests: `sha256:` and 64 hexadecimal digits over a canonical form.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A digest in its text form, `sha256:…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub Box<str>);

impl Digest {
    /// The digest of a value's JSON. Struct fields come in the order of their declaration and all
    /// lists of the core are sorted, so equal values have equal digests.
    pub fn of(value: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(value)
            .expect("the core's plain data has text keys only and always becomes JSON");
        Self::of_bytes(&bytes)
    }

    /// The digest of bytes as they are.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in Sha256::digest(bytes) {
            text.push_str(&format!("{byte:02x}"));
        }
        Self(text.into())
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
