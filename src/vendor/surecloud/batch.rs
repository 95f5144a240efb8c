//! Several users in one call, where `batch_size` allows it.
//!
//! Writes that wait at the same time share a call. A batch counts only if its answer is clean: what
//! SureCloud does with the others when one user is wrong is not documented, so after anything else
//! each user is sent alone, and gets an answer that can mean nobody else. Values are absolute, so
//! sending them twice changes nothing.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::wire::{Answer, UserPatch};
use super::write::refused;
use super::{SureCloud, convert};
use crate::http::{HttpError, Reply};

/// The answer to a call, shared by the users in it.
pub(super) type Answered = Arc<(Reply, Answer)>;

/// The writes that wait for a call.
pub(super) struct Batches {
    size: usize,
    waiting: Mutex<Vec<Waiting>>,
    /// Held by whoever sends; the others wait and mostly find their answer there.
    turn: tokio::sync::Mutex<()>,
}

struct Waiting {
    user: UserPatch,
    email: Box<str>,
    tell: oneshot::Sender<Told>,
}

/// What a batch means for one of its users.
enum Told {
    Answered(Answered),
    /// It has to be sent alone to know.
    Alone,
    Failed(HttpError),
}

impl Batches {
    pub(super) fn new(size: Option<u64>) -> Self {
        let size = size.and_then(|size| usize::try_from(size).ok());
        Self {
            size: size.unwrap_or(1).max(1),
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// How many users one call may carry.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    fn join(&self, user: &UserPatch, email: &str) -> oneshot::Receiver<Told> {
        let (tell, told) = oneshot::channel();
        self.lock().push(Waiting {
            user: user.clone(),
            email: email.into(),
            tell,
        });
        told
    }

    fn next(&self) -> Vec<Waiting> {
        let mut waiting = self.lock();
        let count = waiting.len().min(self.size);
        waiting.drain(..count).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SureCloud {
    /// Sends one user, perhaps together with others; `email` is where the answer may show it.
    pub(super) async fn patch(&self, user: &UserPatch, email: &str) -> Result<Answered, HttpError> {
        if self.batches.size == 1 {
            return self.send(&[user]).await;
        }
        match self.together(user, email).await {
            Told::Answered(answered) => Ok(answered),
            Told::Alone => self.send(&[user]).await,
            Told::Failed(error) => Err(error),
        }
    }

    async fn together(&self, user: &UserPatch, email: &str) -> Told {
        let mut mine = self.batches.join(user, email);
        loop {
            let _turn = self.batches.turn.lock().await;
            // The others of this moment join before the call goes out.
            tokio::task::yield_now().await;
            if let Ok(told) = mine.try_recv() {
                return told;
            }
            let batch = self.batches.next();
            if batch.is_empty() {
                // Whoever took this write from the queue was dropped in mid-call.
                return Told::Alone;
            }
            self.send_batch(batch).await;
        }
    }

    async fn send_batch(&self, batch: Vec<Waiting>) {
        let users: Vec<&UserPatch> = batch.iter().map(|waiting| &waiting.user).collect();
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
            // Nobody waits for it when its action was abandoned.
            let _ = waiting.tell.send(told);
        }
    }
}

/// Whether the answer shows every user of the batch, and no fault anywhere.
fn is_clean(answer: &Answer, batch: &[Waiting]) -> bool {
    answer.all_faults().next().is_none()
        && batch
            .iter()
            .all(|it| convert::answered(answer, &it.user, &it.email).is_ok())
}
