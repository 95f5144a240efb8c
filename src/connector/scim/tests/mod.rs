//! SCIM against its own server in many shapes.

mod credentials;
mod ends;
mod groups;
mod lists;
mod people;
mod random;
mod search;
mod shapes;
mod slashes;
mod writing;

use std::sync::Arc;

use super::{KIND, SPEC};
use crate::connector::testing;
use crate::connector::testing::Rig;
use crate::model::account::Account;
use crate::model::desired::{Desired, DesiredAccount};
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::VendorPlan;
use crate::model::value::Value;
use crate::plan::guard::Allowed;
use crate::plan::input::Input;
use crate::plan::planner::plan_vendor;
use crate::roster::model::{Bound, Max, Setting, VendorSettings};
use crate::run::apply::{Stop, VendorRun, apply};
use crate::sandbox::scim::{Server, Shape};

/// A server of some shape, and people who should have accounts there.
struct Company {
    rig: Rig,
    server: Server,
    desired: Desired<'static>,
}

impl Company {
    async fn new(shape: Shape, accounts: Vec<Account>, people: Vec<DesiredAccount>) -> Self {
        Self::with(shape, accounts, people, |_| {}).await
    }

    /// The same with settings as a roster may give them.
    async fn with(
        shape: Shape,
        accounts: Vec<Account>,
        mut people: Vec<DesiredAccount>,
        set: impl FnOnce(&mut VendorSettings),
    ) -> Self {
        let mut settings = testing::settings(&SPEC);
        settings.max = Max {
            deactivations: Some(Bound::Count(1_000)),
            ..Max::default()
        };
        set(&mut settings);
        let mut seed = testing::seed(settings, accounts);
        // The groups that people are about to get have to exist.
        let groups = seed.names.entry("groups").or_default();
        for person in &people {
            let wanted = person.attributes.get("groups").and_then(Value::as_set);
            groups.extend(wanted.unwrap_or_default().iter().cloned());
        }
        groups.sort_unstable();
        groups.dedup();
        let server = Server::shaped(seed.clone().into(), shape);
        let rig = Rig::serve(&KIND, seed, Arc::new(server.clone())).await;
        people.sort_by_key(|person| person.email.to_lowercase());
        Self {
            desired: Desired::listed(rig.settings.name.clone(), people),
            rig,
            server,
        }
    }

    async fn plan(&self) -> VendorPlan {
        let vendor = self.rig.connect_read_only();
        let current = vendor.fetch(&self.desired).await.unwrap();
        self.planned(&current)
    }

    fn planned(&self, current: &crate::model::current::Current) -> VendorPlan {
        plan_vendor(Input {
            settings: &self.rig.settings,
            desired: &self.desired,
            known: &current.clone().into(),
            only: None,
            allowed: Allowed::default(),
        })
    }

    /// Reads, plans, lets something happen, and applies.
    async fn run(&self, meanwhile: impl FnOnce(&Self)) -> Vec<Outcome> {
        let vendor = self.rig.connect();
        let current = vendor.fetch(&self.desired).await.unwrap();
        let plan = self.planned(&current);
        assert_eq!(plan.held, [], "{plan:#?}");
        meanwhile(self);
        let run = VendorRun {
            vendor: vendor.as_ref(),
            settings: &self.rig.settings,
            actions: &plan.actions,
        };
        apply(vec![run], &self.rig.clock, &Stop::default(), &|_| {}).await
    }

    /// Applies, and finds nothing left to do.
    async fn run_until_done(&self) -> Vec<Outcome> {
        let outcomes = self.run(|_| {}).await;
        for outcome in &outcomes {
            assert_eq!(outcome.verdict, Verdict::Applied, "{outcome:#?}");
        }
        let again = self.plan().await;
        assert_eq!(again.actions, [], "{again:#?}");
        outcomes
    }

    /// How many requests of that method went to an address that begins so.
    fn calls(&self, method: &str, path: &str) -> usize {
        let requests = self.rig.sandbox.requests();
        let fits = requests
            .iter()
            .filter(|(request, _)| request.method == method && request.path.starts_with(path));
        fits.count()
    }
}

fn word(settings: &mut VendorSettings, key: &'static str, word: &str) {
    settings.settings.insert(key, Setting::Text(word.into()));
}

fn email(number: usize) -> String {
    format!("person{number:03}@example.com")
}

fn groups(names: &[&str]) -> (&'static str, Value) {
    ("groups", Value::set(names.iter().copied()))
}

fn title(text: &str) -> (&'static str, Value) {
    ("title", Value::text(text))
}
