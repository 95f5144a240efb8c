//! Several users in one call.

use super::*;
use crate::sandbox::surecloud::BadUser;

/// A crowd of people who have no account yet.
fn crowd(count: usize) -> Vec<DesiredAccount> {
    (0..count)
        .map(|at| DesiredAccount {
            email: format!("p{at:02}@example.com").into(),
            ..mira()
        })
        .collect()
}

async fn bench(rules: Rules) -> Bench {
    Bench::with(setting("batch_size", Setting::Count(10)), vec![], rules).await
}

fn users_in(body: &Json) -> usize {
    body["users"].as_array().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn writes_share_calls_where_the_roster_allows_it() {
    let bench = bench(Rules::default()).await;
    let run = bench.run(crowd(45)).await;
    for outcome in &run.outcomes {
        assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:?}");
    }
    let sizes: Vec<usize> = bench.server.bodies().iter().map(users_in).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 45, "everybody once: {sizes:?}");
    assert!(sizes.iter().all(|size| *size <= 10), "{sizes:?}");
    // Whoever waits while the record is written shares the next call; how many do is luck.
    assert!(sizes.len() <= 22, "calls are shared: {sizes:?}");
    let again = bench.plan(crowd(45)).await;
    assert_eq!(again.actions, []);
    assert_eq!(bench.record().len(), 45);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_user_in_a_batch_spoils_nobody_else() {
    for bad_user in [BadUser::RefuseAll, BadUser::LeaveOut, BadUser::Report] {
        let rules = Rules {
            bad_user,
            ..Rules::default()
        };
        let bench = bench(rules).await;
        let mut people = crowd(20);
        // Not a group path at all: the vendor refuses the user, or one group of it.
        people[7].attributes.insert("role", Value::text(""));
        people[9]
            .attributes
            .insert("groups", Value::set(["//Nobody/Knows", "//Risk/Readers"]));
        let run = bench.run(people).await;
        for outcome in &run.outcomes {
            let wrong = ["p07@example.com", "p09@example.com"].contains(&&*outcome.action.email);
            let verdict = if wrong {
                Verdict::Failed
            } else {
                Verdict::Applied
            };
            assert_eq!(outcome.verdict, verdict, "{bad_user:?}: {outcome:?}");
        }
        let groups = bench.attribute("p09@example.com", "groups");
        assert_eq!(groups, Some(Value::set(["//Risk/Readers"])), "{bad_user:?}");
        assert_eq!(bench.rig.account("p07@example.com"), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_batch_loses_nobody() {
    use crate::sandbox::Fault;
    for fault in [Fault::DropBefore, Fault::DropAfter, Fault::Truncate] {
        let bench = bench(Rules::default()).await;
        bench
            .rig
            .sandbox
            .faults()
            .next(2, fault.clone(), |request| request.method == "PATCH");
        let run = bench.run(crowd(25)).await;
        for outcome in &run.outcomes {
            assert_eq!(outcome.verdict, Verdict::Applied, "{fault:?}: {outcome:?}");
        }
        let again = bench.plan(crowd(25)).await;
        assert_eq!(again.actions, [], "{fault:?}");
    }
}
