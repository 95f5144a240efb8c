//! Reading: the list, details, groups, names, envelopes.

use super::*;
use crate::connector::testing::settings_with;
use crate::http::Problem;
use crate::model::account::AccountKey;
use crate::model::current::Own;
use crate::roster::model::Unlisted;
use crate::sandbox::snaplogic::{MaintainersForm, StatusPlace};
use crate::sandbox::{Canned, Fault, HeldAccounts as _, LocalVendor as _};

fn key(email: &str) -> AccountKey {
    AccountKey {
        id: None,
        email: email.into(),
        login: None,
    }
}

#[tokio::test(start_paused = true)]
async fn different_names_when_read_and_written_make_no_drift() {
    let team = [
        ("managed", flag(true)),
        ("maintainers", set(&["Boss@example.com"])),
        ("administrator", flag(false)),
        ("allow_password_login", flag(true)),
        ("groups", set(&["Flows"])),
    ];
    for form in [
        MaintainersForm::ByPath,
        MaintainersForm::List,
        MaintainersForm::Null,
    ] {
        let bench = Bench::new(
            vec![held(ANA, &team), held(TOMAS, &[("utility", flag(true))])],
            vec![
                person(ANA, &team),
                person(TOMAS, &[("utility", flag(true)), ("maintainers", set(&[]))]),
            ],
        )
        .await
        .choose(|quirks| {
            quirks.maintainers = form;
            quirks.administrator_as_text = true;
        });
        bench.settled().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_list_is_thin_and_one_user_is_read_only_where_it_is_needed() {
    let accounts = || vec![held(ANA, &[]), held(TOMAS, &[])];
    let bench = Bench::new(accounts(), vec![person(ANA, &[]), person(TOMAS, &[])]).await;
    bench.settled().await;
    assert_eq!(bench.reads("/users/"), 0);
    assert_eq!(bench.reads(&group("admins")), 1);
    assert_eq!(
        bench.reads("/groups/"),
        2,
        "members and admins, no other group"
    );

    let details = [("allow_password_login", flag(true))];
    let bench = Bench::new(accounts(), vec![person(ANA, &details), person(TOMAS, &[])]).await;
    bench.settled().await;
    assert_eq!(bench.reads("/users/"), 1);
    assert_eq!(bench.reads(&of(ANA)), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_account_looks_the_same_in_list_and_fresh_read() {
    let bench = Bench::new(
        vec![held(ANA, &[]), held(TOMAS, &[])],
        vec![
            person(ANA, &[("allow_password_login", flag(true))]),
            person(TOMAS, &[]),
        ],
    )
    .await;
    let vendor = bench.rig.connect_read_only();
    let current = vendor.fetch(&bench.desired).await.unwrap();
    for account in &current.accounts {
        let again = vendor.find(&key(&account.email)).await.unwrap();
        assert_eq!(again.as_ref(), Some(account));
    }
    assert_eq!(vendor.find(&key("nobody@example.com")).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn groups_are_read_only_if_the_roster_sets_them() {
    let accounts = || vec![held(ANA, &[("groups", set(&["Flows", "Ops/EU night"]))])];
    let bench = Bench::new(accounts(), vec![person(ANA, &[])]).await;
    let current = bench.fetch().await;
    assert!(current.directories.is_empty());
    assert!(
        current
            .accounts
            .iter()
            .all(|it| !it.attributes.contains("groups"))
    );

    let all = [("groups", set(&["Flows", "Ops/EU night"]))];
    let bench = Bench::new(accounts(), vec![person(ANA, &all)]).await;
    bench.settled().await;
    assert_eq!(bench.reads(&group("Ops/EU night")), 1);
}

#[tokio::test(start_paused = true)]
async fn reserved_groups_are_neither_listed_nor_filled() {
    let bench = Bench::new(
        vec![held(
            ANA,
            &[("groups", set(&["Flows"])), ("administrator", flag(true))],
        )],
        vec![person(ANA, &[("groups", set(&["Flows"]))])],
    )
    .await;
    let current = bench.fetch().await;
    let names: Vec<&str> = current.directories["groups"]
        .entries()
        .iter()
        .map(|entry| &*entry.name)
        .collect();
    assert_eq!(names, ["Flows"]);
    bench.settled().await;
}

#[tokio::test(start_paused = true)]
async fn envelope_or_bare() {
    let wants = || {
        vec![
            person(ANA, &[("groups", set(&["Flows"]))]),
            person(TOMAS, &[]),
        ]
    };
    for (wrapped, empty) in [(false, false), (true, false), (false, true), (true, true)] {
        let bench = Bench::new(
            vec![held(
                ANA,
                &[
                    ("groups", set(&["Old", "Flows"])),
                    ("last_name", Value::text("Cole")),
                ],
            )],
            wants(),
        )
        .await
        .choose(|quirks| {
            quirks.wrapped_reads = wrapped;
            quirks.empty_writes = empty;
        });
        bench.converge().await;
    }
}

#[tokio::test(start_paused = true)]
async fn three_status_places() {
    for place in [StatusPlace::Http, StatusPlace::Body, StatusPlace::Header] {
        let bench = Bench::new(vec![], vec![person(ANA, &[])])
            .await
            .choose(|quirks| {
                quirks.status = place;
                quirks.domains = Some(vec![]);
            });
        let outcome = bench.apply().await.remove(0);
        assert_eq!(
            outcome.verdict,
            Verdict::Failed,
            "{place:?} {}",
            outcome.message
        );
        assert_eq!(outcome.status, Some(400));
        assert_eq!(bench.rig.account(ANA), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_401_in_the_body_ends_the_run_too() {
    let bench = Bench::new(vec![], vec![]).await;
    let body = r#"{"response_map": {}, "http_status_code": 401}"#;
    bench
        .rig
        .sandbox
        .faults()
        .always(Fault::Answer(Canned::json(200, body)), |_| true);
    let error = bench.rig.connect().fetch(&bench.desired).await.unwrap_err();
    assert!(error.ends_run(), "{error}");
    assert_eq!(bench.rig.sandbox.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_401_on_basic_is_never_repeated() {
    let bench = Bench::new(vec![], vec![]).await;
    let wrong = [
        ("email", OWN.to_owned()),
        ("password", String::from("wrong")),
    ]
    .into();
    let vendor = bench
        .rig
        .try_connect(crate::http::Permit::ReadOnly, &wrong)
        .unwrap();
    let error = vendor.fetch(&bench.desired).await.unwrap_err();
    assert!(matches!(error.problem, Problem::Unauthorized(_)), "{error}");
    assert_eq!(bench.server.failed_logins(OWN), 1);
    assert_eq!(bench.rig.sandbox.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_jwt_is_sent_as_bearer_and_basic_can_be_switched_off() {
    let jwt = |settings: &mut VendorSettings| {
        settings.auth = settings_with(&SPEC, &SPEC.auth[1]).auth;
    };
    let bench = Bench::with(vec![held(ANA, &[])], vec![person(ANA, &[])], jwt).await;
    assert_eq!(
        bench.fetch().await.own,
        Own::Email(OWN.into()),
        "from own_account"
    );
    let basic = [("email", OWN.to_owned()), ("password", String::from("x"))].into();
    let vendor = bench
        .rig
        .try_connect(crate::http::Permit::ReadOnly, &basic)
        .unwrap();
    let error = vendor.fetch(&bench.desired).await.unwrap_err();
    assert_eq!(error.status(), Some(403));
    assert!(
        error
            .to_string()
            .contains("Basic login may be switched off"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn html_error_pages_are_survived() {
    let bench = Bench::new(vec![], vec![]).await;
    for status in [200, 403, 500] {
        bench.rig.sandbox.faults().clear();
        let page = Canned::html(status, "<html><script>1010</script></html>");
        bench
            .rig
            .sandbox
            .faults()
            .always(Fault::Answer(page), |_| true);
        let error = bench.rig.connect().fetch(&bench.desired).await.unwrap_err();
        assert!(!error.to_string().contains("<script>"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_404_means_absent() {
    for status in [400, 403, 500] {
        let bench = Bench::new(vec![], vec![person(ANA, &[])])
            .await
            .choose(|quirks| quirks.missing_user = status);
        let outcome = bench.apply().await.remove(0);
        assert_ne!(outcome.verdict, Verdict::Applied, "{status}");
        assert_eq!(bench.writes(), [""; 0], "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn membership_is_told_by_the_list() {
    let bench = Bench::new(
        vec![held(ANA, &[])],
        vec![person(ANA, &[("allow_password_login", flag(true))])],
    )
    .await
    .choose(|quirks| quirks.hidden_organizations = true);
    bench.elsewhere(&held(TOMAS, &[]), &["OtherEnv"]);
    let vendor = bench.rig.connect_read_only();
    assert!(vendor.find(&key(ANA)).await.unwrap().is_some());
    assert!(
        vendor.find(&key(TOMAS)).await.unwrap().is_none(),
        "exists, but not here"
    );
}

#[tokio::test(start_paused = true)]
async fn pages_end_with_an_empty_one_whatever_the_server_caps() {
    let many: Vec<Account> = (0..7)
        .map(|at| held(&format!("p{at}@example.com"), &[]))
        .collect();
    let mut settings = settings(&SPEC);
    settings
        .settings
        .insert("organization", Setting::Text("ExampleEnv".into()));
    let mut seed = seed(settings, many);
    seed.page_cap = Some(3);
    let rig = Rig::start(crate::connector::testing::subject("snaplogic"), seed).await;
    let current = rig
        .connect_read_only()
        .fetch(&Desired::default())
        .await
        .unwrap();
    assert_eq!(current.accounts.len(), 8);
    assert_eq!(
        (current.proof.pages, &current.proof.missing[..]),
        (4, &[][..])
    );
    let lists: Vec<String> = rig
        .sandbox
        .requests()
        .into_iter()
        .filter(|(it, _)| it.path.ends_with("/user/settings"))
        .map(|(it, _)| it.query)
        .collect();
    assert!(
        lists.iter().all(|query| query.contains("limit=")),
        "{lists:?}"
    );
    assert!(
        lists.iter().all(|query| !query.contains("order_by")),
        "{lists:?}"
    );
    assert!(lists[1].contains("offset=3"), "{lists:?}");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_changes_between_pages_or_stands_still_proves_nothing() {
    let mut settings = settings(&SPEC);
    settings
        .settings
        .insert("organization", Setting::Text("ExampleEnv".into()));
    let mut seed = seed(settings, vec![held(ANA, &[]), held(TOMAS, &[])]);
    seed.page_cap = Some(2);
    let server = Server::new(seed.clone().into());
    server.choose(|quirks| quirks.stuck_offset = true);
    let rig = Rig::serve(&KIND_HERE, seed, Arc::new(server)).await;
    let current = rig
        .connect_read_only()
        .fetch(&Desired::default())
        .await
        .unwrap();
    assert_eq!(current.accounts.len(), 2, "repeats are dropped");
    let missing = current.proof.missing.join("; ");
    assert!(
        missing.contains("0 only in the list, 1 only in the group (tomas"),
        "{missing}"
    );
}

/// Looks for somebody while the list changes right before its page at offset 4 is asked for.
async fn found_while(change: impl Fn(&Server) + Send + 'static) -> Option<Account> {
    let many = (0..6).map(|at| held(&format!("p{at}@example.com"), &[]));
    let mut settings = settings(&SPEC);
    settings
        .settings
        .insert("organization", Setting::Text("ExampleEnv".into()));
    let mut seed = seed(settings, many.collect());
    seed.page_cap = Some(2);
    let server = Server::new(seed.clone().into());
    let rig = Rig::serve(&KIND_HERE, seed, Arc::new(server.clone())).await;
    let vendor = rig.connect();
    vendor
        .fetch(&Desired::default())
        .await
        .expect("the server answers");
    let mut lists = 0;
    rig.sandbox
        .faults()
        .always(Fault::DropBefore, move |request| {
            lists += usize::from(request.path.ends_with("/user/settings"));
            if lists == 3 && request.query.contains("offset=4") {
                change(&server);
            }
            false
        });
    let found = vendor
        .find(&key("p4@example.com"))
        .await
        .expect("the server answers");
    assert_eq!(
        vendor
            .find(&key("q@example.com"))
            .await
            .expect("the server answers"),
        None
    );
    found
}

#[tokio::test(start_paused = true)]
async fn nobody_is_gone_because_the_list_grew_while_it_was_read() {
    // As many accounts as a page has, in front of those that were read.
    let found = found_while(|server| {
        for name in ["a0@example.com", "a1@example.com"] {
            server.put(held(name, &[]));
        }
    });
    assert!(found.await.is_some_and(|it| it.active));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_gone_because_the_list_shrank_while_it_was_read() {
    let found = found_while(|server| server.remove("p0@example.com"));
    assert!(found.await.is_some_and(|it| it.active));
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_or_one_without_the_caller_removes_nobody() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![leaver(ANA, &[])]).await;
    bench.rig.sandbox.faults().always(
        Fault::Answer(Canned::json(200, r#"{"users": []}"#)),
        |request| request.path.ends_with("/user/settings"),
    );
    let current = bench.fetch().await;
    assert!(!current.proof.missing.is_empty());
    assert_eq!(kinds(&bench.plan_from(&current)), []);
}

#[tokio::test(start_paused = true)]
async fn emails_that_differ_in_case_only_are_said() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![]).await;
    let rows = r#"{"users": [{"username": "ana@x.org"}, {"username": "Ana@x.org"}]}"#;
    bench
        .rig
        .sandbox
        .faults()
        .next(1, Fault::Answer(Canned::json(200, rows)), |request| {
            request.path.ends_with("/user/settings")
        });
    let missing = bench.fetch().await.proof.missing.join("; ");
    assert!(missing.contains("differ in letter case only"), "{missing}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_somebody_else_is_refused() {
    let bench = Bench::new(
        vec![held(ANA, &[])],
        vec![person(ANA, &[("managed", flag(false))])],
    )
    .await;
    let other = Canned::json(200, r#"{"email": "other@example.com"}"#);
    bench
        .rig
        .sandbox
        .faults()
        .always(Fault::Answer(other), |it| it.path.contains("/users/"));
    let error = bench.rig.connect().fetch(&bench.desired).await.unwrap_err();
    assert!(error.to_string().contains("another user"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn team_and_service_accounts_that_the_roster_does_not_name_are_left_alone() {
    let team = [("managed", flag(true)), ("maintainers", set(&[OWN]))];
    let accounts = vec![
        held("job@example.com", &[("utility", flag(true))]),
        held("team@example.com", &team),
        held(TOMAS, &[]),
    ];
    let bench = Bench::with(accounts, vec![], |settings| {
        settings.unlisted = Unlisted::Deactivate;
    })
    .await;
    let plan = bench.plan().await;
    let removed: Vec<&str> = plan.actions.iter().map(|action| &*action.email).collect();
    assert_eq!(removed, [TOMAS]);
}

#[tokio::test(start_paused = true)]
async fn others_are_named_where_a_change_counts_there_too() {
    let bench = Bench::new(vec![held(ANA, &[])], vec![leaver(ANA, &[])]).await;
    bench.elsewhere(&held(ANA, &[]), &["OtherEnv"]);
    let current = bench.fetch().await;
    let ana = current
        .accounts
        .iter()
        .find(|it| &*it.email == ANA)
        .unwrap();
    assert!(ana.cautions[0].contains("OtherEnv"), "{:?}", ana.cautions);
}
