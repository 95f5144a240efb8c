//! Where the lines of a journal go: a file, or parts among the state.

use std::time::Duration;

/// Where lines go.
pub(super) trait Sink: Send + Sync {
    /// Where that is, for people.
    fn place(&self) -> String;

    /// Takes one line, in order.
    fn write(&self, line: &str) -> Result<(), String>;

    /// Makes durable what was written so far. Blocks.
    fn flush(&self) -> Result<(), String>;

    /// Whether a line that was written outlives the process before it is settled.
    fn outlives(&self) -> bool;

    /// See [`crate::state::store::Store::delay`].
    fn delay(&self) -> Option<Duration> {
        None
    }

    /// After the last line of a run was settled. Blocks.
    fn close(&self) -> Result<(), String> {
        Ok(())
    }
}
