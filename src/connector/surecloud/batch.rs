//! Several users in one call, where `batch_size` allows it.
//!
//! Writes that wait at the same time share a call. A batch counts only if its answer is clean: what
//! SureCloud does with the others when one user is wrong is not documented, so after anything else
//! each user is sent alone, and gets an answer that can mean nobody else. Values are absolute, so
//! sending them twice changes nothing.

use std::sync::Arc;

use super::wire::{Answer, Body};
use super::{SureCloud, convert};
use crate::connector::batch::{Batches, Waiting};
use crate::http::{HttpError, Problem, Reply};

/// The answer to a call, shared by the users in it.
pub(super) type Answered = Arc<(Reply, Answer)>;

/// The writes that wait for a call.
pub(super) type UserBatches = Batches<Item, Told>;

type Batch = Vec<Waiting<Item, Told>>;

/// A user, and the e-mail under which the answer may show it.
pub(super) struct Item {
    user: Body,
    email: Box<str>,
}

/// What a batch means for one of its users.
pub(super) enum Told {
    Answered(Answered),
    /// It has to be sent alone to know.
    Alone,
    Failed(HttpError),
}

impl SureCloud {
    /// Sends one user, perhaps together with others; `email` is where the answer may show it.
    pub(super) async fn patch(&self, user: &Body, email: &str) -> Result<Answered, HttpError> {
        if self.batches.size() == 1 {
            return self.send(&[user]).await;
        }
        let item = Item {
            user: user.clone(),
            email: email.into(),
        };
        match self
            .batches
            .share(item, |batch| self.send_batch(batch))
            .await
        {
            Some(Told::Answered(answered)) => Ok(answered),
            Some(Told::Alone) | None => self.send(&[user]).await,
            Some(Told::Failed(error)) => Err(error),
        }
    }

    async fn send_batch(&self, batch: Batch) {
        let users: Vec<&Body> = batch.iter().map(|waiting| &waiting.item.user).collect();
        let sent = self.send(&users).await;
        let clean = sent.as_ref().is_ok_and(|answered| {
            let (_, answer) = answered.as_ref();
            batch.len() == 1 || is_clean(answer, &batch)
        });
        for waiting in batch {
            let told = match &sent {
                Ok(answered) if clean => Told::Answered(Arc::clone(answered)),
                Ok(_) => Told::Alone,
                Err(error) if refused(error) && error.status() != Some(401) => Told::Alone,
                Err(error) => Told::Failed(error.clone()),
            };
            waiting.tell(told);
        }
    }
}

/// Whether the answer shows every user of the batch, and no fault anywhere.
fn is_clean(answer: &Answer, batch: &Batch) -> bool {
    answer.all_faults().next().is_none()
        && batch
            .iter()
            .all(|it| convert::answered(answer, &it.item.user, &it.item.email).is_ok())
}

/// Whether the vendor itself said no: then nothing was done by this call nor by an earlier try
/// of it. Everything else may have left something behind.
pub(super) fn refused(error: &HttpError) -> bool {
    match error.problem {
        Problem::Status { status, .. } => {
            (400..500).contains(&status) && !matches!(status, 408 | 429)
        }
        Problem::Unauthorized(_) => true,
        _ => false,
    }
}
