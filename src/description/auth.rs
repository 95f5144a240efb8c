//! `auth`: how credentials travel. Names stand for secrets, which the roster says where to find.

use super::fields::{self, Fields};
use super::model::{Auth, Header, Login};
use super::template::Template;
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::values::{self, Problems};
use crate::roster::yaml::{Kind, Name, Node};

/// The forms there are.
pub(super) const FORMS: &[&str] = &["bearer", "basic", "header", "client_credentials", "login"];

/// The keys of the two forms that mint a token.
pub(super) const CLIENT_CREDENTIALS: &[&str] = &["post", "scope", "auth"];
pub(super) const LOGIN: &[&str] = &["post", "send", "token", "use", "minutes"];

/// One form, or a list of those that do.
pub(super) fn all(node: &Node<'_>, problems: &mut Problems) -> Option<Vec<Auth>> {
    let Kind::List(items) = &node.kind else {
        return one(node, problems).map(|it| vec![it]);
    };
    let read: Option<Vec<Auth>> = items.iter().map(|it| one(it, problems)).collect();
    if items.is_empty() {
        let empty = Diagnostic::error(Code::AuthForm, node.span, "`auth` has no form in it");
        problems.push(empty.help(format!("write one of {}", FORMS.join(", "))));
    }
    read.filter(|it| !it.is_empty())
}

fn one(node: &Node<'_>, problems: &mut Problems) -> Option<Auth> {
    let fields = Fields::open(node, "`auth`", FORMS, problems)?;
    let mut given = FORMS.iter().filter(|it| fields.get(it).is_some());
    let (Some(form), None) = (given.next(), given.next()) else {
        let message = "`auth` has exactly one form; alternatives are a list";
        let problem = Diagnostic::error(Code::AuthForm, fields.span, message);
        problems.push(problem.help(format!("the forms: {}", FORMS.join(", "))));
        return None;
    };
    let value = fields.get(form)?;
    match *form {
        "bearer" => secret(value, "bearer", problems).map(Auth::Bearer),
        "basic" => basic(value, problems),
        "header" => with_secrets(value, "header", problems).map(Auth::Headers),
        "client_credentials" => client_credentials(value, problems),
        _ => login(value, problems).map(Auth::Login),
    }
}

/// The name of a secret, as the roster's `auth` has it.
fn secret(node: &Node<'_>, key: &str, problems: &mut Problems) -> Option<Box<str>> {
    let text = values::plain(node, key, problems)?;
    let is_name = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    if text.starts_with(|it: char| it.is_ascii_lowercase()) && text.chars().all(is_name) {
        return Some(text.into());
    }
    let message = format!("`{key}` takes the name of a secret, not the secret");
    problems.push(
        Diagnostic::error(Code::LiteralSecret, node.span, message)
            .help("write a name in small letters: `token`; the roster's `auth` says where it is")
            .hide_source(),
    );
    None
}

fn basic(node: &Node<'_>, problems: &mut Problems) -> Option<Auth> {
    let items = values::list(node, "basic", problems)?;
    let names: Option<Vec<Box<str>>> = items
        .iter()
        .map(|it| secret(it, "basic", problems))
        .collect();
    let mut names = names?.into_iter();
    match (names.next(), names.next(), names.next()) {
        (Some(user), password, None) => Some(Auth::Basic(user, password)),
        _ => {
            let message = "`basic` takes the names of one or two secrets: user, then password";
            problems.push(Diagnostic::error(Code::AuthForm, node.span, message));
            None
        }
    }
}

/// Headers that each have a name in braces.
fn with_secrets(node: &Node<'_>, key: &str, problems: &mut Problems) -> Option<Vec<Header>> {
    let entries = values::map(node, key, problems)?;
    let mut read = Vec::new();
    for (name, value) in entries {
        let header = any_name(name, value, problems)?;
        if header.value.names().next().is_none() {
            let message = format!("`{key}`: the header `{}` names no secret", name.text);
            problems.push(
                Diagnostic::error(Code::LiteralSecret, value.span, message)
                    .help(format!(
                        "write a name in braces: `{}: \"Bearer {{token}}\"`",
                        name.text
                    ))
                    .hide_source(),
            );
            return None;
        }
        read.push(header);
    }
    if read.is_empty() {
        problems.push(values::wrong_type(node, key, "a map of headers"));
        return None;
    }
    Some(read)
}

/// A header in which any name may stand: it is a secret's.
fn any_name(name: &Name<'_>, value: &Node<'_>, problems: &mut Problems) -> Option<Header> {
    let text = values::plain(value, &name.text, problems)?;
    let template = Template::parse(text).unwrap_or_default();
    let names: Vec<&str> = template.names().collect();
    fields::header(name, value, &names, problems)
}

fn client_credentials(node: &Node<'_>, problems: &mut Problems) -> Option<Auth> {
    let fields = Fields::open(node, "`client_credentials`", CLIENT_CREDENTIALS, problems)?;
    let post = fields::path(fields.need("post", problems)?, "post", &[], problems)?;
    Some(Auth::ClientCredentials {
        post,
        scope: fields.text("scope", problems),
        in_body: fields.word("auth", &["basic", "body"], problems) == Some("body"),
    })
}

fn login(node: &Node<'_>, problems: &mut Problems) -> Option<Login> {
    let fields = Fields::open(node, "`login`", LOGIN, problems)?;
    let post = fields.need("post", problems);
    let post = post.and_then(|it| fields::path(it, "post", &[], problems));
    let send = fields.need("send", problems)?;
    // Whatever name stands there is a secret's.
    let names = names_in(send);
    let names: Vec<&str> = names.iter().map(|it| &**it).collect();
    let send = fields::send(send, &names, problems);
    let token = fields.need("token", problems);
    let token = token.and_then(|it| fields::place(it, "token", problems));
    let with = fields.need("use", problems)?;
    let mut headers = Vec::new();
    for (name, value) in values::map(with, "use", problems)? {
        let header = fields::header(name, value, &["token"], problems)?;
        if header.value.names().next().is_none() {
            let message = format!("`use`: the header `{}` does not carry the token", name.text);
            let problem = Diagnostic::error(Code::AuthForm, value.span, message);
            problems.push(problem.help(format!("write `{}: \"Bearer {{token}}\"`", name.text)));
            return None;
        }
        headers.push(header);
    }
    let minutes = fields.get("minutes");
    Some(Login {
        post: post?,
        send,
        token: token?,
        with: headers,
        minutes: minutes.and_then(|it| values::count(it, "minutes", 1..=100_000, problems)),
    })
}

/// The names in all texts of a map.
fn names_in(node: &Node<'_>) -> Vec<Box<str>> {
    let Kind::Map(entries) = &node.kind else {
        return Vec::new();
    };
    let texts = entries.iter().filter_map(|(_, value)| match &value.kind {
        Kind::Scalar { text, .. } => Template::parse(text).ok(),
        Kind::List(_) | Kind::Map(_) | Kind::Broken => None,
    });
    let names = texts.flat_map(|it| it.names().map(Box::from).collect::<Vec<_>>());
    names.collect()
}
