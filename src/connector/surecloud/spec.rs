//! What can be done at SureCloud, as data.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::questions::QUESTIONS;
use crate::connector::rest::row::{Field, Table, Told};
use crate::model::spec::{
    AttributeKind, AttributeSpec, AuthForm, Conflict, DeactivateMode, FromPerson, LimitDefaults,
    Literal, Mode, ReadFrom, Required, Rights, SettingKind, SettingSpec, SwitchOff, VendorSpec,
};
use crate::model::value::{Attributes, Value};

/// The value `personType` falls back to whenever a call leaves it out, and the only one that is
/// documented.
pub(super) const INTERNAL: &str = "INTERNAL";

/// Names of the vendor settings.
pub(super) mod setting {
    pub(in super::super) const TOKEN_URL: &str = "token_url";
    pub(in super::super) const TOKEN_FIELDS: &str = "token_fields";
    pub(in super::super) const TOKEN_POINTER: &str = "token_pointer";
    pub(in super::super) const TOKEN_MINUTES: &str = "token_minutes";
    pub(in super::super) const KNOWN_ACCOUNTS: &str = "known_accounts";
    pub(in super::super) const LIST_PATH: &str = "list_path";
    pub(in super::super) const ROLES: &str = "roles";
    pub(in super::super) const BATCH_SIZE: &str = "batch_size";
}

/// The fields of a user model.
pub(super) static USER: LazyLock<Table> = LazyLock::new(|| {
    Table::from([
        Field::text("email"),
        Field::new("userID", "text or number", |id| match id {
            Json::Null => Some(Told::Null),
            id => (id.is_string() || id.is_number()).then(|| Told::Json(Box::new(id))),
        }),
        Field::text("role"),
        Field::text("name"),
        Field::text("jobTitle"),
        Field::text("personType"),
        Field::flag("enabled"),
        Field::list("groups", Told::set),
    ])
});

/// SureCloud's declaration.
pub static SPEC: VendorSpec = VendorSpec {
    kind: "surecloud",
    title: "SureCloud",
    docs: "https://success.surecloud.com/hc/en-us/articles/360011635057-User-API-Overview",
    base_url: Some("https://secure.surecloud.com"),
    paths: &["/restful"],
    auth: &[
        AuthForm {
            secrets: &["jwt"],
            doc: "A ready-made JWT of a platform user; it lives 60 minutes unless the tenant says otherwise.",
        },
        AuthForm {
            secrets: &["email", "secret_key"],
            doc: "A platform user's e-mail and Secret Key, exchanged for a JWT; needs token_url, token_fields and token_pointer.",
        },
    ],
    rights: "a platform user that may create and edit users through the REST API; its Secret Key is issued by somebody with the right \"Secret Key Administrator\"",
    settings: &[
        SettingSpec {
            name: setting::TOKEN_URL,
            kind: SettingKind::Text,
            required: false,
            doc: "Where e-mail and Secret Key are exchanged for a JWT: a path, or an address at the origin of base_url. The vendor does not publish it.",
        },
        SettingSpec {
            name: setting::TOKEN_FIELDS,
            kind: SettingKind::TextMap,
            required: false,
            doc: "The token call's own names for `email` and `secret_key`.",
        },
        SettingSpec {
            name: setting::TOKEN_POINTER,
            kind: SettingKind::Text,
            required: false,
            doc: "JSON pointer to the JWT in the token call's answer, such as /token.",
        },
        SettingSpec {
            name: setting::TOKEN_MINUTES,
            kind: SettingKind::Count,
            required: false,
            doc: "Minutes a minted JWT is used when it does not say itself; 60 if absent.",
        },
        SettingSpec {
            name: setting::KNOWN_ACCOUNTS,
            kind: SettingKind::Path,
            required: false,
            doc: "A CSV or YAML file of accounts that exist already; the record begins with them.",
        },
        SettingSpec {
            name: setting::LIST_PATH,
            kind: SettingKind::Text,
            required: false,
            doc: "Path of a GET that lists all users, for tenants whose own API pages show one.",
        },
        SettingSpec {
            name: setting::BATCH_SIZE,
            kind: SettingKind::Count,
            required: false,
            doc: "How many users one call may carry; 1 if absent. No limit of the vendor's is published.",
        },
        SettingSpec {
            name: setting::ROLES,
            kind: SettingKind::TextMap,
            required: false,
            doc: "The roles this tenant allows, each with a remark; actions with any other role are held.",
        },
    ],
    tenant: &[setting::TOKEN_URL],
    attributes: &[
        AttributeSpec::new(
            "groups",
            "groups",
            "Group paths, compared byte for byte: they begin with two slashes, and case counts.",
        )
        .kind(AttributeKind::NameSet)
        .rights(Rights::Set),
        AttributeSpec::new("job_title", "jobTitle", "The job title.")
            .from_person(FromPerson::JobTitle),
        AttributeSpec::new(
            "name",
            "name",
            "The full name; SureCloud has one field for it.",
        )
        .from_person(FromPerson::FullName),
        AttributeSpec {
            kind: AttributeKind::Slug(&[INTERNAL]),
            default: Some(Literal::Text(INTERNAL)),
            ..AttributeSpec::new(
                "person_type",
                "personType",
                "Sent with every call, because SureCloud resets it to INTERNAL whenever it is left out.",
            )
        },
        AttributeSpec::new(
            "role",
            "role",
            "The role; CONTRIBUTOR is the only documented one.",
        )
        .kind(AttributeKind::Slug(&["CONTRIBUTOR"]))
        .required(Required::Roster)
        .rights(Rights::Any),
        AttributeSpec::new(
            "user_id",
            "",
            "SureCloud's own userID of an account that exists already; it is then addressed by it.",
        )
        .mode(Mode::Fixed),
    ],
    read: ReadFrom::Record,
    beyond: &[(
        "newer tenants are provisioned by SCIM, which is another system than this API",
        "where SureCloud handed out a SCIM address, use `kind: scim` with `preset: auth0` instead",
    )],
    deactivate: &[SwitchOff::new(
        "enabled",
        DeactivateMode::Reversible,
        "Sets enabled to false.",
    )],
    // No figure is published; one small call at a time is what nobody can object to.
    limits: LimitDefaults {
        per_second: 2.0,
        burst: 1,
        concurrency: 1,
        timeout_seconds: 60,
        throttle_seconds: 30,
    },
    // Writes are verified from their own answer: there is no documented read.
    read_lag_ms: &[],
    check,
    questions: QUESTIONS,
    ..VendorSpec::BASE
};

fn check(attributes: &Attributes) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for attribute in ["role", "person_type", "user_id"] {
        let blank = attributes
            .get(attribute)
            .and_then(Value::as_text)
            .is_some_and(|text| text.trim().is_empty());
        if blank {
            conflicts.push(Conflict {
                attribute,
                message: "must not be empty",
                help: "give a value, or leave the key out",
            });
        }
    }
    let groups = attributes.get("groups").and_then(Value::as_set);
    if groups.is_some_and(|groups| groups.iter().any(|group| !group.starts_with("//"))) {
        conflicts.push(Conflict {
            attribute: "groups",
            message: "a group path does not begin with //",
            help: "write the whole path as SureCloud shows it, such as //Risk Department/Risk Analysts",
        });
    }
    conflicts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_role_and_bare_group_names_are_roster_errors() {
        let attributes: Attributes = [
            ("role", Value::text(" ")),
            ("person_type", Value::text(INTERNAL)),
            ("groups", Value::set(["//Risk/Owners", "Risk/Owners"])),
        ]
        .into_iter()
        .collect();
        let found: Vec<&str> = check(&attributes).iter().map(|c| c.attribute).collect();
        assert_eq!(found, ["role", "groups"]);
    }

    #[test]
    fn complete_attributes_have_no_conflicts() {
        let attributes: Attributes = [
            ("role", Value::text("CONTRIBUTOR")),
            ("groups", Value::set::<&str>([])),
        ]
        .into_iter()
        .collect();
        assert_eq!(check(&attributes), []);
    }
}
