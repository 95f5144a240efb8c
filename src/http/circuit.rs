//! Notices that a vendor is down, so that a run of thousands of calls costs seconds and not hours.

use std::sync::{Mutex, PoisonError};

use super::Problem;
use super::retry::overloaded;

/// So many calls in a row that failed after all their tries.
const ENOUGH: u32 = 5;

/// Per vendor; once open it stays open for the rest of the run.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    state: Mutex<(u32, String)>,
}

impl Circuit {
    /// Whether calls may still be sent.
    ///
    /// # Errors
    /// [`Problem::Down`].
    pub(super) fn check(&self) -> Result<(), Problem> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (failed, last) = &*state;
        if *failed < ENOUGH {
            return Ok(());
        }
        Err(Problem::Down {
            calls: *failed,
            last: last.clone(),
        })
    }

    /// Takes note of how a call ended after all its tries. Only silence and a gateway's excuses
    /// count: any other answer, even a 500, comes from a vendor that is there.
    pub(super) fn ended(&self, problem: Option<&Problem>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (failed, last) = &mut *state;
        match problem {
            // Nothing was sent: it tells nothing about the vendor.
            Some(Problem::Down { .. } | Problem::WaitTooLong { .. }) => {}
            // Once open, calls that were under way change nothing.
            _ if *failed >= ENOUGH => {}
            Some(problem) if is_silence(problem) => {
                *failed += 1;
                *last = problem.to_string();
            }
            _ => *failed = 0,
        }
    }
}

fn is_silence(problem: &Problem) -> bool {
    match problem {
        Problem::Unreachable { .. } | Problem::Lost(_) | Problem::Timeout(_) => true,
        Problem::Status { status, .. } => overloaded(*status),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost() -> Problem {
        Problem::Lost("reset".into())
    }

    #[test]
    fn opens_after_five_failures_in_a_row_and_stays_open() {
        let circuit = Circuit::default();
        for _ in 0..4 {
            circuit.ended(Some(&lost()));
        }
        circuit.ended(None);
        for _ in 0..4 {
            circuit.ended(Some(&lost()));
        }
        assert!(circuit.check().is_ok());
        circuit.ended(Some(&lost()));
        circuit.ended(None);
        let down = circuit.check().unwrap_err().to_string();
        assert!(down.contains("5 calls in a row"), "{down}");
    }

    #[test]
    fn an_answer_of_the_vendor_is_a_sign_of_life() {
        let circuit = Circuit::default();
        for _ in 0..20 {
            circuit.ended(Some(&lost()));
            circuit.ended(Some(&Problem::Status {
                status: 500,
                message: "x".into(),
                body: None,
            }));
        }
        assert!(circuit.check().is_ok());
    }
}
