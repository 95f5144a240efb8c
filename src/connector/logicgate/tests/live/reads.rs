//! Fetch and find.

use serde_json::json;

use super::*;
use crate::connector::testing::OWN;
use crate::http::Problem;
use crate::model::current::{Current, Own};
use crate::sandbox::logicgate::{ListForm, OffForm, SearchForm};
use crate::sandbox::{Canned, Fault, Request};

async fn fetch(rig: &Rig) -> Current {
    let vendor = rig.connect_read_only();
    vendor.fetch(&Desired::default()).await.unwrap()
}

fn crowd() -> Vec<Account> {
    (0..250)
        .map(|at| testing::account(&format!("p{at}@example.com"), &[]))
        .collect()
}

fn targets(rig: &Rig) -> Vec<String> {
    let requests = rig.sandbox.requests();
    requests
        .into_iter()
        .map(|(request, _)| format!("{} {}?{}", request.method, request.path, request.query))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_list_is_one_array() {
    let (rig, _server) = serve(vec![ada()], Behaviour::default()).await;
    let current = fetch(&rig).await;
    assert_eq!(current.accounts.len(), 2);
    assert_eq!(current.own, Own::Email(OWN.into()));
    assert_eq!((current.proof.pages, current.proof.counted), (0, None));
    assert!(current.proof.missing.is_empty());
    let directory = &current.directories["roles"];
    assert!(directory.lookup("Administrator").unwrap().admin);
    assert!(!directory.lookup("Reader").unwrap().admin);
}

/// A role that nobody holds is known where the tenant lists them, and whether it makes administrators;
/// where it does not, nothing is asked of `/api/v1/roles` that could stop a run.
#[tokio::test(start_paused = true)]
async fn all_roles_are_asked_for_where_the_roster_sets_them() {
    let wanted = || {
        let roles = [("roles", Value::set(["Writer"]))];
        Desired::listed("logicgate", vec![testing::wanted(ADA, &roles)])
    };
    for listed in [false, true] {
        let behaviour = Behaviour {
            lists_roles: listed,
            ..Behaviour::default()
        };
        let own = testing::account(OWN, &[("roles", Value::set(["Administrator"]))]);
        let (rig, _server) = serve(vec![own], behaviour).await;
        let vendor = rig.connect_read_only();
        let current = vendor.fetch(&wanted()).await.unwrap();
        assert_eq!(current.proof.missing, [""; 0]);
        let roles = &current.directories["roles"];
        assert_eq!(roles.lookup("Writer").is_ok(), listed, "{roles:?}");
        assert!(roles.lookup("Administrator").is_ok_and(|it| it.admin));
        let asks = |rig: &Rig| targets(rig).iter().any(|it| it.contains("/api/v1/roles"));
        assert!(asks(&rig));
        let (rig, _server) = serve(vec![ada()], Behaviour::default()).await;
        fetch(&rig).await;
        assert!(!asks(&rig), "nobody sets roles");
    }
    // A list of roles without those that users hold is a part of it.
    let (part, _server) = serve(vec![ada()], Behaviour::default()).await;
    let none = Fault::Answer(Canned::json(200, "[]"));
    let asked = |it: &Request| it.path == "/api/v1/roles";
    part.sandbox.faults().always(none, asked);
    let vendor = part.connect_read_only();
    let current = vendor.fetch(&wanted()).await.unwrap();
    let told = "partial view: the list of roles lacks";
    let missing = &current.proof.missing;
    assert!(missing.iter().any(|it| it.contains(told)), "{missing:?}");
}

#[tokio::test(start_paused = true)]
async fn pages_of_both_kinds_are_read_to_the_end_and_counted() {
    for list in [ListForm::PageV1, ListForm::PageV2] {
        let behaviour = Behaviour {
            list,
            ..Behaviour::default()
        };
        let (rig, _server) = serve(crowd(), behaviour).await;
        let current = fetch(&rig).await;
        assert_eq!(current.accounts.len(), 251, "{list:?}");
        assert_eq!((current.proof.pages, current.proof.counted), (3, Some(251)));
        assert!(current.proof.missing.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_count_that_does_not_match_is_no_proof() {
    let behaviour = Behaviour {
        list: ListForm::PageV1,
        ..Behaviour::default()
    };
    let (rig, _server) = serve(vec![ada()], behaviour).await;
    let more = Fault::Rewrite("\"totalElements\":2".into(), "\"totalElements\":3".into());
    rig.sandbox.faults().always(more, |_| true);
    let current = fetch(&rig).await;
    assert_eq!(
        current.proof.missing,
        ["the vendor counts 3 users, 2 were read"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_user_without_email_is_left_alone() {
    let (rig, server) = serve(vec![ada()], Behaviour::default()).await;
    let key = AccountKey {
        id: rig.account(ADA).unwrap().id,
        email: ADA.into(),
        login: None,
    };
    server.set(ADA, "email", json!(null));
    let current = fetch(&rig).await;
    assert_eq!(current.accounts.len(), 1);
    assert_eq!(current.proof.missing, Vec::<String>::new());
    assert_eq!(current.odd.len(), 1);
    assert!(current.odd[0].why.contains("no e-mail"), "{current:?}");
    // Nor is it gone: a switch-off must not be taken as done.
    assert!(rig.connect().find(&key).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn pages_that_promise_more_and_bring_nothing_are_an_error() {
    let behaviour = Behaviour {
        list: ListForm::PageV1,
        ..Behaviour::default()
    };
    let (rig, _server) = serve(vec![ada()], behaviour).await;
    let more = Fault::Rewrite("\"last\":true".into(), "\"last\":false".into());
    rig.sandbox.faults().always(more, |_| true);
    let error = rig.connect().fetch(&Desired::default()).await.unwrap_err();
    assert!(matches!(error.problem, Problem::Paging(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn links_are_never_followed() {
    let behaviour = Behaviour {
        list: ListForm::PageV2,
        ..Behaviour::default()
    };
    let (rig, _server) = serve(crowd(), behaviour).await;
    let away = Fault::Rewrite(
        "\"/api/v1/users?".into(),
        "\"http://elsewhere.invalid/?".into(),
    );
    rig.sandbox.faults().always(away, |_| true);
    assert_eq!(fetch(&rig).await.accounts.len(), 251);
}

#[tokio::test(start_paused = true)]
async fn secrets_and_times_of_either_form_leave_no_trace() {
    for iso_times in [false, true] {
        let behaviour = Behaviour {
            iso_times,
            ..Behaviour::default()
        };
        let (rig, _server) = serve(vec![ada()], behaviour).await;
        let current = fetch(&rig).await;
        assert!(!format!("{current:?}").contains("SECRET"));
    }
}

#[tokio::test(start_paused = true)]
async fn one_token_is_minted_for_a_whole_run() {
    let (rig, _server) = serve(vec![ada()], Behaviour::default()).await;
    let vendor = ready(&rig).await;
    vendor.find(&by_email(ADA)).await.unwrap();
    let mints = rig.token_calls();
    assert_eq!(mints.len(), 1);
    assert_eq!(mints[0].path, "/api/v1/account/token");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_minted_again_once() {
    let (rig, _server) = serve(vec![ada()], Behaviour::default()).await;
    let refused = || Fault::Answer(Canned::json(401, "{}"));
    rig.sandbox
        .faults()
        .next(1, refused(), |request| request.method == "GET");
    assert_eq!(fetch(&rig).await.accounts.len(), 2);
    assert_eq!(rig.token_calls().len(), 2);
    rig.sandbox.forget_requests();
    rig.sandbox
        .faults()
        .always(refused(), |request| request.method == "GET");
    let error = rig.connect().fetch(&Desired::default()).await.unwrap_err();
    assert!(matches!(error.problem, Problem::Unauthorized(_)), "{error}");
    assert_eq!(rig.token_calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_answer_without_token_is_an_error_that_shows_none() {
    let (rig, _server) = serve(vec![ada()], Behaviour::default()).await;
    let empty = r#"{"access_token":"","token_type":"bearer","hint":"SECRET"}"#;
    let fault = Fault::Answer(Canned::json(200, empty));
    rig.sandbox
        .faults()
        .always(fault, |request| request.path.ends_with("/token"));
    let error = rig.connect().fetch(&Desired::default()).await.unwrap_err();
    assert!(!error.to_string().contains("SECRET"));
    assert!(error.to_string().contains("no bearer token"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_ready_token_is_used_as_it_is() {
    let settings = testing::settings_with(&SPEC, &SPEC.auth[1]);
    let (rig, _server) = serve_with(settings, vec![ada()], Behaviour::default()).await;
    assert_eq!(fetch(&rig).await.accounts.len(), 2);
    assert!(rig.writes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_plus_in_an_email_is_encoded_and_the_match_is_exact() {
    let plus = testing::account("ada+1@example.com", &[]);
    let (rig, _server) = serve(vec![ada(), plus], Behaviour::default()).await;
    let vendor = rig.connect();
    let found = vendor.find(&by_email(" ADA+1@example.com")).await.unwrap();
    assert_eq!(&*found.unwrap().email, "ada+1@example.com");
    assert!(
        targets(&rig)[1].contains("query=ADA%2B1%40example.com"),
        "{:?}",
        targets(&rig)
    );
    // The fuzzy search finds both people; neither is the one asked for.
    assert_eq!(vendor.find(&by_email("example.com")).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn two_users_that_differ_in_letter_case_only_are_an_error() {
    let twin = testing::account("twin@example.com", &[]);
    let (rig, server) = serve(vec![ada(), twin], Behaviour::default()).await;
    server.set("twin@example.com", "email", json!("ADA@example.com"));
    let error = rig.connect().find(&by_email(ADA)).await.unwrap_err();
    assert!(error.to_string().contains("several users"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_search_with_less_than_the_whole_user_is_completed_by_id() {
    let behaviour = Behaviour {
        search: SearchForm::Embedded,
        ..Behaviour::default()
    };
    let mut off = ada();
    off.active = false;
    let (rig, _server) = serve(vec![off], behaviour).await;
    let found = rig.connect().find(&by_email(ADA)).await.unwrap().unwrap();
    assert!(!found.active);
    assert_eq!(
        found.attributes.get("roles"),
        Some(&Some(Value::set(["Reader"])))
    );
}

#[tokio::test(start_paused = true)]
async fn without_the_internal_search_the_list_answers() {
    let behaviour = Behaviour {
        search: SearchForm::Gone,
        ..Behaviour::default()
    };
    let (rig, _server) = serve(vec![ada()], behaviour).await;
    let vendor = rig.connect();
    assert!(vendor.find(&by_email(ADA)).await.unwrap().is_some());
    assert_eq!(vendor.find(&by_email("x@example.com")).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn an_address_for_one_user_that_is_not_there_is_called_unconfirmed() {
    for status in [404, 405] {
        let behaviour = Behaviour {
            one_user: Some(status),
            ..Behaviour::default()
        };
        let (rig, _server) = serve(vec![ada()], behaviour).await;
        let key = AccountKey {
            id: rig.account(ADA).unwrap().id,
            email: ADA.into(),
            login: None,
        };
        let error = rig.connect().find(&key).await.unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert!(error.to_string().contains("not confirmed"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_that_neither_its_address_nor_the_list_shows_is_gone() {
    let behaviour = Behaviour {
        off_form: OffForm::Hidden,
        ..Behaviour::default()
    };
    let mut off = ada();
    off.active = false;
    let (rig, _server) = serve(vec![off], behaviour).await;
    let key = AccountKey {
        id: rig.account(ADA).unwrap().id,
        email: ADA.into(),
        login: None,
    };
    assert_eq!(rig.connect().find(&key).await.unwrap(), None);
    let key = AccountKey {
        id: Some("no such/id?".into()),
        ..key
    };
    assert_eq!(rig.connect().find(&key).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_list_without_those_who_are_off_is_still_a_list() {
    let behaviour = Behaviour {
        list_shows_off: false,
        ..Behaviour::default()
    };
    let mut off = ada();
    off.active = false;
    let (rig, _server) = serve(vec![off], behaviour).await;
    assert_eq!(fetch(&rig).await.accounts.len(), 1);
    let found = rig.connect().find(&by_email(ADA)).await.unwrap();
    assert!(!found.unwrap().active);
}

#[tokio::test(start_paused = true)]
async fn role_ids_name_roles_that_nobody_holds() {
    use crate::roster::model::Setting;
    let mut settings = switchable();
    let ids = [("Auditor".into(), "rAud".into())].into_iter().collect();
    settings.settings.insert("role_ids", Setting::TextMap(ids));
    let (rig, _server) = serve_with(settings, vec![ada()], Behaviour::default()).await;
    let current = fetch(&rig).await;
    let directory = &current.directories["roles"];
    assert_eq!(&*directory.lookup("Auditor").unwrap().id, "rAud");
}
