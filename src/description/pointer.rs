//! JSON pointers (RFC 6901) that run in both directions: to read what stands there, and to put it
//! there.

use std::fmt;

use serde_json::{Map, Value as Json};

/// A place in a JSON document; the empty one is the document itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pointer(Box<[Box<str>]>);

impl Pointer {
    /// Reads one; the text tells what is wrong.
    ///
    /// # Errors
    /// It does not begin with `/`, or has a `~` that is neither `~0` nor `~1`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let rest = text
            .strip_prefix('/')
            .ok_or("a pointer begins with `/`: `/profile/email`")?;
        let token = |token: &str| -> Result<Box<str>, &'static str> {
            if token.contains(['{', '}']) {
                return Err("a pointer has no `{…}` in it");
            }
            let mut text = String::with_capacity(token.len());
            let mut characters = token.chars();
            while let Some(character) = characters.next() {
                text.push(match (character, character == '~') {
                    (character, false) => character,
                    (_, true) => match characters.next() {
                        Some('0') => '~',
                        Some('1') => '/',
                        _ => return Err("in a pointer `~` is written `~0`, and `/` is `~1`"),
                    },
                });
            }
            Ok(text.into())
        };
        rest.split('/')
            .map(token)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether it is the document itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last key, as in `email` of `/profile/email`.
    pub fn last(&self) -> Option<&str> {
        self.0.last().map(|it| &**it)
    }

    /// Its keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|it| &**it)
    }

    /// Whether one of the two places is in the other, or both are one.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, two)| one == two)
    }

    /// The place of `other` below this one.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// What stands there.
    pub fn get<'j>(&self, json: &'j Json) -> Option<&'j Json> {
        self.0.iter().try_fold(json, |at, key| match at {
            Json::Object(map) => map.get(&**key),
            Json::Array(items) => items.get(index(key)?),
            _ => None,
        })
    }

    /// What stands there, to be changed.
    pub fn get_mut<'j>(&self, json: &'j mut Json) -> Option<&'j mut Json> {
        self.0.iter().try_fold(json, |at, key| match at {
            Json::Object(map) => map.get_mut(&**key),
            Json::Array(items) => items.get_mut(index(key)?),
            _ => None,
        })
    }

    /// Puts a value there; what is missing above it is made: an array where the next key is a
    /// number, else an object. What stands in the way is replaced.
    pub fn put(&self, json: &mut Json, value: Json) {
        let mut at = json;
        for key in &self.0 {
            let place = match index(key) {
                // An object that is there keeps its keys, whatever they look like.
                Some(place) if !at.is_object() => {
                    if !at.is_array() {
                        *at = Json::Array(Vec::new());
                    }
                    Some(place)
                }
                _ => None,
            };
            at = match (place, at) {
                (Some(place), Json::Array(items)) => {
                    if items.len() <= place {
                        items.resize(place + 1, Json::Null);
                    }
                    &mut items[place]
                }
                (_, at) => {
                    if !at.is_object() {
                        *at = Json::Object(Map::new());
                    }
                    &mut at[&**key]
                }
            };
        }
        *at = value;
    }

    /// Takes away what stands there, if anything does.
    pub fn remove(&self, json: &mut Json) {
        let Some((last, above)) = self.0.split_last() else {
            *json = Json::Null;
            return;
        };
        let above = Self(above.into());
        if let Some(Json::Object(map)) = above.get_mut(json) {
            map.remove(&**last);
        }
    }
}

/// The place in a list that a key is, by RFC 6901: digits without a leading zero. More than a
/// thousand is none: nobody describes such a list entry by entry.
fn index(key: &str) -> Option<usize> {
    let digits = key.bytes().all(|it| it.is_ascii_digit());
    let leading = key.len() > 1 && key.starts_with('0');
    let number = key.parse::<usize>().ok()?;
    (digits && !leading && number < 1_000).then_some(number)
}

impl fmt::Display for Pointer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &self.0 {
            write!(out, "/{}", key.replace('~', "~0").replace('/', "~1"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).expect("a pointer")
    }

    #[test]
    fn a_pointer_reads_and_writes_one_place() {
        let mut json = json!({ "a": { "b/c": [1, { "d": 2 }] } });
        assert_eq!(pointer("/a/b~1c/1/d").get(&json), Some(&json!(2)));
        assert_eq!(pointer("/a/x").get(&json), None);
        assert_eq!(pointer("").get(&json), Some(&json));
        pointer("/a/b~1c/0").put(&mut json, json!(7));
        pointer("/new/0/deep").put(&mut json, json!(true));
        let expected = json!({ "a": { "b/c": [7, { "d": 2 }] }, "new": [{ "deep": true }] });
        assert_eq!(json, expected);
        pointer("/a/b~1c").remove(&mut json);
        pointer("/nothing/here").remove(&mut json);
        assert_eq!(json, json!({ "a": {}, "new": [{ "deep": true }] }));
    }

    #[test]
    fn what_is_no_pointer_is_refused() {
        for text in ["a", "/a~2", "/a~", "/{id}", "$.a"] {
            assert!(Pointer::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn places_overlap_where_one_holds_the_other() {
        assert!(pointer("/a/b").overlaps(&pointer("/a")));
        assert!(pointer("/a").overlaps(&pointer("/a")));
        assert!(!pointer("/a/b").overlaps(&pointer("/a/c")));
        assert!(!pointer("/ab").overlaps(&pointer("/a")));
    }

    proptest! {
        #[test]
        fn what_was_put_is_got(keys in prop::collection::vec("[a-z~/0-9]{1,3}", 1..5)) {
            let text: String = keys
                .iter()
                .map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1")))
                .collect();
            let pointer = Pointer::parse(&text).unwrap();
            prop_assert_eq!(pointer.to_string(), text);
            let mut json = Json::Object(Map::new());
            pointer.put(&mut json, json!("x"));
            prop_assert_eq!(pointer.get(&json), Some(&json!("x")));
        }
    }
}
