//! What `doctor` found: one check each for this machine and for every vendor, and what to do about
//! those that are not fine. How a visit at a vendor is judged is in `visit` and `quota`.

mod health;
mod quota;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use health::{Fault, HealthCheck, SecretSeen, Stage, judge};

/// All checks of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkup {
    /// When it ended.
    pub made_at: Timestamp,
    /// This machine first, then vendor by vendor.
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The vendor's name in the roster; `None`: it is about this machine.
    pub vendor: Option<Box<str>>,
    /// What was looked at.
    pub topic: Topic,
    /// How it is.
    pub state: Health,
    /// What was found, in one clause.
    pub found: String,
    /// What to do next; always there when something has to be done.
    pub next: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Health {
    /// As it should be.
    Ok,
    /// It works, and somebody should look.
    Warn,
    /// It does not work.
    Fail,
    /// Nobody can tell from here.
    Unknown,
}

impl Health {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Warn, Self::Fail, Self::Unknown];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Whether the roster is valid.
    Roster,
    /// Whether the state folder can be written.
    StateFolder,
    /// Whether another run is at work.
    Lock,
    /// Whether an earlier run was cut off.
    Journal,
    /// Whether others can read what is not for them.
    Files,
    /// Whether a record can be read.
    Record,
    /// Whether the vendor can be reached.
    Reach,
    /// Whether it accepts the credentials.
    Credentials,
    /// Whether they may do what is needed.
    Rights,
    /// Whose they are.
    OwnAccount,
    /// How fast and how often it lets itself be called.
    Quota,
    /// Whether its clock agrees with ours.
    Clock,
    /// How one read of all accounts goes.
    Read,
    /// Which settings a preset brings.
    Preset,
    /// What stays for people to do.
    Manual,
    /// What works against the roster and no call shows.
    Beyond,
    /// What the vendor's documentation leaves open and the tenant was asked.
    OpenQuestion,
}

impl Topic {
    /// All of them, in the order in which they are looked at.
    pub const ALL: [Self; 17] = [
        Self::Roster,
        Self::StateFolder,
        Self::Lock,
        Self::Journal,
        Self::Files,
        Self::Record,
        Self::Reach,
        Self::Credentials,
        Self::Rights,
        Self::OwnAccount,
        Self::Quota,
        Self::Clock,
        Self::Read,
        Self::Preset,
        Self::Manual,
        Self::Beyond,
        Self::OpenQuestion,
    ];

    /// The words for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::StateFolder => "state folder",
            Self::Lock => "lock",
            Self::Journal => "journal",
            Self::Files => "files",
            Self::Record => "record",
            Self::Reach => "reach",
            Self::Credentials => "credentials",
            Self::Rights => "rights",
            Self::OwnAccount => "own account",
            Self::Quota => "quota",
            Self::Clock => "clock",
            Self::Read => "read",
            Self::Preset => "preset",
            Self::Manual => "manual",
            Self::Beyond => "beyond the API",
            Self::OpenQuestion => "open question",
        }
    }
}

impl Checkup {
    /// How many checks are in a state.
    pub fn count(&self, state: Health) -> usize {
        self.checks.iter().filter(|it| it.state == state).count()
    }
}

impl Check {
    /// A check of this machine that is fine.
    pub fn ok(topic: Topic, found: impl Into<String>) -> Self {
        Self {
            vendor: None,
            topic,
            state: Health::Ok,
            found: found.into(),
            next: None,
        }
    }

    /// A check of this machine that is not, and what to do about it.
    pub fn bad(
        topic: Topic,
        state: Health,
        found: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            state,
            next: Some(next.into()),
            ..Self::ok(topic, found)
        }
    }

    /// The same at a vendor.
    #[must_use]
    pub fn at(mut self, vendor: &str) -> Self {
        self.vendor = Some(vendor.into());
        self
    }
}
