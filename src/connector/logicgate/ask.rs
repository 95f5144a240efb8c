//! How open questions are settled here.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value as Json, json};

use super::LogicGate;
use super::read::{self, User};
use super::spec::{SPEC, USERS};
use super::users::Users;
use crate::connector::asked::{
    Exchange, Found, Left, Memo, OwnCalls, Questioned, Throwaway, shown,
};
use crate::connector::rest::row::Row;
use crate::http::{Call, HttpError, Problem};
use crate::model::certificate::{Answer, Evidence};
use crate::model::current::Own;

const ROLES: &str = "/api/v1/roles";
const OWN: &str = "/api/v1/account";

/// What the account's company is, before and after.
const COMPANIES: [&str; 2] = ["Certify One", "Certify Two"];

#[async_trait]
impl Questioned for LogicGate {
    fn own_calls(&self) -> OwnCalls {
        OwnCalls {
            look: &[
                "GET /api/v1/internal/users?query={account}",
                "GET /api/v1/users/{account}, if it is found",
            ],
            make: &[
                "POST /api/v1/users, without a welcome mail",
                "GET /api/v1/users/{account}",
            ],
            told_by_making: &[],
            clear: &[
                "GET /api/v1/users/{account}",
                "PUT /api/v1/users/{account}, with `disabled: true`",
                "GET /api/v1/users, where no read by id shows it",
            ],
        }
    }

    async fn ask(&self, question: &str, memo: &Memo) -> Result<Found, HttpError> {
        let listed = async { Ok(read::list::<Vec<Row>>(&self.api).await?.0) };
        let listed = memo.once(listed).await?;
        match question {
            "single_read" => self.single_read(&listed).await,
            "roles_list" => self.roles_list().await,
            "token_owner" => self.token_owner(&listed).await,
            "deactivated_listed" => {
                let off = listed
                    .iter()
                    .filter(|it| it.flag("disabled") == Some(true))
                    .count();
                let evidence = Evidence::default()
                    .count("listed", listed.len())
                    .count("off", off);
                Ok(match off {
                    0 => Found::Open("the list shows nobody who is off"),
                    _ => Found::answer("yes", evidence),
                })
            }
            _ => Ok(Found::Open("reading does not tell")),
        }
    }

    async fn make(&self, account: &mut Throwaway) -> Result<(), HttpError> {
        let body = json!({
            "active": true,
            "status": "Active",
            "valueType": "User",
            "sendEmail": false,
            "tier": "LIMITED",
            "email": account.email,
            "first": "Certify",
            "last": account.mark,
            "company": COMPANIES[0],
        });
        let reply = self
            .api
            .send(Call::post("create user", &*USERS.path).json(&body))
            .await?;
        let user = read::user(&self.api, &reply)?;
        let id: Option<Box<str>> = user.row.text("id").map(Box::from);
        let id = id.ok_or_else(|| reply.unusable("the new user has no id"))?;
        // A cached read may not know it for some seconds.
        let is_there = |it: &Exchange| it.is_good();
        let read = shown(&self.api, SPEC.read_lag_ms, || self.raw(&id), is_there).await;
        account.id = Some(id);
        read.map(drop)
    }

    async fn try_on(&self, question: &str, account: &Throwaway) -> Result<Found, HttpError> {
        match question {
            "read_lag_ms" => self.read_lag(account).await,
            "put_clears" => self.put_clears(account).await,
            "disable" => self.disable(account).await,
            "deactivated_listed" => self.off_listed(account).await,
            _ => Ok(Found::Open("writing does not tell")),
        }
    }

    async fn holder(&self, email: &str) -> Result<Option<Box<str>>, HttpError> {
        let user = read::by_email(&self.api, email).await?;
        Ok(user.and_then(|it| it.text("id").map(Box::from)))
    }

    async fn clear(&self, account: &Throwaway) -> Result<Left, HttpError> {
        let Some(id) = account.id.as_deref() else {
            return Ok(Left::Nothing);
        };
        let user = match read::get(&self.api, id).await {
            Err(error) if matches!(error.status(), Some(404)) => return self.left_listed(id).await,
            other => other?,
        };
        let off = self
            .put_back(id, user, |it| {
                it.insert("disabled".into(), Json::Bool(true))
            })
            .await?;
        let is_off = |it: &Exchange| it.status == 404 || is_disabled(it);
        let seen = shown(&self.api, SPEC.read_lag_ms, || self.raw(id), is_off).await?;
        Ok(match off.is_good() && is_off(&seen) {
            true => Left::Off,
            false => Left::On,
        })
    }
}

impl LogicGate {
    /// What is left of an account that a read by its id does not show: that proves nothing alone.
    async fn left_listed(&self, id: &str) -> Result<Left, HttpError> {
        let (listed, _) = read::list::<Vec<Row>>(&self.api).await?;
        let row = listed.iter().find(|it| it.text("id") == Some(id));
        Ok(match row {
            Some(row) if row.flag("disabled") != Some(true) => Left::On,
            _ => Left::Off,
        })
    }

    async fn raw(&self, id: &str) -> Result<Exchange, HttpError> {
        Exchange::of(&self.api, Call::get("read user", USERS.path_of(id))).await
    }

    /// Puts a user back with something else in it.
    async fn put_back<T>(
        &self,
        id: &str,
        user: User,
        change: impl FnOnce(&mut Map<String, Json>) -> T,
    ) -> Result<Exchange, HttpError> {
        let mut whole = user.whole;
        whole.remove("sendEmail");
        change(&mut whole);
        let call = Call::put("write user", USERS.path_of(id)).json(&whole);
        Exchange::of(&self.api, call).await
    }

    async fn single_read(&self, listed: &[Row]) -> Result<Found, HttpError> {
        let Some(id) = listed.iter().find_map(|it| it.text("id")) else {
            return Ok(Found::Open("the list shows nobody"));
        };
        let one = self.raw(id).await?;
        let keys = ["id", "email", "first", "last"];
        let evidence = Evidence::default().status(one.status);
        let evidence = keys
            .iter()
            .fold(evidence, |it, key| it.key(key, one.body.get(key)));
        let whole = one.text("id") == Some(id) && keys.iter().all(|key| one.text(key).is_some());
        Ok(Found::yes_if(one.is_good() && whole, evidence))
    }

    /// All roles, held or not; `None` where the tenant does not list them. The path is inferred from
    /// <https://www.logicgate.com/developer/risk-cloud-api-export-roles>, whose copies leave it out.
    pub(super) async fn all_roles(&self) -> Result<Option<Vec<Json>>, HttpError> {
        let roles = match self.api.send(Call::get("list roles", ROLES)).await {
            Err(error) if matches!(error.status(), Some(400 | 403 | 404 | 405 | 501)) => {
                return Ok(None);
            }
            answer => answer?.json::<Json>()?,
        };
        let list = roles
            .as_array()
            .or_else(|| roles.get("content")?.as_array());
        Ok(Some(list.cloned().unwrap_or_default()))
    }

    /// Whose the token is: what the roster says, or else what the tenant was seen to tell.
    pub(super) async fn whose(&self, users: &Users) -> Result<Own, HttpError> {
        let answers = &self.settings.answers;
        let id = match &self.own {
            Own::Unknown if answers.says("token_owner", "token") => {
                let ids = self.named_by_secrets().await?;
                ids.into_iter().find(|id| users.all.has(id))
            }
            Own::Unknown if answers.says("token_owner", "account") => {
                let me = Exchange::of(&self.api, Call::get("read own account", OWN)).await?;
                me.text("id").map(str::to_owned)
            }
            own => return Ok(own.clone()),
        };
        let own = id.and_then(|id| Some(users.all.by_id(&id)?.email.clone()));
        Ok(own.map_or(Own::Unknown, Own::Email))
    }

    /// Ids that the credentials themselves may name.
    async fn named_by_secrets(&self) -> Result<Vec<String>, HttpError> {
        let mut ids = Vec::new();
        for key in ["token", "client_id"] {
            let Some(secret) = self.secrets.get(key) else {
                continue;
            };
            let text = secret.read().await;
            let text = text.map_err(|error| {
                let problem = Problem::Secret(error.to_string());
                self.api.problem("read a secret", problem)
            })?;
            let text = text.expose_secret().trim();
            let decoded = STANDARD
                .decode(text)
                .or_else(|_| STANDARD_NO_PAD.decode(text));
            let decoded = decoded.ok().and_then(|it| String::from_utf8(it).ok());
            let owner = decoded.as_deref().and_then(|it| it.split_once(':'));
            ids.extend(owner.map(|(id, _)| id.to_owned()));
            ids.push(text.to_owned());
        }
        Ok(ids)
    }

    async fn roles_list(&self) -> Result<Found, HttpError> {
        let roles = Exchange::of(&self.api, Call::get("list roles", ROLES)).await?;
        let list = roles.body.as_array();
        let list = list.or_else(|| roles.body.get("content")?.as_array());
        let named = |it: &&Json| {
            let text = |key: &str| it.get(key).is_some_and(Json::is_string);
            text("id") && text("name")
        };
        let count = list.into_iter().flatten().filter(named).count();
        let evidence = Evidence::default()
            .status(roles.status)
            .count("roles", count);
        Ok(Found::yes_if(roles.is_good() && count > 0, evidence))
    }

    async fn token_owner(&self, listed: &[Row]) -> Result<Found, HttpError> {
        let is_listed = |id: &str| listed.iter().any(|it| it.text("id") == Some(id));
        let named = self.named_by_secrets().await?;
        let named = named.iter().any(|id| is_listed(id));
        let evidence = Evidence::default().count("listed", listed.len());
        if named {
            return Ok(Found::answer("token", evidence));
        }
        let me = Exchange::of(&self.api, Call::get("read own account", OWN)).await?;
        let ours = me.text("id").is_some_and(is_listed);
        let evidence = evidence.status(me.status).key("id", me.body.get("id"));
        let answer = if me.is_good() && ours {
            "account"
        } else {
            "unknown"
        };
        Ok(Found::answer(answer, evidence))
    }

    async fn read_lag(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let id = account.id(&self.api)?;
        let user = read::get(&self.api, id).await?;
        let sent = self
            .put_back(id, user, |it| {
                it.insert("company".into(), COMPANIES[1].into())
            })
            .await?;
        if !sent.is_good() {
            return Ok(Found::Open("a change of the company is refused"));
        }
        let begun = self.api.clock().now();
        let is_new = |it: &Exchange| it.text("company") == Some(COMPANIES[1]);
        let seen = shown(&self.api, SPEC.read_lag_ms, || self.raw(id), is_new).await?;
        if !is_new(&seen) {
            return Ok(Found::Open("a change of the company is never shown"));
        }
        let took = self.api.clock().now().duration_since(begun).as_millis();
        let took = u64::try_from(took).unwrap_or(u64::MAX);
        let evidence = Evidence::default()
            .status(sent.status)
            .took("shown_after", took);
        Ok(Found::answer(Answer::Number(took), evidence))
    }

    async fn put_clears(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let id = account.id(&self.api)?;
        let user = read::get(&self.api, id).await?;
        if !user.row.shows("company") {
            return Ok(Found::Open(
                "the account has no company that could be cleared",
            ));
        }
        let sent = self.put_back(id, user, |it| it.remove("company")).await?;
        if !sent.is_good() {
            return Ok(Found::Open("a user without a company is refused"));
        }
        let is_cleared =
            |it: &Exchange| it.is_good() && it.text("company").is_none_or(str::is_empty);
        let seen = shown(&self.api, SPEC.read_lag_ms, || self.raw(id), is_cleared).await?;
        let evidence = Evidence::default()
            .status(sent.status)
            .key("company", seen.body.get("company"));
        Ok(Found::yes_if(is_cleared(&seen), evidence))
    }

    async fn disable(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let id = account.id(&self.api)?;
        let user = read::get(&self.api, id).await?;
        let sent = self
            .put_back(id, user, |it| {
                it.insert("disabled".into(), Json::Bool(true))
            })
            .await?;
        let evidence = Evidence::default().status(sent.status);
        if !sent.is_good() {
            return Ok(Found::answer("refused", evidence));
        }
        let is_off = |it: &Exchange| it.status == 404 || is_disabled(it);
        let seen = shown(&self.api, SPEC.read_lag_ms, || self.raw(id), is_off).await?;
        let evidence = evidence.key("disabled", seen.body.get("disabled"));
        Ok(Found::answer(
            if is_off(&seen) { "works" } else { "ignored" },
            evidence,
        ))
    }

    async fn off_listed(&self, account: &Throwaway) -> Result<Found, HttpError> {
        if !account.says("disable", "works") {
            return Ok(Found::Open("the account cannot be switched off"));
        }
        let (listed, _) = read::list::<Vec<Row>>(&self.api).await?;
        let id = account.id(&self.api)?;
        let found = listed.iter().any(|it| it.text("id") == Some(id));
        let evidence = Evidence::default().count("listed", listed.len());
        Ok(Found::yes_if(found, evidence))
    }
}

fn is_disabled(user: &Exchange) -> bool {
    user.body.get("disabled") == Some(&Json::Bool(true))
}
