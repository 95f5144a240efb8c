//! The first write of a run: proves that the store honours conditions, and tells its time.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::store::{If, Put, Store, StoreError, StoreProblem, put};
use crate::http::{Clock, Moment};

/// How far this machine's clock may be from the store's before that is worth a word.
const SKEW: Duration = Duration::from_secs(5);

/// The store's clock, carried on by this machine's steady one. Its time is never ahead of what the
/// store would say.
#[derive(Debug, Clone, Copy)]
pub struct StoreClock {
    told: Timestamp,
    at: Moment,
}

impl StoreClock {
    pub(super) fn new(told: Timestamp, at: Moment) -> Self {
        Self { told, at }
    }

    /// The store's time.
    pub(super) fn time(&self, at: Instant) -> Timestamp {
        let passed = at.saturating_duration_since(self.at.ticks);
        self.told.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// How far this machine is off, in words; `None` where that is next to nothing.
    ///
    /// Nothing of the lease depends on it, but days and time stamps do.
    pub fn skew(&self) -> Option<String> {
        let ahead = self.at.wall.duration_since(self.told);
        if ahead.unsigned_abs() < SKEW {
            return None;
        }
        let word = if ahead.is_negative() {
            "behind"
        } else {
            "ahead of"
        };
        Some(format!(
            "this machine's clock is {} s {word} the clock of the store; the lock does not mind, \
             but first and last days and time stamps go by this machine",
            ahead.unsigned_abs().as_secs()
        ))
    }
}

/// Writes, repeats the write, and expects to be refused. `nonce` is a text that no other run has.
///
/// # Errors
/// [`StoreError`]: the store is not there, denies a step, or took a write that it had to refuse.
pub fn probe(store: &dyn Store, nonce: &str, clock: &Clock) -> Result<StoreClock, StoreError> {
    let key = format!("probe/{nonce}");
    let text = |step: &str| format!("{step} of {nonce}\n").into_bytes();
    let unconditional = |what| StoreError::new(store.place(), StoreProblem::Unconditional(what));
    let odd = || {
        let text = format!("changes {key} by itself");
        StoreError::new(store.place(), StoreProblem::Failed(text))
    };
    let Put::Done(first) = put(store, &key, &text("first"), &If::Absent)? else {
        return Err(odd());
    };
    let Some(stat) = store.stat(&key)? else {
        return Err(odd());
    };
    let clock = StoreClock::new(stat.modified, clock.moment());
    if store.put(&key, &text("second"), &If::Absent)? != Put::Taken {
        return Err(unconditional("it made what was there already"));
    }
    let Put::Done(_) = put(store, &key, &text("third"), &If::Is(first.clone()))? else {
        return Err(odd());
    };
    if store.put(&key, &text("fourth"), &If::Is(first))? != Put::Taken {
        return Err(unconditional(
            "it replaced a version that was no longer there",
        ));
    }
    store.delete(&key)?;
    Ok(clock)
}

#[cfg(test)]
mod tests {
    use super::super::store::Folder;
    use super::super::store::testing::{Fault, Memory};
    use super::*;

    #[test]
    fn a_store_that_honours_conditions_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let store = Folder::new(folder.path());
        let clock = probe(&store, "n", &Clock::Real).unwrap();
        assert_eq!(clock.skew(), None);
        assert_eq!(store.list("probe").unwrap(), [""; 0]);
    }

    #[test]
    fn a_store_that_takes_every_write_is_refused() {
        for kind in ["absent", "is"] {
            let error = probe(&Memory::unconditional(kind), "n", &Clock::Real).unwrap_err();
            assert!(
                matches!(error.problem, StoreProblem::Unconditional(_)),
                "{error}"
            );
            assert!(error.to_string().contains("--no-lock"), "{error}");
        }
    }

    #[test]
    fn lost_answers_do_not_pass_for_a_store_without_conditions() {
        use Fault::{Answer, Denied, Spare, Unavailable};
        let cases: [(&[Fault], bool); 5] = [
            (&[Answer], true),
            (&[Unavailable, Answer], true),
            (&[Spare, Spare, Answer], true),
            (&[Denied], false),
            (&[Spare, Unavailable], false),
        ];
        for (faults, expected) in cases {
            let store = Memory::default();
            store.fail_next(faults);
            assert_eq!(
                probe(&store, "n", &Clock::Real).is_ok(),
                expected,
                "{faults:?}"
            );
        }
    }

    #[test]
    fn a_clock_that_is_off_is_told_and_a_second_is_not() {
        let at = Moment::now();
        let skew = |seconds: i64| {
            let told = at.wall - jiff::SignedDuration::from_secs(seconds);
            StoreClock::new(told, at).skew()
        };
        assert_eq!(skew(2), None);
        assert_eq!(skew(-2), None);
        assert!(skew(300).unwrap().contains("300 s ahead of"));
        assert!(skew(-40).unwrap().contains("40 s behind"));
    }
}
