//! What a run that died leaves behind, at every point where it can die; and what somebody else
//! did to the files since.

use super::*;
use crate::model::email::EmailKey;

/// A record of two accounts in its file and three commits in its log, as bytes.
struct Remains {
    file: Vec<u8>,
    log: Vec<u8>,
    /// What the record holds after none, one, two, three commits.
    states: Vec<Accounts>,
}

async fn remains() -> Remains {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    fill(&record, 2).await;
    let mut states = vec![record.load().unwrap()];
    record.commit(keep(ada())).await.unwrap();
    states.push(record.load().unwrap());
    record
        .commit(|accounts| {
            *accounts.slot(&EmailKey::of("p00000@example.com")) = None;
            accounts
                .slot(&EmailKey::of("ada@example.com"))
                .as_mut()
                .unwrap()
                .active = false;
        })
        .await
        .unwrap();
    states.push(record.load().unwrap());
    record
        .commit(keep(Account::new("bob@example.com")))
        .await
        .unwrap();
    states.push(record.load().unwrap());
    Remains {
        file: fs::read(record.path()).unwrap(),
        log: fs::read(log_of(&record)).unwrap(),
        states,
    }
}

/// A record made of these files.
fn left(folder: &tempfile::TempDir, file: &[u8], log: &[u8]) -> Record {
    let record = Record::new(folder.path().join("r.json"), "surecloud", Vec::new());
    fs::write(record.path(), file).unwrap();
    fs::write(log_of(&record), log).unwrap();
    record
}

fn again(record: &Record) -> Record {
    Record::new(record.path(), "surecloud", Vec::new())
}

#[tokio::test]
async fn a_log_cut_short_at_any_byte_loses_only_the_commit_that_was_cut() {
    let Remains { file, log, states } = remains().await;
    for cut in 0..=log.len() {
        let folder = tempfile::tempdir().unwrap();
        let record = left(&folder, &file, &log[..cut]);
        let lines = log[..cut].iter().filter(|byte| **byte == b'\n').count();
        let mut expected = states[lines.saturating_sub(1)].clone();
        assert_eq!(record.load().unwrap(), expected, "cut at {cut}");

        let eve = Account::new("eve@example.com");
        expected.insert(eve.email_key().into_owned(), Entry::of(&eve, time()));
        record.commit(keep(eve)).await.unwrap();
        assert_eq!(again(&record).load().unwrap(), expected, "cut at {cut}");
    }
}

#[tokio::test]
async fn a_log_that_outlived_its_end_says_nothing_new() {
    let Remains { file, log, states } = remains().await;
    let folder = tempfile::tempdir().unwrap();
    let record = left(&folder, &file, &log);
    record.compact().await.unwrap();
    let whole = fs::read(record.path()).unwrap();

    // It may even have lost its end.
    for cut in [log.len(), log.len() - 1, 20, 0] {
        fs::write(log_of(&record), &log[..cut]).unwrap();
        let next = again(&record);
        assert_eq!(next.load().unwrap(), states[3]);
        assert_eq!(record.load().unwrap(), states[3]);
        next.compact().await.unwrap();
        assert!(!log_of(&record).exists());
        assert_eq!(fs::read(record.path()).unwrap(), whole);
    }

    fs::write(log_of(&record), &log).unwrap();
    let next = again(&record);
    next.commit(keep(Account::new("eve@example.com")))
        .await
        .unwrap();
    assert_eq!(again(&record).load().unwrap().len(), states[3].len() + 1);
    assert_eq!(record.load().unwrap(), next.load().unwrap());
}

#[tokio::test]
async fn a_temporary_file_that_a_crash_left_is_not_the_record() {
    let Remains { file, log, states } = remains().await;
    let folder = tempfile::tempdir().unwrap();
    let record = left(&folder, &file, &log);
    fs::write(folder.path().join(".r.json1x.tmp"), &file[..9]).unwrap();
    assert_eq!(record.load().unwrap(), states[3]);
    record.compact().await.unwrap();
    assert_eq!(again(&record).load().unwrap(), states[3]);
}

#[tokio::test]
async fn a_damaged_line_is_named_and_nothing_is_overwritten() {
    let Remains { file, log, .. } = remains().await;
    let text = String::from_utf8(log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let moved = lines[1].replacen("ada@", "eve@", 1);
    let twice = format!(
        "{}{}",
        lines[3].trim_end_matches('}'),
        "}, \"bob@example.com\": null}"
    );
    let cases = [
        (0, "{}", "missing field"),
        (0, r#"{"format":9,"base":""}"#, "this version knows 1"),
        (1, "", "EOF"),
        (1, &lines[1][..30], "EOF"),
        (1, &moved, "the account under \"eve@example.com\""),
        (2, "<<<<<<< HEAD", "expected value"),
        (3, &twice, "is there twice"),
        (3, "{} {}", "trailing characters"),
    ];
    for (at, bad, reason) in cases {
        let mut lines = lines.clone();
        lines[at] = bad;
        let log = lines.join("\n") + "\n";
        let folder = tempfile::tempdir().unwrap();
        let record = left(&folder, &file, log.as_bytes());
        let error = record.load().unwrap_err();
        assert!(matches!(error, RecordError::Damaged { .. }), "{error}");
        let message = error.to_string();
        let place = format!("line {} of its log", at + 1);
        for part in [&*place, "r.json.log", reason, "last good version"] {
            assert!(message.contains(part), "{part:?} in {message}");
        }
        assert_eq!(record.commit(keep(ada())).await.unwrap_err(), error);
        assert_eq!(record.compact().await.unwrap_err(), error);
        assert_eq!(fs::read(record.path()).unwrap(), file);
        assert_eq!(fs::read(log_of(&record)).unwrap(), log.as_bytes());
    }
}

#[tokio::test]
async fn a_record_changed_under_its_log_is_an_error() {
    let Remains { file, log, .. } = remains().await;
    let folder = tempfile::tempdir().unwrap();
    let record = left(&folder, &file, &log);
    record.load().unwrap();
    let mut edited: serde_json::Value = serde_json::from_slice(&file).unwrap();
    edited["accounts"]["p00001@example.com"]["active"] = false.into();
    fs::write(record.path(), edited.to_string()).unwrap();
    for record in [&record, &again(&record)] {
        let error = record.load().unwrap_err();
        assert!(matches!(error, RecordError::Foreign { .. }), "{error}");
        assert!(error.to_string().contains("r.json.log"), "{error}");
        assert_eq!(record.commit(keep(ada())).await.unwrap_err(), error);
    }
    assert_eq!(fs::read(log_of(&record)).unwrap(), log);
    fs::write(record.path(), &file).unwrap();
    assert_eq!(record.load().unwrap().len(), 3);
}

#[tokio::test]
async fn a_log_without_its_record_is_an_error() {
    let Remains { file, log, .. } = remains().await;
    let folder = tempfile::tempdir().unwrap();
    let record = left(&folder, &file, &log);
    record.load().unwrap();
    fs::remove_file(record.path()).unwrap();
    let error = record.load().unwrap_err();
    assert!(error.to_string().contains("the file is missing"), "{error}");
    assert_eq!(record.commit(keep(ada())).await.unwrap_err(), error);
    assert_eq!(record.compact().await.unwrap_err(), error);
    assert!(!record.path().exists());
}

#[cfg(unix)]
#[tokio::test]
async fn a_commit_that_cannot_be_logged_is_an_error_and_changes_nothing() {
    let Remains { file, states, .. } = remains().await;
    let folder = tempfile::tempdir().unwrap();
    let record = left(&folder, &file, b"");
    // A link into a folder that does not exist: nothing to read, and nothing can be made there.
    fs::remove_file(log_of(&record)).unwrap();
    std::os::unix::fs::symlink(folder.path().join("gone/log"), log_of(&record)).unwrap();
    let error = record.commit(keep(ada())).await.unwrap_err();
    assert!(matches!(error, RecordError::Write { .. }), "{error}");
    fs::remove_file(log_of(&record)).unwrap();
    assert_eq!(record.load().unwrap(), states[0]);
    record.commit(keep(ada())).await.unwrap();
    assert_eq!(record.load().unwrap(), states[1]);
}
