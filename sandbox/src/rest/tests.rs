use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName};
use serde_json::{Value as Json, json};

use super::asked::{Answer, Asked};
use super::behaviour::{Behaviour, Wrong};
use super::state::State;
use crate::account::{Account, Value};
use crate::{Seed, folded};

const USERS: &str = r#"
  id: /id
  email: /mail
  active: { at: /state, active: [here], inactive: [gone] }
  get: { get: "/users/{id}", item: /user }
  find: { query: { mail: "{email}" } }
  create: { post: /users, at: /user, send: { /mail: "{email}", /word: { random: 16 }, /again: { random: 16 }, /notify: false } }
  update: { patch: "/users/{id}", at: /user, email: true }
  deactivate: { post: "/users/{id}/off" }
  reactivate: { post: "/users/{id}/on" }
  delete: { delete: "/users/{id}" }
"#;

const PLAIN: &str = "list: { get: /users, items: /all, page: { by: offset, offset: from, limit: max, size: 4 }, total: /count }";

fn description(auth: &str, users: &str, list: &str) -> String {
    format!(
        "connector: 1\ntitle: Test\nrights: any\nauth: {auth}\nusers:{users}  {list}\n\
         attributes:\n  level: {{ at: /level, values: {{ reader: 1, admin: 2 }}, required: create }}\n  \
         name: /names/full\n  tags: {{ at: /tags, type: set, each: /label }}\n  \
         flags: {{ at: /flags, type: flags, key: /slug, value: /on, fixed: {{ at: /locked, is: [true] }} }}\n"
    )
}

/// Ten people, the last three of them off.
fn served(text: &str, behaviour: Behaviour) -> State {
    let accounts = (0..10).map(|number| {
        let mut account = Account::new(format!("p{number}@example.com"));
        account.active = number < 7;
        let level = Some(Value::text("reader"));
        account.attributes.insert("level", level);
        account
    });
    let named = [
        ("token", "{ bearer: token }"),
        ("token", "{token}"),
        ("user", "[user, word]"),
        ("word", "[user, word]"),
        ("user", "{user}"),
        ("word", "{word}"),
        ("client_id", "client_credentials"),
        ("client_secret", "client_credentials"),
    ];
    let used = named.into_iter().filter(|(name, mark)| {
        // The token of a login is none of the secrets.
        text.contains(mark) && !(*name == "token" && text.contains("login:"))
    });
    State::new(
        Seed {
            kind: "rest".into(),
            name: "test".into(),
            base_url: "https://test.example".into(),
            settings: BTreeMap::from([("connector".into(), json!(text))]),
            accounts: accounts.collect(),
            names: BTreeMap::new(),
            own: "p0@example.com".into(),
            secrets: used.map(|(it, _)| (it, format!("s-{it}"))).collect(),
            page_cap: None,
            twists: Vec::new(),
        },
        behaviour,
    )
    .unwrap()
}

/// A request: a method and a target, headers, a body.
fn ask(state: &mut State, request: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let (method, target) = request.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.insert(name, value.parse().unwrap());
    }
    state.answer(&Asked {
        method: method.into(),
        path: path.into(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: map,
        body: body.into(),
    })
}

const TOKEN: (&str, &str) = ("authorization", "Bearer s-token");
const JSON: (&str, &str) = ("content-type", "application/json");

fn plain(behaviour: Behaviour) -> State {
    served(&description("{ bearer: token }", USERS, PLAIN), behaviour)
}

fn get(state: &mut State, target: &str) -> Json {
    let answer = ask(state, &format!("GET {target}"), &[TOKEN], "");
    assert_eq!(answer.status, 200, "{target}: {:?}", answer.body);
    answer.body.unwrap_or_default()
}

fn send(state: &mut State, request: &str, body: &Json) -> u16 {
    let body = match body {
        Json::Null => String::new(),
        body => body.to_string(),
    };
    ask(state, request, &[TOKEN, JSON], &body).status
}

#[test]
fn every_description_that_ships_is_understood() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../connectors");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path());
    let texts: Vec<String> = files
        .map(|it| std::fs::read_to_string(it).unwrap())
        .collect();
    assert!(texts.len() >= 2);
    for text in texts {
        super::file::read(&text).unwrap();
    }
}

#[test]
fn each_form_of_credentials_is_demanded() {
    let login = "{ login: { post: /in, send: { /u: \"{user}\", /w: \"{word}\" }, token: { header: X-T }, use: { X-T: \"t {token}\" } } }";
    let grant = "{ client_credentials: { post: /t, auth: body } }";
    let basic = "Basic cy11c2VyOnMtd29yZA==";
    for (auth, good) in [
        ("{ bearer: token }", vec![TOKEN]),
        ("{ basic: [user, word] }", vec![("authorization", basic)]),
        (
            "{ header: { X-K: \"k {token}\" } }",
            vec![("x-k", "k s-token")],
        ),
        (login, vec![("x-t", "t sandbox-session-test-0")]),
        (
            grant,
            vec![("authorization", "Bearer sandbox-session-test-0")],
        ),
    ] {
        let mut state = served(&description(auth, USERS, PLAIN), Behaviour::default());
        assert_eq!(
            ask(&mut state, "GET /users", &good, "").status,
            200,
            "{auth}"
        );
        assert_eq!(ask(&mut state, "GET /users", &[], "").status, 401, "{auth}");
        let other = [
            ("authorization", "Bearer other"),
            ("x-k", "k other"),
            ("x-t", "t other"),
        ];
        assert_eq!(
            ask(&mut state, "GET /users", &other, "").status,
            401,
            "{auth}"
        );
    }
    let mut state = served(&description(login, USERS, PLAIN), Behaviour::default());
    let body = json!({ "u": "s-user", "w": "s-word" });
    let answer = ask(&mut state, "POST /in", &[JSON], &body.to_string());
    let token = ("X-T".to_owned(), "sandbox-session-test-0".to_owned());
    assert_eq!((answer.status, answer.headers), (200, vec![token]));
    let wrong = json!({ "u": "s-user", "w": "other" }).to_string();
    assert_eq!(ask(&mut state, "POST /in", &[JSON], &wrong).status, 401);
}

#[test]
fn each_form_of_pages_shows_everybody_once_and_ends() {
    let forms = [
        "list: { get: /users, items: /all, page: { by: offset, offset: from, limit: max, size: 4, first: 1 }, total: { header: X-N } }",
        "list: { get: /users, items: /all, page: { by: page, page: p, limit: max, size: 4 }, total: { head: X-N } }",
        "list: { get: /users, page: { by: cursor, cursor: from, at: { header: X-Next } } }",
        "list: { get: /users, items: /all, page: { by: link, at: /next } }",
        "list: { get: /users, page: { by: link, at: { header: Link } } }",
        "list: { get: /users, whole: true }",
    ];
    for form in forms {
        let text = description("{ bearer: token }", USERS, form);
        let behaviour = Behaviour {
            small_pages: true,
            ..Behaviour::default()
        };
        let mut state = served(&text, behaviour);
        let mut seen = Vec::new();
        let mut target = Some(String::from("/users?unknown=1&max=4"));
        let mut page = 0;
        while let Some(at) = target.take() {
            let answer = ask(&mut state, &format!("GET {at}"), &[TOKEN], "");
            let header = |name: &str| {
                let mut headers = answer.headers.iter();
                headers.find(|(it, _)| it == name).map(|(_, it)| it.clone())
            };
            let body = answer.body.clone().unwrap();
            let items = body.as_array().or(body["all"].as_array()).unwrap();
            seen.extend(items.iter().map(|it| it["mail"].clone()));
            page += 1;
            target = match (header("X-Next"), header("Link"), body["next"].as_str()) {
                (Some(cursor), ..) => Some(format!("/users?from={cursor}")),
                (_, Some(link), _) => link
                    .split_once(", <")
                    .map(|(_, it)| it.split_once('>').unwrap().0.to_owned()),
                (.., Some(next)) => Some(next.to_owned()),
                _ if items.is_empty() || form.contains("whole") => None,
                _ if form.contains("first: 1") => {
                    Some(format!("/users?from={}&max=4", seen.len() + 1))
                }
                _ if form.contains("p, limit") => Some(format!("/users?p={}&max=4", page + 1)),
                _ => None,
            };
            assert_eq!(
                header("X-N").is_some(),
                form.contains("{ header: X-N }"),
                "{form}"
            );
        }
        assert_eq!(seen.len(), 10, "{form}");
        seen.dedup();
        assert_eq!(seen.len(), 10, "{form}");
        let head = ask(&mut state, "HEAD /users", &[TOKEN], "");
        match form.contains("head: X-N") {
            true => assert_eq!(head.headers, [("X-N".into(), "10".into())]),
            false => assert_eq!(head.status, 405),
        }
    }
    let mut state = plain(Behaviour::default());
    assert_eq!(send(&mut state, "GET /users?from=x", &Json::Null), 400);
    assert_eq!(send(&mut state, "GET /nobody", &Json::Null), 404);
    assert_eq!(send(&mut state, "PUT /users", &Json::Null), 405);
}

#[test]
fn a_body_has_what_is_described_and_nothing_else() {
    let word = "0123456789abcdef";
    let good = json!({ "mail": "new@example.com", "word": word, "again": word, "notify": false, "level": 2 });
    let without = |name: &str| {
        let mut changed = good.clone();
        changed.as_object_mut().unwrap().remove(name);
        changed
    };
    let with = |name: &str, value: Json| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    let mut state = plain(Behaviour::default());
    for (user, status) in [
        (without("mail"), 422),
        (without("word"), 422),
        (without("notify"), 400),
        (without("level"), 422),
        (with("again", json!("fedcba9876543210")), 422),
        (with("word", json!("short")), 422),
        (with("level", json!(3)), 422),
        (with("level", json!("1")), 422),
        (with("names", json!({ "full": 7 })), 422),
        (with("names", json!({ "full": "x", "short": "y" })), 400),
        (with("tags", json!(["x"])), 422),
        (with("tags", json!([{ "label": "x", "more": 1 }])), 422),
        (with("flags", json!([{ "slug": "a", "on": "yes" }])), 422),
        (with("state", json!("gone")), 400),
        (with("mail", json!("nobody")), 422),
        (with("mail", json!("P1@Example.com")), 409),
        (good.clone(), 201),
        (good.clone(), 409),
    ] {
        let status_now = send(&mut state, "POST /users", &json!({ "user": user }));
        assert_eq!(status_now, status, "{user}");
    }
    assert_eq!(send(&mut state, "POST /users", &good), 400);
    let more = json!({ "user": good, "more": 1 });
    assert_eq!(send(&mut state, "POST /users", &more), 400);
    let text = json!({ "user": good }).to_string();
    let answer = ask(
        &mut state,
        "POST /users",
        &[TOKEN, ("content-type", "text/plain")],
        &text,
    );
    assert_eq!(answer.status, 415);
}

#[test]
fn changes_are_as_strict_and_are_done() {
    let mut state = plain(Behaviour::default());
    let id = get(&mut state, "/users?mail=p1@example.com")["all"][0]["id"].clone();
    let path = format!("/users/{}", id.as_str().unwrap());
    let patch = format!("PATCH {path}");
    for (user, status) in [
        (json!({ "names": { "full": "Ada" }, "level": 2 }), 200),
        (json!({ "id": "other" }), 400),
        (json!({ "state": "gone" }), 400),
        (json!({ "mail": "p2@example.com" }), 409),
        (json!({ "mail": "ada@example.com" }), 200),
        (json!({ "flags": [{ "slug": "a", "on": true }] }), 200),
    ] {
        assert_eq!(
            send(&mut state, &patch, &json!({ "user": user })),
            status,
            "{user}"
        );
    }
    assert_eq!(
        send(&mut state, &format!("POST {path}/off"), &json!({ "x": 1 })),
        400
    );
    assert_eq!(
        send(&mut state, &format!("POST {path}/off"), &Json::Null),
        200
    );
    let user = get(&mut state, &path)["user"].clone();
    assert_eq!(
        (
            &user["names"]["full"],
            &user["level"],
            &user["mail"],
            &user["state"]
        ),
        (
            &json!("Ada"),
            &json!(2),
            &json!("ada@example.com"),
            &json!("gone")
        )
    );
    assert_eq!(
        user["flags"],
        json!([{ "slug": "a", "on": true, "locked": false }])
    );
    assert_eq!(
        send(&mut state, &format!("DELETE {path}"), &Json::Null),
        204
    );
    assert_eq!(send(&mut state, &format!("GET {path}"), &Json::Null), 404);
}

#[test]
fn a_put_makes_or_is_refused_and_a_whole_object_is_whole() {
    let users = r#"
  id: /mail
  email: /mail
  get: { get: "/users/{id}" }
  create: { put: "/users/{email}", headers: { If-None-Match: "*" } }
  update: { put: "/users/{id}/all", body: whole, drop: [/seen] }
"#;
    let mut state = served(
        &description("{ bearer: token }", users, PLAIN),
        Behaviour::default(),
    );
    let once = [TOKEN, JSON, ("if-none-match", "*")];
    let level = json!({ "level": 1 }).to_string();
    let create = "PUT /users/ada%2Bx@example.com";
    assert_eq!(ask(&mut state, create, &[TOKEN, JSON], &level).status, 400);
    assert_eq!(ask(&mut state, create, &once, &level).status, 201);
    assert_eq!(ask(&mut state, create, &once, &level).status, 412);
    let mut user = get(&mut state, "/users/ada%2Bx@example.com");
    let update = "PUT /users/ada%2Bx@example.com/all";
    assert_eq!(send(&mut state, update, &user), 400);
    user.as_object_mut().unwrap().remove("seen");
    user["level"] = json!(2);
    assert_eq!(send(&mut state, update, &user), 200);
    let mut other = user.clone();
    other["mail"] = json!("bob@example.com");
    assert_eq!(send(&mut state, update, &other), 400);
    user.as_object_mut().unwrap().remove("tags");
    assert_eq!(send(&mut state, update, &user), 400);
    assert_eq!(get(&mut state, "/users/ada%2Bx@example.com")["level"], 2);
}

#[test]
fn parts_make_up_a_list_and_show_no_more_than_they_should() {
    let list = "list: { get: /users, items: /all, page: { by: cursor, cursor: c, at: /next }, each: get, \
                parts: [{ query: { state: here } }, { query: { state: gone }, implies: { /state: gone } }] }";
    let text = description("{ bearer: token }", USERS, list);
    let mut state = served(&text, Behaviour::default());
    let count = |state: &mut State, query: &str| {
        let body = get(state, &format!("/users?{query}"));
        let all = body["all"].as_array().unwrap().clone();
        assert!(
            all.iter()
                .all(|it| it.get("state").is_none() && it.get("level").is_none())
        );
        all.len()
    };
    assert_eq!(count(&mut state, "state=here"), 7);
    assert_eq!(count(&mut state, "state=gone"), 3);
    // Nobody asks for a part: who is off stays hidden, as real vendors have it.
    assert_eq!(count(&mut state, ""), 7);
    assert_eq!(count(&mut state, "state=gone&mail=p8@example.com"), 1);
    state.behaviour.wrong = Wrong {
        lacks_part: 2,
        ..Wrong::default()
    };
    assert_eq!(count(&mut state, "state=gone"), 0);
}

#[test]
fn twists_do_what_they_say() {
    let all = |state: &mut State, query: &str| {
        get(state, &format!("/users?max=9{query}"))["all"]
            .as_array()
            .unwrap()
            .len()
    };
    let with = |turn: fn(&mut Behaviour)| {
        let mut behaviour = Behaviour::default();
        turn(&mut behaviour);
        plain(behaviour)
    };
    assert_eq!(all(&mut with(|it| it.small_pages = true), ""), 3);
    assert_eq!(
        all(
            &mut with(|it| it.heeds_filters = false),
            "&mail=p1@example.com"
        ),
        4
    );
    assert_eq!(
        all(
            &mut with(|it| it.search_by_case = true),
            "&mail=P1@example.com"
        ),
        0
    );
    let mut hiding = with(|it| it.shows_off = false);
    assert_eq!(get(&mut hiding, "/users")["count"], 7);
    let word = "0123456789abcdef";
    let taken = json!({ "user": { "mail": "P1@example.com", "word": word, "again": word, "notify": false, "level": 2 } });
    let mut adopting = with(|it| it.adopts = true);
    assert_eq!(send(&mut adopting, "POST /users", &taken), 200);
    assert_eq!(
        adopting.accounts()[1].attributes.get("level"),
        Some(&Some(Value::text("reader")))
    );
    let mut doubling = with(|it| it.doubles_by_case = true);
    assert_eq!(send(&mut doubling, "POST /users", &taken), 201);
    let same = |it: &Account| folded(&it.email) == "p1@example.com";
    assert_eq!(doubling.accounts().into_iter().filter(same).count(), 2);
    let mut losing = with(|it| it.loses_answers = 1);
    assert_eq!(send(&mut losing, "DELETE /users/u-2", &Json::Null), 504);
    assert_eq!(losing.accounts().len(), 9);
    let mut forgetful = with(|it| it.stores_switches = false);
    assert_eq!(
        send(&mut forgetful, "POST /users/u-2/off", &Json::Null),
        200
    );
    assert!(forgetful.accounts()[1].active);
    let mut silent = with(|it| it.empty_answers = true);
    assert_eq!(send(&mut silent, "POST /users/u-2/off", &Json::Null), 204);
    assert!(!silent.accounts()[1].active);
    let mut numbered = with(|it| it.number_ids = true);
    assert_eq!(get(&mut numbered, "/users/2")["user"]["id"], 2);
}
