//! The roster: YAML text with positions in, checked people and what each vendor should hold out.
//!
//! [`parse`] is pure: files are found and read elsewhere. It reads every file to its end, entry by
//! entry, merges them, checks what only the whole can tell, and returns all that is wrong at once.

mod accounts;
pub mod admins;
pub(crate) mod assertions;
mod auth;
pub(crate) mod base_url;
mod blocks;
mod checks;
mod desired;
pub mod diagnostic;
mod digest;
mod document;
mod emails;
mod empty;
mod ending;
mod files;
mod granted;
mod grants;
mod hidden;
pub mod history;
mod layers;
mod listed;
mod logins;
mod lost;
mod merge;
pub mod model;
mod ours;
mod people;
mod place;
pub mod preset;
mod profiles;
mod released;
mod rules;
mod said;
pub mod schema;
mod sources;
pub(crate) mod suggest;
mod teams;
mod texts;
pub mod untrusted;
pub(crate) mod values;
mod vendors;
pub(crate) mod yaml;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use desired::desired;
pub use digest::{VendorsMeaning, digest, digest_with};
pub use empty::emptiness;
pub use ending::ending;
pub use files::account_files;
pub use grants::{When, named_by_profiles};
pub use layers::{Layer, Layered, ProfileBy, Source, layers};
pub use listed::listed;
pub use lost::{losses_allowed, lost};
pub use rules::rule_changes;
pub use values::refused_email;

use crate::model::spec::VendorSpec;
use crate::roster::diagnostic::{Code, Diagnostic, FileId, Severity, Sources};
use model::Roster;
use vendors::Certify;

/// One file of a roster, read already.
#[derive(Debug, Clone)]
pub struct RosterFile {
    /// As diagnostics show it.
    pub path: String,
    /// What paths inside it are relative to.
    pub folder: PathBuf,
    /// Its text.
    pub text: String,
}

/// What came of reading a roster.
#[derive(Debug)]
pub struct Parsed {
    /// What was understood; only to be acted on if [`Parsed::is_usable`].
    pub roster: Roster,
    /// The files, for excerpts.
    pub sources: Sources,
    /// All that is wrong, by file and line.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Whether nothing is wrong but warnings.
    pub fn is_usable(&self) -> bool {
        self.diagnostics
            .iter()
            .all(|diagnostic| diagnostic.severity < Severity::Error)
    }

    /// The same with every warning as an error.
    #[must_use]
    pub fn strict(mut self) -> Self {
        for diagnostic in &mut self.diagnostics {
            diagnostic.severity = Severity::Error;
        }
        self
    }

    /// Whether a plan could be made of it: see [`Parsed::to_plan_with`].
    pub fn can_be_planned(&self) -> bool {
        let mut errors = self.diagnostics.iter();
        errors.all(|it| it.severity < Severity::Error || it.code == Code::BrokenAssertion)
    }

    /// The roster as one to plan with. An assertion that it breaks by itself is an error of whoever
    /// checks it and a warning here: the plan holds what adds to the breach, and everything else,
    /// the removals above all, goes on.
    #[must_use]
    pub fn to_plan_with(mut self) -> Self {
        for diagnostic in &mut self.diagnostics {
            if diagnostic.code == Code::BrokenAssertion {
                diagnostic.severity = Severity::Warning;
            }
        }
        self
    }
}

/// The kinds of vendors that a roster can name.
#[derive(Clone, Copy)]
pub struct Catalog<'a> {
    /// The built-in ones.
    pub kinds: &'a [&'static VendorSpec],
    /// Reads the description that a vendor of the kind `rest` names, relative to that folder. The
    /// error is one clause about it.
    pub describe: &'a dyn Fn(&Path, &str) -> Result<Described, String>,
    /// Reads the certificate of a vendor: the folder that paths are relative to, the file that the
    /// roster names, and the vendor's name. The error is one clause about it.
    pub certify: &'a Certify<'a>,
}

/// A vendor as a file describes it.
#[derive(Debug, Clone)]
pub struct Described {
    /// What the rest of the program goes by.
    pub spec: &'static VendorSpec,
    /// The description.
    pub text: Arc<model::DescriptionText>,
}

/// Reads, merges and checks a roster whose vendors are all of built-in kinds.
pub fn parse(files: Vec<RosterFile>, kinds: &[&'static VendorSpec]) -> Parsed {
    let describe = |_: &Path, _: &str| Err(String::from("descriptions are not read here"));
    let catalog = Catalog {
        kinds,
        describe: &describe,
        certify: &|_, _, _| Ok(None),
    };
    parse_with(files, catalog, Vec::new())
}

/// The same of a text that belongs to a roster which was read already: its descriptions are those of
/// that roster, by the names it gives them.
pub fn parse_within(
    files: Vec<RosterFile>,
    kinds: &[&'static VendorSpec],
    roster: &Roster,
) -> Parsed {
    let describe = |_: &Path, name: &str| {
        let mut vendors = roster.vendors.values();
        let found = vendors.find_map(|vendor| {
            let text = vendor.description().filter(|it| *it.name == *name)?;
            Some(Described {
                spec: vendor.spec,
                text: text.clone(),
            })
        });
        found.ok_or_else(|| format!("{name} is not read here"))
    };
    let certify = |_: &Path, _: Option<&str>, name: &str| {
        let vendor = roster.vendors.get(name);
        Ok(vendor.and_then(|it| it.certificate.clone()))
    };
    let catalog = Catalog {
        kinds,
        describe: &describe,
        certify: &certify,
    };
    parse_with(files, catalog, Vec::new())
}

/// The same, with what went wrong before: when a file could not be read, a name that is not known
/// is not reported, it may stand there.
pub fn parse_with(files: Vec<RosterFile>, catalog: Catalog<'_>, before: Vec<Diagnostic>) -> Parsed {
    let files: Vec<RosterFile> = files.into_iter().map(without_mark).collect();
    let mut draft = merge::RosterDraft::new(catalog);
    draft.partial = !before.is_empty();
    draft.problems.list = before;
    let mut order: Vec<(FileId, &RosterFile)> = (0..).map(FileId).zip(&files).collect();
    // Accounts can be read at once where their vendor is known, so files that may define vendors
    // come first. That saves memory and changes nothing else.
    order.sort_by_key(|(_, file)| !file.text.contains("vendors"));
    for (id, file) in order {
        document::read(&mut draft, id, &file.folder, &file.text);
    }
    let merged = draft.finish();
    let mut problems = merged.problems;
    checks::check(&merged.roster, &mut problems);
    if problems.list.iter().all(|it| it.severity < Severity::Error) {
        // Of a roster with faults nobody can say what it will come to.
        assertions::check(&merged.roster, &mut problems);
    }
    let mut diagnostics = problems.list;
    let mut roster = merged.roster;
    roster.files = files.iter().map(|file| file.path.as_str().into()).collect();
    let mut sources = Sources::default();
    for file in files {
        sources.add(file.path, file.text);
    }
    for assertion in &mut roster.assertions {
        assertion.place = sources.locate(assertion.span).into();
    }
    for (file, lines) in merged.hidden {
        sources.hide(file, lines);
    }
    for diagnostic in &mut diagnostics {
        let place = diagnostic.place.as_ref();
        diagnostic.hide_source |= place.is_some_and(|(span, _)| sources.is_hidden(*span));
    }
    diagnostics.sort_by_key(|diagnostic| {
        let place = diagnostic.place.as_ref().map(|(span, _)| *span);
        (place, diagnostic.code)
    });
    Parsed {
        roster,
        sources,
        diagnostics,
    }
}

/// Whether every vendor has that key, or a kind that is described in a file.
pub(crate) fn is_vendor_key(key: &str) -> bool {
    let keys = vendors::KEYS.iter().map(|(name, _)| *name);
    keys.chain(["connector", "login", "mode", "token_url"])
        .any(|it| it == key)
}

/// A byte order mark is no part of the first line.
fn without_mark(mut file: RosterFile) -> RosterFile {
    if file.text.starts_with('\u{feff}') {
        file.text.drain(..'\u{feff}'.len_utf8());
    }
    file
}

#[cfg(test)]
mod tests;
