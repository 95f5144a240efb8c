//! A vendor with a users API, described in a file: text with positions to [`Description`], all that
//! is wrong with it at once. What it means on the wire, [`crate::connector`] knows.
//!
//! A description is data: it says where things are (JSON pointers, RFC 6901) and which call does
//! what. It has no loops, conditions, expressions, secrets or hosts. Core: no network, no files, no
//! clock.

mod attributes;
mod auth;
mod calls;
mod check;
mod declared;
mod fields;
mod groups;
mod lists;
mod masks;
mod model;
mod page;
mod pointer;
mod questions;
mod says;
mod schema;
mod sent;
mod shipped;
mod shown;
mod template;
#[cfg(test)]
mod tests;
mod users;

pub use declared::{TOKEN_URL, declared};
pub(crate) use fields::says_secret;
pub use masks::Masks;
pub use model::*;
pub use page::page;
pub use pointer::Pointer;
pub use questions::QUESTIONS;
pub use says::says;
pub use schema::schema;
pub use sent::{needs_fresh, put};
pub use shipped::{shipped, shipped_names};
pub use shown::{User, email, key, user};
pub use template::{Part, Template};

use crate::roster::diagnostic::{Code, Diagnostic, FileId, Severity, Sources, Span};
use crate::roster::values::Problems;
use crate::roster::yaml::{Kind, Node, Reader, conflicts};
use fields::Fields;

/// The most that a description may have, in bytes: it is for people to read.
pub const MOST_BYTES: usize = 64 * 1024;

/// The one version of the format there is.
const VERSION: u64 = 1;

/// The keys of a description.
pub(crate) const KEYS: &[&str] = &[
    "connector",
    "title",
    "docs",
    "rights",
    "base_url",
    "auth",
    "headers",
    "content_type",
    "settings",
    "self",
    "limits",
    "read_lag",
    "users",
    "attributes",
    "groups",
    "secret",
    "errors",
];

/// What came of reading a description.
#[derive(Debug)]
pub struct Parsed {
    /// What was understood; only where nothing is wrong but warnings.
    pub description: Option<Description>,
    /// The file, for excerpts.
    pub sources: Sources,
    /// All that is wrong, by line.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks a description; `path` is how the file is called in messages.
pub fn read(path: &str, text: &str) -> Parsed {
    let mut sources = Sources::default();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = sources.add(path, text);
    let mut problems = Problems::default();
    let description = match understood(file, text, &mut problems) {
        Some(root) => whole(&root, &mut problems),
        None => None,
    };
    if let Some(description) = &description {
        check::check(description, &mut problems);
    }
    let mut diagnostics = problems.list;
    let place = |it: &Diagnostic| it.place.as_ref().map(|(span, _)| *span);
    diagnostics.sort_by_key(|it| (place(it), it.code));
    let sound = diagnostics.iter().all(|it| it.severity < Severity::Error);
    Parsed {
        description: description.filter(|_| sound),
        sources,
        diagnostics,
    }
}

/// The one map that the text is.
fn understood<'a>(file: FileId, text: &'a str, problems: &mut Problems) -> Option<Node<'a>> {
    if text.len() > MOST_BYTES {
        let message = format!(
            "a description has at most {MOST_BYTES} bytes, this has {}",
            text.len()
        );
        problems.push(Diagnostic::placeless(Code::TooLarge, message));
        return None;
    }
    let conflicts = conflicts(file, text);
    if !conflicts.is_empty() {
        problems.list.extend(conflicts);
        return None;
    }
    let mut reader = Reader::new(file, text);
    let root = one_document(&mut reader, file);
    if let Some(anchor) = reader.first_anchor() {
        problems.push(
            Diagnostic::error(Code::Alias, anchor, "a description has no anchors")
                .help("write the value out where it is needed"),
        );
    }
    problems.list.append(&mut reader.problems);
    let root = root?;
    match root.kind {
        Kind::Broken => None,
        _ if problems.list.iter().any(|it| it.code == Code::Syntax) => None,
        _ => Some(root),
    }
}

fn one_document<'a>(reader: &mut Reader<'a>, file: FileId) -> Option<Node<'a>> {
    let mut root = None;
    while reader.document().ok()? {
        let node = reader.value().ok()?;
        if root.is_some() {
            reader.problems.push(
                Diagnostic::error(
                    Code::DefinedTwice,
                    node.span,
                    "a description is one document, here begins another one",
                )
                .help("one file for each vendor"),
            );
            return root;
        }
        root = Some(node);
    }
    if root.is_none() {
        let start = Span::new(file, 1, 1, 1);
        let empty = Diagnostic::error(Code::MissingKey, start, "the description is empty");
        reader
            .problems
            .push(empty.help("begin with `connector: 1`, `title` and `rights`"));
    }
    root
}

fn whole(root: &Node<'_>, problems: &mut Problems) -> Option<Description> {
    let top = Fields::open(root, "a description", KEYS, problems)?;
    if let Some(version) = top.need("connector", problems) {
        let read = crate::roster::values::count(version, "connector", 1..=u64::MAX, problems);
        if read.is_some_and(|read| read != VERSION) {
            let message = format!("`connector` is the version of the format: {VERSION}");
            problems.push(
                Diagnostic::error(Code::Version, version.span, message)
                    .help(format!("write `connector: {VERSION}`")),
            );
        }
    }
    let title = top.needed_text("title", problems);
    let rights = top.needed_text("rights", problems);
    let docs = top.text("docs", problems);
    let base_url = top
        .get("base_url")
        .and_then(|it| crate::roster::base_url::address(it, "base_url", problems));
    let settings = fields::settings(&top, problems);
    let words = fields::Words::new(&settings);
    let auth = top.need("auth", problems).map(|it| auth::all(it, problems));
    let own = top
        .get("self")
        .and_then(|it| users::own(it, &words, problems));
    let headers = fields::headers(&top, problems);
    let limits = fields::limits(&top, problems);
    let read_lag = fields::read_lag(&top, problems);
    let attributes = attributes::all(&top, problems);
    let names: Vec<&str> = attributes.iter().map(|it| &*it.name).collect();
    let words = words.with_attributes(&names);
    let users = top
        .need("users", problems)
        .and_then(|it| users::users(it, &words, problems));
    let groups = top
        .get("groups")
        .map(|it| groups::groups(it, &words, problems));
    let groups = match groups {
        Some(groups) => Some(groups?),
        None => None,
    };
    Some(Description {
        title: title?,
        docs: docs.unwrap_or_default(),
        rights: rights?,
        base_url,
        auth: auth.flatten()?,
        headers,
        content_type: top
            .text("content_type", problems)
            .unwrap_or_else(|| "application/json".into()),
        own,
        limits,
        read_lag,
        users: users?,
        groups,
        secret: fields::pointers(&top, "secret", problems),
        errors: fields::pointers(&top, "errors", problems),
        attributes,
        settings,
    })
}
