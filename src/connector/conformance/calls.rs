//! The calls that one action takes at each kind of vendor, counted at its local server: a table in the
//! kind's page, and the numbers that a forecast goes by.

use std::sync::Arc;

use jiff::civil::Date;

use super::world::{Setup, Variant, World, account, off_if_it_can, wanted};
use crate::connector::testing::{self, Subject, is_token_call, is_write, subject};
use crate::model::account::Account;
use crate::model::action::ActionKind;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::outcome::Verdict;
use crate::model::spec::{DESCRIBED, DeactivateMode, Required, VendorSpec};
use crate::model::table::tests::assert_fresh;
use crate::model::value::Named;
use crate::roster::model::VendorSettings;
use crate::sandbox::{HeldAccounts as _, Request};

/// Answers that spare calls and that the local servers are true to.
const SEEN: &[(&str, &str, &str)] = &[
    ("bitsight", "contacts_listed", "yes"),
    ("bitsight", "deactivated_listed", "yes"),
    ("logicgate", "deactivated_listed", "yes"),
    (DESCRIBED, "answer", "whole"),
];

/// Whether a certificate is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Certified {
    /// None.
    No,
    /// One that has what is [`SEEN`].
    Yes,
    /// The same, too old to confirm anything.
    Once,
    /// One that refutes what is [`SEEN`].
    Otherwise,
}

impl Certified {
    /// Gives the vendor that certificate.
    fn give(self, settings: &mut VendorSettings) {
        let answers = SEEN.iter().filter(|it| it.0 == settings.spec.kind);
        let answers: Vec<(&str, &'static str)> = match self {
            Self::No => return,
            Self::Yes | Self::Once => answers.map(|it| (it.1, it.2)).collect(),
            Self::Otherwise => {
                let other = |id: &str, word: &str| {
                    let questions = settings.spec.questions.iter();
                    let question = questions.clone().find(|it| it.id == id).unwrap();
                    let mut others = question.answers.iter().map(|it| it.word);
                    others.find(|it| *it != word).unwrap()
                };
                answers.map(|it| (it.1, other(it.1, it.2))).collect()
            }
        };
        let day = Date::constant(2026, 1, 5);
        settings.certify(day, &answers);
        if self == Self::Once {
            settings.believe(Date::constant(2026, 8, 1));
        }
    }
}

const WHO: &str = "person001@example.com";

/// How much of an account a roster sets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// What a create has to have.
    Plain,
    /// Everything that can be compared.
    Whole,
}

fn person(spec: &VendorSpec, extent: Extent, access: Access) -> DesiredAccount {
    let mut person = wanted(spec, WHO);
    person.access = access;
    if extent == Extent::Plain {
        person.attributes = plain(spec, person.attributes);
    }
    person
}

fn held(spec: &VendorSpec, extent: Extent, variant: Variant) -> Account {
    let mut account = account(spec, WHO, variant);
    if extent == Extent::Plain {
        account.attributes = plain(spec, account.attributes);
    }
    account
}

fn plain<T: Clone>(spec: &VendorSpec, all: Named<T>) -> Named<T> {
    let is_plain = |name: &str| {
        let attribute = spec.attribute(name);
        attribute.is_some_and(|it| it.required != Required::No || it.from_person.is_some())
    };
    let mut kept = Named::new();
    for (name, value) in all.iter().filter(|(name, _)| is_plain(name)) {
        kept.insert(name.to_owned(), value.clone());
    }
    kept
}

/// What an action asked for, in order.
async fn calls(
    kind: &'static Subject,
    action: ActionKind,
    extent: Extent,
    mode: Option<DeactivateMode>,
    certified: Certified,
) -> Vec<Request> {
    let spec = kind.spec;
    let (before, access) = match action {
        ActionKind::Create => (None, Access::Granted),
        ActionKind::Update => (Some(held(spec, extent, Variant::Old)), Access::Granted),
        ActionKind::Deactivate | ActionKind::Delete => {
            (Some(held(spec, extent, Variant::Wanted)), Access::Left)
        }
        ActionKind::Reactivate => {
            let off = off_if_it_can(spec, held(spec, extent, Variant::Wanted));
            (Some(off), Access::Granted)
        }
    };
    // Somebody else, so that no list is empty.
    let others = account(spec, "person000@example.com", Variant::Wanted);
    let accounts = before.into_iter().chain([others]).collect();
    let mut world = Setup::new(kind, accounts, vec![person(spec, extent, access)])
        .switched_off_by(mode)
        .start()
        .await;
    certified.give(Arc::make_mut(&mut world.rig.settings));
    let vendor = world.rig.connect();
    let current = vendor.fetch(&world.desired).await.unwrap();
    let plan = world.plan(&current);
    let kinds: Vec<ActionKind> = plan.actions.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [action], "{plan:#?}");
    let known = |world: &World| world.rig.local().accounts();
    let there = known(&world);
    let seen = world.rig.sandbox.requests().len();
    let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied, "{outcomes:#?}");
    let all = world.rig.sandbox.requests().into_iter().skip(seen);
    let calls = all.map(|(request, _)| request);
    let calls: Vec<Request> = calls.filter(|it| !is_token_call(it)).collect();
    let ids = there.into_iter().chain(known(&world));
    let ids: Vec<Box<str>> = ids.filter_map(|it| it.id).collect();
    calls.into_iter().map(|it| template(it, &ids)).collect()
}

/// The call without what is one person's.
fn template(request: Request, ids: &[Box<str>]) -> Request {
    let part = |part: &str| {
        // Some vendors put a file's ending behind an id.
        let (part, end) = match part.strip_suffix(".json") {
            Some(bare) if !bare.contains('{') => (bare, ".json"),
            _ => (part, ""),
        };
        let text = percent_decoded(part);
        let text = match &*text {
            text if text.contains('@') => String::from("{email}"),
            text if ids.iter().any(|id| **id == *text) => String::from("{id}"),
            // Groups of these worlds have words with spaces or slashes, or numbers for ids.
            text if text.contains([' ', '/'])
                || ["group-", "g-"].iter().any(|it| text.starts_with(it)) =>
            {
                String::from("{group}")
            }
            "ExampleEnv" => String::from("{org}"),
            _ => text.into_owned(),
        };
        text + end
    };
    // What all calls of a kind have in common tells nothing.
    let path = request.path.trim_start_matches("/api/1/rest/public");
    let path: Vec<String> = path.split('/').map(part).collect();
    let names = request.query.split('&').filter(|it| !it.is_empty());
    let names: Vec<&str> = names.map(|it| it.split('=').next().unwrap_or(it)).collect();
    Request {
        path: path.join("/"),
        query: names.join("&"),
        ..request
    }
}

fn percent_decoded(text: &str) -> std::borrow::Cow<'_, str> {
    // A query's decoder that leaves plus signs alone.
    let plus = text.replace('+', "%2B");
    let decoded = url::form_urlencoded::parse(plus.as_bytes()).next();
    decoded.map_or(text.into(), |(key, _)| key.into_owned().into())
}

/// Which calls are not among those that are sent where a certificate spares some.
fn spared(calls: &[Request], left: &[Request]) -> Vec<bool> {
    let mut left: Vec<&Request> = left.iter().collect();
    let mut is_spared = |call: &Request| match left.iter().position(|it| *it == call) {
        Some(at) => {
            left.remove(at);
            false
        }
        None => true,
    };
    calls.iter().map(&mut is_spared).collect()
}

/// `GET /users/{email}`, and how often in a row; a dagger where it may be spared.
fn told(calls: &[(&Request, bool)]) -> String {
    let mut told: Vec<(String, usize)> = Vec::new();
    for (call, spared) in calls {
        let query = if call.query.is_empty() { "" } else { "?" };
        let mark = if *spared { " †" } else { "" };
        let text = format!("`{} {}{query}{}`{mark}", call.method, call.path, call.query);
        match told.last_mut() {
            Some((last, times)) if *last == text => *times += 1,
            _ => told.push((text, 1)),
        }
    }
    let told = told.into_iter().map(|(text, times)| match times {
        1 => text,
        times => format!("{text} × {times}"),
    });
    told.collect::<Vec<_>>().join(", ")
}

fn row(name: &str, calls: &[Request], spared: &[bool]) -> String {
    let first = calls.iter().position(is_write).unwrap_or(calls.len());
    let last = calls.iter().rposition(is_write).map_or(first, |at| at + 1);
    let marked: Vec<(&Request, bool)> = calls.iter().zip(spared.iter().copied()).collect();
    let count = spared.iter().filter(|it| **it).count();
    let sum = match count {
        0 => calls.len().to_string(),
        _ => format!("{}, {} with †", calls.len(), calls.len() - count),
    };
    format!(
        "| {name} | {} | {} | {} | {sum} |\n",
        told(&marked[..first]),
        told(&marked[first..last]),
        told(&marked[last..]),
    )
}

async fn table(kind: &'static Subject) -> String {
    let mut table = String::from(
        "| action | before: is it still as planned | writes, and reads between them | after: is it so | calls |\n\
         |---|---|---|---|---|\n",
    );
    let spec = kind.spec;
    let modes = spec.deactivate.iter().map(|it| it.mode);
    let removals = modes.filter_map(|mode| match mode {
        DeactivateMode::Manual => None,
        DeactivateMode::Reversible => Some(("off", ActionKind::Deactivate, Some(mode))),
        DeactivateMode::Delete => Some(("delete", ActionKind::Delete, Some(mode))),
    });
    let mut actions = vec![
        ("create", ActionKind::Create, None),
        ("update", ActionKind::Update, None),
    ];
    actions.extend(removals);
    let reversible = spec
        .deactivate
        .iter()
        .find(|it| it.mode == DeactivateMode::Reversible);
    actions.extend(reversible.map(|it| ("on again", ActionKind::Reactivate, Some(it.mode))));
    let mut any = false;
    for (name, action, mode) in actions {
        let plain = calls(kind, action, Extent::Plain, mode, Certified::No).await;
        let foreseen = match action {
            ActionKind::Create => spec.calls.create,
            ActionKind::Update => spec.calls.update,
            ActionKind::Deactivate => spec.calls.remove,
            ActionKind::Reactivate => spec.calls.reactivate,
            // A forecast takes it for a deactivation.
            ActionKind::Delete => u32::try_from(plain.len()).unwrap(),
        };
        // A description foresees what most vendors take.
        if spec.kind != DESCRIBED {
            assert_eq!(
                plain.len(),
                foreseen as usize,
                "{} foresees {name}",
                spec.kind
            );
        }
        for extent in [Extent::Plain, Extent::Whole] {
            let all = calls(kind, action, extent, mode, Certified::No).await;
            if extent == Extent::Whole && all == plain {
                continue;
            }
            let left = calls(kind, action, extent, mode, Certified::Yes).await;
            let spared = spared(&all, &left);
            assert!(
                all.len() == left.len() + spared.iter().filter(|it| **it).count(),
                "a certificate adds no call: {left:#?}"
            );
            any |= spared.contains(&true);
            let name = match extent {
                Extent::Plain => name.to_owned(),
                Extent::Whole => format!("{name}, everything set"),
            };
            table.push_str(&row(&name, &all, &spared));
        }
    }
    let seen = SEEN.iter().filter(|it| it.0 == spec.kind);
    let seen: Vec<String> = seen.map(|it| format!("`{}: {}`", it.1, it.2)).collect();
    table.push_str(&match any {
        true => format!("\n† A certificate with {} spares it.\n", seen.join(" and ")),
        false => String::from("\nNo certificate spares one of these calls.\n"),
    });
    table
}

/// The description that the page of described vendors has the calls of.
fn redmine() -> &'static Subject {
    let text = include_str!("../../../connectors/redmine.yaml");
    testing::described("redmine", text)
}

#[tokio::test(start_paused = true)]
async fn described_vendors() {
    assert_fresh("docs/connectors.md", "calls", &table(redmine()).await);
}

/// One that is too old or says otherwise spares nothing, and neither does one of another tenant.
#[tokio::test(start_paused = true)]
async fn a_certificate_that_does_not_confirm_spares_no_call() {
    for action in [ActionKind::Create, ActionKind::Update] {
        let count = |certified| calls(redmine(), action, Extent::Plain, None, certified);
        let all = count(Certified::No).await;
        assert!(count(Certified::Yes).await.len() < all.len(), "{action:?}");
        for certified in [Certified::Once, Certified::Otherwise] {
            assert_eq!(count(certified).await, all, "{action:?}");
        }
    }
}

macro_rules! pages {
    ($($vendor:ident),*) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $vendor() {
                let name = stringify!($vendor);
                let page = format!("src/connector/{name}/README.md");
                assert_fresh(&page, "calls", &table(subject(name)).await);
            }
        )*
    };
}

registered!(pages);
