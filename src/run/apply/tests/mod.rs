//! The engine against a vendor whose every answer is scripted.

mod changes;
mod creates;
mod log;
mod order;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::{Event, Stop, Unlogged, VendorRun, apply, carry_out};
use crate::connector::{Vendor, WriteError, Written, testing};
use crate::http::{Clock, HttpError, Problem};
use crate::model::account::AccountKey;
use crate::model::account::{Account, Shield};
use crate::model::action::{Action, ActionKind, Change};
use crate::model::current::Current;
use crate::model::desired::Desired;
use crate::model::off::Grace;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::spec::{
    AttributeSpec, AuthForm, DeactivateMode, LimitDefaults, SwitchOff, VendorSpec,
};
use crate::model::value::{Key, Value};
use crate::roster::model::VendorSettings;
use crate::state::journal::{Log, LogError};

static SPEC: VendorSpec = VendorSpec {
    kind: "scripted",
    title: "Scripted",
    auth: &[AuthForm {
        secrets: &["token"],
        doc: "",
    }],
    attributes: &[AttributeSpec {
        name: "role",
        ..AttributeSpec::BASE
    }],
    email_change: true,
    deactivate: &[
        SwitchOff::new("status", DeactivateMode::Reversible, ""),
        SwitchOff::new("manual", DeactivateMode::Manual, ""),
        SwitchOff::new("delete", DeactivateMode::Delete, ""),
    ],
    limits: LimitDefaults {
        per_second: 1.0,
        burst: 1,
        concurrency: 1,
        timeout_seconds: 1,
        throttle_seconds: 1,
    },
    read_lag_ms: &[1_000, 2_000],
    ..VendorSpec::BASE
};

/// What one write does and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Takes effect and answers with the account.
    Done,
    /// Takes effect and answers with the account, and with something to be told.
    Noted,
    /// Takes effect and answers without the account.
    DoneSilently,
    /// Answers 2xx and does nothing.
    Ignored,
    /// Takes effect; the answer is lost.
    LostAfter,
    /// Does nothing; the connection breaks.
    LostBefore,
    /// Takes effect; the answer does not come in time.
    LateAfter,
    /// Does nothing yet; the answer does not come in time.
    LateBefore,
    /// Refused with this status.
    Status(u16),
    /// Takes effect; the read behind it is refused.
    DoneThenRefused,
    /// The account is there, without its attributes; what comes behind that is refused.
    HalfThenRefused,
    /// The credentials are refused.
    Unauthorized,
}

#[derive(Default)]
struct State {
    accounts: BTreeMap<String, Account>,
    steps: VecDeque<Step>,
    writes: Vec<ActionKind>,
    created: usize,
    /// Reads that still show nothing of what was written.
    lag: usize,
    reads_fail: bool,
    /// Whose outcome is taken back when all have ended.
    doubted: Option<&'static str>,
}

struct Scripted {
    state: Mutex<State>,
}

impl Scripted {
    fn new(accounts: Vec<Account>, steps: &[Step]) -> Self {
        let state = State {
            accounts: accounts
                .into_iter()
                .map(|account| (account.email_key().to_string(), account))
                .collect(),
            steps: steps.iter().copied().collect(),
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(problem: Problem) -> HttpError {
        HttpError {
            vendor: "scripted".into(),
            call: "write".into(),
            problem,
        }
    }
}

impl State {
    fn carry_out(&mut self, action: &Action) -> Account {
        let key = action.key().email.to_lowercase();
        let mut account = self.accounts.remove(&key).unwrap_or_else(|| {
            self.created += 1;
            Account {
                id: Some(format!("id-{}", self.created).into()),
                ..Account::new(action.email.clone())
            }
        });
        match action.kind {
            ActionKind::Create | ActionKind::Reactivate => account.active = true,
            ActionKind::Deactivate => account.active = false,
            ActionKind::Update | ActionKind::Delete => {}
        }
        for change in &action.changes {
            if change.attribute == "email" {
                account.email = change.after.as_text().unwrap().into();
            } else {
                let value = Some(change.after.clone());
                account.attributes.insert(change.attribute.clone(), value);
            }
        }
        if action.kind != ActionKind::Delete {
            self.accounts
                .insert(account.email_key().to_string(), account.clone());
        }
        account
    }
}

#[async_trait]
impl Vendor for Scripted {
    async fn fetch(&self, _: &Desired<'_>) -> Result<Current, HttpError> {
        Ok(Current::default())
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        let mut state = self.state();
        if state.reads_fail {
            return Err(Self::error(Problem::Lost(String::from("cut"))));
        }
        if state.lag > 0 {
            state.lag -= 1;
            return Ok(None);
        }
        Ok(state.accounts.get(&key.email.to_lowercase()).cloned())
    }

    fn doubts(&self, applied: &[&Outcome]) -> Vec<(usize, String)> {
        let doubted = self.state().doubted;
        let all = applied.iter().enumerate();
        let found = all.filter(|(_, it)| Some(&*it.action.email) == doubted);
        found.map(|(at, _)| (at, "undone".into())).collect()
    }

    async fn write(&self, action: &Action) -> Result<Written, WriteError> {
        let mut state = self.state();
        state.writes.push(action.kind);
        let step = state.steps.pop_front().unwrap_or(Step::Done);
        let effective = matches!(
            step,
            Step::Done
                | Step::Noted
                | Step::DoneSilently
                | Step::LostAfter
                | Step::LateAfter
                | Step::DoneThenRefused
        );
        let mut account = effective.then(|| state.carry_out(action));
        if step == Step::HalfThenRefused {
            let mut half = action.clone();
            for change in &mut half.changes {
                change.after = change.before.clone().unwrap_or(Value::text("nothing yet"));
            }
            account = Some(state.carry_out(&half));
        }
        let lost = || Self::error(Problem::Lost(String::from("cut")));
        let late = || Self::error(Problem::Timeout(Duration::from_secs(60)));
        let refused = |status| {
            Self::error(Problem::Status {
                status,
                message: String::from("no"),
                body: None,
            })
        };
        match step {
            Step::Done => Ok(Written {
                account,
                notes: Vec::new(),
            }),
            Step::Noted => Ok(Written {
                account,
                notes: vec![String::from("the vendor dropped title from the user")],
            }),
            Step::DoneSilently | Step::Ignored => Ok(Written::default()),
            Step::LostAfter | Step::LostBefore => Err(lost().into()),
            Step::LateAfter | Step::LateBefore => Err(late().into()),
            Step::Unauthorized => {
                Err(Self::error(Problem::Unauthorized(crate::http::Advice::default())).into())
            }
            Step::DoneThenRefused | Step::HalfThenRefused => Err(WriteError::Partly(refused(403))),
            Step::Status(status) => Err(refused(status).into()),
        }
    }
}

fn settings() -> VendorSettings {
    let mut settings = testing::settings(&SPEC);
    settings.limits.concurrency = 1;
    settings
}

fn action(kind: ActionKind, email: &str, role: Option<&str>) -> Action {
    Action {
        vendor: "scripted".into(),
        kind,
        email: email.into(),
        account_email: (kind != ActionKind::Create).then(|| email.into()),
        id: None,
        changes: role
            .map(|role| Change {
                attribute: Key::Borrowed("role"),
                before: None,
                after: Value::text(role),
            })
            .into_iter()
            .collect(),
        reason: String::from("because"),
        current: None,
    }
}

fn create(email: &str) -> Action {
    action(ActionKind::Create, email, Some("user"))
}

fn has(email: &str, role: &str) -> Account {
    testing::account(email, &[("role", Value::text(role))])
}

/// Runs actions where the roster asks for removals as the first of them does one.
async fn run(vendor: &Scripted, actions: &[Action]) -> Vec<Outcome> {
    let mut settings = settings();
    if actions
        .first()
        .is_some_and(|it| it.kind == ActionKind::Delete)
    {
        settings.deactivate = SPEC.deactivate[2];
    }
    run_with(vendor, &settings, actions).await
}

async fn run_with(
    vendor: &Scripted,
    settings: &VendorSettings,
    actions: &[Action],
) -> Vec<Outcome> {
    let run = VendorRun {
        vendor,
        settings,
        actions,
    };
    apply(vec![run], &Clock::jumping(), &Stop::default(), &|_| {}).await
}

/// Runs one action and compares verdict, number of writes and the vendor's end state.
async fn check(
    have: Vec<Account>,
    steps: &[Step],
    action: Action,
    verdict: Verdict,
    writes: usize,
) -> (Outcome, Scripted) {
    let vendor = Scripted::new(have, steps);
    let outcomes = run(&vendor, &[action]).await;
    assert_eq!(outcomes.len(), 1);
    let outcome = outcomes[0].clone();
    assert_eq!(outcome.verdict, verdict, "{outcome:?}");
    assert_eq!(vendor.state().writes.len(), writes, "{outcome:?}");
    assert!(vendor.state().created <= 1, "a second account");
    (outcome, vendor)
}
