//! One run as a pipeline starts it: plan, approve, apply, repair; and a look at what it left.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rosterctl::http::{Backoff, Clock, Permit, Redactor, Transport};
use rosterctl::model::action::Action;
use rosterctl::model::email::{EmailKey, same_email};
use rosterctl::model::outcome::{Outcome, Verdict};
use rosterctl::model::plan::Plan;
use rosterctl::plan::approve::{Approved, ApprovedVendor};
use rosterctl::plan::leavers::LeaverState as Access;
use rosterctl::roster::model::Roster;
use rosterctl::run::apply::Event;
use rosterctl::run::approve::{Approval, Work};
use rosterctl::run::lock::LockRequest;
use rosterctl::run::locked::{LockedRun, Request};
use rosterctl::run::session::{Options, Reads, Scope, Session};
use rosterctl::run::watch::{Shield, Watcher};
use rosterctl::state::State;
use rosterctl::state::here::Here;

use super::network::Network;
use super::people::People;
use super::random::Random;
use super::runner::{Fate, Process, Runner};
use super::store;
use super::vendors::{self, Secrets};
use super::watch::Eyes;
use super::wish::key;
use super::world::{Busy, World};

/// How a run is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// It carries out what it plans.
    Fresh,
    /// It carries out a plan that was saved an hour before.
    Saved { skip_stale: bool },
    /// It carries out a plan whose digest somebody approved.
    Digest,
}

/// No run takes longer.
const LONGEST: Duration = Duration::from_secs(12 * 3_600);

/// A run to be.
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) number: u32,
    pub(crate) fate: Fate,
    pub(crate) way: Way,
    /// For the lock.
    pub(crate) waits: bool,
    /// Its machine's clock is ahead by so much.
    pub(crate) skew: Duration,
    pub(crate) people: Arc<People>,
    /// Keys of the people whom it is about; `None`: everybody.
    pub(crate) only: Option<BTreeSet<Box<str>>>,
    /// Nothing limits how much it does.
    pub(crate) calm: bool,
    pub(crate) world: Arc<World>,
    pub(crate) secrets: Secrets,
    pub(crate) seed: u64,
}

/// A run that has begun.
struct Begun {
    clock: Clock,
    roster: Arc<Roster>,
    eyes: Arc<Eyes>,
    session: Session,
}

impl Run {
    /// Goes as far as its fate lets it.
    pub(crate) async fn go(&self) -> Result<(), String> {
        let name = &self.name;
        self.world.trace(format_args!(
            "{name} begins: {:?}, {:?}",
            self.fate, self.way
        ));
        let runner = Arc::new(Runner::new(name.clone(), self.fate));
        let process = Process::new(&runner, self.apply(&runner));
        let ended = tokio::time::timeout(LONGEST, process).await;
        // It may have died while people were at it.
        self.world.busy(None);
        match ended {
            Ok(Some(Ok(outcomes))) => {
                let count = outcomes.len();
                self.world
                    .trace(format_args!("{name} ends: {count} outcomes"));
            }
            Ok(Some(Err(why))) => self.world.trace(format_args!("{name} ends: {why}")),
            Ok(None) => {
                self.world.trace(format_args!("{name} is dead"));
                if !self.world.is_crowded() {
                    self.world.after_death();
                }
            }
            Err(_) => return Err(format!("{name} does not end")),
        }
        Ok(())
    }

    /// Goes once, and then everything is as the roster says.
    pub(crate) async fn settles(&self) -> Result<(), String> {
        let runner = Arc::new(Runner::new(self.name.clone(), Fate::Lives));
        // Whoever is the last administrator waits until another one is there.
        let waits = self.keeps_an_administrator(&runner).await?;
        let mut outcomes = self.apply(&runner).await;
        if waits {
            tokio::time::sleep(Duration::from_secs(60)).await;
            outcomes = self.apply(&runner).await;
        }
        let outcomes = outcomes.map_err(|why| format!("a calm night fails: {why}"))?;
        // Another process does not know how fast the one before it was.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let begun = self.begin(&runner, Permit::ReadOnly)?;
        let mut reads = begun.session.read().await;
        let plan = self.plan(&begun, &reads);
        let mut unread = plan.unread();
        let unread = unread.find(|(vendor, _)| !self.people.is_faithless(&vendor.name));
        if let Some((vendor, error)) = unread {
            return Err(format!("{} cannot be read: {error}", vendor.name));
        }
        for vendor in &plan.vendors {
            if self.people.is_faithless(&vendor.name) {
                continue;
            }
            let held = self.world.held(&vendor.name);
            let spared = |action: &Action| {
                let emails = [Some(&action.email), action.account_email.as_ref()];
                let mut emails = emails.into_iter().flatten();
                emails.any(|email| self.people.is_spared(email))
            };
            // Who perhaps never had an account is left to people where there is no list.
            let mut left = vendor.actions.iter().filter(|action| {
                let there = held.iter().any(|it| same_email(&it.email, &action.email));
                let known = vendor.kind != "surecloud" || !action.kind.removes() || there;
                known && !spared(action)
            });
            // A role that nobody holds is not known there, and an administrator is left.
            // Strangers from whom nothing is taken are listed, and nothing is held for them. Whether
            // somebody has an account under an earlier address, a person looks up.
            let mut kept = vendor.held.iter().filter(|it| {
                let for_good = [
                    "the vendor shows no role",
                    "is the last administrator",
                    "SureCloud never answered",
                ];
                let listed = self.people.lists(&it.action.email);
                let stays = listed && spared(&it.action);
                // Perhaps it is the wrong place: somebody has to say that it is not.
                let empty = held.iter().all(|it| it.shield.is_some());
                let stays = stays || empty && it.why.contains("the list is empty");
                !stays && !for_good.iter().any(|why| it.why.contains(why))
            });
            if left.next().is_some() || kept.next().is_some() {
                return Err(format!(
                    "{} is not in sync after a calm night: {:#?} {:#?}\nafter {outcomes:#?}",
                    vendor.name, vendor.actions, vendor.held
                ));
            }
        }
        let scope = Scope::default();
        let faults = begun.session.look_up_leavers(&mut reads, &[], &scope);
        if let Some(fault) = faults.await.into_iter().next() {
            return Err(fault);
        }
        let told = begun
            .session
            .leavers(&begun.roster, &reads, &scope, &plan, None);
        for vendor in &told.vendors {
            for leaver in &vendor.leavers {
                let held = self.world.held(&vendor.name);
                let account = held.iter().find(|it| same_email(&it.email, &leaver.email));
                let gone = matches!(leaver.state, Access::Deactivated | Access::NoAccount);
                if gone && account.is_some_and(|it| it.active) {
                    return Err(format!("{leaver:?} has access at {}", vendor.name));
                }
            }
        }
        begun.eyes.is_as_wished(&self.world, &begun.roster, &plan)
    }

    /// Whether somebody who is to lose their rights keeps them for now, as the last administrator.
    async fn keeps_an_administrator(&self, runner: &Arc<Runner>) -> Result<bool, String> {
        let begun = self.begin(runner, Permit::ReadOnly)?;
        let reads = begun.session.read().await;
        let plan = self.plan(&begun, &reads);
        tokio::time::sleep(Duration::from_secs(60)).await;
        let held = plan.vendors.iter().flat_map(|it| &it.held);
        let held = held.map(|it| it.why.as_str());
        let strangers = plan.vendors.iter().flat_map(|it| &it.unlisted);
        let strangers = strangers.filter_map(|it| it.why.as_deref());
        let notices = plan.vendors.iter().flat_map(|it| &it.notices);
        let notices = notices.map(|it| it.text.as_str());
        let mut whys = held.chain(strangers).chain(notices);
        let keeps = ["last administrator", "no other administrator is left"];
        Ok(whys.any(|why| keeps.iter().any(|it| why.contains(it))))
    }

    /// Only asks who is gone: whoever has access is not.
    pub(crate) async fn tells_who_is_gone(&self) -> Result<(), String> {
        let runner = Arc::new(Runner::new(self.name.clone(), Fate::Lives));
        let begun = self.begin(&runner, Permit::ReadOnly)?;
        let before = begun.eyes.all(&self.world);
        let asks = async {
            let mut reads = begun.session.read().await;
            let plan = self.plan(&begun, &reads);
            let scope = Scope::default();
            let session = &begun.session;
            // What cannot be kept is asked for again.
            let _ = session.look_up_leavers(&mut reads, &[], &scope).await;
            session.leavers(&begun.roster, &reads, &scope, &plan, None)
        };
        let Ok(told) = tokio::time::timeout(LONGEST, asks).await else {
            return Err(format!("{} does not end", self.name));
        };
        for vendor in told.vendors {
            let was = before.get(&vendor.name).map_or(&[][..], Vec::as_slice);
            let held = self.world.held(&vendor.name);
            for leaver in &vendor.leavers {
                let gone = matches!(leaver.state, Access::Deactivated | Access::NoAccount);
                let mut theirs = was.iter().filter(|it| key(&it.email) == key(&leaver.email));
                if gone && theirs.any(|it| it.active && held.contains(it)) {
                    let says = format!("{leaver:?} has access at {}", vendor.name);
                    self.world.breach(says);
                }
            }
        }
        Ok(())
    }

    fn begin(&self, runner: &Arc<Runner>, permit: Permit) -> Result<Begun, String> {
        let wall = super::BEGIN + self.world.age();
        let ahead = wall + self.skew;
        let clock = Clock::dated(ahead);
        let on = ahead.to_zoned(TimeZone::UTC).date();
        let roster = self.people.roster(self.calm)?;
        let number = self.world.age() + self.skew;
        let eyes = Eyes::new(
            &self.world,
            &self.people,
            &roster,
            number.as_secs() / 86_400,
            self.only.clone(),
            self.calm,
        );
        let eyes = Arc::new(eyes);
        let way = store::Way::new(&self.world, runner, Clock::dated(wall));
        let machine = match &self.world.place {
            store::Place::Objects(_) => self.name.clone(),
            store::Place::Folder(shelf) => shelf.machine(),
        };
        let here = Here::made_up(clock.clone(), &machine, self.number);
        let network = Network {
            world: self.world.clone(),
            runner: runner.clone(),
            number: self.number,
            eyes: eyes.clone(),
        };
        let options = Options {
            permit,
            on,
            moment: ahead,
            vendors: Vec::new(),
            backoff: Backoff {
                seed: Some(self.seed),
                ..Backoff::default()
            },
            clock: clock.clone(),
            transport: Transport::Within(Arc::new(network)),
            redactor: Redactor::default(),
            secrets: Some(self.secrets.clone()),
            state: State::seen_by(here, Arc::new(way)),
            written: None,
            only: None,
        };
        Ok(Begun {
            session: Session::open(&roster, &options),
            clock,
            roster,
            eyes,
        })
    }

    fn plan(&self, begun: &Begun, reads: &Reads) -> Plan {
        let people = self.only.as_ref().map(|only| {
            let keys = only.iter().map(|it| EmailKey::of(it).into_owned());
            keys.collect()
        });
        let scope = Scope {
            people,
            ..Scope::default()
        };
        begun
            .session
            .plan(&begun.roster, reads, &scope, begun.clock.wall())
    }

    /// What somebody approves an hour before.
    async fn approval(&self, runner: &Arc<Runner>) -> Result<Approval, String> {
        if self.way == Way::Fresh {
            return Ok(Approval::None);
        }
        let begun = self.begin(runner, Permit::ReadOnly)?;
        let reads = begun.session.read().await;
        let plan = self.plan(&begun, &reads);
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        let Way::Saved { skip_stale } = self.way else {
            let digest = plan.digest().map(|digest| digest.to_string());
            return digest
                .map(Approval::Digest)
                .ok_or(String::from("no digest"));
        };
        let vendors = plan.vendors.iter().map(|it| ApprovedVendor {
            name: it.name.clone(),
            kind: it.kind.into(),
            base_url: it.base_url.clone(),
            place: Some(it.place.clone()),
        });
        Ok(Approval::Saved {
            approved: Approved {
                on: plan.on,
                vendors: vendors.collect(),
                actions: plan.actions().cloned().collect(),
            },
            skip_stale,
        })
    }

    /// No other run is at work, and people may be.
    fn is_alone(&self) -> bool {
        !self.calm && !self.world.is_crowded()
    }

    /// Between what a run plans and what it does, people edit accounts, those of the plan above all.
    async fn meanwhile(&self, plan: &Plan) {
        if !self.is_alone() || !self.world.draw(|random, _| random.chance(25)) {
            return;
        }
        // What earlier runs sent has arrived: nobody can look between a call and its effect.
        tokio::time::sleep(Duration::from_secs(120)).await;
        let who: Vec<Box<str>> = meant(plan).into_iter().collect();
        let mut random = Random::new(self.world.draw(|random, _| random.next()));
        for _ in 0..random.between(1, 4) {
            vendors::meddle(&self.world, &self.people, &mut random, Some(&who));
        }
    }

    async fn apply(&self, runner: &Arc<Runner>) -> Result<Vec<Outcome>, String> {
        fn told(error: impl std::fmt::Display) -> String {
            error.to_string()
        }
        let (world, name) = (&self.world, &self.name);
        let approval = self.approval(runner).await?;
        let begun = self.begin(runner, Permit::ReadWrite)?;
        let session = &begun.session;
        let request = Request {
            lock: LockRequest {
                timeout: self.waits.then_some(Duration::from_secs(600)),
                ..LockRequest::default()
            },
            ..Request::default()
        };
        let ears = Ears { world, name };
        let run = LockedRun::begin(session, &request, &ears)
            .await
            .map_err(told)?;
        let before_read = begun.eyes.all(world);
        let edits = self.is_alone() && world.draw(|random, _| random.chance(10));
        world.busy(edits.then(|| Busy::Lists(self.people.clone())));
        let mut reads = session.read().await;
        world.busy(None);
        let after_read = begun.eyes.all(world);
        begun.eyes.has_read(&after_read);
        let left_open = run.recover(&mut reads).await.map_err(told)?;
        let mut fresh = self.plan(&begun, &reads);
        left_open.tell(&mut fresh);
        if !world.is_crowded() {
            let eyes = &begun.eyes;
            eyes.planned(world, name, &fresh, &before_read, &after_read);
        }
        let work = approval.work(&begun.roster, &reads, fresh);
        let Work { mut plan, .. } = work.map_err(told)?;
        session.hold_breaches(&begun.roster, &reads, &mut plan.vendors);
        run.forecast(&mut plan);
        if let Approval::Saved { approved, .. } = &approval {
            for action in plan.actions() {
                if !approved.actions.contains(action) {
                    world.breach(format!(
                        "{name} is about to do what nobody approved: {action:?}"
                    ));
                }
            }
        }
        self.meanwhile(&plan).await;
        let before = begun.eyes.all(world);
        if let Approval::Digest(wanted) = &approval
            && plan.digest().map(|digest| digest.to_string()).as_ref() != Some(wanted)
        {
            world.breach(format!("{name} is about to do a plan that nobody approved"));
        }
        let tell = |event: Event<'_>| {
            if let Event::Finished(outcome) = event {
                world.is_harmless("an outcome", &outcome.message);
                world.trace(format_args!(
                    "{name} {} {} {}: {} {}",
                    outcome.action.vendor,
                    outcome.action.kind.as_str(),
                    outcome.action.email,
                    outcome.verdict.as_str(),
                    outcome.message
                ));
                if !runner.is_dead() && !runner.was_stopped() {
                    begun.eyes.applied(world, name, outcome);
                }
            }
        };
        world.expects(plan.actions());
        let stirs = self.is_alone() && world.draw(|random, _| random.chance(25));
        world.busy(stirs.then(|| Busy::Writes(self.people.clone(), Arc::new(meant(&plan)))));
        let now: Timestamp = begun.clock.wall();
        let carried = run.carry_out(&plan, &reads, "apply", now, &tell).await;
        world.busy(None);
        let carried = carried.map_err(told)?;
        if carried.complete && (world.is_calm() || self.is_alone() && !runner.was_stopped()) {
            begun
                .eyes
                .untouched(world, name, &before, &carried.outcomes);
        }
        for outcome in &carried.outcomes {
            if matches!(outcome.verdict, Verdict::Applied | Verdict::Skipped) {
                world.is_certain(&outcome.action.email);
            }
        }
        if carried.complete && !carried.outcomes.is_empty() && !runner.was_stopped() {
            let verdicts = carried.outcomes.iter();
            let verdicts: Vec<&str> = verdicts.map(|it| it.verdict.as_str()).collect();
            world.is_journaled(self.number, &verdicts);
        }
        if let Some(error) = carried.unrecorded {
            world.trace(format_args!("{name}: {error}"));
        }
        let remembered = session.remember(&plan, &carried.outcomes);
        if remembered.is_ok() && carried.complete {
            for vendor in &plan.vendors {
                let read = vendor.read.as_ref().ok();
                let whole = read.is_some_and(|it| it.proof.missing.is_none());
                let was = before_read.get(&vendor.name).map_or(&[][..], Vec::as_slice);
                let read = after_read.get(&vendor.name).map_or(&[][..], Vec::as_slice);
                world.note_size(&vendor.name, whole, was, read);
            }
            let count = carried.outcomes.len();
            session.succeeded(&plan, count).map_err(told)?;
        }
        Ok(carried.outcomes)
    }
}

/// Keys of all whom a plan is about.
fn meant(plan: &Plan) -> BTreeSet<Box<str>> {
    let emails = plan
        .actions()
        .flat_map(|it| [Some(&it.email), it.account_email.as_ref()]);
    emails.flatten().map(|it| key(it)).collect()
}

/// Whoever started the run.
struct Ears<'a> {
    world: &'a World,
    name: &'a str,
}

struct Unshielded;

impl Shield for Unshielded {}

#[async_trait(?Send)]
impl Watcher for Ears<'_> {
    fn note(&self, line: &str) {
        self.world.is_harmless("a note", line);
        self.world
            .trace(format_args!("{} notes: {line}", self.name));
    }

    fn holds(&self) {}

    fn shield(&self) -> Box<dyn Shield + '_> {
        Box::new(Unshielded)
    }

    fn take_over(&self) {}

    fn asked(&self) -> u32 {
        0
    }

    async fn asks(&self, _: u32) {
        std::future::pending::<()>().await;
    }
}
