//! What the token is and may see: whose it is, which groups it knows, how many users it may add.

use std::collections::BTreeMap;

use super::Bitsight;
use super::convert::{self, Quota, is_token};
use super::spec::{ACCESS_GROUPS, CURRENT_USER};
use super::users::Users;
use crate::connector::rest::row::Row;
use crate::http::{Call, HttpError, Problem, Reply};
use crate::model::current::{Allowance, Directory, Own};

const CURRENT: &str = "/ratings/v1/users/current";
const QUOTA: &str = "/ratings/v1/users/quota";
const GROUPS: &str = "/ratings/v1/access-groups";

impl Bitsight {
    /// The groups, completed by those that users were `seen` in, guid and name, and what speaks
    /// against the token seeing all of them, one clause each: one that only a user shows does.
    pub(super) async fn read_groups(
        &self,
        seen: &BTreeMap<Box<str>, Box<str>>,
    ) -> Result<(Directory, Vec<String>), HttpError> {
        let mut entries: BTreeMap<Box<str>, Box<str>> = BTreeMap::new();
        let mut doubts = Vec::new();
        match self.read_apart(Call::get("list groups", GROUPS)).await {
            Ok(reply) => {
                let listed = Row::of_reply(&reply, &ACCESS_GROUPS)?;
                let groups = listed.list("groups").filter_map(convert::named);
                entries
                    .extend(groups.map(|(guid, name)| (guid.into(), name.unwrap_or(guid).into())));
                let default = listed.json("default_group").and_then(convert::named);
                if default.is_some_and(|(guid, _)| !entries.contains_key(guid)) {
                    doubts.push("partial view: the token does not see the default group".into());
                }
            }
            Err(error) if refused(&error) => {
                doubts.push("partial view: the token may not list groups".into());
            }
            Err(error) => return Err(error),
        }
        let mut hidden = 0;
        for (guid, name) in seen {
            if !entries.contains_key(guid) {
                hidden += 1;
                entries.insert(guid.clone(), name.clone());
            }
        }
        if hidden > 0 && doubts.is_empty() {
            doubts.push(format!(
                "partial view: {hidden} groups of users are not among the groups that the token sees"
            ));
        }
        Ok((Directory::of_pairs("group", entries), doubts))
    }

    /// Whose the token is, and what speaks against that being known. A company token has no user,
    /// or a pseudo-user that lists leave out: which of the two is not documented.
    pub(super) async fn own(&self, users: &Users) -> Result<(Own, Option<String>), HttpError> {
        if let Some(email) = &self.settings.own_account {
            return Ok((Own::Email(email.clone()), None));
        }
        let unknown = |reason: String| {
            let doubt = format!("it is not known whose the token is, set own_account: {reason}");
            Ok((Own::Unknown, Some(doubt)))
        };
        let reply = match self.read_apart(Call::get("read own user", CURRENT)).await {
            Ok(reply) => reply,
            // The list was read with the same token, so this is about the token's kind.
            Err(error) if refused(&error) => return Ok((Own::Nobody, None)),
            Err(error) if declined(&error) => {
                return unknown(error.problem.to_string());
            }
            Err(error) => return Err(error),
        };
        let me = match Row::of_reply(&reply, &CURRENT_USER) {
            Ok(me) => me,
            Err(error) => return unknown(error.problem.to_string()),
        };
        if is_token(&me) {
            return Ok((Own::Nobody, None));
        }
        let (guid, email) = (me.text("guid"), me.text("email"));
        let listed = match (guid, email) {
            (Some(guid), _) => users.all.by_id(guid),
            (None, Some(email)) => users.all.by_email(email),
            (None, None) => None,
        };
        let token = match (listed, guid) {
            (Some(user), _) => user.shield.is_some(),
            (None, Some(guid)) if users.is_nameless(guid) => true,
            (None, Some(guid)) => self.is_token_user(guid).await?,
            (None, None) => false,
        };
        if token {
            return Ok((Own::Nobody, None));
        }
        match listed.map(|user| &*user.email).or(email) {
            Some(email) => Ok((Own::Email(email.into()), None)),
            None => unknown("the answer names nobody".into()),
        }
    }

    /// Whether a user that the list does not show is the pseudo-user of a company token.
    async fn is_token_user(&self, guid: &str) -> Result<bool, HttpError> {
        if let Some(user) = self.user_by_guid(guid).await? {
            return Ok(is_token(&user));
        }
        let filters = [("guid", guid), ("is_company_api_token", "true")];
        let listed = self.users(&filters).await?;
        let mut tokens = listed.iter().filter(|user| is_token(user));
        Ok(tokens.any(|user| user.text("guid") == Some(guid)))
    }

    /// How many users may still be added. A token that may not ask is told of and not limited; a
    /// 2xx that tells nothing puts the whole read in doubt: something else may have answered. So
    /// does one that counts more users than the lists show.
    pub(super) async fn allowance(
        &self,
        users: &Users,
        doubts: &mut Vec<String>,
        notices: &mut Vec<String>,
    ) -> Result<Option<Allowance>, HttpError> {
        let reply = match self.read_apart(Call::get("read user quota", QUOTA)).await {
            Ok(reply) => reply,
            Err(error) if declined(&error) => {
                let problem = &error.problem;
                notices.push(format!("the user quota could not be read: {problem}"));
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let quota = match reply.json::<Quota>() {
            Ok(quota) => quota,
            Err(error) => {
                doubts.push(format!("the user quota is not usable: {}", error.problem));
                return Ok(None);
            }
        };
        doubts.extend(self.uncounted(&quota, users).await?);
        Ok(convert::allowance(&quota).unwrap_or_else(|reason| {
            doubts.push(format!("the user quota is not usable: {reason}"));
            None
        }))
    }

    /// What the quota's count says against the lists. Tokens' pseudo-users may count there, and are
    /// listed only when asked for.
    async fn uncounted(&self, quota: &Quota, users: &Users) -> Result<Option<String>, HttpError> {
        let total = quota
            .total_user_count
            .and_then(|it| usize::try_from(it).ok());
        let Some(total) = total.filter(|total| *total > users.all.len()) else {
            return Ok(None);
        };
        let tokens = self.users(&[("is_company_api_token", "true")]).await?;
        let guids = tokens.iter().filter_map(|it| it.text("guid"));
        let tokens = guids.filter(|guid| !users.all.has(guid)).count();
        let read = users.all.len() + tokens;
        Ok((total > read).then(|| {
            format!("the user quota counts {total} users, {read} are listed: the lists hide some")
        }))
    }

    /// Sends a GET that a good token may be refused for: a 401 here is no reason to stop using it.
    pub(super) async fn read_apart(&self, call: Call) -> Result<Reply, HttpError> {
        let api = self.api.with_credentials(self.credentials.clone());
        api.send(call).await
    }
}

/// Whether it was answered, and with no: not by a vendor that asks to wait.
fn declined(error: &HttpError) -> bool {
    let status = error.status().filter(|_| !error.is_throttled());
    status.is_some_and(|status| (400..429).contains(&status))
}

/// Whether the API itself, not something in between, refuses a read for good.
fn refused(error: &HttpError) -> bool {
    match &error.problem {
        Problem::Unauthorized(_) => true,
        Problem::Status {
            status,
            message: _,
            body,
        } => body.is_some() && matches!(status, 400 | 401 | 403 | 404),
        _ => false,
    }
}
