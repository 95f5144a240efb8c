//! The plan of one vendor: desired and current in, actions out. Pure.

use std::collections::HashSet;

use super::account::{Account, email_key};
use super::current::Current;
use super::desired::{Access, Desired, DesiredAccount};
use super::diff::{Drift, diff, initial_changes};
use super::digest::Digest;
use super::forecast::forecast;
use super::guard::{Allowed, Guard};
use super::matching::{Match, match_accounts};
use super::plan::{
    Action, ActionKind, Change, Kept, Level, Notice, Read, UnlistedAccount, VendorPlan,
};
use super::value::{Key, Value};
use crate::roster::model::{Unlisted, VendorSettings};
use crate::vendor::spec::{Means, ReadFrom, Required};

/// What one vendor's plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The vendor's settings.
    pub settings: &'a VendorSettings,
    /// What the roster asks.
    pub desired: &'a Desired,
    /// What the vendor holds.
    pub current: &'a Current,
    /// Only these people (e-mail keys); strangers are left out then.
    pub only: Option<&'a HashSet<String>>,
    /// What the command line lets past the limits.
    pub allowed: Allowed,
}

/// Plans one vendor that was read.
pub fn plan_vendor(input: Input<'_>) -> VendorPlan {
    let Input {
        settings,
        desired,
        current,
        only,
        allowed: _,
    } = input;
    let mut planner = Planner {
        input,
        guard: Guard::new(settings, current),
        plan: empty_plan(settings),
        unchanged: 0,
    };
    let matches = match_accounts(&desired.accounts, &current.accounts);
    let mut listed: HashSet<usize> = HashSet::with_capacity(matches.len());
    for (want, found) in desired.accounts.iter().zip(matches) {
        if let Match::Account(at) = found {
            listed.insert(at);
        }
        let in_scope = only.is_none_or(|only| only.contains(&email_key(&want.email)));
        if in_scope {
            planner.person(want, found);
        }
    }
    if only.is_none() {
        for (at, account) in current.accounts.iter().enumerate() {
            if !listed.contains(&at) {
                planner.stranger(account);
            }
        }
    }
    planner.finish()
}

/// The plan of a vendor that could not be read.
pub fn unread_vendor(settings: &VendorSettings, error: String) -> VendorPlan {
    VendorPlan {
        read: Err(error),
        ..empty_plan(settings)
    }
}

fn empty_plan(settings: &VendorSettings) -> VendorPlan {
    VendorPlan {
        name: settings.name.clone(),
        kind: settings.spec.kind,
        base_url: settings.base_url.clone(),
        read: Err(String::new()),
        actions: Vec::new(),
        held: Vec::new(),
        manual: Vec::new(),
        unlisted: Vec::new(),
        notices: Vec::new(),
    }
}

struct Planner<'a> {
    input: Input<'a>,
    guard: Guard<'a>,
    plan: VendorPlan,
    unchanged: usize,
}

impl Planner<'_> {
    fn person(&mut self, want: &DesiredAccount, found: Match) {
        match found {
            Match::Doubtful(why) => {
                let action = self.action(ActionKind::Update, want, None, String::from("unclear"));
                self.plan.held.push(Kept { action, why });
            }
            Match::Missing if want.access.granted() => self.create(want),
            Match::Missing => self.absent_leaver(want),
            Match::Account(at) => {
                let account = &self.input.current.accounts[at];
                match (want.access.granted(), account.active) {
                    (true, true) => self.update(want, account),
                    (true, false) => self.reactivate(want, account),
                    (false, true) => {
                        let reason = leaver_reason(want.access);
                        self.switch_off(&want.email, account, reason, Some(want));
                    }
                    (false, false) => self.unchanged += 1,
                }
            }
        }
    }

    fn create(&mut self, want: &DesiredAccount) {
        let spec = self.input.settings.spec;
        let (changes, unknown) = initial_changes(
            spec,
            &self.input.current.directories,
            &want.attributes,
            &want.on_create,
        );
        let reason = match spec.read {
            ReadFrom::Api => String::from("no account here yet"),
            ReadFrom::Record => {
                String::from("not in the record; the vendor will update the account if it is there")
            }
        };
        let action = Action {
            changes,
            ..self.action(ActionKind::Create, want, None, reason)
        };
        let missing: Vec<&str> = spec
            .attributes
            .iter()
            .filter(|it| it.required == Required::Create && want.initial(it.name).is_none())
            .map(|it| it.name)
            .collect();
        if !unknown.is_empty() {
            self.hold(action, unknown.join("; "));
        } else if missing.is_empty() {
            self.plan.actions.push(action);
        } else {
            let why = format!(
                "{} asks for {} when an account is made, and the roster does not set it",
                spec.title,
                missing.join(" and ")
            );
            self.hold(action, why);
        }
    }

    /// Nobody to switch off; where the vendor cannot be listed, that is not certain.
    fn absent_leaver(&mut self, want: &DesiredAccount) {
        if self.input.settings.spec.read == ReadFrom::Record {
            self.notice(
                Level::Warning,
                Some(&want.email),
                format!(
                    "{}, and the record knows no account; if there is one, it has to be switched \
                     off by hand or entered into the record first",
                    leaver_reason(want.access)
                ),
            );
        } else {
            self.unchanged += 1;
        }
    }

    fn update(&mut self, want: &DesiredAccount, account: &Account) {
        let Some(changes) = self.changes(want, account, ActionKind::Update) else {
            return;
        };
        if changes.is_empty() {
            self.unchanged += 1;
            return;
        }
        let action = Action {
            reason: drift_reason(&changes),
            changes,
            ..self.action(ActionKind::Update, want, Some(account), String::new())
        };
        self.settle(action, account);
    }

    fn reactivate(&mut self, want: &DesiredAccount, account: &Account) {
        let Some(changes) = self.changes(want, account, ActionKind::Reactivate) else {
            return;
        };
        let reason = String::from("the roster gives access, the account is switched off");
        let action = Action {
            changes,
            ..self.action(ActionKind::Reactivate, want, Some(account), reason)
        };
        if self.input.settings.deactivate.means == Means::Manual {
            let why = self.by_hand("switch the account on again");
            self.plan.manual.push(Kept { action, why });
        } else {
            self.settle(action, account);
        }
    }

    /// The changes of one account; `None` when they are held.
    fn changes(
        &mut self,
        want: &DesiredAccount,
        account: &Account,
        kind: ActionKind,
    ) -> Option<Vec<Change>> {
        let spec = self.input.settings.spec;
        let Drift {
            mut changes,
            fixed,
            locked,
            unknown,
        } = diff(
            spec,
            &self.input.current.directories,
            &want.attributes,
            account,
        );
        for (attribute, why) in locked {
            self.notice(
                Level::Warning,
                Some(&want.email),
                format!("{attribute} differs and is left as it is: {why}"),
            );
        }
        if !fixed.is_empty() {
            let why = self.by_hand("an existing account cannot be changed in this through the API");
            self.manual(want, account, fixed, why);
        }
        if email_key(&want.email) != account.email_key() {
            let rename = Change {
                attribute: Key::Borrowed("email"),
                before: Some(Value::Text(account.email.clone())),
                after: Value::Text(want.email.clone()),
            };
            if let Some(holder) = self.holder_of(&want.email) {
                let why = format!("the account {holder} already has the e-mail {}", want.email);
                let action = Action {
                    changes: vec![rename],
                    ..self.action(kind, want, Some(account), String::from("email differs"))
                };
                self.hold(action, why);
                return None;
            }
            if spec.email_change {
                changes.push(rename);
                changes.sort_by(|a, b| a.attribute.cmp(&b.attribute));
            } else {
                let why = self.by_hand(
                    "e-mails are fixed here; a person has to move the account to the new address",
                );
                self.manual(want, account, vec![rename], why);
            }
        }
        if unknown.is_empty() {
            return Some(changes);
        }
        let action = Action {
            reason: drift_reason(&changes),
            changes,
            ..self.action(kind, want, Some(account), String::new())
        };
        self.hold(action, unknown.join("; "));
        None
    }

    /// The id (or e-mail) of the account that has this e-mail already.
    fn holder_of(&self, email: &str) -> Option<&str> {
        let key = email_key(email);
        self.input
            .current
            .accounts
            .iter()
            .find(|account| account.email_key() == key)
            .map(|account| account.id.as_deref().unwrap_or(&account.email))
    }

    fn switch_off(
        &mut self,
        email: &str,
        account: &Account,
        reason: String,
        want: Option<&DesiredAccount>,
    ) {
        let settings = self.input.settings;
        let kind = match settings.deactivate.means {
            Means::Delete => ActionKind::Delete,
            Means::Manual | Means::Reversible => ActionKind::Deactivate,
        };
        let action = Action {
            vendor: settings.name.clone(),
            kind,
            email: want.map_or(email, |want| &want.email).into(),
            account_email: Some(account.email.clone()),
            id: account.id.clone(),
            changes: Vec::new(),
            reason,
            current: Some(digest_of(account)),
        };
        if settings.deactivate.means == Means::Manual {
            if let Some(why) = self.guard.objection(&action, Some(account)) {
                self.plan.held.push(Kept { action, why });
            } else {
                let why = self.by_hand("switch the account off");
                self.plan.manual.push(Kept { action, why });
            }
        } else {
            self.settle(action, account);
        }
    }

    fn stranger(&mut self, account: &Account) {
        let settings = self.input.settings;
        if !account.active || settings.unlisted == Unlisted::Ignore {
            return;
        }
        if settings.unlisted == Unlisted::Deactivate {
            match self.guard.shields_stranger(account) {
                None => {
                    let reason = String::from("not in the roster");
                    return self.switch_off(&account.email, account, reason, None);
                }
                why => return self.unlisted(account, why),
            }
        }
        self.unlisted(account, None);
    }

    fn unlisted(&mut self, account: &Account, why: Option<String>) {
        self.plan.unlisted.push(UnlistedAccount {
            email: account.email.clone(),
            id: account.id.clone(),
            why,
        });
    }

    /// Puts an action on an existing account where it belongs: manual, held or done.
    fn settle(&mut self, action: Action, account: &Account) {
        if let Some(manager) = &account.managed_by {
            let why = format!("this account is managed by {manager}; change it there");
            self.plan.manual.push(Kept { action, why });
        } else if let Some(why) = self.guard.objection(&action, Some(account)) {
            self.hold(action, why);
        } else {
            for caution in &account.cautions {
                self.notice(Level::Info, Some(&action.email), caution.to_string());
            }
            self.plan.actions.push(action);
        }
    }

    fn manual(
        &mut self,
        want: &DesiredAccount,
        account: &Account,
        changes: Vec<Change>,
        why: String,
    ) {
        let action = Action {
            reason: drift_reason(&changes),
            changes,
            ..self.action(ActionKind::Update, want, Some(account), String::new())
        };
        self.plan.manual.push(Kept { action, why });
    }

    fn hold(&mut self, action: Action, why: String) {
        self.plan.held.push(Kept { action, why });
    }

    fn notice(&mut self, level: Level, email: Option<&str>, text: String) {
        self.plan.notices.push(Notice {
            level,
            email: email.map(Into::into),
            text,
        });
    }

    fn by_hand(&self, what: &str) -> String {
        format!("by hand in {}: {what}", self.input.settings.spec.title)
    }

    fn action(
        &self,
        kind: ActionKind,
        want: &DesiredAccount,
        account: Option<&Account>,
        reason: String,
    ) -> Action {
        Action {
            vendor: self.input.settings.name.clone(),
            kind,
            email: want.email.clone(),
            account_email: account.map(|account| account.email.clone()),
            id: account
                .and_then(|account| account.id.clone())
                .or_else(|| want.id.clone()),
            changes: Vec::new(),
            reason,
            current: account.map(digest_of),
        }
    }

    fn finish(mut self) -> VendorPlan {
        for text in &self.input.current.notices {
            self.plan.notices.push(Notice {
                level: Level::Info,
                email: None,
                text: text.clone(),
            });
        }
        let mut plan = self.guard.limit(self.plan, self.input.allowed);
        plan.actions.sort_by_cached_key(order);
        plan.held.sort_by_cached_key(|kept| order(&kept.action));
        plan.manual.sort_by_cached_key(|kept| order(&kept.action));
        plan.unlisted
            .sort_by_cached_key(|account| (email_key(&account.email), account.id.clone()));
        plan.notices
            .sort_by(|a, b| (b.level, &a.email, &a.text).cmp(&(a.level, &b.email, &b.text)));
        plan.notices.dedup();
        plan.read = Ok(Read {
            accounts: self.input.current.accounts.len(),
            unchanged: self.unchanged,
            forecast: forecast(
                &plan.actions,
                self.input.settings.spec.calls,
                &self.input.settings.limits,
            ),
        });
        plan
    }
}

/// Removals, updates, reactivations, creates; then by e-mail.
fn order(action: &Action) -> (ActionKind, String, Option<Box<str>>, usize) {
    (
        action.kind,
        email_key(&action.email),
        action.id.clone(),
        action.changes.len(),
    )
}

/// The digest of an account as it was read: everything that the vendor shows of it in our words.
pub fn digest_of(account: &Account) -> Digest {
    let Account {
        id,
        email,
        active,
        attributes,
        managed_by,
        shield: _,
        fixed: _,
        cautions: _,
    } = account;
    let attributes: Vec<_> = attributes.iter().collect();
    Digest::of(&(id, email, active, attributes, managed_by))
}

fn leaver_reason(access: Access) -> String {
    match access {
        Access::Left => String::from("active: false in the roster"),
        Access::Ended(day) => format!("access ended on {day}"),
        Access::NotYet(day) => format!("access starts on {day}"),
        Access::Excluded => String::from("the roster says false: no account here"),
        Access::Granted => String::from("the roster gives access"),
    }
}

/// `role and group differ`
fn drift_reason(changes: &[Change]) -> String {
    let names: Vec<&str> = changes
        .iter()
        .map(|change| change.attribute.as_ref())
        .collect();
    match names.as_slice() {
        [] => String::from("nothing differs"),
        [one] => format!("{one} differs"),
        [first @ .., last] => format!("{} and {last} differ", first.join(", ")),
    }
}
