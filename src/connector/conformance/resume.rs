//! A run that dies, and the run after it; a run, and its undo.

use crate::sandbox::HeldAccounts as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;

use super::sync::mixed;
use super::world::{Variant, World, account, email, leaver, wanted};
use crate::connector::Vendor;
use crate::connector::testing::Subject;
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind};
use crate::model::current::Current;
use crate::model::digest::Digest;
use crate::model::email::same_email;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::VendorPlan;
use crate::model::spec::ReadFrom;
use crate::plan::guard::Allowed;
use crate::plan::planner::plan_undo;
use crate::run::apply::{Recovered, Stop, VendorRun, carry_out, recover};
use crate::state::journal::Images;
use crate::state::journal::event::{Event, FORMAT, RunEnded, RunStarted};
use crate::state::journal::story::{Run, runs};
use crate::state::journal::undo::deeds;
use crate::state::journal::{Journal, file};
use crate::state::journal::{Log, LogError};

/// A journal of a process that dies at one of its events: before a line is written, or after the
/// line that announces a call and before that call.
struct Mortal {
    journal: Journal,
    /// Events until death.
    left: AtomicUsize,
    dead: Notify,
}

impl Mortal {
    async fn live(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.dead.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Log for Mortal {
    async fn intended(&self, number: u32, action: &Action) -> Result<(), LogError> {
        self.live().await;
        self.journal.intended(number, action).await
    }

    async fn sent(&self, number: u32) -> Result<(), LogError> {
        self.live().await;
        // A process dies here, not the machine: waiting for the disk would only take time.
        self.journal.append(Event::Sent { number })?;
        self.live().await;
        Ok(())
    }

    fn begun(&self, number: u32) -> Result<(), LogError> {
        self.journal.begun(number)
    }

    async fn ended(&self, number: u32, outcome: &Outcome) -> Result<(), LogError> {
        self.live().await;
        self.journal.ended(number, outcome).await
    }
}

fn head() -> RunStarted {
    RunStarted {
        format: FORMAT,
        tool: String::from("rosterctl"),
        command: String::from("apply"),
        roster: Digest::of(&"roster"),
        on: jiff::civil::Date::constant(2026, 1, 5),
        host: String::from("host"),
        pid: 1,
        vendors: std::collections::BTreeMap::new(),
        actions: 0,
        machine: None,
        run: None,
        context: crate::model::context::Context::default(),
    }
}

fn images(plan: &VendorPlan, current: &Current) -> Images {
    let removed = |account: &&Account| {
        let mut removals = plan.actions.iter().filter(|it| it.kind.removes());
        removals.any(|it| it.id == account.id && it.key().email == account.email)
    };
    let accounts = current.accounts.iter().filter(removed);
    accounts
        .map(|it| {
            let key = (
                plan.name.clone(),
                it.id.clone(),
                it.email_key().into_owned(),
            );
            (key, it.attributes.clone())
        })
        .collect()
}

/// One run on record at `path`; `None`: it died.
pub(super) async fn run(
    world: &World,
    vendor: &dyn Vendor,
    (plan, current): (&VendorPlan, &Current),
    path: &Path,
    events: usize,
) -> Option<Vec<Outcome>> {
    let journal = Journal::open(path).unwrap();
    let journal = journal.with_images(images(plan, current));
    journal.start(head()).await.unwrap();
    let mortal = Mortal {
        journal,
        left: AtomicUsize::new(events),
        dead: Notify::new(),
    };
    let runs = vec![VendorRun {
        vendor,
        settings: &world.rig.settings,
        actions: &plan.actions,
    }];
    let stop = Stop::default();
    let outcomes = tokio::select! {
        outcomes = carry_out(runs, &world.rig.clock, &stop, &mortal, &|_| {}) => outcomes,
        () = mortal.dead.notified() => return None,
    };
    mortal.journal.end(RunEnded::of(&outcomes)).await.unwrap();
    Some(outcomes)
}

/// Whether the run died before its end; then the next one finishes what it left.
async fn dies_and_is_finished(world: &World, events: usize) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    let vendor = world.rig.connect();
    let current = vendor.fetch(&world.desired).await.unwrap();
    let plan = world.plan(&current);
    let ended = run(world, vendor.as_ref(), (&plan, &current), &path, events).await;
    drop(vendor);
    let story = story(&path);
    let known = |action: &Action| {
        let mut steps = story.steps.values();
        steps.any(|step| step.action == *action && step.sent > 0)
    };
    for action in plan
        .actions
        .iter()
        .filter(|it| it.kind == ActionKind::Create)
    {
        let there = world.rig.account(&action.email).is_some();
        assert!(!there || known(action), "{} is on no record", action.email);
    }

    let vendor = world.rig.connect();
    let mut current = vendor.fetch(&world.desired).await.unwrap();
    let sent = story.in_flight().filter(|(_, step)| step.begun);
    let sent: Vec<&Action> = sent.map(|(_, step)| &step.action).collect();
    let (settings, clock) = (&world.rig.settings, &world.rig.clock);
    let since = Duration::ZERO;
    let told = AtomicUsize::new(0);
    let tell = |_, settled: Recovered| {
        // Where nobody can look, nobody can say that it did not happen.
        let honest = match settings.spec.read {
            ReadFrom::Record => settled.happened != Some(false),
            ReadFrom::Api | ReadFrom::Search => settled.happened.is_some(),
        };
        assert!(honest, "{settled:?}");
        told.fetch_add(1, Ordering::Relaxed);
    };
    recover(
        vendor.as_ref(),
        settings,
        clock,
        since,
        &mut current,
        &sent,
        &tell,
    )
    .await;
    assert_eq!(told.into_inner(), sent.len());
    let plan = world.plan(&current);
    assert_eq!(plan.held, [], "{plan:#?}");
    for outcome in world.carry_out(vendor.as_ref(), &plan).await {
        assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:?}");
    }
    world.assert_end_state();
    let again = world.dry_run().await;
    assert_eq!(again.actions, [], "{again:#?}");
    assert_eq!(again.held, [], "{again:#?}");
    ended.is_none()
}

pub(super) fn story(path: &Path) -> Run {
    let chain = file::load(path).unwrap();
    assert_eq!(chain.flaws, []);
    runs(&chain.entries).pop().unwrap()
}

pub(super) async fn a_run_that_dies_at_any_event_is_finished_by_the_next_one(
    kind: &'static Subject,
) {
    let mut events = 1;
    while dies_and_is_finished(&mixed(kind).await, events).await {
        events += 1;
    }
    // Four actions of four events each, and the first try that nobody disturbed.
    assert_eq!(events, 4 * 4 + 1);
}

/// So many actions take several turns of all that are under way, and their record several writes.
const MANY: usize = 24;

/// The same with many actions of every kind, several at a time.
pub(super) async fn many_actions_survive_any_death(kind: &'static Subject) {
    let mut events = 1;
    while dies_and_is_finished(&many(kind).await, events).await {
        events += 1;
    }
    assert_eq!(events, MANY * 4 + 1);
}

async fn many(kind: &'static Subject) -> World {
    let spec = kind.spec;
    let mut accounts = Vec::new();
    let mut desired = Vec::new();
    for number in 0..MANY {
        let mut there = account(spec, &email(number), Variant::Old);
        match number % 4 {
            0 => desired.push(leaver(spec, &email(number))),
            _ => desired.push(wanted(spec, &email(number))),
        }
        there.active = number % 4 != 2;
        if number % 4 != 3 {
            accounts.push(there);
        }
    }
    World::new(kind, accounts, desired).await
}

pub(super) async fn an_undo_brings_back_what_a_run_changed(kind: &'static Subject) {
    let world = mixed(kind).await;
    let before = world.rig.local().accounts();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.ndjson");
    let vendor = world.rig.connect();
    let current = vendor.fetch(&world.desired).await.unwrap();
    let plan = world.plan(&current);
    let outcomes = run(&world, vendor.as_ref(), (&plan, &current), &path, 0).await;
    assert_eq!(outcomes.unwrap().len(), 4);

    let deeds = deeds(&story(&path));
    assert_eq!((deeds.done.len(), deeds.unclear.len()), (4, 0));
    let vendor = world.rig.connect();
    let current = vendor.fetch(&world.desired).await.unwrap();
    let undo = plan_undo(
        &world.rig.settings,
        &current.into(),
        &deeds.done,
        Allowed::default(),
    );
    let kinds: Vec<ActionKind> = undo.actions.iter().map(|action| action.kind).collect();
    assert_eq!(
        kinds,
        [
            ActionKind::Deactivate,
            ActionKind::Deactivate,
            ActionKind::Update,
            ActionKind::Reactivate
        ],
        "{undo:#?}"
    );
    for outcome in world.carry_out(vendor.as_ref(), &undo).await {
        assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:?}");
    }
    for account in world.rig.local().accounts() {
        let key = account.email_key();
        match before.iter().find(|it| it.email_key() == key) {
            None => assert!(!account.active, "{key} was made by the run"),
            Some(was) => {
                assert_eq!(account.active, was.active, "{key}");
                if was.active {
                    assert_same(&world, was, &account);
                }
            }
        }
    }
    let current = world.rig.connect().fetch(&world.desired).await.unwrap();
    let again = plan_undo(
        &world.rig.settings,
        &current.into(),
        &deeds.done,
        Allowed::default(),
    );
    assert_eq!((again.actions, again.held), (vec![], vec![]));
}

/// Every attribute that the roster manages has the value that it had.
fn assert_same(world: &World, was: &Account, is: &Account) {
    let mut people = world.desired.accounts();
    let want = people.find(|it| same_email(&it.email, &was.email));
    for (name, _) in want.iter().flat_map(|want| want.attributes.iter()) {
        let value = |account: &Account| {
            let value = account.attributes.get(name).cloned().flatten();
            value.filter(|value| !value.is_empty())
        };
        assert_eq!(value(is), value(was), "{}: {name}", was.email);
    }
}
