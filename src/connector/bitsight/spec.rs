//! What Bitsight can do, as data.

use crate::model::spec::{
    ActionCalls, AdminRule, AttributeKind, AttributeSpec, AuthForm, Conflict, FromPerson,
    LimitDefaults, Means, ReadFrom, Required, Rights, SettingKind, SettingSpec, SwitchOff,
    VendorSpec,
};
use crate::model::value::{Attributes, Value};

/// The role that may do everything.
pub(super) const ADMIN: &str = "customer_admin";

/// Role slugs of the help pages and of the vendor's OpenAPI. There may be more.
pub(super) const ROLES: &[&str] = &[
    "vrm_admin",
    "vrm_internal_business_user",
    "vrm_operations",
    "vrm_view_only",
    "vulnerability_response_outreach",
    ADMIN,
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
    paths: &["/ratings"],
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
    tenant: &[],
    attributes: &[
        AttributeSpec {
            name: "role",
            kind: AttributeKind::Slug(ROLES),
            required: Required::Roster,
            // Only these three form an order that the help pages confirm.
            rights: Rights::Ranked(&["customer_user", "customer_group_admin", ADMIN]),
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
    admin: AdminRule::TextIs("role", ADMIN),
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
        remove: 4,
        reactivate: 4,
    },
    check,
};

/// Texts that Bitsight cannot unset: it documents neither an empty text nor `null` for them.
const NEVER_EMPTY: &[(&str, &str)] = &[
    ("role", "give a role slug"),
    ("friendly_name", "give a name, or leave the key out"),
    ("formal_name", "give a name, or leave the key out"),
    (
        "group",
        "name the default group to move somebody back to it",
    ),
];

fn check(attributes: &Attributes) -> Vec<Conflict> {
    let empty = |name: &str| attributes.get(name).is_some_and(Value::is_empty);
    NEVER_EMPTY
        .iter()
        .filter(|(name, _)| empty(name))
        .map(|(attribute, help)| Conflict {
            attribute,
            message: "Bitsight has no empty value for this",
            help,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_texts_are_roster_errors() {
        let attributes: Attributes = [
            ("formal_name", Value::text("Ada")),
            ("group", Value::text("")),
        ]
        .into_iter()
        .collect();
        let conflicts = (SPEC.check)(&attributes);
        assert_eq!(conflicts.len(), 1);
        assert_eq!(conflicts[0].attribute, "group");
        assert!(conflicts[0].help.contains("default group"));
    }
}
