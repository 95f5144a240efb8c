//! Writes: bodies taken apart field by field, and what they do. What is left over is refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::asked::{Answer, Asked};
use super::file::{Attribute, Call, EmailAt, Kind, Mode, as_text};
use super::lists::is_empty;
use super::routes::{Does, has};
use super::state::{State, User};
use super::template::{Named, Template};
use crate::{Keys as _, folded};

/// A status and the words for it.
type Refusal = (u16, String);

fn bad(why: impl Into<String>) -> Refusal {
    (400, why.into())
}

impl State {
    /// A call that writes.
    pub(super) fn writing(&mut self, found: &[(Does, Named)], asked: &Asked) -> Answer {
        let mut refusal = (405, String::from("there is no such call"));
        for (does, values) in found {
            let Some(call) = self.file.call(*does).cloned() else {
                continue;
            };
            match self.write(*does, &call, values, asked) {
                Ok(answer) => return answer,
                // The last of several that share a path takes the most.
                Err(refused) => refusal = refused,
            }
        }
        self.refuse(refusal.0, &refusal.1)
    }

    fn write(
        &mut self,
        does: Does,
        call: &Call,
        values: &Named,
        asked: &Asked,
    ) -> Result<Answer, Refusal> {
        for (name, value) in &call.headers {
            if asked.header(name) != Some(&*as_text(value)) {
                return Err(bad(format!("the header {name} is missing")));
            }
        }
        if !has(&asked.query, &call.query, &self.known) {
            return Err(bad("a parameter is missing"));
        }
        let sent = opened(call, asked, self.file.content_type.as_deref())?;
        let missing = || (self.missing(), String::from("there is no such user"));
        match does {
            Does::Create => self.create(call, values.clone(), sent),
            Does::Delete => {
                let at = self.whom(values).ok_or_else(missing)?;
                if !is_empty(&sent) {
                    return Err(bad("a delete has no body"));
                }
                self.remove_at(at);
                Ok(Answer::nothing())
            }
            Does::Add | Does::Remove => self.join(does, call, values.clone(), sent),
            _ => {
                let at = self.whom(values).ok_or_else(missing)?;
                let refuses = match does {
                    Does::Update => self.behaviour.refuses_updates,
                    _ => self.behaviour.refuses_switches,
                };
                if refuses {
                    return Err(bad("this cannot be changed"));
                }
                let user = self.edited(does, call, at, sent)?;
                let stores = match does {
                    Does::Update => self.behaviour.stores_updates,
                    _ => self.behaviour.stores_switches,
                };
                let wished = self.behaviour.answers_as_asked.then(|| user.json.clone());
                if stores {
                    let (before, after) = (self.users[at].id().to_owned(), user.id().to_owned());
                    self.renamed(&before, &after);
                    self.users.change(at, |it| *it = user);
                }
                Ok(self.answered(200, at, wished))
            }
        }
    }

    fn shown(&self, status: u16, at: usize) -> Answer {
        self.answered(status, at, None)
    }

    /// The answer to a write: who it was done to, as stored or as wished.
    fn answered(&self, status: u16, at: usize, wished: Option<Json>) -> Answer {
        let behaviour = &self.behaviour;
        match (behaviour.empty_answers, behaviour.brief_answers) {
            (true, _) => Answer::nothing(),
            (_, true) => Answer::json(status, self.outline(at)),
            _ => Answer::json(
                status,
                wished.unwrap_or_else(|| self.users[at].json.clone()),
            ),
        }
    }

    /// Makes a user.
    fn create(
        &mut self,
        call: &Call,
        mut values: Named,
        mut sent: Json,
    ) -> Result<Answer, Refusal> {
        self.take_sent(call, &mut sent, &mut values, true)?;
        let who = values.get("email").or(values.get("login")).cloned();
        let who = who.ok_or_else(|| bad("nobody is named"))?;
        if self.file.users.email.is_some() && !who.contains('@') {
            return Err((422, format!("{who:?} is no e-mail")));
        }
        let is_put = call.put.is_some();
        let only_new = call
            .headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("if-none-match") && value == "*");
        let login = values.get("login").cloned();
        let there = self.holder(&who, None);
        let there = there.or_else(|| self.with_login(login.as_deref()?));
        let there = there.filter(|_| !self.behaviour.doubles);
        if there.is_some() && !is_put && !self.behaviour.adopts {
            let why = format!("{who} is taken");
            return Err((self.behaviour.taken, why));
        }
        if there.is_some() && is_put && only_new {
            return Err((412, String::from("somebody is there")));
        }
        let mut user = match there {
            Some(at) => self.users[at].clone(),
            None => self.new_user(&who, login.as_deref(), None),
        };
        self.take_attributes(call, &mut sent, &mut user, true)?;
        if !is_empty(&sent) {
            return Err(bad(format!("unknown fields: {sent}")));
        }
        match there {
            Some(at) => {
                // A PUT takes over whoever is there; a POST that adopts leaves them as they are.
                if is_put {
                    self.users.change(at, |it| *it = user);
                }
                Ok(self.shown(200, at))
            }
            None => {
                let user = self.keyed(user.json, user.hidden);
                self.users.push(user);
                Ok(self.shown(201, self.users.len() - 1))
            }
        }
    }

    /// A user after a change, or after it was switched off or on.
    fn edited(&self, does: Does, call: &Call, at: usize, mut sent: Json) -> Result<User, Refusal> {
        let stored = &self.users[at];
        let mut user = stored.clone();
        let whole = call.is_whole();
        if whole {
            complete(call, &sent, &stored.json)?;
        }
        let mut values = Named::new();
        let constants = self.take_sent(call, &mut sent, &mut values, false)?;
        for (place, value) in constants {
            let tells = self.file.users.active.iter().any(|it| it.at == place);
            if tells || place.of(&user.json).is_some() {
                place.put(&mut user.json, value);
            }
        }
        if does == Does::Update || whole {
            self.take_attributes(call, &mut sent, &mut user, false)?;
        }
        let mut email = values.get("email").cloned();
        if call.email
            && let Some(EmailAt::Plain(place)) = &self.file.users.email
            && let Some(value) = place.take(&mut sent)
        {
            email = Some(value.as_str().unwrap_or_default().to_owned());
        }
        if let Some(email) = email {
            if !email.contains('@') {
                return Err((422, format!("{email:?} is no e-mail")));
            }
            if self.holder(&email, Some(at)).is_some() {
                return Err((self.behaviour.taken, format!("{email} is taken")));
            }
            match &self.file.users.email {
                Some(EmailAt::Plain(place)) if call.email => {
                    place.put(&mut user.json, json!(email));
                }
                _ if folded(&email) != folded(stored.email()) => {
                    return Err((422, String::from("an address cannot be changed")));
                }
                _ => {}
            }
        }
        let left = match whole {
            true => differs(&sent, &stored.json),
            false => (!is_empty(&sent)).then(|| sent.to_string()),
        };
        if let Some(left) = left {
            return Err(bad(format!("unknown or read-only: {left}")));
        }
        let on = does == Does::On;
        if does != Does::Update && self.is_on(&user.json) != on {
            self.set_on(&mut user.json, on);
        }
        Ok(self.keyed(user.json, user.hidden))
    }

    /// Puts somebody into a group, or takes them out.
    fn join(
        &mut self,
        does: Does,
        call: &Call,
        mut values: Named,
        mut sent: Json,
    ) -> Result<Answer, Refusal> {
        let built = call.send.keys().fold(json!({}), |mut built, place| {
            let value = place.of(&sent).cloned().unwrap_or_default();
            place.put(&mut built, value);
            built
        });
        if !call.send.is_empty() && built != sent {
            return Err(bad(format!("unknown fields: {sent}")));
        }
        for (place, text) in &call.send {
            let value = place.of(&sent).cloned().unwrap_or_default();
            let template = Template::new(&as_text(text), &self.known);
            if !template.matches(&as_text(&value), &mut values) {
                return Err(bad(format!("{value} is not what belongs there")));
            }
        }
        if !call.send.is_empty() {
            sent = Json::Null;
        }
        if !is_empty(&sent) {
            return Err(bad("there should be no body"));
        }
        let group = values.get("group").and_then(|id| self.group(id));
        let group = group.ok_or((404, String::from("there is no such group")))?;
        let at = self.whom(&values);
        let at = at.ok_or((404, String::from("there is no such user")))?;
        let id = self.users[at].id().to_owned();
        let members = &mut self.groups[group].members;
        let is_in = members.contains(&id);
        if is_in == (does == Does::Add) {
            return match call.done.first() {
                Some(status) => Err((*status, String::from("it is so already"))),
                None => Ok(Answer::nothing()),
            };
        }
        match does {
            Does::Add => members.push(id),
            _ => members.retain(|it| *it != id),
        }
        Ok(Answer::nothing())
    }

    /// Takes what a call sends besides attributes out of a body; gives back what is constant.
    fn take_sent(
        &self,
        call: &Call,
        sent: &mut Json,
        values: &mut Named,
        create: bool,
    ) -> Result<super::state::Sent, Refusal> {
        let mut constants = BTreeMap::new();
        let mut random: Option<String> = None;
        for (place, wire) in &call.send {
            // An attribute stands there as well.
            let shared = self
                .file
                .attributes
                .values()
                .any(|it| it.place() == Some(place));
            let value = match shared {
                true => place.of(sent).cloned(),
                false => place.take(sent),
            };
            match wire {
                Json::Object(random_wire) => {
                    let length = random_wire.get("random").and_then(Json::as_u64);
                    let text = value.as_ref().and_then(Json::as_str).unwrap_or_default();
                    if Some(text.len() as u64) != length {
                        return Err((422, String::from("this is no password")));
                    }
                    let longer = random.get_or_insert_with(|| text.to_owned());
                    if !longer.starts_with(text) && !text.starts_with(&**longer) {
                        return Err((422, String::from("the two passwords differ")));
                    }
                }
                Json::String(text) => {
                    let template = Template::new(text, &self.known);
                    if template.names().next().is_none() {
                        let same = value.as_ref() == Some(wire);
                        if !same {
                            return Err(bad(format!("{text} is missing")));
                        }
                        constants.insert(place.clone(), wire.clone());
                        continue;
                    }
                    let mut names = template.names();
                    let who = names.any(|it| matches!(it, "email" | "login" | "id"));
                    match value.as_ref().and_then(Json::as_str) {
                        Some(value) if template.matches(value, values) => {}
                        None if value.is_none() && !who && template.is_a_name() => {}
                        _ => return Err((422, format!("{text} is missing or wrong"))),
                    }
                }
                constant => {
                    let form = call.form && value.as_ref() == Some(&json!(constant.to_string()));
                    if value.as_ref() != Some(constant) && !form {
                        return Err(bad(format!("{constant} is missing")));
                    }
                    constants.insert(place.clone(), constant.clone());
                }
            }
        }
        // What a create always sends says nothing about the user.
        if create {
            constants.clear();
        }
        Ok(constants)
    }

    /// Takes attributes out of a body and stores them in a user.
    fn take_attributes(
        &self,
        call: &Call,
        sent: &mut Json,
        user: &mut User,
        create: bool,
    ) -> Result<(), Refusal> {
        let whole = call.is_whole();
        let ids = self.group_ids();
        for (name, attribute) in &self.file.attributes {
            let Some(place) = attribute.place() else {
                continue;
            };
            if !create && attribute.mode != Mode::Changing {
                continue;
            }
            let Some(value) = place.take(sent) else {
                if create && attribute.required {
                    return Err((422, format!("{name} is required")));
                }
                // A whole object without it is one that has none.
                if whole && attribute.write.is_none() {
                    place.put(&mut user.json, Json::Null);
                }
                continue;
            };
            let value = match call.form {
                true => attribute.typed(value),
                false => value,
            };
            let is_as_it_was = whole && place.of(&user.json) == Some(&value);
            if is_as_it_was {
                continue;
            }
            let checked = attribute.check(&value, &user.json, &ids);
            checked.map_err(|why| (422, format!("{name} {why}")))?;
            match attribute.at {
                Some(_) => attribute.store(value, whole, &mut user.json),
                None => place.put(&mut user.hidden, value),
            }
        }
        Ok(())
    }
}

impl Attribute {
    /// Where it is written.
    fn place(&self) -> Option<&super::pointer::Pointer> {
        self.write.as_ref().or(self.at.as_ref())
    }

    /// The text of a form as what it means.
    fn typed(&self, sent: Json) -> Json {
        let scalar = matches!(self.kind, Kind::Flag | Kind::Number) || !self.values.is_empty();
        let Json::String(text) = &sent else {
            return sent;
        };
        if self.values.values().any(|it| *it == sent) {
            return sent;
        }
        match serde_json::from_str::<Json>(text) {
            Ok(read) if scalar => read,
            _ => sent,
        }
    }
}

/// What stands in the envelope of a body.
fn opened(call: &Call, asked: &Asked, usual: Option<&str>) -> Result<Json, Refusal> {
    if asked.body.is_empty() {
        return match call.at.is_whole() || call.send.is_empty() {
            true => Ok(Json::Null),
            false => Err(bad("there is no body")),
        };
    }
    let mut body = match call.form {
        true if !asked.has_type("application/x-www-form-urlencoded") => {
            return Err((415, String::from("this takes a form")));
        }
        true => {
            let fields = asked.fields().into_iter();
            let fields = fields.map(|(name, text)| {
                let nested = serde_json::from_str::<Json>(&text).ok();
                let nested = nested.filter(|it| it.is_array() || it.is_object());
                (name, nested.unwrap_or(Json::String(text)))
            });
            Json::Object(fields.collect::<Map<_, _>>())
        }
        false if !asked.has_type(usual.unwrap_or("application/json")) => {
            return Err((415, String::from("this takes another content type")));
        }
        false => asked.json().ok_or_else(|| bad("this is no JSON"))?,
    };
    if call.at.is_whole() {
        return match body.is_object() {
            true => Ok(body),
            false => Err(bad("this is no object")),
        };
    }
    let inner = call.at.take(&mut body);
    let inner = inner.filter(Json::is_object);
    let inner = inner.ok_or_else(|| bad("the envelope is missing"))?;
    match is_empty(&body) {
        true => Ok(inner),
        false => Err(bad(format!("unknown fields: {body}"))),
    }
}

/// Whether a whole object is one: nothing of the stored one is missing but what is to be dropped.
fn complete(call: &Call, sent: &Json, stored: &Json) -> Result<(), Refusal> {
    if let Some(place) = call.drop.iter().find(|it| it.of(sent).is_some()) {
        return Err(bad(format!("{place:?} is not to be sent")));
    }
    let mut kept = stored.clone();
    for place in &call.drop {
        place.take(&mut kept);
    }
    let is_secret = |name: &str| stored[name] == json!("sandbox-hidden-secret");
    let keys = kept.as_object().into_iter().flat_map(Map::keys);
    for key in keys.filter(|it| !is_secret(it)) {
        if sent.get(key).is_none() {
            return Err(bad(format!("{key} is missing")));
        }
    }
    Ok(())
}

/// What of an object is not as it is stored.
fn differs(sent: &Json, stored: &Json) -> Option<String> {
    match (sent, stored) {
        (Json::Object(sent), Json::Object(stored)) => sent.iter().find_map(|(key, value)| {
            let there = stored.get(key).unwrap_or(&Json::Null);
            differs(value, there).map(|it| format!("{key}: {it}"))
        }),
        (sent, stored) => (sent != stored).then(|| sent.to_string()),
    }
}
