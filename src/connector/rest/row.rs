//! Objects as a vendor sends them, read by a table of the fields that count. Everything else is
//! passed over; null and absent stay apart. Pure.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Value as Json, json};

use crate::http::{HttpError, Reply};
use crate::model::value::Value;

/// A word of a declaration: of the program, or of a file that it read.
pub(crate) type Word = Cow<'static, str>;

/// The words of the program.
pub(crate) fn words<const N: usize>(words: [&'static str; N]) -> Vec<Word> {
    words.map(Word::Borrowed).into()
}

/// The fields that count, in any order. Each row holds its table.
pub(crate) type Table = Arc<[Field]>;

/// How a field is read.
#[derive(Clone)]
enum Read {
    /// A text; most fields are one, and need no JSON in between.
    Text,
    /// A boolean.
    Flag,
    /// What is kept of the JSON; `None`: it is not of its type.
    Json(Arc<dyn Fn(Json) -> Option<Told> + Send + Sync>),
}

/// A field of an object.
#[derive(Clone)]
pub(crate) struct Field {
    key: Word,
    /// Another key that it may stand under.
    also: Option<Word>,
    /// Its type, in messages.
    word: &'static str,
    required: bool,
    read: Read,
}

impl Field {
    /// A field of a type of its own; `word` is its name in messages.
    pub(crate) fn new(
        key: impl Into<Word>,
        word: &'static str,
        read: impl Fn(Json) -> Option<Told> + Send + Sync + 'static,
    ) -> Self {
        Self::read_as(key, word, Read::Json(Arc::new(read)))
    }

    fn read_as(key: impl Into<Word>, word: &'static str, read: Read) -> Self {
        Self {
            key: key.into(),
            also: None,
            word,
            required: false,
            read,
        }
    }

    /// A text.
    pub(crate) fn text(key: impl Into<Word>) -> Self {
        Self::read_as(key, "text", Read::Text)
    }

    /// A boolean.
    pub(crate) fn flag(key: impl Into<Word>) -> Self {
        Self::read_as(key, "boolean", Read::Flag)
    }

    /// A time for people only: what is in no form that is known counts as none.
    pub(crate) fn moment(key: impl Into<Word>) -> Self {
        Self::new(key, "time", |json| {
            let at = match &json {
                Json::String(text) => moment(text),
                Json::Number(number) => {
                    let milliseconds = number.as_i64();
                    milliseconds.and_then(|it| Timestamp::from_millisecond(it).ok())
                }
                _ => None,
            };
            Some(at.map_or(Told::Null, |at| Told::text(&at.to_string())))
        })
    }

    /// Anything, of which only counts whether it is there.
    pub(crate) fn presence(key: impl Into<Word>) -> Self {
        Self::new(key, "value", |json| match json {
            Json::Null => Some(Told::Null),
            _ => Some(Told::Value(Value::Flag(true))),
        })
    }

    /// A list, with what is kept of it.
    pub(crate) fn list(
        key: impl Into<Word>,
        read: impl Fn(Json) -> Option<Told> + Send + Sync + 'static,
    ) -> Self {
        Self::new(key, "list as documented", read)
    }

    /// The same, which may also stand under that key.
    pub(crate) fn or(self, also: impl Into<Word>) -> Self {
        let also = Some(also.into());
        Self { also, ..self }
    }

    /// The same, without which an object cannot be read.
    pub(crate) fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }
}

/// A time, with or without `T` and zone; without one it is UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let in_utc = || {
        let civil: DateTime = text.replacen(' ', "T", 1).parse().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    text.parse().ok().or_else(in_utc)
}

/// What an object says of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing.
    #[default]
    Absent,
    /// The vendor's null.
    Null,
    /// What an attribute could be.
    Value(Value),
    /// Anything else.
    Json(Box<Json>),
}

impl Told {
    /// A text.
    pub(crate) fn text(text: &str) -> Self {
        Self::Value(Value::text(text))
    }

    /// The same as JSON; nothing is none.
    pub(crate) fn as_json(&self) -> Option<Json> {
        match self {
            Self::Absent => None,
            Self::Null => Some(Json::Null),
            Self::Value(value) => Some(json!(value)),
            Self::Json(json) => Some((**json).clone()),
        }
    }

    /// A list of things that are `good`, kept as it is.
    pub(crate) fn list(json: Json, good: impl Fn(&Json) -> bool) -> Option<Self> {
        match json {
            Json::Null => Some(Self::Null),
            Json::Array(items) if items.iter().all(good) => {
                Some(Self::Json(Box::new(Json::Array(items))))
            }
            _ => None,
        }
    }

    /// A list of texts, as a set.
    pub(crate) fn set(json: Json) -> Option<Self> {
        match json {
            Json::Null => Some(Self::Null),
            Json::Array(items) => {
                let texts: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
                Some(Self::Value(Value::set(texts?)))
            }
            _ => None,
        }
    }
}

/// An object, as far as its table goes.
#[derive(Clone)]
pub(crate) struct Row {
    table: Table,
    told: Box<[Told]>,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.table.iter().map(|field| &field.key);
        f.debug_map().entries(keys.zip(&self.told)).finish()
    }
}

impl Row {
    /// An object that says nothing.
    pub(crate) fn empty(table: &Table) -> Self {
        Self {
            table: table.clone(),
            told: table.iter().map(|_| Told::Absent).collect(),
        }
    }

    /// Reads an object.
    ///
    /// # Errors
    /// Why it cannot be understood.
    pub(crate) fn of(json: &Json, table: &Table) -> Result<Self, Fault> {
        let read = ReadRow(table).deserialize(json);
        read.unwrap_or(Err(Fault::NoObject))
    }

    /// The same from its text; `None`: it is no JSON object.
    pub(crate) fn read(json: &[u8], table: &Table) -> Option<Result<Self, Fault>> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let row = ReadRow(table).deserialize(&mut reader).ok()?;
        reader.end().is_ok().then_some(row)
    }

    /// The object in an answer.
    ///
    /// # Errors
    /// [`crate::http::Problem::Body`].
    pub(crate) fn of_reply(reply: &Reply, table: &Table) -> Result<Self, HttpError> {
        let read = reply.json_by(ReadRow(table), &[])?;
        read.map_err(|fault| reply.unusable(fault.to_string()))
    }

    /// What it says of a field.
    pub(crate) fn told(&self, key: &str) -> &Told {
        let mut pairs = self.table.iter().zip(&self.told);
        let found = pairs.find(|(field, _)| field.key == key);
        found.map_or(&Told::Absent, |(_, told)| told)
    }

    /// Whether it says anything of a field, null included.
    pub(crate) fn shows(&self, key: &str) -> bool {
        *self.told(key) != Told::Absent
    }

    /// The value of a field; null and absent are none.
    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        match self.told(key) {
            Told::Value(value) => Some(value),
            Told::Absent | Told::Null | Told::Json(_) => None,
        }
    }

    /// The time of a [`Field::moment`].
    pub(crate) fn moment(&self, key: &str) -> Option<Timestamp> {
        self.text(key)?.parse().ok()
    }

    /// A text.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.value(key)?.as_text()
    }

    /// A flag.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        self.value(key)?.as_flag()
    }

    /// What is no value of an attribute.
    pub(crate) fn json(&self, key: &str) -> Option<&Json> {
        match self.told(key) {
            Told::Json(json) => Some(json),
            Told::Absent | Told::Null | Told::Value(_) => None,
        }
    }

    /// The entries of a list; null and absent have none.
    pub(crate) fn list(&self, key: &str) -> impl Iterator<Item = &Json> + Clone {
        self.json(key)
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
    }

    /// The same with a field set anew.
    #[must_use]
    pub(crate) fn with(mut self, key: &str, told: Told) -> Self {
        if let Some(at) = self.table.iter().position(|field| field.key == key) {
            self.told[at] = told;
        }
        self
    }
}

/// Why an object cannot be understood; quotes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is none.
    NoObject,
    /// It has no usable field of that name, without which nobody can tell what it is.
    Missing(Word),
    /// This field is not of its type.
    Type(Word, &'static str),
}

impl Fault {
    /// The same of an entry of a list, in one clause.
    pub(crate) fn why(self) -> String {
        match self {
            Self::NoObject => String::from("is no object"),
            Self::Missing(_) => String::from("cannot be read"),
            Self::Type(key, _) => format!("has a `{key}` that is not of its type"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoObject => f.write_str("a user is not a JSON object"),
            Self::Missing(key) => write!(f, "there is no usable `{key}`"),
            Self::Type(key, word) => write!(f, "`{key}` is no {word}"),
        }
    }
}

/// Reads an object by its table, without a map of all of it, which costs five times as much. Of a
/// key that comes twice the last one counts.
#[derive(Clone, Copy)]
pub(super) struct ReadRow<'t>(pub(super) &'t Table);

impl<'de> DeserializeSeed<'de> for ReadRow<'_> {
    type Value = Result<Row, Fault>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ReadRow<'_> {
    type Value = Result<Row, Fault>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut row = Row::empty(self.0);
        let mut fault = None;
        while let Some(at) = map.next_key_seed(ReadKey(self.0))? {
            let Some(at) = at else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let field = &self.0[at];
            let told = match &field.read {
                Read::Json(read) => read(map.next_value()?),
                scalar => map.next_value_seed(ReadScalar(scalar))?,
            };
            match told {
                Some(told) => row.told[at] = told,
                None if field.required => {}
                None => fault = fault.or_else(|| Some(Fault::Type(field.key.clone(), field.word))),
            }
        }
        let lacks = |(field, told): &(&Field, &Told)| {
            field.required && matches!(told, Told::Absent | Told::Null)
        };
        let missing = || {
            let (field, _) = self.0.iter().zip(&row.told).find(lacks)?;
            Some(Fault::Missing(field.key.clone()))
        };
        Ok(match missing().or(fault) {
            Some(fault) => Err(fault),
            None => Ok(row),
        })
    }
}

/// Reads what may be a text or a flag; `None`: it is something else.
struct ReadScalar<'t>(&'t Read);

impl<'de> DeserializeSeed<'de> for ReadScalar<'_> {
    type Value = Option<Told>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReadScalar<'_> {
    type Value = Option<Told>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(matches!(self.0, Read::Text).then(|| Told::text(text)))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        let told = Told::Value(Value::Flag(flag));
        Ok(matches!(self.0, Read::Flag).then_some(told))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Some(Told::Null))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// Reads a key: the place of its field in the table.
struct ReadKey<'t>(&'t Table);

impl<'de> DeserializeSeed<'de> for ReadKey<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for ReadKey<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        let names = |field: &Field| field.key == key || field.also.as_deref() == Some(key);
        Ok(self.0.iter().position(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table::from([
            Field::text("id").required(),
            Field::text("name"),
            Field::flag("on").or("enabled"),
            Field::list("tags", Told::set),
        ])
    }

    #[test]
    fn null_and_absent_are_told_apart() {
        let row = Row::of(&json!({"id": "a", "name": null, "new": [1]}), &table()).unwrap();
        assert_eq!(
            (row.told("name"), row.told("on")),
            (&Told::Null, &Told::Absent)
        );
        assert!(row.shows("name") && !row.shows("on"));
        assert_eq!((row.text("id"), row.text("name")), (Some("a"), None));
    }

    #[test]
    fn a_field_may_stand_under_another_key() {
        let row = Row::of(&json!({"id": "a", "enabled": true}), &table()).unwrap();
        assert_eq!(row.flag("on"), Some(true));
    }

    #[test]
    fn faults_name_the_field_and_nothing_of_its_content() {
        for (json, fault) in [
            (json!({"id": 7}), "there is no usable `id`"),
            (json!({"id": "a", "name": 7}), "`name` is no text"),
            (json!({"id": "a", "enabled": "yes"}), "`on` is no boolean"),
            (
                json!({"id": "a", "tags": [7]}),
                "`tags` is no list as documented",
            ),
            (json!({"name": "Ada"}), "there is no usable `id`"),
            (json!({"id": null}), "there is no usable `id`"),
            (json!(["id"]), "a user is not a JSON object"),
        ] {
            let read = Row::of(&json, &table()).map(|_| ());
            assert_eq!(read.unwrap_err().to_string(), fault, "{json}");
        }
        assert!(Row::read(b"{\"id\": \"a\",}", &table()).is_none());
    }

    #[test]
    fn a_field_takes_no_more_than_a_value() {
        assert_eq!(size_of::<Told>(), size_of::<Value>());
    }
}
