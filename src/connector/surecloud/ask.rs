//! How open questions are settled here. Nothing of it is remembered: the record is of people.

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use super::SureCloud;
use super::questions::LIST_PATHS;
use super::spec::INTERNAL;
use super::wire::{self, USER_PATH};
use crate::connector::asked::{
    BEGIN, Exchange, Found, Left, Memo, OwnCalls, Questioned, Throwaway,
};
use crate::http::{Call, HttpError, Problem};
use crate::model::account::AccountKey;
use crate::model::certificate::Evidence;

/// A `personType` besides the only one that is published.
const OTHER: &str = "EXTERNAL";

#[async_trait]
impl Questioned for SureCloud {
    fn own_calls(&self) -> OwnCalls {
        OwnCalls {
            look: &[],
            make: &[],
            told_by_making: &["user_id_echo"],
            clear: &["PATCH /restful/v1/user, {account} with `enabled: false`"],
        }
    }

    async fn ask(&self, question: &str, _: &Memo) -> Result<Found, HttpError> {
        if question != "list_call" {
            return Ok(Found::Open("reading does not tell"));
        }
        let mut evidence = Evidence::default();
        for path in LIST_PATHS {
            let reply = match self.api.send(Call::get("list users", path)).await {
                Ok(reply) => reply,
                Err(error) => {
                    evidence = evidence.status(Exchange::sent(Err(error))?.status);
                    continue;
                }
            };
            evidence = evidence.status(reply.status);
            if let Ok(answer) = wire::parse_users(&reply.body)
                && !answer.users.is_empty()
            {
                let evidence = evidence.count("users", answer.users.len());
                return Ok(Found::answer(path, evidence));
            }
        }
        Ok(Found::answer("none", evidence))
    }

    async fn make(&self, account: &mut Throwaway) -> Result<(), HttpError> {
        let role = self
            .roles
            .entries()
            .first()
            .map_or("CONTRIBUTOR", |it| &it.name);
        let body = json!({
            "role": role,
            "name": format!("Certify {}", account.mark),
            "personType": INTERNAL,
            "enabled": false,
        });
        let echo = self.patch_account(account, body).await?;
        if echo.get("email").is_none() {
            let reason = String::from("the answer does not show the account that was made");
            return Err(self.api.problem("change user", Problem::Body(reason)));
        }
        account.id = Some(account.email.as_str().into());
        let shown = echo.get("userID");
        let evidence = Evidence::default().key("userID", shown);
        let yes = shown.is_some_and(|it| !it.is_null());
        account
            .answered
            .insert("user_id_echo", Found::yes_if(yes, evidence));
        Ok(())
    }

    async fn try_on(&self, question: &str, account: &Throwaway) -> Result<Found, HttpError> {
        match question {
            "groups_patch" => self.groups_patch(account).await,
            "person_type_resets" => self.person_type(account).await,
            _ => Ok(Found::Open("writing does not tell")),
        }
    }

    async fn holder(&self, email: &str) -> Result<Option<Box<str>>, HttpError> {
        let key = AccountKey {
            id: None,
            email: email.into(),
            login: None,
        };
        if let Some(account) = self.account(&key, true).await? {
            return Ok(Some(account.email));
        }
        if self.list.is_none() && !email.starts_with(BEGIN) {
            let reason = format!(
                "SureCloud cannot be asked whether somebody has that address, so it has to be one \
                 that nobody has: begin it with {BEGIN}"
            );
            return Err(self.api.problem("find user", Problem::Setup(reason)));
        }
        Ok(None)
    }

    async fn clear(&self, account: &Throwaway) -> Result<Left, HttpError> {
        let body = json!({ "personType": INTERNAL, "enabled": false });
        let echo = self.patch_account(account, body).await?;
        Ok(match echo.get("enabled") {
            Some(Json::Bool(false)) => Left::Off,
            // Nobody is made by a call without a role, so it is refused where nobody is.
            None if account.id.is_none() && echo.get("role").is_none() => Left::Nothing,
            _ => Left::On,
        })
    }
}

impl SureCloud {
    /// Changes the account; what the answer shows of it, nothing where it was refused.
    async fn patch_account(
        &self,
        account: &Throwaway,
        body: Json,
    ) -> Result<Map<String, Json>, HttpError> {
        let mut user = Map::from_iter([("email".to_owned(), json!(account.email))]);
        if let Json::Object(fields) = body {
            user.extend(fields);
        }
        let call = Call::patch("change user", USER_PATH).json(&json!({ "users": [user] }));
        let sent = Exchange::of(&self.api, call).await?;
        let users = sent
            .body
            .as_array()
            .or_else(|| sent.body.get("users")?.as_array());
        let is_ours = |it: &&Json| {
            let email = it.get("email").and_then(Json::as_str);
            email.is_some_and(|it| it.eq_ignore_ascii_case(&account.email))
        };
        let echo = users.into_iter().flatten().find(is_ours);
        Ok(echo.and_then(Json::as_object).cloned().unwrap_or_default())
    }

    async fn groups_patch(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let Some(group) = account.groups.first() else {
            return Ok(Found::Open(
                "the roster names no group that the account could be put into",
            ));
        };
        let has = |echo: &Map<String, Json>| {
            let groups = echo.get("groups")?.as_array()?;
            Some(groups.iter().any(|it| it.as_str() == Some(group)))
        };
        let body = json!({ "personType": INTERNAL, "groups": [group] });
        if has(&self.patch_account(account, body).await?) != Some(true) {
            return Ok(Found::Open("the account was not put into the group"));
        }
        let body = json!({ "personType": INTERNAL, "groups": [] });
        let after = self.patch_account(account, body).await?;
        let evidence = Evidence::default().key("groups", after.get("groups"));
        Ok(match has(&after) {
            Some(true) => Found::answer("added", evidence),
            Some(false) => Found::answer("replaced", evidence),
            None => Found::Open("the answer shows no groups"),
        })
    }

    async fn person_type(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let kind = |echo: &Map<String, Json>| Some(echo.get("personType")?.as_str()?.to_owned());
        let before = self
            .patch_account(account, json!({ "personType": OTHER }))
            .await?;
        if kind(&before).as_deref() != Some(OTHER) {
            return Ok(Found::Open(
                "no other personType than INTERNAL is known to be taken",
            ));
        }
        let name = format!("Certify {}", account.mark);
        let after = self.patch_account(account, json!({ "name": name })).await?;
        let evidence = Evidence::default().key("personType", after.get("personType"));
        Ok(match kind(&after).as_deref() {
            Some(INTERNAL) => Found::answer("yes", evidence),
            Some(OTHER) => Found::answer("no", evidence),
            _ => Found::Open("the answer shows no personType"),
        })
    }
}
