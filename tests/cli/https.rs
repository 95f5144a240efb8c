//! https: whom the program trusts, and what it says when it does not.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::Acceptor;
use rustls::{ServerConfig, ServerConnection, Stream, SupportedProtocolVersion, version};
use serde_json::Value;

use crate::common::{rosterctl_with, write};

/// A CA that no system knows.
pub(crate) struct Authority {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let der = BASE64_STANDARD.encode(params.self_signed(&key).unwrap().der());
        Self {
            pem: format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n"),
            issuer: Issuer::new(params, key),
        }
    }

    /// A vendor on loopback that refuses every token, under a certificate for `name`.
    fn vendor(&self, name: &str, version: &'static SupportedProtocolVersion) -> Vendor {
        Vendor::start(Arc::new(self.server(name, version)))
    }

    /// What a server under a certificate for `name` speaks.
    pub(crate) fn server(
        &self,
        name: &str,
        version: &'static SupportedProtocolVersion,
    ) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

struct Vendor {
    port: u16,
    /// What the last client offered to speak.
    offered: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Vendor {
    fn start(config: Arc<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let offered = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&offered);
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                // A client that trusts nobody goes away in the middle, which is its right.
                let _ = serve(socket.unwrap(), &config, &seen);
            }
        });
        Self { port, offered }
    }

    fn doctor(&self, folder: &Path, variables: &[(&str, &str)]) -> (String, String) {
        let roster = format!(
            "version: 1\nvendors:\n  bitsight: {{ base_url: \"https://127.0.0.1:{}\", auth: {{ \
             token: {{ env: T }} }} }}\npeople:\n  - {{ email: ada@example.com, first_name: Ada, \
             last_name: Lovelace, accounts: {{ bitsight: {{ role: customer_user }} }} }}\n",
            self.port
        );
        let roster = write(folder, "users.yaml", &roster);
        let args = ["doctor", &roster, "--format", "json", "--timeout", "20s"];
        let variables = [variables, &[("T", "token")]].concat();
        let done = rosterctl_with(folder, &args, &variables);
        assert_eq!(done.code, 1, "{done:#?}");
        let document: Value = serde_json::from_str(&done.stdout).unwrap();
        let checks = document["checks"].as_array().unwrap();
        let reach = checks.iter().find(|it| it["check"] == "reach");
        let reach = reach.unwrap_or_else(|| panic!("no reach in {document:#}"));
        let text = |name: &str| reach[name].as_str().unwrap_or_default().to_owned();
        (text("state"), format!("{} {}", text("found"), text("next")))
    }
}

fn serve(
    mut socket: std::net::TcpStream,
    config: &Arc<ServerConfig>,
    seen: &Mutex<Vec<Vec<u8>>>,
) -> std::io::Result<()> {
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        acceptor.read_tls(&mut socket)?;
        match acceptor.accept() {
            Ok(None) => {}
            Ok(Some(accepted)) => break accepted,
            Err((error, _)) => return Err(std::io::Error::other(error)),
        }
    };
    let offered = accepted.client_hello().alpn();
    *seen.lock().unwrap() = offered.into_iter().flatten().map(<[u8]>::to_vec).collect();
    let mut connection: ServerConnection = match accepted.into_connection(Arc::clone(config)) {
        Ok(connection) => connection,
        Err((error, _)) => return Err(std::io::Error::other(error)),
    };
    let mut stream = Stream::new(&mut connection, &mut socket);
    let mut request = [0; 4096];
    let _ = stream.read(&mut request)?;
    let body = r#"{"detail": "no"}"#;
    let length = body.len();
    let head = format!("HTTP/1.1 403 x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes())?;
    connection.send_close_notify();
    connection.write_tls(&mut socket)?;
    Ok(())
}

#[test]
fn a_ca_in_ssl_cert_file_is_trusted_in_both_versions_of_tls() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder
        .path()
        .join(write(folder.path(), "ca.pem", &authority.pem));
    let trust = [("SSL_CERT_FILE", file.to_str().unwrap())];
    for version in [&version::TLS12, &version::TLS13] {
        let vendor = authority.vendor("127.0.0.1", version);
        let (state, text) = vendor.doctor(folder.path(), &trust);
        assert_eq!(state, "ok", "{version:?}: {text}");
        let offered = vendor.offered.lock().unwrap();
        assert_eq!(*offered, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    }
}

#[test]
fn nobody_else_is_trusted() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let (known, other) = (
        folder.path().join("ca.pem"),
        folder.path().join("other.pem"),
    );
    std::fs::write(&known, &authority.pem).unwrap();
    std::fs::write(&other, Authority::new().pem).unwrap();
    let (known, other) = (known.to_str().unwrap(), other.to_str().unwrap());

    let vendor = authority.vendor("127.0.0.1", &version::TLS13);
    for variables in [&[][..], &[("SSL_CERT_FILE", other)]] {
        let (state, text) = vendor.doctor(folder.path(), variables);
        assert_eq!(state, "fail", "{text}");
        assert!(text.contains("SSL_CERT_FILE"), "{text}");
    }
    let elsewhere = authority.vendor("vendor.example", &version::TLS13);
    let (state, text) = elsewhere.doctor(folder.path(), &[("SSL_CERT_FILE", known)]);
    assert_eq!(state, "fail", "{text}");
}
