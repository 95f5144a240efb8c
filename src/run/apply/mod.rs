//! Carries out a plan: vendors side by side, the actions of one vendor concurrently within its
//! limits, in the plan's order, going on after a failure. One outcome for each action.
//!
//! What an action does to an account, and how its outcome is learnt, is in `perform`; how fast
//! calls may go is the HTTP layer's business.

mod end;
mod gather;
mod log;
mod look;
mod perform;
mod recheck;
mod recover;
mod repeats;
mod stop;
#[cfg(test)]
mod tests;

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{self, FuturesUnordered};
use tokio::sync::Semaphore;
use tracing::Instrument as _;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use log::Unlogged;
pub use recover::{Recovered, recover};
pub use stop::Stop;

use crate::connector::Vendor;
use crate::http::Clock;
use crate::model::action::Action;
use crate::model::mask::{masked, without_emails};
use crate::model::outcome::{Outcome, Verdict};
use crate::roster::model::{Limits, VendorSettings};
use crate::state::journal::Log;
use gather::{Gather, GatherPlace};
use log::Announce;
use perform::Performer;

/// An action waits for the disk, or for a distant store, before its call and after it; for about so
/// long, in seconds.
const ON_RECORD: f64 = 0.05;

/// The work at one vendor.
pub struct VendorRun<'a> {
    /// The connector that read the vendor for this plan.
    pub vendor: &'a dyn Vendor,
    /// Its settings.
    pub settings: &'a VendorSettings,
    /// What to do, in order.
    pub actions: &'a [Action],
}

/// What is told while actions run.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// An action begins.
    Started(&'a Action),
    /// An action ended.
    Finished(&'a Outcome),
    /// An action that ended as applied is in doubt now that all have ended.
    Revised(&'a Outcome),
}

/// Applies the actions of all vendors and returns every outcome, vendor by vendor in the order
/// given, each vendor's in the order of its plan. Nothing is written before `log` has it on record.
pub async fn carry_out(
    runs: Vec<VendorRun<'_>>,
    clock: &Clock,
    stop: &Stop,
    log: &dyn Log,
    tell: &(dyn Fn(Event<'_>) + Sync),
) -> Vec<Outcome> {
    let mut first: u32 = 1;
    let mut numbered = Vec::with_capacity(runs.len());
    for run in runs {
        let actions = u32::try_from(run.actions.len()).unwrap_or(u32::MAX);
        numbered.push((first, run));
        first = first.saturating_add(actions);
    }
    let vendors: FuturesUnordered<_> = numbered
        .into_iter()
        .map(|(first, run)| async move {
            let outcomes = apply_vendor(run, first, clock, stop, log, tell).await;
            (first, outcomes)
        })
        .collect();
    let mut outcomes: Vec<(u32, Vec<Outcome>)> = vendors.collect().await;
    outcomes.sort_by_key(|(first, _)| *first);
    outcomes.into_iter().flat_map(|(_, list)| list).collect()
}

/// [`carry_out`] without a record.
#[cfg(test)]
pub(crate) async fn apply(
    runs: Vec<VendorRun<'_>>,
    clock: &Clock,
    stop: &Stop,
    tell: &(dyn Fn(Event<'_>) + Sync),
) -> Vec<Outcome> {
    carry_out(runs, clock, stop, &Unlogged, tell).await
}

async fn apply_vendor(
    run: VendorRun<'_>,
    first: u32,
    clock: &Clock,
    stop: &Stop,
    log: &dyn Log,
    tell: &(dyn Fn(Event<'_>) + Sync),
) -> Vec<Outcome> {
    let performer = Performer::new(run.vendor, run.settings, clock);
    let ended = stop::Ended::default();
    let limits = &run.settings.limits;
    let writers = run.vendor.actions_at_once(limits.concurrency).max(1);
    // Where one call carries several actions, so does the first.
    let repeats = repeats::Repeats::new(writers <= limits.concurrency);
    let at_once = writers.saturating_add(waiting_for_the_record(limits));
    let gather = Gather::new(run.vendor.gathers(), run.actions.len(), at_once);
    let writers = Semaphore::new(writers.min(Semaphore::MAX_PERMITS));
    let mut outcomes: Vec<(u32, Outcome)> = stream::iter((first..).zip(run.actions))
        .map(|(number, action)| {
            let performer = &performer;
            let mut place = gather.place();
            let announce = Announce {
                number,
                log,
                stop,
                ended: &ended,
                repeats: &repeats,
                clock,
                writers: &writers,
            };
            async move {
                place.begin().await;
                let outcome = match announce.over(action) {
                    Some(reason) => skipped(action, reason),
                    None => {
                        tell(Event::Started(action));
                        // At the level of errors, so that it is there for whatever is logged.
                        let span = tracing::error_span!(
                            "action",
                            vendor = &*action.vendor,
                            person = masked(&action.email),
                            kind = action.kind.as_str()
                        );
                        one(performer, action, announce, place)
                            .instrument(span)
                            .await
                    }
                };
                logged(&outcome);
                tell(Event::Finished(&outcome));
                (number, outcome)
            }
        })
        .buffer_unordered(at_once.saturating_add(run.vendor.gathers()))
        .collect()
        .await;
    outcomes.sort_by_key(|(number, _)| *number);
    for (number, outcome) in revise(run.vendor, &mut outcomes) {
        // It changes no account: where it cannot be put on record, the report has it all the same.
        if let Err(error) = log.ended(*number, outcome).await {
            stop.because(&error.to_string());
        }
        logged(outcome);
        tell(Event::Revised(outcome));
    }
    if let Err(error) = run.vendor.finish().await {
        let error = without_emails(&error.to_string());
        tracing::warn!(
            vendor = &*run.settings.name,
            error,
            "the run left something to tidy up"
        );
    }
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Takes `applied` back where an action that ended later undid it, or showed that it was not proved.
/// Returns the outcomes that changed.
fn revise<'o>(
    vendor: &dyn Vendor,
    outcomes: &'o mut [(u32, Outcome)],
) -> impl Iterator<Item = &'o (u32, Outcome)> {
    let is_applied = |at: &usize| outcomes[*at].1.verdict == Verdict::Applied;
    let places: Vec<usize> = (0..outcomes.len()).filter(is_applied).collect();
    let applied: Vec<&Outcome> = places.iter().map(|at| &outcomes[*at].1).collect();
    let doubts = vendor.doubts(&applied);
    let mut revised = Vec::with_capacity(doubts.len());
    for (at, why) in doubts {
        let Some(place) = places.get(at) else {
            continue;
        };
        let outcome = &mut outcomes[*place].1;
        outcome.verdict = Verdict::Unverified;
        outcome.message = end::join(&[&why, &outcome.message]);
        revised.push(*place);
    }
    revised.into_iter().map(|place| &outcomes[place])
}

/// How many actions may wait for the record beside those that write, so that no call waits for the
/// record of another: as many as begin in that time, and not far more than write.
fn waiting_for_the_record(limits: &Limits) -> usize {
    let begin = (limits.per_second * ON_RECORD).ceil();
    // A rate of any size fits: the cast saturates.
    (begin as usize).min(limits.concurrency.saturating_mul(8))
}

/// One action, on record from its intention to its outcome.
async fn one(
    performer: &Performer<'_>,
    action: &Action,
    announce: Announce<'_>,
    place: GatherPlace<'_>,
) -> Outcome {
    if let Err(error) = announce.intended(action).await {
        return skipped(action, format!("not tried: {error}"));
    }
    let outcome = performer.perform(action, announce, place).await;
    announce.ended(&outcome).await;
    outcome
}

/// One line for each outcome; its message may name people, and is in the report.
fn logged(outcome: &Outcome) {
    tracing::info!(
        vendor = &*outcome.action.vendor,
        person = masked(&outcome.action.email),
        action = outcome.action.kind.as_str(),
        outcome = outcome.verdict.as_str(),
        status = outcome.status,
        ms = Duration::try_from_secs_f64(outcome.seconds)
            .unwrap_or_default()
            .as_millis() as u64,
        "done"
    );
}

fn skipped(action: &Action, reason: String) -> Outcome {
    Outcome {
        action: action.clone(),
        verdict: Verdict::Skipped,
        status: None,
        message: reason,
        id: action.id.clone(),
        seconds: 0.0,
    }
}
