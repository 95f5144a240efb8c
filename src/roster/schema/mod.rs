//! The JSON Schema of the roster, for completion and hints in editors.
//!
//! Made from the tables that the readers use. It is a little more lenient than they are: what a
//! schema cannot say (days that exist, names that refer to something) is left to `validate`.

mod assertion;
mod vendor;

use serde_json::{Map, Value as Json, json};

use super::{document, granted, people, teams};
use crate::model::spec::{DESCRIBED, VendorSpec};
use vendor::{account, attributes, vendor as of_kind};

/// The schema (draft 2020-12) of one document of a roster, for these kinds of vendors.
pub fn schema(catalog: &[&'static VendorSpec]) -> Json {
    let mut defs = Map::new();
    for spec in catalog {
        let kind = spec.kind;
        defs.insert(format!("{kind}-attributes"), attributes(spec));
        defs.insert(format!("{kind}-account"), account(spec, true));
        defs.insert(format!("{kind}-profile-account"), account(spec, false));
        defs.insert(format!("{kind}-vendor"), of_kind(spec));
    }
    defs.insert(format!("{DESCRIBED}-vendor"), vendor::by_file());
    defs.insert("secret".into(), secret());
    defs.insert("text".into(), text());
    defs.insert("email".into(), email());
    defs.insert(
        "duration".into(),
        pattern("^[0-9]+[smh]$", &["60s", "10m", "1h"]),
    );
    defs.insert(
        "days".into(),
        pattern("^0*[1-9][0-9]*[dw]$", &["30d", "4w"]),
    );
    defs.insert("bound".into(), bound());
    defs.insert("profile-names".into(), profile_names());
    defs.insert("any-account".into(), any_account());
    let version = document::VERSION.parse::<u64>().ok();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://rosterctl.example/roster.schema.json",
        "title": "rosterctl roster",
        "description": "People, and the accounts they should have at SaaS vendors.",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "version": { "description": "The version of this format.", "const": version },
            "state": {
                "description": "Where journal, lock and records live: a folder, relative to this file, or s3://BUCKET/FOLDER, gs://BUCKET/FOLDER, az://CONTAINER/FOLDER. Default: `.rosterctl` beside the roster.",
                "type": "string",
            },
            "keep": {
                "description": "For how long journals and inventories are kept among the state; default: 550d. What is younger is never dropped.",
                "$ref": "#/$defs/days",
            },
            "protect": {
                "description": "E-mails, `*` stands for any characters, whose accounts nothing is ever taken from, at any vendor.",
                "type": "array",
                "items": { "type": "string" },
            },
            "vendors": {
                "description": "The account systems, each under a name of your choice.",
                "type": "object",
                "propertyNames": { "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]*$" },
                "properties": by_kind(catalog, "vendor"),
                "additionalProperties": named_vendor(catalog),
            },
            "profiles": {
                "description": "Accounts that many people share, each under a name of your choice.",
                "type": "object",
                "additionalProperties": profile(catalog),
            },
            "teams": {
                "description": "People by team, each under a name of your choice: what they have together, and who belongs to it.",
                "type": "object",
                "additionalProperties": team(),
            },
            "assert": {
                "description": "What has to hold after every plan; a plan that breaks one of these is not applied.",
                "type": "array",
                "items": assertion::assertion(),
            },
            "released": super::released::schema(),
            "sources": super::sources::schema(),
            "people": {
                "description": "The people, each known by their e-mail.",
                "type": "array",
                "items": person(catalog),
            },
            "accounts": {
                "description": "Accounts of people who are listed elsewhere, by e-mail and vendor: for files that other owners keep. Lists of several files add up.",
                "type": "object",
                "propertyNames": reference("email"),
                "additionalProperties": accounts(catalog, "account", "Accounts of this person, by vendor."),
            },
        },
        "patternProperties": foreign(),
        "$defs": defs,
    })
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn described(name: &str, description: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}"), "description": description })
}

fn by_kind(catalog: &[&VendorSpec], what: &str) -> Json {
    let entries = catalog.iter().map(|spec| {
        let name = format!("{}-{what}", spec.kind);
        (spec.kind.to_owned(), reference(&name))
    });
    Json::Object(entries.collect())
}

/// A vendor under a name that is no kind: its `kind` tells which it is.
fn named_vendor(catalog: &[&VendorSpec]) -> Json {
    let kinds: Vec<&str> = catalog.iter().map(|spec| spec.kind).collect();
    let kinds = [kinds, vec![DESCRIBED]].concat();
    let branches: Vec<Json> = kinds
        .iter()
        .map(|kind| {
            json!({
                "if": { "properties": { "kind": { "const": kind } }, "required": ["kind"] },
                "then": reference(&format!("{kind}-vendor")),
            })
        })
        .collect();
    json!({
        "type": "object",
        "required": ["kind"],
        "properties": { "kind": { "enum": kinds } },
        "allOf": branches,
    })
}

fn person(catalog: &[&VendorSpec]) -> Json {
    let properties = people::KEYS
        .iter()
        .map(|key| ((*key).to_owned(), person_key(catalog, key)))
        .collect();
    let mut schema = object(properties);
    schema["description"] = json!("One person.");
    schema["required"] = json!(["email"]);
    schema["patternProperties"] = foreign();
    schema
}

/// Keys of others, which say nothing to this program.
fn foreign() -> Json {
    json!({ "^x-": true })
}

fn note() -> Json {
    described("text", "A free text; it changes nothing.")
}

fn day(doc: &str) -> Json {
    json!({
        "type": "string",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        "examples": ["2026-01-05"],
        "description": doc,
    })
}

fn profile(catalog: &[&VendorSpec]) -> Json {
    let mut schema = accounts(
        catalog,
        "profile-account",
        "What this profile gives, by vendor.",
    );
    schema["properties"]["everyone"] = json!({
        "type": "boolean",
        "default": false,
        "description": "`true`: every person of the roster has it.",
    });
    schema["properties"]["includes"] = json!({
        "type": "array",
        "items": reference("text"),
        "description": "Names of profiles that come with this one; what this one says itself is the stronger.",
    });
    schema["properties"]["note"] = note();
    schema["patternProperties"] = foreign();
    schema
}

/// Names of profiles, some of them for some days only.
fn profile_names() -> Json {
    let key = |key: &str| match key {
        "name" => described("text", "The name of the profile."),
        "starts" => day("The first day on which it holds; the day is UTC."),
        _ => day("The last day on which it holds; the day is UTC."),
    };
    let keys = granted::KEYS.iter().map(|it| ((*it).to_owned(), key(it)));
    let mut with_days = object(keys.collect());
    with_days["required"] = json!(["name"]);
    json!({
        "description": "Names of profiles; `{ name, starts, ends }` for some days only.",
        "type": "array",
        "items": { "oneOf": [reference("text"), with_days] },
    })
}

fn team() -> Json {
    let key = |key: &str| match key {
        "email" => described("email", "The e-mail of a person of the roster."),
        "starts" => day("The first day of the membership; the day is UTC."),
        "ends" => day("The last day of the membership; the day is UTC."),
        "profiles" => reference("profile-names"),
        _ => note(),
    };
    let keys = |keys: &[&str]| {
        let keys = keys.iter().map(|it| ((*it).to_owned(), key(it)));
        let mut schema = object(keys.collect());
        schema["patternProperties"] = foreign();
        schema
    };
    let mut member = keys(teams::MEMBER_KEYS);
    member["required"] = json!(["email"]);
    let mut team = keys(teams::KEYS);
    team["description"] = json!("One team.");
    team["properties"]["members"] = json!({
        "description": "People of the roster, by their e-mails.",
        "type": "array",
        "items": { "oneOf": [reference("email"), member] },
    });
    team
}

fn person_key(catalog: &[&VendorSpec], key: &str) -> Json {
    match key {
        "email" => described(
            "email",
            "The e-mail, which is what accounts are matched by.",
        ),
        "active" => json!({
            "type": "boolean",
            "default": true,
            "description": "`false`: a leaver; every account is switched off.",
        }),
        "starts" => day("The first day with access; the day is UTC."),
        "ends" => day("The last day with access; the day is UTC."),
        "previous_emails" => json!({
            "description": "Earlier e-mails, for accounts that still have them.",
            "type": "array",
            "items": reference("email"),
        }),
        "source" => json!({
            "description": "The person's key in each source that lists them.",
            "type": "object",
            "additionalProperties": reference("text"),
        }),
        "profiles" => reference("profile-names"),
        "note" => note(),
        "accounts" => accounts(
            catalog,
            "account",
            "Accounts of this person alone, by vendor; the strongest layer.",
        ),
        "logins" => json!({
            "description": "Login names, by vendor, where accounts are known by one. They give no account.",
            "type": "object",
            "additionalProperties": reference("text"),
        }),
        "first_name" => described("text", "The first name."),
        "last_name" => described("text", "The last name."),
        "job_title" => described("text", "The job title."),
        _ => described("text", "The company."),
    }
}

fn accounts(catalog: &[&VendorSpec], what: &str, doc: &str) -> Json {
    json!({
        "description": doc,
        "type": "object",
        "properties": by_kind(catalog, what),
        "additionalProperties": reference("any-account"),
    })
}

/// An account at a vendor whose name is no kind.
fn any_account() -> Json {
    json!({
        "description": "An account: a map of attributes, or `false` for none.",
        "oneOf": [{ "const": false }, { "type": "object" }],
    })
}

fn secret() -> Json {
    let one = |key: &str, value: Json| {
        let mut schema = object([(key.to_owned(), value)].into_iter().collect());
        schema["required"] = json!([key]);
        schema
    };
    json!({
        "description": "Where a secret is; never the secret.",
        "oneOf": [
            one("env", json!({
                "description": "The name of an environment variable.",
                "type": "string",
                "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
            })),
            one("file", json!({
                "description": "The path of a file, relative to this one.",
                "type": "string",
                "minLength": 1,
            })),
            one("command", json!({
                "description": "A program and its arguments; it prints the secret.",
                "type": "array",
                "items": { "type": "string" },
                "minItems": 1,
            })),
        ],
    })
}

/// Numbers are texts as they are written.
fn text() -> Json {
    json!({ "type": ["string", "number"] })
}

fn email() -> Json {
    pattern(
        "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$",
        &["ada.lovelace@example.com"],
    )
}

fn pattern(pattern: &str, examples: &[&str]) -> Json {
    json!({ "type": "string", "pattern": pattern, "examples": examples })
}

fn bound() -> Json {
    json!({
        "oneOf": [
            { "type": "integer", "minimum": 0 },
            { "type": "string", "pattern": "^([0-9]|[1-9][0-9]|100) *%$", "examples": ["10%"] },
        ],
    })
}

fn object(properties: Map<String, Json>) -> Json {
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}
