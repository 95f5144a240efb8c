//! What holds for every company.

use jiff::ToSpan as _;
use proptest::prelude::*;

use super::company::{Company, End, Situation, Special, companies, email};
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind};
use crate::model::current::{Allowance, Current, LastRead};
use crate::model::digest::Digest;
use crate::model::email::EmailKey;
use crate::model::off::{DeactivatedSince, Entries, Entry, Grace, How, Who};
use crate::model::plan::{Plan, VendorPlan};
use crate::model::spec::DeactivateMode;
use crate::model::value::Value;
use crate::plan::testing::{ADMIN_TIER, API, Case, play};
use crate::roster::model::{Bound, Unlisted};

/// Limits of all kinds, most of them tight.
#[derive(Debug, Clone)]
struct Tight {
    deactivations: Option<u64>,
    creates: Option<u64>,
    allowance: Option<u64>,
    unproved: bool,
    only: Option<usize>,
    grants: Option<u64>,
    /// Accounts at the last apply, over those there are now.
    lost: Option<u64>,
}

fn tight() -> impl Strategy<Value = Tight> {
    let few = || prop::option::of(0..4_u64);
    let only = prop::option::weighted(0.2, 0..12_usize);
    let lost = prop::option::weighted(0.3, 0..12_u64);
    let unproved = prop::bool::weighted(0.2);
    (few(), few(), few(), unproved, only, few(), lost).prop_map(
        |(deactivations, creates, allowance, unproved, only, grants, lost)| Tight {
            deactivations,
            creates,
            allowance,
            unproved,
            only,
            grants,
            lost,
        },
    )
}

fn limited(company: &Company, tight: &Tight) -> Case {
    company.case(&ADMIN_TIER).with(|it| {
        it.settings.max.deactivations = tight.deactivations.map(Bound::Count);
        it.settings.max.creates = tight.creates.map(Bound::Count);
        it.current.allowance = tight.allowance.map(|creates| Allowance {
            creates,
            text: String::from("full"),
        });
        if tight.unproved {
            it.current.proof.missing.push(String::from("cut"));
        }
        it.settings.max.admin_grants = tight.grants.map(Bound::Count);
        it.remembered.last_read = tight.lost.map(|lost| LastRead {
            accounts: it.current.accounts.len() as u64 + lost,
            read_at: jiff::Timestamp::UNIX_EPOCH,
        });
        it.only = tight
            .only
            .map(|at| [EmailKey::of(&email(at)).into_owned()].into());
    })
}

fn digest(vendor: VendorPlan) -> Digest {
    let plan = Plan {
        created_at: jiff::Timestamp::UNIX_EPOCH,
        on: jiff::civil::date(2026, 1, 5),
        roster: Digest::of(&"roster"),
        people: 0,
        vendors: vec![vendor],
        attention: crate::model::attention::Attention::default(),
        ending: Vec::new(),
    };
    plan.digest().unwrap()
}

fn ends(plan: &VendorPlan) -> Vec<(End, ActionKind, String)> {
    let of = |end: End, action: &Action| (end, action.kind, action.email.to_string());
    let mut ends: Vec<_> = plan.actions.iter().map(|it| of(End::Done, it)).collect();
    ends.extend(plan.held.iter().map(|it| of(End::Held, &it.action)));
    ends.extend(plan.manual.iter().map(|it| of(End::Manual, &it.action)));
    ends
}

/// Administrators that can log in: people, and everybody.
fn admins(current: &Current) -> (usize, usize) {
    let is_admin =
        |it: &&Account| it.active && it.attributes.get("tier") == Some(&Some(Value::text("ADMIN")));
    let all: Vec<&Account> = current.accounts.iter().filter(is_admin).collect();
    let people = all.iter().filter(|it| it.shield.is_none()).count();
    (people, all.len())
}

fn removals(actions: &[Action]) -> u64 {
    actions.iter().filter(|it| it.kind.removes()).count() as u64
}

proptest! {
    #[test]
    fn what_follows_is_what_the_tags_say(company in companies()) {
        let plan = company.case(&API).plan();
        let mut found = ends(&plan);
        let removal = company.case(&API).settings.deactivate.mode;
        let kind = match removal {
            crate::model::spec::DeactivateMode::Delete => ActionKind::Delete,
            _ => ActionKind::Deactivate,
        };
        found.extend(plan.unlisted.iter().map(|it| (End::Unlisted, kind, it.email.to_string())));
        found.sort();
        prop_assert_eq!(found, company.expected());
    }

    #[test]
    fn equal_sides_make_an_empty_plan(mut company in companies()) {
        for tag in &mut company.tags {
            tag.situation = Situation::Same;
            tag.old = tag.new;
        }
        let plan = company.case(&ADMIN_TIER).plan();
        prop_assert!(plan.actions.is_empty() && plan.held.is_empty() && plan.manual.is_empty());
        prop_assert!(plan.unlisted.is_empty() && plan.notices.is_empty());
        prop_assert_eq!(plan.read.unwrap().unchanged, company.tags.len());
    }

    #[test]
    fn playing_the_plan_gives_what_is_desired_and_leaves_nothing_to_do(
        company in companies(),
        tight in tight(),
    ) {
        let case = limited(&company, &tight);
        let plan = case.plan();
        let after = play(&case.current, &plan.actions);
        let kept = |key: &EmailKey<'_>| {
            let mut kept = plan.held.iter().chain(&plan.manual);
            kept.any(|it| EmailKey::of(&it.action.email) == *key)
        };
        for want in &case.desired {
            let key = EmailKey::of(&want.email);
            let scoped = case.only.as_ref().is_none_or(|only| only.contains(&key));
            if kept(&key) || !scoped {
                continue;
            }
            let had: Vec<&Account> = after
                .accounts
                .iter()
                .filter(|it| it.email_key() == key || it.email_key() == EmailKey::of(&want.previous_emails[0]))
                .collect();
            if want.access.granted() {
                prop_assert_eq!(had.len(), 1);
                prop_assert!(had[0].active && had[0].email_key() == key);
                for (name, value) in want.attributes.iter() {
                    prop_assert_eq!(had[0].attributes.get(name), Some(&Some(value.clone())));
                }
            } else {
                prop_assert!(had.iter().all(|it| !it.active));
            }
        }
        // With nothing in the way a second run has nothing left to do.
        let mut free = company.case(&API);
        free.current = play(&free.current, &free.plan().actions);
        let again = free.plan();
        prop_assert!(again.actions.is_empty(), "{:?}", again.actions);
    }

    #[test]
    fn the_order_of_people_and_accounts_decides_nothing(
        (company, tight, shuffled) in (companies(), tight()).prop_flat_map(|(company, tight)| {
            let case = limited(&company, &tight);
            let people = Just(case.desired.clone()).prop_shuffle();
            let accounts = Just(case.current.accounts.clone()).prop_shuffle();
            let shuffled = (people, accounts).prop_map(move |(people, accounts)| {
                case.clone().with(|it| {
                    it.desired = people;
                    it.current.accounts = accounts;
                })
            });
            (Just(company), Just(tight), shuffled)
        }),
    ) {
        let plan = limited(&company, &tight).plan();
        let other = shuffled.plan();
        prop_assert_eq!(&plan, &other);
        prop_assert_eq!(digest(plan), digest(other));
    }

    #[test]
    fn nothing_is_taken_from_those_it_must_not_be_taken_from(
        company in companies(),
        tight in tight(),
    ) {
        let case = limited(&company, &tight);
        let plan = case.plan();
        let rank = |value: Option<&Value>| match value.and_then(Value::as_text) {
            Some("ADMIN") => 2,
            Some("PRO") => 1,
            _ => 0,
        };
        for at in (0..company.tags.len()).filter(|at| company.untouchable(*at)) {
            let address = company.tags[at].address(at);
            let mut own = plan.actions.iter().filter(|it| it.account_email.as_deref() == Some(&*address));
            let safe = own.all(|action| {
                let mut changes = action.changes.iter();
                !action.kind.removes() && changes.all(|change| match (&*change.attribute, &change.before) {
                    ("roles", Some(Value::Set(had))) => {
                        had.iter().all(|it| change.after.as_set().unwrap().contains(it))
                    }
                    ("tier", before) => rank(Some(&change.after)) >= rank(before.as_ref()),
                    ("email", _) => false,
                    _ => true,
                })
            });
            prop_assert!(safe, "{:?}", plan.actions);
        }
    }

    #[test]
    fn somebody_stays_administrator_whatever_is_done_by_this_run_and_by_hand(
        company in companies(),
        tight in tight(),
    ) {
        let case = limited(&company, &tight);
        let plan = case.plan();
        let by_hand = plan.manual.iter().map(|it| it.action.clone());
        let all: Vec<Action> = plan.actions.iter().cloned().chain(by_hand).collect();
        // Creates, promotions and reactivations may fail, so they count for nothing.
        let may_fail = |it: &Action| {
            matches!(it.kind, ActionKind::Create | ActionKind::Reactivate)
                || it.after("tier") == Some(&Value::text("ADMIN"))
        };
        let sure: Vec<Action> = all.into_iter().filter(|it| !may_fail(it)).collect();
        let (people, everybody) = admins(&case.current);
        let (people_left, everybody_left) = admins(&play(&case.current, &sure));
        prop_assert!(people == 0 || people_left > 0);
        prop_assert!(everybody == 0 || everybody_left > 0);
    }

    #[test]
    fn limits_are_kept_and_what_is_held_is_not_done(company in companies(), tight in tight()) {
        let case = limited(&company, &tight);
        let plan = case.plan();
        let creates = plan.actions.iter().filter(|it| it.kind == ActionKind::Create).count() as u64;
        let active = case.current.accounts.iter().filter(|it| it.active).count() as u64;
        let bound = tight.deactivations.unwrap_or_else(|| (active / 10).max(3));
        prop_assert!(removals(&plan.actions) <= bound);
        prop_assert!(tight.creates.is_none_or(|bound| creates <= bound));
        prop_assert!(tight.allowance.is_none_or(|bound| creates <= bound));
        if tight.unproved {
            prop_assert_eq!((removals(&plan.actions), creates), (0, 0));
        }
        let now = case.current.accounts.len() as u64;
        if tight.lost.is_some_and(|lost| lost > ((now + lost) / 5).max(5)) {
            prop_assert_eq!((removals(&plan.actions), creates), (0, 0));
        }
        let admins_before: Vec<&str> = case
            .current
            .accounts
            .iter()
            .filter(|it| it.active && it.attributes.get("tier") == Some(&Some(Value::text("ADMIN"))))
            .map(|it| &*it.email)
            .collect();
        let after = play(&case.current, &plan.actions);
        let same = |it: &Account, before: &str| {
            let renamed = plan.actions.iter().any(|action| {
                action.account_email.as_deref() == Some(before)
                    && EmailKey::of(&action.email) == it.email_key()
            });
            renamed || it.email_key() == EmailKey::of(before)
        };
        let made = after
            .accounts
            .iter()
            .filter(|it| it.active && it.attributes.get("tier") == Some(&Some(Value::text("ADMIN"))))
            .filter(|it| !admins_before.iter().any(|before| same(it, before)))
            .count() as u64;
        prop_assert!(tight.grants.is_none_or(|bound| made <= bound));
        if let Some(at) = tight.only {
            prop_assert!(plan.unlisted.is_empty());
            prop_assert!(ends(&plan).iter().all(|(_, _, who)| *who == email(at)));
        }
        for kept in plan.held.iter().chain(&plan.manual) {
            // Of an update only a part may be held.
            let is_apart = |it: &Action| {
                let mut changes = it.changes.iter();
                it.kind == ActionKind::Update
                    && it.kind == kept.action.kind
                    && !changes.any(|change| kept.action.changes.contains(change))
            };
            let mut actions = plan.actions.iter();
            prop_assert!(actions.all(|it| it.email != kept.action.email || is_apart(it)));
        }
        let sorted = plan.actions.is_sorted_by_key(|it| (it.kind, EmailKey::of(&it.email)));
        prop_assert!(sorted);
    }

    #[test]
    fn the_digest_covers_each_action_and_no_words(company in companies(), at in 0..100_usize) {
        let plan = company.case(&ADMIN_TIER).plan();
        let before = digest(plan.clone());
        let mut other = plan.clone();
        other.actions.reverse();
        other.notices.clear();
        for action in &mut other.actions {
            action.reason.push_str(", said otherwise");
        }
        prop_assert_eq!(&digest(other), &before);
        if plan.actions.is_empty() {
            return Ok(());
        }
        let at = at % plan.actions.len();
        let mut gone = plan.clone();
        gone.actions.remove(at);
        prop_assert_ne!(&digest(gone), &before);
        let mut state = plan.clone();
        state.actions[at].current = Some(Digest::of(&"something else"));
        prop_assert_ne!(&digest(state), &before);
        let mut changed = plan;
        if let Some(change) = changed.actions[at].changes.first_mut() {
            change.after = Value::text("something else");
            prop_assert_ne!(&digest(changed), &before);
        }
    }

    #[test]
    fn graces_delete_nobody_early_spare_whom_they_must_and_keep_the_limits(
        company in companies(),
        tight in tight(),
        clocks in prop::collection::vec(prop::option::of(0..20_i64), 12),
    ) {
        let plain = limited(&company, &tight).mode(DeactivateMode::Reversible);
        let case = plain.clone().with(|it| {
            it.settings.delete_after = Some(Grace(7));
            it.remembered.off.day = Some(TODAY);
            it.remembered.off.known = Ok(known(&company, &clocks));
        });
        let plan = case.plan();
        let deletes: Vec<&Action> =
            plan.actions.iter().filter(|it| it.kind == ActionKind::Delete).collect();
        for action in &deletes {
            let at = (0..company.tags.len()).find(|at| email(*at) == *action.email).unwrap();
            let tag = &company.tags[at];
            // Off at two in the afternoon: seven days are over when the eighth day begins.
            prop_assert!(clocks[at].is_some_and(|days| days >= 8), "{action:?}");
            prop_assert!(!company.untouchable(at), "{action:?}");
            prop_assert_eq!(tag.special, Special::Nothing);
            let stranger = tag.situation == Situation::StrangerOff
                && company.unlisted == Unlisted::Deactivate;
            prop_assert!(stranger || tag.situation == Situation::LeaverOff, "{action:?}");
        }
        let active = case.current.accounts.iter().filter(|it| it.active).count() as u64;
        let bound = tight.deactivations.unwrap_or_else(|| (active / 10).max(3));
        prop_assert!(removals(&plan.actions) <= bound);
        if tight.unproved {
            prop_assert_eq!(deletes.len(), 0);
        }
        // Whatever else would be done is done all the same.
        let others: Vec<&Action> =
            plan.actions.iter().filter(|it| it.kind != ActionKind::Delete).collect();
        let plain = plain.plan();
        prop_assert_eq!(others, plain.actions.iter().collect::<Vec<_>>());
        // And what is due and not held is deleted once.
        let mut again = case.clone();
        again.current = play(&case.current, &plan.actions);
        let twice = again.plan();
        prop_assert!(!twice.actions.iter().any(|it| deletes.contains(&it)));
    }
}

const TODAY: jiff::civil::Date = jiff::civil::Date::constant(2026, 2, 20);

/// Accounts that went off so many days ago, at two in the afternoon.
fn known(company: &Company, clocks: &[Option<i64>]) -> Entries {
    let clocks = clocks.iter().enumerate().take(company.tags.len());
    let entries = clocks.filter_map(|(at, days)| {
        let day = TODAY.saturating_sub((*days)?.days());
        let since = DeactivatedSince {
            at: day
                .at(14, 0, 0, 0)
                .to_zoned(jiff::tz::TimeZone::UTC)
                .unwrap()
                .timestamp(),
            how: How::Seen,
        };
        let email = email(at).into();
        Some((Who::Id(format!("id{at}").into()), Entry { email, since }))
    });
    entries.collect()
}
