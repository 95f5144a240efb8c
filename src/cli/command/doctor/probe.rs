//! What the tenants answer of what their vendors' documentation leaves open, by reading alone.

use std::path::Path;

use crate::cli::command::certify::{salt, write};
use crate::cli::output::Error;
use crate::connector::asked::Found;
use crate::model::question::AnsweredBy;
use crate::plan::checkup::{Check, Health, Topic};
use crate::run::session::Session;
use crate::run::session::asking::certificate;

/// Asks every vendor, and writes what they answer.
pub(super) async fn probe(session: &Session, out: Option<&Path>) -> Result<Vec<Check>, Error> {
    let mut checks = Vec::new();
    let asked = session.ask().await;
    let folder = out.filter(|it| it.is_dir() || it.as_os_str().to_string_lossy().ends_with('/'));
    if out.is_some() && folder.is_none() && asked.len() != 1 {
        return Err(
            "one file holds the certificate of one vendor: name it with --vendor, or give \
                    --out a folder"
                .into(),
        );
    }
    for vendor in &asked {
        let name = &vendor.settings.name;
        let findings = match &vendor.findings {
            Ok(findings) => findings,
            Err(why) => {
                let next = "the other checks say what is in the way";
                let check = Check::bad(Topic::OpenQuestion, Health::Unknown, why, next);
                checks.push(check.at(name));
                continue;
            }
        };
        for (question, settled) in findings {
            checks.push(check(question, settled).at(name));
        }
        if let Some(out) = out {
            let file = folder.map_or(out.to_owned(), |it| it.join(format!("{name}.json")));
            write(
                &file,
                &certificate(vendor.settings, findings, &salt()?, session.today()),
            )?;
        }
    }
    Ok(checks)
}

/// One question as a check.
fn check(
    question: &crate::model::question::OpenQuestion,
    settled: &Result<Found, String>,
) -> Check {
    let id = question.id;
    let open = |why: &str, next: &str| {
        let found = format!("{id}: {why}; assumed: {}", question.assumption);
        Check::bad(Topic::OpenQuestion, Health::Unknown, found, next)
    };
    match settled {
        Ok(Found::Answer(answered)) => {
            let word = answered.answer.to_string();
            Check::ok(Topic::OpenQuestion, question.in_words(&word))
        }
        Ok(Found::Open(why)) => match question.by {
            AnsweredBy::Write => open(why, "`rosterctl certify` finds out, at a test tenant"),
            AnsweredBy::Read => open(why, "nothing has to be done: the assumption holds"),
            AnsweredBy::Person => open(
                why,
                "whoever knows can say it with `rosterctl certify --answer`; the assumption holds",
            ),
        },
        Err(why) => open(why, "run the probe again"),
    }
}
