//! A vendor's local server, people who want accounts there, and the loop that reconciles them.

use super::applies::{self, unnamed};
use crate::connector::Vendor;
use crate::connector::testing;
use crate::connector::testing::Rig;
use crate::connector::testing::Subject;
use crate::model::account::Account;
use crate::model::action::ActionKind;
use crate::model::current::Current;
use crate::model::desired::{Access, Desired, DesiredAccount};
use crate::model::email::{EmailKey, compare_emails};
use crate::model::off::Grace;
use crate::model::outcome::Outcome;
use crate::model::plan::VendorPlan;
use crate::model::spec::{
    AdminRule, AttributeKind, AuthForm, DeactivateMode, FromPerson, LOGIN, Mode, ReadFrom,
    VendorSpec,
};
use crate::model::value::{Attributes, Key, Value};
use crate::plan::guard::Allowed;
use crate::plan::input::Input;
use crate::plan::known::Known;
use crate::plan::planner::plan_vendor;
use crate::roster::model::{Bound, Max, Setting, VendorSettings};
use crate::run::apply::{Stop, VendorRun, apply};
use crate::sandbox::HeldAccounts as _;
use crate::state::record::{Entry, Record};

/// Which of two different sets of attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// What the roster asks.
    Wanted,
    /// What was there before.
    Old,
}

pub(super) struct World {
    pub(super) rig: Rig,
    pub(super) spec: &'static VendorSpec,
    pub(super) desired: Desired<'static>,
}

/// A world that is being built: a vendor that holds some accounts and should hold what is desired.
pub(super) struct Setup {
    kind: &'static Subject,
    settings: VendorSettings,
    accounts: Vec<Account>,
    desired: Vec<DesiredAccount>,
    page_cap: Option<usize>,
}

impl Setup {
    pub(super) fn new(
        kind: &'static Subject,
        accounts: Vec<Account>,
        desired: Vec<DesiredAccount>,
    ) -> Self {
        Self {
            settings: settings(kind, &kind.spec.auth[0]),
            kind,
            accounts,
            desired,
            page_cap: None,
        }
    }

    /// Lists have no more than so many entries a page.
    pub(super) fn page_cap(self, cap: Option<usize>) -> Self {
        Self {
            page_cap: cap,
            ..self
        }
    }

    /// Accounts are switched off in the first way of that mode, if one is named.
    pub(super) fn switched_off_by(mut self, mode: Option<DeactivateMode>) -> Self {
        let mut ways = self.kind.spec.deactivate.iter();
        let way = ways.find(|it| Some(it.mode) == mode);
        self.settings.deactivate = way.copied().unwrap_or(self.settings.deactivate);
        self
    }

    /// The vendor takes credentials of that form.
    pub(super) fn form(self, form: &AuthForm) -> Self {
        Self {
            settings: settings(self.kind, form),
            ..self
        }
    }

    /// Accounts are deleted so many days after they were switched off.
    pub(super) fn grace(mut self, days: u16) -> Self {
        self.settings.delete_after = Some(Grace(days));
        self
    }

    /// Starts the vendor's local server. A vendor without a list knows the accounts through its
    /// record.
    pub(super) async fn start(self) -> World {
        let Self {
            kind,
            settings,
            accounts,
            mut desired,
            page_cap,
        } = self;
        let mut seed = testing::seed(settings, accounts);
        seed.page_cap = page_cap;
        let spec = kind.spec;
        // Groups and roles that people are about to get have to exist.
        for want in &desired {
            for (name, value) in want.attributes.iter() {
                let Some(attribute) = spec.attribute(name) else {
                    continue;
                };
                let list = seed.names.entry(attribute.name).or_default();
                match value {
                    Value::Set(items) => list.extend(items.iter().cloned()),
                    Value::Text(text) => list.push((**text).into()),
                    Value::Flag(_) => {}
                }
                list.sort_unstable();
                list.dedup();
            }
        }
        let all = seed.accounts.clone();
        let rig = Rig::start(kind, seed).await;
        if spec.read == ReadFrom::Record {
            Record::new(rig.record(), spec.kind, Vec::new())
                .commit(move |entries| {
                    for account in &all {
                        let entry = Entry::of(account, jiff::Timestamp::UNIX_EPOCH);
                        *entries.slot(&account.email_key()) = Some(entry);
                    }
                })
                .await
                .unwrap();
        }
        desired.sort_by(|one, other| compare_emails(&one.email, &other.email));
        World {
            desired: Desired::listed(rig.settings.name.clone(), desired),
            rig,
            spec,
        }
    }
}

impl World {
    /// The world of a [`Setup`] with nothing special.
    pub(super) async fn new(
        kind: &'static Subject,
        accounts: Vec<Account>,
        desired: Vec<DesiredAccount>,
    ) -> Self {
        Setup::new(kind, accounts, desired).start().await
    }

    pub(super) fn plan(&self, current: &Current) -> VendorPlan {
        self.plan_known(&current.clone().into(), Allowed::default())
    }

    pub(super) fn plan_known(&self, known: &Known, allowed: Allowed) -> VendorPlan {
        plan_vendor(Input {
            settings: &self.rig.settings,
            desired: &self.desired,
            known,
            only: None,
            allowed,
        })
    }

    /// Reads and plans with a connector that cannot write.
    pub(super) async fn dry_run(&self) -> VendorPlan {
        let vendor = self.rig.connect_read_only();
        let current = vendor.fetch(&self.desired).await.unwrap();
        self.plan(&current)
    }

    /// Reads, plans and applies with one connector.
    pub(super) async fn reconcile(&self) -> (VendorPlan, Vec<Outcome>) {
        let vendor = self.rig.connect();
        let current = vendor.fetch(&self.desired).await.unwrap();
        let plan = self.plan(&current);
        let outcomes = self.carry_out(vendor.as_ref(), &plan).await;
        (plan, outcomes)
    }

    pub(super) async fn carry_out(&self, vendor: &dyn Vendor, plan: &VendorPlan) -> Vec<Outcome> {
        let run = VendorRun {
            vendor,
            settings: &self.rig.settings,
            actions: &plan.actions,
        };
        apply(vec![run], &self.rig.clock, &Stop::default(), &|_| {}).await
    }

    /// The end state is what the roster says, attribute by attribute, each person once.
    pub(super) fn assert_end_state(&self) {
        assert_eq!(self.out_of_line(), None);
    }

    /// What in the end state is not as the roster says.
    pub(super) fn out_of_line(&self) -> Option<String> {
        let accounts = self.rig.local().accounts();
        for want in self.desired.accounts() {
            let key = EmailKey::of(&want.email);
            let found: Vec<&Account> = accounts
                .iter()
                .filter(|account| account.email_key() == key)
                .collect();
            match found.as_slice() {
                [] if want.access.granted() => return Some(format!("{key} is lost")),
                [] => {}
                [account] if account.active != want.access.granted() => {
                    return Some(format!("{key} has or lacks access: {account:?}"));
                }
                [account] if want.access.granted() => {
                    let differs = self.differs(&want, account);
                    if differs.is_some() {
                        return differs;
                    }
                }
                [_] => {}
                many => return Some(format!("{key} is there {} times", many.len())),
            }
        }
        None
    }

    /// An attribute that is not as somebody should have it.
    fn differs(&self, want: &DesiredAccount, account: &Account) -> Option<String> {
        for (name, value) in want.attributes.iter() {
            let mode = self.spec.attribute(name).map(|attribute| attribute.mode);
            if mode == Some(Mode::CreateOnly) {
                continue;
            }
            let have = account.attributes.get(name).and_then(Option::as_ref);
            let text = |it: &Value| it.as_text().map(str::to_ascii_lowercase);
            let same = have == Some(value)
                || (have.is_none() && value.is_empty())
                || (name == LOGIN && have.and_then(text) == text(value));
            if !same {
                return Some(format!("{}: {name} is {have:?}, not {value:?}", want.email));
            }
        }
        None
    }
}

/// Settings by which access ends as well as the vendor can have it end, and that let a small world do
/// so.
fn settings(kind: &Subject, form: &AuthForm) -> VendorSettings {
    let spec = kind.spec;
    let mut settings = testing::settings_with(spec, form);
    let choice = |mode| spec.deactivate.iter().find(move |it| it.mode == mode);
    if let Some(choice) =
        choice(DeactivateMode::Reversible).or_else(|| choice(DeactivateMode::Delete))
    {
        settings.deactivate = *choice;
    }
    settings.max = Max {
        creates: None,
        deactivations: Some(Bound::Count(1_000)),
        ..Max::default()
    };
    for setting in spec.settings.iter().filter(|setting| setting.required) {
        let value = Setting::Text("ExampleEnv".into());
        settings.settings.insert(setting.name, value);
    }
    if let Some(text) = &kind.described {
        let text = Setting::Description(text.clone());
        settings.settings.insert("connector", text);
    }
    settings
}

/// The action by which access ends in these worlds.
pub(super) fn removal(spec: &VendorSpec) -> ActionKind {
    match applies::reversible(spec) {
        true => ActionKind::Deactivate,
        false => ActionKind::Delete,
    }
}

/// The action for an account that [`off_if_it_can`] has made.
pub(super) fn revival(spec: &VendorSpec) -> ActionKind {
    match applies::reversible(spec) {
        true => ActionKind::Reactivate,
        false => ActionKind::Update,
    }
}

/// The account switched off, where the vendor can switch it on again.
pub(super) fn off_if_it_can(spec: &VendorSpec, account: Account) -> Account {
    Account {
        active: !applies::reversible(spec),
        ..account
    }
}

/// `person007@example.com`
pub(super) fn email(number: usize) -> String {
    format!("person{number:03}@example.com")
}

/// A person who should have access with the wanted attributes.
pub(super) fn wanted(spec: &VendorSpec, email: &str) -> DesiredAccount {
    let mut person = testing::wanted(email, &[]);
    person.attributes = attributes(spec, Variant::Wanted);
    if let Some((name, value)) = login(spec, email) {
        person.attributes.insert(name, value);
    }
    for attribute in spec.attributes {
        use crate::model::spec::{Literal, OnCreate};
        let value = match attribute.on_create {
            OnCreate::Nothing => continue,
            OnCreate::Send(Literal::Flag(flag)) => Value::Flag(flag),
            OnCreate::Send(Literal::Text(text)) => Value::text(text),
            OnCreate::TrueUnless(_) => Value::Flag(true),
        };
        if !person.attributes.contains(attribute.name) {
            person.on_create.insert(attribute.name, value);
        }
    }
    person
}

/// Whether accounts in these worlds have somebody's name.
pub(super) fn has_names(spec: &VendorSpec) -> bool {
    let attributes = attributes(spec, Variant::Wanted);
    attributes.iter().any(|(name, _)| {
        let attribute = spec.attribute(name);
        attribute.is_some_and(|it| it.from_person.is_some())
    })
}

/// A person who should have no access any more.
pub(super) fn leaver(spec: &VendorSpec, email: &str) -> DesiredAccount {
    DesiredAccount {
        access: Access::Left,
        ..wanted(spec, email)
    }
}

/// The login name of somebody, where accounts have one.
fn login(spec: &VendorSpec, email: &str) -> Option<(Key, Value)> {
    spec.attribute(LOGIN)?;
    // No two people have one login, whatever their domains are.
    let login = match email.rsplit_once('@') {
        Some((local, domain)) if domain.eq_ignore_ascii_case("example.com") => local.to_owned(),
        _ => email.replace('@', "."),
    };
    Some((Key::Borrowed(LOGIN), Value::text(login)))
}

/// An account at the vendor.
pub(super) fn account(spec: &VendorSpec, email: &str, variant: Variant) -> Account {
    let mut account = Account::new(email);
    if let Some((name, value)) = login(spec, email) {
        account.attributes.insert(name, Some(value));
    }
    for (name, value) in attributes(spec, variant).iter() {
        account
            .attributes
            .insert(Key::from(name.to_owned()), Some(value.clone()));
    }
    account
}

/// Different values for everything that can be read and written; flags stay as they are, since
/// they hang together in ways that only the vendor's folder knows.
fn attributes(spec: &VendorSpec, variant: Variant) -> Attributes {
    let wanted = variant == Variant::Wanted;
    let mut attributes = Attributes::new();
    for attribute in spec.attributes {
        if attribute.mode != Mode::ReadWrite || Some(attribute.name) == unnamed(spec) {
            continue;
        }
        let value = match attribute.kind {
            AttributeKind::Choice(words) | AttributeKind::Slug(words) => {
                let admin = match spec.admin {
                    AdminRule::TextIs(name, word) if name == attribute.name => Some(word),
                    _ => None,
                };
                let mut plain = words.iter().filter(|word| Some(**word) != admin);
                let first = plain.next().copied().unwrap_or_default();
                let second = plain.next().copied().unwrap_or(first);
                Value::text(if wanted { first } else { second })
            }
            AttributeKind::Text => match attribute.from_person {
                Some(FromPerson::FirstName) => Value::text(if wanted { "Ana" } else { "Anna" }),
                Some(FromPerson::LastName) => Value::text(if wanted { "Silva" } else { "Sá" }),
                Some(FromPerson::FullName) => {
                    Value::text(if wanted { "Ana Silva" } else { "Anna Sá" })
                }
                _ => Value::text(match (attribute.name, wanted) {
                    ("time_zone", true) => "Europe/Lisbon",
                    ("time_zone", false) => "UTC",
                    ("language_tag", true) => "pt-PT",
                    ("language_tag", false) => "en-GB",
                    (_, true) => "Risk & Audit",
                    (_, false) => "Previously",
                }),
            },
            AttributeKind::NameSet if wanted => {
                Value::set(["//Risk/Readers", "//Risk/Writers"].map(|it| name_of(spec, it)))
            }
            AttributeKind::NameSet => {
                Value::set(["//Risk/Leavers", "//Risk/Readers"].map(|it| name_of(spec, it)))
            }
            AttributeKind::FlagMap => {
                attributes.insert(format!("{}.fq-access", attribute.name), Value::Flag(wanted));
                continue;
            }
            AttributeKind::Family => {
                let (name, was) = (attribute.name, if wanted { "now" } else { "before" });
                let key = format!("{name}example:acme:2.0:User.cost_code");
                attributes.insert(key, Value::text(was));
                let key = format!("{name}example:acme:2.0:User.desks");
                attributes.insert(key, Value::set([was, "always"]));
                continue;
            }
            // Somebody who is there in every world.
            AttributeKind::Email if wanted => Value::text(testing::OWN),
            AttributeKind::Flag | AttributeKind::EmailSet | AttributeKind::Email => continue,
        };
        attributes.insert(attribute.name, value);
    }
    attributes
}

/// Group paths where the vendor has paths, plain names elsewhere.
fn name_of(spec: &VendorSpec, path: &str) -> Box<str> {
    if spec.read == ReadFrom::Record {
        path.into()
    } else {
        path.trim_start_matches('/').replace('/', " ").into()
    }
}
