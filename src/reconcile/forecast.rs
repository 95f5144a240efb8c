//! What the actions of a plan will cost at a vendor's limits.

use super::plan::{Action, ActionKind, Forecast};
use crate::roster::model::Limits;
use crate::vendor::spec::ActionCalls;

/// Counts the calls of some actions, and the seconds they take at the allowed rate when nothing
/// goes wrong. The time is a floor: the vendor's own slowness is not known.
pub fn forecast(actions: &[Action], calls: ActionCalls, limits: &Limits) -> Forecast {
    let calls: u64 = actions
        .iter()
        .map(|action| u64::from(calls_of(action.kind, calls)))
        .sum();
    let Limits {
        per_second,
        burst,
        concurrency: _,
        timeout: _,
        max_wait: _,
    } = limits;
    // The burst is free; every further call waits its turn.
    let waiting = calls.saturating_sub(u64::from(*burst));
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a forecast in whole seconds; the float is finite and not negative"
    )]
    let seconds = (waiting as f64 / per_second.max(f64::MIN_POSITIVE)).ceil() as u64;
    Forecast { calls, seconds }
}

fn calls_of(kind: ActionKind, calls: ActionCalls) -> u32 {
    let ActionCalls {
        create,
        update,
        remove,
        reactivate,
    } = calls;
    match kind {
        ActionKind::Create => create,
        ActionKind::Update => update,
        ActionKind::Deactivate | ActionKind::Delete => remove,
        ActionKind::Reactivate => reactivate,
    }
}
