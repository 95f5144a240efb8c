//! Whoever approves a plan is told everything: for two rosters and any state of a vendor, each
//! account whose rights grow, whose address changes, that stays although its person is gone, or
//! that keeps a right nothing asks for any more is named in every format.
//!
//! What is expected comes from the two rosters and the vendor's state before and after. It knows
//! nothing of actions, matching or what a plan says.

use std::collections::HashSet;

use jiff::civil::date;

use super::company::play;
use crate::email::EmailKey;
use crate::reconcile::account::Account;
use crate::reconcile::attention::{Attention, administrators};
use crate::reconcile::cause::causes;
use crate::reconcile::current::Current;
use crate::reconcile::desired::{Desired, DesiredAccount};
use crate::reconcile::digest::Digest;
use crate::reconcile::gone::{Comparison, gone};
use crate::reconcile::plan::{Plan, VendorPlan};
use crate::reconcile::testing::*;
use crate::reconcile::value::Value;
use crate::render;
use crate::roster::model::Unlisted;

/// Worlds that are looked at.
const WORLDS: u64 = 400;
/// People of one world.
const PEOPLE: u64 = 5;
/// What holds rights, and how it grows.
const TIERS: [&str; 3] = ["BASIC", "PRO", "ADMIN"];
const RIGHTS: [&str; 3] = ["tier", "roles", "group"];

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    fn value(&mut self, name: &str) -> Value {
        match name {
            "tier" => text(TIERS[self.roll(3) as usize]),
            "group" => text(["North", "South"][self.roll(2) as usize]),
            _ => {
                let all = ["Reader", "Writer", "Auditor"];
                Value::set(all.into_iter().filter(|_| self.one_in(2)))
            }
        }
    }
}

/// Two rosters and what the vendor holds.
struct World {
    base: Vec<DesiredAccount>,
    head: Vec<DesiredAccount>,
    case: Case,
}

/// Every address of a person begins with this, and nothing else does.
fn mark(number: u64) -> String {
    format!("person{number}x")
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let (mut base, mut head, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..PEOPLE {
            let address = |form: &str| format!("{}{form}@x.example", mark(number));
            let id = format!("id{number}");
            let mut before = person(&address("old"));
            for name in RIGHTS {
                if !dice.one_in(3) {
                    before = before.wants(name, dice.value(name));
                }
            }
            if !dice.one_in(6) {
                let mut there = account(&address("old"), &id);
                there.active = !dice.one_in(5);
                for name in RIGHTS {
                    let asked = before.attributes.get(name).cloned();
                    let value = match dice.roll(4) {
                        0 => Some(dice.value(name)),
                        _ => asked,
                    };
                    there.attributes.insert(name, value);
                }
                accounts.push(there);
            }
            let mut now = match dice.roll(5) {
                0 => {
                    let now = person(&address("new"));
                    match dice.roll(3) {
                        0 => now.by_id(&id),
                        1 => now,
                        _ => now.formerly(&address("old")),
                    }
                }
                1 => leaver(&address("old")),
                _ => person(&address("old")),
            };
            for name in RIGHTS {
                match (dice.roll(5), before.attributes.get(name).cloned()) {
                    (0, _) => {}
                    (1, _) => now = now.wants(name, dice.value(name)),
                    (_, Some(value)) => now = now.wants(name, value),
                    (_, None) => {}
                }
            }
            if !dice.one_in(6) {
                base.push(before);
            }
            if !dice.one_in(6) {
                head.push(now);
            }
        }
        let unlisted = [Unlisted::Report, Unlisted::Deactivate][dice.roll(2) as usize];
        let case = Case::new(&API, head.clone(), accounts).unlisted(unlisted);
        Self { base, head, case }
    }
}

/// The person whose account it is, by the world's own numbers.
fn of<'a>(
    people: &'a [DesiredAccount],
    number: u64,
    account: &Account,
) -> Option<&'a DesiredAccount> {
    let mark = mark(number);
    let own = people.iter().find(|it| it.email.starts_with(&*mark))?;
    let by_id = own.id.is_some() && own.id == account.id;
    let by_email = own.email == account.email || own.previous_emails.contains(&account.email);
    (by_id || by_email).then_some(own)
}

fn holds<'a>(account: &'a Account, name: &str) -> Option<&'a Value> {
    let value = account.attributes.get(name)?.as_ref()?;
    (!value.is_empty()).then_some(value)
}

fn grows(before: Option<&Account>, after: &Account, name: &str) -> bool {
    let Some(now) = holds(after, name) else {
        return false;
    };
    let had = before.and_then(|it| holds(it, name));
    match (name, had, now) {
        (_, None, _) => true,
        ("tier", Some(Value::Text(had)), Value::Text(now)) => {
            let rank = |word: &str| TIERS.iter().position(|it| *it == word);
            rank(now) > rank(had)
        }
        ("roles", Some(Value::Set(had)), Value::Set(now)) => now.iter().any(|it| !had.contains(it)),
        (_, Some(had), now) => had != now,
    }
}

/// What is to be told of one person, by kind: grows, moves, stays, keeps.
fn expected(world: &World, number: u64, after: &Current) -> [bool; 4] {
    let mark = mark(number);
    let own = |it: &&Account| it.email.starts_with(&*mark);
    let old = world.case.current.accounts.iter().find(own);
    let mut told = [false; 4];
    for account in after.accounts.iter().filter(own) {
        let before = old.filter(|it| it.id == account.id);
        let was_active = before.is_some_and(|it| it.active);
        told[0] |= account.active
            && (!was_active || RIGHTS.iter().any(|name| grows(before, account, name)));
        told[1] |= before.is_some_and(|it| it.email != account.email);
        let Some((before, base)) = before.and_then(|it| Some((it, of(&world.base, number, it)?)))
        else {
            continue;
        };
        match of(&world.head, number, before) {
            None => told[2] |= account.active,
            Some(head) if head.access.granted() => {
                told[3] |= RIGHTS.iter().any(|name| {
                    let dropped = base.attributes.get(name).is_some_and(|it| !it.is_empty())
                        && !head.attributes.contains(name);
                    dropped && holds(account, name).is_some()
                });
            }
            Some(_) => {}
        }
    }
    told
}

fn plan(world: &World) -> (Plan, Plan) {
    let document = |vendor: VendorPlan, attention: Attention| Plan {
        created_at: jiff::Timestamp::UNIX_EPOCH,
        on: date(2026, 1, 5),
        roster: Digest::of_bytes(b""),
        people: world.head.len(),
        vendors: vec![vendor],
        attention,
        ending: Vec::new(),
    };
    let vendor = world.case.plan();
    let name = &world.case.settings.name;
    let listed: HashSet<EmailKey<'static>> = world
        .head
        .iter()
        .flat_map(|it| std::iter::once(&it.email).chain(&it.previous_emails))
        .map(|email| EmailKey::of(email).into_owned())
        .collect();
    let found = gone(Comparison {
        settings: &world.case.settings,
        base: &Desired::listed(name.clone(), world.base.clone()),
        desired: &Desired::listed(name.clone(), world.head.clone()),
        current: &world.case.current,
        plan: &vendor,
        listed: &listed,
    });
    let attention = Attention {
        administrators: administrators(std::slice::from_ref(&vendor)),
        gone: found.gone,
        rules: Vec::new(),
    };
    let base = world
        .case
        .clone()
        .with(|it| it.desired = world.base.clone());
    let base = document(base.plan(), Attention::default());
    (document(vendor, attention), base)
}

/// The plan against its base in every format.
fn formats(plan: &Plan, base: &Plan) -> [(&'static str, String); 4] {
    let causes = causes(plan, base);
    let markdown = render::markdown::Options {
        limit: 1_000_000,
        mask: false,
        catalog: vec![&API],
    };
    let html = render::html::Options {
        mask: false,
        catalog: vec![&API],
        exit: 0,
    };
    let written = |write: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let style = render::Style::default();
    [
        (
            "text",
            written(&|out| render::text::plan_by_cause(plan, &causes, &style, out)),
        ),
        (
            "markdown",
            written(&|out| render::markdown::plan(plan, Some(&causes), &markdown, out)),
        ),
        (
            "html",
            written(&|out| render::html::plan(plan, Some(&causes), &html, out)),
        ),
        (
            "json",
            written(&|out| render::json::plan_by_cause(plan, &causes, out)),
        ),
    ]
}

#[test]
fn everything_that_a_change_does_is_told_in_every_format() {
    let kinds = ["grows", "moves", "stays", "keeps"];
    let mut worlds = [0u64; 4];
    for seed in 0..WORLDS {
        let world = World::new(seed);
        let (plan, base) = plan(&world);
        let after = play(&world.case.current, &plan.vendors[0].actions);
        let told: Vec<[bool; 4]> = (0..PEOPLE).map(|it| expected(&world, it, &after)).collect();
        for (kind, count) in worlds.iter_mut().enumerate() {
            *count += u64::from(told.iter().any(|it| it[kind]));
        }
        let formats = formats(&plan, &base);
        let gone = &plan.attention.gone;
        for (number, told) in (0..PEOPLE).zip(&told) {
            let mark = mark(number);
            for (kind, told) in kinds.iter().zip(told) {
                if !told {
                    continue;
                }
                for (format, text) in &formats {
                    assert!(
                        text.contains(&mark),
                        "world {seed}: {mark} {kind}, not in the {format}:\n{text}"
                    );
                }
                let on_top = gone
                    .iter()
                    .any(|it| it.email.starts_with(&mark) && it.stays);
                let needs_top = ["stays", "keeps"].contains(kind);
                assert!(
                    on_top || !needs_top,
                    "world {seed}: {mark} {kind}, not on top: {gone:#?}"
                );
            }
        }
    }
    for (kind, count) in kinds.iter().zip(worlds) {
        println!("{kind}: {count} of {WORLDS} worlds");
        assert!(
            count * 20 >= WORLDS,
            "too few worlds where something {kind}: {count}"
        );
    }
}
