//! What is kept of some days, gathered from the state: only what those days need.

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::evidence::material::{JournalRun, Material};
use crate::model::inventory::day_of;
use crate::state::State;
use crate::state::inventories::{self, Inventories};
use crate::state::journal::chain::{self, Chain};
use crate::state::journal::story::runs;
use crate::state::journal::{JournalError, file, parts};
use crate::state::notes::{self, KeepError};
use crate::state::store::StoreError;

/// A run that was killed is taken up by a later one, in the old one's journal: so many days before the
/// first one are looked through for such.
const BEFORE: i64 = 14;

/// Why it cannot be gathered.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// An inventory.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// A journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Gathers what is known of these days. `outside` are journals that `--journal` put elsewhere.
///
/// # Errors
/// [`GatherError`].
pub fn gather(
    state: &State,
    (from, to): (Date, Date),
    outside: &[PathBuf],
) -> Result<Material, GatherError> {
    let store = state.store();
    let before = from.yesterday().unwrap_or(from);
    let mut material = Material {
        from,
        to,
        notes: notes::load(store, before, to)?,
        ..Material::default()
    };
    for vendor in inventories::vendors(store)? {
        let span = Inventories::of(store, &vendor)?.between(before, to)?;
        material.vendors.insert(vendor, span);
    }
    for run in journals(state, from, to)? {
        let chain = parts::load(state, &run)?;
        material.runs.extend(of_chain(&run, &chain));
    }
    for path in outside {
        let name = path.display().to_string();
        material.runs.extend(of_chain(&name, &file::load(path)?));
    }
    material.runs.sort_by_key(|it| it.run.at);
    Ok(material)
}

/// Adds when accounts had last been used by the ends of the day before the first one and of the last.
///
/// # Errors
/// [`GatherError`].
pub fn add_logins(material: &mut Material, state: &State) -> Result<(), GatherError> {
    let store = state.store();
    let before = material.from.yesterday().unwrap_or(material.from);
    for vendor in inventories::vendors(store)? {
        let kept = Inventories::of(store, &vendor)?;
        for day in [before, material.to] {
            let logins = kept.logins_at(day)?;
            material.logins.insert((day, vendor.clone()), logins);
        }
    }
    Ok(())
}

/// The journals among the state that can tell of these days.
///
/// # Errors
/// [`JournalError`].
pub fn journals(state: &State, from: Date, to: Date) -> Result<Vec<Box<str>>, JournalError> {
    let first = from.saturating_sub(Span::new().days(BEFORE));
    let mut found = parts::list(state.store())?;
    found.retain(|it| parts::day_of_run(&it.run).is_none_or(|day| first <= day && day <= to));
    Ok(found.into_iter().map(|it| it.run).collect())
}

/// The runs of a journal; what is wrong with it is told of each.
fn of_chain(name: &str, chain: &Chain) -> Vec<JournalRun> {
    let flaws: Vec<String> = chain.flaws.iter().map(chain::Flaw::to_string).collect();
    let runs = runs(&chain.entries).into_iter();
    runs.map(|run| JournalRun {
        journal: name.into(),
        run,
        head: chain.last.clone(),
        flaws: flaws.clone(),
    })
    .collect()
}

/// From the first moment on which anything is kept.
///
/// # Errors
/// [`GatherError`].
pub fn beginning(state: &State) -> Result<Option<Date>, GatherError> {
    let store = state.store();
    let mut first: Option<Timestamp> = None;
    for vendor in inventories::vendors(store)? {
        let at = Inventories::of(store, &vendor)?.begins()?;
        first = first.into_iter().chain(at).min();
    }
    Ok(first.map(day_of))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::action::ActionKind;
    use crate::model::inventory::{AdminWords, Holder, Inventory, Rights};
    use crate::model::note::{NoteEvent, ReadNote, ReadProof, VendorNote};
    use crate::model::plan::OwnSeen;
    use crate::model::value::Value;
    use crate::state::journal::Journal;
    use crate::state::journal::event::{Event, Intended, RunEnded};
    use crate::state::journal::story::tests::{action, head};
    use crate::state::store::testing::Memory;

    const PEOPLE: usize = 300;

    /// Everybody, of whom the one numbered `special` has another role.
    fn inventory(special: usize) -> Inventory {
        let holders = (0..PEOPLE).map(|number| {
            let role = if number == special { "admin" } else { "user" };
            let holder = Holder {
                id: Some(number.to_string().into()),
                email: format!("person.{number}@example.com").into(),
                person: None,
                off: false,
                rights: Rights::from([("role".into(), Some(Value::text(role)))]),
            };
            (holder.key(), holder)
        });
        Inventory {
            kind: "acme".into(),
            place: "https://acme.example".into(),
            admins: AdminWords::default(),
            holders: holders.collect(),
        }
    }

    /// A night: a read with a change, and on each tenth one a run that wrote.
    async fn night(state: &State, number: usize, at: Timestamp) {
        let proof = ReadProof {
            accounts: PEOPLE,
            pages: 1,
            counted: None,
            own: OwnSeen::Seen,
        };
        let inventory = inventory(number % PEOPLE);
        inventories::keep(state, "acme", &inventory, at, &proof).unwrap();
        let vendor = VendorNote {
            kind: "acme".into(),
            digest: Some(inventory.digest()),
            proof: Some(proof),
            problem: None,
        };
        let read = ReadNote {
            run: number.to_string().into(),
            command: "access".into(),
            roster: inventory.digest(),
            on: day_of(at),
            context: Default::default(),
            vendors: [("acme".into(), vendor)].into(),
            actions: 0,
            overrides: Vec::new(),
            held: Vec::new(),
        };
        notes::add(state, at, NoteEvent::Read(Box::new(read))).unwrap();
        if number.is_multiple_of(10) {
            let journal = Journal::create_in(state, at).unwrap();
            journal.start(head()).await.unwrap();
            let done = action(ActionKind::Update, "person.1@example.com");
            let intended = Intended::of(1, &done, None);
            journal.append(Event::Intended(Box::new(intended))).unwrap();
            journal.end(RunEnded::of(&[])).await.unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stretch_of_days_costs_its_months_and_its_runs_and_no_more() {
        let memory = Arc::new(Memory::default());
        let state = State::new(memory.clone());
        let mut day = jiff::civil::date(2025, 1, 1);
        let mut days = Vec::new();
        for number in 0..240 {
            let at = format!("{day}T02:00:00Z").parse().unwrap();
            night(&state, number, at).await;
            days.push(day);
            day = day.tomorrow().unwrap();
        }
        let last = *days.last().unwrap();
        for count in [30, 60, 120, 230] {
            let from = days[240 - count];
            let (gets, bytes) = (memory.gets(), memory.read());
            let found = gather(&state, (from, last), &[]).unwrap();
            assert_eq!(found.vendors["acme"].steps.len(), count, "{count} days");
            let (gets, bytes) = (memory.gets() - gets, memory.read() - bytes);
            // Of each month the notes, the steps and perhaps a whole inventory; each run's journal; the
            // inventory of the day before.
            let months = u64::try_from(count / 28 + 2).unwrap();
            let runs = u64::try_from((count + 14) / 10 + 1).unwrap();
            assert!(
                gets <= 3 * months + runs + 3,
                "{count} days: {gets} objects"
            );
            let whole = 120 * PEOPLE;
            assert!(
                bytes <= 2 * whole + 1_500 * count,
                "{count} days: {bytes} bytes"
            );
        }
    }
}
