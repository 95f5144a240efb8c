//! Writing: remember what is about to be granted, send one PATCH, remember what its answer shows,
//! and only then judge it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::batch::{Answered, refused};
use super::convert::Target;
use super::wire::{Answer, Body, USER_PATH, id_text};
use super::{SureCloud, convert, memory, wire};
use crate::connector::{WriteError, Written};
use crate::http::{Call, Effect, HttpError, Permit, Problem, Reply};
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind};
use crate::model::email::EmailKey;
use crate::state::record::{Entry, RecordError};

/// What the output says whenever access was switched off.
const SESSIONS: &str =
    "SureCloud does not say whether sessions and tokens that are open already end with it";

/// One write, from the request to what its answer means.
struct Step<'a> {
    action: &'a Action,
    key: EmailKey<'static>,
    target: Target,
    known: Option<Account>,
}

impl SureCloud {
    /// One action.
    pub(super) async fn perform(&self, action: &Action) -> Result<Written, WriteError> {
        if action.kind == ActionKind::Delete {
            return Err(WriteError::Manual(convert::NO_DELETE.into()));
        }
        // A call more is worth its time only where it may find that there is nothing to do.
        let fresh = action.kind == ActionKind::Deactivate;
        let known = self.account(&action.key(), fresh).await?;
        if let Some(done) = self.needs_no_call(action, known.as_ref())? {
            return Ok(done);
        }
        // Found by its userID it may stand under another e-mail than the action's.
        let key = match &known {
            Some(account) => account.email_key().into_owned(),
            None => EmailKey::of(&action.key().email).into_owned(),
        };
        let entry = self.look(|entries| entries.get(&key).cloned())?;
        let target = self.target(action, &key, known.as_ref(), entry.as_ref());
        let sent = convert::request(action, &target, &self.roles)?;
        let grants = matches!(action.kind, ActionKind::Create | ActionKind::Reactivate);
        if grants {
            self.mark(&key, &target.email, known.clone()).await?;
        } else if action.kind == ActionKind::Deactivate {
            let key = key.clone();
            let marked = self
                .record
                .commit(move |entries| memory::mark_removal(entries, &key));
            // Access is taken even if that cannot be remembered.
            let _ = marked.await;
        }
        match self.patch(&sent, &target.email).await {
            Ok(answered) => {
                let (reply, answer) = answered.as_ref();
                let step = Step {
                    action,
                    key,
                    target,
                    known,
                };
                self.take(step, &sent, reply, answer).await
            }
            Err(error) => {
                if action.kind != ActionKind::Update && left_nothing(&error) {
                    let before = entry.clone();
                    let taken_back = self
                        .record
                        .commit(move |entries| memory::unmark(entries, &key, before.as_ref()));
                    // A mark that stays is on the safe side; the refusal is what to report.
                    let _ = taken_back.await;
                }
                Err(self.explain(error, action, entry.as_ref()))
            }
        }
    }

    /// Whether there is nothing to do, or nothing that may be done.
    fn needs_no_call(
        &self,
        action: &Action,
        known: Option<&Account>,
    ) -> Result<Option<Written>, WriteError> {
        if action.kind == ActionKind::Create {
            return Ok(None);
        }
        let Some(known) = known else {
            return Err(WriteError::Stale(format!(
                "the record {} does not know {} any more; nothing was sent",
                self.record.path().display(),
                action.email
            )));
        };
        if action.id.is_some() && known.id.is_some() && action.id != known.id {
            return Err(WriteError::Stale(format!(
                "{} has another userID now than the plan saw; nothing was sent",
                action.email
            )));
        }
        // A record is a memory and not the vendor: only a list can tell that it is off already.
        let can_tell = self.list.is_some();
        let off = action.kind == ActionKind::Deactivate && !known.active;
        let note = "was switched off already".to_owned();
        Ok((can_tell && off).then(|| Written::new(Some(known.clone()), vec![note])))
    }

    fn target(
        &self,
        action: &Action,
        key: &EmailKey<'_>,
        known: Option<&Account>,
        entry: Option<&Entry>,
    ) -> Target {
        let seen = self.seen();
        let listed = seen.listed.get(key).and_then(|listed| listed.id.clone());
        let shown = listed.or_else(|| memory::shown_id(entry?));
        let id = known.and_then(|account| account.id.clone());
        let id_confirmed = id.is_some() && shown.as_ref().map(id_text) == id;
        Target {
            // An account that was asked for and never seen is asked for as it was spelled then: another
            // spelling is another account there.
            email: match (known, entry) {
                (Some(account), _) => account.email.clone(),
                (None, Some(entry)) => entry.email.clone(),
                (None, None) => action.key().email,
            },
            id: match shown {
                Some(shown) if id_confirmed => Some(shown),
                _ => id.map(|id| json!(id)),
            },
            id_confirmed,
            person_type: seen.wanted.person_type(&action.email, known),
        }
    }

    /// Remembers a grant of access before it is sent: whatever happens to this process or to the
    /// answer, the account is looked after when its person leaves.
    async fn mark(
        &self,
        key: &EmailKey<'_>,
        email: &str,
        known: Option<Account>,
    ) -> Result<(), HttpError> {
        if self.permit == Permit::ReadOnly {
            return Err(self.api.problem("change user", Problem::WriteInReadOnly));
        }
        let (key, email) = (key.clone().into_owned(), Box::<str>::from(email));
        let marked = self
            .record
            .commit(move |entries| memory::mark(entries, &key, &email, known.as_ref()));
        marked.await.map_err(|error| self.blocked(&error))
    }

    /// One call, with the users in it.
    pub(super) async fn send(&self, users: &[&Body]) -> Result<Answered, HttpError> {
        // All values are absolute, so sending them again after a lost answer changes nothing.
        let call = Call::patch("change user", USER_PATH)
            .json(&json!({ "users": users }))
            .repeatable();
        let reply = self.api.send(call).await?;
        let answer = wire::parse_users(&reply.body).map_err(|why| reply.unusable(why))?;
        Ok(Arc::new((reply, answer)))
    }

    /// What an answer of status 2xx means: remembered as far as it shows the account, and only
    /// then judged.
    async fn take(
        &self,
        step: Step<'_>,
        sent: &Body,
        reply: &Reply,
        answer: &Answer,
    ) -> Result<Written, WriteError> {
        let Step {
            action,
            key,
            target,
            known,
        } = step;
        let refused = |message: &str, account: Option<Account>| WriteError::Refused {
            status: reply.status,
            message: self.api.clean(message),
            account: account.map(Box::new),
        };
        let user = match convert::answered(answer, sent, &target.email) {
            Ok(user) => user,
            Err(why) => {
                let whys: Vec<String> = std::iter::once(why).chain(answer.all_faults()).collect();
                return Err(refused(&whys.join("; "), None));
            }
        };
        let account = convert::account(user, known.as_ref(), &target.email);
        if let Err(error) = self.remember(key, &account, user).await {
            let message = format!("SureCloud did it, but {error}; run apply again once that works");
            return Err(refused(&message, Some(account)));
        }
        let objections = convert::objections(answer, user, sent);
        if !objections.is_empty() {
            return Err(refused(&objections.join("; "), Some(account)));
        }
        let off = action.kind == ActionKind::Deactivate;
        let notes = off.then(|| String::from(SESSIONS)).into_iter().collect();
        Ok(Written::new(Some(account), notes))
    }

    /// Commits what the answer shows, and with the first answer what the list showed.
    async fn remember(
        &self,
        key: EmailKey<'static>,
        account: &Account,
        user: &wire::User,
    ) -> Result<(), RecordError> {
        let now = self.api.clock().wall();
        let listed = {
            let mut seen = self.seen();
            if let Some(listed) = seen.listed.get_mut(&key) {
                listed.account.clone_from(account);
            }
            if seen.saved {
                BTreeMap::new()
            } else {
                seen.listed.clone()
            }
        };
        let (account, id, told) = (
            account.clone(),
            user.row.json("userID").cloned(),
            user.row.flag("enabled").is_some(),
        );
        let commit = self.record.commit(move |entries| {
            for (key, listed) in &listed {
                memory::confirm_listed(entries, key, listed, now);
            }
            memory::confirm(entries, &key, &account, id.as_ref(), told, now);
        });
        commit.await?;
        self.seen().saved = true;
        Ok(())
    }

    /// Adds what a person should do about a removal that SureCloud keeps refusing.
    fn explain(&self, error: HttpError, action: &Action, entry: Option<&Entry>) -> WriteError {
        let never =
            entry.is_some_and(|entry| entry.pending.is_some() && entry.updated_at.is_none());
        match (&error.problem, action.kind) {
            (
                Problem::Status {
                    status, message, ..
                },
                ActionKind::Deactivate,
            ) if never && refused(&error) => WriteError::Refused {
                status: *status,
                message: format!(
                    "HTTP {status}: {message}; SureCloud never confirmed this account: if its pages show none, take the entry out of {}",
                    self.record.path().display()
                ),
                account: None,
            },
            _ => error.into(),
        }
    }
}

/// Whether the vendor did nothing, neither for this call nor for an earlier try of it. A request that
/// timed out at the vendor (408) may have been seen.
fn left_nothing(error: &HttpError) -> bool {
    error.effect() == Effect::None && error.status() != Some(408)
}
