//! The roster as a whole, against two small declarations that have every kind of attribute.

mod admins;
mod assertions;
mod diagnostics;
mod ending;
mod grace;
mod kinds;
mod layers;
mod misplaced;
mod properties;
mod protect;
mod released;
mod rules;
mod schema;
mod secrets;
mod slips;
mod sources;
mod teams;
mod untrusted;

use crate::model::spec::*;
use crate::model::value::Attributes;
use crate::roster::{Parsed, RosterFile, parse};

/// Has every kind of attribute and setting.
pub(super) static ACME: VendorSpec = VendorSpec {
    kind: "acme",
    title: "Acme",
    docs: "https://acme.example/docs",
    base_url: Some("https://api.acme.example"),
    paths: &["/v9"],
    auth: &[
        AuthForm {
            secrets: &["token"],
            doc: "an API token",
        },
        AuthForm {
            secrets: &["client_id", "client_secret"],
            doc: "a client",
        },
    ],
    rights: "Admin",
    settings: &[
        SettingSpec {
            name: "sso",
            kind: SettingKind::Flag,
            required: false,
            doc: "Whether people log in through SSO.",
        },
        SettingSpec {
            name: "pages",
            kind: SettingKind::Count,
            required: false,
            doc: "Pages.",
        },
        SettingSpec {
            name: "ca",
            kind: SettingKind::Path,
            required: false,
            doc: "A certificate.",
        },
        SettingSpec {
            name: "fields",
            kind: SettingKind::TextMap,
            required: false,
            doc: "Names of fields.",
        },
        SettingSpec {
            name: "owner",
            kind: SettingKind::Email,
            required: false,
            doc: "Who to ask.",
        },
    ],
    attributes: &[
        AttributeSpec {
            name: "tier",
            kind: AttributeKind::Choice(&["LOW", "HIGH"]),
            required: Required::Roster,
            doc: "The tier.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "role",
            kind: AttributeKind::Slug(&["user", "admin"]),
            rights: Rights::Ranked(&["user", "admin"]),
            doc: "The role.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "name",
            from_person: Some(FromPerson::FullName),
            doc: "The full name.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "company",
            from_person: Some(FromPerson::Company),
            doc: "The company.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "group",
            doc: "The group.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "roles",
            kind: AttributeKind::NameSet,
            doc: "The roles.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "maintainers",
            kind: AttributeKind::EmailSet,
            doc: "Who gets mail.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "features",
            kind: AttributeKind::FlagMap,
            doc: "Features.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "bot",
            kind: AttributeKind::Flag,
            on_create: OnCreate::Send(Literal::Flag(false)),
            doc: "Not a person.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "entry",
            kind: AttributeKind::Flag,
            on_create: OnCreate::TrueUnless("bot"),
            doc: "May log in.",
            ..AttributeSpec::BASE
        },
        AttributeSpec {
            name: "person_type",
            default: Some(Literal::Text("INTERNAL")),
            doc: "The type.",
            ..AttributeSpec::BASE
        },
    ],
    email_change: true,
    deactivate: &[
        SwitchOff::new("status", DeactivateMode::Reversible, "switches off"),
        SwitchOff::new("delete", DeactivateMode::Delete, "destroys"),
    ],
    admin: AdminRule::TextIs("role", "admin"),
    limits: LimitDefaults {
        per_second: 5.0,
        burst: 2,
        concurrency: 3,
        timeout_seconds: 60,
        throttle_seconds: 60,
    },
    read_lag_ms: &[],
    check: bot_or_entry,
    ..VendorSpec::BASE
};

fn bot_or_entry(attributes: &Attributes) -> Vec<Conflict> {
    let set = |name| attributes.get(name).and_then(|value| value.as_flag()) == Some(true);
    if set("bot") && set("entry") {
        return vec![Conflict {
            attribute: "entry",
            message: "a bot cannot log in",
            help: "leave `entry` out",
        }];
    }
    Vec::new()
}

/// Has nothing that it need not have, and needs a base address and a setting.
pub(super) static PLAIN: VendorSpec = VendorSpec {
    kind: "plain",
    title: "Plain",
    docs: "https://plain.example/docs",
    paths: &["/v9"],
    auth: &[AuthForm {
        secrets: &["jwt"],
        doc: "a ready JWT",
    }],
    rights: "any",
    settings: &[SettingSpec {
        name: "organization",
        kind: SettingKind::Text,
        required: true,
        doc: "The environment.",
    }],
    attributes: &[AttributeSpec {
        name: "first_name",
        from_person: Some(FromPerson::FirstName),
        doc: "The first name.",
        ..AttributeSpec::BASE
    }],
    read: ReadFrom::Record,
    deactivate: &[SwitchOff::new(
        "enabled",
        DeactivateMode::Reversible,
        "switches off",
    )],
    limits: ACME.limits,
    read_lag_ms: &[],
    calls: ACME.calls,
    ..VendorSpec::BASE
};

pub(super) const CATALOG: &[&VendorSpec] = &[&ACME, &PLAIN];

/// Two vendors without fault, for tests about something else.
pub(super) const VENDORS: &str = "vendors:
  acme: { auth: { token: { env: T } } }
  plain: { base_url: 'https://plain.example', organization: Org, auth: { jwt: { env: J } } }
";

pub(super) fn file(path: &str, text: &str) -> RosterFile {
    RosterFile {
        path: path.to_owned(),
        folder: std::path::PathBuf::from("conf"),
        text: text.to_owned(),
    }
}

pub(super) fn parse_files(files: &[(&str, &str)]) -> Parsed {
    let files = files.iter().map(|(path, text)| file(path, text)).collect();
    parse(files, CATALOG)
}

/// The vendors in one file, the text in another.
pub(super) fn parse_people(text: &str) -> Parsed {
    parse_files(&[("a.yaml", text), ("vendors.yaml", VENDORS)])
}

/// `code line:column` of each, with the file where it is not `a.yaml`.
pub(super) fn brief(parsed: &Parsed) -> Vec<String> {
    parsed
        .diagnostics
        .iter()
        .map(|problem| {
            let code = problem.code.as_str();
            let Some((span, _)) = &problem.place else {
                return code.to_owned();
            };
            let place = parsed.sources.locate(*span);
            format!("{code} {}", place.trim_start_matches("a.yaml:"))
        })
        .collect()
}

/// The roster without faults; the test fails with what is wrong otherwise.
pub(super) fn sound(text: &str) -> crate::roster::model::Roster {
    let parsed = parse_people(text);
    assert!(parsed.is_usable(), "{:#?}", parsed.diagnostics);
    parsed.roster
}
