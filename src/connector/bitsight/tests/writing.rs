//! Writes: what is sent, what is proved, what is left to a person.

use super::*;
use crate::connector::WriteError;
use crate::model::action::{ActionKind, Change};
use crate::model::outcome::Verdict;
use crate::sandbox::bitsight::{Answer, StatusEdit};
use crate::sandbox::{Canned, Fault};

fn verdicts(outcomes: &[Outcome]) -> Vec<(ActionKind, Verdict)> {
    outcomes
        .iter()
        .map(|it| (it.action.kind, it.verdict))
        .collect()
}

fn group(name: &str) -> (&'static str, Value) {
    ("group", Value::text(name))
}

fn get(account: &Account, name: &str) -> Option<Value> {
    account.attributes.get(name).cloned().flatten()
}

fn inactive(email: &str) -> Account {
    let mut account = user(email, "customer_user");
    account.active = false;
    account
}

/// An action on the account as the server holds it.
fn action(rig: &Rig, kind: ActionKind, email: &str) -> Action {
    Action {
        vendor: "bitsight".into(),
        kind,
        email: email.into(),
        account_email: Some(email.into()),
        id: rig.held(email).id,
        changes: Vec::new(),
        reason: String::new(),
        current: None,
    }
}

#[tokio::test(start_paused = true)]
async fn create_is_flat_or_wrapped_as_the_setting_says() {
    for wrapped in [false, true] {
        let mut setup = Setup::new();
        setup.behaviour.wrapped = wrapped;
        setup.settings.settings = BTreeMap::from([("wrap_user", Setting::Flag(wrapped))]);
        let rig = setup.start().await;
        let features = ("features.fq-access", Value::Flag(true));
        let wanted = desired([person(BOB, &[group("Europe"), features.clone()])]);
        let outcomes = rig.apply(&wanted).await;
        assert_eq!(
            verdicts(&outcomes),
            [(ActionKind::Create, Verdict::Applied)]
        );
        let bob = rig.held(BOB);
        assert_eq!(get(&bob, "group"), Some(Value::text("Europe")));
        assert_eq!(get(&bob, features.0), Some(features.1));
        // `wfh-ro` appeared unasked, and is none of the roster's business.
        assert!(rig.plan(&wanted).await.actions.is_empty());
        let outcomes = rig.apply(&desired([leaver(BOB)])).await;
        assert_eq!(
            verdicts(&outcomes),
            [(ActionKind::Deactivate, Verdict::Applied)]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn group_is_read_as_object_and_written_as_guid() {
    let rig = Setup::new().start().await;
    let asia = rig.fetch(&desired([])).await.directories["group"]
        .lookup("Asia")
        .unwrap()
        .id
        .clone();
    for wanted in ["Asia", &asia] {
        rig.local.put(Setup::new().accounts.remove(1));
        let wanted = desired([person(ADA, &[group(wanted)])]);
        let outcomes = rig.apply(&wanted).await;
        assert_eq!(
            verdicts(&outcomes),
            [(ActionKind::Update, Verdict::Applied)]
        );
        assert_eq!(get(&rig.held(ADA), "group"), Some(Value::text("Asia")));
        assert!(rig.plan(&wanted).await.actions.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn moving_to_another_group_is_cautioned() {
    let rig = Setup::new().start().await;
    let told = "moving to another group can change the folders of this user";
    let plan = rig.plan(&desired([person(ADA, &[group("Asia")])])).await;
    assert!(
        plan.notices
            .iter()
            .any(|it| it.text == told && it.email.as_deref() == Some(ADA))
    );
    let plan = rig.plan(&desired([person(ADA, &[group("Europe")])])).await;
    assert!(plan.notices.iter().all(|it| it.text != told));
    assert!(plan.actions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_group_is_held() {
    let rig = Setup::new().start().await;
    let plan = rig
        .plan(&desired([person(BOB, &[group("Atlantis")])]))
        .await;
    assert!(plan.actions.is_empty());
    assert_eq!(plan.held.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn features_keep_what_the_roster_does_not_name() {
    for merge in [false, true] {
        let mut ada = user(ADA, "customer_user");
        for (slug, value) in [("a", true), ("b", false), ("locked", true)] {
            let name = format!("features.{slug}");
            ada.attributes.insert(name, Some(Value::Flag(value)));
        }
        ada.fixed.push(("features.locked".into(), "x".into()));
        let mut setup = Setup::new();
        setup.accounts[1] = ada;
        setup.behaviour.features_merge = merge;
        let rig = setup.start().await;
        let wanted = desired([person(ADA, &[("features.b", Value::Flag(true))])]);
        let outcomes = rig.apply(&wanted).await;
        assert_eq!(
            verdicts(&outcomes),
            [(ActionKind::Update, Verdict::Applied)]
        );
        let ada = rig.held(ADA);
        for (slug, value) in [
            ("a", true),
            ("b", true),
            ("locked", true),
            ("wfh-ro", false),
        ] {
            let name = format!("features.{slug}");
            assert_eq!(get(&ada, &name), Some(Value::Flag(value)), "{slug} {merge}");
        }
        assert!(rig.plan(&wanted).await.actions.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_feature_that_cannot_be_changed_is_reported_and_not_sent() {
    let mut setup = Setup::new();
    let ada = &mut setup.accounts[1];
    ada.attributes
        .insert("features.locked", Some(Value::Flag(true)));
    ada.fixed.push(("features.locked".into(), "x".into()));
    let rig = setup.start().await;
    let off = ("features.locked", Value::Flag(false));
    let plan = rig.plan(&desired([person(ADA, &[off])])).await;
    assert!(plan.actions.is_empty());
    assert!(!plan.notices.is_empty() || !plan.manual.is_empty());
    // The same when it was locked after the plan.
    let late = Action {
        changes: vec![Change {
            attribute: "features.locked".into(),
            before: Some(Value::Flag(true)),
            after: Value::Flag(false),
        }],
        ..action(&rig, ActionKind::Update, ADA)
    };
    let error = rig.vendor.write(&late).await.unwrap_err();
    assert!(matches!(error, WriteError::Stale(_)), "{error}");
    assert_eq!(rig.count("PATCH"), 0);
}

#[tokio::test(start_paused = true)]
async fn an_email_can_be_changed() {
    let rig = Setup::new().start().await;
    let mut renamed = person("ada.king@example.com", &[]);
    renamed.previous_emails = vec![ADA.into()];
    let wanted = desired([renamed]);
    let before = rig.held(ADA).id;
    let outcomes = rig.apply(&wanted).await;
    assert_eq!(
        verdicts(&outcomes),
        [(ActionKind::Update, Verdict::Applied)]
    );
    assert_eq!(rig.held("ada.king@example.com").id, before);
    assert!(rig.plan(&wanted).await.actions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn any_2xx_answer_is_proved_by_a_read_where_it_shows_nothing() {
    for answer in [
        Answer::User(200),
        Answer::User(201),
        Answer::Message,
        Answer::Nothing,
    ] {
        let mut setup = Setup::new();
        setup.behaviour.create_answer = answer;
        setup.behaviour.edit_answer = answer;
        let rig = setup.start().await;
        let contact = ("is_available_for_contact", Value::Flag(true));
        let wanted = desired([person(ADA, &[contact]), person(BOB, &[])]);
        let outcomes = rig.apply(&wanted).await;
        assert_eq!(
            verdicts(&outcomes),
            [
                (ActionKind::Update, Verdict::Applied),
                (ActionKind::Create, Verdict::Applied)
            ],
            "{answer:?}"
        );
        assert!(rig.plan(&wanted).await.actions.is_empty());
        let outcomes = rig.apply(&desired([leaver(ADA)])).await;
        assert_eq!(
            verdicts(&outcomes),
            [(ActionKind::Deactivate, Verdict::Applied)]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn deactivate_by_status_is_sent_alone_and_read_back() {
    let rig = Setup::new().start().await;
    let outcomes = rig.apply(&desired([leaver(ADA)])).await;
    assert_eq!(
        verdicts(&outcomes),
        [(ActionKind::Deactivate, Verdict::Applied)]
    );
    assert!(!rig.held(ADA).active);
    assert_eq!(rig.count("PATCH"), 1);
    assert!(rig.plan(&desired([leaver(ADA)])).await.actions.is_empty());
    // And on again.
    let wanted = desired([person(
        ADA,
        &[("role", Value::text("customer_group_admin"))],
    )]);
    let outcomes = rig.apply(&wanted).await;
    assert_eq!(
        verdicts(&outcomes),
        [(ActionKind::Reactivate, Verdict::Applied)]
    );
    assert!(rig.held(ADA).active);
    assert!(rig.plan(&wanted).await.actions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_status_that_does_not_take_asks_for_a_person_and_never_deletes() {
    for status_edit in [StatusEdit::Ignored, StatusEdit::Rejected] {
        let setup = Setup::with(Behaviour {
            status_edit,
            ..Behaviour::default()
        });
        let rig = setup.holding(inactive(BOB)).start().await;
        let wanted = desired([leaver(ADA), person(BOB, &[])]);
        let outcomes = rig.apply(&wanted).await;
        assert_eq!(outcomes.len(), 2);
        for outcome in &outcomes {
            assert_eq!(outcome.verdict, Verdict::Failed, "{status_edit:?}");
            let message = &outcome.message;
            assert!(message.contains("needs a manual step"), "{message}");
        }
        assert!(rig.held(ADA).active && !rig.held(BOB).active);
        assert_eq!(rig.count("DELETE"), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn removals_find_out_that_nothing_is_left_to_do() {
    let rig = Setup::new().holding(inactive(BOB)).start().await;
    let ada = action(&rig, ActionKind::Deactivate, ADA);
    let bob = action(&rig, ActionKind::Deactivate, BOB);
    rig.local.remove(ADA);
    let written = rig.vendor.write(&ada).await.unwrap();
    assert_eq!(written.notes, ["the user was gone already"]);
    let written = rig.vendor.write(&bob).await.unwrap();
    assert_eq!(written.notes, ["the user was deactivated already"]);
    assert!(!written.account.unwrap().active);
    assert_eq!(rig.count("PATCH"), 0);
}

#[tokio::test(start_paused = true)]
async fn removals_leave_another_user_alone() {
    let rig = Setup::new().start().await;
    let other = Action {
        account_email: Some(BOB.into()),
        ..action(&rig, ActionKind::Deactivate, ADA)
    };
    let error = rig.vendor.write(&other).await.unwrap_err();
    assert!(matches!(error, WriteError::Stale(_)), "{error}");
    assert_eq!(rig.count("PATCH"), 0);
}

#[tokio::test(start_paused = true)]
async fn delete_warns_about_shared_folders_and_takes_404_as_done() {
    let rig = Setup::new().deactivate("delete").start().await;
    let plan = rig.plan(&desired([leaver(ADA)])).await;
    assert!(
        plan.notices
            .iter()
            .any(|it| it.text.contains("shared folders"))
    );
    let gone = action(&rig, ActionKind::Delete, ADA);
    let outcomes = rig.apply(&desired([leaver(ADA)])).await;
    assert_eq!(
        verdicts(&outcomes),
        [(ActionKind::Delete, Verdict::Applied)]
    );
    assert!(outcomes[0].message.contains("shared folders"));
    let written = rig.vendor.write(&gone).await.unwrap();
    assert_eq!(written.notes, ["the user was gone already"]);
    assert_eq!(rig.count("DELETE"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_404_on_delete_counts_only_if_the_list_agrees() {
    let rig = Setup::new().deactivate("delete").start().await;
    let not_found = Canned::json(404, r#"{"detail":"Not found."}"#);
    let delete = |request: &crate::sandbox::Request| request.method == "DELETE";
    let faults = rig.sandbox().faults();
    faults.next(1, Fault::Answer(not_found.clone()), delete);
    let error = rig
        .vendor
        .write(&action(&rig, ActionKind::Delete, ADA))
        .await;
    assert!(matches!(error, Err(WriteError::Http(_))));
    faults.next(1, Fault::AnswerAfter(not_found), delete);
    let written = rig
        .vendor
        .write(&action(&rig, ActionKind::Delete, ADA))
        .await;
    assert_eq!(written.unwrap().notes, ["the user was gone already"]);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_address_may_be_refused_for_good() {
    for reuse in [false, true] {
        let mut setup = Setup::new().deactivate("delete");
        setup.behaviour.reuse = reuse;
        let rig = setup.start().await;
        rig.apply(&desired([leaver(ADA)])).await;
        let outcomes = rig.apply(&desired([person(ADA, &[])])).await;
        let verdict = if reuse {
            Verdict::Applied
        } else {
            Verdict::Failed
        };
        assert_eq!(verdicts(&outcomes), [(ActionKind::Create, verdict)]);
        assert_eq!(rig.count("POST"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_taken_address_is_looked_up_and_never_posted_twice() {
    for duplicate in [400, 409, 422] {
        let mut setup = Setup::new();
        setup.behaviour.duplicate = duplicate;
        setup.behaviour.lists_deactivated = false;
        let rig = setup.start().await;
        let wanted = desired([person(
            BOB,
            &[("role", Value::text("customer_group_admin"))],
        )]);
        let plan = rig.plan(&wanted).await;
        // Somebody makes the user between plan and apply, and switches it off.
        rig.local.put(inactive(BOB));
        let outcomes = rig.carry_out(&plan.actions).await;
        assert_eq!(outcomes[0].verdict, Verdict::Applied, "{duplicate}");
        let bob = rig.held(BOB);
        assert!(bob.active);
        assert_eq!(get(&bob, "role"), Some(Value::text("customer_group_admin")));
        assert_eq!(rig.count("POST"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_was_lost_is_looked_up() {
    let post = |request: &crate::sandbox::Request| request.method == "POST";
    let late = || Canned::json(524, "{}");
    for (fault, verdict) in [
        (Fault::DropAfter, Verdict::Applied),
        (Fault::AnswerAfter(late()), Verdict::Applied),
        (Fault::Answer(late()), Verdict::Unverified),
    ] {
        let rig = Setup::new().start().await;
        rig.sandbox().faults().next(1, fault.clone(), post);
        let outcomes = rig.apply(&desired([person(BOB, &[])])).await;
        assert_eq!(
            verdicts(&outcomes),
            [(ActionKind::Create, verdict)],
            "{fault:?}"
        );
        assert_eq!(rig.count("POST"), 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirected_write_is_not_followed() {
    let rig = Setup::new().start().await;
    let away = Canned::json(307, "").header("location", "/bitsight/ratings/v2/users/");
    rig.sandbox()
        .faults()
        .always(Fault::Answer(away), |request| request.method == "POST");
    let outcomes = rig.apply(&desired([person(BOB, &[])])).await;
    assert_eq!(verdicts(&outcomes), [(ActionKind::Create, Verdict::Failed)]);
    assert_eq!(rig.count("POST"), 1);
    assert!(rig.requests().iter().all(|line| !line.contains("/users/ ")));
}

#[tokio::test(start_paused = true)]
async fn a_used_up_quota_is_said_by_the_vendor() {
    let rig = Setup::new().start().await;
    let full = Canned::json(402, r#"{"detail":"The user quota is used up."}"#);
    rig.sandbox()
        .faults()
        .always(Fault::Answer(full), |request| request.method == "POST");
    let outcomes = rig.apply(&desired([person(BOB, &[])])).await;
    assert_eq!(
        (outcomes[0].verdict, outcomes[0].status),
        (Verdict::Failed, Some(402))
    );
    assert!(outcomes[0].message.contains("quota is used up"));
    assert_eq!(rig.count("POST"), 1);
}

#[tokio::test(start_paused = true)]
async fn the_token_shows_nowhere() {
    let rig = Setup::new().start().await;
    let token = "rig-secret-token";
    let echo = Canned::json(400, format!(r#"{{"detail":"bad token {token}"}}"#));
    rig.sandbox()
        .faults()
        .always(Fault::Answer(echo), |request| request.method == "POST");
    let outcomes = rig.apply(&desired([person(BOB, &[])])).await;
    assert!(!format!("{outcomes:?}").contains(token));
}
