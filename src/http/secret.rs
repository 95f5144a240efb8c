//! Secrets, read where the roster says they are.

use std::collections::BTreeMap;

/// The secrets of one vendor, by their key under `auth`.
pub type Secrets = BTreeMap<&'static str, Secret>;

/// One secret: where it comes from and, once read, its text.
#[derive(Debug, Clone)]
pub struct Secret;

/// A secret that cannot be had.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not set.
    #[error("the environment variable {0} is not set")]
    Env(Box<str>),
}
