//! Leavers in stages: switched off at once, deleted once their grace is over.

use crate::model::account::Account;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::email::EmailKey;
use crate::model::off::{DeactivatedSince, Entries, Entry, Grace, How, Who};
use crate::plan::testing::*;
use crate::roster::model::{Bound, Unlisted};

/// A vendor with thirty days of grace, on 2026-02-10; account 1 is off since 2026-01-05.
fn case(people: Vec<DesiredAccount>, accounts: Vec<Account>) -> Case {
    Case::new(&ADMIN_TIER, people, accounts)
        .with(|it| {
            it.settings.delete_after = Some(Grace(30));
            it.remembered.off.day = Some(jiff::civil::date(2026, 2, 10));
        })
        .off_since("1", "2026-01-05T02:00:00Z", How::SwitchedOff)
}

fn left() -> Case {
    case(vec![leaver("a@x.com")], vec![inactive("a@x.com", "1")])
}

impl Case {
    fn off_since(self, id: &str, at: &str, how: How) -> Self {
        self.with(|it| {
            let since = DeactivatedSince {
                at: at.parse().unwrap(),
                how,
            };
            let email = "a@x.com".into();
            let entry = (Who::Id(id.into()), Entry { email, since });
            it.remembered.off.known.as_mut().unwrap().extend([entry]);
        })
    }

    fn on(self, month: i8, day: i8) -> Self {
        self.with(|it| it.remembered.off.day = Some(jiff::civil::date(2026, month, day)))
    }
}

#[test]
fn a_leaver_goes_off_first_whatever_an_old_clock_says() {
    case(vec![leaver("a@x.com")], vec![account("a@x.com", "1")])
        .check(&["deactivate a@x.com #1 | active: false"]);
}

#[test]
fn within_the_grace_the_plan_says_when() {
    left().on(2, 4).check(&[
        "info a@x.com | off since 2026-01-05; will be deleted on 2026-02-05, after 30 days of grace",
    ]);
    let plan = left().on(2, 4).plan();
    assert_eq!(plan.read.unwrap().unchanged, 1);
}

#[test]
fn after_the_grace_the_account_is_deleted() {
    for access in [
        Access::Left,
        Access::Excluded,
        Access::Ended(jiff::civil::date(2026, 1, 4)),
    ] {
        let want = DesiredAccount {
            access,
            ..leaver("a@x.com")
        };
        case(vec![want], vec![inactive("a@x.com", "1")])
            .on(2, 5)
            .check(&["delete a@x.com #1 | off since 2026-01-05 (30 days of grace are over)"]);
    }
    left()
        .off_since("1", "2026-01-05T02:00:00Z", How::Seen)
        .check(&["delete a@x.com #1 | off since before 2026-01-05 (30 days"]);
}

#[test]
fn without_the_setting_or_a_day_nothing_is_ever_deleted() {
    left().with(|it| it.settings.delete_after = None).check(&[]);
    left()
        .with(|it| it.remembered.off.day = None)
        .check(&["info a@x.com | will be deleted on"]);
}

#[test]
fn listed_again_means_switched_on_again() {
    case(vec![person("a@x.com")], vec![inactive("a@x.com", "1")]).check(&["reactivate a@x.com #1"]);
}

#[test]
fn who_has_not_started_or_is_here_today_is_no_leaver() {
    let joins = DesiredAccount {
        access: Access::NotYet(jiff::civil::date(2026, 3, 1)),
        ..leaver("a@x.com")
    };
    case(vec![joins], vec![inactive("a@x.com", "1")]).check(&[]);
    left()
        .with(|it| {
            it.remembered.off.here_today.insert(EmailKey::of("a@x.com"));
        })
        .check(&[]);
}

#[test]
fn what_is_not_known_is_not_guessed() {
    left()
        .with(|it| it.remembered.off.known = Ok(Entries::new()))
        .check(&["info a@x.com | not known since when: its grace of 30 days begins with the next"]);
    left()
        .with(|it| it.remembered.off.known = Err(String::from("off.json is damaged")))
        .check(&["held delete a@x.com #1 | not known since when it is off: off.json is damaged"]);
    // The account that the clock is of had another id.
    case(vec![leaver("a@x.com")], vec![inactive("a@x.com", "2")])
        .check(&["info a@x.com | not known since when"]);
}

#[test]
fn strangers_are_deleted_where_they_are_switched_off() {
    let stranger = || case(Vec::new(), vec![inactive("a@x.com", "1")]);
    for unlisted in [Unlisted::Ignore, Unlisted::Report] {
        stranger().unlisted(unlisted).check(&[]);
    }
    let off = || stranger().unlisted(Unlisted::Deactivate);
    off().check(&["delete a@x.com #1 | not in the roster; off since 2026-01-05 (30 days"]);
    off()
        .on(2, 4)
        .check(&["info a@x.com | will be deleted on 2026-02-05"]);
    off()
        .with(|it| it.remembered.off.known = Err(String::from("damaged")))
        .check(&["held delete a@x.com #1 | damaged"]);
    off().only(&[]).check(&[]);
    off().protect("*@x.com").check(&[]);
    // Somebody in the roster may own it.
    case(
        vec![leaver("b@x.com").formerly("a@x.com")],
        vec![inactive("b@x.com", "2"), inactive("a@x.com", "1")],
    )
    .unlisted(Unlisted::Deactivate)
    .check(&["info b@x.com | not known since when"]);
}

#[test]
fn some_accounts_are_never_deleted() {
    let never = "info a@x.com | off, and not deleted after 30 days: ";
    let check = |case: Case, why: &str| case.check(&[&format!("{never}{why}")]);
    check(left().protect("a@*"), "protected");
    check(
        left()
            .with(|it| it.settings.own_account = Some("A@x.com".into()))
            .with(|it| {
                // Known to be in the list, or nothing would be believed.
                it.current.own = crate::model::current::Own::Unknown;
            }),
        "the account behind the credentials",
    );
    let off = || inactive("a@x.com", "1");
    let of = |account: Account| case(vec![leaver("a@x.com")], vec![account]);
    for always in [false, true] {
        check(of(off().shield(always)), "it is a service account");
    }
    let mut elsewhere = off();
    elsewhere.undeletable = Some("it is also in Other".into());
    check(of(elsewhere), "it is also in Other");
    let admin = || off().shows("tier", text("ADMIN"));
    check(of(admin()), "no other administrator is left");
    let other = account("b@x.com", "2").shows("tier", text("ADMIN"));
    case(
        vec![leaver("a@x.com"), person("b@x.com")],
        vec![admin(), other],
    )
    .check(&["delete a@x.com #1"]);
    of(off().managed_by("Okta")).check(&["manual delete a@x.com #1 | managed by Okta"]);
}

#[test]
fn no_proof_no_delete() {
    let held = left().with(|it| it.current.proof.missing.push(String::from("cut")));
    held.check(&[
        "held delete a@x.com #1 | not proved complete",
        "warning all",
    ]);
}

#[test]
fn deletes_count_and_never_keep_a_leaver_from_being_switched_off() {
    let people = ["a", "b", "c", "d"].map(|name| leaver(&format!("{name}@x.com")));
    let accounts = vec![
        inactive("a@x.com", "1"),
        inactive("b@x.com", "2"),
        account("c@x.com", "3"),
        account("d@x.com", "4"),
    ];
    let both = case(people.to_vec(), accounts).off_since("2", "2026-01-05T02:00:00Z", How::Seen);
    let max = |most| {
        let both = both.clone();
        both.with(|it| it.settings.max.deactivations = Some(Bound::Count(most)))
    };
    max(4).check(&[
        "deactivate c@x.com #3",
        "deactivate d@x.com #4",
        "delete a@x.com #1",
        "delete b@x.com #2",
    ]);
    let why = "4 removals at acme are more than";
    for most in [2, 3] {
        max(most).check(&[
            "deactivate c@x.com #3",
            "deactivate d@x.com #4",
            &format!("held delete a@x.com #1 | {why}"),
            "held delete b@x.com #2 | --allow-deactivations acme=4",
        ]);
    }
    max(1).check(&[
        &format!("held deactivate c@x.com #3 | {why}"),
        "held deactivate d@x.com #4",
        "held delete a@x.com #1",
        "held delete b@x.com #2",
    ]);
    max(1)
        .with(|it| it.allowed.deactivations = Some(4))
        .check(&[
            "deactivate c@x.com #3",
            "deactivate d@x.com #4",
            "delete a@x.com #1",
            "delete b@x.com #2",
        ]);
}
