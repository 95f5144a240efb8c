//! Lists that are not what they say, and entries that are no users.

use serde_json::json;

use super::{Company, email, groups, title, word};
use crate::connector::scim::setting;
use crate::connector::testing::{account, wanted};
use crate::model::account::AccountKey;
use crate::model::action::ActionKind;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::plan::VendorPlan;
use crate::model::value::Value;
use crate::sandbox::scim::{Filters, Lists, Shape};

fn leaver(email: &str) -> DesiredAccount {
    DesiredAccount {
        access: Access::Left,
        ..wanted(email, &[])
    }
}

/// Twenty people at a server whose pages hold six; the last one left.
async fn twenty(lists: Lists) -> Company {
    let accounts = (0..20).map(|number| account(&email(number), &[])).collect();
    let mut people: Vec<_> = (0..19).map(|number| wanted(&email(number), &[])).collect();
    people.push(leaver(&email(19)));
    let shape = Shape {
        lists,
        page_cap: 6,
        ..Shape::default()
    };
    Company::new(shape, accounts, people).await
}

fn missing(plan: &VendorPlan) -> Option<&str> {
    plan.read.as_ref().unwrap().proof.missing.as_deref()
}

#[tokio::test(start_paused = true)]
async fn a_total_of_one_page_does_not_end_a_list() {
    for lists in [
        Lists::Index,
        Lists::Again,
        Lists::PageTotals,
        Lists::FromZero,
        Lists::HiddenCursor,
    ] {
        let company = twenty(lists).await;
        let plan = company.plan().await;
        assert_eq!(missing(&plan), None, "{lists:?}");
        let kinds: Vec<ActionKind> = plan.actions.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, [ActionKind::Deactivate], "{lists:?}");
        company.run_until_done().await;
        let off = company.server.user(&email(19)).unwrap();
        assert_eq!(off["active"], json!(false), "{lists:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_of_one_page_costs_one_page_more() {
    let company = twenty(Lists::Index).await;
    company.plan().await;
    // Four pages, and the one that brings nothing.
    assert_eq!(company.calls("GET", "/Users"), 5);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_shows_its_first_page_only_is_read_by_letters() {
    let mut people: Vec<_> = ["ada", "bea", "cid", "dot", "eve", "fay"]
        .map(|name| wanted(&format!("{name}@example.com"), &[]))
        .into();
    people.push(leaver("zoe@example.com"));
    let accounts: Vec<_> = people.iter().map(|it| account(&it.email, &[])).collect();
    let shape = Shape {
        lists: Lists::First,
        page_cap: 6,
        ..Shape::default()
    };
    let company = Company::new(shape, accounts.clone(), people.clone()).await;
    let plan = company.plan().await;
    assert_eq!(missing(&plan), None, "{plan:#?}");
    assert_eq!(plan.actions.len(), 1, "{plan:#?}");
    company.run_until_done().await;

    // Somebody whose name begins with another letter may be one of several.
    let mut accounts = accounts;
    accounts.insert(0, account("øre@example.com", &[]));
    let company = Company::new(shape, accounts, people).await;
    let plan = company.plan().await;
    let why = missing(&plan).unwrap();
    assert!(why.contains("`paging: cursor`"), "{why}");
    assert_eq!(plan.actions, []);
}

#[tokio::test(start_paused = true)]
async fn a_list_in_doubt_shows_of_nobody_that_they_are_not_there() {
    for (filters, told) in [(Filters::Work, true), (Filters::Refused(400), false)] {
        let shape = Shape {
            filters,
            lists: Lists::First,
            page_cap: 6,
            ..Shape::default()
        };
        let accounts = (0..20).map(|number| account(&email(number), &[])).collect();
        let company = Company::new(shape, accounts, vec![wanted(&email(0), &[])]).await;
        let vendor = company.rig.connect_read_only();
        let current = vendor.fetch(&company.desired).await.unwrap();
        let shown = &*current.accounts[0].email;
        for (email, there) in [
            (shown, Some(true)),
            ("new@example.com", told.then_some(false)),
        ] {
            let key = AccountKey {
                id: None,
                email: email.into(),
                login: None,
            };
            let found = vendor.find(&key).await;
            let found = found.map(|it| it.is_some());
            assert_eq!(found.as_ref().ok(), there.as_ref(), "{filters:?} {found:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_vendor_without_pages_says_so_by_a_setting() {
    let accounts = (0..5).map(|number| account(&email(number), &[])).collect();
    let people = (0..5).map(|number| wanted(&email(number), &[])).collect();
    let shape = Shape {
        lists: Lists::First,
        ..Shape::default()
    };
    let set = |settings: &mut _| word(settings, setting::PAGING, "none");
    let company = Company::with(shape, accounts, people, set).await;
    assert_eq!(missing(&company.plan().await), None);
    assert_eq!(company.calls("GET", "/Users"), 1);
}

const ODD: &str = r#"[null, 7, {"userName": "no id"},
    {"id": "odd-1", "userName": null},
    {"id": "odd-2", "userName": "ben@example.com", "active": ""},
    {"id": "odd-3", "userName": "cid@example.com", "active": 1},
    {"id": "odd-4", "userName": "dot", "active": [],
     "name": {"givenName": "Dot", "familyName": "Dash"}},
    {"id": "odd-5", "userName": "stranger", "name": "text", "title": [], "active": true}]"#;

#[tokio::test(start_paused = true)]
async fn an_odd_entry_stops_only_who_could_be_it() {
    let shape = Shape {
        odd: ODD,
        ..Shape::default()
    };
    let named = |email: &str| {
        let names = [
            ("given_name", Value::text("Dot")),
            ("family_name", Value::text("Dash")),
        ];
        wanted(email, &names)
    };
    let people = vec![
        wanted("ada@example.com", &[title("Head")]),
        wanted("ben@example.com", &[]),
        leaver("cid@example.com"),
        named("d.dash@example.com"),
        wanted("new@example.com", &[]),
    ];
    let there = vec![account("ada@example.com", &[title("Lead")])];
    let company = Company::new(shape, there, people).await;
    let plan = company.plan().await;
    assert_eq!(missing(&plan), None);
    let found = |all: &[crate::model::action::Action]| -> Vec<(ActionKind, String)> {
        all.iter()
            .map(|it| (it.kind, it.email.to_string()))
            .collect()
    };
    assert_eq!(
        found(&plan.actions),
        [
            (ActionKind::Update, "ada@example.com".to_owned()),
            (ActionKind::Create, "new@example.com".to_owned()),
        ]
    );
    let held: Vec<_> = plan.held.iter().map(|it| it.action.clone()).collect();
    assert_eq!(
        found(&held),
        [
            (ActionKind::Deactivate, "cid@example.com".to_owned()),
            (ActionKind::Create, "ben@example.com".to_owned()),
            (ActionKind::Create, "d.dash@example.com".to_owned()),
        ]
    );
    assert!(plan.held[0].why.contains("the user odd-3 has a `active`"));
    let told = |text: &str| plan.notices.iter().any(|it| it.text.contains(text));
    assert!(told("the user odd-1 has no `userName`: it is left alone"));
    assert!(told("entry 4 of the list cannot be read"), "{plan:#?}");
    assert!(told("the user odd-5 has a `title` that is not a text"));
}

#[tokio::test(start_paused = true)]
async fn a_broken_list_of_groups_stops_nobody_else() {
    for status in [400, 403, 404, 500] {
        let shape = Shape {
            broken_groups: Some(status),
            ..Shape::default()
        };
        let accounts = (0..3).map(|number| account(&email(number), &[])).collect();
        let people = vec![
            wanted(&email(0), &[title("Head"), groups(&["A"])]),
            leaver(&email(1)),
            wanted(&email(2), &[]),
            wanted(&email(3), &[groups(&["A"])]),
            wanted(&email(4), &[]),
        ];
        let company = Company::new(shape, accounts, people).await;
        let plan = company.plan().await;
        let kinds: Vec<ActionKind> = plan.actions.iter().map(|it| it.kind).collect();
        let expected = [
            ActionKind::Deactivate,
            ActionKind::Update,
            ActionKind::Create,
        ];
        assert_eq!(kinds, expected, "{status}");
        assert_eq!(plan.held.len(), 1, "{status}");
        assert_eq!(&*plan.held[0].action.email, email(3), "{status}");
        let told = |text: &str| plan.notices.iter().any(|it| it.text.contains(text));
        assert!(told("groups cannot be read and are left alone"), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_place_is_seen_through() {
    // Below the rig's prefix there is `/Users` and nothing else.
    for endpoints in ["/", "/scim/v2/", "https://elsewhere.example/", "Use"] {
        let shape = Shape {
            endpoints,
            ..Shape::default()
        };
        let there = vec![account(&email(0), &[groups(&["A"])])];
        let people = vec![wanted(&email(0), &[title("Head"), groups(&["A"])])];
        let company = Company::new(shape, there, people).await;
        company.run_until_done().await;
        let shown = company.server.user(&email(0)).unwrap();
        assert_eq!(shown["title"], json!("Head"), "{endpoints}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_that_is_not_there_names_the_setting() {
    let set = |settings: &mut _| word(settings, setting::USERS_PATH, "/People");
    let company = Company::with(Shape::default(), Vec::new(), Vec::new(), set).await;
    let vendor = company.rig.connect_read_only();
    let error = vendor.fetch(&company.desired).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("404") && text.contains("`users_path`"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn who_is_asked_for_and_not_there_is_known_only_where_filters_work() {
    use crate::connector::LookUp;
    let key = |email: &str| AccountKey {
        id: None,
        email: email.into(),
        login: None,
    };
    for (filters, works) in [
        (Filters::Work, true),
        (Filters::CaseSensitive, true),
        (Filters::Ignored, false),
        (Filters::Empty, false),
        (Filters::Refused(400), false),
    ] {
        let shape = Shape {
            filters,
            ..Shape::default()
        };
        let there = vec![account(&email(0), &[])];
        let company = Company::new(shape, there, vec![leaver(&email(1))]).await;
        let vendor = company.rig.connect_read_only();
        vendor.fetch(&company.desired).await.unwrap();
        let before = company.calls("GET", "/Users");
        for _ in 0..3 {
            let found = vendor.look_up(&key(&email(1))).await.unwrap();
            assert_eq!(found == LookUp::Nobody, works, "{filters:?} {found:?}");
        }
        // Each look-up asks once, and one asks for somebody whom the list shows.
        assert!(company.calls("GET", "/Users") <= before + 4, "{filters:?}");
        let by_id = AccountKey {
            id: Some("no-such-id".into()),
            ..key(&email(1))
        };
        assert_eq!(vendor.look_up(&by_id).await.unwrap(), LookUp::Nobody);
    }
}
