//! Several runs on one record.

use super::*;
use crate::model::email::EmailKey;

fn open(path: &Path) -> Record {
    Record::new(path, "surecloud", Vec::new())
}

#[tokio::test]
async fn two_runs_in_turn_see_each_other_across_logs_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json");
    let runs = [open(&path), open(&path)];
    for step in 0..24_usize {
        let run = &runs[step % 2];
        run.commit(move |accounts| {
            for earlier in 0..step {
                let key = format!("p{earlier}@example.com");
                assert!(
                    accounts.get(&EmailKey::of(&key)).is_some(),
                    "{key} in step {step}"
                );
            }
            // An account that both change: nobody's count is lost.
            let shared = accounts
                .slot(&EmailKey::of("shared@example.com"))
                .get_or_insert_default();
            shared.email = "shared@example.com".into();
            let count = shared
                .extra
                .get("count")
                .and_then(serde_json::Value::as_u64);
            shared
                .extra
                .insert("count".into(), (count.unwrap_or(0) + 1).into());
            keep(Account::new(format!("p{step}@example.com")))(accounts);
        })
        .await
        .unwrap();
        if step % 5 == 0 {
            runs[0].compact().await.unwrap();
        }
        if step % 7 == 0 {
            runs[1].compact().await.unwrap();
        }
        let all = open(&path).load().unwrap();
        assert_eq!(all.len(), step + 2);
        assert_eq!(
            all[&EmailKey::of("shared@example.com")].extra["count"],
            step as u64 + 1
        );
        assert!(runs.iter().all(|run| run.load().unwrap() == all));
    }
}

#[tokio::test]
async fn an_unchanged_entry_is_not_written_even_if_another_run_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json");
    let (one, two) = (open(&path), open(&path));
    fill(&one, 1).await;
    one.commit(keep(ada())).await.unwrap();
    let before = fs::read(log_of(&one)).unwrap();
    two.commit(keep(ada())).await.unwrap();
    assert_eq!(fs::read(log_of(&one)).unwrap(), before);
}

/// Readers take no lock: what they see never goes back, whatever the writers are about.
#[test]
fn readers_without_a_lock_never_see_less_than_before() {
    const COMMITS: usize = 30;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json");
    std::thread::scope(|scope| {
        let writers = ["a", "b"].map(|name| {
            let path = &path;
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                let record = open(path);
                for at in 0..COMMITS {
                    let account = Account::new(format!("{name}{at}@example.com"));
                    runtime.block_on(record.commit(keep(account))).unwrap();
                    if at % 3 == 0 {
                        runtime.block_on(record.compact()).unwrap();
                    }
                }
            })
        });
        let path = &path;
        scope.spawn(move || {
            let record = open(path);
            let mut seen = 0;
            while writers.iter().any(|writer| !writer.is_finished()) {
                let fresh = open(path).load().unwrap().len();
                assert!(fresh >= seen);
                seen = record.look(Accounts::len).unwrap();
                assert!(seen >= fresh);
            }
        });
    });
    assert_eq!(open(&path).load().unwrap().len(), 2 * COMMITS);
}
