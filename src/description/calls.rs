//! Calls that write, and those that read one user.

use super::fields::{self, Fields};
use super::model::{Call, Find, One, Verb};
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::values::Problems;
use crate::roster::yaml::Node;

/// The keys of a call that writes.
pub(super) const KEYS: &[&str] = &[
    "post", "put", "patch", "delete", "query", "at", "send", "body", "drop", "headers", "form",
    "email", "done", "caution",
];

/// The keys of a read of one user, and of a look for one.
pub(super) const GET: &[&str] = &["get", "query", "item", "missing"];
pub(super) const FIND: &[&str] = &["get", "query", "items", "item", "then", "missing"];

const VERBS: [Verb; 4] = [Verb::Post, Verb::Put, Verb::Patch, Verb::Delete];

/// A call that writes; `known` are the names that may stand in its texts.
pub(super) fn call(
    node: &Node<'_>,
    what: &'static str,
    known: &[&str],
    problems: &mut Problems,
) -> Option<Call> {
    let fields = Fields::open(node, what, KEYS, problems)?;
    if fields.get("get").is_some() {
        let message = format!("{what}: a GET changes nothing");
        let problem = Diagnostic::error(Code::Method, fields.at("get"), message);
        problems.push(problem.help("write `post`, `put`, `patch` or `delete`"));
        return None;
    }
    let mut given = VERBS.iter().filter(|it| fields.get(it.key()).is_some());
    let (Some(verb), None) = (given.next(), given.next()) else {
        let message = format!("{what} has exactly one of `post`, `put`, `patch` and `delete`");
        problems.push(Diagnostic::error(Code::Method, fields.span, message));
        return None;
    };
    let path = fields::path(fields.get(verb.key())?, verb.key(), known, problems);
    let send = fields
        .get("send")
        .map(|it| fields::send(it, known, problems));
    let whole = fields.word("body", &["changed", "whole"], problems) == Some("whole");
    let drop = fields::pointers(&fields, "drop", problems);
    if !drop.is_empty() && !whole {
        let message =
            "`drop` is for `body: whole`: anything else is sent only as far as it changes";
        problems.push(Diagnostic::error(
            Code::Conflict,
            fields.at("drop"),
            message,
        ));
    }
    Some(Call {
        span: fields.at(verb.key()),
        verb: *verb,
        path: path?,
        query: fields::query(&fields, known, problems),
        at: fields.pointer("at", problems).unwrap_or_default(),
        send: send.unwrap_or_default(),
        whole,
        drop,
        headers: fields::headers(&fields, problems),
        form: fields.flag("form", problems),
        email: fields.flag("email", problems),
        done: fields::statuses(&fields, "done", problems).unwrap_or_default(),
        caution: fields.text("caution", problems),
    })
}

/// A read of one user by id.
pub(super) fn one(node: &Node<'_>, known: &[&str], problems: &mut Problems) -> Option<One> {
    let fields = Fields::open(node, "`users.get`", GET, problems)?;
    let get = fields::path(fields.need("get", problems)?, "get", known, problems)?;
    if !get.names().any(|it| it == "id") {
        let message = "`users.get` does not say whom it reads";
        let problem = Diagnostic::error(Code::UnknownName, fields.at("get"), message);
        problems.push(problem.help("put the user's id in its path: `/users/{id}`"));
    }
    Some(One {
        get,
        query: fields::query(&fields, known, problems),
        item: fields.pointer("item", problems).unwrap_or_default(),
        missing: missing(&fields, problems),
    })
}

/// A look for one user by e-mail or login.
pub(super) fn find(node: &Node<'_>, known: &[&str], problems: &mut Problems) -> Option<Find> {
    let fields = Fields::open(node, "`users.find`", FIND, problems)?;
    let get = match fields.get("get") {
        Some(get) => Some(fields::path(get, "get", known, problems)?),
        None => None,
    };
    let query = fields::query(&fields, known, problems);
    let texts = query.iter().map(|(_, it)| it).chain(&get);
    let who = |it: &str| it == "email" || it == "login";
    if !texts.flat_map(|it| it.names()).any(who) {
        let message = "`users.find` does not say for whom it looks";
        let problem = Diagnostic::error(Code::UnknownName, fields.span, message);
        problems.push(problem.help("put the address in: `query: { email: \"{email}\" }`"));
    }
    for key in ["items", "item", "then", "missing"] {
        if get.is_none() && fields.get(key).is_some() {
            let message =
                format!("`{key}` is for a `get` of its own: here the list call is narrowed");
            problems.push(Diagnostic::error(Code::Conflict, fields.at(key), message));
        }
    }
    Some(Find {
        query,
        items: fields.pointer("items", problems),
        item: fields.pointer("item", problems).unwrap_or_default(),
        then_get: fields.word("then", &["get"], problems).is_some(),
        missing: missing(&fields, problems),
        get,
    })
}

fn missing(fields: &Fields<'_, '_>, problems: &mut Problems) -> Vec<u16> {
    fields::statuses(fields, "missing", problems).unwrap_or_else(|| vec![404])
}
