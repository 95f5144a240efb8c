//! Users: the list, one of them, and their applications.

use crate::folded;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fields::{Fields, Kind, strict};
use super::super::quirks::{KnownPost, MaintainersForm};
use super::super::reply::{Failure, Reply, failure};
use super::super::store::{APPS, Person, Store};
use super::super::{Server, lock};

/// The documented default and most rows of a page.
const ROWS: (usize, usize) = (100, 100_000);

const CREATE: [(&str, Kind); 14] = [
    ("email", Kind::Text),
    ("first_name", Kind::Text),
    ("last_name", Kind::Text),
    ("organization", Kind::Text),
    ("administrator", Kind::Flag),
    ("allow_password_login", Kind::Flag),
    ("utility", Kind::Flag),
    ("ui_access", Kind::Flag),
    ("create_home_directory", Kind::Flag),
    ("email_notification", Kind::Flag),
    ("managed", Kind::Flag),
    ("maintainers", Kind::Texts),
    ("mfa_login", Kind::Flag),
    ("certificate", Kind::Text),
];

const UPDATE: [(&str, Kind); 8] = [
    ("first_name", Kind::Text),
    ("last_name", Kind::Text),
    ("allow_password_login", Kind::Flag),
    ("utility", Kind::Flag),
    ("ui_access", Kind::Flag),
    ("created_by", Kind::Text),
    ("revoke_old_password", Kind::Flag),
    ("certificate", Kind::Text),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grants {
    org_path: String,
    users: Vec<Grant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    username: String,
    app_access: BTreeMap<String, bool>,
}

impl Server {
    pub(super) fn list_users(&self, query: &BTreeMap<String, String>) -> Result<Reply, Failure> {
        let known = ["path", "limit", "offset", "order_by"];
        if let Some(name) = query.keys().find(|name| !known.contains(&name.as_str())) {
            return failure(400, format!("unexpected parameter {name}"));
        }
        let Some(organization) = query.get("path").and_then(|path| path.strip_prefix('/')) else {
            return failure(400, "path is required and begins with a slash");
        };
        self.here(organization)?;
        let number = |name: &str, default: usize| match query.get(name).map(|it| it.parse()) {
            None => Ok(default),
            Some(Ok(number)) => Ok(number),
            Some(Err(_)) => failure(400, format!("{name} is not a number")),
        };
        let limit = number("limit", ROWS.0)?;
        if limit == 0 || limit > ROWS.1 {
            return failure(400, "limit goes from 1 to 100000");
        }
        let (stuck, repeats, hides) = {
            let quirks = lock(&self.shared.quirks);
            (
                quirks.stuck_offset,
                quirks.repeated_rows,
                quirks.hidden_rows,
            )
        };
        let asked = if stuck { 0 } else { number("offset", 0)? };
        let again = usize::from(repeats && asked > 0);
        let store = self.store();
        let rows: Vec<Value> = store
            .members()
            .filter(|person| person.ui_access || !hides)
            .skip(asked - again)
            .take(limit.min(self.shared.page_cap) + again)
            .map(|person| row(person, &self.shared.organization))
            .collect();
        Ok(Reply::List(json!({ "users": rows })))
    }

    pub(super) fn read_user(&self, email: &str) -> Result<Reply, Failure> {
        let store = self.store();
        let empty = lock(&self.shared.quirks).empty_missing;
        match self.person(&store, email) {
            Err(_) if empty => Ok(Reply::Read(json!({}))),
            person => Ok(Reply::Read(self.user(&store, person?))),
        }
    }

    pub(super) fn create_user(&self, body: &[u8]) -> Result<Reply, Failure> {
        let fields = strict(body, &CREATE)?;
        fields.demand(&["email", "first_name", "last_name", "organization"])?;
        self.here(&fields.text("organization").unwrap_or_default())?;
        let email = fields.text("email").unwrap_or_default();
        self.demand_domain(&email)?;
        let administrator = fields.flag("administrator").unwrap_or(false);
        let mut person = Person {
            email: email.clone(),
            managed: fields.flag("managed").unwrap_or(false),
            maintainers: fields.texts("maintainers"),
            mfa_login: fields.flag("mfa_login").unwrap_or(false),
            home: fields.flag("create_home_directory").unwrap_or(false),
            notified: fields.flag("email_notification").unwrap_or(false),
            certificate: fields.text("certificate"),
            created_by: self.shared.own.clone(),
            allow_password_login: true,
            ui_access: true,
            ..Person::default()
        };
        self.change(&mut person, &fields)?;
        if person.managed && person.maintainers.is_empty() {
            return failure(400, "a team account needs a maintainer");
        }
        if person.managed && administrator {
            return failure(400, "a team account cannot be an administrator");
        }
        if person.mfa_login && !person.allow_password_login {
            return failure(400, "MFA needs password login");
        }
        let mut store = self.store();
        if store.people.contains_key(&folded(&email)) {
            return match lock(&self.shared.quirks).known_post {
                KnownPost::Conflict => failure(409, "user already exists"),
                KnownPost::Breaks => failure(500, "internal error"),
                KnownPost::Nothing => Ok(Reply::Written(json!({}))),
            };
        }
        store.people.insert(folded(&email), person);
        store.enroll("members", &email);
        if administrator {
            store.enroll("admins", &email);
        }
        Ok(Reply::Written(json!({})))
    }

    pub(super) fn update_user(&self, email: &str, body: &[u8]) -> Result<Reply, Failure> {
        let fields = strict(body, &UPDATE)?;
        if fields.len() == 0 {
            return failure(400, "nothing to change");
        }
        let mut store = self.store();
        let mut person = self.person(&store, email)?.clone();
        if lock(&self.shared.quirks).put_replaces {
            person.first_name = None;
            person.last_name = None;
            person.ui_access = true;
        }
        self.change(&mut person, &fields)?;
        if fields.flag("revoke_old_password") == Some(true) {
            person.revoked = true;
            person.revocations += 1;
        }
        store.people.insert(folded(email), person);
        Ok(Reply::Written(json!({})))
    }

    pub(super) fn delete_user(&self, email: &str) -> Result<Reply, Failure> {
        let mut store = self.store();
        if !self.person(&store, email)?.elsewhere.is_empty() {
            return failure(
                403,
                "the caller is not an admin of every environment of the user",
            );
        }
        store.delete(email);
        Ok(Reply::Written(json!({})))
    }

    pub(super) fn join(
        &self,
        email: &str,
        organization: &str,
        body: &[u8],
    ) -> Result<Reply, Failure> {
        let fields = strict(
            body,
            &[
                ("create_home_directory", Kind::Flag),
                ("send_email", Kind::Flag),
            ],
        )?;
        self.here(organization)?;
        let mut store = self.store();
        let spelled = self.person(&store, email)?.email.clone();
        if !store.is_in("members", &spelled) {
            self.demand_domain(&spelled)?;
            store.enroll("members", &spelled);
        }
        if let Some(person) = store.people.get_mut(&folded(email)) {
            person.home |= fields.flag("create_home_directory").unwrap_or(false);
            person.notified |= fields.flag("send_email").unwrap_or(false);
        }
        let person = self.person(&store, email)?;
        Ok(Reply::Shown(self.user(&store, person)))
    }

    pub(super) fn set_apps(&self, body: &[u8]) -> Result<Reply, Failure> {
        let Ok(grants) = serde_json::from_slice::<Grants>(body) else {
            return failure(400, "the body is not as documented");
        };
        self.here(grants.org_path.strip_prefix('/').unwrap_or_default())?;
        let quirks = lock(&self.shared.quirks).clone();
        let mut store = self.store();
        let mut answers = Vec::new();
        for Grant {
            username,
            app_access,
        } in grants.users
        {
            let key = folded(&username);
            let said = match store.people.get_mut(&key) {
                _ if quirks.stuck_apps.contains(&key) => "internal error",
                None => "user not found",
                Some(_) if app_access.keys().any(|app| !APPS.contains(&app.as_str())) => {
                    "unknown application"
                }
                Some(person) => {
                    person.apps = app_access;
                    "success"
                }
            };
            if !quirks.silent_apps {
                answers.push(json!({ username: said }));
            }
        }
        Ok(Reply::Written(Value::Array(answers)))
    }

    fn person<'a>(&self, store: &'a Store, email: &str) -> Result<&'a Person, Failure> {
        let quirks = lock(&self.shared.quirks);
        let found = store.people.get(&folded(email));
        match found.filter(|person| person.email == email || !quirks.case_matters) {
            Some(person) => Ok(person),
            None => failure(quirks.missing_user, format!("no user {email}")),
        }
    }

    /// The fields that creates and updates share.
    fn change(&self, person: &mut Person, fields: &Fields) -> Result<(), Failure> {
        person.first_name = fields.text("first_name").or(person.first_name.take());
        person.last_name = fields.text("last_name").or(person.last_name.take());
        person.created_by = fields
            .text("created_by")
            .unwrap_or_else(|| person.created_by.clone());
        person.utility = fields.flag("utility").unwrap_or(person.utility);
        person.ui_access = fields.flag("ui_access").unwrap_or(person.ui_access);
        if person.utility {
            person.ui_access = false;
        }
        if let Some(allowed) = fields.flag("allow_password_login") {
            if !allowed && !self.shared.sso {
                return failure(
                    400,
                    "password login can be switched off with single sign-on only",
                );
            }
            person.allow_password_login = allowed;
        }
        Ok(())
    }

    fn demand_domain(&self, email: &str) -> Result<(), Failure> {
        let quirks = lock(&self.shared.quirks);
        let domain = email
            .rsplit_once('@')
            .map(|(_, domain)| domain.to_lowercase());
        match (&quirks.domains, domain) {
            (None, Some(_)) => Ok(()),
            (Some(allowed), Some(domain)) if allowed.contains(&domain) => Ok(()),
            (Some(_), Some(_)) => failure(400, "the domain is not allowed"),
            (_, None) => failure(400, "email is not an e-mail"),
        }
    }

    fn user(&self, store: &Store, person: &Person) -> Value {
        let quirks = lock(&self.shared.quirks);
        let administrator = store.is_in("admins", &person.email);
        let here = store.is_in("members", &person.email).then(|| {
            json!({
                "id": "0a1b2c3d",
                "name": self.shared.organization,
                "administrator": match quirks.administrator_as_text {
                    true => json!(administrator.to_string()),
                    false => json!(administrator),
                },
            })
        });
        let others = person
            .elsewhere
            .iter()
            .filter(|_| !quirks.hidden_organizations);
        let others = others.map(
            |name| json!({"id": format!("id-of-{name}"), "name": name, "administrator": false}),
        );
        let organizations: Vec<Value> = here.into_iter().chain(others).collect();
        let maintainers = match quirks.maintainers {
            MaintainersForm::ByPath => json!({ "/": person.maintainers }),
            MaintainersForm::Null if person.maintainers.is_empty() => Value::Null,
            MaintainersForm::List | MaintainersForm::Null => json!(person.maintainers),
        };
        json!({
            "email": person.email,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "allow_password_login": person.allow_password_login,
            "organizations": organizations,
            "created_by": person.created_by,
            "password_expired": quirks.revocation_shows && person.revoked,
            "password_last_updated": "2025-06-01T09:00:00Z",
            "ui_access": person.ui_access,
            "user_locked_out": false,
            "service_account": person.utility,
            "failed_logins": person.failed_logins,
            "basic_access": person.used_basic.then_some("2025-06-02T09:00:00Z"),
            "maintainers": maintainers,
            "managed": person.managed,
        })
    }
}

/// A row of the list, thin as documented.
fn row(person: &Person, organization: &str) -> Value {
    json!({
        "username": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "created": "2025-02-11T08:30:00Z",
        "last_updated": "2025-06-03T14:05:00Z",
        "ui_access": person.ui_access,
        "user_setting": {"app_access": {organization: person.apps}},
        "disallowed_auth": [],
        "utility": person.utility,
    })
}
