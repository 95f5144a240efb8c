//! Writing people: what is learnt, what is typed, what is told.

use super::{Company, email, title, word};
use crate::connector::scim::setting;
use crate::connector::testing::{account, wanted};
use crate::model::account::Account;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::outcome::Verdict;
use crate::model::spec::DeactivateMode;
use crate::model::value::Value;
use crate::roster::model::Setting;
use crate::sandbox::scim::{Ids, Patches, Shape, Versions};
use crate::sandbox::{Canned, Fault};

#[tokio::test(start_paused = true)]
async fn what_worked_is_remembered_for_the_run() {
    let accounts = (0..12).map(|number| account(&email(number), &[title("Engineer")]));
    let people = (0..12).map(|number| wanted(&email(number), &[title("Lead")]));
    let shape = Shape {
        described: false,
        patches: Patches::Refused(501),
        ..Shape::default()
    };
    let company = Company::new(shape, accounts.collect(), people.collect()).await;
    company.run_until_done().await;
    let patches = company.calls("PATCH", "/Users");
    // Two ways, tried by those who were under way before the first of them had an answer.
    assert!((2..=8).contains(&patches), "{patches}");
    assert_eq!(company.calls("PUT", "/Users"), 12);
}

#[tokio::test(start_paused = true)]
async fn an_attribute_that_is_never_stored_is_named() {
    let shape = Shape {
        forgets: Some("title"),
        ..Shape::default()
    };
    let there = vec![account(&email(0), &[])];
    let people = || {
        vec![wanted(
            &email(0),
            &[title("Lead"), ("locale", Value::text("en-GB"))],
        )]
    };
    let company = Company::new(shape, there.clone(), people()).await;
    let outcomes = company.run(|_| {}).await;
    assert_eq!(outcomes[0].verdict, Verdict::Failed, "{outcomes:#?}");
    assert!(
        outcomes[0].message.contains("does not show it: title"),
        "{outcomes:#?}"
    );
    assert!(outcomes[0].message.contains("`without`"), "{outcomes:#?}");
    let set = |settings: &mut crate::roster::model::VendorSettings| {
        let names = vec!["title".into()];
        settings
            .settings
            .insert(setting::WITHOUT, Setting::Names(names));
    };
    let company = Company::with(shape, there, people(), set).await;
    company.run_until_done().await;
}

#[tokio::test(start_paused = true)]
async fn extensions_are_typed_as_the_schema_says() {
    let own = |name: &str| -> &'static str {
        Box::leak(format!("urn:example:acme:2.0:User.{name}").into_boxed_str())
    };
    let attributes = [
        (own("level"), Value::text("7")),
        (own("remote"), Value::Flag(true)),
        (own("cost_code"), Value::text("0042")),
        (own("desks"), Value::set(["a", "b"])),
        ("department", Value::text("R&D")),
    ];
    let people = vec![wanted(&email(0), &attributes)];
    let company = Company::new(Shape::default(), Vec::new(), people).await;
    company.run_until_done().await;
    let user = company.server.user(&email(0)).unwrap();
    let extension = &user["urn:example:acme:2.0:User"];
    let expected = serde_json::json!({ "level": 7, "remote": true, "costCode": "0042",
        "desks": ["a", "b"] });
    assert_eq!(*extension, expected);
}

#[tokio::test(start_paused = true)]
async fn a_manager_who_is_made_in_the_same_run_follows_in_the_next() {
    let manager = ("manager", Value::text("zoe@example.com"));
    let people = vec![
        wanted("ada@example.com", std::slice::from_ref(&manager)),
        wanted("zoe@example.com", &[]),
    ];
    let company = Company::new(Shape::default(), Vec::new(), people).await;
    let first = company.run(|_| {}).await;
    assert!(
        first.iter().all(|it| it.verdict == Verdict::Applied),
        "{first:#?}"
    );
    assert!(
        first[0].message.contains("the next run sets it"),
        "{first:#?}"
    );
    let second = company.run_until_done().await;
    assert_eq!(second.len(), 1);
    let ada = company.rig.account("ada@example.com").unwrap();
    assert_eq!(ada.attributes.get("manager"), Some(&Some(manager.1)));
}

#[tokio::test(start_paused = true)]
async fn a_rename_changes_the_name_and_the_address() {
    for ids in [Ids::Opaque, Ids::UserName] {
        let there = vec![account("o'neil \"x\"@example.com", &[title("Lead")])];
        let renamed = DesiredAccount {
            previous_emails: vec!["O'NEIL \"x\"@example.com".into()],
            ..wanted("oneil@example.com", &[title("Head")])
        };
        let shape = Shape {
            ids,
            ..Shape::default()
        };
        let company = Company::new(shape, there, vec![renamed]).await;
        company.run_until_done().await;
        let user = company.server.user("oneil@example.com").unwrap();
        assert_eq!(user["userName"], "oneil@example.com");
        assert_eq!(user["emails"][0]["value"], "oneil@example.com");
        assert_eq!(user["title"], "Head");
    }
}

#[tokio::test(start_paused = true)]
async fn delete_deletes_where_the_roster_says_so() {
    let leaver = DesiredAccount {
        access: Access::Left,
        ..wanted(&email(0), &[])
    };
    let there = vec![account(&email(0), &[])];
    let set = |settings: &mut crate::roster::model::VendorSettings| {
        let choices = settings.spec.deactivate.iter();
        settings.deactivate = *choices.clone().find(|it| it.name == "delete").unwrap();
    };
    let company = Company::with(Shape::default(), there, vec![leaver], set).await;
    company.run_until_done().await;
    assert_eq!(company.server.user(&email(0)), None);
    assert_eq!(company.calls("DELETE", "/Users"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_bulk_call_tells_each_person_their_own_failure() {
    let hidden = "person007@example.com";
    let shape = Shape {
        bulk: 10,
        hides: Some(hidden),
        ..Shape::default()
    };
    let people = (0..25).map(|number| wanted(&email(number), &[title("Lead")]));
    let bulk = |settings: &mut crate::roster::model::VendorSettings| {
        settings.settings.insert(setting::BULK, Setting::Flag(true));
    };
    let there = vec![account(hidden, &[])];
    let company = Company::with(shape, there, people.collect(), bulk).await;
    let outcomes = company.run(|_| {}).await;
    for outcome in &outcomes {
        let failed = *outcome.action.email == *hidden;
        assert_eq!(outcome.verdict == Verdict::Failed, failed, "{outcome:#?}");
    }
    assert_eq!(company.calls("POST", "/Users"), 0);
    let calls = company.calls("POST", "/Bulk");
    assert!((3..=8).contains(&calls), "{calls} calls");
}

#[tokio::test(start_paused = true)]
async fn bulk_is_used_only_where_it_is_offered() {
    let bulk = |settings: &mut crate::roster::model::VendorSettings| {
        settings.settings.insert(setting::BULK, Setting::Flag(true));
        word(settings, setting::MATCH, "userName");
    };
    let people = (0..3).map(|number| wanted(&email(number), &[]));
    let company = Company::with(Shape::default(), Vec::new(), people.collect(), bulk).await;
    company.run_until_done().await;
    assert_eq!(company.calls("POST", "/Bulk"), 0);
    assert_eq!(company.calls("POST", "/Users"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_names_the_version_where_a_server_asks_for_it() {
    let shape = Shape {
        versions: Versions::Required,
        described: false,
        ..Shape::default()
    };
    let there = (0..3).map(|number| account(&email(number), &[title("Engineer")]));
    let people = (0..3).map(|number| DesiredAccount {
        access: Access::Left,
        ..wanted(&email(number), &[])
    });
    let deletes = |settings: &mut crate::roster::model::VendorSettings| {
        let choices = settings.spec.deactivate.iter();
        let mut deletes = choices.filter(|it| it.mode == DeactivateMode::Delete);
        settings.deactivate = *deletes.next().unwrap();
    };
    let company = Company::with(shape, there.collect(), people.collect(), deletes).await;
    company.run_until_done().await;
    assert!(company.server.user(&email(0)).is_none());
}

#[tokio::test(start_paused = true)]
async fn what_a_server_asks_of_a_change_is_found_out() {
    for shape in [
        Shape {
            text_active: true,
            put: Some(405),
            ..Shape::default()
        },
        Shape {
            versions: Versions::Required,
            described: false,
            ..Shape::default()
        },
    ] {
        let there = (0..3).map(|number| account(&email(number), &[title("Engineer")]));
        let mut people = vec![wanted(&email(0), &[title("Lead")]), wanted(&email(1), &[])];
        people.push(DesiredAccount {
            access: Access::Left,
            ..wanted(&email(2), &[])
        });
        let company = Company::new(shape, there.collect(), people).await;
        company.run_until_done().await;
        assert_eq!(company.server.user(&email(0)).unwrap()["title"], "Lead");
        assert_eq!(company.server.user(&email(2)).unwrap()["active"], false);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_patch_drops_is_written_back_where_versions_are_asked_for() {
    let shapes = [
        (Versions::None, false),
        (Versions::Checked, false),
        (Versions::Required, false),
        (Versions::Checked, true),
    ];
    for (versions, doubled) in shapes {
        let shape = Shape {
            versions,
            patches: Patches::Wipes,
            ..Shape::default()
        };
        let there = Account {
            active: false,
            ..account(&email(0), &[title("Lead")])
        };
        let people = vec![wanted(&email(0), &[title("Lead")])];
        let company = Company::new(shape, vec![there], people).await;
        if doubled {
            let second = Canned::json(412, r#"{"detail":"the user has another version"}"#);
            let faults = company.rig.sandbox.faults();
            faults.next(1, Fault::AnswerAfter(second), |it| it.method == "PATCH");
        }
        let outcomes = company.run(|_| {}).await;
        assert_eq!(outcomes[0].verdict, Verdict::Applied, "{outcomes:#?}");
        let user = company.server.user(&email(0)).unwrap();
        assert_eq!(user["title"], "Lead", "{versions:?} {doubled}");
        assert_eq!(company.plan().await.actions, []);
    }
}

#[tokio::test(start_paused = true)]
async fn the_form_of_changes_is_asked_for_with_the_version() {
    let shape = Shape {
        versions: Versions::Required,
        patches: Patches::NoPaths,
        ..Shape::default()
    };
    let there = vec![account(&email(0), &[title("Engineer")])];
    let people = vec![wanted(&email(0), &[title("Lead")])];
    let company = Company::new(shape, there, people).await;
    let outcomes = company.run(|_| {}).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied, "{outcomes:#?}");
    assert_eq!(company.plan().await.actions, []);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_meets_its_own_version_is_done() {
    for versions in [Versions::Checked, Versions::Required] {
        let shape = Shape {
            versions,
            ..Shape::default()
        };
        let there = (0..2).map(|number| Account {
            active: number == 0,
            ..account(&email(number), &[title("Engineer")])
        });
        let people = (0..2).map(|number| wanted(&email(number), &[title("Lead")]));
        let company = Company::new(shape, there.collect(), people.collect()).await;
        let faults = company.rig.sandbox.faults();
        for number in 0..2 {
            let id = company.server.user(&email(number)).unwrap()["id"].clone();
            let path = format!("/Users/{}", id.as_str().unwrap());
            // The network doubled it, and the second answer is the one that came.
            let second = Canned::json(412, r#"{"detail":"the user has another version"}"#);
            faults.next(1, Fault::AnswerAfter(second), move |request| {
                request.method == "PATCH" && request.path == path
            });
        }
        let outcomes = company.run(|_| {}).await;
        let verdicts: Vec<Verdict> = outcomes.iter().map(|it| it.verdict).collect();
        assert_eq!(verdicts, [Verdict::Applied; 2], "{outcomes:#?}");
        company.run_until_done().await;
    }
}
