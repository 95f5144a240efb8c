//! Accounts that are off already: they stay so, or are deleted once their grace is over
//! (`leavers.delete_after`).

use super::{Planner, digest_of};
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind};
use crate::model::desired::DesiredAccount;
use crate::model::plan::Level;

/// What follows for an account that is off.
enum Stage {
    /// Nothing.
    Stays,
    /// Nothing yet, or nothing ever, and why.
    Waits(String),
    /// Its grace is over, and since when it is off.
    Due(String),
    /// It may be due; nobody can tell, and why.
    Unclear(String),
}

impl Planner<'_> {
    /// The account of somebody who should have no access, and it has none.
    pub(super) fn leaver_off(&mut self, want: &DesiredAccount, account: &Account) {
        let stage = match self.input.known.remembered.off.has_left(&want.person_key()) {
            true => self.stage(account, &want.email),
            false => Stage::Stays,
        };
        let delete = |reason| self.action(ActionKind::Delete, want, Some(account), reason);
        match stage {
            Stage::Stays => self.unchanged += 1,
            Stage::Waits(text) => {
                self.notice(Level::Info, Some(&want.email), text);
                self.unchanged += 1;
            }
            Stage::Due(reason) => {
                let action = delete(reason);
                self.route(action, account, None);
            }
            Stage::Unclear(why) => {
                let action = delete(String::from("may be due"));
                self.hold(action, why);
            }
        }
    }

    /// An account that nobody in the roster has, and that is off.
    pub(super) fn stranger_off(&mut self, account: &Account) {
        let staged = self.input.settings.may_remove(false, true);
        if !staged || self.guard.shields_stranger(account).is_some() {
            return;
        }
        let delete = |reason| Action {
            vendor: self.input.settings.name.clone(),
            kind: ActionKind::Delete,
            email: account.email.clone(),
            account_email: Some(account.email.clone()),
            id: account.id.clone(),
            changes: Vec::new(),
            reason,
            current: Some(digest_of(account)),
        };
        match self.stage(account, &account.email) {
            Stage::Stays => {}
            Stage::Waits(text) => self.notice(Level::Info, Some(&account.email), text),
            Stage::Due(since) => {
                let action = delete(format!("not in the roster; {since}"));
                self.route(action, account, None);
            }
            Stage::Unclear(why) => {
                let action = delete(String::from("not in the roster; may be due"));
                self.hold(action, why);
            }
        }
    }

    /// How far an account is that should be off and is. `email` is the roster's spelling.
    fn stage(&self, account: &Account, email: &str) -> Stage {
        let Some(grace) = self.input.settings.delete_after else {
            return Stage::Stays;
        };
        let kept = self.guard.keeps_off(account, email);
        if let Some(why) = kept.as_deref().or(account.undeletable.as_deref()) {
            return Stage::Waits(format!("off, and not deleted after {grace}: {why}"));
        }
        let off = &self.input.known.remembered.off;
        if let Err(fault) = &off.known {
            return Stage::Unclear(format!("it is not known since when it is off: {fault}"));
        }
        let Some(since) = off.since(account) else {
            return Stage::Waits(format!(
                "off, and it is not known since when: its grace of {grace} begins with the next \
                 apply"
            ));
        };
        let (over, since) = (grace.over_on(since.at), since.day_in_words());
        if off.day.is_some_and(|day| over <= day) {
            let are = if grace.0 == 1 { "is" } else { "are" };
            return Stage::Due(format!("off {since} ({grace} of grace {are} over)"));
        }
        Stage::Waits(format!(
            "off {since}; will be deleted on {over}, after {grace} of grace"
        ))
    }
}
