//! Addresses: where a call goes, and whether a link of the vendor's stays at home.

use url::Url;

use super::Call;
use super::call::segment;
use crate::roster::base_url::is_loopback;

/// A vendor's base address, taken apart.
#[derive(Debug, Clone)]
pub(super) struct Address {
    base: Url,
    /// The path of the base, without a slash at the end: empty, or `/prefix`.
    prefix: String,
}

impl Address {
    /// Reads a `base_url` (roster rule 8).
    ///
    /// # Errors
    /// What is wrong with it, in one clause.
    pub(super) fn parse(base_url: &str) -> Result<Self, String> {
        let base = Url::parse(base_url).map_err(|error| format!("base_url: {error}"))?;
        match base.scheme() {
            "https" => {}
            "http" if is_loopback(&base) => {}
            "http" => return Err("base_url: http is refused except on loopback".to_owned()),
            _ => return Err("base_url: it has to begin with https://".to_owned()),
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err("base_url: a user or password does not belong here".to_owned());
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err("base_url: a query or fragment does not belong here".to_owned());
        }
        let prefix = base.path().trim_end_matches('/').to_owned();
        Ok(Self { base, prefix })
    }

    /// Whether calls stay on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.base)
    }

    /// Whether calls are encrypted.
    pub(super) fn is_https(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Host and port, for messages.
    pub(super) fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        match self.base.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Where a call goes.
    ///
    /// A path that means another place than it says (`..`, an empty id, characters that were not
    /// encoded) is refused: `DELETE /users/{id}` must never become `DELETE /users/`.
    ///
    /// # Errors
    /// What is wrong with the path.
    pub(super) fn of(&self, call: &Call) -> Result<Url, String> {
        let slash = if call.slash { "/" } else { "" };
        let wanted = format!("{}{}{slash}", self.prefix, call.path);
        let mut url = self.base.clone();
        url.set_path(&wanted);
        let names_nothing = !call.method.reads_only()
            && call.token_call.is_none()
            && call.path.split('/').skip(1).any(str::is_empty);
        if !call.path.starts_with('/') || url.path() != wanted || names_nothing {
            return Err(format!("the path {} is not a plain path", call.path));
        }
        let pairs: Vec<String> = call
            .query
            .iter()
            .map(|(name, value)| format!("{}={}", segment(name), segment(value)))
            .collect();
        if !pairs.is_empty() {
            url.set_query(Some(&pairs.join("&")));
        }
        Ok(url)
    }

    /// The path below the base address and the query of a page link, absolute or relative.
    ///
    /// # Errors
    /// Why it is not followed.
    pub(super) fn strip(&self, link: &str) -> Result<(String, Vec<(String, String)>), String> {
        let mut directory = self.base.clone();
        directory.set_path(&format!("{}/", self.prefix));
        let url = directory
            .join(link.trim())
            .map_err(|error| format!("the link to the next page cannot be read: {error}"))?;
        if url.origin() != self.base.origin() || !url.username().is_empty() {
            return Err(format!(
                "the next page is at another place ({})",
                origin(&url)
            ));
        }
        let path = url
            .path()
            .strip_prefix(&self.prefix)
            .filter(|path| path.starts_with('/'))
            .ok_or("the next page is not below base_url")?;
        if path == "/" {
            return Err("the link to the next page has no path".to_owned());
        }
        let query = url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Ok((path.to_owned(), query))
    }

    /// The place a redirect leads to, without user, query and fragment.
    pub(super) fn destination(&self, location: Option<&str>) -> String {
        match location.map(|location| self.base.join(location)) {
            Some(Ok(mut url)) => {
                url.set_query(None);
                url.set_fragment(None);
                // Both fail for addresses without a host, which have neither.
                let _ = url.set_username("");
                let _ = url.set_password(None);
                url.to_string()
            }
            Some(Err(_)) => "an address that cannot be read".to_owned(),
            None => "nowhere".to_owned(),
        }
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(base: &str) -> Address {
        Address::parse(base).unwrap()
    }

    #[test]
    fn http_is_for_loopback_only() {
        for good in [
            "https://api.example.com",
            "https://api.example.com/prefix",
            "http://127.0.0.1:8080/bitsight",
            "http://localhost",
            "http://[::1]:1",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.example.com",
            "http://127.0.0.1.example.com",
            "ftp://localhost",
            "https://user@example.com",
            "https://example.com/?a=b",
            "api.example.com",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn queries_keep_dots_and_encode_plus_and_unicode() {
        let call = Call::get("list users", "/v2/users")
            .query("group.guid", "a,b")
            .query("email", "a+b@example.com")
            .query("name", "Ünal &=");
        assert_eq!(
            address("https://h.example/x").of(&call).unwrap().as_str(),
            "https://h.example/x/v2/users?group.guid=a%2Cb&email=a%2Bb%40example.com\
             &name=%C3%9Cnal%20%26%3D"
        );
    }

    #[test]
    fn a_path_that_means_another_place_is_refused() {
        let base = address("https://h.example/x");
        for id in ["", ".", "..", "a/../b", "a?b", "ä", "%2e%2e"] {
            let call = Call::delete("delete user", format!("/users/{id}"));
            assert!(base.of(&call).is_err(), "{id}");
        }
        for id in ["a", "a%2Fb", "a@example.com", "..a"] {
            let call = Call::delete("delete user", format!("/users/{id}"));
            assert!(base.of(&call).is_ok(), "{id}");
        }
        assert!(base.of(&Call::get("list", "/users/")).is_ok());
        assert!(base.of(&Call::get("list", "users")).is_err());
    }

    #[test]
    fn links_at_home_are_taken_apart() {
        let base = address("https://h.example/x");
        for link in [
            "https://h.example/x/users?offset=100&q=a%2Bb",
            "https://h.example:443/x/users?offset=100&q=a%2Bb#top",
            "/x/users?offset=100&q=a%2Bb",
            "users?offset=100&q=a%2Bb",
            "//h.example/x/y/../users?offset=100&q=a%2Bb",
        ] {
            let (path, query) = base.strip(link).unwrap();
            assert_eq!(path, "/users", "{link}");
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            assert_eq!(query, [pair("offset", "100"), pair("q", "a+b")], "{link}");
        }
    }

    #[test]
    fn links_that_lead_away_are_refused() {
        let base = address("https://h.example/x");
        for link in [
            "https://evil.example/x/users",
            "http://h.example/x/users",
            "https://h.example:8443/x/users",
            "https://h.example@evil.example/x/users",
            "https://user@h.example/x/users",
            "//evil.example/x/users",
            "\\\\evil.example/x/users",
            "/y/users",
            "/xy/users",
            "/x/../users",
            "/x/%2e%2e/users",
            "../users",
            "?offset=100",
            "",
            "javascript:alert(1)",
            "https://",
        ] {
            assert!(base.strip(link).is_err(), "{link}");
        }
    }

    #[test]
    fn a_redirects_destination_is_shown_without_its_query() {
        let base = address("https://h.example/x");
        assert_eq!(
            base.destination(Some("https://u:p@sso.example/login?next=secret#x")),
            "https://sso.example/login"
        );
        assert_eq!(base.destination(Some("/login")), "https://h.example/login");
        assert_eq!(base.destination(None), "nowhere");
    }
}
