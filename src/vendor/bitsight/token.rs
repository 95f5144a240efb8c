//! What the token is and may see: whose it is, which groups it knows, how many users it may add.

use std::collections::BTreeMap;

use super::Bitsight;
use super::read::{is_token, read_from};
use super::wire::{AccessGroups, CurrentUser, Quota, User};
use crate::http::{Call, HttpError, Problem, Reply};
use crate::reconcile::account::email_key;
use crate::reconcile::current::{Directory, Entry, Own};

const CURRENT: &str = "/ratings/v1/users/current";
const QUOTA: &str = "/ratings/v1/users/quota";
const GROUPS: &str = "/ratings/v1/access-groups";

/// The groups, and what speaks against the token seeing all of them.
pub(super) struct Groups {
    /// Those listed, and those that users were seen in.
    pub(super) directory: Directory,
    /// One clause each.
    pub(super) doubts: Vec<String>,
}

impl Bitsight {
    /// The groups, completed by those of `users`; a group that only a user shows means that the
    /// token sees a part.
    pub(super) async fn read_groups(&self, users: &[User]) -> Result<Groups, HttpError> {
        let mut entries: BTreeMap<Box<str>, Box<str>> = BTreeMap::new();
        let mut doubts = Vec::new();
        match self.read_apart(Call::get("list groups", GROUPS)).await {
            Ok(reply) => {
                let listed: AccessGroups = reply.json()?;
                for group in listed.groups {
                    let name = group.name.unwrap_or_else(|| group.guid.clone());
                    entries.insert(group.guid, name);
                }
                let default = listed.default_group.as_ref().map(|group| group.guid());
                if default.is_some_and(|guid| !entries.contains_key(guid)) {
                    doubts.push("partial view: the token does not see the default group".into());
                }
            }
            Err(error) if refused(&error) => {
                doubts.push("partial view: the token may not list groups".into());
            }
            Err(error) => return Err(error),
        }
        let mut hidden = 0;
        for group in users
            .iter()
            .filter_map(|user| user.group.iter().flatten().next())
        {
            if !entries.contains_key(group.guid()) {
                hidden += 1;
                let name = group.name().unwrap_or_else(|| group.guid());
                entries.insert(group.guid().into(), name.into());
            }
        }
        if hidden > 0 && doubts.is_empty() {
            doubts.push(format!(
                "partial view: {hidden} groups of users are not among the groups that the token sees"
            ));
        }
        let entries = entries.into_iter().map(|(id, name)| Entry {
            id,
            name,
            admin: false,
        });
        Ok(Groups {
            directory: Directory {
                noun: "group",
                entries: entries.collect(),
            },
            doubts,
        })
    }

    /// Whose the token is. A company token has no user, or a pseudo-user that lists leave out:
    /// which of the two is not documented.
    pub(super) async fn own(&self, users: &[User]) -> Result<Own, HttpError> {
        if let Some(email) = &self.settings.own_account {
            return Ok(Own::Email(email.clone()));
        }
        let reply = match self.read_apart(Call::get("read own user", CURRENT)).await {
            Ok(reply) => reply,
            // The list was read with the same token, so this is about the token's kind.
            Err(error) if refused(&error) => return Ok(Own::Nobody),
            Err(error) if error.status().is_some_and(|s| (400..429).contains(&s)) => {
                return Ok(Own::Unknown);
            }
            Err(error) => return Err(error),
        };
        let Ok(me) = reply.json::<CurrentUser>() else {
            return Ok(Own::Unknown);
        };
        if me.is_company_api_token == Some(true) {
            return Ok(Own::Nobody);
        }
        let key = me.email.as_deref().map(email_key);
        let listed = users.iter().find(|user| match &me.guid {
            Some(guid) => user.guid == *guid,
            None => key.is_some() && user.email.as_deref().map(email_key) == key,
        });
        if let Some(user) = listed {
            return Ok(match &user.email {
                Some(email) if !is_token(user) => Own::Email(email.clone()),
                _ => Own::Nobody,
            });
        }
        if let Some(guid) = me.guid.as_deref() {
            let user = match self.user_by_guid(guid).await? {
                Some(user) => Some(user),
                None => {
                    let filters = [("guid", guid), ("is_company_api_token", "true")];
                    self.list(&filters).await?.users.pop()
                }
            };
            if user.is_some_and(|user| is_token(&user)) {
                return Ok(Own::Nobody);
            }
        }
        Ok(me.email.map_or(Own::Nobody, Own::Email))
    }

    /// The quota, or why it is not known: it is a help, not a need.
    pub(super) async fn quota(&self) -> Result<Result<Quota, String>, HttpError> {
        match self.read_apart(Call::get("read user quota", QUOTA)).await {
            Ok(reply) => Ok(reply.json().map_err(|error| error.problem.to_string())),
            Err(error) if error.status().is_some_and(|s| (400..500).contains(&s)) => {
                Ok(Err(error.problem.to_string()))
            }
            Err(error) => Err(error),
        }
    }

    /// Sends a GET that a good token may be refused for: a 401 here is no reason to stop using it.
    async fn read_apart(&self, call: Call) -> Result<Reply, HttpError> {
        let api = self.api.with_credentials(self.credentials.clone());
        read_from(&api, call).await
    }
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
