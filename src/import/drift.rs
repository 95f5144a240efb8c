//! Drift taken over: what a vendor holds otherwise than the roster says becomes what the roster says,
//! person by person. What would give access back to somebody who left is never taken over.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::ImportDraft;
use super::merge::{Edit, change};
use super::yaml;
use crate::model::action::{Action, ActionKind, Change};
use crate::model::email::EmailKey;
use crate::model::plan::Plan;
use crate::model::value::Value;
use crate::roster::diagnostic::FileId;
use crate::roster::model::{Person, Roster};
use crate::roster::{Layer, When, layers};

/// What of a plan's drift can be taken over.
#[derive(Debug, Default)]
pub struct Adoption {
    edits: BTreeMap<EmailKey<'static>, Vec<Edit>>,
    /// What is taken over, one clause each.
    pub taken: Vec<String>,
    /// What is left to a person, and why.
    pub left: Vec<String>,
}

/// Takes over what a plan of the roster finds about people whom that file lists.
pub fn adopt(roster: &Roster, plan: &Plan, file: FileId, on: Date) -> Adoption {
    let mut found = Adoption::default();
    for vendor in &plan.vendors {
        for action in vendor.all() {
            // A stranger is imported, or is none of this.
            let Some(person) = roster.find_person(&action.email) else {
                continue;
            };
            let about = format!("{} at {}", action.email, action.vendor);
            if person.span.file() != file {
                let path = roster.files.get(person.span.file().0 as usize);
                let path = path.map_or("another file", |it| it);
                found
                    .left
                    .push(format!("{about}: the person is listed in {path}"));
                continue;
            }
            match of_action(roster, person, action, file, on) {
                Ok((edits, told)) => {
                    let key = EmailKey::of(&person.email.value).into_owned();
                    found.edits.entry(key).or_default().extend(edits);
                    found
                        .taken
                        .extend(told.into_iter().map(|it| format!("{about}: {it}")));
                }
                Err(why) => found.left.push(format!("{about}: {why}")),
            }
        }
    }
    found
}

impl Adoption {
    /// Writes it into the text of the file.
    ///
    /// # Errors
    /// Why the file cannot be changed, in one clause.
    pub fn write(&self, text: &str) -> Result<String, String> {
        let edits = self.edits.clone().into_iter().collect();
        Ok(change(text, edits, &ImportDraft::default())?.text)
    }
}

/// The edits after which an action is not needed any more, with a clause about each.
///
/// # Errors
/// Why somebody has to decide, in one clause.
fn of_action(
    roster: &Roster,
    person: &Person,
    action: &Action,
    file: FileId,
    on: Date,
) -> Result<(Vec<Edit>, Vec<String>), String> {
    let account = || vec![Box::from("accounts"), action.vendor.clone()];
    match action.kind {
        ActionKind::Deactivate | ActionKind::Delete => Err(String::from(
            "it is still active, and who should have no access is never given it back",
        )),
        ActionKind::Create | ActionKind::Reactivate => {
            let entry = person.accounts.get(&action.vendor);
            if entry.is_some_and(|it| it.span.file() != file) {
                return Err(String::from("another file says that there is an account"));
            }
            let told = match action.kind {
                ActionKind::Create => "there is no account",
                _ => "the account is switched off",
            };
            let edit = Edit::Set(account(), String::from("false"));
            Ok((vec![edit], vec![String::from(told)]))
        }
        ActionKind::Update => {
            let (mut edits, mut told) = (Vec::new(), Vec::new());
            for change in &action.changes {
                let value = value(roster, person, action, change, file, on)?;
                let mut path = account();
                path.extend(change.attribute.splitn(2, '.').map(Box::from));
                told.push(format!(
                    "{} is {}",
                    change.attribute,
                    yaml::value_in_flow(&value)
                ));
                edits.push(Edit::Set(path, yaml::value_in_flow(&value)));
            }
            Ok((edits, told))
        }
    }
}

/// What `accounts` has to say so that an attribute is as the vendor has it.
fn value(
    roster: &Roster,
    person: &Person,
    action: &Action,
    change: &Change,
    file: FileId,
    on: Date,
) -> Result<Value, String> {
    let name = &change.attribute;
    if name == "email" {
        return Err(String::from(
            "its e-mail is another one; see `rosterctl rename`",
        ));
    }
    let Some(holds) = &change.before else {
        return Err(format!(
            "{name} is not set there, and no roster can say that"
        ));
    };
    let layered = layers(roster, person, &action.vendor, When::On(on));
    let sources = layered.iter().find(|it| it.name == *name);
    let sources = sources.map_or(&[][..], |it| &it.sources);
    let elsewhere = sources
        .iter()
        .any(|it| it.layer == Layer::Account && it.span.is_some_and(|span| span.file() != file));
    if elsewhere {
        return Err(format!("another file sets {name}"));
    }
    let Value::Set(holds) = holds else {
        return Ok(holds.clone());
    };
    let below = sources.iter().filter(|it| it.layer != Layer::Account);
    let below: BTreeSet<&str> = below
        .flat_map(|it| it.value.as_set().unwrap_or_default())
        .map(|it| &**it)
        .collect();
    let has: BTreeSet<&str> = holds.iter().map(|it| &**it).collect();
    if let Some(missing) = below.difference(&has).next() {
        return Err(format!(
            "{name} lacks {missing}, which a profile or a default gives"
        ));
    }
    Ok(Value::set(has.difference(&below).copied()))
}
