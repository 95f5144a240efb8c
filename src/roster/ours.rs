//! Words that are ours wherever a roster's keys are ours, and names that they take from others
//! (rule 10).

use super::values::{self, Problems};
use super::yaml::{Name, Node};

/// The key of a free text on a person, a member, a team, a profile or an account.
pub(super) const NOTE: &str = "note";

/// The prefix of keys that are left to others.
pub(super) const FOREIGN: &str = "x-";

/// Whether a key says nothing to this program: `note`, which has to be a text, or `x-…`.
pub(super) fn is_remark(key: &Name<'_>, value: &Node<'_>, problems: &mut Problems) -> bool {
    if key.text == NOTE {
        values::text(value, NOTE, problems);
        return true;
    }
    key.text.starts_with(FOREIGN)
}

/// Why no vendor may have that name, if so: a profile could not tell it from a word of ours.
pub(super) fn taken(name: &str) -> bool {
    matches!(name, NOTE | "includes" | "everyone") || name.starts_with(FOREIGN)
}
