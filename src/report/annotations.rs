//! Problems of a roster and warnings of a plan for the systems that show them beside the lines of a
//! pull request: SARIF 2.1.0, and workflow commands of GitHub.

use std::io;

use serde_json::{Value as Json, json};

use super::sanitize::line;
use crate::model::plan::{Level, Plan};
use crate::roster::diagnostic::{Diagnostic, Severity, Sources};
use crate::roster::model::Roster;

/// One remark about a line, or about no line at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// The stable code of what it is about.
    pub code: String,
    /// Whether it is an error; a warning otherwise.
    pub is_error: bool,
    /// What happened, to whom, and what to do.
    pub text: String,
    /// File, line and column, the latter from 1.
    pub place: Option<(String, u32, u32)>,
}

/// The problems of a roster.
pub fn of_diagnostics(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<Annotation> {
    let annotations = diagnostics.iter().map(|it| {
        let place = it.place.as_ref().and_then(|(span, _)| {
            let file = sources.get(span.file())?;
            Some((file.path.clone(), span.line(), span.column()))
        });
        let help = it.help.as_ref().map(|help| format!(". {help}"));
        Annotation {
            code: it.code.as_str().to_owned(),
            is_error: it.severity == Severity::Error,
            text: format!("{}{}", it.message, help.unwrap_or_default()),
            place,
        }
    });
    annotations.collect()
}

/// What a plan warns of, at the people and vendors that it is about.
pub fn of_plan(plan: &Plan, roster: &Roster) -> Vec<Annotation> {
    let place = |vendor: &str, email: Option<&str>| {
        let person = email.and_then(|email| roster.find_person(email));
        let vendor = || roster.vendors.get(vendor).map(|it| it.span);
        let span = person.map(|it| it.email.span).or_else(vendor)?;
        let file = roster.files.get(span.file().0 as usize)?;
        Some((file.to_string(), span.line(), span.column()))
    };
    let mut all = Vec::new();
    for vendor in &plan.vendors {
        let name = &vendor.name;
        let mut add = |code: &str, is_error, email: Option<&str>, text: String| {
            all.push(Annotation {
                code: code.to_owned(),
                is_error,
                text,
                place: place(name, email),
            });
        };
        if let Err(error) = &vendor.read {
            add(
                "vendor-not-read",
                true,
                None,
                format!("{name} could not be read: {error}"),
            );
        }
        for held in &vendor.held {
            let (what, email) = (held.action.kind.as_str(), &held.action.email);
            let text = format!("{name}: {what} of {email} is held: {}", held.why);
            add("held", false, Some(email), text);
        }
        for notice in vendor
            .notices
            .iter()
            .filter(|it| it.level == Level::Warning)
        {
            let email = notice.email.as_deref();
            let who = email.map(|email| format!(", {email}")).unwrap_or_default();
            add(
                "plan-warning",
                false,
                email,
                format!("{name}{who}: {}", notice.text),
            );
        }
    }
    all
}

/// Annotations as SARIF.
pub fn sarif(annotations: &[Annotation]) -> Json {
    let mut rules: Vec<&str> = annotations.iter().map(|it| &*it.code).collect();
    rules.sort_unstable();
    rules.dedup();
    let results = annotations.iter().map(|it| {
        let locations = it.place.iter().map(|(file, line, column)| {
            json!({ "physicalLocation": {
                "artifactLocation": { "uri": address(file) },
                "region": { "startLine": line, "startColumn": column },
            } })
        });
        json!({
            "ruleId": it.code,
            "level": if it.is_error { "error" } else { "warning" },
            "message": { "text": line(&it.text) },
            "locations": locations.collect::<Vec<_>>(),
        })
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rosterctl",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().map(|it| json!({ "id": it })).collect::<Vec<_>>(),
            } },
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// A path as a relative reference.
fn address(path: &str) -> String {
    let mut address = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                address.push(char::from(byte));
            }
            b'\\' => address.push('/'),
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

/// Writes annotations as workflow commands, one a line.
///
/// # Errors
/// Those of `out`.
pub fn github(annotations: &[Annotation], out: &mut dyn io::Write) -> io::Result<()> {
    for it in annotations {
        let level = if it.is_error { "error" } else { "warning" };
        let place = it.place.as_ref().map(|(file, line, column)| {
            format!("file={},line={line},col={column},", property(file))
        });
        let (place, code) = (place.unwrap_or_default(), property(&it.code));
        writeln!(out, "::{level} {place}title={code}::{}", data(&it.text))?;
    }
    Ok(())
}

/// A text that stays on its line, and means itself.
fn data(text: &str) -> String {
    line(text)
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The same as the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::diagnostic::Code;

    fn annotations() -> Vec<Annotation> {
        let place = |file: &str| Some((file.to_owned(), 3, 5));
        let of = |code: Code, is_error, text: &str, place| Annotation {
            code: code.as_str().to_owned(),
            is_error,
            text: text.to_owned(),
            place,
        };
        vec![
            of(
                Code::NotAnEmail,
                true,
                "no e-mail: 100%\n::set-env::x",
                place("a, b:c.yaml"),
            ),
            of(Code::UnknownSlug, false, "a warning", None),
        ]
    }

    #[test]
    fn a_workflow_command_is_one_line_whatever_it_says() {
        let mut out = Vec::new();
        github(&annotations(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        let first =
            "::error file=a%2C b%3Ac.yaml,line=3,col=5,title=not-an-email::no e-mail: 100%25";
        assert!(lines[0].starts_with(first), "{text}");
        assert_eq!(lines[1], "::warning title=unknown-slug::a warning");
    }

    #[test]
    fn sarif_has_a_rule_for_each_result() {
        let shown = sarif(&annotations());
        let run = &shown["runs"][0];
        assert_eq!(run["results"].as_array().unwrap().len(), 2);
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "not-an-email");
        let first = &run["results"][0];
        assert_eq!(first["level"], "error");
        let place = &first["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%2C%20b%3Ac.yaml");
        assert_eq!(place["region"]["startLine"], 3);
    }
}
