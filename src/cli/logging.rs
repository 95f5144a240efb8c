//! Log lines, to stderr. Only our own events: dependencies might log what must not be seen.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use super::args::{Colour, Common, LogFormat};

/// Starts logging. A second start in one process (tests) is ignored.
pub(crate) fn start(common: &Common) {
    let level = match (common.quiet, common.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, 2) => "debug",
        (false, _) => "trace",
    };
    let filter = EnvFilter::new(format!("off,rosterctl={level}"));
    let builder = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(common.color == Colour::Always);
    // Only a second subscriber can make it fail, and then the first one stays.
    let _ = match common.log_format {
        LogFormat::Text => builder.without_time().try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
