//! Writes that wait at the same time and share one call, where a vendor's API allows it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The writes that wait for a call: items of type `T`, each of which is told an `R`.
pub(super) struct Batches<T, R> {
    size: usize,
    waiting: Mutex<Vec<Waiting<T, R>>>,
    /// Held by whoever sends; the others wait and mostly find their answer there.
    turn: tokio::sync::Mutex<()>,
}

/// One write that waits.
pub(super) struct Waiting<T, R> {
    /// What is to be written.
    pub(super) item: T,
    tell: oneshot::Sender<R>,
}

impl<T, R> Waiting<T, R> {
    /// Tells what became of it. Nobody waits for that when its action was abandoned.
    pub(super) fn tell(self, told: R) {
        let _ = self.tell.send(told);
    }
}

impl<T, R> Batches<T, R> {
    /// Batches of at most so many items; at least one.
    pub(super) fn new(size: usize) -> Self {
        Self {
            size: size.max(1),
            waiting: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// How many items one call may carry.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Writes one item, perhaps together with others, and returns what it was told. `send` writes
    /// a batch and tells each item; only one batch is under way at a time. `None`: whoever took the
    /// item was dropped in mid-call.
    pub(super) async fn share<S, F>(&self, item: T, send: S) -> Option<R>
    where
        S: Fn(Vec<Waiting<T, R>>) -> F,
        F: Future<Output = ()>,
    {
        let (tell, mut told) = oneshot::channel();
        self.lock().push(Waiting { item, tell });
        loop {
            let _turn = self.turn.lock().await;
            // The others of this moment join before the call goes out.
            tokio::task::yield_now().await;
            if let Ok(told) = told.try_recv() {
                return Some(told);
            }
            let batch = self.next();
            if batch.is_empty() {
                return None;
            }
            send(batch).await;
        }
    }

    fn next(&self) -> Vec<Waiting<T, R>> {
        let mut waiting = self.lock();
        let count = waiting.len().min(self.size);
        waiting.drain(..count).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waiting<T, R>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
