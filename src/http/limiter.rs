//! How fast calls start: per vendor, fair, and slowed for all calls at once when the vendor asks.
//!
//! A start has to pass three tests: the sliding one-second window, the burst (a token bucket kept
//! as its theoretical arrival time), and a pause with the climb after it. Callers queue at one
//! fair lock; only the first in the queue looks at the clock, so a pause that is set later
//! reaches everybody who has not started yet.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::Clock;
use super::wait::NOTICEABLE;
use crate::roster::model::Limits;

/// A little more than the second that is promised, so that two starts exactly one second apart do
/// not meet in a window whose both ends count, and a timer's millisecond does not matter.
const WINDOW: Duration = Duration::from_millis(1001);

/// A call reaches the vendor at some moment between its start and its answer, and its second begins
/// there. So it begins with the answer here, but no later than this after the start: on a slow way
/// all calls are late alike, and waiting for answers would cost the rate. At worst 2 % of it go.
const JITTER: Duration = Duration::from_millis(20);

/// An answer that took longer than the quickest one may be that of a call which got there late by
/// as much: a server or a way that stood still lets go of all that waited at once. So its second
/// begins later by that, but no more than this: some calls just take a vendor longer than others.
const STANDSTILL: Duration = Duration::from_millis(100);

/// After a pause the rate is 1/8 of the full one, and doubles each second.
const CLIMB: [u32; 3] = [8, 4, 2];
const CLIMB_STEP: Duration = Duration::from_secs(1);

/// Per vendor: rate, burst, calls in flight, pauses. Clones share all of it.
#[derive(Debug, Clone)]
pub struct Limiter {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    pace: Pace,
    max_wait: Duration,
    in_flight: Arc<Semaphore>,
    turn: tokio::sync::Mutex<()>,
    state: Mutex<LimiterState>,
}

/// The right to have one call in flight, from its start until this is dropped: with its answer.
#[derive(Debug)]
pub struct Slot {
    /// When the call started.
    pub started: Instant,
    /// Its number among all starts.
    number: u64,
    shared: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let now = self.shared.clock.now();
        let pace = &self.shared.pace;
        pace.answered(&mut self.shared.state(), self.number, now);
    }
}

/// The vendor asks for a longer pause than the roster allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    /// The status of the answer that asked.
    pub status: Option<u16>,
    /// What is left of the pause.
    pub asked: Duration,
    /// `limits.max_wait`.
    pub allowed: Duration,
}

impl Limiter {
    /// A limiter that has seen no call yet. Numbers the roster would refuse are moved to the
    /// nearest that work.
    pub fn new(limits: &Limits, clock: Clock) -> Self {
        let concurrency = limits.concurrency.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            shared: Arc::new(Shared {
                clock,
                pace: Pace::new(limits.per_second, limits.burst),
                max_wait: limits.max_wait,
                in_flight: Arc::new(Semaphore::new(concurrency)),
                turn: tokio::sync::Mutex::new(()),
                state: Mutex::default(),
            }),
        }
    }

    /// Waits until a call may start, first come, first served, and counts it as started.
    ///
    /// # Errors
    /// [`TooLong`] as soon as the vendor is paused for longer than `limits.max_wait`.
    pub async fn acquire(&self) -> Result<Slot, TooLong> {
        let shared = &self.shared;
        let permit = Arc::clone(&shared.in_flight)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let _turn = shared.turn.lock().await;
        let mut due = None;
        loop {
            let now = shared.clock.now();
            let (moment, pause) = {
                let mut state = shared.state();
                if let Some(pause) = state.pause
                    && pause.saturating_duration_since(now) > shared.max_wait
                {
                    return Err(TooLong {
                        status: state.throttled_by,
                        asked: pause.saturating_duration_since(now),
                        allowed: shared.max_wait,
                    });
                }
                let moment = shared.pace.earliest(&state, now);
                if moment <= now {
                    let number = shared.pace.start(&mut state, now, due.unwrap_or(now));
                    return Ok(Slot {
                        started: now,
                        number,
                        shared: Arc::clone(shared),
                        _permit: permit,
                    });
                }
                (moment, state.pause)
            };
            shared.clock.sleep_until(moment).await;
            due = Some(moment);
            if let Some(pause) = pause {
                // Only the first in the queue waits here, so nothing is counted twice.
                shared.state().paused += pause.min(moment).saturating_duration_since(now);
            }
        }
    }

    /// Lets no call start before that moment, and climbs back to the full rate after it. A pause
    /// that lasts longer already stays.
    pub fn pause_until(&self, moment: Instant) {
        self.shared.pace.pause(&mut self.shared.state(), moment);
    }

    /// Takes note of a call that the vendor throttled. `asked` is its `Retry-After`; without one
    /// the pause is `first`, doubled for each time that it was not enough. Calls that were under
    /// way together count once. Gives the pause where it makes one that is longer by more than what
    /// anybody notices, and that is waited for.
    pub(super) fn throttled(
        &self,
        started: Instant,
        status: u16,
        asked: Option<Duration>,
        first: Duration,
    ) -> Option<Duration> {
        let now = self.shared.clock.now();
        let mut state = self.shared.state();
        let known = state.throttled_at.is_some_and(|at| started <= at);
        let pause = match asked {
            Some(asked) => asked,
            None if known => return None,
            None => {
                let doubled = first.saturating_mul(1 << state.level.min(16));
                state.level += 1;
                doubled.min(self.shared.max_wait)
            }
        };
        state.throttled_at = Some(now);
        state.throttled_by = Some(status);
        // Some vendors send absurd numbers; a century is as good as for ever.
        let moment = now + pause.min(Duration::from_secs(100 * 366 * 86_400));
        let before = state.pause.map_or(now, |until| until.max(now));
        self.shared.pace.pause(&mut state, moment);
        let longer = moment.saturating_duration_since(before) > NOTICEABLE;
        (longer && pause <= self.shared.max_wait).then_some(pause)
    }

    /// Takes note of an answer that was not throttled: once the climb is over, the next pause
    /// starts small again.
    pub(super) fn answered_well(&self, started: Instant) {
        let mut state = self.shared.state();
        if state
            .pause
            .is_some_and(|pause| started >= pause + climb_time())
        {
            state.level = 0;
        }
    }

    /// How long no call could start because the vendor had asked for a pause.
    pub(super) fn paused(&self) -> Duration {
        self.shared.state().paused
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, LimiterState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was started and what was asked.
#[derive(Debug, Default)]
struct LimiterState {
    /// The last starts, oldest first, at most [`Pace::per_window`].
    starts: VecDeque<Start>,
    /// So many starts came before these.
    before: u64,
    /// The theoretical arrival time: when the bucket would be full again.
    full: Option<Instant>,
    /// The end of the last pause.
    pause: Option<Instant>,
    throttled_at: Option<Instant>,
    /// The status of the answer that asked for it.
    throttled_by: Option<u16>,
    /// How often a pause without `Retry-After` was doubled.
    level: u32,
    /// What the pauses made callers wait, in all.
    paused: Duration,
    /// The least time that any call took from its start to its answer.
    quickest: Option<Duration>,
}

/// A call that started.
#[derive(Debug, Clone, Copy)]
struct Start {
    at: Instant,
    /// Until then it counts.
    until: Instant,
}

/// The arithmetic of the limits.
#[derive(Debug)]
struct Pace {
    /// One call each.
    interval: Duration,
    /// How much of the bucket may be ahead of its time: all but one of the burst.
    slack: Duration,
    /// So many starts fit into one window.
    per_window: usize,
    window: Duration,
}

impl Pace {
    fn new(per_second: f64, burst: u32) -> Self {
        // NaN fails the comparison and becomes one a second.
        let rate = if per_second > 0.0 {
            per_second.clamp(0.001, 100_000.0)
        } else {
            1.0
        };
        let interval = Duration::from_secs_f64(1.0 / rate);
        Self {
            interval,
            slack: interval.saturating_mul(burst.max(1) - 1),
            per_window: (rate.floor() as usize).max(1),
            window: WINDOW.max(interval),
        }
    }

    /// The earliest moment, from `now` on, at which the next call may start.
    fn earliest(&self, state: &LimiterState, now: Instant) -> Instant {
        let mut floor = now;
        if state.starts.len() >= self.per_window
            && let Some(oldest) = state.starts.front()
        {
            floor = floor.max(oldest.until);
        }
        let Some(pause) = state.pause else {
            return floor.max(self.bucket(state, now));
        };
        for (step, slower) in (0..).zip(CLIMB) {
            let begins = pause + CLIMB_STEP * step;
            let ends = begins + CLIMB_STEP;
            let moment = state
                .starts
                .back()
                .map_or(begins, |last| begins.max(last.at + self.interval * slower))
                .max(floor);
            if moment < ends {
                return moment;
            }
        }
        floor.max(pause + climb_time()).max(self.bucket(state, now))
    }

    fn bucket(&self, state: &LimiterState, now: Instant) -> Instant {
        state
            .full
            .and_then(|full| full.checked_sub(self.slack))
            .unwrap_or(now)
    }

    /// Counts a start, whose timer was meant to fire at `due`, and gives its number.
    fn start(&self, state: &mut LimiterState, now: Instant, due: Instant) -> u64 {
        // The climb has its own spacing; the bucket begins to count when it is over.
        if state.pause.is_none_or(|pause| now >= pause + climb_time()) {
            // What a timer is late is made up for by the next start, as far as two starts do not
            // become one: without this, a burst of one loses every timer's millisecond.
            let late = now.saturating_duration_since(due).min(self.interval / 2);
            let from = now.checked_sub(late).unwrap_or(now);
            state.full = Some(state.full.map_or(from, |full| full.max(from)) + self.interval);
        }
        if state.starts.len() >= self.per_window {
            state.starts.pop_front();
            state.before += 1;
        }
        state.starts.push_back(Start {
            at: now,
            until: now + JITTER + self.window,
        });
        state.before + state.starts.len() as u64 - 1
    }

    /// A call has its answer: the vendor saw it by then.
    fn answered(&self, state: &mut LimiterState, number: u64, now: Instant) {
        let place = number.checked_sub(state.before);
        let place = place.and_then(|place| usize::try_from(place).ok());
        if let Some(start) = place.and_then(|place| state.starts.get_mut(place)) {
            let took = now.saturating_duration_since(start.at);
            let quickest = state.quickest.map_or(took, |it| it.min(took));
            state.quickest = Some(quickest);
            let late = (took - quickest).min(STANDSTILL).max(took.min(JITTER));
            start.until = start.at + late + self.window;
        }
    }

    fn pause(&self, state: &mut LimiterState, moment: Instant) {
        if state.pause.is_some_and(|pause| pause >= moment) {
            return;
        }
        state.pause = Some(moment);
        // The bucket is empty when the climb ends: no burst into a vendor that just recovered.
        let empty = moment + climb_time() + self.slack;
        state.full = Some(state.full.map_or(empty, |full| full.max(empty)));
    }
}

fn climb_time() -> Duration {
    CLIMB_STEP * CLIMB.len() as u32
}

#[cfg(test)]
mod tests;
