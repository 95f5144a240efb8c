//! `rosterctl import --source`: people from an export. No vendor is asked.

use super::{ImportArgs, paths, place};
use crate::cli::command::validate::counted;
use crate::cli::exit::Exit;
use crate::cli::open::{not_found, today};
use crate::cli::output::{Error, Terminal};
use crate::connector;
use crate::import::people::{Comparison, compare};
use crate::model::few::few_of;
use crate::model::nearest::nearest;
use crate::regular;
use crate::report::sanitize::line;
use crate::roster::diagnostic::{FileId, Severity};
use crate::roster::{RosterFile, losses_allowed, parse_within};
use crate::run::load;

/// Compares the roster with an export, and shows the difference or writes it.
pub(super) fn from_source(
    args: &ImportArgs,
    name: &str,
    terminal: &Terminal,
) -> Result<Exit, Error> {
    let paths = paths(args);
    let files = load::files(&paths);
    let parsed = load::load(&paths, &connector::specs());
    terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
    if !parsed.can_be_planned() {
        return Err("the roster cannot be used; nothing was written".into());
    }
    let roster = parsed.roster;
    let Some(source) = roster.sources.get(name) else {
        let names = roster.sources.keys().map(|name| &**name);
        return Err(not_found("source", name, nearest(name, names)));
    };
    let bytes = regular::read(&source.path, "an export is a regular file")
        .map_err(|error| format!("{} cannot be read: {error}", source.path.display()))?;
    let on = today()?;
    let in_words = |why: String| Error::from(format!("{}: {why}", source.written));
    let found = compare(&roster, name, &bytes, on).map_err(in_words)?;
    for text in &found.left_out {
        terminal.note(&format!("left out: {}", line(text)));
    }
    refuse_losses(&found, args.allow_lost_people)?;
    let Some(merge) = &args.merge else {
        show(&found, terminal)?;
        terminal.note(&sums(&found));
        return Ok(Exit::Done);
    };
    let target = place::target(merge, &files)?;
    let path = args
        .out
        .clone()
        .unwrap_or_else(|| (&*files[target].path).into());
    if args.out.is_some() {
        place::refuse_to_overwrite(&path, args.force, &files, Some(target))?;
    }
    let at = file_id(target);
    if found.is_empty() && args.out.is_none() {
        terminal.note(&sums(&found));
        return Ok(Exit::Done);
    }
    let cannot = |why: &str| place::cannot_add(&files[target], why);
    let text = found
        .write(&files[target].text, at)
        .map_err(|why| cannot(&why))?;
    let mut again: Vec<RosterFile> = files.clone();
    again[target].text.clone_from(&text);
    let parsed = parse_within(again, &connector::specs(), &roster);
    if !parsed.can_be_planned() {
        let mut errors = parsed.diagnostics;
        errors.retain(|it| it.severity == Severity::Error);
        terminal.diagnostics(&errors, &parsed.sources);
        return Err(cannot("the result is no valid roster"));
    }
    let left = compare(&parsed.roster, name, &bytes, on).map_err(in_words)?;
    if !left.new.is_empty() || left.changed.iter().any(|it| it.file == at) {
        return Err(cannot("the result does not say what the export says"));
    }
    if text != files[target].text || args.out.is_some() {
        place::save(&text, &path, true)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    for change in &left.changed {
        let file = &files[change.file.0 as usize].path;
        let told = change.told.join("; ");
        terminal.note(&line(&format!(
            "left to you: {} in {file}: {told}",
            change.email
        )));
    }
    terminal.note(&format!("{} Written to {}.", sums(&found), path.display()));
    Ok(Exit::Done)
}

fn file_id(at: usize) -> FileId {
    FileId(u32::try_from(at).unwrap_or(u32::MAX))
}

/// One line for each person.
fn show(found: &Comparison, terminal: &Terminal) -> Result<(), Error> {
    let new = found.new.iter().map(|person| {
        let keys = person.source.iter().map(|(_, key)| &*key.value);
        let keys: Vec<&str> = keys.collect();
        format!("+ {}  {}", person.email.value, keys.join(", "))
    });
    let changed = found.changed.iter().map(|change| {
        let sign = if found.lost.contains(&change.email) {
            "-"
        } else {
            "~"
        };
        format!("{sign} {}  {}", change.email, change.told.join("; "))
    });
    let lines: Vec<String> = new.chain(changed).map(|it| line(&it)).collect();
    terminal.result(|out| {
        for line in lines {
            writeln!(out, "{line}")?;
        }
        Ok(())
    })
}

/// `2 new, 3 changed, 1 who left.`
fn sums(found: &Comparison) -> String {
    if found.is_empty() {
        return String::from("The roster says what the export says.");
    }
    let (new, lost) = (found.new.len(), found.lost.len());
    let changed = found.changed.len() - lost;
    format!(
        "{} new, {changed} changed, {lost} who left.",
        counted(new, "person", "people")
    )
}

/// An export that was cut must not look like many leavers.
fn refuse_losses(found: &Comparison, allowed: Option<u64>) -> Result<(), Error> {
    let number = found.lost.len();
    let allowed = allowed.unwrap_or_else(|| losses_allowed(found.active));
    if number as u64 <= allowed {
        return Ok(());
    }
    let named = few_of(&found.lost, number, ", ");
    Err(format!(
        "by this export {number} of {} lose their access ({allowed} may in one change): {named}; if \
         they have left, allow it with --allow-lost-people {number}; nothing was written",
        counted(found.active, "active person", "active people")
    )
    .into())
}
