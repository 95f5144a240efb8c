//! What comes after the writes of a run: reports, a summary, a check. None of it may make the exit
//! say that nothing was written.

use std::io::{self, Write};

use super::exit::Exit;
use super::output::{Error, Terminal};
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::Plan;
use crate::report::applied::progress_line;

/// So many outcomes are told on stderr; the report has all of them.
const TOLD: usize = 20;

/// What becomes of the outputs of a run that may have written.
pub(crate) struct Aftermath<'a> {
    terminal: &'a Terminal,
    wrote: bool,
    missed: bool,
}

impl<'a> Aftermath<'a> {
    /// `wrote`: whether any write was sent.
    pub(crate) fn new(terminal: &'a Terminal, wrote: bool) -> Self {
        Self {
            terminal,
            wrote,
            missed: false,
        }
    }

    /// A write was sent.
    pub(crate) fn wrote(&mut self) {
        self.wrote = true;
    }

    /// Prints a result. After a write even a reader that went away missed what became of it.
    pub(crate) fn print(
        &mut self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Error> {
        if !self.wrote {
            return self.terminal.result(write);
        }
        let printed = self.terminal.print(write);
        self.output(printed.map_err(|error| format!("cannot write the result: {error}").into()))
    }

    /// Takes note of an output that could not be written.
    ///
    /// # Errors
    /// Its error, where nothing was written to a vendor.
    pub(crate) fn output(&mut self, written: Result<(), Error>) -> Result<(), Error> {
        match written {
            Err(error) if self.wrote => {
                self.missed = true;
                let note = "the vendors were written to all the same";
                self.terminal.error(&format!("{error}; {note}").into());
                Ok(())
            }
            other => other,
        }
    }

    /// The run did not do all that it should.
    pub(crate) fn miss(&mut self) {
        self.missed = true;
    }

    /// The exit, where it would be that without what was missed.
    pub(crate) fn exit(&self, exit: Exit) -> Exit {
        match self.missed {
            true => Exit::Unfinished,
            false => exit,
        }
    }
}

/// Says on stderr which vendors could not be read, whatever stdout shows.
pub(crate) fn tell_unread(plan: &Plan, terminal: &Terminal) {
    for (vendor, error) in plan.unread() {
        let text = format!("{} could not be read: {error}", vendor.name);
        terminal.error(&text.into());
    }
}

/// Says on stderr what was not applied, where progress has not said it.
pub(crate) fn tell_unapplied(outcomes: &[Outcome], terminal: &Terminal) {
    let mut open: Vec<&Outcome> = outcomes.iter().collect();
    open.retain(|it| it.verdict != Verdict::Applied);
    if terminal.progress() {
        return;
    }
    for (at, outcome) in open.iter().take(TOLD).enumerate() {
        terminal.note(&format!(
            "error: {}",
            progress_line(outcome, at + 1, open.len())
        ));
    }
    if open.len() > TOLD {
        let more = open.len() - TOLD;
        terminal.note(&format!(
            "error: {more} more actions were not applied; the report has all of them"
        ));
    }
}
