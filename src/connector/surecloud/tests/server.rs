//! The local server alone: as strict as the documentation, and every switch.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;
use tower::ServiceExt as _;

use super::*;
use crate::connector::surecloud::convert::answered;
use crate::connector::surecloud::wire::{self, parse_users};
use crate::sandbox::surecloud::BadUser;
use crate::sandbox::{HeldAccounts as _, LocalVendor as _};

const JWT: &str = "Bearer rig-secret-jwt";

fn server(accounts: Vec<Account>) -> Server {
    let mut seed = seed(settings(&SPEC), accounts);
    let groups = seed.names.entry("groups").or_default();
    groups.push("//Risk/Owners".into());
    Server::new(seed.into())
}

async fn ask(server: &Server, headers: &[(header::HeaderName, &str)], body: &Json) -> (u16, Json) {
    let mut request = Request::patch("/restful/v1/user");
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = server.router().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn patch(server: &Server, body: Json) -> (u16, Json) {
    let headers = [
        (header::ACCEPT, "application/json; charset=utf-8"),
        (header::CONTENT_TYPE, "application/json"),
        (header::AUTHORIZATION, JWT),
    ];
    ask(server, &headers, &body).await
}

#[tokio::test(start_paused = true)]
async fn both_headers_and_the_token_are_demanded() {
    let server = server(vec![]);
    let json = "application/json";
    let body = json!({ "users": [{ "email": "a@x.io", "role": "CONTRIBUTOR" }] });
    let (accept, content) = ((header::ACCEPT, json), (header::CONTENT_TYPE, json));
    let token = (header::AUTHORIZATION, JWT);
    let basic = (header::AUTHORIZATION, "Basic cmlnLXNlY3JldC1qd3Q6");
    for (headers, expected) in [
        (vec![accept.clone(), token.clone()], 406),
        (vec![content.clone(), token.clone()], 406),
        (vec![accept.clone(), content.clone()], 401),
        (vec![accept.clone(), content.clone(), basic], 401),
        (vec![accept, content, token], 200),
    ] {
        assert_eq!(ask(&server, &headers, &body).await.0, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_bodies_are_refused_and_change_nothing() {
    let server = server(vec![account("a@x.io", &[])]);
    let before = server.accounts();
    for body in [
        json!([]),
        json!({}),
        json!({ "users": [] }),
        json!({ "users": [{}], "mode": "x" }),
        json!({ "users": [{ "name": "nobody" }] }),
        json!({ "users": [{ "email": "new@x.io" }] }),
        json!({ "users": [{ "email": "new@x.io", "role": "" }] }),
        json!({ "users": [{ "email": "nonsense", "role": "CONTRIBUTOR" }] }),
        json!({ "users": [{ "email": "a@x.io", "phone": "1" }] }),
        json!({ "users": [{ "email": "a@x.io", "patchErrorMessage": "" }] }),
        json!({ "users": [{ "email": "a@x.io", "name": null }] }),
        json!({ "users": [{ "email": "a@x.io", "enabled": "no" }] }),
        json!({ "users": [{ "email": "a@x.io", "groups": "//Risk/Owners" }] }),
        json!({ "users": [{ "userID": "no such" }] }),
        json!({ "users": [{ "userID": "1001", "email": "b@x.io" }] }),
    ] {
        let (status, answer) = patch(&server, body.clone()).await;
        assert_eq!(status, 400, "{body}");
        assert!(answer["error"]["message"].is_string(), "{body}");
    }
    assert_eq!(server.accounts(), before);
}

#[tokio::test(start_paused = true)]
async fn person_type_resets_and_other_absent_fields_stay() {
    let server = server(vec![]);
    let first = json!({ "email": "a@x.io", "role": "CONTRIBUTOR", "personType": "EXTERNAL",
                        "name": "A", "enabled": true, "groups": ["//Risk/Owners"] });
    patch(&server, json!({ "users": [first] })).await;
    let (_, answer) = patch(&server, json!({ "users": [{ "email": "A@X.IO" }] })).await;
    let model = &answer[0];
    assert_eq!(model["personType"], "INTERNAL");
    assert_eq!(model["name"], "A");
    assert_eq!(model["enabled"], true);
    assert_eq!(model["groups"], json!(["//Risk/Owners"]));
    assert_eq!(model["email"], "a@x.io");
}

#[tokio::test(start_paused = true)]
async fn one_wrong_group_fails_alone_and_case_counts() {
    let server = server(vec![]);
    let paths = json!(["//Risk/Owners", "//risk/owners", "Risk/Owners"]);
    let user = json!({ "email": "a@x.io", "role": "CONTRIBUTOR", "groups": paths });
    let (status, answer) = patch(&server, json!({ "users": [user] })).await;
    assert_eq!(status, 200);
    assert_eq!(answer[0]["groups"], json!(["//Risk/Owners"]));
    let fault = answer[0]["patchErrorMessage"].as_str().unwrap();
    assert!(
        fault.contains("//risk/owners") && fault.contains("group Risk/Owners"),
        "{fault}"
    );
}

#[tokio::test(start_paused = true)]
async fn one_wrong_user_of_several_is_told_apart_whatever_the_vendor_does() {
    for (bad_user, status, others) in [
        (BadUser::RefuseAll, 400, 0),
        (BadUser::LeaveOut, 200, 2),
        (BadUser::Report, 200, 2),
    ] {
        let server = server(vec![]);
        server.set_rules(Rules {
            bad_user,
            ..Rules::default()
        });
        let users = json!([
            { "email": "a@x.io", "role": "CONTRIBUTOR" },
            { "email": "bad@x.io" },
            { "email": "c@x.io", "role": "CONTRIBUTOR" },
        ]);
        let (got, answer) = patch(&server, json!({ "users": users })).await;
        assert_eq!(got, status);
        assert_eq!(server.accounts().len(), 1 + others, "{bad_user:?}");
        if status != 200 {
            continue;
        }
        // The order is not that of the request; users are found by e-mail.
        assert_eq!(answer[0]["email"], "c@x.io");
        let answer = parse_users(answer.to_string().as_bytes()).unwrap();
        let fine = |email: &str| {
            let found = answered(&answer, &sent(email), email);
            found.is_ok_and(|user| user.faults.is_empty())
        };
        assert_eq!(
            ["a@x.io", "bad@x.io", "c@x.io"].map(fine),
            [true, false, true],
            "{bad_user:?}"
        );
    }
}

fn sent(email: &str) -> wire::Body {
    wire::Body::from_iter([
        ("email".to_owned(), json!(email)),
        ("personType".to_owned(), json!("INTERNAL")),
    ])
}

#[test]
fn an_answer_about_somebody_else_is_not_taken() {
    let cases = [
        (
            r#"[{"email":"a@x.io"},{"email":"A@x.io"}]"#,
            "more than once",
        ),
        (r#"[{"email":"b@x.io"}]"#, "does not mention"),
        (r#"[{"email":"b@x.io","userID":"7"}]"#, "another e-mail"),
        (r#"[{"email":"a@x.io","userID":"8"}]"#, "another userID"),
    ];
    for (body, expected) in cases {
        let answer = parse_users(body.as_bytes()).unwrap();
        let mut sent = sent("a@x.io");
        sent.insert("userID".into(), json!("7"));
        let error = answered(&answer, &sent, "a@x.io").unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn changes_behind_the_api_are_seen() {
    let server = server(vec![]);
    let there = account("a@x.io", &[("role", Value::text("CONTRIBUTOR"))]);
    server.put(there.clone());
    server.put(there);
    assert_eq!(server.accounts().len(), 2);
    server.remove("A@x.io");
    assert_eq!(server.accounts().len(), 1);
}
