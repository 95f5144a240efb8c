//! What every vendor's answers go through, whatever its kind.

use serde_json::Value as Json;

use crate::http::elements::cut::cut;
use crate::http::unique::carefully_unique;
use crate::http::unique_keys;
use crate::model::email::{EmailKey, EmailPattern};
use crate::report::sanitize::{block, line};
use crate::roster::refused_email;

/// A list in pieces is the list as a whole. A key that comes twice is found by the quick way as by the careful
/// one. A text from outside commands no terminal. An address has one key, by whatever name it goes.
pub(super) fn answers(bytes: &[u8]) {
    let whole: Option<Json> = serde_json::from_slice(bytes).ok();
    let list = whole.as_ref().filter(|json| json.is_array());
    for piece in [1, 7, bytes.len().max(1)] {
        assert_eq!(
            cut(bytes, piece).ok().as_ref(),
            list,
            "in pieces of {piece}"
        );
    }
    if whole.is_some() {
        let quick = unique_keys(bytes, &["status"]).is_ok();
        assert_eq!(quick, carefully_unique(bytes, &["status"]));
    }
    let text = String::from_utf8_lossy(bytes);
    assert!(!line(&text).chars().any(char::is_control));
    let controls = |shown: &str| shown.chars().any(|it| it.is_control() && it != '\n');
    assert!(!controls(&block(&text)));
    let key = EmailKey::of(&text);
    assert_eq!(EmailKey::of(key.as_str()), key, "the key of a key");
    if refused_email(&text).is_none()
        && let Ok(pattern) = EmailPattern::parse(&*text)
    {
        assert!(pattern.matches(&text), "{text:?} does not match itself");
    }
}
