//! Reading people, and finding one of them.

use super::{Company, email, groups, title, word};
use crate::connector::scim::setting;
use crate::connector::testing::{account, wanted};
use crate::model::action::ActionKind;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::outcome::Verdict;
use crate::model::value::Value;
use crate::roster::model::Setting;
use crate::sandbox::scim::{Filters, Lists, Shape};

#[tokio::test(start_paused = true)]
async fn a_list_that_moves_while_it_is_read_is_read_again() {
    let accounts = (0..20).map(|number| account(&email(number), &[])).collect();
    let people = (0..20).map(|number| wanted(&email(number), &[])).collect();
    let shape = Shape {
        lists: Lists::Moving,
        page_cap: 7,
        ..Shape::default()
    };
    let company = Company::new(shape, accounts, people).await;
    let vendor = company.rig.connect_read_only();
    let current = vendor.fetch(&company.desired).await.unwrap();
    // One of them was deleted in between: what is left is what was read, with proof.
    assert_eq!(current.accounts.len(), 20);
    assert_eq!(current.proof.missing, Vec::<String>::new());
    assert_eq!(current.proof.counted, Some(20));
    assert!(company.calls("GET", "/Users") > 3);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_that_no_search_shows_is_an_error_and_no_loop() {
    let hidden = "hidden@example.com";
    for duplicate in [400, 409, 422, 500] {
        let shape = Shape {
            duplicate,
            hides: Some(hidden),
            ..Shape::default()
        };
        let people = vec![wanted(hidden, &[])];
        let company = Company::new(shape, vec![account(hidden, &[])], people).await;
        let outcomes = company.run(|_| {}).await;
        assert_eq!(outcomes[0].verdict, Verdict::Failed, "{outcomes:#?}");
        assert_eq!(outcomes[0].status, Some(duplicate));
        let says = "does not show it to these credentials";
        assert!(outcomes[0].message.contains(says), "{outcomes:#?}");
        assert_eq!(company.calls("POST", "/Users"), 1, "{duplicate}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_hidden_and_spelled_in_capitals_by_the_roster_alone_is_found() {
    let shape = Shape {
        filters: Filters::CaseSensitive,
        hides_off: true,
        ..Shape::default()
    };
    let mut off = account(&email(0), &[]);
    off.active = false;
    let capitals = email(0).replacen('p', "P", 1);
    let people = vec![wanted(&capitals, &[]), wanted(&email(1), &[])];
    let company = Company::new(shape, vec![off, account(&email(1), &[])], people).await;
    company.run_until_done().await;
    assert_eq!(company.server.user(&email(0)).unwrap()["active"], true);
}

#[tokio::test(start_paused = true)]
async fn what_a_schema_does_not_have_is_left_out_and_said() {
    let people = vec![wanted(&email(0), &[title("Lead")])];
    let company = Company::new(Shape::default(), Vec::new(), people).await;
    let faults = company.rig.sandbox.faults();
    let without = crate::sandbox::Fault::Rewrite("\"title\"".into(), "\"heading\"".into());
    faults.always(without, |request| request.path == "/Schemas");
    let plan = company.plan().await;
    let texts: Vec<&str> = plan.notices.iter().map(|it| &*it.text).collect();
    let says = "the vendor's schema has no title: left out of plans and writes";
    assert!(texts.contains(&says), "{texts:?}");
    company.run_until_done().await;
    assert_eq!(
        company.server.user(&email(0)).unwrap()["title"],
        "null".parse::<serde_json::Value>().unwrap()
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_schema_requires_is_asked_for_in_the_plan() {
    let named = [("display_name", Value::text("Ada"))];
    let people = vec![
        wanted(&email(0), &[title("Lead")]),
        wanted(&email(1), &named),
    ];
    let company = Company::new(Shape::default(), Vec::new(), people).await;
    let faults = company.rig.sandbox.faults();
    let required = crate::sandbox::Fault::Rewrite(
        "\"name\":\"displayName\",\"required\":false".into(),
        "\"name\":\"displayName\",\"required\":true".into(),
    );
    faults.always(required, |request| request.path == "/Schemas");
    let plan = company.plan().await;
    assert_eq!(plan.actions.len(), 1, "{plan:#?}");
    assert_eq!(plan.held.len(), 1, "{plan:#?}");
    let why = &plan.held[0].why;
    assert!(why.contains("requires display_name"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn an_account_is_found_by_what_match_says() {
    let mut there = account("ada@example.com", &[("user_name", Value::text("ada"))]);
    there
        .attributes
        .insert("given_name", Some(Value::text("Ada")));
    for by in ["emails", "externalId"] {
        let people = vec![
            wanted("ADA@example.com", &[("given_name", Value::text("Augusta"))]),
            wanted("new@example.com", &[("user_name", Value::text("newcomer"))]),
        ];
        let set = |settings: &mut _| word(settings, setting::MATCH, by);
        let company = Company::with(Shape::default(), vec![there.clone()], people, set).await;
        let plan = company.plan().await;
        let kinds: Vec<ActionKind> = plan.actions.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [ActionKind::Update, ActionKind::Create], "{by}");
        company.run_until_done().await;
        let made = company.server.user("new@example.com").unwrap();
        assert_eq!(made["userName"], "newcomer", "{by}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_name_of_its_own_needs_another_match() {
    let people = vec![wanted(&email(0), &[("user_name", Value::text("p0"))])];
    let company = Company::new(Shape::default(), Vec::new(), people).await;
    let plan = company.plan().await;
    assert_eq!(plan.actions, []);
    assert!(
        plan.held[0].why.contains("choose another `match`"),
        "{plan:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn settings_override_what_the_vendor_says() {
    let people = vec![wanted(&email(0), &[title("Lead"), groups(&["A"])])];
    // A longer list than the one that is written proves that lists of this length are whole.
    let there = vec![
        account(&email(0), &[title("Engineer")]),
        account(&email(1), &[groups(&["B"])]),
    ];
    let set = |settings: &mut crate::roster::model::VendorSettings| {
        word(settings, setting::PATCH, "off");
        word(settings, setting::MEDIA_TYPE, "json");
        word(settings, setting::PAGING, "none");
        word(settings, setting::USERS_PATH, "Users");
        settings
            .settings
            .insert(setting::DISCOVERY, Setting::Flag(false));
        settings
            .settings
            .insert(setting::FILTER, Setting::Flag(false));
    };
    let company = Company::with(Shape::default(), there, people, set).await;
    company.run_until_done().await;
    assert_eq!(company.calls("PATCH", "/"), 0);
    assert_eq!(company.calls("GET", "/Schemas"), 0);
    let requests = company.rig.sandbox.requests();
    assert!(
        requests.iter().all(|(it, _)| it.query.is_empty()),
        "{requests:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_account_under_another_name_is_not_made_twice_nor_overlooked() {
    let mut there = account("ada@example.com", &[("user_name", Value::text("ada"))]);
    let mut gone = account("gone@example.com", &[("user_name", Value::text("gone"))]);
    // The server keeps the addresses; the accounts are found by user name.
    for account in [&mut there, &mut gone] {
        let emails = Some(Value::set([account.email.clone()]));
        account.email = account.email.split('@').next().unwrap().into();
        account.attributes.insert("emails", emails);
    }
    let leaver = DesiredAccount {
        access: Access::Left,
        ..wanted("gone@example.com", &[])
    };
    let people = vec![wanted("ada@example.com", &[]), leaver];
    let company = Company::new(Shape::default(), vec![there, gone], people).await;
    let plan = company.plan().await;
    assert_eq!(plan.actions, []);
    let why = &plan.held[0].why;
    assert!(
        why.contains("the account ada has the address ada@example.com"),
        "{why}"
    );
    let told = |notice: &crate::model::plan::Notice| notice.text.contains("gone@example.com left");
    assert!(plan.notices.iter().any(told), "{plan:#?}");
}
