//! How a text may look: with colour or without. Colour repeats what signs and words say.

use std::fmt;

use anstyle::AnsiColor;

use crate::model::action::ActionKind;
use crate::model::outcome::Verdict;

/// What the reader of a text can see. The default is no colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Whether ANSI colours are written.
    pub colour: bool,
    /// Whether the proof of each vendor's read is shown.
    pub verbose: bool,
}

impl Style {
    /// The text in a tone, if colour is wanted.
    pub(super) fn paint<T: fmt::Display>(self, tone: Tone, text: T) -> Painted<T> {
        let style = if self.colour {
            tone.style()
        } else {
            anstyle::Style::new()
        };
        Painted { style, text }
    }
}

/// What a colour stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// A name that the eye looks for.
    Head,
    /// Given or done.
    Good,
    /// Changed, or to be looked at.
    Change,
    /// Taken away or failed.
    Bad,
    /// Cannot be undone, or leaves access open.
    Alarm,
    /// Given back.
    Back,
    /// Less important than its surroundings.
    Aside,
}

impl Tone {
    fn style(self) -> anstyle::Style {
        match self {
            Self::Head => anstyle::Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Change => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Alarm => AnsiColor::Red.on_default().bold(),
            Self::Back => AnsiColor::Cyan.on_default(),
            Self::Aside => anstyle::Style::new().dimmed(),
        }
    }
}

impl From<ActionKind> for Tone {
    fn from(kind: ActionKind) -> Self {
        match kind {
            ActionKind::Create => Self::Good,
            ActionKind::Update => Self::Change,
            ActionKind::Deactivate => Self::Bad,
            ActionKind::Reactivate => Self::Back,
            ActionKind::Delete => Self::Alarm,
        }
    }
}

impl From<Verdict> for Tone {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Applied => Self::Good,
            Verdict::Unverified | Verdict::Skipped => Self::Change,
            Verdict::Failed => Self::Bad,
        }
    }
}

/// A text with the codes that switch its colour on and off.
pub(super) struct Painted<T> {
    style: anstyle::Style,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { style, text } = self;
        // The reset of a plain style is empty, so text without colour has no codes at all.
        write!(f, "{style}{text}{style:#}")
    }
}
