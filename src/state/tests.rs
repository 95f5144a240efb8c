//! Files as earlier versions wrote them are read, and gone on with, whatever writes them today.

use std::path::Path;

use super::*;
use crate::model::account::Account;
use crate::model::action::ActionKind;
use crate::model::email::EmailKey;
use crate::model::value::Value;
use crate::state::journal::story::{Run, runs};
use crate::state::journal::{Journal, chain, file, parts};
use crate::state::record::{Record, RecordPlace};

/// A copy of these files that may be written to.
fn written() -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let (from, to) = {
                let entry = entry.unwrap();
                (entry.path(), to.join(entry.file_name()))
            };
            match from.is_dir() {
                true => copy(&from, &to),
                false => drop(std::fs::copy(&from, &to).unwrap()),
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/state/tests/written");
    copy(&root, folder.path());
    folder
}

/// The account that each of the records is made of.
fn account(email: &str) -> Account {
    let mut account = Account::new(email);
    account.id = Some("7".into());
    let attributes = &mut account.attributes;
    attributes.insert("role", Some(Value::text("USER")));
    attributes.insert("groups", Some(Value::set(["//A", "//B"])));
    attributes.insert("job_title", None);
    account
}

#[tokio::test]
async fn records_of_earlier_versions_are_read_and_written() {
    let folder = written();
    let state = State::folder(folder.path().join("state"));
    let places = [
        RecordPlace::File(folder.path().join("file/surecloud.json")),
        RecordPlace::State(state, "surecloud".into()),
    ];
    for place in places {
        let record = Record::new(place.clone(), "surecloud", Vec::new());
        let accounts = record.load().unwrap();
        let emails: Vec<&str> = accounts.keys().map(EmailKey::as_str).collect();
        assert_eq!(emails, ["bob@example.com", "eve@example.com"]);
        for (key, entry) in &accounts {
            assert_eq!(entry.account(), account(key.as_str()));
        }
        let took_out = |draft: &mut record::RecordDraft<'_>| {
            *draft.slot(&EmailKey::of("bob@example.com")) = None;
        };
        record.commit(took_out).await.unwrap();
        record.compact().await.unwrap();
        let again = Record::new(place, "surecloud", Vec::new()).load().unwrap();
        assert_eq!(again.keys().next().unwrap().as_str(), "eve@example.com");
        assert_eq!(again.len(), 1);
    }
}

/// What each of the journals tells, but for its end.
fn check(chain: &chain::Chain) -> Run {
    assert_eq!(chain.flaws, []);
    let run = runs(&chain.entries).pop().unwrap();
    assert_eq!(run.started.host, "build-7");
    let (update, delete) = (&run.steps[&1], &run.steps[&2]);
    assert_eq!(update.action.kind, ActionKind::Update);
    assert_eq!(update.action.changes[1].attribute, "admin");
    assert_eq!(update.action.changes[1].after, Value::text("ADMIN"));
    assert_eq!(update.outcome.as_ref().unwrap().status, Some(200));
    assert_eq!(delete.action.kind, ActionKind::Delete);
    let shown = account("bob@example.com").attributes;
    assert_eq!(delete.account.as_ref(), Some(&shown));
    assert!(update.begun && delete.begun && delete.sent == 1);
    run
}

#[tokio::test]
async fn journals_of_earlier_versions_are_read_and_continued() {
    let folder = written();
    let path = folder.path().join("file/run.ndjson");
    let mut state = State::folder(folder.path().join("state"));
    // On the machine that wrote it, a tail follows the parts.
    let tail = std::fs::read_to_string(folder.path().join("tail.ndjson")).unwrap();
    let tail = format!("{}\n{tail}", state.here().machine);
    std::fs::write(folder.path().join("state/journal/open/.tail"), tail).unwrap();

    let ended = check(&parts::load(&state, "ended").unwrap());
    assert_eq!(ended.ended.unwrap().applied, 2);
    let unfinished = [
        check(&file::load(&path).unwrap()),
        check(&parts::load(&state, "open").unwrap()),
    ];
    assert!(unfinished.iter().all(|run| run.ended.is_none()));
    assert_eq!(parts::unfinished(state.store()).unwrap(), ["open".into()]);

    let ended = ended.ended.unwrap();
    Journal::open(&path).unwrap().end(ended).await.unwrap();
    assert!(check(&file::load(&path).unwrap()).ended.is_some());
    state = state.afresh();
    let journal = Journal::resume(&state, "open").unwrap();
    journal.end(ended).await.unwrap();
    assert!(check(&parts::load(&state, "open").unwrap()).ended.is_some());
    assert!(state.store().get("journal/open.ndjson").unwrap().is_some());
}
