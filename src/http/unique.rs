//! Refuses JSON in which an object has one key twice: which of the two counts is a matter of taste,
//! and an account must not depend on it.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::shapes::Shapes;

/// Looks for a key that one object has twice, but for those in `known`. Whether it is JSON at all
/// is for its reader to say.
///
/// # Errors
/// Where the second one stands, without quoting it: keys may be personal data.
pub fn unique_keys(json: &[u8], known: &[&str]) -> Result<(), String> {
    UniqueKeys::default().check(json, known)
}

/// [`unique_keys`] for texts that look alike, such as the rows of a list.
#[derive(Debug, Default)]
pub struct UniqueKeys {
    shapes: Shapes,
}

impl UniqueKeys {
    /// Looks at the next text.
    ///
    /// # Errors
    /// As [`unique_keys`].
    pub fn check(&mut self, json: &[u8], known: &[&str]) -> Result<(), String> {
        if self.shapes.surely_unique(json, known) {
            return Ok(());
        }
        let mut reader = serde_json::Deserializer::from_slice(json);
        match (Unique { known }).deserialize(&mut reader) {
            Err(error) if error.is_data() => Err(error.to_string()),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// The careful way, with a set for each object.
#[derive(Clone, Copy)]
struct Unique<'a> {
    known: &'a [&'a str],
}

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

/// Whether the careful way alone lets JSON pass, for the tests that hold the quick one to it.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn carefully_unique(json: &[u8], known: &[&str]) -> bool {
    let mut reader = serde_json::Deserializer::from_slice(json);
    Unique { known }.deserialize(&mut reader).is_ok()
}

/// A key, told apart from a text by nothing but where it stands.
struct Name<'k, F>(&'k mut F);

impl<'de, F: FnMut(&str)> DeserializeSeed<'de> for Name<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de, F: FnMut(&str)> Visitor<'de> for Name<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<(), E> {
        (self.0)(name);
        Ok(())
    }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen: HashSet<String> = HashSet::new();
        let mut twice = false;
        loop {
            let mut take = |name: &str| {
                twice = !seen.insert(name.to_owned()) && !self.known.contains(&name);
            };
            if map.next_key_seed(Name(&mut take))?.is_none() {
                return Ok(());
            }
            if twice {
                return Err(A::Error::custom("an object has the same key twice"));
            }
            map.next_value_seed(self)?;
        }
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
            // Behind rows of the same shape.
            r#"[{"a": 1, "b": 2}, {"a": 1, "b": 2, "a": 3}]"#,
            r#"[{"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2, "b": 3}]"#,
            r#"[{"a": 1, "b": 2, "c": 3}, {"a": 1}, {"a": 1, "a": 2}]"#,
            r#"[{"a": 1, "b": 2}, {"b": 1, "a": 2, "b": 3}]"#,
            r#"[{"status": 1, "a": 2, "status": 3}, {"status": 1, "a": 2, "a": 3}]"#,
            r#"[{"a": {"x": 1}}, {"a": {"x": 1, "x": 2}}]"#,
            r#"[{"a\"": 1, "b": "\\", "a\"": 2}]"#,
            r#"[[[{"b": [], "c": {}, "b": 1}]]]"#,
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
    fn the_quick_way_and_the_careful_way_agree() {
        // Every text of five pairs over three keys, one of them written in two ways, in one run of
        // rows: what one row teaches must not hide what is wrong with another.
        let keys = [r#""a""#, r#""b""#, r#""\u0061""#];
        let mut quick = UniqueKeys::default();
        for number in 0..3_usize.pow(5) {
            let of = |place: u32| keys[number / 3_usize.pow(place) % 3];
            let pairs: Vec<String> = (0..2 + number % 4)
                .map(|place| format!("{}: [{{{}: {place}}}]", of(place as u32 % 5), of(4)))
                .collect();
            let text = format!("{{{}}}", pairs.join(", "));
            let mut reader = serde_json::Deserializer::from_slice(text.as_bytes());
            let careful = Unique { known: &[] }.deserialize(&mut reader);
            assert_eq!(
                quick.check(text.as_bytes(), &[]).is_ok(),
                careful.is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn many_keys_and_great_depth_are_looked_at_too() {
        let keys: Vec<String> = (0..300).map(|at| format!("\"k{at}\": 1")).collect();
        let text = format!("{{{}}}", keys.join(","));
        assert_eq!(unique_keys(text.as_bytes(), &[]), Ok(()));
        let text = format!("{{{},\"k7\": 2}}", keys.join(","));
        assert!(unique_keys(text.as_bytes(), &[]).is_err());
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(
            unique_keys(text.as_bytes(), &[]),
            Ok(()),
            "its reader refuses it"
        );
    }

    #[test]
    fn everything_else_passes() {
        for json in [
            r#"{"a": {"a": [true, 1, -1, 1.5, "x", null]}, "A": {}}"#,
            r#"{"status": 1, "status": 2}"#,
            r#"[{"status": 1, "a": 2, "status": 3}, {"status": 1, "a": 2, "status": 3}]"#,
            r#"[{"a": 1, "b": 2}, {"b": 1, "a": 2}, {"a": 1}, {}, {"b": 1}]"#,
            r#"[{"a": {"x": 1, "y": 2}, "b": {"y": 1}}, {"a": {"x": 1, "y": 2}, "b": {"y": 1}}]"#,
            r#"[{"a": "\\", "b\"": "{\"a\": 1, \"a\": 2}"}, {"a": "\"a", "b\"": 1}]"#,
            r#"{"x": [{"a": 1}, {"a": [{"a": 1}, {"a": {"x": 1}}]}], "y": "x", "z": ["y", "y"]}"#,
            "[]",
            "",
            "<html>",
            r#"{"a": 1"#,
        ] {
            assert_eq!(unique_keys(json.as_bytes(), &["status"]), Ok(()), "{json}");
        }
    }
}
