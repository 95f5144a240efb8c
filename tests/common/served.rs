//! A vendor of a test's own on loopback: one function answers all requests, one after the other.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    /// Names in small letters.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Json>,
    /// Of a form.
    pub(crate) form: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(have, _)| have == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn asked(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(have, _)| have == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// An answer: status, further headers, body.
pub(crate) type Answer = (u16, Vec<(&'static str, String)>, Option<Json>);

/// The address of a server that ends with the process, and what came so far.
pub(crate) fn serve(
    mut answer: impl FnMut(&Request) -> Answer + Send + 'static,
) -> (String, Arc<Mutex<Vec<Request>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let log: Arc<Mutex<Vec<Request>>> = Arc::default();
    let seen = log.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = BufReader::new(stream);
            // One request a connection: nothing here is about speed.
            if let Some(request) = read(&mut stream) {
                seen.lock().expect("no panic").push(request.clone());
                let head = request.method == "HEAD";
                write(stream.get_mut(), answer(&request), head);
            }
        }
    });
    (address, log)
}

/// The same on connections that stay open, and how many there were.
pub(crate) fn serve_kept(
    answer: impl FnMut(&Request) -> Answer + Send + 'static,
) -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let connections: Arc<Mutex<usize>> = Arc::default();
    let (counted, answer) = (connections.clone(), Arc::new(Mutex::new(answer)));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            *counted.lock().expect("no panic") += 1;
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut stream = BufReader::new(stream);
                while let Some(request) = read(&mut stream) {
                    let answer = (answer.lock().expect("no panic"))(&request);
                    write_kept(stream.get_mut(), answer, request.method == "HEAD");
                }
            });
        }
    });
    (address, connections)
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned();
    Some(Request {
        method,
        path: path.to_owned(),
        query: query.collect(),
        headers,
        form: url::form_urlencoded::parse(&body).into_owned().collect(),
        body: serde_json::from_slice(&body).ok(),
    })
}

fn write(stream: &mut TcpStream, answer: Answer, head: bool) {
    send(stream, "connection: close\r\n", answer, head);
}

fn write_kept(stream: &mut TcpStream, answer: Answer, head: bool) {
    send(stream, "", answer, head);
}

fn send(stream: &mut TcpStream, more: &str, (status, headers, body): Answer, head: bool) {
    let body = body.map_or_else(String::new, |body| body.to_string());
    let mut text = format!(
        "HTTP/1.1 {status} X\r\n{more}content-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    if !head {
        text.push_str(&body);
    }
    let _ = stream.write_all(text.as_bytes());
}
