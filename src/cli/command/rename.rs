//! `rosterctl rename`

use std::path::Path;

use clap::Args;

use super::import::place::save;
use crate::cli::args::RosterArgs;
use crate::cli::exit::Exit;
use crate::cli::open::not_found;
use crate::cli::output::{Error, Terminal};
use crate::connector;
use crate::import::merge::rename as renamed;
use crate::model::email::same_email;
use crate::model::nearest::nearest;
use crate::roster::{RosterFile, parse_within, refused_email};
use crate::run::load;

/// What `rename` takes.
#[derive(Debug, Args)]
pub(crate) struct RenameArgs {
    /// The e-mail that the person had
    #[arg(value_name = "OLD")]
    old: String,
    /// The e-mail that the person has now
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    roster: RosterArgs,
}

/// Changes somebody's e-mail in the files of a roster.
pub(crate) fn rename(args: &RenameArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let RenameArgs { old, new, roster } = args;
    if let Some(why) = refused_email(new) {
        return Err(format!("{new} is no e-mail that an account can have: {why}").into());
    }
    if same_email(old, new) {
        return Err(format!("{old} and {new} are one address").into());
    }
    let files = load::files(&roster.all());
    let parsed = load::load(&roster.all(), &connector::specs());
    if !parsed.can_be_planned() {
        terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
        return Err("the roster cannot be used; nothing was written".into());
    }
    let people = &parsed.roster.people;
    let has = |email: &str| people.iter().any(|it| same_email(&it.email.value, email));
    match (has(old), has(new)) {
        (true, true) => {
            let what = format!("the roster lists both {old} and {new}: make one entry of the two");
            return Err(what.into());
        }
        (false, false) => {
            let emails = people.iter().map(|it| &*it.email.value);
            return Err(not_found("person", old, nearest(old, emails)));
        }
        _ => {}
    }
    let mut changed: Vec<(usize, String)> = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let text = renamed(&file.text, old, new);
        let text = text.map_err(|why| format!("{} cannot be changed: {why}", file.path))?;
        changed.extend(text.map(|text| (at, text)));
    }
    let mut fresh: Vec<RosterFile> = files.clone();
    for (at, text) in &changed {
        fresh[*at].text.clone_from(text);
    }
    let again = parse_within(fresh, &connector::specs(), &parsed.roster);
    let known = again.roster.find_person(old);
    let is_done = known.is_some_and(|it| same_email(&it.email.value, new));
    if !again.can_be_planned() || !is_done {
        terminal.diagnostics(&again.diagnostics, &again.sources);
        return Err("the result would be no valid roster; nothing was written".into());
    }
    for (at, text) in &changed {
        let path = &files[*at].path;
        save(text, Path::new(path), true)
            .map_err(|error| format!("cannot write {path}: {error}"))?;
        terminal.note(&format!("Changed {path}."));
    }
    if changed.is_empty() {
        terminal.note(&format!("The roster knows already that {new} was {old}."));
    }
    Ok(Exit::Done)
}
