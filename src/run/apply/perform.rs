//! One action: write it, see that it is there, and settle what is unclear.
//!
//! A write counts as applied only when the vendor's answer or a fresh read shows it. A create
//! whose answer was lost is looked up before it is sent again: never a second account, never a
//! lost one (design: "Apply").

use super::end::{
    End, effect_of, ended, is_refused_rest, join, pending, says_exists, says_taken, unlearnt,
};
use super::gather::GatherPlace;
use super::log::{Announce, Turn};
use super::recheck::{RemovalPrecheck, by_hand, precheck};
use crate::connector::{Vendor, WriteError, Written};
use crate::http::{Clock, Effect};
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind, Change};
use crate::model::outcome::{Outcome, Verdict};
use crate::model::spec::{DeactivateMode, ReadFrom, VendorSpec};
use crate::model::value::shown;
use crate::plan::diff::unmet;
use crate::plan::planner::digest_of;
use crate::roster::model::VendorSettings;
use crate::state::journal::LogError;

/// How often one write is sent in all when its answers get lost and a look shows no effect.
const SENDS: u32 = 3;

/// Where an action is on its way.
struct Stage<'a> {
    /// Until its turn is over.
    turn: Option<Turn<'a>>,
    place: GatherPlace<'a>,
}

pub(super) struct Performer<'a> {
    pub(super) vendor: &'a dyn Vendor,
    settings: &'a VendorSettings,
    pub(super) spec: &'static VendorSpec,
    pub(super) clock: &'a Clock,
}

impl<'a> Performer<'a> {
    pub(super) fn new(
        vendor: &'a dyn Vendor,
        settings: &'a VendorSettings,
        clock: &'a Clock,
    ) -> Self {
        Self {
            vendor,
            settings,
            spec: settings.spec,
            clock,
        }
    }

    /// Does one action, and lets those behind it know how it ended.
    pub(super) async fn perform(
        &self,
        action: &Action,
        announce: Announce<'_>,
        place: GatherPlace<'_>,
    ) -> Outcome {
        let turn = self.turn(action, announce).await;
        let start = self.clock.now();
        let (turn, end) = match turn {
            Err(reason) => (None, End::new(Verdict::Skipped, reason)),
            Ok(turn) => {
                let mut stage = Stage {
                    turn: Some(turn),
                    place,
                };
                let end = match action.kind {
                    ActionKind::Create => self.create(action, announce, &mut stage).await,
                    ActionKind::Update | ActionKind::Reactivate => {
                        self.change(action, announce, &mut stage, true).await
                    }
                    ActionKind::Deactivate | ActionKind::Delete => {
                        self.change(action, announce, &mut stage, false).await
                    }
                };
                (stage.turn, end)
            }
        };
        let outcome = Outcome {
            action: action.clone(),
            verdict: end.verdict,
            status: end.status,
            message: end.message,
            id: end.id.or_else(|| action.id.clone()),
            seconds: self.clock.now().duration_since(start).as_secs_f64(),
        };
        // Before anything is waited for: those behind it must not find out for themselves.
        if let Some(reason) = end.ends_run {
            announce.ended.set(reason);
        }
        let before = turn.as_ref().and_then(Turn::before);
        announce.repeats.note(&outcome, end.refused, before);
        drop(turn);
        outcome
    }

    /// Writes an action. Its turn is over before it waits for others to share calls with.
    async fn write(
        &self,
        action: &Action,
        announce: Announce<'_>,
        stage: &mut Stage<'_>,
    ) -> Result<Written, WriteError> {
        let written = self.vendor.write(action).await?;
        if !self.vendor.left_open(action) {
            return Ok(written);
        }
        let before = stage.turn.as_ref().and_then(Turn::before);
        announce.repeats.taken(action.kind, before);
        stage.turn = None;
        stage.place.wait().await;
        self.vendor.complete(action).await
    }

    /// Waits for the action's turn, with its first write on record already where nothing has to be
    /// read before it.
    async fn turn<'t>(&self, action: &Action, announce: Announce<'t>) -> Result<Turn<'t>, String> {
        if let Some(step) = by_hand(self.settings, action.kind) {
            return Err(step);
        }
        if !action.kind.removes() {
            let told = announce.sent().await;
            told.map_err(|error| format!("not tried: {error}"))?;
        }
        announce.turn(action).await
    }

    /// A create whose first write is on record.
    async fn create(&self, action: &Action, announce: Announce<'_>, stage: &mut Stage<'_>) -> End {
        let mut lost = false;
        for send in 1..=SENDS {
            if send > 1
                && let Err(error) = announce.sent().await
            {
                return unlogged(&error);
            }
            let error = match self.write(action, announce, stage).await {
                Ok(written) => return self.verify(action, written).await,
                Err(error) => error,
            };
            let effect = effect_of(&error);
            let maybe_there = effect != Effect::None || says_exists(&error);
            if !maybe_there {
                return self.refused(action, error);
            }
            let mut found = self.look(action, effect != Effect::None).await;
            if matches!(found, Ok(None)) && says_taken(&error) {
                // Reads may show a while later whose the address is.
                found = self.look(action, true).await;
            }
            match found {
                Err(read) => return unlearnt(&error, &read),
                Ok(Some(account)) => {
                    // After a lost answer it is most likely this run's own.
                    let stranger = !lost && effect == Effect::None;
                    return self
                        .adopt(action, &account, stranger, announce, stage)
                        .await;
                }
                // It says that the account exists and shows none: its own words are all there is.
                Ok(None) if effect == Effect::None => return self.refused(action, error),
                // The server may still be at work: the next run decides.
                Ok(None) if effect == Effect::Pending => return pending(error),
                // It was accepted: a second one would be a second account.
                Ok(None) if matches!(error, WriteError::Partly(_)) => return pending(error),
                Ok(None) if send == SENDS => return pending(error),
                Ok(None) => lost = true,
            }
        }
        End::new(Verdict::Unverified, "its answer was lost each time")
    }

    /// Brings an account in line that a create found in its place; `stranger`: one that this run
    /// did not make. Then the record has to say so, or an undo would switch it off.
    async fn adopt(
        &self,
        create: &Action,
        account: &Account,
        stranger: bool,
        announce: Announce<'_>,
        stage: &mut Stage<'_>,
    ) -> End {
        if let Some(manager) = &account.managed_by {
            let message = format!("the account is there, managed by {manager}; change it there");
            return End::new(Verdict::Skipped, message).id(Some(account));
        }
        if let Some(shield) = account.shield.as_ref().filter(|shield| shield.always) {
            let message = format!("the account is there and is a {}; left alone", shield.what);
            return End::new(Verdict::Skipped, message).id(Some(account));
        }
        let changes: Vec<Change> = unmet(self.spec, &create.changes, account)
            .into_iter()
            .map(|change| Change {
                before: shown(&account.attributes, &change.attribute)
                    .flatten()
                    .cloned(),
                ..change.clone()
            })
            .collect();
        let kind = if account.active {
            ActionKind::Update
        } else {
            ActionKind::Reactivate
        };
        let update = Action {
            kind,
            account_email: Some(account.email.clone()),
            id: account.id.clone(),
            changes,
            current: Some(digest_of(account)),
            ..create.clone()
        };
        if !account.active && self.settings.deactivate.mode == DeactivateMode::Manual {
            let message = format!(
                "the account is there, switched off; switch it on by hand in {}",
                self.spec.title
            );
            return End::new(Verdict::Skipped, message).id(Some(account));
        }
        if stranger && let Err(error) = announce.intended(&update).await {
            return unlogged(&error);
        }
        if account.active && update.changes.is_empty() {
            let message = "it was there already, as the roster asks";
            return End::new(Verdict::Applied, message).id(Some(account));
        }
        let end = self.change(&update, announce, stage, false).await;
        if end.verdict == Verdict::Applied {
            // What the vendor did besides is to be told here as well.
            let message = "it was there already and was brought in line";
            return End {
                message: join(&[message, &end.message]),
                ..end
            };
        }
        End {
            message: format!(
                "the account is there, but not as the roster asks: {}",
                end.message
            ),
            ..end
        }
        .id(Some(account))
    }

    /// Anything but a create; `on_record`: its first write is.
    async fn change(
        &self,
        action: &Action,
        announce: Announce<'_>,
        stage: &mut Stage<'_>,
        on_record: bool,
    ) -> End {
        if action.kind.removes() {
            match self.vendor.find(&action.key()).await {
                Ok(found) => {
                    if let Some(end) = self.spared(action, found.as_ref()) {
                        return end;
                    }
                }
                Err(error) => {
                    let message = format!("not tried: reading the account again failed: {error}");
                    return End::of_error(Verdict::Failed, &error, message);
                }
            }
        }
        for send in 1..=SENDS {
            if (send > 1 || !on_record)
                && let Err(error) = announce.sent().await
            {
                return unlogged(&error);
            }
            let error = match self.write(action, announce, stage).await {
                Ok(written) => return self.verify(action, written).await,
                Err(error) => error,
            };
            let effect = effect_of(&error);
            if effect == Effect::None {
                return self.refused(action, error);
            }
            match self.look(action, true).await {
                Err(read) => return unlearnt(&error, &read),
                Ok(account) if self.unproved(action, account.as_ref()).is_none() => {
                    let message = "its answer was lost, a fresh read shows it";
                    return End::new(Verdict::Applied, message).id(account.as_ref());
                }
                // The part that is missing was refused, not lost.
                Ok(_) if is_refused_rest(&error) => return ended(error),
                Ok(_) if effect == Effect::Pending || send == SENDS => return pending(error),
                // Settled, and without effect: sending the same values again is harmless.
                Ok(account) => {
                    if let Some(end) = self.spared(action, account.as_ref()) {
                        return end;
                    }
                }
            }
        }
        End::new(Verdict::Unverified, "its answer was lost each time")
    }

    /// The end of a write that the vendor refused, in part or as a whole.
    fn refused(&self, action: &Action, error: WriteError) -> End {
        let whole = match &error {
            WriteError::Http(error) => {
                error.status().is_some() && !error.is_throttled() && !error.ends_run()
            }
            WriteError::Refused { account: None, .. } => true,
            WriteError::Refused {
                account: Some(account),
                ..
            } => {
                let open = unmet(self.spec, &action.changes, account).len();
                match action.kind {
                    ActionKind::Create => false,
                    ActionKind::Reactivate => !account.active && open == action.changes.len(),
                    _ => open == action.changes.len(),
                }
            }
            _ => false,
        };
        End {
            refused: whole,
            ..ended(error)
        }
    }

    /// The end of a removal that must not or need not be sent, after a fresh read.
    fn spared(&self, action: &Action, found: Option<&Account>) -> Option<End> {
        if !action.kind.removes() {
            return None;
        }
        match precheck(action, found, self.settings.delete_after.is_some()) {
            RemovalPrecheck::AsPlanned => None,
            // A record is a memory and not the vendor: the call has to show it.
            RemovalPrecheck::Done(_) if self.spec.read == ReadFrom::Record => None,
            RemovalPrecheck::Done(why) => Some(End::new(Verdict::Applied, why).id(found)),
            RemovalPrecheck::Changed(why) => Some(End::new(Verdict::Skipped, why)),
        }
    }

    /// Whether a write that was accepted is there.
    async fn verify(&self, action: &Action, written: Written) -> End {
        let notes = written.notes.join("; ");
        if let Some(account) = &written.account
            && self.unproved(action, Some(account)).is_none()
        {
            return End::new(Verdict::Applied, notes).id(Some(account));
        }
        match self.look(action, true).await {
            Ok(account) => match self.unproved(action, account.as_ref()) {
                None => End::new(Verdict::Applied, notes).id(account.as_ref()),
                Some(lack) => {
                    let message = format!("accepted, but a fresh read does not show it: {lack}");
                    End::new(Verdict::Unverified, join(&[&message, &notes])).id(account.as_ref())
                }
            },
            Err(error) => End::of_error(
                Verdict::Unverified,
                &error,
                join(&[&format!("accepted, but not seen: {error}"), &notes]),
            )
            .id(written.account.as_ref()),
        }
    }
}

/// The end of a write that could not be put on record, and so was not sent.
fn unlogged(error: &LogError) -> End {
    End::new(Verdict::Skipped, format!("not tried: {error}"))
}
