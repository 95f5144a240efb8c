//! What a description cannot mean, over all of its parts.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::fields::says_secret;
use super::model::{
    Attribute, AttributeMode, AttributeType, Auth, Call, Condition, Description, List, OwnBy, Page,
    RightsSaid, Verb, Wire,
};
use super::pointer::Pointer;
use super::template::Template;
use crate::model::spec::LOGIN;
use crate::roster::diagnostic::{Code, Diagnostic, Span};
use crate::roster::values::Problems;

/// Adds what is wrong.
pub(super) fn check(description: &Description, problems: &mut Problems) {
    let mut checks = Checks {
        description,
        problems,
    };
    checks.switching();
    checks.creating();
    checks.changing();
    checks.reading();
    checks.names();
    for attribute in &description.attributes {
        checks.attribute(attribute);
    }
    checks.places();
    checks.sends();
    checks.lists();
}

struct Checks<'d, 'p> {
    description: &'d Description,
    problems: &'p mut Problems,
}

impl Checks<'_, '_> {
    fn refuse(&mut self, code: Code, span: Span, message: impl Into<String>, help: &str) {
        let problem = Diagnostic::error(code, span, message);
        self.problems.push(problem.help(help));
    }

    /// `deactivate` and `reactivate` are both there, and something shows what they did.
    fn switching(&mut self) {
        let users = &self.description.users;
        let (off, on) = (users.deactivate.as_ref(), users.reactivate.as_ref());
        let given = off.or(on);
        let Some(given) = given else { return };
        if off.is_none() || on.is_none() {
            self.refuse(
                Code::MissingKey,
                given.span,
                "`deactivate` and `reactivate` go together",
                "who was switched off by mistake has to be switched on again; describe both, or neither",
            );
        }
        if users.active.is_empty() {
            self.refuse(
                Code::MissingKey,
                given.span,
                "users can be switched off, and nothing shows whether they are",
                "say what shows it: `active: { at: /status, inactive: [disabled] }`",
            );
        }
        for (call, means) in [(off, false), (on, true)] {
            let sent = call.iter().flat_map(|call| {
                let at = |place: &Pointer| call.at.join(place);
                call.send
                    .iter()
                    .map(move |(place, wire)| (call.span, at(place), wire))
            });
            let sent: Vec<_> = sent.collect();
            for condition in &users.active {
                let found = sent.iter().find(|(_, place, _)| *place == condition.at);
                let Some((span, place, wire)) = found else {
                    continue;
                };
                let Some(value) = constant(wire) else {
                    continue;
                };
                if is_active(condition, &value) != means {
                    let (call, word) = match means {
                        false => ("deactivate", "access"),
                        true => ("reactivate", "no access"),
                    };
                    let message = format!(
                        "`{call}` sends {value} to `{place}`, which means {word} by `active`"
                    );
                    self.refuse(Code::Conflict, *span, message, "one of the two is wrong");
                }
            }
        }
    }

    /// A create says whom it makes, and takes nobody's account over.
    fn creating(&mut self) {
        let users = &self.description.users;
        let Some(create) = &users.create else { return };
        let says_who =
            |template: &Template| template.names().any(|it| it == "email" || it == "login");
        if !create.templates().any(says_who) {
            self.refuse(
                Code::MissingKey,
                create.span,
                "`users.create` does not say whom it makes",
                "send the address: `send: { /email: \"{email}\" }`",
            );
        }
        if matches!(create.verb, Verb::Patch | Verb::Delete) {
            let message = format!("`users.create`: a {} makes nobody", create.verb.key());
            self.refuse(Code::Method, create.span, message, "write `post` or `put`");
        }
        if create.whole {
            let message = "`users.create`: there is no whole object yet";
            self.refuse(
                Code::Conflict,
                create.span,
                message,
                "leave `body: whole` out",
            );
        }
        let email = users.email.as_ref().map(|it| &it.at);
        let id_is_known = email == Some(&users.id) || users.login.as_ref() == Some(&users.id);
        let looks_first = users.get.is_some() && id_is_known;
        let only_new = create.headers.iter().any(|header| {
            header.name.eq_ignore_ascii_case("if-none-match") && header.value.to_string() == "*"
        });
        if create.verb == Verb::Put && !looks_first && !only_new {
            self.refuse(
                Code::NoGuard,
                create.span,
                "`users.create` is a PUT, which would take over whoever is there",
                "send `headers: { If-None-Match: \"*\" }` if the vendor heeds it, or describe `users.get` \
                 where the id is the e-mail or login, so that the place is looked at first",
            );
        }
    }

    /// Changes find what they need.
    fn changing(&mut self) {
        let users = &self.description.users;
        let all = [
            &users.create,
            &users.update,
            &users.deactivate,
            &users.reactivate,
            &users.delete,
        ];
        for call in all.into_iter().flatten().filter(|it| !it.done.is_empty()) {
            self.refuse(
                Code::Conflict,
                call.span,
                "`done` is for `groups.add` and `groups.remove`",
                "leave it out: what a refused change of a user means, a read tells",
            );
        }
        let calls = [&users.update, &users.deactivate, &users.reactivate];
        for call in calls.into_iter().flatten() {
            if call.whole && users.get.is_none() {
                self.refuse(
                    Code::MissingKey,
                    call.span,
                    "`body: whole` sends the object as it is read, and there is no `users.get`",
                    "describe the read of one user: `get: { get: \"/users/{id}\" }`",
                );
            }
        }
        let moves = users.update.as_ref().filter(|it| it.email);
        if let Some(update) = moves
            && !users
                .email
                .as_ref()
                .is_some_and(|it| it.take.is_none() && it.filter.is_empty())
        {
            self.refuse(
                Code::Conflict,
                update.span,
                "`email: true`: there is no one place where the e-mail stands",
                "leave it out: an address that changes is then a step for a person",
            );
        }
    }

    /// Reads that are asked for exist.
    fn reading(&mut self) {
        let users = &self.description.users;
        let lacks_get = users.get.is_none();
        if users.list.each && lacks_get {
            let message = "`each: get` reads every user, and there is no `users.get`";
            let help = "describe the read of one user: `get: { get: \"/users/{id}\" }`";
            self.refuse(Code::MissingKey, users.list.span, message, help);
        }
        if users.find.as_ref().is_some_and(|it| it.then_get) && lacks_get {
            let message = "`then: get` reads the user who was found, and there is no `users.get`";
            let help = "describe the read of one user: `get: { get: \"/users/{id}\" }`";
            self.refuse(Code::MissingKey, users.span, message, help);
        }
        let logs_in = self
            .description
            .auth
            .iter()
            .all(|it| matches!(it, Auth::Login(_)));
        if let Some(own) = &self.description.own
            && matches!(own.by, OwnBy::Login(_))
            && !logs_in
        {
            let message = "`self: { login: … }` is for `auth: { login: … }`";
            let help = "read it instead: `self: { get: /me, email: /email }`";
            self.refuse(Code::Conflict, users.span, message, help);
        }
        let mut lists = vec![&users.list];
        lists.extend(self.description.groups.iter().map(|it| &it.list));
        for list in lists {
            for name in parameters(list) {
                let mut parts = list.parts.iter().flat_map(|it| &it.query);
                let twice = list.query.iter().any(|(it, _)| **it == *name)
                    || parts.any(|(it, _)| **it == *name);
                if twice {
                    let message =
                        format!("the list sends `{name}` twice: by `page` and by `query`");
                    self.refuse(Code::Conflict, list.span, message, "leave one of them out");
                }
            }
        }
    }

    /// `{email}` and `{login}` stand for something.
    fn names(&mut self) {
        let users = &self.description.users;
        let mut calls: Vec<&Call> = Vec::new();
        calls.extend(&users.create);
        calls.extend(&users.update);
        calls.extend(&users.deactivate);
        calls.extend(&users.reactivate);
        if let Some(groups) = &self.description.groups {
            calls.extend(groups.add.iter().chain(&groups.remove));
        }
        for call in calls {
            let names: Vec<&str> = call.templates().flat_map(Template::names).collect();
            for (name, there) in [
                ("email", users.email.is_some()),
                (LOGIN, users.login.is_some()),
            ] {
                if names.contains(&name) && !there {
                    let message =
                        format!("`{{{name}}}` stands for nothing: `users` has no `{name}`");
                    let help = format!("say where a user has it: `{name}: /{name}`");
                    self.refuse(Code::UnknownName, call.span, message, &help);
                }
            }
        }
    }

    fn attribute(&mut self, it: &Attribute) {
        let never_read = matches!(it.mode, AttributeMode::Create | AttributeMode::Write);
        if it.at.is_none() && it.write.is_none() {
            let message = format!("`{}` stands nowhere", it.name);
            self.refuse(
                Code::MissingKey,
                it.span,
                message,
                "say where: `at: /title`",
            );
        } else if it.at.is_none() && !never_read {
            let message = format!("`{}` is written and never read", it.name);
            self.refuse(
                Code::MissingKey,
                it.span,
                message,
                "say where it is read (`at`); if the vendor never shows it, `mode: write` (or `create`) \
                 sends it with a create alone",
            );
        }
        if it.kind == AttributeType::Choice && it.values.is_empty() {
            let message = format!("`{}` is a choice without `values`", it.name);
            self.refuse(
                Code::MissingKey,
                it.span,
                message,
                "list them: `values: { reader: 1, admin: 2 }`",
            );
        }
        if it.rights == RightsSaid::Ranked && it.values.is_empty() {
            let message = format!(
                "`{}`: `rights: ranked` goes by the order of `values`",
                it.name
            );
            self.refuse(
                Code::MissingKey,
                it.span,
                message,
                "list the values, or write `rights: [weakest, …]`",
            );
        }
        if it.of_groups && self.description.groups.is_none() {
            let message = format!("`{}` refers to groups, and there are none", it.name);
            self.refuse(
                Code::MissingKey,
                it.span,
                message,
                "describe `groups: { list: … }`",
            );
        }
        let is_array = it.kind == AttributeType::Set || it.one;
        if it.each.is_some() && !is_array {
            let message = format!("`{}`: `each` is for a list", it.name);
            self.refuse(
                Code::Conflict,
                it.span,
                message,
                "write `type: set`, or `one: true` for a list of one",
            );
        }
        if it.entry.is_some() && (it.each.is_some() || it.one) {
            let message = format!(
                "`{}`: one entry is taken by `where` or by `one`, not by both",
                it.name
            );
            self.refuse(Code::Conflict, it.span, message, "leave one of them out");
        }
        if let Some(admin) = &it.admin
            && !could_be(it, admin)
        {
            let message = format!("`{}` never has the value {admin} of `admin`", it.name);
            self.refuse(
                Code::Conflict,
                it.span,
                message,
                "take a value that the roster can give it",
            );
        }
        if it.admin.is_some() && it.rights == RightsSaid::None && it.kind != AttributeType::Flag {
            let message = format!("`{}` makes administrators, and carries no rights", it.name);
            self.refuse(
                Code::Conflict,
                it.span,
                message,
                "say how it takes rights away: `rights: any`",
            );
        }
    }

    /// No two things stand in one place.
    /// What a call sends by itself would stand in the place of an attribute.
    fn sends(&mut self) {
        let users = &self.description.users;
        for call in users.create.iter().chain(&users.update) {
            for (at, _) in &call.send {
                let mut attributes = self.description.attributes.iter();
                let attribute = attributes.find(|it| {
                    let place = it.write.as_ref().or(it.at.as_ref());
                    place.is_some_and(|place| place.overlaps(at)) && it.entry.is_none()
                });
                if let Some(attribute) = attribute {
                    let message =
                        format!("`send` and `{}` are in one place, `{at}`", attribute.name);
                    let help =
                        "what is sent where the roster is silent is the attribute's `default`";
                    self.refuse(Code::TwoInOne, call.span, message, help);
                }
            }
        }
    }

    /// What is said of a list that only a single value can be.
    fn lists(&mut self) {
        for it in &self.description.attributes {
            let is_list = matches!(it.kind, AttributeType::Set | AttributeType::Flags);
            if is_list && it.default.is_some() {
                let message = format!("`{}` is a list and has no `default`", it.name);
                let help = "give it in the roster, under the vendor's `defaults`";
                self.refuse(Code::Conflict, it.span, message, help);
            }
            if is_list && it.admin.is_some() && !it.of_groups {
                let message = format!("`admin` of `{}` counts for nothing: it is a list", it.name);
                let help = "say it in the roster: `admins: { attribute: NAME, values: [VALUE] }` on the vendor";
                self.refuse(Code::Conflict, it.span, message, help);
            }
        }
    }

    fn places(&mut self) {
        let users = &self.description.users;
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        taken.insert(users.id.to_string(), "the id");
        if let Some(email) = &users.email
            && email.take.is_none()
        {
            taken.insert(email.at.to_string(), "the e-mail");
        }
        for condition in &users.active {
            taken.insert(condition.at.to_string(), "what tells access");
        }
        for it in &self.description.attributes {
            let Some(at) = &it.at else { continue };
            let is_flag = it.kind == AttributeType::Flag;
            if let Some(key) = at.keys().find(|key| says_secret(key) && !is_flag) {
                let message = format!(
                    "`{}` is at `{at}`, and nothing under `{key}` is ever read",
                    it.name
                );
                self.refuse(
                    Code::LiteralSecret,
                    it.span,
                    message,
                    "a field of that name is dropped from every answer: it may hold a secret",
                );
            }
            let entry = it.entry.as_ref();
            let entry = entry.map(|it| format!(" {:?} {}", it.filter, it.take));
            let place = format!("{at}{}", entry.unwrap_or_default());
            if let Some(other) = taken.insert(place, &it.name) {
                let message = format!("`{}` and {other} are in one place, `{at}`", it.name);
                self.refuse(
                    Code::TwoInOne,
                    it.span,
                    message,
                    "each stands in a place of its own",
                );
            }
        }
    }
}

/// The parameters that pages of a list are asked for with.
fn parameters(list: &List) -> Vec<&str> {
    match &list.page {
        None => Vec::new(),
        Some(Page::Offset(it) | Page::Number(it)) => vec![&it.parameter, &it.limit],
        Some(Page::Cursor {
            parameter, size, ..
        }) => {
            let size = size.iter().map(|(name, _)| &**name);
            size.chain([&**parameter]).collect()
        }
        Some(Page::Link { size, .. }) => size.iter().map(|(name, _)| &**name).collect(),
    }
}

/// A value that is the same in every call.
fn constant(wire: &Wire) -> Option<Json> {
    match wire {
        Wire::Constant(json) => Some(json.clone()),
        Wire::Text(text) if text.names().next().is_none() => Some(Json::from(text.to_string())),
        Wire::Text(_) | Wire::Random(_) => None,
    }
}

/// Whether a value means access. One in neither list does.
pub(super) fn is_active(condition: &Condition, value: &Json) -> bool {
    match condition.inactive.is_empty() {
        true => condition.active.contains(value),
        false => !condition.inactive.contains(value),
    }
}

/// Whether the roster can give an attribute that value.
fn could_be(it: &Attribute, value: &Json) -> bool {
    match (it.kind, value) {
        (AttributeType::Flag, Json::Bool(_)) => true,
        (AttributeType::Choice, Json::String(word)) => {
            it.values.iter().any(|(it, _)| **it == **word)
        }
        (AttributeType::Text | AttributeType::Set | AttributeType::Email, Json::String(_)) => true,
        (AttributeType::Number, Json::Number(_)) => true,
        _ => false,
    }
}
