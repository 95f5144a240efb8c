//! How one action ended, and what a failed write says about what was done.

use crate::connector::WriteError;
use crate::http::{Effect, HttpError};
use crate::model::account::Account;
use crate::model::outcome::Verdict;

/// How one action ended, before it becomes an `Outcome`.
pub(super) struct End {
    pub(super) verdict: Verdict,
    pub(super) status: Option<u16>,
    pub(super) message: String,
    pub(super) id: Option<Box<str>>,
    /// Set when the vendor's run ends with it.
    pub(super) ends_run: Option<String>,
    /// The vendor said no to all of it.
    pub(super) refused: bool,
}

impl End {
    pub(super) fn new(verdict: Verdict, message: impl Into<String>) -> Self {
        Self {
            verdict,
            status: None,
            message: message.into(),
            id: None,
            ends_run: None,
            refused: false,
        }
    }

    pub(super) fn of_error(
        verdict: Verdict,
        error: &HttpError,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status: error.status(),
            ends_run: error.ends_run().then(|| error.to_string()),
            ..Self::new(verdict, message)
        }
    }

    pub(super) fn id(mut self, account: Option<&Account>) -> Self {
        self.id = account.and_then(|account| account.id.clone());
        self
    }
}

pub(super) fn effect_of(error: &WriteError) -> Effect {
    match error {
        WriteError::Http(error) => error.effect(),
        WriteError::Partly(error) => match error.effect() {
            Effect::None => Effect::Unknown,
            effect => effect,
        },
        WriteError::Refused { .. }
        | WriteError::There(_)
        | WriteError::Stale(_)
        | WriteError::Manual(_) => Effect::None,
    }
}

/// Whether a part of the action went through and the vendor refused the rest.
pub(super) fn is_refused_rest(error: &WriteError) -> bool {
    matches!(error, WriteError::Partly(error) if error.effect() == Effect::None)
}

/// Whether a refused create may mean that the account exists: no vendor documents its answer, so
/// every complaint about the request is looked into.
pub(super) fn says_exists(error: &WriteError) -> bool {
    let there = matches!(error, WriteError::There(_));
    there || matches!(status_of(error), Some(400 | 409 | 412 | 422))
}

/// Whether a refused create says itself that the account exists.
pub(super) fn says_taken(error: &WriteError) -> bool {
    status_of(error) == Some(409)
}

fn status_of(error: &WriteError) -> Option<u16> {
    match error {
        WriteError::Http(error) | WriteError::Partly(error) => error.status(),
        WriteError::Refused { status, .. } => Some(*status),
        WriteError::There(_) | WriteError::Stale(_) | WriteError::Manual(_) => None,
    }
}

/// The end of a write that certainly did not go through.
pub(super) fn ended(error: WriteError) -> End {
    match error {
        WriteError::Http(error) => {
            let message = error.problem.to_string();
            End::of_error(Verdict::Failed, &error, message)
        }
        WriteError::Partly(error) => {
            let message = format!("done in part: {}", error.problem);
            End::of_error(Verdict::Failed, &error, message)
        }
        WriteError::Refused {
            status,
            message,
            account,
        } => End {
            status: Some(status),
            ..End::new(Verdict::Failed, message).id(account.as_deref())
        },
        WriteError::There(message) | WriteError::Stale(message) | WriteError::Manual(message) => {
            End::new(Verdict::Skipped, message)
        }
    }
}

/// The end of a write that may still happen.
pub(super) fn pending(error: WriteError) -> End {
    let end = ended(error);
    End {
        verdict: Verdict::Unverified,
        message: format!(
            "{}; a fresh read does not show it, the next run will see",
            end.message
        ),
        ..end
    }
}

/// The end of a write whose answer and whose look both failed.
pub(super) fn unlearnt(error: &WriteError, read: &HttpError) -> End {
    let first = match error {
        WriteError::Http(error) | WriteError::Partly(error) => error.problem.to_string(),
        other => other.to_string(),
    };
    // Refused credentials refuse both, in the same words.
    let message = match read.problem.to_string() {
        again if again == first => format!("{error}; looking for its effect failed the same way"),
        _ => format!("{error}; looking for its effect failed too: {read}"),
    };
    End::of_error(Verdict::Unverified, read, message)
}

pub(super) fn join(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|it| !it.is_empty()).collect();
    parts.join("; ")
}
