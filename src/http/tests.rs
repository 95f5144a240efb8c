//! The HTTP layer against a small server on loopback that says what each test tells it to.
//!
//! Waits run on a virtual clock; nothing sleeps but the one test of the time-out.

mod credentials;
mod metering;
mod retries;
mod wire;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::roster::model::Limits;

/// What the server does with one request.
pub(super) enum Act {
    /// Answers with these bytes and closes.
    Say(Vec<u8>),
    /// Closes without a word.
    Drop,
    /// Says nothing and keeps the connection.
    Hang,
}

/// One request as the server saw it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// `GET /v2/users?limit=1`
    pub(super) target: String,
    /// Header lines, names in lower case.
    pub(super) head: String,
    pub(super) body: String,
}

pub(super) struct Server {
    pub(super) base_url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Serves until the test ends; `act` gets the number of the request, from 0.
    pub(super) async fn start(act: impl Fn(usize, &Seen) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (act, log) = (Arc::new(act), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&act), Arc::clone(&log)));
            }
        });
        Self { base_url, seen }
    }

    /// Answers with these, one after the other, and with the last for ever.
    pub(super) async fn script(answers: Vec<Act>) -> Self {
        let last = answers.len() - 1;
        Self::start(move |at, _| match &answers[at.min(last)] {
            Act::Say(bytes) => Act::Say(bytes.clone()),
            Act::Drop => Act::Drop,
            Act::Hang => Act::Hang,
        })
        .await
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// An API to it on a virtual clock, fast and with write permit.
    pub(super) fn api(&self) -> Api {
        self.api_with(|_| {})
    }

    pub(super) fn api_with(&self, change: impl FnOnce(&mut ApiConfig)) -> Api {
        let mut config = config(&self.base_url);
        change(&mut config);
        Api::new(config).unwrap()
    }
}

pub(super) fn config(base_url: &str) -> ApiConfig {
    ApiConfig {
        vendor: "bitsight".into(),
        base_url: base_url.into(),
        limits: Limits {
            per_second: 1000.0,
            burst: 1000,
            concurrency: 10,
            timeout: Duration::from_secs(20),
            max_wait: Duration::from_secs(600),
        },
        permit: Permit::ReadWrite,
        backoff: Backoff::default(),
        clock: Clock::jumping(),
        transport: Transport::Network,
        redactor: Redactor::new(),
    }
}

async fn converse(
    mut stream: TcpStream,
    act: Arc<impl Fn(usize, &Seen) -> Act>,
    log: Arc<Mutex<Vec<Seen>>>,
) {
    let Some(seen) = read_request(&mut stream).await else {
        return;
    };
    let act = {
        let mut log = log.lock().unwrap();
        log.push(seen.clone());
        act(log.len() - 1, &seen)
    };
    match act {
        Act::Say(bytes) => {
            // The client may have gone.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Act::Drop => {}
        Act::Hang => std::future::pending().await,
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let mut wanted = None;
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let (first, rest) = head.split_once("\r\n").unwrap_or((&head, ""));
            let head = rest.to_owned();
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            wanted = Some((first.replace(" HTTP/1.1", ""), head, end + 4, length));
        }
        if let Some((target, head, from, length)) = &wanted
            && bytes.len() >= from + length
        {
            return Some(Seen {
                target: target.clone(),
                head: head.clone(),
                body: String::from_utf8_lossy(&bytes[*from..from + length]).into_owned(),
            });
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

/// A whole answer with a status, header lines and a body.
pub(super) fn answer(status: u16, headers: &[&str], body: impl AsRef<[u8]>) -> Act {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n", body.len());
    for header in headers {
        bytes.push_str(header);
        bytes.push_str("\r\n");
    }
    bytes.push_str("connection: close\r\n\r\n");
    Act::Say([bytes.as_bytes(), body].concat())
}

pub(super) fn ok() -> Act {
    answer(200, &[], r#"{"ok": true}"#)
}

pub(super) fn list() -> Call {
    Call::get("list users", "/v2/users")
}

pub(super) fn create() -> Call {
    Call::post("create user", "/v2/users").json(&serde_json::json!({"email": "a@example.com"}))
}

/// Keeps every log line of this thread until the guard is dropped.
pub(super) fn logged() -> (Lines, Logged) {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::TRACE)
        .with_writer({
            let lines = lines.clone();
            move || lines.clone()
        })
        .finish();
    let logged = Logged {
        _default: tracing::subscriber::set_default(subscriber),
        _second: tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new()),
    };
    (lines, logged)
}

/// Keeps log lines until it is dropped.
///
/// Where one subscriber alone is known to the process, tracing asks the one of the *thread* that comes
/// to a log line first whether anybody wants it, and keeps the answer: another test's thread, which
/// has none, would switch the line off for good. Where two are known, it asks both.
pub(super) struct Logged {
    _default: tracing::subscriber::DefaultGuard,
    _second: tracing::Dispatch,
}

/// Log lines, kept.
#[derive(Clone, Default)]
pub(super) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
