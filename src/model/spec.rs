//! What a vendor can do, as data. Plan, diagnostics, schema and the README's vendor table are made
//! from these declarations; vendor differences are rows here, not overridden methods.
//!
//! Core: no network, no files, no clock.

use std::collections::BTreeSet;
use std::fmt;

use crate::model::question::OpenQuestion;
use crate::model::value::{Attributes, Value};

/// The attribute that a login name is, where accounts are known by one. The roster gives it under a
/// person's `logins`, and never under `accounts`. Letters compare without case, as in an e-mail.
pub const LOGIN: &str = "login";

/// Everything the rest of the program knows about one kind of vendor.
#[derive(Debug, Clone)]
pub struct VendorSpec {
    /// The `kind` in the roster, and the folder's name: `bitsight`.
    pub kind: &'static str,
    /// The name people know: `Bitsight`.
    pub title: &'static str,
    /// Where the API is documented.
    pub docs: &'static str,
    /// `base_url` when the roster gives none. `None`: it has to be given.
    pub base_url: Option<&'static str>,
    /// What the connector appends to `base_url`, up to where it branches: people copy it from the
    /// documentation.
    pub paths: &'static [&'static str],
    /// The ways to authenticate; the roster's `auth` has to match exactly one.
    pub auth: &'static [AuthForm],
    /// What the credentials must be allowed to do, for the README and for messages.
    pub rights: &'static str,
    /// Vendor settings beyond the common ones.
    pub settings: &'static [SettingSpec],
    /// Names of settings that choose, beside `base_url`, whose accounts these are.
    pub tenant: &'static [&'static str],
    /// The attributes of an account.
    pub attributes: &'static [AttributeSpec],
    /// Where the current state comes from.
    pub read: ReadFrom,
    /// Whether an account's e-mail can be changed; if not, a rename is a manual step.
    pub email_change: bool,
    /// The values of `deactivate:`, default first.
    pub deactivate: &'static [SwitchOff],
    /// What a plan says where accounts may be deleted; empty: nothing.
    pub delete_caution: &'static str,
    /// What works against a roster and no call shows, and what to do about it: `doctor` says so.
    pub beyond: &'static [(&'static str, &'static str)],
    /// What makes an account an administrator.
    pub admin: AdminRule,
    /// The limits when the roster gives none.
    pub limits: LimitDefaults,
    /// Milliseconds to wait before each further read when a fresh read does not show a write yet.
    pub read_lag_ms: &'static [u64],
    /// Calls that one action takes, for the forecast.
    pub calls: ActionCalls,
    /// What the documentation leaves open, and a tenant answers.
    pub questions: &'static [OpenQuestion],
    /// Rules between attributes that the roster must keep; pure.
    pub check: fn(&Attributes) -> Vec<Conflict>,
}

impl VendorSpec {
    /// A vendor that has a list and nothing special, and publishes no limits; the base of every
    /// declaration.
    pub const BASE: Self = Self {
        kind: "",
        title: "",
        docs: "",
        base_url: None,
        paths: &[],
        auth: &[],
        rights: "",
        settings: &[],
        tenant: &[],
        attributes: &[],
        read: ReadFrom::Api,
        email_change: false,
        deactivate: &[],
        delete_caution: "",
        beyond: &[],
        admin: AdminRule::Unknown,
        // One small call at a time is what nobody can object to.
        limits: LimitDefaults {
            per_second: 2.0,
            burst: 1,
            concurrency: 1,
            timeout_seconds: 60,
            throttle_seconds: 10,
        },
        read_lag_ms: &[1_000, 4_000],
        calls: ActionCalls {
            create: 1,
            update: 1,
            remove: 1,
            reactivate: 1,
        },
        questions: &[],
        check: |_| Vec::new(),
    };

    /// The declaration of an attribute, by its roster name (the part before a dot for maps).
    pub fn attribute(&self, name: &str) -> Option<&'static AttributeSpec> {
        let end = name.bytes().position(|byte| byte == b'.');
        let head = &name[..end.unwrap_or(name.len())];
        let mut attributes = self.attributes.iter();
        attributes
            .find(|attribute| attribute.name == head)
            .or_else(|| self.family(name))
    }

    /// Whether accounts are known by a login name here.
    pub fn knows_logins(&self) -> bool {
        self.attributes.iter().any(|it| it.name == LOGIN)
    }

    /// The declaration of the family that a name belongs to, if it is none of its own.
    pub fn family(&self, name: &str) -> Option<&'static AttributeSpec> {
        let mut attributes = self.attributes.iter();
        attributes.find(|it| it.kind == AttributeKind::Family && name.starts_with(it.name))
    }
}

impl VendorSpec {
    /// The attributes that hold a person's name.
    pub fn names(&self) -> BTreeSet<&'static str> {
        let names = self.attributes.iter();
        let names = names.filter(|it| it.from_person.is_some_and(FromPerson::is_name));
        names.map(|it| it.name).collect()
    }
}

/// The kind of a vendor that is described in a file.
pub const DESCRIBED: &str = "rest";

/// A rule between attributes that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The attribute to point at.
    pub attribute: &'static str,
    /// What is wrong, in one clause.
    pub message: &'static str,
    /// What to do instead.
    pub help: &'static str,
}

/// One way to authenticate.
#[derive(Debug)]
pub struct AuthForm {
    /// The secrets it takes, by their key under `auth`.
    pub secrets: &'static [&'static str],
    /// What it is, for help texts.
    pub doc: &'static str,
}

/// A vendor setting beyond the common ones.
#[derive(Debug)]
pub struct SettingSpec {
    /// Its key under the vendor.
    pub name: &'static str,
    /// Its type.
    pub kind: SettingKind,
    /// Whether it has to be given.
    pub required: bool,
    /// What it does, for the schema.
    pub doc: &'static str,
}

/// The type of a vendor setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// A text.
    Text,
    /// A boolean.
    Flag,
    /// A whole number from 1.
    Count,
    /// An e-mail.
    Email,
    /// A path, relative to the file that names it.
    Path,
    /// A map of names to texts.
    TextMap,
    /// One of a closed set of words; what is left out is the first.
    Choice(&'static [&'static str]),
    /// A list of names.
    Names,
    /// An address, as `base_url` is one. The sandbox puts its own in its place.
    Url,
    /// The file that describes the vendor, or the name of a description that ships with the program.
    Description,
    /// A name for several other settings.
    Preset(&'static [super::preset::Preset]),
}

/// One attribute of an account.
#[derive(Debug, Clone)]
pub struct AttributeSpec {
    /// The roster name: the vendor's own, in `snake_case`.
    pub name: &'static str,
    /// The vendor's key for it, where it stands in a user as it is; empty: it does not.
    pub at: &'static str,
    /// Its type.
    pub kind: AttributeKind,
    /// Whether it has to be there.
    pub required: Required,
    /// How it can be used.
    pub mode: Mode,
    /// The person field it takes when nothing stronger sets it.
    pub from_person: Option<FromPerson>,
    /// The person field it can come from where the vendor's `from_person` names it.
    pub offered: Option<FromPerson>,
    /// The value it takes when nothing sets it; then it is managed all the same.
    pub default: Option<Literal>,
    /// What a create sends when the roster is silent.
    pub on_create: OnCreate,
    /// How to tell whether a change of it takes rights away.
    pub rights: Rights,
    /// A value of it that may only be sent with a vendor setting on.
    pub needs: Option<Needs>,
    /// Whether the roster names a file that holds the value: a public key or certificate in PEM.
    pub from_file: bool,
    /// What it is, for the schema: one or two sentences.
    pub doc: &'static str,
}

impl AttributeSpec {
    /// An optional readable and writable text that carries no rights; the base of every row:
    /// `AttributeSpec { name: "company", doc: "…", ..AttributeSpec::BASE }`.
    pub const BASE: Self = Self {
        name: "",
        at: "",
        kind: AttributeKind::Text,
        required: Required::No,
        mode: Mode::ReadWrite,
        from_person: None,
        offered: None,
        default: None,
        on_create: OnCreate::Nothing,
        rights: Rights::None,
        needs: None,
        from_file: false,
        doc: "",
    };

    /// A row of the table: the roster name, the vendor's key (empty: it stands in no one place) and
    /// what it is.
    pub const fn new(name: &'static str, at: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            at,
            doc,
            ..Self::BASE
        }
    }

    /// The same of another type than a text.
    #[must_use]
    pub const fn kind(self, kind: AttributeKind) -> Self {
        Self { kind, ..self }
    }

    /// The same, which has to be there.
    #[must_use]
    pub const fn required(self, required: Required) -> Self {
        Self { required, ..self }
    }

    /// The same, which cannot be changed at any time.
    #[must_use]
    pub const fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// The same, taken from a person's field where nothing stronger sets it.
    #[must_use]
    pub const fn from_person(self, from: FromPerson) -> Self {
        Self {
            from_person: Some(from),
            ..self
        }
    }

    /// The same, which a create sends when the roster is silent.
    #[must_use]
    pub const fn on_create(self, on_create: OnCreate) -> Self {
        Self { on_create, ..self }
    }

    /// The same, whose value is in a file beside the roster.
    #[must_use]
    pub const fn from_file(self) -> Self {
        Self {
            from_file: true,
            ..self
        }
    }

    /// The same, which carries rights.
    #[must_use]
    pub const fn rights(self, rights: Rights) -> Self {
        Self { rights, ..self }
    }
}

/// The vendor setting that lists the only domains in which accounts can be made.
pub const ALLOWED_DOMAINS: &str = "allowed_domains";

/// The type of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeKind {
    /// Any text.
    Text,
    /// A boolean.
    Flag,
    /// One of a closed set; anything else is a roster error.
    Choice(&'static [&'static str]),
    /// A slug; these are known, others are let through with a warning.
    Slug(&'static [&'static str]),
    /// A list of names, compared as a set, case-sensitive.
    NameSet,
    /// A list of e-mails, compared as a set of lower-cased addresses.
    EmailSet,
    /// A map of slugs to booleans, compared key by key.
    FlagMap,
    /// One e-mail, compared in lower case.
    Email,
    /// Not one attribute but all whose names begin with this one's (`urn:`): each is a map of names
    /// to texts, booleans or lists, compared key by key.
    Family,
}

/// Whether an attribute has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// No.
    No,
    /// A roster error when an account lacks it.
    Roster,
    /// A create without it is held: the vendor's documentation asks for it.
    Create,
}

/// How an attribute can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Read and written.
    ReadWrite,
    /// Sent with a create only and never compared.
    CreateOnly,
    /// Read, and set by a create, but not changed afterwards: a difference is a manual step.
    Fixed,
}

/// The person field that an attribute comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FromPerson {
    /// `first_name`.
    FirstName,
    /// `last_name`.
    LastName,
    /// `first_name last_name`; what is missing is left out, nothing if both are.
    FullName,
    /// `job_title`.
    JobTitle,
    /// `company`.
    Company,
    /// `email`.
    Email,
}

impl FromPerson {
    /// Whether it is a person's name, or a part of it.
    pub fn is_name(self) -> bool {
        matches!(self, Self::FirstName | Self::LastName | Self::FullName)
    }
}

/// A constant value in a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal {
    /// A boolean.
    Flag(bool),
    /// A text.
    Text(&'static str),
}

impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        match literal {
            Literal::Flag(flag) => Self::Flag(flag),
            Literal::Text(text) => Self::text(text),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(out, "{flag}"),
            Self::Text(text) => out.write_str(text),
        }
    }
}

/// A value that may only be sent with a vendor setting on. A create with it is held without, and
/// `validate` warns; on an existing account the connector locks the attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// The value.
    pub value: Literal,
    /// The setting, a [`SettingKind::Flag`].
    pub setting: &'static str,
    /// Why, in one clause.
    pub why: &'static str,
}

/// What a create sends when the roster is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCreate {
    /// Nothing.
    Nothing,
    /// This value.
    Send(Literal),
    /// `true`, unless that other flag is `true` on the same account.
    TrueUnless(&'static str),
}

/// How to tell whether a change takes rights away (Safety: "deactivates, deletes or takes rights").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// It carries none.
    None,
    /// `true` grants, `false` takes.
    Flag,
    /// Each member is a right.
    Set,
    /// Values from the weakest to the strongest; a move down takes, and so does a move to or from
    /// a value that is not listed.
    Ranked(&'static [&'static str]),
    /// Any change may take rights away.
    Any,
}

/// What makes an account an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminRule {
    /// The vendor does not show it.
    Unknown,
    /// The attribute has this text.
    TextIs(&'static str, &'static str),
    /// The attribute is `true`.
    FlagIs(&'static str),
    /// The set attribute holds an entry that its directory marks as `admin`.
    Holds(&'static str),
}

/// Where the current state comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFrom {
    /// A list call of the vendor.
    Api,
    /// Searches for each person: strangers are never seen.
    Search,
    /// The record: the vendor has no list call. What the record does not know may still exist.
    Record,
}

/// One value of `deactivate:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SwitchOff {
    /// The word in the roster.
    pub name: &'static str,
    /// What it does.
    pub mode: DeactivateMode,
    /// The same for people.
    pub doc: &'static str,
}

impl SwitchOff {
    /// A value of `deactivate:`, what it does, and the same for people.
    pub const fn new(name: &'static str, mode: DeactivateMode, doc: &'static str) -> Self {
        Self { name, mode, doc }
    }
}

/// What a value of `deactivate:` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeactivateMode {
    /// Listed as a step for a person.
    Manual,
    /// The account is switched off and can be switched on again.
    Reversible,
    /// The account is destroyed.
    Delete,
}

/// The limits of a vendor when the roster gives none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitDefaults {
    /// Calls that may start in any one-second window.
    pub per_second: f64,
    /// Calls that may start at once.
    pub burst: u32,
    /// Calls in flight.
    pub concurrency: usize,
    /// Seconds until one call is given up.
    pub timeout_seconds: u64,
    /// Seconds of the first pause after a 429 that names none.
    pub throttle_seconds: u64,
}

/// Calls that one action takes when nothing goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionCalls {
    /// A create.
    pub create: u32,
    /// An update.
    pub update: u32,
    /// A deactivation or a delete.
    pub remove: u32,
    /// A reactivation.
    pub reactivate: u32,
}
