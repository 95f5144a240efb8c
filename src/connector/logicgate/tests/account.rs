//! A user of the API in our words.

use serde_json::{Value as Json, json};

use super::user;
use crate::connector::logicgate::convert;
use crate::connector::logicgate::roles::Roles;
use crate::model::account::{Account, Shield};
use crate::model::value::Value;

fn account(fields: Json) -> Account {
    let user = user(fields);
    let mut roles = Roles::default();
    roles.learn(&user.row);
    convert::account(&user.row, &roles, &roles.directory()).unwrap()
}

#[test]
fn attributes_come_under_their_roster_names() {
    let account = account(json!({"company": null, "roles": [{"id": "r1", "name": "Reader"}]}));
    let shown: Vec<(&str, Option<&Value>)> = account
        .attributes
        .iter()
        .map(|(name, value)| (name, value.as_ref()))
        .collect();
    assert_eq!(
        shown,
        [
            ("company", None),
            ("first", Some(&Value::text("Ana"))),
            ("language_tag", Some(&Value::text("en-US"))),
            ("last", Some(&Value::text("Silva"))),
            ("roles", Some(&Value::set(["Reader"]))),
            ("tier", Some(&Value::text("SECONDARY"))),
            ("time_zone", Some(&Value::text("UTC"))),
        ]
    );
    assert_eq!(account.id.as_deref(), Some("u7Kq2mZd"));
    assert!(account.active && account.cautions.is_empty());
}

#[test]
fn send_email_is_never_compared() {
    let account = account(json!({"sendEmail": true}));
    assert!(!account.attributes.contains("send_email"));
}

#[test]
fn every_flag_that_takes_access_away_makes_it_inactive() {
    for (fields, active) in [
        (json!({}), true),
        (
            json!({"status": null, "active": null, "disabled": null}),
            true,
        ),
        (json!({"status": "ACTIVE "}), true),
        (json!({"locked": true}), true),
        (json!({"disabled": true}), false),
        (json!({"active": false}), false),
        (json!({"external": true}), false),
        (json!({"status": "Deactivated"}), false),
        (json!({"status": "External"}), false),
    ] {
        assert_eq!(account(fields.clone()).active, active, "{fields}");
    }
}

#[test]
fn an_unknown_status_counts_as_active_with_a_caution() {
    let account = account(json!({"status": "Suspicious"}));
    assert!(account.active);
    assert!(account.cautions[0].contains("Suspicious"));
}

#[test]
fn users_off_in_a_way_that_cannot_be_undone_here_need_a_person() {
    for (fields, step) in [
        (json!({"external": true, "disabled": true}), "convert it"),
        (json!({"active": false, "disabled": true}), "active: false"),
        (json!({"status": "Deactivated"}), "status alone"),
    ] {
        let account = account(fields);
        assert!(account.by_hand.as_deref().unwrap().contains(step), "{step}");
        assert_eq!(account.managed_by, None);
        assert!(account.cautions.is_empty());
    }
    assert_eq!(account(json!({"disabled": true})).by_hand, None);
    assert_eq!(account(json!({})).by_hand, None);
}

#[test]
fn an_account_of_the_identity_provider_is_managed_by_it() {
    for fields in [
        json!({"autoprovisioned": true}),
        json!({"scimStatus": "ACTIVE"}),
    ] {
        let account = account(fields);
        assert_eq!(account.managed_by.as_deref(), Some("the identity provider"));
    }
}

#[test]
fn super_users_and_service_accounts_are_always_shielded() {
    for (fields, what) in [
        (json!({"superUser": true}), "super user"),
        (json!({"serviceAccount": true}), "service account"),
    ] {
        assert_eq!(account(fields).shield, Some(Shield { what, always: true }));
    }
}

#[test]
fn roles_with_one_from_the_identity_provider_are_fixed() {
    let role = json!({"id": "r1", "name": "From IdP", "autoprovisioned": true});
    let account = account(json!({"roles": [role]}));
    assert_eq!(account.fixed[0].0, "roles");
    assert!(account.fixed[0].1.contains("From IdP"));
}

#[test]
fn ids_and_emails_keep_the_vendors_spelling() {
    let account = account(json!({"email": " Ana.Silva@Example.com", "id": "U7kq2mZD"}));
    assert_eq!(&*account.email, " Ana.Silva@Example.com");
    assert_eq!(account.email_key().as_str(), "ana.silva@example.com");
    assert_eq!(account.id.as_deref(), Some("U7kq2mZD"));
}
