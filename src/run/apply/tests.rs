//! The engine against a vendor whose every answer is scripted.

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

#[tokio::test]
async fn a_create_that_answers_is_applied_with_its_id() {
    let (outcome, _) = check(
        vec![],
        &[Step::Done],
        create("a@x.com"),
        Verdict::Applied,
        1,
    )
    .await;
    assert_eq!(outcome.id.as_deref(), Some("id-1"));
}

#[tokio::test]
async fn a_create_without_an_answer_body_is_read_back() {
    let steps = [Step::DoneSilently];
    check(vec![], &steps, create("a@x.com"), Verdict::Applied, 1).await;
}

#[tokio::test]
async fn a_create_that_did_nothing_is_unverified_after_the_lag() {
    let (outcome, _) = check(
        vec![],
        &[Step::Ignored],
        create("a@x.com"),
        Verdict::Unverified,
        1,
    )
    .await;
    assert!(outcome.message.contains("no such account"), "{outcome:?}");
}

#[tokio::test]
async fn a_read_that_lags_is_read_again_within_the_bound() {
    let vendor = Scripted::new(vec![], &[Step::DoneSilently]);
    vendor.state().lag = 2;
    let outcomes = run(&vendor, &[create("a@x.com")]).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied);
    assert_eq!(outcomes[0].seconds, 3.0, "both waits of the spec");
}

#[tokio::test]
async fn a_lost_create_is_found_and_not_sent_again() {
    let steps = [Step::LostAfter];
    let (outcome, _) = check(vec![], &steps, create("a@x.com"), Verdict::Applied, 1).await;
    assert_eq!(outcome.id.as_deref(), Some("id-1"));
}

#[tokio::test]
async fn a_lost_create_that_is_not_there_is_sent_again() {
    let steps = [Step::LostBefore, Step::LostBefore, Step::Done];
    check(vec![], &steps, create("a@x.com"), Verdict::Applied, 3).await;
}

#[tokio::test]
async fn a_create_that_keeps_getting_lost_is_unverified() {
    let steps = [Step::LostBefore; 9];
    check(vec![], &steps, create("a@x.com"), Verdict::Unverified, 3).await;
}

#[tokio::test]
async fn a_late_create_that_is_found_is_applied() {
    check(
        vec![],
        &[Step::LateAfter],
        create("a@x.com"),
        Verdict::Applied,
        1,
    )
    .await;
}

#[tokio::test]
async fn a_late_create_that_is_not_found_is_left_to_the_next_run() {
    let steps = [Step::LateBefore, Step::Done];
    let (outcome, _) = check(vec![], &steps, create("a@x.com"), Verdict::Unverified, 1).await;
    assert!(outcome.message.contains("next run"), "{outcome:?}");
}

#[tokio::test]
async fn a_create_that_meets_the_account_brings_it_in_line() {
    for status in [400, 409, 422] {
        let steps = [Step::Status(status), Step::Done];
        let have = vec![has("A@x.com", "old")];
        let (_, vendor) = check(have, &steps, create("a@x.com"), Verdict::Applied, 2).await;
        assert_eq!(
            vendor.state().writes,
            [ActionKind::Create, ActionKind::Update]
        );
        assert_eq!(vendor.state().accounts["a@x.com"], {
            let mut account = has("A@x.com", "user");
            account.active = true;
            account
        });
    }
}

#[tokio::test]
async fn a_create_whose_address_is_taken_is_looked_for_until_reads_show_it() {
    let vendor = Scripted::new(
        vec![has("a@x.com", "old")],
        &[Step::Status(409), Step::Done],
    );
    vendor.state().lag = 2;
    let outcomes = run(&vendor, &[create("a@x.com")]).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied, "{outcomes:?}");
    let account = vendor.state().accounts["a@x.com"].clone();
    assert_eq!(
        account.attributes.get("role"),
        Some(&Some(Value::text("user")))
    );
}

#[tokio::test]
async fn a_create_that_meets_a_switched_off_account_reactivates_it() {
    let mut off = has("a@x.com", "user");
    off.active = false;
    let steps = [Step::Status(409), Step::Done];
    let (_, vendor) = check(vec![off], &steps, create("a@x.com"), Verdict::Applied, 2).await;
    assert_eq!(vendor.state().writes[1], ActionKind::Reactivate);
    assert!(vendor.state().accounts["a@x.com"].active);
}

#[tokio::test]
async fn a_read_that_does_not_say_who_is_on_proves_no_reactivation() {
    let mut off = has("a@x.com", "user");
    off.active = false;
    off.unseen = true;
    let steps = [Step::Status(409), Step::Done];
    let (report, vendor) =
        check(vec![off], &steps, create("a@x.com"), Verdict::Unverified, 2).await;
    assert_eq!(vendor.state().writes[1], ActionKind::Reactivate);
    let message = format!("{report:?}");
    assert!(message.contains("does not say that it is on"), "{message}");
}

#[tokio::test]
async fn a_read_that_does_not_show_an_attribute_proves_no_update() {
    let outline = || vec![Account::new("a@x.com")];
    let update = || Action {
        kind: ActionKind::Update,
        account_email: Some("a@x.com".into()),
        ..create("a@x.com")
    };
    let steps = [Step::LostBefore; 3];
    check(outline(), &steps, update(), Verdict::Unverified, 3).await;
    let steps = [Step::LostBefore, Step::Done];
    check(outline(), &steps, update(), Verdict::Applied, 2).await;
    // Accepted and not stored looks the same.
    check(
        outline(),
        &[Step::Ignored],
        update(),
        Verdict::Unverified,
        1,
    )
    .await;
}

#[tokio::test]
async fn a_create_never_touches_accounts_that_are_not_to_be_touched() {
    let mut owned = has("a@x.com", "old");
    owned.managed_by = Some("the identity provider".into());
    let mut token = has("a@x.com", "old");
    token.shield = Some(Shield {
        what: "API token",
        always: true,
    });
    for account in [owned, token] {
        let steps = [Step::Status(409)];
        let have = vec![account.clone()];
        let (_, vendor) = check(have, &steps, create("a@x.com"), Verdict::Skipped, 1).await;
        assert_eq!(vendor.state().accounts["a@x.com"], account);
    }
}

#[tokio::test]
async fn a_create_that_is_refused_and_not_there_failed() {
    let (outcome, _) = check(
        vec![],
        &[Step::Status(422)],
        create("a@x.com"),
        Verdict::Failed,
        1,
    )
    .await;
    assert_eq!(outcome.status, Some(422));
    let (outcome, _) = check(
        vec![],
        &[Step::Status(403)],
        create("a@x.com"),
        Verdict::Failed,
        1,
    )
    .await;
    assert_eq!(outcome.status, Some(403));
}

#[tokio::test]
async fn a_lost_update_is_read_back_and_sent_again_only_when_it_is_not_there() {
    let update = || action(ActionKind::Update, "a@x.com", Some("new"));
    let have = || vec![has("a@x.com", "old")];
    check(have(), &[Step::LostAfter], update(), Verdict::Applied, 1).await;
    let steps = [Step::LostBefore, Step::Done];
    check(have(), &steps, update(), Verdict::Applied, 2).await;
    check(
        have(),
        &[Step::LateBefore],
        update(),
        Verdict::Unverified,
        1,
    )
    .await;
    check(have(), &[Step::Ignored], update(), Verdict::Unverified, 1).await;
    check(
        have(),
        &[Step::Status(500), Step::Done],
        update(),
        Verdict::Applied,
        2,
    )
    .await;
}

#[tokio::test]
async fn removals_are_proved_by_a_fresh_read() {
    let off = || action(ActionKind::Deactivate, "a@x.com", None);
    let have = || vec![has("a@x.com", "user")];
    check(have(), &[Step::DoneSilently], off(), Verdict::Applied, 1).await;
    check(have(), &[Step::Ignored], off(), Verdict::Unverified, 1).await;
    check(have(), &[Step::LostAfter], off(), Verdict::Applied, 1).await;
    let delete = || action(ActionKind::Delete, "a@x.com", None);
    check(have(), &[Step::DoneSilently], delete(), Verdict::Applied, 1).await;
    check(have(), &[Step::Ignored], delete(), Verdict::Unverified, 1).await;
}

#[tokio::test]
async fn a_rename_is_found_under_its_new_address() {
    let mut rename = action(ActionKind::Update, "new@x.com", None);
    rename.account_email = Some("old@x.com".into());
    rename.changes = vec![Change {
        attribute: Key::Borrowed("email"),
        before: Some(Value::text("old@x.com")),
        after: Value::text("new@x.com"),
    }];
    let have = vec![has("old@x.com", "user")];
    check(have, &[Step::LostAfter], rename, Verdict::Applied, 1).await;
}

#[tokio::test]
async fn a_write_whose_look_fails_is_unverified() {
    let vendor = Scripted::new(vec![], &[Step::LostAfter]);
    vendor.state().reads_fail = true;
    let outcomes = run(&vendor, &[create("a@x.com")]).await;
    assert_eq!(outcomes[0].verdict, Verdict::Unverified);
}

#[tokio::test]
async fn a_failure_does_not_stop_the_others_and_refused_credentials_do() {
    let actions = [
        create("a@x.com"),
        create("b@x.com"),
        create("c@x.com"),
        create("d@x.com"),
    ];
    let steps = [Step::Status(403), Step::Done, Step::Unauthorized];
    let vendor = Scripted::new(vec![], &steps);
    let outcomes = run(&vendor, &actions).await;
    let verdicts: Vec<Verdict> = outcomes.iter().map(|it| it.verdict).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::Failed,
            Verdict::Applied,
            Verdict::Failed,
            Verdict::Skipped
        ]
    );
    assert!(outcomes[3].message.contains("401"), "{:?}", outcomes[3]);
    assert_eq!(vendor.state().writes.len(), 3);
}

#[tokio::test]
async fn a_stop_lets_running_actions_end_and_starts_no_new_ones() {
    let actions = [create("a@x.com"), create("b@x.com")];
    let vendor = Scripted::new(vec![], &[]);
    let settings = settings();
    let run = VendorRun {
        vendor: &vendor,
        settings: &settings,
        actions: &actions,
    };
    let stop = Stop::default();
    let ask = |event: Event<'_>| {
        if let Event::Started(_) = event {
            stop.ask();
        }
    };
    let outcomes = apply(vec![run], &Clock::jumping(), &stop, &ask).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied);
    assert_eq!(outcomes[1].verdict, Verdict::Skipped);
}

#[tokio::test]
async fn a_switched_off_account_stays_off_where_that_is_manual() {
    let mut off = has("a@x.com", "user");
    off.active = false;
    let vendor = Scripted::new(vec![off], &[Step::Status(409)]);
    let mut settings = settings();
    settings.deactivate = SPEC.deactivate[1];
    let outcomes = run_with(&vendor, &settings, &[create("a@x.com")]).await;
    assert_eq!(outcomes[0].verdict, Verdict::Skipped);
    assert!(outcomes[0].message.contains("by hand"), "{:?}", outcomes[0]);
    assert!(!vendor.state().accounts["a@x.com"].active);
}

#[tokio::test]
async fn what_the_roster_leaves_to_a_person_is_not_sent() {
    use ActionKind::{Deactivate, Delete, Reactivate, Update};
    let modes: [(usize, Option<u16>, &[ActionKind]); 4] = [
        (0, None, &[Update, Deactivate, Reactivate]),
        (1, None, &[Update]),
        (2, None, &[Update, Reactivate, Delete]),
        (0, Some(30), &[Update, Deactivate, Reactivate, Delete]),
    ];
    for (mode, grace, may) in modes {
        for kind in [Update, Deactivate, Reactivate, Delete] {
            let mut account = has("a@x.com", "user");
            account.active = kind == Deactivate || (kind == Delete && grace.is_none());
            let vendor = Scripted::new(vec![account], &[Step::DoneSilently]);
            let mut settings = settings();
            settings.deactivate = SPEC.deactivate[mode];
            settings.delete_after = grace.map(Grace);
            let outcomes = run_with(&vendor, &settings, &[action(kind, "a@x.com", None)]).await;
            let sent = vendor.state().writes.len();
            assert_eq!(
                sent,
                usize::from(may.contains(&kind)),
                "{kind:?} {outcomes:?}"
            );
            if sent == 0 {
                assert_eq!(outcomes[0].verdict, Verdict::Skipped);
            }
        }
    }
}

#[tokio::test]
async fn a_removal_is_left_out_when_its_account_has_changed_since_the_plan() {
    for kind in [ActionKind::Deactivate, ActionKind::Delete] {
        let off = || action(kind, "a@x.com", None);
        let (outcome, _) = check(vec![], &[], off(), Verdict::Applied, 0).await;
        assert_eq!(outcome.message, "the account was gone already");
        let mut managed = has("a@x.com", "user");
        managed.managed_by = Some("Okta".into());
        let (outcome, _) = check(vec![managed], &[], off(), Verdict::Skipped, 0).await;
        assert_eq!(
            outcome.message,
            "not tried: the account is managed by Okta now"
        );
        let mut idle = has("a@x.com", "user");
        idle.active = false;
        let verdict = match kind {
            ActionKind::Delete => Verdict::Skipped,
            _ => Verdict::Applied,
        };
        check(vec![idle], &[], off(), verdict, 0).await;
    }
}

#[tokio::test]
async fn a_removal_whose_account_cannot_be_read_again_is_not_sent() {
    let vendor = Scripted::new(vec![has("a@x.com", "user")], &[]);
    vendor.state().reads_fail = true;
    let outcomes = run(&vendor, &[action(ActionKind::Deactivate, "a@x.com", None)]).await;
    assert_eq!(outcomes[0].verdict, Verdict::Failed);
    assert!(
        outcomes[0].message.starts_with("not tried: "),
        "{outcomes:?}"
    );
    assert_eq!(vendor.state().writes, []);
}

#[tokio::test]
async fn leavers_do_not_wait_behind_thousands_of_creates() {
    let leavers: Vec<String> = (0..20)
        .map(|number| format!("l{number:04}@x.com"))
        .collect();
    let mut actions: Vec<Action> = leavers
        .iter()
        .map(|email| action(ActionKind::Deactivate, email, None))
        .collect();
    actions.extend((0..3_000).map(|number| create(&format!("c{number:04}@x.com"))));
    let vendor = Scripted::new(leavers.iter().map(|it| has(it, "user")).collect(), &[]);
    let mut settings = settings();
    settings.limits.concurrency = 8;
    let outcomes = run_with(&vendor, &settings, &actions).await;
    assert!(outcomes.iter().all(|it| it.verdict == Verdict::Applied));
    let told: Vec<&Action> = outcomes.iter().map(|it| &it.action).collect();
    assert_eq!(told, actions.iter().collect::<Vec<_>>());
    let writes = &vendor.state().writes;
    assert_eq!(writes.len(), 3_020);
    assert!(
        writes[..20]
            .iter()
            .all(|kind| *kind == ActionKind::Deactivate)
    );
}

#[tokio::test]
async fn a_create_that_went_through_in_part_is_looked_up_and_brought_in_line() {
    let steps = [Step::HalfThenRefused, Step::Done];
    let (outcome, vendor) = check(vec![], &steps, create("a@x.com"), Verdict::Applied, 2).await;
    assert!(outcome.message.contains("brought in line"), "{outcome:?}");
    let writes = vendor.state().writes.clone();
    assert_eq!(writes, [ActionKind::Create, ActionKind::Update]);
    // The rest is refused again: the report says that the account is there.
    let steps = [Step::HalfThenRefused, Step::Status(403)];
    let (outcome, _) = check(vec![], &steps, create("a@x.com"), Verdict::Failed, 2).await;
    assert!(outcome.message.contains("is there"), "{outcome:?}");
    assert_eq!(outcome.status, Some(403));
    assert_eq!(outcome.id.as_deref(), Some("id-1"));
}

#[tokio::test]
async fn a_change_that_went_through_before_its_proof_failed_is_applied() {
    let update = || action(ActionKind::Update, "a@x.com", Some("new"));
    let have = || vec![has("a@x.com", "old")];
    check(
        have(),
        &[Step::DoneThenRefused],
        update(),
        Verdict::Applied,
        1,
    )
    .await;
    let steps = [Step::HalfThenRefused];
    let (outcome, _) = check(have(), &steps, update(), Verdict::Failed, 1).await;
    assert!(outcome.message.starts_with("done in part"), "{outcome:?}");
}
/// A log that takes so many events and then no more.
struct Full(std::sync::atomic::AtomicUsize);

impl Full {
    fn take(&self) -> Result<(), LogError> {
        use std::sync::atomic::Ordering;
        let left = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1));
        left.map(drop)
            .map_err(|_| LogError(String::from("the journal cannot be written: no room")))
    }
}

#[async_trait]
impl Log for Full {
    async fn intended(&self, _: u32, _: &Action) -> Result<(), LogError> {
        self.take()
    }

    async fn sent(&self, _: u32) -> Result<(), LogError> {
        self.take()
    }

    fn begun(&self, _: u32) -> Result<(), LogError> {
        Ok(())
    }

    async fn ended(&self, _: u32, _: &Outcome) -> Result<(), LogError> {
        self.take()
    }
}

#[tokio::test]
async fn no_write_goes_out_that_is_not_on_record() {
    let actions = [create("a@x.com"), create("b@x.com"), create("c@x.com")];
    for room in 0..9 {
        let vendor = Scripted::new(vec![], &[]);
        let settings = settings();
        let runs = vec![VendorRun {
            vendor: &vendor,
            settings: &settings,
            actions: &actions,
        }];
        let log = Full(room.into());
        let (clock, stop) = (Clock::jumping(), Stop::default());
        let outcomes = carry_out(runs, &clock, &stop, &log, &|_| {}).await;
        // Three events for each action; the second one is what a write waits for.
        let written = (room + 1) / 3;
        assert_eq!(vendor.state().writes.len(), written, "room for {room}");
        for (at, outcome) in outcomes.iter().enumerate() {
            let verdict = if at < written {
                Verdict::Applied
            } else {
                assert!(outcome.message.contains("no room"), "{outcome:?}");
                Verdict::Skipped
            };
            assert_eq!(outcome.verdict, verdict, "{outcome:?}");
        }
        assert!(stop.asked());
    }
}

#[tokio::test]
async fn past_the_deadline_running_actions_end_and_no_new_ones_start() {
    let actions = [create("a@x.com"), create("b@x.com")];
    // The first one takes its time: its account shows up after both waits.
    let vendor = Scripted::new(vec![], &[Step::DoneSilently]);
    vendor.state().lag = 2;
    let settings = settings();
    let runs = vec![VendorRun {
        vendor: &vendor,
        settings: &settings,
        actions: &actions,
    }];
    let clock = Clock::jumping();
    let stop = Stop::at(Some(clock.now() + Duration::from_secs(2)));
    let outcomes = carry_out(runs, &clock, &stop, &Unlogged, &|_| {}).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied);
    assert_eq!(outcomes[1].verdict, Verdict::Skipped);
    assert!(
        outcomes[1].message.contains("deadline"),
        "{:?}",
        outcomes[1]
    );
}

/// A log of what actions came to.
#[derive(Default)]
struct Ends(Mutex<Vec<(u32, Verdict)>>);

#[async_trait]
impl Log for Ends {
    async fn intended(&self, _: u32, _: &Action) -> Result<(), LogError> {
        Ok(())
    }

    async fn sent(&self, _: u32) -> Result<(), LogError> {
        Ok(())
    }

    fn begun(&self, _: u32) -> Result<(), LogError> {
        Ok(())
    }

    async fn ended(&self, number: u32, outcome: &Outcome) -> Result<(), LogError> {
        self.0.lock().unwrap().push((number, outcome.verdict));
        Ok(())
    }
}

#[tokio::test]
async fn what_a_later_action_undid_is_not_applied_and_the_record_says_so() {
    let vendor = Scripted::new(vec![], &[Step::Status(403)]);
    vendor.state().doubted = Some("b@x.com");
    let actions = [create("a@x.com"), create("b@x.com"), create("c@x.com")];
    let settings = settings();
    let runs = vec![VendorRun {
        vendor: &vendor,
        settings: &settings,
        actions: &actions,
    }];
    let (log, revised) = (Ends::default(), Mutex::new(Vec::new()));
    let tell = |event: Event<'_>| {
        if let Event::Revised(outcome) = event {
            revised.lock().unwrap().push(outcome.action.email.clone());
        }
    };
    let outcomes = carry_out(runs, &Clock::jumping(), &Stop::default(), &log, &tell).await;
    let verdicts: Vec<Verdict> = outcomes.iter().map(|it| it.verdict).collect();
    use Verdict::{Applied, Failed, Unverified};
    assert_eq!(verdicts, [Failed, Unverified, Applied]);
    assert_eq!(outcomes[1].message, "undone");
    assert_eq!(*revised.lock().unwrap(), ["b@x.com".into()]);
    let ends = log.0.lock().unwrap();
    assert_eq!(*ends.last().unwrap(), (2, Unverified), "{ends:?}");
    assert!(ends.contains(&(2, Applied)), "{ends:?}");
}
