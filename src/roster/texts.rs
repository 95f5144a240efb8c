//! Texts that many people have, kept once: companies, titles, names, profiles, vendors.

use std::collections::HashSet;
use std::sync::Arc;

/// The texts of one roster while it is read.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    /// The text, shared with everything that said the same before.
    pub(super) fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_there_once() {
        let mut texts = Texts::default();
        let [one, other, again] = ["Example", "Else", "Example"].map(|text| texts.share(text));
        assert!(Arc::ptr_eq(&one, &again) && !Arc::ptr_eq(&one, &other));
        assert_eq!((&*one, &*other), ("Example", "Else"));
    }
}
