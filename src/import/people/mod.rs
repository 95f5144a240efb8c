//! People from an export of a personnel system or a directory: what it says is compared with the
//! roster, and written into a file of it, person by person. Pure; the command reads and writes.

mod compare;
mod decode;
mod listed;
mod table;

use jiff::civil::Date;

use super::merge::{Edit, change};
use super::{Drafted, ImportDraft};
use crate::model::email::EmailKey;
use crate::roster::diagnostic::FileId;
use crate::roster::model::{Person, Roster};

/// What an export changes in a roster.
#[derive(Debug, Default)]
pub struct Comparison {
    /// People whom the roster does not list.
    pub new: Vec<Person>,
    /// People of whom it says something else.
    pub changed: Vec<ChangedPerson>,
    /// Rows that say nothing that can be relied on, and changes that somebody has to make by hand.
    pub left_out: Vec<String>,
    /// E-mails of people who lose their access by this.
    pub lost: Vec<Box<str>>,
    /// People of this source who have access now.
    pub active: usize,
}

/// Somebody of whom an export says something else than the roster.
#[derive(Debug)]
pub struct ChangedPerson {
    /// The e-mail that the roster has.
    pub email: Box<str>,
    /// The file that lists the person.
    pub file: FileId,
    /// What changes, in words.
    pub told: Vec<String>,
    edits: Vec<Edit>,
}

/// Compares an export with the roster. Nobody is new whose last day is over by `on`.
///
/// # Errors
/// The export cannot be understood, or lists nobody; in one clause.
pub fn compare(roster: &Roster, name: &str, bytes: &[u8], on: Date) -> Result<Comparison, String> {
    let source = roster.sources.get(name).ok_or("there is no such source")?;
    let export = listed::export(bytes, source)?;
    if export.people.is_empty() {
        let first = export.refused.first();
        let why = first.map_or_else(String::new, |first| format!("; {first}"));
        return Err(format!("it lists nobody{why}"));
    }
    Ok(compare::compare(roster, name, source, export, on))
}

impl Comparison {
    /// Whether the roster says all that the export says.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty()
    }

    /// Writes what is new, and what changes of people in that file, into its text.
    ///
    /// # Errors
    /// Why the file cannot be changed, in one clause.
    pub fn write(&self, text: &str, file: FileId) -> Result<String, String> {
        let here = self.changed.iter().filter(|it| it.file == file);
        let changes = here.map(|it| {
            let key = EmailKey::of(&it.email).into_owned();
            (key, it.edits.clone())
        });
        let drafted = |person: &Person| Drafted {
            person: person.clone(),
            remarks: Vec::new(),
        };
        let draft = ImportDraft {
            people: self.new.iter().map(drafted).collect(),
            ..ImportDraft::default()
        };
        Ok(change(text, changes.collect(), &draft)?.text)
    }
}

#[cfg(test)]
mod tests;
