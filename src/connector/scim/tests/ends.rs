//! Servers whose ends differ: refused attributes, invitations, names of their own, no seats left.

use super::{Company, email, groups, title};
use crate::connector::scim::setting;
use crate::connector::testing::{account, wanted};
use crate::model::account::Account;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::outcome::{Outcome, Verdict};
use crate::model::value::Value;
use crate::roster::model::{Setting, VendorSettings};
use crate::sandbox::scim::{Names, Off, Patches, Shape};

fn leaver(number: usize) -> DesiredAccount {
    DesiredAccount {
        access: Access::Left,
        ..wanted(&email(number), &[])
    }
}

fn off(number: usize, attributes: &[(&'static str, Value)]) -> Account {
    Account {
        active: false,
        ..account(&email(number), attributes)
    }
}

fn without(names: &'static [&'static str]) -> impl FnOnce(&mut VendorSettings) {
    move |settings| {
        let names = names.iter().map(|name| (*name).into()).collect();
        settings
            .settings
            .insert(setting::WITHOUT, Setting::Names(names));
    }
}

fn said(outcomes: &[Outcome], verdict: Verdict, words: &[&str]) {
    for outcome in outcomes {
        assert_eq!(outcome.verdict, verdict, "{outcome:#?}");
        for words in words {
            assert!(outcome.message.contains(words), "{words}: {outcome:#?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn gone_after_switching_off_is_off() {
    let shape = Shape {
        off: Off::Removes,
        ..Shape::default()
    };
    let there = (0..4).map(|number| account(&email(number), &[]));
    let company = Company::new(shape, there.collect(), (0..4).map(leaver).collect()).await;
    let outcomes = company.run_until_done().await;
    said(&outcomes, Verdict::Applied, &["off means gone"]);
    assert_eq!(company.server.user(&email(0)), None);
}

#[tokio::test(start_paused = true)]
async fn an_invited_account_is_made_once() {
    let shape = Shape {
        invites: true,
        ..Shape::default()
    };
    let people = || (0..6).map(|number| wanted(&email(number), &[title("Lead")]));
    let company = Company::new(shape, Vec::new(), people().collect()).await;
    let outcomes = company.run(|_| {}).await;
    said(&outcomes, Verdict::Applied, &["not active yet"]);
    // It is remembered, until the person accepts and after that.
    assert_eq!(company.plan().await.actions, []);
    company.server.accept(&email(0));
    company.run_until_done().await;
    company.server.switch_off(&email(0));
    let plan = company.plan().await;
    assert_eq!(plan.actions.len(), 1, "{plan:#?}");
    assert_eq!(company.calls("POST", "/Users"), 6);
    // Where nothing is remembered, the setting says it of all.
    let there = vec![off(0, &[])];
    let person = vec![wanted(&email(0), &[])];
    let company = Company::with(Shape::default(), there, person, without(&["active"])).await;
    assert_eq!(company.plan().await.actions, []);
}

#[tokio::test(start_paused = true)]
async fn a_name_of_the_servers_own_makes_no_second_account() {
    let shape = Shape {
        names: Names::Own,
        ..Shape::default()
    };
    let company = Company::new(shape, Vec::new(), vec![wanted(&email(0), &[])]).await;
    let outcomes = company.run(|_| {}).await;
    said(
        &outcomes,
        Verdict::Failed,
        &["person000-", "`match: emails`"],
    );
    let plan = company.plan().await;
    assert_eq!(plan.actions, []);
    assert!(plan.held[0].why.contains("`match: emails`"), "{plan:#?}");
    let set = |settings: &mut VendorSettings| super::word(settings, setting::MATCH, "emails");
    let company = Company::with(shape, Vec::new(), vec![wanted(&email(0), &[])], set).await;
    company.run_until_done().await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_attribute_stops_only_itself() {
    let shape = Shape {
        refuses: Some("title"),
        ..Shape::default()
    };
    let there = vec![
        account(&email(0), &[title("Engineer")]),
        off(1, &[title("Engineer")]),
    ];
    let wish = [
        title("Lead"),
        groups(&["Team"]),
        ("locale", Value::text("en-GB")),
    ];
    let people = (0..3).map(|number| wanted(&email(number), &wish));
    let company = Company::new(shape, there, people.collect()).await;
    let outcomes = company.run(|_| {}).await;
    assert_eq!(outcomes.len(), 3);
    said(
        &outcomes,
        Verdict::Failed,
        &["title was refused", "`without`"],
    );
    assert_eq!(company.server.members("Team").len(), 3);
    for number in 0..3 {
        let user = company.server.user(&email(number)).unwrap();
        assert_eq!(
            (&user["active"], &user["locale"]),
            (&true.into(), &"en-GB".into())
        );
    }
    // A PATCH works here, so nobody is written whole for it.
    assert_eq!(company.calls("PUT", "/Users"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_no_read_shows_is_not_written_over() {
    let entitled = ("entitlements", Value::set(["gold"]));
    for (patches, refuses) in [
        (Patches::Work, Some("title")),
        (Patches::Refused(501), None),
    ] {
        let shape = Shape {
            patches,
            refuses,
            unseen: Some("entitlements"),
            ..Shape::default()
        };
        let there = vec![account(&email(0), &[entitled.clone(), title("Engineer")])];
        let people = vec![wanted(&email(0), &[title("Lead")])];
        let company = Company::new(shape, there, people).await;
        let outcomes = company.run(|_| {}).await;
        said(&outcomes, Verdict::Failed, &["title was refused"]);
        let user = company.server.user(&email(0)).unwrap();
        assert_eq!(user["entitlements"][0]["value"], "gold");
        assert_eq!(company.calls("PUT", "/Users"), 0);
        assert_eq!(
            outcomes[0].message.contains("`patch: off`"),
            refuses.is_none()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_403_that_asks_to_wait_is_no_refusal() {
    let shape = Shape {
        waits: 3,
        described: false,
        ..Shape::default()
    };
    let there = (0..6).map(|number| account(&email(number), &[title("Engineer")]));
    let people = (0..9).map(|number| wanted(&email(number), &[title("Lead"), groups(&["Team"])]));
    let company = Company::new(shape, there.collect(), people.collect()).await;
    company.run_until_done().await;
    assert_eq!(company.calls("PUT", ""), 0);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_read_is_sent_as_plain_json() {
    let shape = Shape {
        unread: true,
        ..Shape::default()
    };
    let there = (0..4).map(|number| account(&email(number), &[title("Engineer")]));
    let people = (0..8).map(|number| wanted(&email(number), &[title("Lead"), groups(&["Team"])]));
    let company = Company::new(shape, there.collect(), people.collect()).await;
    company.run_until_done().await;
}

#[tokio::test(start_paused = true)]
async fn no_seats_left_is_told_and_the_rest_is_not_sent() {
    let shape = Shape {
        seats: 3,
        ..Shape::default()
    };
    let there = (0..2).map(|number| account(&email(number), &[]));
    let people = (2..40).map(|number| wanted(&email(number), &[]));
    let people = people.chain([leaver(0), leaver(1)]);
    let company = Company::new(shape, there.collect(), people.collect()).await;
    let outcomes = company.run(|_| {}).await;
    let of = |verdict| outcomes.iter().filter(move |it| it.verdict == verdict);
    // Removals go through, and nothing else does.
    assert_eq!(of(Verdict::Applied).count(), 2);
    let refused: Vec<_> = of(Verdict::Failed).collect();
    let at_once = company.rig.settings.limits.concurrency;
    assert!(
        (3..=2 + at_once).contains(&refused.len()),
        "{}",
        refused.len()
    );
    for outcome in &refused {
        assert!(
            outcome.message.contains("no room for another account"),
            "{outcome:#?}"
        );
        assert!(
            !outcome.message.contains("does not show it"),
            "{outcome:#?}"
        );
    }
    for outcome in of(Verdict::Skipped) {
        assert!(
            outcome.message.contains("3 creates in a row"),
            "{outcome:#?}"
        );
        assert!(outcome.message.contains("max.creates"), "{outcome:#?}");
    }
    assert_eq!(company.calls("POST", "/Users"), refused.len());
}

#[tokio::test(start_paused = true)]
async fn what_is_never_stored_is_not_written_again_and_again() {
    let shape = Shape {
        forgets: Some("title"),
        ..Shape::default()
    };
    let there = (0..20).map(|number| account(&email(number), &[]));
    let people = (0..20).map(|number| wanted(&email(number), &[title("Lead"), groups(&["Team"])]));
    let company = Company::new(shape, there.collect(), people.collect()).await;
    let outcomes = company.run(|_| {}).await;
    said(&outcomes, Verdict::Failed, &["title"]);
    assert_eq!(company.server.members("Team").len(), 20);
    let writes = company.calls("PATCH", "/Users") + company.calls("PUT", "/Users");
    assert!(writes <= 16, "{writes}");
    let advice = outcomes
        .iter()
        .filter(|it| it.message.contains("`without`"));
    let advice: Vec<&str> = advice.map(|it| &*it.message).collect();
    assert!(advice.len() <= 5, "{advice:#?}");
}
