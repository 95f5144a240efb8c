//! Who this process is to others: its machine, its number, its clock, and texts that no other one has.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::http::Clock;
use crate::model::digest::Digest;

/// Who this process is. Clones are the same process.
#[derive(Debug, Clone)]
pub struct Here {
    /// The clock that it goes by.
    pub clock: Clock,
    /// The machine, for people.
    pub host: String,
    /// The machine, as the system that runs it knows it: two containers on one machine share it.
    pub machine: String,
    /// The number of the process.
    pub pid: u32,
    /// Counts the texts of a process that is made up; `None`: they are random.
    made_up: Option<Arc<AtomicU64>>,
}

impl Here {
    /// This process.
    pub fn real() -> Self {
        Self {
            clock: Clock::Real,
            host: host(),
            machine: machine(),
            pid: std::process::id(),
            made_up: None,
        }
    }

    /// A process that is made up, with that number on a machine of that name: everything about it is the
    /// same each time.
    pub fn made_up(clock: Clock, machine: &str, pid: u32) -> Self {
        Self {
            clock,
            host: machine.to_owned(),
            machine: format!("machine {machine}"),
            pid,
            made_up: Some(Arc::default()),
        }
    }

    /// A text that nothing else has, in any process on any machine.
    pub fn nonce(&self) -> Box<str> {
        use std::hash::{BuildHasher as _, RandomState};
        let random = match &self.made_up {
            Some(count) => count.fetch_add(1, Ordering::Relaxed),
            None => RandomState::new().hash_one(0),
        };
        let now = self.clock.wall().as_nanosecond();
        let digest = Digest::of(&(random, now.to_string(), self.pid, &self.machine));
        digest.0.get(7..23).unwrap_or_default().into()
    }
}

/// This machine since it was started, as its system knows it: two containers on it share that. The
/// name of the machine where the system does not tell.
fn machine() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    boot.map_or_else(|_| host(), |id| id.trim().to_owned())
}

/// The name of this machine, as far as it can be told without asking a program.
fn host() -> String {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"];
    let told = files
        .iter()
        .find_map(|path| fs::read_to_string(path).ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .or_else(|| std::env::var("HOSTNAME").ok());
    let name = told.unwrap_or_default();
    match name.trim() {
        "" => String::from("this machine"),
        name => name.to_owned(),
    }
}
