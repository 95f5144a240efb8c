//! The accounts of a local vendor in the order they were made, found by e-mail and by id without
//! looking at all of them: a sandbox of a hundred thousand people must not be what is measured.

use std::collections::HashMap;
use std::ops::Deref;

/// What accounts are looked up by.
pub(crate) trait Keys {
    /// The e-mail, in the vendor's spelling.
    fn email(&self) -> &str;
    /// The vendor's id.
    fn id(&self) -> &str;
}

/// An e-mail as the local vendors compare it: as text in small letters, like most of the real ones.
/// They know of no second form of a domain.
pub(crate) fn folded(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The accounts; reads like a slice of them.
#[derive(Clone)]
pub(crate) struct Keyed<T> {
    items: Vec<T>,
    /// The e-mail key of each.
    keys: Vec<Box<str>>,
    by_email: HashMap<Box<str>, Vec<usize>>,
    by_id: HashMap<Box<str>, Vec<usize>>,
}

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            keys: Vec::new(),
            by_email: HashMap::new(),
            by_id: HashMap::new(),
        }
    }
}

impl<T> Deref for Keyed<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T: Keys> Keyed<T> {
    /// The places of accounts with that e-mail in any letter case, in order.
    pub(crate) fn with_email(&self, email: &str) -> &[usize] {
        let places = self.by_email.get(&*folded(email));
        places.map_or(&[], Vec::as_slice)
    }

    /// The first account with that e-mail in any letter case.
    pub(crate) fn by_email(&self, email: &str) -> Option<usize> {
        self.with_email(email).first().copied()
    }

    /// The first account with that id.
    pub(crate) fn by_id(&self, id: &str) -> Option<usize> {
        self.by_id.get(id)?.first().copied()
    }

    /// The e-mail key of the account there.
    pub(crate) fn key(&self, at: usize) -> &str {
        &self.keys[at]
    }

    /// Adds an account at the end.
    pub(crate) fn push(&mut self, item: T) {
        let at = self.items.len();
        let key: Box<str> = folded(item.email()).into();
        self.by_email.entry(key.clone()).or_default().push(at);
        self.by_id.entry(item.id().into()).or_default().push(at);
        self.keys.push(key);
        self.items.push(item);
    }

    /// Changes the account there.
    pub(crate) fn change(&mut self, at: usize, change: impl FnOnce(&mut T)) {
        let item = &mut self.items[at];
        let before = (folded(item.email()), item.id().to_owned());
        change(item);
        if before != (folded(item.email()), item.id().to_owned()) {
            self.index();
        }
    }

    /// Takes the account there out.
    pub(crate) fn remove(&mut self, at: usize) -> T {
        let item = self.items.remove(at);
        self.index();
        item
    }

    /// Makes the look-ups afresh.
    fn index(&mut self) {
        let items = std::mem::take(&mut self.items);
        *self = Self::default();
        for item in items {
            self.push(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pair(&'static str, &'static str);

    impl Keys for Pair {
        fn email(&self) -> &str {
            self.0
        }

        fn id(&self) -> &str {
            self.1
        }
    }

    #[test]
    fn look_ups_follow_every_change() {
        let mut all = Keyed::default();
        all.push(Pair("Ada@x.com", "1"));
        all.push(Pair("ada@X.com", "2"));
        assert_eq!(all.with_email("ADA@x.com"), [0, 1]);
        all.change(1, |it| it.0 = "bob@x.com");
        assert_eq!(
            (all.by_email("ada@x.com"), all.by_id("2")),
            (Some(0), Some(1))
        );
        assert_eq!(
            (all.by_email("BOB@x.com"), all.key(1)),
            (Some(1), "bob@x.com")
        );
        assert_eq!(all.remove(0).1, "1");
        assert_eq!(
            (all.by_id("1"), all.by_id("2"), all.len()),
            (None, Some(0), 1)
        );
    }
}
