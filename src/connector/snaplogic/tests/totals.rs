//! The list has no count: what proves it is a page that brings nothing, and the group of all
//! members.

use super::*;
use crate::connector::LookUp;
use crate::model::account::AccountKey;

/// Seven users beside the own one, at a server whose pages hold three; Ana, one of them, left.
async fn plan(choice: impl FnOnce(&mut Quirks)) -> VendorPlan {
    let mut accounts = vec![held(ANA, &[])];
    let others = (1..7).map(|at| held(&format!("p{at}@example.com"), &[]));
    accounts.extend(others);
    accounts[6].attributes.insert("utility", Some(flag(true)));
    let mut settings = settings(&SPEC);
    let organization = Setting::Text("ExampleEnv".into());
    settings.settings.insert("organization", organization);
    settings.deactivate = SPEC.deactivate[0];
    let mut seed = seed(settings, accounts);
    seed.page_cap = Some(3);
    let server = Server::new(seed.clone().into());
    server.choose(choice);
    let rig = Rig::serve(&KIND_HERE, seed, Arc::new(server)).await;
    let desired = Desired::listed("snaplogic", vec![leaver(ANA, &[])]);
    let current = rig.connect_read_only().fetch(&desired).await;
    let current = current.expect("the local server can be read");
    plan_vendor(Input {
        settings: &rig.settings,
        desired: &desired,
        known: &current.clone().into(),
        only: None,
        allowed: Allowed::default(),
    })
}

/// Accounts that were read, and why Ana's removal is held, if it is.
async fn verdict(choice: impl FnOnce(&mut Quirks)) -> (usize, Option<String>) {
    let plan = plan(choice).await;
    let read = plan.read.as_ref().expect("it was read");
    let why = read.proof.missing.clone();
    let done = usize::from(why.is_none());
    assert_eq!(
        (plan.actions.len(), plan.held.len()),
        (done, 1 - done),
        "{plan:#?}"
    );
    (read.accounts, why)
}

#[tokio::test(start_paused = true)]
async fn capped_pages_and_repeated_rows_are_read_to_the_end() {
    assert_eq!(verdict(|_| {}).await, (8, None));
    assert_eq!(verdict(|it| it.repeated_rows = true).await, (8, None));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_hides_some_is_no_whole_list() {
    let (read, why) = verdict(|it| it.hidden_rows = true).await;
    assert_eq!(read, 7);
    assert!(why.unwrap().contains("1 only in the group (p6@"));
}

#[tokio::test(start_paused = true)]
async fn a_group_that_shows_some_of_its_members_is_no_second_count() {
    let (read, why) = verdict(|it| it.member_cap = Some(5)).await;
    assert_eq!(read, 8);
    assert!(why.unwrap().contains("3 only in the list"));
}

#[tokio::test(start_paused = true)]
async fn a_list_and_a_group_that_are_cut_alike_prove_nothing() {
    let (read, why) = verdict(|it| {
        it.stuck_offset = true;
        it.member_cap = Some(3);
    })
    .await;
    assert_eq!(read, 3);
    assert!(
        why.unwrap()
            .contains("begins with its first accounts again")
    );
}

#[tokio::test(start_paused = true)]
async fn a_leaver_whom_the_list_does_not_show_is_asked_for_by_the_own_record() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![]).await;
    bench.elsewhere(&held(TOMAS, &[]), &["OtherEnv"]);
    let vendor = bench.rig.connect_read_only();
    let look = async |email: &str| {
        let key = AccountKey {
            id: None,
            email: email.into(),
            login: None,
        };
        vendor.look_up(&key).await.expect("it answers")
    };
    assert_eq!(look("nobody@example.com").await, LookUp::Nobody);
    assert_eq!(look(TOMAS).await, LookUp::Nobody, "exists, but not here");
    // It says that it is here; that the list does not show it is not believed.
    assert!(matches!(look(ANA).await, LookUp::Unknown(_)));
}
