//! One thing that has to be told, and where.

/// One thing that has to be told.
#[derive(Debug, Clone)]
pub(super) struct Want {
    pub(super) kind: &'static str,
    pub(super) place: Place,
    pub(super) vendor: &'static str,
    /// What the person's address begins with.
    pub(super) who: String,
    /// What has to be said there of it.
    pub(super) words: Vec<String>,
}

/// Where it has to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the part that leads, among administrators.
    Administrators,
    /// In the part that leads, among what the roster lists no more.
    Gone,
    /// As an action of this kind.
    Action(&'static str),
}

impl Want {
    /// Texts in which it is not told any more, made from one in which it is.
    pub(super) fn spoilt(&self, written: &str) -> Vec<String> {
        let without = |words: &[&str]| {
            let words = words.iter().filter(|it| !it.is_empty());
            words.fold(written.to_owned(), |text, word| {
                // Markdown has some characters as numbers.
                let numbered = word.replace('@', "&#64;").replace('_', "&#95;");
                text.replace(word, "-").replace(&*numbered, "-")
            })
        };
        let place = match self.place {
            Place::Administrators => without(&["Administrators", "administrators"]),
            Place::Gone => without(&["No longer in the roster", "\"gone\""]),
            Place::Action(word) => without(&[word]),
        };
        let words = self.words.iter().map(|word| match &**word {
            // A document has it as a flag.
            "administrator" => without(&[word, "\"admin\""]),
            word => without(&[word]),
        });
        let others = [without(&[&self.who]), without(&[self.vendor]), place];
        // What is not there in these words cannot be spoilt by them.
        let spoilt = others.into_iter().chain(words);
        spoilt.filter(|it| it != written).collect()
    }
}
