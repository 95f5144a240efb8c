//! `rosterctl record`: shows and repairs what is remembered of accounts that cannot be read. What
//! repairs takes the lock of the state, as every run that writes.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cli::args::{Format, RosterArgs};
use crate::cli::exit::Exit;
use crate::cli::open::{not_found, roster};
use crate::cli::output::{Error, Terminal};
use crate::cli::state_place::state;
use crate::model::email::EmailKey;
use crate::model::nearest::nearest;
use crate::model::spec::{AttributeKind, VendorSpec};
use crate::model::value::Value;
use crate::report;
use crate::report::sanitize::line;
use crate::roster::model::{Roster, VendorSettings};
use crate::run::lock::{LockRequest, take_lock};
use crate::run::session::record_place;
use crate::state::State;
use crate::state::lease::Lease;
use crate::state::record::{Entry, Record};

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    #[command(subcommand)]
    command: RecordCommand,
}

#[derive(Debug, Subcommand)]
enum RecordCommand {
    /// Show what the record of a vendor says, of all accounts or of one
    #[command(after_help = "Examples:\n  \
        rosterctl record show surecloud\n  \
        rosterctl record show surecloud --person mary@example.com --format json")]
    Show(ShowArgs),
    /// Correct the entry of one account, or enter an account that exists already
    #[command(after_help = "Examples:\n  \
        rosterctl record set surecloud mary@example.com --active false")]
    Set(SetArgs),
    /// Take an account out of the record
    ///
    /// For an account that the vendor's own pages do not show any more. The account itself is not
    /// touched.
    #[command(after_help = "Examples:\n  \
        rosterctl record forget surecloud mary@example.com")]
    Forget(ForgetArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// The vendor's name in the roster
    vendor: String,
    #[command(flatten)]
    roster: RosterArgs,
    /// Only this account
    #[arg(long, value_name = "EMAIL")]
    person: Option<String>,
    /// Print as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Args)]
struct SetArgs {
    /// The vendor's name in the roster
    vendor: String,
    /// The account's e-mail
    email: String,
    #[command(flatten)]
    roster: RosterArgs,
    /// Whether the account is switched on
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
    active: Option<bool>,
    /// The vendor's id of the account
    #[arg(long)]
    id: Option<String>,
    /// An attribute: text, true or false, or a list as JSON, as in 'groups=["//A/B"]' (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_attribute)]
    attribute: Vec<(String, String)>,
}

#[derive(Debug, Args)]
struct ForgetArgs {
    /// The vendor's name in the roster
    vendor: String,
    /// The account's e-mail
    email: String,
    #[command(flatten)]
    roster: RosterArgs,
}

/// Shows or repairs the record of one vendor. Sends nothing.
pub(crate) async fn record(args: &RecordArgs, terminal: &Terminal) -> Result<Exit, Error> {
    match &args.command {
        RecordCommand::Show(args) => show(args, terminal),
        RecordCommand::Set(args) => set(args, terminal).await,
        RecordCommand::Forget(args) => forget(args, terminal).await,
    }
}

/// The record of a vendor of a roster.
struct Opened {
    record: Record,
    settings: VendorSettings,
    state: State,
}

impl Opened {
    /// Keeps applies away while the record is repaired: they go by what they read of it.
    async fn lock(&self, terminal: &Terminal) -> Result<Option<Lease>, Error> {
        Ok(take_lock(&self.state, &LockRequest::default(), terminal).await?)
    }
}

fn open(vendor: &str, files: &RosterArgs, terminal: &Terminal) -> Result<Opened, Error> {
    let roster: Roster = roster(files, terminal)?;
    let Some(settings) = roster.vendors.get(vendor) else {
        let names = roster.vendors.keys().map(|name| &**name);
        return Err(not_found("vendor", vendor, nearest(vendor, names)));
    };
    let state = state(&roster, &files.roster, terminal)?;
    let place = record_place(settings, &state);
    Ok(Opened {
        record: Record::new(place, settings.name.clone(), Vec::new()),
        settings: settings.clone(),
        state,
    })
}

fn show(args: &ShowArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let Opened { record, .. } = open(&args.vendor, &args.roster, terminal)?;
    let mut accounts = record.load()?;
    if let Some(person) = &args.person {
        let key = EmailKey::of(person).into_owned();
        let Some(entry) = accounts.remove(&key) else {
            let near = nearest(key.as_str(), accounts.keys().map(EmailKey::as_str));
            return Err(missing(&record, person, near));
        };
        accounts = [(key, entry)].into();
    }
    terminal.result(|out| {
        if args.format == Format::Json {
            let document = json!({ "record": record.path(), "accounts": accounts });
            return report::json::write(&document, out);
        }
        let path = record.path().display().to_string();
        writeln!(out, "{}: {} accounts", line(&path), accounts.len())?;
        for entry in accounts.values() {
            let state = if entry.active { "on" } else { "off" };
            let id = entry.id.as_deref().unwrap_or("-");
            writeln!(
                out,
                "  {:<3}  {}  id {}",
                state,
                line(&entry.email),
                line(id)
            )?;
            for (name, value) in &entry.attributes {
                let value = serde_json::to_string(value).unwrap_or_default();
                writeln!(out, "       {}: {}", line(name), line(&value))?;
            }
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

async fn set(args: &SetArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let opened = open(&args.vendor, &args.roster, terminal)?;
    let _lock = opened.lock(terminal).await?;
    let Opened {
        record, settings, ..
    } = opened;
    // The import file fills a record that does not exist yet, and only then.
    if !record.exists()? && settings.text("known_accounts").is_some() {
        return Err(format!(
            "there is no record {} yet; enter the account in the file of known_accounts, with \
             which the first apply begins it",
            record.path().display()
        )
        .into());
    }
    let mut values = Vec::new();
    for (name, text) in &args.attribute {
        values.push((name.clone(), value_of(settings.spec, name, text)?));
    }
    if !record.load()?.contains_key(&EmailKey::of(&args.email)) && args.active.is_none() {
        return Err("the account is new to the record: say whether it is on, with --active".into());
    }
    let (key, email) = (
        EmailKey::of(&args.email).into_owned(),
        Box::<str>::from(args.email.trim()),
    );
    let (active, id) = (args.active, args.id.clone());
    record
        .commit(move |draft| {
            let entry = draft.slot(&key).get_or_insert_with(Entry::default);
            if entry.email.is_empty() {
                entry.email.clone_from(&email);
            }
            if let Some(active) = active {
                entry.active = active;
                // Somebody has looked: nothing is open any more.
                entry.pending = None;
            }
            if let Some(id) = &id {
                entry.id = Some(id.as_str().into());
            }
            entry.attributes.extend(values.iter().cloned());
        })
        .await?;
    record.compact().await?;
    terminal.note(&format!("{} is corrected.", record.path().display()));
    Ok(Exit::Done)
}

async fn forget(args: &ForgetArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let opened = open(&args.vendor, &args.roster, terminal)?;
    let _lock = opened.lock(terminal).await?;
    let record = opened.record;
    let key = EmailKey::of(&args.email).into_owned();
    let accounts = record.load()?;
    if !accounts.contains_key(&key) {
        let near = nearest(key.as_str(), accounts.keys().map(EmailKey::as_str));
        return Err(missing(&record, &args.email, near));
    }
    record.commit(move |draft| *draft.slot(&key) = None).await?;
    record.compact().await?;
    terminal.note(&format!("{} is corrected.", record.path().display()));
    Ok(Exit::Done)
}

fn missing(record: &Record, email: &str, near: Option<&str>) -> Error {
    let hint = near.map(|near| format!("; did you mean {near}?"));
    format!(
        "the record {} has no account {email}{}",
        record.path().display(),
        hint.unwrap_or_default()
    )
    .into()
}

/// The value of an attribute, by the vendor's declaration of it.
fn value_of(spec: &VendorSpec, name: &str, text: &str) -> Result<Option<Value>, Error> {
    let Some(attribute) = spec.attribute(name) else {
        let names = spec.attributes.iter().map(|it| it.name);
        return Err(not_found("attribute", name, nearest(name, names)));
    };
    let wrong = |what: &str| -> Error { format!("{name} takes {what}, not {text}").into() };
    match attribute.kind {
        AttributeKind::Flag | AttributeKind::FlagMap => match text {
            "true" => Ok(Some(Value::Flag(true))),
            "false" => Ok(Some(Value::Flag(false))),
            _ => Err(wrong("true or false")),
        },
        AttributeKind::NameSet | AttributeKind::EmailSet => {
            let items: Vec<String> =
                serde_json::from_str(text).map_err(|_| wrong("a list as JSON, as in [\"A\"]"))?;
            Ok(Some(Value::set(items)))
        }
        AttributeKind::Choice(words) if !words.contains(&text) => {
            Err(wrong(&format!("one of {}", words.join(", "))))
        }
        AttributeKind::Email => Ok(Some(Value::text(EmailKey::of(text).as_str()))),
        AttributeKind::Text
        | AttributeKind::Choice(_)
        | AttributeKind::Slug(_)
        | AttributeKind::Family => Ok(Some(Value::text(text))),
    }
}

/// `NAME=VALUE`
fn parse_attribute(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write NAME=VALUE, as in role=CONTRIBUTOR")?;
    Ok((name.to_owned(), value.to_owned()))
}
