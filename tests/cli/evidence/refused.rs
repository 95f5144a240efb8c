//! A removal that the vendor refuses.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use super::company::Company;
use crate::common::served::{Answer, Request, serve};

/// Stands before a sandbox and refuses every write.
fn refusing(sandbox: &str) -> String {
    let behind = sandbox.trim_start_matches("http://").to_owned();
    let (address, _) = serve(move |request: &Request| -> Answer {
        if request.method != "GET" {
            let body = serde_json::json!({ "detail": "Not today." });
            return (403, Vec::new(), Some(body));
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&request.query)
            .finish();
        let mut stream = TcpStream::connect(&behind).expect("the sandbox listens");
        let authorization = request.header("authorization").unwrap_or_default();
        let path = format!("{}?{query}", request.path);
        write!(
            stream,
            "GET {} HTTP/1.1\r\nhost: {behind}\r\nauthorization: {authorization}\r\nconnection: \
             close\r\n\r\n",
            path.trim_end_matches('?'),
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        // It names its own address where it tells of itself.
        let here = request.header("host").expect("every request has one");
        let body = serde_json::from_str(&body.replace(&behind, here)).expect("JSON");
        (status.expect("a status"), Vec::new(), Some(body))
    });
    address
}

/// What a pack of these days has of everybody who was to lose access, in its order.
fn revocations(company: &Company, day: &str, from: &str) -> Vec<Value> {
    let out = tempfile::tempdir().unwrap();
    let args = [
        "evidence",
        "--from",
        from,
        "--to",
        day,
        "--out",
        out.path().to_str().unwrap(),
    ];
    let done = company.at(day, 12, &args, &[]);
    assert_eq!(done.code, 0, "{done:#?}");
    let text = std::fs::read_to_string(out.path().join("evidence.json")).unwrap();
    let pack: Value = serde_json::from_str(&text).unwrap();
    pack["revocations"].as_array().unwrap().clone()
}

#[test]
fn a_refused_removal_is_open_until_it_works() {
    let mut company = Company::new();
    company.applied("2026-07-01");
    let leaves = "active: false, accounts: { bitsight: { role: customer_user } }";
    company.set("ada@example.com", leaves);
    company.merge("2026-07-02", "Ada leaves");
    company.applied("2026-07-02");
    company.set("mary@example.com", leaves);
    company.merge("2026-07-10", "Mary leaves");
    let gate = refusing(company.sandbox.address());
    for day in ["2026-07-10", "2026-07-11", "2026-07-12"] {
        let refused = company.apply_at(day, &gate);
        assert_eq!(refused.code, 3, "{refused:#?}");
    }
    let open = revocations(&company, "2026-07-12", "2026-07-02");
    assert_eq!(open.len(), 2, "{open:#?}");
    assert_eq!(open[0]["email"], "mary@example.com", "open ones first");
    assert_eq!(open[0]["state"], "open");
    // Until the end of the last day, as far as it is known.
    assert_eq!(open[0]["seconds"], 2 * 86_400 + 16 * 3_600);
    let note = open[0]["note"].as_str().unwrap();
    assert!(
        note.contains("2026-07-12") && note.contains("Not today."),
        "{note}"
    );
    company.applied("2026-07-13");
    let gone = revocations(&company, "2026-07-13", "2026-07-02");
    assert_eq!(gone[0]["email"], "mary@example.com", "then the longest");
    assert_eq!(gone[0]["state"], "gone");
    let took = gone[0]["seconds"].as_i64().unwrap() - (3 * 86_400 + 3_600);
    assert!((0..60).contains(&took), "{gone:#?}");
}
