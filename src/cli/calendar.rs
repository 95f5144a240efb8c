//! What days and times a command goes by.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::http::Clock;

/// Fixes the time (seconds) for reproducible output.
const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// Why the variable is no time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoTime {
    /// It is no number.
    #[error("SOURCE_DATE_EPOCH is not a number of seconds")]
    NoNumber,
    /// It is no time that can be.
    #[error("SOURCE_DATE_EPOCH: {0}")]
    Beyond(jiff::Error),
}

/// Where graces, journals and everything that is kept get their time from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calendar {
    /// The machine's clock. A variable must not make graces pass, drop journals or date evidence, so
    /// only a sandbox goes by `SOURCE_DATE_EPOCH`.
    Real,
    /// `SOURCE_DATE_EPOCH` where it is set: for tests that play whole years. No released program says
    /// this.
    MadeUp,
}

impl Calendar {
    /// The clock that the state goes by.
    pub(crate) fn clock(self) -> Result<Clock, NoTime> {
        Ok(match (self, std::env::var_os(VARIABLE)) {
            (Self::MadeUp, Some(_)) => Clock::dated(now()?),
            _ => Clock::Real,
        })
    }
}

/// The time stamp of a document; `SOURCE_DATE_EPOCH` fixes it.
pub(crate) fn now() -> Result<Timestamp, NoTime> {
    match std::env::var(VARIABLE) {
        Ok(text) => {
            let seconds = text.parse().map_err(|_| NoTime::NoNumber)?;
            Timestamp::from_second(seconds).map_err(NoTime::Beyond)
        }
        Err(_) => Ok(Timestamp::now()),
    }
}

/// The day in UTC (roster: "the day is UTC").
pub(crate) fn today() -> Result<Date, NoTime> {
    Ok(now()?.to_zoned(TimeZone::UTC).date())
}
