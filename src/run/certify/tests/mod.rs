//! A tenant for tests: a local vendor of each kind that does what its switches say, asked as the commands
//! ask it.

mod announced;
mod answers;
mod killed;
mod private;
mod rows;
mod spared;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use tempfile::TempDir;

use super::*;
use crate::connector::testing::{self, account, settings};
use crate::http::{Backoff, Clock, Permit, Redactor, Transport};
use crate::model::account::{Account, Shield};
use crate::model::certificate::Certificate;
use crate::model::value::Value;
use crate::roster::model::{Setting, VendorSettings};
use crate::run::lock::LockRequest;
use crate::run::locked;
use crate::run::session::asking::certificate;
use crate::run::session::{Options, Session};
use crate::run::watch::{Shield as Guard, Watcher};
use crate::sandbox::{Sandbox, Served, local};
use crate::state::State;

const NOW: Timestamp = Timestamp::constant(1_767_582_000, 0);
const TODAY: Date = Date::constant(2026, 1, 5);
const ACCOUNT: &str = "rosterctl-certify@example.com";

/// Nobody who hears or asks anything.
struct Silence;

impl Guard for Silence {}

#[async_trait(?Send)]
impl Watcher for Silence {
    fn note(&self, _: &str) {}
    fn holds(&self) {}
    fn shield(&self) -> Box<dyn Guard + '_> {
        Box::new(Self)
    }
    fn take_over(&self) {}
    fn asked(&self) -> u32 {
        0
    }
    async fn asks(&self, _: u32) {
        std::future::pending::<()>().await;
    }
}

/// A tenant of every kind.
const KINDS: [&str; 6] = [
    "bitsight",
    "logicgate",
    "snaplogic",
    "surecloud",
    "scim",
    "rest",
];

/// A tenant: a local vendor, and the roster that names it.
struct Tenant {
    sandbox: Arc<Sandbox>,
    roster: Arc<Roster>,
    secrets: BTreeMap<&'static str, String>,
    name: Box<str>,
    folder: TempDir,
}

/// Ids of everybody but those who are made; a token that tells its owner begins with one.
const ADA: &str = "aDa00001";

/// What an account shows.
type Shown = Vec<(&'static str, Value)>;

/// Who is there: somebody with everything, somebody who is off, and a token. Each text that is this
/// tenant's alone has `word` in it.
fn people(kind: &str, word: &str) -> Vec<Account> {
    let named = |text: &str| text.replace("Planted", word);
    let text = |text: &str| Value::text(named(text));
    let flag = Value::Flag(true);
    let set = |items: &[&str]| Value::set(items.iter().map(|it| named(it)));
    let small = word.to_lowercase();
    let email = |local: &str| format!("{small}.{local}@{small}.example");
    let (ada, bob): (Shown, Shown) = match kind {
        "bitsight" => (
            vec![
                ("role", text("customer_user")),
                ("formal_name", text("Planted Ada")),
                ("is_available_for_contact", flag.clone()),
                ("features.fq-access", flag),
            ],
            vec![("role", text("customer_user"))],
        ),
        "logicgate" => (
            vec![
                ("tier", text("PRIMARY")),
                ("first", text("Planted")),
                ("last", text("Ada")),
                ("company", text("Planted Company")),
                ("roles", set(&["Planted Role"])),
            ],
            vec![("first", text("Bob")), ("last", text("Off"))],
        ),
        "snaplogic" => (
            vec![("first_name", text("Planted")), ("last_name", text("Ada"))],
            vec![("first_name", text("Bob")), ("last_name", text("Off"))],
        ),
        "surecloud" => (
            vec![
                ("role", text("CONTRIBUTOR")),
                ("name", text("Planted Ada")),
                ("groups", set(&["//Planted/Group"])),
            ],
            vec![("role", text("CONTRIBUTOR"))],
        ),
        "scim" => (
            vec![
                ("given_name", text("Planted")),
                ("groups", set(&["Planted Group"])),
            ],
            vec![("groups", set(&["Planted Group"]))],
        ),
        _ => (Vec::new(), Vec::new()),
    };
    let mut ada = account(&email("ada"), &ada);
    if kind == "logicgate" {
        ada.id = Some(ADA.into());
    }
    let mut bob = account(&email("bob"), &bob);
    bob.active = kind == "snaplogic";
    let mut all = vec![ada, bob];
    if kind == "bitsight" {
        let mut token = account(&email("token"), &[]);
        token.shield = Some(Shield {
            what: "company API token",
            always: true,
        });
        all.push(token);
    }
    all
}

fn tenant(kind: &str, twists: &[&str], change: impl FnOnce(&mut VendorSettings)) -> Tenant {
    tenant_of("Planted", kind, twists, change)
}

/// The same with that word in all that is the tenant's own.
fn tenant_of(
    word: &str,
    kind: &str,
    twists: &[&str],
    change: impl FnOnce(&mut VendorSettings),
) -> Tenant {
    let small = word.to_lowercase();
    let mut settings = match kind {
        "rest" => {
            let text = include_str!("../../../../connectors/redmine.yaml");
            let subject = testing::described("redmine", text);
            let mut settings = settings(subject.spec);
            let text = subject.described.clone().unwrap();
            settings
                .settings
                .insert("connector", Setting::Description(text));
            settings
        }
        kind => settings(testing::subject(kind).spec),
    };
    if kind == "snaplogic" {
        let organization = Setting::Text(format!("{word}Env").into());
        settings.settings.insert("organization", organization);
    }
    change(&mut settings);
    let mut seed = testing::seed(settings.clone(), people(kind, word));
    if kind == "logicgate" && twists.contains(&"token-tells") {
        use base64::Engine as _;
        let token = base64::engine::general_purpose::STANDARD.encode(format!("{ADA}:secret"));
        settings.auth =
            BTreeMap::from([("token", crate::roster::model::SecretRef::Env("X".into()))]);
        seed.settings = Arc::new(settings.clone());
        seed.secrets = BTreeMap::from([("token", token)]);
    }
    let secrets = seed.secrets.clone();
    let mut seed: rosterctl_sandbox::Seed = seed.into();
    seed.twists = twists
        .iter()
        .map(|it| format!("{kind}:{it}").into())
        .collect();
    let name = settings.name.clone();
    let served = Served {
        name: name.clone(),
        local: Arc::from(local(seed.clone()).unwrap()),
        seed,
    };
    let sandbox = Arc::new(Sandbox::within(vec![served]));
    settings.base_url = sandbox.base_url(&name).into();
    let ada = format!("email: {small}.ada@{small}.example");
    let text = match kind {
        "surecloud" => format!(
            "vendors: {{ surecloud: {{ auth: {{ jwt: {{ env: X }} }} }} }}\n\
             people: [{{ {ada}, accounts: {{ surecloud: {{ role: CONTRIBUTOR, groups: [//{word}/Group] }} }} }}]\n"
        ),
        _ => format!("people: [{{ {ada} }}]\n"),
    };
    let file = crate::roster::RosterFile {
        path: String::from("users.yaml"),
        folder: std::path::PathBuf::new(),
        text,
    };
    let mut roster = crate::roster::parse(vec![file], &crate::connector::specs()).roster;
    roster.vendors = BTreeMap::from([(name.clone(), settings)]);
    Tenant {
        sandbox,
        roster: Arc::new(roster),
        secrets,
        name,
        folder: TempDir::new().unwrap(),
    }
}

impl Tenant {
    fn session(&self, permit: Permit, transport: Transport, only: &WriteScope) -> Session {
        let options = Options {
            permit,
            on: TODAY,
            moment: NOW,
            vendors: Vec::new(),
            backoff: Backoff::default(),
            clock: Clock::dated(NOW),
            transport,
            redactor: Redactor::default(),
            secrets: Some(HashMap::from([(
                self.name.clone(),
                self.secrets
                    .iter()
                    .map(|(key, text)| ((*key).to_owned(), text.clone()))
                    .collect(),
            )])),
            state: State::folder(self.folder.path()),
            written: None,
            only: Some(only.clone()),
        };
        Session::open(&self.roster, &options)
    }

    fn settings(&self) -> &VendorSettings {
        &self.roster.vendors[&self.name]
    }

    fn within(&self) -> Transport {
        Transport::Within(self.sandbox.clone())
    }

    /// What `doctor --probe` writes.
    async fn probe(&self) -> Certificate {
        let session = self.session(Permit::ReadOnly, self.within(), &WriteScope::default());
        let asked = session.ask().await;
        let findings = asked[0].findings.as_ref().unwrap();
        certificate(asked[0].settings, findings, "salt", TODAY)
    }

    /// What `certify` finds, through that transport.
    async fn certify_over(
        &self,
        transport: Transport,
    ) -> Result<(Certificate, Certified), CertifyError> {
        self.certify_stating(transport, &[]).await
    }

    /// The same where a person states something.
    async fn certify_stating(
        &self,
        transport: Transport,
        stated: &[Stated],
    ) -> Result<(Certificate, Certified), CertifyError> {
        let scope = WriteScope::default();
        let session = self.session(Permit::ReadWrite, transport, &scope);
        let request = locked::Request {
            lock: LockRequest {
                without: true,
                ..LockRequest::default()
            },
            ..locked::Request::default()
        };
        let run = LockedRun::begin(&session, &request, &Silence)
            .await
            .unwrap();
        let request = Request {
            vendor: &self.name,
            email: ACCOUNT,
            mark: "7f3a9c01",
            scope: &scope,
            stated,
        };
        let certified = certify(&run, &self.roster, &request, NOW).await?;
        let (settings, _) = session.vendor(&self.name).unwrap();
        let made = certificate(settings, &certified.findings, "salt", TODAY);
        Ok((made, certified))
    }

    async fn certify(&self) -> (Certificate, Certified) {
        self.certify_over(self.within()).await.unwrap()
    }

    fn held(&self) -> Vec<rosterctl_sandbox::Account> {
        self.sandbox.vendor(&self.name).unwrap().local.held()
    }
}

/// The answer to a question, in words.
fn answer(certificate: &Certificate, question: &str) -> String {
    let answered = certificate.answers.get(question);
    answered.map_or_else(|| String::from("open"), |it| it.answer.to_string())
}

/// Everybody but the throw-away accounts, as the vendor holds them.
fn others(tenant: &Tenant) -> Vec<String> {
    let held = tenant.held().into_iter();
    let others = held.filter(|it| !it.email.contains("rosterctl-certify"));
    let mut others: Vec<String> = others.map(|it| format!("{it:?}")).collect();
    others.sort_unstable();
    others
}
