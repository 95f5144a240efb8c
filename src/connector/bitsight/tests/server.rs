//! The local server is as strict as the documentation.

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use super::*;

const TOKEN: &str = "rig-secret-token";

/// One call to a fresh server with the accounts of [`Setup::new`].
async fn call(method: &str, path: &str, body: Option<Json>, auth: Option<&str>) -> (u16, Json) {
    let (_, server) = Setup::new().serve();
    let mut request = Request::builder().method(method).uri(path);
    if let Some(auth) = auth {
        let code = base64::engine::general_purpose::STANDARD.encode(auth);
        request = request.header(header::AUTHORIZATION, format!("Basic {code}"));
    }
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let response = server
        .router()
        .oneshot(request.body(body).unwrap())
        .await
        .unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Json::Null))
}

async fn allowed(method: &str, path: &str, body: Option<Json>) -> (u16, Json) {
    call(method, path, body, Some(&format!("{TOKEN}:"))).await
}

const USERS: &str = "/ratings/v2/users";
const ADA_PATH: &str = "/ratings/v2/users/1b1b1b1b-0000-4000-8000-000000000002";

#[tokio::test(start_paused = true)]
async fn demands_the_token_with_an_empty_password() {
    let with_password = format!("{TOKEN}:x");
    for auth in [
        None,
        Some("wrong:"),
        Some(with_password.as_str()),
        Some(TOKEN),
    ] {
        for path in [USERS, "/nowhere"] {
            assert_eq!(call("GET", path, None, auth).await.0, 401, "{auth:?}");
        }
    }
    assert_eq!(allowed("GET", USERS, None).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_list_without_offset_starts_at_100() {
    let (_, page) = allowed("GET", USERS, None).await;
    assert_eq!(
        (page["count"].as_u64(), &page["results"]),
        (Some(2), &json!([]))
    );
    let (_, page) = allowed("GET", "/ratings/v2/users?offset=0", None).await;
    assert_eq!(page["results"].as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn filters_are_literal_and_unknown_ones_refused() {
    let get = async |query: &str| allowed("GET", &format!("{USERS}?offset=0&{query}"), None).await;
    let count = |answer: (u16, Json)| answer.1["count"].as_u64();
    assert_eq!(count(get("roles.slug=customer_admin,x").await), Some(1));
    assert_eq!(
        count(get("group.guid=0a0a0a0a-0000-4000-8000-000000000003").await),
        Some(1)
    );
    assert_eq!(count(get("status=Created,Activated").await), Some(2));
    assert_eq!(count(get("email_q=ADA").await), Some(1));
    assert_eq!(get("status=activated").await.0, 400);
    assert_eq!(get("page=1").await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn bodies_are_checked() {
    let full = json!({"email": BOB, "formal_name": "B", "friendly_name": "B",
                      "roles": [{"slug": "customer_user"}]});
    assert_eq!(allowed("POST", USERS, Some(full.clone())).await.0, 201);
    for (field, value, status) in [
        ("guid", json!("x"), 400),
        ("nickname", json!("x"), 400),
        ("status", json!("Activated"), 400),
        ("email", json!(7), 400),
        ("email", json!("nobody"), 422),
        ("email", json!("ADA@example.com"), 409),
        ("roles", json!([]), 422),
        (
            "roles",
            json!([{"slug": "customer_user"}, {"slug": "customer_admin"}]),
            422,
        ),
        (
            "roles",
            json!([{"slug": "customer_user", "name": "User"}]),
            400,
        ),
        ("roles", json!([{"slug": "nobody"}]), 422),
        ("group", Json::Null, 400),
        (
            "group",
            json!({"guid": "0a0a0a0a-0000-4000-8000-000000000001"}),
            400,
        ),
        ("group", json!("0a0a"), 422),
        ("is_available_for_contact", json!("yes"), 400),
        ("is_company_api_token", json!(true), 422),
        (
            "features",
            json!([{"slug": "a", "value": true, "can_update": true}]),
            400,
        ),
        ("user", full.clone(), 400),
    ] {
        let mut body = full.clone();
        body[field] = value.clone();
        let (got, error) = allowed("POST", USERS, Some(body)).await;
        assert_eq!(got, status, "{field}: {value}");
        assert!(error["detail"].is_string(), "{field}");
    }
    for field in ["email", "formal_name", "friendly_name", "roles"] {
        let mut body = full.clone();
        body.as_object_mut().unwrap().remove(field);
        assert_eq!(allowed("POST", USERS, Some(body)).await.0, 400, "{field}");
    }
}

#[tokio::test(start_paused = true)]
async fn methods_and_paths_are_those_documented() {
    assert_eq!(allowed("PUT", ADA_PATH, Some(json!({}))).await.0, 405);
    assert_eq!(allowed("GET", "/ratings/v2/users/", None).await.0, 404);
    assert_eq!(allowed("GET", "/ratings/v2/users/none", None).await.0, 404);
    assert_eq!(allowed("DELETE", ADA_PATH, None).await, (204, Json::Null));
    assert_eq!(allowed("PATCH", ADA_PATH, Some(json!({}))).await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn single_reads_lack_what_the_list_shows() {
    let (_, user) = allowed("GET", ADA_PATH, None).await;
    let (_, page) = allowed("GET", "/ratings/v2/users?offset=0", None).await;
    assert!(user.get("landing_page").is_none());
    assert_eq!(page["results"][1]["landing_page"], json!("DEFAULT"));
    assert_eq!(user["group"]["name"], json!("Europe"));
    let (_, old) = allowed("GET", "/ratings/v1/users/current", None).await;
    assert_eq!(old["roles"], json!(["Customer Admin"]));
}
