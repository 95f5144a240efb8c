use super::*;
use crate::connector::scim::field::place;

fn user() -> Resource {
    Resource::of(json!({
        "schemas": [USER], "id": "1", "userName": "ada@example.com", "active": "True",
        "name": { "givenName": "Ada", "familyName": "Byron", "formatted": "Ada Byron" },
        "emails": [{ "value": "Ada@example.com", "type": "work", "primary": true },
            { "value": "home@example.com", "type": "home" }],
        "roles": [{ "value": "editor", "display": "Editor" }, { "value": "old" }],
        "groups": [{ "value": "g" }], "meta": { "version": "W/\"1\"" },
        "urn:x:2.0:User": { "costCode": 7, "other": "kept" },
    }))
    .unwrap()
}

fn set(draft: &mut UserDraft, name: &str, value: Value) {
    let ids = Ids {
        own: "ada@example.com",
        people: &People::default(),
        groups: Vec::new(),
    };
    draft.set(&place(name).unwrap(), &value, &Discovered::default(), &ids);
}

#[test]
fn complex_attributes_are_sent_whole() {
    let mut draft = UserDraft::of(&user());
    set(&mut draft, "family_name", Value::text("Lovelace"));
    set(&mut draft, "roles", Value::set(["editor", "writer"]));
    set(&mut draft, "urn:x:2.0:User.cost_code", Value::text("8"));
    draft.set_active(false, false);
    assert_eq!(
        Json::Array(draft.by_path()),
        json!([
            { "op": "replace", "path": "name", "value":
                { "givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace" } },
            { "op": "replace", "path": "roles", "value":
                [{ "value": "editor", "display": "Editor" }, { "value": "writer" }] },
            { "op": "replace", "path": "urn:x:2.0:User:costCode", "value": 8 },
            { "op": "replace", "path": "active", "value": "False" },
        ])
    );
    let plain = &draft.by_value()[0]["value"];
    assert_eq!(
        plain["urn:x:2.0:User"],
        json!({ "costCode": 8, "other": "kept" })
    );
    let whole = draft.whole();
    assert_eq!(whole["id"], "1");
    assert_eq!(
        (&whole["meta"], &whole["groups"]),
        (&Json::Null, &Json::Null)
    );
}

#[test]
fn nothing_that_is_so_already_is_sent() {
    let mut draft = UserDraft::of(&user());
    set(&mut draft, "given_name", Value::text("Ada"));
    set(&mut draft, "title", Value::text(""));
    set(&mut draft, "roles", Value::set(["editor", "old"]));
    draft.set_active(true, false);
    draft.rename(Match::UserName, "ada@example.com");
    // The address stood there in another letter case: now it is as the roster has it.
    assert_eq!(draft.by_path().len(), 1);
}

#[test]
fn what_is_emptied_is_taken_away() {
    let mut draft = UserDraft::of(&user());
    set(&mut draft, "urn:x:2.0:User.cost_code", Value::text(""));
    set(&mut draft, "urn:x:2.0:User.other", Value::text(""));
    set(&mut draft, "roles", Value::Set(Box::default()));
    let removed = |path: &str| json!({ "op": "remove", "path": path });
    assert_eq!(
        draft.by_path(),
        [
            removed("urn:x:2.0:User:costCode"),
            removed("urn:x:2.0:User:other"),
            removed("roles")
        ]
    );
    assert_eq!(draft.by_value()[0]["value"]["roles"], Json::Null);
    assert_eq!(draft.whole().get("urn:x:2.0:User"), None);
}

#[test]
fn a_new_address_replaces_the_old_one_wherever_it_stood() {
    let mut draft = UserDraft::of(&user());
    draft.rename(Match::UserName, "al@example.com");
    let emails = &draft.whole()["emails"];
    assert_eq!(emails[0]["value"], "al@example.com");
    assert_eq!(emails[0]["type"], "work");
    assert_eq!(emails[1]["value"], "home@example.com");
    let mut draft = UserDraft::of(&user());
    draft.rename(Match::Emails, "al@example.com");
    assert_eq!(draft.whole()["userName"], "al@example.com");
}

#[test]
fn further_addresses_come_behind_the_own_one() {
    let mut draft = UserDraft::of(&user());
    set(
        &mut draft,
        "emails",
        Value::set(["home@example.com", "new@example.com"]),
    );
    let emails = &draft.whole()["emails"];
    assert_eq!(emails[0]["primary"], true);
    assert_eq!(emails[1]["type"], "home");
    assert_eq!(emails[2], json!({ "value": "new@example.com" }));
}

#[test]
fn what_nobody_touched_and_is_gone_is_lost() {
    let mut draft = UserDraft::of(&user());
    set(&mut draft, "family_name", Value::text("Lovelace"));
    let mut now = draft.after.clone();
    assert_eq!(draft.lost(&now), Vec::<String>::new());
    now.0.remove("roles");
    now.0["name"] = json!({ "familyName": "Lovelace", "formatted": "x" });
    assert_eq!(draft.lost(&now), ["name.givenName", "roles"]);
}
