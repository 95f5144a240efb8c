//! Bitsight's quirks and open questions, over real HTTP against the local server. The README's
//! table says which test stands for which.

mod reading;
mod server;
mod writing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::sandbox::{Behaviour, LocalBitsight};
use super::{Bitsight, SPEC};
use crate::apply::{Stop, VendorRun, apply};
use crate::diagnostic::Span;
use crate::http::{Api, ApiConfig, Backoff, Clock, Permit, Redactor, Secret};
use crate::reconcile::account::Account;
use crate::reconcile::current::Current;
use crate::reconcile::desired::{Access, Desired, DesiredAccount};
use crate::reconcile::guard::Allowed;
use crate::reconcile::outcome::Outcome;
use crate::reconcile::plan::VendorPlan;
use crate::reconcile::planner::{Input, plan_vendor};
use crate::reconcile::value::Value;
use crate::roster::model::{Limits, Max, SecretRef, Setting, Unlisted, VendorSettings};
use crate::sandbox::{LocalVendor as _, Sandbox, Seed, Served};
use crate::vendor::{Connect, Vendor as _};

const OWN: &str = "admin@example.com";
const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const TOKEN: &str = "t0ken-of-the-test";

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
            settings: settings(),
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

    async fn start(self) -> Rig {
        let seed = Seed {
            settings: Arc::new(self.settings.clone()),
            accounts: self.accounts,
            names: BTreeMap::from([("group", vec!["Asia".into(), "Europe".into()])]),
            own: OWN.into(),
            secrets: BTreeMap::from([("token", TOKEN.to_owned())]),
            page_cap: self.page_cap,
        };
        let local = LocalBitsight::new(seed.clone(), self.behaviour);
        let served = Served {
            name: "bitsight".into(),
            local: Arc::new(local.clone()),
            seed,
        };
        let sandbox = Sandbox::start(vec![served], ([127, 0, 0, 1], 0).into())
            .await
            .unwrap();
        let clock = Clock::jumping();
        let api = Api::new(ApiConfig {
            vendor: "bitsight".into(),
            base_url: sandbox.base_url("bitsight").into(),
            limits: self.settings.limits,
            permit: Permit::ReadWrite,
            backoff: Backoff::default(),
            clock: clock.clone(),
            redactor: Redactor::new(),
        })
        .unwrap();
        let settings = Arc::new(self.settings);
        let vendor = Bitsight::new(Connect {
            settings: settings.clone(),
            api,
            secrets: BTreeMap::from([("token", Secret::fixed(TOKEN))]),
            record: std::path::PathBuf::new(),
            permit: Permit::ReadWrite,
        })
        .unwrap();
        Rig {
            vendor,
            settings,
            local,
            sandbox,
            clock,
        }
    }
}

/// The connector, its server, and the engine around them.
struct Rig {
    vendor: Bitsight,
    settings: Arc<VendorSettings>,
    local: LocalBitsight,
    sandbox: Sandbox,
    clock: Clock,
}

impl Rig {
    async fn fetch(&self, desired: &Desired) -> Current {
        self.vendor.fetch(desired).await.unwrap()
    }

    async fn plan(&self, desired: &Desired) -> VendorPlan {
        let current = self.fetch(desired).await;
        plan_vendor(Input {
            settings: &self.settings,
            desired,
            current: &current,
            only: None,
            allowed: Allowed::default(),
        })
    }

    /// Plans and applies.
    async fn apply(&self, desired: &Desired) -> Vec<Outcome> {
        let plan = self.plan(desired).await;
        let run = VendorRun {
            vendor: &self.vendor,
            settings: &self.settings,
            actions: &plan.actions,
        };
        apply(vec![run], &self.clock, &Stop::default(), &|_| {}).await
    }

    /// What the server holds for that e-mail.
    fn held(&self, email: &str) -> Account {
        let accounts = self.local.accounts();
        let found = accounts.into_iter().find(|it| it.email_key() == email);
        found.unwrap_or_else(|| panic!("no {email}"))
    }

    /// Requests so far, as `METHOD path?query status`.
    fn requests(&self) -> Vec<String> {
        let log = self.sandbox.requests().into_iter();
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
fn desired(people: impl IntoIterator<Item = DesiredAccount>) -> Desired {
    let mut accounts: Vec<DesiredAccount> = people.into_iter().collect();
    accounts.push(person(OWN, &[("role", Value::text("customer_admin"))]));
    accounts.sort_by(|a, b| a.email.cmp(&b.email));
    Desired {
        vendor: "bitsight".into(),
        accounts,
    }
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
        on_create: crate::reconcile::value::Attributes::new(),
    }
}

fn leaver(email: &str) -> DesiredAccount {
    DesiredAccount {
        access: Access::Left,
        ..person(email, &[])
    }
}

fn settings() -> VendorSettings {
    VendorSettings {
        name: "bitsight".into(),
        span: Span::NOWHERE,
        spec: &SPEC,
        base_url: "http://127.0.0.1".into(),
        auth: BTreeMap::from([("token", SecretRef::Env("UNUSED".into()))]),
        defaults: Vec::new(),
        unlisted: Unlisted::Report,
        protect: Vec::new(),
        limits: Limits {
            per_second: 1000.0,
            burst: 100,
            concurrency: 3,
            timeout: Duration::from_secs(60),
            max_wait: Duration::from_secs(600),
        },
        max: Max::default(),
        deactivate: SPEC.deactivate[0],
        own_account: None,
        record: None,
        settings: BTreeMap::from([("wrap_user", Setting::Flag(false))]),
    }
}
