//! Whose account the credentials belong to: the e-mail of Basic, or the user that a JWT names
//! (<https://docs.snaplogic.com/public-apis/generate-jwt.html>). Nothing is verified here; the
//! vendor does that.

use secrecy::ExposeSecret as _;
use serde_json::Value as Json;

use super::SnapLogic;
use crate::http::{HttpError, Problem, Secret, claims, email_claim};
use crate::model::current::Own;

/// The user. One page calls `sub` the organisation; only an e-mail is believed.
fn user(claims: &Json) -> Option<&str> {
    email_claim(claims, &["snaplogic_username", "sub"])
}

/// The environment, which the vendor compares case-sensitively.
fn organization(claims: &Json) -> Option<&str> {
    let mut names = ["snaplogic_org", "org"].into_iter();
    names.find_map(|name| claims.get(name)?.as_str())
}

impl SnapLogic {
    /// Whose account it is, and what is odd about the credentials.
    pub(super) async fn identity(&self) -> Result<(Own, Vec<String>), HttpError> {
        if let Some(email) = self.secrets.get("email") {
            let email = self.text(email).await?;
            return Ok((Own::Email(email.trim().into()), Vec::new()));
        }
        let claims = match self.secrets.get("jwt") {
            Some(jwt) => claims(&self.text(jwt).await?).unwrap_or_default(),
            None => Json::Null,
        };
        let mut notices = Vec::new();
        if let Some(named) = organization(&claims)
            && named != &*self.organization
        {
            notices.push(format!(
                "the JWT is for the environment {named}, the roster says {}; upper and lower case \
                 count",
                self.organization
            ));
        }
        let own = user(&claims).or(self.settings.own_account.as_deref());
        Ok((
            own.map_or(Own::Unknown, |own| Own::Email(own.into())),
            notices,
        ))
    }

    async fn text(&self, secret: &Secret) -> Result<String, HttpError> {
        let text = secret.read().await.map_err(|error| {
            self.api
                .problem("read the credentials", Problem::Secret(error.to_string()))
        })?;
        Ok(text.expose_secret().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    fn claimed(jwt: &str) -> Json {
        claims(jwt).unwrap_or_default()
    }

    #[test]
    fn the_user_of_a_jwt_is_sub_or_snaplogic_username() {
        let sub = claimed(&jwt(r#"{"sub":"it@example.com","org":"ExampleEnv"}"#));
        assert_eq!(user(&sub), Some("it@example.com"));
        assert_eq!(organization(&sub), Some("ExampleEnv"));
        let own = claimed(&jwt(
            r#"{"sub":"client-7","snaplogic_username":"it@example.com"}"#,
        ));
        assert_eq!(user(&own), Some("it@example.com"));
    }

    #[test]
    fn a_sub_that_names_an_organisation_is_nobody() {
        assert_eq!(user(&claimed(&jwt(r#"{"sub":"Example Ltd"}"#))), None);
    }

    #[test]
    fn what_is_no_jwt_names_nobody() {
        for text in [
            "",
            "opaque",
            "a.b.c",
            "a.!!.c",
            "..",
            &jwt("[1]"),
            &jwt(r#"{"sub":7}"#),
        ] {
            assert_eq!(user(&claimed(text)), None, "{text}");
        }
    }
}
