//! Switching off, switching on again, deleting.

use super::*;
use crate::model::off::Grace;
use crate::model::spec::SwitchOff;
use crate::sandbox::{Canned, Fault};

fn choice(name: &str) -> SwitchOff {
    let known = SPEC.deactivate.iter().find(|it| it.name == name);
    *known.expect("a choice of the declaration")
}

fn sso(settings: &mut VendorSettings) {
    settings.settings.insert("sso", Setting::Flag(true));
}

#[tokio::test(start_paused = true)]
async fn the_recipe_ends_all_access_in_order() {
    let rights = [("administrator", flag(true)), ("groups", set(&["A", "B"]))];
    let bench = Bench::new(
        vec![held(ANA, &rights), held(TOMAS, &[("groups", set(&["A"]))])],
        vec![leaver(ANA, &[]), person(TOMAS, &[("groups", set(&["A"]))])],
    )
    .await;
    let outcomes = bench.converge().await;
    assert_eq!(outcomes[0].action.kind, ActionKind::Deactivate);
    assert_eq!(
        bench.writes(),
        [
            format!("PATCH {}", group("admins")),
            format!("PATCH {}", group("A")),
            format!("PATCH {}", group("B")),
            String::from("POST /assetapi/user/app_access"),
            format!("PUT {}", of(ANA)),
        ]
    );
    let off = bench.rig.account(ANA).unwrap();
    assert!(!off.active);
    assert_eq!(off.attributes.get("ui_access"), Some(&Some(flag(false))));
    assert_eq!(
        off.attributes.get("allow_password_login"),
        Some(&Some(flag(true))),
        "no SSO here"
    );
    assert_eq!(off.attributes.get("groups"), Some(&Some(set(&[]))));
    assert!(bench.server.apps(ANA).is_empty());
    assert_eq!(bench.server.revocations(ANA), 1);
    assert!(
        bench.server.members("members").contains(&ANA.to_owned()),
        "still a member"
    );
}

#[tokio::test(start_paused = true)]
async fn password_login_goes_too_where_sso_is_on_and_comes_back() {
    let mut bench = Bench::with(vec![held(ANA, &[])], vec![leaver(ANA, &[])], sso).await;
    bench.converge().await;
    let login = |bench: &Bench| {
        bench
            .rig
            .account(ANA)
            .unwrap()
            .attributes
            .get("allow_password_login")
            .cloned()
            .flatten()
    };
    assert_eq!(login(&bench), Some(flag(false)));
    bench.want(vec![person(ANA, &[])]);
    bench.converge().await;
    assert_eq!(login(&bench), Some(flag(true)));
}

#[tokio::test(start_paused = true)]
async fn a_reactivation_gives_back_what_was_taken() {
    let mut bench = Bench::new(vec![held(ANA, &[])], vec![leaver(ANA, &[])]).await;
    bench.server.grant(ANA, &["flows", "autosync"]);
    bench.converge().await;
    assert!(bench.server.apps(ANA).is_empty());
    bench.want(vec![person(ANA, &[])]);
    let outcomes = bench.converge().await;
    assert_eq!(outcomes[0].action.kind, ActionKind::Reactivate);
    assert!(
        outcomes[0].message.contains("set anew"),
        "{}",
        outcomes[0].message
    );
    let apps: Vec<String> = bench.server.apps(ANA).into_iter().collect();
    assert_eq!(apps, ["autosync", "flows"]);
    bench.want(vec![leaver(ANA, &[])]);
    bench.converge().await;
    assert_eq!(
        bench.server.revocations(ANA),
        2,
        "what was undone is done again"
    );
}

#[tokio::test(start_paused = true)]
async fn an_account_without_a_record_is_reactivated_and_the_rest_is_said() {
    let mut off = held(ANA, &[]);
    off.active = false;
    let bench = Bench::new(vec![off], vec![person(ANA, &[])]).await;
    let outcomes = bench.converge().await;
    assert_eq!(outcomes[0].action.kind, ActionKind::Reactivate);
    assert!(
        outcomes[0].message.contains("by hand"),
        "{}",
        outcomes[0].message
    );
}

#[tokio::test(start_paused = true)]
async fn a_group_does_not_make_up_for_an_interface_that_stays_closed() {
    let mut off = held(ANA, &[]);
    off.active = false;
    let groups = [("groups", set(&["A"]))];
    let bench = Bench::new(
        vec![off, held(TOMAS, &groups)],
        vec![person(ANA, &groups), person(TOMAS, &groups)],
    )
    .await;
    let forgotten = Fault::Answer(Canned::json(200, ""));
    let faults = bench.rig.sandbox.faults();
    faults.next(1, forgotten, |it| it.method == "PUT");
    let outcome = bench.apply().await.remove(0);
    assert_eq!(outcome.verdict, Verdict::Failed, "{}", outcome.message);
    assert!(!bench.rig.account(ANA).unwrap().active);
    bench.converge().await;
    assert!(bench.rig.account(ANA).unwrap().active);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_wanted_again_before_a_revocation_was_whole_can_log_in() {
    let groups = [("groups", set(&["A"]))];
    let mut bench = Bench::new(
        vec![held(ANA, &groups), held(TOMAS, &groups)],
        vec![leaver(ANA, &groups), person(TOMAS, &groups)],
    )
    .await;
    let forgotten = Fault::Answer(Canned::json(200, ""));
    let faults = bench.rig.sandbox.faults();
    faults.next(1, forgotten, |it| it.method == "PATCH");
    let outcome = bench.apply().await.remove(0);
    assert_eq!(outcome.verdict, Verdict::Failed, "{}", outcome.message);
    let half = bench.rig.account(ANA).unwrap();
    assert_eq!(half.attributes.get("groups"), Some(&Some(set(&["A"]))));
    assert_eq!(half.attributes.get("ui_access"), Some(&Some(flag(false))));
    bench.want(vec![person(ANA, &groups), person(TOMAS, &groups)]);
    assert_eq!(kinds(&bench.plan().await), [ActionKind::Reactivate]);
    bench.converge().await;
    let whole = bench.rig.account(ANA).unwrap();
    assert_eq!(whole.attributes.get("ui_access"), Some(&Some(flag(true))));
    assert_eq!(whole.attributes.get("groups"), Some(&Some(set(&["A"]))));
}

#[tokio::test(start_paused = true)]
async fn a_revocation_is_sent_once() {
    let api_only = [("ui_access", flag(false))];
    let bench = Bench::new(vec![held(ANA, &api_only)], vec![leaver(ANA, &api_only)]).await;
    bench.converge().await;
    assert_eq!(bench.server.revocations(ANA), 1);
    assert_eq!(bench.apply().await, []);
    assert_eq!(bench.server.revocations(ANA), 1);
}

#[tokio::test(start_paused = true)]
async fn an_api_only_person_is_told_from_a_deactivated_one_by_roster_and_record() {
    let api_only = [("ui_access", flag(false))];
    let mut bench = Bench::new(vec![held(ANA, &api_only)], vec![person(ANA, &api_only)]).await;
    bench.settled().await;
    bench.want(vec![leaver(ANA, &api_only)]);
    bench.converge().await;
    assert!(!bench.rig.account(ANA).unwrap().active);
    bench.want(vec![person(ANA, &api_only)]);
    assert_eq!(kinds(&bench.plan().await), [ActionKind::Reactivate]);
    bench.converge().await;
    let ui = bench
        .rig
        .account(ANA)
        .unwrap()
        .attributes
        .get("ui_access")
        .cloned();
    assert_eq!(ui, Some(Some(flag(false))), "still without the interface");
}

#[tokio::test(start_paused = true)]
async fn a_lost_record_leaves_no_api_only_leaver_open() {
    let api_only = [("ui_access", flag(false))];
    let bench = Bench::new(vec![held(ANA, &api_only)], vec![leaver(ANA, &api_only)]).await;
    bench.converge().await;
    std::fs::remove_file(bench.rig.record()).unwrap();
    let plan = bench.plan().await;
    assert_eq!(kinds(&plan), [ActionKind::Deactivate]);
    let said = |text: &str| plan.notices.iter().any(|it| it.text.contains(text));
    assert!(said("the record does not say so"), "{:?}", plan.notices);
    bench.converge().await;
    assert_eq!(bench.server.revocations(ANA), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lost_record_changes_no_plan_where_the_vendor_shows_what_was_done() {
    let api_only = [("ui_access", flag(false))];
    let people = || vec![leaver(ANA, &api_only), leaver(TOMAS, &[])];
    let accounts = || vec![held(ANA, &api_only), held(TOMAS, &[])];
    for with_sso in [true, false] {
        let setting = |settings: &mut VendorSettings| {
            if with_sso {
                sso(settings);
            }
        };
        let bench = Bench::with(accounts(), people(), setting)
            .await
            .choose(|quirks| quirks.revocation_shows = !with_sso);
        bench.server.used_basic(TOMAS);
        bench.converge().await;
        std::fs::remove_file(bench.rig.record()).unwrap();
        bench.settled().await;
        assert_eq!(bench.fetch().await.notices, [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn leavers_who_look_off_without_a_record_are_named() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![leaver(ANA, &[])]).await;
    bench.converge().await;
    assert_eq!(bench.fetch().await.notices, [""; 0]);
    std::fs::remove_file(bench.rig.record()).unwrap();
    bench.settled().await;
    let notices = bench.fetch().await.notices;
    assert!(notices[0].contains(ANA), "{notices:?}");
    assert!(notices[0].contains("cannot be read"), "{notices:?}");
}

#[tokio::test(start_paused = true)]
async fn a_leaver_who_looks_off_and_used_basic_is_revoked() {
    let looks_off = held(ANA, &[("ui_access", flag(false))]);
    let bench = Bench::new(vec![looks_off], vec![leaver(ANA, &[])]).await;
    bench.settled().await;
    bench.server.used_basic(ANA);
    assert_eq!(kinds(&bench.plan().await), [ActionKind::Deactivate]);
    bench.converge().await;
}

#[tokio::test(start_paused = true)]
async fn an_expired_password_needs_no_revocation() {
    let mut off = held(ANA, &[]);
    off.active = false;
    let bench = Bench::new(vec![off], vec![leaver(ANA, &[])])
        .await
        .choose(|quirks| quirks.revocation_shows = true);
    bench.server.used_basic(ANA);
    bench.settled().await;
}

#[tokio::test(start_paused = true)]
async fn any_access_left_makes_an_account_active() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![leaver(ANA, &[])]).await;
    bench.converge().await;
    bench.server.grant(ANA, &["flows"]);
    assert_eq!(kinds(&bench.plan().await), [ActionKind::Deactivate]);
    bench.converge().await;
    assert!(bench.server.apps(ANA).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_step_that_fails_keeps_no_other_from_being_tried() {
    let bench = Bench::new(
        vec![held(ANA, &[("administrator", flag(true))])],
        vec![leaver(ANA, &[])],
    )
    .await;
    let no = Fault::Answer(Canned::json(403, r#"{"message": "no"}"#));
    bench
        .rig
        .sandbox
        .faults()
        .next(1, no, |it| it.method == "PATCH");
    let outcome = bench.apply().await.remove(0);
    assert_eq!(
        (outcome.verdict, outcome.status),
        (Verdict::Failed, Some(403))
    );
    assert_eq!(bench.server.revocations(ANA), 1);
    bench.converge().await;
    assert!(!bench.server.members("admins").contains(&ANA.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn each_entry_of_the_batch_answer_counts() {
    for silent in [false, true] {
        let bench = Bench::new(vec![held(ANA, &[])], vec![leaver(ANA, &[])])
            .await
            .choose(|quirks| {
                quirks.silent_apps = silent;
                quirks.stuck_apps = [ANA.to_owned()].into();
            });
        let outcome = bench.apply().await.remove(0);
        assert_eq!(outcome.verdict, Verdict::Failed, "{}", outcome.message);
        assert_eq!(bench.server.revocations(ANA), 1, "the later step was done");
        assert_eq!(
            kinds(&bench.plan().await),
            [ActionKind::Deactivate],
            "and it goes on"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn of_whom_the_batch_answer_does_not_speak_the_list_tells() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![leaver(ANA, &[])])
        .await
        .choose(|quirks| quirks.silent_apps = true);
    let outcome = bench.apply().await.remove(0);
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert!(bench.plan().await.actions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_revocation_says_where_else_it_counts() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![leaver(ANA, &[])]).await;
    bench.elsewhere(&held(ANA, &[]), &["OtherEnv"]);
    let outcomes = bench.converge().await;
    assert!(
        outcomes[0].message.contains("OtherEnv"),
        "{}",
        outcomes[0].message
    );
}

#[tokio::test(start_paused = true)]
async fn a_put_that_resets_other_fields_still_switches_off() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![leaver(ANA, &[])])
        .await
        .choose(|quirks| quirks.put_replaces = true);
    let outcomes = bench.converge().await;
    assert!(
        outcomes[0].message.contains("also changed first_name"),
        "{}",
        outcomes[0].message
    );
}

#[tokio::test(start_paused = true)]
async fn delete_is_for_good_and_only_where_nobody_else_loses() {
    let delete = |settings: &mut VendorSettings| settings.deactivate = choice("delete");
    let bench = Bench::with(vec![held(ANA, &[])], vec![leaver(ANA, &[])], delete).await;
    bench.elsewhere(&held(ANA, &[]), &["OtherEnv"]);
    let outcome = bench.apply().await.remove(0);
    assert_eq!(outcome.verdict, Verdict::Skipped);
    assert!(outcome.message.contains("OtherEnv"), "{}", outcome.message);
    assert_eq!(bench.writes(), [""; 0]);

    let bench = Bench::with(vec![held(ANA, &[])], vec![leaver(ANA, &[])], delete).await;
    bench.converge().await;
    assert_eq!(bench.writes(), [format!("DELETE {}", of(ANA))]);
    assert_eq!(bench.rig.account(ANA), None);
}

#[tokio::test(start_paused = true)]
async fn after_a_grace_only_what_is_surely_off_and_only_here_is_deleted() {
    let grace = |settings: &mut VendorSettings| settings.delete_after = Some(Grace(30));
    let on = held(ANA, &[]);
    let looks_off = held(ANA, &[("ui_access", flag(false))]);
    for (account, elsewhere, why) in [
        (&on, &[][..], None),
        (&on, &["OtherEnv"], Some("it is also in OtherEnv")),
        (&looks_off, &[], Some("may be in use through the API")),
    ] {
        let bench = Bench::with(vec![account.clone()], vec![leaver(ANA, &[])], grace).await;
        if !elsewhere.is_empty() {
            bench.elsewhere(account, elsewhere);
        }
        bench.apply().await;
        let current = bench.fetch().await;
        let mut accounts = current.accounts.iter();
        let ana = accounts.find(|it| &*it.email == ANA).unwrap();
        assert!(!ana.active);
        match (why, &ana.undeletable) {
            (None, None) => {}
            (Some(part), Some(why)) => assert!(why.contains(part), "{why}"),
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn deleting_an_absent_user_is_done() {
    let delete = |settings: &mut VendorSettings| settings.deactivate = choice("delete");
    let bench = Bench::with(vec![held(ANA, &[])], vec![leaver(ANA, &[])], delete).await;
    let gone = Fault::AnswerAfter(Canned::json(404, "{}"));
    bench
        .rig
        .sandbox
        .faults()
        .next(1, gone, |it| it.method == "DELETE");
    bench.converge().await;
}

#[tokio::test(start_paused = true)]
async fn a_leaver_who_is_gone_by_now_is_done() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![leaver(ANA, &[])]).await;
    let vendor = bench.rig.connect();
    let plan = bench.plan_from(&vendor.fetch(&bench.desired).await.unwrap());
    bench.server.expel(ANA);
    let outcome = bench
        .carry_out(vendor.as_ref(), &plan.actions)
        .await
        .remove(0);
    assert_eq!(outcome.verdict, Verdict::Applied);
    assert_eq!(bench.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_membership_that_is_gone_is_joined_again() {
    let mut off = held(ANA, &[]);
    off.active = false;
    let bench = Bench::new(vec![off], vec![person(ANA, &[])]).await;
    let vendor = bench.rig.connect();
    let plan = bench.plan_from(&vendor.fetch(&bench.desired).await.unwrap());
    assert_eq!(kinds(&plan), [ActionKind::Reactivate]);
    bench.server.expel(ANA);
    let outcome = bench
        .carry_out(vendor.as_ref(), &plan.actions)
        .await
        .remove(0);
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    bench.settled().await;
}

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_read_is_said_in_the_plan() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![person(ANA, &[])]).await;
    std::fs::write(bench.rig.record(), "{").unwrap();
    let current = bench.fetch().await;
    assert!(
        current.notices[0].contains("record.json"),
        "{:?}",
        current.notices
    );
}
