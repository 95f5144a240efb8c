//! Updates: the whole object goes back, and only what was asked for changes.

use serde_json::{Value as Json, json};

use super::*;
use crate::model::outcome::Verdict;
use crate::sandbox::logicgate::{Omitted, SearchForm};

#[tokio::test(start_paused = true)]
async fn an_update_keeps_everything_it_does_not_change() {
    for omitted in [Omitted::Cleared, Omitted::Kept] {
        let behaviour = Behaviour {
            omitted,
            ..Behaviour::default()
        };
        let (rig, server) = serve(vec![ada()], behaviour).await;
        let kept = [
            "records",
            "notificationPreference",
            "allowLocalLogin",
            "timeZone",
            "active",
        ];
        let before = kept.map(|name| server.get(ADA, name));
        let changes = [
            ("last", Value::text("Lovelace")),
            ("tier", Value::text("LIMITED")),
        ];
        let outcome = change(&rig, ActionKind::Update, &changes).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!(kept.map(|name| server.get(ADA, name)), before);
        assert_eq!(server.get(ADA, "name"), Some(json!("Ada Lovelace")));
        assert_eq!(value(&rig, "roles"), Some(Value::set(["Reader"])));
        assert_eq!(sent(&rig, "PUT"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_made_since_the_plan_is_not_written_over() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    let vendor = ready(&rig).await;
    server.set(ADA, "timeZone", json!("Asia/Tokyo"));
    let action = action(
        &rig,
        ActionKind::Update,
        &[("tier", Value::text("LIMITED"))],
    );
    carry_out(&rig, &*vendor, action).await;
    assert_eq!(server.get(ADA, "timeZone"), Some(json!("Asia/Tokyo")));
    assert_eq!(value(&rig, "tier"), Some(Value::text("LIMITED")));
}

#[tokio::test(start_paused = true)]
async fn roles_are_set_exactly_by_name_or_id() {
    let (rig, _server) = serve(vec![ada()], Behaviour::default()).await;
    let outcome = change(
        &rig,
        ActionKind::Update,
        &[("roles", Value::set(["Writer"]))],
    )
    .await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(value(&rig, "roles"), Some(Value::set(["Writer"])));
    let none: [&str; 0] = [];
    let outcome = change(&rig, ActionKind::Update, &[("roles", Value::set(none))]).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(value(&rig, "roles"), Some(Value::set(none)));
}

#[tokio::test(start_paused = true)]
async fn roles_of_the_identity_provider_are_neither_given_nor_taken() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    for role in ["Reader", "Writer"] {
        server.set_role("Reader", "autoprovisioned", json!(role == "Reader"));
        server.set_role("Writer", "autoprovisioned", json!(role == "Writer"));
        let roles = [("roles", Value::set(["Writer"]))];
        let outcome = change(&rig, ActionKind::Update, &roles).await;
        assert_eq!(outcome.verdict, Verdict::Skipped);
        assert!(outcome.message.contains(role), "{}", outcome.message);
    }
    assert_eq!(sent(&rig, "PUT"), 0);
}

#[tokio::test(start_paused = true)]
async fn fields_that_do_not_stick_are_named() {
    let behaviour = Behaviour {
        not_sticking: &["tier", "company"],
        ..Behaviour::default()
    };
    let (rig, _server) = serve(vec![ada()], behaviour).await;
    let changes = [
        ("company", Value::text("New Ltd")),
        ("first", Value::text("Augusta")),
        ("tier", Value::text("LIMITED")),
    ];
    let outcome = change(&rig, ActionKind::Update, &changes).await;
    assert_eq!(outcome.verdict, Verdict::Unverified);
    assert!(
        outcome.message.contains("company, tier did not take"),
        "{}",
        outcome.message
    );
    assert_eq!(value(&rig, "first"), Some(Value::text("Augusta")));
}

#[tokio::test(start_paused = true)]
async fn a_lagging_read_is_waited_for() {
    let behaviour = Behaviour {
        stale_reads: 3,
        ..Behaviour::default()
    };
    let (rig, _server) = serve(vec![ada()], behaviour).await;
    let outcome = change(
        &rig,
        ActionKind::Update,
        &[("first", Value::text("Augusta"))],
    )
    .await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(sent(&rig, "PUT"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_email_can_be_changed() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    let id = rig.account(ADA).unwrap().id;
    let vendor = ready(&rig).await;
    let rename = Action {
        email: "Ada.Lovelace@example.com".into(),
        ..action(
            &rig,
            ActionKind::Update,
            &[("email", Value::text("Ada.Lovelace@example.com"))],
        )
    };
    let outcome = carry_out(&rig, &*vendor, rename.clone()).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    let renamed = rig.account("ada.lovelace@example.com").unwrap();
    assert_eq!(
        (renamed.id, &*renamed.email),
        (id, "Ada.Lovelace@example.com")
    );
    // A second run of the same plan finds it done.
    carry_out(&rig, &*vendor, rename).await;
    assert_eq!(sent(&rig, "PUT"), 1);
    drop(server);
}

#[tokio::test(start_paused = true)]
async fn nothing_secret_is_sent_back() {
    // The server refuses secrets and sendEmail with a 400, so that success proves their absence.
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    let outcome = change(
        &rig,
        ActionKind::Update,
        &[("tier", Value::text("PRIMARY"))],
    )
    .await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(server.get(ADA, "password"), None::<Json>);
    assert!(!format!("{outcome:?}").contains("SECRET"));
}

#[tokio::test(start_paused = true)]
async fn a_search_result_is_never_written_back() {
    let behaviour = Behaviour {
        search: SearchForm::Embedded,
        ..Behaviour::default()
    };
    let (rig, server) = serve(vec![ada()], behaviour).await;
    let vendor = ready(&rig).await;
    let by_email = Action {
        id: None,
        ..action(
            &rig,
            ActionKind::Update,
            &[("first", Value::text("Augusta"))],
        )
    };
    let before = server.get(ADA, "records");
    let outcome = carry_out(&rig, &*vendor, by_email.clone()).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(server.get(ADA, "records"), before);
    // Where only the search shows the user, nothing is written.
    server.behave(|it| it.one_user = Some(404));
    let again = Action {
        changes: action(&rig, ActionKind::Update, &[("first", Value::text("Ada"))]).changes,
        ..by_email
    };
    assert!(vendor.write(&again).await.is_err());
    assert_eq!(sent(&rig, "PUT"), 1);
}
