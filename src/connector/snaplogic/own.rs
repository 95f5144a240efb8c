//! Whose account the credentials belong to: the e-mail of Basic, or the user that a JWT names
//! (<https://docs.snaplogic.com/public-apis/generate-jwt.html>). Nothing is verified here; the
//! vendor does that.

use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::SnapLogic;
use crate::http::{HttpError, Problem, Secret};
use crate::model::current::Own;

/// The claims that tell who is calling and where.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Claims {
    sub: Option<String>,
    snaplogic_username: Option<String>,
    org: Option<String>,
    snaplogic_org: Option<String>,
}

impl Claims {
    /// The claims of a JWT; none if it is not one.
    pub(super) fn of(jwt: &str) -> Self {
        crate::http::claims(jwt).unwrap_or_default()
    }

    /// The user. One page calls `sub` the organisation; only an e-mail is believed.
    pub(super) fn user(&self) -> Option<&str> {
        [&self.snaplogic_username, &self.sub]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .find(|name| name.contains('@'))
    }

    /// The environment, which the vendor compares case-sensitively.
    pub(super) fn organization(&self) -> Option<&str> {
        self.snaplogic_org.as_deref().or(self.org.as_deref())
    }
}

impl SnapLogic {
    /// Whose account it is, and what is odd about the credentials.
    pub(super) async fn identity(&self) -> Result<(Own, Vec<String>), HttpError> {
        if let Some(email) = self.secrets.get("email") {
            let email = self.text(email).await?;
            return Ok((Own::Email(email.trim().into()), Vec::new()));
        }
        let claims = match self.secrets.get("jwt") {
            Some(jwt) => Claims::of(&self.text(jwt).await?),
            None => Claims::default(),
        };
        let mut notices = Vec::new();
        if let Some(named) = claims.organization()
            && named != &*self.organization
        {
            notices.push(format!(
                "the JWT is for the environment {named}, the roster says {}; upper and lower case \
                 count",
                self.organization
            ));
        }
        let own = claims.user().or(self.settings.own_account.as_deref());
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

    #[test]
    fn the_user_of_a_jwt_is_sub_or_snaplogic_username() {
        let sub = Claims::of(&jwt(r#"{"sub":"it@example.com","org":"ExampleEnv"}"#));
        assert_eq!(sub.user(), Some("it@example.com"));
        assert_eq!(sub.organization(), Some("ExampleEnv"));
        let own = Claims::of(&jwt(
            r#"{"sub":"client-7","snaplogic_username":"it@example.com"}"#,
        ));
        assert_eq!(own.user(), Some("it@example.com"));
    }

    #[test]
    fn a_sub_that_names_an_organisation_is_nobody() {
        assert_eq!(Claims::of(&jwt(r#"{"sub":"Example Ltd"}"#)).user(), None);
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
            assert_eq!(Claims::of(text).user(), None, "{text}");
        }
    }
}
