//! The one HTTP layer: credentials, retry, rate limit, paging helpers and redaction, once for all
//! vendors. Connectors build a [`Call`], get a [`Reply`] or an [`HttpError`], and know nothing else
//! of the wire.

mod api;
mod auth;
mod call;
mod clock;
mod error;
mod limiter;
mod redact;
mod reply;
mod retry;
mod secret;

pub use api::{Api, ApiConfig, Permit};
pub use auth::{Credentials, Token, TokenSource};
pub use call::{Call, Method, Repeat, TokenCall, segment};
pub use clock::Clock;
pub use error::{Advice, Effect, HttpError, Problem};
pub use limiter::Limiter;
pub use redact::Redactor;
pub use reply::Reply;
pub use retry::Backoff;
pub use secret::{Secret, SecretError, Secrets};
