//! SureCloud over real HTTP: roster in, plan, calls, record and report out.

mod batches;
mod memory;
mod quirks;
mod reading;
mod server;
mod unknowns;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{KIND, SPEC};
use crate::connector::testing::{OWN, Rig, account, seed, settings, settings_with, wanted};
use crate::connector::{Vendor, VendorKind};
use crate::http::{HttpError, Permit};
use crate::model::account::Account;
use crate::model::action::ActionKind;
use crate::model::desired::{Access, Desired, DesiredAccount};
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::VendorPlan;
use crate::model::value::Value;
use crate::plan::guard::Allowed;
use crate::plan::input::Input;
use crate::plan::planner::plan_vendor;
use crate::roster::model::{Setting, Unlisted, VendorSettings};
use crate::run::apply::{Stop, VendorRun, apply};
use crate::sandbox::surecloud::{Rules, Server};
use crate::state::record::Accounts;

static KIND_HERE: VendorKind = KIND;

/// A local server, and the runs against it.
struct Bench {
    rig: Rig,
    server: Server,
}

/// What one run planned and did.
struct Run {
    plan: VendorPlan,
    outcomes: Vec<Outcome>,
}

impl Bench {
    /// Serves these accounts with a ready-made JWT.
    async fn new(accounts: Vec<Account>) -> Self {
        Self::with(settings(&SPEC), accounts, Rules::default()).await
    }

    async fn with(settings: VendorSettings, accounts: Vec<Account>, rules: Rules) -> Self {
        let mut seed = seed(settings, accounts);
        let groups = seed.names.entry("groups").or_default();
        groups.extend(["//Risk/Owners".into(), "//Risk/Readers".into()]);
        let server = Server::new(seed.clone().into());
        server.set_rules(rules);
        let rig = Rig::serve(&KIND_HERE, seed, Arc::new(server.clone())).await;
        Self { rig, server }
    }

    fn connect(&self) -> Box<dyn Vendor> {
        self.rig.connect()
    }

    /// Plans these people and applies the plan, as one run does.
    async fn run(&self, people: Vec<DesiredAccount>) -> Run {
        let vendor = self.connect();
        let plan = self.plan_with(&*vendor, people).await.unwrap();
        let run = VendorRun {
            vendor: &*vendor,
            settings: &self.rig.settings,
            actions: &plan.actions,
        };
        let outcomes = apply(vec![run], &self.rig.clock, &Stop::default(), &|_| {}).await;
        Run { plan, outcomes }
    }

    async fn plan(&self, people: Vec<DesiredAccount>) -> VendorPlan {
        let vendor = self.rig.connect_read_only();
        self.plan_with(&*vendor, people).await.unwrap()
    }

    async fn plan_with(
        &self,
        vendor: &dyn Vendor,
        people: Vec<DesiredAccount>,
    ) -> Result<VendorPlan, HttpError> {
        let desired = Desired::listed("surecloud", people);
        let current = vendor.fetch(&desired).await?;
        Ok(plan_vendor(Input {
            settings: &self.rig.settings,
            desired: &desired,
            known: &current.clone().into(),
            only: None,
            allowed: Allowed::default(),
        }))
    }

    /// The record as it is on disk; empty if there is none.
    fn record(&self) -> Accounts {
        let record = crate::state::record::Record::new(self.rig.record(), "surecloud", Vec::new());
        record.load().unwrap()
    }

    /// The log beside the record, which no run leaves behind.
    fn log(&self) -> std::path::PathBuf {
        let mut log = self.rig.record().into_os_string();
        log.push(".log");
        log.into()
    }

    /// The last user that was sent.
    fn sent(&self) -> Json {
        let body = self.server.bodies().pop().unwrap();
        assert_eq!(body["users"].as_array().unwrap().len(), 1);
        body["users"][0].clone()
    }

    fn attribute(&self, email: &str, name: &str) -> Option<Value> {
        let account = self.rig.account(email).unwrap();
        account.attributes.get(name).cloned().flatten()
    }
}

impl Run {
    /// The one action and what became of it.
    fn only(&self) -> (ActionKind, Verdict, &str) {
        assert_eq!(self.plan.held, []);
        let [outcome] = self.outcomes.as_slice() else {
            panic!("{} outcomes", self.outcomes.len());
        };
        (outcome.action.kind, outcome.verdict, &outcome.message)
    }
}

fn mira() -> DesiredAccount {
    wanted(
        "mira@example.com",
        &[
            ("role", Value::text("CONTRIBUTOR")),
            ("name", Value::text("Mira Okafor")),
            ("person_type", Value::text("INTERNAL")),
        ],
    )
}

/// The same person with one attribute more, or another value of it.
fn with(mut person: DesiredAccount, name: &'static str, value: Value) -> DesiredAccount {
    person.attributes.insert(name, value);
    person
}

fn left(mut person: DesiredAccount) -> DesiredAccount {
    person.access = Access::Left;
    person
}

fn by_email_and_key() -> VendorSettings {
    let mut settings = settings_with(&SPEC, &SPEC.auth[1]);
    let fields = [("email", "login"), ("secret_key", "secretKey")];
    settings.settings = BTreeMap::from([
        ("token_url", Setting::Text("/restful/v1/token".into())),
        ("token_pointer", Setting::Text("/data/jwt".into())),
        (
            "token_fields",
            Setting::TextMap(
                fields
                    .into_iter()
                    .map(|(ours, theirs)| (ours.into(), theirs.into()))
                    .collect(),
            ),
        ),
    ]);
    settings
}

/// Settings with one vendor setting.
fn setting(name: &'static str, value: Setting) -> VendorSettings {
    let mut settings = settings(&SPEC);
    settings.settings.insert(name, value);
    settings
}
