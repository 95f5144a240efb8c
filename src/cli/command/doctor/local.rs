//! What can be checked without any vendor: this machine, and the state wherever it lies. Leaves
//! nothing behind.

use std::fs;
use std::path::Path;

use crate::model::spec::ReadFrom;
use crate::plan::checkup::{Check, Health, Topic};
use crate::roster::Parsed;
use crate::roster::diagnostic::Severity;
use crate::roster::model::{SecretRef, VendorSettings};
use crate::run::session::{Session, record_place};
use crate::state::State;
use crate::state::journal::parts;
use crate::state::lease::{Holder, LeaseError, at_work};
use crate::state::probe::probe;
use crate::state::record::Record;

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
            Check::bad(Topic::Roster, Health::Warn, found, next)
        }
        _ => {
            let found = format!("cannot be used, errors: {errors}");
            Check::bad(Topic::Roster, Health::Fail, found, next)
        }
    }
}

/// The state and what is in it.
pub(super) fn state(state: &State, session: &Session) -> Vec<Check> {
    let busy = at_work(state.store(), state.here());
    let mut checks = vec![usable(state), lock(state, &busy)];
    checks.push(journal(state, matches!(busy, Ok(Some(_)))));
    checks.extend(files(state, session));
    let vendors = session.apis().map(|(settings, _)| settings);
    checks.extend(vendors.filter_map(|it| record(it, state)));
    checks
}

fn usable(state: &State) -> Check {
    match state.store().folder() {
        Some(folder) => writable(folder),
        None => honest(state),
    }
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
            Health::Fail,
            format!("{shown} cannot be written: {error}"),
            "let this user write there, or move it with `state:` in the roster; nothing is applied \
             without a journal",
        ),
    }
}

/// An object store has to be there, to let us write, and to refuse a write whose condition does not
/// hold. What is written to learn that is gone afterwards.
fn honest(state: &State) -> Check {
    let topic = Topic::StateFolder;
    match probe(state.store(), &state.here().nonce(), &state.here().clock) {
        Ok(clock) => match clock.skew() {
            None => {
                let place = state.store().place();
                Check::ok(
                    topic,
                    format!("{place} can be written and honours conditions"),
                )
            }
            Some(skew) => Check::bad(topic, Health::Warn, skew, "set this machine's clock"),
        },
        Err(error) => Check::bad(
            topic,
            Health::Fail,
            error.to_string(),
            "docs/state.md has the variables and the rights; nothing is applied without it",
        ),
    }
}

type Busy = Result<Option<Option<Holder>>, LeaseError>;

fn lock(state: &State, busy: &Busy) -> Check {
    let topic = Topic::Lock;
    match busy {
        Ok(None) => Check::ok(topic, "free"),
        Ok(Some(holder)) => {
            let unknown = || String::from("its lock does not say which");
            let holder = holder.as_ref().map_or_else(unknown, Holder::describe);
            Check::bad(
                topic,
                Health::Warn,
                format!("a run is at work: {holder}"),
                "wait for it; apply --lock-timeout 10m does",
            )
        }
        Err(error) => Check::bad(
            topic,
            Health::Fail,
            format!(
                "the lock at {} cannot be read: {error}",
                state.store().place()
            ),
            "let this user read and write it",
        ),
    }
}

fn journal(state: &State, busy: bool) -> Check {
    let topic = Topic::Journal;
    let left = match parts::unfinished(state.store()) {
        Ok(left) => left,
        Err(error) => {
            let next = "let this user read the state";
            return Check::bad(topic, Health::Fail, error.to_string(), next);
        }
    };
    match left.first() {
        None => Check::ok(topic, "every run came to its end"),
        // The newest is that of the run that is at work.
        Some(_) if busy && left.len() == 1 => Check::ok(topic, "one run is at work"),
        Some(run) => Check::bad(
            topic,
            Health::Warn,
            format!("a run was cut off: {}", parts::place(state.store(), run)),
            "the next apply looks what became of it, before anything else",
        ),
    }
}

/// A record that is there has to be readable; one that has to be there is missed.
fn record(settings: &VendorSettings, state: &State) -> Option<Check> {
    let topic = Topic::Record;
    let place = record_place(settings, state);
    let record = Record::new(place, settings.name.clone(), Vec::new());
    let path = record.path();
    let by_record = settings.spec.read == ReadFrom::Record;
    let loaded = record.load();
    let check = if loaded.is_ok() && record.exists() == Ok(false) {
        if !by_record {
            return None;
        }
        Check::bad(
            topic,
            Health::Warn,
            format!("there is none at {}", path.display()),
            "right before the first apply; later, bring it back from Git or a backup: without it \
             nobody knows who has an account",
        )
    } else {
        match loaded {
            Ok(accounts) => Check::ok(
                topic,
                format!("{}, accounts: {}", path.display(), accounts.len()),
            ),
            Err(error) => {
                let next = "mend it before the next run; nothing is planned here until then";
                Check::bad(topic, Health::Fail, error.to_string(), next)
            }
        }
    };
    Some(check.at(&settings.name))
}

/// Journals and secrets are nobody else's business.
#[cfg(unix)]
fn files(state: &State, session: &Session) -> Option<Check> {
    use std::os::unix::fs::PermissionsExt as _;
    let secrets = session.apis().flat_map(|(settings, _)| {
        settings.auth.values().filter_map(|secret| match secret {
            SecretRef::File(path) => Some(path.clone()),
            SecretRef::Env(_) | SecretRef::Command(_) => None,
        })
    });
    let kept = state.store().folder().map(|folder| {
        let keys = state.store().list("journal").unwrap_or_default();
        keys.into_iter().map(|key| folder.join(key))
    });
    let journals = kept.into_iter().flatten();
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
            Health::Warn,
            format!("others may read {}", open.join(", ")),
            format!("chmod 600 {first}"),
        ),
    })
}

#[cfg(not(unix))]
fn files(_: &State, _: &Session) -> Option<Check> {
    None
}
