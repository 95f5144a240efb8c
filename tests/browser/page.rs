//! A made-up plan of many actions on stdout, to see how a page behaves that no roster of a test
//! is long enough for.
//!
//! `cargo run --example page -- 20000 html > page.html`; the formats are `html`, `report`
//! (after an apply), `hostile` (vendors that try to break the page), `empty`, `markdown`, `json`.

use std::io::{self, Write};
use std::time::Duration;

use rosterctl::connector;
use rosterctl::model::action::{Action, ActionKind, Change};
use rosterctl::model::attention::Grant;
use rosterctl::model::attention::GrantKind;
use rosterctl::model::digest::Digest;
use rosterctl::model::forecast::Forecast;
use rosterctl::model::hints::Hints;
use rosterctl::model::outcome::{Outcome, Verdict};
use rosterctl::model::plan::{
    Completeness, Ending, Level, Notice, Plan, Read, UnlistedAccount, VendorPlan, WithheldAction,
};
use rosterctl::model::value::Value;
use rosterctl::plan::cause::{Cause, Causes};
use rosterctl::report::{Done, html, json, markdown};

const VENDORS: [&str; 4] = ["bitsight", "logicgate", "snaplogic", "surecloud"];

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next().and_then(|it| it.parse().ok());
    let format = arguments.next().unwrap_or_else(|| String::from("html"));
    let actions: usize = wanted.ok_or_else(|| io::Error::other("usage: page ACTIONS [FORMAT]"))?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut plan = plan(if format == "empty" { 0 } else { actions });
    let page = |exit| html::Options {
        mask: false,
        catalog: connector::specs(),
        exit,
    };
    match &*format {
        "html" => html::plan(&plan, Some(&causes(&plan)), &page(4), &mut out)?,
        "empty" => {
            for vendor in &mut plan.vendors {
                vendor.notices.clear();
                vendor.unlisted.clear();
            }
            plan.ending.clear();
            html::plan(&plan, None, &page(0), &mut out)?;
        }
        "hostile" => {
            make_hostile(&mut plan);
            html::plan(&plan, None, &page(4), &mut out)?;
        }
        "report" => {
            let outcomes: Vec<Outcome> = plan.actions().enumerate().map(outcome).collect();
            let done = Done {
                plan: &plan,
                outcomes: &outcomes,
                took: Duration::from_secs(actions as u64 / 5),
                journal: None,
                context: &rosterctl::model::context::Context::default(),
            };
            html::report(&done, &page(3), &mut out)?;
        }
        "markdown" => {
            let options = markdown::Options {
                limit: 65_536,
                mask: false,
                catalog: connector::specs(),
            };
            markdown::plan(&plan, None, &options, &mut out)?;
        }
        _ => json::plan(&plan, &mut out)?,
    }
    out.flush()
}

/// So many actions, held ones and manual steps at four vendors; four in a row are one person's.
fn plan(count: usize) -> Plan {
    let mut vendors: Vec<VendorPlan> = VENDORS.into_iter().map(vendor).collect();
    for at in 0..count {
        let (person, vendor) = (at / 4, &mut vendors[at % 4]);
        let action = action(&vendor.name, person);
        match person % 100 {
            0..4 => vendor.held.push(WithheldAction {
                why: format!(
                    "{} removals at {} are more than max.deactivations allows (4 with 41 active \
                     accounts); if they are meant: --allow-deactivations {}={}",
                    count / 100,
                    vendor.name,
                    vendor.name,
                    count / 100
                ),
                action: Action {
                    kind: ActionKind::Deactivate,
                    changes: Vec::new(),
                    reason: String::from("active: false in the roster"),
                    ..action
                },
            }),
            4 => vendor.manual.push(WithheldAction {
                action,
                why: String::from("by hand: e-mails are fixed here"),
            }),
            _ => vendor.actions.push(action),
        }
    }
    for vendor in &mut vendors {
        vendor.actions.sort_by_key(|it| it.kind);
        let admins = vendor
            .actions
            .iter()
            .filter(|it| it.after("role").and_then(Value::as_text) == Some("customer_admin"));
        let grant = Grant {
            how: GrantKind::Becomes,
            through: ["role".into()].into(),
        };
        let admins = admins.map(|it| (it.email.clone(), grant.clone()));
        vendor.hints.admins = admins.collect();
        if let Ok(read) = &mut vendor.read {
            read.forecast.calls = vendor.actions.len() as u64 * 2;
            read.forecast.seconds = read.forecast.calls / 5;
        }
    }
    Plan {
        created_at: jiff::Timestamp::UNIX_EPOCH,
        on: jiff::civil::date(2026, 1, 5),
        roster: Digest("sha256:a0".into()),
        people: count / 4,
        vendors,
        attention: rosterctl::model::attention::Attention::default(),
        ending: vec![Ending {
            email: "person7@example.com".into(),
            ends: jiff::civil::date(2026, 1, 9),
            vendors: VENDORS.map(Box::from).into(),
        }],
    }
}

fn vendor(name: &'static str) -> VendorPlan {
    VendorPlan {
        name: name.into(),
        kind: name,
        base_url: format!("https://{name}.example").into(),
        place: format!("https://{name}.example").into(),
        observed: false,
        read: Ok(Read {
            accounts: 20_000,
            asked: 20_000,
            unchanged: 15_000,
            proof: Completeness {
                pages: 200,
                counted: Some(20_000),
                ..Completeness::default()
            },
            forecast: Forecast::default(),
        }),
        actions: Vec::new(),
        held: Vec::new(),
        manual: Vec::new(),
        unlisted: vec![UnlistedAccount {
            email: "nightly-export@example.com".into(),
            id: Some("77".into()),
            why: None,
        }],
        notices: vec![Notice {
            level: Level::Info,
            email: None,
            text: String::from("3 licences are left"),
        }],
        hints: Hints::default(),
    }
}

/// What happens to a person: one in ten leaves, one in ten comes, one in a hundred becomes an
/// administrator.
fn action(vendor: &str, person: usize) -> Action {
    let (kind, reason) = match person % 10 {
        0 => (ActionKind::Deactivate, "active: false in the roster"),
        1 => (ActionKind::Create, "no account here yet"),
        2 if person % 100 == 2 => (ActionKind::Delete, "not in the roster"),
        3 => (ActionKind::Reactivate, "the account is switched off"),
        _ => (ActionKind::Update, "groups, job_title and role differ"),
    };
    let exists = kind != ActionKind::Create;
    let before = |value: Value| exists.then_some(value);
    let change = |attribute: &'static str, before: Option<Value>, after: Value| Change {
        attribute: attribute.into(),
        before,
        after,
    };
    let role = if person % 100 == 5 {
        "customer_admin"
    } else {
        "customer_user"
    };
    let changes = match kind {
        ActionKind::Deactivate | ActionKind::Delete => Vec::new(),
        _ => vec![
            change(
                "groups",
                before(Value::set(["Old Group", "Viewers"])),
                Value::set(["Risk Readers", "Viewers"]),
            ),
            change(
                "job_title",
                before(Value::text(
                    "Head of operational risk and controls for the northern region",
                )),
                Value::text(format!(
                    "Head of enterprise risk and controls for region {}",
                    person % 50
                )),
            ),
            change(
                "role",
                before(Value::text("customer_portfolio_manager")),
                Value::text(role),
            ),
        ],
    };
    let email: Box<str> = format!("person{person}@example.com").into();
    Action {
        vendor: vendor.into(),
        kind,
        account_email: exists.then(|| email.clone()),
        id: exists.then(|| format!("{vendor}-{person}").into()),
        email,
        changes,
        reason: reason.to_owned(),
        current: exists.then(|| Digest("sha256:c0".into())),
    }
}

fn causes(plan: &Plan) -> Causes {
    let alternate = |count: usize| (0..count).map(|at| [Cause::Change, Cause::Drift][at % 2]);
    let summary = plan.summary();
    Causes {
        actions: alternate(summary.actions()).collect(),
        manual: alternate(summary.manual).collect(),
        held: alternate(summary.held).collect(),
    }
}

fn outcome((at, action): (usize, &Action)) -> Outcome {
    let (verdict, status, message) = match at % 50 {
        0 => (Verdict::Failed, Some(403), "the token may not do this"),
        1 => (
            Verdict::Unverified,
            Some(524),
            "the server may still be at work",
        ),
        2 => (Verdict::Skipped, None, "the deadline came first"),
        _ => (Verdict::Applied, Some(200), ""),
    };
    Outcome {
        action: action.clone(),
        verdict,
        status,
        message: message.to_owned(),
        id: action.id.clone(),
        seconds: 0.4,
    }
}

/// Vendors whose texts try to become markup, script, style or another line.
fn make_hostile(plan: &mut Plan) {
    let evil = "</script><img src=x onerror=\"document.title='broken'\"><style>*{display:none}\
                </style><!--\u{202e}\u{2028}]]>&lt;b&gt;";
    for vendor in &mut plan.vendors {
        let name: Box<str> = format!("{}{evil}", vendor.name).into();
        for action in &mut vendor.actions {
            action.vendor = name.clone();
            action.email = format!("{}{evil}", action.email).into();
            action.reason = evil.to_owned();
            for change in &mut action.changes {
                change.before = Some(Value::text(evil));
                change.after = Value::set([evil, "Viewers"]);
            }
        }
        for kept in &mut vendor.held {
            kept.action.vendor = name.clone();
            kept.why = evil.to_owned();
        }
        vendor.notices[0].text = evil.to_owned();
        vendor.unlisted[0].email = evil.into();
        vendor.base_url = evil.into();
        vendor.name = name;
    }
}
