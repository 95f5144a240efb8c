//! Bitsight Security Ratings: users of one company account, kept by its user API (`/ratings/v2`).
//!
//! This file has the declaration and the loop's three calls; reading is in `read`, writing in
//! `write`, the wire's shapes in `wire`, and what they mean in `convert`.

mod convert;
mod fetch;
mod read;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(all(test, feature = "sandbox"))]
mod tests;
mod wire;
mod write;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::spec::{
    ActionCalls, AdminRule, AttributeKind, AttributeSpec, AuthForm, FromPerson, LimitDefaults,
    Means, ReadFrom, Required, Rights, SettingKind, SettingSpec, SwitchOff, VendorSpec,
    no_conflicts,
};
use super::{AccountKey, Connect, Vendor, VendorKind, WriteError, Written};
use crate::http::{Api, Credentials, HttpError, Problem};
use crate::reconcile::account::Account;
use crate::reconcile::current::{Current, Directory};
use crate::reconcile::desired::Desired;
use crate::reconcile::plan::{Action, ActionKind};
use crate::roster::model::VendorSettings;

/// Role slugs of the help pages and of the vendor's OpenAPI. There may be more.
const ROLES: &[&str] = &[
    "vrm_admin",
    "vrm_internal_business_user",
    "vrm_operations",
    "vrm_view_only",
    "vulnerability_response_outreach",
    convert::ADMIN,
    "customer_group_admin",
    "customer_portfolio_manager",
    "customer_user",
];

/// What Bitsight can do. Checked against the help pages and the vendor's OpenAPI in November 2026.
pub static SPEC: VendorSpec = VendorSpec {
    kind: "bitsight",
    title: "Bitsight",
    docs: "https://help.bitsighttech.com/hc/en-us/articles/360012213993-Users-API-Endpoint",
    base_url: Some("https://api.bitsighttech.com"),
    auth: &[AuthForm {
        secrets: &["token"],
        doc: "An API token: a company's (best) or that of a user with the Admin role.",
    }],
    rights: "a company API token, or the token of a user with the Admin role",
    settings: &[SettingSpec {
        name: "wrap_user",
        kind: SettingKind::Flag,
        required: false,
        doc: "Sends bodies as {\"user\": {…}}, as the vendor's OpenAPI has it; its help pages show \
              them flat, which is the default.",
    }],
    attributes: &[
        AttributeSpec {
            name: "role",
            kind: AttributeKind::Slug(ROLES),
            required: Required::Roster,
            // Only these three form an order that the help pages confirm.
            rights: Rights::Ranked(&["customer_user", "customer_group_admin", convert::ADMIN]),
            doc: "The slug of the one base role. VRM roles and custom roles, set in Bitsight's own \
                  pages, do not show in the API.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "friendly_name",
            required: Required::Create,
            from_person: Some(FromPerson::FirstName),
            doc: "The preferred name.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "formal_name",
            required: Required::Create,
            from_person: Some(FromPerson::FullName),
            doc: "The full name.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "group",
            rights: Rights::Any,
            doc: "The name or guid of the one access control group; without it, new users land in \
                  the default group. A move can change the user's folders.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "is_available_for_contact",
            kind: AttributeKind::Flag,
            doc: "Whether the user is a contact of the subscription.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "features",
            kind: AttributeKind::FlagMap,
            rights: Rights::Flag,
            doc: "Features by slug, such as `fq-access` (Financial Quantification) and `wfh-ro` \
                  (Work From Home). Those not named are left alone.",
            ..AttributeSpec::BASE
        },
    ],
    read: ReadFrom::Api,
    email_change: true,
    deactivate: &[
        SwitchOff {
            name: "status",
            means: Means::Reversible,
            doc: "Sets the status to Deactivated and reads it back; the API does not promise that \
                  this works, and where it does not the action fails and asks for a person.",
        },
        SwitchOff {
            name: "manual",
            means: Means::Manual,
            doc: "Lists the user as one for a person to switch off in Bitsight's own pages.",
        },
        SwitchOff {
            name: "delete",
            means: Means::Delete,
            doc: "Deletes the user for good, and with them the shared folders they made.",
        },
    ],
    admin: AdminRule::TextIs("role", convert::ADMIN),
    // At most 3 calls at once are recommended, and a minute's wait after a 429:
    // https://help.bitsighttech.com/hc/en-us/articles/360036941374-Errors-and-Status-Codes
    // A rate is not documented; this one is ours.
    limits: LimitDefaults {
        per_second: 5.0,
        burst: 5,
        concurrency: 3,
        timeout_seconds: 60,
        throttle_seconds: 60,
    },
    read_lag_ms: &[1_000, 4_000],
    calls: ActionCalls {
        create: 1,
        update: 2,
        remove: 3,
        reactivate: 4,
    },
    check: no_conflicts,
};

/// How Bitsight's parts are made.
pub const KIND: VendorKind = VendorKind {
    spec: &SPEC,
    connect,
    #[cfg(feature = "sandbox")]
    sandbox: sandbox::boxed,
};

fn connect(with: Connect) -> Result<Box<dyn Vendor>, HttpError> {
    Ok(Box::new(Bitsight::new(with)?))
}

/// The connector.
struct Bitsight {
    settings: Arc<VendorSettings>,
    api: Api,
    /// The groups as the last fetch saw them.
    groups: Mutex<Option<Arc<Directory>>>,
}

impl Bitsight {
    fn new(with: Connect) -> Result<Self, HttpError> {
        let Connect {
            settings,
            api,
            mut secrets,
            record: _,
            permit: _,
        } = with;
        let token = secrets.remove("token").ok_or_else(|| {
            api.problem("connect", Problem::Secret("auth.token is missing".into()))
        })?;
        Ok(Self {
            settings,
            api: api.with_credentials(Credentials::Basic {
                user: token,
                password: None,
            }),
            groups: Mutex::new(None),
        })
    }

    /// The groups that names of the roster refer to; read now unless a fetch did.
    async fn groups(&self) -> Result<Arc<Directory>, HttpError> {
        let known = self.lock_groups().clone();
        match known {
            Some(groups) => Ok(groups),
            None => {
                let groups = Arc::new(self.read_groups(&[]).await?.directory);
                *self.lock_groups() = Some(groups.clone());
                Ok(groups)
            }
        }
    }

    fn lock_groups(&self) -> std::sync::MutexGuard<'_, Option<Arc<Directory>>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Vendor for Bitsight {
    async fn fetch(&self, desired: &Desired) -> Result<Current, HttpError> {
        self.fetch_current(desired).await
    }

    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, HttpError> {
        let user = match &key.id {
            Some(guid) => self.user_by_guid(guid).await?,
            None => self.user_by_email(&key.email).await?,
        };
        match user {
            Some(user) => self.account(&user, &*self.groups().await?),
            None => Ok(None),
        }
    }

    async fn write(&self, action: &Action) -> Result<Written, WriteError> {
        match action.kind {
            ActionKind::Create => self.create(action).await,
            ActionKind::Update => self.update(action).await,
            ActionKind::Deactivate => self.deactivate(action).await,
            ActionKind::Reactivate => self.reactivate(action).await,
            ActionKind::Delete => self.delete(action).await,
        }
    }
}
