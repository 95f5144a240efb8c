//! `rosterctl connector`

mod attempt;
mod recording;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::validate::{as_json, counted};
use crate::cli::args::Format;
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal, has_errors};
use crate::description::{read, says};
use crate::report;
use crate::report::sanitize;
use crate::roster::diagnostic::{Code, Diagnostic, Sources, shown};
use crate::run::load::description_text;

#[derive(Debug, Args)]
pub(crate) struct ConnectorArgs {
    #[command(subcommand)]
    command: ConnectorCommand,
}

#[derive(Debug, Subcommand)]
enum ConnectorCommand {
    /// Check descriptions of vendors offline, and say what they prove
    ///
    /// All problems are shown in one go, each with its place. Of a description without any, each
    /// operation is listed with what will prove it. With `--against` it is also tried on exchanges
    /// that `connector try --record` kept. Exits 1 if one has a problem.
    #[command(after_help = "Examples:\n  \
        rosterctl connector check connectors/hub.yaml\n  \
        rosterctl connector check connectors/*.yaml --format json\n  \
        rosterctl connector check connectors/hub.yaml --against recordings/hub")]
    Check(CheckArgs),
    /// Read a vendor by its description, and say what is as described
    ///
    /// Sends GET alone (a login call excepted). Shows pages and totals, three accounts as the roster
    /// would see them, with e-mails masked, pointers that stand nowhere, values of `active` that are
    /// not described, and whether a look by e-mail finds who is listed and nobody else. Exits 1 if
    /// something is not as described.
    #[command(after_help = "Examples:\n  \
        rosterctl connector try hub.yaml --base-url https://hub.example.com --secret token=HUB_TOKEN\n  \
        rosterctl connector try pocketbase --base-url http://127.0.0.1:8090 --record recordings/pocketbase")]
    Try(attempt::TryArgs),
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// The descriptions
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Try the one description on the exchanges in this folder, too
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// Print as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Checks or tries descriptions.
pub(crate) async fn connector(args: &ConnectorArgs, terminal: &Terminal) -> Result<Exit, Error> {
    match &args.command {
        ConnectorCommand::Check(args) => check(args, terminal).await,
        ConnectorCommand::Try(args) => attempt::attempt(args, terminal).await,
    }
}

/// Checks descriptions; reads files only.
async fn check(args: &CheckArgs, terminal: &Terminal) -> Result<Exit, Error> {
    if args.against.is_some() && args.files.len() > 1 {
        return Err(Error::from("--against is for one description"));
    }
    let (mut documents, mut lines, mut sound) = (Vec::new(), Vec::new(), true);
    for path in &args.files {
        let file = path.display().to_string();
        let (said, diagnostics, sources) = match description_text(path) {
            Ok(text) => {
                let parsed = read(&file, &text);
                let title = parsed.description.as_ref().map(|it| it.title.to_string());
                let said = parsed.description.as_ref().map(says);
                (title.zip(said), parsed.diagnostics, parsed.sources)
            }
            Err(why) => {
                let unreadable = Diagnostic::placeless(Code::Unreadable, why);
                (None, vec![unreadable], Sources::default())
            }
        };
        sound &= !has_errors(&diagnostics);
        let mut findings = Vec::new();
        if let Some(recording) = args.against.as_ref().filter(|_| sound) {
            findings = attempt::again(path, recording, terminal).await?;
            sound &= attempt::is_sound(&findings);
        }
        match args.format {
            Format::Text => terminal.diagnostics(&diagnostics, &sources),
            Format::Json => {
                let list: Vec<_> = shown(&diagnostics)
                    .map(|it| as_json(it, &sources))
                    .collect();
                documents.push(json!({
                    "file": file,
                    "valid": !has_errors(&diagnostics),
                    "title": said.as_ref().map(|(title, _)| title),
                    "operations": said.as_ref().map(|(_, said)| said),
                    "findings": findings.iter().map(attempt::document).collect::<Vec<_>>(),
                    "diagnostics": list,
                }));
            }
        }
        if let Some((title, said)) = said {
            lines.push(format!("{file}: {}", sanitize::line(&title)));
            lines.extend(said.iter().map(|it| format!("  {}", sanitize::line(it))));
            lines.extend(findings.iter().map(attempt::line));
        }
    }
    match args.format {
        Format::Json => terminal.result(|out| {
            report::json::write(&json!({ "valid": sound, "descriptions": documents }), out)
        })?,
        Format::Text => {
            if sound {
                let files = counted(args.files.len(), "description is", "descriptions are");
                lines.push(format!("{files} sound."));
            }
            terminal.result(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))?;
        }
    }
    match sound {
        true => Ok(Exit::Done),
        false => Ok(Exit::Error),
    }
}
