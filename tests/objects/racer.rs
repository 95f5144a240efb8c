//! One of many processes that race for one lease; `run` starts them and tells them when.
//!
//! `racer PLACE`: for each line `go` on its input it tries once to take the lease of the state
//! there and says `won` or `held`; for each `drop` it gives the lease back and says `dropped`.

use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::path::Path;

use rosterctl::http::Moment;
use rosterctl::roster::model::StatePlace;
use rosterctl::state::State;
use rosterctl::state::lease::{Lease, LeaseError, TTL, Who};
use rosterctl::state::probe::probe;

fn main() -> Result<(), Box<dyn Error>> {
    let place = std::env::args().nth(1).ok_or("racer PLACE")?;
    let place = StatePlace::parse(&place, Path::new(""))?;
    let mut state = State::open(&place)?;
    let who = Who::of(state.here());
    let clock = probe(state.store(), &who.run, &state.here().clock)?;
    let mut lease = None;
    let mut out = io::stdout();
    writeln!(out, "ready")?;
    for line in io::stdin().lock().lines() {
        let answer = match line?.as_str() {
            "go" => {
                // A right to write that was lost never comes back, so each try has its own.
                state = state.afresh();
                let (store, tenure) = (state.shared_store(), state.tenure());
                match Lease::take(
                    store,
                    tenure,
                    &Who::of(state.here()),
                    TTL,
                    &clock,
                    Moment::now(),
                ) {
                    Ok(won) => {
                        lease = Some(won);
                        String::from("won")
                    }
                    Err(LeaseError::Held(_)) => String::from("held"),
                    Err(error) => format!("error: {error}"),
                }
            }
            _ => {
                drop(lease.take());
                String::from("dropped")
            }
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
