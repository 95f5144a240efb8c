//! What a SCIM server can do, as data, and the settings that say how one differs from the standard.

use super::preset::PRESETS;
use super::questions::QUESTIONS;
use super::setting;
use crate::model::spec::{
    ActionCalls, AttributeKind, AttributeSpec, AuthForm, Conflict, DeactivateMode, FromPerson,
    LimitDefaults, Mode, Rights, SettingKind, SettingSpec, SwitchOff, VendorSpec,
};
use crate::model::value::{Attributes, Value};

const fn text(name: &'static str, doc: &'static str) -> AttributeSpec {
    AttributeSpec {
        name,
        doc,
        ..AttributeSpec::BASE
    }
}

const fn names(name: &'static str, rights: Rights, doc: &'static str) -> AttributeSpec {
    AttributeSpec {
        kind: AttributeKind::NameSet,
        rights,
        ..text(name, doc)
    }
}

const fn optional(name: &'static str, kind: SettingKind, doc: &'static str) -> SettingSpec {
    SettingSpec {
        name,
        kind,
        required: false,
        doc,
    }
}

/// What a SCIM 2.0 server can do (RFC 7643, RFC 7644; cursors: RFC 9865).
pub static SPEC: VendorSpec = VendorSpec {
    kind: "scim",
    title: "SCIM 2.0",
    docs: "https://www.rfc-editor.org/rfc/rfc7644",
    paths: &["/Users", "/Groups", "/ServiceProviderConfig"],
    auth: &[
        AuthForm {
            secrets: &["token"],
            doc: "A bearer token.",
        },
        AuthForm {
            secrets: &["username", "password"],
            doc: "HTTP Basic.",
        },
        AuthForm {
            secrets: &["client_id", "client_secret"],
            doc: "OAuth 2.0 client credentials; needs `token_url`.",
        },
    ],
    rights: "to read and write users, and groups where the roster sets them",
    settings: SETTINGS,
    tenant: &[
        setting::USERS_PATH,
        setting::GROUPS_PATH,
        setting::TOKEN_URL,
    ],
    attributes: ATTRIBUTES,
    email_change: true,
    deactivate: &[
        SwitchOff::new(
            "active",
            DeactivateMode::Reversible,
            "Sets `active` to false and reads it back.",
        ),
        SwitchOff::new(
            "delete",
            DeactivateMode::Delete,
            "Deletes the user for good.",
        ),
        SwitchOff::new(
            "manual",
            DeactivateMode::Manual,
            "Lists the user as one for a person to switch off.",
        ),
    ],
    // No rate is documented for all servers; these are what small ones bear.
    limits: LimitDefaults {
        per_second: 10.0,
        burst: 5,
        concurrency: 4,
        timeout_seconds: 60,
        throttle_seconds: 30,
    },
    read_lag_ms: &[500, 2_000],
    calls: ActionCalls {
        create: 2,
        update: 3,
        remove: 3,
        reactivate: 3,
    },
    check,
    questions: QUESTIONS,
    ..VendorSpec::BASE
};

const SETTINGS: &[SettingSpec] = &[
    optional(
        setting::MATCH,
        SettingKind::Choice(&["userName", "externalId", "emails"]),
        "What holds a person's e-mail and finds the account: `userName` (default), `externalId`, or \
         `emails` (the primary one).",
    ),
    optional(
        setting::PRESET,
        SettingKind::Preset(PRESETS),
        "Settings that fit one product, by its name; each can be given here all the same. \
         docs/scim.md says what each sets, and why.",
    ),
    optional(
        setting::FROM_PERSON,
        SettingKind::Names,
        "Attributes that come from the person where nothing else sets them: `display_name` (first \
         and last name), `external_id` (the e-mail).",
    ),
    optional(
        setting::READ,
        SettingKind::Choice(&["list", "search"]),
        "`search`: for vendors that show nobody without a filter. Everybody whom the roster names is \
         looked up, strangers are never seen, and who was found is remembered in the record. \
         `list` (default) reads all.",
    ),
    optional(
        setting::GROUPS,
        SettingKind::Choice(&["members", "user"]),
        "How somebody gets into a group: `members` of the group (default), or on the `user`, where \
         the vendor takes them there.",
    ),
    optional(
        setting::MEMBERSHIP,
        SettingKind::Choice(&["exact", "additive"]),
        "`exact` (default): `groups` are exactly the groups somebody is in. `additive`: those are \
         added, others are left alone.",
    ),
    optional(
        setting::GROUP_BATCH,
        SettingKind::Count,
        "Members that one call adds to or takes from a group at most; 100 unless set.",
    ),
    optional(
        setting::PATCH,
        SettingKind::Choice(&["path", "plain", "off"]),
        "How a user or group is changed, instead of finding it out: PATCH with a `path` for each \
         attribute, PATCH with all of them in one `plain` value, or `off`: PUT of the whole object.",
    ),
    optional(
        setting::FILTER,
        SettingKind::Flag,
        "Whether to search with a filter. `false` looks through the whole list instead; `true` \
         searches although the vendor says that it cannot.",
    ),
    optional(
        setting::PAGING,
        SettingKind::Choice(&["index", "cursor", "none"]),
        "How lists come in pages, instead of what the vendor says: by `startIndex`, by `cursor`, or \
         `none`: one answer, asked for without any parameter.",
    ),
    optional(
        setting::PAGE_SIZE,
        SettingKind::Count,
        "The `count` to ask for; 100 unless set, or the vendor's own largest page.",
    ),
    optional(
        setting::BOOLEANS,
        SettingKind::Choice(&["json", "text"]),
        "How `active` is sent for new users where none shows it: `json` (default) or `text`.",
    ),
    optional(
        setting::ETAG,
        SettingKind::Flag,
        "Whether a write carries the version it is meant for (`If-Match`), instead of what the \
         vendor says.",
    ),
    optional(
        setting::BULK,
        SettingKind::Flag,
        "`true` creates many users in one call, where the vendor offers it.",
    ),
    optional(
        setting::DISCOVERY,
        SettingKind::Flag,
        "`false` does not read `/ServiceProviderConfig`, `/Schemas` and `/ResourceTypes`.",
    ),
    optional(
        setting::MEDIA_TYPE,
        SettingKind::Choice(&["scim", "json"]),
        "The content type of bodies: `scim` (application/scim+json, default) or `json` \
         (application/json).",
    ),
    optional(
        setting::WITHOUT,
        SettingKind::Names,
        "Attributes that this vendor does not keep: they are neither sent nor compared.",
    ),
    optional(
        setting::USERS_PATH,
        SettingKind::Text,
        "Where users are, below `base_url`; `/Users` unless the vendor says else.",
    ),
    optional(
        setting::GROUPS_PATH,
        SettingKind::Text,
        "Where groups are, below `base_url`; `/Groups` unless the vendor says else.",
    ),
    optional(
        setting::TOKEN_URL,
        SettingKind::Url,
        "The token endpoint of OAuth 2.0 client credentials; may be another host.",
    ),
    optional(
        setting::TOKEN_SCOPE,
        SettingKind::Text,
        "The scope to ask for, where the token endpoint wants one.",
    ),
    optional(
        setting::TOKEN_AUTH,
        SettingKind::Choice(&["basic", "body"]),
        "How client id and secret go to the token endpoint: as HTTP Basic (default) or as form \
         fields in the body.",
    ),
];

const ATTRIBUTES: &[AttributeSpec] = &[
    AttributeSpec {
        mode: Mode::Fixed,
        ..text(
            "user_name",
            "The login name, where it is not the e-mail: only with `match: emails` or \
             `match: externalId`.",
        )
    },
    AttributeSpec {
        from_person: Some(FromPerson::FirstName),
        ..text("given_name", "`name.givenName`.")
    },
    AttributeSpec {
        from_person: Some(FromPerson::LastName),
        ..text("family_name", "`name.familyName`.")
    },
    text("middle_name", "`name.middleName`."),
    text("honorific_prefix", "`name.honorificPrefix`, such as `Dr.`."),
    text("honorific_suffix", "`name.honorificSuffix`, such as `III`."),
    text("formatted", "`name.formatted`: the full name as shown."),
    AttributeSpec {
        offered: Some(FromPerson::FullName),
        ..text("display_name", "The name that is shown to others.")
    },
    text("nick_name", "The casual name."),
    text("profile_url", "The address of a profile page."),
    AttributeSpec {
        from_person: Some(FromPerson::JobTitle),
        ..text("title", "The job title.")
    },
    text("user_type", "Such as `Employee` or `Contractor`."),
    text("preferred_language", "Such as `en-GB`."),
    text("locale", "For dates and numbers, such as `en-GB`."),
    text("timezone", "Such as `Europe/London`."),
    AttributeSpec {
        kind: AttributeKind::EmailSet,
        ..text("emails", "E-mail addresses besides the person's own.")
    },
    names("phone_numbers", Rights::None, "Phone numbers."),
    names("roles", Rights::Set, "Exactly the roles somebody has."),
    names(
        "entitlements",
        Rights::Set,
        "Exactly the entitlements somebody has.",
    ),
    names(
        "groups",
        Rights::Set,
        "Groups by display name or id: exactly these, or at least these with \
         `membership: additive`.",
    ),
    AttributeSpec {
        offered: Some(FromPerson::Email),
        ..text(
            "external_id",
            "The id that the company's own systems use (`externalId`).",
        )
    },
    text("employee_number", "Enterprise extension."),
    text("cost_center", "Enterprise extension."),
    text("organization", "Enterprise extension."),
    text("division", "Enterprise extension."),
    text("department", "Enterprise extension."),
    AttributeSpec {
        kind: AttributeKind::Email,
        ..text(
            "manager",
            "Enterprise extension: the e-mail of a person with an account here.",
        )
    },
    AttributeSpec {
        kind: AttributeKind::Family,
        rights: Rights::Any,
        ..text(
            "urn:",
            "A custom extension by its URN: a map of its attributes in `snake_case`. Those not \
             named are left alone.",
        )
    },
];

fn check(attributes: &Attributes) -> Vec<Conflict> {
    let empty = attributes.get("user_name").is_some_and(Value::is_empty);
    let conflict = Conflict {
        attribute: "user_name",
        message: "a SCIM user cannot be without a user name",
        help: "give a name, or leave the key out: then it is the e-mail",
    };
    empty.then_some(conflict).into_iter().collect()
}
