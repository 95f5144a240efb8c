//! Pure: whether a fresh read allows a write, and whether an answer shows it.

use super::convert::{self, Off};
use super::read::User;
use super::request::{self, RoleIds, Switch};
use crate::connector::WriteError;
use crate::connector::rest::row::Row;
use crate::model::action::Action;
use crate::model::email::same_email;

/// Where people do what the API cannot.
pub(super) const BY_HAND: &str = "Risk Cloud's user administration";

/// Whether the account is the one that was planned; a rename that is already done passes.
pub(super) fn same_account(fresh: &User, action: &Action) -> Result<(), WriteError> {
    let Some((id, email)) = convert::key(&fresh.row) else {
        return Err(WriteError::Stale(String::from(
            "the user has lost its id or e-mail since the plan",
        )));
    };
    let planned = action.account_email.as_deref().unwrap_or(&action.email);
    let renamed = action.after("email").and_then(|after| after.as_text());
    let known = [Some(planned), renamed];
    let same = known
        .into_iter()
        .flatten()
        .any(|known| same_email(known, email));
    if same && action.id.as_deref().is_none_or(|planned| planned == id) {
        Ok(())
    } else {
        Err(WriteError::Stale(format!(
            "the user {id} is not the account that was planned: its e-mail is {email} now"
        )))
    }
}

/// Whether clearing `disabled` can bring an account back.
pub(super) fn can_return(off: Option<Off>) -> Result<(), WriteError> {
    match off.and_then(convert::return_by_hand) {
        Some(why) => Err(WriteError::Manual(format!("by hand: {why}"))),
        None => Ok(()),
    }
}

/// What the answer of a PUT does not show as it was sent. It is no failure yet: answers may be as
/// stale as reads.
pub(super) fn doubts(
    user: &Row,
    action: &Action,
    roles: &RoleIds,
    switch: Switch,
) -> Option<String> {
    let mut doubtful = request::unmet(user, action, roles.as_deref());
    let flipped = match switch {
        Switch::Leave => true,
        Switch::Off => convert::off(user).is_some(),
        Switch::On => convert::off(user).is_none(),
    };
    if !flipped {
        doubtful.push("disabled");
    }
    (!doubtful.is_empty()).then(|| {
        format!(
            "LogicGate's answer does not show the change of {}; if it does not stick, do it in \
             {BY_HAND}",
            doubtful.join(", ")
        )
    })
}
