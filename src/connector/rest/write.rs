//! What every write shares: steps of which some may be done, and reads that lag behind.

use std::time::Duration;

use crate::connector::{WriteError, Written};
use crate::http::{Api, HttpError, Reply};
use crate::model::action::Action;
use crate::model::email::same_email;

/// Reads what a write did, again with these waits in milliseconds until the answer is `good` or they
/// are used up.
///
/// # Errors
/// [`WriteError::Partly`]: that of the read.
pub(crate) async fn poll_until<T, F>(
    api: &Api,
    waits: &[u64],
    mut read: impl FnMut() -> F,
    good: impl Fn(&T) -> bool,
) -> Result<T, WriteError>
where
    F: Future<Output = Result<T, HttpError>>,
{
    let mut got = read().await.map_err(WriteError::Partly)?;
    for wait in waits {
        if good(&got) {
            break;
        }
        let wait = Duration::from_millis(*wait);
        api.wait(wait, "a read does not show the write yet").await;
        got = read().await.map_err(WriteError::Partly)?;
    }
    Ok(got)
}

/// What became of a delete. A 404 may mean that an earlier try did it, whose answer was lost: `look`
/// then tells whether the user is there.
///
/// # Errors
/// That of the call, or of the look.
pub(crate) async fn deleted(
    sent: Result<Reply, HttpError>,
    look: impl Future<Output = Result<bool, HttpError>>,
) -> Result<Written, WriteError> {
    match sent {
        Ok(_) => Ok(Written::default()),
        Err(error) if error.status() == Some(404) => match look.await {
            Ok(false) => Ok(gone_already()),
            Ok(true) => Err(error.into()),
            Err(read) => Err(WriteError::Partly(read)),
        },
        Err(error) => Err(error.into()),
    }
}

/// A removal of somebody who is not there.
pub(crate) fn gone_already() -> Written {
    Written::noted("the user was gone already")
}

/// A change of somebody who is not there.
pub(crate) fn gone(action: &Action) -> WriteError {
    WriteError::Stale(format!("{} is gone", action.email))
}

/// Refuses an action on a user, read afresh, who is not the one that the plan saw: under that e-mail,
/// or, where nothing is taken, under the one that the action gives.
///
/// # Errors
/// [`WriteError::Stale`].
pub(crate) fn demand_same_person(action: &Action, id: &str, now: &str) -> Result<(), WriteError> {
    let planned = action.account_email.as_ref().unwrap_or(&action.email);
    let renamed = || !action.kind.removes() && same_email(now, &action.email);
    match same_email(now, planned) || renamed() {
        true => Ok(()),
        false => Err(WriteError::Stale(format!(
            "the user {id} is not {planned} any more"
        ))),
    }
}

/// The steps of one action: once one of them went through, a failure of a later one no longer
/// means that nothing was done.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    wrote: bool,
}

impl Steps {
    /// Takes note of how a step that writes ended.
    ///
    /// # Errors
    /// As [`Steps::check`].
    pub(crate) fn take<T>(&mut self, step: Result<T, WriteError>) -> Result<T, WriteError> {
        let ended = self.check(step);
        self.wrote |= ended.is_ok();
        ended
    }

    /// The end of a step that only reads.
    ///
    /// # Errors
    /// That of the step, in the light of those before.
    pub(crate) fn check<T, E>(&self, step: Result<T, E>) -> Result<T, WriteError>
    where
        E: Into<WriteError>,
    {
        step.map_err(|error| match self.wrote {
            true => error.into().behind_a_write(),
            false => error.into(),
        })
    }
}

/// A 2xx answer that did not do it.
pub(crate) fn refused(message: impl Into<String>) -> WriteError {
    WriteError::Refused {
        status: 200,
        message: message.into(),
        account: None,
    }
}
