//! `rosterctl validate`

use serde_json::json;

use crate::cli::args::{CheckFormat, ValidateArgs};
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal, has_errors};
use crate::cli::tracked::{smuggled_state, tracked_state};
use crate::connector;
use crate::report::{self, annotations};
use crate::roster::diagnostic::{Diagnostic, Severity, Sources, shown};
use crate::roster::emptiness;
use crate::run::load::{load, load_untrusted};

/// Checks a roster; reads files only.
pub(crate) async fn validate(args: &ValidateArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let load = if args.untrusted { load_untrusted } else { load };
    let files = &args.roster.all();
    let mut parsed = load(files, &connector::specs());
    if parsed.is_usable() {
        parsed.diagnostics.extend(match args.untrusted {
            true => smuggled_state(&parsed.roster, files, true).await,
            false => tracked_state(&parsed.roster, files).await,
        });
        parsed.diagnostics.extend(emptiness(&parsed.roster));
    }
    if args.strict {
        parsed = parsed.strict();
    }
    let annotations = || annotations::of_diagnostics(&parsed.diagnostics, &parsed.sources);
    match args.format {
        CheckFormat::Sarif => {
            let document = annotations::sarif(&annotations());
            terminal.result(|out| report::json::write(&document, out))?;
        }
        CheckFormat::Github => {
            terminal.commands(|out| annotations::github(&annotations(), out))?;
        }
        CheckFormat::Text => {
            terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
            if parsed.is_usable() {
                let roster = &parsed.roster;
                let teams = match roster.teams.len() {
                    0 => String::new(),
                    count => format!(", {}", counted(count, "team", "teams")),
                };
                let line = format!(
                    "The roster is valid: {}, {}, {}{teams}.",
                    counted(roster.people.len(), "person", "people"),
                    counted(roster.vendors.len(), "vendor", "vendors"),
                    counted(roster.profiles.len(), "profile", "profiles")
                );
                terminal.result(|out| writeln!(out, "{line}"))?;
            }
        }
        CheckFormat::Json => {
            let list: Vec<_> = shown(&parsed.diagnostics)
                .map(|it| as_json(it, &parsed.sources))
                .collect();
            let document = json!({
                "valid": parsed.is_usable(),
                "not_shown": parsed.diagnostics.len() - list.len(),
                "diagnostics": list,
            });
            terminal.result(|out| report::json::write(&document, out))?;
            if !parsed.is_usable() {
                terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
            }
        }
    }
    if has_errors(&parsed.diagnostics) {
        Ok(Exit::Error)
    } else {
        Ok(Exit::Done)
    }
}

/// A number and its noun.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A problem in a document.
pub(super) fn as_json(diagnostic: &Diagnostic, sources: &Sources) -> serde_json::Value {
    let place = diagnostic.place.as_ref().and_then(|(span, _)| {
        let file = sources.get(span.file())?;
        Some(json!({ "file": file.path, "line": span.line(), "column": span.column() }))
    });
    json!({
        "code": diagnostic.code.as_str(),
        "severity": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "message": diagnostic.message,
        "place": place,
        "help": diagnostic.help,
    })
}
