//! Updates: fields, administrators, groups.

use super::*;
use crate::connector::WriteError;
use crate::model::action::Change;
use crate::sandbox::HeldAccounts as _;
use crate::sandbox::{Canned, Fault};

fn change(attribute: &'static str, before: Option<Value>, after: Value) -> Change {
    Change {
        attribute: attribute.into(),
        before,
        after,
    }
}

fn update(email: &str, changes: Vec<Change>) -> Action {
    Action {
        vendor: "snaplogic".into(),
        kind: ActionKind::Update,
        email: email.into(),
        account_email: Some(email.into()),
        id: None,
        changes,
        reason: String::new(),
        current: None,
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_sends_only_what_changes_and_keeps_the_rest() {
    let bench = Bench::new(
        vec![held(
            ANA,
            &[
                ("last_name", Value::text("Cole")),
                ("groups", set(&["Old"])),
            ],
        )],
        vec![person(ANA, &[("administrator", flag(true))])],
    )
    .await;
    bench.converge().await;
    assert_eq!(
        bench.writes(),
        [
            format!("PUT {}", of(ANA)),
            format!("PATCH {}", group("admins"))
        ]
    );
    let now = bench.rig.account(ANA).unwrap();
    assert_eq!(
        now.attributes.get("groups"),
        Some(&Some(set(&["Old"]))),
        "left alone"
    );
}

#[tokio::test(start_paused = true)]
async fn one_group_change_is_one_call() {
    let bench = Bench::new(
        vec![
            held(
                ANA,
                &[("groups", set(&["A", "B"])), ("administrator", flag(true))],
            ),
            held(TOMAS, &[("groups", set(&["C", "D"]))]),
        ],
        vec![person(
            ANA,
            &[
                ("groups", set(&["B", "C", "D"])),
                ("administrator", flag(false)),
            ],
        )],
    )
    .await;
    bench.converge().await;
    let calls = ["admins", "A", "C", "D"].map(|name| format!("PATCH {}", group(name)));
    assert_eq!(bench.writes(), calls, "what is taken goes first");
    assert_eq!(
        bench.server.members("members").len(),
        3,
        "nobody left the environment"
    );
}

#[tokio::test(start_paused = true)]
async fn a_membership_that_is_there_already_is_no_failure() {
    for fails in [true, false] {
        let bench = Bench::new(vec![held(ANA, &[("groups", set(&["A"]))])], vec![])
            .await
            .choose(|quirks| quirks.idle_patch_fails = fails);
        let vendor = bench.rig.connect();
        let action = update(ANA, vec![change("groups", None, set(&["A"]))]);
        let outcome = bench.carry_out(vendor.as_ref(), &[action]).await.remove(0);
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    }
}

/// The record of a user says whether they administer.
#[tokio::test(start_paused = true)]
async fn what_a_right_that_was_taken_changes_is_no_loss() {
    let held_one = held(
        ANA,
        &[
            ("last_name", Value::text("Cole")),
            ("administrator", flag(true)),
        ],
    );
    let wants = person(ANA, &[("administrator", flag(false))]);
    let bench = Bench::new(vec![held_one], vec![wants]).await;
    bench.converge().await;
}

/// Whether a group lacks somebody tells nothing of who is not there at all.
#[tokio::test(start_paused = true)]
async fn the_groups_of_somebody_who_is_gone_are_not_called_changed() {
    let rights = [("groups", set(&["A"])), ("administrator", flag(true))];
    let none = [("groups", set(&[])), ("administrator", flag(false))];
    let bench = Bench::new(vec![held(ANA, &rights)], vec![person(ANA, &none)]).await;
    let vendor = bench.rig.connect();
    let current = vendor.fetch(&bench.desired).await.unwrap();
    let plan = bench.plan_from(&current);
    assert_eq!(kinds(&plan), [ActionKind::Update]);
    bench.rig.local().remove(ANA);
    let error = vendor.write(&plan.actions[0]).await.unwrap_err();
    assert!(matches!(error, WriteError::Stale(_)), "{error}");
    assert_eq!(bench.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_group_call_is_repeated_and_settled_by_a_read() {
    let bench = Bench::new(
        vec![held(ANA, &[("groups", set(&["A"]))])],
        vec![person(ANA, &[("groups", set(&[]))])],
    )
    .await;
    bench
        .rig
        .sandbox
        .faults()
        .next(1, Fault::DropAfter, |it| it.method == "PATCH");
    bench.converge().await;
    assert_eq!(bench.writes().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_group_call_that_came_twice_is_done_where_the_first_look_fails() {
    let bench = Bench::new(
        vec![held(ANA, &[]), held(TOMAS, &[("groups", set(&["A"]))])],
        vec![
            person(ANA, &[("groups", set(&["A"]))]),
            person(TOMAS, &[("groups", set(&["A"]))]),
        ],
    )
    .await;
    let faults = bench.rig.sandbox.faults();
    let mut sent = false;
    let page = Fault::Answer(Canned::json(200, "<html>Sign in</html>"));
    faults.next(1, page, move |it| {
        sent |= it.method == "PATCH";
        sent && it.method == "GET"
    });
    let refused = Fault::AnswerAfter(Canned::json(400, "{}"));
    faults.next(1, refused, |it| it.method == "PATCH");
    let outcome = bench.apply().await.remove(0);
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(bench.writes().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_put_that_resets_other_fields_stops_further_puts() {
    let bench = Bench::new(
        vec![
            held(ANA, &[("last_name", Value::text("Cole"))]),
            held(TOMAS, &[("last_name", Value::text("Cole"))]),
        ],
        vec![person(ANA, &[]), person(TOMAS, &[])],
    )
    .await
    .choose(|quirks| quirks.put_replaces = true);
    let vendor = bench.rig.connect();
    vendor.fetch(&bench.desired).await.unwrap();
    let rename = |email| update(email, vec![change("last_name", None, Value::text("Reyes"))]);
    let error = vendor.write(&rename(ANA)).await.unwrap_err();
    assert!(matches!(error, WriteError::Refused { .. }), "{error}");
    assert!(
        error.to_string().contains("also changed first_name"),
        "{error}"
    );
    let error = vendor.write(&rename(TOMAS)).await.unwrap_err();
    assert!(matches!(error, WriteError::Manual(_)), "{error}");
    assert_eq!(bench.writes(), [format!("PUT {}", of(ANA))]);
}

#[tokio::test(start_paused = true)]
async fn turning_an_account_into_a_service_account_sends_one_of_the_two() {
    let bench = Bench::new(
        vec![held(ANA, &[])],
        vec![person(
            ANA,
            &[("utility", flag(true)), ("ui_access", flag(false))],
        )],
    )
    .await;
    bench.converge().await;
    assert_eq!(bench.writes(), [format!("PUT {}", of(ANA))]);
}

#[tokio::test(start_paused = true)]
async fn the_vendors_spelling_of_an_email_is_used_in_paths() {
    let spelled = "Ana.Reyes@Example.com";
    let bench = Bench::new(
        vec![held(spelled, &[("last_name", Value::text("Cole"))])],
        vec![person(ANA, &[("administrator", flag(true))])],
    )
    .await;
    bench.converge().await;
    assert_eq!(bench.writes()[0], format!("PUT {}", of(spelled)));
    assert!(bench.server.members("admins").contains(&spelled.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_new_email_is_a_step_for_a_person() {
    let mut renamed = person("ana.cole@example.com", &[]);
    renamed.previous_emails = vec![ANA.into()];
    let bench = Bench::new(vec![held(ANA, &[])], vec![renamed]).await;
    let plan = bench.plan().await;
    assert_eq!((plan.actions.len(), plan.manual.len()), (0, 1));
    let change = change("email", None, Value::text("ana.cole@example.com"));
    let error = bench
        .rig
        .connect()
        .write(&update(ANA, vec![change]))
        .await
        .unwrap_err();
    assert!(matches!(error, WriteError::Manual(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn password_login_is_switched_off_only_with_sso() {
    let wants = || vec![person(ANA, &[("allow_password_login", flag(false))])];
    let bench = Bench::new(vec![held(ANA, &[])], wants()).await;
    let plan = bench.plan().await;
    assert_eq!(kinds(&plan), []);
    assert!(
        plan.notices
            .iter()
            .any(|it| it.text.contains("`sso: true`")),
        "{:?}",
        plan.notices
    );

    let bench = Bench::new(vec![], wants()).await;
    // Held by the plan; were it sent all the same, the connector would refuse it.
    let vendor = bench.rig.connect();
    let plan = bench.plan_from(&vendor.fetch(&bench.desired).await.unwrap());
    let kept = [plan.held[0].action.clone()];
    let outcome = bench.carry_out(vendor.as_ref(), &kept).await.remove(0);
    assert_eq!(outcome.verdict, Verdict::Skipped, "{}", outcome.message);
    assert_eq!(bench.writes(), [""; 0]);

    let sso = |settings: &mut VendorSettings| {
        settings.settings.insert("sso", Setting::Flag(true));
    };
    let bench = Bench::with(vec![held(ANA, &[])], wants(), sso).await;
    bench.converge().await;
}

#[tokio::test(start_paused = true)]
async fn one_shot_and_write_only_fields_stay_out_of_drift() {
    let once = [
        ("email_notification", flag(true)),
        ("create_home_directory", flag(true)),
        ("mfa_login", flag(true)),
    ];
    let bench = Bench::new(vec![held(ANA, &[])], vec![person(ANA, &once)]).await;
    bench.settled().await;
}

#[tokio::test(start_paused = true)]
async fn managed_and_maintainers_of_an_account_are_steps_for_a_person() {
    let team = [("managed", flag(true)), ("maintainers", set(&[OWN]))];
    let bench = Bench::new(vec![held(ANA, &[])], vec![person(ANA, &team)]).await;
    let plan = bench.plan().await;
    assert_eq!((plan.actions.len(), plan.manual.len()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_done_to_the_callers_own_account() {
    let demoted = person(OWN, &[("administrator", flag(false))]);
    for wanted in [demoted, leaver(OWN, &[])] {
        let bench = Bench::new(vec![], vec![wanted]).await;
        let plan = bench.plan().await;
        assert_eq!(plan.actions, []);
        let [held] = plan.held.as_slice() else {
            panic!("{plan:#?}");
        };
        assert!(held.why.contains("behind the credentials"), "{}", held.why);
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_became_a_service_account_is_not_what_was_planned() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![leaver(ANA, &[])]).await;
    let vendor = bench.rig.connect();
    let current = vendor.fetch(&bench.desired).await.unwrap();
    let plan = bench.plan_from(&current);
    bench.rig.local().put(held(ANA, &[("utility", flag(true))]));
    let error = vendor.write(&plan.actions[0]).await.unwrap_err();
    assert!(matches!(error, WriteError::Stale(_)), "{error}");
    assert_eq!(bench.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_in_the_vendors_words() {
    let bench = Bench::new(
        vec![held(ANA, &[("last_name", Value::text("Cole"))])],
        vec![person(ANA, &[])],
    )
    .await;
    let body = r#"{"response_map": {"error_list": [{"message": "name is taken"}]}, "http_status_code": 409}"#;
    bench
        .rig
        .sandbox
        .faults()
        .always(Fault::Answer(Canned::json(409, body)), |it| {
            it.method == "PUT"
        });
    let outcome = bench.apply().await.remove(0);
    assert_eq!(
        (outcome.verdict, outcome.status),
        (Verdict::Failed, Some(409))
    );
    assert!(
        outcome.message.contains("name is taken"),
        "{}",
        outcome.message
    );
}
