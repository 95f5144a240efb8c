//! Named bundles of vendor settings, as data.

/// Settings that fit one product; each that the roster gives itself takes its place. None of them
/// may make a read look more complete than it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    /// What the roster says.
    pub name: &'static str,
    /// The settings.
    pub settings: &'static [(&'static str, PresetValue)],
    /// Where the vendor says so.
    pub source: &'static str,
    /// The day when that was read.
    pub checked: &'static str,
}

/// The value of one setting of a preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresetValue {
    /// A word.
    Word(&'static str),
    /// Yes or no.
    Flag(bool),
    /// A number.
    Count(u64),
    /// Names.
    Names(&'static [&'static str]),
}
