//! Switching off, switching on again, and deleting. There is no enabled flag; what ends access is
//! a recipe of steps, each re-read.

use serde_json::{Map, Value as Json, json};

use super::SnapLogic;
use super::answer::send;
use super::calls::user_path;
use super::convert::Facts;
use super::request::update_body;
use super::revoked::Taken;
use super::write::Moves;
use crate::connector::rest::row::{Row, Told};
use crate::connector::rest::write::{Steps, refused};
use crate::connector::{WriteError, Written};
use crate::http::Call;
use crate::model::action::Action;

impl SnapLogic {
    /// Administrator and groups, then applications, then interface and password. A step that
    /// fails does not keep the later ones from being tried: each ends some access.
    pub(super) async fn deactivate(&self, action: &Action) -> Result<Written, WriteError> {
        let Some((facts, email)) = self.before_removal(action).await? else {
            return Ok(Written::noted(self.gone(&action.key().email)));
        };
        if facts.looks_off(&self.organization) && self.revoked.get(&email).is_some() {
            return Ok(Written::new(self.account(&facts), Vec::new()));
        }
        let mut trouble = None;
        let mut steps = Steps::default();
        let mut attempt = |step: Result<(), WriteError>| -> Result<(), WriteError> {
            match steps.take(step) {
                Err(WriteError::Http(error)) if error.ends_run() => Err(error.into()),
                Err(WriteError::Partly(error)) if error.ends_run() => {
                    Err(WriteError::Partly(error))
                }
                Err(error) => {
                    trouble.get_or_insert(error);
                    Ok(())
                }
                Ok(()) => Ok(()),
            }
        };
        if facts.admin == Some(true) {
            attempt(self.set_member("admins", &email, false).await)?;
        }
        for group in facts.groups.iter().flatten() {
            attempt(self.set_member(group, &email, false).await)?;
        }
        let apps = facts.apps(&self.organization);
        if !apps.is_empty() {
            attempt(self.put_apps(&email, &[]).await)?;
        }
        let mut notes = Vec::new();
        let closed = self.close(&email, &facts, &mut notes).await;
        let user = steps.check(closed)?;
        match trouble {
            Some(error) => Err(error),
            None => {
                let row = facts
                    .listed
                    .map(|row| row.with("user_setting", Told::Absent));
                let after = Facts {
                    listed: row,
                    user: Some(user),
                    admin: Some(false),
                    groups: facts.groups.map(|_| Default::default()),
                };
                Ok(Written::new(self.account(&after), notes))
            }
        }
    }

    /// The last step, which counts in every environment of the account: no interface, and the
    /// present password made invalid. Without the latter Basic would still work.
    async fn close(
        &self,
        email: &str,
        facts: &Facts,
        notes: &mut Vec<String>,
    ) -> Result<Row, WriteError> {
        let Some(before) = self.user(email).await? else {
            return Err(WriteError::Stale(self.gone(email)));
        };
        let mut fields = Map::new();
        fields.insert("revoke_old_password".into(), json!(true));
        if before.flag("ui_access") != Some(false) {
            fields.insert("ui_access".into(), json!(false));
        }
        let password_login =
            self.settings.flag("sso") && before.flag("allow_password_login") != Some(false);
        if password_login {
            fields.insert("allow_password_login".into(), json!(false));
        }
        let (after, unsent) = self.put(email, &fields, &before).await?;
        if after.flag("ui_access") != Some(false) {
            return Err(refused(format!(
                "{email} still has access to the user interface"
            )));
        }
        if password_login && after.flag("allow_password_login") != Some(false) {
            return Err(refused(format!("{email} may still log in by password")));
        }
        if !unsent.is_empty() {
            notes.push(format!(
                "the vendor also changed {}, which was not sent",
                unsent.join(", ")
            ));
        }
        let others = Facts {
            user: Some(before),
            ..Facts::default()
        };
        let others = others.elsewhere(&self.organization).join(", ");
        if !others.is_empty() {
            notes.push(format!(
                "the interface and the password are off in {others} too"
            ));
        }
        let taken = Taken {
            apps: facts.apps(&self.organization),
            password_login,
        };
        notes.extend(self.revoked.add(email, taken).await.err());
        Ok(after)
    }

    /// Undoes the recipe as far as it is known what was taken.
    pub(super) async fn reactivate(&self, action: &Action) -> Result<Written, WriteError> {
        let key = action.key();
        let mut steps = Steps::default();
        let facts = match self.facts(&key.email).await? {
            Some(facts) => facts,
            None => steps.take(self.rejoin(&key.email).await)?,
        };
        steps.check(self.demand_same_kind(&key.email, facts.utility()))?;
        let email = facts.email().unwrap_or(&key.email).to_owned();
        let taken = self.revoked.get(&email);
        let mut notes = Vec::new();

        let mut fields = update_body(&action.changes);
        self.open_again(&email, &facts, taken.as_ref(), &mut fields);
        if !fields.is_empty() {
            let opens = fields.get("ui_access") == Some(&json!(true));
            let before = steps.check(self.present(&email).await)?;
            let after = steps.take(self.put_fields(&email, fields, &before).await)?;
            // With a group or an application, it would look open all the same.
            if opens && after.flag("ui_access") == Some(false) {
                return Err(refused(format!(
                    "the user interface of {email} stays closed"
                )));
            }
        }
        match &taken {
            Some(taken) => {
                let apps: Vec<&str> = taken.apps.iter().map(String::as_str).collect();
                if !apps.is_empty() {
                    steps.take(self.put_apps(&email, &apps).await)?;
                }
                notes.push(String::from(
                    "the password was revoked; it has to be set anew",
                ));
            }
            None => notes.push(String::from(
                "no record of what was taken: applications and, if it was revoked, the password \
                 have to be given back by hand",
            )),
        }
        let moves = Moves::of(action);
        self.take(&email, &moves, &mut steps).await?;
        self.give(&email, &moves, &mut steps).await?;
        notes.extend(self.revoked.forget(&email).await.err());
        let account = steps
            .check(self.facts(&email).await)?
            .and_then(|facts| self.account(&facts));
        Ok(Written { account, notes })
    }

    /// Adds what opens the account again to the fields that the roster changes anyway.
    fn open_again(
        &self,
        email: &str,
        facts: &Facts,
        taken: Option<&Taken>,
        fields: &mut Map<String, Json>,
    ) {
        let wants = self.known().wanted.of(email);
        let api_only = wants.is_some_and(|it| it.api_only);
        let service = facts.utility() == Some(true) || fields.get("utility") == Some(&json!(true));
        if !facts.ui_access() && !api_only && !service && !fields.contains_key("ui_access") {
            fields.insert("ui_access".into(), json!(true));
        }
        let password_taken = taken.is_some_and(|taken| taken.password_login);
        let managed = self.known().wanted.sets(email, "allow_password_login") == Some(true);
        if password_taken && !managed && !fields.contains_key("allow_password_login") {
            fields.insert("allow_password_login".into(), json!(true));
        }
    }

    /// Adds an account that has left the environment meanwhile.
    async fn rejoin(&self, email: &str) -> Result<Facts, WriteError> {
        let gone = || WriteError::Stale(self.gone(email));
        let user = self.user(email).await?.ok_or_else(gone)?;
        let email = user.text("username").unwrap_or(email).to_owned();
        self.join(&email, false, false).await?;
        let read = || self.facts(&email);
        let found = self.poll_until(read, Option::is_some).await;
        found?.ok_or_else(|| gone().behind_a_write())
    }

    /// Deletes for good, in every environment; refused while another one is shown.
    pub(super) async fn delete(&self, action: &Action) -> Result<Written, WriteError> {
        let Some((facts, email)) = self.before_removal(action).await? else {
            return Ok(Written::noted(self.gone(&action.key().email)));
        };
        let Some(user) = self.user(&email).await? else {
            return Ok(Written::noted(self.gone(&email)));
        };
        let facts = Facts {
            user: Some(user),
            ..facts
        };
        let others = facts.elsewhere(&self.organization);
        if !others.is_empty() {
            return Err(WriteError::Manual(format!(
                "deleting {email} would delete it in {} too; remove it there first, or revoke it \
                 here instead",
                others.join(", ")
            )));
        }
        match send(&self.api, Call::delete("delete user", user_path(&email))).await {
            Err(error) if error.status() != Some(404) => return Err(error.into()),
            _ => {}
        }
        let notes = Vec::from_iter(self.revoked.forget(&email).await.err());
        Ok(Written::new(None, notes))
    }

    /// What is known of an account right before access is taken from it, with its own e-mail.
    async fn before_removal(&self, action: &Action) -> Result<Option<(Facts, String)>, WriteError> {
        let key = action.key();
        let facts = match self.just_read.take(action) {
            Some(facts) => Some(facts),
            None => self.facts(&key.email).await?,
        };
        let Some(facts) = facts else {
            return Ok(None);
        };
        self.demand_same_kind(&key.email, facts.utility())?;
        let email = facts.email().unwrap_or(&key.email).to_owned();
        Ok(Some((facts, email)))
    }

    fn gone(&self, email: &str) -> String {
        format!("{email} is not in {} any more", self.organization)
    }
}
