//! The one HTTP layer, written once for all vendors.
//!
//! Credentials, retry, rate limit, paging helpers and redaction live here. Connectors build a
//! [`Call`], get a [`Reply`] or an [`HttpError`], and know nothing else of the wire.

mod address;
mod api;
mod attempt;
mod auth;
mod body;
mod call;
mod circuit;
mod client;
mod clock;
mod credential_cache;
mod edge;
pub(crate) mod elements;
mod error;
mod grant;
mod jwt;
mod limiter;
mod message;
mod meter;
mod page;
mod prefetcher;
mod redact;
mod reply;
mod retry;
mod secret;
mod shapes;
// Used by `state` too.
pub(crate) mod tls;
mod transport;
pub(crate) mod unique;
mod wait;
pub(crate) mod write_permit;
mod write_scope;

pub use api::{Api, ApiConfig, Permit};
pub use auth::{Credentials, HeaderPart, SecretHeader, Token, TokenSource};
pub use call::{Call, Method, Repeat, TokenCall, segment};
pub use clock::{Clock, Dated, VirtualClock};
pub use elements::Elements;
pub use error::{Advice, Effect, HttpError, Problem};
pub use grant::ClientGrant;
pub use jwt::{claims, email_claim};
pub use limiter::{Limiter, Slot, TooLong};
pub use page::Pages;
pub use prefetcher::Prefetcher;
pub use redact::Redactor;
pub use reply::Reply;
pub use retry::Backoff;
pub use secret::{Secret, SecretError, Secrets};
pub use transport::{Arriving, Between, Broken, Outgoing, Transport, Within};
pub use unique::{UniqueKeys, unique_keys};
pub use wait::tell_wait;
pub use write_permit::{Lost, Moment, WritePermit};
pub use write_scope::WriteScope;

#[cfg(test)]
mod tests;
