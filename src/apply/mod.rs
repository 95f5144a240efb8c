//! Carries out a plan: vendors side by side, the actions of one vendor concurrently within its
//! limits, in the plan's order, going on after a failure. One outcome for each action.
//!
//! What an action does to an account, and how its outcome is learnt, is in `perform`; how fast
//! calls may go is the HTTP layer's business.

mod end;
mod perform;
mod recheck;
mod stop;
#[cfg(test)]
mod tests;

use futures::StreamExt as _;
use futures::stream::{self, FuturesUnordered};

pub use stop::Stop;

use crate::http::Clock;
use crate::reconcile::outcome::{Outcome, Verdict};
use crate::reconcile::plan::Action;
use crate::roster::model::VendorSettings;
use crate::vendor::Vendor;
use perform::Performer;

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
}

/// Applies the actions of all vendors and returns every outcome, vendor by vendor in the order
/// given, each vendor's in the order of its plan.
pub async fn apply(
    runs: Vec<VendorRun<'_>>,
    clock: &Clock,
    stop: &Stop,
    tell: &(dyn Fn(Event<'_>) + Sync),
) -> Vec<Outcome> {
    let vendors: FuturesUnordered<_> = runs
        .into_iter()
        .enumerate()
        .map(|(at, run)| async move { (at, apply_vendor(run, clock, stop, tell).await) })
        .collect();
    let mut outcomes: Vec<(usize, Vec<Outcome>)> = vendors.collect().await;
    outcomes.sort_by_key(|(at, _)| *at);
    outcomes.into_iter().flat_map(|(_, list)| list).collect()
}

async fn apply_vendor(
    run: VendorRun<'_>,
    clock: &Clock,
    stop: &Stop,
    tell: &(dyn Fn(Event<'_>) + Sync),
) -> Vec<Outcome> {
    let performer = Performer::new(run.vendor, run.settings, clock);
    let ended = stop::Ended::default();
    let at_once = run.vendor.actions_at_once(run.settings.limits.concurrency);
    let mut outcomes: Vec<(usize, Outcome)> = stream::iter(run.actions.iter().enumerate())
        .map(|(at, action)| {
            let (performer, ended) = (&performer, &ended);
            async move {
                let outcome = match ended.reason().or_else(|| stop.reason()) {
                    Some(reason) => skipped(action, reason),
                    None => {
                        tell(Event::Started(action));
                        let (outcome, ends) = performer.perform(action).await;
                        if let Some(reason) = ends {
                            ended.set(reason);
                        }
                        outcome
                    }
                };
                tell(Event::Finished(&outcome));
                (at, outcome)
            }
        })
        .buffer_unordered(at_once.max(1))
        .collect()
        .await;
    if let Err(error) = run.vendor.finish().await {
        tracing::warn!(vendor = &*run.settings.name, %error, "the run left something to tidy up");
    }
    outcomes.sort_by_key(|(at, _)| *at);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
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
