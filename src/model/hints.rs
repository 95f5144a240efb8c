//! What a vendor knows about the actions of a plan, for whoever shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::action::Action;
use super::action::{ActionKind, Change};
use super::attention::Grant;
use super::value::{Value, beyond};

/// What a plan's actions look like to the vendor they are for. Decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hints {
    /// By e-mail, as in their actions: people who become administrators or get the account of one,
    /// be it held or a step for a person.
    pub admins: BTreeMap<Box<str>, Grant>,
    /// Attributes that hold a person's name.
    pub names: BTreeSet<&'static str>,
    /// By e-mail, as in their actions: the files of the roster that each action comes from, sorted.
    pub files: BTreeMap<Box<str>, Arc<[Arc<str>]>>,
    /// Whether the roster is one file, so that nobody needs to be told which.
    pub one_file: bool,
}

impl Hints {
    /// What the action gives of an administrator's rights, if it does.
    pub fn grant(&self, action: &Action) -> Option<&Grant> {
        let gives = !action.kind.removes();
        let grant = gives.then(|| self.admins.get(&action.email)).flatten()?;
        // Of an update of which a rule holds a part, only one part brings it about.
        let through = |it: &Change| grant.through.contains(&it.attribute) && adds(it);
        let whole = action.kind != ActionKind::Update || grant.through.is_empty();
        let brings = whole || action.changes.iter().any(through);
        brings.then_some(grant)
    }

    /// The files of the roster that the action comes from.
    pub fn files(&self, action: &Action) -> &[Arc<str>] {
        self.files.get(&action.email).map_or(&[], |it| it)
    }

    /// The same for a reader; nothing where the roster is one file.
    pub fn told_files(&self, action: &Action) -> &[Arc<str>] {
        match self.one_file {
            true => &[],
            false => self.files(action),
        }
    }

    /// Whether the action takes access away, or gives that of an administrator: to be looked at
    /// first.
    pub fn is_grave(&self, action: &Action) -> bool {
        action.kind.removes() || self.grant(action).is_some()
    }
}

/// Whether a change does more than take from a list.
fn adds(change: &Change) -> bool {
    match (&change.before, &change.after) {
        (Some(Value::Set(before)), Value::Set(after)) => beyond(after, before).next().is_some(),
        (_, _) => true,
    }
}
