//! Whoever approves a plan is told everything: for two rosters and any state of three vendors, each
//! account whose rights grow, whose address changes, that stays although its person is gone, or
//! that keeps a right nothing asks for any more is named in every format, at its place and with the
//! right word.
//!
//! The rosters are read from files, and a plan is made and written as `plan --base` does it; only
//! what the vendors answer is given. What is expected comes from `model`, which knows nothing of
//! actions, matching or plans; what a format says is read by `formats`, which knows nothing of how
//! it is written.

mod formats;
mod model;
mod want;
mod world;

use std::collections::BTreeMap;

use clap::Parser as _;
use jiff::Timestamp;

use super::{split_reads, write};
use crate::cli::args::{PlanFormat, ScopeArgs};
use crate::cli::exit::Exit;
use crate::cli::line::{Cli, Command};
use crate::cli::open::connect;
use crate::connector;
use crate::http::Permit;
use crate::plan::testing::play;
use crate::report::Style;
use crate::roster::rule_changes;
use crate::run::load::load;
use crate::state::State;
use formats::{Said, html, json, markdown, text};
use model::wanted;
use want::Want;
use world::World;

/// Worlds that are looked at, where `TOLD_WORLDS` does not say otherwise.
const WORLDS: u64 = 100;

type Reader = fn(&str) -> Said;

/// Each format, and what reads it.
const FORMATS: [(PlanFormat, &str, Reader); 4] = [
    (PlanFormat::Text, "text", text),
    (PlanFormat::Markdown, "markdown", markdown),
    (PlanFormat::Html, "html", html),
    (PlanFormat::Json, "json", json),
];

/// What is to be told of a world, and the plan in each of [`FORMATS`].
struct Told {
    wanted: Vec<Want>,
    written: Vec<String>,
}

/// Plans a world as `plan --base` does.
async fn tell(world: &World) -> Told {
    let folder = tempfile::tempdir().expect("a folder");
    let written = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("the folder can be written");
        path
    };
    let args = ["rosterctl", "plan", "--on", "2026-01-05"];
    let cli = Cli::try_parse_from(args).expect("a command line");
    let Command::Plan(args) = cli.command else {
        unreachable!("it says plan")
    };
    let specs = connector::specs();
    let [base, head] = [("base.yaml", &world.base), ("head.yaml", &world.head)].map(|it| {
        let parsed = load(&[written(it.0, &it.1.yaml())], &specs).to_plan_with();
        assert!(parsed.is_usable(), "{:#?}", parsed.diagnostics);
        parsed
    });
    let rules = rule_changes((&head.roster, &head.sources), (&base.roster, &base.sources));
    let state = State::folder(folder.path().join("state"));
    let opened = connect(&args.scope, head.roster, state, Permit::ReadOnly, 1, None);
    let opened = opened.await.expect("nothing is sent yet");
    let reads = world
        .vendors
        .iter()
        .cloned()
        .map(|it| Ok(it.into()))
        .collect();
    let (mut plan, causes) = split_reads(
        &opened,
        &reads,
        Some(&base.roster),
        None,
        Timestamp::UNIX_EPOCH,
    )
    .await;
    plan.attention.rules = rules;
    let after = plan.vendors.iter().zip(&world.vendors);
    let after: Vec<_> = after.map(|(it, now)| play(now, &it.actions)).collect();
    let written = FORMATS.map(|(format, ..)| {
        let scope = ScopeArgs {
            format,
            ..args.scope.clone()
        };
        let exit = Exit::of_plan(&plan, causes.as_ref(), false);
        let (mut out, style) = (Vec::new(), Style::default());
        write(&plan, causes.as_ref(), exit, &scope, style, &mut out).expect("it is memory");
        String::from_utf8(out).expect("plans are UTF-8")
    });
    Told {
        wanted: wanted(world, &after),
        written: written.into(),
    }
}

#[tokio::test]
async fn everything_that_a_change_does_is_told_in_every_format() {
    let worlds = std::env::var("TOLD_WORLDS").map(|it| it.parse().expect("a number"));
    let worlds = worlds.unwrap_or(WORLDS);
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..worlds {
        let world = World::new(seed);
        let told = tell(&world).await;
        for (written, (_, name, read)) in told.written.iter().zip(FORMATS) {
            let said = read(written);
            for want in &told.wanted {
                assert!(
                    said.has(want),
                    "world {seed}: not in the {name}: {want:?}\n{said:#?}\n{}\n{written}",
                    world.head.yaml()
                );
            }
        }
        let mut in_world: Vec<&str> = told.wanted.iter().map(|it| it.kind).collect();
        in_world.sort_unstable();
        in_world.dedup();
        for kind in in_world {
            *kinds.entry(kind).or_default() += 1;
        }
    }
    assert_eq!(kinds.len(), model::TOLD, "{kinds:?}");
    for (kind, count) in kinds {
        println!("{kind}: {count} of {worlds} worlds");
        assert!(count * 20 >= worlds, "too few worlds: {kind}, {count}");
    }
}

/// The check can fail: what is told at another place, of somebody else, or with another word does
/// not count, in any format.
#[tokio::test]
async fn what_is_told_wrongly_is_not_told() {
    let mut objected: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for seed in 0..40 {
        let told = tell(&World::new(seed)).await;
        for (written, (_, name, read)) in told.written.iter().zip(FORMATS) {
            for want in &told.wanted {
                for spoilt in want.spoilt(written) {
                    assert!(!read(&spoilt).has(want), "{name}: {want:?}\n{spoilt}");
                    *objected.entry((name, want.kind)).or_default() += 1;
                }
            }
        }
    }
    assert_eq!(objected.len(), FORMATS.len() * model::TOLD, "{objected:?}");
}
