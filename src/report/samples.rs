//! Plans and outcomes that the tests of this folder share.

use std::time::Duration;

use crate::model::action::{Action, ActionKind, Change};
use crate::model::attention::Grant;
use crate::model::attention::{AdminGrant, Attention, Gone, GoneKind, GrantKind, RuleChange};
use crate::model::context::Context;
use crate::model::current::LastRead;
use crate::model::digest::Digest;
use crate::model::forecast::Forecast;
use crate::model::hints::Hints;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::{
    Completeness, Ending, Level, Notice, OwnSeen, Plan, Read, UnlistedAccount, VendorPlan,
    WithheldAction,
};
use crate::model::value::{Key, Value};
use crate::report::Done;

pub(super) fn change(name: &str, before: Option<Value>, after: Value) -> Change {
    Change {
        attribute: Key::from(name.to_owned()),
        before,
        after,
    }
}

pub(super) fn action(kind: ActionKind, email: &str, reason: &str) -> Action {
    let exists = kind != ActionKind::Create;
    Action {
        vendor: "bitsight".into(),
        kind,
        email: email.into(),
        account_email: exists.then(|| email.into()),
        id: exists.then(|| format!("id-of-{email}").into()),
        changes: Vec::new(),
        reason: reason.to_owned(),
        current: exists.then(|| Digest("sha256:c0".into())),
    }
}

pub(super) fn update(email: &str, changes: Vec<Change>) -> Action {
    Action {
        changes,
        ..action(ActionKind::Update, email, "role differs")
    }
}

pub(super) fn vendor(name: &str, actions: Vec<Action>) -> VendorPlan {
    let calls = u64::try_from(actions.len()).unwrap() * 2;
    let admins = actions.iter().filter(|it| {
        let role = it.after("role").and_then(Value::as_text);
        role == Some("customer_admin")
    });
    let hints = Hints {
        admins: admins
            .map(|it| (it.email.clone(), grant(&["role"])))
            .collect(),
        ..Hints::default()
    };
    VendorPlan {
        name: name.into(),
        kind: "bitsight",
        base_url: format!("https://api.{name}.example").into(),
        place: format!("https://api.{name}.example").into(),
        observed: false,
        read: Ok(Read {
            accounts: 41,
            asked: 40,
            unchanged: 38,
            proof: proof(),
            forecast: Forecast {
                calls,
                seconds: calls / 5,
                per_hour: 18_000,
                within: 3600,
            },
        }),
        actions,
        held: Vec::new(),
        manual: Vec::new(),
        unlisted: Vec::new(),
        notices: Vec::new(),
        hints,
    }
}

/// Somebody becomes an administrator by these attributes.
pub(super) fn grant(through: &[&str]) -> Grant {
    let through = through.iter().map(|it| Key::from((*it).to_owned()));
    Grant {
        how: GrantKind::Becomes,
        through: through.collect(),
    }
}

/// A complete read of the 41 accounts that were there the day before.
pub(super) fn proof() -> Completeness {
    Completeness {
        pages: 1,
        counted: Some(41),
        own: OwnSeen::Seen,
        last: Some(LastRead {
            accounts: 42,
            read_at: "2026-01-04T02:00:00Z".parse().unwrap(),
        }),
        missing: None,
    }
}

pub(super) fn plan(vendors: Vec<VendorPlan>) -> Plan {
    Plan {
        created_at: "2026-01-05T02:00:00.123456789Z".parse().unwrap(),
        on: "2026-01-05".parse().unwrap(),
        roster: Digest("sha256:a0".into()),
        people: 212,
        vendors,
        attention: Attention::default(),
        ending: Vec::new(),
    }
}

/// One of everything that an approver has to see first, with people of whom nothing else tells.
pub(super) fn attention() -> Attention {
    Attention {
        administrators: vec![
            AdminGrant {
                vendor: "bitsight".into(),
                email: "new.root@example.com".into(),
                id: None,
                account_email: None,
                how: GrantKind::Becomes,
            },
            AdminGrant {
                vendor: "bitsight".into(),
                email: "eve@attacker.example".into(),
                id: Some("id-of-root".into()),
                account_email: Some("root@example.com".into()),
                how: GrantKind::ChangesHands,
            },
        ],
        gone: vec![
            Gone {
                what: GoneKind::Person,
                email: "dorothy.vaughan@example.com".into(),
                vendor: Some("bitsight".into()),
                admin: true,
                stays: true,
                text: String::from("the account old.dorothy@example.com stays on"),
            },
            Gone {
                what: GoneKind::Right {
                    attribute: Key::from(String::from("group")),
                    value: Value::text("Europe"),
                },
                email: "annie.easley@example.com".into(),
                vendor: Some("bitsight".into()),
                admin: false,
                stays: true,
                text: String::from("group Europe stays"),
            },
        ],
        rules: vec![
            RuleChange {
                vendor: Some("bitsight".into()),
                rule: "protect".into(),
                before: Some(String::from("breakglass@example.com")),
                after: None,
            },
            RuleChange {
                vendor: Some("bitsight".into()),
                rule: "max.creates".into(),
                before: Some(String::from("5")),
                after: Some(String::from("500")),
            },
            RuleChange {
                vendor: None,
                rule: "assert".into(),
                before: None,
                after: Some(String::from("domains: only example.com")),
            },
        ],
    }
}

/// Nothing to do, and something to see.
pub(super) fn only_attention() -> Plan {
    let mut plan = plan(vec![vendor("bitsight", Vec::new())]);
    plan.attention = attention();
    plan
}

/// Two people whose access ends within two weeks.
pub(super) fn ending() -> Vec<Ending> {
    let person = |email: &str, ends: &str, vendors: &[&str]| Ending {
        email: email.into(),
        ends: ends.parse().unwrap(),
        vendors: vendors.iter().map(|it| Box::from(*it)).collect(),
    };
    vec![
        person(
            "grace.hopper@example.com",
            "2026-01-05",
            &["bitsight", "surecloud"],
        ),
        person("john@example.com", "2026-01-19", &["bitsight"]),
    ]
}

/// One of everything that a plan can hold, at a vendor that was read.
pub(super) fn everything() -> VendorPlan {
    let text = |text: &str| Value::text(text);
    let set = |items: &[&str]| Value::set(items.iter().copied());
    let held = "12 removals at bitsight are more than max.deactivations allows (4 with 41 active \
                accounts); if they are meant: --allow-deactivations bitsight=12";
    let actions = vec![
        Action {
            account_email: Some("grace.murray@example.com".into()),
            ..action(
                ActionKind::Deactivate,
                "grace.hopper@example.com",
                "access ended on 2026-01-04",
            )
        },
        action(
            ActionKind::Delete,
            "former.contractor@msp.example.net",
            "not in the roster",
        ),
        Action {
            reason: String::from("features.fq-access, formal_name, group, groups and role differ"),
            ..update(
                "ada.lovelace@example.com",
                vec![
                    change(
                        "features.fq-access",
                        Some(Value::Flag(false)),
                        Value::Flag(true),
                    ),
                    change(
                        "formal_name",
                        Some(text(
                            "Augusta Ada King, Countess of Lovelace, Analyst of Engines",
                        )),
                        text("Augusta Ada King, Countess of Lovelace, Controls Lead"),
                    ),
                    change("group", None, text("Europe")),
                    change(
                        "groups",
                        Some(set(&["Old Role", "Viewer"])),
                        set(&["Risk Reader", "Viewer"]),
                    ),
                    change(
                        "role",
                        Some(text("customer_user")),
                        text("customer_group_admin"),
                    ),
                ],
            )
        },
        Action {
            changes: vec![change("role", None, text("customer_user"))],
            ..action(
                ActionKind::Reactivate,
                "alan.turing@example.com",
                "the roster gives access, the account is switched off",
            )
        },
        Action {
            changes: vec![
                change("formal_name", None, text("Linus Pauling")),
                change("groups", None, set(&["Risk Reader", "Viewer"])),
                change("role", None, text("customer_user")),
            ],
            ..action(
                ActionKind::Create,
                "linus.pauling@example.com",
                "no account here yet",
            )
        },
    ];
    VendorPlan {
        manual: vec![WithheldAction {
            action: Action {
                reason: String::from("email differs"),
                ..update(
                    "mary.jackson@example.com",
                    vec![change(
                        "email",
                        Some(text("mary.winston@example.com")),
                        text("mary.jackson@example.com"),
                    )],
                )
            },
            why: String::from(
                "by hand in Bitsight: e-mails are fixed here; a person has to move the account \
                 to the new address",
            ),
        }],
        held: ["claude.shannon@example.com", "joan.clarke@example.com"]
            .map(|email| WithheldAction {
                action: action(ActionKind::Deactivate, email, "active: false in the roster"),
                why: held.to_owned(),
            })
            .into(),
        unlisted: vec![
            UnlistedAccount {
                email: "nightly-export@example.com".into(),
                id: Some("77".into()),
                why: Some(String::from(
                    "nightly-export@example.com is a service account",
                )),
            },
            UnlistedAccount {
                email: "x@example.com".into(),
                id: None,
                why: None,
            },
        ],
        notices: vec![
            Notice {
                level: Level::Warning,
                email: Some("ada.lovelace@example.com".into()),
                text: String::from("company differs and is left as it is: set by the vendor"),
            },
            Notice {
                level: Level::Info,
                email: None,
                text: String::from("3 licences are left"),
            },
        ],
        ..vendor("bitsight", actions)
    }
}

pub(super) fn unread(name: &str) -> VendorPlan {
    VendorPlan {
        read: Err(format!(
            "{name}: list users (GET /users) failed: HTTP 503: try again later"
        )),
        ..vendor(name, Vec::new())
    }
}

pub(super) fn outcome(action: Action, verdict: Verdict, status: u16, message: &str) -> Outcome {
    Outcome {
        id: action.id.clone(),
        action,
        verdict,
        status: (status > 0).then_some(status),
        message: message.to_owned(),
        seconds: 0.412_345,
    }
}

/// What must never reach a terminal as it is.
pub(super) const NASTY: &str =
    "x\u{1b}[2J\u{9b}31m\r\n\n+ create  evil\u{202e}gpj\u{200b}\u{2028}\u{7}@example.com";

/// Nasty text wherever text can be.
pub(super) fn nasty() -> Plan {
    let nasty_action = |kind| Action {
        vendor: NASTY.into(),
        account_email: Some(format!("other {NASTY}").into()),
        id: Some(NASTY.into()),
        changes: vec![
            change(NASTY, Some(Value::text(NASTY)), Value::text("short")),
            change(
                "long",
                Some(Value::text(NASTY.repeat(3))),
                Value::text(NASTY.repeat(4)),
            ),
            change("set", Some(Value::set([NASTY])), Value::set(["a\nb", "c"])),
            change("typed", Some(Value::Flag(true)), Value::text(NASTY)),
        ],
        ..action(kind, NASTY, NASTY)
    };
    let kept = || {
        vec![WithheldAction {
            action: nasty_action(ActionKind::Update),
            why: NASTY.to_owned(),
        }]
    };
    let unlisted = |email: &str| UnlistedAccount {
        email: email.into(),
        id: Some(NASTY.into()),
        why: Some(NASTY.to_owned()),
    };
    let mut bad = VendorPlan {
        base_url: NASTY.into(),
        manual: kept(),
        held: kept(),
        unlisted: vec![unlisted(NASTY), unlisted("")],
        notices: vec![Notice {
            level: Level::Info,
            email: Some(NASTY.into()),
            text: NASTY.to_owned(),
        }],
        ..vendor(
            NASTY,
            vec![
                nasty_action(ActionKind::Deactivate),
                nasty_action(ActionKind::Create),
            ],
        )
    };
    bad.actions[1].account_email = None;
    let mut closed = unread(NASTY);
    closed.read = Err(NASTY.to_owned());
    let mut plan = plan(vec![bad, closed]);
    plan.ending = ending();
    plan.ending[0].email = NASTY.into();
    plan.ending[0].vendors[0] = NASTY.into();
    plan
}

/// What became of a plan in so many seconds, without a journal.
pub(super) fn done<'a>(plan: &'a Plan, outcomes: &'a [Outcome], seconds: f64) -> Done<'a> {
    Done {
        plan,
        outcomes,
        took: Duration::from_secs_f64(seconds),
        journal: None,
        context: const { &Context(Vec::new()) },
    }
}
