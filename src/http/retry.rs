//! When and how long to wait before another try.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;

use super::{Problem, Repeat};

/// Exponential backoff with jitter.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The first wait.
    pub base: Duration,
    /// The first pause after a 429 without `Retry-After`.
    pub throttled: Duration,
    /// The longest wait.
    pub cap: Duration,
    /// Tries in all.
    pub tries: u32,
    /// Where the random part of its waits begins; `None`: anywhere.
    pub seed: Option<u64>,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            throttled: Duration::from_secs(5),
            cap: Duration::from_secs(60),
            tries: 5,
            seed: None,
        }
    }
}

impl Backoff {
    /// The wait after try number `tried` (from 1): anything between nothing and the doubled base,
    /// so that calls that failed together do not come back together.
    pub(super) fn wait(&self, tried: u32, jitter: &Jitter) -> Duration {
        let doubled = self
            .base
            .saturating_mul(1 << tried.saturating_sub(1).min(16));
        doubled.min(self.cap).mul_f64(jitter.next())
    }
}

/// What to do about a try that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Nothing: the failure stands.
    No,
    /// Another try after a wait of this call's own.
    Backoff,
    /// Another try after a pause of the whole vendor.
    Throttled,
}

/// Whether a try that failed like this may be followed by another (Apply). `asked`: its answer
/// named a time to wait (`Retry-After`).
///
/// A 429, any other 4xx that names a time to wait, and a connection that was never made changed
/// nothing, so they may be repeated whatever the call does. A 500 is the vendor's answer to this
/// very call and is not repeated.
pub(super) fn again(problem: &Problem, asked: bool, repeat: Repeat) -> Again {
    match problem {
        Problem::Unreachable { .. } => Again::Backoff,
        Problem::Status { status: 429, .. } => Again::Throttled,
        Problem::Status {
            status: 400..=499, ..
        } if asked => Again::Throttled,
        Problem::Status { status: 500.., .. } if asked && repeat == Repeat::Safe => Again::Backoff,
        Problem::Lost(_) | Problem::Timeout(_) if repeat == Repeat::Safe => Again::Backoff,
        Problem::Status { status, .. } if repeat == Repeat::Safe && overloaded(*status) => {
            Again::Backoff
        }
        _ => Again::No,
    }
}

/// Statuses of a gateway without a server behind it.
pub(super) fn overloaded(status: u16) -> bool {
    matches!(status, 502 | 503 | 504 | 524)
}

/// `Retry-After`: seconds (some vendors send fractions) or an HTTP date, which counts from the
/// answer's own `Date` so that our clock need not be right. A date that is past means zero.
pub(super) fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if value.starts_with(|first: char| first.is_ascii_digit()) {
        if !value
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
        {
            return None;
        }
        let seconds: f64 = value.parse().ok()?;
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let then = http_date(value)?;
    let now = date.and_then(http_date).unwrap_or_else(Timestamp::now);
    let span = then.duration_since(now);
    Some(Duration::try_from(span).unwrap_or(Duration::ZERO))
}

/// The date of a header, in any form that mail knows too.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()
}

/// Random numbers that need not be secret: splitmix64.
#[derive(Debug)]
pub(super) struct Jitter(Mutex<u64>);

impl Jitter {
    /// The same for each seed; without one different in each run.
    pub(super) fn new(seed: Option<u64>) -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Self(Mutex::new(seed.unwrap_or_else(random)))
    }

    /// From 0 up to, not including, 1.
    fn next(&self) -> f64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        // 53 bits fill a double's mantissa.
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_are_jittered() {
        let backoff = Backoff::default();
        let jitter = Jitter::new(Some(7));
        for tried in 1..=40 {
            let most = Duration::from_secs(1 << (tried - 1).min(6)).min(backoff.cap);
            for _ in 0..100 {
                assert!(backoff.wait(tried, &jitter) < most);
            }
        }
        let mean = (0..1000)
            .map(|_| backoff.wait(3, &jitter).as_secs_f64())
            .sum::<f64>()
            / 1000.0;
        assert!((1.8..2.2).contains(&mean), "{mean}");
    }

    #[test]
    fn one_seed_gives_one_sequence() {
        let (one, two) = (Jitter::new(Some(1)), Jitter::new(Some(1)));
        assert!((0..10).all(|_| one.next() == two.next()));
        assert!(Jitter::new(Some(1)).next() != Jitter::new(Some(2)).next());
    }

    #[test]
    fn reads_every_form_of_retry_after() {
        let date = Some("Wed, 21 Oct 2015 07:28:00 GMT");
        for (value, expected) in [
            ("30", Some(30_000)),
            (" 1.5 ", Some(1_500)),
            ("0", Some(0)),
            ("Wed, 21 Oct 2015 07:28:20 GMT", Some(20_000)),
            ("Wed, 21 Oct 2015 07:20:00 GMT", Some(0)),
            ("-5", None),
            ("5 minutes", None),
            ("1.2.3", None),
            ("inf", None),
            ("", None),
        ] {
            assert_eq!(
                retry_after(value, date),
                expected.map(Duration::from_millis),
                "{value}"
            );
        }
        assert_eq!(
            retry_after("99999999999999999999999", None),
            Some(Duration::MAX)
        );
    }

    #[test]
    fn a_date_without_an_answers_date_counts_from_our_clock() {
        let wait = retry_after("Fri, 31 Dec 2399 23:59:59 GMT", None);
        assert!(wait.is_some_and(|wait| wait > Duration::from_secs(86_400)));
    }

    #[test]
    fn what_may_be_repeated() {
        let status = |status| Problem::Status {
            status,
            message: String::new(),
            body: None,
        };
        let unreachable = Problem::Unreachable {
            host: "h".into(),
            reason: "r".into(),
        };
        for (problem, safe, look_first) in [
            (unreachable, Again::Backoff, Again::Backoff),
            (Problem::Lost("x".into()), Again::Backoff, Again::No),
            (Problem::Timeout(Duration::ZERO), Again::Backoff, Again::No),
            (status(429), Again::Throttled, Again::Throttled),
            (status(502), Again::Backoff, Again::No),
            (status(503), Again::Backoff, Again::No),
            (status(504), Again::Backoff, Again::No),
            (status(524), Again::Backoff, Again::No),
            (status(500), Again::No, Again::No),
            (status(409), Again::No, Again::No),
            (Problem::Body("x".into()), Again::No, Again::No),
        ] {
            assert_eq!(again(&problem, false, Repeat::Safe), safe, "{problem}");
            assert_eq!(
                again(&problem, false, Repeat::LookFirst),
                look_first,
                "{problem}"
            );
        }
        for (problem, safe, look_first) in [
            (status(403), Again::Throttled, Again::Throttled),
            (status(409), Again::Throttled, Again::Throttled),
            (status(500), Again::Backoff, Again::No),
            (status(503), Again::Backoff, Again::No),
        ] {
            assert_eq!(again(&problem, true, Repeat::Safe), safe, "{problem}");
            assert_eq!(
                again(&problem, true, Repeat::LookFirst),
                look_first,
                "{problem}"
            );
        }
    }
}
