//! The roster as plain data with positions: what people wrote, checked, before any layer is applied.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;

use crate::model::certificate::{Answers, At, Certificate};
use crate::model::digest::Digest;
use crate::model::email::{EmailPattern, compare_emails, same_email};
use crate::model::off::Grace;
use crate::model::question::Effect;
use crate::model::spec::{DeactivateMode, LOGIN, ReadFrom, SettingKind, SwitchOff, VendorSpec};
use crate::model::value::{Key, Value};
use crate::roster::diagnostic::Span;

mod assertion;
mod grant;
mod source;

pub use super::place::StatePlace;
pub use assertion::{Assertion, Field, Holding, Rule};
pub use grant::{Days, Member, ProfileGrant, Team};
pub use source::{ActiveColumn, Missing, PeopleSource, ProfilesColumn, SourceForm, SourceKeys};

/// Something, and the place in the roster where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

/// All files merged (roster rule 9).
#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// By name.
    pub vendors: BTreeMap<Box<str>, VendorSettings>,
    /// By name.
    pub profiles: BTreeMap<Box<str>, Profile>,
    /// Names of the profiles that everybody has.
    pub everyone: Vec<Box<str>>,
    /// By name. What they give is among the profiles of their members too.
    pub teams: BTreeMap<Arc<str>, Team>,
    /// By name.
    pub sources: BTreeMap<Arc<str>, PeopleSource>,
    /// Sorted by e-mail key.
    pub people: Vec<Person>,
    /// Top-level `state:`, resolved against the file that names it.
    pub state: Option<StatePlace>,
    /// `keep`: for so long journals, inventories and notes are kept; `None`: [`KEEP`].
    pub keep: Option<Grace>,
    /// `assert`, of all files.
    pub assertions: Vec<Assertion>,
    /// `released`, of all files.
    pub released: Vec<Released>,
    /// The paths of its files, by their numbers in places.
    pub files: Vec<Arc<str>>,
}

/// For how long journals, inventories and notes are kept where the roster does not say: an audit
/// period of a year, and half a year until somebody asks.
pub const KEEP: Grace = Grace(550);

impl Roster {
    /// For how long journals, inventories and notes are kept.
    pub fn kept_for(&self) -> Grace {
        self.keep.unwrap_or(KEEP)
    }

    /// The person with that e-mail, or the one who had it before.
    pub fn find_person(&self, email: &str) -> Option<&Person> {
        let now = self
            .people
            .binary_search_by(|person| compare_emails(&person.email.value, email));
        match now {
            Ok(at) => self.people.get(at),
            Err(_) => self.people.iter().find(|person| {
                let mut previous = person.previous_emails.iter();
                previous.any(|previous| same_email(&previous.value, email))
            }),
        }
    }
}

/// One entry under `released`: somebody who is gone from the roster and may keep an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The e-mail by which the roster listed them.
    pub email: Spanned<Box<str>>,
    /// Why.
    pub note: Option<Box<str>>,
    /// The last day (UTC) on which that holds; `None`: for good.
    pub until: Option<Date>,
}

/// One entry under `people`. There may be a million of them: texts that many people have are shared,
/// what few people have is behind a pointer.
#[derive(Debug, Clone)]
pub struct Person {
    /// The whole entry.
    pub span: Span,
    /// The e-mail, as written.
    pub email: Spanned<Box<str>>,
    /// `first_name`.
    pub first_name: Option<Spanned<Arc<str>>>,
    /// `last_name`.
    pub last_name: Option<Spanned<Arc<str>>>,
    /// `job_title`.
    pub job_title: Option<Spanned<Arc<str>>>,
    /// `company`.
    pub company: Option<Spanned<Arc<str>>>,
    /// `active`; absent means `true`.
    pub active: Option<Spanned<bool>>,
    /// First day with access (UTC).
    pub starts: Option<Box<Spanned<Date>>>,
    /// Last day with access (UTC).
    pub ends: Option<Box<Spanned<Date>>>,
    /// Earlier e-mails.
    pub previous_emails: Box<[Spanned<Box<str>>]>,
    /// The person's keys in sources, by their names.
    pub source: SourceKeys,
    /// What teams give, then the person's own.
    pub profiles: Vec<ProfileGrant>,
    /// By vendor name.
    pub accounts: Accounts,
    /// `logins`: the login name by vendor; none of them gives an account.
    pub logins: Logins,
}

/// Login names with the vendors' names.
pub type Logins = Box<[(Arc<str>, Spanned<Box<str>>)]>;

impl Person {
    /// A person of whom nothing but the e-mail is known.
    pub fn new(email: Spanned<Box<str>>) -> Self {
        Self {
            span: email.span,
            email,
            first_name: None,
            last_name: None,
            job_title: None,
            company: None,
            active: None,
            starts: None,
            ends: None,
            previous_emails: Box::default(),
            source: Box::default(),
            profiles: Vec::new(),
            accounts: Accounts::default(),
            logins: Box::default(),
        }
    }

    /// The login name at a vendor that knows accounts by one, and where it is from.
    pub fn login<'r>(&'r self, vendor: &'r VendorSettings) -> Option<(&'r str, Span)> {
        if !vendor.spec.knows_logins() {
            return None;
        }
        let mut logins = self.logins.iter();
        if let Some((_, login)) = logins.find(|(name, _)| **name == *vendor.name) {
            return Some((&login.value, login.span));
        }
        let from_email = vendor.text(LOGIN) == Some(LOCAL_PART);
        let local = self.email.value.rsplit_once('@').map(|(local, _)| local);
        Some((local.filter(|_| from_email)?, self.email.span))
    }
}

/// The value of a vendor's `login` by which the e-mail's part before the `@` is the login name.
pub const LOCAL_PART: &str = "local_part";

/// Accounts, sorted by the names of their vendors. A list, because there are two or three of them
/// and the smallest tree takes a kilobyte: with 100,000 people that was 100 MB.
#[derive(Debug, Clone, Default)]
pub struct Accounts(Box<[(Arc<str>, Spanned<AccountEntry>)]>);

impl Accounts {
    /// The account at a vendor.
    pub fn get(&self, vendor: &str) -> Option<&Spanned<AccountEntry>> {
        let found = self.0.binary_search_by(|(name, _)| (**name).cmp(vendor));
        found.ok().map(|at| &self.0[at].1)
    }

    /// All accounts with the names of their vendors.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Spanned<AccountEntry>)> {
        self.0.iter().map(|(name, entry)| (&**name, entry))
    }

    /// Whether no vendor is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The attributes that are set at a vendor.
    pub fn attributes_mut(&mut self, vendor: &str) -> &mut [AttributeEntry] {
        let found = self.0.binary_search_by(|(name, _)| (**name).cmp(vendor));
        match found.map(|at| &mut self.0[at].1.value) {
            Ok(AccountEntry::Settings { id: _, attributes }) => attributes,
            Ok(AccountEntry::No) | Err(_) => &mut [],
        }
    }

    /// Adds accounts at vendors that are not there yet.
    pub fn extend(&mut self, more: impl IntoIterator<Item = (Arc<str>, Spanned<AccountEntry>)>) {
        let list = std::mem::take(&mut self.0).into_iter();
        *self = list.chain(more).collect();
    }

    /// Sets the account at a vendor, replacing what was there.
    pub fn insert(&mut self, vendor: &str, entry: Spanned<AccountEntry>) {
        match self.0.binary_search_by(|(name, _)| (**name).cmp(vendor)) {
            Ok(at) => self.0[at].1 = entry,
            Err(at) => {
                let mut list = std::mem::take(&mut self.0).into_vec();
                list.reserve_exact(1);
                list.insert(at, (vendor.into(), entry));
                self.0 = list.into_boxed_slice();
            }
        }
    }
}

impl FromIterator<(Arc<str>, Spanned<AccountEntry>)> for Accounts {
    /// Of vendors that are each there once.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Spanned<AccountEntry>)>>(entries: I) -> Self {
        let mut list: Vec<_> = entries.into_iter().collect();
        list.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Self(list.into_boxed_slice())
    }
}

/// One entry under a person's `accounts`, or under a profile.
#[derive(Debug, Clone)]
pub enum AccountEntry {
    /// `false`: no account here.
    No,
    /// A map, perhaps empty.
    Settings {
        /// `id`; only under a person.
        id: Option<Box<Spanned<Box<str>>>>,
        /// Attributes, maps taken apart (`features.fq-access`), in the order written.
        attributes: Box<[AttributeEntry]>,
    },
}

/// One attribute as written.
#[derive(Debug, Clone)]
pub struct AttributeEntry {
    /// The attribute's roster name.
    pub name: Key,
    /// Its value, checked against the declaration.
    pub value: Value,
    /// Where the value stands.
    pub span: Span,
}

/// One entry under `profiles`.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Where its name stands.
    pub span: Span,
    /// By vendor name.
    pub accounts: Accounts,
    /// All profiles that it includes, directly and through others, those below first.
    pub included: Box<[Arc<str>]>,
}

/// One entry under `vendors`, with every default filled in.
#[derive(Debug, Clone)]
pub struct VendorSettings {
    /// The name in the roster.
    pub name: Box<str>,
    /// Where the name stands.
    pub span: Span,
    /// What `kind` (or the name) chose.
    pub spec: &'static VendorSpec,
    /// Scheme, host and optional path prefix; no slash at the end.
    pub base_url: Box<str>,
    /// Whether that is a sandbox's, in place of the vendor's.
    pub in_sandbox: bool,
    /// The secrets of the one [`crate::model::spec::AuthForm`] that matched, by key.
    pub auth: BTreeMap<&'static str, SecretRef>,
    /// The weakest layer of every account here.
    pub defaults: Vec<AttributeEntry>,
    /// What happens to accounts that the roster does not list.
    pub unlisted: Unlisted,
    /// Accounts that are never taken anything from: the vendor's own and those of the roster's
    /// top-level `protect:`.
    pub protect: Vec<EmailPattern>,
    /// How fast to call.
    pub limits: Limits,
    /// How much one plan may do.
    pub max: Max,
    /// How accounts are switched off.
    pub deactivate: SwitchOff,
    /// `leavers.delete_after`: how long accounts stay off before they are deleted. `None`: for
    /// good. Set only where [`Self::deactivate`] is reversible and the vendor can delete.
    pub delete_after: Option<Grace>,
    /// The e-mail behind the credentials, where the API cannot tell.
    pub own_account: Option<Box<str>>,
    /// `admins:`: what makes an administrator besides the vendor's own rule.
    pub admins: Vec<AdminMark>,
    /// `record:`, resolved against the file that names it.
    pub record: Option<PathBuf>,
    /// Vendor settings of [`VendorSpec::settings`], checked; paths are resolved.
    pub settings: BTreeMap<&'static str, Setting>,
    /// Those of them that a preset brought and the roster does not give.
    pub by_preset: Vec<&'static str>,
    /// `mode: observe`: what is planned here is shown and never written.
    pub observe: bool,
    /// What this tenant, or another one, was seen to do.
    pub certificate: Option<Arc<CertificateText>>,
    /// What counts of it, once [`Self::believe`] was asked.
    pub answers: Answers,
}

impl VendorSettings {
    /// Whether a plan may take away an account that nobody is to have: of somebody `listed` or of
    /// nobody in the roster, and `off` already or not. Connectors spare calls with it.
    pub fn may_remove(&self, listed: bool, off: bool) -> bool {
        (listed || self.unlisted == Unlisted::Deactivate) && (!off || self.delete_after.is_some())
    }

    /// Whose accounts these are, in words: the address, and the settings that choose among several
    /// there. A sandbox is one place, whatever its port.
    pub fn place(&self) -> String {
        let address: &str = if self.in_sandbox {
            "the sandbox"
        } else {
            &self.base_url
        };
        let mut place = address.to_owned();
        for setting in self.spec.settings {
            let chooses = self.spec.tenant.contains(&setting.name);
            // The sandbox puts an address of its own there.
            let swapped = self.in_sandbox && setting.kind == SettingKind::Url;
            if let Some(text) = self.text(setting.name).filter(|_| chooses && !swapped) {
                place.push_str(&format!(", {} {text}", setting.name));
            }
        }
        // Another description leads to other calls: what was approved for one is not for the other.
        if let Some(text) = self.description() {
            place.push_str(&format!(", described by {} ({})", text.name, text.digest));
        }
        // So does what is believed of the tenant.
        if let Some(certificate) = &self.certificate {
            place.push_str(&format!(", certified by {}", certificate.digest));
        }
        place
    }

    /// Whose accounts these are, for a certificate: the address without the port of this machine, and
    /// the settings that choose among several there. What the vendor is described by is apart.
    pub fn tenant(&self) -> String {
        let alone = Self {
            settings: self
                .settings
                .iter()
                .filter(|(_, it)| !matches!(it, Setting::Description(_)))
                .map(|(name, it)| (*name, it.clone()))
                .collect(),
            certificate: None,
            ..self.clone()
        };
        let place = alone.place();
        let Ok(mut address) = url::Url::parse(&self.base_url) else {
            return place;
        };
        let is_here = matches!(
            address.host_str(),
            Some("127.0.0.1" | "localhost" | "[::1]")
        );
        if self.in_sandbox || !is_here || address.set_port(None).is_err() {
            return place;
        }
        place.replacen(&*self.base_url, address.as_str().trim_end_matches('/'), 1)
    }

    /// What was seen at this tenant, or at another one, as far as it counts on that day; settings that
    /// it answers are set where the roster does not say anything.
    pub fn believe(&mut self, today: Date) {
        let Some(certificate) = self.certificate.clone() else {
            return;
        };
        self.answers = match &certificate.document {
            Err(why) => Answers::none(format!("the certificate confirms nothing: {why}")),
            Ok(document) => Answers::of(
                document,
                At {
                    kind: self.spec.kind,
                    connector: self.description().map(|it| &it.digest),
                    questions: self.spec.questions,
                    tenant: &self.tenant(),
                    today,
                },
            ),
        };
        for (_, answer, effect) in self.answers.effects() {
            let (name, setting) = match effect {
                Effect::Flag(name) => (name, Setting::Flag(true)),
                Effect::Text(name) => (name, Setting::Text(answer.to_string().into())),
                Effect::ByHand(way) if self.deactivate.name == way => {
                    let doc = "a step for a person, as the certificate has it";
                    self.deactivate = SwitchOff::new("manual", DeactivateMode::Manual, doc);
                    // Nothing is ever seen to be off by what this program did.
                    self.delete_after = None;
                    continue;
                }
                _ => continue,
            };
            self.settings.entry(name).or_insert(setting);
        }
    }

    /// What a tenant that was seen to answer so on that day makes of it.
    #[cfg(test)]
    pub(crate) fn certify(&mut self, day: Date, answers: &[(&str, &'static str)]) {
        use crate::model::certificate::{Answered, Certificate, Evidence, FORMAT, Tenant};
        let answered = answers.iter().map(|(id, word)| {
            let answered = Answered {
                answer: (*word).into(),
                day: None,
                stated: false,
                evidence: Evidence::default(),
            };
            ((*id).into(), answered)
        });
        let document = Certificate {
            format: FORMAT,
            tool: "rosterctl".into(),
            kind: self.spec.kind.into(),
            connector: self.description().map(|it| it.digest.clone()),
            day,
            tenant: Tenant::of("salt", &self.tenant()),
            answers: answered.collect(),
        };
        self.certificate = Some(Arc::new(CertificateText {
            name: "certificates/acme.json".into(),
            digest: crate::model::digest::Digest::of(&1),
            document: Ok(document),
        }));
        self.believe(day);
    }

    /// Whether a file describes the vendor and nobody has tried it at this tenant: it is to do little
    /// by itself.
    pub fn is_untried(&self) -> bool {
        self.description().is_some() && !self.answers.confirmed
    }

    /// Where the current state comes from: as the kind has it, or searches where the roster says
    /// `read: search`.
    pub fn read_from(&self) -> ReadFrom {
        match self.text("read") {
            Some("search") => ReadFrom::Search,
            _ => self.spec.read,
        }
    }

    /// A text (or e-mail, or path) setting.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.settings.get(name) {
            Some(Setting::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The description of the vendor, where a file describes it.
    pub fn description(&self) -> Option<&Arc<DescriptionText>> {
        self.settings.values().find_map(|setting| match setting {
            Setting::Description(text) => Some(text),
            _ => None,
        })
    }

    /// A boolean setting; absent means `false`.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.settings.get(name), Some(Setting::Flag(true)))
    }

    /// A boolean setting, if the roster says anything about it.
    pub fn said(&self, name: &str) -> Option<bool> {
        match self.settings.get(name) {
            Some(Setting::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// A list of names; absent means empty.
    pub fn names(&self, name: &str) -> &[Box<str>] {
        match self.settings.get(name) {
            Some(Setting::Names(names)) => names,
            _ => &[],
        }
    }

    /// A number.
    pub fn count(&self, name: &str) -> Option<u64> {
        match self.settings.get(name) {
            Some(Setting::Count(count)) => Some(*count),
            _ => None,
        }
    }

    /// A map of texts; absent means empty.
    pub fn text_map(&self, name: &str) -> Option<&BTreeMap<Box<str>, Box<str>>> {
        match self.settings.get(name) {
            Some(Setting::TextMap(map)) => Some(map),
            _ => None,
        }
    }
}

/// A checked vendor setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Text, e-mail or path.
    Text(Box<str>),
    /// Boolean.
    Flag(bool),
    /// Whole number from 1.
    Count(u64),
    /// Names to texts.
    TextMap(BTreeMap<Box<str>, Box<str>>),
    /// A list of names, in the order written.
    Names(Vec<Box<str>>),
    /// The description of the vendor.
    Description(Arc<DescriptionText>),
}

/// A certificate, as it was read.
#[derive(Debug, Clone)]
pub struct CertificateText {
    /// The file, as the roster names it.
    pub name: Box<str>,
    /// The digest of its text.
    pub digest: Digest,
    /// What it says, or why that counts for nothing: a format of another version.
    pub document: Result<Certificate, String>,
}

/// A description of a vendor, as it was read.
#[derive(Debug, Clone)]
pub struct DescriptionText {
    /// The file, as the roster names it.
    pub name: Box<str>,
    /// Its text, which has been checked.
    pub text: Box<str>,
    /// The digest of the text.
    pub digest: Digest,
}

/// The content counts, wherever it stands.
impl PartialEq for DescriptionText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for DescriptionText {}

/// Where a secret is; never the secret (roster rule 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// `{ env: NAME }`
    Env(Box<str>),
    /// `{ file: PATH }`, resolved against the file that names it.
    File(PathBuf),
    /// `{ command: [PROGRAM, ARG] }`
    Command(Vec<Box<str>>),
}

/// What happens to an active account that the roster does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unlisted {
    /// Nothing is said.
    Ignore,
    /// It is listed in the plan.
    #[default]
    Report,
    /// It is switched off, as `deactivate:` says.
    Deactivate,
}

/// `limits:` with the vendor's defaults filled in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Calls that may start in any one-second window; above 0, may be a fraction.
    pub per_second: f64,
    /// Calls that may start at once; from 1.
    pub burst: u32,
    /// Calls in flight; from 1.
    pub concurrency: usize,
    /// Until one call is given up.
    pub timeout: std::time::Duration,
    /// The longest the vendor may make a run wait; default ten minutes.
    pub max_wait: std::time::Duration,
}

/// `max:`, counted per vendor before the first write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Max {
    /// No default.
    pub creates: Option<Bound>,
    /// `None`: 10 % of the active accounts read, at least 3.
    pub deactivations: Option<Bound>,
    /// Accounts by which a list may have shrunk since the last apply before its read is doubted.
    /// `None`: 20 % of what was there then, at least 5.
    pub shrinkage: Option<Bound>,
    /// Administrators that one plan may make. No default.
    pub admin_grants: Option<Bound>,
    /// The least that a share comes to: a tenth of nine accounts would be none.
    pub at_least: Option<u64>,
}

/// One entry under `admins`: an attribute with values that make an administrator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize)]
pub struct AdminMark {
    /// The attribute's roster name; `features.fq-access` for one key of a map.
    pub attribute: Box<str>,
    /// Texts, `true` or `false`; names or ids where the vendor has names for things.
    pub values: Vec<Box<str>>,
}

/// A number or a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// So many.
    Count(u64),
    /// So many percent of the active accounts that were read (`shrinkage`: of all that were there
    /// at the last apply), rounded down.
    Percent(u8),
}
