//! Clocks that start, run and stop, and the day on which a grace is over.

use super::*;
use crate::model::account::Account;
use crate::model::current::Current;
use crate::model::desired::Access;
use crate::model::desired::DesiredAccount;
use crate::model::email::EmailKey;
use crate::model::off::{DeactivationHistory, Grace};
use crate::plan::known::Known;
use crate::plan::testing::{API, account, inactive, leaver, person, settings};
use crate::roster::model::Unlisted;

const NOW: &str = "2026-01-20T02:00:00Z";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn known(id: &str, time: &str) -> (Who, Entry) {
    let since = DeactivatedSince {
        at: at(time),
        how: How::SwitchedOff,
    };
    let email = "earlier@x.com".into();
    (Who::Id(id.into()), Entry { email, since })
}

fn outcome(kind: ActionKind, id: &str, verdict: Verdict) -> Outcome {
    Outcome {
        action: Action {
            vendor: "acme".into(),
            kind,
            email: "a@x.com".into(),
            account_email: None,
            id: Some(id.into()),
            changes: Vec::new(),
            reason: String::new(),
            current: None,
        },
        verdict,
        status: None,
        message: String::new(),
        id: None,
        seconds: 0.0,
    }
}

/// `id since` of each entry, `~` before a time at which the account was only seen.
fn shown(entries: &Entries) -> Vec<String> {
    let words = entries.iter().map(|(who, entry)| {
        let id = match who {
            Who::Id(id) => id,
            Who::Email(email) => email.as_str(),
        };
        let seen = match entry.since.how {
            How::SwitchedOff => "",
            How::Seen => "~",
        };
        format!("{id} {seen}{}", entry.since.at)
    });
    words.collect()
}

struct Sight {
    settings: VendorSettings,
    desired: Desired<'static>,
    known: Known,
    before: Entries,
    actions: Vec<Action>,
    complete: bool,
}

impl Sight {
    fn new(people: Vec<DesiredAccount>, accounts: Vec<Account>) -> Self {
        Self {
            settings: settings(&API),
            desired: Desired::listed("acme", people),
            known: Known::from(Current {
                accounts,
                ..Current::default()
            }),
            before: Entries::new(),
            actions: Vec::new(),
            complete: true,
        }
    }

    fn knowing(mut self, entries: impl IntoIterator<Item = (Who, Entry)>) -> Self {
        self.before = entries.into_iter().collect();
        self
    }

    #[track_caller]
    fn check(&self, expected: &[&str]) {
        let entries = sighted(
            &self.settings,
            &self.desired,
            &self.known,
            &self.before,
            &self.actions,
            self.complete,
            at(NOW),
        );
        assert_eq!(shown(&entries), expected);
    }
}

#[test]
fn a_grace_is_over_on_the_first_day_that_begins_after_it() {
    for (since, days, over) in [
        ("2026-01-05T00:00:00Z", 30, "2026-02-04"),
        ("2026-01-05T00:00:01Z", 30, "2026-02-05"),
        ("2026-01-05T23:59:59Z", 1, "2026-01-07"),
        ("2024-02-28T12:00:00Z", 1, "2024-03-01"),
        ("9999-12-30T12:00:00Z", 3_650, "9999-12-31"),
    ] {
        assert_eq!(Grace(days).over_on(at(since)).to_string(), over, "{since}");
    }
}

#[test]
fn a_clock_starts_when_an_apply_first_sees_it_and_keeps_its_time() {
    let there = vec![inactive("a@x.com", "1"), inactive("b@x.com", "2")];
    Sight::new(vec![leaver("a@x.com"), leaver("b@x.com")], there)
        .knowing([known("2", "2026-01-05T02:00:00Z")])
        .check(&["1 ~2026-01-20T02:00:00Z", "2 2026-01-05T02:00:00Z"]);
}

#[test]
fn a_time_that_could_not_be_had_when_the_vendor_was_read_is_kept() {
    let mut sight = Sight::new(vec![leaver("a@x.com")], vec![inactive("a@x.com", "1")])
        .knowing([known("1", "2026-01-05T02:00:00Z")]);
    sight.known.remembered.off.known = Err("no answer".into());
    sight.check(&["1 2026-01-05T02:00:00Z"]);
}

#[test]
fn an_account_that_is_on_or_wanted_or_not_yet_due_has_no_clock() {
    let old = || [known("1", "2025-01-05T02:00:00Z")];
    let off = || vec![inactive("a@x.com", "1")];
    Sight::new(vec![leaver("a@x.com")], vec![account("a@x.com", "1")])
        .knowing(old())
        .check(&[]);
    Sight::new(vec![person("a@x.com")], off())
        .knowing(old())
        .check(&[]);
    let joins = DesiredAccount {
        access: Access::NotYet(jiff::civil::date(2026, 3, 1)),
        ..person("a@x.com")
    };
    Sight::new(vec![joins], off()).knowing(old()).check(&[]);
    let mut ahead = Sight::new(vec![leaver("a@x.com")], off()).knowing(old());
    ahead
        .known
        .remembered
        .off
        .here_today
        .insert(EmailKey::of("a@x.com"));
    ahead.check(&[]);
}

#[test]
fn strangers_have_clocks_only_where_they_are_switched_off() {
    let mut sight = Sight::new(Vec::new(), vec![inactive("a@x.com", "1")]);
    for unlisted in [Unlisted::Ignore, Unlisted::Report] {
        sight.settings.unlisted = unlisted;
        sight.check(&[]);
    }
    sight.settings.unlisted = Unlisted::Deactivate;
    sight.check(&["1 ~2026-01-20T02:00:00Z"]);
}

#[test]
fn what_a_whole_list_does_not_show_is_forgotten_and_half_a_list_forgets_nothing() {
    let mut sight = Sight::new(vec![leaver("a@x.com")], Vec::new())
        .knowing([known("1", "2026-01-05T02:00:00Z")]);
    sight.check(&[]);
    sight.complete = false;
    sight.check(&["1 2026-01-05T02:00:00Z"]);
}

#[test]
fn whoever_is_about_to_be_switched_on_loses_the_time_before_that() {
    let mut sight = Sight::new(vec![leaver("a@x.com")], vec![inactive("a@x.com", "1")])
        .knowing([known("1", "2026-01-05T02:00:00Z")]);
    // An undo switches on what the roster wants off.
    let action = outcome(ActionKind::Reactivate, "1", Verdict::Applied).action;
    sight.actions.push(action);
    sight.check(&[]);
}

#[test]
fn outcomes_start_and_stop_clocks() {
    use ActionKind::{Deactivate, Delete, Reactivate};
    let old = || Entries::from([known("1", "2026-01-05T02:00:00Z")]);
    let kept = &["1 2026-01-05T02:00:00Z"];
    for (kind, id, verdict, expected) in [
        (
            Deactivate,
            "2",
            Verdict::Applied,
            &["1 2026-01-05T02:00:00Z", "2 2026-01-20T02:00:00Z"][..],
        ),
        (Deactivate, "2", Verdict::Unverified, kept),
        (Deactivate, "2", Verdict::Failed, kept),
        (Delete, "1", Verdict::Applied, &[]),
        (Delete, "1", Verdict::Unverified, kept),
        (Delete, "1", Verdict::Skipped, kept),
        (Reactivate, "1", Verdict::Unverified, &[]),
    ] {
        let mut entries = old();
        let outcomes = [outcome(kind, id, verdict)];
        take_over(&mut entries, outcomes.iter(), at(NOW));
        assert_eq!(shown(&entries), expected, "{kind:?} {verdict:?}");
    }
}

#[test]
fn the_earlier_day_counts_and_only_leavers_of_today_have_left() {
    let today = jiff::civil::date(2026, 1, 20);
    let later = jiff::civil::date(2027, 1, 20);
    let desired = Desired::listed("acme", vec![person("a@x.com"), leaver("b@x.com")]);
    let new = |on| DeactivationHistory::new(Ok(Entries::new()), on, today, &desired);
    assert_eq!(new(later).day, Some(today));
    let earlier = jiff::civil::date(2025, 1, 20);
    assert_eq!(new(earlier).day, Some(earlier));
    let ends = DesiredAccount {
        access: Access::Ended(today),
        ..person("A@x.com")
    };
    assert!(!new(later).has_left(&ends.person_key()));
    assert!(new(later).has_left(&leaver("b@x.com").person_key()));
    assert!(new(later).has_left(&leaver("c@x.com").person_key()));
}
