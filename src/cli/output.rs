//! Where text goes: results to stdout, everything else to stderr, colours only where they help.

use std::io::{self, IsTerminal as _, Write};

use super::args::{Colour, Common};
use super::calendar::Calendar;
use super::signals::Signals;
use crate::report::sanitize::{Uncommanded, block, uncommanded};
use crate::roster::diagnostic::{Diagnostic, Severity, Sources, render_all};

/// The terminal (or pipe) of this process, and the signals that somebody sends from it.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    signals: Signals,
    colour: Colour,
    progress: bool,
    verbose: bool,
    calendar: Calendar,
}

/// An error with the chain of its causes, printed once.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;

impl Terminal {
    pub(crate) fn new(common: &Common, signals: Signals, calendar: Calendar) -> Self {
        Self {
            signals,
            colour: common.color,
            progress: !common.no_progress && !common.quiet,
            verbose: common.verbose > 0 && !common.quiet,
            calendar,
        }
    }

    /// What its commands take the time from.
    pub(crate) fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// Whether progress is wanted at all.
    pub(crate) fn progress(&self) -> bool {
        self.progress
    }

    /// Whether results tell more.
    pub(crate) fn verbose(&self) -> bool {
        self.verbose
    }

    /// Whether results get colours.
    pub(crate) fn colour(&self) -> bool {
        self.wants_colour(&io::stdout())
    }

    fn wants_colour(&self, stream: &impl io::IsTerminal) -> bool {
        match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                stream.is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        }
    }

    /// Signals to this process.
    pub(crate) fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Writes a result to stdout. A reader that went away is no error of ours.
    pub(crate) fn result(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Error> {
        match self.print(write) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(format!("cannot write the result: {error}").into())
            }
            _ => Ok(()),
        }
    }

    /// Writes what a CI system is to take for commands to stdout.
    pub(crate) fn commands(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Error> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match write(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(format!("cannot write the result: {error}").into())
            }
            _ => Ok(()),
        }
    }

    /// Writes to stdout; whatever is in the way is an error.
    pub(crate) fn print(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut out = io::BufWriter::new(Uncommanded::new(io::stdout().lock()));
        write(&mut out).and_then(|()| out.flush())
    }

    /// Writes a line to stderr; nothing can be done if that fails.
    pub(crate) fn note(&self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", uncommanded(line));
    }

    /// Writes an error and its causes to stderr.
    pub(crate) fn error(&self, error: &Error) {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            text.push_str(": ");
            text.push_str(&inner.to_string());
            cause = inner.source();
        }
        self.note(&format!("error: {}", block(&text)));
    }

    /// Writes the problems of a roster to stderr.
    pub(crate) fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        if diagnostics.is_empty() {
            return;
        }
        let mut err = io::BufWriter::new(Uncommanded::new(io::stderr().lock()));
        let colour = self.wants_colour(&io::stderr());
        let written = render_all(diagnostics, sources, colour, &mut err).and_then(|()| err.flush());
        // Nobody is left to tell when stderr is gone.
        drop(written);
    }

    /// Asks on stderr and reads one line from stdin; only `y` and `yes` agree.
    pub(crate) async fn ask(&self, question: &str) -> io::Result<bool> {
        let answer = self.ask_line(&format!("{question} [y/N]")).await?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks on stderr and reads one line from stdin.
    pub(crate) async fn ask_line(&self, question: &str) -> io::Result<String> {
        write!(io::stderr(), "{question} ")?;
        io::stderr().flush()?;
        // Off the thread that heeds signals: nobody may ever answer.
        let answer = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            io::stdin().read_line(&mut answer).map(|_| answer)
        });
        answer.await.map_err(io::Error::other)?
    }

    /// Whether somebody is there to be asked.
    pub(crate) fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }
}

/// Whether the roster cannot be used.
pub(crate) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}
