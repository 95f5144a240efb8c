//! Switching off and on, and accounts that are not ours to change.

use serde_json::json;

use super::*;
use crate::connector::WriteError;
use crate::model::outcome::Verdict;
use crate::sandbox::logicgate::OffForm;

#[tokio::test(start_paused = true)]
async fn another_account_behind_the_id_is_left_alone() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    let vendor = ready(&rig).await;
    let action = action(&rig, ActionKind::Deactivate, &[]);
    server.set(ADA, "email", json!("somebody.else@example.com"));
    let error = vendor.write(&action).await.unwrap_err();
    assert!(matches!(error, WriteError::Stale(_)), "{error}");
    assert_eq!(sent(&rig, "PUT"), 0);
}

#[tokio::test(start_paused = true)]
async fn accounts_that_are_not_ours_to_change_are_left_alone() {
    for (field, flag) in [
        ("autoprovisioned", json!(true)),
        ("scimStatus", json!("PROVISIONED")),
        ("superUser", json!(true)),
        ("serviceAccount", json!(true)),
    ] {
        let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
        let vendor = ready(&rig).await;
        // After the plan: a fresh read shows it.
        server.set(ADA, field, flag);
        for kind in [ActionKind::Update, ActionKind::Deactivate] {
            let action = action(&rig, kind, &[("first", Value::text("Augusta"))]);
            let error = vendor.write(&action).await.unwrap_err();
            assert!(matches!(error, WriteError::Manual(_)), "{field}: {error}");
        }
        assert_eq!(sent(&rig, "PUT"), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn switching_off_and_on_writes_disabled_alone() {
    for off_form in [OffForm::Flag, OffForm::Status, OffForm::Hidden] {
        let behaviour = Behaviour {
            off_form,
            ..Behaviour::default()
        };
        let (rig, server) = serve(vec![ada()], behaviour).await;
        let outcome = change(&rig, ActionKind::Deactivate, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!(server.get(ADA, "disabled"), Some(json!(true)));
        assert_eq!(server.get(ADA, "active"), Some(json!(true)));
        assert_eq!(value(&rig, "roles"), Some(Value::set(["Reader"])));
        // Again: nothing is left to do.
        let outcome = change(&rig, ActionKind::Deactivate, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!(sent(&rig, "PUT"), 1);
        if off_form == OffForm::Hidden {
            continue;
        }
        let outcome = change(&rig, ActionKind::Reactivate, &[("first", Value::text("A"))]).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!(server.get(ADA, "disabled"), Some(json!(false)));
        assert_eq!(value(&rig, "first"), Some(Value::text("A")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_switch_that_does_not_stick_is_no_success() {
    let behaviour = Behaviour {
        not_sticking: &["disabled"],
        ..Behaviour::default()
    };
    let (rig, _server) = serve(vec![ada()], behaviour).await;
    let outcome = change(&rig, ActionKind::Deactivate, &[]).await;
    assert_eq!(outcome.verdict, Verdict::Unverified);
    assert!(
        outcome.message.contains("still active"),
        "{}",
        outcome.message
    );
    assert!(outcome.message.contains("do it in"), "{}", outcome.message);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_address_never_makes_a_leaver_look_gone() {
    for status in [404, 405] {
        let behaviour = Behaviour {
            one_user: Some(status),
            ..Behaviour::default()
        };
        let (rig, _server) = serve(vec![ada()], behaviour).await;
        let outcome = change(&rig, ActionKind::Deactivate, &[]).await;
        assert_eq!(
            (outcome.verdict, outcome.status),
            (Verdict::Failed, Some(status))
        );
        assert!(
            outcome.message.contains("not confirmed"),
            "{}",
            outcome.message
        );
    }
}

#[tokio::test(start_paused = true)]
async fn without_disable_nothing_is_switched() {
    let settings = testing::settings(&SPEC);
    let (rig, _server) = serve_with(settings, vec![ada()], Behaviour::default()).await;
    for kind in [
        ActionKind::Deactivate,
        ActionKind::Reactivate,
        ActionKind::Delete,
    ] {
        let outcome = change(&rig, kind, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Skipped, "{}", outcome.message);
    }
    assert_eq!(sent(&rig, "PUT"), 0);
}

#[tokio::test(start_paused = true)]
async fn only_disabled_can_be_undone() {
    for (field, flag) in [("active", json!(false)), ("external", json!(true))] {
        let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
        server.set(ADA, field, flag);
        let outcome = change(&rig, ActionKind::Reactivate, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Skipped);
        assert!(
            outcome.message.contains("user administration"),
            "{}",
            outcome.message
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_gone_needs_no_switching_off() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    let vendor = ready(&rig).await;
    let off = action(&rig, ActionKind::Deactivate, &[]);
    let update = action(&rig, ActionKind::Update, &[("first", Value::text("A"))]);
    crate::sandbox::LocalVendor::remove(&*server, ADA);
    assert_eq!(
        carry_out(&rig, &*vendor, off).await.verdict,
        Verdict::Applied
    );
    let error = vendor.write(&update).await.unwrap_err();
    assert!(matches!(error, WriteError::Stale(_)), "{error}");
}
