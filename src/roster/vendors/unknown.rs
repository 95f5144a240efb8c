//! Keys that no vendor has, and those that may hold a secret which missed its place (rule 7).

use super::keys::KEYS;
use crate::model::nearest::nearest;
use crate::model::spec::{SettingKind, VendorSpec};
use crate::roster::diagnostic::Diagnostic;
use crate::roster::yaml::{Kind, Name, Node};
use crate::roster::{auth, base_url, values};

/// A key that no vendor of this kind has.
pub(super) fn unknown_key(key: &Name<'_>, spec: &'static VendorSpec) -> Diagnostic {
    let own = spec.settings.iter().map(|setting| setting.name);
    let known = KEYS.iter().map(|(key, _)| *key).chain(own);
    let problem = values::unknown_key(key, format_args!("a vendor at {}", spec.title), known);
    if nearest(&key.text, auth::known(spec)).is_some() {
        return problem.help(auth::forms(spec));
    }
    if ADDRESS_WORDS.contains(&key.text.to_lowercase().as_str()) {
        return problem
            .help("the vendor's address is `base_url`: scheme, host and optional path prefix");
    }
    problem
}

/// Whether a key of a vendor may hold a secret that missed its place: then no line of it is shown,
/// as if it stood under `auth` (rule 7).
pub(in crate::roster) fn may_be_secret(
    key: &Name<'_>,
    value: &Node<'_>,
    spec: Option<&'static VendorSpec>,
) -> bool {
    let text = key.text.as_ref();
    if text == "auth" {
        return true;
    }
    if text == "base_url" {
        return matches!(&value.kind, Kind::Scalar { text, .. } if base_url::may_be_secret(text));
    }
    let settings = spec.map(|spec| spec.settings).unwrap_or_default();
    let mut urls = settings.iter().filter(|it| it.kind == SettingKind::Url);
    if urls.any(|setting| setting.name == text) {
        return matches!(&value.kind, Kind::Scalar { text, .. } if base_url::may_be_secret(text));
    }
    let known = KEYS.iter().any(|(key, _)| *key == text)
        || settings.iter().any(|setting| setting.name == text);
    let lower = text.to_lowercase();
    let secrets = spec.into_iter().flat_map(auth::known);
    let like_a_secret = SECRET_WORDS.iter().any(|word| lower.contains(word));
    !known && (like_a_secret || nearest(text, secrets.chain(["auth"])).is_some())
}

/// What people call an address.
const ADDRESS_WORDS: &[&str] = &[
    "url", "uri", "host", "hostname", "address", "endpoint", "server", "domain", "api_url", "api",
    "baseurl", "site", "instance",
];

/// What the names of secrets have in them.
const SECRET_WORDS: &[&str] = &["auth", "token", "secret", "pass", "key", "jwt", "cred"];
