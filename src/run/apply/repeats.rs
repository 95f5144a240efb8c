//! Refusals that repeat: after three of one kind in a row for the same reason, the rest of that
//! kind is not sent. A licence that is used up would otherwise cost a call for each person.
//!
//! Removals are always sent, and so is a change that takes something away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::action::{Action, ActionKind};
use crate::model::outcome::{Outcome, Verdict};
use crate::model::value::{Value, beyond};
use crate::plan::reason::reason;
use tokio::sync::watch;

/// So many refusals in a row are enough.
const ENOUGH: u32 = 3;

/// Of one vendor's run.
#[derive(Debug)]
pub(super) struct Repeats {
    /// No more actions of a kind are under way than may be refused, before one was taken.
    careful: bool,
    kinds: Mutex<BTreeMap<ActionKind, Kind>>,
    /// Told when another action may begin.
    ended: watch::Sender<()>,
}

/// What is known of one kind of action.
#[derive(Debug, Default)]
struct Kind {
    under_way: u32,
    /// How many have begun.
    begun: u64,
    /// One was taken.
    taken: bool,
    row: Option<Row>,
}

/// Refusals of one kind in a row.
#[derive(Debug)]
struct Row {
    status: Option<u16>,
    reason: String,
    times: u32,
    /// How many had begun when the first of them was refused.
    since: u64,
    /// What they would have changed.
    attributes: BTreeSet<String>,
    /// The vendor's words, of the last one.
    message: String,
}

/// An action under way, until it is dropped: what became of it has to be noted before.
pub(super) struct UnderWay<'a> {
    repeats: &'a Repeats,
    kind: ActionKind,
    /// How many of its kind had begun before.
    pub(super) before: u64,
}

impl Repeats {
    /// `careful`: each action has a call of its own.
    pub(super) fn new(careful: bool) -> Self {
        Self {
            careful,
            kinds: Mutex::default(),
            ended: watch::Sender::new(()),
        }
    }

    /// Takes note of an outcome; `refused`: the vendor said no to all of it; `before`: how many of
    /// its kind had begun before, while it is under way.
    pub(super) fn note(&self, outcome: &Outcome, refused: bool, before: Option<u64>) {
        let action = &outcome.action;
        match (outcome.verdict, refused) {
            (Verdict::Failed, true) => {}
            // It tells nothing of what the vendor takes.
            (Verdict::Skipped, _) => return,
            _ => return self.taken(action.kind, before),
        }
        let mut kinds = self.kinds();
        let values = action.changes.iter().filter_map(|it| it.after.as_text());
        let ids = [&outcome.id, &action.id].into_iter().flatten();
        let aside = ids.map(|id| &**id).chain(values);
        let emails = [Some(&action.email), action.account_email.as_ref()];
        let aside = aside.chain(emails.into_iter().flatten().map(|it| &**it));
        let why = reason(&outcome.message, aside);
        let attributes = action.changes.iter().map(|it| it.attribute.to_string());
        let kind = kinds.entry(action.kind).or_default();
        let begun = kind.begun;
        let row = kind.row.get_or_insert_with(|| Row {
            status: outcome.status,
            reason: why.clone(),
            times: 0,
            since: begun,
            attributes: BTreeSet::new(),
            message: String::new(),
        });
        if (row.status, &row.reason) != (outcome.status, &why) {
            row.status = outcome.status;
            row.reason = why;
            row.times = 0;
            row.since = begun;
            row.attributes.clear();
        }
        row.times += 1;
        row.attributes.extend(attributes);
        if row.times <= ENOUGH {
            row.message.clone_from(&outcome.message);
        }
    }

    /// Takes note that the vendor took an action of this kind, in part at least. One that was sent
    /// before others were refused says nothing against that.
    pub(super) fn taken(&self, kind: ActionKind, before: Option<u64>) {
        let mut kinds = self.kinds();
        let kind = kinds.entry(kind).or_default();
        kind.taken = true;
        kind.row = kind
            .row
            .take()
            .filter(|row| before.is_none_or(|it| it < row.since));
    }

    /// Why an action is not sent, if it would be refused like those before it.
    pub(super) fn over(&self, action: &Action) -> Option<String> {
        if is_always_sent(action) {
            return None;
        }
        let kinds = self.kinds();
        let row = kinds.get(&action.kind)?.row.as_ref();
        let row = row.filter(|row| row.times >= ENOUGH)?;
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

    /// Waits until an action may begin: as long as those under way could all be refused, no more
    /// of them than are enough. `over` ends the wait with a reason.
    ///
    /// # Errors
    /// That reason.
    pub(super) async fn begin(
        &self,
        action: &Action,
        over: impl Fn() -> Option<String>,
    ) -> Result<Option<UnderWay<'_>>, String> {
        if is_always_sent(action) {
            return Ok(None);
        }
        let mut ended = self.ended.subscribe();
        let mut reason = self.over(action);
        loop {
            if let Some(reason) = reason {
                return Err(reason);
            }
            if let Some(under_way) = self.may_begin(action.kind) {
                return Ok(Some(under_way));
            }
            // The sender lives as long as the borrow.
            let _ = ended.changed().await;
            reason = over();
        }
    }

    fn may_begin(&self, of: ActionKind) -> Option<UnderWay<'_>> {
        let mut kinds = self.kinds();
        let kind = kinds.entry(of).or_default();
        let refused = kind.row.as_ref().map(|it| it.times);
        let most = match refused {
            // What is sent after enough of them is something else: one after the other.
            Some(times) => ENOUGH.saturating_sub(times).max(1),
            None if self.careful && !kind.taken => ENOUGH,
            None => u32::MAX,
        };
        (kind.under_way < most).then(|| {
            kind.under_way += 1;
            kind.begun += 1;
            UnderWay {
                repeats: self,
                kind: of,
                before: kind.begun - 1,
            }
        })
    }

    fn kinds(&self) -> MutexGuard<'_, BTreeMap<ActionKind, Kind>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(kind) = self.repeats.kinds().get_mut(&self.kind) {
            kind.under_way = kind.under_way.saturating_sub(1);
        }
        self.repeats.ended.send_replace(());
    }
}

/// Whether an action goes out whatever was refused before: one that takes something away.
fn is_always_sent(action: &Action) -> bool {
    action.kind.removes() || takes_away(action)
}

/// Whether a change takes something from somebody.
fn takes_away(action: &Action) -> bool {
    action.changes.iter().any(|change| {
        let before = change.before.as_ref().and_then(Value::as_set);
        let after = change.after.as_set().unwrap_or_default();
        beyond(before.unwrap_or_default(), after).next().is_some()
    })
}

#[cfg(test)]
mod tests;
