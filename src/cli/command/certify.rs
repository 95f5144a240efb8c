//! `rosterctl certify`

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::args::{ContextArgs, Format, LockOptions, RosterArgs, ScopeArgs};
use crate::cli::exit::Exit;
use crate::cli::open::{in_sandbox, now, open_within};
use crate::cli::output::{Error, Terminal};
use crate::cli::replace::{Readers, replace};
use crate::connector::asked::{Found, Left};
use crate::http::WriteScope;
use crate::model::certificate::{Certificate, differences};
use crate::report::sanitize::line;
use crate::roster::model::VendorSettings;
use crate::roster::refused_email;
use crate::run::certify::{
    Certified, CertifyError, Request, addresses, announced, certify as run, stated,
};
use crate::run::locked::{LockedRun, Request as RunRequest};
use crate::run::session::asking::certificate;
use crate::state::thrown;

#[derive(Debug, Args)]
pub(crate) struct CertifyArgs {
    /// The vendor, by its name in the roster
    #[arg(value_name = "VENDOR", required_unless_present = "diff")]
    vendor: Option<String>,
    #[command(flatten)]
    roster: RosterArgs,
    /// The address of the account to make: one that nobody has
    #[arg(long, value_name = "EMAIL", required_unless_present = "diff")]
    account: Option<String>,
    /// The host of the vendor's address, once more: this writes, and belongs at a test tenant
    #[arg(long, value_name = "HOST", required_unless_present = "diff")]
    tenant: Option<String>,
    /// Write the certificate to this file; default: certificates/VENDOR.json beside the roster
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Put down what a person knows of a question that no call answers; the certificate marks it as
    /// said and not seen (repeatable)
    #[arg(long, value_name = "QUESTION=ANSWER")]
    answer: Vec<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Compare two certificates and do nothing else
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = ["vendor", "account", "tenant", "answer", "out", "yes"])]
    diff: Vec<PathBuf>,
    /// Print as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    lock: LockOptions,
    #[command(flatten)]
    context: ContextArgs,
    /// Use a sandbox instead of the real vendor, as plan does
    #[cfg(feature = "sandbox")]
    #[arg(long)]
    sandbox: bool,
}

/// Says every call, asks, makes an account and asks the tenant on it.
pub(crate) async fn certify(args: &CertifyArgs, terminal: &Terminal) -> Result<Exit, Error> {
    if let [old, new] = args.diff.as_slice() {
        return diff(old, new, args.format, terminal);
    }
    let (Some(vendor), Some(email), Some(host)) = (&args.vendor, &args.account, &args.tenant)
    else {
        return Err("give a vendor, --account and --tenant".into());
    };
    if let Some(why) = refused_email(email) {
        return Err(format!("--account {}: {why}", line(email)).into());
    }
    let only = WriteScope::default();
    let scope = ScopeArgs {
        #[cfg(feature = "sandbox")]
        sandbox: args.sandbox,
        ..ScopeArgs::of(&args.roster, std::slice::from_ref(vendor))
    };
    let opened = open_within(&scope, &only, terminal).await?;
    let (settings, _) = opened.session.vendor(vendor)?;
    // A sandbox is nobody's tenant.
    if !in_sandbox(&scope) {
        same_host(settings, host)?;
    }
    let said = args.answer.iter();
    let said = said.map(|it| {
        stated(settings.spec.questions, it).map_err(|it| format!("--answer {}", line(&it)))
    });
    let said = said.collect::<Result<Vec<_>, _>>()?;
    let out = match &args.out {
        Some(out) => out.clone(),
        None => beside(args, vendor),
    };
    let request = RunRequest {
        lock: args.lock.request(),
        context: args.context.read()?,
        ..RunRequest::default()
    };
    let locked = LockedRun::begin(&opened.session, &request, terminal).await?;
    let emails = addresses(settings, email);
    let left = thrown::left(opened.session.state(), vendor)?;
    let questioned = opened.session.questioned(vendor)?;
    let place = line(&settings.place());
    terminal.note(&format!(
        "At {place} this will ({{account}} is the address or the id of an account made here):"
    ));
    for step in announced(questioned, settings.spec.questions, &emails, &left) {
        terminal.note(&format!("  {}", line(&step.to_string())));
    }
    if !args.yes && !terminal.ask("Do that?").await? {
        return Err("not agreed; nothing was written".into());
    }
    // From here on a request to stop must not leave an account behind.
    let mark = salt()?;
    let asked = Request {
        vendor,
        email,
        mark: mark.get(..8).unwrap_or(&mark),
        scope: &only,
        stated: &said,
    };
    let shield = terminal.signals().shield();
    let certified = run(&locked, &opened.roster, &asked, now()?).await;
    drop(shield);
    let certified = match certified {
        Ok(certified) => certified,
        Err(error @ CertifyError::Refused(_)) => return Err(error.into()),
        Err(error) => {
            terminal.error(&error.into());
            return Ok(Exit::Unfinished);
        }
    };
    let made = certificate(
        settings,
        &certified.findings,
        &salt()?,
        opened.session.today(),
    );
    write(&out, &made)?;
    tell(&certified, &made, args.format, terminal)?;
    terminal.note(&format!("The certificate is {}.", out.display()));
    let on = certified.left.iter().any(|(_, left)| *left == Left::On);
    Ok(if on { Exit::Unfinished } else { Exit::Done })
}

/// Where a certificate lies that no roster has to name.
fn beside(args: &CertifyArgs, vendor: &str) -> PathBuf {
    let first = crate::run::load::named(&args.roster.roster)
        .into_iter()
        .next();
    let first = first.unwrap_or_default();
    let folder = match first.is_dir() {
        true => first,
        false => first.parent().map(Path::to_owned).unwrap_or_default(),
    };
    folder
        .join(crate::run::load::CERTIFICATES)
        .join(format!("{vendor}.json"))
}

/// The host that was given has to be that of the vendor's address, with or without its port.
fn same_host(settings: &VendorSettings, given: &str) -> Result<(), Error> {
    let address = url::Url::parse(&settings.base_url)?;
    let host = address.host_str().unwrap_or_default();
    let with_port = address.port().map(|port| format!("{host}:{port}"));
    if given.eq_ignore_ascii_case(host) || with_port.as_deref() == Some(given) {
        return Ok(());
    }
    Err(format!(
        "--tenant says {} and {} is at {host}; nothing was written",
        line(given),
        settings.name
    )
    .into())
}

/// A text unlike any other.
pub(super) fn salt() -> Result<String, Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random numbers: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes a certificate.
pub(super) fn write(file: &Path, certificate: &Certificate) -> Result<(), Error> {
    let text = certificate.write();
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    replace(file, Readers::Everybody, |out| {
        out.write_all(text.as_bytes())
    })
    .map_err(|error| format!("{} cannot be written: {error}", file.display()).into())
}

fn tell(
    certified: &Certified,
    made: &Certificate,
    format: Format,
    terminal: &Terminal,
) -> Result<(), Error> {
    if format == Format::Json {
        let text = made.write();
        return terminal.result(|out| out.write_all(text.as_bytes()));
    }
    terminal.result(|out| {
        for (question, settled) in &certified.findings {
            let id = question.id;
            match settled {
                Ok(Found::Answer(answered)) => {
                    let word = answered.answer.to_string();
                    let by = if answered.stated {
                        ", as a person says"
                    } else {
                        ""
                    };
                    writeln!(out, "{}{by}", question.in_words(&word))?;
                }
                Ok(Found::Open(why)) => writeln!(out, "{id}: open: {why}")?,
                Err(why) => writeln!(out, "{id}: open: {}", line(why))?,
            }
        }
        for (email, left) in &certified.left {
            let email = line(email);
            match left {
                Left::Nothing => writeln!(out, "{email} is taken away again")?,
                Left::Off => writeln!(out, "{email} is left switched off: nothing here deletes")?,
                Left::On => writeln!(out, "{email} is left and on: switch it off by hand")?,
            }
        }
        Ok(())
    })
}

/// What two certificates answer differently.
fn diff(old: &Path, new: &Path, format: Format, terminal: &Terminal) -> Result<Exit, Error> {
    let [one, other] = [old, new].map(read);
    let (one, other) = (one?, other?);
    let differ = differences(&one, &other);
    let word = |answer: Option<&crate::model::certificate::Answer>| match answer {
        Some(answer) => line(&answer.to_string()),
        None => String::from("not answered"),
    };
    terminal.result(|out| match format {
        Format::Json => {
            let rows = differ.iter().map(
                |(id, before, after)| json!({ "question": id, "before": before, "after": after }),
            );
            let rows: Vec<_> = rows.collect();
            writeln!(
                out,
                "{:#}",
                json!({ "kind": [one.kind, other.kind], "differences": rows })
            )
        }
        Format::Text => {
            if one.kind != other.kind {
                writeln!(out, "kind: {} → {}", line(&one.kind), line(&other.kind))?;
            }
            for (id, before, after) in &differ {
                writeln!(out, "{}: {} → {}", line(id), word(*before), word(*after))?;
            }
            match differ.is_empty() {
                true => writeln!(out, "No differences."),
                false => Ok(()),
            }
        }
    })?;
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<Certificate, Error> {
    let shown = path.display();
    let bytes = crate::run::load::certificate_bytes(path);
    let bytes = bytes.map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{shown} is not UTF-8"))?;
    Ok(Certificate::read(&text).map_err(|error| format!("{shown}: {error}"))?)
}
