//! Pure: whether a fresh read allows a write, and whether an answer shows it.

use super::convert::{self, Off};
use super::request::{self, RoleIds, Switch};
use crate::connector::WriteError;
use crate::connector::rest::row::Row;
use crate::model::action::Action;

/// Where people do what the API cannot.
pub(super) const BY_HAND: &str = "Risk Cloud's user administration";

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
