//! How open questions are settled here.

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::answer::send;
use super::calls::user_path;
use super::spec::USERS;
use super::{PREFIX, SPEC, SnapLogic};
use crate::connector::asked::{Exchange, Found, Left, Memo, OwnCalls, Questioned, Throwaway};
use crate::http::{Call, HttpError};
use crate::model::certificate::Evidence;

/// Somebody who is nowhere.
const NOBODY: &str = "nobody.at.all.7f3a@example.com";

#[async_trait]
impl Questioned for SnapLogic {
    fn own_calls(&self) -> OwnCalls {
        OwnCalls {
            look: &["GET /api/1/rest/public/users/{account}"],
            make: &["POST /api/1/rest/public/users, without a welcome mail"],
            told_by_making: &[],
            clear: &[
                "DELETE /api/1/rest/public/users/{account}",
                "GET /api/1/rest/public/users/{account}",
            ],
        }
    }

    async fn ask(&self, question: &str, _: &Memo) -> Result<Found, HttpError> {
        match question {
            "envelope" => self.envelope().await,
            "absent_user" => self.absent_user().await,
            "self_reopen" => Ok(Found::Open(
                "it takes the password of somebody who was switched off: a person can try it",
            )),
            _ => Ok(Found::Open("reading does not tell")),
        }
    }

    async fn make(&self, account: &mut Throwaway) -> Result<(), HttpError> {
        send(&self.api, self.post(account)).await?;
        account.id = Some(account.email.as_str().into());
        Ok(())
    }

    async fn try_on(&self, question: &str, account: &Throwaway) -> Result<Found, HttpError> {
        match question {
            "put_partial" => self.put_partial(account).await,
            "duplicate_create" => {
                let sent = refusable(send(&self.api, self.post(account)).await.map(drop))?;
                let evidence =
                    sent.map_or_else(Evidence::default, |it| Evidence::default().status(it));
                let answer = if sent.is_some() { "refused" } else { "adopted" };
                Ok(Found::answer(answer, evidence))
            }
            _ => Ok(Found::Open("nothing here tells")),
        }
    }

    async fn holder(&self, email: &str) -> Result<Option<Box<str>>, HttpError> {
        let user = self.user(email).await?;
        Ok(user.map(|it| it.text("username").unwrap_or(email).into()))
    }

    async fn clear(&self, account: &Throwaway) -> Result<Left, HttpError> {
        if account.id.is_none() {
            return Ok(Left::Nothing);
        }
        let call = Call::delete("delete user", user_path(&account.email));
        let refused = refusable(send(&self.api, call).await.map(drop))?;
        Ok(match (refused, self.user(&account.email).await?) {
            (None | Some(404), None) => Left::Nothing,
            _ => Left::On,
        })
    }
}

impl SnapLogic {
    async fn envelope(&self) -> Result<Found, HttpError> {
        let path = format!("/{}", self.organization);
        let list = USERS
            .call()
            .query("path", path)
            .query("limit", 1)
            .query("offset", 0);
        let list = send(&self.api, list).await?;
        let members = Call::get("read group", self.group_path("members"));
        let members = send(&self.api, members).await?;
        let mut forms = vec![list.is_wrapped(), members.is_wrapped()];
        let somebody = self.list(None).await?.rows;
        if let Some(name) = somebody.iter().find_map(|it| it.text("username")) {
            let one = send(&self.api, Call::get("read user", user_path(name))).await?;
            forms.push(one.is_wrapped());
        }
        let wrapped = forms.iter().filter(|it| **it == Some(true)).count();
        let evidence = Evidence::default()
            .count("reads", forms.len())
            .count("wrapped", wrapped);
        Ok(Found::answer(
            match wrapped {
                0 => "bare",
                all if all == forms.len() => "wrapped",
                _ => "mixed",
            },
            evidence,
        ))
    }

    async fn absent_user(&self) -> Result<Found, HttpError> {
        let sent = self
            .api
            .send(Call::get("read user", user_path(NOBODY)))
            .await;
        let got = Exchange::sent(sent)?;
        let evidence = Evidence::default().status(got.status);
        let content = got.body.get("response_map").unwrap_or(&got.body);
        let empty = match content {
            Json::Null => true,
            Json::Object(fields) => fields.is_empty(),
            Json::Array(items) => items.is_empty(),
            _ => false,
        };
        // The body may have a status of its own.
        let inner = got.body.get("http_status_code").and_then(Json::as_u64);
        Ok(Found::answer(
            match (got.status, inner) {
                (404, _) => "404",
                (200..300, None | Some(200..300)) if empty => "empty",
                _ => "other",
            },
            evidence,
        ))
    }

    fn post(&self, account: &Throwaway) -> Call {
        Call::post("create user", format!("{PREFIX}/users")).json(&json!({
            "email": account.email,
            "first_name": "Certify",
            "last_name": account.mark,
            "organization": &*self.organization,
            "administrator": false,
            "allow_password_login": true,
            "utility": false,
            "ui_access": true,
            "create_home_directory": false,
            "email_notification": false,
        }))
    }

    async fn put_partial(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let call = Call::put("update user", user_path(&account.email));
        let name = format!("{} more", account.mark);
        let sent = send(&self.api, call.json(&json!({ "last_name": name }))).await;
        if refusable(sent.map(drop))?.is_some() {
            return Ok(Found::Open("a change of the last name alone is refused"));
        }
        let mut user = self.user(&account.email).await?;
        for wait in SPEC.read_lag_ms {
            let shows = user
                .as_ref()
                .is_some_and(|it| it.text("last_name") == Some(&*name));
            if shows {
                break;
            }
            let wait = std::time::Duration::from_millis(*wait);
            self.api
                .wait(wait, "a read does not show the write yet")
                .await;
            user = self.user(&account.email).await?;
        }
        let Some(user) = user.filter(|it| it.text("last_name") == Some(&*name)) else {
            return Ok(Found::Open("a change of the last name is never shown"));
        };
        let first = user.text("first_name");
        let evidence = Evidence::default().count("fields_sent", 1).count(
            "fields_kept",
            usize::from(first == Some("Certify"))
                + usize::from(user.flag("ui_access") == Some(true)),
        );
        let kept = first == Some("Certify") && user.flag("ui_access") == Some(true);
        Ok(Found::answer(
            if kept { "merged" } else { "replaced" },
            evidence,
        ))
    }
}

/// The status of a refusal; `None`: it went through.
///
/// # Errors
/// There was no answer about the call itself.
fn refusable(sent: Result<(), HttpError>) -> Result<Option<u16>, HttpError> {
    match sent {
        Ok(()) => Ok(None),
        Err(error) => Exchange::sent(Err(error)).map(|it| Some(it.status)),
    }
}
