//! Whether an account is still what the plan saw, asked right before access is taken from it.
//!
//! Between the plan and the call lie minutes, with a long queue hours, in which an administrator
//! may have renamed the account, given it to somebody else or done the work by hand. Only what
//! every reading call shows is compared: a list may show more attributes than a single read.

use crate::model::account::Account;
use crate::model::action::{Action, ActionKind};
use crate::model::email::EmailKey;
use crate::model::spec::DeactivateMode;
use crate::roster::model::VendorSettings;

/// What a fresh read means for a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RemovalPrecheck {
    /// It is the account that the plan saw, still on (or, where it is deleted after a grace, off).
    AsPlanned,
    /// Nothing is left to do, and why.
    Done(&'static str),
    /// It is not what was planned for; nothing may be done to it, and why.
    Changed(String),
}

/// The step that the roster leaves to a person, whatever a plan says; `None`: it may be done here.
pub(super) fn by_hand(settings: &VendorSettings, kind: ActionKind) -> Option<String> {
    let mode = settings.deactivate.mode;
    let word = match kind {
        ActionKind::Deactivate if mode != DeactivateMode::Reversible => "switch the account off",
        ActionKind::Reactivate if mode == DeactivateMode::Manual => "switch the account on",
        ActionKind::Delete if mode != DeactivateMode::Delete && settings.delete_after.is_none() => {
            return Some(String::from(
                "the roster says neither `deactivate: delete` nor `leavers: { delete_after: … }` \
                 for this vendor",
            ));
        }
        _ => return None,
    };
    Some(format!("by hand in {}: {word}", settings.spec.title))
}

/// Compares a removal with a fresh read of its account. `None`: the vendor shows none any more.
/// `staged`: accounts are deleted here after they were off for a grace, and only then.
pub(super) fn precheck(action: &Action, found: Option<&Account>, staged: bool) -> RemovalPrecheck {
    let Some(account) = found else {
        return RemovalPrecheck::Done("the account was gone already");
    };
    let planned = action.account_email.as_ref().unwrap_or(&action.email);
    let changed = |what: String| RemovalPrecheck::Changed(format!("not tried: {what}"));
    if let (Some(now), Some(then)) = (&account.id, &action.id)
        && now != then
    {
        return changed(format!(
            "{planned} has the id {now} now, the plan saw {then}"
        ));
    }
    if account.email_key() != EmailKey::of(planned) {
        return changed(format!(
            "the account has the e-mail {} now, the plan saw {planned}",
            account.email
        ));
    }
    if let Some(manager) = &account.managed_by {
        return changed(format!("the account is managed by {manager} now"));
    }
    if let Some(shield) = account.shield.as_ref().filter(|shield| shield.always) {
        return changed(format!("the account is no person's now ({})", shield.what));
    }
    if staged && action.kind == ActionKind::Delete && account.unseen {
        return changed(String::from("what was read does not say whether it is off"));
    }
    // A delete cannot be taken back: it is done to what the plan saw and to nothing else.
    match (account.active, action.kind, staged) {
        (true, ActionKind::Delete, true) => {
            changed(String::from("the account was switched on meanwhile"))
        }
        (false, ActionKind::Delete, true) => match &account.undeletable {
            Some(why) => changed(why.to_string()),
            None => RemovalPrecheck::AsPlanned,
        },
        (false, ActionKind::Delete, false) => {
            changed(String::from("the account was switched off meanwhile"))
        }
        (true, _, _) => RemovalPrecheck::AsPlanned,
        (false, _, _) => RemovalPrecheck::Done("the account was switched off already"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::Shield;

    const PLANNED: &str = "Ada@Example.com";

    fn removal(kind: ActionKind) -> Action {
        Action {
            vendor: "v".into(),
            kind,
            email: "ada@example.com".into(),
            account_email: Some(PLANNED.into()),
            id: Some("7".into()),
            changes: Vec::new(),
            reason: String::from("left"),
            current: None,
        }
    }

    fn account(change: impl FnOnce(&mut Account)) -> Account {
        let mut account = Account::new("ada@example.com");
        account.id = Some("7".into());
        change(&mut account);
        account
    }

    fn check(kind: ActionKind, change: impl FnOnce(&mut Account), expected: &str) {
        let words = match precheck(&removal(kind), Some(&account(change)), false) {
            RemovalPrecheck::AsPlanned => String::from("as planned"),
            RemovalPrecheck::Done(why) => why.to_owned(),
            RemovalPrecheck::Changed(why) => why,
        };
        assert_eq!(words, expected);
    }

    #[test]
    fn what_the_plan_saw_is_done_and_everything_else_is_not() {
        use ActionKind::{Deactivate, Delete};
        let off = "the account was switched off already";
        let (off_meanwhile, other_email, other_id, managed, token) = (
            "not tried: the account was switched off meanwhile",
            "not tried: the account has the e-mail bob@example.com now, the plan saw Ada@Example.com",
            "not tried: Ada@Example.com has the id 8 now, the plan saw 7",
            "not tried: the account is managed by Okta now",
            "not tried: the account is no person's now (API token)",
        );
        for kind in [Deactivate, Delete] {
            check(kind, |_| {}, "as planned");
            check(kind, |it| it.email = PLANNED.into(), "as planned");
            // Some calls show no id.
            check(kind, |it| it.id = None, "as planned");
            check(kind, |it| it.email = "bob@example.com".into(), other_email);
            check(kind, |it| it.id = Some("8".into()), other_id);
            check(kind, |it| it.managed_by = Some("Okta".into()), managed);
            let shield = |always| {
                let what = "API token";
                Some(Shield { what, always })
            };
            check(kind, |it| it.shield = shield(true), token);
            // The roster names it, or the plan would have left it alone.
            check(kind, |it| it.shield = shield(false), "as planned");
        }
        check(Deactivate, |it| it.active = false, off);
        check(Delete, |it| it.active = false, off_meanwhile);
        let gone = precheck(&removal(Delete), None, false);
        assert_eq!(gone, RemovalPrecheck::Done("the account was gone already"));
    }

    #[test]
    fn an_account_that_is_off_is_deleted_after_its_grace_unless_it_is_on_again() {
        let after = |change: fn(&mut Account)| {
            precheck(&removal(ActionKind::Delete), Some(&account(change)), true)
        };
        assert_eq!(after(|it| it.active = false), RemovalPrecheck::AsPlanned);
        let on =
            RemovalPrecheck::Changed("not tried: the account was switched on meanwhile".into());
        assert_eq!(after(|_| {}), on);
        let other = after(|it| {
            it.active = false;
            it.undeletable = Some("it is also in Other".into());
        });
        let kept = RemovalPrecheck::Changed("not tried: it is also in Other".into());
        assert_eq!(other, kept);
        let unseen = after(|it| it.unseen = true);
        let untold = "not tried: what was read does not say whether it is off";
        assert_eq!(unseen, RemovalPrecheck::Changed(untold.into()));
        let off = RemovalPrecheck::Done("the account was switched off already");
        let removal = removal(ActionKind::Deactivate);
        let found = account(|it| it.active = false);
        assert_eq!(precheck(&removal, Some(&found), true), off);
    }
}
