//! A description, read by this crate's own means: libyaml and serde, where the program has events with
//! positions. What the program refuses is not refused here again; a key that is unknown is.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::pointer::Pointer;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(rename = "connector")]
    pub(super) _version: u64,
    #[serde(rename = "title")]
    pub(super) _title: String,
    #[serde(rename = "docs", default)]
    pub(super) _docs: Value,
    #[serde(rename = "rights")]
    pub(super) _rights: String,
    #[serde(rename = "base_url", default)]
    pub(super) _base_url: Value,
    #[serde(deserialize_with = "one_or_many")]
    pub(super) auth: Vec<Auth>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Value>,
    pub(super) content_type: Option<String>,
    #[serde(default)]
    pub(super) settings: BTreeMap<String, Value>,
    #[serde(rename = "self")]
    pub(super) own: Option<Own>,
    #[serde(rename = "limits", default)]
    pub(super) _limits: Value,
    #[serde(rename = "read_lag", default)]
    pub(super) _read_lag: Value,
    pub(super) users: Users,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) groups: Option<Groups>,
    #[serde(default)]
    pub(super) secret: Vec<Pointer>,
    #[serde(default)]
    pub(super) errors: Vec<Pointer>,
}

/// One way to authenticate.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Auth {
    Bearer(String),
    Basic(Vec<String>),
    Header(BTreeMap<String, String>),
    ClientCredentials(ClientCredentials),
    Login(Login),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientCredentials {
    pub(super) post: String,
    pub(super) scope: Option<String>,
    pub(super) auth: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    pub(super) post: String,
    pub(super) send: BTreeMap<Pointer, Value>,
    pub(super) token: Place,
    #[serde(rename = "use")]
    pub(super) with: BTreeMap<String, String>,
    #[serde(rename = "minutes", default)]
    pub(super) _minutes: Value,
}

/// In the body or in a header.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Place {
    Body(Pointer),
    Header(InHeader),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InHeader {
    pub(super) header: String,
    pub(super) rel: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Own {
    pub(super) get: Option<String>,
    pub(super) login: Option<Pointer>,
    pub(super) email: Option<Pointer>,
    pub(super) id: Option<Pointer>,
    pub(super) account: Option<bool>,
    #[serde(default)]
    pub(super) nobody: Vec<u16>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Users {
    pub(super) id: Pointer,
    pub(super) email: Option<EmailAt>,
    pub(super) login: Option<Pointer>,
    #[serde(default, deserialize_with = "one_or_many")]
    pub(super) active: Vec<Condition>,
    pub(super) shield: Option<Shield>,
    pub(super) list: List,
    pub(super) get: Option<One>,
    pub(super) find: Option<Find>,
    pub(super) create: Option<Call>,
    pub(super) update: Option<Call>,
    pub(super) deactivate: Option<Call>,
    pub(super) reactivate: Option<Call>,
    pub(super) delete: Option<Call>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum EmailAt {
    Plain(Pointer),
    Entry(EmailEntry),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EmailEntry {
    pub(super) at: Pointer,
    #[serde(rename = "where", default)]
    pub(super) filter: BTreeMap<Pointer, Value>,
    pub(super) take: Option<Pointer>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
    pub(super) at: Pointer,
    #[serde(default)]
    pub(super) active: Vec<Value>,
    #[serde(default)]
    pub(super) inactive: Vec<Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shield {
    pub(super) at: Pointer,
    pub(super) is: Vec<Value>,
    pub(super) what: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    pub(super) get: String,
    #[serde(default)]
    pub(super) query: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) items: Pointer,
    pub(super) page: Option<Page>,
    pub(super) total: Option<Total>,
    #[serde(rename = "whole", default)]
    pub(super) _whole: bool,
    #[serde(rename = "walk", default)]
    pub(super) _walk: Value,
    pub(super) truncated: Option<Pointer>,
    pub(super) each: Option<String>,
    #[serde(default)]
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Page {
    Offset {
        offset: String,
        limit: String,
        size: usize,
        first: Option<usize>,
    },
    #[serde(rename = "page")]
    Number {
        page: String,
        limit: String,
        size: usize,
        first: Option<usize>,
    },
    Cursor {
        cursor: String,
        at: Place,
        limit: Option<String>,
        size: Option<usize>,
    },
    Link {
        at: Place,
        limit: Option<String>,
        size: Option<usize>,
    },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Total {
    Body(Pointer),
    Header(TotalHeader),
    Head(TotalHead),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TotalHeader {
    pub(super) header: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TotalHead {
    pub(super) head: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    #[serde(default)]
    pub(super) query: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) implies: BTreeMap<Pointer, Value>,
    #[serde(rename = "doubles", default)]
    pub(super) _doubles: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct One {
    pub(super) get: String,
    #[serde(default)]
    pub(super) query: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) item: Pointer,
    pub(super) missing: Option<Vec<u16>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Find {
    pub(super) get: Option<String>,
    #[serde(default)]
    pub(super) query: BTreeMap<String, Value>,
    pub(super) items: Option<Pointer>,
    #[serde(default)]
    pub(super) item: Pointer,
    pub(super) then: Option<String>,
    pub(super) missing: Option<Vec<u16>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    pub(super) post: Option<String>,
    pub(super) put: Option<String>,
    pub(super) patch: Option<String>,
    pub(super) delete: Option<String>,
    #[serde(default)]
    pub(super) query: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) at: Pointer,
    #[serde(default)]
    pub(super) send: BTreeMap<Pointer, Value>,
    pub(super) body: Option<String>,
    #[serde(default)]
    pub(super) drop: Vec<Pointer>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) form: bool,
    #[serde(default)]
    pub(super) email: bool,
    #[serde(default)]
    pub(super) done: Vec<u16>,
    #[serde(rename = "caution", default)]
    pub(super) _caution: Value,
}

/// An attribute: where it is, and what is there.
#[derive(Debug, Clone, Default)]
pub(super) struct Attribute {
    pub(super) at: Option<Pointer>,
    pub(super) write: Option<Pointer>,
    pub(super) kind: Kind,
    pub(super) values: BTreeMap<String, Value>,
    pub(super) each: Option<Pointer>,
    pub(super) one: bool,
    pub(super) entry: Option<(BTreeMap<Pointer, Value>, Pointer)>,
    pub(super) key: Pointer,
    pub(super) value: Pointer,
    pub(super) fixed: Option<Fixed>,
    pub(super) sends_all: bool,
    pub(super) of_groups: bool,
    pub(super) mode: Mode,
    pub(super) required: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    #[default]
    Text,
    Flag,
    Number,
    Choice,
    Set,
    Flags,
    Email,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    #[default]
    Changing,
    Create,
    Fixed,
    Write,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fixed {
    pub(super) at: Pointer,
    pub(super) is: Vec<Value>,
}

/// A key that is a text, however it looks.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Word(String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Value::deserialize(from).map(|it| Self(as_text(&it)))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AttributeText {
    Plain(Pointer),
    Full(Box<AttributeKeys>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeKeys {
    at: Option<Pointer>,
    write: Option<Pointer>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    #[serde(default)]
    values: BTreeMap<Word, Value>,
    each: Option<Pointer>,
    #[serde(default)]
    one: bool,
    #[serde(rename = "where")]
    filter: Option<BTreeMap<Pointer, Value>>,
    take: Option<Pointer>,
    key: Option<Pointer>,
    value: Option<Pointer>,
    send: Option<String>,
    of: Option<String>,
    fixed: Option<Fixed>,
    mode: Option<Mode>,
    required: Option<String>,
    // What tells nothing about the vendor's side.
    #[serde(rename = "from", default)]
    _from: Value,
    #[serde(rename = "default", default)]
    _default: Value,
    #[serde(rename = "rights", default)]
    _rights: Value,
    #[serde(rename = "admin", default)]
    _admin: Value,
    #[serde(rename = "caution", default)]
    _caution: Value,
    #[serde(rename = "doc", default)]
    _doc: Value,
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match AttributeText::deserialize(from)? {
            AttributeText::Plain(at) => Self {
                at: Some(at),
                ..Self::default()
            },
            AttributeText::Full(keys) => Self {
                kind: keys.kind.unwrap_or(match keys.values.is_empty() {
                    true => Kind::Text,
                    false => Kind::Choice,
                }),
                at: keys.at,
                write: keys.write,
                values: keys
                    .values
                    .into_iter()
                    .map(|(word, it)| (word.0, it))
                    .collect(),
                each: keys.each,
                one: keys.one,
                entry: keys.filter.zip(keys.take),
                key: keys.key.unwrap_or_default(),
                value: keys.value.unwrap_or_default(),
                fixed: keys.fixed,
                sends_all: keys.send.as_deref() == Some("all"),
                of_groups: keys.of.is_some(),
                mode: keys.mode.unwrap_or_default(),
                required: keys.required.is_some(),
            },
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Groups {
    pub(super) id: Option<Pointer>,
    pub(super) name: Option<Pointer>,
    pub(super) list: List,
    pub(super) members: Option<Members>,
    pub(super) add: Option<Call>,
    pub(super) remove: Option<Call>,
    #[serde(rename = "managed", default)]
    pub(super) _managed: Vec<String>,
}

/// Members: in the group at `at`, or in a list of their own.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Members {
    Inside(Inside),
    Listed(Box<Listed>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inside {
    pub(super) at: Pointer,
    #[serde(default)]
    pub(super) user: Pointer,
}

#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    pub(super) user: Pointer,
    #[serde(flatten)]
    pub(super) list: ListOfMembers,
}

/// The keys of a list, beside others of a map.
#[derive(Debug, Deserialize)]
pub(super) struct ListOfMembers {
    get: String,
    #[serde(default)]
    query: BTreeMap<String, Value>,
    #[serde(default)]
    items: Pointer,
    page: Option<Page>,
    total: Option<Total>,
    truncated: Option<Pointer>,
}

impl ListOfMembers {
    /// The list.
    pub(super) fn list(&self) -> List {
        List {
            get: self.get.clone(),
            query: self.query.clone(),
            items: self.items.clone(),
            page: self.page.clone(),
            total: self.total.clone(),
            truncated: self.truncated.clone(),
            _whole: false,
            _walk: Value::Null,
            each: None,
            parts: Vec::new(),
        }
    }
}

/// A value, or a list of such values.
fn one_or_many<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let value = Value::deserialize(from)?;
    let many = match value {
        Value::Array(items) => items,
        one => vec![one],
    };
    let read = many.into_iter().map(serde_json::from_value);
    read.collect::<Result<_, _>>()
        .map_err(serde::de::Error::custom)
}

/// A constant as it stands in an address or a header.
pub(super) fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Reads a description.
///
/// # Errors
/// Why it is none.
pub(super) fn read(text: &str) -> Result<File, String> {
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}
