//! The real client: connections that are used again, HTTP/2, and proxies.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::version::TLS13;
use serde_json::{Value as Json, json};
use tokio_rustls::TlsAcceptor;

use crate::common::served::{Answer, Request, serve_kept};
use crate::common::{Output, rosterctl_with, write};
use crate::https::Authority;

/// One user a page, so that a plan makes some calls.
const DESCRIPTION: &str = "connector: 1
title: Pages
rights: any
auth: { bearer: token }
self: { get: /me, email: /mail }
limits: { per_second: 10000, burst: 10000 }
users:
  id: /id
  email: /mail
  list: { get: /users, items: /all, page: { by: offset, offset: o, limit: l, size: 1 }, total: /n }
";

fn answer(path: &str, offset: usize) -> Json {
    let user = |it: usize| json!({ "id": it, "mail": format!("p{it}@acme.example") });
    match path {
        "/me" => user(0),
        _ => {
            let page: Vec<Json> = (offset..(offset + 1).min(6)).map(user).collect();
            json!({ "all": page, "n": 6 })
        }
    }
}

fn plan(folder: &Path, base_url: &str, variables: &[(&str, &str)]) -> Output {
    write(folder, "pages.yaml", DESCRIPTION);
    let roster = format!(
        "version: 1\nvendors:\n  pages:\n    kind: rest\n    connector: pages.yaml\n    base_url: {base_url}\n    \
         auth: {{ token: {{ env: T }} }}\npeople: []\n"
    );
    write(folder, "users.yaml", &roster);
    let variables = [variables, &[("T", "the-token")]].concat();
    let arguments = ["plan", "--format", "json"];
    rosterctl_with(folder, &arguments, &variables)
}

#[track_caller]
fn assert_reads_six(output: &Output) {
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    let plan: Json = serde_json::from_str(&output.stdout).expect("a plan");
    assert_eq!(plan["vendors"]["pages"]["accounts"], 6, "{plan:#}");
}

#[test]
fn one_connection_serves_all_calls_that_come_after_each_other() {
    let respond = |request: &Request| -> Answer {
        let offset = request.asked("o").and_then(|it| it.parse().ok());
        (
            200,
            vec![],
            Some(answer(&request.path, offset.unwrap_or(0))),
        )
    };
    let (address, connections) = serve_kept(respond);
    let folder = tempfile::tempdir().expect("a folder");
    assert_reads_six(&plan(folder.path(), &address, &[]));
    assert_eq!(*connections.lock().expect("no panic"), 1);
}

/// A vendor that speaks nothing but HTTP/2.
struct Modern {
    port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<http::request::Parts>>>,
}

impl Modern {
    fn start(authority: &Authority, name: &str) -> Self {
        let mut config = authority.server(name, &TLS13);
        config.alpn_protocols = vec![b"h2".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let modern = Self {
            port: listener.local_addr().expect("bound").port(),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (connections, requests) = (modern.connections.clone(), modern.requests.clone());
        std::thread::spawn(move || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
                while let Ok((socket, _)) = listener.accept().await {
                    connections.fetch_add(1, Ordering::SeqCst);
                    let (acceptor, requests) = (acceptor.clone(), requests.clone());
                    // Whoever goes away in the middle goes away.
                    tokio::spawn(async move { drop(serve_h2(acceptor, socket, requests).await) });
                }
            });
        });
        modern
    }
}

async fn serve_h2(
    acceptor: TlsAcceptor,
    socket: tokio::net::TcpStream,
    requests: Arc<Mutex<Vec<http::request::Parts>>>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let stream = acceptor.accept(socket).await?;
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(exchange) = connection.accept().await {
        let (request, mut respond) = exchange?;
        let query = request.uri().query().unwrap_or_default().to_owned();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let offset = pairs.find(|(name, _)| name == "o");
        let offset = offset.and_then(|(_, value)| value.parse().ok());
        let body = answer(request.uri().path(), offset.unwrap_or(0)).to_string();
        requests
            .lock()
            .expect("no panic")
            .push(request.into_parts().0);
        let head = http::Response::builder().status(200).body(())?;
        respond
            .send_response(head, false)?
            .send_data(body.into(), true)?;
    }
    Ok(())
}

fn trust<'a>(
    folder: &Path,
    authority: &Authority,
    file: &'a mut String,
) -> (&'static str, &'a str) {
    let path = folder.join(write(folder, "ca.pem", &authority.pem));
    *file = path.to_string_lossy().into_owned();
    ("SSL_CERT_FILE", file.as_str())
}

#[test]
fn http_2_is_spoken_where_the_vendor_does_on_one_connection() {
    let authority = Authority::new();
    let vendor = Modern::start(&authority, "127.0.0.1");
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = String::new();
    let trust = trust(folder.path(), &authority, &mut file);
    let address = format!("https://127.0.0.1:{}", vendor.port);
    assert_reads_six(&plan(folder.path(), &address, &[trust]));
    assert_eq!(vendor.connections.load(Ordering::SeqCst), 1);
    let requests = vendor.requests.lock().expect("no panic");
    assert!(requests.len() >= 8, "{}", requests.len());
    for request in &*requests {
        assert_eq!(request.version, http::Version::HTTP_2);
        let token = request.headers.get("authorization");
        assert_eq!(
            token.and_then(|it| it.to_str().ok()),
            Some("Bearer the-token")
        );
    }
}

/// A proxy that leads every tunnel to one port, and the heads of the requests for them.
fn proxy(to: u16) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = heads.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let mut reader = BufReader::new(client.try_clone().expect("a socket"));
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if reader.read_line(&mut head).unwrap_or(0) == 0 {
                    break;
                }
            }
            seen.lock().expect("no panic").push(head);
            let vendor = TcpStream::connect(("127.0.0.1", to)).expect("the vendor listens");
            let mut answer = client.try_clone().expect("a socket");
            let _ = answer.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
            let back = (vendor.try_clone().expect("a socket"), answer);
            std::thread::spawn(move || copy(back.0, back.1));
            std::thread::spawn(move || copy(client, vendor));
        }
    });
    (address.to_string(), heads)
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}

#[test]
fn a_proxy_is_used_and_sees_neither_token_nor_path() {
    let authority = Authority::new();
    let vendor = Modern::start(&authority, "vendor.example");
    let (address, heads) = proxy(vendor.port);
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = String::new();
    let trust = trust(folder.path(), &authority, &mut file);
    let address = format!("http://user:pass@{address}");
    let variables = [trust, ("HTTPS_PROXY", &address)];
    let output = plan(folder.path(), "https://vendor.example", &variables);
    assert_reads_six(&output);
    let heads = heads.lock().expect("no panic");
    assert!(!heads.is_empty());
    for head in &*heads {
        assert!(
            head.starts_with("CONNECT vendor.example:443 HTTP/1.1\r\n"),
            "{head}"
        );
        let head = head.to_ascii_lowercase();
        assert!(head.contains("proxy-authorization: basic "), "{head}");
        assert!(
            !head.contains("the-token") && !head.contains("/users"),
            "{head}"
        );
    }
    let told = format!("{}{}", output.stdout, output.stderr);
    assert!(!told.contains("user:pass"), "{told}");
}

#[test]
fn loopback_goes_past_every_proxy() {
    let respond = |request: &Request| -> Answer {
        let offset = request.asked("o").and_then(|it| it.parse().ok());
        (
            200,
            vec![],
            Some(answer(&request.path, offset.unwrap_or(0))),
        )
    };
    let (address, _) = serve_kept(respond);
    let (proxy, heads) = proxy(9);
    let folder = tempfile::tempdir().expect("a folder");
    let proxy = format!("http://{proxy}");
    let variables = [("HTTP_PROXY", &*proxy), ("ALL_PROXY", &proxy)];
    assert_reads_six(&plan(folder.path(), &address, &variables));
    assert_eq!(heads.lock().expect("no panic").len(), 0);
}
