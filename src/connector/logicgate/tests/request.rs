//! What the API is sent.

use serde_json::{Value as Json, json};

use super::{action, user};
use crate::connector::logicgate::read::User;
use crate::connector::logicgate::request;
use crate::connector::logicgate::request::Switch;
use crate::model::action::ActionKind::{Create, Reactivate, Update};
use crate::model::current::{Directory, Entry};
use crate::model::value::Value;

fn put(fields: Json, changes: &[(&'static str, Value)], roles: Option<&[Box<str>]>) -> Json {
    let action = action(Update, changes);
    Json::Object(request::put_body(&user(fields), &action, roles, Switch::Leave).unwrap())
}

fn directory() -> Directory {
    let entry = |id: &str, name: &str| Entry {
        id: id.into(),
        name: name.into(),
        admin: false,
    };
    let entries = [("r1", "Reader"), ("r2", "Twin"), ("r3", "Twin")];
    Directory::new("role", entries.map(|(id, name)| entry(id, name)).into())
}

#[test]
fn a_create_is_the_documented_sample() {
    let action = action(
        Create,
        &[
            ("company", Value::text("Example Ltd")),
            ("first", Value::text("Ana")),
            ("last", Value::text("Silva")),
            ("roles", Value::set(["Reader"])),
            ("send_email", Value::Flag(false)),
            ("tier", Value::text("SECONDARY")),
            ("time_zone", Value::text("UTC")),
        ],
    );
    assert_eq!(
        Json::Object(request::create_body(&action)),
        json!({
            "active": true, "status": "Active", "valueType": "User", "tier": "SECONDARY",
            "sendEmail": false, "email": "ana.silva@example.com", "first": "Ana",
            "last": "Silva", "company": "Example Ltd",
        })
    );
    let rest = request::left_after_create(&action).unwrap();
    let names: Vec<&str> = rest.changes.iter().map(|it| &*it.attribute).collect();
    assert_eq!(names, ["roles", "time_zone"]);
}

#[test]
fn a_welcome_mail_goes_out_only_when_asked_for() {
    let silent = request::create_body(&action(Create, &[]));
    assert_eq!(silent["sendEmail"], false);
    let asked = action(Create, &[("send_email", Value::Flag(true))]);
    assert_eq!(request::create_body(&asked)["sendEmail"], true);
    assert!(request::left_after_create(&asked).is_none());
}

#[test]
fn a_put_sends_everything_back_but_send_email() {
    let fields = json!({"sendEmail": true, "unheardOf": {"x": 1}, "records": [{"id": "rec1"}]});
    let body = put(fields, &[("company", Value::text("New Ltd"))], None);
    assert_eq!(body["company"], "New Ltd");
    assert_eq!(body["unheardOf"], json!({"x": 1}));
    assert_eq!(body["records"], json!([{"id": "rec1"}]));
    assert_eq!(body["active"], true);
    assert!(body.get("sendEmail").is_none());
}

#[test]
fn the_type_tags_are_there_even_when_the_get_left_them_out() {
    let mut bare = user(json!({}));
    bare.whole.remove("status");
    bare.whole.remove("valueType");
    let body = request::put_body(&bare, &action(Update, &[]), None, Switch::Leave).unwrap();
    assert_eq!(
        (&body["status"], &body["valueType"]),
        (&json!("Active"), &json!("User"))
    );
}

#[test]
fn the_name_follows_first_and_last() {
    let body = put(json!({}), &[("last", Value::text("Sousa"))], None);
    assert_eq!(body["name"], "Ana Sousa");
    // Nobody asked for a change of the name: it stays as somebody wrote it.
    let body = put(
        json!({"name": "Dr Ana"}),
        &[("tier", Value::text("LIMITED"))],
        None,
    );
    assert_eq!(body["name"], "Dr Ana");
}

#[test]
fn an_empty_text_is_sent_as_null() {
    let body = put(json!({}), &[("company", Value::text(""))], None);
    assert_eq!(body["company"], Json::Null);
}

#[test]
fn roles_stay_unless_the_roster_asks_and_every_reference_has_a_status() {
    let roles = json!([{"id": "r1", "name": "Reader"}, {"id": "r2", "status": "Active"}]);
    let kept = put(
        json!({"roles": roles}),
        &[("tier", Value::text("LIMITED"))],
        None,
    );
    assert_eq!(
        kept["roles"],
        json!([{"id": "r1", "name": "Reader", "status": "Active"}, {"id": "r2", "status": "Active"}])
    );
    let wanted: &[Box<str>] = &["r2".into(), "r9".into()];
    let set = put(json!({"roles": roles}), &[], Some(wanted));
    assert_eq!(
        set["roles"],
        json!([{"id": "r2", "status": "Active"}, {"id": "r9", "status": "Active"}])
    );
    let none = put(json!({"roles": roles}), &[], Some(&[]));
    assert_eq!(none["roles"], json!([]));
}

#[test]
fn roles_shown_as_ids_alone_are_kept_too() {
    let mut embedded = user(json!({"roleIds": ["r1"]})).whole;
    embedded.remove("roles");
    let embedded = User::read(embedded.into()).unwrap();
    let body = request::put_body(&embedded, &action(Update, &[]), None, Switch::Leave).unwrap();
    assert_eq!(body["roles"], json!([{"id": "r1", "status": "Active"}]));
    assert_eq!(body["roleIds"], json!(["r1"]));
}

#[test]
fn a_user_that_shows_no_roles_is_not_written_back() {
    let hidden = user(json!({"roles": null}));
    let refused = request::put_body(&hidden, &action(Update, &[]), None, Switch::Leave);
    assert!(refused.unwrap_err().contains("take them away"));
    let wanted: &[Box<str>] = &["r1".into()];
    assert!(request::put_body(&hidden, &action(Update, &[]), Some(wanted), Switch::Leave).is_ok());
}

#[test]
fn a_user_that_is_shown_without_names_is_not_written_back() {
    for missing in ["email", "first", "last"] {
        let mut part = user(json!({}));
        part.whole.remove(missing);
        let refused = request::put_body(&part, &action(Update, &[]), None, Switch::Off);
        assert!(refused.unwrap_err().contains(missing), "{missing}");
    }
}

#[test]
fn active_is_never_touched() {
    let user = user(json!({"active": false, "disabled": true}));
    let action = action(Reactivate, &[]);
    for switch in [Switch::Off, Switch::On] {
        let body = request::put_body(&user, &action, None, switch).unwrap();
        assert_eq!(body["active"], false);
        assert_eq!(body["disabled"], switch == Switch::Off);
    }
}

#[test]
fn a_rename_sends_the_rosters_spelling() {
    let body = put(
        json!({}),
        &[("email", Value::text("Ana.Sousa@Example.com"))],
        None,
    );
    assert_eq!(body["email"], "Ana.Sousa@Example.com");
}

#[test]
fn role_names_become_ids_and_unknown_or_ambiguous_ones_an_error() {
    let wanted = |names: &[&str]| {
        let set = Value::set(names.iter().copied());
        request::wanted_roles(&action(Update, &[("roles", set)]), &directory())
    };
    assert_eq!(
        wanted(&["Reader", "r1", "r3"]).unwrap().unwrap(),
        ["r1".into(), "r3".into()]
    );
    assert!(wanted(&["Nobody"]).unwrap_err().contains("role_ids"));
    assert!(wanted(&["Twin"]).unwrap_err().contains("several"));
    let silent = request::wanted_roles(&action(Update, &[]), &directory());
    assert_eq!(silent.unwrap(), None);
}

#[test]
fn what_did_not_stick_is_named() {
    let shown = user(json!({"company": null, "roles": [{"id": "r1"}]}));
    let action = action(
        Update,
        &[
            ("company", Value::text("New Ltd")),
            ("roles", Value::set(["Reader"])),
            ("tier", Value::text("LIMITED")),
            ("time_zone", Value::text("UTC")),
        ],
    );
    let roles: &[Box<str>] = &["r1".into()];
    assert_eq!(
        request::unmet(&shown.row, &action, Some(roles)),
        ["company", "tier"]
    );
    assert_eq!(
        request::unmet(&shown.row, &action, Some(&["r2".into()])),
        ["company", "roles", "tier"]
    );
}
