//! Reading what the API sends.

use serde_json::json;

use crate::connector::logicgate::convert;
use crate::connector::logicgate::read::User;
use crate::connector::logicgate::spec::{USER, USERS};
use crate::connector::rest::list::ReadPage;
use crate::connector::rest::row::{Row, Told};

fn page(value: serde_json::Value) -> ReadPage {
    let page = USERS.page_of(value).unwrap();
    assert!(page.wrapped, "not a page");
    page
}

fn refused(value: serde_json::Value) -> String {
    USERS.page_of(value).err().unwrap()
}

#[test]
fn of_two_status_keys_the_last_one_wins() {
    let text = r#"[{"status":"Active","id":"u1","email":"a@x.com","status":"Deactivated"}]"#;
    let page = USERS.page_of(serde_json::from_str(text).unwrap()).unwrap();
    assert!(!page.wrapped, "not an array");
    let user = page.entries[0].as_ref().unwrap();
    assert_eq!(user.text("status"), Some("Deactivated"));
    let alone = text.trim_matches(['[', ']']);
    let user = User::read(serde_json::from_str(alone).unwrap()).unwrap();
    assert_eq!(user.whole["status"], "Deactivated");
}

#[test]
fn times_may_be_numbers_texts_or_null() {
    for time in [
        json!(1_767_225_600_000_i64),
        json!("2026-01-01T00:00:00Z"),
        json!(null),
    ] {
        let value = json!({"id": "u1", "created": time, "updated": time, "lastLogin": time});
        let user = User::read(value).unwrap();
        assert_eq!(user.whole["created"], time);
        assert_eq!(user.whole["lastLogin"], time);
    }
}

#[test]
fn unknown_fields_are_kept_apart_and_missing_ones_tolerated() {
    let noise = json!({"id": "u1", "email": "a@x.com", "operators": [{"x": 1}], "labels": 7});
    let user = User::read(noise).unwrap();
    assert_eq!(convert::key(&user.row), Some(("u1", "a@x.com")));
    assert!(!user.row.shows("tier"));
    assert_eq!(convert::role_ids(&user.row), None);
    assert_eq!(user.whole["operators"], json!([{"x": 1}]));
}

#[test]
fn null_is_not_the_same_as_missing() {
    let user = User::read(json!({"company": null, "tier": "LIMITED"})).unwrap();
    assert_eq!(user.row.told("company"), &Told::Null);
    assert_eq!(user.row.text("tier"), Some("LIMITED"));
    assert_eq!(user.row.told("timeZone"), &Told::Absent);
}

#[test]
fn a_wrong_type_names_the_user_and_no_content() {
    let error = User::read(json!({"id": "u1", "disabled": "SECRET"})).unwrap_err();
    assert_eq!(error, "user u1: `disabled` is no boolean");
    let error = User::read(json!({"id": "u1", "roles": [{"name": "SECRET"}]})).unwrap_err();
    assert_eq!(error, "user u1: `roles` is no list as documented");
    let error = refused(json!({"content": [], "last": "SECRET"}));
    assert!(!error.contains("SECRET"), "{error}");
    let error = refused(json!("SECRET"));
    assert_eq!(error, "neither a list of users nor a page of them");
}

#[test]
fn secret_fields_are_dropped_at_any_depth() {
    let user = User::read(json!({
        "id": "u1", "password": "SECRET", "resetPasswordToken": "SECRET",
        "intercomHash": "SECRET", "records": [{"owner": {"password": "SECRET", "id": "u2"}}],
    }))
    .unwrap();
    assert!(!format!("{user:?}").contains("SECRET"));
    assert_eq!(user.whole["records"], json!([{"owner": {"id": "u2"}}]));
}

#[test]
fn roles_are_read_from_objects_ids_or_both() {
    let ids = |value| {
        let user = User::read(value).unwrap();
        convert::role_ids(&user.row)
            .map(|ids| ids.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    let both = json!({"roles": [{"id": "r1", "name": "Reader"}, "r2"], "roleIds": ["r2", "r3"]});
    assert_eq!(ids(both), Some(vec!["r1".into(), "r2".into(), "r3".into()]));
    assert_eq!(ids(json!({"roleIds": ["r1"]})), Some(vec!["r1".into()]));
    assert_eq!(ids(json!({"roles": []})), Some(vec![]));
    assert_eq!(ids(json!({"roles": null})), None);
}

#[test]
fn both_envelopes_tell_whether_more_follows() {
    let v1 = page(json!({"content": [], "number": 1, "last": false, "totalElements": 45}));
    assert_eq!(
        (v1.number, v1.total, v1.more),
        (Some(1), Some(45), Some(true))
    );
    let v2 = page(json!({
        "content": [], "links": {"next": "https://elsewhere.example/steal"},
        "page": {"number": 0, "totalElements": 3, "totalPages": 2},
    }));
    assert_eq!(
        (v2.number, v2.total, v2.more),
        (Some(0), Some(3), Some(true))
    );
    let end = page(json!({"content": [], "links": {"next": null}, "page": {"number": 1}}));
    assert_eq!(end.more, Some(false));
    let counted = page(json!({"content": [], "number": 1, "totalPages": 2}));
    assert_eq!(counted.more, None, "a count alone is no end");
    assert_eq!(page(json!({"content": []})).more, None);
    assert!(USERS.page_of(json!({"items": []})).is_err());
}

#[test]
fn the_quick_way_and_the_careful_way_read_the_same_or_refuse_both() {
    let long = json!({
        "id": "u1", "email": "a@x.com", "first": "Ada", "last": null, "tier": "PRIMARY",
        "timeZone": "UTC", "active": true, "disabled": null, "scimStatus": null,
        "superUser": false, "roles": [{"id": "r1", "name": "Reader", "superAdmin": true}, "r2"],
        "records": [{"password": {"deep": 1}}], "password": "SECRET",
    });
    let mut cases = vec![
        long.to_string(),
        r#"{"status": "Active", "id": "u1", "status": "Deactivated"}"#.to_owned(),
        r#"{"id": null, "email": "\u0061", "roleIds": ["r1"], "scimStatus": {}}"#.to_owned(),
        "{}".to_owned(),
    ];
    for name in [
        "id",
        "email",
        "first",
        "company",
        "languageTag",
        "status",
        "active",
        "external",
        "autoprovisioned",
        "serviceAccount",
        "roles",
        "roleIds",
        "scimStatus",
        "other",
    ] {
        for value in [
            "null",
            "1",
            "true",
            r#""x""#,
            "[]",
            "{}",
            "[1]",
            r#"[{"name": "x"}]"#,
        ] {
            cases.push(format!(r#"{{"id": "u1", "{name}": {value}}}"#));
        }
    }
    for text in ["[]", "1", "null", "", "{", r#"{"id": "u1",}"#] {
        assert!(Row::read(text.as_bytes(), &USER).is_none(), "{text}");
    }
    for text in cases {
        let quick = Row::read(text.as_bytes(), &USER).unwrap();
        match User::read(serde_json::from_str(&text).unwrap()) {
            Ok(careful) => assert_eq!(
                format!("{quick:?}"),
                format!("{:?}", Ok::<_, ()>(careful.row))
            ),
            Err(careful) => assert!(careful.ends_with(&format!(": {}", quick.unwrap_err()))),
        }
    }
}
