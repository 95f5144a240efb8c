//! The command line as clap sees it. Help texts are imperative and have no full stop.

use clap::{Parser, Subcommand};

#[cfg(feature = "sandbox")]
use super::args::SandboxArgs;
use super::args::{
    ApplyArgs, Common, CompletionsArgs, ExplainArgs, LeaversArgs, PlanArgs, SchemaArgs, UndoArgs,
    ValidateArgs,
};
use super::command::access::AccessArgs;
use super::command::certify::CertifyArgs;
use super::command::connector::ConnectorArgs;
use super::command::diff::DiffArgs;
use super::command::doctor::DoctorArgs;
use super::command::evidence::EvidenceArgs;
use super::command::fleet::FleetArgs;
use super::command::fmt::FmtArgs;
use super::command::history::HistoryArgs;
use super::command::import::ImportArgs;
use super::command::init::InitArgs;
use super::command::journal::JournalArgs;
use super::command::lock::LockArgs;
use super::command::man::ManArgs;
use super::command::record::RecordArgs;
use super::command::rename::RenameArgs;

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
        2  plan or diff --detailed-exitcode: there are changes; leavers: somebody still has\n     \
           access; fmt --check: a file is not in form\n  \
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

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin a roster: vendors, one example person, the schema for editors, workflows
    ///
    /// Asks which vendors there are, and writes roster/vendors.yaml, roster/people.yaml,
    /// roster.schema.json, .gitignore, and the workflows of the CI system that it finds. What is there
    /// already stays as it is.
    #[command(after_help = "Examples:\n  \
        rosterctl init\n  \
        rosterctl init --vendor bitsight --vendor snaplogic")]
    Init(InitArgs),
    /// Check a roster offline
    ///
    /// Touches no network. All problems are shown in one go, each with its place.
    #[command(after_help = "Examples:\n  \
        rosterctl validate\n  \
        rosterctl validate roster/ --format json\n  \
        rosterctl validate --strict --format github")]
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
    /// Compare two rosters offline: people, accounts, rules and vendors
    ///
    /// Reads no vendor and no secret: it is what a pull request of a fork can be told instead of a
    /// plan.
    #[command(after_help = "Examples:\n  \
        rosterctl diff ../main/roster roster\n  \
        rosterctl diff base.yaml head.yaml --format markdown --untrusted")]
    Diff(DiffArgs),
    /// Put the files of a roster into one form, comments kept
    #[command(after_help = "Examples:\n  \
        rosterctl fmt\n  \
        rosterctl fmt roster/ --check")]
    Fmt(FmtArgs),
    /// Change somebody's e-mail in the files of a roster
    ///
    /// The person's entry, memberships of teams and top-level accounts get the new e-mail, and the old
    /// one stays among the previous ones, so that accounts are renamed and not made anew. Where the
    /// roster has the new e-mail already, the old one is added.
    #[command(after_help = "Examples:\n  \
        rosterctl rename ada.byron@example.com ada.lovelace@example.com\n  \
        rosterctl rename ada.byron@example.com ada.lovelace@example.com roster/")]
    Rename(RenameArgs),
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
    /// Show who has what: now, at the end of a day, or as a commit asks
    ///
    /// Reads the vendors and writes nothing to them. With --at it reads the inventories that applies
    /// (and access --keep) keep, with --rev the roster of a commit, and no vendor. Exits 1 when a
    /// vendor could not be read completely, or nothing of it is kept.
    #[command(after_help = "Examples:\n  \
        rosterctl access\n  \
        rosterctl access --at 2026-10-01 --format csv\n  \
        rosterctl access --admins --vendor bitsight\n  \
        rosterctl access --review --keep --format html\n  \
        rosterctl access --rev v2026-Q1 --format json")]
    Access(AccessArgs),
    /// Show what changed, by which commit, author, pull request, approval and run
    ///
    /// Reads the state and Git, and no vendor. What a read showed and no run made is named as such,
    /// with the two reads between which it happened.
    #[command(after_help = "Examples:\n  \
        rosterctl history --person mary.jackson@example.com --from 2026-01-01\n  \
        rosterctl history --admins --vendor bitsight --from 2026-03-01 --to 2026-03-31")]
    History(HistoryArgs),
    /// Make the pack that an auditor asks for, or check one
    ///
    /// Writes a folder: one page, tables as CSV, everything as JSON, and the raw journals. Reads the
    /// state and Git, and no vendor.
    #[command(after_help = "Examples:\n  \
        rosterctl evidence --from 2026-01-01 --to 2026-03-31 --out pack/ --sign audit\n  \
        rosterctl evidence --from 2026-01-01 --to 2026-03-31 --out pack/ --mask\n  \
        rosterctl evidence verify pack/ --key audit.pub")]
    Evidence(EvidenceArgs),
    /// Check credentials, reach, rights, quotas and clock of every vendor, and this machine
    ///
    /// Reads and writes nothing: one line each with ok, warn, fail or unknown, and the next step.
    /// Exits 1 when something failed.
    #[command(after_help = "Examples:\n  \
        rosterctl doctor\n  \
        rosterctl doctor roster/ --vendor bitsight --timeout 20s\n  \
        rosterctl doctor --vendor bitsight --probe --out certificates/bitsight.json\n  \
        rosterctl doctor examples/users.yaml --sandbox --format json")]
    Doctor(DoctorArgs),
    /// Have a test tenant answer what its vendor's documentation leaves open
    ///
    /// Says every call first and asks. Makes one account under --account (three where a file describes
    /// the vendor), writes to no other one, and takes it away again; where a run was killed, the next
    /// one does. What was seen is a certificate, which holds nothing of the tenant.
    #[command(after_help = "Examples:\n  \
        rosterctl certify bitsight --account rosterctl-certify@example.com --tenant api.bitsighttech.com\n  \
        rosterctl certify bitsight roster/ --account rosterctl-certify@example.com --tenant api.bitsighttech.com --out certificates/bitsight.json\n  \
        rosterctl certify --diff certificates/bitsight.json new.json")]
    Certify(CertifyArgs),
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
    /// Check and try the files that describe vendors
    #[command(after_help = "Examples:\n  \
        rosterctl connector check connectors/hub.yaml\n  \
        rosterctl connector try hub.yaml --base-url https://hub.example.com --secret token=HUB_TOKEN")]
    Connector(ConnectorArgs),
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
    /// Without a roster, those of a built-in example. The servers start with a mess made from the
    /// roster itself and keep what is applied to them until they are stopped. Other processes use them with --sandbox and the environment
    /// variable that is printed. What a vendor's documentation leaves open can be tried with --twist;
    /// --help lists the names.
    #[cfg(feature = "sandbox")]
    #[command(after_help = "Examples:\n  \
        rosterctl sandbox\n  \
        rosterctl sandbox examples/users.yaml\n  \
        rosterctl sandbox roster/ --port 4180\n  \
        rosterctl sandbox roster/ --twist bitsight:list-repeats --twist scim:cursor")]
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
