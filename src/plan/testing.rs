//! Builders for tests of the core: settings, people, accounts, and plans as lines. The vendors
//! they are of are in `specs`.

mod specs;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::guard::Allowed;
use super::input::Input;
use super::known::{Known, Remembered};
use super::planner::plan_vendor;
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind};
use crate::model::certificate::Answers;
use crate::model::current::{Current, Directory, Entry, Own};
use crate::model::desired::{Access, Desired, DesiredAccount};
use crate::model::email::{EmailKey, EmailPattern};
use crate::model::plan::VendorPlan;
use crate::model::spec::{DeactivateMode, VendorSpec};
use crate::model::value::{Attributes, Value};
use crate::roster::diagnostic::Span;
use crate::roster::model::{Limits, Max, Unlisted, VendorSettings};
pub(crate) use specs::*;

/// Settings with every default.
pub(crate) fn settings(spec: &'static VendorSpec) -> VendorSettings {
    VendorSettings {
        in_sandbox: false,
        name: "acme".into(),
        span: Span::NOWHERE,
        spec,
        base_url: "https://acme.example.com".into(),
        auth: BTreeMap::new(),
        defaults: Vec::new(),
        unlisted: Unlisted::Report,
        protect: Vec::new(),
        limits: Limits {
            per_second: 5.0,
            burst: 5,
            concurrency: 2,
            timeout: Duration::from_secs(30),
            max_wait: Duration::from_secs(600),
        },
        max: Max::default(),
        deactivate: SWITCH_OFF,
        by_preset: Vec::new(),
        observe: false,
        certificate: None,
        answers: Answers::default(),
        delete_after: None,
        own_account: None,
        admins: Vec::new(),
        record: None,
        settings: BTreeMap::new(),
    }
}

/// Everything that one plan is made from.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) settings: VendorSettings,
    pub(crate) desired: Vec<DesiredAccount>,
    pub(crate) current: Current,
    pub(crate) remembered: Remembered,
    pub(crate) only: Option<HashSet<EmailKey<'static>>>,
    pub(crate) allowed: Allowed,
}

impl Case {
    /// A company token at a vendor that was read completely.
    pub(crate) fn new(
        spec: &'static VendorSpec,
        desired: impl Into<Vec<DesiredAccount>>,
        accounts: impl Into<Vec<Account>>,
    ) -> Self {
        Self {
            settings: settings(spec),
            desired: desired.into(),
            current: Current {
                accounts: accounts.into(),
                own: Own::Nobody,
                ..Current::default()
            },
            remembered: Remembered::default(),
            only: None,
            allowed: Allowed::default(),
        }
    }

    /// With some parts changed.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn protect(self, pattern: &str) -> Self {
        self.with(|it| {
            let pattern = EmailPattern::parse(pattern).expect("a pattern that fits somebody");
            it.settings.protect.push(pattern);
        })
    }

    pub(crate) fn own(self, email: &str) -> Self {
        self.with(|it| it.current.own = Own::Email(email.into()))
    }

    pub(crate) fn unlisted(self, unlisted: Unlisted) -> Self {
        self.with(|it| it.settings.unlisted = unlisted)
    }

    pub(crate) fn mode(self, mode: DeactivateMode) -> Self {
        self.with(|it| it.settings.deactivate = off("other", mode))
    }

    pub(crate) fn only(self, emails: &[&str]) -> Self {
        self.with(|it| {
            let emails = emails.iter().map(|email| EmailKey::of(email).into_owned());
            it.only = Some(emails.collect());
        })
    }

    /// Roles and groups that the vendor knows: `(id, name, makes an administrator)`.
    pub(crate) fn directory(
        self,
        attribute: &'static str,
        noun: &'static str,
        entries: &[(&str, &str, bool)],
    ) -> Self {
        let entries = entries
            .iter()
            .map(|(id, name, admin)| Entry {
                id: (*id).into(),
                name: (*name).into(),
                admin: *admin,
            })
            .collect();
        self.with(|it| {
            let directory = Directory::new(noun, entries);
            it.current.directories.insert(attribute, directory);
        })
    }

    /// What is known of the vendor.
    pub(crate) fn known(&self) -> Known {
        Known {
            current: self.current.clone(),
            remembered: self.remembered.clone(),
        }
    }

    pub(crate) fn plan(&self) -> VendorPlan {
        let desired = Desired::listed(self.settings.name.clone(), self.desired.clone());
        plan_vendor(Input {
            settings: &self.settings,
            desired: &desired,
            known: &self.known(),
            only: self.only.as_ref(),
            allowed: self.allowed,
        })
    }

    /// Compares the plan with its lines (see [`lines`]). After ` | ` an expected line names a part
    /// of the reason; without it any reason will do.
    #[track_caller]
    pub(crate) fn check(&self, expected: &[&str]) {
        let found = lines(&self.plan());
        let fits = found.len() == expected.len()
            && found.iter().zip(expected).all(|((line, why), expected)| {
                match expected.split_once(" | ") {
                    Some((head, part)) => line == head && why.contains(part),
                    None => line == expected,
                }
            });
        assert!(fits, "found: {found:#?}\nexpected: {expected:#?}");
    }
}

/// A plan as lines and their reasons: actions, `held`, `manual`, `unlisted`, `warning` and `info`.
pub(crate) fn lines(plan: &VendorPlan) -> Vec<(String, String)> {
    let actions = plan
        .actions
        .iter()
        .map(|action| (line(action), action.reason.clone()));
    let held = plan
        .held
        .iter()
        .map(|kept| (format!("held {}", line(&kept.action)), kept.why.clone()));
    let manual = plan
        .manual
        .iter()
        .map(|kept| (format!("manual {}", line(&kept.action)), kept.why.clone()));
    let unlisted = plan.unlisted.iter().map(|it| {
        let why = it.why.clone().unwrap_or_default();
        (format!("unlisted {}", it.email), why)
    });
    let notices = plan.notices.iter().map(|it| {
        let level = format!("{:?}", it.level).to_lowercase();
        let email = it.email.as_deref().unwrap_or("all");
        (format!("{level} {email}"), it.text.clone())
    });
    actions
        .chain(held)
        .chain(manual)
        .chain(unlisted)
        .chain(notices)
        .collect()
}

fn line(action: &Action) -> String {
    let mut line = format!("{} {}", action.kind.as_str(), action.email);
    if let Some(id) = &action.id {
        line.push_str(&format!(" #{id}"));
    }
    for change in &action.changes {
        let before = change.before.as_ref().map_or("null".into(), show);
        let after = show(&change.after);
        line.push_str(&format!(", {} {before} > {after}", change.attribute));
    }
    line
}

fn show(value: &Value) -> String {
    match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Set(items) => format!("[{}]", items.join(" ")),
    }
}

/// Somebody who should have access.
pub(crate) fn person(email: &str) -> DesiredAccount {
    DesiredAccount {
        email: email.into(),
        previous_emails: Vec::new(),
        id: None,
        access: Access::Granted,
        attributes: Attributes::new(),
        on_create: Attributes::new(),
    }
}

/// Somebody with `active: false`.
pub(crate) fn leaver(email: &str) -> DesiredAccount {
    DesiredAccount {
        access: Access::Left,
        ..person(email)
    }
}

/// An active account.
pub(crate) fn account(email: &str, id: &str) -> Account {
    Account {
        id: Some(id.into()),
        ..Account::new(email)
    }
}

/// An account that is switched off.
pub(crate) fn inactive(email: &str, id: &str) -> Account {
    Account {
        active: false,
        ..account(email, id)
    }
}

/// Chained changes of people and accounts.
pub(crate) trait Wants: Sized {
    fn wants(self, name: &'static str, value: Value) -> Self;
    fn formerly(self, email: &str) -> Self;
    fn by_id(self, id: &str) -> Self;
}

impl Wants for DesiredAccount {
    fn wants(mut self, name: &'static str, value: Value) -> Self {
        self.attributes.insert(name, value);
        self
    }

    fn formerly(mut self, email: &str) -> Self {
        self.previous_emails.push(email.into());
        self
    }

    fn by_id(mut self, id: &str) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// What an account shows.
pub(crate) trait Shows: Sized {
    fn shows(self, name: &'static str, value: impl Into<Option<Value>>) -> Self;
    fn managed_by(self, manager: &str) -> Self;
    fn shield(self, always: bool) -> Self;
}

impl Shows for Account {
    fn shows(mut self, name: &'static str, value: impl Into<Option<Value>>) -> Self {
        self.attributes.insert(name, value.into());
        self
    }

    fn managed_by(mut self, manager: &str) -> Self {
        self.managed_by = Some(manager.into());
        self
    }

    fn shield(mut self, always: bool) -> Self {
        let what = "service account";
        self.shield = Some(crate::model::account::Shield { what, always });
        self
    }
}

/// A text value.
pub(crate) fn text(text: &str) -> Value {
    Value::text(text)
}

/// A flag value.
pub(crate) fn flag(flag: bool) -> Value {
    Value::Flag(flag)
}

/// A set value.
pub(crate) fn set(items: &[&str]) -> Value {
    Value::set(items.iter().copied())
}

/// Does the actions, as a faultless vendor would.
pub(crate) fn play(current: &Current, actions: &[Action]) -> Current {
    let mut after = current.clone();
    for action in actions {
        let found = after.accounts.iter().position(|it| it.id == action.id);
        match (action.kind, found) {
            (ActionKind::Create, None) => {
                let id = format!("new {}", action.email);
                let mut made = account(&action.email, &id);
                change(&mut made, action);
                after.accounts.push(made);
            }
            (ActionKind::Update, Some(at)) => change(&mut after.accounts[at], action),
            (ActionKind::Reactivate, Some(at)) => {
                after.accounts[at].active = true;
                change(&mut after.accounts[at], action);
            }
            (ActionKind::Deactivate, Some(at)) => after.accounts[at].active = false,
            (ActionKind::Delete, Some(at)) => drop(after.accounts.remove(at)),
            (kind, found) => panic!("{kind:?} of {found:?}"),
        }
    }
    after
}

fn change(account: &mut Account, action: &Action) {
    for change in &action.changes {
        match (&*change.attribute, &change.after) {
            ("email", Value::Text(email)) => account.email = (**email).into(),
            (name, after) => account
                .attributes
                .insert(name.to_owned(), Some(after.clone())),
        }
    }
}
