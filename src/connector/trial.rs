//! What reading a vendor shows of its description: nothing is written.

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is as the description has it; `None`: it is for a person to judge.
    pub holds: Option<bool>,
    /// What was tried.
    pub topic: &'static str,
    /// What came of it; e-mails are masked.
    pub text: String,
}

impl Finding {
    /// It is as described.
    pub fn good(topic: &'static str, text: impl Into<String>) -> Self {
        Self {
            holds: Some(true),
            topic,
            text: text.into(),
        }
    }

    /// It is not.
    pub fn bad(topic: &'static str, text: impl Into<String>) -> Self {
        Self {
            holds: Some(false),
            ..Self::good(topic, text)
        }
    }

    /// A person has to look at it.
    pub fn told(topic: &'static str, text: impl Into<String>) -> Self {
        Self {
            holds: None,
            ..Self::good(topic, text)
        }
    }
}
