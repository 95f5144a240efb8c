//! What the claims of a JWT tell: how long it lives, and whose it is.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;

/// What we read of a JWT, unverified: it only tells when to renew and whose account it is.
#[derive(Debug, Default, PartialEq, Deserialize)]
pub(super) struct Claims {
    #[serde(default)]
    exp: Option<f64>,
    #[serde(default)]
    iat: Option<f64>,
    #[serde(flatten)]
    others: Json,
}

impl Claims {
    /// The claims, if it is a JWT whose claims can be read.
    pub(super) fn of(jwt: &str) -> Option<Self> {
        crate::http::claims(jwt)
    }

    /// The e-mail of the user it stands for.
    pub(super) fn email(&self) -> Option<&str> {
        crate::http::email_claim(&self.others, &["email", "sub"])
    }

    /// How long a fresh one lives. Counted from its own `iat` where it has one, so that our clock
    /// need not agree with the vendor's.
    pub(super) fn life(&self) -> Option<Duration> {
        self.life_at(now())
    }

    fn life_at(&self, now: f64) -> Option<Duration> {
        let seconds = self.exp? - self.iat.unwrap_or(now);
        Duration::try_from_secs_f64(seconds.max(0.0)).ok()
    }

    /// Whether it is over at `now` (seconds since 1970).
    fn is_over(&self, now: f64) -> bool {
        self.exp.is_some_and(|exp| exp <= now)
    }

    /// What to say about a ready-made JWT that is over; nobody can renew it here.
    pub(super) fn warning(&self) -> Option<String> {
        self.is_over(now()).then(|| {
            String::from(
                "the JWT in auth.jwt has expired, so every write will be refused; get a new one",
            )
        })
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    jiff::Timestamp::now().as_duration().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn jwt(claims: &str) -> String {
        format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn claims_tell_life_and_owner() {
        let claims =
            Claims::of(&jwt(r#"{"iat":1000,"exp":4600,"sub":"ops@example.com"}"#)).unwrap();
        assert_eq!(claims.life_at(0.0), Some(Duration::from_secs(3600)));
        assert_eq!(claims.email(), Some("ops@example.com"));
        assert!(claims.is_over(4600.0));
        assert!(!claims.is_over(4599.0));
        assert!(claims.warning().is_some());

        let claims =
            Claims::of(&jwt(r#"{"exp":4600,"sub":17,"email":"ops@example.com"}"#)).unwrap();
        assert_eq!(claims.life_at(4000.0), Some(Duration::from_secs(600)));
        assert_eq!(claims.life_at(9000.0), Some(Duration::ZERO));
        assert_eq!(claims.email(), Some("ops@example.com"));

        let claims = Claims::of(&jwt(r#"{"sub":"4711"}"#)).unwrap();
        assert_eq!((claims.life_at(0.0), claims.email()), (None, None));
        assert_eq!(claims.warning(), None);
        for text in ["opaque", "a.b.c", "", "e30.e30x.y"] {
            assert_eq!(Claims::of(text), None, "{text}");
        }
    }
}
