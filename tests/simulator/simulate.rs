//! Months of bad nights in a made-up world: `cargo run --release --example simulate -- --seeds N --from S`.
//! `--trace` prints all that happened in the months that went wrong; `--with KIND:NAME` turns that switch
//! of behaviour in all of them.

mod sim;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A month allocates more than it does anything else.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, otherwise: u64| {
        let at = arguments.iter().position(|it| it == name);
        let text = at.and_then(|at| arguments.get(at + 1));
        text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let (seeds, from) = (number("--seeds", 200), number("--from", 0));
    let most = number("--stop-after", u64::MAX);
    let patience = number("--patience", 600);
    let with = arguments.iter().position(|it| it == "--with");
    let with = with
        .and_then(|at| arguments.get(at + 1))
        .map(String::as_str);
    let words = arguments.iter().any(|it| it == "--trace");
    let threads = std::thread::available_parallelism().map_or(1, |it| it.get());
    let begun = Instant::now();
    let (next, lost) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let (runs, lines) = (AtomicU64::new(0), AtomicU64::new(0));
    let (done, under_way) = (AtomicBool::new(false), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        // A month that turns in circles would never end.
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(100));
                let late = |begun: &Instant| begun.elapsed().as_secs() > patience;
                let under_way = under_way.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some((seed, _)) = under_way.iter().find(|(_, begun)| late(begun)) {
                    let mut out = std::io::stdout().lock();
                    let _ = writeln!(out, "seed {seed}: it has not ended after {patience} s");
                    std::process::exit(1);
                }
            }
        });
        let workers = (0..threads).map(|_| {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let found = |lost: &Vec<u64>| lost.len() as u64 >= most;
                    if at >= seeds || found(&lost.lock().unwrap_or_else(PoisonError::into_inner)) {
                        break;
                    }
                    let seed = from + at;
                    let clock = || under_way.lock().unwrap_or_else(PoisonError::into_inner);
                    clock().insert(seed, Instant::now());
                    let report = sim::simulate(seed, words, with);
                    clock().remove(&seed);
                    runs.fetch_add(report.runs, Ordering::Relaxed);
                    lines.fetch_add(report.lines, Ordering::Relaxed);
                    if let Some(first) = report.breaches.first() {
                        let mut out = std::io::stdout().lock();
                        let _ = writeln!(
                            out,
                            "{}seed {seed}: {first}\n  digest {:016x}",
                            report.words, report.digest
                        );
                        let mut lost = lost.lock().unwrap_or_else(PoisonError::into_inner);
                        lost.push(seed);
                    }
                }
            })
        });
        let workers: Vec<_> = workers.collect();
        for worker in workers {
            if worker.join().is_err() {
                let mut lost = lost.lock().unwrap_or_else(PoisonError::into_inner);
                lost.push(u64::MAX);
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    let lost = lost.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut out = std::io::stdout().lock();
    let _ = writeln!(
        out,
        "{} of {seeds} months from seed {from} went wrong {lost:?}; {} runs, {} events, {:.1} s",
        lost.len(),
        runs.into_inner(),
        lines.into_inner(),
        begun.elapsed().as_secs_f64()
    );
    match lost.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
