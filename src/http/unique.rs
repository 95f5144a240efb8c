//! Refuses JSON in which an object has one key twice: which of the two counts is a matter of taste,
//! and an account must not depend on it.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Looks for a key that one object has twice, but for those in `known`. Whether it is JSON at all
/// is for its reader to say.
///
/// # Errors
/// Where the second one stands, without quoting it: keys may be personal data.
pub fn unique_keys(json: &[u8], known: &[&str]) -> Result<(), String> {
    UniqueKeys::default().check(json, known)
}

/// [`unique_keys`] for texts that look alike, such as the rows of a list.
///
/// Rows mostly have the same keys in the same order, and an object with the keys of one before it
/// needs no set of its own to show that none is there twice: a list costs a third.
#[derive(Debug, Default)]
pub struct UniqueKeys {
    /// At each depth, the keys of objects that were there, told apart by their first key.
    shapes: Vec<Vec<Vec<String>>>,
}

/// Shapes that are kept at one depth; what nobody's rows have is not worth more.
const MOST_SHAPES: usize = 16;

impl UniqueKeys {
    /// Looks at the next text.
    ///
    /// # Errors
    /// As [`unique_keys`].
    pub fn check(&mut self, json: &[u8], known: &[&str]) -> Result<(), String> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let unique = Unique {
            known,
            shapes: &mut self.shapes,
            depth: 0,
        };
        match unique.deserialize(&mut reader) {
            Err(error) if error.is_data() => Err(error.to_string()),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

struct Unique<'a> {
    known: &'a [&'a str],
    shapes: &'a mut Vec<Vec<Vec<String>>>,
    depth: usize,
}

impl Unique<'_> {
    fn below(&mut self) -> Unique<'_> {
        Unique {
            known: self.known,
            shapes: self.shapes,
            depth: self.depth + 1,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Unique<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

/// A key, told apart from a text by nothing but where it stands; not copied if it need not be.
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

/// The keys of one object, so far.
struct Keys<'a> {
    known: &'a [&'a str],
    /// The shapes at this depth; while an object is read, its own is taken out.
    shapes: Vec<Vec<String>>,
    /// Those of an object before it that began with the same key; then its own.
    shape: Vec<String>,
    /// So many of them were the same here.
    same: usize,
    /// Set at the first difference: everything seen here.
    seen: Option<HashSet<String>>,
    twice: bool,
}

impl Keys<'_> {
    fn take(&mut self, name: &str) {
        if self.same == 0 && self.seen.is_none() {
            let mut shapes = self.shapes.iter();
            let alike = shapes.position(|shape| shape.first().is_some_and(|it| it == name));
            self.shape = alike
                .map(|at| self.shapes.swap_remove(at))
                .unwrap_or_default();
        }
        if self.seen.is_none() && self.shape.get(self.same).is_some_and(|it| it == name) {
            self.same += 1;
            return;
        }
        let seen = self.seen.get_or_insert_with(|| {
            self.shape.truncate(self.same);
            self.shape.iter().cloned().collect()
        });
        // A known one is in the shape a second time: the next row has it twice as well, and may.
        self.twice |= !seen.insert(name.to_owned()) && !self.known.contains(&name);
        self.shape.push(name.to_owned());
    }

    /// The shapes for the objects that follow.
    fn leave(mut self) -> Vec<Vec<String>> {
        if self.shapes.len() >= MOST_SHAPES {
            self.shapes.clear();
        }
        if !self.shape.is_empty() {
            self.shapes.push(self.shape);
        }
        self.shapes
    }
}

impl<'de> Visitor<'de> for Unique<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        if self.shapes.len() <= self.depth {
            self.shapes.resize_with(self.depth + 1, Vec::new);
        }
        let mut keys = Keys {
            known: self.known,
            shapes: std::mem::take(&mut self.shapes[self.depth]),
            shape: Vec::new(),
            same: 0,
            seen: None,
            twice: false,
        };
        loop {
            let mut take = |name: &str| keys.take(name);
            if map.next_key_seed(Name(&mut take))?.is_none() {
                break;
            }
            if keys.twice {
                return Err(A::Error::custom("an object has the same key twice"));
            }
            map.next_value_seed(self.below())?;
        }
        self.shapes[self.depth] = keys.leave();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self.below())?.is_some() {}
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
            r#"[{"status": 1, "a": 2, "status": 3}, {"status": 1, "a": 2, "status": 3}]"#,
            r#"[{"a": 1, "b": 2}, {"b": 1, "a": 2}, {"a": 1}, {}, {"b": 1}]"#,
            r#"[{"a": {"x": 1, "y": 2}, "b": {"y": 1}}, {"a": {"x": 1, "y": 2}, "b": {"y": 1}}]"#,
            "[]",
            "",
            "<html>",
            r#"{"a": 1"#,
        ] {
            assert_eq!(unique_keys(json.as_bytes(), &["status"]), Ok(()), "{json}");
        }
    }
}
