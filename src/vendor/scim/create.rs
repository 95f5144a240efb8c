//! Making users.

use serde_json::Value as Json;

use super::Scim;
use super::change::Goal;
use super::wire::Resource;
use super::write::answered;
use crate::http::{Call, HttpError, Problem, Reply};
use crate::reconcile::plan::Action;
use crate::vendor::{WriteError, Written};

/// Words of a refusal because there is such a user already, whatever its status.
const TAKEN: [&str; 6] = [
    "uniqueness",
    "already exist",
    "duplicate",
    "already in use",
    "not unique",
    "already taken",
];

impl Scim {
    /// Makes a user, reads it back, and sets what the create left out.
    pub(super) async fn create(&self, action: &Action) -> Result<Written, WriteError> {
        let goal = Goal {
            action,
            changes: action.changes.iter().collect(),
            active: Some(true),
        };
        let body = self.draft(&goal, &Resource(Default::default()))?.whole();
        let id = match self.post(&body).await {
            Ok(id) => id,
            Err(error) => return Err(self.judge(action, error).await),
        };
        let made = match &id {
            Some(id) => self.read_back(&goal, id).await,
            None => self.user_by_email(&action.email).await,
        };
        let lost = || {
            let why = "the answer names no user, and a search shows none";
            WriteError::Partly(self.api.problem("create user", Problem::Body(why.into())))
        };
        let user = made.map_err(WriteError::Partly)?.ok_or_else(lost)?;
        let id = user.id().unwrap_or_default();
        self.know(|known| {
            // Nobody has put a new user into a group yet, unless the user says so.
            if let Some(groups) = &mut known.groups {
                let of = user.values("groups").into_iter().collect();
                groups.of.entry(id).or_insert(of);
            }
        });
        let brought = self.bring(&goal, user).await;
        brought.map_err(|error| match error.behind_a_write() {
            WriteError::Refused {
                status,
                message,
                account,
            } => WriteError::Refused {
                status,
                message: format!("the account was created, but: {message}"),
                account,
            },
            other => other,
        })
    }

    /// Sends a create, alone or with others; the id of what it made, where the answer shows it.
    async fn post(&self, body: &Json) -> Result<Option<String>, HttpError> {
        if let Some(answer) = self.bulk(body).await {
            return answer;
        }
        let call = Call::post("create user", self.users()).json(body);
        let reply = self.send(call).await?;
        let shown = answered(&reply.body).and_then(|user| user.id());
        match shown.or_else(|| located(&reply)) {
            Some(id) => Ok(Some(id)),
            // Some answer with nothing, which is an answer. Anything else is not one of SCIM.
            None if reply.body.is_empty() => Ok(None),
            None => match serde_json::from_slice::<Json>(&reply.body) {
                Ok(_) => Ok(None),
                Err(_) => Err(reply.unusable("it is not the user that was made")),
            },
        }
    }

    /// What a refused create means. One for a user that exists is looked into by the engine, which
    /// knows the statuses that usually say so.
    async fn judge(&self, action: &Action, error: HttpError) -> WriteError {
        let Problem::Status {
            status,
            message,
            body,
        } = &error.problem
        else {
            return error.into();
        };
        let text = format!("{message} {}", body.as_deref().unwrap_or(&Json::Null));
        let text = text.to_lowercase();
        let taken = *status == 409 || TAKEN.iter().any(|words| text.contains(words));
        if !taken || *status > 500 {
            return error.into();
        }
        match self.user_by_email(&action.email).await {
            // Nobody is found: it exists where these credentials cannot see it.
            Ok(None) => WriteError::Refused {
                status: *status,
                message: format!(
                    "{message}; the vendor says that the account exists and does not show it to \
                     these credentials: give them the right to see it, or remove it there"
                ),
                account: None,
            },
            Ok(Some(_)) | Err(_) if *status != 500 => error.into(),
            // Settled: it was refused, and the engine is to look as after a 409.
            _ => WriteError::Refused {
                status: 409,
                message: message.clone(),
                account: None,
            },
        }
    }
}

/// The id in `Location`, which may be relative: the last segment of its path.
fn located(reply: &Reply) -> Option<String> {
    last_segment(reply.header("location")?)
}

/// The last segment of an address.
pub(super) fn last_segment(location: &str) -> Option<String> {
    let path = location.split(['?', '#']).next()?.trim_end_matches('/');
    let (_, last) = path.rsplit_once('/').unwrap_or(("", path));
    let id = decoded(last)?;
    (!id.is_empty()).then_some(id)
}

/// A path segment without its percent signs; `None` if it is no text.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_decoded_as_far_as_it_can_be() {
        for (text, expected) in [
            ("ada%40example.com", Some("ada@example.com")),
            ("o%27neil%20x", Some("o'neil x")),
            ("100%", Some("100%")),
            ("%zz", Some("%zz")),
            ("%ff", None),
        ] {
            assert_eq!(decoded(text).as_deref(), expected, "{text}");
        }
    }
}
