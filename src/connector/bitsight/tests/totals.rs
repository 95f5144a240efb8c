//! What a count, a link and a list without a filter prove, and what they do not.

use super::*;
use crate::connector::LookUp;
use crate::connector::conformance::heart;
use crate::connector::testing::Subject;
use crate::http::Problem;
use crate::model::account::{AccountKey, Shield};
use crate::model::action::ActionKind;
use crate::sandbox::bitsight::Count;

/// Seven users at a server whose pages hold three; Ada left.
async fn seven(behaviour: Behaviour) -> Rig {
    let mut setup = Setup::with(behaviour);
    for at in 0..5 {
        setup = setup.holding(user(&format!("p{at}@example.com"), "customer_user"));
    }
    setup.page_cap = Some(3);
    setup.start().await
}

fn missing(plan: &VendorPlan) -> Option<&str> {
    plan.read.as_ref().unwrap().proof.missing.as_deref()
}

/// Ada's access ends where the read is proved, and is held where it is not.
async fn verdict(behaviour: Behaviour) -> (usize, Option<String>) {
    let rig = seven(behaviour).await;
    let plan = rig.plan(&desired([leaver(ADA)])).await;
    let removals = |it: &Action| it.kind == ActionKind::Deactivate && &*it.email == ADA;
    let why = missing(&plan).map(str::to_owned);
    let done = plan.actions.iter().filter(|it| removals(it)).count();
    assert_eq!(done, usize::from(why.is_none()), "{plan:#?}");
    assert_eq!(plan.held.len(), 1 - done, "{plan:#?}");
    let read = plan.read.as_ref().unwrap().accounts;
    (read, why)
}

#[tokio::test(start_paused = true)]
async fn a_list_without_links_ends_with_a_page_that_brings_nothing() {
    for count in [Count::All, Count::Page] {
        let behaviour = Behaviour {
            links: false,
            count,
            ..Behaviour::default()
        };
        assert_eq!(verdict(behaviour).await, (7, None), "{count:?}");
        let rig = seven(behaviour).await;
        rig.fetch(&desired([])).await;
        // Three pages, and the one that brings nothing.
        assert_eq!(rig.count("GET /ratings/v2/users?"), 4, "{count:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_to_nowhere_is_the_vendors_word_for_the_end() {
    for count in [Count::All, Count::Page] {
        let behaviour = Behaviour {
            count,
            ..Behaviour::default()
        };
        assert_eq!(verdict(behaviour).await, (7, None), "{count:?}");
        let rig = seven(behaviour).await;
        let current = rig.fetch(&desired([])).await;
        assert_eq!(current.proof.counted, Some(7), "{count:?}");
        assert_eq!(rig.count("GET /ratings/v2/users?"), 3, "{count:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_begins_again_proves_nothing() {
    for count in [Count::All, Count::Page] {
        let behaviour = Behaviour {
            links: false,
            offset: false,
            count,
            ..Behaviour::default()
        };
        let (read, why) = verdict(behaviour).await;
        assert_eq!(read, 3, "{count:?}");
        assert!(why.unwrap().contains("begins with its first"), "{count:?}");
    }
    // A page that promises more and brings nothing new is an error.
    let behaviour = Behaviour {
        offset: false,
        ..Behaviour::default()
    };
    let rig = seven(behaviour).await;
    let error = rig.vendor.fetch(&desired([])).await.unwrap_err();
    assert!(matches!(error.problem, Problem::Paging(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_count_that_changes_holds_and_repeated_rows_do_not() {
    let grows = Behaviour {
        count: Count::Grows,
        ..Behaviour::default()
    };
    let (read, why) = verdict(grows).await;
    assert_eq!(read, 7);
    assert!(why.unwrap().contains("changed while the list was read"));
    for links in [true, false] {
        let repeats = Behaviour {
            repeats: true,
            links,
            ..Behaviour::default()
        };
        assert_eq!(verdict(repeats).await, (7, None), "{links}");
    }
}

/// A contact of the subscription.
fn contact(email: &str) -> Account {
    let mut contact = user(email, "customer_user");
    let flag = Some(Value::Flag(true));
    contact.attributes.insert("is_available_for_contact", flag);
    contact
}

#[tokio::test(start_paused = true)]
async fn contacts_whom_the_list_hides_are_asked_for_before_creating() {
    for lists_contacts in [true, false] {
        let mut setup = Setup::new().holding(contact(BOB));
        setup.behaviour.lists_contacts = lists_contacts;
        let rig = setup.start().await;
        let plan = rig.plan(&desired([person(BOB, &[])])).await;
        assert_eq!((plan.actions.len(), missing(&plan)), (0, None));
        let key = AccountKey {
            id: None,
            email: BOB.into(),
            login: None,
        };
        let found = rig.vendor.find(&key).await.unwrap();
        assert!(found.is_some(), "{lists_contacts}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_counts_more_users_than_the_lists_show_holds_creates() {
    // Off, and a contact: no list with one filter shows such a user.
    let mut carl = contact("carl@example.com");
    carl.active = false;
    let mut setup = Setup::new().holding(carl);
    setup.behaviour.lists_contacts = false;
    setup.behaviour.lists_deactivated = false;
    let rig = setup.start().await;
    let plan = rig.plan(&desired([person(BOB, &[])])).await;
    assert_eq!((plan.actions.len(), plan.held.len()), (0, 1), "{plan:#?}");
    let why = missing(&plan).unwrap();
    assert!(
        why.contains("the user quota counts 3 users, 2 are listed"),
        "{why}"
    );
}

#[tokio::test(start_paused = true)]
async fn company_tokens_that_the_quota_counts_hide_nobody() {
    for quota_counts_tokens in [true, false] {
        let mut token = user("token@example.com", "customer_admin");
        token.shield = Some(Shield {
            what: "company API token",
            always: true,
        });
        let mut setup = Setup::new().holding(token);
        setup.behaviour.quota_counts_tokens = quota_counts_tokens;
        let rig = setup.start().await;
        let plan = rig.plan(&desired([person(BOB, &[])])).await;
        assert_eq!((plan.actions.len(), missing(&plan)), (1, None));
    }
}

#[tokio::test(start_paused = true)]
async fn leavers_whom_the_list_hides_are_found_by_asking_for_them() {
    let mut carl = contact("carl@example.com");
    carl.active = false;
    let mut setup = Setup::new().holding(carl);
    setup.behaviour.lists_contacts = false;
    setup.behaviour.lists_deactivated = false;
    let rig = setup.start().await;
    let look = async |email: &str| {
        let key = AccountKey {
            id: None,
            email: email.into(),
            login: None,
        };
        rig.vendor.look_up(&key).await.unwrap()
    };
    let LookUp::Account(found) = look("carl@example.com").await else {
        panic!("not found");
    };
    assert!(!found.active);
    assert_eq!(look(BOB).await, LookUp::Nobody);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_heeds_no_filter_shows_nobodys_absence() {
    let mut setup = Setup::new().holding(user(ADA, "customer_user"));
    setup.behaviour.heeds_filters = false;
    setup.behaviour.lists_deactivated = false;
    let rig = setup.start().await;
    let asked = || rig.requests().len();
    let look = async |email: &str| {
        let key = AccountKey {
            id: None,
            email: email.into(),
            login: None,
        };
        rig.vendor.look_up(&key).await.unwrap()
    };
    assert!(matches!(look(BOB).await, LookUp::Unknown(_)));
    let before = asked();
    assert!(matches!(look("dan@example.com").await, LookUp::Unknown(_)));
    assert_eq!(asked(), before, "once is enough");
}

/// What a local server does with `change`d defaults, for the whole suite.
macro_rules! kind {
    ($name:ident, $($field:ident: $value:expr),*) => {
        static $name: Subject = Subject {
            wire: crate::connector::testing::Wire::Within,
            described: None,
            kind: KIND,
            local: |seed| {
                let behaviour = Behaviour { $($field: $value,)* ..Behaviour::default() };
                Box::new(LocalBitsight::new(seed.into(), behaviour))
            },
        };
    };
}

kind!(TEXTS, text_feature: Some("report-tier"));
kind!(SILENT, links: false, count: Count::Page);
kind!(HIDING, lists_deactivated: false, lists_contacts: false, quota_counts_tokens: true);

#[tokio::test(start_paused = true)]
async fn features_whose_value_is_a_text_hinder_nothing() {
    heart(&TEXTS).await;
    let mut setup = Setup::new();
    setup.behaviour.text_feature = Some("report-tier");
    let rig = setup.start().await;
    let on = [("features.wfh-ro", Value::Flag(true))];
    let outcomes = rig.apply(&desired([person(ADA, &on)])).await;
    assert_eq!(outcomes.len(), 1, "{outcomes:#?}");
    let ada = rig.held(ADA);
    let shown = |name: &str| ada.attributes.get(name).cloned().flatten();
    assert_eq!(shown("features.wfh-ro"), Some(Value::Flag(true)));
    let kept = shown("features.report-tier");
    assert_eq!(
        kept,
        Some(Value::text("limited")),
        "it went back as it came"
    );
}

#[tokio::test(start_paused = true)]
async fn lists_that_say_little_are_read_whole() {
    heart(&SILENT).await;
}

#[tokio::test(start_paused = true)]
async fn lists_that_hide_whom_they_can_are_read_whole() {
    heart(&HIDING).await;
}
