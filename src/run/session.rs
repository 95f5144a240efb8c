//! One run against the vendors of a roster: connect, read, plan, apply. What looks back at an
//! earlier run is in `earlier`.

pub mod asking;
mod base;
mod connect;
mod deactivations;
mod done;
mod earlier;
mod gone;
mod inventories;
mod look_up;
mod reading;
mod visit;

pub use earlier::{Unclear, hold_unclear};
pub use inventories::VendorRead;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, OnceLock};
use std::thread;

use futures::future::join_all;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::time::Instant;

use crate::connector::Vendor;
use crate::connector::trial::Finding;
use crate::http::{Api, Backoff, Clock, Permit, Redactor, Secrets, Transport, WriteScope};
use crate::model::action::Action;
use crate::model::attention::Attention;
use crate::model::current::LastRead;
use crate::model::desired::Desired;
use crate::model::digest::Digest;
use crate::model::email::EmailKey;
use crate::model::outcome::Outcome;
use crate::model::plan::administrators;
use crate::model::plan::{Ending, Plan, VendorPlan};
use crate::model::spec::ReadFrom;
use crate::plan::assertions::{Planned, hold_breaches};
use crate::plan::files::name_files;
use crate::plan::guard::Allowed;
use crate::plan::input::Input;
use crate::plan::known::Known;
use crate::plan::leavers::{Departures, LeaversCheck, vendor_leavers};
use crate::plan::planner::{plan_vendor, unread_vendor};
use crate::roster::history::departed::Past;
use crate::roster::model::{Roster, VendorSettings};
use crate::roster::{VendorsMeaning, When, desired, digest, digest_with, ending};
use crate::run::apply::{Event, Stop, VendorRun, carry_out};
use crate::state::State;
use crate::state::journal::Log;
use crate::state::record::RecordPlace;
use connect::{api, connect, secret_variables, secrets};
use reading::Reading;

/// How a run talks to vendors.
pub struct Options {
    /// Whether writing methods may be sent.
    pub permit: Permit,
    /// The day to plan for.
    pub on: Date,
    /// The present time: whatever day is planned for, nothing is deleted before a grace is over
    /// today.
    pub moment: Timestamp,
    /// Only these vendors; empty: all.
    pub vendors: Vec<String>,
    /// Waits between tries, and how often one call is tried in all.
    pub backoff: Backoff,
    /// Time.
    pub clock: Clock,
    /// The way to the vendors' servers.
    pub transport: Transport,
    /// Hides the secrets of the run.
    pub redactor: Redactor,
    /// Secrets that stand in for the roster's, by vendor and key (the sandbox's).
    pub secrets: Option<HashMap<Box<str>, BTreeMap<String, String>>>,
    /// What is kept between runs.
    pub state: State,
    /// The vendors as the roster has them, where a sandbox took their place.
    pub written: Option<VendorsMeaning>,
    /// To whom writes may go; `None`: to whomever a plan names.
    pub only: Option<WriteScope>,
}

/// Which part of the roster a plan is for, and what it may do.
#[derive(Debug, Default)]
pub struct Scope {
    /// Only these people (e-mail keys).
    pub people: Option<HashSet<EmailKey<'static>>>,
    /// `--allow-deactivations` and `--allow-creates`, by vendor.
    pub allowed: BTreeMap<String, Allowed>,
    /// List people whose access ends within so many days; `None`: no list.
    pub ending_within: Option<u16>,
}

impl Scope {
    fn allowed(&self, vendor: &str) -> Allowed {
        self.allowed.get(vendor).copied().unwrap_or_default()
    }
}

/// The vendors of a roster, connected.
pub struct Session {
    members: Vec<Member>,
    clock: Clock,
    on: Date,
    /// [`Options::moment`], and the clock then.
    moment: (Timestamp, Instant),
    /// Its day, in UTC.
    today: Date,
    redactor: Redactor,
    state: State,
    roster: Arc<Roster>,
    /// The digest of the roster, once it was made.
    digest: Arc<OnceLock<Digest>>,
    /// [`Options::written`].
    written: Option<VendorsMeaning>,
    /// Whether vendors are read on a thread each.
    apart: bool,
}

struct Member {
    settings: Arc<VendorSettings>,
    desired: Arc<Desired<'static>>,
    /// What the roster asks today.
    desired_today: Arc<Desired<'static>>,
    /// The connector, or why there is none.
    vendor: Result<Arc<dyn Vendor>, String>,
    /// What it sends its calls through, without credentials; `None` where there is no connector.
    api: Option<Api>,
    /// What it gets its credentials from.
    secrets: Secrets,
}

impl Member {
    /// How long its list was the last time.
    fn last_read(&self, last: &BTreeMap<Box<str>, LastRead>) -> Option<LastRead> {
        let has_list = self.settings.read_from() == ReadFrom::Api;
        last.get(&self.settings.name).copied().filter(|_| has_list)
    }
}

/// What was read, in the order of the session's vendors.
pub type Reads = Vec<Result<Known, String>>;

impl Session {
    /// Connects the vendors of a roster. Sends nothing yet; a vendor that cannot be connected is
    /// reported by the plan, like one that cannot be read.
    pub fn open(roster: &Arc<Roster>, options: &Options) -> Self {
        let wanted = |name: &str| {
            options.vendors.is_empty() || options.vendors.iter().any(|vendor| vendor == name)
        };
        let today = options.moment.to_zoned(TimeZone::UTC).date();
        let hidden = secret_variables(roster);
        let members = roster
            .vendors
            .values()
            .filter(|settings| wanted(&settings.name))
            .map(|settings| {
                let mut settings = settings.clone();
                settings.believe(today);
                let settings = Arc::new(settings);
                let api = api(&settings, options);
                let secrets = secrets(&settings, options, &hidden);
                let desired = |day| Arc::new(desired(roster.clone(), &settings.name, day));
                let wished = desired(options.on);
                Member {
                    desired_today: match today == options.on {
                        true => wished.clone(),
                        false => desired(today),
                    },
                    desired: wished,
                    api: api.as_ref().ok().cloned(),
                    vendor: api
                        .and_then(|api| connect(&settings, api, secrets.clone(), options))
                        .map(Arc::from),
                    secrets,
                    settings,
                }
            })
            .collect();
        Self {
            members,
            clock: options.clock.clone(),
            on: options.on,
            moment: (options.moment, options.clock.now()),
            today,
            redactor: options.redactor.clone(),
            state: options.state.clone(),
            roster: roster.clone(),
            digest: Arc::default(),
            written: options.written.clone(),
            apart: !matches!(options.transport, Transport::Within(_)),
        }
    }

    /// Reads all vendors at the same time, over the network on a thread each: understanding what
    /// they send takes longer than waiting for it. One that fails does not stop the others.
    pub async fn read(&self) -> Reads {
        self.read_for(&[]).await
    }

    /// The same for other wishes than the roster's, by vendor: several vendors show of an account
    /// only what somebody asks for.
    pub async fn read_for(&self, wishes: &[Desired<'_>]) -> Reads {
        if self.apart {
            self.begin_digest();
        }
        let reading = Reading::begin(self);
        let apart = self.apart && self.members.len() > 1;
        let reads = self.members.iter().map(|member| {
            let wish = wishes.iter().find(|it| it.vendor == member.settings.name);
            reading.read(self, member, wish, apart)
        });
        join_all(reads).await
    }

    /// What reading shows of the descriptions of the vendors.
    ///
    /// # Errors
    /// Why one of them cannot be read.
    pub async fn trial(&self) -> Result<Vec<Finding>, String> {
        let mut findings = Vec::new();
        for member in &self.members {
            let vendor = member.vendor.as_ref().map_err(Clone::clone)?;
            let found = vendor.trial().await;
            let found = found.map_err(|error| self.redactor.redact(&error.to_string()))?;
            findings.extend(found.into_iter().map(|it| Finding {
                text: self.redactor.redact(&it.text),
                ..it
            }));
        }
        Ok(findings)
    }

    /// The vendors that take part, with what counts their calls.
    pub fn apis(&self) -> impl Iterator<Item = (&VendorSettings, Option<&Api>)> {
        let members = self.members.iter();
        members.map(|member| (&*member.settings, member.api.as_ref()))
    }

    /// What is kept between runs.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether anything was sent that may have changed something at a vendor.
    pub fn wrote(&self) -> bool {
        let mut apis = self.apis().filter_map(|(_, api)| api);
        apis.any(|api| api.traffic().writes > 0)
    }

    /// Plans what was read. Pure but for the time stamp, which is given.
    pub fn plan(
        &self,
        roster: &Roster,
        reads: &Reads,
        scope: &Scope,
        created_at: Timestamp,
    ) -> Plan {
        let plan_one = |member: &Member, read: &Result<Known, String>| match read {
            Ok(known) => plan_vendor(Input {
                settings: &member.settings,
                desired: &member.desired,
                known,
                only: scope.people.as_ref(),
                allowed: scope.allowed(&member.settings.name),
            }),
            Err(error) => unread_vendor(&member.settings, error.clone()),
        };
        // Each vendor, and the digest, on a thread of its own: all of them look at everybody.
        let (mut vendors, digest) = thread::scope(|threads| {
            let digest = threads.spawn(|| self.digest(roster));
            let members = self.members.iter().zip(reads);
            let planned: Vec<_> = members
                .map(|(member, read)| threads.spawn(|| plan_one(member, read)))
                .collect();
            let vendors: Vec<VendorPlan> = planned.into_iter().map(ended).collect();
            (vendors, ended(digest))
        });
        self.hold_breaches(roster, reads, &mut vendors);
        for vendor in &mut vendors {
            name_files(vendor, roster, When::On(self.on));
        }
        let attention = Attention {
            administrators: administrators(&vendors),
            ..Attention::default()
        };
        Plan {
            created_at,
            on: self.on,
            roster: digest,
            people: roster.people.len(),
            vendors,
            attention,
            ending: self.ending(roster, scope),
        }
    }

    /// The digest of a roster, whatever stands in for its vendors.
    fn digest(&self, roster: &Roster) -> Digest {
        match std::ptr::eq(roster, &*self.roster) {
            true => self
                .digest
                .get_or_init(|| made_digest(roster, self.written.as_ref()))
                .clone(),
            false => made_digest(roster, self.written.as_ref()),
        }
    }

    /// Makes the digest of the session's roster on a thread of its own: it looks at everybody, and
    /// nothing waits for it before there is a plan.
    fn begin_digest(&self) {
        if self.digest.get().is_some() {
            return;
        }
        let (digest, roster) = (self.digest.clone(), self.roster.clone());
        let written = self.written.clone();
        let make = move || {
            digest.get_or_init(|| made_digest(&roster, written.as_ref()));
        };
        // Where there is no thread to be had, the plan makes it.
        let _ = thread::Builder::new().name("digest".into()).spawn(make);
    }

    fn ending(&self, roster: &Roster, scope: &Scope) -> Vec<Ending> {
        let Some(within) = scope.ending_within else {
            return Vec::new();
        };
        let vendors: Vec<&str> = self.members.iter().map(|it| &*it.settings.name).collect();
        let mut found = ending(roster, &vendors, self.on, within);
        if let Some(only) = &scope.people {
            found.retain(|it| only.contains(&EmailKey::of(&it.email)));
        }
        found
    }

    /// Holds what breaks the roster's assertions. A plan of [`Session::plan`] has that behind it;
    /// one of which only a part is left may break them anew.
    pub fn hold_breaches(&self, roster: &Roster, reads: &Reads, plans: &mut [VendorPlan]) {
        let read = |name: &str| {
            let mut members = self.members.iter().zip(reads);
            let found = members.find(|(member, _)| *member.settings.name == *name);
            found.and_then(|(_, read)| Some(&read.as_ref().ok()?.current))
        };
        let planned = plans.iter_mut().filter_map(|plan| {
            plan.read.as_ref().ok()?;
            Some(Planned {
                settings: roster.vendors.get(&plan.name)?,
                current: read(&plan.name)?,
                plan,
            })
        });
        hold_breaches(roster, planned.collect());
    }

    /// What the same reads say about people who should have no access any more.
    pub fn leavers(
        &self,
        roster: &Roster,
        reads: &Reads,
        scope: &Scope,
        plan: &Plan,
        past: Option<Past>,
    ) -> LeaversCheck {
        let departures = Departures {
            departed: past.as_ref().map_or(&[], |past| &past.departed),
            released: &roster.released,
            on: self.on,
        };
        let vendors = self
            .members
            .iter()
            .zip(reads)
            .map(|(member, read)| {
                vendor_leavers(
                    &member.settings,
                    &member.desired,
                    read.as_ref().map_err(String::as_str),
                    plan,
                    scope.people.as_ref(),
                    scope.allowed(&member.settings.name),
                    departures,
                )
            })
            .collect();
        LeaversCheck {
            read_at: plan.created_at,
            on: plan.on,
            roster: plan.roster.clone(),
            vendors,
            past,
        }
    }

    /// Carries out a plan that this session made; nothing before `log` has it on record.
    pub async fn apply(
        &self,
        plan: &Plan,
        stop: &Stop,
        log: &dyn Log,
        tell: &(dyn Fn(Event<'_>) + Sync),
    ) -> Vec<Outcome> {
        let runs = self
            .members
            .iter()
            .filter_map(|member| {
                let vendor = member.vendor.as_ref().ok()?;
                Some(VendorRun {
                    vendor: vendor.as_ref(),
                    settings: &member.settings,
                    actions: actions_of(plan, &member.settings.name),
                })
            })
            .collect();
        carry_out(runs, &self.clock, stop, log, tell).await
    }
}

/// What a thread made; its panic is ours.
fn ended<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    let made = thread.join();
    made.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn made_digest(roster: &Roster, written: Option<&VendorsMeaning>) -> Digest {
    match written {
        Some(vendors) => digest_with(roster, vendors),
        None => digest(roster),
    }
}

fn actions_of<'a>(plan: &'a Plan, vendor: &str) -> &'a [Action] {
    plan.vendors
        .iter()
        .find(|it| &*it.name == vendor)
        .map_or(&[], |it| it.actions.as_slice())
}

/// Where a vendor's record is: as `record` says, else among the state.
pub fn record_place(settings: &VendorSettings, state: &State) -> RecordPlace {
    match &settings.record {
        Some(path) => RecordPlace::File(path.clone()),
        None => RecordPlace::State(state.clone(), settings.name.clone()),
    }
}
