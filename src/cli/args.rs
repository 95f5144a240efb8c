//! The command line as clap sees it. Help texts are imperative and have no full stop.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

pub(crate) use super::command::doctor::DoctorArgs;
use super::command::fleet::FleetArgs;
use super::command::import::ImportArgs;
use super::command::journal::JournalArgs;
use super::command::lock::LockArgs;
pub(crate) use super::command::man::ManArgs;
use super::command::record::RecordArgs;
use super::hold::LockOptions;
pub(crate) use super::metrics::MetricsArgs;
pub(crate) use super::values::{Colour, Document, Format, LogFormat, PlanFormat};
use super::values::{
    named_roster, parse_allowance, parse_day, parse_days, parse_digest, parse_duration,
};
use crate::reconcile::off::Grace;

/// Keep people's accounts at SaaS vendors in line with a roster in Git
#[derive(Debug, Parser)]
#[command(
    name = "rosterctl",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Exit codes:\n  \
        0  done; with plan --detailed-exitcode: no changes\n  \
        1  error: usage, roster, secrets, a vendor could not be read; nothing was written\n  \
        2  plan --detailed-exitcode: there are changes; leavers: somebody still has access\n  \
        3  apply ended with actions failed, unverified or skipped\n  \
        4  a safety rule held actions back; everything else was done or shown"
)]
pub(crate) struct Cli {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Options of all commands
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Colour the output
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub(crate) color: Colour,
    /// Show no progress
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// Write log lines as text or as JSON, to stderr
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
    /// Log more and show how each vendor was read; -vv logs every call
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Log errors only, and show no progress
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check a roster offline
    ///
    /// Touches no network. All problems are shown in one go, each with its place.
    #[command(after_help = "Examples:\n  \
        rosterctl validate\n  \
        rosterctl validate roster/ --format json")]
    Validate(ValidateArgs),
    /// Read the vendors and print what apply would do
    ///
    /// Writes nothing anywhere.
    #[command(after_help = "Examples:\n  \
        rosterctl plan users.yaml\n  \
        rosterctl plan --vendor bitsight --format json\n  \
        rosterctl plan --on 2026-12-31 --detailed-exitcode\n  \
        rosterctl plan roster/ --base ../main/roster/\n  \
        rosterctl plan examples/users.yaml --sandbox")]
    Plan(PlanArgs),
    /// Plan, print, ask, and carry the plan out
    #[command(after_help = "Examples:\n  \
        rosterctl apply users.yaml\n  \
        rosterctl apply --yes --vendor snaplogic\n  \
        rosterctl apply --yes --metrics /var/lib/node_exporter/rosterctl_apply.prom\n  \
        rosterctl apply --plan plan.json --yes\n  \
        rosterctl apply examples/users.yaml --sandbox --yes")]
    Apply(ApplyArgs),
    /// Explain one person across all vendors
    ///
    /// Each attribute with the layer, file and line it comes from, in a git work tree also the commit
    /// that wrote that line, what the vendor holds, and what follows. Writes nothing anywhere.
    #[command(after_help = "Examples:\n  \
        rosterctl explain ada.lovelace@example.com\n  \
        rosterctl explain ada.lovelace@example.com examples/users.yaml --sandbox")]
    Explain(ExplainArgs),
    /// Write a roster of the people whom the vendors hold now
    Import(ImportArgs),
    /// Show whether people who left still have access anywhere
    ///
    /// Reads the vendors and writes nothing. Each leaver is listed at each vendor that the roster
    /// names for them: no account, deactivated, still active (and why), or cannot be seen. So are
    /// people who are gone from the roster, as its Git history shows, unless it has them under
    /// `released`. Exits 2 when somebody still has access, 1 when a vendor or the history could not
    /// be read completely.
    #[command(after_help = "Examples:\n  \
        rosterctl leavers users.yaml\n  \
        rosterctl leavers --person mary.jackson@example.com --format json")]
    Leavers(LeaversArgs),
    /// Check credentials, reach, rights, quotas and clock of every vendor, and this machine
    ///
    /// Reads and writes nothing: one line each with ok, warn, fail or unknown, and the next step.
    /// Exits 1 when something failed.
    #[command(after_help = "Examples:\n  \
        rosterctl doctor\n  \
        rosterctl doctor roster/ --vendor bitsight --timeout 20s\n  \
        rosterctl doctor examples/users.yaml --sandbox --format json")]
    Doctor(DoctorArgs),
    /// Take back what a run did, as its journal tells
    ///
    /// Plans, prints, asks and applies under the same rules as apply. Updates get their former
    /// values, new accounts are switched off, and accounts that were switched off are switched on
    /// again. An account that is no longer as the run left it is left alone. The roster still asks
    /// for what is taken back: change it too.
    #[command(after_help = "Examples:\n  \
        rosterctl undo .rosterctl/journal/2026-01-05T020000Z-1b2c3d4e.ndjson\n  \
        rosterctl undo run.ndjson users.yaml --vendor bitsight")]
    Undo(UndoArgs),
    /// Check or show the journal of a run
    #[command(after_help = "Examples:\n  \
        rosterctl journal verify .rosterctl/journal/2026-01-05T020000Z-1b2c3d4e.ndjson\n  \
        rosterctl journal show run.ndjson --format json")]
    Journal(JournalArgs),
    /// Show or repair what is remembered of accounts that cannot be read
    #[command(after_help = "Examples:\n  \
        rosterctl record show surecloud\n  \
        rosterctl record set surecloud mary@example.com --active false\n  \
        rosterctl record forget surecloud mary@example.com")]
    Record(RecordArgs),
    /// Plan or apply the rosters of a folder, each in a process of its own
    #[command(after_help = "Examples:\n  \
        rosterctl fleet plan tenants/\n  \
        rosterctl fleet apply tenants/ --jobs 4 --yes -- --deadline 30m")]
    Fleet(FleetArgs),
    /// Show or break the lock of a roster's state
    #[command(after_help = "Examples:\n  \
        rosterctl lock show users.yaml\n  \
        rosterctl lock break users.yaml --yes")]
    Lock(LockArgs),
    /// Serve all vendors of a roster on loopback, in memory
    ///
    /// The servers start with a mess made from the roster itself and keep what is applied to them
    /// until they are stopped. Other processes use them with --sandbox and the environment
    /// variable that is printed.
    #[cfg(feature = "sandbox")]
    #[command(after_help = "Examples:\n  \
        rosterctl sandbox examples/users.yaml\n  \
        rosterctl sandbox roster/ --port 4180")]
    Sandbox(SandboxArgs),
    /// Print the JSON Schema of a document
    #[command(after_help = "Examples:\n  \
        rosterctl schema > roster.schema.json\n  \
        rosterctl schema plan")]
    Schema(SchemaArgs),
    /// Print shell completions
    #[command(after_help = "Examples:\n  \
        rosterctl completions bash > /etc/bash_completion.d/rosterctl\n  \
        rosterctl completions zsh > ~/.zfunc/_rosterctl")]
    Completions(CompletionsArgs),
    /// Print the man page, or write one for each command
    #[command(after_help = "Examples:\n  \
        rosterctl man | man -l -\n  \
        rosterctl man --out ~/.local/share/man/man1")]
    Man(ManArgs),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RosterArgs {
    /// Files or folders of the roster; default: the one that ROSTERCTL_ROSTER names, else users.yaml
    /// (or users.yml) and roster/, whichever exist
    #[arg(value_name = "ROSTER", default_values_os_t = named_roster(), hide_default_value = true)]
    pub(crate) roster: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) roster: RosterArgs,
    /// Print problems as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Follow no symbolic links, which would show lines of files that are not the roster's: for a
    /// pull request of anybody
    #[arg(long)]
    pub(crate) untrusted: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ScopeArgs {
    #[command(flatten)]
    pub(crate) roster: RosterArgs,
    /// Only this vendor (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) vendor: Vec<String>,
    /// Only this person; strangers are left out (repeatable)
    #[arg(long, value_name = "EMAIL")]
    pub(crate) person: Vec<String>,
    /// Plan for this day instead of today (UTC)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    pub(crate) on: Option<Date>,
    /// Print as text, as JSON, as Markdown for a comment, or as a page for a browser
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(crate) format: PlanFormat,
    /// The most bytes of Markdown; a comment at GitHub may have 65536, a job summary 1048576
    #[arg(long, value_name = "BYTES", default_value_t = 65_536,
        value_parser = clap::value_parser!(u64).range(4096..))]
    pub(crate) limit: u64,
    /// Show people in Markdown and HTML as initials and a short hash
    #[arg(long)]
    pub(crate) mask: bool,
    /// Use a sandbox instead of the real vendors: an embedded one, or the running one that
    /// ROSTERCTL_SANDBOX names
    #[cfg(feature = "sandbox")]
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Let so many deactivations and deletes through at a vendor, in this run (repeatable)
    #[arg(long, value_name = "VENDOR=N", value_parser = parse_allowance)]
    pub(crate) allow_deactivations: Vec<(String, u64)>,
    /// Let so many creates through at a vendor, in this run (repeatable)
    #[arg(long, value_name = "VENDOR=N", value_parser = parse_allowance)]
    pub(crate) allow_creates: Vec<(String, u64)>,
    /// Let so many people become administrators at a vendor, in this run (repeatable)
    #[arg(long, value_name = "VENDOR=N", value_parser = parse_allowance)]
    pub(crate) allow_admin_grants: Vec<(String, u64)>,
    /// Believe a vendor's list although it shrank since the last apply (repeatable)
    #[arg(long, value_name = "VENDOR")]
    pub(crate) allow_shrinkage: Vec<String>,
    /// Believe that nobody has an account at a vendor yet, as its empty list says (repeatable)
    #[arg(long, value_name = "VENDOR")]
    pub(crate) allow_empty: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) metrics: MetricsArgs,
    /// Save the plan document to this file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Tell apart what this roster changes against that one (before the pull request), and drift
    /// that was there before (file or folder, repeatable)
    #[arg(long, value_name = "ROSTER")]
    pub(crate) base: Vec<PathBuf>,
    /// Let the roster list so many people of its base no more; default: a tenth, or 3
    #[arg(long, value_name = "N", requires = "base")]
    pub(crate) allow_lost_people: Option<u64>,
    /// Trust the base roster only: refuse this one, before any secret is read, when it has
    /// symbolic links or says otherwise where secrets come from, where they are sent, or where
    /// the state is
    #[arg(long, requires = "base")]
    pub(crate) untrusted: bool,
    /// Append the plan as Markdown of at most 1 MiB to this file as well, such as a job summary
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
    /// List people whose access ends within so many days
    #[arg(long, value_name = "DAYS", default_value_t = 14)]
    pub(crate) ending_within: u16,
    /// Warn when the actions would take longer than this, such as 90s, 30m or 2h, as apply
    /// --deadline would stop
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) deadline: Option<Duration>,
    /// Exit 2 when there are changes
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    #[command(flatten)]
    pub(crate) metrics: MetricsArgs,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Apply exactly this saved plan, for its day, or nothing; give the --vendor, --person and
    /// --allow options that it was made with
    #[arg(long, value_name = "FILE", conflicts_with_all = ["digest", "on"])]
    pub(crate) plan: Option<PathBuf>,
    /// Apply only if the plan has this digest
    #[arg(long, value_name = "sha256:…", value_parser = parse_digest)]
    pub(crate) digest: Option<String>,
    /// Apply what of the saved plan still holds, skip and name the rest (exit 3)
    #[arg(long, requires = "plan", conflicts_with = "digest")]
    pub(crate) skip_stale: bool,
    /// Append the report as Markdown of at most 1 MiB to this file as well, such as a job summary
    #[arg(long, value_name = "FILE")]
    pub(crate) summary: Option<PathBuf>,
    /// Read and plan once more afterwards; exit 3 if actions are left (always with --sandbox)
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The person's e-mail, or an earlier one
    #[arg(value_name = "EMAIL")]
    pub(crate) email: String,
    #[command(flatten)]
    pub(crate) roster: RosterArgs,
    /// Only this vendor (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(crate) vendor: Vec<String>,
    /// Explain this day instead of today (UTC)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    pub(crate) on: Option<Date>,
    /// Print as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Use a sandbox instead of the real vendors, as plan does
    #[cfg(feature = "sandbox")]
    #[arg(long)]
    pub(crate) sandbox: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LeaversArgs {
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) metrics: MetricsArgs,
    /// Look so far back in the roster's Git history for people who are gone from it, such as 400d or
    /// 8w
    #[arg(long, value_name = "DAYS", default_value = "400d", value_parser = parse_days)]
    pub(crate) since: Grace,
}

/// Options of every command that writes.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Append the journal to this file; default: a new one among the state (.rosterctl/journal/)
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// Take no new actions after this time, such as 90s, 30m or 2h; exit 3 if some are left
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) deadline: Option<Duration>,
    #[command(flatten)]
    pub(crate) lock: LockOptions,
}

#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    /// The journal of the run: a file, or a name of journal list; of several runs in it, the last
    /// one is taken back
    #[arg(value_name = "JOURNAL")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) scope: ScopeArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[cfg(feature = "sandbox")]
#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    #[command(flatten)]
    pub(crate) roster: RosterArgs,
    /// The loopback port; 0: any free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Seed for this day instead of today (UTC)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    pub(crate) on: Option<Date>,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Of which document
    #[arg(value_enum, default_value_t = Document::Roster)]
    pub(crate) document: Document,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
