//! An approved plan after the world went on.

use proptest::prelude::*;

use super::*;
use crate::model::digest::Digest;
use crate::plan::testing::{
    API, Case, RECORD, Shows as _, Wants as _, account, inactive, leaver, person, text,
};

fn whole(case: &Case) -> Plan {
    Plan {
        created_at: jiff::Timestamp::UNIX_EPOCH,
        on: "2026-01-05".parse().unwrap(),
        roster: Digest("sha256:0".into()),
        people: case.desired.len(),
        vendors: vec![case.plan()],
        attention: crate::model::attention::Attention::default(),
        ending: Vec::new(),
    }
}

/// Ada's role drifted, Grace left, Linus is new, Bob is as he should be.
fn before() -> Case {
    let desired = vec![
        person("ada@example.com").wants("role", text("admin")),
        person("bob@example.com").wants("role", text("reader")),
        leaver("grace@example.com"),
        person("linus@example.com").wants("role", text("reader")),
    ];
    let accounts = vec![
        account("ada@example.com", "1").shows("role", text("reader")),
        account("bob@example.com", "2").shows("role", text("reader")),
        account("grace@example.com", "3").shows("role", text("reader")),
    ];
    Case::new(&API, desired, accounts)
}

/// The differences in short, and what `--skip-stale` would make of it.
#[track_caller]
fn check(now: &Case, expected: &[&str], applied: &[&str], done: &[&str], stale: &[&str]) {
    let approved = Approved::of(&whole(&before()));
    assert_eq!(approved.actions.len(), 3);
    let fresh = whole(now);
    let shown: Vec<String> = differences(&approved, &fresh).iter().map(short).collect();
    assert_eq!(shown, expected);
    let left = remaining(&approved, &fresh, |it| {
        is_done(it, &now.settings, &now.known())
    });
    let emails = |list: Vec<&Action>| -> Vec<String> {
        list.iter().map(|it| it.email.to_string()).collect()
    };
    assert_eq!(emails(left.plan.actions().collect()), applied);
    assert_eq!(emails(left.done.iter().collect()), done);
    let named: Vec<&Action> = left.stale.iter().map(|(action, _)| action).collect();
    assert_eq!(emails(named), stale);
    assert_eq!(
        applied.len() + done.len() + stale.len(),
        approved.actions.len(),
        "each approved action has exactly one fate"
    );
}

fn short(difference: &Difference<'_>) -> String {
    match difference {
        Difference::Place {
            vendor,
            approved,
            fresh,
        } => format!(
            "{vendor}: {}",
            place_told(approved.as_deref(), fresh.as_deref())
        ),
        Difference::New(action) => format!("new {} {}", action.kind.as_str(), action.email),
        Difference::Gone { approved, now } => {
            let now = now.as_deref().unwrap_or("nothing");
            let word = now.split(':').next().unwrap_or_default();
            format!("gone {}: {word}", approved.email)
        }
        Difference::Changed {
            approved, parts, ..
        } => {
            let parts: Vec<String> = parts.iter().map(part).collect();
            format!("changed {}: {}", approved.email, parts.join(", "))
        }
    }
}

fn part(part: &Part<'_>) -> String {
    match part {
        Part::Kind => "kind".into(),
        Part::Email => "email".into(),
        Part::Id => "id".into(),
        Part::Account => "account".into(),
        Part::Attribute { approved, fresh } => {
            let side = |it: &Option<&Change>| match it {
                Some(change) => format!("{:?}", change.after),
                None => String::from("-"),
            };
            format!("{} > {}", side(approved), side(fresh))
        }
    }
}

const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";
const LINUS: &str = "linus@example.com";

#[test]
fn the_same_plan_has_no_differences() {
    check(&before(), &[], &[GRACE, ADA, LINUS], &[], &[]);
}

#[test]
fn another_place_is_named_and_nothing_is_done_there() {
    let now = before().with(|it| it.settings.base_url = "https://b.example".into());
    let then = before().settings.base_url;
    let told =
        format!("acme: approved for acme at {then}, this roster says acme at https://b.example");
    check(&now, &[&told], &[], &[], &[GRACE, ADA, LINUS]);
    // Not even what is as approved there counts as done.
    let done = now.with(|it| it.current.accounts[2].active = false);
    let gone = "gone grace@example.com: nothing";
    check(&done, &[&told, gone], &[], &[], &[GRACE, ADA, LINUS]);
}

#[test]
fn a_plan_of_a_former_version_is_compared_by_address() {
    let fresh = whole(&before());
    let mut approved = Approved::of(&fresh);
    approved.vendors[0].place = None;
    assert_eq!(differences(&approved, &fresh), []);
    approved.vendors[0].base_url = "https://b.example".into();
    assert_eq!(differences(&approved, &fresh).len(), 1);
}

#[test]
fn a_vendor_without_actions_that_is_gone_or_new_is_a_difference() {
    let (one, mut none) = (whole(&before()), whole(&before()));
    none.vendors.clear();
    let places = |approved: &Plan, fresh: &Plan| -> Vec<String> {
        let approved = Approved::of(approved);
        let all = differences(&approved, fresh);
        let places = all
            .iter()
            .filter(|it| matches!(it, Difference::Place { .. }));
        places.map(short).collect()
    };
    let at = format!("acme at {}", before().settings.base_url);
    assert_eq!(
        places(&one, &none),
        [format!("acme: approved for {at}, not part of this run")]
    );
    assert_eq!(
        places(&none, &one),
        [format!("acme: not approved at all: {at}")]
    );
}

#[test]
fn an_account_that_changed_since_is_named() {
    let now = before().with(|it| {
        let ada = account(ADA, "1").shows("role", text("guest"));
        it.current.accounts[0] = ada;
    });
    let changed = "changed ada@example.com: Text(\"admin\") > Text(\"admin\"), account";
    check(&now, &[changed], &[GRACE, LINUS], &[], &[ADA]);
}

#[test]
fn a_roster_that_changed_since_is_named() {
    let now = before().with(|it| {
        it.desired[0] = person(ADA).wants("role", text("owner"));
        it.desired[1] = person("bob@example.com").wants("role", text("owner"));
        it.desired.retain(|want| &*want.email != LINUS);
    });
    let expected = [
        "changed ada@example.com: Text(\"admin\") > Text(\"owner\")",
        "gone linus@example.com: nothing",
        "new update bob@example.com",
    ];
    check(&now, &expected, &[GRACE], &[], &[ADA, LINUS]);
}

#[test]
fn what_is_done_already_counts_as_done() {
    let now = before().with(|it| {
        it.current.accounts = vec![
            account(ADA, "1").shows("role", text("admin")),
            account("bob@example.com", "2").shows("role", text("reader")),
            inactive(GRACE, "3").shows("role", text("reader")),
            account("Linus@Example.com", "9").shows("role", text("reader")),
        ];
    });
    let expected = [
        "gone grace@example.com: nothing",
        "gone ada@example.com: nothing",
        "gone linus@example.com: nothing",
    ];
    check(&now, &expected, &[], &[GRACE, ADA, LINUS], &[]);
}

#[test]
fn a_create_that_somebody_did_otherwise_is_changed_and_not_repeated() {
    let now = before().with(|it| {
        let linus = account(LINUS, "9").shows("role", text("guest"));
        it.current.accounts.push(linus);
    });
    let changed = "changed linus@example.com: kind, id, \
                   Text(\"reader\") > Text(\"reader\"), account";
    check(&now, &[changed], &[GRACE, ADA], &[], &[LINUS]);
}

#[test]
fn what_a_rule_keeps_back_now_is_told_with_the_rule() {
    let now = before().protect("grace@*");
    let gone = "gone grace@example.com: it is held now";
    check(&now, &[gone], &[ADA, LINUS], &[], &[GRACE]);
    let approved = Approved::of(&whole(&before()));
    let left = remaining(&approved, &whole(&now), |_| false);
    assert!(left.stale[0].1.contains("protected"), "{:?}", left.stale);
}

#[test]
fn a_missing_account_is_done_only_where_the_read_is_complete() {
    let gone = before().with(|it| {
        it.current.accounts.remove(2);
    });
    let nothing = ["gone grace@example.com: nothing"];
    check(&gone, &nothing, &[ADA, LINUS], &[GRACE], &[]);
    let grace = &Approved::of(&whole(&before())).actions[0];
    let doubtful = gone.clone().with(|it| {
        it.current
            .proof
            .missing
            .push(String::from("a page is missing"));
    });
    assert!(!is_done(grace, &doubtful.settings, &doubtful.known()));
    let record = gone.with(|it| it.settings.spec = &RECORD);
    assert!(!is_done(grace, &record.settings, &record.known()));
}

#[test]
fn a_vendor_that_is_gone_or_unread_says_so() {
    let approved = Approved::of(&whole(&before()));
    let mut fresh = whole(&before());
    fresh.vendors.clear();
    let left = remaining(&approved, &fresh, |_| false);
    assert_eq!(left.stale.len(), 3);
    assert!(left.stale[0].1.contains("acme is not part of this run"));
    let settings = before().settings;
    let unread = crate::plan::planner::unread_vendor(&settings, "HTTP 503".into());
    fresh.vendors.push(unread);
    let left = remaining(&approved, &fresh, |_| false);
    assert!(left.stale[0].1.contains("acme could not be read: HTTP 503"));
}

/// Roles by person: what the roster asks, what the vendor shows (`None`: no account).
fn world() -> impl Strategy<Value = Vec<(u8, Option<u8>)>> {
    proptest::collection::vec((0..3u8, proptest::option::of(0..3u8)), 0..8)
}

fn case(world: &[(u8, Option<u8>)]) -> Case {
    let email = |at: usize| format!("p{at}@example.com");
    let role = |role: u8| text(&format!("role{role}"));
    let desired: Vec<_> = world
        .iter()
        .enumerate()
        .map(|(at, (wants, _))| person(&email(at)).wants("role", role(*wants)))
        .collect();
    let accounts: Vec<_> = world
        .iter()
        .enumerate()
        .filter_map(|(at, (_, shows))| {
            Some(account(&email(at), &at.to_string()).shows("role", role((*shows)?)))
        })
        .collect();
    Case::new(&API, desired, accounts)
}

proptest! {
    #[test]
    fn nothing_but_approved_actions_is_left(then in world(), now in world()) {
        let approved = Approved::of(&whole(&case(&then)));
        let fresh_case = case(&now);
        let fresh = whole(&fresh_case);
        let equal = differences(&approved, &fresh).is_empty();
        prop_assert_eq!(equal, whole(&case(&then)).digest() == fresh.digest());
        let left = remaining(&approved, &fresh, |it| {
            is_done(it, &fresh_case.settings, &fresh_case.known())
        });
        for action in left.plan.actions() {
            let same = |it: &&Action| canonical(it) == canonical(action);
            prop_assert_eq!(approved.actions.iter().filter(same).count(), 1);
            prop_assert!(fresh.actions().any(|it| it == action));
        }
        let fates = left.plan.actions().count() + left.done.len() + left.stale.len();
        prop_assert_eq!(fates, approved.actions.len());
    }
}
