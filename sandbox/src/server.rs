//! The connection loop: one loopback port, one path prefix per vendor, faults in between.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Response, header};
use futures::stream::{Stream, StreamExt as _};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use super::distort::{canned, dropped, rewrite, shorten, truncate};
use super::fault::{Canned, Fault, Faults, Request};
use super::repeat::Repeat;
use super::spoil::spoil;
use super::{LocalVendor, Seed};

/// One vendor as it is served.
pub struct Served {
    /// The name in the roster, and the path prefix.
    pub name: Box<str>,
    /// The server.
    pub local: Arc<dyn LocalVendor>,
    /// What it was seeded with: secrets and own account for whoever connects.
    pub seed: Seed,
}

/// All local vendors on one port; they stop when this is dropped.
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Takes connections; `None`: requests come from this process.
    task: Option<JoinHandle<()>>,
}

/// An answer to a request from this process.
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, piece by piece; an error breaks it off.
    pub body: Pin<Box<dyn Stream<Item = io::Result<Vec<u8>>> + Send>>,
}

struct Shared {
    vendors: Vec<(Served, axum::Router)>,
    faults: Faults,
    log: Mutex<Vec<(Request, u16, Instant)>>,
    /// What `GET /` answers, so that another process can find everything.
    index: Mutex<serde_json::Value>,
    /// Requests whose work is still to be done ([`Fault::Late`]).
    late: Mutex<Vec<Late>>,
    /// Vendors as they were, by name ([`Fault::Stale`]).
    frozen: Mutex<HashMap<Box<str>, axum::Router>>,
    /// Answers that are given again ([`Sandbox::repeat_reads`]).
    repeat: Repeat,
    /// Answers that [`Fault::Field`] found its field in.
    spoiled: AtomicUsize,
}

/// A request that nobody waits for any more.
struct Late {
    router: axum::Router,
    request: axum::http::Request<Body>,
    seen: Request,
}

impl Sandbox {
    /// Serves the vendors on `address`, which has to be a loopback one (port 0: any free port).
    ///
    /// # Errors
    /// Those of binding, and `InvalidInput` for an address that other machines could reach.
    pub async fn start(vendors: Vec<Served>, address: SocketAddr) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the sandbox serves loopback addresses only",
            ));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let mut this = Self::within(vendors);
        this.address = address;
        this.task = Some(tokio::spawn(accept(listener, this.shared.clone())));
        Ok(this)
    }

    /// Serves the vendors to [`Sandbox::call`] alone. They have an address at which nobody listens.
    pub fn within(vendors: Vec<Served>) -> Self {
        let shared = Arc::new(Shared {
            vendors: vendors
                .into_iter()
                .map(|served| {
                    let router = served.local.router();
                    (served, router)
                })
                .collect(),
            faults: Faults::default(),
            log: Mutex::new(Vec::new()),
            index: Mutex::new(serde_json::Value::Null),
            late: Mutex::default(),
            frozen: Mutex::default(),
            repeat: Repeat::default(),
            spoiled: AtomicUsize::new(0),
        });
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            shared,
            task: None,
        }
    }

    /// Answers a request from this process: a method, a path with its query, headers, a body.
    ///
    /// # Errors
    /// The connection would have been closed without an answer.
    pub async fn call(
        &self,
        method: Method,
        target: &str,
        headers: HeaderMap,
        body: String,
    ) -> io::Result<Answered> {
        let mut request = axum::http::Request::new(Body::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = target.parse().map_err(io::Error::other)?;
        *request.headers_mut() = headers;
        let host = HeaderValue::from_str(&self.address.to_string()).map_err(io::Error::other)?;
        request.headers_mut().insert(header::HOST, host);
        let (head, body) = answer(self.shared.clone(), request).await?.into_parts();
        let pieces = body.into_data_stream();
        let pieces = pieces.map(|piece| piece.map(|it| it.to_vec()).map_err(io::Error::other));
        Ok(Answered {
            status: head.status.as_u16(),
            headers: head.headers,
            body: Box::pin(pieces),
        })
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base address of one vendor.
    pub fn base_url(&self, vendor: &str) -> String {
        format!("http://{}/{vendor}", self.address)
    }

    /// The vendors, in the order given.
    pub fn vendors(&self) -> impl Iterator<Item = &Served> {
        self.shared.vendors.iter().map(|(served, _)| served)
    }

    /// One vendor by name.
    pub fn vendor(&self, name: &str) -> Option<&Served> {
        self.vendors().find(|served| &*served.name == name)
    }

    /// The faults of all vendors here.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// How many answers had the field so far that [`Fault::Field`] spoils.
    pub fn spoiled(&self) -> usize {
        self.shared.spoiled.load(Ordering::Relaxed)
    }

    /// Every request so far and the status it was answered with (0: no answer), oldest first.
    pub fn requests(&self) -> Vec<(Request, u16)> {
        let log = self.shared.log();
        let seen = log.iter();
        seen.map(|(request, status, _)| (request.clone(), *status))
            .collect()
    }

    /// When each of these requests came that `of` picks, the earliest first.
    pub fn arrivals(&self, of: impl Fn(&Request) -> bool) -> Vec<Instant> {
        let log = self.shared.log();
        let picked = log.iter().filter(|(request, _, _)| of(request));
        let mut arrivals: Vec<Instant> = picked.map(|(_, _, came)| *came).collect();
        arrivals.sort_unstable();
        arrivals
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.shared.log().clear();
    }

    /// Does the work of all requests that [`Fault::Late`] kept back, in the order they came, and
    /// returns how many they were. Their answers reach nobody.
    pub async fn finish_late(&self) -> usize {
        let late = std::mem::take(&mut *lock(&self.shared.late));
        let count = late.len();
        for Late {
            router,
            request,
            seen,
        } in late
        {
            // What such a request is refused for is nobody's business either.
            let _ = forward(&router, request, &seen).await;
        }
        count
    }

    /// Keeps a vendor as it is now, for [`Fault::Stale`]. Tokens minted so far mean nothing to
    /// what is kept: such a vendor needs ready credentials.
    pub fn freeze(&self, vendor: &str) {
        let Some(served) = self.vendor(vendor) else {
            return;
        };
        let seed = Seed {
            accounts: served.local.held(),
            ..served.seed.clone()
        };
        let Some(local) = super::local(seed) else {
            return;
        };
        let router = local.router();
        lock(&self.shared.frozen).insert(served.name.clone(), router);
    }

    /// From now on answers a read that was asked before with the bytes it had then, until that
    /// vendor is written to: for measuring clients, where the work of the local vendor must not
    /// count. What is changed behind the API's back is not seen.
    pub fn repeat_reads(&self) {
        self.shared.repeat.begin();
    }

    /// Sets what `GET /` answers.
    pub fn set_index(&self, index: serde_json::Value) {
        *lock(&self.shared.index) = index;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Shared {
    fn log(&self) -> std::sync::MutexGuard<'_, Vec<(Request, u16, Instant)>> {
        lock(&self.log)
    }

    /// The vendor of a path, and the path below its prefix.
    fn route(&self, path: &str) -> Option<(&(Served, axum::Router), String)> {
        let path = path.strip_prefix('/')?;
        let (name, rest) = match path.split_once('/') {
            Some((name, rest)) => (name, format!("/{rest}")),
            None => (path, String::from("/")),
        };
        let found = self
            .vendors
            .iter()
            .find(|(served, _)| &*served.name == name)?;
        Some((found, rest))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes connections until the task is aborted; its connections end with their clients.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A failed accept (too many open files) concerns that client only.
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, shared.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Without this, small answers wait for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let request: axum::http::Request<hyper::body::Incoming> = request;
        answer(shared.clone(), request.map(Body::new))
    });
    // An error here is a fault of ours on purpose, or a client that went away.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Answers one request; `Err` closes the connection without an answer.
async fn answer(
    shared: Arc<Shared>,
    request: axum::http::Request<Body>,
) -> io::Result<Response<Body>> {
    let came = Instant::now();
    let path = request.uri().path().to_owned();
    if path == "/" {
        let index = lock(&shared.index).to_string();
        return Ok(canned(&Canned::json(200, index)));
    }
    let Some(((served, router), below)) = shared.route(&path) else {
        return Ok(canned(&Canned::json(
            404,
            r#"{"message":"no such vendor"}"#,
        )));
    };
    let seen = Request {
        vendor: served.name.clone(),
        method: request.method().to_string(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        path: below,
    };
    let fault = shared.faults.strike(&seen);
    let (asked, known) = shared.repeat.ask(&seen, request.headers());
    let result = match known {
        Some(answer) => Ok(answer),
        None => match exchange(&shared, router, request, &seen, fault).await {
            Ok(answer) => shared.repeat.settle(asked, answer).await,
            Err(error) => Err(error),
        },
    };
    let status = result
        .as_ref()
        .map_or(0, |response| response.status().as_u16());
    shared.log().push((seen, status, came));
    result
}

async fn exchange(
    shared: &Shared,
    router: &axum::Router,
    request: axum::http::Request<Body>,
    seen: &Request,
    fault: Option<Fault>,
) -> io::Result<Response<Body>> {
    match fault {
        None => forward(router, request, seen).await,
        Some(Fault::Late) => {
            let late = keep(router, request, seen).await?;
            lock(&shared.late).push(late);
            std::future::pending().await
        }
        Some(Fault::Stale) => {
            let frozen = lock(&shared.frozen).get(&seen.vendor).cloned();
            forward(frozen.as_ref().unwrap_or(router), request, seen).await
        }
        Some(Fault::Answer(answer)) => Ok(canned(&answer)),
        Some(Fault::Unreachable) => Err(io::ErrorKind::ConnectionRefused.into()),
        Some(Fault::DropBefore) => Err(dropped()),
        Some(Fault::HangBefore) => std::future::pending().await,
        Some(Fault::AnswerAfter(answer)) => {
            forward(router, request, seen).await?;
            Ok(canned(&answer))
        }
        Some(Fault::DropAfter) => {
            forward(router, request, seen).await?;
            Err(dropped())
        }
        Some(Fault::HangAfter) => {
            forward(router, request, seen).await?;
            std::future::pending().await
        }
        Some(Fault::Truncate) => {
            let response = forward(router, request, seen).await?;
            truncate(response).await
        }
        Some(Fault::Shorten(entries)) => {
            shorten(forward(router, request, seen).await?, entries).await
        }
        Some(Fault::Rewrite(from, to)) => {
            let response = forward(router, request, seen).await?;
            rewrite(response, |text| text.replace(&from, &to)).await
        }
        Some(Fault::Field(nth, how)) => {
            let response = forward(router, request, seen).await?;
            rewrite(response, |text| {
                let spoiled = spoil(text, nth, how);
                let found = usize::from(spoiled.is_some());
                shared.spoiled.fetch_add(found, Ordering::Relaxed);
                spoiled.unwrap_or_else(|| text.to_owned())
            })
            .await
        }
    }
}

/// Takes a request in whole, before its client goes away.
async fn keep(
    router: &axum::Router,
    request: axum::http::Request<Body>,
    seen: &Request,
) -> io::Result<Late> {
    let (head, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(io::Error::other)?;
    Ok(Late {
        router: router.clone(),
        request: axum::http::Request::from_parts(head, Body::from(bytes)),
        seen: seen.clone(),
    })
}

async fn forward(
    router: &axum::Router,
    request: axum::http::Request<Body>,
    seen: &Request,
) -> io::Result<Response<Body>> {
    let (mut head, body) = request.into_parts();
    let target = if seen.query.is_empty() {
        seen.path.clone()
    } else {
        format!("{}?{}", seen.path, seen.query)
    };
    head.uri = target.parse().map_err(io::Error::other)?;
    let request = axum::http::Request::from_parts(head, body);
    match router.clone().oneshot(request).await {
        Ok(response) => Ok(response),
        Err(never) => {
            let never: Infallible = never;
            match never {}
        }
    }
}
