//! Doubled keys.

use std::borrow::Cow;
use std::collections::HashMap;

use super::node::{Name, Node};
use crate::roster::diagnostic::Span;

/// Finds doubled keys: by looking for small maps, by hashing for large ones.
#[derive(Default)]
pub(super) struct Seen<'a> {
    hashed: HashMap<Cow<'a, str>, Span>,
}

impl<'a> Seen<'a> {
    /// Below this many keys looking is quicker than hashing.
    const SMALL: usize = 16;

    /// Where the name stood before, if it did.
    pub(super) fn first(
        &mut self,
        entries: &[(Name<'a>, Node<'a>)],
        name: &Name<'a>,
    ) -> Option<Span> {
        if entries.len() < Self::SMALL {
            return entries
                .iter()
                .find(|(other, _)| other.text == name.text)
                .map(|(other, _)| other.span);
        }
        if self.hashed.is_empty() {
            self.hashed = entries
                .iter()
                .map(|(name, _)| (name.text.clone(), name.span))
                .collect();
        }
        match self.hashed.get(&name.text) {
            Some(first) => Some(*first),
            None => {
                self.hashed.insert(name.text.clone(), name.span);
                None
            }
        }
    }
}
