//! The local server is as strict as the documentation.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine as _;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::connector::logicgate::SPEC;
use crate::connector::testing::{account, seed, settings, settings_with};
use crate::model::value::Value;
use crate::sandbox::logicgate::{Behaviour, ListForm, Omitted, Server};
use crate::sandbox::{HeldAccounts as _, LocalVendor as _};

fn server(behaviour: Behaviour) -> Server {
    let settings = settings_with(&SPEC, &SPEC.auth[1]);
    let people = [("ada@x.com", "Reader"), ("bob+q@x.com", "Writer")].map(|(email, role)| {
        account(
            email,
            &[
                ("tier", Value::text("LIMITED")),
                ("first", Value::text("A")),
                ("last", Value::text("B")),
                ("roles", Value::set([role])),
            ],
        )
    });
    Server::new(seed(settings, people.to_vec()).into(), behaviour)
}

async fn raw(server: &Server, method: &str, target: &str, auth: &str, body: &str) -> (u16, String) {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("authorization", auth)
        .header("content-type", "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap();
    let response = server.router().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn call(server: &Server, method: &str, target: &str, body: Json) -> (u16, Json) {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let (status, text) = raw(server, method, target, "Bearer rig-secret-token", &body).await;
    (status, serde_json::from_str(&text).unwrap())
}

async fn one(server: &Server, email: &str) -> Json {
    let (_, users) = call(server, "GET", "/api/v1/users", Json::Null).await;
    let users = users.as_array().unwrap().clone();
    let mut user = users.into_iter().find(|it| it["email"] == email).unwrap();
    for secret in ["password", "resetPasswordToken", "intercomHash"] {
        assert!(user.as_object_mut().unwrap().remove(secret).is_some());
    }
    user
}

fn new_user(email: &str) -> Json {
    json!({
        "active": true, "status": "Active", "valueType": "User", "tier": "LIMITED",
        "sendEmail": false, "email": email, "first": "N", "last": "U",
    })
}

#[tokio::test(start_paused = true)]
async fn every_call_wants_the_bearer_token() {
    let server = server(Behaviour::default());
    for auth in ["", "Bearer wrong", "Basic rig-secret-token"] {
        let (status, text) = raw(&server, "GET", "/api/v1/users", auth, "").await;
        assert_eq!(status, 401, "{auth}");
        assert_eq!(text, r#"{"message":"unauthorized","status":"401"}"#);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_minted_from_the_joined_pair_and_ends_the_one_before() {
    let server = Server::new(
        seed(settings(&SPEC), Vec::new()).into(),
        Behaviour::default(),
    );
    let pair = "rig-secret-client_id:rig-secret-client_secret";
    let basic = format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    );
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let (status, text) = raw(&server, "POST", "/api/v1/account/token", &basic, "").await;
        assert_eq!(status, 200);
        let answer: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["token_type"], "bearer");
        tokens.push(format!(
            "Bearer {}",
            answer["access_token"].as_str().unwrap()
        ));
    }
    assert_eq!(
        raw(&server, "GET", "/api/v1/users", &tokens[0], "").await.0,
        401
    );
    assert_eq!(
        raw(&server, "GET", "/api/v1/users", &tokens[1], "").await.0,
        200
    );
    let wrong = raw(&server, "POST", "/api/v1/account/token", "Basic eDp5", "").await;
    assert_eq!(wrong.0, 401);
}

#[tokio::test(start_paused = true)]
async fn reads_show_status_twice_and_secrets() {
    let server = server(Behaviour::default());
    let (_, text) = raw(
        &server,
        "GET",
        "/api/v1/users",
        "Bearer rig-secret-token",
        "",
    )
    .await;
    let first = text.split("\"empty\"").next().unwrap();
    assert!(text.starts_with("[{\"status\":\"Active\","), "{first}");
    assert!(text.matches("\"status\":\"Active\"").count() > text.matches("\"email\"").count());
    assert!(text.contains("SECRET-password-hash"));
}

#[tokio::test(start_paused = true)]
async fn the_search_is_fuzzy_and_takes_a_plus_only_encoded() {
    let server = server(Behaviour::default());
    let found = |query: &'static str| {
        let server = &server;
        async move {
            let path = format!("/api/v1/internal/users?search-type=EMAIL&query={query}");
            let (status, page) = call(server, "GET", &path, Json::Null).await;
            assert_eq!(status, 200);
            page["totalElements"].as_u64().unwrap()
        }
    };
    assert_eq!(found("X.com").await, 2);
    assert_eq!(found("bob%2Bq@x.com").await, 1);
    assert_eq!(found("bob+q@x.com").await, 0);
    let (status, _) = call(&server, "GET", "/api/v1/internal/users?query=x", Json::Null).await;
    assert_eq!(status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_create_refuses_what_the_guide_does_not_show() {
    let server = server(Behaviour::default());
    for (field, value, property) in [
        ("roles", json!([]), "roles"),
        ("timeZone", json!("UTC"), "timeZone"),
        ("password", json!("x"), "password"),
        ("tier", json!("POWER"), "tier"),
        ("first", json!(7), "first"),
        ("last", json!(""), "last"),
        ("status", Json::Null, "status"),
    ] {
        let mut body = new_user("new@x.com");
        body[field] = value;
        let (status, error) = call(&server, "POST", "/api/v1/users", body).await;
        assert_eq!((status, &error["property"]), (400, &json!(property)));
    }
    assert_eq!(server.accounts().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_email_is_there_once_whatever_its_case() {
    for duplicate in [400, 409, 422] {
        let server = server(Behaviour {
            duplicate,
            ..Behaviour::default()
        });
        let (status, error) = call(&server, "POST", "/api/v1/users", new_user("ADA@x.com")).await;
        assert_eq!((status, &error["property"]), (duplicate, &json!("email")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_put_clears_what_it_leaves_out() {
    let server = server(Behaviour::default());
    let mut body = one(&server, "ada@x.com").await;
    let path = format!("/api/v1/users/{}", body["id"].as_str().unwrap());
    for gone in ["timeZone", "roles", "records", "active"] {
        body.as_object_mut().unwrap().remove(gone);
    }
    let (status, after) = call(&server, "PUT", &path, body.clone()).await;
    assert_eq!(status, 200);
    assert_eq!(after["timeZone"], Json::Null);
    assert_eq!(
        (&after["roles"], &after["records"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(after["active"], false);
    server.behave(|it| it.omitted = Omitted::Kept);
    server.set("ada@x.com", "timeZone", json!("Europe/Paris"));
    let (_, after) = call(&server, "PUT", &path, body).await;
    assert_eq!(after["timeZone"], "Europe/Paris");
}

#[tokio::test(start_paused = true)]
async fn a_put_refuses_secrets_send_email_and_changed_read_only_fields() {
    let server = server(Behaviour::default());
    let good = one(&server, "ada@x.com").await;
    let path = format!("/api/v1/users/{}", good["id"].as_str().unwrap());
    for (field, value) in [
        ("password", json!("x")),
        ("sendEmail", json!(false)),
        ("madeUp", json!(1)),
        ("superUser", json!(true)),
        ("id", json!("other")),
        ("disabled", json!("yes")),
        ("email", Json::Null),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let (status, error) = call(&server, "PUT", &path, body).await;
        assert_eq!((status, &error["property"]), (400, &json!(field)));
    }
    let mut body = good.clone();
    body["roles"] = json!([{"id": "rL000001"}]);
    let (status, error) = call(&server, "PUT", &path, body).await;
    assert_eq!((status, &error["property"]), (400, &json!("roles.status")));
    assert_eq!(call(&server, "PUT", &path, good).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn reads_lag_behind_writes() {
    let server = server(Behaviour {
        stale_reads: 2,
        ..Behaviour::default()
    });
    call(&server, "POST", "/api/v1/users", new_user("new@x.com")).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (_, users) = call(&server, "GET", "/api/v1/users", Json::Null).await;
        seen.push(users.as_array().unwrap().len());
    }
    assert_eq!(seen, [3, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn lists_page_from_zero_with_twenty_at_a_time() {
    let people = (0..25)
        .map(|at| account(&format!("p{at}@x.com"), &[]))
        .collect();
    let settings = settings_with(&SPEC, &SPEC.auth[1]);
    for form in [ListForm::PageV1, ListForm::PageV2] {
        let seed = seed(settings.clone(), Vec::clone(&people));
        let server = Server::new(
            seed.into(),
            Behaviour {
                list: form,
                ..Behaviour::default()
            },
        );
        let (_, page) = call(&server, "GET", "/api/v1/users?page=1", Json::Null).await;
        assert_eq!(page["content"].as_array().unwrap().len(), 6);
        let (end, total) = match form {
            ListForm::PageV2 => (
                page["links"]["next"].is_null(),
                &page["page"]["totalElements"],
            ),
            _ => (page["last"] == true, &page["totalElements"]),
        };
        assert_eq!((end, total), (true, &json!(26)));
        let (status, _) = call(&server, "GET", "/api/v1/users?size=0", Json::Null).await;
        assert_eq!(status, 400);
    }
}
