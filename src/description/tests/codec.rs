//! What a user shows and what is sent for it, in both directions.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::model::current::Directory;
use crate::model::value::Value;

fn groups() -> Directory {
    let pairs = [("t1", "Europe"), ("t2", "Asia")];
    Directory::of_pairs("group", pairs.map(|(id, name)| (id.into(), name.into())))
}

fn everything() -> Description {
    sound(WHOLE)
}

fn documented() -> Json {
    json!({
        "id": 7, "login": "ada", "status": "on", "locked": false, "kind": "person",
        "emails": [{ "primary": false, "value": "x@example.com" }, { "primary": true, "value": "ada@example.com" }],
        "name": "Ada Lovelace", "title": null, "seats": 3, "role": 2,
        "teams": [{ "id": "t1", "more": 1 }], "tags": [{ "name": "b" }, { "name": "a" }],
        "phones": [{ "type": "home", "number": "1" }, { "type": "work", "number": "2" }],
        "features": [
            { "slug": "f1", "on": true, "locked": false }, { "slug": "f2", "on": false, "locked": true },
            { "slug": "f3", "on": "maybe" }, { "slug": "f4", "on": null },
        ],
    })
}

#[test]
fn a_user_is_an_account_in_the_rosters_words() {
    let read = user(&everything(), &documented(), &groups()).unwrap();
    let account = &read.account;
    assert_eq!(
        (account.id.as_deref(), &*account.email),
        (Some("7"), "ada@example.com")
    );
    assert_eq!(
        (
            account.active,
            read.shielded,
            read.account.attributes.get("login").cloned()
        ),
        (true, false, Some(Some(Value::text("ada"))))
    );
    let shown: Vec<(&str, Option<Value>)> = account
        .attributes
        .iter()
        .map(|(name, value)| (name, value.clone()))
        .collect();
    let text = |text: &str| Some(Value::text(text));
    let expected = [
        ("features", None),
        ("features.f1", Some(Value::Flag(true))),
        ("features.f2", Some(Value::Flag(false))),
        ("features.f3", None),
        ("features.f4", None),
        ("full_name", text("Ada Lovelace")),
        ("job_title", None),
        ("login", text("ada")),
        ("phone", text("2")),
        ("role", text("admin")),
        ("seats", text("3")),
        ("tags", Some(Value::set(["a", "b"]))),
        ("team", text("Europe")),
    ];
    assert_eq!(shown, expected);
    let fixed: Vec<&str> = account.fixed.iter().map(|(name, _)| &**name).collect();
    assert_eq!(fixed, ["features.f2", "features.f3"]);
}

#[test]
fn any_condition_switches_off_and_a_new_value_is_access() {
    let read = |change: &[(&str, Json)]| {
        let mut json = documented();
        for (key, value) in change {
            json[*key] = value.clone();
        }
        user(&everything(), &json, &groups()).unwrap()
    };
    assert!(!read(&[("status", json!("off"))]).account.active);
    assert!(!read(&[("locked", json!(true))]).account.active);
    let new = read(&[("status", json!("paused"))]);
    assert!(new.account.active);
    assert_eq!(new.undescribed, ["\"paused\" at /status"]);
    assert!(!new.account.unseen);
    let silent = read(&[("status", Json::Null)]);
    assert!(silent.account.active && silent.account.unseen);
    assert!(read(&[("kind", json!("robot"))]).shielded);
}

#[test]
fn what_cannot_be_understood_says_why_and_quotes_nothing() {
    for (key, value, why) in [
        ("id", json!(null), "has no usable id at /id"),
        ("name", json!(7), "has a `full_name` that is no text"),
        ("seats", json!("many"), "has a `seats` that is no number"),
        (
            "teams",
            json!([{ "id": "a" }, { "id": "b" }]),
            "has a `team` that has several entries",
        ),
        ("tags", json!("secret"), "has a `tags` that is no list"),
        (
            "features",
            json!([{ "on": true }]),
            "has a `features` that has an entry without its key",
        ),
    ] {
        let mut json = documented();
        json[key] = value;
        let told = user(&everything(), &json, &groups()).unwrap_err();
        assert!(told.starts_with(why) && !told.contains("secret"), "{told}");
    }
    assert_eq!(
        user(&everything(), &json!([]), &groups()),
        Err("is no object".into())
    );
}

#[test]
fn a_login_stands_for_an_e_mail_that_is_not_there() {
    let mut json = documented();
    json["emails"] = json!([]);
    let read = user(&everything(), &json, &groups()).expect("a user");
    assert_eq!(&*read.account.email, "ada");
    json["login"] = Json::Null;
    let told = user(&everything(), &json, &groups()).unwrap_err();
    assert_eq!(told, "has no usable e-mail");
}

/// A body with these changes, of the documented user or of nobody.
fn body(changes: &[(&str, Value)], fresh: Option<&Json>) -> Result<Json, String> {
    let mut body = json!({});
    for (name, value) in changes {
        put(&everything(), (name, value), &groups(), fresh, &mut body)?;
    }
    Ok(body)
}

#[test]
fn a_change_stands_where_it_is_read() {
    let changes = [
        ("full_name", Value::text("Ada")),
        ("seats", Value::text("4")),
        ("role", Value::text("reader")),
        ("team", Value::text("Asia")),
        ("tags", Value::set(["c"])),
    ];
    let expected = json!({
        "name": "Ada", "seats": 4, "role": 1, "teams": [{ "id": "t2" }], "tags": [{ "name": "c" }],
    });
    assert_eq!(body(&changes, None), Ok(expected));
}

#[test]
fn neighbours_in_a_list_go_back_as_they_are() {
    let fresh = documented();
    let phone = body(&[("phone", Value::text("9"))], Some(&fresh));
    let expected =
        json!({ "phones": [{ "type": "home", "number": "1" }, { "type": "work", "number": "9" }] });
    assert_eq!(phone, Ok(expected));
    let first = body(&[("phone", Value::text("9"))], None);
    assert_eq!(
        first,
        Ok(json!({ "phones": [{ "type": "work", "number": "9" }] }))
    );
    // Those that cannot be changed are left out, and what is no flag goes back.
    let flag = body(&[("features.f1", Value::Flag(false))], Some(&fresh));
    let expected =
        json!({ "features": [{ "slug": "f1", "on": false }, { "slug": "f3", "on": "maybe" }] });
    assert_eq!(flag, Ok(expected));
    let locked = body(&[("features.f2", Value::Flag(true))], Some(&fresh));
    assert!(locked.unwrap_err().contains("cannot be changed"));
}

#[test]
fn what_cannot_be_sent_says_why() {
    for (name, value, why) in [
        ("role", Value::text("root"), "`root` is no value of role"),
        ("team", Value::text("Nowhere"), "shows no group"),
        ("seats", Value::text("many"), "needs a number"),
        ("tags", Value::text("a"), "needs a list"),
        ("full_name", Value::Flag(true), "needs a text"),
        ("features.f1", Value::text("x"), "needs true or false"),
        ("shoe_size", Value::text("44"), "is no attribute"),
    ] {
        let told = body(&[(name, value)], None).unwrap_err();
        assert!(told.contains(why), "{told}");
    }
}

proptest! {
    /// What was sent is what is read, whatever stood there before.
    #[test]
    fn what_is_sent_is_read_back(
        name in "[a-zA-Z ]{1,8}",
        seats in 0..1000_u32,
        role in prop::sample::select(vec!["reader", "admin"]),
        team in prop::sample::select(vec!["Europe", "Asia"]),
        tags in prop::collection::btree_set("[a-z]{1,3}", 0..4),
        phone in "[0-9]{1,5}",
        flag in any::<bool>(),
        is_new in any::<bool>(),
    ) {
        let changes = [
            ("full_name", Value::text(&*name)),
            ("seats", Value::text(seats.to_string())),
            ("role", Value::text(role)),
            ("team", Value::text(team)),
            ("tags", Value::set(tags.iter().map(String::as_str))),
            ("phone", Value::text(&*phone)),
            ("features.f1", Value::Flag(flag)),
        ];
        let fresh = documented();
        let sent = body(&changes, (!is_new).then_some(&fresh)).unwrap();
        let mut after = fresh;
        for (key, value) in sent.as_object().unwrap() {
            after[key.as_str()] = value.clone();
        }
        let read = user(&everything(), &after, &groups()).unwrap();
        for (name, value) in &changes {
            prop_assert_eq!(read.account.attributes.get(name), Some(&Some(value.clone())), "{}", name);
        }
    }
}
