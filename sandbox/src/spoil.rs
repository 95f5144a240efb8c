//! Spoils one field of a JSON answer, the field chosen by number.

use serde_json::Value as Json;

/// What becomes of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoil {
    /// It is `null`.
    Null,
    /// It is not there.
    Missing,
    /// It has another type: a list of a number.
    WrongType,
    /// An unknown field stands beside it.
    Extra,
    /// It is there twice, with another value the second time.
    Twice,
}

/// The answer with its field number `nth` spoiled; fields are counted from 0 in the order of the
/// text, those of inner objects after the field that holds them. `None` if there are not so many
/// fields or if it is no JSON.
pub(super) fn spoil(text: &str, nth: usize, how: Spoil) -> Option<String> {
    let mut json: Json = serde_json::from_str(text).ok()?;
    let mut left = nth;
    if !visit(&mut json, &mut left, how) {
        return None;
    }
    let text = json.to_string();
    // No map can hold a key twice: a marker stood in for it.
    Some(text.replace(&format!("\"{MARK}"), "\""))
}

const MARK: &str = "<twice>";

/// Goes on to the field and spoils it; whether it was found.
fn visit(json: &mut Json, left: &mut usize, how: Spoil) -> bool {
    match json {
        Json::Array(items) => items.iter_mut().any(|item| visit(item, left, how)),
        Json::Object(fields) => {
            let names: Vec<String> = fields.keys().cloned().collect();
            for name in names {
                if *left == 0 {
                    match how {
                        Spoil::Null => {
                            fields.insert(name, Json::Null);
                        }
                        Spoil::Missing => {
                            fields.remove(&name);
                        }
                        Spoil::WrongType => {
                            fields.insert(name, serde_json::json!([7]));
                        }
                        Spoil::Extra => {
                            let extra = serde_json::json!({ "a": [1, null, { "b": "c" }] });
                            fields.insert(format!("newest {name}"), extra);
                        }
                        Spoil::Twice => {
                            fields.insert(format!("{MARK}{name}"), Json::from("another"));
                        }
                    }
                    return true;
                }
                *left -= 1;
                if fields
                    .get_mut(&name)
                    .is_some_and(|inner| visit(inner, left, how))
                {
                    return true;
                }
            }
            false
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_found_at_any_depth() {
        let text = r#"{"a":[{"b":1},{"c":{"d":2}}],"e":3}"#;
        for (nth, how, expected) in [
            (0, Spoil::Null, Some(r#"{"a":null,"e":3}"#)),
            (1, Spoil::Missing, Some(r#"{"a":[{},{"c":{"d":2}}],"e":3}"#)),
            (
                2,
                Spoil::WrongType,
                Some(r#"{"a":[{"b":1},{"c":[7]}],"e":3}"#),
            ),
            (4, Spoil::Missing, Some(r#"{"a":[{"b":1},{"c":{"d":2}}]}"#)),
            (5, Spoil::Null, None),
        ] {
            assert_eq!(spoil(text, nth, how).as_deref(), expected);
        }
        assert_eq!(spoil("<html>", 0, Spoil::Null), None);
    }

    #[test]
    fn a_field_twice_is_there_twice() {
        let spoiled = spoil(r#"{"a":1}"#, 0, Spoil::Twice).unwrap();
        assert_eq!(spoiled.matches("\"a\":").count(), 2, "{spoiled}");
    }
}
