//! Where actions wait for each other, so that what is left of them shares calls.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// The actions of one vendor's run on their way to the calls that they share.
pub(super) struct Gather {
    /// So many go on without the rest.
    size: usize,
    /// As many permits as actions may be on record or under way, those who wait aside.
    begun: Semaphore,
    state: Mutex<GatherState>,
    /// Those who wait go on, in the order in which they came.
    go_on: Notify,
}

struct GatherState {
    /// Actions that may still come.
    coming: usize,
    waiting: usize,
}

impl Gather {
    /// For a run of so many actions, `at_once` of which may be under way beside those who wait.
    pub(super) fn new(size: usize, actions: usize, at_once: usize) -> Self {
        Self {
            size: size.max(1),
            begun: Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS)),
            state: Mutex::new(GatherState {
                coming: actions,
                waiting: 0,
            }),
            go_on: Notify::new(),
        }
    }

    /// The place of one action; each has one.
    pub(super) fn place(&self) -> GatherPlace<'_> {
        GatherPlace {
            gather: self,
            coming: true,
            begun: None,
        }
    }

    /// One action fewer to wait for; `waits`: because it is there.
    fn came(&self, waits: bool) {
        let mut state = self.lock();
        state.coming = state.coming.saturating_sub(1);
        state.waiting += usize::from(waits);
        if state.coming == 0 || state.waiting >= self.size {
            state.waiting = 0;
            self.go_on.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, GatherState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One action's place. Dropping it says that the action does not come any more.
pub(super) struct GatherPlace<'a> {
    gather: &'a Gather,
    coming: bool,
    begun: Option<SemaphorePermit<'a>>,
}

impl GatherPlace<'_> {
    /// Waits until the action may begin.
    pub(super) async fn begin(&mut self) {
        let begun = self.gather.begun.acquire().await;
        self.begun = Some(begun.expect("the semaphore is never closed"));
    }

    /// Waits until enough others are there, or no further ones will come. An action that comes
    /// again does not wait.
    pub(super) async fn wait(&mut self) {
        if !std::mem::take(&mut self.coming) {
            return;
        }
        self.begun = None;
        // It counts as waiting from here on, so that the last one wakes itself as well.
        let go_on = self.gather.go_on.notified();
        self.gather.came(true);
        go_on.await;
    }
}

impl Drop for GatherPlace<'_> {
    fn drop(&mut self) {
        if self.coming {
            self.gather.came(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn those_who_wait_go_on_when_enough_are_there() {
        let gather = Gather::new(2, 5, 9);
        let mut places: Vec<GatherPlace<'_>> = (0..5).map(|_| gather.place()).collect();
        let mut last = places.pop().unwrap();
        let mut waits: Vec<_> = places.iter_mut().map(|it| Box::pin(it.wait())).collect();
        assert!(waits[0].as_mut().now_or_never().is_none());
        assert!(waits[1].as_mut().now_or_never().is_some());
        assert!(waits[0].as_mut().now_or_never().is_some());
        assert!(waits[2].as_mut().now_or_never().is_none());
        drop(waits);
        // The fourth never came.
        drop(places);
        assert!(last.wait().now_or_never().is_some());
        assert!(last.wait().now_or_never().is_some(), "it waits once");
    }

    #[test]
    fn the_last_one_waits_for_nobody() {
        let gather = Gather::new(100, 3, 9);
        let mut first = gather.place();
        let mut wait = Box::pin(first.wait());
        assert!(wait.as_mut().now_or_never().is_none());
        drop(gather.place());
        assert!(wait.as_mut().now_or_never().is_none());
        drop(gather.place());
        assert!(wait.as_mut().now_or_never().is_some());
    }
}
