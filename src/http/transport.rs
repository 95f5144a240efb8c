//! The way to a vendor's server: over the network, or to one in this process.
//!
//! Everything above it is the same for both: credentials, limits, retries, bounds and redaction.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::Stream;
use reqwest::header::HeaderMap;
use url::Url;

/// How requests reach a server.
#[derive(Clone, Default)]
pub enum Transport {
    /// Over the network.
    #[default]
    Network,
    /// Over the network, with somebody between who sees and changes what goes out and comes back.
    Watched(Arc<dyn Between>),
    /// To a server in this process, on tokio's clock.
    Within(Arc<dyn Within>),
}

/// Somebody between the program and the network.
pub trait Between: Send + Sync {
    /// Changes a request before it is sent.
    fn out(&self, request: Outgoing) -> Outgoing;

    /// Changes the answer to a request, which is given as it was before [`Between::out`]; returns
    /// the body.
    fn back(
        &self,
        request: &Outgoing,
        status: u16,
        headers: &mut HeaderMap,
        body: Vec<u8>,
    ) -> Vec<u8>;
}

/// A server in this process, or what stands for the network in front of it.
#[async_trait]
pub trait Within: Send + Sync {
    /// Answers one request. It is dropped when its client gives up.
    ///
    /// # Errors
    /// [`Broken`].
    async fn send(&self, request: Outgoing) -> Result<Arriving, Broken>;
}

/// A request on its way out.
#[derive(Clone)]
pub struct Outgoing {
    /// The method.
    pub method: reqwest::Method,
    /// The whole address.
    pub url: Url,
    /// The headers, credentials among them.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<String>,
}

/// An answer whose body is still on its way.
pub struct Arriving {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, piece by piece.
    pub body: Pin<Box<dyn Stream<Item = Result<Vec<u8>, Broken>> + Send>>,
}

/// Why no answer came, or not all of it.
#[derive(Debug, Clone)]
pub enum Broken {
    /// No connection was made: nothing was sent.
    Unreachable(String),
    /// The connection broke after the request went out.
    Lost(String),
}

impl From<Outgoing> for reqwest::Request {
    fn from(outgoing: Outgoing) -> Self {
        let Outgoing {
            method,
            url,
            headers,
            body,
        } = outgoing;
        let mut request = Self::new(method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = body.map(Into::into);
        request
    }
}
