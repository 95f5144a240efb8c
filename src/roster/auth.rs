//! `auth`: where secrets are, never what they are (rule 7).
//!
//! Nothing under `auth` is ever quoted, neither its line nor a value of it: what stands there by
//! mistake is likely a secret.

use std::collections::BTreeMap;
use std::path::Path;

use super::model::SecretRef;
use super::values::Problems;
use super::yaml::{Kind, Name, Node};
use crate::model::spec::{AuthForm, VendorSpec};
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// The three ways to point at a secret.
const WAYS: &str = "write `{ env: NAME }`, `{ file: PATH }` or `{ command: [PROGRAM, ARG] }`";

/// Reads `auth` and finds the one form of the kind that it matches.
pub(super) fn auth(
    key: &Name<'_>,
    node: &Node<'_>,
    spec: &'static VendorSpec,
    folder: &Path,
    problems: &mut Problems,
) -> Option<BTreeMap<&'static str, SecretRef>> {
    let entries = match &node.kind {
        Kind::Map(entries) => entries,
        Kind::Broken => return None,
        Kind::Scalar { .. } | Kind::List(_) => {
            problems.push(literal("auth", key.span).help(forms(spec)));
            return None;
        }
    };
    let mut secrets = BTreeMap::new();
    let mut whole = true;
    for (name, value) in entries {
        let known = known(spec).find(|known| *known == name.text);
        // A key that is not known may be the secret itself.
        let field = known.unwrap_or("auth");
        let secret = reference(value, (field, name.span), folder, problems);
        match (known, secret) {
            (Some(known), Some(secret)) => {
                secrets.insert(known, secret);
            }
            (Some(_), None) => whole = false,
            (None, _) => {
                whole = false;
                problems.push(unknown(name, spec));
            }
        }
    }
    if !whole {
        return None;
    }
    let given: Vec<&str> = secrets.keys().copied().collect();
    if spec.auth.iter().any(|form| matches(form, &given)) {
        return Some(secrets);
    }
    let message = if given.is_empty() {
        format!("`auth` names no secret for {}", spec.title)
    } else {
        format!(
            "{} is no way to authenticate at {}",
            quoted(given.into_iter()),
            spec.title
        )
    };
    problems.push(
        Diagnostic::error(Code::AuthForm, key.span, message)
            .help(forms(spec))
            .hide_source(),
    );
    None
}

/// Whether the form takes exactly these secrets.
fn matches(form: &AuthForm, given: &[&str]) -> bool {
    form.secrets.len() == given.len() && form.secrets.iter().all(|key| given.contains(key))
}

/// Every secret that some form of the kind takes.
pub(super) fn known(spec: &'static VendorSpec) -> impl Iterator<Item = &'static str> {
    spec.auth
        .iter()
        .flat_map(|form| form.secrets.iter().copied())
}

/// What `auth` can look like, for help texts.
pub(super) fn forms(spec: &VendorSpec) -> String {
    let forms: Vec<String> = spec
        .auth
        .iter()
        .map(|form| format!("{} ({})", quoted(form.secrets.iter().copied()), form.doc))
        .collect();
    format!("`auth` takes {}; for each, {WAYS}", forms.join(", or "))
}

fn quoted<'s>(names: impl Iterator<Item = &'s str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}

/// One reference to a secret.
fn reference(
    node: &Node<'_>,
    (field, at): (&str, Span),
    folder: &Path,
    problems: &mut Problems,
) -> Option<SecretRef> {
    let entries = match &node.kind {
        Kind::Map(entries) => entries,
        Kind::Broken => return None,
        Kind::Scalar { .. } | Kind::List(_) => {
            problems.push(literal(field, if node.is_null() { at } else { node.span }));
            return None;
        }
    };
    let [(way, value)] = entries.as_slice() else {
        let message = format!("`{field}`: a secret is in exactly one place");
        problems.push(refused(node.span, message));
        return None;
    };
    let read = match way.text.as_ref() {
        "env" => one_text(value)
            .filter(|text| is_variable(text))
            .map(|text| SecretRef::Env(text.into())),
        "file" => one_text(value).map(|text| SecretRef::File(folder.join(text))),
        "command" => command(value).map(SecretRef::Command),
        _ => {
            let message = format!("`{field}`: a secret is in `env`, `file` or `command`");
            problems.push(refused(way.span, message));
            return None;
        }
    };
    if read.is_none() && !matches!(value.kind, Kind::Broken) {
        problems.push(refused(
            value.span,
            match way.text.as_ref() {
                "env" => "`env` takes the name of an environment variable",
                "file" => "`file` takes a path",
                _ => "`command` takes a list: the program, then its arguments",
            },
        ));
    }
    read
}

fn one_text<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match &node.kind {
        Kind::Scalar { text, .. } if !node.is_null() && !text.trim().is_empty() => Some(text),
        Kind::Scalar { .. } | Kind::List(_) | Kind::Map(_) | Kind::Broken => None,
    }
}

/// The portable form of a variable's name (POSIX, "Environment Variable Definition").
fn is_variable(text: &str) -> bool {
    !text.starts_with(|first: char| first.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn command(node: &Node<'_>) -> Option<Vec<Box<str>>> {
    let Kind::List(items) = &node.kind else {
        return None;
    };
    let words: Option<Vec<Box<str>>> = items
        .iter()
        .map(|item| match &item.kind {
            Kind::Scalar { text, .. } if !item.is_null() => Some(Box::from(text.as_ref())),
            Kind::Scalar { .. } | Kind::List(_) | Kind::Map(_) | Kind::Broken => None,
        })
        .collect();
    words.filter(|words| {
        words
            .first()
            .is_some_and(|program| !program.trim().is_empty())
    })
}

/// A key that no form takes. It is only named when it is a typo of one that exists: a key that is
/// like no other may be the secret itself.
fn unknown(name: &Name<'_>, spec: &'static VendorSpec) -> Diagnostic {
    // Stricter than other hints: `token` and a secret that begins with it are no typos.
    let near = known(spec).find(|known| strsim::osa_distance(known, &name.text) <= 2);
    match near {
        Some(near) => Diagnostic::error(
            Code::UnknownKey,
            name.span,
            format!("`{}` is no key of `auth` at {}", name.text, spec.title),
        )
        .help(format!("did you mean `{near}`?")),
        None => Diagnostic::error(
            Code::UnknownKey,
            name.span,
            format!("this is no key of `auth` at {}", spec.title),
        )
        .help(forms(spec)),
    }
    .hide_source()
}

fn literal(field: &str, span: Span) -> Diagnostic {
    refused(
        span,
        format!("`{field}`: a secret cannot stand in the roster"),
    )
}

fn refused(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::LiteralSecret, span, message)
        .help(WAYS)
        .hide_source()
}
