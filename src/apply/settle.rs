//! Settling what an earlier run left open: a write that was announced and whose end nobody saw.

use super::perform::Performer;
use crate::email::EmailKey;
use crate::http::Clock;
use crate::reconcile::account::Account;
use crate::reconcile::current::Current;
use crate::reconcile::plan::{Action, ActionKind};
use crate::roster::model::VendorSettings;
use crate::vendor::Vendor;

/// What was found of an action that was in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Whether the vendor shows its effect; `None`: that could not be learnt.
    pub happened: Option<bool>,
    /// How that was learnt, in one clause.
    pub message: String,
}

/// Looks for the effect of an action in what was just read.
///
/// A create that the list does not show is looked up by itself, with the vendor's lag: lists may be slower than single reads. An
/// account found only there is added to what was read, so that nothing plans it once more.
pub async fn settle(
    vendor: &dyn Vendor,
    settings: &VendorSettings,
    clock: &Clock,
    current: &mut Current,
    action: &Action,
) -> Settlement {
    let performer = Performer::new(vendor, settings, clock);
    let listed = listed(current, action);
    if action.kind != ActionKind::Create || listed.is_some() {
        let lack = performer.lacks(action, listed);
        return Settlement {
            happened: Some(lack.is_none()),
            message: lack.unwrap_or_else(|| String::from("the vendor shows it")),
        };
    }
    match performer.look(action, true).await {
        Ok(Some(account)) => {
            let known = |it: &Account| it.id.is_some() && it.id == account.id;
            if !current.accounts.iter().any(known) {
                // The list and its count lag together; this one is proved by its own read.
                if let Some(counted) = &mut current.proof.counted {
                    *counted += 1;
                }
                current.accounts.push(account);
            }
            Settlement {
                happened: Some(true),
                message: String::from("the list does not show it yet, a read of its own does"),
            }
        }
        Ok(None) => Settlement {
            happened: Some(false),
            message: String::from("neither the list nor a read of its own shows it"),
        },
        Err(error) => Settlement {
            happened: None,
            message: format!("looking for it failed: {error}"),
        },
    }
}

/// The account of an action as it was listed: by id where one is known, else by an e-mail.
fn listed<'a>(current: &'a Current, action: &Action) -> Option<&'a Account> {
    let has_id = |account: &&Account| action.id.is_some() && account.id == action.id;
    let before = action.key().email;
    let emails = [EmailKey::of(&before), EmailKey::of(&action.email)];
    let mut accounts = current.accounts.iter();
    accounts.find(has_id).or_else(|| {
        let mut accounts = current.accounts.iter();
        accounts.find(|account| emails.contains(&account.email_key()))
    })
}
