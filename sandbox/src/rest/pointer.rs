//! JSON pointers, for reading and for writing.
//! <https://www.rfc-editor.org/rfc/rfc6901>

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A place in a JSON document.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pointer(Vec<String>);

impl Pointer {
    /// What stands there.
    pub(super) fn of<'j>(&self, json: &'j Value) -> Option<&'j Value> {
        self.0.iter().try_fold(json, |at, key| match at {
            Value::Object(map) => map.get(key),
            Value::Array(list) => list.get(key.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Puts a value there, and whatever has to be above it. A key of digits makes a list where
    /// nothing is yet.
    pub(super) fn put(&self, json: &mut Value, value: Value) {
        let Some((first, rest)) = self.0.split_first() else {
            *json = value;
            return;
        };
        let below = Self(rest.to_vec());
        if let (Ok(place), false) = (first.parse::<usize>(), json.is_object()) {
            if !json.is_array() {
                *json = Value::Array(Vec::new());
            }
            if let Value::Array(list) = json {
                while list.len() <= place {
                    list.push(Value::Null);
                }
                below.put(&mut list[place], value);
            }
            return;
        }
        if !json.is_object() {
            *json = Value::Object(Map::new());
        }
        if let Value::Object(map) = json {
            below.put(map.entry(first).or_insert(Value::Null), value);
        }
    }

    /// Takes out what stands there, and every object above it that is empty then.
    pub(super) fn take(&self, json: &mut Value) -> Option<Value> {
        let (first, rest) = self.0.split_first()?;
        let inside = |inner: &mut Value| {
            let taken = Self(rest.to_vec()).take(inner)?;
            let is_left = match inner {
                Value::Object(map) => !map.is_empty(),
                Value::Array(items) => !items.is_empty(),
                _ => true,
            };
            Some((taken, is_left))
        };
        match json {
            Value::Object(map) if rest.is_empty() => map.remove(first),
            Value::Object(map) => {
                let (taken, is_left) = inside(map.get_mut(first)?)?;
                if !is_left {
                    map.remove(first);
                }
                Some(taken)
            }
            Value::Array(items) => {
                let at: usize = first.parse().ok()?;
                let (taken, is_left) = match rest.is_empty() {
                    true => (items.get_mut(at)?.take(), false),
                    false => inside(items.get_mut(at)?)?,
                };
                if !is_left {
                    items.remove(at);
                }
                Some(taken)
            }
            _ => None,
        }
    }

    /// Whether it is the document itself.
    pub(super) fn is_whole(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(Self::default());
        }
        let Some(rest) = text.strip_prefix('/') else {
            return Err(serde::de::Error::custom(format!("{text:?} is no pointer")));
        };
        let key = |it: &str| it.replace("~1", "/").replace("~0", "~");
        Ok(Self(rest.split('/').map(key).collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pointer(text: &str) -> Pointer {
        serde_json::from_value(json!(text)).unwrap()
    }

    #[test]
    fn a_place_is_read_written_and_emptied() {
        let mut json = json!({});
        pointer("/a/b~1c").put(&mut json, json!(1));
        pointer("/list/1").put(&mut json, json!("x"));
        assert_eq!(json, json!({ "a": { "b/c": 1 }, "list": [null, "x"] }));
        assert_eq!(pointer("/list/1").of(&json), Some(&json!("x")));
        assert_eq!(pointer("/a/b~1c").take(&mut json), Some(json!(1)));
        assert_eq!(json, json!({ "list": [null, "x"] }));
        assert_eq!(pointer("").of(&json), Some(&json));
    }
}
