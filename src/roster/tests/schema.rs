//! The schema: fresh, sound, and of one mind with the readers.

use std::path::Path;

use serde_json::Value as Json;

use super::*;
use crate::connector;
use crate::roster::schema::schema;

/// A file of the repository.
fn repository(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn errors(schema: &Json, yaml: &str) -> Vec<String> {
    let document: Json = serde_yaml::from_str(yaml).unwrap();
    let validator = jsonschema::draft202012::new(schema).unwrap();
    validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn the_schema_in_the_repository_is_fresh() {
    let path = repository("schemas/roster.schema.json");
    let fresh = format!("{:#}\n", schema(&connector::specs()));
    if std::env::var_os("ROSTERCTL_BLESS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == fresh,
        "{} is out of date; renew it with: ROSTERCTL_BLESS=1 cargo test --lib roster::tests::schema",
        path.display()
    );
}

#[test]
fn the_schema_is_a_schema() {
    for catalog in [connector::specs(), CATALOG.to_vec()] {
        let schema = schema(&catalog);
        assert!(jsonschema::meta::is_valid(&schema));
        jsonschema::draft202012::new(&schema).unwrap();
    }
}

#[test]
fn the_example_fits_the_schema_and_the_readers() {
    let path = repository("examples/users.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        errors(&schema(&connector::specs()), &text),
        Vec::<String>::new()
    );
    let parsed = crate::run::load::load(&[path], &connector::specs());
    assert_eq!(parsed.diagnostics, []);
    let roster = &parsed.roster;
    assert_eq!(roster.vendors.len(), connector::KINDS.len());
    let day = jiff::civil::date(2026, 1, 5);
    for vendor in roster.vendors.keys() {
        let desired = crate::roster::desired(roster, vendor, day);
        let granted = |wanted: bool| {
            let accounts = desired.person_keys();
            accounts
                .filter(|account| account.access.granted() == wanted)
                .count()
        };
        assert!(granted(true) >= 4, "{vendor}");
        assert!(granted(false) >= 2, "{vendor}");
        let leaver = desired
            .person_keys()
            .find(|account| account.email == "mary.jackson@example.com");
        assert!(leaver.is_some(), "{vendor}");
    }
}

/// What a schema can tell, it tells as the readers do.
#[test]
fn schema_and_readers_agree() {
    let schema = schema(CATALOG);
    let vendors = VENDORS.trim_end();
    for (text, good) in [
        ("people: [{email: a@example.com}]", true),
        (
            "people: [{email: a@example.com, accounts: {acme: {tier: LOW, id: 7, features: {x: true}}, plain: false}}]",
            true,
        ),
        ("profiles: {p: {acme: {roles: [a]}}}", true),
        ("profiles: {p: {acme: {id: 7}}}", false),
        ("people: [{email: nobody}]", false),
        ("people: [{first_name: Ada}]", false),
        ("people: [{email: a@example.com, mail: x}]", false),
        ("people: [{email: a@example.com, active: yes}]", false),
        ("people: [{email: a@example.com, starts: 2026-1-1}]", false),
        (
            "people: [{email: a@example.com, accounts: {acme: {tier: low}}}]",
            false,
        ),
        (
            "people: [{email: a@example.com, accounts: {acme: {tier: LOW, roles: x}}}]",
            false,
        ),
        (
            "people: [{email: a@example.com, accounts: {acme: {tier: LOW, group: ~}}}]",
            false,
        ),
        (
            "people: [{email: a@example.com, accounts: {acme: true}}]",
            false,
        ),
        ("people: {}", false),
        ("version: 2", false),
    ] {
        let whole = format!("{vendors}\n{text}\n");
        assert_eq!(errors(&schema, &whole).is_empty(), good, "{text}");
        let parsed = parse_files(&[("a.yaml", &whole)]);
        assert_eq!(
            parsed.is_usable(),
            good,
            "{text}\n{:#?}",
            parsed.diagnostics
        );
    }
    for (vendor, good) in [
        ("acme: {auth: {token: {env: T}}}", true),
        (
            "other: {kind: acme, auth: {token: {env: T}}, sso: true}",
            true,
        ),
        (
            "acme: {auth: {client_id: {file: a}, client_secret: {command: [a, b]}}, unlisted: ignore}",
            true,
        ),
        (
            "acme: {auth: {token: {env: T}}, limits: {per_second: 0.5, timeout: 10m}, max: {creates: 3, deactivations: 10%, shrinkage: 30%, admin_grants: 2, at_least: 4}}",
            true,
        ),
        (
            "acme: {auth: {token: {env: T}}, deactivate: delete, protect: ['*@x.example'], fields: {a: b}, pages: 2}",
            true,
        ),
        (
            "acme: {auth: {token: {env: T}}, leavers: {delete_after: 4w}}",
            true,
        ),
        (
            "acme: {auth: {token: {env: T}}, leavers: {delete_after: 0d}}",
            false,
        ),
        (
            "acme: {auth: {token: {env: T}}, leavers: {delete_after: 30}}",
            false,
        ),
        (
            "acme: {auth: {token: {env: T}}, leavers: {delete: 30d}}",
            false,
        ),
        (
            "plain: {auth: {jwt: {env: J}}, base_url: https://x.example, organization: o, leavers: {delete_after: 30d}}",
            false,
        ),
        ("acme: {auth: {token: literal}}", false),
        ("acme: {auth: {token: {env: 'a b'}}}", false),
        ("acme: {auth: {client_id: {env: T}}}", false),
        ("acme: {}", false),
        ("plain: {auth: {jwt: {env: J}}}", false),
        ("other: {auth: {token: {env: T}}}", false),
        ("other: {kind: none, auth: {token: {env: T}}}", false),
        ("acme: {auth: {token: {env: T}}, unlisted: drop}", false),
        ("acme: {auth: {token: {env: T}}, pages: 0}", false),
        (
            "acme: {auth: {token: {env: T}}, max: {creates: 101%}}",
            false,
        ),
        (
            "acme: {auth: {token: {env: T}}, limits: {timeout: 60}}",
            false,
        ),
        (
            "acme: {auth: {token: {env: T}}, base_url: example.com}",
            false,
        ),
    ] {
        let whole = format!("vendors:\n  {vendor}\n");
        assert_eq!(errors(&schema, &whole).is_empty(), good, "{vendor}");
        let parsed = parse_files(&[("a.yaml", &whole)]);
        assert_eq!(
            parsed.is_usable(),
            good,
            "{vendor}\n{:#?}",
            parsed.diagnostics
        );
    }
}
