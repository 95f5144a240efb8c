//! Values and keys with their places.

use std::borrow::Cow;

use crate::roster::diagnostic::Span;

/// A value with its place.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    /// The value; of a map or list in block style, its first key or dash.
    pub(crate) span: Span,
    /// The line it ends in, from 1.
    pub(crate) last_line: u32,
    /// What it is.
    pub(crate) kind: Kind<'a>,
    /// For an alias, the first and last line of what it stands for.
    pub(crate) copied_from: Option<(u32, u32)>,
    /// Values in it, itself and copies included.
    pub(super) size: usize,
    /// Levels in it, itself included.
    pub(super) height: usize,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Kind<'a> {
    /// A text, number, boolean or nothing; the typed readers decide which.
    Scalar {
        /// Without quotes, escapes resolved.
        text: Cow<'a, str>,
        /// Written without quotes.
        plain: bool,
    },
    /// A list.
    List(Vec<Node<'a>>),
    /// A map, in the order written, each key once.
    Map(Vec<(Name<'a>, Node<'a>)>),
    /// Reported already.
    Broken,
}

/// A key with its place.
#[derive(Debug, Clone)]
pub(crate) struct Name<'a> {
    /// The key.
    pub(crate) text: Cow<'a, str>,
    /// Where it stands.
    pub(crate) span: Span,
}

impl Node<'_> {
    /// Whether this is nothing: an empty place, `~` or `null`.
    pub(crate) fn is_null(&self) -> bool {
        match &self.kind {
            Kind::Scalar { text, plain } => {
                *plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL")
            }
            Kind::List(_) | Kind::Map(_) | Kind::Broken => false,
        }
    }

    /// The YAML 1.2 boolean, if this is one.
    pub(crate) fn as_flag(&self) -> Option<bool> {
        match &self.kind {
            Kind::Scalar { text, plain: true } => match text.as_ref() {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            Kind::Scalar { .. } | Kind::List(_) | Kind::Map(_) | Kind::Broken => None,
        }
    }
}

impl Node<'_> {
    /// Counts a value in.
    pub(super) fn grow(&mut self, child: &Node<'_>) {
        self.size = self.size.saturating_add(child.size);
        self.height = self.height.max(child.height + 1);
        self.last_line = self.last_line.max(child.last_line);
    }
}
