//! TLS of every client: whom it trusts, and with whose cryptography.
//!
//! The cryptography is ring's, and each client is given it: a default of the process would be
//! global state, and a client that is made before it is set ends the process.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// No client can be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// The user's to mend: the file is not there.
    #[error("SSL_CERT_FILE names {}, which is not there", .0.display())]
    NoFile(PathBuf),
    /// The machine has no CA certificates, or none that can be read.
    #[error(
        "the HTTP client cannot be set up ({0}); install the system's CA certificates \
         (ca-certificates) or name a file of them in SSL_CERT_FILE"
    )]
    NoRoots(rustls::Error),
}

/// Trusts the system's CA certificates, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
/// Offers the `protocols` to the server, the best one first.
///
/// # Errors
/// [`TlsError`]: there are no such certificates.
pub(crate) fn system(protocols: &[&str]) -> Result<ClientConfig, TlsError> {
    if let Some(path) = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from) {
        // The verifier would silently fall back to the system's certificates.
        if !path.exists() {
            return Err(TlsError::NoFile(path));
        }
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new(Arc::clone(&provider)).map_err(TlsError::NoRoots)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::NoRoots)?
        // "Dangerous" is any verifier but the one for a list of certificates.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
    Ok(config)
}

/// Trusts nobody and reads no file: for a client that speaks `http` only.
///
/// # Errors
/// [`TlsError`]: never, with ring.
pub(crate) fn nobody() -> Result<ClientConfig, TlsError> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::NoRoots)?;
    Ok(config
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}
