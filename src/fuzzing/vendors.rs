//! A run against a server that says whatever the bytes say: read, plan, apply, look up.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::parts;
use super::roster::{ROSTER, TODAY, parsed};
use crate::connector::{Connect, Vendor, maker};
use crate::http::{
    Api, ApiConfig, Arriving, Backoff, Broken, Clock, Outgoing, Permit, Redactor, Secret, Secrets,
    Transport, Within,
};
use crate::model::account::AccountKey;
use crate::model::action::ActionKind;
use crate::model::desired::Desired;
use crate::model::outcome::{Outcome, Verdict};
use crate::plan::guard::Allowed;
use crate::plan::input::Input;
use crate::plan::known::Known;
use crate::plan::planner::plan_vendor;
use crate::roster::desired;
use crate::roster::model::{Roster, VendorSettings};
use crate::run::apply::{Stop, Unlogged, VendorRun, carry_out};
use crate::state::State;
use crate::state::record::RecordPlace;
use crate::state::store::testing::Memory;

/// When every run here begins.
const NOW: Timestamp = Timestamp::constant(1_767_582_000, 0);

/// No run here needs so many requests: some people, some groups, some tries of each.
const MOST: usize = 20_000;

/// The account behind the credentials.
pub(super) const OWN: &str = "rig.admin@example.com";

/// Whom nothing may be taken from.
const PROTECTED: &str = "breakglass@example.com";

/// What every secret here begins with.
const SECRET: &str = "fuzzing-secret-";

pub(super) fn bitsight(bytes: &[u8]) {
    against("bitsight", bytes);
}

pub(super) fn logicgate(bytes: &[u8]) {
    against("logicgate", bytes);
}

pub(super) fn scim(bytes: &[u8]) {
    against("scim", bytes);
}

pub(super) fn snaplogic(bytes: &[u8]) {
    against("snaplogic", bytes);
}

pub(super) fn surecloud(bytes: &[u8]) {
    against("surecloud", bytes);
}

/// The first line names the description that ships.
pub(super) fn rest(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (name, answers) = bytes.split_at(end.unwrap_or_default());
    let name = match name {
        b"jupyterhub" => "jupyterhub",
        b"redmine" => "redmine",
        b"synapse" => "synapse",
        _ => "pocketbase",
    };
    against(name, answers.get(1..).unwrap_or_default());
}

/// A vendor that gives these answers gets an outcome for each action, in which nobody is removed who is
/// protected, no more than the roster lets, and no secret is told.
fn against(name: &str, bytes: &[u8]) {
    static VENDORS: LazyLock<Roster> = LazyLock::new(|| parsed(ROSTER).roster);
    live(&VENDORS, name, Arc::new(Script::of(bytes)));
}

/// Lives a run against a server.
///
/// # Panics
/// What it does is not right.
pub(super) fn live(roster: &Roster, name: &str, server: Arc<dyn Within>) -> Vec<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime that only knows time can be built");
    runtime.block_on(run(roster, name, server))
}

async fn run(roster: &Roster, name: &str, server: Arc<dyn Within>) -> Vec<Outcome> {
    let settings = settings(roster, name);
    let wanted = desired(roster, name, TODAY);
    let clock = Clock::dated(NOW);
    let vendor = connect(&settings, &clock, server);
    let current = match vendor.fetch(&wanted).await {
        Ok(current) => current,
        Err(error) => {
            assert!(!error.to_string().contains(SECRET), "{error}");
            look_up(&*vendor, &wanted).await;
            return Vec::new();
        }
    };
    let known = Known::from(current);
    let plan = || {
        plan_vendor(Input {
            settings: &settings,
            desired: &wanted,
            known: &known,
            only: None,
            allowed: Allowed::default(),
        })
    };
    let planned = plan();
    assert!(planned == plan(), "a plan depends on more than its input");
    let removals = planned.actions.iter().filter(|it| removes(it.kind));
    for action in removals {
        let emails = [Some(&action.email), action.account_email.as_ref()];
        let spared = emails.into_iter().flatten().find(|it| is_spared(it));
        assert_eq!(spared, None, "{action:?}");
    }
    let work = VendorRun {
        vendor: &*vendor,
        settings: &settings,
        actions: &planned.actions,
    };
    let outcomes = carry_out(vec![work], &clock, &Stop::default(), &Unlogged, &|_| {}).await;
    assert_eq!(outcomes.len(), planned.actions.len());
    for outcome in &outcomes {
        assert!(!outcome.message.contains(SECRET), "{}", outcome.message);
        let said = outcome.verdict == Verdict::Applied || !outcome.message.is_empty();
        assert!(said, "{outcome:?} says nothing");
    }
    look_up(&*vendor, &wanted).await;
    outcomes
}

/// Asks for each person alone.
async fn look_up(vendor: &dyn Vendor, wanted: &Desired<'_>) {
    for person in wanted.accounts() {
        let key = AccountKey {
            id: person.id.clone(),
            email: person.email.clone(),
            login: None,
        };
        let (found, seen) = (vendor.find(&key).await, vendor.look_up(&key).await);
        let errors = [found.err(), seen.err()];
        for error in errors.iter().flatten() {
            assert!(!error.to_string().contains(SECRET), "{error}");
        }
    }
}

fn removes(kind: ActionKind) -> bool {
    matches!(kind, ActionKind::Deactivate | ActionKind::Delete)
}

fn is_spared(email: &str) -> bool {
    [OWN, PROTECTED]
        .iter()
        .any(|it| email.eq_ignore_ascii_case(it))
}

/// The settings of a vendor, at the address that a local server of that name believes to have.
pub(super) fn settings(roster: &Roster, name: &str) -> Arc<VendorSettings> {
    let mut settings = roster.vendors[name].clone();
    settings.base_url = format!("http://127.0.0.1:0/{name}").into();
    settings.limits.per_second = 1_000.0;
    settings.limits.max_wait = Duration::from_secs(600);
    Arc::new(settings)
}

/// The text of a secret.
pub(super) fn secret(key: &str) -> String {
    match key {
        "email" => OWN.to_owned(),
        key => format!("{SECRET}{key}"),
    }
}

fn connect(
    settings: &Arc<VendorSettings>,
    clock: &Clock,
    server: Arc<dyn Within>,
) -> Box<dyn Vendor> {
    let redactor = Redactor::default();
    let api = Api::new(ApiConfig {
        vendor: settings.name.clone(),
        base_url: settings.base_url.clone(),
        limits: settings.limits,
        permit: Permit::ReadWrite,
        backoff: Backoff {
            seed: Some(1),
            ..Backoff::default()
        },
        clock: clock.clone(),
        transport: Transport::Within(server),
        redactor,
    })
    .expect("an address on loopback is one");
    let secrets = settings.auth.keys();
    let secrets = secrets.map(|key| (*key, Secret::fixed(secret(key))));
    let make = maker(settings.spec.kind).expect("the roster names known kinds");
    let record = State::new(Arc::new(Memory::default()));
    make(Connect {
        settings: settings.clone(),
        api,
        secrets: secrets.collect::<Secrets>(),
        record: RecordPlace::State(record, settings.name.clone()),
        permit: Permit::ReadWrite,
    })
    .expect("the settings are whole")
}

/// A server that gives the same answers to whoever asks, one after the other, and then again.
struct Script {
    answers: Mutex<VecDeque<Said>>,
    asked: AtomicUsize,
}

/// One answer.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Script {
    /// Each part of the bytes is an answer: its status, lines of headers, an empty line, the body.
    fn of(bytes: &[u8]) -> Self {
        let answers = parts(bytes).map(|(head, rest)| Said::read(&head, rest));
        Self {
            answers: Mutex::new(answers.collect()),
            asked: AtomicUsize::new(0),
        }
    }
}

impl Said {
    fn read(head: &str, rest: &[u8]) -> Self {
        let status = head
            .trim()
            .parse()
            .ok()
            .filter(|it| (100..600).contains(it));
        let mut headers = HeaderMap::new();
        let mut body = rest;
        while let Some(end) = body.iter().position(|byte| *byte == b'\n') {
            let line = &body[..end];
            body = &body[end + 1..];
            let Some(at) = line.iter().position(|byte| *byte == b':') else {
                break;
            };
            let name = HeaderName::from_bytes(&line[..at]);
            let value = HeaderValue::from_bytes(line[at + 1..].trim_ascii());
            if let (Ok(name), Ok(value)) = (name, value) {
                headers.append(name, value);
            }
        }
        Self {
            status: status.unwrap_or(200),
            headers,
            body: body.to_vec(),
        }
    }

    /// As a part of an input.
    #[cfg(test)]
    pub(super) fn write(&self) -> Vec<u8> {
        let mut text = format!("{}\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            text.extend_from_slice(name.as_str().as_bytes());
            text.extend_from_slice(b": ");
            text.extend_from_slice(value.as_bytes());
            text.push(b'\n');
        }
        text.push(b'\n');
        text.extend_from_slice(&self.body);
        text
    }
}

#[async_trait]
impl Within for Script {
    async fn send(&self, _: Outgoing) -> Result<Arriving, Broken> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        assert!(asked < MOST, "a run does not end");
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(said) = answers.pop_front() else {
            return Err(Broken::Unreachable(String::from("nobody is there")));
        };
        answers.push_back(said.clone());
        let half = said.body.len() / 2;
        let pieces = [said.body[..half].to_vec(), said.body[half..].to_vec()];
        Ok(Arriving {
            status: said.status,
            headers: said.headers,
            body: Box::pin(stream::iter(pieces.into_iter().map(Ok))),
        })
    }
}
