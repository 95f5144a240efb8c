//! What the server holds: users as the vendor shows them, groups, and the state of its tokens.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Behaviour;
use super::asked::{Answer, Asked};
use super::codec::{Groups, holds, other_than};
use super::file::{EmailAt, File, Kind, Members, as_text, read};
use super::pointer::Pointer;
use super::routes::{self, Does, Route};
use super::template::Named;
use crate::account::{Account, Shield, Value};
use crate::{Keyed, Keys, Seed, folded};

/// The attributes that groups with members are, and the login name.
const GROUPS: &str = "groups";
const LOGIN: &str = "login";

/// Everything.
pub(super) struct State {
    pub(super) file: File,
    pub(super) name: Box<str>,
    /// The settings of the roster, by name.
    pub(super) known: Named,
    pub(super) behaviour: Behaviour,
    pub(super) page_cap: Option<usize>,
    pub(super) secrets: Named,
    pub(super) own: String,
    pub(super) users: Keyed<User>,
    pub(super) groups: Vec<Group>,
    /// Tokens that have ended, and calls with the one that has not.
    pub(super) tokens: u32,
    pub(super) token_used: u32,
    /// Pages of the list of users so far.
    pub(super) pages: usize,
    writes: u32,
    made: u64,
    routes: Vec<Route>,
    shield: Option<&'static str>,
}

/// A user as the vendor shows it, and what it never shows.
#[derive(Clone)]
pub(super) struct User {
    pub(super) json: Json,
    pub(super) hidden: Json,
    id: String,
    email: String,
}

impl Keys for User {
    fn id(&self) -> &str {
        &self.id
    }

    fn email(&self) -> &str {
        &self.email
    }
}

/// A group, and the ids of who is in it.
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) members: Vec<String>,
}

impl State {
    pub(super) fn new(seed: Seed, behaviour: Behaviour) -> Result<Self, String> {
        let text = seed.text("connector").ok_or("there is no description")?;
        let file = read(text)?;
        let settings = file.settings.keys();
        let known: Named = settings
            .filter_map(|name| Some((name.clone(), as_text(seed.settings.get(&**name)?))))
            .collect();
        let secrets = seed.secrets.iter();
        let secrets = secrets.map(|(name, text)| ((*name).to_owned(), text.clone()));
        let shield = file.users.shield.as_ref();
        // Where the roster says that tokens come from elsewhere, that is here as well.
        let elsewhere = seed.settings.contains_key("token_url");
        let mut state = Self {
            routes: file.routes(&known, elsewhere),
            shield: shield.map(|it| &*it.what.clone().leak()),
            secrets: secrets.collect(),
            known,
            name: seed.name.clone(),
            behaviour,
            page_cap: seed.page_cap,
            own: seed.own.to_string(),
            users: Keyed::default(),
            groups: Vec::new(),
            tokens: 0,
            token_used: 0,
            pages: 0,
            writes: 0,
            made: 0,
            file,
        };
        for (attribute, names) in &seed.names {
            let of_groups = state.file.attributes.get(*attribute);
            let of_groups = of_groups.is_some_and(|it| it.of_groups);
            if of_groups || (*attribute == GROUPS && state.has_members()) {
                names.iter().for_each(|name| state.add_group(name));
            }
        }
        for account in seed.accounts {
            state.keep(account);
        }
        Ok(state)
    }

    /// Answers a request.
    pub(super) fn answer(&mut self, asked: &Asked) -> Answer {
        let found = routes::find(&self.routes, &asked.method, &asked.path);
        if let Ok(found) = &found {
            match found.first().map(|(does, _)| *does) {
                Some(Does::Login(at)) => return self.log_in(at, asked),
                Some(Does::Token(at)) => return self.mint(at, asked),
                _ => {}
            }
        }
        if !self.is_allowed(&asked.headers) {
            return self.refuse(401, "who are you?");
        }
        let found = match found {
            Ok(found) => found,
            Err(status) => return self.refuse(status, "there is no such call"),
        };
        for (name, value) in &self.file.headers {
            if asked.header(name) != Some(&*as_text(value)) {
                return self.refuse(400, &format!("the header {name} is missing"));
            }
        }
        if matches!(&*asked.method, "GET" | "HEAD") {
            return self.reading(&found, asked);
        }
        let answer = self.writing(&found, asked);
        self.writes += u32::from(answer.status < 300);
        let every = self.behaviour.loses_answers;
        match answer.status < 300 && every > 0 && self.writes.is_multiple_of(every) {
            true => self.refuse(504, "the gateway has waited long enough"),
            false => answer,
        }
    }

    /// A refusal, with its words where the description says.
    pub(super) fn refuse(&self, status: u16, why: &str) -> Answer {
        let mut body = json!({});
        match self.file.errors.first() {
            Some(at) => at.put(&mut body, json!(why)),
            None => body["message"] = json!(why),
        }
        Answer::json(status, body)
    }

    /// All accounts, in the words of the roster.
    pub(super) fn accounts(&self) -> Vec<Account> {
        self.users.iter().map(|user| self.account(user)).collect()
    }

    fn account(&self, user: &User) -> Account {
        let ids = self.group_ids();
        let mut account = Account {
            id: Some(user.id.as_str().into()),
            active: self.is_on(&user.json),
            ..Account::new(&*user.email)
        };
        for (name, attribute) in &self.file.attributes {
            attribute.read(name, &user.json, &ids, &mut account);
        }
        if self.has_members() {
            let of = self
                .groups
                .iter()
                .filter(|it| it.members.contains(&user.id));
            let names: Vec<&str> = of.map(|it| &*it.name).collect();
            account.attributes.insert(GROUPS, Some(Value::set(names)));
        }
        let login = self.file.users.login.as_ref();
        if let Some(login) = login.and_then(|at| at.of(&user.json)) {
            let login = Value::text(as_text(login));
            account.attributes.insert(LOGIN, Some(login));
        }
        if let (Some(shield), Some(what)) = (&self.file.users.shield, self.shield) {
            let value = shield.at.of(&user.json).unwrap_or(&Json::Null);
            account.shield = shield.is.contains(value).then_some(Shield {
                what,
                always: false,
            });
        }
        account
    }

    /// Replaces the account with that e-mail, or adds it.
    pub(super) fn keep(&mut self, account: Account) {
        let user = self.user_of(&account);
        let id = user.id.clone();
        match self.users.by_email(&account.email) {
            Some(at) => {
                let before = self.users[at].id.clone();
                self.leave_groups(&before);
                self.users.change(at, |it| *it = user);
            }
            None => self.users.push(user),
        }
        if self.has_members()
            && let Some(Some(Value::Set(names))) = account.attributes.get(GROUPS)
        {
            for name in names {
                self.add_group(name);
                let mut groups = self.groups.iter_mut();
                if let Some(group) = groups.find(|it| *it.name == **name) {
                    group.members.push(id.clone());
                }
            }
        }
    }

    /// Removes an account.
    pub(super) fn remove(&mut self, email: &str) {
        if let Some(at) = self.users.by_email(email) {
            self.remove_at(at);
        }
    }

    pub(super) fn remove_at(&mut self, at: usize) {
        let user = self.users.remove(at);
        self.leave_groups(&user.id);
    }

    fn leave_groups(&mut self, id: &str) {
        for group in &mut self.groups {
            group.members.retain(|it| it != id);
        }
    }

    fn has_members(&self) -> bool {
        self.file
            .groups
            .as_ref()
            .is_some_and(|it| it.members.is_some())
    }

    /// Where groups have their id and name.
    pub(super) fn group_places(&self) -> [Pointer; 2] {
        let groups = self.file.groups.as_ref();
        let place = |given: Option<&Pointer>, usual: &str| {
            let usual = || serde_json::from_value(json!(usual)).unwrap_or_default();
            given.cloned().unwrap_or_else(usual)
        };
        [
            place(groups.and_then(|it| it.id.as_ref()), "/id"),
            place(groups.and_then(|it| it.name.as_ref()), "/name"),
        ]
    }

    fn add_group(&mut self, name: &str) {
        if self.groups.iter().any(|it| it.name == name) {
            return;
        }
        let [id, named] = self.group_places();
        // The same in every server, so that what was kept of one means something to another.
        let mixed = name.bytes().fold(7_u64, |sum, byte| {
            sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
        });
        self.groups.push(Group {
            id: match id == named {
                true => name.to_owned(),
                false => format!("g-{mixed:x}"),
            },
            name: name.to_owned(),
            members: Vec::new(),
        });
    }

    /// Names of groups and their ids.
    pub(super) fn group_ids(&self) -> Groups {
        let groups = self.groups.iter();
        groups.map(|it| (it.name.clone(), it.id.clone())).collect()
    }

    /// Somebody with nothing but an address, and a login name where the vendor has those.
    pub(super) fn new_user(&mut self, email: &str, login: Option<&str>, id: Option<&str>) -> User {
        let mut json = json!({});
        let users = &self.file.users;
        let text = |at: &Pointer| at.clone();
        let email_at = match &users.email {
            Some(EmailAt::Plain(at)) => Some(text(at)),
            _ => None,
        };
        let local = email.split('@').next().unwrap_or_default();
        let login = login.unwrap_or(match users.email {
            Some(_) => local,
            None => email,
        });
        let id = match id {
            Some(id) => json!(id),
            None if email_at.as_ref() == Some(&users.id) => json!(email),
            None if users.login.as_ref() == Some(&users.id) => json!(login),
            None => {
                self.made = self.made.max(self.users.len() as u64) + 1;
                while self.users.by_id(&self.id_text(self.made)).is_some() {
                    self.made += 1;
                }
                json!(self.id_text(self.made))
            }
        };
        let id = match id.as_str().and_then(|it| it.parse::<u64>().ok()) {
            Some(number) if self.behaviour.number_ids => json!(number),
            _ => id,
        };
        let users = &self.file.users;
        for (name, attribute) in &self.file.attributes {
            let empty = match attribute.kind {
                Kind::Set | Kind::Flags => json!([]),
                _ if attribute.one || attribute.entry.is_some() => json!([]),
                Kind::Flag if attribute.values.is_empty() => json!(false),
                Kind::Flag => {
                    attribute.show(name, &Value::Flag(false), &Groups::new(), &mut json);
                    continue;
                }
                _ => Json::Null,
            };
            if let Some(at) = &attribute.at {
                at.put(&mut json, empty);
            }
        }
        users.id.put(&mut json, id);
        if let Some(at) = &users.login {
            at.put(&mut json, json!(login));
        }
        match &users.email {
            Some(EmailAt::Entry(entry)) => {
                let mut all = Vec::new();
                let take = entry.take.clone().unwrap_or_default();
                for (which, address) in [(false, "another@elsewhere.example"), (true, email)] {
                    let mut made = json!({});
                    for (at, is) in &entry.filter {
                        let is = match which {
                            true => is.clone(),
                            false => other_than(std::slice::from_ref(is)),
                        };
                        at.put(&mut made, is);
                    }
                    take.put(&mut made, json!(address));
                    if which || !entry.filter.is_empty() {
                        all.push(made);
                    }
                }
                entry.at.put(&mut json, Json::Array(all));
            }
            Some(EmailAt::Plain(at)) => at.put(&mut json, json!(email)),
            None => {}
        }
        for at in &self.file.secret {
            at.put(&mut json, json!("sandbox-hidden-secret"));
        }
        let calls = [&users.update, &users.deactivate, &users.reactivate];
        for at in calls.into_iter().flatten().flat_map(|it| &it.drop) {
            if at.of(&json).is_none() {
                at.put(&mut json, json!("made by the vendor"));
            }
        }
        if let Some(shield) = &users.shield {
            shield.at.put(&mut json, other_than(&shield.is));
        }
        self.set_on(&mut json, true);
        let hidden = match users.email {
            Some(_) => json!({}),
            // It is never shown, and tests ask for it.
            None => json!({ "email": email }),
        };
        self.keyed(json, hidden)
    }

    fn id_text(&self, number: u64) -> String {
        match self.behaviour.number_ids {
            true => number.to_string(),
            false => format!("u-{number}"),
        }
    }

    fn user_of(&mut self, account: &Account) -> User {
        let login = account.attributes.get(LOGIN).and_then(Option::as_ref);
        let login = login.and_then(Value::as_text);
        let mut user = self.new_user(&account.email, login, account.id.as_deref());
        let ids: Vec<Box<str>> = account
            .attributes
            .iter()
            .filter_map(|(name, value)| {
                let attribute = self.file.attributes.get(name)?;
                Some((attribute.of_groups, value.as_ref()?))
            })
            .filter(|(of_groups, _)| *of_groups)
            .flat_map(|(_, value)| match value {
                Value::Set(names) => names.to_vec(),
                Value::Text(name) => vec![name.clone()],
                Value::Flag(_) => Vec::new(),
            })
            .collect();
        ids.iter().for_each(|name| self.add_group(name));
        let ids = self.group_ids();
        for (name, value) in account.attributes.iter() {
            let head = name.split('.').next().unwrap_or(name);
            if let (Some(attribute), Some(value)) = (self.file.attributes.get(head), value) {
                attribute.show(name, value, &ids, &mut user.json);
            }
        }
        for (name, _) in &account.fixed {
            if let Some((head, slug)) = name.split_once('.')
                && let Some(attribute) = self.file.attributes.get(head)
            {
                attribute.lock(slug, &mut user.json);
            }
        }
        if let (Some(shield), true) = (&self.file.users.shield, account.shield.is_some()) {
            shield.at.put(&mut user.json, shield.is[0].clone());
        }
        self.set_on(&mut user.json, account.active);
        self.keyed(user.json, user.hidden)
    }

    /// A user with the keys that are looked up.
    pub(super) fn keyed(&self, json: Json, hidden: Json) -> User {
        User {
            id: self
                .file
                .users
                .id
                .of(&json)
                .map(as_text)
                .unwrap_or_default(),
            email: match hidden.get("email") {
                Some(email) => as_text(email),
                None => self.email_of(&json),
            },
            json,
            hidden,
        }
    }

    /// The address of a user.
    fn email_of(&self, json: &Json) -> String {
        let users = &self.file.users;
        let found = match &users.email {
            Some(EmailAt::Plain(at)) => at.of(json),
            Some(EmailAt::Entry(entry)) => {
                let mut entries = entry.at.of(json).and_then(Json::as_array);
                let mut entries = entries.iter_mut().flat_map(|it| it.iter());
                let take = entry.take.clone().unwrap_or_default();
                let one = entries.find(|it| holds(&entry.filter, it));
                return one
                    .and_then(|it| take.of(it))
                    .map(as_text)
                    .unwrap_or_default();
            }
            None => None,
        };
        found.map(as_text).unwrap_or_default()
    }

    /// Whether a user has a login name.
    pub(super) fn has_login(&self, at: usize, login: &str) -> bool {
        let place = self.file.users.login.as_ref();
        let theirs = place.and_then(|it| it.of(&self.users[at].json));
        let theirs = theirs.and_then(Json::as_str).unwrap_or_default();
        match self.behaviour.search_by_case {
            true => theirs == login,
            false => folded(theirs) == folded(login),
        }
    }

    /// Whether a user has access.
    pub(super) fn is_on(&self, json: &Json) -> bool {
        self.file.users.active.iter().all(|it| {
            let value = it.at.of(json).unwrap_or(&Json::Null);
            match it.inactive.is_empty() {
                true => it.active.contains(value),
                false => !it.inactive.contains(value),
            }
        })
    }

    /// Gives or takes access.
    pub(super) fn set_on(&self, json: &mut Json, on: bool) {
        let users = &self.file.users;
        let sent = |at: &Pointer, call: &Option<super::file::Call>| {
            let sent = call.as_ref()?.send.get(at)?;
            (!sent.is_object()).then(|| sent.clone())
        };
        for (nth, it) in users.active.iter().enumerate() {
            let value = match on {
                true => {
                    let first = sent(&it.at, &users.reactivate).or(it.active.first().cloned());
                    first.unwrap_or_else(|| other_than(&it.inactive))
                }
                // One of them is enough.
                false if nth > 0 => continue,
                false => {
                    let first = sent(&it.at, &users.deactivate).or(it.inactive.first().cloned());
                    first.unwrap_or_else(|| other_than(&it.active))
                }
            };
            it.at.put(json, value);
        }
    }

    /// Whom names of a path or body mean.
    pub(super) fn whom(&self, values: &Named) -> Option<usize> {
        if let Some(id) = values.get("id") {
            return self.users.by_id(id);
        }
        match (values.get("email"), values.get("login")) {
            (Some(email), _) => self.users.by_email(email),
            (None, Some(login)) => self.with_login(login),
            (None, None) => None,
        }
    }

    /// Who has a login name.
    pub(super) fn with_login(&self, login: &str) -> Option<usize> {
        (0..self.users.len()).find(|at| self.has_login(*at, login))
    }

    /// Who else has an address.
    pub(super) fn holder(&self, email: &str, but: Option<usize>) -> Option<usize> {
        let mut holders = self.users.with_email(email).iter().copied();
        let same = |at: &usize| !self.behaviour.doubles_by_case || self.users[*at].email == email;
        holders.find(|at| Some(*at) != but && same(at))
    }

    /// Whether a search for an address shows this user.
    pub(super) fn is_called(&self, at: usize, email: &str) -> bool {
        match self.behaviour.search_by_case {
            true => self.users[at].email == email,
            false => self.users.key(at) == folded(email),
        }
    }

    /// A group by id.
    pub(super) fn group(&self, id: &str) -> Option<usize> {
        self.groups.iter().position(|it| it.id == id)
    }

    /// A group as it is shown.
    pub(super) fn shown_group(&self, group: &Group) -> Json {
        let mut json = json!({});
        let [id, name] = self.group_places();
        name.put(&mut json, json!(group.name));
        id.put(&mut json, json!(group.id));
        let members = self.file.groups.as_ref().and_then(|it| it.members.as_ref());
        if let Some(Members::Inside(inside)) = members {
            let entries = group.members.iter().map(|it| self.member(it, &inside.user));
            inside.at.put(&mut json, entries.collect());
        }
        json
    }

    /// A member of a group, whose id stands there.
    pub(super) fn member(&self, id: &str, user: &Pointer) -> Json {
        let found = self.users.by_id(id);
        let found = found.and_then(|at| self.file.users.id.of(&self.users[at].json));
        let id = found.cloned().unwrap_or_else(|| json!(id));
        if user.is_whole() {
            return id;
        }
        let mut made = json!({ "joined": "2026-01-01" });
        user.put(&mut made, id);
        made
    }

    /// An id has changed, as it does where it is the address.
    pub(super) fn renamed(&mut self, before: &str, after: &str) {
        for member in self.groups.iter_mut().flat_map(|it| &mut it.members) {
            if member == before {
                after.clone_into(member);
            }
        }
    }
}

/// Constants by their place.
pub(super) type Sent = BTreeMap<Pointer, Json>;
