//! Answers that are given again, so that a measurement shows the client and not the local vendor.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::fault::Request;

/// Good answers to reads, kept until their vendor is written to. Off until [`Repeat::begin`].
#[derive(Default)]
pub(super) struct Repeat {
    kept: Mutex<Option<Kept>>,
}

#[derive(Default)]
struct Kept {
    bodies: HashMap<Question, Bytes>,
    /// Writes so far: an answer from before one is not kept after it.
    writes: u64,
}

/// A read with its credentials.
type Question = (Request, Option<HeaderValue>);

/// What a request is about.
pub(super) enum Asked {
    /// Nothing is repeated.
    Anything,
    /// A read, and the writes before it.
    Read(Question, u64),
    /// A write to that vendor.
    Write(Box<str>),
}

impl Repeat {
    /// From now on answers are kept.
    pub(super) fn begin(&self) {
        *self.lock() = Some(Kept::default());
    }

    /// What the request is about, and the answer if it is known.
    pub(super) fn ask(
        &self,
        request: &Request,
        headers: &HeaderMap,
    ) -> (Asked, Option<Response<Body>>) {
        let kept = self.lock();
        let Some(kept) = kept.as_ref() else {
            return (Asked::Anything, None);
        };
        if request.method != "GET" {
            return (Asked::Write(request.vendor.clone()), None);
        }
        let credentials = headers.get(header::AUTHORIZATION).cloned();
        let question = (request.clone(), credentials);
        let known = kept.bodies.get(&question).cloned().map(answer);
        (Asked::Read(question, kept.writes), known)
    }

    /// Keeps an answer, or forgets what a write made untrue. That is done when the write is over
    /// and before its client knows, so that nobody who knows of it reads what was before.
    pub(super) async fn settle(
        &self,
        asked: Asked,
        given: Response<Body>,
    ) -> std::io::Result<Response<Body>> {
        match asked {
            Asked::Read(question, writes) if given.status() == StatusCode::OK => {
                let body = axum::body::to_bytes(given.into_body(), usize::MAX);
                let body = body.await.map_err(std::io::Error::other)?;
                if let Some(kept) = self.lock().as_mut()
                    && kept.writes == writes
                {
                    kept.bodies.insert(question, body.clone());
                }
                return Ok(answer(body));
            }
            Asked::Write(vendor) => {
                if let Some(kept) = self.lock().as_mut() {
                    kept.writes += 1;
                    kept.bodies.retain(|(other, _), _| other.vendor != vendor);
                }
            }
            Asked::Read(..) | Asked::Anything => {}
        }
        Ok(given)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str) -> Request {
        Request {
            vendor: "bitsight".into(),
            method: method.into(),
            path: "/users".into(),
            query: String::new(),
        }
    }

    #[tokio::test]
    async fn an_answer_is_repeated_until_a_write_also_one_that_began_before_it() {
        let (repeat, none) = (Repeat::default(), HeaderMap::new());
        assert!(matches!(
            repeat.ask(&request("GET"), &none).0,
            Asked::Anything
        ));
        repeat.begin();
        let body = || answer(Bytes::from_static(b"[]"));
        let (early, known) = repeat.ask(&request("GET"), &none);
        assert!(known.is_none());
        let (asked, _) = repeat.ask(&request("GET"), &none);
        repeat.settle(asked, body()).await.unwrap();
        assert!(repeat.ask(&request("GET"), &none).1.is_some());
        let mut other = HeaderMap::new();
        other.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        assert!(repeat.ask(&request("GET"), &other).1.is_none());
        let (asked, _) = repeat.ask(&request("POST"), &none);
        repeat.settle(asked, body()).await.unwrap();
        assert!(repeat.ask(&request("GET"), &none).1.is_none());
        repeat.settle(early, body()).await.unwrap();
        assert!(repeat.ask(&request("GET"), &none).1.is_none());
    }
}
