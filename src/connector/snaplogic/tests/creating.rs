//! Creates: new accounts, and accounts that exist already.

use super::*;
use crate::sandbox::HeldAccounts as _;
use crate::sandbox::snaplogic::KnownPost;
use crate::sandbox::{Canned, Fault};

#[tokio::test(start_paused = true)]
async fn an_absent_person_is_looked_for_and_then_posted() {
    let bench = Bench::new(
        vec![held(TOMAS, &[("groups", set(&["Flows"]))])],
        vec![person(
            ANA,
            &[("groups", set(&["Flows"])), ("administrator", flag(true))],
        )],
    )
    .await;
    bench.converge().await;
    assert_eq!(
        bench.writes(),
        [
            "POST /users".to_owned(),
            format!("PATCH {}", group("Flows"))
        ]
    );
    assert!(bench.server.members("admins").contains(&ANA.to_owned()));
    assert!(bench.server.members("members").contains(&ANA.to_owned()));
}

#[test]
fn defaults_of_a_create_are_always_sent() {
    let sent = person(ANA, &[]).on_create;
    let names: Vec<&str> = sent.iter().map(|(name, _)| name).collect();
    let expected = [
        "administrator",
        "allow_password_login",
        "create_home_directory",
        "email_notification",
        "ui_access",
        "utility",
    ];
    assert_eq!(names, expected);
}

#[tokio::test(start_paused = true)]
async fn a_key_is_sent_once_from_its_file() {
    let pem = "-----BEGIN PUBLIC KEY-----\nTUlJ\n-----END PUBLIC KEY-----\n";
    let key = [("certificate", Value::text(pem))];
    let bench = Bench::new(vec![], vec![person(ANA, &key)]).await;
    bench.converge().await;
    let made = bench
        .rig
        .local()
        .accounts()
        .into_iter()
        .find(|it| *it.email == *ANA);
    let sent = made.unwrap().attributes.get("certificate").cloned();
    assert_eq!(sent, Some(Some(Value::text(pem))));
    // Another key in the file is no drift: nothing shows which one the vendor has.
    let bench = Bench::new(vec![held(ANA, &[])], vec![person(ANA, &key)]).await;
    bench.settled().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_is_created_outside_of_the_allowed_domains() {
    let wants = || vec![person(ANA, &[])];
    let only = |domains: &[&str]| {
        let domains: Vec<Box<str>> = domains.iter().map(|it| Box::from(*it)).collect();
        move |settings: &mut VendorSettings| {
            settings
                .settings
                .insert("allowed_domains", Setting::Names(domains.clone()));
        }
    };
    let bench = Bench::with(vec![], wants(), only(&["elsewhere.example"])).await;
    let plan = bench.plan().await;
    assert_eq!(kinds(&plan), []);
    let why = &plan.held[0].why;
    assert!(
        why.contains("`allowed_domains` of the vendor snaplogic"),
        "{why}"
    );
    let (_, domain) = ANA.rsplit_once('@').unwrap();
    let spelled = domain.to_uppercase();
    let bench = Bench::with(vec![], wants(), only(&["elsewhere.example", &spelled])).await;
    bench.converge().await;
    // Who is there already stays.
    let bench = Bench::with(vec![held(ANA, &[])], wants(), only(&["elsewhere.example"])).await;
    bench.settled().await;
}

#[tokio::test(start_paused = true)]
async fn a_create_without_password_login_waits_for_sso() {
    let wants = || vec![person(ANA, &[("allow_password_login", flag(false))])];
    let bench = Bench::new(vec![], wants()).await;
    let plan = bench.plan().await;
    assert_eq!(kinds(&plan), []);
    let why = &plan.held[0].why;
    assert!(
        why.contains("`sso: true` under the vendor snaplogic"),
        "{why}"
    );

    let sso = |settings: &mut VendorSettings| {
        settings.settings.insert("sso", Setting::Flag(true));
    };
    let bench = Bench::with(vec![], wants(), sso).await;
    bench.converge().await;
    let made = bench.rig.account(ANA).unwrap();
    assert_eq!(
        made.attributes.get("allow_password_login"),
        Some(&Some(flag(false)))
    );
}

#[test]
fn validate_warns_of_password_login_without_sso() {
    let warned = |sso: &str| {
        let text = format!(
            "vendors:
  snaplogic: {{ base_url: 'https://elastic.snaplogic.com', organization: E, {sso}auth: {{ jwt: {{ env: J }} }} }}
people:
- {{ email: ana@x.org, first_name: A, last_name: R, accounts: {{ snaplogic: {{ allow_password_login: false }} }} }}
"
        );
        let file = crate::roster::RosterFile {
            path: String::from("users.yaml"),
            folder: std::path::PathBuf::new(),
            text,
        };
        let parsed = crate::roster::parse(vec![file], &crate::connector::specs());
        assert!(parsed.is_usable());
        parsed.diagnostics.len()
    };
    assert_eq!((warned(""), warned("sso: true, ")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn utility_wins_over_ui_access() {
    let bench = Bench::new(vec![], vec![person(ANA, &[("utility", flag(true))])]).await;
    bench.converge().await;
    let made = bench.rig.account(ANA).unwrap();
    assert_eq!(made.attributes.get("ui_access"), Some(&Some(flag(false))));
    assert!(made.active);
    bench.settled().await;
}

#[tokio::test(start_paused = true)]
async fn a_team_account_is_made_with_its_maintainers() {
    let team = [
        ("managed", flag(true)),
        ("maintainers", set(&["Boss@example.com"])),
    ];
    let bench = Bench::new(vec![], vec![person(ANA, &team)]).await;
    bench.converge().await;
    let made = bench.rig.account(ANA).unwrap();
    assert_eq!(
        made.attributes.get("maintainers"),
        Some(&Some(set(&["boss@example.com"])))
    );
}

#[tokio::test(start_paused = true)]
async fn email_rules_hold_before_anything_is_sent() {
    let bench = Bench::new(vec![], vec![person("(ana)@example.com", &[])]).await;
    let vendor = bench.rig.connect();
    let plan = bench.plan_from(&vendor.fetch(&bench.desired).await.unwrap());
    assert_eq!(kinds(&plan), []);
    assert!(
        plan.held[0].why.contains("first character"),
        "{:?}",
        plan.held
    );
    // Were it sent all the same, the connector would refuse it.
    let held = plan.held[0].action.clone();
    let outcome = bench.carry_out(vendor.as_ref(), &[held]).await.remove(0);
    assert_eq!(outcome.verdict, Verdict::Skipped);
    assert_eq!(bench.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn emails_and_names_are_one_path_segment() {
    let odd = "a+b%2f/?#c@example.com";
    let bench = Bench::new(
        vec![held(TOMAS, &[("groups", set(&["Ops / EU?"]))])],
        vec![person(
            odd,
            &[
                ("groups", set(&["Ops / EU?"])),
                ("last_name", Value::text("Cole")),
            ],
        )],
    )
    .await;
    bench.converge().await;
    assert!(bench.server.members("Ops / EU?").contains(&odd.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_person_from_another_environment_is_added_and_brought_in_line() {
    for hidden in [false, true] {
        let bench = Bench::new(
            vec![held(TOMAS, &[("groups", set(&["Flows"]))])],
            vec![person(ANA, &[("groups", set(&["Flows"]))])],
        )
        .await
        .choose(|quirks| quirks.hidden_organizations = hidden);
        bench.elsewhere(
            &held(
                "Ana.Reyes@example.com",
                &[("last_name", Value::text("Cole"))],
            ),
            &["OtherEnv"],
        );
        bench.server.choose(|quirks| quirks.case_matters = false);
        let outcomes = bench.converge().await;
        assert!(
            outcomes[0].message.contains("existed already"),
            "{}",
            outcomes[0].message
        );
        let spelled = of("Ana.Reyes@example.com");
        assert_eq!(
            bench.writes(),
            [
                format!("PUT {spelled}/org/Example%20Env%2F1"),
                format!("PUT {spelled}"),
                format!("PATCH {}", group("Flows")),
            ]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn taking_in_leaves_settings_alone_that_the_roster_is_silent_about() {
    let sso = |settings: &mut VendorSettings| {
        settings.settings.insert("sso", Setting::Flag(true));
    };
    let bench = Bench::with(vec![], vec![person(ANA, &[])], sso).await;
    bench.elsewhere(
        &held(ANA, &[("allow_password_login", flag(false))]),
        &["OtherEnv"],
    );
    bench.converge().await;
    let taken_in = bench.rig.account(ANA).unwrap();
    assert_eq!(
        taken_in.attributes.get("allow_password_login"),
        Some(&Some(flag(false)))
    );
}

#[tokio::test(start_paused = true)]
async fn an_account_of_another_kind_is_not_taken_in() {
    let bench = Bench::new(vec![], vec![person(ANA, &[])]).await;
    bench.elsewhere(&held(ANA, &[("utility", flag(true))]), &["OtherEnv"]);
    let outcome = bench.apply().await.remove(0);
    assert_eq!(outcome.verdict, Verdict::Skipped);
    assert!(
        outcome.message.contains("is a service account"),
        "{}",
        outcome.message
    );
    assert_eq!(bench.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_post_looks_again() {
    for known_post in [KnownPost::Conflict, KnownPost::Breaks] {
        let bench = Bench::new(vec![], vec![person(ANA, &[])])
            .await
            .choose(|quirks| quirks.known_post = known_post);
        bench.elsewhere(&held(ANA, &[]), &["OtherEnv"]);
        // The first look misses the account, as if it had been made a moment later.
        let nobody = Fault::Answer(Canned::json(404, "{}"));
        bench
            .rig
            .sandbox
            .faults()
            .next(1, nobody, |it| it.path.contains("/users/"));
        bench.converge().await;
        assert!(
            bench.server.members("members").contains(&ANA.to_owned()),
            "{known_post:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_that_says_yes_and_does_nothing_is_not_believed() {
    let bench = Bench::new(vec![], vec![person(ANA, &[])])
        .await
        .choose(|quirks| quirks.known_post = KnownPost::Nothing);
    bench.elsewhere(&held(ANA, &[]), &["OtherEnv"]);
    let nobody = Fault::Answer(Canned::json(404, "{}"));
    bench
        .rig
        .sandbox
        .faults()
        .next(1, nobody, |it| it.path.contains("/users/"));
    assert_eq!(bench.apply().await[0].verdict, Verdict::Unverified);
    bench.converge().await;
}

#[tokio::test(start_paused = true)]
async fn a_post_is_not_repeated_before_a_look() {
    let bench = Bench::new(vec![], vec![person(ANA, &[])]).await;
    bench
        .rig
        .sandbox
        .faults()
        .next(1, Fault::DropAfter, |it| it.method == "POST");
    bench.converge().await;
    assert_eq!(bench.writes(), ["POST /users"]);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_appeared_in_the_environment_is_planned_anew() {
    let bench = Bench::new(vec![], vec![person(ANA, &[])]).await;
    let vendor = bench.rig.connect();
    let current = vendor.fetch(&bench.desired).await.unwrap();
    let plan = bench.plan_from(&current);
    bench
        .rig
        .local()
        .put(held(ANA, &[("last_name", Value::text("Cole"))]));
    let outcome = bench
        .carry_out(vendor.as_ref(), &plan.actions)
        .await
        .remove(0);
    assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
    assert_eq!(bench.writes(), [format!("PUT {}", of(ANA))]);
    bench.settled().await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_that_is_not_allowed_fails_that_person_only() {
    let bench = Bench::new(vec![], vec![person(ANA, &[]), person("eve@else.test", &[])])
        .await
        .choose(|quirks| quirks.domains = Some(vec![String::from("example.com")]));
    let outcomes = bench.apply().await;
    let verdicts: Vec<Verdict> = outcomes.iter().map(|outcome| outcome.verdict).collect();
    assert_eq!(verdicts, [Verdict::Applied, Verdict::Failed]);
    assert!(
        outcomes[1].message.contains("domain is not allowed"),
        "{}",
        outcomes[1].message
    );
}
