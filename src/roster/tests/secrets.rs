//! Rule 7: whatever is wrong, the lines under `auth` are never shown and their values never quoted.

use super::*;
use crate::roster::diagnostic::render_all;

fn rendered(text: &str) -> (String, Parsed) {
    let parsed = parse_files(&[("a.yaml", text)]);
    let mut out = Vec::new();
    render_all(&parsed.diagnostics, &parsed.sources, true, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), parsed)
}

#[test]
fn a_secret_is_shown_by_no_diagnostic() {
    for text in [
        "vendors:\n  acme: { auth: { token: S3CRET } }\n",
        "vendors:\n  acme: { auth: S3CRET }\n",
        "vendors:\n  acme: { auth: [S3CRET] }\n",
        "vendors:\n  acme: { auth: { S3CRET } }\n",
        "vendors:\n  acme: { auth: { S3CRET: { env: A } } }\n",
        "vendors:\n  acme: { auth: { token: { env: S3CRET-x } } }\n",
        "vendors:\n  acme: { auth: { token: { S3CRET: x } } }\n",
        "vendors:\n  acme: { auth: { token: { command: S3CRET } } }\n",
        "vendors:\n  acme: { auth: { token: { command: [a, [S3CRET]] } } }\n",
        "vendors:\n  acme: { auth: { token: { env: A, env: S3CRET } } }\n",
        "vendors:\n  acme: { auth: { token: !t S3CRET } }\n",
        "vendors:\n  acme: { auth: { token: \"S3CRET\\e\" } }\n",
        "vendors:\n  acme: { auth: { token: \"S3CRET } }\n",
        "vendors:\n  acme:\n    auth:\n      token: @S3CRET\n",
        "vendors:\n  acme:\n    auth:\n      token: a: S3CRET\n",
        "vendors:\n  acme:\n    auth:\n      token: |\n        S3CRET\n    max: {x: 1}\n",
        "vendors:\n  acme:\n    auth:\n      token: 'x\n  S3CRET'\n",
        "vendors:\n  acme: { \"\\x61uth\": { token: S3CRET } }\n",
        "vendors:\n  acme: { atuh: { token: S3CRET } }\n",
        "vendors:\n  acme: { token: S3CRET }\n",
        "vendors:\n  acme: { api_key: S3CRET }\n",
        "vendors:\n  acne: { auth: { token: S3CRET } }\n",
        "vendors:\n  - { auth: { token: S3CRET } }\n",
        "vendor:\n  acme: { auth: { token: S3CRET } }\n",
        "vendors:\n  acme: { base_url: 'https://u:S3CRET@example.com', auth: {token: {env: A}} }\n",
        "vendors:\n  acme: { base_url: 'https://example.com?k=S3CRET', auth: {token: {env: A}} }\n",
        "vendors:\n  acme: { auth: { token: *S3CRET } }\n",
        "vendors:\n  acme:\n    owner: &s S3CRET\n    auth: { token: *s }\n",
        "vendors:\n  acme: { auth: { token: { env: A } } } } S3CRET\n",
        "vendors: { acme: { auth: { token: S3CRET\u{7} } } }\n",
    ] {
        let (out, parsed) = rendered(text);
        assert!(!parsed.is_usable(), "{text}");
        assert!(!out.contains("S3CRET"), "{text}\n{out}");
        let plain = format!("{:?}", parsed.diagnostics);
        assert!(!plain.contains("S3CRET"), "{text}\n{plain}");
    }
}

#[test]
fn lines_beside_auth_are_shown() {
    let (out, _) =
        rendered("vendors:\n  acme:\n    auth:\n      token: { env: T }\n    unlisted: drop\n");
    assert!(out.contains("unlisted: "), "{out}");
}
