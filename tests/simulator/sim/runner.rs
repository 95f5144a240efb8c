//! One process: it lives, dies at any moment, or is stopped for a while and wakes up as a zombie.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// What becomes of a process, and at which of its events: a request, an answer, a call of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Lives,
    Dies(u64),
    /// It is stopped for so long.
    Stops(u64, Duration),
}

/// A process.
#[derive(Debug)]
pub(crate) struct Runner {
    pub(crate) name: String,
    fate: Fate,
    events: AtomicU64,
    dead: AtomicBool,
    until: Mutex<Option<Instant>>,
}

impl Runner {
    pub(crate) fn new(name: String, fate: Fate) -> Self {
        Self {
            name,
            fate,
            events: AtomicU64::new(0),
            dead: AtomicBool::new(false),
            until: Mutex::default(),
        }
    }

    /// Something happened in it: its fate may be due.
    pub(crate) fn event(&self) {
        let event = self.events.fetch_add(1, Ordering::Relaxed) + 1;
        match self.fate {
            Fate::Dies(at) if event >= at => self.dead.store(true, Ordering::Relaxed),
            Fate::Stops(at, time) if event == at => *self.until() = Some(Instant::now() + time),
            _ => {}
        }
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// Whether it is stopped now.
    fn stopped_until(&self) -> Option<Instant> {
        self.until().filter(|until| *until > Instant::now())
    }

    /// Whether nothing of it moves now.
    pub(crate) fn is_still(&self) -> bool {
        self.is_dead() || self.stopped_until().is_some()
    }

    /// Whether it was stopped at any time.
    pub(crate) fn was_stopped(&self) -> bool {
        self.until().is_some()
    }

    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The work of a process, which goes no further than the process does.
pub(crate) struct Process<'a, T> {
    pub(crate) runner: &'a Runner,
    work: Pin<Box<dyn Future<Output = T> + 'a>>,
    wakes: Option<Pin<Box<Sleep>>>,
}

impl<'a, T> Process<'a, T> {
    pub(crate) fn new(runner: &'a Runner, work: impl Future<Output = T> + 'a) -> Self {
        Self {
            runner,
            work: Box::pin(work),
            wakes: None,
        }
    }
}

impl<T> Future for Process<'_, T> {
    /// `None`: it died.
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            if self.runner.is_dead() {
                return Poll::Ready(None);
            }
            if let Some(until) = self.runner.stopped_until() {
                let mut wakes = Box::pin(sleep_until(until));
                let woken = wakes.as_mut().poll(context);
                self.wakes = Some(wakes);
                if woken.is_pending() {
                    return Poll::Pending;
                }
            }
            if let Poll::Ready(done) = self.work.as_mut().poll(context) {
                return Poll::Ready(Some(done).filter(|_| !self.runner.is_dead()));
            }
            // Its fate may have been due just now.
            if !self.runner.is_still() {
                return Poll::Pending;
            }
        }
    }
}
