//! One run against the vendors of a roster: connect, read, plan, apply.

mod base;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jiff::civil::Date;

use crate::apply::{Event, Stop, VendorRun, apply};
use crate::http::{Api, ApiConfig, Backoff, Clock, Permit, Redactor, Secret, Secrets};
use crate::reconcile::current::Current;
use crate::reconcile::desired::Desired;
use crate::reconcile::guard::Allowed;
use crate::reconcile::outcome::Outcome;
use crate::reconcile::plan::{Action, Plan};
use crate::reconcile::planner::{Input, plan_vendor, unread_vendor};
use crate::roster::model::{Roster, VendorSettings};
use crate::roster::{desired, digest};
use crate::vendor::{self, Connect, Vendor};

/// How a run talks to vendors.
pub struct Options {
    /// Whether writing methods may be sent.
    pub permit: Permit,
    /// The day to plan for.
    pub on: Date,
    /// Only these vendors; empty: all.
    pub vendors: Vec<String>,
    /// Time.
    pub clock: Clock,
    /// Hides the secrets of the run.
    pub redactor: Redactor,
    /// Secrets that stand in for the roster's, by vendor and key (the sandbox's).
    pub secrets: Option<HashMap<Box<str>, BTreeMap<String, String>>>,
    /// Where records live when a vendor does not say.
    pub state: PathBuf,
}

/// Which part of the roster a plan is for, and what it may do.
#[derive(Debug, Default)]
pub struct Scope {
    /// Only these people (e-mail keys).
    pub people: Option<HashSet<String>>,
    /// `--allow-deactivations` and `--allow-creates`, by vendor.
    pub allowed: BTreeMap<String, Allowed>,
}

/// The vendors of a roster, connected.
pub struct Session {
    members: Vec<Member>,
    clock: Clock,
    on: Date,
    redactor: Redactor,
}

struct Member {
    settings: Arc<VendorSettings>,
    desired: Desired,
    /// The connector, or why there is none.
    vendor: Result<Box<dyn Vendor>, String>,
}

/// What was read, in the order of the session's vendors.
pub type Reads = Vec<Result<Current, String>>;

impl Session {
    /// Connects the vendors of a roster. Sends nothing yet; a vendor that cannot be connected is
    /// reported by the plan, like one that cannot be read.
    pub fn open(roster: &Roster, options: &Options) -> Self {
        let wanted = |name: &str| {
            options.vendors.is_empty() || options.vendors.iter().any(|vendor| vendor == name)
        };
        let members = roster
            .vendors
            .values()
            .filter(|settings| wanted(&settings.name))
            .map(|settings| {
                let settings = Arc::new(settings.clone());
                Member {
                    desired: desired(roster, &settings.name, options.on),
                    vendor: connect(&settings, options),
                    settings,
                }
            })
            .collect();
        Self {
            members,
            clock: options.clock.clone(),
            on: options.on,
            redactor: options.redactor.clone(),
        }
    }

    /// Reads all vendors at the same time. One that fails does not stop the others.
    pub async fn read(&self) -> Reads {
        let reads = self.members.iter().map(|member| async {
            let vendor = member.vendor.as_ref().map_err(Clone::clone)?;
            let current = vendor
                .fetch(&member.desired)
                .await
                .map_err(|error| self.redactor.redact(&error.to_string()))?;
            tracing::info!(
                vendor = &*member.settings.name,
                accounts = current.accounts.len(),
                "read"
            );
            Ok(current)
        });
        join_all(reads).await
    }

    /// Plans what was read. Pure but for the time stamp, which is given.
    pub fn plan(
        &self,
        roster: &Roster,
        reads: &Reads,
        scope: &Scope,
        created_at: jiff::Timestamp,
    ) -> Plan {
        let vendors = self
            .members
            .iter()
            .zip(reads)
            .map(|(member, read)| match read {
                Ok(current) => plan_vendor(Input {
                    settings: &member.settings,
                    desired: &member.desired,
                    current,
                    only: scope.people.as_ref(),
                    allowed: scope
                        .allowed
                        .get(&*member.settings.name)
                        .copied()
                        .unwrap_or_default(),
                }),
                Err(error) => unread_vendor(&member.settings, error.clone()),
            })
            .collect();
        Plan {
            created_at,
            on: self.on,
            roster: digest(roster),
            people: roster.people.len(),
            vendors,
        }
    }

    /// Carries out a plan that this session made.
    pub async fn apply(
        &self,
        plan: &Plan,
        stop: &Stop,
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
        apply(runs, &self.clock, stop, tell).await
    }
}

fn actions_of<'a>(plan: &'a Plan, vendor: &str) -> &'a [Action] {
    plan.vendors
        .iter()
        .find(|it| &*it.name == vendor)
        .map_or(&[], |it| it.actions.as_slice())
}

fn connect(settings: &Arc<VendorSettings>, options: &Options) -> Result<Box<dyn Vendor>, String> {
    let Some(kind) = vendor::kind(settings.spec.kind) else {
        return Err(format!("{}: no such kind of vendor", settings.spec.kind));
    };
    let api = Api::new(ApiConfig {
        vendor: settings.name.clone(),
        base_url: settings.base_url.clone(),
        limits: settings.limits,
        permit: options.permit,
        backoff: Backoff {
            throttled: Duration::from_secs(settings.spec.limits.throttle_seconds),
            ..Backoff::default()
        },
        clock: options.clock.clone(),
        redactor: options.redactor.clone(),
    })
    .map_err(|error| error.to_string())?;
    let connect = Connect {
        secrets: secrets(settings, options),
        record: record_path(settings, &options.state),
        settings: settings.clone(),
        api,
        permit: options.permit,
    };
    (kind.connect)(connect).map_err(|error| options.redactor.redact(&error.to_string()))
}

fn secrets(settings: &VendorSettings, options: &Options) -> Secrets {
    let fixed = options
        .secrets
        .as_ref()
        .and_then(|all| all.get(&settings.name));
    settings
        .auth
        .iter()
        .map(|(key, place)| {
            let secret = match fixed.and_then(|texts| texts.get(*key)) {
                Some(text) => Secret::fixed(text),
                None => Secret::new(place.clone(), &options.redactor),
            };
            (*key, secret)
        })
        .collect()
}

/// Where a vendor's record is: as `record` says, else in the state folder.
pub fn record_path(settings: &VendorSettings, state: &Path) -> PathBuf {
    settings.record.clone().unwrap_or_else(|| {
        state
            .join("records")
            .join(format!("{}.json", settings.name))
    })
}
