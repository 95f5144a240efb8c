//! The record on a real disk, in a folder that goes away with the test.

mod costs;
mod crashes;
mod shared;
mod writers;

use std::fs;

use super::*;
use crate::model::email::EmailKey;

fn time() -> jiff::Timestamp {
    "2026-01-05T02:00:00.123Z".parse().unwrap()
}

fn ada() -> Account {
    let mut account = Account::new("Ada@example.com");
    account.id = Some("7".into());
    account
        .attributes
        .insert("role", Some(Value::text("CONTRIBUTOR")));
    account
        .attributes
        .insert("groups", Some(Value::set(["//B", "//A"])));
    account.attributes.insert("job_title", None);
    account
}

fn keep(account: Account) -> impl Fn(&mut RecordDraft<'_>) + Send + 'static {
    move |accounts| {
        let slot = accounts.slot(&account.email_key());
        slot.get_or_insert_default().remember(&account, time());
    }
}

fn record(folder: &tempfile::TempDir) -> Record {
    Record::new(
        folder.path().join("records/surecloud.json"),
        "surecloud",
        Vec::new(),
    )
}

fn log_of(record: &Record) -> PathBuf {
    store::log_path(record.path())
}

/// Commits `count` accounts at once.
async fn fill(record: &Record, count: usize) {
    let commit = record.commit(move |accounts| {
        for at in 0..count {
            keep(Account::new(format!("p{at:05}@example.com")))(accounts);
        }
    });
    commit.await.unwrap();
}

/// What is in the record's folder.
fn names(record: &Record) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(record.path().parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn missing_file_is_empty_and_reading_creates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(record(&folder).load().unwrap(), Accounts::new());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn file_is_plain_and_stable() {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    record.commit(keep(ada())).await.unwrap();
    let text = fs::read_to_string(record.path()).unwrap();
    assert_eq!(
        text,
        r#"{
  "format": 1,
  "vendor": "surecloud",
  "accounts": {
    "ada@example.com": {
      "email": "Ada@example.com",
      "id": "7",
      "active": true,
      "attributes": {
        "groups": [
          "//A",
          "//B"
        ],
        "job_title": null,
        "role": "CONTRIBUTOR"
      },
      "updated_at": "2026-01-05T02:00:00Z"
    }
  }
}
"#
    );
    let back = record
        .load()
        .unwrap()
        .remove(&EmailKey::of("ada@example.com"))
        .unwrap();
    assert_eq!(back.account(), ada());
}

#[tokio::test]
async fn unknown_keys_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    fs::create_dir_all(record.path().parent().unwrap()).unwrap();
    fs::write(
        record.path(),
        r#"{ "format": 1, "note": "ours", "vendor": "surecloud", "accounts": {
            "ada@example.com": { "email": "ada@example.com", "active": false, "ticket": 12,
                                 "attributes": { "name": "Ada" } } } }"#,
    )
    .unwrap();
    record.commit(keep(ada())).await.unwrap();
    record.compact().await.unwrap();
    let text: serde_json::Value =
        serde_json::from_slice(&fs::read(record.path()).unwrap()).unwrap();
    assert_eq!(text["note"], "ours");
    let entry = &text["accounts"]["ada@example.com"];
    assert_eq!(entry["ticket"], 12);
    assert_eq!(entry["attributes"]["name"], "Ada");
    assert_eq!(entry["active"], true);
}

#[tokio::test]
async fn damaged_file_is_an_error_and_stays_as_it_is() {
    let cases = [
        ("", "the file is empty"),
        ("{ \"format\": 1,", "EOF while parsing"),
        ("<<<<<<< HEAD\n", "expected value"),
        (
            "{ \"format\": 1, \"vendor\": \"surecloud\" }",
            "missing field `accounts`",
        ),
        (
            r#"{ "format": 1, "vendor": "surecloud", "accounts": {
                "a@x.io": { "email": "a@x.io", "active": true },
                "a@x.io": { "email": "a@x.io", "active": false } } }"#,
            "the key \"a@x.io\" is there twice",
        ),
        (
            r#"{ "format": 1, "vendor": "surecloud", "accounts": {
                "a@x.io": { "email": "b@x.io", "active": true } } }"#,
            "the account under \"a@x.io\" has the e-mail \"b@x.io\"",
        ),
    ];
    for (text, reason) in cases {
        let folder = tempfile::tempdir().unwrap();
        let record = record(&folder);
        fs::create_dir_all(record.path().parent().unwrap()).unwrap();
        fs::write(record.path(), text).unwrap();
        let error = record.load().unwrap_err();
        assert!(matches!(error, RecordError::Damaged { .. }), "{error}");
        let message = error.to_string();
        assert!(message.contains(reason), "{message}");
        assert!(message.contains("last good version"), "{message}");
        assert_eq!(record.commit(keep(ada())).await.unwrap_err(), error);
        assert_eq!(fs::read_to_string(record.path()).unwrap(), text);
    }
}

#[test]
fn record_of_another_vendor_or_version_is_refused() {
    let cases = [
        (
            r#"{ "format": 2, "vendor": "surecloud", "people": [] }"#,
            "has format 2, this version knows 1",
        ),
        (
            r#"{ "format": 1, "vendor": "other", "accounts": {} }"#,
            "belongs to the vendor \"other\", not to \"surecloud\"",
        ),
    ];
    for (text, reason) in cases {
        let folder = tempfile::tempdir().unwrap();
        let record = Record::new(folder.path().join("r.json"), "surecloud", Vec::new());
        fs::write(record.path(), text).unwrap();
        let error = record.load().unwrap_err();
        assert!(matches!(error, RecordError::Foreign { .. }), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn seed_counts_until_the_file_exists_and_begins_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json");
    let seed = vec![Entry::of(&Account::new("Old@example.com"), time())];
    let record = Record::new(&path, "surecloud", seed);
    assert!(
        record
            .load()
            .unwrap()
            .contains_key(&EmailKey::of("old@example.com"))
    );
    assert!(!path.exists());
    record.commit(keep(ada())).await.unwrap();
    let unseeded = Record::new(&path, "surecloud", Vec::new());
    let keys: Vec<EmailKey<'_>> = unseeded.load().unwrap().into_keys().collect();
    assert_eq!(
        keys,
        ["ada@example.com", "old@example.com"].map(EmailKey::of)
    );

    record
        .commit(|accounts| {
            *accounts.slot(&EmailKey::of("old@example.com")) = None;
        })
        .await
        .unwrap();
    assert!(
        !record
            .load()
            .unwrap()
            .contains_key(&EmailKey::of("old@example.com"))
    );
}

#[tokio::test]
async fn commits_that_wait_are_written_together() {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    let turn = record.inner.turn.clone().lock_owned().await;
    let commits = futures::future::join_all((0..50).map(|at| {
        let path = record.path().to_owned();
        record.commit(move |accounts| {
            // In a second batch the file of the first one would be there.
            assert!(!path.exists());
            keep(Account::new(format!("p{at:02}@example.com")))(accounts);
        })
    }));
    let (results, ()) = futures::join!(commits, async { drop(turn) });
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(record.load().unwrap().len(), 50);
}

#[tokio::test]
async fn concurrent_commits_are_all_written() {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    let commits = (0..50).map(|at| {
        let email = format!("p{at:02}@example.com");
        record.commit(keep(Account::new(email)))
    });
    let results = futures::future::join_all(commits).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(record.load().unwrap().len(), 50);
    assert!(lock(&record.inner.queue).is_empty());
}

#[test]
fn two_writers_do_not_lose_each_others_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json");
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                let record = Record::new(path, "surecloud", Vec::new());
                for at in 0..10 {
                    let account = Account::new(format!("w{writer}-{at}@example.com"));
                    runtime.block_on(record.commit(keep(account))).unwrap();
                }
            });
        }
    });
    let all = Record::new(&path, "surecloud", Vec::new()).load().unwrap();
    assert_eq!(all.len(), 40);
}

#[tokio::test]
async fn nothing_is_written_when_nothing_changes_and_no_temporary_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    record.commit(keep(ada())).await.unwrap();
    // Only the replacement would bring the pretty form back.
    let compact: serde_json::Value =
        serde_json::from_slice(&fs::read(record.path()).unwrap()).unwrap();
    fs::write(record.path(), compact.to_string()).unwrap();
    record.commit(keep(ada())).await.unwrap();
    assert_eq!(
        fs::read_to_string(record.path()).unwrap(),
        compact.to_string()
    );
    assert_eq!(names(&record), ["surecloud.json", "surecloud.json.lock"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_and_its_permissions_survive() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real.json");
    fs::write(&real, r#"{"format":1,"vendor":"surecloud","accounts":{}}"#).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let record = Record::new(&link, "surecloud", Vec::new());
    record.commit(keep(ada())).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.path().join("real.json.log")), 0o640);
    record.compact().await.unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(
        fs::read_to_string(&real)
            .unwrap()
            .contains("ada@example.com")
    );
    assert_eq!(mode(&real), 0o640);
}

#[tokio::test]
async fn a_record_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let record = Record::new(blocked.join("r.json"), "surecloud", Vec::new());
    let error = record.commit(keep(ada())).await.unwrap_err();
    assert!(error.to_string().contains("r.json"), "{error}");
}

#[tokio::test]
async fn keys_of_before_become_those_of_the_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    let write = |accounts: serde_json::Value| {
        fs::create_dir_all(record.path().parent().unwrap()).unwrap();
        let text = serde_json::json!({"format": 1, "vendor": "surecloud", "accounts": accounts});
        fs::write(record.path(), text.to_string()).unwrap();
        Record::new(record.path(), "surecloud", Vec::new()).load()
    };
    let entry = |email: &str| serde_json::json!({"email": email, "active": true, "attributes": {}});
    let old = serde_json::json!({
        "dan@bücher.example": entry("Dan@Bücher.example"),
        "kim@x.example": entry("\u{212a}im@x.example"),
        "äda@x.example": entry("Äda@x.example"),
    });
    let accounts = write(old).unwrap();
    for email in [
        "dan@xn--bcher-kva.example",
        "\u{212a}im@x.example",
        "Äda@x.example",
    ] {
        assert!(accounts.contains_key(&EmailKey::of(email)), "{email}");
    }
    assert!(!accounts.contains_key(&EmailKey::of("kim@x.example")));

    for wrong in [
        serde_json::json!({"eve@x.example": entry("dan@x.example")}),
        serde_json::json!({
            "dan@bücher.example": entry("dan@bücher.example"),
            "dan@xn--bcher-kva.example": entry("dan@xn--bcher-kva.example"),
        }),
    ] {
        let error = write(wrong).unwrap_err();
        assert!(matches!(error, RecordError::Damaged { .. }), "{error}");
    }
}
