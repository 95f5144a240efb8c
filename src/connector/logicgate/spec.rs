//! What LogicGate can do, as data.

use crate::model::spec::{
    ActionCalls, AdminRule, AttributeKind, AttributeSpec, AuthForm, FromPerson, LimitDefaults,
    Literal, Means, Mode, OnCreate, ReadFrom, Required, Rights, SettingKind, SettingSpec,
    SwitchOff, VendorSpec, no_conflicts,
};

/// The setting that names roles nobody holds yet.
pub(super) const ROLE_IDS: &str = "role_ids";

/// LogicGate Risk Cloud, users of the v1 API (checked 2026-08; v2 has no users).
pub static SPEC: VendorSpec = VendorSpec {
    kind: "logicgate",
    title: "LogicGate Risk Cloud",
    docs: "https://www.logicgate.com/developer/risk-cloud-api-create-users/",
    // One host per customer, and no shared one.
    base_url: None,
    paths: &["/api/v1"],
    auth: &[
        AuthForm {
            secrets: &["client_id", "client_secret"],
            doc: "Client and Secret key of the Access Key tab; a token is minted once per run.",
        },
        AuthForm {
            secrets: &["token"],
            doc: "A ready bearer token from the Access Key tab.",
        },
    ],
    rights: "an access key of a Primary-tier account with the Admin role (API Access add-on)",
    settings: &[SettingSpec {
        name: ROLE_IDS,
        kind: SettingKind::TextMap,
        required: false,
        doc: "Role names and their ids, for roles that nobody holds yet: roles are learnt from \
              the users who hold them.",
    }],
    tenant: &[],
    attributes: ATTRIBUTES,
    read: ReadFrom::Api,
    email_change: true,
    deactivate: &[
        SwitchOff {
            name: "manual",
            means: Means::Manual,
            doc: "Listed as a step for a person: no documented call switches a user off.",
        },
        SwitchOff {
            name: "disable",
            means: Means::Reversible,
            doc: "Writes the whole user back with `disabled: true` and reads it again; not \
                  confirmed by the vendor's documentation.",
        },
    ],
    admin: AdminRule::Holds("roles"),
    // The vendor publishes no limit; one call at a time is the careful reading.
    limits: LimitDefaults {
        per_second: 2.0,
        burst: 1,
        concurrency: 1,
        timeout_seconds: 60,
        throttle_seconds: 1,
    },
    // "A few seconds" of cache between a write and what a read shows.
    read_lag_ms: &[1_000, 2_000, 4_000, 8_000],
    calls: ActionCalls {
        // Search, create, read, write the roles, then search and read to verify.
        create: 6,
        update: 3,
        remove: 4,
        reactivate: 3,
    },
    check: no_conflicts,
};

const ATTRIBUTES: &[AttributeSpec] = &[
    AttributeSpec {
        name: "tier",
        kind: AttributeKind::Choice(&["PRIMARY", "SECONDARY", "LIMITED"]),
        required: Required::Roster,
        doc: "The licence tier. It grants nothing by itself (access comes from roles); every \
              user takes a licence of its tier.",
        ..AttributeSpec::BASE
    },
    AttributeSpec {
        name: "first",
        required: Required::Create,
        from_person: Some(FromPerson::FirstName),
        doc: "First name.",
        ..AttributeSpec::BASE
    },
    AttributeSpec {
        name: "last",
        required: Required::Create,
        from_person: Some(FromPerson::LastName),
        doc: "Last name.",
        ..AttributeSpec::BASE
    },
    AttributeSpec {
        name: "company",
        from_person: Some(FromPerson::Company),
        doc: "Company.",
        ..AttributeSpec::BASE
    },
    AttributeSpec {
        name: "roles",
        kind: AttributeKind::NameSet,
        rights: Rights::Set,
        doc: "Names or ids of exactly the roles the user holds. A name that nobody holds yet \
              needs an entry in the vendor's `role_ids`.",
        ..AttributeSpec::BASE
    },
    AttributeSpec {
        name: "time_zone",
        doc: "Time zone, such as `Europe/London`.",
        ..AttributeSpec::BASE
    },
    AttributeSpec {
        name: "language_tag",
        doc: "Date format preference, such as `en-GB`.",
        ..AttributeSpec::BASE
    },
    AttributeSpec {
        name: "send_email",
        kind: AttributeKind::Flag,
        mode: Mode::CreateOnly,
        on_create: OnCreate::Send(Literal::Flag(false)),
        doc: "Whether a new user gets the welcome mail at once.",
        ..AttributeSpec::BASE
    },
];
