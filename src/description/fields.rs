//! Maps of a description, read key by key, and the leaves that many of them share.

use std::time::Duration;

use serde_json::Value as Json;

use super::model::{AnswerPlace, Header, Setting, SettingType, Wire};
use super::pointer::Pointer;
use super::template::Template;
use crate::model::spec::LimitDefaults;
use crate::roster::diagnostic::{Code, Diagnostic, Span};
use crate::roster::suggest::suggest;
use crate::roster::values::{self, Problems};
use crate::roster::yaml::{Kind, Name, Node};

/// A map whose keys are known.
pub(super) struct Fields<'n, 'a> {
    what: &'static str,
    /// Where it begins.
    pub(super) span: Span,
    entries: &'n [(Name<'a>, Node<'a>)],
}

impl<'n, 'a> Fields<'n, 'a> {
    /// The entries of a map; reports every key that is none of `known`.
    pub(super) fn open(
        node: &'n Node<'a>,
        what: &'static str,
        known: &'static [&'static str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let entries = values::map(node, what, problems)?;
        for (name, _) in entries {
            if !known.contains(&&*name.text) {
                problems.push(values::unknown_key(name, what, known.iter().copied()));
            }
        }
        let span = node.span;
        Some(Self {
            what,
            span,
            entries,
        })
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node<'a>> {
        let mut entries = self.entries.iter();
        entries.find(|(name, _)| name.text == key).map(|(_, it)| it)
    }

    /// Where a key stands, or the map.
    pub(super) fn at(&self, key: &str) -> Span {
        let mut entries = self.entries.iter();
        let found = entries.find(|(name, _)| name.text == key);
        found.map_or(self.span, |(name, _)| name.span)
    }

    /// The value of a key that has to be there.
    pub(super) fn need(&self, key: &str, problems: &mut Problems) -> Option<&'n Node<'a>> {
        let found = self.get(key);
        if found.is_none() {
            let message = format!("{} has no `{key}`", self.what);
            let problem = Diagnostic::error(Code::MissingKey, self.span, message);
            problems.push(match needed(key) {
                Some(help) => problem.help(help),
                None => problem,
            });
        }
        found
    }

    /// A text.
    pub(super) fn text(&self, key: &str, problems: &mut Problems) -> Option<Box<str>> {
        let found = self.get(key)?;
        values::name(found, key, problems).map(|it| it.value)
    }

    /// A text that has to be there.
    pub(super) fn needed_text(&self, key: &str, problems: &mut Problems) -> Option<Box<str>> {
        let found = self.need(key, problems)?;
        values::name(found, key, problems).map(|it| it.value)
    }

    /// A boolean; left out it is `false`.
    pub(super) fn flag(&self, key: &str, problems: &mut Problems) -> bool {
        let found = self.get(key);
        let read = found.and_then(|it| values::flag(it, key, problems));
        read.is_some_and(|it| it.value)
    }

    /// A pointer.
    pub(super) fn pointer(&self, key: &str, problems: &mut Problems) -> Option<Pointer> {
        pointer(self.get(key)?, key, problems)
    }

    /// A pointer that has to be there.
    pub(super) fn needed_pointer(&self, key: &str, problems: &mut Problems) -> Option<Pointer> {
        pointer(self.need(key, problems)?, key, problems)
    }

    /// One of some words.
    pub(super) fn word(
        &self,
        key: &str,
        words: &'static [&'static str],
        problems: &mut Problems,
    ) -> Option<&'static str> {
        let node = self.get(key)?;
        if node.as_flag().is_some() {
            let message = format!("`{key}` is a word, and this is a boolean");
            let help = format!("write one of {}", words.join(", "));
            problems.push(Diagnostic::error(Code::WrongType, node.span, message).help(help));
            return None;
        }
        values::choice(node, key, words.iter().copied(), problems)
    }
}

/// What to write for a key that has to be there.
fn needed(key: &str) -> Option<&'static str> {
    Some(match key {
        "connector" => "the version of the format: `connector: 1`",
        "title" => "the name that people know: `title: Acme Board`",
        "rights" => "what the credentials may do: `rights: an administrator's key`",
        "auth" => "how calls authenticate: `auth: { bearer: token }`",
        "users" => "where users are: `users: { id: /id, email: /email, list: … }`",
        "id" => "where it has its id: `id: /id`",
        "list" => {
            "the call that shows all: `list: { get: /api/users, items: /users, total: /total }`"
        }
        "get" => "the path of the call: `get: /api/users`",
        "user" => "where an entry has the id of the user: `user: /id`",
        "at" => "where it stands: `at: /status`",
        "is" => "the values that mean it: `is: [bot]`",
        "what" => "what it is, for people: `what: service account`",
        "token" => "where the answer has the token: `token: /access_token`",
        "use" => "the header that carries it: `use: { Authorization: \"Bearer {token}\" }`",
        _ => return None,
    })
}

/// The names that stand for values in the texts of one place.
#[derive(Debug, Clone)]
pub(super) struct Words<'d> {
    settings: Vec<&'d str>,
    attributes: Vec<&'d str>,
}

impl<'d> Words<'d> {
    pub(super) fn new(settings: &'d [Setting]) -> Self {
        Self {
            settings: settings.iter().map(|it| &*it.name).collect(),
            attributes: Vec::new(),
        }
    }

    pub(super) fn with_attributes(self, attributes: &[&'d str]) -> Self {
        Self {
            attributes: attributes.to_vec(),
            ..self
        }
    }

    /// The settings and these.
    pub(super) fn and(&self, more: &[&'d str]) -> Vec<&'d str> {
        self.settings.iter().chain(more).copied().collect()
    }

    /// The settings, these, and the attributes.
    pub(super) fn all_and(&self, more: &[&'d str]) -> Vec<&'d str> {
        let all = self.settings.iter().chain(more).chain(&self.attributes);
        all.copied().collect()
    }
}

/// A JSON pointer.
pub(super) fn pointer(node: &Node<'_>, key: &str, problems: &mut Problems) -> Option<Pointer> {
    let text = values::plain(node, key, problems)?;
    match Pointer::parse(text) {
        Ok(pointer) => Some(pointer),
        Err(why) => {
            let message = format!("`{key}`: `{text}` is no JSON pointer");
            problems.push(Diagnostic::error(Code::Pointer, node.span, message).help(why));
            None
        }
    }
}

/// A list of pointers.
pub(super) fn pointers(top: &Fields<'_, '_>, key: &str, problems: &mut Problems) -> Vec<Pointer> {
    let items = top.get(key).and_then(|it| values::list(it, key, problems));
    let items = items.unwrap_or_default().iter();
    items.filter_map(|it| pointer(it, key, problems)).collect()
}

/// A text with names of `known` in it.
pub(super) fn template(
    node: &Node<'_>,
    key: &str,
    known: &[&str],
    problems: &mut Problems,
) -> Option<Template> {
    let text = values::plain(node, key, problems)?;
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(why) => {
            let message = format!("`{key}`: `{text}` cannot be read");
            problems.push(Diagnostic::error(Code::Template, node.span, message).help(why));
            return None;
        }
    };
    for name in template.names() {
        if !known.contains(&name) {
            let message = format!("`{key}`: `{{{name}}}` stands for nothing here");
            let problem = Diagnostic::error(Code::UnknownName, node.span, message);
            problems.push(problem.help(suggest(name, known.iter().copied())));
        }
    }
    Some(template)
}

/// The path of a call: below `base_url`, each name one segment or a part of one.
pub(super) fn path(
    node: &Node<'_>,
    key: &str,
    known: &[&str],
    problems: &mut Problems,
) -> Option<Template> {
    let template = template(node, key, known, problems)?;
    let text = template.to_string();
    let why = if text.contains("://") || text.starts_with("//") {
        "a path has no scheme and no host: those are in `base_url`"
    } else if !text.starts_with('/') {
        "a path begins with `/`: it stands behind `base_url`"
    } else if text.split('/').any(|it| it == ".." || it == ".") {
        "a path has no `.` or `..` in it"
    } else if text.contains(['?', '#']) {
        "a path has no query; that is `query: { name: value }`"
    } else if text.contains(|it: char| it.is_whitespace() || it == '\\') {
        "a path has no space and no backslash in it"
    } else {
        return Some(template);
    };
    let message = format!("`{key}`: `{text}` is no path of a call");
    problems.push(Diagnostic::error(Code::Path, node.span, message).help(why));
    None
}

/// A constant as JSON has it: a number or boolean written without quotes is one.
pub(super) fn constant(node: &Node<'_>, key: &str, problems: &mut Problems) -> Option<Json> {
    let scalar = match &node.kind {
        _ if node.is_null() => Some(Json::Null),
        Kind::Scalar { text, plain } => Some(match node.as_flag() {
            Some(flag) => Json::Bool(flag),
            None => match text.parse::<serde_json::Number>() {
                Ok(number) if *plain => Json::Number(number),
                _ => Json::from(&**text),
            },
        }),
        Kind::List(_) | Kind::Map(_) | Kind::Broken => None,
    };
    if scalar.is_none() && !matches!(node.kind, Kind::Broken) {
        problems.push(values::wrong_type(node, key, "a text, number or boolean"));
    }
    scalar
}

/// A list of constants.
pub(super) fn constants(node: &Node<'_>, key: &str, problems: &mut Problems) -> Option<Vec<Json>> {
    let items = values::list(node, key, problems)?.iter();
    Some(items.filter_map(|it| constant(it, key, problems)).collect())
}

/// Pointers and the constants that stand there.
pub(super) fn standing(
    node: &Node<'_>,
    key: &str,
    problems: &mut Problems,
) -> Option<Vec<(Pointer, Json)>> {
    let entries = values::map(node, key, problems)?.iter();
    let read = entries.filter_map(|(name, value)| {
        let at = named_pointer(name, key, problems)?;
        Some((at, constant(value, key, problems)?))
    });
    Some(read.collect())
}

/// A key that is a pointer.
fn named_pointer(name: &Name<'_>, key: &str, problems: &mut Problems) -> Option<Pointer> {
    match Pointer::parse(&name.text) {
        Ok(pointer) if !pointer.is_root() => Some(pointer),
        read => {
            let why = read.err().unwrap_or("it has to name a field: `/status`");
            let message = format!("`{key}`: `{}` is no JSON pointer to a field", name.text);
            problems.push(Diagnostic::error(Code::Pointer, name.span, message).help(why));
            None
        }
    }
}

/// What a call sends: pointers, and a constant, a text with names in it, or `{ random: N }`.
pub(super) fn send(
    node: &Node<'_>,
    known: &[&str],
    problems: &mut Problems,
) -> Vec<(Pointer, Wire)> {
    let entries = values::map(node, "send", problems).unwrap_or_default();
    let mut sent: Vec<(Pointer, Wire)> = Vec::new();
    for (name, value) in entries {
        let at = named_pointer(name, "send", problems);
        let wire = wire(value, known, problems);
        let (Some(at), Some(wire)) = (at, wire) else {
            continue;
        };
        if sent.iter().any(|(other, _)| at.overlaps(other)) {
            let message = format!("`send`: `{at}` and another place of it are in one another");
            problems.push(Diagnostic::error(Code::TwoInOne, name.span, message));
        }
        let is_secret = at.last().is_some_and(says_secret);
        if is_secret && matches!(&wire, Wire::Text(text) if text.names().next().is_none()) {
            problems.push(literal(name.span, &format!("`{at}`")));
        }
        sent.push((at, wire));
    }
    sent
}

fn wire(node: &Node<'_>, known: &[&str], problems: &mut Problems) -> Option<Wire> {
    if matches!(node.kind, Kind::Map(_)) {
        let random = Fields::open(node, "a value of `send`", &["random"], problems)?;
        let length = random.need("random", problems)?;
        let length = values::count(length, "random", 16..=128, problems)?;
        return u16::try_from(length).ok().map(Wire::Random);
    }
    match constant(node, "send", problems)? {
        Json::String(_) => template(node, "send", known, problems).map(Wire::Text),
        other => Some(Wire::Constant(other)),
    }
}

/// Names of fields that hold secrets.
pub(crate) fn says_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', '_'], "");
    let words = [
        "password",
        "secret",
        "token",
        "apikey",
        "hash",
        "passphrase",
    ];
    words.iter().any(|word| name.contains(word))
}

/// The problem of a secret that stands in the description.
fn literal(span: Span, what: &str) -> Diagnostic {
    let message = format!("{what}: a secret cannot stand in a description");
    Diagnostic::error(Code::LiteralSecret, span, message)
        .help("write a name in braces, which the roster's `auth` gives, or `{ random: 24 }`")
        .hide_source()
}

/// Parameters of a query.
pub(super) fn query(
    fields: &Fields<'_, '_>,
    known: &[&str],
    problems: &mut Problems,
) -> Vec<(Box<str>, Template)> {
    let node = fields.get("query");
    let entries = node.and_then(|it| values::map(it, "query", problems));
    let mut read = Vec::new();
    for (name, value) in entries.unwrap_or_default() {
        if says_secret(&name.text) {
            let message = format!("`query`: `{}` looks like a secret", name.text);
            let problem = Diagnostic::error(Code::LiteralSecret, name.span, message);
            problems.push(problem.help(
                "what stands in an address is logged everywhere: credentials go into a header, by `auth`",
            ));
            continue;
        }
        let template = match constant(value, "query", problems) {
            Some(Json::String(_)) => template(value, "query", known, problems),
            Some(other) => Template::parse(&other.to_string()).ok(),
            None => None,
        };
        read.extend(template.map(|it| (Box::from(&*name.text), it)));
    }
    read
}

/// Headers that the HTTP layer keeps to itself.
const OURS: &[&str] = &[
    "authorization",
    "cookie",
    "host",
    "content-length",
    "transfer-encoding",
];

/// Constant headers.
pub(super) fn headers(fields: &Fields<'_, '_>, problems: &mut Problems) -> Vec<Header> {
    let node = fields.get("headers");
    let entries = node.and_then(|it| values::map(it, "headers", problems));
    let mut read = Vec::new();
    for (name, value) in entries.unwrap_or_default() {
        let ours = OURS.iter().any(|it| name.text.eq_ignore_ascii_case(it));
        if ours || says_secret(&name.text) {
            let message = format!("`headers`: `{}` is not set here", name.text);
            let problem = Diagnostic::error(Code::Header, name.span, message).hide_source();
            problems.push(problem.help(
                "credentials go into a header by `auth: { header: { NAME: \"… {secret}\" } }`",
            ));
            continue;
        }
        read.extend(header(name, value, &[], problems));
    }
    read
}

/// One header, whose value may have names of `known` in it.
pub(super) fn header(
    name: &Name<'_>,
    value: &Node<'_>,
    known: &[&str],
    problems: &mut Problems,
) -> Option<Header> {
    let is_token = |it: u8| it.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&it);
    if name.text.is_empty() || !name.text.bytes().all(is_token) {
        let message = format!("`{}` cannot be the name of a header", name.text);
        problems.push(Diagnostic::error(Code::Header, name.span, message));
        return None;
    }
    let template = template(value, &name.text, known, problems)?;
    if template.to_string().contains(|it: char| it.is_control()) {
        let message = format!("the header `{}` has a line break in it", name.text);
        problems.push(Diagnostic::error(Code::Header, value.span, message));
        return None;
    }
    Some(Header {
        name: Box::from(&*name.text),
        value: template,
    })
}

/// Numbers of answers that refuse.
pub(super) fn statuses(
    fields: &Fields<'_, '_>,
    key: &str,
    problems: &mut Problems,
) -> Option<Vec<u16>> {
    let items = values::list(fields.get(key)?, key, problems)?.iter();
    let read = items.filter_map(|it| values::count(it, key, 400..=499, problems));
    Some(read.filter_map(|it| u16::try_from(it).ok()).collect())
}

/// A pointer into the body, or `{ header: NAME }`.
pub(super) fn place(node: &Node<'_>, key: &str, problems: &mut Problems) -> Option<AnswerPlace> {
    if !matches!(node.kind, Kind::Map(_)) {
        return pointer(node, key, problems).map(AnswerPlace::Body);
    }
    let fields = Fields::open(node, "a place in an answer", &["header", "rel"], problems)?;
    let header = fields.needed_text("header", problems)?;
    let relation = fields.text("rel", problems);
    Some(AnswerPlace::Header(
        header,
        relation.unwrap_or_else(|| "next".into()),
    ))
}

/// Further keys of the roster.
pub(super) fn settings(top: &Fields<'_, '_>, problems: &mut Problems) -> Vec<Setting> {
    let node = top.get("settings");
    let entries = node.and_then(|it| values::map(it, "settings", problems));
    let mut read = Vec::new();
    for (name, value) in entries.unwrap_or_default() {
        let is_key = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
        if !name.text.starts_with(|it: char| it.is_ascii_lowercase())
            || !name.text.chars().all(is_key)
        {
            let message = format!("`{}` cannot be the name of a setting", name.text);
            let problem = Diagnostic::error(Code::BadName, name.span, message);
            problems.push(problem.help("use small letters, digits and `_`"));
            continue;
        }
        if crate::roster::is_vendor_key(&name.text) {
            let message = format!("every vendor has a key `{}` already", name.text);
            problems.push(Diagnostic::error(Code::DefinedTwice, name.span, message));
            continue;
        }
        let Some(fields) = Fields::open(value, "a setting", &["type", "required", "doc"], problems)
        else {
            continue;
        };
        let kind = match fields.word("type", &["text", "count", "flag"], problems) {
            Some("count") => SettingType::Count,
            Some("flag") => SettingType::Flag,
            _ => SettingType::Text,
        };
        read.push(Setting {
            name: Box::from(&*name.text),
            kind,
            required: fields.flag("required", problems),
            doc: fields.text("doc", problems).unwrap_or_default(),
        });
    }
    read
}

/// What is gentle to a vendor of whom nothing is known.
const GENTLE: LimitDefaults = LimitDefaults {
    per_second: 2.0,
    burst: 1,
    concurrency: 1,
    timeout_seconds: 60,
    throttle_seconds: 60,
};

/// The keys of `limits`.
pub(super) const LIMITS: &[&str] = &["per_second", "burst", "concurrency", "timeout", "throttle"];

/// The limits.
pub(super) fn limits(top: &Fields<'_, '_>, problems: &mut Problems) -> LimitDefaults {
    let mut limits = GENTLE;
    let fields = top.get("limits");
    let Some(fields) = fields.and_then(|it| Fields::open(it, "`limits`", LIMITS, problems)) else {
        return limits;
    };
    let per_second = fields.get("per_second");
    if let Some(rate) = per_second.and_then(|it| values::rate(it, "per_second", 10_000.0, problems))
    {
        limits.per_second = rate;
    }
    let mut count = |key| {
        let read = fields.get(key)?;
        values::count(read, key, 1..=10_000, problems)
    };
    if let Some(burst) = count("burst") {
        limits.burst = u32::try_from(burst).unwrap_or(u32::MAX);
    }
    if let Some(concurrency) = count("concurrency") {
        limits.concurrency = usize::try_from(concurrency).unwrap_or(usize::MAX);
    }
    let mut seconds = |key| {
        let read = values::duration(fields.get(key)?, key, problems)?;
        Some(read.as_secs())
    };
    limits.timeout_seconds = seconds("timeout").unwrap_or(limits.timeout_seconds);
    limits.throttle_seconds = seconds("throttle").unwrap_or(limits.throttle_seconds);
    limits
}

/// What to wait before further reads.
pub(super) fn read_lag(top: &Fields<'_, '_>, problems: &mut Problems) -> Vec<Duration> {
    let Some(node) = top.get("read_lag") else {
        return vec![Duration::from_secs(1), Duration::from_secs(4)];
    };
    let items = values::list(node, "read_lag", problems).unwrap_or_default();
    let items = items.iter();
    items
        .filter_map(|it| values::duration(it, "read_lag", problems))
        .collect()
}
