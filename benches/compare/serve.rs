//! `serve ROSTER STATE`: the sandbox as a process of its own, on one thread.
//!
//! Prints its address, then answers each line on its input with one line: `log` tells the requests
//! since the last time, `bye` or the end of the input stops it.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rosterctl::roster::model::Roster;
use rosterctl::sandbox::{Playground, Sandbox, Start};
use serde::{Deserialize, Serialize};

use crate::Failed;

/// What the sandbox tells of its requests.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Log {
    /// `GET`, or another method; vendor; path and query.
    pub(crate) requests: Vec<(String, String, String)>,
    /// The most requests that came within one second.
    pub(crate) fullest: usize,
    /// Seconds between the first write and the last.
    pub(crate) writing: f64,
}

/// Loads a roster for a part of the bench.
pub(crate) fn roster(path: &str) -> Result<Roster, Failed> {
    let parsed = rosterctl::run::load::load(&[PathBuf::from(path)], &rosterctl::connector::specs());
    if parsed.is_usable() {
        Ok(parsed.roster)
    } else {
        Err(format!("{path} is no roster: {:?}", parsed.diagnostics.first()).into())
    }
}

pub(crate) fn start_of(state: &str) -> Result<Start, Failed> {
    match state {
        "in-sync" => Ok(Start::InSync),
        "drifted" => Ok(Start::Drifted(100)),
        "empty" => Ok(Start::Empty),
        other => Err(format!("there is no state {other}").into()),
    }
}

pub(crate) fn serve(path: &str, state: &str) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (lines, mut asked) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
    });
    let start = start_of(state)?;
    runtime.block_on(async {
        let roster = roster(path)?;
        let on = jiff::Zoned::now().date();
        let playground = Playground::serve_as(&roster, on, 0, start, &[]).await?;
        // Only the client and the wire are to be measured.
        drop(roster);
        let sandbox = playground.sandbox().ok_or("the sandbox was not started")?;
        sandbox.repeat_reads();
        tell(&serde_json::json!({
            "address": sandbox.address(), "vendors": playground.index().vendors,
            "state": playground.index().state,
        }))?;
        while let Some(line) = asked.recv().await {
            match line.as_str() {
                "log" => tell(&log(sandbox))?,
                _ => break,
            }
        }
        Ok(())
    })
}

fn tell(value: &impl Serialize) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(value)?)?;
    Ok(out.flush()?)
}

fn log(sandbox: &Sandbox) -> Log {
    let starts = sandbox.arrivals(|_| true);
    // A run reads before it writes, and once more when it is done.
    let writes = sandbox.arrivals(|request| request.method != "GET");
    let requests = sandbox.requests();
    sandbox.forget_requests();
    let writing = match (writes.first(), writes.last()) {
        (Some(first), Some(last)) => *last - *first,
        _ => Duration::ZERO,
    };
    Log {
        fullest: fullest(&starts),
        writing: writing.as_secs_f64(),
        requests: requests
            .into_iter()
            .map(|(it, _)| {
                let query = if it.query.is_empty() { "" } else { "?" };
                let url = format!("{}{query}{}", it.path, it.query);
                (it.method, it.vendor.to_string(), url)
            })
            .collect(),
    }
}

/// The most moments in any window of one second.
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
