//! `rosterctl connector try`: what reading shows of a description.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::args::Format;
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal, has_errors};
use crate::http::{Backoff, Clock, Permit, Redactor, Transport};
use crate::report;
use crate::report::sanitize;
use crate::roster::RosterFile;
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

/// Reads a vendor by its description; writes nothing anywhere.
pub(super) async fn attempt(args: &TryArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let parsed = parse_described(args.roster());
    if has_errors(&parsed.diagnostics) {
        terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
        return Ok(Exit::Error);
    }
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
        transport: Transport::default(),
        clock: Clock::default(),
        redactor: Redactor::default(),
        secrets: None,
        state: State::folder(Path::new(folder.path())),
        written: None,
    };
    let session = Session::open(&Arc::new(parsed.roster), &options);
    let findings = session.trial().await?;
    let sound = findings.iter().all(|it| it.holds != Some(false));
    let word = |holds: Option<bool>| match holds {
        Some(true) => "ok",
        Some(false) => "wrong",
        None => "look",
    };
    match args.format {
        Format::Json => {
            let list: Vec<_> = findings
                .iter()
                .map(|it| json!({ "result": word(it.holds), "topic": it.topic, "text": it.text }))
                .collect();
            let document = json!({ "sound": sound, "findings": list });
            terminal.result(|out| report::json::write(&document, out))?;
        }
        Format::Text => terminal.result(|out| {
            for it in &findings {
                let text = sanitize::line(&it.text);
                writeln!(out, "{:<6} {:<12} {text}", word(it.holds), it.topic)?;
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
