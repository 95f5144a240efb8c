//! The vendor's quirks over real HTTP on loopback, through the planner and the engine. The README
//! has a table from each quirk of the documentation to its test here.

mod access;
mod creating;
mod offline;
mod reading;
mod totals;
mod writing;

use std::sync::Arc;

use super::{KIND, SPEC};
use crate::connector::testing::{OWN, Rig, account, seed, settings, wanted};
use crate::connector::{Vendor, VendorKind};
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind};
use crate::model::current::Current;
use crate::model::desired::{Access, Desired, DesiredAccount};
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::VendorPlan;
use crate::model::spec::{Literal, OnCreate};
use crate::model::value::Value;
use crate::plan::guard::Allowed;
use crate::plan::input::Input;
use crate::plan::planner::plan_vendor;
use crate::roster::model::{Setting, VendorSettings};
use crate::run::apply::{Stop, VendorRun, apply};
use crate::sandbox::snaplogic::{Quirks, Server};

static KIND_HERE: VendorKind = KIND;

const ANA: &str = "ana.reyes@example.com";
const TOMAS: &str = "tomas.lind@example.com";

fn flag(value: bool) -> Value {
    Value::Flag(value)
}

fn set(items: &[&str]) -> Value {
    Value::set(items.iter().copied())
}

/// An account whose names are as [`person`] wants them.
fn held(email: &str, attributes: &[(&'static str, Value)]) -> Account {
    let mut held = account(
        email,
        &[
            ("first_name", Value::text("Ana")),
            ("last_name", Value::text("Reyes")),
        ],
    );
    for (name, value) in attributes {
        held.attributes.insert(*name, Some(value.clone()));
    }
    held
}

/// A person with a name and these attributes, and what a create sends besides.
fn person(email: &str, attributes: &[(&'static str, Value)]) -> DesiredAccount {
    let mut person = wanted(
        email,
        &[
            ("first_name", Value::text("Ana")),
            ("last_name", Value::text("Reyes")),
        ],
    );
    for (name, value) in attributes {
        person.attributes.insert(*name, value.clone());
    }
    let silent = SPEC
        .attributes
        .iter()
        .filter(|it| !person.attributes.contains(it.name));
    for attribute in silent {
        let value = match attribute.on_create {
            OnCreate::Nothing => continue,
            OnCreate::Send(Literal::Flag(value)) => value,
            OnCreate::TrueUnless(other) => person.attributes.get(other) != Some(&flag(true)),
            OnCreate::Send(Literal::Text(_)) => unreachable!("no such default here"),
        };
        person.on_create.insert(attribute.name, flag(value));
    }
    person
}

fn leaver(email: &str, attributes: &[(&'static str, Value)]) -> DesiredAccount {
    DesiredAccount {
        access: Access::Left,
        ..person(email, attributes)
    }
}

/// An environment with a connector to it.
struct Bench {
    rig: Rig,
    server: Server,
    desired: Desired<'static>,
}

impl Bench {
    /// Puts an account into other environments.
    fn elsewhere(&self, account: &Account, organizations: &[&str]) {
        let account = crate::sandbox::plain(account);
        self.server.elsewhere(&account, organizations);
    }

    async fn new(accounts: Vec<Account>, people: Vec<DesiredAccount>) -> Self {
        Self::with(accounts, people, |_| {}).await
    }

    async fn with(
        accounts: Vec<Account>,
        people: Vec<DesiredAccount>,
        tweak: impl FnOnce(&mut VendorSettings),
    ) -> Self {
        let mut settings = settings(&SPEC);
        settings
            .settings
            .insert("organization", Setting::Text("Example Env/1".into()));
        tweak(&mut settings);
        let seed = seed(settings, accounts);
        let server = Server::new(seed.clone().into());
        let rig = Rig::serve(&KIND_HERE, seed, Arc::new(server.clone())).await;
        let mut bench = Self {
            rig,
            server,
            desired: Desired::default(),
        };
        bench.want(people);
        bench
    }

    /// From now on the roster says this.
    fn want(&mut self, mut people: Vec<DesiredAccount>) {
        people.sort_by_key(|person| person.email.to_lowercase());
        self.desired = Desired::listed("snaplogic", people);
    }

    fn choose(self, choice: impl FnOnce(&mut Quirks)) -> Self {
        self.server.choose(choice);
        self
    }

    async fn fetch(&self) -> Current {
        self.rig
            .connect_read_only()
            .fetch(&self.desired)
            .await
            .expect("the local server can be read")
    }

    async fn plan(&self) -> VendorPlan {
        self.plan_from(&self.fetch().await)
    }

    fn plan_from(&self, current: &Current) -> VendorPlan {
        plan_vendor(Input {
            settings: &self.rig.settings,
            desired: &self.desired,
            known: &current.clone().into(),
            only: None,
            allowed: Allowed::default(),
        })
    }

    /// Plans and applies with one connector, as a run does.
    async fn apply(&self) -> Vec<Outcome> {
        let vendor = self.rig.connect();
        let current = vendor
            .fetch(&self.desired)
            .await
            .expect("the local server can be read");
        let plan = self.plan_from(&current);
        self.carry_out(vendor.as_ref(), &plan.actions).await
    }

    async fn carry_out(&self, vendor: &dyn Vendor, actions: &[Action]) -> Vec<Outcome> {
        let runs = vec![VendorRun {
            vendor,
            settings: &self.rig.settings,
            actions,
        }];
        apply(runs, &self.rig.clock, &Stop::default(), &|_| {}).await
    }

    /// Applies, demands that everything took, and that nothing is left to do.
    async fn converge(&self) -> Vec<Outcome> {
        let outcomes = self.apply().await;
        for outcome in &outcomes {
            assert_eq!(outcome.verdict, Verdict::Applied, "{}", outcome.message);
        }
        self.settled().await;
        outcomes
    }

    /// Demands that there is nothing to do.
    async fn settled(&self) {
        let plan = self.plan().await;
        assert_eq!(kinds(&plan), [], "{:?} {:?}", plan.actions, plan.held);
        assert_eq!(
            plan.held.len() + plan.manual.len(),
            0,
            "{:?} {:?}",
            plan.held,
            plan.manual
        );
    }

    /// `PUT /users/{email}` and so on: every request so far that could write, oldest first.
    fn writes(&self) -> Vec<String> {
        let writes = self.rig.writes();
        writes
            .iter()
            .map(|it| format!("{} {}", it.method, short(&it.path)))
            .collect()
    }

    /// How many reads of that path there were.
    fn reads(&self, path: &str) -> usize {
        let requests = self.rig.sandbox.requests();
        let reads = requests.iter().filter(|(it, _)| it.method == "GET");
        reads
            .filter(|(it, _)| short(&it.path).starts_with(path))
            .count()
    }
}

fn short(path: &str) -> &str {
    path.strip_prefix(super::PREFIX).unwrap_or(path)
}

fn kinds(plan: &VendorPlan) -> Vec<ActionKind> {
    plan.actions.iter().map(|action| action.kind).collect()
}

/// The path of an account's own record, as far as the e-mail needs no encoding.
fn of(email: &str) -> String {
    format!("/users/{}", crate::http::segment(email))
}

/// What a read of the admins or a group is called in the log.
fn group(name: &str) -> String {
    format!("/groups/Example%20Env%2F1/{}", crate::http::segment(name))
}
