//! Log lines, to stderr. Only our own events: dependencies might log what must not be seen.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

use super::args::{Colour, Common, LogFormat};
use crate::report::sanitize::Uncommanded;

/// Starts logging. A second start in one process (tests) is ignored.
pub(crate) fn start(common: &Common) {
    let level = match (common.quiet, common.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, 2) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let json = common.log_format == LogFormat::Json;
    let writer = move || match json {
        true => Uncommanded::json(std::io::stderr()),
        false => Uncommanded::new(std::io::stderr()),
    };
    let lines = fmt::layer()
        .with_writer(writer)
        .with_target(false)
        .with_ansi(common.color == Colour::Always);
    let lines = match common.log_format {
        LogFormat::Text => lines.without_time().boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let ours = Targets::new().with_target("rosterctl", level);
    // Only a second subscriber can make it fail, and then the first one stays.
    let _ = registry().with(lines).with(ours).try_init();
}
