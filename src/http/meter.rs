//! Counts what goes over the wire, and notes what answers tell beside their bodies.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::Problem;
use super::client::Answer;
use super::retry::http_date;
use crate::model::traffic::{Class, Traffic};

/// What vendors and the layers in front of them call the rate they allow: the IETF draft
/// (draft-ietf-httpapi-ratelimit-headers) in both its forms, and its older spellings.
const RATE: [&str; 12] = [
    "ratelimit",
    "ratelimit-policy",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-rate-limit-limit",
    "x-rate-limit-remaining",
    "x-rate-limit-reset",
    "retry-after",
];

/// Of one vendor.
#[derive(Debug, Default)]
pub(super) struct Meter(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    traffic: Traffic,
    /// The time of the answer that `skew` is from.
    soonest: Option<Duration>,
}

impl Meter {
    /// Counts a request that is about to go out, the `tried`-th of its call (from 1). Its number,
    /// from 1. `writes`: it may change something.
    pub(super) fn starts(&self, tried: u32, writes: bool) -> u64 {
        let mut seen = self.seen();
        seen.traffic.sent += 1;
        seen.traffic.writes += u64::from(writes);
        seen.traffic.retries += u64::from(tried > 1);
        seen.traffic.sent
    }

    /// Takes note of how a request ended. `clean` makes a text safe to show.
    pub(super) fn ended(
        &self,
        sent: &Result<Answer, Problem>,
        took: Duration,
        now: Timestamp,
        clean: impl Fn(&str) -> String,
    ) {
        let mut seen = self.seen();
        let class = match sent {
            Ok(answer) => Class::of(answer.status),
            Err(_) => Class::NoAnswer,
        };
        let traffic = &mut seen.traffic;
        *traffic.calls.entry(class).or_default() += 1;
        traffic.spent += took;
        traffic.slowest = traffic.slowest.max(took);
        let Ok(answer) = sent else { return };
        let names = answer.headers.keys();
        for name in names.filter_map(|have| RATE.iter().find(|it| have == **it)) {
            if let Some(value) = answer.header(name) {
                traffic.rate.insert(name, clean(value));
            }
        }
        let date = answer.header("date").and_then(http_date);
        if let Some(date) = date
            && seen.soonest.is_none_or(|soonest| took < soonest)
        {
            seen.soonest = Some(took);
            seen.traffic.skew = Some(skew(date, now, took));
        }
    }

    /// Takes note of an answer that asked us to slow down.
    pub(super) fn throttled(&self, asked: Option<Duration>) {
        let mut seen = self.seen();
        seen.traffic.throttles += 1;
        seen.traffic.asked = seen.traffic.asked.max(asked);
    }

    /// What was seen so far; `paused` is the limiter's to tell.
    pub(super) fn traffic(&self, paused: Duration) -> Traffic {
        Traffic {
            paused,
            ..self.seen().traffic.clone()
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds that their clock is ahead. The date was cut to its second, and written about half way
/// between question and answer.
fn skew(date: Timestamp, now: Timestamp, took: Duration) -> f64 {
    let ahead = date.as_duration().as_secs_f64() - now.as_duration().as_secs_f64();
    let ahead = ahead + took.as_secs_f64() / 2.0;
    // Anything within the lost second is no difference that anybody could measure.
    if (-1.0..=0.0).contains(&ahead) {
        0.0
    } else {
        ahead + 0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_agrees_has_no_skew_whatever_the_fraction_of_a_second() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let date = at("2026-01-05T02:00:00Z");
        let quick = Duration::from_millis(20);
        for now in ["2026-01-05T02:00:00.011Z", "2026-01-05T02:00:00.999Z"] {
            assert!(skew(date, at(now), quick).abs() < f64::EPSILON, "{now}");
        }
        let behind = skew(date, at("2026-01-05T02:01:30Z"), quick);
        assert!((-90.0..-89.0).contains(&behind), "{behind}");
        let ahead = skew(date, at("2026-01-05T01:59:00Z"), quick);
        assert!((60.0..61.0).contains(&ahead), "{ahead}");
    }
}
