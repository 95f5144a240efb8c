//! What a JWT says of itself, unverified: the vendor does that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// The claims of a JWT, if it is one and has them in that shape.
pub fn claims<T: DeserializeOwned>(jwt: &str) -> Option<T> {
    let payload = jwt.trim().split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The first of these claims that is an e-mail.
pub fn email_claim<'c>(claims: &'c Json, names: &[&str]) -> Option<&'c str> {
    let mut texts = names.iter().filter_map(|name| claims.get(name)?.as_str());
    texts.find(|text| text.contains('@'))
}

/// When a JWT runs out, if it says so.
pub(super) fn expiry(jwt: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        exp: f64,
    }
    let Claims { exp } = claims(jwt)?;
    Timestamp::from_second(exp as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_tells_when_it_runs_out_and_other_tokens_do_not() {
        let jwt = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        let at = |seconds| Some(Timestamp::from_second(seconds).unwrap());
        assert_eq!(expiry(&jwt(r#"{"exp":1767578400}"#)), at(1_767_578_400));
        assert_eq!(
            expiry(&jwt(r#"{"exp":1767578400.5,"sub":7}"#)),
            at(1_767_578_400)
        );
        for text in [
            "opaque",
            "",
            "a.b.c",
            &jwt("{}"),
            &jwt(r#"{"exp":"soon"}"#),
            &jwt(r#"{"exp":1e300}"#),
        ] {
            assert_eq!(expiry(text), None, "{text}");
        }
    }
}
