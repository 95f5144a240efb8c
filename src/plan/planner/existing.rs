//! What follows for an account that is there: drift, a rename, on or off.

use super::Planner;
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind, Change};
use crate::model::desired::DesiredAccount;
use crate::model::email::EmailKey;
use crate::model::plan::Level;
use crate::model::spec::DeactivateMode;
use crate::model::value::{Key, Value};
use crate::plan::diff::{Drift, Locks, diff};
use crate::plan::reason::drift_reason;

impl Planner<'_> {
    /// Updates an active account, or switches one on again and updates it.
    pub(super) fn bring_in_line(
        &mut self,
        want: &DesiredAccount,
        account: &Account,
        kind: ActionKind,
    ) {
        let settings = self.input.settings;
        let Drift {
            mut changes,
            fixed,
            locked,
            unknown: mut whys,
        } = diff(
            settings.spec,
            &self.input.known.current.directories,
            &want.attributes,
            account,
        );
        let differs = !(fixed.is_empty() && locked.is_empty());
        for (attribute, why) in locked {
            self.notice(
                Level::Warning,
                Some(&want.email),
                format!("{attribute} differs and is left as it is: {why}"),
            );
        }
        let rename = rename(want, account);
        if let Some(rename) = &rename
            && let Some(holder) = self.index.holder(&want.email)
        {
            let holder = holder.id.as_deref().unwrap_or(&holder.email);
            whys.push(format!(
                "the account {holder} already has the e-mail {}",
                want.email
            ));
            changes.push(rename.clone());
        }
        if !whys.is_empty() {
            changes.extend(fixed);
            self.hold(self.changing(kind, want, account, changes), whys.join("; "));
            return;
        }
        if !fixed.is_empty() {
            let why = self.by_hand("an existing account cannot be changed in this through the API");
            let action = self.changing(ActionKind::Update, want, account, fixed);
            self.route(action, account, Some(why));
        }
        let differs = differs || rename.is_some();
        if let Some(rename) = rename {
            match self.fixed_email(account) {
                None => changes.push(rename),
                Some(why) => {
                    let action = self.changing(ActionKind::Update, want, account, vec![rename]);
                    self.route(action, account, Some(why));
                }
            }
        }
        if kind == ActionKind::Reactivate {
            let manual = settings.deactivate.mode == DeactivateMode::Manual;
            let why = manual.then(|| self.by_hand("switch the account on again"));
            let action = self.changing(kind, want, account, changes);
            self.route(action, account, why);
        } else if !changes.is_empty() {
            let action = self.changing(kind, want, account, changes);
            self.route(action, account, None);
        } else if !differs {
            self.unchanged += 1;
        }
    }

    /// What a claim on an account comes to, without what else differs.
    pub(super) fn claim(&self, want: &DesiredAccount, account: &Account) -> Action {
        let kind = match (want.access.granted(), account.active) {
            (true, true) => ActionKind::Update,
            (true, false) => ActionKind::Reactivate,
            (false, _) => self.removal(),
        };
        let rename = rename(want, account).filter(|_| want.access.granted());
        let reason = String::from("two people have a claim on the account");
        Action {
            changes: rename.into_iter().collect(),
            ..self.action(kind, want, Some(account), reason)
        }
    }

    /// Why the e-mail of this account has to be changed by hand, if it has to.
    fn fixed_email(&self, account: &Account) -> Option<String> {
        if !self.input.settings.spec.email_change {
            return Some(self.by_hand(
                "e-mails are fixed here; a person has to move the account to the new address",
            ));
        }
        let why = Locks::of(account).get("email")?;
        Some(self.by_hand(&format!("the e-mail of this account is fixed: {why}")))
    }

    pub(super) fn switch_off(&mut self, want: &DesiredAccount, account: &Account, reason: String) {
        let action = self.action(self.removal(), want, Some(account), reason);
        self.route(action, account, self.manual_removal());
    }

    /// An action that changes attributes.
    fn changing(
        &self,
        kind: ActionKind,
        want: &DesiredAccount,
        account: &Account,
        mut changes: Vec<Change>,
    ) -> Action {
        changes.sort_by(|a, b| a.attribute.cmp(&b.attribute));
        let reason = match kind {
            ActionKind::Reactivate => {
                String::from("the roster gives access, the account is switched off")
            }
            _ => drift_reason(&changes),
        };
        Action {
            changes,
            ..self.action(kind, want, Some(account), reason)
        }
    }
}

/// The change of address, if the account has another one than the roster.
fn rename(want: &DesiredAccount, account: &Account) -> Option<Change> {
    (EmailKey::of(&want.email) != account.email_key()).then(|| Change {
        attribute: Key::Borrowed("email"),
        before: Some(Value::text(&*account.email)),
        after: Value::text(&*want.email),
    })
}
