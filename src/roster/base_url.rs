//! `base_url`: scheme, host and optional path prefix (rule 8).

use url::{Host, Url};

use super::values::{self, Problems};
use super::yaml::Node;
use crate::roster::diagnostic::{Code, Diagnostic};

/// Reads `base_url`; without a slash at its end. It ends before `paths`, which the connector appends.
pub(super) fn base_url(
    node: &Node<'_>,
    paths: &[&str],
    problems: &mut Problems,
) -> Option<Box<str>> {
    let address = address(node, "base_url", problems)?;
    let whole = format!("{address}/");
    let Some(path) = paths
        .iter()
        .find(|path| whole.contains(&format!("{path}/")))
    else {
        return Some(address);
    };
    problems.push(
        Diagnostic::error(
            Code::BaseUrl,
            node.span,
            format!("`base_url` has `{path}` in it, which is appended to it"),
        )
        .help("write only what stands before that: scheme, host and a path prefix, if any"),
    );
    None
}

/// Reads an address under another key; without a slash at its end.
pub(crate) fn address(node: &Node<'_>, field: &str, problems: &mut Problems) -> Option<Box<str>> {
    let text = values::name(node, field, problems)?;
    match check(&text.value) {
        Ok(address) => Some(address),
        Err(reason) => {
            problems.push(
                Diagnostic::error(Code::BaseUrl, node.span, format!("`{field}` {reason}")).help(
                    "write scheme, host and optional path prefix: `https://example.com/prefix`",
                ),
            );
            None
        }
    }
}

/// A password or a key in an address is a secret like any other: its line is not shown.
pub(super) fn may_be_secret(text: &str) -> bool {
    text.contains(['@', '?', '#'])
}

fn check(text: &str) -> Result<Box<str>, &'static str> {
    // The parser repairs what people did not mean: spaces, backslashes, a missing slash.
    let lower = text.to_ascii_lowercase();
    if !lower.starts_with("https://") && !lower.starts_with("http://") {
        return Err("does not begin with `https://`");
    }
    if text.contains(|character: char| character.is_whitespace() || character == '\\') {
        return Err("has a space or backslash in it");
    }
    let url = Url::parse(text).map_err(|_| "is not an address")?;
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Err("carries a user or password; credentials belong under `auth`");
    }
    if url.query().is_some() {
        return Err("has a query (`?`)");
    }
    if url.fragment().is_some() {
        return Err("has a fragment (`#`)");
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err("uses `http`, which would send credentials in the clear");
    }
    Ok(url.as_str().trim_end_matches('/').into())
}

/// What stands between `//` and the path.
fn authority(text: &str) -> &str {
    let rest = text
        .split_once("//")
        .map(|(_, rest)| rest)
        .unwrap_or_default();
    rest.split('/').next().unwrap_or_default()
}

/// Whether an address is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_host_and_prefix_only() {
        for (text, wanted) in [
            (
                "https://example.logicgate.com",
                "https://example.logicgate.com",
            ),
            ("https://example.com/", "https://example.com"),
            (
                "https://Example.com:8443/a/b//",
                "https://example.com:8443/a/b",
            ),
            (
                "http://127.0.0.1:8080/bitsight/",
                "http://127.0.0.1:8080/bitsight",
            ),
            ("http://[::1]:1", "http://[::1]:1"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(check(text).as_deref(), Ok(wanted), "{text}");
        }
        for text in [
            "example.com",
            "ftp://example.com",
            "http://example.com",
            "http://127.0.0.1.example.com",
            "https://user:pass@example.com",
            "https://@example.com",
            "https://example.com?x=1",
            "https://example.com/#x",
            "https://exa mple.com",
            "https:\\\\example.com",
            "https://",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
