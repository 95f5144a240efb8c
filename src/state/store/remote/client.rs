//! The HTTP client of an object store: what the environment says of it, and our TLS.

use std::time::Duration;

use jiff::SignedDuration;
use object_store::client::{HttpClient, HttpConnector};
use object_store::{ClientConfigKey, ClientOptions, Error};

use crate::http::tls;

/// What would have a store trust another CA than the rest of the run, or anybody.
const REFUSED: [ClientConfigKey; 3] = [
    ClientConfigKey::AllowInvalidCertificates,
    ClientConfigKey::NoSystemCertificates,
    ClientConfigKey::ProxyCaCertificate,
];

/// Makes the clients of a store: for its objects, and for its credentials.
#[derive(Debug)]
pub(super) struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient, Error> {
        let set = |key: &ClientConfigKey| options.get_config_value(key);
        for key in &REFUSED {
            if set(key).is_some_and(|text| switch(&text) != Some(false)) {
                let name = key.as_ref();
                return Err(failed(format!(
                    "{name} is not supported; if the CA is your own, name its file in SSL_CERT_FILE"
                )));
            }
        }
        let allow_http = set(&ClientConfigKey::AllowHttp).unwrap_or_default();
        let allow_http = switch(&allow_http)
            .ok_or_else(|| failed(format!("allow_http is neither on nor off: {allow_http}")))?;
        // Whole objects come quicker over version 1, and nothing else is offered to the server.
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::system(&[]).map_err(failed)?)
            .http1_only()
            .user_agent(concat!("rosterctl/", env!("CARGO_PKG_VERSION")))
            .https_only(!allow_http)
            // What is read is as long as its `Content-Length` says.
            .no_gzip();
        if let Some(text) = set(&ClientConfigKey::Timeout) {
            builder = builder.timeout(duration(&text)?);
        }
        if let Some(text) = set(&ClientConfigKey::ConnectTimeout) {
            builder = builder.connect_timeout(duration(&text)?);
        }
        if let Some(address) = set(&ClientConfigKey::ProxyUrl) {
            let except = set(&ClientConfigKey::ProxyExcludes).unwrap_or_default();
            let proxy = reqwest::Proxy::all(address).map_err(failed)?;
            builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_string(&except)));
        }
        builder.build().map(HttpClient::new).map_err(failed)
    }
}

/// A setting that is on or off, in the words that `object_store` takes.
fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "on" | "yes" | "y" => Some(true),
        "0" | "false" | "off" | "no" | "n" => Some(false),
        _ => None,
    }
}

/// A duration as the settings write it: `8s`, `1m 30s`.
fn duration(text: &str) -> Result<Duration, Error> {
    let parsed: Result<SignedDuration, _> = text.parse();
    parsed
        .and_then(Duration::try_from)
        .map_err(|error| failed(format!("{text} is not a duration: {error}")))
}

fn failed(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Generic {
        store: "HTTP client",
        source: why.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(settings: &[(ClientConfigKey, &str)]) -> Result<HttpClient, String> {
        let options = settings
            .iter()
            .fold(ClientOptions::new(), |options, (key, value)| {
                options.with_config(*key, *value)
            });
        Connector
            .connect(&options)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_the_crate_and_the_environment_say_is_understood() {
        let durations = ["8s", "30s", "1m 30s", "1s 500ms", "2h"].map(|text| {
            let read = duration(text).unwrap();
            (text, read.as_millis())
        });
        assert_eq!(
            durations,
            [
                ("8s", 8_000),
                ("30s", 30_000),
                ("1m 30s", 90_000),
                ("1s 500ms", 1_500),
                ("2h", 7_200_000)
            ]
        );
        connect(&[
            (ClientConfigKey::AllowHttp, "TRUE"),
            (ClientConfigKey::AllowInvalidCertificates, "no"),
            (ClientConfigKey::ProxyUrl, "http://127.0.0.1:3128"),
            (ClientConfigKey::ProxyExcludes, "localhost"),
            (ClientConfigKey::Timeout, "8s"),
        ])
        .unwrap();
    }

    #[test]
    fn what_cannot_be_kept_is_an_error() {
        let cases = [
            (ClientConfigKey::AllowInvalidCertificates, "1"),
            (ClientConfigKey::NoSystemCertificates, "true"),
            (ClientConfigKey::ProxyCaCertificate, "-----BEGIN"),
            (ClientConfigKey::AllowHttp, "perhaps"),
            (ClientConfigKey::Timeout, "soon"),
            (ClientConfigKey::ProxyUrl, "::"),
        ];
        for case in cases {
            let why = connect(&[case]).expect_err(case.1);
            assert!(why.contains("HTTP client"), "{case:?}: {why}");
        }
        let why = connect(&cases[..1]).expect_err("refused");
        assert!(why.contains("name its file in SSL_CERT_FILE"), "{why}");
    }
}
