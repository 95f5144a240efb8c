//! The limiter on the real clock: how much of the allowed rate it uses, and the fullest second.
//!
//! `cargo bench --bench limiter` (add `--profile dev` to spare the optimised build). The tests hold
//! the same figures under a paused clock; this shows what real timers make of them.

use std::io::Write as _;
use std::time::Duration;

use rosterctl::http::{Clock, Limiter};
use rosterctl::roster::model::Limits;
use tokio::time::Instant;

fn main() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "allowed/s   calls   seconds   used   fullest second")?;
    for (per_second, burst, calls) in [
        (5.0, 5, 30),
        (50.0, 5, 250),
        (500.0, 50, 5_000),
        (500.0, 1, 2_500),
        (1_000.0, 100, 5_000),
    ] {
        let starts = runtime.block_on(run(per_second, burst, calls));
        let took = starts[starts.len() - 1] - starts[0];
        // The first second may hold the burst; what follows is the rate.
        let used = f64::from(calls - 1) / took.as_secs_f64() / per_second * 100.0;
        writeln!(
            out,
            "{per_second:>9}   {calls:>5}   {:>7.3}   {used:>3.0} %   {}",
            took.as_secs_f64(),
            fullest(&starts)
        )?;
    }
    Ok(())
}

/// The moments at which calls started, one after the other.
async fn run(per_second: f64, burst: u32, calls: u32) -> Vec<Instant> {
    let limits = Limits {
        per_second,
        burst,
        concurrency: 64,
        timeout: Duration::from_secs(60),
        max_wait: Duration::from_secs(600),
    };
    let limiter = Limiter::new(&limits, Clock::default());
    let mut starts = Vec::new();
    for _ in 0..calls {
        if let Ok(slot) = limiter.acquire().await {
            starts.push(slot.started);
        }
    }
    starts
}

/// The most starts in any window of one second.
fn fullest(starts: &[Instant]) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (at, start) in starts.iter().enumerate() {
        while *start - starts[first] >= Duration::from_secs(1) {
            first += 1;
        }
        most = most.max(at - first + 1);
    }
    most
}
