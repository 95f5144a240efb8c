//! What a commit costs: the same however many accounts the record holds.

use super::*;
use crate::model::email::EmailKey;

/// Bytes that one commit adds, in a record of so many accounts.
async fn added(count: usize) -> (u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    fill(&record, count).await;
    let file = fs::metadata(record.path()).unwrap();
    record.commit(keep(ada())).await.unwrap();
    let first = fs::metadata(log_of(&record)).unwrap().len();
    record
        .commit(|accounts| {
            let ada = accounts.slot(&EmailKey::of("ada@example.com"));
            ada.as_mut().unwrap().active = false;
        })
        .await
        .unwrap();
    let both = fs::metadata(log_of(&record)).unwrap().len();
    let after = fs::metadata(record.path()).unwrap();
    assert_eq!(
        (after.len(), after.modified().unwrap()),
        (file.len(), file.modified().unwrap())
    );
    (first, both - first)
}

#[tokio::test]
async fn a_commit_writes_what_it_changes_and_nothing_else() {
    let few = added(3).await;
    assert_eq!(added(3_000).await, few);
    assert!(few.1 < 300, "{few:?}");
}

/// Spoils bytes that were read already, in a way that only reading them again would show.
fn spoil(path: &Path) {
    let before = fs::metadata(path).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    let mut file = std::io::BufWriter::new(file);
    std::io::Write::write_all(&mut file, &vec![b'#'; before.len() as usize]).unwrap();
    let file = file.into_inner().unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
}

#[tokio::test]
async fn what_was_read_is_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    fill(&record, 3).await;
    record.commit(keep(ada())).await.unwrap();
    assert_eq!(record.load().unwrap().len(), 4);
    spoil(record.path());
    spoil(&log_of(&record));
    record
        .commit(keep(Account::new("bob@example.com")))
        .await
        .unwrap();
    assert_eq!(record.look(Accounts::len).unwrap(), 5);
    let other = Record::new(record.path(), "surecloud", Vec::new());
    assert!(matches!(other.load(), Err(RecordError::Damaged { .. })));
}

#[tokio::test]
async fn a_long_log_becomes_part_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    fill(&record, 1).await;
    fill(&record, 1_001).await;
    assert!(log_of(&record).exists(), "1000 changes are not too many");
    record.commit(keep(ada())).await.unwrap();
    assert_eq!(names(&record), ["surecloud.json", "surecloud.json.lock"]);
    assert_eq!(record.load().unwrap().len(), 1_002);
    record
        .commit(keep(Account::new("bob@example.com")))
        .await
        .unwrap();
    let other = Record::new(record.path(), "surecloud", Vec::new());
    assert_eq!(other.load().unwrap().len(), 1_003);
    assert_eq!(record.load().unwrap(), other.load().unwrap());
}

#[tokio::test]
async fn a_settled_record_is_whole_without_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    record.compact().await.unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    fill(&record, 2).await;
    record.commit(keep(ada())).await.unwrap();
    let all = record.load().unwrap();
    record.compact().await.unwrap();
    assert_eq!(names(&record), ["surecloud.json", "surecloud.json.lock"]);
    assert_eq!(record.load().unwrap(), all);
    let text = fs::read_to_string(record.path()).unwrap();
    assert_eq!(text.matches("\"email\"").count(), 3);

    let before = fs::metadata(record.path()).unwrap().modified().unwrap();
    record.compact().await.unwrap();
    assert_eq!(
        fs::metadata(record.path()).unwrap().modified().unwrap(),
        before
    );
}

#[tokio::test]
async fn reading_a_record_with_a_log_creates_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let record = record(&folder);
    fill(&record, 2).await;
    record.commit(keep(ada())).await.unwrap();
    fs::remove_file(file::beside(record.path(), ".lock")).unwrap();
    let before = fs::read(log_of(&record)).unwrap();
    let reader = Record::new(record.path(), "surecloud", Vec::new());
    assert_eq!(reader.load().unwrap().len(), 3);
    assert_eq!(names(&record), ["surecloud.json", "surecloud.json.log"]);
    assert_eq!(fs::read(log_of(&record)).unwrap(), before);
}
