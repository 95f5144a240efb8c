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
    rosterctl import roster/ --merge roster/people.yaml --person ada.lovelace@example.com\n  \
    rosterctl import roster/ --source hr --merge roster/people.yaml\n  \
    rosterctl import roster/ --drift --merge roster/people.yaml"
)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(super) roster: RosterArgs,
    /// Add the people to this file of the roster and keep every byte of it; of a folder, to the
    /// file with the most people. Without ROSTER, it is the whole roster
    #[arg(long, value_name = "FILE")]
    pub(super) merge: Option<PathBuf>,
    /// Take people from this source of the roster, such as an export of the personnel system: show
    /// what it changes, or with --merge write that into the file. No vendor is read
    #[arg(long, value_name = "NAME", conflicts_with_all = ["vendor", "person"])]
    pub(super) source: Option<String>,
    /// With --source, let so many people lose their access; default: a tenth, or 3
    #[arg(long, value_name = "N", requires = "source")]
    pub(super) allow_lost_people: Option<u64>,
    /// With --merge, take over what the vendors hold otherwise than the roster says, person by person,
    /// and write it into the file. Access that ended is never given back
    #[arg(long, requires = "merge", conflicts_with = "source")]
    pub(super) drift: bool,
    /// Which attributes to write: access (rights, what has to be there, and names), all, or a list of
    /// names. Plans manage only what is written
    #[arg(
        long,
        value_name = "WHICH",
        value_delimiter = ',',
        default_value = "access"
    )]
    pub(super) attributes: Vec<String>,
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
