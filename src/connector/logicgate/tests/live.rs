//! The connector over real HTTP against the local server.

mod creates;
mod reads;
mod switching;
mod totals;
mod updates;

use std::sync::Arc;

use crate::connector::Vendor;
use crate::connector::logicgate::{KIND, SPEC};
use crate::connector::testing;
use crate::connector::testing::Rig;
use crate::model::account::Account;
use crate::model::account::AccountKey;
use crate::model::action::{Action, ActionKind};
use crate::model::desired::Desired;
use crate::model::outcome::Outcome;
use crate::model::value::Value;
use crate::roster::model::VendorSettings;
use crate::run::apply::{Stop, VendorRun, apply};
use crate::sandbox::logicgate::{Behaviour, Server};

static LOGICGATE: crate::connector::VendorKind = KIND;

const ADA: &str = "ada@example.com";

/// Ada, as the vendor holds her in these tests.
fn ada() -> Account {
    testing::account(
        ADA,
        &[
            ("company", Value::text("Example Ltd")),
            ("first", Value::text("Ada")),
            ("last", Value::text("Byron")),
            ("roles", Value::set(["Reader"])),
            ("tier", Value::text("SECONDARY")),
        ],
    )
}

/// The connector's settings with `deactivate: disable`.
fn switchable() -> VendorSettings {
    VendorSettings {
        deactivate: SPEC.deactivate[1],
        ..testing::settings(&SPEC)
    }
}

async fn serve(accounts: Vec<Account>, behaviour: Behaviour) -> (Rig, Arc<Server>) {
    serve_with(switchable(), accounts, behaviour).await
}

async fn serve_with(
    settings: VendorSettings,
    accounts: Vec<Account>,
    behaviour: Behaviour,
) -> (Rig, Arc<Server>) {
    let mut seed = testing::seed(settings, accounts);
    let roles = ["Reader", "Writer", "Administrator"];
    seed.names.insert("roles", roles.map(Box::from).to_vec());
    let server = Arc::new(Server::new(seed.clone().into(), behaviour));
    let rig = Rig::serve(&LOGICGATE, seed, server.clone()).await;
    (rig, server)
}

/// A connector that has read the vendor, as in every run.
async fn ready(rig: &Rig) -> Box<dyn Vendor> {
    let vendor = rig.connect();
    vendor.fetch(&Desired::default()).await.unwrap();
    vendor
}

fn by_email(email: &str) -> AccountKey {
    AccountKey {
        id: None,
        email: email.into(),
        login: None,
    }
}

/// An action on Ada's account, or one that makes it.
fn action(rig: &Rig, kind: ActionKind, changes: &[(&'static str, Value)]) -> Action {
    let held = rig.account(ADA).filter(|_| kind != ActionKind::Create);
    Action {
        email: ADA.into(),
        account_email: held.as_ref().map(|account| account.email.clone()),
        id: held.and_then(|account| account.id),
        ..super::action(kind, changes)
    }
}

/// Does one action as `apply` does: written, verified, settled.
async fn carry_out(rig: &Rig, vendor: &dyn Vendor, action: Action) -> Outcome {
    let run = VendorRun {
        vendor,
        settings: &rig.settings,
        actions: &[action],
    };
    let outcomes = apply(vec![run], &rig.clock, &Stop::default(), &|_| {}).await;
    outcomes.into_iter().next().unwrap()
}

/// The value a server's account has.
fn value(rig: &Rig, attribute: &str) -> Option<Value> {
    let account = rig.account(ADA).unwrap();
    account.attributes.get(attribute).cloned().flatten()
}

/// Reads the vendor and does one action.
async fn change(rig: &Rig, kind: ActionKind, changes: &[(&'static str, Value)]) -> Outcome {
    let vendor = ready(rig).await;
    carry_out(rig, &*vendor, action(rig, kind, changes)).await
}

/// Writes that are no token calls.
fn sent(rig: &Rig, method: &str) -> usize {
    let writes = rig.writes().into_iter();
    writes
        .filter(|it| it.method == method && !it.path.ends_with("/token"))
        .count()
}
