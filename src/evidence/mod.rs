//! Evidence: who had access, who approved it, when was it gone. From inventories, notes, journals
//! and commits as plain data to documents and tables; [`crate::report`] writes them.
//!
//! Core: no network, no files, no clock.

pub mod access;
pub mod cover;
pub mod history;
pub mod inventory;
pub mod manifest;
pub mod mask;
pub mod material;
pub mod pack;
pub mod review;
pub mod revoked;
pub mod table;
pub mod timeline;
pub mod word;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The number in `format` of these documents.
pub const FORMAT: u32 = 1;

/// The program that makes them.
pub fn tool() -> String {
    format!("rosterctl {}", env!("CARGO_PKG_VERSION"))
}

/// The first moment after a day (UTC).
pub fn end_of(day: Date) -> Timestamp {
    let next = day.tomorrow().unwrap_or(Date::MAX);
    start_of(next)
}

/// The first moment of a day (UTC).
pub fn start_of(day: Date) -> Timestamp {
    let midnight = day.to_zoned(TimeZone::UTC);
    midnight.map_or(Timestamp::MAX, |it| it.timestamp())
}
