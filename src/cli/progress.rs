//! Progress of an apply: a bar on a terminal, plain lines in a log.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::output::Terminal;
use crate::model::outcome::Verdict;
use crate::report::applied::progress_line;
use crate::run::apply::Event;

/// Up to so many actions, a log shows every outcome; beyond, a line every few seconds.
const EVERY_OUTCOME: usize = 100;
/// Time between two lines of a long run.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// Shows what [`crate::run::apply::carry_out`] tells.
pub(crate) struct Progress {
    terminal: Terminal,
    total: usize,
    done: AtomicUsize,
    last_line: Mutex<Instant>,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(crate) fn new(terminal: &Terminal, total: usize) -> Self {
        let bar = (terminal.progress() && std::io::stderr().is_terminal() && total > 0)
            .then(|| bar(total));
        Self {
            terminal: terminal.clone(),
            total,
            done: AtomicUsize::new(0),
            last_line: Mutex::new(Instant::now()),
            bar,
        }
    }

    pub(crate) fn tell(&self, event: Event<'_>) {
        let outcome = match event {
            Event::Started(action) => {
                if let Some(bar) = &self.bar {
                    bar.set_message(crate::report::sanitize::line(&format!(
                        "{} {} {}",
                        action.vendor,
                        action.kind.as_str(),
                        action.email
                    )));
                }
                return;
            }
            Event::Finished(outcome) => outcome,
            Event::Revised(outcome) => {
                let line = progress_line(outcome, self.done.load(Ordering::Relaxed), self.total);
                match &self.bar {
                    Some(bar) => bar.println(line),
                    None if self.terminal.progress() => self.terminal.note(&line),
                    None => {}
                }
                return;
            }
        };
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(bar) = &self.bar {
            bar.inc(1);
            if outcome.verdict != Verdict::Applied {
                bar.println(progress_line(outcome, done, self.total));
            }
        } else if self.terminal.progress()
            && (outcome.verdict != Verdict::Applied || self.line_is_due(done))
        {
            self.terminal
                .note(&progress_line(outcome, done, self.total));
        }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line_is_due(&self, done: usize) -> bool {
        if self.total <= EVERY_OUTCOME || done == self.total {
            return true;
        }
        let Ok(mut last) = self.last_line.lock() else {
            return false;
        };
        let due = last.elapsed() >= BETWEEN_LINES;
        if due {
            *last = Instant::now();
        }
        due
    }
}

fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {wide_msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
