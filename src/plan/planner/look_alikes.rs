//! Creates beside accounts that may be the same person's under another address. The plan says so and
//! holds nothing: two people may well be called the same.

use super::Planner;
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind};
use crate::model::plan::Level;
use crate::model::value::Value;
use crate::plan::resemblance::{Lookup, full_name};

/// So many are named at one vendor: a first run against another domain would name everybody.
const MOST: usize = 20;

impl Planner<'_> {
    /// Compares creates with the accounts that nobody claims.
    pub(super) fn look_alikes<'a>(&mut self, unclaimed: impl Iterator<Item = &'a Account>) {
        let held = self.plan.held.iter().map(|kept| &kept.action);
        let creates = self.plan.actions.iter().chain(held);
        let mut creates: Vec<&Action> =
            creates.filter(|it| it.kind == ActionKind::Create).collect();
        if creates.is_empty() {
            return;
        }
        creates.sort_by(|one, other| one.email.cmp(&other.email));
        let spec = self.input.settings.spec;
        let lookup = Lookup::new(spec, unclaimed);
        let mut found = Vec::new();
        for create in creates {
            let set = |name: &str| -> Option<&Value> { create.after(name) };
            let name = full_name(spec, set);
            for (account, alike) in lookup.of(&create.email, name.as_deref()) {
                let alike: Vec<&str> = alike.into_iter().map(|it| it.as_str()).collect();
                found.push((
                    create.email.clone(),
                    text(account, &create.email, &alike.join(" and ")),
                ));
            }
        }
        let more = found.len().saturating_sub(MOST);
        for (email, text) in found.into_iter().take(MOST) {
            self.notice(Level::Warning, Some(&email), text);
        }
        if more > 0 {
            let text = format!(
                "{more} more accounts that nobody in the roster claims look like those of people who \
                 are to be created"
            );
            self.notice(Level::Warning, None, text);
        }
    }
}

fn text(account: &Account, new: &str, alike: &str) -> String {
    let Account { id, email, .. } = account;
    let id = id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    let off = if account.active {
        ""
    } else {
        ", switched off,"
    };
    // What a vendor calls somebody does not get into a command line that people copy.
    let plain = |it: &str| {
        it.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"@._+-".contains(&byte))
    };
    let command = match plain(email) && plain(new) && !email.starts_with('-') {
        true => format!(": `rosterctl rename {email} {new}`"),
        false => String::new(),
    };
    format!(
        "a new account is planned, and the account {email}{id}{off} that nobody in the roster claims \
         has {alike}; if it is this person's, add {email} to `previous_emails`{command}"
    )
}
