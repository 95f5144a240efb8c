//! What answers said about the allowed rate, against the limits that are set.

use super::{Check, Health, HealthCheck, Topic};

/// The check of one vendor.
pub(super) fn check(visit: &HealthCheck<'_>) -> Check {
    let topic = Topic::Quota;
    let limits = &visit.settings.limits;
    let set = format!(
        "limits: {} calls a second, {} at once",
        limits.per_second, limits.concurrency
    );
    let lower = format!(
        "lower limits.per_second under vendors.{}",
        visit.settings.name
    );
    let warn = |found: String, next: &str| Check::bad(topic, Health::Warn, found, next);
    let traffic = &visit.traffic;
    if traffic.throttles > 0 {
        let asked = traffic.asked.map_or_else(String::new, |asked| {
            format!(", a wait of {} s", asked.as_secs())
        });
        let times = traffic.throttles;
        return warn(
            format!("the vendor asked to slow down, {times} times{asked}; {set}"),
            &lower,
        );
    }
    if let Ok(known) = &visit.read
        && let Some(allowance) = &known.current.allowance
        && allowance.creates == 0
    {
        let found = format!("no account left to create: {}", allowance.text);
        return warn(found, "free or buy seats before the next create");
    }
    let rate = Rate::of(visit);
    if let Some((calls, seconds)) = rate.policy
        && limits.per_second * seconds > calls
    {
        return warn(
            format!("the vendor allows {calls} calls in {seconds} s; {set}"),
            &format!("{lower} to {:.2} or less", calls / seconds),
        );
    }
    if let (Some(limit), Some(left)) = (rate.limit, rate.left)
        && left * 10.0 < limit
    {
        return warn(
            format!("{left} of {limit} calls are left; {set}"),
            "something else uses them up, or wait until the vendor counts anew",
        );
    }
    let told: Vec<String> = traffic
        .rate
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    if told.is_empty() {
        let next = "compare them with your contract; a 429 slows a run down by itself";
        let found = format!("the vendor does not tell; {set}");
        return Check::bad(topic, Health::Unknown, found, next);
    }
    Check::ok(topic, format!("{}; {set}", told.join(", ")))
}

/// Numbers in rate headers.
#[derive(Debug, Default, PartialEq)]
struct Rate {
    limit: Option<f64>,
    left: Option<f64>,
    /// Calls, and the seconds that they are for.
    policy: Option<(f64, f64)>,
}

impl Rate {
    fn of(visit: &HealthCheck<'_>) -> Self {
        let rate = &visit.traffic.rate;
        let find = |names: &[&str]| -> Option<String> {
            let mut found = names.iter().filter_map(|name| rate.get(name));
            found.next().cloned()
        };
        let first = |names: &[&str]| find(names).and_then(|text| number(text.trim_start()));
        let limits = ["ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit"];
        let left = [
            "ratelimit-remaining",
            "x-ratelimit-remaining",
            "x-rate-limit-remaining",
        ];
        // `"default";q=100;w=60` or `100;w=60`.
        let policy = find(&["ratelimit-policy", "ratelimit-limit"]).and_then(|text| {
            let window = parameter(&text, "w").filter(|seconds| *seconds > 0.0)?;
            let calls = parameter(&text, "q").or_else(|| {
                let before = text.split(";w=").next()?;
                number(before.rsplit([',', ' ']).next()?)
            })?;
            Some((calls, window))
        });
        Self {
            limit: first(&limits),
            // `"default";r=50;t=30`
            left: first(&left).or_else(|| find(&["ratelimit"]).and_then(|it| parameter(&it, "r"))),
            policy,
        }
    }
}

/// The number at the beginning of a text.
fn number(text: &str) -> Option<f64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

/// The number behind `;name=`.
fn parameter(text: &str, name: &str) -> Option<f64> {
    let mut parts = text.split(';').skip(1);
    parts.find_map(|part| {
        let value = part.trim().strip_prefix(name)?.strip_prefix('=')?;
        number(value)
    })
}
