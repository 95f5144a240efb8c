//! Bitsight's quirks and open questions, over real HTTP against the local server. The README's
//! table says which test stands for which.

#![cfg(feature = "sandbox")]

mod reading;
mod server;
mod totals;
mod writing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{KIND, SPEC};
use crate::connector::testing;
use crate::connector::testing::OWN;
use crate::connector::{Vendor, VendorKind};
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::current::Current;
use crate::model::desired::{Access, Desired, DesiredAccount};
use crate::model::email::same_email;
use crate::model::outcome::Outcome;
use crate::model::plan::VendorPlan;
use crate::model::value::Value;
use crate::plan::guard::Allowed;
use crate::plan::input::Input;
use crate::plan::planner::plan_vendor;
use crate::roster::model::{Setting, Unlisted, VendorSettings};
use crate::run::apply::{Stop, VendorRun, apply};
use crate::sandbox::bitsight::{Behaviour, LocalBitsight};
use crate::sandbox::{HeldAccounts as _, LocalVendor as _, Sandbox, Seed};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

/// What a test starts from; change it, then [`Setup::start`].
struct Setup {
    behaviour: Behaviour,
    settings: VendorSettings,
    accounts: Vec<Account>,
    page_cap: Option<usize>,
}

impl Setup {
    fn new() -> Self {
        let mut ada = user(ADA, "customer_user");
        ada.attributes.insert("group", Some(Value::text("Europe")));
        Self {
            behaviour: Behaviour::default(),
            settings: VendorSettings {
                own_account: None,
                admins: Vec::new(),
                ..testing::settings(&SPEC)
            },
            accounts: vec![user(OWN, "customer_admin"), ada],
            page_cap: None,
        }
    }

    fn with(behaviour: Behaviour) -> Self {
        Self {
            behaviour,
            ..Self::new()
        }
    }

    fn deactivate(mut self, name: &str) -> Self {
        let choice = SPEC.deactivate.iter().find(|it| it.name == name);
        self.settings.deactivate = *choice.unwrap();
        self
    }

    fn holding(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    fn serve(self) -> (Seed, LocalBitsight) {
        let mut seed = testing::seed(self.settings, self.accounts);
        seed.names
            .insert("group", vec!["Asia".into(), "Europe".into()]);
        seed.page_cap = self.page_cap;
        let local = LocalBitsight::new(seed.clone().into(), self.behaviour);
        (seed, local)
    }

    async fn start(self) -> Rig {
        static BITSIGHT: VendorKind = KIND;
        let (seed, local) = self.serve();
        let rig = testing::Rig::serve(&BITSIGHT, seed, Arc::new(local.clone())).await;
        Rig {
            vendor: rig.connect(),
            local,
            rig,
        }
    }
}

/// The connector, its server, and the engine around them.
struct Rig {
    vendor: Box<dyn Vendor>,
    local: LocalBitsight,
    rig: testing::Rig,
}

impl Rig {
    async fn fetch(&self, desired: &Desired<'_>) -> Current {
        self.vendor.fetch(desired).await.unwrap()
    }

    fn sandbox(&self) -> &Sandbox {
        &self.rig.sandbox
    }

    async fn plan(&self, desired: &Desired<'_>) -> VendorPlan {
        let current = self.fetch(desired).await;
        plan_vendor(Input {
            settings: &self.rig.settings,
            desired,
            known: &current.clone().into(),
            only: None,
            allowed: Allowed::default(),
        })
    }

    /// Plans and applies.
    async fn apply(&self, desired: &Desired<'_>) -> Vec<Outcome> {
        let plan = self.plan(desired).await;
        self.carry_out(&plan.actions).await
    }

    async fn carry_out(&self, actions: &[Action]) -> Vec<Outcome> {
        let run = VendorRun {
            vendor: &*self.vendor,
            settings: &self.rig.settings,
            actions,
        };
        apply(vec![run], &self.rig.clock, &Stop::default(), &|_| {}).await
    }

    /// What the server holds for that e-mail.
    fn held(&self, email: &str) -> Account {
        let accounts = self.local.accounts();
        let found = accounts.into_iter().find(|it| same_email(&it.email, email));
        found.unwrap_or_else(|| panic!("no {email}"))
    }

    /// Requests so far, as `METHOD path?query status`.
    fn requests(&self) -> Vec<String> {
        let log = self.sandbox().requests().into_iter();
        log.map(|(request, status)| {
            let mark = if request.query.is_empty() { "" } else { "?" };
            let (method, path) = (request.method, request.path);
            format!("{method} {path}{mark}{} {status}", request.query)
        })
        .collect()
    }

    fn count(&self, start: &str) -> usize {
        let log = self.requests();
        log.iter().filter(|line| line.starts_with(start)).count()
    }
}

/// An active user, in the words of the roster.
fn user(email: &str, role: &str) -> Account {
    let mut account = Account::new(email);
    for (name, value) in [
        ("role", role),
        ("friendly_name", "First"),
        ("formal_name", "First Last"),
    ] {
        account.attributes.insert(name, Some(Value::text(value)));
    }
    account
}

/// What the roster asks: the own account always, and these.
fn desired(people: impl IntoIterator<Item = DesiredAccount>) -> Desired<'static> {
    let mut accounts: Vec<DesiredAccount> = people.into_iter().collect();
    accounts.push(person(OWN, &[("role", Value::text("customer_admin"))]));
    accounts.sort_by(|a, b| a.email.cmp(&b.email));
    Desired::listed("bitsight", accounts)
}

/// A person with access, the names of [`user`] and these attributes.
fn person(email: &str, attributes: &[(&'static str, Value)]) -> DesiredAccount {
    let names = [
        ("friendly_name", Value::text("First")),
        ("formal_name", Value::text("First Last")),
        ("role", Value::text("customer_user")),
    ];
    DesiredAccount {
        email: email.into(),
        previous_emails: Vec::new(),
        id: None,
        access: Access::Granted,
        attributes: names
            .into_iter()
            .chain(attributes.iter().cloned())
            .collect(),
        on_create: crate::model::value::Attributes::new(),
    }
}

fn leaver(email: &str) -> DesiredAccount {
    DesiredAccount {
        access: Access::Left,
        ..person(email, &[])
    }
}
