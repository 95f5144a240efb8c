//! SCIM as it speaks: resources, list answers, PATCH bodies. Names of attributes are compared
//! without regard to letter case (RFC 7643, 2.1).

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(super) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(super) const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// A user or group, whole: what we do not know is sent back as it came.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Resource(pub(super) Map<String, Json>);

impl Resource {
    /// The body of an answer, if it is a resource with an id.
    pub(super) fn of(json: Json) -> Option<Self> {
        let Json::Object(fields) = json else {
            return None;
        };
        let resource = Self(fields);
        resource.id().is_some().then_some(resource)
    }

    /// Its id. Some servers give numbers.
    pub(super) fn id(&self) -> Option<String> {
        match self.get("id")? {
            Json::String(text) if !text.is_empty() => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// An attribute that has a value.
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        get(&self.0, name)
    }

    /// A text attribute with at least one letter.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// The weak or strong version of this very state, for `If-Match`.
    pub(super) fn version(&self) -> Option<&str> {
        get(self.get("meta")?.as_object()?, "version")?
            .as_str()
            .filter(|text| !text.is_empty())
    }

    /// The values of a multi-valued attribute: plain ones, or the `value` of complex ones. An entry
    /// without is left out.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        entries(self.get(name))
            .iter()
            .filter_map(value_of)
            .collect()
    }
}

/// The entries of a multi-valued attribute; a single one may stand without a list.
pub(super) fn entries(value: Option<&Json>) -> Vec<Json> {
    match value {
        None => Vec::new(),
        Some(Json::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
    }
}

/// What an entry of a multi-valued attribute says.
pub(super) fn value_of(entry: &Json) -> Option<String> {
    match entry {
        Json::Object(fields) => scalar(get(fields, "value").or_else(|| get(fields, "display"))?),
        other => scalar(other),
    }
}

/// A text, number or boolean as a text.
pub(super) fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// A boolean; some servers write it as a text.
pub(super) fn flag(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(flag) => Some(*flag),
        Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// An attribute by name in any letter case; `null` is no value.
pub(super) fn get<'a>(fields: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    let found = fields.get(name).or_else(|| {
        let mut fields = fields.iter();
        let (_, value) = fields.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value)
    });
    found.filter(|value| !value.is_null())
}

/// Attributes that have a value, by name in small letters: for whoever looks for thousands of them.
pub(super) fn by_name(fields: &Map<String, Json>) -> HashMap<String, &Json> {
    let there = fields.iter().filter(|(_, value)| !value.is_null());
    let named = there.map(|(key, value)| (key.to_ascii_lowercase(), value));
    named.collect()
}

/// The key under which an attribute stands already, or its proper name.
pub(super) fn key_of(fields: &Map<String, Json>, name: &str) -> String {
    let have = fields.keys().find(|key| key.eq_ignore_ascii_case(name));
    have.map_or_else(|| name.to_owned(), Clone::clone)
}

/// One answer of a list call.
#[derive(Debug)]
pub(super) struct Page {
    /// Users or groups in all, where it says so.
    pub(super) total: Option<u64>,
    /// Those of this page; of an entry that is none, what is odd about it, and the entry.
    pub(super) entries: Vec<Result<Resource, (String, Json)>>,
    /// What leads to the next page, where pages have cursors (RFC 9865).
    pub(super) next: Option<String>,
}

impl Page {
    /// Reads a list answer.
    ///
    /// # Errors
    /// What makes it unusable.
    pub(super) fn of(mut json: Json) -> Result<Self, String> {
        let fields = json.as_object_mut().ok_or("it is no list answer")?;
        let total = get(fields, "totalResults").and_then(|total| match total {
            Json::String(text) => text.parse().ok(),
            other => other.as_u64(),
        });
        let next = get(fields, "nextCursor").and_then(scalar);
        let key = match fields.contains_key("Resources") {
            true => "Resources".to_owned(),
            false => key_of(fields, "Resources"),
        };
        let listed = fields.get_mut(&key).map(Json::take);
        let entries = match listed.filter(|it| !it.is_null()) {
            Some(Json::Array(items)) => items
                .into_iter()
                .map(|item| match item {
                    Json::Object(fields) => match Resource(fields) {
                        resource if resource.id().is_some() => Ok(resource),
                        odd => Err(("it has no id".into(), Json::Object(odd.0))),
                    },
                    other => Err(("it is no object".into(), other)),
                })
                .collect(),
            // RFC 7644, 3.4.2: it may be left out when there is nothing.
            None if total == Some(0) => Vec::new(),
            None => return Err("it has no `Resources`".into()),
            Some(_) => return Err("its `Resources` are no list".into()),
        };
        Ok(Self {
            total,
            entries,
            next: next.filter(|next| !next.is_empty()),
        })
    }

    /// Those that are resources.
    pub(super) fn resources(self) -> impl Iterator<Item = Resource> {
        self.entries.into_iter().filter_map(Result::ok)
    }

    /// What tells this page from others: the ids in their order.
    pub(super) fn ids(&self) -> Vec<Option<String>> {
        let id = |entry: &Result<Resource, _>| entry.as_ref().ok().and_then(Resource::id);
        self.entries.iter().map(id).collect()
    }
}

/// The body of a PATCH.
pub(super) fn patch(operations: Vec<Json>) -> Json {
    json!({ "schemas": [PATCH_OP], "Operations": operations })
}

/// `eq` of a text, quoted as JSON (RFC 7644, 3.4.2.2).
pub(super) fn equals(attribute: &str, text: &str) -> String {
    format!("{attribute} eq {}", Json::from(text))
}

/// Everything of one list.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) resources: Vec<Resource>,
    /// Entries that are no resources: where they stand, what is odd about them, and they themselves.
    pub(super) odd: Vec<(u64, String, Json)>,
    /// How many there are by the vendor's own count.
    pub(super) counted: Option<u64>,
    /// Pages that brought something.
    pub(super) pages: u32,
    /// Why it may not be all, in one clause.
    pub(super) doubt: Option<String>,
    /// Every page is the first one again, which is so long.
    pub(super) again: Option<usize>,
}

/// The last segment of an address.
pub(super) fn last_segment(location: &str) -> Option<String> {
    let path = location.split(['?', '#']).next()?.trim_end_matches('/');
    let (_, last) = path.rsplit_once('/').unwrap_or(("", path));
    let id = decoded(last)?;
    (!id.is_empty()).then_some(id)
}

/// A path segment without its percent signs; `None` if it is no text.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_letter_case_and_null_is_nothing() {
        let json = json!({ "ID": 7, "userNAME": "a", "title": null });
        let user = Resource::of(json).unwrap();
        assert_eq!(user.id().as_deref(), Some("7"));
        assert_eq!(user.text("userName"), Some("a"));
        assert_eq!(user.get("title"), None);
        assert_eq!(key_of(&user.0, "userName"), "userNAME");
        assert!(Resource::of(json!({ "id": "" })).is_none());
    }

    #[test]
    fn entries_are_texts_or_objects_or_alone() {
        let user = json!({ "id": "1", "roles": ["a", { "value": "b" }, { "display": "c" }, {}],
            "title": "alone" });
        let user = Resource::of(user).unwrap();
        assert_eq!(user.values("roles"), ["a", "b", "c"]);
        assert_eq!(user.values("title"), ["alone"]);
    }

    #[test]
    fn a_list_may_be_empty_but_not_missing() {
        let page = |json: Json| Page::of(json).map(|page| page.entries.len());
        assert_eq!(page(json!({ "totalResults": 0 })), Ok(0));
        assert_eq!(
            page(json!({ "totalResults": "1", "resources": [{ "id": "1" }] })),
            Ok(1)
        );
        let odd = Page::of(json!({ "Resources": [null, {}, { "id": "1" }] })).unwrap();
        assert_eq!(odd.ids(), [None, None, Some("1".to_owned())]);
        for bad in [
            json!({}),
            json!([]),
            json!({ "totalResults": 3 }),
            json!({ "totalResults": 1, "Resources": "x" }),
        ] {
            assert!(page(bad).is_err());
        }
    }

    #[test]
    fn a_filter_quotes_like_json() {
        assert_eq!(equals("userName", r#"o"n\e"#), r#"userName eq "o\"n\\e""#);
    }

    #[test]
    fn a_segment_is_decoded_as_far_as_it_can_be() {
        for (text, expected) in [
            ("ada%40example.com", Some("ada@example.com")),
            ("o%27neil%20x", Some("o'neil x")),
            ("100%", Some("100%")),
            ("%zz", Some("%zz")),
            ("%ff", None),
        ] {
            assert_eq!(decoded(text).as_deref(), expected, "{text}");
        }
    }
}
