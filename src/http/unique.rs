//! Refuses JSON in which an object has one key twice: which of the two counts is a matter of taste,
//! and an account must not depend on it.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Whether no object in a JSON text has one key twice.
///
/// Keys in `known` may be: a vendor is known to repeat them, and its reader says which one counts.
/// A text that is no JSON passes: whoever reads it says so better.
///
/// # Errors
/// Where the second one stands. The key is not quoted: some vendors use e-mails as keys.
pub fn unique_keys(json: &[u8], known: &[&str]) -> Result<(), String> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    match Unique(known).deserialize(&mut reader) {
        Err(error) if error.is_data() => Err(error.to_string()),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[derive(Clone, Copy)]
struct Unique<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let known = self.0.contains(&&*key);
            if !seen.insert(key) && !known {
                return Err(A::Error::custom("an object has the same key twice"));
            }
            map.next_value_seed(self)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_twice_is_found_at_any_depth_and_not_quoted() {
        for json in [
            r#"{"a@x.com": 1, "a@x.com": 2}"#,
            r#"[1, {"b": [{"a@x.com": null, "c": {}, "a@x.com": {}}]}]"#,
            // The same key, written in two ways.
            r#"{"ab": 1, "\u0061b": 2}"#,
        ] {
            let error = unique_keys(json.as_bytes(), &["status"]).unwrap_err();
            assert!(
                error.starts_with("an object has the same key twice at line 1"),
                "{error}"
            );
            assert!(!error.contains("a@x.com"), "{error}");
        }
    }

    #[test]
    fn everything_else_passes() {
        for json in [
            r#"{"a": {"a": [true, 1, -1, 1.5, "x", null]}, "A": {}}"#,
            r#"{"status": 1, "status": 2}"#,
            "[]",
            "",
            "<html>",
            r#"{"a": 1"#,
        ] {
            assert_eq!(unique_keys(json.as_bytes(), &["status"]), Ok(()), "{json}");
        }
    }
}
