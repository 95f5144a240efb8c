//! Making users.

use serde_json::Value as Json;

use super::Scim;
use super::goal::{ACTIVE, Goal};
use super::open::Made;
use super::refusal::Expected;
use super::wire::{Resource, last_segment};
use super::write::answered;
use crate::connector::{WriteError, Written};
use crate::http::{Call, HttpError, Problem, Reply};
use crate::model::action::Action;
use crate::model::email::same_email;

/// Words of a refusal because there is such a user already, whatever its status.
const TAKEN: [&str; 6] = [
    "uniqueness",
    "already exist",
    "duplicate",
    "already in use",
    "not unique",
    "already taken",
];

/// Words of a refusal because there is no room for another account.
const FULL: [&str; 7] = [
    "seat",
    "license",
    "licence",
    "licensing",
    "quota",
    "user limit",
    "limit of users",
];

/// Words of a server that did not read a body because of its type.
const UNREAD: [&str; 11] = [
    "content-type",
    "content type",
    "media type",
    "mime",
    "parse",
    "body",
    "json",
    "required",
    "missing",
    "empty",
    "undefined",
];

impl Scim {
    /// Makes a user, reads it back, and sets what the create left out.
    pub(super) async fn create(&self, action: &Action) -> Result<Written, WriteError> {
        let goal = Goal {
            action,
            changes: action.changes.iter().collect(),
            active: Some(true),
        };
        let id = match self.make(&goal).await? {
            Ok(id) => id,
            Err(error) => return Err(self.judge(action, error).await),
        };
        let made = match &id {
            Some(id) => self.read_back(&self.kept(&goal), id).await,
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
                groups.learn(&user);
                // Nobody has put a new user anywhere else.
                groups.shows.asked_for.insert(id.clone());
                if !groups.of.knows(&id) {
                    groups.of.join(&id, user.values("groups"));
                }
            }
        });
        let strange = self.under_another_name(action, &user);
        // Off from the start at this vendor, and switching on was tried: it waits for the person.
        let invited = self.learnt().invites && !self.account(&user)?.active;
        let goal = Goal {
            active: goal.active.filter(|_| !invited),
            ..goal
        };
        let made = Made { strange };
        match self.bring(&goal, user).await {
            Ok(mut open) => {
                open.made = Some(made);
                self.close_or_wait(action, open).await
            }
            Err(error) => made.told(Err(error)),
        }
    }

    /// A goal without what this vendor does not keep, as far as that is known.
    fn kept<'a>(&self, goal: &Goal<'a>) -> Goal<'a> {
        let mut parts = goal.parts();
        let invites = self.learnt().invites;
        parts.retain(|(key, part)| match key == ACTIVE {
            true => !invites,
            false => !matches!(self.expected(key, part), Expected::Refused(_)),
        });
        goal.with(&parts)
    }

    /// What to do where a new user comes back under a name that is not the person's.
    fn under_another_name(&self, action: &Action, user: &Resource) -> Option<String> {
        let account = self.account(user).ok()?;
        if same_email(&account.email, &action.email) {
            return None;
        }
        let id = self.api.clean(&user.id().unwrap_or_default());
        let shown = self.api.clean(&account.email);
        let addresses = user.values("emails");
        let has_address = addresses.iter().any(|it| same_email(it, &action.email));
        let way_out = match has_address {
            true => "set `match: emails` at this vendor".to_owned(),
            false => format!("give the person's account its id, {id}"),
        };
        Some(format!(
            "the account was created, and the vendor shows it under the user name {shown} instead \
             of {}: {way_out}, or the next run does not know it",
            action.email
        ))
    }

    /// Sends a create. One that is refused for its values is sent again without the attributes that
    /// the refusal names, else without all that a user can do without: they are set one by one
    /// afterwards, and what the vendor does not take is told then.
    async fn make(&self, goal: &Goal<'_>) -> Result<Result<Option<String>, HttpError>, WriteError> {
        let nobody = Resource(Default::default());
        let error = match self
            .post(&self.draft(&self.kept_or_tried(goal), &nobody)?.whole())
            .await
        {
            Err(error) if is_about_values(&error) => error,
            other => return Ok(other),
        };
        let parts: Vec<_> = goal.parts();
        let text = words_of(&error);
        let named = |key: &str| {
            let name = key.rsplit(':').next().unwrap_or(key).to_lowercase();
            text.split(|it: char| !it.is_alphanumeric())
                .any(|it| it == name)
        };
        let spared = |key: &str| key == ACTIVE || key == "userName" || key == "name";
        let without_named: Vec<_> = parts
            .iter()
            .filter(|(key, _)| !named(key))
            .cloned()
            .collect();
        let least: Vec<_> = parts
            .iter()
            .filter(|(key, _)| spared(key))
            .cloned()
            .collect();
        let tries = [
            (without_named.len() < parts.len(), without_named),
            (least.len() < parts.len(), least),
        ];
        for (_, some) in tries.into_iter().filter(|(fewer, _)| *fewer) {
            match self
                .post(&self.draft(&goal.with(&some), &nobody)?.whole())
                .await
            {
                Err(again) if is_about_values(&again) => {}
                other => return Ok(other),
            }
        }
        Ok(Err(error))
    }

    /// A goal without what was refused to others: it is set afterwards.
    fn kept_or_tried<'a>(&self, goal: &Goal<'a>) -> Goal<'a> {
        let mut parts = goal.parts();
        parts.retain(|(key, part)| {
            key == ACTIVE || matches!(self.expected(key, part), Expected::Taken)
        });
        goal.with(&parts)
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
            status, message, ..
        } = &error.problem
        else {
            return error.into();
        };
        let text = words_of(&error);
        let refused = |status: u16, message: String| WriteError::Refused {
            status,
            message,
            account: None,
        };
        if *status < 500 && FULL.iter().any(|words| text.contains(words)) {
            return refused(
                *status,
                format!(
                    "HTTP {status}: {message}; the vendor has no room for another account: free or \
                     buy a seat there, or bound creates with `max.creates`"
                ),
            );
        }
        if !(*status == 409 || is_taken(&text)) || *status > 500 {
            return error.into();
        }
        match self.user_by_email(&action.email).await {
            // Nobody is found: it exists where these credentials cannot see it.
            Ok(None) => refused(
                *status,
                format!(
                    "{message}; the vendor says that the account exists and does not show it to \
                     these credentials: give them the right to see it, or remove it there; where \
                     it stands under another user name, set `match: emails`, or give its id"
                ),
            ),
            Ok(Some(_)) | Err(_) if *status != 500 => error.into(),
            // Settled: it was refused, and the engine is to look as after a 409.
            _ => refused(409, message.clone()),
        }
    }
}

/// What a refusal says, in small letters.
fn words_of(error: &HttpError) -> String {
    let body = match &error.problem {
        Problem::Status { body, .. } => body.as_deref(),
        _ => None,
    };
    let text = format!("{} {}", error.problem, body.unwrap_or(&Json::Null));
    text.to_lowercase()
}

/// Whether a complaint about a body may come from a server that did not read it.
pub(super) fn may_be_unread(error: &HttpError) -> bool {
    let text = words_of(error);
    UNREAD.iter().any(|words| text.contains(words)) && !is_taken(&text)
}

fn is_taken(text: &str) -> bool {
    TAKEN.iter().any(|words| text.contains(words))
}

/// Whether a create may have been refused for what it says of the person, not for who that is.
fn is_about_values(error: &HttpError) -> bool {
    let text = words_of(error);
    matches!(error.status(), Some(400 | 422))
        && !error.is_throttled()
        && !is_taken(&text)
        && !FULL.iter().any(|words| text.contains(words))
}

/// The id in `Location`, which may be relative: the last segment of its path.
fn located(reply: &Reply) -> Option<String> {
    last_segment(reply.header("location")?)
}
