//! Servers that can only be searched.

use serde_json::json;

use super::{Company, email, title, word};
use crate::connector::scim::setting;
use crate::connector::testing::{account, wanted};
use crate::model::action::ActionKind;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::email::same_email;
use crate::model::plan::VendorPlan;
use crate::roster::model::VendorSettings;
use crate::sandbox::scim::{Filters, Lists, Shape};
use crate::sandbox::{Canned, Fault};
use crate::state::record::Record;

const SEARCHED: Shape = Shape {
    lists: Lists::Searched,
    ..Shape::STANDARD
};

fn searches(settings: &mut VendorSettings) {
    word(settings, setting::READ, "search");
}

fn left(email: &str) -> DesiredAccount {
    DesiredAccount {
        access: Access::Left,
        ..wanted(email, &[])
    }
}

fn kinds(plan: &VendorPlan) -> Vec<ActionKind> {
    plan.actions.iter().map(|it| it.kind).collect()
}

#[tokio::test(start_paused = true)]
async fn everybody_of_the_roster_is_looked_up() {
    let there = (0..4).map(|number| account(&email(number), &[])).collect();
    let people = vec![
        wanted(&email(0), &[title("Head")]),
        wanted(&email(1), &[]),
        left(&email(2)),
        left("nobody@example.com"),
        wanted("new@example.com", &[]),
    ];
    let company = Company::with(SEARCHED, there, people, searches).await;
    let plan = company.plan().await;
    let expected = [
        ActionKind::Deactivate,
        ActionKind::Update,
        ActionKind::Create,
    ];
    assert_eq!(kinds(&plan), expected, "{plan:#?}");
    let told = |it: &crate::model::plan::Notice| it.text.contains("cannot be seen");
    assert!(plan.notices.iter().any(told), "{plan:#?}");
    // The stranger is neither seen nor touched.
    assert_eq!(plan.unlisted, []);
    company.run_until_done().await;
    assert_eq!(
        company.server.user(&email(2)).unwrap()["active"],
        json!(false)
    );
    assert_eq!(
        company.server.user(&email(3)).unwrap()["active"],
        json!(true)
    );
    assert!(company.server.user("new@example.com").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_search_that_shows_nobody_or_everybody_proves_nothing() {
    let there = || (0..3).map(|number| account(&email(number), &[])).collect();
    let people = || vec![wanted(&email(0), &[]), wanted("new@example.com", &[])];
    let empty = Shape {
        filters: Filters::Empty,
        ..SEARCHED
    };
    let company = Company::with(empty, there(), people(), searches).await;
    let plan = company.plan().await;
    assert_eq!(plan.actions, []);
    assert!(plan.held[0].why.contains("--allow-empty scim"), "{plan:#?}");
    let ignored = Shape {
        filters: Filters::Ignored,
        ..SEARCHED
    };
    let company = Company::with(ignored, there(), people(), searches).await;
    let vendor = company.rig.connect_read_only();
    let error = vendor.fetch(&company.desired).await.unwrap_err();
    assert!(error.to_string().contains("do not fit"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn who_was_found_and_is_called_otherwise_now_is_not_made_twice() {
    let there = vec![account(&email(0), &[]), account(&email(1), &[])];
    let people = vec![
        wanted(&email(0), &[]),
        left(&email(1)),
        wanted(&email(2), &[]),
    ];
    let company = Company::with(SEARCHED, there, people, searches).await;
    company.run_until_done().await;
    for number in [0, 1] {
        let mut renamed = company.server.user(&email(number)).unwrap();
        renamed["userName"] = json!(format!("other{number}@example.com"));
        company.server.change(&email(number), renamed);
    }
    let plan = company.plan().await;
    assert_eq!(plan.actions, []);
    let held: Vec<_> = plan.held.iter().map(|it| it.action.kind).collect();
    assert_eq!(held, [ActionKind::Deactivate, ActionKind::Create]);
    let why = &plan.held[1].why;
    assert!(why.contains("is called other0@example.com now"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_remembers_nothing_and_who_was_not_looked_up_is_counted() {
    let there = (0..3).map(|number| account(&email(number), &[])).collect();
    let people = (0..3).map(|number| wanted(&email(number), &[])).collect();
    let company = Company::with(SEARCHED, there, people, searches).await;
    company.plan().await;
    assert!(!company.rig.record().exists());
    let touched = company
        .desired
        .with(|all| all.retain(|it| same_email(&it.email, &email(1))));
    let vendor = company.rig.connect_read_only();
    let before = company.calls("GET", "/Users");
    let current = vendor.fetch(&touched).await.unwrap();
    assert_eq!(company.calls("GET", "/Users"), before + 1);
    let plan = company.planned(&current);
    assert_eq!(plan.actions, []);
    let told = |it: &crate::model::plan::Notice| it.text.starts_with("2 people were not");
    assert!(plan.notices.iter().any(told), "{plan:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_refused_names_the_setting_for_searches() {
    let there = vec![account(&email(0), &[])];
    let people = vec![wanted(&email(0), &[])];
    let company = Company::with(SEARCHED, there, people, |_| {}).await;
    let read = company
        .rig
        .connect_read_only()
        .fetch(&company.desired)
        .await;
    let why = read.unwrap_err().to_string();
    assert!(why.contains("`read: search`"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_read_that_ends_on_the_way_has_remembered_whom_it_found() {
    let all = || 0..120;
    let there = all().map(|number| account(&email(number), &[])).collect();
    let people = all().map(|number| wanted(&email(number), &[])).collect();
    let company = Company::with(SEARCHED, there, people, searches).await;
    let broken = Fault::Answer(Canned::json(501, r#"{"detail":"no more"}"#));
    let faults = company.rig.sandbox.faults();
    faults.always(broken, |request| request.query.contains("person110"));
    let vendor = company.rig.connect();
    assert!(vendor.fetch(&company.desired).await.is_err());
    let remembered = || {
        let record = Record::new(company.rig.record(), "scim", Vec::new());
        record.load().unwrap().len()
    };
    assert!(remembered() >= 100, "{}", remembered());
    company.rig.sandbox.faults().clear();
    let vendor = company.rig.connect();
    vendor.fetch(&company.desired).await.unwrap();
    assert_eq!(remembered(), 120);
}
