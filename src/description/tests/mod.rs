//! Descriptions that are read, and everything that is refused.

mod codec;
mod refused;

use super::*;
use crate::roster::diagnostic::render_all;

/// A description with everything that has to be there.
const LEAST: &str = r#"connector: 1
title: Acme
rights: an administrator
auth: { bearer: token }
users:
  id: /id
  email: /email
  list: { get: /users, whole: true }
"#;

/// Everything that is wrong with a description, as people see it.
fn told(text: &str) -> String {
    shown(&read("acme.yaml", text))
}

fn shown(parsed: &Parsed) -> String {
    let mut out = Vec::new();
    render_all(&parsed.diagnostics, &parsed.sources, false, &mut out).expect("memory");
    String::from_utf8(out).expect("text")
}

#[track_caller]
pub(super) fn sound(text: &str) -> Description {
    let parsed = read("acme.yaml", text);
    let told = shown(&parsed);
    parsed.description.unwrap_or_else(|| panic!("{told}"))
}

#[test]
fn the_least_that_a_description_says() {
    let least = sound(LEAST);
    assert_eq!((&*least.title, least.attributes.len()), ("Acme", 0));
    assert_eq!(least.users.list.proof(), Some(ListProof::Whole));
    assert_eq!(least.auth, [Auth::Bearer("token".into())]);
    assert_eq!(
        (least.limits.per_second, least.limits.concurrency),
        (2.0, 1)
    );
    insta::assert_snapshot!(says(&least).join("\n"));
}

const WHOLE: &str = include_str!("whole.yaml");

#[test]
fn everything_that_a_description_can_say() {
    let whole = sound(WHOLE);
    insta::assert_snapshot!(says(&whole).join("\n"));
    let secrets: Vec<Vec<&str>> = whole.auth.iter().map(Auth::secrets).collect();
    let expected = [
        vec!["token"],
        vec!["user", "password"],
        vec!["key", "tenant"],
        vec!["client_id", "client_secret"],
        vec!["name", "pass"],
    ];
    assert_eq!(secrets, expected);
    let role = &whole.attributes[3];
    assert_eq!((&*role.name, role.kind), ("role", AttributeType::Choice));
    assert_eq!(role.values[1], ("admin".into(), serde_json::json!(2)));
}

/// Descriptions of real products.
const PRODUCTS: [&str; 3] = [
    include_str!("bitsight.yaml"),
    include_str!("../../../connectors/jupyterhub.yaml"),
    include_str!("../../../connectors/pocketbase.yaml"),
];

#[test]
fn real_products_can_be_described() {
    let said: Vec<String> = PRODUCTS
        .iter()
        .map(|text| {
            let product = sound(text);
            let spec = declared(&product);
            let off: Vec<&str> = spec.deactivate.iter().map(|it| it.name).collect();
            let admin = format!("administrators: {:?}; off: {}", spec.admin, off.join(", "));
            format!(
                "{}\n{}\n{admin}\n",
                product.title,
                says(&product).join("\n")
            )
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn the_schema_in_the_repository_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/connector.schema.json");
    let fresh = format!("{:#}\n", schema());
    if std::env::var_os("ROSTERCTL_BLESS").is_some() {
        std::fs::write(path, &fresh).expect("the repository can be written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == fresh,
        "{path} is stale; renew it with ROSTERCTL_BLESS=1 cargo test"
    );
}

#[test]
fn the_page_of_each_description_that_ships_is_fresh() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/connectors");
    for name in shipped_names() {
        let text = shipped(name).expect("it ships");
        let path = format!("{folder}/{name}.md");
        let fresh = page(name, text, &sound(text));
        if std::env::var_os("ROSTERCTL_BLESS").is_some() {
            std::fs::create_dir_all(folder).expect("the repository can be written");
            std::fs::write(&path, &fresh).expect("the repository can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == fresh,
            "{path} is stale; renew it with ROSTERCTL_BLESS=1 cargo test"
        );
    }
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema = jsonschema::validator_for(&schema()).expect("a schema");
    for text in [LEAST, WHOLE].into_iter().chain(PRODUCTS) {
        let json: serde_json::Value = serde_yaml::from_str(text).expect("YAML");
        let errors: Vec<String> = schema.iter_errors(&json).map(|it| it.to_string()).collect();
        assert_eq!(errors, [""; 0]);
    }
}
