//! The properties on the committed seeds and on changes of them. Fixed beginnings of chance: what fails once
//! fails again.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::{TARGETS, Target};

mod recorded;

/// Changes of each target's seeds. All together take about half a minute of one core.
const CASES: u32 = 150;

fn folder(of: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fuzz", of].iter().collect()
}

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = folder("seeds").join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// One change of some bytes.
#[derive(Debug, Clone)]
enum Change {
    /// A byte becomes another.
    Byte(Index, u8),
    /// A stretch is taken out.
    Cut(Index, Index),
    /// A stretch comes once more.
    Again(Index, Index),
    /// A stretch of another seed is put in.
    Other(Index, Index, Index, Index),
    /// A text that means something to many readers is put in.
    Word(Index, &'static str),
}

/// Texts that mean something to many readers.
const WORDS: &[&str] = &[
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "-1",
    "0",
    "1e999",
    "18446744073709551616",
    "\\u0000",
    "\"",
    "\n",
    "\r",
    "\t",
    "\u{0}",
    "\u{feff}",
    "é",
    "\u{202e}",
    ": ",
    "- ",
    "#",
    "&a",
    "*a",
    "|\n",
    "<<",
    "9999-12-31",
    "../",
    "@",
    "\u{1e}",
    "200\n\n",
    "404\n\n",
    "429\nretry-after: 99999999999\n\n",
];

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        3 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        2 => (at(), at()).prop_map(|(from, to)| Change::Cut(from, to)),
        1 => (at(), at()).prop_map(|(from, to)| Change::Again(from, to)),
        1 => (at(), at(), at(), at()).prop_map(|(at, of, from, to)| Change::Other(at, of, from, to)),
        3 => (at(), prop::sample::select(WORDS)).prop_map(|(at, word)| Change::Word(at, word)),
    ]
}

/// A stretch of some bytes, of a thirtieth of them at most.
fn stretch(bytes: &[u8], from: Index, length: Index) -> std::ops::Range<usize> {
    let from = from.index(bytes.len() + 1);
    let most = (bytes.len() - from).min(bytes.len() / 30 + 4);
    from..from + length.index(most + 1)
}

fn changed(mut bytes: Vec<u8>, changes: Vec<Change>, seeds: &[Vec<u8>]) -> Vec<u8> {
    for change in changes {
        match change {
            Change::Byte(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            Change::Byte(_, byte) => bytes.push(byte),
            Change::Cut(from, length) => drop(bytes.drain(stretch(&bytes, from, length))),
            Change::Again(from, length) => {
                let stretch = stretch(&bytes, from, length);
                let again = bytes[stretch.clone()].to_vec();
                bytes.splice(stretch.end..stretch.end, again);
            }
            Change::Other(at, of, from, length) => {
                let other = &seeds[of.index(seeds.len())];
                let put = other[stretch(other, from, length)].to_vec();
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, put);
            }
            Change::Word(at, word) => {
                let at = at.index(bytes.len() + 1);
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    bytes
}

fn hold(target: &Target) {
    let seeds = seeds(target.name);
    assert!(!seeds.is_empty(), "{} has no seed", target.name);
    (target.run)(b"");
    for seed in &seeds {
        (target.run)(seed);
    }
    let input = (any::<Index>(), prop::collection::vec(change(), 1..8));
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(17),
        ..Config::default()
    });
    let held = runner.run(&input, |(seed, changes)| {
        let seed = seeds[seed.index(seeds.len())].clone();
        (target.run)(&changed(seed, changes, &seeds));
        Ok(())
    });
    held.unwrap_or_else(|why| panic!("{}: {why}", target.name));
}

macro_rules! targets {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            hold(&super::TARGETS[TARGETS.iter().position(|it| it.name == stringify!($name)).unwrap()]);
        })*

        #[test]
        fn every_target_is_held_here_and_in_the_fuzzer() {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
            let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
            let mut files = 0;
            for entry in fs::read_dir(folder("fuzz_targets")).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                let text = fs::read_to_string(&path).unwrap();
                assert!(names.contains(&&*name), "{name} is no target");
                assert!(text.contains(&format!("run(\"{name}\"")), "{name} holds another property");
                assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is not built");
                files += 1;
            }
            assert_eq!(files, names.len(), "a target has no file in fuzz/fuzz_targets");
        }
    };
}

targets!(
    answers,
    bitsight,
    certificate,
    description,
    evidence,
    history,
    journal,
    logicgate,
    plan,
    rest,
    roster,
    scanner,
    scim,
    snaplogic,
    sources,
    state,
    surecloud
);
