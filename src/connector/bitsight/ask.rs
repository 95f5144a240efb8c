//! How open questions are settled here.

use async_trait::async_trait;
use secrecy::ExposeSecret as _;
use serde_json::{Value as Json, json};

use super::Bitsight;
use super::convert::is_token;
use super::read::HIDDEN;
use super::spec::{ADMIN, USERS};
use crate::connector::asked::{
    Exchange, Found, Left, Memo, OwnCalls, Questioned, Throwaway, shown,
};
use crate::connector::rest::row::Row;
use crate::http::{Call, Credentials, HttpError, Problem};
use crate::model::certificate::Evidence;

const TOKENS: &str = "/ratings/v1/customers/current/api-tokens";

#[async_trait]
impl Questioned for Bitsight {
    fn own_calls(&self) -> OwnCalls {
        OwnCalls {
            look: &[
                "GET /ratings/v2/users?email={account}, with each filter for whom a list may hide",
            ],
            make: &[],
            told_by_making: &["body"],
            clear: &[
                "DELETE /ratings/v2/users/{account}",
                "GET /ratings/v2/users/{account}",
                "GET /ratings/v2/users?guid={account}",
            ],
        }
    }

    async fn ask(&self, question: &str, memo: &Memo) -> Result<Found, HttpError> {
        let listed = memo.once(self.users(&[])).await?;
        let [off, contacts] = HIDDEN;
        let is_off = |it: &Row| it.text("status") == Some("Deactivated");
        let is_contact = |it: &Row| it.flag("is_available_for_contact") == Some(true);
        match question {
            "deactivated_listed" => self.shown_without(&listed, off, is_off).await,
            "contacts_listed" => self.shown_without(&listed, contacts, is_contact).await,
            "tokens_listed" => {
                let filter = ("is_company_api_token", "true");
                self.shown_without(&listed, filter, is_token).await
            }
            "feature_values" => Ok(feature_values(&listed)),
            "token_scope" => self.token_scope(&listed).await,
            _ => Ok(Found::Open("reading does not tell")),
        }
    }

    async fn make(&self, account: &mut Throwaway) -> Result<(), HttpError> {
        let mut evidence = Evidence::default();
        for form in ["flat", "wrapped"] {
            let sent = self.post(account, form).await?;
            evidence = evidence.status(sent.status);
            if !sent.is_good() {
                continue;
            }
            let user = self.user_by_email(&account.email).await?;
            if let Some(guid) = user.as_ref().and_then(|it| it.text("guid")) {
                account.id = Some(guid.into());
                let body = Found::answer(form, evidence);
                account.answered.insert("body", body);
                return Ok(());
            }
        }
        let call = Call::post("create user", &*USERS.path);
        let reason = String::from(
            "neither form of a create made an account; an address that was used before may be refused \
             for good: give another one",
        );
        Err(self.api.problem(&call.describe(), Problem::Body(reason)))
    }

    async fn try_on(&self, question: &str, account: &Throwaway) -> Result<Found, HttpError> {
        match question {
            "duplicate_create" => self.duplicate(account).await,
            "partial_features" => self.partial_features(account).await,
            "patch_status" => self.patch_status(account).await,
            _ => Ok(Found::Open("writing does not tell")),
        }
    }

    async fn holder(&self, email: &str) -> Result<Option<Box<str>>, HttpError> {
        let user = self.user_by_email(email).await?;
        Ok(user.and_then(|it| it.text("guid").map(Box::from)))
    }

    async fn clear(&self, account: &Throwaway) -> Result<Left, HttpError> {
        let Some(guid) = account.id.as_deref() else {
            return Ok(Left::Nothing);
        };
        let call = Call::delete("delete user", USERS.path_of(guid));
        let sent = Exchange::of(&self.api, call).await?;
        let gone =
            (sent.is_good() || sent.status == 404) && self.user_by_guid(guid).await?.is_none();
        Ok(if gone { Left::Nothing } else { Left::On })
    }
}

impl Bitsight {
    /// Whether the list without a filter shows whom a filter shows.
    async fn shown_without(
        &self,
        listed: &[Row],
        filter: (&str, &str),
        is: impl Fn(&Row) -> bool,
    ) -> Result<Found, HttpError> {
        let filtered = self.users(&[filter]).await?;
        let mut such: Vec<&str> = filtered
            .iter()
            .filter(|it| is(it))
            .filter_map(guid)
            .collect();
        such.sort_unstable();
        if such.is_empty() {
            return Ok(Found::Open("there is no such user at this tenant"));
        }
        let shown = listed.iter().filter_map(guid);
        let shown = shown.filter(|it| such.binary_search(it).is_ok()).count();
        let evidence = Evidence::default()
            .count("listed", listed.len())
            .count("with_the_filter", such.len())
            .count("of_them_listed", shown);
        Ok(Found::yes_if(shown == such.len(), evidence))
    }

    /// Whose the token is, and what that shows of what it sees.
    async fn token_scope(&self, listed: &[Row]) -> Result<Found, HttpError> {
        let call = Call::get("read own user", "/ratings/v1/users/current");
        let me = Exchange::sent(self.read_apart(call).await)?;
        let own = listed
            .iter()
            .find(|it| guid(it).is_some() && guid(it) == me.text("guid"));
        let evidence = Evidence::default().status(me.status);
        if let Some(own) = own.filter(|it| me.is_good() && !is_token(it)) {
            let admin = super::convert::role_slugs(own).contains(&ADMIN);
            let evidence = evidence.key("guid", me.body.get("guid"));
            return Ok(Found::answer(if admin { "all" } else { "group" }, evidence));
        }
        let tokens = Exchange::sent(self.read_apart(Call::get("list tokens", TOKENS)).await)?;
        let evidence = evidence.status(tokens.status);
        let Credentials::Basic { user, .. } = &self.credentials else {
            return Ok(Found::answer("unknown", evidence));
        };
        let secret = user.read().await;
        let secret = secret.map_err(|it| {
            self.api
                .problem("list tokens", Problem::Secret(it.to_string()))
        })?;
        let secret = secret.expose_secret().trim();
        let end = secret
            .char_indices()
            .rev()
            .nth(3)
            .map_or("", |(at, _)| &secret[at..]);
        let entries = tokens.body.as_array();
        let inside = || tokens.body.get("results").and_then(Json::as_array);
        let entries = entries.or_else(inside).map_or(&[][..], Vec::as_slice);
        let is_ours = |entry: &&Json| {
            let mut fields = entry.as_object().into_iter().flat_map(|it| it.values());
            !end.is_empty() && fields.any(|it| it.as_str().is_some_and(|it| it.ends_with(end)))
        };
        let ours: Vec<&Json> = entries.iter().filter(is_ours).collect();
        let evidence = evidence
            .count("tokens", entries.len())
            .count("like_ours", ours.len());
        Ok(match ours.as_slice() {
            [one] => {
                let group = one.get("group");
                let bound = group.is_some_and(|it| !it.is_null());
                let evidence = evidence.key("group", group);
                Found::answer(if bound { "group" } else { "all" }, evidence)
            }
            _ => Found::answer("unknown", evidence),
        })
    }

    async fn post(&self, account: &Throwaway, form: &str) -> Result<Exchange, HttpError> {
        let body = json!({
            "email": account.email,
            "friendly_name": "Certify",
            "formal_name": format!("Certify {}", account.mark),
            "roles": [{ "slug": "customer_user" }],
        });
        let call = Call::post("create user", &*USERS.path);
        Exchange::of(&self.api, call.json(&in_form(form, body))).await
    }

    async fn patch(&self, account: &Throwaway, body: Json) -> Result<Exchange, HttpError> {
        let wrapped = account.says("body", "wrapped");
        let body = in_form(if wrapped { "wrapped" } else { "flat" }, body);
        let path = USERS.path_of(account.id(&self.api)?);
        let call = Call::patch("edit user", path).json(&body).repeatable();
        Exchange::of(&self.api, call).await
    }

    async fn read(&self, account: &Throwaway) -> Result<Exchange, HttpError> {
        let path = USERS.path_of(account.id(&self.api)?);
        Exchange::of(&self.api, Call::get("read user", path)).await
    }

    async fn duplicate(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let form = account.answered.get("body").and_then(Found::word);
        let sent = self
            .post(account, form.as_deref().unwrap_or("flat"))
            .await?;
        let users = self.users(&[("email", &account.email)]).await?;
        let same = |it: &&Row| it.text("email") == Some(&*account.email);
        let count = users.iter().filter(same).count();
        let evidence = Evidence::default()
            .status(sent.status)
            .count("users", count);
        Ok(match (sent.is_good(), count) {
            (_, 2..) => Found::answer("doubled", evidence),
            (true, _) => Found::answer("adopted", evidence),
            (false, _) => Found::answer("refused", evidence),
        })
    }

    async fn partial_features(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let user = self.read(account).await?;
        let features = user.body.get("features").and_then(Json::as_array);
        let can = |it: &&Json| {
            it.get("value").is_some_and(Json::is_boolean)
                && it.get("can_update") != Some(&Json::Bool(false))
        };
        let slugs = features.into_iter().flatten().filter(can);
        let slugs: Vec<&str> = slugs
            .filter_map(|it| it.get("slug")?.as_str())
            .take(2)
            .collect();
        let &[one, other] = slugs.as_slice() else {
            return Ok(Found::Open(
                "users here have fewer than two features that can be changed",
            ));
        };
        let feature = |slug: &str, value: bool| json!({ "slug": slug, "value": value });
        let both = json!({ "features": [feature(one, true), feature(other, true)] });
        let first = self.patch(account, both).await?;
        let alone = json!({ "features": [feature(one, false)] });
        let second = self.patch(account, alone).await?;
        let after = self.read(account).await?;
        let list = after.body.get("features").and_then(Json::as_array);
        let value = |slug: &str| {
            let mut list = list.into_iter().flatten();
            let found = list.find(|it| it.get("slug").and_then(Json::as_str) == Some(slug));
            found.and_then(|it| it.get("value")?.as_bool())
        };
        let evidence = Evidence::default()
            .status(first.status)
            .status(second.status);
        Ok(match (value(one), value(other)) {
            _ if !first.is_good() || !second.is_good() => {
                Found::Open("features of the account cannot be changed")
            }
            (Some(false), Some(true)) => Found::answer("merged", evidence),
            (Some(false), _) => Found::answer("replaced", evidence),
            _ => Found::Open("a change of features did not stick"),
        })
    }

    async fn patch_status(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let sent = self
            .patch(account, json!({ "status": "Deactivated" }))
            .await?;
        let evidence = Evidence::default().status(sent.status);
        if !sent.is_good() {
            return Ok(Found::answer("refused", evidence));
        }
        let is_off = |it: &Exchange| it.text("status") == Some("Deactivated");
        let waits = self.settings.spec.read_lag_ms;
        let shown = shown(&self.api, waits, || self.read(account), is_off).await?;
        let works = is_off(&shown);
        let evidence = evidence.key("status", shown.body.get("status"));
        Ok(Found::answer(
            if works { "works" } else { "ignored" },
            evidence,
        ))
    }
}

fn in_form(form: &str, body: Json) -> Json {
    match form {
        "wrapped" => json!({ "user": body }),
        _ => body,
    }
}

fn guid(user: &Row) -> Option<&str> {
    user.text("guid")
}

/// Whether features have values that are texts.
fn feature_values(listed: &[Row]) -> Found {
    let values = listed.iter().flat_map(|it| it.list("features"));
    let values: Vec<&Json> = values.filter_map(|it| it.get("value")).collect();
    let texts = values.iter().filter(|it| it.is_string()).count();
    let evidence = Evidence::default()
        .count("values", values.len())
        .count("texts", texts);
    match (values.len(), texts) {
        (0, _) => Found::Open("no user at this tenant has a feature"),
        (_, 0) => Found::answer("boolean", evidence),
        _ => Found::answer("mixed", evidence),
    }
}
