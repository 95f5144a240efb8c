//! What the digest of a plan covers.

use jiff::{Timestamp, civil::date};

use crate::model::digest::Digest;
use crate::model::plan::{Plan, VendorPlan};
use crate::model::value::Value;
use crate::plan::planner::{digest_of, unread_vendor};
use crate::plan::testing::*;

fn case() -> Case {
    let people = [
        person("ada@x.com").wants("company", text("X")),
        leaver("bob@x.com"),
        person("new@x.com").wants("company", text("X")),
    ];
    let accounts = [
        account("ada@x.com", "1").shows("company", text("Y")),
        account("bob@x.com", "2"),
        account("eve@x.com", "3"),
    ];
    Case::new(&API, people, accounts)
}

fn plan(vendors: Vec<VendorPlan>) -> Plan {
    Plan {
        created_at: Timestamp::UNIX_EPOCH,
        on: date(2026, 1, 5),
        roster: Digest::of(&"roster"),
        people: 3,
        vendors,
        attention: crate::model::attention::Attention::default(),
        ending: Vec::new(),
    }
}

fn digest(case: &Case) -> Digest {
    plan(vec![case.plan()]).digest().unwrap()
}

#[test]
fn every_part_of_an_action_and_the_state_it_was_planned_for_count() {
    let before = digest(&case());
    let changed: &[fn(&mut Case)] = &[
        |it| it.desired[0].attributes.insert("company", text("Z")),
        |it| it.desired[0].attributes.insert("admin", Value::Flag(true)),
        |it| it.desired[1] = person("bob@x.com"),
        |it| it.desired[2].email = "newer@x.com".into(),
        |it| it.current.accounts[0].attributes.insert("company", None),
        |it| it.current.accounts[0].id = Some("9".into()),
        |it| {
            it.current.accounts[1]
                .attributes
                .insert("tier", Some(text("PRO")));
        },
        |it| it.current.accounts[1].email = "BOB@x.com".into(),
        |it| it.settings.name = "other".into(),
        |it| it.settings.base_url = "https://b.example".into(),
        |it| it.settings.deactivate = off("delete", crate::model::spec::DeactivateMode::Delete),
    ];
    for (at, change) in changed.iter().enumerate() {
        if at == 1 {
            // Not shown, so not compared; a create sets it.
            let shown = case().with(|it| {
                it.current.accounts[0]
                    .attributes
                    .insert("admin", Some(flag(false)));
            });
            assert_ne!(digest(&shown.clone().with(change)), digest(&shown));
        } else {
            assert_ne!(digest(&case().with(change)), before, "change {at}");
        }
    }
}

#[test]
fn reasons_days_bystanders_and_order_do_not_count() {
    let before = digest(&case());
    let mut other = plan(vec![case().plan()]);
    other.on = date(2026, 1, 6);
    other.created_at = Timestamp::MAX;
    other.people = 9;
    other.roster = Digest::of(&"other");
    let vendor = &mut other.vendors[0];
    vendor.actions.reverse();
    vendor.notices.clear();
    for action in &mut vendor.actions {
        action.reason = String::from("for another reason");
    }
    assert_eq!(other.digest().unwrap(), before);
    let bystander = case().with(|it| it.current.accounts[2].email = "else@x.com".into());
    assert_eq!(digest(&bystander), before);
}

#[test]
fn the_order_of_vendors_does_not_count() {
    let other = case().with(|it| it.settings.name = "beta".into());
    let one = plan(vec![case().plan(), other.plan()]).digest();
    let two = plan(vec![other.plan(), case().plan()]).digest();
    assert_eq!(one, two);
}

#[test]
fn a_plan_with_a_vendor_that_could_not_be_read_has_no_digest() {
    let unread = unread_vendor(&settings(&API), String::from("no route"));
    let plan = plan(vec![case().plan(), unread]);
    assert_eq!(plan.digest(), None);
    assert_eq!(plan.unread().count(), 1);
    assert_eq!(plan.summary().actions(), 3);
}

#[test]
fn the_digest_of_an_account_covers_what_the_vendor_shows_of_it() {
    let ada = account("ada@x.com", "1").shows("company", text("X"));
    let same = account("ada@x.com", "1").shows("company", text("X"));
    assert_eq!(digest_of(&ada), digest_of(&same));
    let others = [
        account("ada@x.com", "2").shows("company", text("X")),
        account("Ada@x.com", "1").shows("company", text("X")),
        inactive("ada@x.com", "1").shows("company", text("X")),
        account("ada@x.com", "1").shows("company", None),
        account("ada@x.com", "1"),
        account("ada@x.com", "1").shows("company", set(&["X"])),
        ada.clone().managed_by("Okta"),
    ];
    for other in others {
        assert_ne!(digest_of(&ada), digest_of(&other));
    }
    assert_eq!(digest_of(&ada).0.len(), "sha256:".len() + 64);
}

#[test]
fn without_actions_the_vendors_count_and_a_sandbox_is_one_place() {
    let quiet = |change: &dyn Fn(&mut crate::roster::model::VendorSettings)| {
        let mut case = Case::new(&API, [], [account("ada@x.com", "1")]);
        change(&mut case.settings);
        digest(&case)
    };
    let here = quiet(&|_| {});
    assert_ne!(here, quiet(&|it| it.base_url = "https://b.example".into()));
    assert_ne!(here, quiet(&|it| it.name = "other".into()));
    let at = |port: u16| {
        quiet(&|it| {
            it.base_url = format!("http://127.0.0.1:{port}/api").into();
            it.in_sandbox = true;
        })
    };
    assert_eq!(at(4180), at(4181));
    assert_ne!(here, at(4180));
    assert_ne!(plan(vec![]).digest(), Some(here));
}
