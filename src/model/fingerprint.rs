//! Which of many texts were seen, and where, without keeping the texts.
//!
//! Core: no network, no files, no clock.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hash, Hasher, RandomState};

use crate::model::email::EmailKey;

/// The places of texts, by a fingerprint of each.
///
/// A fingerprint takes 12 bytes where a text in a set takes a hundred. It has 96 bits under a key
/// drawn by chance: of a million texts two are alike in one run of 10^17,
/// and nobody who does not know the key can bring it about.
#[derive(Debug, Default)]
pub(crate) struct FingerprintIndex {
    places: HashMap<Fingerprint, u32, BuildHasherDefault<AsItIs>>,
    keys: (RandomState, RandomState),
}

impl FingerprintIndex {
    /// Notes where a text stands; returns where it stood before.
    pub(crate) fn insert(&mut self, text: &str, place: usize) -> Option<usize> {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let before = self.places.insert(self.fingerprint(text), place);
        before.map(|place| place as usize)
    }

    /// Where it stands.
    pub(crate) fn get(&self, text: &str) -> Option<usize> {
        self.places
            .get(&self.fingerprint(text))
            .map(|place| *place as usize)
    }

    /// Whether it was seen.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.places.contains_key(&self.fingerprint(text))
    }

    /// Different texts seen.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    fn fingerprint(&self, text: &str) -> Fingerprint {
        let (one, other) = &self.keys;
        let hash = one.hash_one(text);
        Fingerprint([
            hash as u32,
            (hash >> 32) as u32,
            other.hash_one(text) as u32,
        ])
    }
}

/// The same for e-mails, in whatever spelling (roster rule 5).
#[derive(Debug, Default)]
pub(crate) struct EmailIndex(FingerprintIndex);

impl EmailIndex {
    /// As [`FingerprintIndex::insert`].
    pub(crate) fn insert(&mut self, email: &str, place: usize) -> Option<usize> {
        self.0.insert(EmailKey::of(email).as_str(), place)
    }

    /// As [`FingerprintIndex::get`].
    pub(crate) fn get(&self, email: &str) -> Option<usize> {
        self.0.get(EmailKey::of(email).as_str())
    }

    /// As [`FingerprintIndex::contains`].
    pub(crate) fn contains(&self, email: &str) -> bool {
        self.0.contains(EmailKey::of(email).as_str())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fingerprint([u32; 3]);

impl Hash for Fingerprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [low, high, _] = self.0;
        state.write_u64(u64::from(high) << 32 | u64::from(low));
    }
}

/// Takes a fingerprint as it is: it is a hash already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_and_the_later_place_counts() {
        let mut index = FingerprintIndex::default();
        for at in 0..5_000 {
            assert_eq!(index.insert(&format!("id-{at}"), at), None);
        }
        assert_eq!(index.len(), 5_000);
        assert!((0..5_000).all(|at| index.get(&format!("id-{at}")) == Some(at)));
        assert_eq!(index.insert("id-7", 9), Some(7));
        assert_eq!(index.get("id-7"), Some(9));
        assert!(!index.contains("ID-7") && !index.contains(""));
    }

    #[test]
    fn spellings_of_one_email_are_one() {
        let mut emails = EmailIndex::default();
        for email in [
            "Ada@Example.com",
            " ada@example.COM ",
            "ada@bücher.example",
            "ADA@xn--BCHER-kva.example",
        ] {
            emails.insert(email, 0);
        }
        assert_eq!(emails.0.len(), 2);
        assert!(emails.contains("ADA@example.com") && emails.contains("Ada@BÜCHER.example"));
        assert_eq!(emails.get("eve@example.com"), None);
    }

    #[test]
    fn a_fingerprint_takes_sixteen_bytes_with_its_place() {
        assert_eq!(size_of::<(Fingerprint, u32)>(), 16);
    }
}
