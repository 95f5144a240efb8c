//! A stand between the binary and a sandbox: it notes every request as it comes, passes it on, and can
//! hold one back, so that the binary can be killed at just that call.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: String,
}

impl Passed {
    pub(crate) fn writes(&self) -> bool {
        !["GET", "HEAD"].contains(&&*self.method)
    }
}

/// The call that is held back.
struct Hold {
    /// How many still go before it.
    before: usize,
    /// Whether it reaches the sandbox; its answer never comes back.
    arrives: bool,
    reached: Sender<()>,
}

#[derive(Default)]
struct State {
    log: Vec<Passed>,
    hold: Option<Hold>,
}

/// The stand; ends with the process.
pub(crate) struct Between {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Between {
    /// Stands before the server at that address.
    pub(crate) fn before(sandbox: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let state: Arc<Mutex<State>> = Arc::default();
        let host = sandbox.trim_start_matches("http://").to_owned();
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (shared, host) = (shared.clone(), host.clone());
                // Who is killed in the middle leaves half a request, or takes no answer.
                std::thread::spawn(move || pass(client, &host, &shared));
            }
        });
        Self { address, state }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Holds back a call, counted from 0 from now on, before or after it reached the sandbox; says when.
    pub(crate) fn hold(&self, at: usize, arrives: bool) -> Receiver<()> {
        let (reached, told) = channel();
        self.state.lock().expect("no panic").hold = Some(Hold {
            before: at,
            arrives,
            reached,
        });
        told
    }

    /// Holds nothing back any more.
    pub(crate) fn release(&self) {
        self.state.lock().expect("no panic").hold = None;
    }

    /// What came since the last time that this was asked.
    pub(crate) fn take(&self) -> Vec<Passed> {
        std::mem::take(&mut self.state.lock().expect("no panic").log)
    }
}

/// Passes one request on; each has a connection of its own.
fn pass(client: TcpStream, host: &str, shared: &Mutex<State>) -> Option<()> {
    let mut client = BufReader::new(client);
    let (head, body) = read(&mut client)?;
    let mut words = head.split_whitespace();
    let passed = Passed {
        method: words.next()?.to_owned(),
        path: words.next()?.to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let held = {
        let mut state = shared.lock().expect("no panic");
        state.log.push(passed);
        match &mut state.hold {
            Some(Hold { before: 0, .. }) => state.hold.take(),
            Some(hold) => {
                hold.before -= 1;
                None
            }
            None => None,
        }
    };
    let answer = match &held {
        Some(hold) if !hold.arrives => Vec::new(),
        _ => forward(host, &head, &body)?,
    };
    if let Some(hold) = held {
        hold.reached.send(()).ok()?;
        // Until the client is gone.
        let _ = client.read(&mut [0]);
        return None;
    }
    client.get_mut().write_all(&answer).ok()
}

/// The head of a request without the end of its connection, and its body.
fn read(client: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "connection" => continue,
            _ => {}
        }
        head.push_str(&line);
    }
    head.push_str("connection: close\r\n\r\n");
    let mut body = vec![0; length];
    client.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn forward(host: &str, head: &str, body: &[u8]) -> Option<Vec<u8>> {
    let mut server = TcpStream::connect(host).ok()?;
    server.write_all(head.as_bytes()).ok()?;
    server.write_all(body).ok()?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).ok()?;
    Some(answer)
}
