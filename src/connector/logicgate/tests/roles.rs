//! Roles, learnt from those who hold them.

use std::collections::BTreeMap;

use serde_json::json;

use super::user;
use crate::connector::logicgate::roles::Roles;

fn learnt(given: &[(&str, &str)], users: &[serde_json::Value]) -> Roles {
    let given: BTreeMap<Box<str>, Box<str>> = given
        .iter()
        .map(|(name, id)| ((*name).into(), (*id).into()))
        .collect();
    let mut roles = Roles::new(given);
    for shown in users {
        roles.learn(&user(json!({"roles": shown})).row);
    }
    roles
}

fn entries(roles: &Roles) -> Vec<(String, String, bool)> {
    let directory = roles.directory();
    let entries = directory.entries().iter();
    entries
        .map(|entry| (entry.id.to_string(), entry.name.to_string(), entry.admin))
        .collect()
}

#[test]
fn the_directory_knows_held_roles_and_those_of_role_ids() {
    let roles = learnt(
        &[("Auditor", "r9")],
        &[
            json!(["r1"]),
            json!([{"id": "r1", "name": "Reader"}, {"id": "r2", "name": "Boss", "superAdmin": true}]),
        ],
    );
    assert_eq!(
        entries(&roles),
        [
            ("r1".into(), "Reader".into(), false),
            ("r2".into(), "Boss".into(), true),
            ("r9".into(), "Auditor".into(), false),
        ]
    );
    assert!(roles.notices().is_empty());
}

#[test]
fn the_vendors_name_for_a_role_wins() {
    let roles = learnt(
        &[("Old name", "r1")],
        &[json!([{"id": "r1", "name": "New name"}])],
    );
    assert_eq!(entries(&roles), [("r1".into(), "New name".into(), false)]);
    assert!(roles.notices()[0].contains("New name"));
}

#[test]
fn one_name_for_two_roles_is_ambiguous() {
    let roles = learnt(
        &[("Reader", "r9")],
        &[json!([{"id": "r1", "name": "Reader"}])],
    );
    assert!(roles.directory().lookup("Reader").is_err());
    assert!(roles.notices()[0].contains("r1"));
}

#[test]
fn roles_of_the_identity_provider_are_remembered() {
    let roles = learnt(
        &[],
        &[json!([{"id": "r1", "autoprovisioned": true}, {"id": "r2"}])],
    );
    assert!(roles.provisioned("r1") && !roles.provisioned("r2"));
}
