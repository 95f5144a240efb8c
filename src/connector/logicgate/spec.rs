//! What LogicGate can do, and what its answers look like, as data.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::questions::QUESTIONS;
use crate::connector::rest::list::{List, Paging};
use crate::connector::rest::row::{Field, Row, Table, Told, words};
use crate::model::spec::{
    ActionCalls, AdminRule, AttributeKind, AttributeSpec, AuthForm, DeactivateMode, FromPerson,
    LimitDefaults, Literal, Mode, OnCreate, Required, Rights, SettingKind, SettingSpec, SwitchOff,
    VendorSpec,
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
    attributes: ATTRIBUTES,
    email_change: true,
    deactivate: &[
        SwitchOff::new(
            "manual",
            DeactivateMode::Manual,
            "Listed as a step for a person: no documented call switches a user off.",
        ),
        SwitchOff::new(
            "disable",
            DeactivateMode::Reversible,
            "Writes the whole user back with `disabled: true` and reads it again; not \
                  confirmed by the vendor's documentation.",
        ),
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
        create: 3,
        update: 3,
        remove: 3,
        reactivate: 3,
    },
    questions: QUESTIONS,
    ..VendorSpec::BASE
};

const ATTRIBUTES: &[AttributeSpec] = &[
    AttributeSpec::new(
        "tier",
        "tier",
        "The licence tier. It grants nothing by itself (access comes from roles); every user takes \
         a licence of its tier.",
    )
    .kind(AttributeKind::Choice(&["PRIMARY", "SECONDARY", "LIMITED"]))
    .required(Required::Roster),
    AttributeSpec::new("first", "first", "First name.")
        .required(Required::Create)
        .from_person(FromPerson::FirstName),
    AttributeSpec::new("last", "last", "Last name.")
        .required(Required::Create)
        .from_person(FromPerson::LastName),
    AttributeSpec::new("company", "company", "Company.").from_person(FromPerson::Company),
    AttributeSpec::new(
        "roles",
        "",
        "Names or ids of exactly the roles the user holds. A name that nobody holds yet needs an \
         entry in the vendor's `role_ids`.",
    )
    .kind(AttributeKind::NameSet)
    .rights(Rights::Set),
    AttributeSpec::new(
        "time_zone",
        "timeZone",
        "Time zone, such as `Europe/London`.",
    ),
    AttributeSpec::new(
        "language_tag",
        "languageTag",
        "Date format preference, such as `en-GB`.",
    ),
    AttributeSpec::new(
        "send_email",
        "",
        "Whether a new user gets the welcome mail at once.",
    )
    .kind(AttributeKind::Flag)
    .mode(Mode::CreateOnly)
    .on_create(OnCreate::Send(Literal::Flag(false))),
];

/// The fields of a user that mean something here, of a noisy, machine-made schema: any may be
/// missing, times come in two forms (so none is read), and `status` occurs twice in one object, of
/// which the last one counts.
/// <https://www.logicgate.com/developer/risk-cloud-api-viewing-users/>
pub(super) static USER: LazyLock<Table> = LazyLock::new(|| {
    Table::from([
        Field::text("id"),
        Field::text("email"),
        Field::text("first"),
        Field::text("last"),
        Field::text("company"),
        Field::text("tier"),
        Field::text("timeZone"),
        Field::text("languageTag"),
        Field::flag("active"),
        Field::flag("disabled"),
        Field::flag("external"),
        Field::text("status"),
        Field::flag("autoprovisioned"),
        // Only whether it says anything at all.
        Field::presence("scimStatus"),
        // The reference does not say of which type.
        Field::moment("lastLogin"),
        Field::flag("superUser"),
        Field::flag("serviceAccount"),
        Field::list("roles", |it| {
            Told::list(it, |it| it.is_string() || Row::of(it, &ROLE).is_ok())
        }),
        Field::list("roleIds", |it| Told::list(it, Json::is_string)),
    ])
});

/// A role inside a user, where it is not its id alone.
/// <https://www.logicgate.com/developer/risk-cloud-api-update-users-and-permission-sets-on-role/>
static ROLE: LazyLock<Table> = LazyLock::new(|| {
    Table::from([
        Field::text("id").required(),
        Field::text("name"),
        Field::flag("superAdmin"),
        Field::flag("autoprovisioned"),
    ])
});

/// The list of users: one array as documented, pages of either envelope if it ever becomes paged.
/// Links are read as "there is more" and never followed: page numbers do, and no address that the
/// vendor sends can lead the token elsewhere.
/// <https://www.logicgate.com/developer/risk-cloud-api-pagination/>
pub(super) static USERS: LazyLock<List> = LazyLock::new(|| List {
    path: "/api/v1/users".into(),
    items: words(["content"]),
    bare: true,
    table: USER.clone(),
    key: "id".into(),
    names: words(["id", "email", "first", "last"]),
    twice: &["status"],
    odd: |fault| format!("cannot be read: {fault}"),
    // The largest page is not documented; this is well below what others use.
    paging: Paging::Page("size".into(), 100),
    total: words(["/totalElements", "/page/totalElements"]),
    next: words(["/links/next"]),
    last: "/last".into(),
    number: words(["/number", "/page/number"]),
    pages: words(["/totalPages", "/page/totalPages"]),
    ..List::base()
});

/// The search by e-mail.
pub(super) static SEARCH: LazyLock<List> = LazyLock::new(|| List {
    what: "find user by e-mail",
    // Documented, but `internal`, so never the main source.
    path: "/api/v1/internal/users".into(),
    ..USERS.clone()
});
