//! What a fresh read shows of an action.

use std::time::Duration;

use super::perform::Performer;
use crate::http::{HttpError, tell_wait};
use crate::model::account::Account;
use crate::model::account::AccountKey;
use crate::model::action::{Action, ActionKind};
use crate::model::email::same_email;
use crate::model::spec::Mode;
use crate::model::value::shown;
use crate::plan::diff::unmet;

impl Performer<'_> {
    /// A fresh read of the action's account, again after each of the vendor's lag times while it
    /// does not show what the action does.
    pub(super) async fn look(
        &self,
        action: &Action,
        wait: bool,
    ) -> Result<Option<Account>, HttpError> {
        let key = action.key();
        let mut found = self.vendor.find(&key).await?;
        // After a rename the account answers to its new e-mail.
        let renamed = AccountKey {
            id: action.id.clone(),
            email: action.email.clone(),
            login: key.login.clone(),
        };
        if found.is_none() && renamed != key {
            found = self.vendor.find(&renamed).await?;
        }
        if !wait {
            return Ok(found);
        }
        for pause in self.spec.read_lag_ms {
            if self.lacks(action, found.as_ref()).is_none() {
                break;
            }
            let pause = Duration::from_millis(*pause);
            tell_wait(&action.vendor, pause, "a read does not show the write yet");
            self.clock.sleep(pause).await;
            found = match self.vendor.find(&key).await? {
                None if renamed != key => self.vendor.find(&renamed).await?,
                again => again,
            };
        }
        Ok(found)
    }

    /// What the account lacks of the action, in words; `None`: nothing.
    pub(super) fn lacks(&self, action: &Action, account: Option<&Account>) -> Option<String> {
        match (action.kind, account) {
            (ActionKind::Delete, None) => None,
            (ActionKind::Delete, Some(_)) => Some(String::from("the account is still there")),
            (ActionKind::Deactivate, None) => None,
            (ActionKind::Deactivate, Some(account)) => account
                .active
                .then(|| String::from("the account is still active")),
            (_, None) => Some(String::from("there is no such account")),
            (ActionKind::Update, Some(account)) => self.lacks_changes(action, account),
            // It was found by its login or id: the address is told by nothing else.
            (ActionKind::Create, Some(account)) if !same_email(&account.email, &action.email) => {
                Some(String::from("the account has another e-mail"))
            }
            (ActionKind::Create | ActionKind::Reactivate, Some(account)) => {
                let unseen = action.kind == ActionKind::Reactivate && account.unseen;
                match account.active {
                    true if unseen => {
                        Some(String::from("what was read does not say that it is on"))
                    }
                    true => self.lacks_changes(action, account),
                    false => Some(String::from("the account is not active")),
                }
            }
        }
    }

    /// Why an account does not prove an action, in words; `None`: it does. What the plan saw and this
    /// read does not show proves nothing: some reads show less than the list. Of what a create sets, a
    /// vendor may never show some.
    pub(super) fn unproved(&self, action: &Action, account: Option<&Account>) -> Option<String> {
        let lack = self.lacks(action, account);
        let changes = matches!(action.kind, ActionKind::Update | ActionKind::Reactivate);
        let (None, Some(account), true) = (&lack, account, changes) else {
            return lack;
        };
        let hidden = action.changes.iter().find(|change| {
            let attribute = self.spec.attribute(&change.attribute);
            attribute.is_some_and(|it| it.mode != Mode::CreateOnly)
                && change.attribute != "email"
                && shown(&account.attributes, &change.attribute).is_none()
        });
        hidden.map(|change| format!("what was read does not show {}", change.attribute))
    }

    fn lacks_changes(&self, action: &Action, account: &Account) -> Option<String> {
        let lacking = unmet(self.spec, &action.changes, account);
        let names: Vec<&str> = lacking.iter().map(|change| &*change.attribute).collect();
        (!names.is_empty()).then(|| format!("{} did not take", names.join(", ")))
    }
}
