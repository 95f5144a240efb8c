//! Any vendor that a file describes, as a local server made from the same file.
//!
//! It reads the description with a parser of its own, keeps users and groups as the vendor would
//! show them, and refuses what a strict vendor refuses. It proves how a description is carried out, never
//! that the description is right: both come from one file.

mod asked;
mod auth;
mod behaviour;
mod codec;
mod file;
mod lists;
mod pointer;
mod routes;
mod state;
mod template;
#[cfg(test)]
mod tests;
mod writes;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, Method, Response, Uri};

use crate::account::Account;
use crate::twist::turn;
use crate::{LocalVendor, Seed};
use asked::Asked;
pub(crate) use behaviour::TWISTS;
pub use behaviour::{Behaviour, Wrong};
use state::State;

/// The local server.
pub struct Server {
    state: Arc<Mutex<State>>,
}

/// A server of the seed's description, but for what the seed twists; `None`: it cannot be read.
pub(super) fn boxed(seed: Seed) -> Option<Box<dyn LocalVendor>> {
    let mut behaviour = Behaviour::default();
    turn(&mut behaviour, TWISTS, &seed.twists);
    let server = Server::new(seed, behaviour).ok()?;
    Some(Box::new(server))
}

impl Server {
    /// A server with these accounts that behaves like this.
    ///
    /// # Errors
    /// The seed has no description that can be read.
    pub fn new(seed: Seed, behaviour: Behaviour) -> Result<Self, String> {
        let state = State::new(seed, behaviour)?;
        Ok(Self {
            state: Arc::new(Mutex::new(state)),
        })
    }

    /// Changes how it behaves.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut lock(&self.state).behaviour);
    }
}

impl LocalVendor for Server {
    fn router(&self) -> Router {
        Router::new()
            .fallback(answer)
            .with_state(self.state.clone())
    }

    fn held(&self) -> Vec<Account> {
        lock(&self.state).accounts()
    }

    fn keep(&self, account: Account) {
        lock(&self.state).keep(account);
    }

    fn remove(&self, email: &str) {
        lock(&self.state).remove(email);
    }
}

async fn answer(
    Shared(state): Shared<Arc<Mutex<State>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let query = uri.query().unwrap_or_default().as_bytes();
    let asked = Asked {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: url::form_urlencoded::parse(query).into_owned().collect(),
        headers,
        body: body.to_vec(),
    };
    lock(&state).answer(&asked).into_response()
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
