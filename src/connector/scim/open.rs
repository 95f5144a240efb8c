//! Actions that are done but for the groups, and their ends: many of them share calls.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{MutexGuard, PoisonError};

use super::Scim;
use super::goal::{ACTIVE, Goal};
use super::refusal::Refusal;
use super::wire::Resource;
use crate::connector::{WriteError, Written};
use crate::model::action::{Action, ActionKind};
use crate::model::email::EmailKey;

/// A new account that is off.
const INVITED: &str = "the vendor shows the account as not active yet: the person may have to accept \
    an invitation, and it is left alone until then";

/// Groups to be in and out of, by id.
#[derive(Debug, Default)]
pub(super) struct Moves {
    pub(super) inside: BTreeSet<String>,
    pub(super) outside: BTreeSet<String>,
}

/// A user who is in line but for the groups.
pub(super) struct Open {
    /// As it was last read; `None`: it is gone with being switched off.
    pub(super) now: Option<Resource>,
    pub(super) moves: Moves,
    /// Whether anything was written.
    pub(super) written: bool,
    pub(super) notes: Vec<String>,
    pub(super) refusals: Vec<Refusal>,
    /// Of a user who was just made.
    pub(super) made: Option<Made>,
}

/// A user who was just made; why its name is not the one that was asked for, if it is not.
pub(super) struct Made {
    pub(super) strange: Option<String>,
}

impl Made {
    /// What the whole action came to.
    pub(super) fn told(self, brought: Result<Written, WriteError>) -> Result<Written, WriteError> {
        match (brought, self.strange) {
            (Ok(written), Some(why)) => Err(WriteError::Refused {
                status: 201,
                message: why,
                account: written.account.map(Box::new),
            }),
            (Ok(written), None) => Ok(written),
            (Err(error), strange) => Err(match error.behind_a_write() {
                WriteError::Refused {
                    status,
                    message,
                    account,
                } => WriteError::Refused {
                    // The account was made: its refusal is not one that may say that it exists.
                    status: match status {
                        400 | 409 | 422 => 201,
                        status => status,
                    },
                    message: match strange {
                        Some(why) => format!("{why}; {message}"),
                        None => format!("the account was created, but: {message}"),
                    },
                    account,
                },
                other => other,
            }),
        }
    }
}

/// What an action goes by while it is open: a person has one at a time.
fn opened(action: &Action) -> String {
    EmailKey::of(&action.email).to_string()
}

impl Scim {
    pub(super) fn open(&self) -> MutexGuard<'_, BTreeMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an action waits for others before its groups are changed.
    pub(super) fn is_open(&self, action: &Action) -> bool {
        self.open().contains_key(&opened(action))
    }

    /// The end of an action that has no groups to change; the others wait for those with the same
    /// to do.
    pub(super) async fn close_or_wait(
        &self,
        action: &Action,
        open: Open,
    ) -> Result<Written, WriteError> {
        let stays = open.moves.inside.is_empty() && open.moves.outside.is_empty();
        if stays || open.now.is_none() {
            return self.close(action, open, Ok(Vec::new())).await;
        }
        self.open().insert(opened(action), open);
        Ok(Written::default())
    }

    /// Brings the user of an action into its groups and out of others.
    pub(super) async fn complete_open(&self, action: &Action) -> Result<Written, WriteError> {
        let open = self.open().remove(&opened(action));
        let Some(open) = open else {
            return Ok(Written::default());
        };
        let id = open.now.as_ref().and_then(Resource::id);
        let id = id.unwrap_or_default();
        let moves = &open.moves;
        let joined = self.join(&id, &moves.inside, &moves.outside).await;
        self.close(action, open, joined).await
    }

    /// What became of an action, groups included.
    async fn close(
        &self,
        action: &Action,
        mut open: Open,
        joined: Result<Vec<String>, WriteError>,
    ) -> Result<Written, WriteError> {
        let closed = self.closed(action, &mut open, joined).await;
        match open.made {
            Some(made) => made.told(closed),
            None => closed,
        }
    }

    async fn closed(
        &self,
        action: &Action,
        open: &mut Open,
        joined: Result<Vec<String>, WriteError>,
    ) -> Result<Written, WriteError> {
        let mut notes = std::mem::take(&mut open.notes);
        let refusals = &mut open.refusals;
        let Some(now) = &open.now else {
            return Ok(Written {
                account: None,
                notes,
            });
        };
        // Which groups the user is in has changed.
        let mut account = self.account(now).map_err(WriteError::Partly)?;
        let id = now.id().unwrap_or_default();
        self.know(|known| {
            known.people.insert(id, account.email.to_string());
        });
        if action.kind == ActionKind::Create && !account.active {
            // Some accounts are off until the person has accepted an invitation.
            self.learnt().invites = true;
            refusals.retain(|it| it.names != [ACTIVE]);
            notes.push(INVITED.into());
            notes.extend(self.remember_invited(&account).await);
            account.active = true;
        }
        let goal = Goal {
            action,
            changes: action.changes.iter().collect(),
            active: None,
        };
        match joined {
            Ok(more) if refusals.is_empty() => {
                notes.extend(more);
                Ok(Written {
                    account: Some(self.without_manager(&goal, account)),
                    notes,
                })
            }
            Ok(more) => {
                notes.extend(more);
                Err(Refusal::error(refusals, Some(account)).and(&notes.join("; ")))
            }
            Err(error) if refusals.is_empty() && !open.written => Err(error.and(&notes.join("; "))),
            Err(error) => {
                let error = Refusal::before(refusals, error.behind_a_write());
                Err(error.and(&notes.join("; ")))
            }
        }
    }
}
