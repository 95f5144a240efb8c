//! What Bitsight can do, and what its answers look like, as data.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::questions::QUESTIONS;
use crate::connector::rest::list::{List, Paging};
use crate::connector::rest::row::{Field, Table, Told, words};
use crate::model::spec::{
    ActionCalls, AdminRule, AttributeKind, AttributeSpec, AuthForm, Conflict, DeactivateMode,
    FromPerson, LimitDefaults, Required, Rights, SettingKind, SettingSpec, SwitchOff, VendorSpec,
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

/// The fields of a user, as list, single read, create and (perhaps) edit answer it.
///
/// <https://help.bitsighttech.com/hc/en-us/articles/360048841653-GET-Users> (list),
/// <https://help.bitsighttech.com/hc/en-us/articles/360048214814-POST-Create-a-New-User> (create),
/// <https://help.bitsighttech.com/hc/en-us/articles/360048216934-PATCH-Edit-a-User> (edit).
/// List and single reads differ and the help pages differ from the vendor's OpenAPI, so reading is
/// lenient: unknown fields are ignored and only `guid`, the immutable key, has to be there.
pub(super) static USER: LazyLock<Table> = LazyLock::new(|| {
    Table::from([
        Field::text("guid").required(),
        // Also the login name. Only a token's pseudo-user may come without.
        Field::text("email"),
        Field::text("friendly_name"),
        Field::text("formal_name"),
        // One entry, though some help pages speak of several. The sample's key has a leading space.
        Field::list("roles", |it| {
            Told::list(it, |it| has_text(it, "slug") && has_text(it, " slug"))
        }),
        Field::new("group", "group", group),
        Field::text("status"),
        // The reference has samples with and without `T` and zone.
        Field::moment("last_login_time"),
        Field::flag("is_available_for_contact"),
        Field::flag("is_company_api_token"),
        Field::list("features", |it| Told::list(it, is_feature)),
    ])
});

/// `GET /ratings/v1/users/current`, of which only the identity is used: its other fields have
/// another shape than those of v2. Whether it tells of company tokens is not documented.
/// <https://help.bitsighttech.com/hc/en-us/articles/360025678414-GET-User-Details>
pub(super) static CURRENT_USER: LazyLock<Table> = LazyLock::new(|| {
    Table::from([
        Field::text("guid"),
        Field::text("email"),
        Field::flag("is_company_api_token"),
    ])
});

/// `GET /ratings/v1/access-groups`: the groups that the token may see, and the one that new users
/// land in.
/// <https://help.bitsighttech.com/hc/en-us/articles/360042641293-GET-Access-Control-Groups>
pub(super) static ACCESS_GROUPS: LazyLock<Table> = LazyLock::new(|| {
    Table::from([
        Field::list("groups", |it| Told::list(it, is_group)).required(),
        Field::new("default_group", "group", group),
    ])
});

/// The pages of users. Other Bitsight lists put the link at the top level.
pub(super) static USERS: LazyLock<List> = LazyLock::new(|| List {
    items: words(["results"]),
    table: USER.clone(),
    key: "guid".into(),
    path: "/ratings/v2/users".into(),
    names: words(["formal_name", "friendly_name"]),
    // The documented default page size; a maximum is not documented.
    paging: Paging::Offset("limit".into(), 100),
    total: words(["/count"]),
    next: words(["/links/next", "/next", "/next_url"]),
    ..List::base()
});

/// A group: an object on read, a bare guid where the vendor echoes what was written.
fn group(json: Json) -> Option<Told> {
    match json {
        Json::Null => Some(Told::Null),
        group if group.is_string() || is_group(&group) => Some(Told::Json(Box::new(group))),
        _ => None,
    }
}

fn is_group(group: &Json) -> bool {
    group.get("guid").is_some_and(Json::is_string) && has_text(group, "name")
}

/// A feature that is switched per user; its value is true or false by the help pages, and the
/// vendor's OpenAPI also has texts. With `can_update: false` it cannot be changed on this user.
fn is_feature(feature: &Json) -> bool {
    let lock = feature.get("can_update");
    feature.get("slug").is_some_and(Json::is_string)
        && lock.is_none_or(|it| it.is_null() || it.is_boolean())
}

/// Whether an object has a text there, or nothing.
fn has_text(object: &Json, key: &str) -> bool {
    let text = object.get(key);
    object.is_object() && text.is_none_or(|it| it.is_null() || it.is_string())
}

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
    attributes: &[
        AttributeSpec::new(
            "role",
            "",
            "The slug of the one base role. VRM roles and custom roles, set in Bitsight's own \
             pages, do not show in the API.",
        )
        .kind(AttributeKind::Slug(ROLES))
        .required(Required::Roster)
        // Only these three form an order that the help pages confirm.
        .rights(Rights::Ranked(&[
            "customer_user",
            "customer_group_admin",
            ADMIN,
        ])),
        AttributeSpec::new("friendly_name", "friendly_name", "The preferred name.")
            .required(Required::Create)
            .from_person(FromPerson::FirstName),
        AttributeSpec::new("formal_name", "formal_name", "The full name.")
            .required(Required::Create)
            .from_person(FromPerson::FullName),
        AttributeSpec::new(
            "group",
            "",
            "The name or guid of the one access control group; without it, new users land in the \
             default group. A move can change the user's folders.",
        )
        .rights(Rights::Any),
        AttributeSpec::new(
            "is_available_for_contact",
            "is_available_for_contact",
            "Whether the user is a contact of the subscription.",
        )
        .kind(AttributeKind::Flag),
        AttributeSpec::new(
            "features",
            "",
            "Features by slug, such as `fq-access` (Financial Quantification) and `wfh-ro` (Work \
             From Home). Those not named are left alone.",
        )
        .kind(AttributeKind::FlagMap)
        .rights(Rights::Flag),
    ],
    email_change: true,
    deactivate: &[
        SwitchOff::new(
            "status",
            DeactivateMode::Reversible,
            "Sets the status to Deactivated and reads it back; the API does not promise that \
                  this works, and where it does not the action fails and asks for a person.",
        ),
        SwitchOff::new(
            "manual",
            DeactivateMode::Manual,
            "Lists the user as one for a person to switch off in Bitsight's own pages.",
        ),
        SwitchOff::new(
            "delete",
            DeactivateMode::Delete,
            "Deletes the user for good, and with them the shared folders they made.",
        ),
    ],
    delete_caution: "deleting a user cannot be undone and also deletes the shared folders they \
                     made; give the folders a new owner first",
    // https://help.bitsighttech.com: SAML single sign-on, "Auto provision users" and attributes.
    beyond: &[
        (
            "single sign-on may make users at their first login (\"Auto provision users\"), also \
             leavers whom the identity provider still lets in",
            "take leavers out at the identity provider too, or switch \"Auto provision users\" off",
        ),
        (
            "the identity provider may send role and group with each login, and then it decides",
            "leave `role` and `group` out of the roster, or take them out of what it sends",
        ),
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
    calls: ActionCalls {
        create: 1,
        update: 2,
        remove: 3,
        reactivate: 3,
    },
    check,
    questions: QUESTIONS,
    ..VendorSpec::BASE
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
