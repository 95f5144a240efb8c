//! Faults that a test (or a curious user) puts between a client and a local vendor.

use std::sync::{Arc, Mutex, PoisonError};

use super::spoil::Spoil;

/// What a fault sees of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// The vendor's name.
    pub vendor: Box<str>,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path below the vendor's prefix, still encoded.
    pub path: String,
    /// The query, still encoded; empty if there is none.
    pub query: String,
}

/// What goes wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This answer instead; the vendor never sees the request.
    Answer(Canned),
    /// The vendor does its work, then this answer instead of its own.
    AnswerAfter(Canned),
    /// No connection is made, to a request from this process; another one finds it closed.
    Unreachable,
    /// The connection closes before the vendor sees the request.
    DropBefore,
    /// The vendor does its work, then the connection closes without an answer.
    DropAfter,
    /// The vendor does its work, then half of its answer's body arrives.
    Truncate,
    /// No answer ever; the vendor never sees the request.
    HangBefore,
    /// The vendor does its work; no answer ever.
    HangAfter,
    /// No answer ever; the vendor does its work when [`super::Sandbox::finish_late`] says so, long
    /// after the client has given the answer up.
    Late,
    /// The vendor as it was at the last [`super::Sandbox::freeze`]: a read that lags behind.
    Stale,
    /// The vendor's answer with the outermost list of objects in it cut to so many entries, as if a
    /// page had been dropped or shortened on the way.
    Shorten(usize),
    /// The vendor's answer with one text in it replaced by another.
    Rewrite(String, String),
    /// The vendor's answer with one field of its JSON spoiled: which, counted from 0, and how.
    Field(usize, Spoil),
}

/// A ready answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canned {
    /// The status.
    pub status: u16,
    /// Extra headers.
    pub headers: Vec<(&'static str, String)>,
    /// The content type.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl Canned {
    /// A JSON answer.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content_type: "application/json",
            body: body.into(),
        }
    }

    /// An HTML page, as an edge server sends it.
    pub fn html(status: u16, body: impl Into<String>) -> Self {
        Self {
            content_type: "text/html",
            ..Self::json(status, body)
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Matches = Box<dyn FnMut(&Request) -> bool + Send>;

struct Rule {
    matches: Matches,
    fault: Fault,
    /// How often it still strikes; `None`: always.
    left: Option<u32>,
}

/// The faults of one sandbox; clones share them.
#[derive(Clone, Default)]
pub struct Faults {
    rules: Arc<Mutex<Vec<Rule>>>,
}

impl Faults {
    /// Strikes the next `times` requests that `matches`.
    pub fn next(
        &self,
        times: u32,
        fault: Fault,
        matches: impl FnMut(&Request) -> bool + Send + 'static,
    ) {
        self.add(Some(times), fault, matches);
    }

    /// Strikes every request that `matches`.
    pub fn always(&self, fault: Fault, matches: impl FnMut(&Request) -> bool + Send + 'static) {
        self.add(None, fault, matches);
    }

    /// Ends all faults.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The fault for a request: that of the first rule that matches.
    pub(super) fn strike(&self, request: &Request) -> Option<Fault> {
        for rule in self.lock().iter_mut() {
            if rule.left == Some(0) || !(rule.matches)(request) {
                continue;
            }
            if let Some(left) = &mut rule.left {
                *left -= 1;
            }
            return Some(rule.fault.clone());
        }
        None
    }

    fn add(
        &self,
        left: Option<u32>,
        fault: Fault,
        matches: impl FnMut(&Request) -> bool + Send + 'static,
    ) {
        self.lock().push(Rule {
            matches: Box::new(matches),
            fault,
            left,
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
