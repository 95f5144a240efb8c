//! What a browser may do with the page: apply its one style, run its one script, nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The one style.
pub(super) const STYLE: &str = include_str!("page.css");

/// The one script; a module, so that its files share one scope and none of it is global.
pub(super) const SCRIPT: &str = concat!(
    include_str!("model.js"),
    include_str!("view.js"),
    include_str!("detail.js"),
    include_str!("list.js"),
    include_str!("page.js"),
);

/// The policy of the page. Without `default-src` there is no request at all, and only what has
/// the right hash is run: a script that got into the page by a mistake of ours would not be.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// The source expression for an inline element of this text (CSP Level 3, section 2.3.1).
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}
