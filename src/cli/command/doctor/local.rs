//! What can be checked on this machine, without any vendor. Leaves nothing behind.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diagnostic::Severity;
use crate::journal::file;
use crate::reconcile::checkup::{Check, State, Topic};
use crate::roster::Parsed;
use crate::roster::model::{SecretRef, VendorSettings};
use crate::session::{Session, record_path};
use crate::state::lock::{describe, holder};
use crate::state::record::Record;
use crate::vendor::spec::ReadFrom;

/// Whether the roster can be used.
pub(super) fn roster(parsed: &Parsed) -> Check {
    let count = |severity| {
        let all = parsed.diagnostics.iter();
        all.filter(|it| it.severity == severity).count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let next = "rosterctl validate shows each with its place";
    let (people, vendors) = (parsed.roster.people.len(), parsed.roster.vendors.len());
    let size = format!("people: {people}, vendors: {vendors}");
    match (errors, warnings) {
        (0, 0) => Check::ok(Topic::Roster, size),
        (0, _) => {
            let found = format!("{size}, warnings: {warnings}");
            Check::bad(Topic::Roster, State::Warn, found, next)
        }
        _ => {
            let found = format!("cannot be used, errors: {errors}");
            Check::bad(Topic::Roster, State::Fail, found, next)
        }
    }
}

/// The state folder and what is in it.
pub(super) fn state(folder: &Path, session: &Session) -> Vec<Check> {
    let busy = holder(folder);
    let mut checks = vec![writable(folder), lock(folder, &busy)];
    checks.push(journal(folder, matches!(busy, Ok(Some(_)))));
    checks.extend(files(folder, session));
    let vendors = session.apis().map(|(settings, _)| settings);
    checks.extend(vendors.filter_map(|it| record(it, folder)));
    checks
}

fn writable(folder: &Path) -> Check {
    let topic = Topic::StateFolder;
    let shown = folder.display();
    // What is not there yet is made below the nearest folder that is.
    let there = folder.ancestors().find(|it| it.is_dir());
    let place = there.unwrap_or(Path::new("."));
    let is_new = place != folder;
    match tempfile::tempfile_in(place) {
        Ok(_) if is_new => Check::ok(topic, format!("{shown} can be made")),
        Ok(_) => Check::ok(topic, format!("{shown} can be written")),
        Err(error) => Check::bad(
            topic,
            State::Fail,
            format!("{shown} cannot be written: {error}"),
            "let this user write there, or move it with `state:` in the roster; nothing is applied \
             without a journal",
        ),
    }
}

type Busy = std::io::Result<Option<Option<crate::state::lock::Holder>>>;

fn lock(folder: &Path, busy: &Busy) -> Check {
    let topic = Topic::Lock;
    match busy {
        Ok(None) => Check::ok(topic, "free"),
        Ok(Some(holder)) => Check::bad(
            topic,
            State::Warn,
            format!("a run is at work: {}", describe(holder.as_ref())),
            "wait for it; apply --lock-timeout 10m does",
        ),
        Err(error) => Check::bad(
            topic,
            State::Fail,
            format!("{} cannot be read: {error}", folder.join("lock").display()),
            "let this user read and write it",
        ),
    }
}

fn journal(folder: &Path, busy: bool) -> Check {
    let topic = Topic::Journal;
    let left = file::unfinished(folder);
    match left.first() {
        None => Check::ok(topic, "every run came to its end"),
        // The newest is that of the run that is at work.
        Some(_) if busy && left.len() == 1 => Check::ok(topic, "one run is at work"),
        Some(path) => Check::bad(
            topic,
            State::Warn,
            format!("a run was cut off: {}", path.display()),
            "the next apply looks what became of it, before anything else",
        ),
    }
}

/// A record that is there has to be readable; one that has to be there is missed.
fn record(settings: &VendorSettings, state: &Path) -> Option<Check> {
    let topic = Topic::Record;
    let path = record_path(settings, state);
    let by_record = settings.spec.read == ReadFrom::Record;
    let log = PathBuf::from(format!("{}.log", path.display()));
    let check = if !path.exists() && !log.exists() {
        if !by_record {
            return None;
        }
        Check::bad(
            topic,
            State::Warn,
            format!("there is none at {}", path.display()),
            "right before the first apply; later, bring it back from Git or a backup: without it \
             nobody knows who has an account",
        )
    } else {
        match Record::new(&path, settings.name.clone(), Vec::new()).load() {
            Ok(accounts) => Check::ok(
                topic,
                format!("{}, accounts: {}", path.display(), accounts.len()),
            ),
            Err(error) => {
                let next = "mend it before the next run; nothing is planned here until then";
                Check::bad(topic, State::Fail, error.to_string(), next)
            }
        }
    };
    Some(check.at(&settings.name))
}

/// Journals and secrets are nobody else's business.
#[cfg(unix)]
fn files(folder: &Path, session: &Session) -> Option<Check> {
    use std::os::unix::fs::PermissionsExt as _;
    let secrets = session.apis().flat_map(|(settings, _)| {
        settings.auth.values().filter_map(|secret| match secret {
            SecretRef::File(path) => Some(path.clone()),
            SecretRef::Env(_) | SecretRef::Command(_) => None,
        })
    });
    let journals = fs::read_dir(file::folder(folder)).into_iter().flatten();
    let journals = journals.filter_map(|entry| Some(entry.ok()?.path()));
    let open: Vec<String> = secrets
        .chain(journals)
        .filter(|path| {
            let mode = fs::metadata(path).map(|it| it.permissions().mode());
            mode.is_ok_and(|mode| mode & 0o077 != 0)
        })
        .map(|path| path.display().to_string())
        .collect();
    Some(match open.as_slice() {
        [] => Check::ok(Topic::Files, "secrets and journals are their owner's only"),
        [first, ..] => Check::bad(
            Topic::Files,
            State::Warn,
            format!("others may read {}", open.join(", ")),
            format!("chmod 600 {first}"),
        ),
    })
}

#[cfg(not(unix))]
fn files(_: &Path, _: &Session) -> Option<Check> {
    None
}
