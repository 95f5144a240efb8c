//! What a vendor knows about the actions of a plan, for whoever shows them.

use std::collections::BTreeSet;

use super::plan::Action;

/// What a plan's actions look like to the vendor they are for. Decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hints {
    /// E-mails, as in their actions, of people who become administrators, be it held or not.
    pub admins: BTreeSet<Box<str>>,
    /// Attributes that hold a person's name.
    pub names: BTreeSet<&'static str>,
}

impl Hints {
    /// Whether the action makes an administrator.
    pub fn makes_admin(&self, action: &Action) -> bool {
        !action.kind.removes() && self.admins.contains(&action.email)
    }

    /// Whether the action takes access away or makes an administrator: to be looked at first.
    pub fn is_grave(&self, action: &Action) -> bool {
        action.kind.removes() || self.makes_admin(action)
    }
}
