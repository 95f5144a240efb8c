//! Digests: `sha256:` and 64 hexadecimal digits over a canonical form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A digest in its text form, `sha256:…`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(extend("pattern" = "^sha256:[0-9a-f]{64}$"))]
pub struct Digest(pub Box<str>);

impl Digest {
    /// The digest of a value's JSON. Struct fields come in the order of their declaration and all
    /// lists of the core are sorted, so equal values have equal digests.
    pub fn of(value: &impl Serialize) -> Self {
        // Not through a text in memory: that of a roster of a million people is half a gigabyte.
        let mut sum = std::io::BufWriter::new(Sum(Sha256::new()));
        serde_json::to_writer(&mut sum, value)
            .expect("the core's plain data has text keys only and always becomes JSON");
        let Ok(Sum(sum)) = sum.into_inner() else {
            unreachable!("adding to a sum of bytes never fails")
        };
        Self::of_sum(&sum.finalize())
    }

    /// The digest of bytes as they are.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::of_sum(&Sha256::digest(bytes))
    }

    fn of_sum(sum: &[u8]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in sum {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        Self(text.into())
    }
}

/// Bytes that are summed up instead of kept.
struct Sum(Sha256);

impl std::io::Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
