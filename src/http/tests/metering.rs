//! What is counted of the traffic.

use std::time::Duration;

use super::super::*;
use super::*;
use crate::model::traffic::Class;

#[tokio::test]
async fn every_request_is_counted_by_how_it_ended() {
    let server = Server::script(vec![
        answer(503, &[], "x"),
        Act::Drop,
        answer(429, &["retry-after: 7"], "slow down"),
        answer(
            200,
            &["x-ratelimit-limit: 100", "x-ratelimit-remaining: 9"],
            "{}",
        ),
        answer(404, &[], "{}"),
    ])
    .await;
    let api = server.api();
    api.send(list()).await.unwrap();
    api.send(list()).await.unwrap_err();
    let traffic = api.traffic();
    let calls: Vec<(&str, u64)> = traffic
        .calls
        .iter()
        .map(|(c, n)| (c.as_str(), *n))
        .collect();
    assert_eq!(calls, [("2xx", 1), ("4xx", 2), ("5xx", 1), ("none", 1)]);
    assert_eq!((traffic.sent, traffic.answered()), (5, 4));
    assert_eq!(traffic.retries, 3);
    assert_eq!(traffic.throttles, 1);
    assert_eq!(traffic.asked, Some(Duration::from_secs(7)));
    assert!(
        (Duration::from_secs(6)..=Duration::from_secs(8)).contains(&traffic.paused),
        "{traffic:?}"
    );
    assert_eq!(traffic.rate["x-ratelimit-limit"], "100");
    assert_eq!(traffic.rate["retry-after"], "7");
    assert_eq!(traffic.skew, None, "no answer had a date");
}

#[tokio::test]
async fn the_clock_of_the_vendor_is_compared_with_ours() {
    let date = jiff::Timestamp::now() - Duration::from_secs(3600);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&date)
        .unwrap();
    let server = Server::script(vec![answer(200, &[&format!("date: {date}")], "{}")]).await;
    let api = server.api();
    api.send(list()).await.unwrap();
    let skew = api.traffic().skew.unwrap();
    assert!((-3602.0..-3598.0).contains(&skew), "{skew}");
}

#[tokio::test]
async fn clones_and_calls_without_credentials_count_together() {
    let server = Server::script(vec![ok()]).await;
    let api = server.api();
    let with = api.with_credentials(Credentials::Bearer(Secret::fixed("hidden-value")));
    with.send(list()).await.unwrap();
    api.send(list()).await.unwrap();
    assert_eq!(api.traffic().calls[&Class::Success], 2);
    assert_eq!(with.traffic().sent, 2);
}
