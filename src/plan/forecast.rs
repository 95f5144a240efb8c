//! What the actions of a plan will cost at a vendor's limits.

use std::time::Duration;

use crate::model::action::{Action, ActionKind};
use crate::model::forecast::Forecast;
use crate::model::plan::{Level, Notice, Plan};
use crate::model::spec::ActionCalls;
use crate::roster::model::Limits;

/// Seconds that a share is of where a run has no deadline.
const HOUR: u64 = 3600;

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
    let (seconds, per_hour) = (
        (waiting as f64 / per_second.max(f64::MIN_POSITIVE)).ceil() as u64,
        (per_second * 3600.0).round() as u64,
    );
    Forecast {
        calls,
        seconds,
        per_hour,
        within: HOUR,
    }
}

/// Counts the shares of a plan within the time that a run has, and warns where that is too short.
/// Whether all of it fits.
pub fn fit(plan: &mut Plan, time: Duration) -> bool {
    let within = time.as_secs();
    let mut fits = true;
    for vendor in &mut plan.vendors {
        let Ok(read) = &mut vendor.read else { continue };
        read.forecast.within = within;
        let seconds = read.forecast.seconds;
        if seconds > within {
            fits = false;
            vendor.notices.push(Notice {
                level: Level::Warning,
                email: None,
                text: format!(
                    "the actions take at least {seconds} s at its limits and the deadline leaves \
                     {within} s; what does not fit is left to the next run"
                ),
            });
        }
    }
    fits
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{API, Case, Wants as _, account, person, text};

    #[test]
    fn a_share_is_of_an_hour_or_of_the_time_that_there_is() {
        let forecast = |calls, per_hour, within| {
            Forecast {
                calls,
                seconds: 0,
                per_hour,
                within,
            }
            .share()
        };
        assert_eq!(forecast(0, 18_000, 3600), 0);
        assert_eq!(forecast(1, 18_000, 3600), 1);
        assert_eq!(forecast(9_000, 18_000, 3600), 50);
        assert_eq!(forecast(9_001, 18_000, 3600), 51);
        assert_eq!(forecast(9_000, 18_000, 900), 200);
        assert_eq!(forecast(9_000, 18_000, 0), 100);
        assert_eq!(forecast(0, 0, 0), 0);
        assert_eq!(forecast(u64::MAX, 1, 1), u64::MAX);
    }

    #[test]
    fn a_deadline_that_is_too_short_is_told_at_the_vendor_it_is_too_short_for() {
        let wants = |email: &str| person(email).wants("company", text("B"));
        let has = |email: &str| {
            let mut account = account(email, email);
            account.attributes.insert("company", Some(text("A")));
            account
        };
        let people: Vec<String> = (0..40).map(|at| format!("p{at}@example.com")).collect();
        let case = Case::new(
            &API,
            people.iter().map(|it| wants(it)).collect::<Vec<_>>(),
            people.iter().map(|it| has(it)).collect::<Vec<_>>(),
        );
        let vendor = case.plan();
        let read = vendor.read.as_ref().unwrap();
        assert!(read.forecast.seconds > 5, "{:?}", read.forecast);
        assert_eq!(read.forecast.per_hour, 18_000);
        let mut plan = Plan {
            created_at: jiff::Timestamp::UNIX_EPOCH,
            on: "2026-01-05".parse().unwrap(),
            roster: crate::model::digest::Digest("sha256:0".into()),
            people: 40,
            vendors: vec![vendor],
            attention: crate::model::attention::Attention::default(),
            ending: Vec::new(),
        };
        let before = plan.digest();
        assert!(fit(&mut plan, Duration::from_secs(600)));
        assert_eq!(plan.vendors[0].notices, []);
        assert!(!fit(&mut plan, Duration::from_secs(5)));
        let notice = &plan.vendors[0].notices[0];
        assert_eq!(notice.level, Level::Warning);
        assert!(
            notice.text.contains("the deadline leaves 5 s"),
            "{notice:?}"
        );
        let read = plan.vendors[0].read.as_ref().unwrap();
        assert!(read.forecast.share() > 100, "{:?}", read.forecast);
        assert_eq!(plan.digest(), before, "what is approved stays the same");
    }
}
