//! SnapLogic: people's accounts in one environment of a control plane.
//!
//! This file declares what the vendor can do and ties the parts together: `read` reads through
//! `calls`; `write`, `create` and `revoke` write; `wire` has the API's shapes, `convert` and
//! `request` turn them into the program's words and back. The README of this folder tells which
//! calls are made and what is not confirmed.

mod answer;
mod calls;
mod convert;
mod create;
mod known;
mod members;
mod own;
mod read;
mod request;
mod revoke;
mod revoked;
mod wire;
mod write;

#[cfg(all(test, feature = "sandbox"))]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Connect, LookUp, Vendor, VendorKind, WriteError, Written};
use crate::http::{Api, Credentials, HttpError, Problem, Secrets};
use crate::model::account::Account;
use crate::model::account::AccountKey;
use crate::model::action::Action;
use crate::model::current::Current;
use crate::model::desired::Desired;
use crate::model::spec::{
    ActionCalls, AdminRule, AttributeKind, AttributeSpec, AuthForm, Conflict, FromPerson,
    LimitDefaults, Literal, Means, Mode, Needs, OnCreate, ReadFrom, Required, Rights, SettingKind,
    SettingSpec, SwitchOff, VendorSpec,
};
use crate::model::value::{Attributes, Value};
use crate::roster::model::VendorSettings;

/// The documented path after `base_url`.
const PREFIX: &str = "/api/1/rest/public";

/// What SnapLogic can do.
pub static SPEC: VendorSpec = VendorSpec {
    kind: "snaplogic",
    title: "SnapLogic",
    docs: "https://docs.snaplogic.com/public-apis/apis-user-and-group.html",
    // Pages disagree about host names, and each company is on one control plane.
    base_url: None,
    paths: &["/api/1"],
    auth: &[
        AuthForm {
            secrets: &["email", "password"],
            doc: "E-mail and password of a user or service account (Basic)",
        },
        AuthForm {
            secrets: &["jwt"],
            doc: "A JWT of your own identity provider, registered in Admin Manager (Bearer)",
        },
    ],
    rights: "Environment admin; to delete, admin in every environment of the account",
    settings: &[
        SettingSpec {
            name: "organization",
            kind: SettingKind::Text,
            required: true,
            doc: "The environment (org) whose accounts are managed; upper and lower case count",
        },
        SettingSpec {
            name: "sso",
            kind: SettingKind::Flag,
            required: false,
            doc: "Single sign-on is on in every environment of these accounts, so password login \
                  may be switched off",
        },
    ],
    tenant: &["organization"],
    attributes: &[
        AttributeSpec {
            name: "first_name",
            required: Required::Create,
            from_person: Some(FromPerson::FirstName),
            doc: "First name; the same in every environment of the account",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "last_name",
            required: Required::Create,
            from_person: Some(FromPerson::LastName),
            doc: "Last name; the same in every environment of the account",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "administrator",
            kind: AttributeKind::Flag,
            on_create: OnCreate::Send(Literal::Flag(false)),
            rights: Rights::Flag,
            doc: "Whether the account administers the environment (member of `admins`)",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "ui_access",
            kind: AttributeKind::Flag,
            on_create: OnCreate::TrueUnless("utility"),
            rights: Rights::Flag,
            doc: "Whether the user interface is open. `false` is an API-only account, not a \
                  switched-off one",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "utility",
            kind: AttributeKind::Flag,
            on_create: OnCreate::Send(Literal::Flag(false)),
            // It closes the user interface, and so takes as well as gives.
            rights: Rights::Any,
            doc: "A service account; forces `ui_access` to false",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "allow_password_login",
            kind: AttributeKind::Flag,
            on_create: OnCreate::Send(Literal::Flag(true)),
            rights: Rights::Flag,
            needs: Some(Needs {
                value: Literal::Flag(false),
                setting: "sso",
                why: "password login may be off only where single sign-on is on in every \
                      environment of the account",
            }),
            doc: "Whether a password opens the account",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "managed",
            kind: AttributeKind::Flag,
            mode: Mode::Fixed,
            doc: "A team account; needs `maintainers`",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "maintainers",
            kind: AttributeKind::EmailSet,
            mode: Mode::Fixed,
            doc: "E-mails that get the reset mails of a team account",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "groups",
            kind: AttributeKind::NameSet,
            rights: Rights::Set,
            doc: "Groups of the environment, exactly these; the reserved ones (`admins`, \
                  `members`, …) are left alone",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "mfa_login",
            kind: AttributeKind::Flag,
            mode: Mode::CreateOnly,
            doc: "Multi-factor login, where the environment has it; sent on create only",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "create_home_directory",
            kind: AttributeKind::Flag,
            mode: Mode::CreateOnly,
            on_create: OnCreate::Send(Literal::Flag(false)),
            doc: "Makes a project folder of the person's name; sent on create only",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "email_notification",
            kind: AttributeKind::Flag,
            mode: Mode::CreateOnly,
            on_create: OnCreate::Send(Literal::Flag(false)),
            doc: "Sends the welcome mail, whose password lasts 24 hours; sent on create only",
            ..AttributeSpec::BASE
        },
    ],
    read: ReadFrom::Api,
    email_change: false,
    deactivate: &[
        SwitchOff {
            name: "revoke",
            means: Means::Reversible,
            doc: "Takes administrator, managed groups, applications, the user interface and the \
                  password away, in that order",
        },
        SwitchOff {
            name: "manual",
            means: Means::Manual,
            doc: "Lists the account as a step for a person",
        },
        SwitchOff {
            name: "delete",
            means: Means::Delete,
            doc: "Deletes the account for good; refused while it is in another environment",
        },
    ],
    admin: AdminRule::FlagIs("administrator"),
    // No limit is published; two calls at once is the cautious reading.
    limits: LimitDefaults {
        per_second: 4.0,
        burst: 2,
        concurrency: 2,
        timeout_seconds: 60,
        throttle_seconds: 10,
    },
    read_lag_ms: &[500, 2000, 5000],
    calls: ActionCalls {
        create: 5,
        update: 3,
        remove: 13,
        reactivate: 11,
    },
    check,
};

/// The kind `snaplogic`.
pub const KIND: VendorKind = VendorKind {
    spec: &SPEC,
    connect,
};

/// Rules between attributes.
fn check(attributes: &Attributes) -> Vec<Conflict> {
    let is = |name: &str, value| attributes.get(name).and_then(Value::as_flag) == Some(value);
    let names = |name: &str| {
        attributes
            .get(name)
            .and_then(Value::as_set)
            .unwrap_or_default()
    };
    let rules = [
        (
            is("utility", true) && is("ui_access", true),
            Conflict {
                attribute: "ui_access",
                message: "a service account (`utility: true`) has no user interface",
                help: "set one of the two; `utility: true` alone switches `ui_access` off",
            },
        ),
        (
            is("managed", true) && names("maintainers").is_empty(),
            Conflict {
                attribute: "managed",
                message: "a team account needs at least one maintainer",
                help: "add `maintainers: [someone@example.com]`",
            },
        ),
        (
            is("managed", true) && is("administrator", true),
            Conflict {
                attribute: "administrator",
                message: "a team account cannot administer",
                help: "take `administrator` out, or give it to a person's account",
            },
        ),
        (
            is("mfa_login", true) && is("allow_password_login", false),
            Conflict {
                attribute: "mfa_login",
                message: "multi-factor login needs password login",
                help: "set `allow_password_login: true`, or take `mfa_login` out",
            },
        ),
        (
            names("groups").iter().any(|group| convert::reserved(group)),
            Conflict {
                attribute: "groups",
                message: "the reserved groups of SnapLogic are not filled from here",
                help: "use `administrator: true` for `admins`; everybody is in `members`",
            },
        ),
    ];
    rules
        .into_iter()
        .filter(|(broken, _)| *broken)
        .map(|(_, conflict)| conflict)
        .collect()
}

/// The connector.
struct SnapLogic {
    api: Api,
    settings: Arc<VendorSettings>,
    secrets: Secrets,
    organization: Box<str>,
    known: Mutex<known::Known>,
    revoked: revoked::Revoked,
}

fn connect(parts: Connect) -> Result<Box<dyn Vendor>, HttpError> {
    let Connect {
        settings,
        api,
        secrets,
        record,
        permit: _,
    } = parts;
    let credentials = match (secrets.get("email"), secrets.get("jwt")) {
        (Some(email), _) => Some(Credentials::Basic {
            user: email.clone(),
            password: secrets.get("password").cloned(),
        }),
        (None, Some(jwt)) => Some(Credentials::Bearer(jwt.clone())),
        (None, None) => None,
    };
    let api = credentials.map_or_else(|| api.clone(), |it| api.with_credentials(it));
    // The roster reader demands it; an empty one would only bring 404s.
    let organization = settings.text("organization").unwrap_or_default().into();
    let revoked = revoked::Revoked::new(record, &settings.name);
    Ok(Box::new(SnapLogic {
        api,
        settings,
        secrets,
        organization,
        known: Mutex::default(),
        revoked,
    }))
}

impl SnapLogic {
    fn known(&self) -> MutexGuard<'_, known::Known> {
        // Each change to it is one assignment: a panic elsewhere leaves it whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Vendor for SnapLogic {
    async fn fetch(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        self.read_all(desired).await
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        self.read_one(key).await
    }

    async fn look_up(&self, key: &AccountKey) -> Result<LookUp, HttpError> {
        let here = |user: &wire::User| {
            let mut all = user.organizations.iter();
            all.any(|it| *it.name == *self.organization)
        };
        // Who is no member of the environment by the list, the group and the record is not there.
        Ok(match self.user(&key.email).await? {
            Some(user) if here(&user) => LookUp::Unknown(
                "the user's own record names this environment, and the list does not show them"
                    .into(),
            ),
            Some(_) | None => LookUp::Nobody,
        })
    }

    async fn write(&self, action: &Action) -> Result<Written, WriteError> {
        self.carry_out(action).await
    }

    async fn finish(&self) -> Result<(), HttpError> {
        let settled = self.revoked.settle().await;
        settled.map_err(|why| self.api.problem("keep the record", Problem::Setup(why)))
    }
}
