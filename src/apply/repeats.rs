//! Refusals that repeat: after three of one kind in a row for the same reason, the rest of that
//! kind is not sent. A licence that is used up would otherwise cost a call for each person.
//!
//! Removals are always sent, and so is a change that takes something away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::reconcile::outcome::{Outcome, Verdict};
use crate::reconcile::plan::{Action, ActionKind};
use crate::reconcile::reason::reason;
use crate::reconcile::value::Value;

/// So many refusals in a row are enough.
const ENOUGH: u32 = 3;

/// Of one vendor's run.
#[derive(Debug, Default)]
pub(super) struct Repeats(Mutex<BTreeMap<ActionKind, Row>>);

/// Refusals of one kind in a row.
#[derive(Debug)]
struct Row {
    status: Option<u16>,
    reason: String,
    times: u32,
    /// What they would have changed.
    attributes: BTreeSet<String>,
    /// The vendor's words, of the last one.
    message: String,
}

impl Repeats {
    /// Takes note of an outcome; `refused`: the vendor said no to all of it.
    pub(super) fn note(&self, outcome: &Outcome, refused: bool) {
        let action = &outcome.action;
        let mut rows = self.rows();
        match (outcome.verdict, refused) {
            (Verdict::Failed, true) => {}
            // It tells nothing of what the vendor takes.
            (Verdict::Skipped, _) => return,
            _ => {
                rows.remove(&action.kind);
                return;
            }
        }
        let values = action.changes.iter().filter_map(|it| it.after.as_text());
        let ids = [&outcome.id, &action.id].into_iter().flatten();
        let aside = ids.map(|id| &**id).chain(values);
        let emails = [Some(&action.email), action.account_email.as_ref()];
        let aside = aside.chain(emails.into_iter().flatten().map(|it| &**it));
        let why = reason(&outcome.message, aside);
        let attributes = action.changes.iter().map(|it| it.attribute.to_string());
        let row = rows.entry(action.kind).or_insert_with(|| Row {
            status: outcome.status,
            reason: why.clone(),
            times: 0,
            attributes: BTreeSet::new(),
            message: String::new(),
        });
        // Those that were under way together come in after it is settled.
        if (row.status, &row.reason) != (outcome.status, &why) {
            row.status = outcome.status;
            row.reason = why;
            row.times = 0;
            row.attributes.clear();
        }
        row.times += 1;
        row.attributes.extend(attributes);
        if row.times <= ENOUGH {
            row.message.clone_from(&outcome.message);
        }
    }

    /// Why an action is not sent, if it would be refused like those before it.
    pub(super) fn over(&self, action: &Action) -> Option<String> {
        if action.kind.removes() || takes_away(action) {
            return None;
        }
        let rows = self.rows();
        let row = rows.get(&action.kind).filter(|row| row.times >= ENOUGH)?;
        let mut changes = action.changes.iter();
        let more = changes.any(|it| !row.attributes.contains(&*it.attribute));
        // An update of something else may well be taken.
        if action.kind == ActionKind::Update && more {
            return None;
        }
        Some(format!(
            "not tried: {ENOUGH} {}s in a row were refused for the same reason: {}",
            action.kind.as_str(),
            row.message
        ))
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<ActionKind, Row>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a change takes something from somebody.
fn takes_away(action: &Action) -> bool {
    action.changes.iter().any(|change| {
        let before = change.before.as_ref().and_then(Value::as_set);
        let after = change.after.as_set().unwrap_or_default();
        before
            .unwrap_or_default()
            .iter()
            .any(|item| !after.contains(item))
    })
}
