//! What a vendor's documentation leaves open, as data.
//!
//! Each question has the answers that there can be, what is assumed until a tenant answered, and what each
//! answer changes. Pages, probes, certificates and plans go by these tables.
//!
//! Core: no network, no files, no clock.

/// A question that a vendor's documentation leaves open.
#[derive(Debug, Clone, Copy)]
pub struct OpenQuestion {
    /// Its name in certificates: `put_partial`.
    pub id: &'static str,
    /// The question, in one sentence.
    pub question: &'static str,
    /// The answers that there can be.
    pub answers: &'static [PossibleAnswer],
    /// What is assumed until it is answered, in one clause.
    pub assumption: &'static str,
    /// What answers it.
    pub by: AnsweredBy,
    /// The calls that answer it, each with its method first; `{account}` is the throw-away account.
    pub calls: &'static [&'static str],
}

/// What answers a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnsweredBy {
    /// Reading: `doctor --probe`.
    Read,
    /// Writing to a throw-away account: `certify`.
    Write,
    /// A person who knows or has tried it, and says so to `certify`: nothing that this program could
    /// safely do tells.
    Person,
}

impl AnsweredBy {
    /// As documents and pages have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Person => "person",
        }
    }
}

/// An answer that a question can have.
#[derive(Debug, Clone, Copy)]
pub struct PossibleAnswer {
    /// The word in certificates; [`NUMBER`] stands for any number.
    pub word: &'static str,
    /// When it counts.
    pub counts: Counts,
    /// What it changes for the plan by itself.
    pub effect: Effect,
    /// What it changes, for people, in one clause.
    pub changes: &'static str,
}

/// The word of an answer that is a number.
pub const NUMBER: &str = "number";

/// When an answer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// It is what is assumed, or asks for more care: it counts everywhere and always.
    Everywhere,
    /// It lets the program do more, or spares it something: it counts at its own tenant and not for long.
    Here,
}

/// What an answer changes for the plan by itself; what a connector does otherwise is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing, or the connector goes by it.
    None,
    /// A flag among the vendor's settings is on, unless the roster says something.
    Flag(&'static str),
    /// A text among the vendor's settings is the answer's word, unless the roster says something.
    Text(&'static str),
    /// Switching off by this word of `deactivate` does not work: it is a step for a person.
    ByHand(&'static str),
    /// Creates are held.
    HoldsCreates,
    /// Updates are held.
    HoldsUpdates,
    /// Whatever changes an account that is there is held.
    HoldsChanges,
    /// The list proves nothing: creates and removals are held.
    Doubts,
}

impl PossibleAnswer {
    /// An answer that is assumed anyway, or asks for more care.
    pub const fn careful(word: &'static str, changes: &'static str) -> Self {
        Self {
            word,
            counts: Counts::Everywhere,
            effect: Effect::None,
            changes,
        }
    }

    /// An answer that lets the program do more, or spares it something.
    pub const fn trusting(word: &'static str, changes: &'static str) -> Self {
        Self {
            counts: Counts::Here,
            ..Self::careful(word, changes)
        }
    }

    /// The same, which changes the plan by itself.
    #[must_use]
    pub const fn with(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }
}

impl OpenQuestion {
    /// The possible answer of that word; numbers have one in common.
    pub fn answer(&self, word: &str) -> Option<&'static PossibleAnswer> {
        let number = word.bytes().all(|it| it.is_ascii_digit()) && !word.is_empty();
        let find = |word: &str| self.answers.iter().find(|it| it.word == word);
        find(word).or_else(|| find(NUMBER).filter(|_| number))
    }

    /// An answer and what it changes, for people: `patch_status: works (changes nothing: each switch
    /// is read back all the same)`.
    pub fn in_words(&self, word: &str) -> String {
        let changes = self.answer(word).map_or("nothing", |it| it.changes);
        // The tables have a heading that says so; a line of its own has none.
        let verb = match changes.starts_with("nothing") {
            true => "changes ",
            false => "",
        };
        format!("{}: {word} ({verb}{changes})", self.id)
    }
}
