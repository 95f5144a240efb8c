//! Groups of options that commands share, as clap sees them. Help texts are imperative and have no
//! full stop.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
#[cfg(feature = "sandbox")]
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use jiff::civil::Date;

use super::context::{context, parse_fact};
pub(crate) use super::values::{CheckFormat, Colour, Document, Format, LogFormat, PlanFormat};
use super::values::{
    named_roster, parse_allowance, parse_day, parse_days, parse_digest, parse_duration,
    parse_label, parse_lock_ttl,
};
use crate::model::context::Context;
use crate::model::off::Grace;
use crate::run::load;

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

/// How a run takes the lock.
#[derive(Debug, Default, Args)]
pub(crate) struct LockOptions {
    /// Wait so long for another run on this roster to end; default: not at all
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) lock_timeout: Option<Duration>,
    /// How long the lock outlives this run, should it die; default: 60s
    #[arg(long, value_name = "DURATION", value_parser = parse_lock_ttl)]
    pub(crate) lock_ttl: Option<Duration>,
    /// Run without the lock; only where nothing else ever runs on this roster
    #[arg(long, conflicts_with_all = ["lock_timeout", "lock_ttl"])]
    pub(crate) no_lock: bool,
}

/// For whoever watches nightly runs.
#[derive(Debug, Args)]
pub(crate) struct MetricsArgs {
    /// Write numbers of this run to this file, for Prometheus (textfile collector), also when it
    /// fails; one file a command
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
    /// Put this label on every number of --metrics, such as tenant=acme (repeatable)
    #[arg(long, value_name = "NAME=VALUE", requires = "metrics", value_parser = parse_label)]
    pub(crate) label: Vec<(String, String)>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RosterArgs {
    /// Files or folders of the roster; default: the one that ROSTERCTL_ROSTER names, else users.yaml
    /// (or users.yml) and roster/, whichever exist
    #[arg(value_name = "ROSTER", default_values_os_t = named_roster(), hide_default_value = true)]
    pub(crate) roster: Vec<PathBuf>,
    /// Files or folders that this roster shares with others, such as profiles; its state is not sought
    /// there (repeatable)
    #[arg(long, value_name = "ROSTER")]
    pub(crate) shared: Vec<PathBuf>,
}

impl RosterArgs {
    /// All files and folders of the roster; nothing stands for the defaults.
    pub(crate) fn all(&self) -> Vec<PathBuf> {
        match &*self.shared {
            [] => self.roster.clone(),
            shared => [&*load::named(&self.roster), shared].concat(),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) roster: RosterArgs,
    /// Print problems as text, as JSON, or as annotations
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) strict: bool,
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

impl ScopeArgs {
    /// The options that let something through which would be held, as they were written.
    pub(crate) fn overrides(&self) -> Vec<String> {
        let counted = [
            ("--allow-deactivations", &self.allow_deactivations),
            ("--allow-creates", &self.allow_creates),
            ("--allow-admin-grants", &self.allow_admin_grants),
        ];
        let counted = counted.into_iter().flat_map(|(option, given)| {
            let given = given.iter();
            given.map(move |(vendor, number)| format!("{option} {vendor}={number}"))
        });
        let named = [
            ("--allow-shrinkage", &self.allow_shrinkage),
            ("--allow-empty", &self.allow_empty),
        ];
        let named = named.into_iter().flat_map(|(option, given)| {
            let given = given.iter();
            given.map(move |vendor| format!("{option} {vendor}"))
        });
        counted.chain(named).collect()
    }
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
    /// Take warnings of the roster and of the plan for errors
    #[arg(long)]
    pub(crate) strict: bool,
}

impl ScopeArgs {
    /// Everybody today at these vendors, all where none is named.
    pub(crate) fn of(roster: &RosterArgs, vendors: &[String]) -> Self {
        Self {
            roster: roster.clone(),
            vendor: vendors.to_vec(),
            person: Vec::new(),
            on: None,
            format: PlanFormat::Text,
            limit: 0,
            mask: false,
            #[cfg(feature = "sandbox")]
            sandbox: false,
            allow_deactivations: Vec::new(),
            allow_creates: Vec::new(),
            allow_admin_grants: Vec::new(),
            allow_shrinkage: Vec::new(),
            allow_empty: Vec::new(),
        }
    }
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
    /// Append a line of JSON to this file (or pipe) for each action that begins and ends
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// Take no new actions after this time, such as 90s, 30m or 2h; exit 3 if some are left
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) deadline: Option<Duration>,
    #[command(flatten)]
    pub(crate) lock: LockOptions,
    #[command(flatten)]
    pub(crate) context: ContextArgs,
}

/// What a run is told of why it runs.
#[derive(Debug, Args)]
pub(crate) struct ContextArgs {
    /// Tell why this run runs, where the CI system does not: commit, branch, actor,
    /// run, approval and so on; api:KEY=VALUE for what a step of the job asked the
    /// system's API (repeatable)
    #[arg(long = "context", value_name = "KEY=VALUE", value_parser = parse_fact)]
    given: Vec<(String, String)>,
}

impl ContextArgs {
    /// All that is known, also from the environment.
    pub(crate) fn read(&self) -> Result<Context, String> {
        context(&self.given)
    }
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
    /// Have a server do what its vendor's documentation leaves open, or what other vendors do; may be
    /// repeated
    #[arg(long, value_name = "NAME", value_parser = twist())]
    pub(crate) twist: Vec<Box<str>>,
}

/// A name of a switch of behaviour; help lists them all.
#[cfg(feature = "sandbox")]
fn twist() -> impl TypedValueParser<Value = Box<str>> {
    let names = crate::sandbox::twists().into_iter();
    let names = names.map(|it| PossibleValue::new(it.name).help(it.doc));
    PossibleValuesParser::new(names).map(String::into_boxed_str)
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
