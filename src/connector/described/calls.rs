//! From the description's templates to calls.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::Described;
use crate::description::{self, Part, Template, Verb, Wire};
use crate::http::{Call, HttpError, Problem, segment};
use crate::model::action::Action;
use crate::model::value::Value;
use crate::roster::model::Setting;

/// The values that names in braces stand for, besides the settings.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Names<'v> {
    pub(super) id: Option<&'v str>,
    pub(super) email: Option<&'v str>,
    pub(super) login: Option<&'v str>,
    pub(super) group: Option<&'v str>,
    /// Attributes that a create or change sets.
    pub(super) action: Option<&'v Action>,
}

/// Headers of calls. Their names live as long as the process: a description has a few.
pub(super) fn headers(description: &description::Description) -> Vec<(&'static str, String)> {
    let all = description.headers.iter();
    let mut headers: Vec<(&'static str, String)> = all
        .map(|it| {
            let name: &'static str = Box::leak(it.name.clone());
            (name, it.value.to_string())
        })
        .collect();
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("accept"))
    {
        // Calls that answer nothing refuse to answer in JSON at some vendors.
        headers.push(("accept", String::from("application/json, */*;q=0.1")));
    }
    headers
}

/// The names of headers that single calls have, each once.
pub(super) fn header_names(
    description: &description::Description,
) -> HashMap<Box<str>, &'static str> {
    let users = &description.users;
    let calls = [
        &users.create,
        &users.update,
        &users.deactivate,
        &users.reactivate,
        &users.delete,
    ];
    let groups = description.groups.iter();
    let groups = groups.flat_map(|it| it.add.iter().chain(&it.remove));
    let calls = calls.into_iter().flatten().chain(groups);
    let headers = calls.flat_map(|it| &it.headers);
    headers
        .map(|it| (it.name.clone(), &*Box::leak(it.name.clone())))
        .collect()
}

/// The path of a template: each name is one segment, or a part of one, encoded.
pub(super) fn path_of<'v>(
    template: &Template,
    value: impl Fn(&str) -> Option<Cow<'v, str>>,
) -> Option<String> {
    template.fill(|name| {
        let value = value(name).filter(|it| !it.is_empty())?;
        Some(Cow::Owned(segment(&value)))
    })
}

/// A path that is described with a slash at its end is sent with it. No name in a path is empty, so
/// that the slash is the description's.
pub(super) fn slashed(mut call: Call) -> Call {
    if call.path.len() > 1 && call.path.ends_with('/') {
        call.path.pop();
        call.slash = true;
    }
    call
}

/// The fields of a form.
fn fields(body: &Json) -> Vec<(String, String)> {
    let map = body.as_object().into_iter().flatten();
    map.map(|(key, value)| match value {
        Json::String(text) => (key.clone(), text.clone()),
        other => (key.clone(), other.to_string()),
    })
    .collect()
}

impl Described {
    /// What a name stands for.
    fn value<'v>(&'v self, names: Names<'v>, name: &str) -> Option<Cow<'v, str>> {
        let settings = &self.settings.settings;
        match name {
            "id" => names.id.map(Cow::Borrowed),
            "email" => names.email.map(Cow::Borrowed),
            "login" => names.login.map(Cow::Borrowed),
            "group" => names.group.map(Cow::Borrowed),
            _ => match settings.get(name) {
                Some(Setting::Text(text)) => Some(Cow::Borrowed(text)),
                Some(Setting::Count(count)) => Some(Cow::Owned(count.to_string())),
                Some(Setting::Flag(flag)) => Some(Cow::Owned(flag.to_string())),
                _ => match names.action?.after(name)? {
                    Value::Text(text) => Some(Cow::Owned(text.to_string())),
                    Value::Flag(flag) => Some(Cow::Owned(flag.to_string())),
                    Value::Set(_) => None,
                },
            },
        }
    }

    /// The path of a template.
    ///
    /// # Errors
    /// [`Problem::BadCall`]: a name in it stands for nothing here.
    pub(super) fn path(
        &self,
        what: &'static str,
        template: &Template,
        names: Names<'_>,
    ) -> Result<String, HttpError> {
        path_of(template, |name| self.value(names, name)).ok_or_else(|| {
            let reason = format!("a name in {template} stands for nothing");
            self.api.problem(what, Problem::BadCall(reason))
        })
    }

    /// A call with the headers of the description and this query.
    ///
    /// # Errors
    /// As [`Described::path`].
    pub(super) fn dressed(
        &self,
        call: Call,
        query: &[(Box<str>, Template)],
        names: Names<'_>,
    ) -> Result<Call, HttpError> {
        let mut call = slashed(call);
        for (name, template) in query {
            let value = template.fill(|name| self.value(names, name));
            let value = value.ok_or_else(|| {
                let reason = format!("a name in {template} stands for nothing");
                self.api.problem(call.what, Problem::BadCall(reason))
            })?;
            call = call.query(name, value);
        }
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        Ok(call)
    }

    /// A call that writes, with its body; `None`: it has none.
    ///
    /// # Errors
    /// As [`Described::path`].
    pub(super) fn writing(
        &self,
        what: &'static str,
        described: &description::Call,
        body: Option<&Json>,
        names: Names<'_>,
    ) -> Result<Call, HttpError> {
        let path = self.path(what, &described.path, names)?;
        let call = match described.verb {
            Verb::Post => Call::post(what, path),
            Verb::Put => Call::put(what, path),
            Verb::Patch => Call::patch(what, path),
            Verb::Delete => Call::delete(what, path),
        };
        let mut call = self.dressed(call, &described.query, names)?;
        for header in &described.headers {
            let name = self.header_names.get(&header.name).copied();
            call = call.header(name.unwrap_or_default(), header.value.to_string());
        }
        let Some(body) = body else {
            return Ok(call);
        };
        if described.form {
            let fields = fields(body);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (&**a, &**b)).collect();
            return Ok(call.form(&fields));
        }
        let call = call.json(body);
        Ok(match &*self.description.content_type {
            "application/json" => call,
            other => call.header("content-type", other),
        })
    }

    /// Puts what a call sends besides attributes.
    ///
    /// # Errors
    /// As [`Described::path`], and where no random text is to be had.
    pub(super) fn send(
        &self,
        what: &'static str,
        described: &description::Call,
        names: Names<'_>,
        body: &mut Json,
    ) -> Result<(), HttpError> {
        // One text for one action: some vendors want a password twice.
        let mut random = String::new();
        for (at, wire) in &described.send {
            let value = match wire {
                Wire::Constant(json) => json.clone(),
                Wire::Random(length) => {
                    if random.len() < usize::from(*length) {
                        random = self.random(what, longest(described))?;
                    }
                    let text = random.get(..usize::from(*length)).unwrap_or_default();
                    self.api.redactor().register(&text.to_owned().into());
                    Json::from(text)
                }
                Wire::Text(template) => {
                    let text = template.fill(|name| self.value(names, name));
                    match text {
                        Some(text) => Json::from(text),
                        // What the roster does not give is left out.
                        None if is_one_name(template) => continue,
                        None => {
                            let reason = format!("a name in {template} stands for nothing");
                            return Err(self.api.problem(what, Problem::BadCall(reason)));
                        }
                    }
                }
            };
            at.put(body, value);
        }
        Ok(())
    }

    /// So many random letters and digits.
    fn random(&self, what: &str, length: u16) -> Result<String, HttpError> {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut text = String::new();
        while text.len() < usize::from(length) {
            let mut bytes = [0_u8; 64];
            getrandom::fill(&mut bytes).map_err(|error| {
                let reason = format!("no random text is to be had: {error}");
                self.api.problem(what, Problem::Setup(reason))
            })?;
            // 248 is four times 62: every letter is as likely.
            let even = bytes.iter().filter(|byte| **byte < 248);
            let letters = even.map(|byte| char::from(LETTERS[usize::from(*byte) % 62]));
            let missing = usize::from(length) - text.len();
            text.extend(letters.take(missing));
        }
        Ok(text)
    }
}

/// The length of the longest random text of a call.
fn longest(described: &description::Call) -> u16 {
    let lengths = described.send.iter().filter_map(|(_, wire)| match wire {
        Wire::Random(length) => Some(*length),
        Wire::Constant(_) | Wire::Text(_) => None,
    });
    lengths.max().unwrap_or_default()
}

fn is_one_name(template: &Template) -> bool {
    matches!(template.parts(), [Part::Name(_)])
}

/// An object without anything in it.
pub(super) fn empty() -> Json {
    Json::Object(Map::new())
}
