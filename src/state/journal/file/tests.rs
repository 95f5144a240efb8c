use super::*;
use crate::model::action::Action;
use crate::model::action::ActionKind;
use crate::model::email::EmailKey;
use crate::model::outcome::Outcome;
use crate::model::outcome::Verdict;
use crate::model::value::ObservedAttributes;
use crate::model::value::Value;
use crate::state::journal::Log as _;
use crate::state::journal::event::{Event, RunEnded};
use crate::state::journal::story::runs;
use crate::state::journal::story::tests::{action, head};
use crate::state::journal::{Images, Journal};

fn outcome(action: &Action) -> Outcome {
    Outcome {
        action: action.clone(),
        verdict: Verdict::Applied,
        status: Some(200),
        message: String::new(),
        id: Some("7".into()),
        seconds: 0.25,
    }
}

async fn one_run(journal: &Journal, action: &Action) {
    journal.start(head()).await.unwrap();
    journal.intended(1, action).await.unwrap();
    journal.sent(1).await.unwrap();
    let outcome = outcome(action);
    journal.ended(1, &outcome).await.unwrap();
    journal.end(RunEnded::of(&[outcome])).await.unwrap();
}

#[tokio::test]
async fn a_run_is_read_back_with_what_a_removal_takes() {
    let folder = tempfile::tempdir().unwrap();
    let mut leaver = action(ActionKind::Deactivate, "Ada@x.com");
    leaver.id = Some("7".into());
    let mut shown = ObservedAttributes::new();
    shown.insert("role", Some(Value::text("user")));
    let key = (
        "bitsight".into(),
        Some("7".into()),
        EmailKey::of("ada@x.com"),
    );
    let images = Images::from([(key, shown.clone())]);
    let path = folder.path().join("run.ndjson");
    let journal = Journal::open(&path).unwrap().with_images(images);
    one_run(&journal, &leaver).await;
    let chain = load(&path).unwrap();
    assert_eq!(chain.flaws, []);
    assert!(chain.is_finished() && is_finished(&path));
    let run = &runs(&chain.entries)[0];
    let step = &run.steps[&1];
    assert_eq!(step.action, leaver);
    assert_eq!(step.account.as_ref(), Some(&shown));
    assert_eq!(step.outcome.as_ref().unwrap().id.as_deref(), Some("7"));
    let machine = Some(crate::state::here::Here::real().machine);
    assert_eq!(
        run.started,
        crate::state::journal::event::RunStarted { machine, ..head() }
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_journal_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    let _journal = Journal::open(&path).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_torn_line_is_cut_off_and_told_when_the_journal_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    let create = action(ActionKind::Create, "a@x.com");
    one_run(&Journal::open(&path).unwrap(), &create).await;
    let whole = fs::read(&path).unwrap();
    let mut torn = whole.clone();
    torn.extend_from_slice(br#"{"seq":6,"at":"20"#);
    fs::write(&path, &torn).unwrap();
    assert!(!is_finished(&path));
    one_run(&Journal::open(&path).unwrap(), &create).await;
    let chain = load(&path).unwrap();
    assert_eq!((chain.flaws.len(), chain.torn), (0, 0));
    assert_eq!(chain.entries[5].event, Event::Torn { bytes: 17 });
    assert_eq!(runs(&chain.entries).len(), 2);
}

#[test]
fn a_file_that_was_touched_is_not_continued() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    fs::write(&path, "a letter to my mother\n").unwrap();
    let refused = Journal::open(&path).map(drop).unwrap_err().to_string();
    assert!(refused.contains("no sound journal (line 1"), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), b"a letter to my mother\n");
}

#[tokio::test]
async fn what_cannot_be_written_is_an_error_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    fs::write(&path, "").unwrap();
    // Opened for reading only, every write to it fails.
    let file = File::open(&path).unwrap();
    let journal = Journal::over(Lines { path, file });
    let create = action(ActionKind::Create, "a@x.com");
    let first = journal.intended(1, &create).await.unwrap_err().to_string();
    assert!(first.contains("cannot be written"), "{first}");
    assert_eq!(journal.sent(1).await.unwrap_err().to_string(), first);
}

#[test]
fn only_a_file_of_its_own_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path| {
        let refused = Journal::open(path).map(drop).unwrap_err();
        std::error::Error::source(&refused).unwrap().to_string()
    };
    let path = folder.path().join("run.ndjson");
    let first = Journal::open(&path).unwrap();
    assert!(refused(&path).contains("another run"));
    drop(first);
    Journal::open(&path).map(drop).unwrap();
    #[cfg(unix)]
    assert!(refused(Path::new("/dev/zero")).contains("no regular file"));
}
