use async_trait::async_trait;

use super::*;
use crate::connector::{Vendor, WriteError, Written, testing};
use crate::http::{Clock, HttpError, Problem};
use crate::model::account::Account;
use crate::model::account::AccountKey;
use crate::model::action::Change;
use crate::model::current::Current;
use crate::model::desired::Desired;
use crate::model::value::Key;
use crate::run::apply::{Stop, VendorRun, apply};

use ActionKind::{Create, Deactivate, Delete, Reactivate, Update};

const FULL: &str = "no seat is left for {}";

fn action(vendor: &str, kind: ActionKind, number: usize) -> Action {
    Action {
        vendor: vendor.into(),
        kind,
        email: format!("person{number}@example.com").into(),
        account_email: (kind != Create).then(|| format!("person{number}@example.com").into()),
        id: (kind != Create).then(|| format!("id-{number}").into()),
        changes: vec![change("title", Some("Engineer"), "Lead")],
        reason: String::new(),
        current: None,
    }
}

fn change(name: &'static str, before: Option<&str>, after: &str) -> Change {
    Change {
        attribute: Key::Borrowed(name),
        before: before.map(|it| Some(Value::text(it))).unwrap_or_default(),
        after: Value::text(after),
    }
}

/// What is told of one action: its words with `{}` for who it is, or nothing when it was taken.
type Told = (ActionKind, Option<(u16, &'static str)>);

fn noted(told: &[Told]) -> Repeats {
    let repeats = Repeats::new(true);
    for (number, (kind, refused)) in told.iter().enumerate() {
        let action = action("v", *kind, number);
        let outcome = Outcome {
            id: action.id.clone(),
            verdict: match refused {
                Some(_) => Verdict::Failed,
                None => Verdict::Applied,
            },
            status: refused.map(|(status, _)| status),
            message: refused.map_or_else(String::new, |(status, words)| {
                format!("HTTP {status}: {}", words.replace("{}", &action.email))
            }),
            seconds: 0.0,
            action,
        };
        repeats.note(&outcome, refused.is_some(), Some(u64::MAX));
    }
    repeats
}

#[test]
fn three_in_a_row_of_a_kind_for_one_reason_end_it() {
    let full = Some((400, FULL));
    let table: [(&str, Vec<Told>, bool); 9] = [
        ("two", vec![(Create, full); 2], false),
        ("three, names aside", vec![(Create, full); 3], true),
        (
            "ids aside",
            vec![
                (Create, Some((400, "request 4f00-1 of {} was refused"))),
                (Create, Some((400, "request 4f00-2 of {} was refused"))),
                (Create, Some((400, "request 77-31 of {} was refused"))),
            ],
            true,
        ),
        (
            "other words between",
            vec![
                (Create, full),
                (Create, full),
                (Create, Some((400, "the title is too long"))),
                (Create, full),
            ],
            false,
        ),
        (
            "another status between",
            vec![(Create, full), (Create, full), (Create, Some((403, FULL)))],
            false,
        ),
        (
            "a success between",
            vec![
                (Create, full),
                (Create, full),
                (Create, None),
                (Create, full),
                (Create, full),
            ],
            false,
        ),
        (
            "another kind between",
            vec![
                (Create, full),
                (Update, None),
                (Create, full),
                (Reactivate, None),
                (Create, full),
            ],
            true,
        ),
        ("another kind", vec![(Update, full); 3], false),
        ("removals", vec![(Deactivate, full); 3], false),
    ];
    for (name, told, over) in table {
        let repeats = noted(&told);
        let reason = repeats.over(&action("v", Create, 77));
        assert_eq!(reason.is_some(), over, "{name}: {reason:?}");
        if let Some(reason) = reason {
            assert!(
                reason.contains("3 creates in a row were refused"),
                "{reason}"
            );
        }
    }
}

#[test]
fn what_takes_access_away_and_what_is_another_change_is_sent() {
    let refused = Some((400, "no"));
    for kind in [Deactivate, Delete] {
        let repeats = noted(&vec![(kind, refused); 9]);
        assert_eq!(repeats.over(&action("v", kind, 77)), None);
    }
    let repeats = noted(&[(Update, refused); 3]);
    let mut update = action("v", Update, 77);
    assert!(repeats.over(&update).is_some());
    update.changes.push(change("locale", None, "en-GB"));
    assert_eq!(repeats.over(&update), None, "it changes something else");
    let mut leaves = action("v", Update, 77);
    leaves.changes = vec![Change {
        attribute: Key::Borrowed("groups"),
        before: Some(Value::set(["A", "B"])),
        after: Value::set(["A"]),
    }];
    assert_eq!(repeats.over(&leaves), None);
}

/// A vendor that refuses whatever `refuses` says, a while after it was asked.
struct Refusing {
    refuses: fn(&Action, usize) -> bool,
    sent: Mutex<Vec<(ActionKind, Box<str>)>>,
}

impl Refusing {
    fn new(refuses: fn(&Action, usize) -> bool) -> Self {
        Self {
            refuses,
            sent: Mutex::default(),
        }
    }

    fn sent(&self) -> MutexGuard<'_, Vec<(ActionKind, Box<str>)>> {
        self.sent.lock().unwrap()
    }
}

#[async_trait]
impl Vendor for Refusing {
    async fn fetch(&self, _: &Desired<'_>) -> Result<Current, HttpError> {
        Ok(Current::default())
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        // Only who is to be removed is there.
        let removed = key.id.is_some();
        Ok(removed.then(|| Account {
            id: key.id.clone(),
            ..Account::new(key.email.clone())
        }))
    }

    async fn write(&self, action: &Action) -> Result<Written, WriteError> {
        let before = {
            let mut sent = self.sent();
            sent.push((action.kind, action.email.clone()));
            sent.len() - 1
        };
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        if (self.refuses)(action, before) {
            return Err(WriteError::Http(HttpError {
                vendor: action.vendor.clone(),
                call: "write".into(),
                problem: Problem::Status {
                    status: 403,
                    message: FULL.replace("{}", &action.email),
                    body: None,
                },
            }));
        }
        let mut account = Account {
            id: Some("new".into()),
            ..Account::new(action.email.clone())
        };
        account
            .attributes
            .insert("title", Some(Value::text("Lead")));
        account.active = !action.kind.removes();
        Ok(Written {
            account: Some(account),
            notes: Vec::new(),
        })
    }
}

async fn run(vendors: &[(&Refusing, Vec<Action>)], concurrency: usize) -> Vec<Outcome> {
    let mut settings = testing::settings(&crate::connector::scim::SPEC);
    settings.limits.concurrency = concurrency;
    let runs = vendors
        .iter()
        .map(|(vendor, actions)| VendorRun {
            vendor: *vendor,
            settings: &settings,
            actions,
        })
        .collect();
    apply(runs, &Clock::jumping(), &Stop::default(), &|_| {}).await
}

fn several(vendor: &str, kind: ActionKind, count: usize) -> Vec<Action> {
    (0..count).map(|it| action(vendor, kind, it)).collect()
}

#[tokio::test]
async fn three_are_sent_and_the_rest_is_skipped_at_any_concurrency() {
    for concurrency in [1, 4, 40] {
        let vendor = Refusing::new(|_, _| true);
        let outcomes = run(&[(&vendor, several("v", Create, 50))], concurrency).await;
        assert_eq!(vendor.sent().len(), 3, "{concurrency} at once");
        let failed = outcomes.iter().filter(|it| it.verdict == Verdict::Failed);
        let skipped = outcomes.iter().filter(|it| it.verdict == Verdict::Skipped);
        assert_eq!((failed.count(), skipped.count()), (3, 47));
    }
}

#[tokio::test]
async fn a_healthy_vendor_gets_as_many_at_once_as_it_may() {
    let vendor = Refusing::new(|_, before| before == 30);
    let outcomes = run(&[(&vendor, several("v", Create, 100))], 8).await;
    let applied = outcomes.iter().filter(|it| it.verdict == Verdict::Applied);
    assert_eq!((applied.count(), vendor.sent().len()), (99, 100));
}

#[tokio::test]
async fn a_licence_that_is_used_up_costs_those_under_way_and_no_more() {
    let vendor = Refusing::new(|_, before| before >= 20);
    let outcomes = run(&[(&vendor, several("v", Create, 100))], 4).await;
    let sent = vendor.sent().len();
    assert!((23..=24).contains(&sent), "{sent} were sent: {outcomes:#?}");
}

#[tokio::test]
async fn removals_are_always_sent_and_vendors_are_apart() {
    let closed = Refusing::new(|_, _| true);
    let open = Refusing::new(|_, _| false);
    let mut actions = several("closed", Create, 9);
    actions.extend((10..30).map(|it| action("closed", Deactivate, it)));
    let outcomes = run(
        &[(&closed, actions), (&open, several("open", Create, 9))],
        4,
    )
    .await;
    let removals = closed.sent().iter().filter(|it| it.0 == Deactivate).count();
    assert_eq!((removals, closed.sent().len()), (20, 23));
    assert_eq!(open.sent().len(), 9);
    let applied = outcomes.iter().filter(|it| it.verdict == Verdict::Applied);
    assert_eq!(applied.count(), 9);
}
