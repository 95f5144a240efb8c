//! The options of `rosterctl import`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::RosterArgs;

/// What `import` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Reads the vendors and writes nothing at them. What is printed has the people \
    and profiles that ROSTER does not have yet. That planning from both together finds no changes \
    is tried before it is said.\n\nExamples:\n  \
    rosterctl import vendors.yaml --out people.yaml\n  \
    rosterctl import --merge users.yaml --out users.yaml\n  \
    rosterctl import roster/ --merge roster/people.yaml --person ada.lovelace@example.com"
)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(super) roster: RosterArgs,
    /// Add the people to this file of the roster and keep every byte of it; of a folder, to the
    /// file with the most people. Without ROSTER, it is the whole roster
    #[arg(long, value_name = "FILE")]
    pub(super) merge: Option<PathBuf>,
    /// Write to this file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Overwrite the file of --out if it exists
    #[arg(long, requires = "out")]
    pub(super) force: bool,
    /// Only this vendor (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(super) vendor: Vec<String>,
    /// Only this person (repeatable)
    #[arg(long, value_name = "EMAIL")]
    pub(super) person: Vec<String>,
    /// Use a sandbox instead of the real vendors, as plan does
    #[cfg(feature = "sandbox")]
    #[arg(long)]
    pub(super) sandbox: bool,
}
