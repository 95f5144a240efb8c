//! The steps of a plan one by one, on 10,000 people: load, expand, diff, render.
//!
//! `cargo bench --bench micro`; for figures that repeat to the instruction, run one step under
//! callgrind: `valgrind --tool=callgrind BINARY --bench diff`.

#[path = "compare/people.rs"]
mod people;

use std::io;
use std::path::PathBuf;

use divan::Bencher;
use rosterctl::connector::specs;
use rosterctl::model::account::Account;
use rosterctl::model::current::{Current, Own};
use rosterctl::model::desired::Desired;
use rosterctl::model::digest::Digest;
use rosterctl::model::plan::{Plan, VendorPlan};
use rosterctl::plan::guard::Allowed;
use rosterctl::plan::input::Input;
use rosterctl::plan::known::Known;
use rosterctl::plan::planner::plan_vendor;
use rosterctl::report::{Style, json, markdown, text};
use rosterctl::roster::model::Roster;
use rosterctl::roster::{RosterFile, desired, parse};

const PEOPLE: usize = 10_000;
const DAY: jiff::civil::Date = jiff::civil::date(2026, 1, 5);

fn main() {
    divan::main();
}

/// The roster as text.
fn yaml() -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = |end: &str| folder.join(format!("micro.{end}"));
    people::write(PEOPLE, 10_000, &file("yaml"), &file("json"))
        .and_then(|()| std::fs::read_to_string(file("yaml")))
        .expect("the folder of the build can be written")
}

fn read(text: String) -> Roster {
    let file = RosterFile {
        path: String::from("users.yaml"),
        folder: PathBuf::new(),
        text,
    };
    parse(vec![file], &specs()).roster
}

/// The vendor as the roster wants it, but for a first name here and there.
fn known(desired: &Desired, drifted: bool) -> Known {
    let accounts = desired.accounts().enumerate().map(|(at, want)| {
        let mut account = Account::new(want.email.clone());
        for (name, value) in want.attributes.iter() {
            account
                .attributes
                .insert(name.to_owned(), Some(value.clone()));
        }
        if drifted && at % 100 == 0 {
            account.attributes.insert("friendly_name", None);
        }
        account
    });
    Known::from(Current {
        accounts: accounts.collect(),
        own: Own::Nobody,
        ..Current::default()
    })
}

fn plan_of(roster: &Roster, desired: &Desired, known: &Known) -> VendorPlan {
    plan_vendor(Input {
        settings: &roster.vendors["bitsight"],
        desired,
        known,
        only: None,
        allowed: Allowed::default(),
    })
}

#[divan::bench]
fn load(bencher: Bencher) {
    let text = yaml();
    bencher.with_inputs(|| text.clone()).bench_values(read);
}

#[divan::bench]
fn expand(bencher: Bencher) {
    let roster = read(yaml());
    bencher.bench(|| desired(&roster, "bitsight", DAY));
}

#[divan::bench(args = [false, true])]
fn diff(bencher: Bencher, drifted: bool) {
    let roster = read(yaml());
    let desired = desired(&roster, "bitsight", DAY);
    let known = known(&desired, drifted);
    bencher.bench(|| plan_of(&roster, &desired, &known));
}

#[divan::bench(args = ["text", "json", "markdown"])]
fn render(bencher: Bencher, format: &str) {
    let roster = read(yaml());
    let desired = desired(&roster, "bitsight", DAY);
    let mut vendor = plan_of(&roster, &desired, &Known::default());
    // An empty list proves nothing, so the creates are held; they are shown as actions here.
    let held = std::mem::take(&mut vendor.held);
    vendor
        .actions
        .extend(held.into_iter().map(|kept| kept.action));
    let plan = Plan {
        created_at: jiff::Timestamp::UNIX_EPOCH,
        on: DAY,
        roster: Digest("sha256:0".into()),
        people: PEOPLE,
        vendors: vec![vendor],
        attention: rosterctl::model::attention::Attention::default(),
        ending: Vec::new(),
    };
    let style = Style {
        colour: false,
        verbose: false,
    };
    let options = markdown::Options {
        limit: usize::MAX,
        mask: false,
        catalog: specs(),
    };
    bencher.bench(|| {
        let mut out = io::sink();
        match format {
            "text" => text::plan(&plan, &style, &mut out),
            "json" => json::plan(&plan, &mut out),
            _ => markdown::plan(&plan, None, &options, &mut out),
        }
    });
}
