//! Every form of `auth` that a description can have, at a server that takes nothing else, and whose
//! tokens end after four calls.

use serde_json::{Value as Json, json};

use crate::common::served::{Answer, Request, serve};
use crate::common::{Output, rosterctl_with, write};

/// What a server asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Bearer,
    User,
    UserAndPassword,
    Header,
    /// A token, asked for with a form that has the secrets.
    GrantInBody,
    /// A token, asked for with Basic.
    Grant,
    /// A token by a login call, given back in a header.
    Login,
}

/// `user:pass` and `key:`, as Basic has them (RFC 7617).
const BOTH: &str = "Basic dXNlcjpwYXNz";
const ALONE: &str = "Basic a2V5Og==";

struct Server {
    form: Form,
    tokens: usize,
    calls_left: usize,
    /// Whether tokens come from elsewhere.
    elsewhere: bool,
}

impl Server {
    fn answer(&mut self, request: &Request) -> Answer {
        let header = |name: &str| request.header(name).unwrap_or_default();
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/token" | "/o/token/") if !self.elsewhere => return self.token(request),
            ("POST", "/login") if self.form == Form::Login => {
                let sent = request.body.as_ref();
                let right = json!({ "name": "user", "secret": "pass" });
                if sent != Some(&right) {
                    return (403, vec![], None);
                }
                self.tokens += 1;
                self.calls_left = 4;
                let token = format!("t{}", self.tokens);
                return (204, vec![("x-session", token)], None);
            }
            _ => {}
        }
        let token = format!("t{}", self.tokens);
        let known = match self.form {
            Form::Bearer => header("authorization") == "Bearer key",
            Form::User => header("authorization") == ALONE,
            Form::UserAndPassword => header("authorization") == BOTH,
            Form::Header => header("x-key") == "Key key!",
            Form::Grant | Form::GrantInBody => {
                let first = format!("Bearer {token}");
                self.elsewhere || (header("authorization") == first && self.is_alive())
            }
            Form::Login => header("x-session") == token && self.is_alive(),
        };
        if !known {
            return (401, vec![], None);
        }
        match request.path.as_str() {
            "/me" => (200, vec![], Some(json!({ "mail": "p0@acme.example" }))),
            "/users" => {
                let from: usize = request
                    .asked("o")
                    .and_then(|it| it.parse().ok())
                    .unwrap_or(0);
                let page: Vec<Json> = (from..(from + 1).min(6))
                    .map(|it| json!({ "id": it, "mail": format!("p{it}@acme.example") }))
                    .collect();
                (200, vec![], Some(json!({ "all": page, "n": 6 })))
            }
            _ => (404, vec![], None),
        }
    }

    fn is_alive(&mut self) -> bool {
        let alive = self.calls_left > 0;
        self.calls_left = self.calls_left.saturating_sub(1);
        alive
    }

    fn token(&mut self, request: &Request) -> Answer {
        let field = |name: &str| {
            let found = request.form.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        let basic = request.header("authorization");
        let right = match self.form {
            Form::GrantInBody => {
                basic.is_none()
                    && field("client_id") == Some("user")
                    && field("client_secret") == Some("pass")
                    && field("scope") == Some("users")
            }
            _ => basic == Some(BOTH) && field("client_id").is_none(),
        };
        if !right || field("grant_type") != Some("client_credentials") {
            return (400, vec![], Some(json!({ "error": "invalid_client" })));
        }
        self.tokens += 1;
        self.calls_left = 4;
        let token = format!("t{}", self.tokens);
        let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 });
        (200, vec![], Some(body))
    }
}

/// Reads six users, one a page, so that a token ends in the middle; with tokens from another address
/// if there is a second server.
fn plan(form: Form, auth: &str, secrets: &str, token_server: Option<Server>) -> Output {
    let mut server = Server {
        form,
        tokens: 0,
        calls_left: 0,
        elsewhere: token_server.is_some(),
    };
    let (address, _) = serve(move |request| server.answer(request));
    let token_url = token_server.map(|mut server| {
        let (address, _) = serve(move |request| server.answer(request));
        format!("    token_url: {address}/token\n")
    });
    let folder = tempfile::tempdir().expect("a folder");
    let description = format!(
        "connector: 1\ntitle: Keys\nrights: any\nauth: {auth}\nself: {{ get: /me, email: /mail }}\n\
         limits: {{ per_second: 10000, burst: 10000 }}\n\
         users:\n  id: /id\n  email: /mail\n  list: {{ get: /users, items: /all, page: {{ by: offset, offset: o, \
         limit: l, size: 1 }}, total: /n }}\n"
    );
    write(folder.path(), "keys.yaml", &description);
    let roster = format!(
        "version: 1\nvendors:\n  keys:\n    kind: rest\n    connector: keys.yaml\n    base_url: {address}\n    \
         auth: {secrets}\n{}people: []\n",
        token_url.unwrap_or_default()
    );
    write(folder.path(), "users.yaml", &roster);
    let secrets = [("USER", "user"), ("PASS", "pass"), ("KEY", "key")];
    rosterctl_with(folder.path(), &["plan", "--format", "json"], &secrets)
}

const KEY: &str = "{ key: { env: KEY } }";
const PAIR: &str = "{ user: { env: USER }, password: { env: PASS } }";
const CLIENT: &str = "{ client_id: { env: USER }, client_secret: { env: PASS } }";

fn assert_reads(output: &Output, what: &str) {
    assert_eq!(output.code, 0, "{what}: {}{}", output.stdout, output.stderr);
    let document: Json = serde_json::from_str(&output.stdout).expect("a plan");
    assert_eq!(document["vendors"]["keys"]["accounts"], 6, "{what}");
    for secret in ["pass", "Key key!", "t1", "t2"] {
        let told = format!("{}{}", output.stdout, output.stderr);
        assert!(!told.contains(&format!("\"{secret}\"")), "{what}: {told}");
    }
}

#[test]
fn each_form_authenticates_and_a_token_that_ends_is_renewed() {
    let login = "{ login: { post: /login, send: { /name: \"{user}\", /secret: \"{password}\" }, token: { header: \
                 X-Session }, use: { X-Session: \"{token}\" } } }";
    let forms = [
        (Form::Bearer, "{ bearer: key }", KEY),
        (Form::User, "{ basic: [key] }", KEY),
        (Form::UserAndPassword, "{ basic: [user, password] }", PAIR),
        (Form::Header, "{ header: { X-Key: \"Key {key}!\" } }", KEY),
        (
            Form::Grant,
            "{ client_credentials: { post: /token } }",
            CLIENT,
        ),
        (
            Form::GrantInBody,
            "{ client_credentials: { post: /token, scope: users, auth: body } }",
            CLIENT,
        ),
        (
            Form::Grant,
            "{ client_credentials: { post: /o/token/ } }",
            CLIENT,
        ),
        (Form::Login, login, PAIR),
    ];
    for (form, auth, secrets) in forms {
        assert_reads(&plan(form, auth, secrets, None), &format!("{form:?}"));
    }
}

#[test]
fn a_token_comes_from_where_the_roster_says() {
    let issuer = Server {
        form: Form::Grant,
        tokens: 0,
        calls_left: 0,
        elsewhere: false,
    };
    let auth = "{ client_credentials: { post: /never } }";
    assert_reads(&plan(Form::Grant, auth, CLIENT, Some(issuer)), "token_url");
}

#[test]
fn wrong_credentials_are_an_error_that_names_the_vendor() {
    let output = plan(Form::UserAndPassword, "{ basic: [key] }", KEY, None);
    assert_eq!(output.code, 1, "{}", output.stdout);
    assert!(output.stderr.contains("keys"), "{}", output.stderr);
    assert!(output.stderr.contains("401"), "{}", output.stderr);
}
