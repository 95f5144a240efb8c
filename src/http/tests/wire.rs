//! What goes over the wire, and answers that are not what they should be.

use serde_json::Value;

use super::*;

#[tokio::test]
async fn every_call_carries_what_vendors_ask_for() {
    let server = Server::script(vec![ok()]).await;
    let api = server.api();
    api.send(list().query("group.guid", "a+b").query("q", "ä"))
        .await
        .unwrap();
    api.send(create()).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen[0].target, "GET /v2/users?group.guid=a%2Bb&q=%C3%A4");
    assert_eq!(seen[1].body, r#"{"email":"a@example.com"}"#);
    for request in &seen {
        for line in [
            "accept: application/json",
            "content-type: application/json",
            "accept-encoding: gzip",
            concat!("user-agent: rosterctl/", env!("CARGO_PKG_VERSION")),
        ] {
            assert!(request.head.contains(line), "{line} in {}", request.head);
        }
        assert!(!request.head.contains("authorization"));
    }
}

#[tokio::test]
async fn a_read_only_run_sends_no_write_but_a_token_call() {
    let server = Server::script(vec![ok()]).await;
    let api = server.api_with(|config| config.permit = Permit::ReadOnly);
    for call in [
        create(),
        Call::put("x", "/x"),
        Call::patch("x", "/x").repeatable(),
        Call::delete("x", "/x"),
    ] {
        let error = api.send(call).await.unwrap_err();
        assert!(matches!(error.problem, Problem::WriteInReadOnly));
        assert!(error.ends_run());
    }
    assert_eq!(server.count(), 0);
    api.send(list()).await.unwrap();
    api.send(create().token(TokenCall::InBody)).await.unwrap();
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_path_that_leads_elsewhere_is_not_sent() {
    let server = Server::script(vec![ok()]).await;
    let call = Call::delete("delete user", format!("/users/{}", segment("..")));
    let error = server.api().send(call).await.unwrap_err();
    assert!(matches!(error.problem, Problem::BadCall(_)), "{error}");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_redirect_is_an_error_and_takes_no_token_along() {
    let other = Server::script(vec![ok()]).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: {}/login?next=x", other.base_url);
        let server = Server::script(vec![answer(status, &[&location], "")]).await;
        let api = server
            .api()
            .with_credentials(Credentials::Bearer(Secret::fixed("hidden-value")));
        for call in [list(), create()] {
            let error = api.send(call).await.unwrap_err();
            assert_eq!(
                error.problem.to_string(),
                format!(
                    "HTTP {status}: redirected to {}/login; redirects are not followed, correct base_url",
                    other.base_url
                )
            );
        }
        assert_eq!(server.count(), 2);
    }
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn links_to_another_place_are_not_followed() {
    let server = Server::script(vec![ok()]).await;
    let api = server.api();
    let link = format!("{}/v2/users?offset=100&group.guid=x", server.base_url);
    api.send(api.follow("list users", &link).unwrap())
        .await
        .unwrap();
    assert_eq!(
        server.seen()[0].target,
        "GET /v2/users?offset=100&group.guid=x"
    );
    let error = api
        .follow("list users", "https://evil.example/v2/users?t=1")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "bitsight: list users failed: the list cannot be followed: \
         the next page is at another place (https://evil.example)"
    );
}

#[tokio::test]
async fn half_a_body_is_a_lost_answer() {
    let half =
        || Act::Say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"results\": [".to_vec());
    let server = Server::script(vec![half()]).await;
    let error = server.api().send(create()).await.unwrap_err();
    assert_eq!(
        error.problem.to_string(),
        "the connection broke before the answer was complete: \
         error reading a body from connection: end of file before message length reached"
    );
    assert_eq!(error.effect(), Effect::Unknown);
    assert_eq!(server.count(), 1);
    let server = Server::script(vec![half(), ok()]).await;
    assert!(server.api().send(list()).await.is_ok());
}

#[tokio::test]
async fn a_refusal_counts_even_if_its_words_are_cut_off() {
    let half = b"HTTP/1.1 409 Conflict\r\ncontent-length: 100\r\n\r\ntaken".to_vec();
    let server = Server::script(vec![Act::Say(half)]).await;
    let error = server.api().send(create()).await.unwrap_err();
    assert_eq!(error.problem.to_string(), "HTTP 409: taken");
    assert_eq!(error.effect(), Effect::None);
}

#[tokio::test]
async fn html_where_json_should_be_says_so() {
    let server = Server::script(vec![answer(200, &[], "<html>Sign in</html>")]).await;
    let reply = server.api().send(list()).await.unwrap();
    let error = reply.json::<Value>().unwrap_err().to_string();
    assert!(error.contains("it looks like an HTML page"), "{error}");
    assert!(!error.contains("Sign in"));
}

#[tokio::test]
async fn gzip_is_unpacked() {
    // `{"ok": true}`
    let packed = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 202, 207, 86, 178, 82, 40, 41, 42, 77, 173, 5, 0,
        198, 25, 171, 23, 12, 0, 0, 0,
    ];
    let server = Server::script(vec![answer(200, &["content-encoding: gzip"], packed)]).await;
    let reply = server.api().send(list()).await.unwrap();
    assert_eq!(reply.json::<Value>().unwrap()["ok"], true);
}

#[tokio::test]
async fn the_base_address_is_checked() {
    for (base_url, expected) in [
        (
            "http://api.example.com",
            "bitsight: set up failed: base_url: http is refused except on loopback",
        ),
        (
            "ftp://api.example.com",
            "bitsight: set up failed: base_url: it has to begin with https://",
        ),
    ] {
        let error = Api::new(config(base_url)).err().unwrap();
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn hostile_words_of_a_vendor_are_tamed() {
    let body = "{\"message\": \"\\u001b[2Jgone\\n\\u202eevil\"}";
    let server = Server::script(vec![answer(400, &[], body)]).await;
    let error = server.api().send(list()).await.unwrap_err();
    assert_eq!(error.problem.to_string(), "HTTP 400: [2Jgone evil");
}

#[tokio::test]
async fn pages_have_to_bring_something_new_and_go_forward() {
    let server = Server::script(vec![ok()]).await;
    let mut pages = Pages::new(&server.api(), "list users");
    assert!(pages.is_new("a") && pages.is_new("b") && !pages.is_new("a"));
    assert!(pages.goes_on(true).unwrap());
    assert_eq!(pages.forward(0, 100).unwrap(), 100);
    assert!(!pages.is_new("a"));
    let error = pages.goes_on(true).unwrap_err().to_string();
    assert_eq!(
        error,
        "bitsight: list users failed: the list cannot be followed: \
         page 2 promises more and brought nothing new"
    );
    assert!(!pages.goes_on(false).unwrap());
    let back = pages.forward(100, 100).unwrap_err().to_string();
    assert!(back.ends_with("it leads from 100 back to 100"), "{back}");
    assert_eq!((pages.count(), pages.seen()), (3, 2));
}

#[tokio::test]
async fn a_list_without_end_is_an_error() {
    let server = Server::script(vec![ok()]).await;
    let mut pages = Pages::new(&server.api(), "list users");
    let mut page = || {
        let count = pages.count();
        pages.is_new(&count.to_string());
        pages.goes_on(true)
    };
    assert!((1..100_000).all(|_| page().is_ok()));
    assert!(page().is_err());
}
