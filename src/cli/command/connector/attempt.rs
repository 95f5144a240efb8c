//! `rosterctl connector try`: what reading shows of a description.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::recording::{Head, Recorder, Replay};

use crate::cli::args::Format;
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal, has_errors};
use crate::connector::trial::Finding;
use crate::description::read;
use crate::http::{Backoff, Clock, Permit, Redactor, Transport};
use crate::report;
use crate::report::sanitize;
use crate::roster::RosterFile;
use crate::roster::model::Roster;
use crate::run::load::parse_described;
use crate::run::session::{Options, Session};
use crate::state::State;

#[derive(Debug, Args)]
pub(super) struct TryArgs {
    /// The description, or the name of one that ships with the program
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the vendor is
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// A secret of the description's `auth`, and the environment variable that has it
    #[arg(long = "secret", value_name = "NAME=VARIABLE", value_parser = pair)]
    secrets: Vec<(String, String)>,
    /// A setting of the description
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    settings: Vec<(String, String)>,
    /// Keep what was asked and answered in a folder, for `connector check --against`: texts get
    /// stand-ins, secrets are not kept
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Print as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
    match !name.is_empty() && name.chars().all(is_name) && !value.is_empty() {
        true => Ok((name.to_owned(), value.to_owned())),
        false => Err(String::from("write NAME=VALUE")),
    }
}

impl TryArgs {
    /// What a description is checked against: the recording's secrets and settings, and no waiting.
    pub(super) fn recorded(file: &Path, head: &Head) -> Self {
        let secrets = head.secrets.iter();
        let settings = head.settings.iter();
        Self {
            file: file.to_owned(),
            base_url: Some(String::from("https://recorded.example")),
            secrets: secrets.map(|it| (it.clone(), it.clone())).collect(),
            settings: settings.map(|(a, b)| (a.clone(), b.clone())).collect(),
            record: None,
            format: Format::Text,
        }
    }

    /// A roster with nothing but this vendor.
    fn roster(&self) -> RosterFile {
        let quoted = |text: &str| json!(text).to_string();
        let maps = |pairs: &[(String, String)], value: &dyn Fn(&str) -> String| -> Vec<String> {
            let pairs = pairs.iter();
            pairs
                .map(|(name, text)| format!("{name}: {}", value(text)))
                .collect()
        };
        let auth = maps(&self.secrets, &|it| format!("{{ env: {} }}", quoted(it)));
        let mut lines = vec![
            String::from("version: 1\nvendors:\n  tried:\n    kind: rest"),
            format!("    connector: {}", quoted(&self.file.to_string_lossy())),
            format!("    auth: {{ {} }}", auth.join(", ")),
        ];
        let base_url = self.base_url.as_ref();
        lines.extend(base_url.map(|it| format!("    base_url: {}", quoted(it))));
        let settings = maps(&self.settings, &quoted);
        lines.extend(settings.into_iter().map(|it| format!("    {it}")));
        RosterFile {
            path: String::from("the command line"),
            folder: PathBuf::new(),
            text: lines.join("\n") + "\n",
        }
    }
}

/// Reads a vendor by its description; writes nothing at the vendor.
pub(super) async fn attempt(args: &TryArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let Some(roster) = roster(args, "", terminal) else {
        return Ok(Exit::Error);
    };
    let recorder = match &args.record {
        None => None,
        Some(_) => recorder(&roster).map(Arc::new),
    };
    let transport = match &recorder {
        None => Transport::default(),
        Some(recorder) => Transport::Watched(recorder.clone()),
    };
    let tried = findings(roster, transport, None).await;
    if let (Some(recorder), Some(folder)) = (recorder, &args.record) {
        let secrets = args.secrets.iter().map(|(name, _)| name.clone());
        let settings = args.settings.iter().cloned().collect();
        let count = recorder.write(folder, secrets.collect(), settings)?;
        let place = folder.display();
        terminal.note(&format!("{count} exchanges are kept in {place}"));
    }
    tell(&tried?, args.format, terminal)
}

/// Tries a description on a recording; sends nothing.
///
/// # Errors
/// A recording that is none, and what stops the try.
pub(super) async fn again(
    file: &Path,
    recording: &Path,
    terminal: &Terminal,
) -> Result<Vec<Finding>, Error> {
    let replay = Replay::read(recording)?;
    let args = TryArgs::recorded(file, &replay.head);
    let limits = "    limits: { per_second: 1000, burst: 1000 }\n";
    let Some(roster) = roster(&args, limits, terminal) else {
        return Err(Error::from("the description does not fit the recording"));
    };
    let secrets = replay.head.secrets.iter();
    let secrets = secrets.map(|it| (it.clone(), format!("{it}-of-nobody-4f1c")));
    let secrets = HashMap::from([(Box::from(TRIED), secrets.collect())]);
    findings(roster, Transport::Within(Arc::new(replay)), Some(secrets)).await
}

/// The name of the vendor that is tried.
const TRIED: &str = "tried";

/// The roster of a try; `None` where it is not sound, which is told.
fn roster(args: &TryArgs, more: &str, terminal: &Terminal) -> Option<Roster> {
    let mut file = args.roster();
    file.text.push_str(more);
    let parsed = parse_described(file);
    if has_errors(&parsed.diagnostics) {
        terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
        return None;
    }
    Some(parsed.roster)
}

fn recorder(roster: &Roster) -> Option<Recorder> {
    let vendor = roster.vendors.get(TRIED)?;
    let text = vendor.description()?;
    let description = read(&text.name, &text.text).description?;
    Some(Recorder::new(&description, &vendor.base_url))
}

type StandIns = HashMap<Box<str>, BTreeMap<String, String>>;

async fn findings(
    roster: Roster,
    transport: Transport,
    secrets: Option<StandIns>,
) -> Result<Vec<Finding>, Error> {
    let folder = tempfile::tempdir()?;
    let moment = Timestamp::now();
    let on = moment.to_zoned(jiff::tz::TimeZone::UTC).date();
    let options = Options {
        permit: Permit::ReadOnly,
        on,
        moment,
        vendors: Vec::new(),
        backoff: Backoff {
            tries: 2,
            ..Backoff::default()
        },
        transport,
        clock: Clock::default(),
        redactor: Redactor::default(),
        secrets,
        state: State::folder(Path::new(folder.path())),
        written: None,
        only: None,
    };
    Ok(Session::open(&Arc::new(roster), &options).trial().await?)
}

/// Whether nothing is wrong.
pub(super) fn is_sound(findings: &[Finding]) -> bool {
    findings.iter().all(|it| it.holds != Some(false))
}

/// `ok`, `wrong`, or `look`: a person has to.
pub(super) fn word(finding: &Finding) -> &'static str {
    match finding.holds {
        Some(true) => "ok",
        Some(false) => "wrong",
        None => "look",
    }
}

/// A finding as a line.
pub(super) fn line(finding: &Finding) -> String {
    let text = sanitize::line(&finding.text);
    format!("{:<6} {:<12} {text}", word(finding), finding.topic)
}

/// A finding as JSON.
pub(super) fn document(finding: &Finding) -> Json {
    json!({ "result": word(finding), "topic": finding.topic, "text": finding.text })
}

fn tell(findings: &[Finding], format: Format, terminal: &Terminal) -> Result<Exit, Error> {
    let sound = is_sound(findings);
    match format {
        Format::Json => {
            let list: Vec<_> = findings.iter().map(document).collect();
            let document = json!({ "sound": sound, "findings": list });
            terminal.result(|out| report::json::write(&document, out))?;
        }
        Format::Text => terminal.result(|out| {
            for it in findings {
                writeln!(out, "{}", line(it))?;
            }
            match sound {
                true => writeln!(
                    out,
                    "\nReading is as described. What only writes show was not tried."
                ),
                false => writeln!(out, "\nMend what is wrong, then try again."),
            }
        })?,
    }
    match sound {
        true => Ok(Exit::Done),
        false => Ok(Exit::Error),
    }
}
