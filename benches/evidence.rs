//! What evidence costs: 500 days of 10,000 people, of whom ten change every day, and a run on each fifth.
//!
//! `cargo bench --bench evidence` counts requests and bytes, as an object store would bill them, of
//! `history` over so many days; then it times the program on the same state in a folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use jiff::Timestamp;
use jiff::civil::Date;
use rosterctl::model::context::Context;
use rosterctl::model::digest::Digest;
use rosterctl::model::inventory::{AdminWords, Holder, Inventory, Rights};
use rosterctl::model::note::{NoteEvent, ReadNote, ReadProof, VendorNote};
use rosterctl::model::plan::OwnSeen;
use rosterctl::model::value::Value;
use rosterctl::run::material::gather;
use rosterctl::state::journal::Journal;
use rosterctl::state::journal::event::{RunEnded, RunStarted};
use rosterctl::state::store::{Folder, If, Put, Stat, Store, StoreError, Stored};
use rosterctl::state::{State, inventories, notes};

const PEOPLE: usize = 10_000;
const DAYS: usize = 500;
const FIRST: Date = jiff::civil::date(2025, 1, 1);

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A folder that counts what is asked of it.
#[derive(Debug)]
struct Counted {
    folder: Folder,
    requests: AtomicUsize,
    bytes: AtomicUsize,
}

impl Counted {
    fn count(&self, bytes: usize) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn so_far(&self) -> (usize, usize) {
        let [requests, bytes] = [&self.requests, &self.bytes].map(|it| it.load(Ordering::Relaxed));
        (requests, bytes)
    }
}

impl Store for Counted {
    fn place(&self) -> &str {
        self.folder.place()
    }

    fn get(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        let found = self.folder.get(key)?;
        self.count(found.as_ref().map_or(0, |it| it.bytes.len()));
        Ok(found)
    }

    fn stat(&self, key: &str) -> Result<Option<Stat>, StoreError> {
        self.count(0);
        self.folder.stat(key)
    }

    fn put(&self, key: &str, bytes: &[u8], when: &If) -> Result<Put, StoreError> {
        self.count(bytes.len());
        self.folder.put(key, bytes, when)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        self.count(0);
        self.folder.list(folder)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.count(0);
        self.folder.delete(key)
    }
}

fn main() -> Result<(), Failed> {
    // `cargo test --benches` only wants to know that it starts.
    if !std::env::args().any(|word| word == "--bench") {
        return Ok(());
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("evidence");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let store = Arc::new(Counted {
        folder: Folder::new(folder.join(".rosterctl")),
        requests: AtomicUsize::new(0),
        bytes: AtomicUsize::new(0),
    });
    let state = State::new(store.clone());
    let last = make(&state)?;
    std::fs::write(folder.join("users.yaml"), roster())?;
    let mut out = std::io::stdout().lock();
    let (_, kept) = size(&folder.join(".rosterctl"))?;
    writeln!(out, "{PEOPLE} people, {DAYS} days: {kept} bytes are kept\n")?;
    writeln!(out, "days   requests      bytes   seconds of `history`")?;
    for days in [1, 30, 90, 365, 499] {
        let from = last.saturating_sub(jiff::Span::new().days(days - 1));
        let (requests, bytes) = store.so_far();
        gather(&state, (from, last), &[])?;
        let (now, read) = store.so_far();
        let seconds = history(&folder, from, last)?;
        let (requests, bytes) = (now - requests, read - bytes);
        writeln!(out, "{days:>4}   {requests:>8}   {bytes:>8}   {seconds:.2}")?;
    }
    Ok(())
}

/// Makes the state; the last day.
fn make(state: &State) -> Result<Date, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut inventory = everybody();
    let mut day = FIRST;
    let mut last = day;
    for number in 0..DAYS {
        let at: Timestamp = format!("{day}T02:00:00Z").parse()?;
        for changed in 0..10 {
            let who = (number * 10 + changed) % PEOPLE;
            if let Some(holder) = inventory.holders.get_mut(&*format!("id {who}")) {
                let role = Value::text(format!("role-{number}"));
                holder.rights.insert("role".into(), Some(role));
            }
        }
        night(state, number, at, &inventory)?;
        if number.is_multiple_of(5) {
            runtime.block_on(run(state, number, at))?;
        }
        (last, day) = (day, day.tomorrow()?);
    }
    Ok(last)
}

fn everybody() -> Inventory {
    let holders = (0..PEOPLE).map(|number| {
        let email: Box<str> = format!("person.{number}@example.com").into();
        let holder = Holder {
            id: Some(number.to_string().into()),
            email: email.clone(),
            person: Some(email),
            off: false,
            rights: Rights::from([("role".into(), Some(Value::text("customer_user")))]),
        };
        (holder.key(), holder)
    });
    Inventory {
        kind: "bitsight".into(),
        place: "https://api.example".into(),
        admins: AdminWords::default(),
        holders: holders.collect(),
    }
}

fn night(state: &State, number: usize, at: Timestamp, inventory: &Inventory) -> Result<(), Failed> {
    let proof = ReadProof {
        accounts: PEOPLE,
        pages: 100,
        counted: Some(PEOPLE as u64),
        own: OwnSeen::Seen,
    };
    inventories::keep(state, "bitsight", inventory, at, &proof)?;
    let vendor = VendorNote {
        kind: "bitsight".into(),
        digest: Some(inventory.digest()),
        proof: Some(proof),
        problem: None,
    };
    let note = ReadNote {
        run: format!("{number:016x}").into(),
        command: "apply".into(),
        roster: inventory.digest(),
        on: FIRST,
        context: Context::default(),
        vendors: BTreeMap::from([("bitsight".into(), vendor)]),
        actions: 0,
        overrides: Vec::new(),
        held: Vec::new(),
    };
    notes::add(state, at, NoteEvent::Read(Box::new(note)))?;
    Ok(())
}

async fn run(state: &State, number: usize, at: Timestamp) -> Result<(), Failed> {
    let journal = Journal::create_in(state, at)?;
    let started = RunStarted {
        format: 1,
        tool: String::from("rosterctl"),
        command: String::from("apply"),
        roster: Digest::of(&number),
        on: FIRST,
        host: String::from("bench"),
        pid: 1,
        vendors: BTreeMap::new(),
        actions: 0,
        machine: None,
        run: Some(format!("{number:016x}").into()),
        context: Context::default(),
    };
    journal.start(started).await?;
    journal.end(RunEnded::of(&[])).await?;
    Ok(())
}

fn roster() -> String {
    let mut text = String::from(
        "version: 1\nvendors:\n  bitsight:\n    auth: { token: { env: UNUSED } }\npeople:\n",
    );
    for number in 0..PEOPLE {
        let _ = writeln!(
            text,
            "  - {{ email: person.{number}@example.com, first_name: P, last_name: Q, accounts: {{ \
             bitsight: {{ role: customer_user }} }} }}"
        );
    }
    text
}

/// Seconds that the program takes.
fn history(folder: &Path, from: Date, to: Date) -> Result<f64, Failed> {
    let begun = Instant::now();
    let (from, to) = (from.to_string(), to.to_string());
    let done = Command::new(env!("CARGO_BIN_EXE_rosterctl"))
        .args(["history", "users.yaml", "--from", &from, "--to", &to, "-q"])
        .current_dir(folder)
        .stdout(Stdio::null())
        .status()?;
    match done.success() {
        true => Ok(begun.elapsed().as_secs_f64()),
        false => Err("history failed".into()),
    }
}

/// Files below a folder, and their bytes.
fn size(folder: &Path) -> Result<(usize, u64), Failed> {
    let (mut files, mut bytes) = (0, 0);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (more, its) = match entry.file_type()?.is_dir() {
            true => size(&entry.path())?,
            false => (1, entry.metadata()?.len()),
        };
        files += more;
        bytes += its;
    }
    Ok((files, bytes))
}
