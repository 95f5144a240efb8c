//! Who we are: sent as documented, renewed once, shown nowhere.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::future::join_all;
use secrecy::SecretString;
use serde_json::json;

use super::*;
use crate::roster::model::SecretRef;

/// Mints `token-1`, `token-2`… with a token call, as LogicGate does.
struct Mint {
    minted: Arc<AtomicUsize>,
    good_for: Option<Duration>,
}

impl Mint {
    fn credentials(good_for: Option<Duration>) -> (Credentials, Arc<AtomicUsize>) {
        let minted = Arc::new(AtomicUsize::new(0));
        let source = Self {
            minted: Arc::clone(&minted),
            good_for,
        };
        (Credentials::Minted(Arc::new(source)), minted)
    }
}

#[async_trait]
impl TokenSource for Mint {
    async fn mint(&self, api: &Api) -> Result<Token, HttpError> {
        let basic = TokenCall::Basic("client".into(), "client-secret".into());
        api.send(Call::post("get token", "/token").token(basic))
            .await?;
        let minted = self.minted.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(Token {
            secret: SecretString::from(format!("token-{minted}")),
            good_for: self.good_for,
        })
    }

    fn secrets(&self) -> Vec<&Secret> {
        Vec::new()
    }
}

/// Takes token calls, and other calls with one of these tokens.
async fn accepting(tokens: &'static [&'static str]) -> Server {
    Server::start(move |_, seen| {
        let good = tokens.iter().any(|token| {
            seen.head
                .contains(&format!("authorization: Bearer {token}"))
        });
        if seen.target == "POST /token" || good {
            ok()
        } else {
            answer(401, &[], r#"{"detail": "Authentication required"}"#)
        }
    })
    .await
}

fn calls(server: &Server, target: &str) -> usize {
    let seen = server.seen();
    seen.iter().filter(|seen| seen.target == target).count()
}

#[tokio::test]
async fn basic_and_bearer_are_sent_as_documented() {
    let server = Server::script(vec![ok()]).await;
    for (credentials, header) in [
        (
            Credentials::Basic {
                user: Secret::fixed("TOKEN"),
                password: None,
            },
            "authorization: Basic VE9LRU46",
        ),
        (
            Credentials::Basic {
                user: Secret::fixed("ada@example.com"),
                password: Some(Secret::fixed("pä:ss")),
            },
            "authorization: Basic YWRhQGV4YW1wbGUuY29tOnDDpDpzcw==",
        ),
        (
            Credentials::Bearer(Secret::fixed("jwt.value.x")),
            "authorization: Bearer jwt.value.x",
        ),
    ] {
        let api = server.api().with_credentials(credentials);
        api.send(list()).await.unwrap();
        let seen = server.seen();
        assert!(seen[seen.len() - 1].head.contains(header), "{header}");
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_sent_are_an_error() {
    let server = Server::script(vec![ok()]).await;
    for credentials in [
        Credentials::Bearer(Secret::fixed("hidden\nvalue")),
        Credentials::Bearer(Secret::fixed("hiddenä")),
        Credentials::Basic {
            user: Secret::fixed("hidden:value"),
            password: None,
        },
        Credentials::Bearer(Secret::new(
            SecretRef::Env("ROSTERCTL_TEST_NOT_SET".into()),
            &Redactor::new(),
        )),
    ] {
        let error = server
            .api()
            .with_credentials(credentials)
            .send(list())
            .await
            .unwrap_err();
        assert!(matches!(error.problem, Problem::Secret(_)), "{error}");
        assert!(error.ends_run());
        assert!(!format!("{error} {error:?}").contains("hidden"));
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_refused_fixed_secret_stops_the_run_after_one_call() {
    let server = accepting(&[]).await;
    let api = server
        .api()
        .with_credentials(Credentials::Bearer(Secret::fixed("hidden-value")));
    for _ in 0..10 {
        let error = api.send(list()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "bitsight: list users (GET /v2/users) failed: HTTP 401: the credentials were refused; \
             the vendor says: Authentication required; check a fixed secret"
        );
        assert!(error.ends_run());
    }
    assert_eq!(server.count(), 1, "refused logins lock accounts");
}

#[tokio::test]
async fn a_command_is_asked_again_once_and_only_a_new_token_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let counting = format!(
        "echo x >> {0}; echo token-$(wc -l < {0} | tr -d ' ')",
        folder.path().join("count").display()
    );
    for (script, tokens, calls, good) in [
        (counting.as_str(), &["token-2"] as &[_], 2, true),
        ("echo token-1", &["token-2"], 1, false),
    ] {
        let server = accepting(tokens).await;
        let words = ["sh", "-c", script].map(Box::from).to_vec();
        let secret = Secret::new(SecretRef::Command(words), &Redactor::new());
        let api = server.api().with_credentials(Credentials::Bearer(secret));
        assert_eq!(api.send(list()).await.is_ok(), good, "{script}");
        assert_eq!(server.count(), calls, "{script}");
    }
}

#[tokio::test]
async fn calls_side_by_side_share_one_mint() {
    let server = accepting(&["token-1"]).await;
    let (credentials, minted) = Mint::credentials(None);
    let api = server.api().with_credentials(credentials);
    let ends = join_all((0..20).map(|_| api.send(list()))).await;
    assert!(ends.iter().all(Result::is_ok));
    assert_eq!(minted.load(Ordering::SeqCst), 1);
    assert!(
        server.seen()[0]
            .head
            .contains("authorization: Basic Y2xpZW50OmNsaWVudC1zZWNyZXQ=")
    );
}

#[tokio::test]
async fn refusals_side_by_side_share_one_renewal() {
    let server = accepting(&["token-2"]).await;
    let (credentials, minted) = Mint::credentials(None);
    let api = server.api().with_credentials(credentials);
    let ends = join_all((0..10).map(|_| api.send(create()))).await;
    assert!(ends.iter().all(Result::is_ok));
    assert_eq!(minted.load(Ordering::SeqCst), 2);
    assert_eq!(calls(&server, "POST /token"), 2);
    assert_eq!(calls(&server, "POST /v2/users"), 20);
}

#[tokio::test]
async fn a_second_refusal_is_final() {
    let server = accepting(&[]).await;
    let (credentials, minted) = Mint::credentials(None);
    let api = server.api().with_credentials(credentials);
    for _ in 0..5 {
        let error = api.send(list()).await.unwrap_err();
        assert!(matches!(error.problem, Problem::Unauthorized(_)), "{error}");
    }
    assert_eq!(minted.load(Ordering::SeqCst), 2);
    assert_eq!(calls(&server, "GET /v2/users"), 2);
}

#[tokio::test]
async fn a_refused_token_call_is_made_once() {
    let server = Server::script(vec![answer(401, &[], "no client-secret")]).await;
    let (credentials, _) = Mint::credentials(None);
    let api = server.api().with_credentials(credentials);
    let ends = join_all((0..5).map(|_| api.send(list()))).await;
    for end in ends {
        assert_eq!(
            end.unwrap_err().to_string(),
            "bitsight: get token (POST /token) failed: HTTP 401: the credentials were refused; \
             no [secret]"
        );
    }
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_token_is_minted_anew_before_it_runs_out() {
    let server = accepting(&["token-1", "token-2"]).await;
    let (credentials, minted) = Mint::credentials(Some(Duration::from_secs(3000)));
    let api = server.api().with_credentials(credentials);
    for (pause, expected) in [(0, 1), (2990, 1), (20, 2), (0, 2)] {
        api.clock().sleep(Duration::from_secs(pause)).await;
        api.send(list()).await.unwrap();
        assert_eq!(minted.load(Ordering::SeqCst), expected);
    }
    assert_eq!(calls(&server, "GET /v2/users"), 4);
}

#[tokio::test]
async fn a_token_that_ran_out_in_the_queue_is_not_sent() {
    let server = Server::start(|at, seen| {
        let first = seen.target != "POST /token" && at == 1;
        if first {
            answer(429, &["retry-after: 100"], "")
        } else {
            ok()
        }
    })
    .await;
    let (credentials, _) = Mint::credentials(Some(Duration::from_secs(60)));
    let api = server.api().with_credentials(credentials);
    api.send(list()).await.unwrap();
    let seen = server.seen();
    assert!(seen[seen.len() - 1].head.contains("Bearer token-2"));
}

#[tokio::test]
async fn a_token_that_never_lasts_does_not_loop() {
    let server = accepting(&[]).await;
    let (credentials, minted) = Mint::credentials(Some(Duration::ZERO));
    let api = server.api().with_credentials(credentials);
    let error = api.send(list()).await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    assert!(minted.load(Ordering::SeqCst) < 15);
}

#[tokio::test]
async fn secrets_are_in_no_error_and_no_debug_text() {
    let echo = |seen: &Seen| json!({"message": seen.head, "access_token": "fresh"}).to_string();
    for status in [400, 401, 403, 429, 503] {
        let server = Server::start(move |_, seen| answer(status, &[], echo(seen))).await;
        let redactor = Redactor::new();
        let basic = Credentials::Basic {
            user: Secret::fixed("hidden-user"),
            password: Some(Secret::fixed("hidden-pass")),
        };
        let api = server
            .api_with(|config| config.redactor = redactor.clone())
            .with_credentials(basic);
        let call = create().query("note", "hidden-pass");
        let debug = format!("{call:?}");
        let error = api.send(call).await.unwrap_err();
        let text = format!("{error} {error:?} {debug}");
        for secret in ["hidden", "aGlkZGVu", "fresh"] {
            assert!(!text.contains(secret), "{status}: {text}");
        }
    }
    let token = Token {
        secret: "hidden-value".into(),
        good_for: None,
    };
    assert!(!format!("{token:?}").contains("hidden"));
}

#[tokio::test]
async fn no_log_line_shows_a_secret() {
    let (lines, guard) = logged();
    let server = Server::script(vec![answer(503, &[], "hidden-pass"), ok()]).await;
    let basic = Credentials::Basic {
        user: Secret::fixed("hidden-user"),
        password: Some(Secret::fixed("hidden-pass")),
    };
    let api = server.api().with_credentials(basic);
    let call = Call::put("update user", "/v2/users/1")
        .query("email", "ada@example.com")
        .json(&json!({"password": "hidden-pass"}));
    api.send(call).await.unwrap();
    drop(guard);
    let text = lines.text();
    assert!(text.contains("update user (PUT /v2/users/1)"), "{text}");
    assert!(
        text.contains("status=503") && text.contains("tried=2"),
        "{text}"
    );
    for secret in ["hidden", "aGlkZGVu", "ada"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn a_log_line_is_kept_that_another_thread_came_to_first() {
    fn speak() {
        tracing::info!("a line of two threads");
    }
    let (lines, guard) = logged();
    std::thread::spawn(speak).join().unwrap();
    speak();
    drop(guard);
    assert_eq!(lines.text().matches("a line of two threads").count(), 1);
}
