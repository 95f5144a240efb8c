//! What SnapLogic can do, and what its answers look like, as data.
//!
//! <https://docs.snaplogic.com/public-apis/apis-user-and-group.html>, read in August 2026. Lenient
//! on reading: unknown fields are ignored, missing ones tolerated, and where pages disagree every
//! printed form is accepted.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value as Json;

use super::questions::QUESTIONS;
use crate::connector::rest::list::{List, Paging};
use crate::connector::rest::row::{Field, Table, Told, words};
use crate::connector::rest::walk::End;
use crate::model::email::EmailKey;
use crate::model::spec::{
    ALLOWED_DOMAINS, ActionCalls, AdminRule, AttributeKind, AttributeSpec, AuthForm, Conflict,
    DeactivateMode, FromPerson, LimitDefaults, Literal, Mode, Needs, OnCreate, Required, Rights,
    SettingKind, SettingSpec, SwitchOff, VendorSpec,
};
use crate::model::value::{Attributes, Value};

/// The fields of a user, in the list and alone. The API has two names for several things
/// (`utility` and `service_account`, `username` and `email`); behind this table there is one.
/// <https://docs.snaplogic.com/public-apis/get-assetapi-user-settings.html>,
/// <https://docs.snaplogic.com/public-apis/get-users-email.html>
pub(super) static USER: LazyLock<Table> = LazyLock::new(|| {
    Table::from([
        Field::text("username").or("email"),
        Field::text("first_name"),
        Field::text("last_name"),
        // False: API only, not locked out.
        word("ui_access"),
        word("utility").or("service_account"),
        Field::new("user_setting", "setting as documented", applications),
        // From here on only where one user is read.
        word("allow_password_login"),
        // A team account.
        word("managed"),
        Field::new("maintainers", "list as documented", maintainers),
        // Those that the caller can see; perhaps not all.
        Field::list("organizations", |it| Told::list(it, is_organization)),
        word("password_expired"),
        // A time, or null; presumably of the last Basic login.
        Field::presence("basic_access"),
    ])
});

/// The same as far as the list shows it.
static LISTED: LazyLock<Table> = LazyLock::new(|| USER.iter().take(6).cloned().collect());

/// The list, which says nothing of its length or its end: the group of all members proves it.
pub(super) static USERS: LazyLock<List> = LazyLock::new(|| List {
    items: words(["response_map", "users"]),
    table: LISTED.clone(),
    path: "/api/1/rest/public/assetapi/user/settings".into(),
    key: "username".into(),
    email: "username".into(),
    names: words(["first_name", "last_name"]),
    // The vendor allows 100 000 and gives 100 when not asked; most environments fit into one page.
    paging: Paging::Offset("limit".into(), 1000),
    end: End::NotTheFirst,
    ..List::base()
});

/// The names of an environment's groups:
/// <https://docs.snaplogic.com/public-apis/get-groups-org.html>.
#[derive(Debug, Deserialize)]
pub(super) struct GroupNames {
    /// Names only.
    pub(super) groups: Vec<String>,
}

/// One group: <https://docs.snaplogic.com/public-apis/get-groups-org-group.html>.
#[derive(Debug, Deserialize)]
pub(super) struct Group {
    /// E-mails, in the vendor's spelling.
    pub(super) members: Vec<String>,
}

/// Groups with a meaning of their own. Adding to or taking from `admins` is how administrators
/// are made; the others are never touched.
pub(super) const RESERVED: [&str; 4] = [
    "admins",
    "members",
    "pattern_submitters",
    "pattern_custodians",
];

/// Whether the group is not the roster's to fill. The names are case-sensitive.
pub(super) fn reserved(group: &str) -> bool {
    RESERVED.contains(&group)
}

/// A boolean that some pages print as a text. Null reads as not shown.
fn word(key: &'static str) -> Field {
    Field::new(key, "boolean", |json| {
        let text = json.as_str().map(str::to_ascii_lowercase);
        match (json.as_bool(), text.as_deref()) {
            (Some(flag), _) => Some(Told::Value(Value::Flag(flag))),
            (None, Some("true")) => Some(Told::Value(Value::Flag(true))),
            (None, Some("false")) => Some(Told::Value(Value::Flag(false))),
            (None, _) => json.is_null().then_some(Told::Absent),
        }
    })
}

/// The applications that are granted, each with its environment before it. Anything but a clear no
/// counts as a yes, so that an unknown form never makes an account look switched off.
fn applications(setting: Json) -> Option<Told> {
    let inside = |json: Json| match json {
        Json::Null => Some(serde_json::Map::new()),
        Json::Object(map) => Some(map),
        _ => None,
    };
    let granted = |json: &Json| {
        let no = json
            .as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case("false"));
        !no && !matches!(json, Json::Null | Json::Bool(false))
    };
    let mut all = Vec::new();
    let access = inside(setting)?.remove("app_access").unwrap_or_default();
    for (environment, apps) in inside(access)? {
        let environment = environment.trim_start_matches('/');
        let apps = inside(apps)?.into_iter().filter(|(_, it)| granted(it));
        all.extend(apps.map(|(app, _)| format!("{environment}\0{app}")));
    }
    Some(Told::Value(Value::set(all)))
}

/// The maintainers of a team account, written as a list, read as an object of lists or null.
fn maintainers(json: Json) -> Option<Told> {
    let lists = match json {
        Json::Null => Vec::new(),
        Json::Object(by_path) => by_path.into_iter().map(|(_, list)| list).collect(),
        list => vec![list],
    };
    let lists = lists.into_iter().filter(|list| !list.is_null());
    let texts = lists.map(|list| serde_json::from_value::<Vec<String>>(list).ok());
    let texts: Vec<String> = texts.collect::<Option<Vec<_>>>()?.concat();
    let keys = texts.iter().map(|email| EmailKey::of(email));
    Some(Told::Value(Value::set(keys)))
}

/// An environment in a user's record.
fn is_organization(place: &Json) -> bool {
    place.get("name").is_some_and(Json::is_string)
}

const fn flag(name: &'static str, at: &'static str, doc: &'static str) -> AttributeSpec {
    AttributeSpec::new(name, at, doc).kind(AttributeKind::Flag)
}

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
        // https://docs.snaplogic.com/admin-manager/email-allowlist.html
        SettingSpec {
            name: ALLOWED_DOMAINS,
            kind: SettingKind::Names,
            required: false,
            doc: "The domains that the environment's e-mail allow list has; nobody else is created",
        },
    ],
    tenant: &["organization"],
    attributes: &[
        AttributeSpec::new(
            "first_name",
            "first_name",
            "First name; the same in every environment of the account",
        )
        .required(Required::Create)
        .from_person(FromPerson::FirstName),
        AttributeSpec::new(
            "last_name",
            "last_name",
            "Last name; the same in every environment of the account",
        )
        .required(Required::Create)
        .from_person(FromPerson::LastName),
        flag(
            "administrator",
            "",
            "Whether the account administers the environment (member of `admins`)",
        )
        .on_create(OnCreate::Send(Literal::Flag(false)))
        .rights(Rights::Flag),
        flag(
            "ui_access",
            "ui_access",
            "Whether the user interface is open. `false` is an API-only account, not a \
             switched-off one",
        )
        .on_create(OnCreate::TrueUnless("utility"))
        .rights(Rights::Flag),
        flag(
            "utility",
            "utility",
            "A service account; forces `ui_access` to false",
        )
        .on_create(OnCreate::Send(Literal::Flag(false)))
        // It closes the user interface, and so takes as well as gives.
        .rights(Rights::Any),
        AttributeSpec {
            needs: Some(Needs {
                value: Literal::Flag(false),
                setting: "sso",
                why: "password login may be off only where single sign-on is on in every \
                      environment of the account",
            }),
            ..flag(
                "allow_password_login",
                "allow_password_login",
                "Whether a password opens the account",
            )
            .on_create(OnCreate::Send(Literal::Flag(true)))
            .rights(Rights::Flag)
        },
        flag("managed", "managed", "A team account; needs `maintainers`").mode(Mode::Fixed),
        AttributeSpec::new(
            "maintainers",
            "maintainers",
            "E-mails that get the reset mails of a team account",
        )
        .kind(AttributeKind::EmailSet)
        .mode(Mode::Fixed),
        AttributeSpec::new(
            "groups",
            "",
            "Groups of the environment, exactly these; the reserved ones (`admins`, `members`, …) \
             are left alone",
        )
        .kind(AttributeKind::NameSet)
        .rights(Rights::Set),
        flag(
            "mfa_login",
            "",
            "Multi-factor login, where the environment has it; sent on create only",
        )
        .mode(Mode::CreateOnly),
        AttributeSpec::new(
            "certificate",
            "",
            "A file beside the roster with a public key or certificate in PEM, by which a service \
             account signs in; sent on create only",
        )
        .mode(Mode::CreateOnly)
        .from_file(),
        flag(
            "create_home_directory",
            "",
            "Makes a project folder of the person's name; sent on create only",
        )
        .mode(Mode::CreateOnly)
        .on_create(OnCreate::Send(Literal::Flag(false))),
        flag(
            "email_notification",
            "",
            "Sends the welcome mail, whose password lasts 24 hours; sent on create only",
        )
        .mode(Mode::CreateOnly)
        .on_create(OnCreate::Send(Literal::Flag(false))),
    ],
    deactivate: &[
        SwitchOff::new(
            "revoke",
            DeactivateMode::Reversible,
            "Takes administrator, managed groups, applications, the user interface and the \
                  password away, in that order",
        ),
        SwitchOff::new(
            "manual",
            DeactivateMode::Manual,
            "Lists the account as a step for a person",
        ),
        SwitchOff::new(
            "delete",
            DeactivateMode::Delete,
            "Deletes the account for good; refused while it is in another environment",
        ),
    ],
    beyond: &[(
        "who has a password that works can open the user interface again with it (`ui_access`)",
        "the nightly run closes it again; `deactivate: revoke` takes the password away as well",
    )],
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
        remove: 8,
        reactivate: 9,
    },
    check,
    questions: QUESTIONS,
    ..VendorSpec::BASE
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
            "ui_access",
            "a service account (`utility: true`) has no user interface",
            "set one of the two; `utility: true` alone switches `ui_access` off",
        ),
        (
            is("managed", true) && names("maintainers").is_empty(),
            "managed",
            "a team account needs at least one maintainer",
            "add `maintainers: [someone@example.com]`",
        ),
        (
            is("managed", true) && is("administrator", true),
            "administrator",
            "a team account cannot administer",
            "take `administrator` out, or give it to a person's account",
        ),
        (
            is("mfa_login", true) && is("allow_password_login", false),
            "mfa_login",
            "multi-factor login needs password login",
            "set `allow_password_login: true`, or take `mfa_login` out",
        ),
        (
            names("groups").iter().any(|group| reserved(group)),
            "groups",
            "the reserved groups of SnapLogic are not filled from here",
            "use `administrator: true` for `admins`; everybody is in `members`",
        ),
    ];
    let broken = rules.into_iter().filter(|(broken, ..)| *broken);
    let conflict = |(_, attribute, message, help)| Conflict {
        attribute,
        message,
        help,
    };
    broken.map(conflict).collect()
}
