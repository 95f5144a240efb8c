//! Reads: lists, pages, doubts, whose the token is.

use super::*;
use crate::http::Problem;
use crate::model::account::AccountKey;
use crate::model::account::Shield;
use crate::model::current::Own;
use crate::model::off::Grace;
use crate::model::outcome::Verdict;
use crate::sandbox::bitsight::Token;
use crate::sandbox::{Canned, Fault, Request};

fn list(request: &Request) -> bool {
    request.method == "GET" && request.path == "/ratings/v2/users"
}

fn email(current: &Current, email: &str) -> Account {
    let found = current.accounts.iter().find(|it| &*it.email == email);
    found.cloned().unwrap_or_else(|| panic!("no {email}"))
}

fn by_email(email: &str) -> AccountKey {
    AccountKey {
        id: None,
        email: email.into(),
        login: None,
    }
}

#[tokio::test(start_paused = true)]
async fn every_page_is_read_with_limit_and_offset() {
    let mut setup = Setup::new();
    for at in 0..5 {
        setup = setup.holding(user(&format!("p{at}@example.com"), "customer_user"));
    }
    setup.page_cap = Some(3);
    let rig = setup.start().await;
    let current = rig.fetch(&desired([])).await;
    assert_eq!(current.accounts.len(), 7);
    assert_eq!((current.proof.pages, current.proof.counted), (3, Some(7)));
    assert_eq!(current.proof.missing, Vec::<String>::new());
    let lists: Vec<String> = rig.requests().into_iter().take(3).collect();
    assert_eq!(
        lists,
        [0, 3, 6].map(|at| format!("GET /ratings/v2/users?limit=100&offset={at} 200"))
    );
}

#[tokio::test(start_paused = true)]
async fn filters_are_kept_on_every_page() {
    let mut setup = Setup::new();
    setup.behaviour.lists_deactivated = false;
    setup.page_cap = Some(1);
    for email in [BOB, "carl@example.com"] {
        let mut account = user(email, "customer_user");
        account.active = false;
        setup = setup.holding(account);
    }
    let rig = setup.start().await;
    let current = rig.fetch(&desired([person(BOB, &[])])).await;
    assert_eq!(current.accounts.len(), 4);
    assert_eq!(
        rig.count("GET /ratings/v2/users?limit=100&offset=1&status=Deactivated 200"),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn users_that_are_deleted_after_a_grace_are_read_where_the_list_hides_them() {
    for (grace, read) in [(None, 2), (Some(Grace(30)), 3)] {
        let mut bob = user(BOB, "customer_user");
        bob.active = false;
        let mut setup = Setup::new().holding(bob);
        setup.behaviour.lists_deactivated = false;
        setup.settings.delete_after = grace;
        let rig = setup.start().await;
        let current = rig.fetch(&desired([leaver(BOB)])).await;
        assert_eq!(current.accounts.len(), read, "{grace:?}");
        assert_eq!(current.proof.missing, Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_next_link_beyond_the_total_ends_well() {
    let rig = Setup::new().start().await;
    let link = "\"next\":\"/bitsight/ratings/v2/users?limit=100&offset=100\"";
    let fault = Fault::Rewrite("\"next\":null".into(), link.into());
    rig.sandbox().faults().next(1, fault, list);
    let current = rig.fetch(&desired([])).await;
    assert_eq!(current.accounts.len(), 2);
    assert_eq!(current.proof.missing, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn links_that_lead_elsewhere_or_back_are_refused() {
    for link in [
        "https://evil.example/ratings/v2/users?limit=100&offset=100",
        "/bitsight/ratings/v2/users?limit=100&offset=0",
        "/bitsight/ratings/v2/users?cursor=abc",
    ] {
        let rig = Setup::new().start().await;
        let fault = Fault::Rewrite("\"next\":null".into(), format!("\"next\":\"{link}\""));
        rig.sandbox().faults().always(fault, list);
        let error = rig.vendor.fetch(&desired([])).await.unwrap_err();
        assert!(
            matches!(error.problem, Problem::Paging(_)),
            "{link}: {error}"
        );
        assert_eq!(rig.requests().len(), 1, "{link}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_brings_nothing_new_ends_the_read() {
    let rig = Setup::new().start().await;
    let page = |at: u32| {
        let body = format!(
            r#"{{"links":{{"next":"/bitsight/ratings/v2/users?limit=100&offset={at}"}},"count":900,"results":[]}}"#
        );
        Fault::Answer(Canned::json(200, body))
    };
    rig.sandbox().faults().always(page(100), list);
    let error = rig.vendor.fetch(&desired([])).await.unwrap_err();
    assert!(matches!(error.problem, Problem::Paging(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn doubles_are_dropped_and_a_wrong_count_is_read_again_then_told() {
    let rig = Setup::new().start().await;
    let wrong = || Fault::Rewrite("\"count\":2".into(), "\"count\":3".into());
    rig.sandbox().faults().next(1, wrong(), list);
    let current = rig.fetch(&desired([])).await;
    assert_eq!(current.proof.missing, Vec::<String>::new());
    assert_eq!(current.proof.pages, 2);

    rig.sandbox().faults().always(wrong(), list);
    let plan = rig.plan(&desired([leaver(ADA), person(BOB, &[])])).await;
    assert!(plan.actions.is_empty());
    let held: Vec<&str> = plan.held.iter().map(|kept| kept.why.as_str()).collect();
    assert_eq!(held.len(), 2, "{held:?}");
    assert!(
        held[0].contains("the vendor counts 3 accounts, 2 were read"),
        "{held:?}"
    );

    rig.sandbox().faults().clear();
    let id = |email| rig.held(email).id.unwrap().into_string();
    rig.sandbox()
        .faults()
        .always(Fault::Rewrite(id(ADA), id(OWN)), list);
    let current = rig.fetch(&desired([])).await;
    assert_eq!(current.accounts.len(), 1);
    assert_eq!(
        current.proof.missing,
        ["the vendor counts 2 accounts, 1 were read"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_without_a_count_proves_nothing() {
    let rig = Setup::new().start().await;
    let fault = Fault::Rewrite("\"count\":2".into(), "\"total\":2".into());
    rig.sandbox().faults().always(fault, list);
    let current = rig.fetch(&desired([])).await;
    assert_eq!(
        current.proof.missing,
        ["the list came without the vendor's own count"]
    );
}

#[tokio::test(start_paused = true)]
async fn hidden_deactivated_users_are_asked_for_before_creating() {
    for shown in [true, false] {
        let mut bob = user(BOB, "customer_user");
        bob.active = false;
        let mut setup = Setup::new().holding(bob);
        setup.behaviour.lists_deactivated = shown;
        let rig = setup.start().await;
        let plan = rig.plan(&desired([person(BOB, &[])])).await;
        let kinds: Vec<&str> = plan.actions.iter().map(|it| it.kind.as_str()).collect();
        assert_eq!(kinds, ["reactivate"], "shown: {shown}");
        assert_eq!(rig.count("GET /ratings/v1/users/quota"), 0);
        let current = rig.fetch(&desired([person(BOB, &[])])).await;
        assert_eq!(current.proof.counted, Some(3), "shown: {shown}");
        assert_eq!(current.proof.missing, Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_missing_means_no_second_list() {
    let rig = Setup::new().start().await;
    rig.fetch(&desired([person(ADA, &[]), leaver(BOB)])).await;
    assert_eq!(rig.count("GET /ratings/v2/users?"), 1);
}

#[tokio::test(start_paused = true)]
async fn created_and_activated_are_both_access() {
    let rig = Setup::new().start().await;
    let made = desired([person(BOB, &[])]);
    rig.apply(&made).await;
    let current = rig.fetch(&made).await;
    assert!(email(&current, BOB).active && email(&current, ADA).active);
    assert!(rig.plan(&made).await.actions.is_empty());

    let odd = Fault::Rewrite("\"Created\"".into(), "\"Locked\"".into());
    rig.sandbox().faults().always(odd, list);
    let current = rig.fetch(&made).await;
    assert!(email(&current, BOB).active);
    let told = "the status Locked is not documented and counts as access";
    assert!(current.notices.iter().any(|notice| notice == told));
}

#[tokio::test(start_paused = true)]
async fn company_token_users_are_never_touched() {
    let mut token = user("robot@example.com", "customer_admin");
    token.shield = Some(Shield {
        what: "API token",
        always: true,
    });
    let mut setup = Setup::new().holding(token);
    setup.behaviour.lists_tokens = true;
    setup.settings.unlisted = Unlisted::Deactivate;
    let rig = setup.start().await;
    let current = rig.fetch(&desired([person(ADA, &[])])).await;
    let shield = email(&current, "robot@example.com").shield.clone().unwrap();
    assert_eq!((shield.what, shield.always), ("company API token", true));
    let plan = rig.plan(&desired([person(ADA, &[])])).await;
    assert!(plan.actions.is_empty());
    // Not even when the roster names it.
    let plan = rig
        .plan(&desired([person(ADA, &[]), leaver("robot@example.com")]))
        .await;
    assert!(plan.actions.is_empty());
    assert_eq!(plan.held.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn own_account_is_that_of_a_user_token() {
    let rig = Setup::new().start().await;
    let current = rig.fetch(&desired([])).await;
    assert_eq!(current.own, Own::Email(OWN.into()));
    let plan = rig
        .plan(&Desired::listed("bitsight", vec![leaver(OWN)]))
        .await;
    assert!(plan.actions.is_empty());
    assert_eq!(plan.held.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn company_token_has_no_own_account() {
    for token in [
        Token::CompanyRefused(401),
        Token::CompanyRefused(403),
        Token::CompanyRefused(404),
        Token::CompanyPseudoUser,
    ] {
        let rig = Setup::with(Behaviour {
            token,
            ..Behaviour::default()
        });
        let rig = rig.start().await;
        let current = rig.fetch(&desired([])).await;
        assert_eq!(current.own, Own::Nobody, "{token:?}");
        assert_eq!(current.accounts.len(), 2);
        // Not even a 401 there keeps the token from being used.
        let outcomes = rig.apply(&desired([leaver(ADA), person(BOB, &[])])).await;
        assert_eq!(outcomes.len(), 2);
        assert!(outcomes.iter().all(|it| it.verdict == Verdict::Applied));
    }
}

#[tokio::test(start_paused = true)]
async fn own_account_setting_spares_the_question() {
    let mut setup = Setup::new();
    setup.settings.own_account = Some(ADA.into());
    let rig = setup.start().await;
    let current = rig.fetch(&desired([])).await;
    assert_eq!(current.own, Own::Email(ADA.into()));
    assert_eq!(rig.count("GET /ratings/v1/users/current"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_sees_part_of_the_groups_removes_nobody() {
    let mut setup = Setup::new();
    setup.behaviour.only_group = Some("Europe");
    let rig = setup.start().await;
    let plan = rig.plan(&desired([leaver(ADA)])).await;
    assert!(plan.actions.is_empty());
    assert!(
        plan.held
            .iter()
            .any(|kept| kept.why.contains("partial view"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_that_may_not_list_groups_removes_nobody() {
    let rig = Setup::new().start().await;
    let no = Fault::Answer(Canned::json(403, r#"{"detail":"No."}"#));
    rig.sandbox()
        .faults()
        .always(no, |request| request.path.ends_with("access-groups"));
    let current = rig.fetch(&desired([])).await;
    assert_eq!(
        current.proof.missing,
        ["partial view: the token may not list groups"]
    );
    // Names still come from the users themselves.
    let group = email(&current, ADA).attributes.get("group").cloned();
    assert_eq!(group, Some(Some(Value::text("Europe"))));
}

#[tokio::test(start_paused = true)]
async fn a_group_admins_own_role_tells_a_partial_view() {
    let mut setup = Setup::new();
    setup.accounts[0] = user(OWN, "customer_group_admin");
    let rig = setup.start().await;
    let current = rig.fetch(&desired([])).await;
    assert_eq!(
        current.proof.missing,
        [
            "partial view: the token belongs to rig.admin@example.com, whose role is customer_group_admin"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn users_that_differ_by_letter_case_only_hold_creates_and_removals() {
    let rig = Setup::new().holding(user(BOB, "customer_user"));
    let rig = rig.start().await;
    let fault = Fault::Rewrite(BOB.into(), "ADA@example.com".into());
    rig.sandbox().faults().always(fault, list);
    let current = rig.fetch(&desired([])).await;
    let missing = &current.proof.missing;
    assert_eq!(missing.len(), 1);
    assert!(missing[0].starts_with("several users have the email ada@example.com: "));
    let both = r#"{"count":2,"results":[{"guid":"a","email":"ada@example.com"},{"guid":"b","email":"ADA@example.com"}]}"#;
    rig.sandbox().faults().clear();
    rig.sandbox()
        .faults()
        .always(Fault::Answer(Canned::json(200, both)), list);
    let error = rig.vendor.find(&by_email(ADA)).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("several users have this e-mail (a, b)"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn find_checks_the_email_filter_itself() {
    for (contains, case) in [(true, false), (false, false), (true, true), (false, true)] {
        let longer = user(&format!("not.{ADA}"), "customer_user");
        let mut setup = Setup::new().holding(longer);
        setup.behaviour.email_contains = contains;
        setup.behaviour.email_case = case;
        let rig = setup.start().await;
        let found = rig.vendor.find(&by_email("Ada@Example.com")).await.unwrap();
        assert_eq!(&*found.unwrap().email, ADA, "{contains} {case}");
        let none = rig.vendor.find(&by_email("da@example.com")).await.unwrap();
        assert_eq!(none, None);
    }
}

#[tokio::test(start_paused = true)]
async fn find_sees_deactivated_users_that_lists_hide() {
    let mut bob = user(BOB, "customer_user");
    bob.active = false;
    let mut setup = Setup::new().holding(bob);
    setup.behaviour.lists_deactivated = false;
    let rig = setup.start().await;
    let found = rig.vendor.find(&by_email(BOB)).await.unwrap().unwrap();
    assert!(!found.active);
    let by_id = AccountKey {
        id: found.id.clone(),
        email: BOB.into(),
        login: None,
    };
    assert_eq!(rig.vendor.find(&by_id).await.unwrap(), Some(found));
}

#[tokio::test(start_paused = true)]
async fn a_404_is_believed_only_if_the_list_agrees() {
    let rig = Setup::new().start().await;
    let ada = rig.held(ADA);
    let key = AccountKey {
        id: ada.id.clone(),
        email: ADA.into(),
        login: None,
    };
    let lost = Fault::Answer(Canned::json(404, r#"{"detail":"Not found."}"#));
    rig.sandbox()
        .faults()
        .always(lost, |request| request.path.contains("/users/1b1b"));
    assert!(rig.vendor.find(&key).await.unwrap().is_some());
    rig.local.remove(ADA);
    assert_eq!(rig.vendor.find(&key).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn list_and_single_read_show_the_same_account() {
    let rig = Setup::new().start().await;
    let listed = email(&rig.fetch(&desired([])).await, ADA);
    let key = AccountKey {
        id: listed.id.clone(),
        email: ADA.into(),
        login: None,
    };
    assert_eq!(rig.vendor.find(&key).await.unwrap(), Some(listed));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_by_the_edge_is_asked_again_once() {
    let rig = Setup::new().start().await;
    let page = || Fault::Answer(Canned::html(403, "<html>Access denied</html>"));
    rig.sandbox().faults().next(1, page(), list);
    assert_eq!(rig.fetch(&desired([])).await.accounts.len(), 2);
    assert!(rig.rig.clock.skipped() >= Duration::from_secs(10));

    rig.sandbox().faults().always(page(), list);
    let error = rig.vendor.fetch(&desired([])).await.unwrap_err();
    assert_eq!(error.status(), Some(403));
    // Once more by the list, and nobody is kept from it for long.
    assert!(rig.rig.clock.skipped() < Duration::from_secs(45));
    rig.sandbox().faults().clear();
    // The API's own 403 is final.
    let no = Fault::Answer(Canned::json(403, r#"{"detail":"No."}"#));
    rig.sandbox().faults().always(no, list);
    rig.sandbox().forget_requests();
    assert!(rig.vendor.fetch(&desired([])).await.is_err());
    assert_eq!(rig.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_the_edge_refuses_again_and_again_ends_within_45_s() {
    let mut setup = Setup::new();
    for at in 0..12 {
        setup = setup.holding(user(&format!("p{at}@example.com"), "customer_user"));
    }
    setup.page_cap = Some(1);
    let rig = setup.start().await;
    // Every other request meets the edge, whatever it asks for.
    let page = Fault::Answer(Canned::html(403, "<html>Access denied</html>"));
    let mut asked = 0;
    let every_other = move |_: &Request| {
        asked += 1;
        asked % 2 == 1
    };
    rig.sandbox().faults().always(page, every_other);
    let error = rig.vendor.fetch(&desired([])).await.unwrap_err();
    assert_eq!(error.status(), Some(403));
    let waited = rig.rig.clock.skipped();
    assert!(waited < Duration::from_secs(45), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn quota_is_read_only_for_creates_and_limits_them() {
    let mut setup = Setup::new();
    setup.behaviour.quota = 3;
    let rig = setup.start().await;
    rig.fetch(&desired([person(ADA, &[])])).await;
    assert_eq!(rig.count("GET /ratings/v1/users/quota"), 0);
    let wanted = desired([person(BOB, &[]), person("carl@example.com", &[])]);
    let allowance = rig.fetch(&wanted).await.allowance.unwrap();
    assert_eq!(
        (allowance.creates, allowance.text.as_str()),
        (1, "2 of 3 active users, 1 left, 0 inactive")
    );
    let plan = rig.plan(&wanted).await;
    assert_eq!((plan.actions.len(), plan.held.len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn an_unlimited_quota_limits_nothing() {
    let rig = Setup::new().start().await;
    let current = rig.fetch(&desired([person(BOB, &[])])).await;
    assert_eq!(current.allowance, None);
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_may_not_be_read_is_told_and_one_that_says_nothing_is_a_doubt() {
    let quota = |request: &Request| request.path.ends_with("/quota");
    let wanted = desired([person(BOB, &[])]);
    for (status, body, doubt) in [
        (401, r#"{"detail":"No."}"#, false),
        (403, r#"{"detail":"No."}"#, false),
        (200, "{}", true),
        (200, "[]", true),
        (200, "oops", true),
    ] {
        let rig = Setup::new().start().await;
        let fault = Fault::Answer(Canned::json(status, body));
        rig.sandbox().faults().always(fault, quota);
        let current = rig.fetch(&wanted).await;
        assert_eq!(current.allowance, None, "{body}");
        let told = "the user quota could not be read: ";
        let told = current.notices.iter().any(|it| it.starts_with(told));
        assert_eq!(told, !doubt, "{body}");
        let plan = rig.plan(&wanted).await;
        assert_eq!(plan.held.len(), usize::from(doubt), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_own_user_that_cannot_be_told_holds_removals() {
    let current = |request: &Request| request.path.ends_with("/users/current");
    for answer in [
        Canned::json(200, "{}"),
        Canned::json(200, "[]"),
        Canned::html(200, "<html></html>"),
        Canned::html(404, "<html></html>"),
    ] {
        let rig = Setup::new().start().await;
        rig.sandbox()
            .faults()
            .always(Fault::Answer(answer.clone()), current);
        let plan = rig.plan(&desired([leaver(ADA)])).await;
        assert!(plan.actions.is_empty(), "{answer:?}");
        assert!(plan.held[0].why.contains("set own_account"), "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn creates_announce_the_welcome_mail_and_the_monthly_limit() {
    let rig = Setup::new().start().await;
    let mail = "Bitsight sends every new user a welcome mail";
    let nobody = rig.fetch(&desired([person(ADA, &[])])).await;
    assert!(nobody.notices.is_empty(), "{:?}", nobody.notices);
    let one = rig.fetch(&desired([person(BOB, &[])])).await;
    assert_eq!(one.notices, [mail]);
    let many = (0..301).map(|at| person(&format!("p{at:03}@example.com"), &[]));
    let many = rig.fetch(&desired(many)).await;
    assert_eq!(many.notices.len(), 2);
    assert!(many.notices[1].contains("300 new users a month"));
}

#[tokio::test(start_paused = true)]
async fn several_roles_are_shown_and_never_written() {
    let mixed = user(BOB, "customer_user, vrm_admin");
    let chief = user("carl@example.com", "customer_admin, vrm_admin");
    let rig = Setup::new().holding(mixed).holding(chief).start().await;
    let wanted = desired([person(BOB, &[])]);
    let current = rig.fetch(&wanted).await;
    let role = |of: &str| email(&current, of).attributes.get("role").cloned();
    assert_eq!(
        role(BOB),
        Some(Some(Value::text("customer_user, vrm_admin")))
    );
    assert_eq!(
        role("carl@example.com"),
        Some(Some(Value::text("customer_admin"))),
        "an administrator stays visible as one"
    );
    assert_eq!(current.notices.len(), 2);
    let plan = rig.plan(&wanted).await;
    assert!(plan.actions.is_empty());
}

#[tokio::test(start_paused = true)]
async fn unknown_role_slug_is_let_through_with_a_notice() {
    let rig = Setup::new().start().await;
    let new = Value::text("customer_auditor");
    let wanted = desired([person(ADA, &[("role", new)])]);
    let told = "no user holds the role customer_auditor yet, and it is not documented";
    let current = rig.fetch(&wanted).await;
    assert_eq!(current.notices, [told]);
    assert_eq!(rig.plan(&wanted).await.actions.len(), 1);
    // Once a user holds it, it is known.
    rig.local.put(user(BOB, "customer_auditor"));
    assert_eq!(rig.fetch(&wanted).await.notices, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_no_list_are_errors() {
    let id = r#""guid":"1b1b1b1b-0000-4000-8000-000000000002""#;
    for fault in [
        Fault::Answer(Canned::html(200, "<html></html>")),
        Fault::Answer(Canned::json(200, r#"{"detail":"x"}"#)),
        Fault::Rewrite(id.into(), format!("{id},{id}")),
    ] {
        let rig = Setup::new().start().await;
        rig.sandbox().faults().always(fault.clone(), list);
        let error = rig.vendor.fetch(&desired([])).await.unwrap_err();
        assert!(
            matches!(error.problem, Problem::Body(_)),
            "{fault:?}: {error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_who_is_not_as_documented_is_left_alone() {
    let id = r#""guid":"1b1b1b1b-0000-4000-8000-000000000002""#;
    for (from, to, why) in [
        (
            r#""email":"ada@example.com""#,
            r#""email":null"#,
            "has no email",
        ),
        (id, r#""guid":7"#, "cannot be read"),
    ] {
        let rig = Setup::new().start().await;
        let fault = Fault::Rewrite(from.into(), to.into());
        rig.sandbox().faults().always(fault, list);
        let current = rig.fetch(&desired([])).await;
        assert_eq!(current.odd.len(), 1, "{to}");
        assert_eq!(current.odd[0].why, why);
        assert_eq!(current.proof.missing, Vec::<String>::new());
    }
}
