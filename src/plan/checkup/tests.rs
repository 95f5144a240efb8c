//! Judgements that need no wire: rights, own account, quota, clock, what stays manual.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::model::account::Account;
use crate::model::current::{Allowance, Current, Own};
use crate::model::spec::{AdminRule, DeactivateMode};
use crate::model::traffic::{Class, Traffic};
use crate::model::value::Value;
use crate::plan::known::Known;
use crate::plan::testing::{ADMIN_FLAG, API, RECORD, off, settings};
use crate::roster::model::VendorSettings;

const NOW: i64 = 1_767_578_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// A visit that went well, with one account that the credentials belong to.
fn visit(settings: &VendorSettings) -> HealthCheck<'_> {
    let mut account = Account::new("own@example.com");
    let AdminRule::FlagIs(flag) = ADMIN_FLAG.admin else {
        panic!("another rule");
    };
    account.attributes.insert(flag, Some(Value::Flag(true)));
    HealthCheck {
        settings,
        secrets: vec![SecretSeen {
            place: "the environment variable T".into(),
            read: Ok(None),
        }],
        read: Ok(Known::from(Current {
            accounts: vec![account],
            own: Own::Email("Own@example.com".into()),
            ..Current::default()
        })),
        requests: 2,
        took: Duration::from_millis(1250),
        traffic: Traffic {
            sent: 2,
            calls: [(Class::Success, 2)].into(),
            skew: Some(0.0),
            rate: [("x-ratelimit-limit", "100".into())].into(),
            ..Traffic::default()
        },
        probe: None,
        now: at(NOW),
    }
}

#[track_caller]
fn check(visit: &HealthCheck<'_>, topic: Topic, state: Health, part: &str) {
    let found = judge(visit);
    let check = found.iter().find(|it| it.topic == topic).unwrap();
    assert_eq!(check.state, state, "{check:?}");
    let text = format!("{}; {}", check.found, check.next.as_deref().unwrap_or(""));
    assert!(text.contains(part), "no {part:?} in {text}");
    for check in &found {
        assert_eq!(check.next.is_none(), check.state == Health::Ok, "{check:?}");
        assert_eq!(check.vendor.as_deref(), Some("acme"));
    }
}

#[test]
fn every_state_has_the_word_that_documents_have() {
    let words = Health::ALL.map(Health::as_str);
    assert_eq!(words, ["ok", "warn", "fail", "unknown"]);
}

#[test]
fn a_visit_that_went_well_is_fine_throughout() {
    let settings = settings(&ADMIN_FLAG);
    let visit = visit(&settings);
    for check in judge(&visit) {
        assert_eq!(check.state, Health::Ok, "{check:?}");
    }
    check(
        &visit,
        Topic::Read,
        Health::Ok,
        "1 account in 2 requests, 1.2 s",
    );
}

#[test]
fn a_vendor_that_falls_silent_was_reached_if_it_answered_before() {
    let settings = settings(&ADMIN_FLAG);
    let mut visit = visit(&settings);
    visit.read = Err(Fault::Silent("no answer within 30 s".into()));
    check(&visit, Topic::Reach, Health::Ok, "answers");
    visit.traffic = Traffic::default();
    check(
        &visit,
        Topic::Reach,
        Health::Fail,
        "does not answer: no answer within 30 s",
    );
}

#[test]
fn whose_the_credentials_are_and_what_they_may_do() {
    let settings = settings(&ADMIN_FLAG);
    let with = |own: Own| {
        let mut it = visit(&settings);
        it.read.as_mut().unwrap().current.own = own;
        it
    };
    let own = with(Own::Email("own@example.com".into()));
    check(&own, Topic::Rights, Health::Ok, "is an administrator");
    check(
        &with(Own::Unknown),
        Topic::OwnAccount,
        Health::Warn,
        "set own_account",
    );
    check(
        &with(Own::Unknown),
        Topic::Rights,
        Health::Unknown,
        "what is needed: all",
    );
    check(
        &with(Own::Nobody),
        Topic::OwnAccount,
        Health::Ok,
        "no account",
    );
    let mut weak = with(Own::Email("own@example.com".into()));
    weak.read.as_mut().unwrap().current.accounts = vec![Account::new("own@example.com")];
    check(&weak, Topic::Rights, Health::Warn, "no administrator");
    let mut forbidden = visit(&settings);
    forbidden.read = Err(Fault::Forbidden("HTTP 403: no".into()));
    check(
        &forbidden,
        Topic::Rights,
        Health::Fail,
        "HTTP 403: no; what is needed",
    );
    check(&forbidden, Topic::Credentials, Health::Ok, "accepted");
}

#[test]
fn a_token_that_ends_is_told_before_and_after() {
    let settings = settings(&API);
    for (left, state, part) in [
        (30 * 86_400, Health::Ok, "good until 2026-02-04"),
        (
            86_400,
            Health::Warn,
            "get new ones and put them into the environment variable T",
        ),
        (0, Health::Fail, "ran out"),
    ] {
        let mut it = visit(&settings);
        it.secrets[0].read = Ok(Some(at(NOW + left)));
        check(&it, Topic::Credentials, state, part);
    }
}

#[test]
fn a_vendor_that_is_not_called_leaves_its_credentials_unknown() {
    let settings = settings(&RECORD);
    let mut it = visit(&settings);
    it.requests = 0;
    check(
        &it,
        Topic::Credentials,
        Health::Unknown,
        "only a write would show",
    );
    it.traffic = Traffic::default();
    it.probe = Some(Fault::Unreachable(Stage::Tls, "bad certificate".into()));
    check(&it, Topic::Reach, Health::Fail, "SSL_CERT_FILE");
    check(&it, Topic::Clock, Health::Unknown, "NTP");
}

#[test]
fn headers_are_compared_with_the_limits_that_are_set() {
    let settings = settings(&API);
    for (headers, state, part) in [
        (
            &[] as &[(&'static str, &str)],
            Health::Unknown,
            "5 calls a second",
        ),
        (
            &[("ratelimit-policy", "\"default\";q=1000;w=60")],
            Health::Ok,
            "1000",
        ),
        (
            &[("ratelimit-policy", "\"default\";q=120;w=60")],
            Health::Warn,
            "to 2.00 or less",
        ),
        (
            &[("ratelimit-limit", "100, 100;w=60")],
            Health::Warn,
            "to 1.67 or less",
        ),
        (
            &[("x-ratelimit-limit", "100"), ("x-ratelimit-remaining", "3")],
            Health::Warn,
            "3 of 100",
        ),
        (
            &[
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", "30"),
            ],
            Health::Ok,
            "30",
        ),
        (
            &[
                ("ratelimit", "\"default\";r=1;t=9"),
                ("x-ratelimit-limit", "100"),
            ],
            Health::Warn,
            "1 of",
        ),
        (
            &[
                ("x-ratelimit-limit", "many"),
                ("ratelimit-policy", ";w=0;q="),
            ],
            Health::Ok,
            "many",
        ),
    ] {
        let mut it = visit(&settings);
        let headers = headers
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        it.traffic.rate = headers.collect();
        check(&it, Topic::Quota, state, part);
    }
    let mut slowed = visit(&settings);
    slowed.traffic.throttles = 3;
    slowed.traffic.asked = Some(Duration::from_secs(60));
    check(
        &slowed,
        Topic::Quota,
        Health::Warn,
        "3 times, a wait of 60 s",
    );
    let mut full = visit(&settings);
    full.read.as_mut().unwrap().current.allowance = Some(Allowance {
        creates: 0,
        text: "50 of 50 used".into(),
    });
    check(&full, Topic::Quota, Health::Warn, "50 of 50 used");
}

#[test]
fn clocks_may_differ_by_half_a_minute() {
    let settings = settings(&API);
    for (skew, state, part) in [
        (-1.2, Health::Ok, "agrees"),
        (29.0, Health::Ok, "29 s ahead"),
        (-90.4, Health::Warn, "90 s behind ours"),
        (4000.0, Health::Warn, "4000 s ahead of ours; set the clock"),
    ] {
        let mut it = visit(&settings);
        it.traffic.skew = Some(skew);
        check(&it, Topic::Clock, state, part);
    }
}

#[test]
fn a_read_that_is_slow_or_not_proved_is_told() {
    let settings = settings(&API);
    let mut slow = visit(&settings);
    slow.traffic.slowest = Duration::from_secs(12);
    check(
        &slow,
        Topic::Read,
        Health::Warn,
        "the slowest request took 12 s",
    );
    let mut doubtful = visit(&settings);
    let missing = &mut doubtful.read.as_mut().unwrap().current.proof.missing;
    missing.push("the vendor counts 41 accounts, 40 were read".into());
    check(&doubtful, Topic::Read, Health::Warn, "counts 41");
}

#[test]
fn a_leaver_who_waits_for_a_person_is_warned_of() {
    let mut settings = settings(&API);
    settings.deactivate = off("manual", DeactivateMode::Manual);
    check(
        &visit(&settings),
        Topic::Manual,
        Health::Warn,
        "a leaver keeps access",
    );
}
