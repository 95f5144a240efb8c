//! What is sent again, after which wait, and what is not.

use futures::future::join_all;

use super::*;

/// The virtual time one call took, and how it ended.
async fn run(api: &Api, call: Call) -> (Duration, Result<Reply, HttpError>) {
    let before = api.clock().skipped();
    let ended = api.send(call).await;
    (api.clock().skipped() - before, ended)
}

#[tokio::test]
async fn reads_are_repeated_until_they_work() {
    for bad in [
        Act::Drop,
        answer(502, &[], ""),
        answer(503, &[], ""),
        answer(504, &[], ""),
        answer(524, &[], ""),
        answer(429, &[], ""),
    ] {
        let server = Server::script(vec![bad, ok()]).await;
        assert_eq!(server.api().send(list()).await.unwrap().status, 200);
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test]
async fn a_create_is_repeated_only_where_nothing_was_done() {
    for (bad, effect) in [
        (Act::Drop, Effect::Unknown),
        (answer(502, &[], ""), Effect::Unknown),
        (answer(503, &[], ""), Effect::Unknown),
        (answer(500, &[], ""), Effect::Unknown),
        (answer(524, &[], ""), Effect::Pending),
        (answer(409, &[], ""), Effect::None),
    ] {
        let server = Server::script(vec![bad, ok()]).await;
        let error = server.api().send(create()).await.unwrap_err();
        assert_eq!(error.effect(), effect, "{error}");
        assert_eq!(server.count(), 1, "{error}");
    }
    let server = Server::script(vec![answer(429, &[], ""), ok()]).await;
    assert!(server.api().send(create()).await.is_ok());
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn what_the_vendor_refuses_is_not_repeated() {
    for status in [400, 402, 403, 404, 409, 422, 500, 501] {
        let server = Server::script(vec![answer(status, &[], r#"{"message": "no"}"#)]).await;
        let error = server.api().send(list()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("bitsight: list users (GET /v2/users) failed: HTTP {status}: no")
        );
        assert_eq!(error.status(), Some(status));
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn tries_end_and_their_waits_stay_below_the_backoff() {
    let server = Server::script(vec![answer(503, &[], "busy")]).await;
    let (waited, ended) = run(&server.api(), list()).await;
    assert_eq!(
        ended.unwrap_err().to_string(),
        "bitsight: list users (GET /v2/users) failed: HTTP 503: busy"
    );
    assert_eq!(server.count(), 5);
    assert!(waited > Duration::ZERO && waited < Duration::from_secs(1 + 2 + 4 + 8 + 1));
}

#[tokio::test]
async fn retry_after_is_kept_to() {
    for (value, least) in [
        ("retry-after: 30", 30.0),
        ("retry-after: 1.5", 1.5),
        ("retry-after: Wed, 21 Oct 2015 07:28:20 GMT", 20.0),
        // A date that is past, and a zero, mean soon, but not all tries in one moment.
        ("retry-after: Wed, 21 Oct 2015 07:20:00 GMT", 1.0),
        ("retry-after: 0", 1.0),
    ] {
        for status in [429, 503, 403, 400, 500] {
            let date = "date: Wed, 21 Oct 2015 07:28:00 GMT";
            let server = Server::script(vec![answer(status, &[value, date], ""), ok()]).await;
            let (waited, ended) = run(&server.api(), list()).await;
            assert!(ended.is_ok());
            let waited = waited.as_secs_f64();
            assert!((least..least + 1.1).contains(&waited), "{value}: {waited}");
        }
    }
}

#[tokio::test]
async fn a_429_without_a_time_pauses_and_doubles() {
    let busy = || answer(429, &[], "");
    let server = Server::script(vec![busy(), busy(), busy(), ok()]).await;
    let (waited, ended) = run(&server.api(), list()).await;
    assert!(ended.is_ok());
    assert_eq!(waited.as_secs(), 5 + 10 + 20);
}

#[tokio::test]
async fn one_throttled_call_pauses_all_of_the_vendor() {
    let server = Server::script(vec![answer(429, &["retry-after: 30"], ""), ok()]).await;
    let api = server.api();
    let (_, first) = run(&api, create()).await;
    assert!(first.is_ok());
    let server = Server::script(vec![answer(503, &["retry-after: 30"], ""), ok()]).await;
    let api = server.api();
    assert!(api.send(create()).await.is_err());
    let (waited, second) = run(&api, list()).await;
    assert!(second.is_ok());
    assert_eq!(waited, Duration::from_secs(30));
}

#[tokio::test]
async fn a_time_to_wait_counts_on_any_status() {
    for status in [403, 409] {
        let wait = || answer(status, &["retry-after: 7"], r#"{"message": "slow down"}"#);
        let server = Server::script(vec![wait(), ok()]).await;
        let (waited, ended) = run(&server.api(), create()).await;
        assert!(ended.is_ok());
        assert_eq!(waited, Duration::from_secs(7), "{status}");

        let server = Server::script(vec![wait()]).await;
        let (_, ended) = run(&server.api(), create()).await;
        let error = ended.unwrap_err();
        assert!(error.is_throttled(), "{error}");
        assert_eq!(
            (error.status(), error.effect()),
            (Some(status), Effect::None)
        );
        let words = format!("HTTP {status}: slow down (asked to wait, and still so after 28 s)");
        assert_eq!(error.problem.to_string(), words);
    }
    // What a 500 has done is not known, so a create is not sent again; the vendor is left alone.
    let broken = answer(500, &["retry-after: 7"], "");
    let server = Server::script(vec![broken, ok()]).await;
    let api = server.api();
    assert!(api.send(create()).await.is_err());
    let (waited, ended) = run(&api, list()).await;
    assert!(ended.is_ok());
    assert_eq!(waited, Duration::from_secs(7));
}

#[tokio::test]
async fn too_long_a_pause_ends_the_run_at_once() {
    for value in ["retry-after: 601", "retry-after: 99999999999999999999999"] {
        let server = Server::script(vec![answer(429, &[value], ""), ok()]).await;
        let api = server.api();
        for _ in 0..3 {
            let (waited, ended) = run(&api, list()).await;
            let error = ended.unwrap_err();
            assert!(matches!(error.problem, Problem::WaitTooLong { .. }));
            assert!(error.to_string().contains("HTTP 429: "), "{error}");
            assert!(error.ends_run());
            assert_eq!(error.effect(), Effect::None);
            assert_eq!(waited, Duration::ZERO);
        }
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn a_page_of_an_edge_is_tried_once_more() {
    let page = || answer(403, &[], "\n <html><title>Blocked</title></html>");
    let server = Server::script(vec![page(), ok()]).await;
    let (waited, ended) = run(&server.api(), create()).await;
    assert!(ended.is_ok());
    assert_eq!(waited, Backoff::default().throttled);

    let server = Server::script(vec![page()]).await;
    let error = server.api().send(create()).await.unwrap_err();
    assert_eq!(error.problem.to_string(), "HTTP 403: an HTML page: Blocked");
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn pages_of_an_edge_hold_all_calls_together_up_for_half_a_minute() {
    let page = || answer(403, &[], "<html><title>Blocked</title></html>");
    let server = Server::start(move |number, _| match number % 2 {
        0 => page(),
        _ => ok(),
    })
    .await;
    let api = server.api();
    for _ in 0..3 {
        api.send(list()).await.unwrap();
    }
    let error = api.send(list()).await.unwrap_err();
    assert_eq!(error.status(), Some(403));
    // A minute later it is asked once more again.
    api.clock().sleep(Duration::from_secs(60)).await;
    api.send(list()).await.unwrap();
    api.send(list()).await.unwrap();
    assert_eq!(server.count(), 10);
}

#[tokio::test]
async fn a_wait_is_told_with_vendor_reason_and_end() {
    let page = "<html><title>Blocked</title></html>";
    for (act, why) in [
        (answer(429, &["retry-after: 30"], ""), "HTTP 429"),
        (answer(503, &["retry-after: 30"], ""), "HTTP 503"),
        (answer(403, &["retry-after: 30"], "{}"), "HTTP 403"),
        (answer(403, &[], page), "HTTP 403 with a page"),
    ] {
        let server = Server::script(vec![act, ok()]).await;
        let mut config = config(&server.base_url);
        config.backoff.throttled = Duration::from_secs(60);
        let api = Api::new(config).unwrap();
        let (lines, guard) = logged();
        let (waited, ended) = run(&api, list()).await;
        drop(guard);
        ended.unwrap();
        let text = lines.text();
        let told = format!("waiting {} s", waited.as_secs());
        let line = text.lines().find(|line| line.contains(&told));
        let line = line.unwrap_or_else(|| panic!("{why}: {text}"));
        assert!(line.contains("vendor=\"bitsight\""), "{line}");
        assert!(line.contains(&format!("why=\"{why}")), "{line}");
        assert!(line.contains("until=\"20"), "{line}");
    }
}

#[tokio::test]
async fn no_connection_is_tried_again_even_for_a_create() {
    // Bound and not listening: the port is nobody else's, and refuses.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let base_url = format!("http://{}", socket.local_addr().unwrap());
    let api = Api::new(config(&base_url)).unwrap();
    let (waited, ended) = run(&api, create()).await;
    let error = ended.unwrap_err();
    assert!(
        matches!(error.problem, Problem::Unreachable { .. }),
        "{error}"
    );
    let text = error.problem.to_string();
    assert!(text.starts_with("no connection to 127.0.0.1:"), "{text}");
    assert!(text.contains("refused"), "{text}");
    assert_eq!(error.effect(), Effect::None);
    assert!(waited > Duration::ZERO);
}

#[tokio::test]
async fn a_write_that_may_have_gone_through_keeps_its_doubt() {
    // The first try is lost, then the vendor asks for an hour: nothing more is sent.
    let server = Server::script(vec![Act::Drop, answer(429, &["retry-after: 3600"], "")]).await;
    let call = Call::put("update user", "/v2/users/1");
    let error = server.api().send(call).await.unwrap_err();
    assert_eq!(error.effect(), Effect::Unknown, "{error}");
    assert_eq!(server.count(), 2);
    let read = Server::script(vec![Act::Drop, answer(429, &["retry-after: 3600"], "")]).await;
    let error = read.api().send(list()).await.unwrap_err();
    assert!(error.ends_run());
}

#[tokio::test]
async fn a_refusal_behind_a_lost_answer_proves_nothing() {
    for first in [Act::Drop, answer(503, &[], "busy")] {
        let server = Server::script(vec![first, answer(400, &[], r#"{"message": "stale"}"#)]).await;
        let call = Call::put("update user", "/v2/users/1");
        let error = server.api().send(call).await.unwrap_err();
        assert_eq!(error.effect(), Effect::Unknown, "{error}");
        assert!(
            error.to_string().ends_with("; sent again: HTTP 400: stale"),
            "{error}"
        );
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test]
async fn a_time_out_is_pending_for_a_create_and_repeated_for_a_read() {
    let server = Server::script(vec![Act::Hang]).await;
    let api = server.api_with(|config| {
        config.limits.timeout = Duration::from_millis(100);
        config.backoff.tries = 2;
    });
    let error = api.send(create()).await.unwrap_err();
    assert_eq!(error.problem.to_string(), "no answer within 0.1 s");
    assert_eq!(error.effect(), Effect::Pending);
    assert_eq!(server.count(), 1);
    assert!(api.send(list()).await.is_err());
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_dead_vendor_is_given_up() {
    let server = Server::script(vec![Act::Drop]).await;
    let api = server.api();
    for _ in 0..5 {
        assert!(!api.send(list()).await.unwrap_err().ends_run());
    }
    let before = api.clock().skipped();
    let ends = join_all((0..5000).map(|_| api.send(list()))).await;
    assert_eq!(api.clock().skipped(), before, "nobody waits any more");
    for end in ends {
        let error = end.unwrap_err();
        assert!(error.ends_run());
        assert!(error.to_string().contains("seems to be down"), "{error}");
    }
    assert_eq!(server.count(), 25);
}

#[tokio::test]
async fn those_in_the_queue_are_given_up_too() {
    let server = Server::script(vec![Act::Drop]).await;
    let api = server.api_with(|config| config.limits.concurrency = 1);
    let ends = join_all((0..200).map(|_| api.send(create()))).await;
    assert!(ends.iter().all(Result::is_err));
    assert_eq!(server.count(), 5);
}
