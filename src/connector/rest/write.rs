//! What every write shares: steps of which some may be done, and reads that lag behind.

use std::time::Duration;

use crate::connector::WriteError;
use crate::http::{Api, HttpError};
use crate::model::action::ActionKind;
use crate::model::spec::Means;

/// Reads again, with these waits in milliseconds, until the answer is `good` or they are used up.
///
/// # Errors
/// That of the read.
pub(crate) async fn poll_until<T, F>(
    api: &Api,
    waits: &[u64],
    mut read: impl FnMut() -> F,
    good: impl Fn(&T) -> bool,
) -> Result<T, HttpError>
where
    F: Future<Output = Result<T, HttpError>>,
{
    let mut got = read().await?;
    for wait in waits {
        if good(&got) {
            break;
        }
        api.clock().sleep(Duration::from_millis(*wait)).await;
        got = read().await?;
    }
    Ok(got)
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

/// Refuses to switch an account off or on where the roster leaves that to a person, in that place.
///
/// # Errors
/// [`WriteError::Manual`].
pub(crate) fn demand_switch(means: Means, kind: ActionKind, place: &str) -> Result<(), WriteError> {
    let (word, by_hand) = match kind {
        ActionKind::Deactivate => ("off", means != Means::Reversible),
        _ => ("on", means == Means::Manual),
    };
    match by_hand {
        true => Err(WriteError::Manual(format!(
            "switch the user {word} in {place}"
        ))),
        false => Ok(()),
    }
}

/// What is to be deleted after a grace is on again.
pub(crate) fn on_meanwhile(email: &str) -> WriteError {
    WriteError::Stale(format!("{email} was switched on meanwhile"))
}

/// A 2xx answer that did not do it.
pub(crate) fn refused(message: impl Into<String>) -> WriteError {
    WriteError::Refused {
        status: 200,
        message: message.into(),
        account: None,
    }
}
