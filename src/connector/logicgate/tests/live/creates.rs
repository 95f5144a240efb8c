//! Creates: never two accounts for one e-mail, and all of it set.

use crate::sandbox::HeldAccounts as _;
use serde_json::json;

use super::*;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::outcome::Verdict;
use crate::model::plan::VendorPlan;
use crate::plan::guard::Allowed;
use crate::plan::input::Input;
use crate::plan::planner::plan_vendor;
use crate::sandbox::logicgate::{ListForm, SearchForm};
use crate::sandbox::{Canned, Fault};

/// What a create of Ada sets.
fn as_wanted() -> Vec<(&'static str, Value)> {
    vec![
        ("company", Value::text("Example Ltd")),
        ("first", Value::text("Ada")),
        ("last", Value::text("Lovelace")),
        ("send_email", Value::Flag(false)),
        ("tier", Value::text("LIMITED")),
    ]
}

async fn create(rig: &Rig, more: &[(&'static str, Value)]) -> Outcome {
    let vendor = ready(rig).await;
    let changes = [as_wanted(), more.to_vec()].concat();
    let action = action(rig, ActionKind::Create, &changes);
    carry_out(rig, &*vendor, action).await
}

#[tokio::test(start_paused = true)]
async fn a_create_may_answer_200_or_201() {
    for created in [200, 201] {
        let behaviour = Behaviour {
            created,
            ..Behaviour::default()
        };
        let (rig, _server) = serve(Vec::new(), behaviour).await;
        let outcome = create(&rig, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert!(outcome.id.is_some());
        assert_eq!((sent(&rig, "POST"), sent(&rig, "PUT")), (1, 0));
        assert_eq!(value(&rig, "send_email"), Some(Value::Flag(false)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_answer_without_id_is_looked_up_and_not_repeated() {
    let (rig, _server) = serve(Vec::new(), Behaviour::default()).await;
    let fault = Fault::AnswerAfter(Canned::json(200, r#"{"id":"","email":"ada@example.com"}"#));
    rig.sandbox.faults().next(1, fault, |it| {
        it.path == "/api/v1/users" && it.method == "POST"
    });
    let outcome = create(&rig, &[]).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(sent(&rig, "POST"), 1);
}

#[tokio::test(start_paused = true)]
async fn roles_and_time_zone_follow_the_create_even_through_a_lagging_cache() {
    for stale_reads in [0, 3] {
        let behaviour = Behaviour {
            stale_reads,
            default_role: Some("Writer"),
            ..Behaviour::default()
        };
        let (rig, _server) = serve(Vec::new(), behaviour).await;
        let more = [
            ("roles", Value::set(["Reader"])),
            ("time_zone", Value::text("Europe/London")),
        ];
        let outcome = create(&rig, &more).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!((sent(&rig, "POST"), sent(&rig, "PUT")), (1, 1));
        assert_eq!(value(&rig, "roles"), Some(Value::set(["Reader"])));
        assert_eq!(value(&rig, "time_zone"), Some(Value::text("Europe/London")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_default_role_stays_when_the_roster_says_nothing_about_roles() {
    let behaviour = Behaviour {
        default_role: Some("Writer"),
        ..Behaviour::default()
    };
    let (rig, _server) = serve(Vec::new(), behaviour).await;
    let outcome = create(&rig, &[("time_zone", Value::text("Europe/London"))]).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(value(&rig, "roles"), Some(Value::set(["Writer"])));
}

#[tokio::test(start_paused = true)]
async fn a_create_that_could_not_be_completed_says_so() {
    let behaviour = Behaviour {
        one_user: Some(405),
        ..Behaviour::default()
    };
    let (rig, _server) = serve(Vec::new(), behaviour).await;
    let outcome = create(&rig, &[("roles", Value::set(["Reader"]))]).await;
    assert_eq!(outcome.verdict, Verdict::Failed);
    assert!(
        outcome.message.contains("was created, but"),
        "{}",
        outcome.message
    );
    assert!(outcome.id.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_create_is_proved_by_the_search_where_nobody_is_read_alone() {
    let behaviour = Behaviour {
        one_user: Some(404),
        ..Behaviour::default()
    };
    let (rig, _server) = serve(Vec::new(), behaviour).await;
    let outcome = create(&rig, &[("roles", Value::set::<&str>([]))]).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!((sent(&rig, "POST"), sent(&rig, "PUT")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_create_never_makes_a_second_account() {
    for search in [SearchForm::Whole, SearchForm::Embedded, SearchForm::Gone] {
        let behaviour = Behaviour {
            search,
            ..Behaviour::default()
        };
        let mut off = ada();
        off.active = false;
        let (rig, _server) = serve(vec![off], behaviour).await;
        let outcome = create(&rig, &[]).await;
        assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        assert_eq!((sent(&rig, "POST"), sent(&rig, "PUT")), (0, 1));
        assert!(rig.account(ADA).unwrap().active);
        assert_eq!(value(&rig, "last"), Some(Value::text("Lovelace")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_that_the_search_did_not_show_is_a_failure_and_no_second_try() {
    for duplicate in [400, 409, 422] {
        let behaviour = Behaviour {
            duplicate,
            search_shows_off: false,
            list_shows_off: false,
            ..Behaviour::default()
        };
        let mut off = ada();
        off.active = false;
        let (rig, _server) = serve(vec![off], behaviour).await;
        let outcome = create(&rig, &[]).await;
        assert_eq!(
            (outcome.verdict, outcome.status),
            (Verdict::Failed, Some(duplicate))
        );
        assert_eq!(sent(&rig, "POST"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_was_lost_is_found_again() {
    let (rig, _server) = serve(Vec::new(), Behaviour::default()).await;
    rig.sandbox.faults().next(1, Fault::DropAfter, |it| {
        it.path == "/api/v1/users" && it.method == "POST"
    });
    let outcome = create(&rig, &[("roles", Value::set(["Reader"]))]).await;
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!((sent(&rig, "POST"), rig.local().accounts().len()), (1, 2));
    assert_eq!(value(&rig, "roles"), Some(Value::set(["Reader"])));
}

/// Plans for Ada as the roster would want her.
async fn plan(rig: &Rig, access: Access) -> VendorPlan {
    let attributes: Vec<_> = as_wanted()
        .into_iter()
        .filter(|it| it.0 != "send_email")
        .collect();
    let desired = Desired::listed(
        rig.settings.name.clone(),
        vec![DesiredAccount {
            access,
            ..testing::wanted(ADA, &attributes)
        }],
    );
    let current = rig.connect_read_only().fetch(&desired).await.unwrap();
    plan_vendor(Input {
        settings: &rig.settings,
        desired: &desired,
        known: &current.clone().into(),
        only: None,
        allowed: Allowed::default(),
    })
}

#[tokio::test(start_paused = true)]
async fn an_external_user_is_a_step_for_a_person_in_the_plan() {
    for list_shows_off in [true, false] {
        for list in [ListForm::Array, ListForm::PageV1] {
            let behaviour = Behaviour {
                list_shows_off,
                list,
                ..Behaviour::default()
            };
            let (rig, server) = serve(vec![ada()], behaviour).await;
            server.set(ADA, "external", json!(true));
            let wanted = plan(&rig, Access::Granted).await;
            assert_eq!(
                (wanted.actions.len(), wanted.held.len()),
                (0, 0),
                "{wanted:?}"
            );
            let [step] = wanted.manual.as_slice() else {
                panic!("{wanted:?}");
            };
            assert_eq!(step.action.kind, ActionKind::Reactivate);
            assert!(step.why.contains("external user"), "{}", step.why);
            let left = plan(&rig, Access::Left).await;
            assert_eq!((left.manual.len(), left.actions.len()), (0, 0), "{left:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_deactivated_user_whom_the_list_hides_is_no_create() {
    for search in [SearchForm::Whole, SearchForm::Embedded] {
        let behaviour = Behaviour {
            list_shows_off: false,
            search,
            ..Behaviour::default()
        };
        let mut off = ada();
        off.active = false;
        let (rig, _server) = serve(vec![off], behaviour).await;
        let wanted = plan(&rig, Access::Granted).await;
        let kinds: Vec<ActionKind> = wanted.actions.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [ActionKind::Reactivate], "{wanted:?}");
    }
    // Without the search, the list is all there is to know.
    let behaviour = Behaviour {
        search: SearchForm::Gone,
        ..Behaviour::default()
    };
    let (rig, _server) = serve(Vec::new(), behaviour).await;
    let wanted = plan(&rig, Access::Granted).await;
    assert_eq!(wanted.actions[0].kind, ActionKind::Create);
}

#[tokio::test(start_paused = true)]
async fn a_first_roll_out_is_not_searched_person_by_person() {
    let (rig, _server) = serve(Vec::new(), Behaviour::default()).await;
    let people = (0..61).map(|at| testing::wanted(&format!("p{at}@example.com"), &[]));
    let desired = Desired::listed(rig.settings.name.clone(), people.collect());
    let current = rig.connect_read_only().fetch(&desired).await.unwrap();
    assert!(
        current.notices.iter().any(|it| it.starts_with("61 people")),
        "{:?}",
        current.notices
    );
    let searches = rig.sandbox.requests().into_iter();
    assert_eq!(
        searches
            .filter(|(it, _)| it.path.contains("internal"))
            .count(),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_create_that_meets_an_external_user_is_a_step_for_a_person() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    server.set(ADA, "external", json!(true));
    let outcome = create(&rig, &[]).await;
    assert_eq!(outcome.verdict, Verdict::Skipped);
    assert!(
        outcome.message.contains("convert it"),
        "{}",
        outcome.message
    );
    assert_eq!(sent(&rig, "POST"), 0);
}
