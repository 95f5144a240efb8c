//! A certificate: what one tenant was seen to do, question by question, and what of it counts today.
//!
//! It holds nothing of the tenant: no address, id, name, e-mail or value. Names of keys, counts and times
//! in it are words of this program, so there is no way for a tenant's own to get in.
//!
//! Core: no network, no files, no clock.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::digest::Digest;
use super::question::{AnsweredBy, Counts, Effect, OpenQuestion};

/// The number in `format`.
pub const FORMAT: u32 = 1;

/// Days for which what was seen lets the program do more.
pub const DAYS: i64 = 180;

/// A certificate has this many bytes at most.
pub const MOST_BYTES: usize = 256 * 1024;

/// What one tenant was seen to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The version of this format.
    #[schemars(extend("const" = FORMAT))]
    pub format: u32,
    /// Program and version that made it.
    pub tool: Box<str>,
    /// The kind of vendor.
    pub kind: Box<str>,
    /// The digest of the description, where a file describes the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<Digest>,
    /// The day on which it was made, in UTC.
    pub day: Date,
    /// Whose it is, in a form that does not tell.
    pub tenant: Tenant,
    /// The answers by the names of their questions.
    pub answers: BTreeMap<Box<str>, Answered>,
}

/// Whose a certificate is, in a form that does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    /// What was put before the tenant, so that two certificates of one tenant look different.
    pub salt: Box<str>,
    /// The digest of salt, host and organization.
    pub digest: Digest,
}

impl Tenant {
    /// The tenant at a place.
    pub fn of(salt: &str, place: &str) -> Self {
        Self {
            salt: salt.into(),
            digest: Digest::of(&(salt, place)),
        }
    }

    /// Whether it is the tenant at that place.
    pub fn is(&self, place: &str) -> bool {
        *self == Self::of(&self.salt, place)
    }
}

/// An answer, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// One of the answers that the question can have.
    pub answer: Answer,
    /// The day on which it was seen, where that was before the certificate's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// A person said so, and this program did not see it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stated: bool,
    /// What it rests on.
    #[serde(default)]
    pub evidence: Evidence,
}

/// A word, or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Answer {
    /// A number.
    Number(u64),
    /// A word.
    Word(Box<str>),
}

impl From<&'static str> for Answer {
    fn from(word: &'static str) -> Self {
        Self::Word(word.into())
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Word(word) => f.write_str(word),
        }
    }
}

/// What an answer rests on: no text of the vendor's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Statuses of HTTP, in the order of the calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<u16>,
    /// Types of JSON by the names of documented keys.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<Box<str>, JsonType>,
    /// How many of something.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<Box<str>, u64>,
    /// Milliseconds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub milliseconds: BTreeMap<Box<str>, u64>,
}

/// A type of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum JsonType {
    /// It is not there.
    Absent,
    /// `null`.
    Null,
    /// A boolean.
    Boolean,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list.
    List,
    /// An object.
    Object,
}

impl JsonType {
    /// The type of a value, or of none.
    pub fn of(value: Option<&Json>) -> Self {
        match value {
            None => Self::Absent,
            Some(Json::Null) => Self::Null,
            Some(Json::Bool(_)) => Self::Boolean,
            Some(Json::Number(_)) => Self::Number,
            Some(Json::String(_)) => Self::Text,
            Some(Json::Array(_)) => Self::List,
            Some(Json::Object(_)) => Self::Object,
        }
    }
}

/// Names in evidence are words of this program: nothing else is `'static`.
impl Evidence {
    /// The same with a status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.statuses.push(status);
        self
    }

    /// The same with the type of what stands under a documented key.
    #[must_use]
    pub fn key(mut self, name: &'static str, value: Option<&Json>) -> Self {
        self.types.insert(name.into(), JsonType::of(value));
        self
    }

    /// The same with a count.
    #[must_use]
    pub fn count(mut self, what: &'static str, count: usize) -> Self {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.counts.insert(what.into(), count);
        self
    }

    /// The same with a time.
    #[must_use]
    pub fn took(mut self, what: &'static str, milliseconds: u64) -> Self {
        self.milliseconds.insert(what.into(), milliseconds);
        self
    }
}

/// Why a text is no certificate that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It has a format that this version does not know.
    #[error("it has format {0}, and this version reads {FORMAT}")]
    Format(u32),
    /// It is none.
    #[error("{0}")]
    Broken(String),
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    /// [`Unread`].
    pub fn read(text: &str) -> Result<Self, Unread> {
        if text.len() > MOST_BYTES {
            return Err(Unread::Broken(format!(
                "it has more than {MOST_BYTES} bytes"
            )));
        }
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let broken = |error: serde_json::Error| {
            // The words of the parser quote what is not known to be harmless.
            let place = (error.line(), error.column());
            Unread::Broken(format!(
                "it is no certificate (line {}, column {})",
                place.0, place.1
            ))
        };
        let Format { format } = serde_json::from_str(text).map_err(broken)?;
        if format != FORMAT {
            return Err(Unread::Format(format));
        }
        serde_json::from_str(text).map_err(broken)
    }

    /// The document, for a file.
    pub fn write(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("plain data with text keys always becomes JSON") + "\n"
    }

    /// The day on which an answer was seen.
    fn day_of(&self, answered: &Answered) -> Date {
        answered.day.unwrap_or(self.day)
    }

    /// Takes over what an older certificate of the same tenant answers and this one does not.
    pub fn keep(&mut self, older: &Self, place: &str) {
        let same = (&older.kind, &older.connector) == (&self.kind, &self.connector);
        if !same || !older.tenant.is(place) {
            return;
        }
        for (id, answered) in &older.answers {
            self.answers.entry(id.clone()).or_insert_with(|| Answered {
                day: Some(older.day_of(answered)),
                ..answered.clone()
            });
        }
    }
}

/// What a plan is for, that a certificate is held against.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// The kind of vendor.
    pub kind: &'a str,
    /// The digest of the vendor's description, if it has one.
    pub connector: Option<&'a Digest>,
    /// Its open questions.
    pub questions: &'static [OpenQuestion],
    /// Host and organization.
    pub tenant: &'a str,
    /// Today, in UTC.
    pub today: Date,
}

/// What counts of a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// What counts, by question.
    told: BTreeMap<&'static str, Told>,
    /// What does not count, and why: one sentence each.
    pub doubts: Vec<String>,
    /// Whether some answer was seen at this very tenant, and not long ago.
    pub confirmed: bool,
}

/// An answer that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    answer: Answer,
    effect: Effect,
}

impl Answers {
    /// What counts of a certificate at a place on a day.
    pub fn of(certificate: &Certificate, at: At<'_>) -> Self {
        let mut answers = Self::default();
        if *certificate.kind != *at.kind {
            answers.doubts.push(format!(
                "the certificate is of the kind {}, and this vendor is of the kind {}: it confirms nothing",
                certificate.kind, at.kind
            ));
            return answers;
        }
        if certificate.connector.as_ref() != at.connector {
            answers.doubts.push(String::from(
                "the certificate is of another description of the vendor: it confirms nothing",
            ));
            return answers;
        }
        let here = certificate.tenant.is(at.tenant);
        if !here {
            answers.doubts.push(String::from(
                "the certificate is of another tenant: it confirms nothing",
            ));
        }
        let mut oldest: Option<Date> = None;
        for (id, answered) in &certificate.answers {
            let question = at.questions.iter().find(|it| *it.id == **id);
            let word = answered.answer.to_string();
            let Some((question, possible)) = question.and_then(|it| Some((it, it.answer(&word)?)))
            else {
                answers.doubts.push(format!(
                    "the certificate answers {id} with {word}, which this version does not know"
                ));
                continue;
            };
            let day = certificate.day_of(answered);
            let fresh = is_fresh(day, at.today);
            if !fresh {
                oldest = Some(oldest.map_or(day, |it| it.min(day)));
            }
            // A person's word is no look at the tenant.
            let seen = here && fresh && !answered.stated && question.by != AnsweredBy::Person;
            answers.confirmed |= seen;
            if possible.counts == Counts::Everywhere || seen {
                let told = Told {
                    answer: answered.answer.clone(),
                    effect: possible.effect,
                };
                answers.told.insert(question.id, told);
            }
        }
        if let Some(day) = oldest.filter(|_| here) {
            answers.doubts.push(format!(
                "the certificate is of {day}: what was seen more than {DAYS} days ago, or has yet to \
                 come, confirms nothing"
            ));
        }
        answers
    }

    /// Nothing that counts, and why.
    pub fn none(why: String) -> Self {
        Self {
            doubts: vec![why],
            ..Self::default()
        }
    }

    /// Whether the answer to a question is that word.
    pub fn says(&self, question: &str, word: &str) -> bool {
        let told = self.told.get(question);
        told.is_some_and(|it| it.answer.to_string() == word)
    }

    /// The number that answers a question.
    pub fn number(&self, question: &str) -> Option<u64> {
        match self.told.get(question)?.answer {
            Answer::Number(number) => Some(number),
            Answer::Word(_) => None,
        }
    }

    /// What the answers change by themselves: question, answer, effect.
    pub fn effects(&self) -> impl Iterator<Item = (&'static str, &Answer, Effect)> {
        let told = self.told.iter();
        told.map(|(id, told)| (*id, &told.answer, told.effect))
    }
}

/// Whether what was seen on that day counts today. A day ahead is that of a place east of here.
fn is_fresh(day: Date, today: Date) -> bool {
    let days = today
        .since(day)
        .map_or(i64::MAX, |it| i64::from(it.get_days()));
    (-1..=DAYS).contains(&days)
}

/// What two certificates answer differently: question, answers of one and of the other.
pub fn differences<'a>(
    one: &'a Certificate,
    other: &'a Certificate,
) -> Vec<(&'a str, Option<&'a Answer>, Option<&'a Answer>)> {
    let ids = one.answers.keys().chain(other.answers.keys());
    let ids: std::collections::BTreeSet<&str> = ids.map(|it| &**it).collect();
    let answer = |of: &'a Certificate, id: &str| of.answers.get(id).map(|it| &it.answer);
    let pairs = ids
        .into_iter()
        .map(|id| (id, answer(one, id), answer(other, id)));
    pairs.filter(|(_, one, other)| one != other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::question::PossibleAnswer;

    const QUESTIONS: &[OpenQuestion] = &[
        OpenQuestion {
            id: "switch",
            question: "Does it switch?",
            answers: &[
                PossibleAnswer::careful("no", "by hand").with(Effect::ByHand("status")),
                PossibleAnswer::careful("yes", "nothing"),
            ],
            assumption: "yes",
            by: AnsweredBy::Write,
            calls: &[],
        },
        OpenQuestion {
            id: "listed",
            question: "Is everybody listed?",
            answers: &[
                PossibleAnswer::trusting("yes", "a call is spared"),
                PossibleAnswer::careful("no", "nothing"),
            ],
            assumption: "no",
            by: AnsweredBy::Read,
            calls: &[],
        },
    ];

    fn certificate(answers: &[(&str, &'static str)]) -> Certificate {
        let answered = answers.iter().map(|(id, word)| {
            let answered = Answered {
                answer: (*word).into(),
                day: None,
                stated: false,
                evidence: Evidence::default().status(200).count("listed", 2),
            };
            ((*id).into(), answered)
        });
        Certificate {
            format: FORMAT,
            tool: "rosterctl 0.1.0".into(),
            kind: "acme".into(),
            connector: None,
            day: Date::constant(2026, 6, 1),
            tenant: Tenant::of("00ff", "acme.example.com"),
            answers: answered.collect(),
        }
    }

    fn at(tenant: &str, today: Date) -> At<'_> {
        At {
            kind: "acme",
            connector: None,
            questions: QUESTIONS,
            tenant,
            today,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let certificate = certificate(&[("switch", "no")]);
        assert_eq!(Certificate::read(&certificate.write()), Ok(certificate));
        for (text, why) in [
            ("", "no certificate"),
            ("{}", "no certificate"),
            (r#"{"format":2,"x":1}"#, "format 2"),
            (r#"{"format":1,"secret":"x"}"#, "no certificate"),
        ] {
            let error = Certificate::read(text).unwrap_err().to_string();
            assert!(error.contains(why) && !error.contains("secret"), "{error}");
        }
        assert!(Certificate::read(&" ".repeat(MOST_BYTES + 1)).is_err());
    }

    #[test]
    fn a_refutation_counts_everywhere_and_a_confirmation_at_home_for_180_days() {
        let certificate = certificate(&[("switch", "no"), ("listed", "yes")]);
        let home = "acme.example.com";
        for (tenant, today, confirmed, doubts) in [
            (home, Date::constant(2026, 6, 1), true, 0),
            (home, Date::constant(2026, 11, 28), true, 0),
            (home, Date::constant(2026, 11, 29), false, 1),
            (home, Date::constant(2026, 5, 31), true, 0),
            (home, Date::constant(2026, 5, 30), false, 1),
            ("other.example.com", Date::constant(2026, 6, 1), false, 1),
        ] {
            let answers = Answers::of(&certificate, at(tenant, today));
            assert!(answers.says("switch", "no"), "{tenant} {today}");
            assert_eq!(answers.says("listed", "yes"), confirmed, "{tenant} {today}");
            assert_eq!(answers.doubts.len(), doubts, "{:?}", answers.doubts);
        }
    }

    #[test]
    fn a_word_of_a_person_confirms_nothing() {
        let mut certificate = certificate(&[("switch", "no"), ("listed", "yes")]);
        for answered in certificate.answers.values_mut() {
            answered.stated = true;
        }
        let home = at("acme.example.com", Date::constant(2026, 6, 1));
        let answers = Answers::of(&certificate, home);
        assert!(!answers.confirmed && !answers.says("listed", "yes"));
        assert!(
            answers.says("switch", "no"),
            "more care is taken all the same"
        );
    }

    #[test]
    fn of_another_kind_or_description_nothing_counts() {
        let home = at("acme.example.com", Date::constant(2026, 6, 1));
        let certificate = certificate(&[("switch", "no"), ("else", "x")]);
        let kind = At {
            kind: "other",
            ..home
        };
        let digest = Digest::of(&1);
        let described = At {
            connector: Some(&digest),
            ..home
        };
        for at in [kind, described] {
            let answers = Answers::of(&certificate, at);
            assert!(!answers.says("switch", "no"));
            assert_eq!(answers.doubts.len(), 1);
        }
        // An answer that nobody knows is said, and hinders nothing.
        let answers = Answers::of(&certificate, home);
        assert!(answers.says("switch", "no"));
        assert_eq!(answers.doubts.len(), 1);
    }

    #[test]
    fn what_was_seen_before_keeps_its_day() {
        let older = certificate(&[("switch", "no"), ("listed", "yes")]);
        let mut newer = certificate(&[("listed", "no")]);
        newer.day = Date::constant(2026, 7, 1);
        newer.keep(&older, "other.example.com");
        assert_eq!(newer.answers.len(), 1);
        newer.keep(&older, "acme.example.com");
        assert_eq!(newer.answers["switch"].day, Some(older.day));
        assert_eq!(newer.answers["listed"].answer, "no".into());
        assert_eq!(differences(&older, &newer).len(), 1);
    }
}
