//! Connectors: the trait that each implements, and the list of kinds. What a kind can do is data, in
//! [`crate::model::spec`].

/// The registration: every kind of vendor, sorted. The table of kinds and the conformance tests are
/// made from it.
macro_rules! registered {
    ($make:ident) => {
        $make! { bitsight, logicgate, scim, snaplogic, surecloud }
    };
}

pub mod asked;
mod batch;
pub mod bitsight;
#[cfg(test)]
#[cfg(feature = "sandbox")]
mod conformance;
mod described;
pub mod logicgate;
mod rest;
pub mod scim;
pub mod snaplogic;
pub mod surecloud;
#[cfg(test)]
#[cfg(feature = "sandbox")]
pub(crate) mod testing;
pub mod trial;

use std::sync::Arc;

use async_trait::async_trait;

use crate::http::{Api, HttpError, Permit, Problem, Secret, Secrets};
use crate::model::account::{Account, AccountKey};
use crate::model::action::Action;
use crate::model::current::Current;
use crate::model::desired::Desired;
use crate::model::outcome::Outcome;
use crate::model::spec::{DESCRIBED, VendorSpec};
use crate::roster::model::VendorSettings;
use crate::state::record::RecordPlace;

/// A connector: one account system at one vendor.
///
/// A connector says how to read and how to write; what to write and whether that is allowed is
/// decided elsewhere, once for all vendors. It keeps what it learnt in `fetch` (ids of groups,
/// whole objects) for the writes that follow in the same run.
#[async_trait]
pub trait Vendor: Send + Sync {
    /// Reads every account, with GET only (token calls excepted). `desired` tells which
    /// attributes matter, so that no call is made for one that nobody manages.
    ///
    /// # Errors
    /// Any fault that leaves the picture unusable. A picture that is usable but perhaps not whole
    /// is returned with [`crate::model::current::Completeness::missing`].
    async fn fetch(&self, desired: &Desired<'_>) -> Result<Current, HttpError>;

    /// Reads one account afresh, by its id where it has one, else by e-mail. `None`: the vendor
    /// says that there is none. Used to verify writes, to settle lost answers, and before
    /// removals. A vendor that cannot read one account answers from its record.
    ///
    /// # Errors
    /// Anything but a clear yes or no.
    async fn find(&self, key: &AccountKey) -> Result<Option<Account>, HttpError>;

    /// Looks one person up whom the list does not show, in one call or a few: some lists hide who is
    /// switched off. Only commands that say of leavers that they have no account ask so.
    ///
    /// # Errors
    /// The vendor did not answer.
    async fn look_up(&self, key: &AccountKey) -> Result<LookUp, HttpError> {
        let found = self.find(key).await?;
        Ok(found.map_or(LookUp::Nobody, |account| LookUp::Account(Box::new(account))))
    }

    /// Does one action. Never repeats a create whose answer was lost: the engine looks first.
    ///
    /// # Errors
    /// [`WriteError`].
    async fn write(&self, action: &Action) -> Result<Written, WriteError>;

    /// Whether the write of this action left something for [`Vendor::complete`], which then says
    /// what became of the whole action.
    fn left_open(&self, _: &Action) -> bool {
        false
    }

    /// Does what a write left open, in calls that other actions may share.
    ///
    /// # Errors
    /// [`WriteError`], as of the whole action.
    async fn complete(&self, _: &Action) -> Result<Written, WriteError> {
        Ok(Written::default())
    }

    /// How many actions that a write left open may wait for each other, to share calls.
    fn gathers(&self) -> usize {
        0
    }

    /// What the run has learnt since these actions ended as applied that takes it back: which of
    /// them, by place, and why. Called once when all have ended.
    fn doubts(&self, _: &[&Outcome]) -> Vec<(usize, String)> {
        Vec::new()
    }

    /// Called once when the actions of a run have ended, however they ended: brings what the
    /// connector keeps on disk into its final form. Nothing may depend on it: a run that dies
    /// never gets here.
    ///
    /// # Errors
    /// Why it could not be done. That changes no outcome.
    async fn finish(&self) -> Result<(), HttpError> {
        Ok(())
    }

    /// What reading shows of the vendor's description, where it has one.
    ///
    /// # Errors
    /// The list of users cannot be read.
    async fn trial(&self) -> Result<Vec<trial::Finding>, HttpError> {
        Ok(Vec::new())
    }

    /// How the open questions of the kind are answered.
    fn questioned(&self) -> Option<&dyn asked::Questioned> {
        None
    }

    /// How many actions may be under way when so many calls may be in flight: more only where one
    /// call carries several actions.
    fn actions_at_once(&self, calls: usize) -> usize {
        calls
    }
}

/// What the vendor says of one person whom its list does not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookUp {
    /// The account.
    Account(Box<Account>),
    /// It knows nobody of that id or e-mail.
    Nobody,
    /// It cannot be asked for one person, or its answer proves nothing: why, in one clause.
    Unknown(String),
}

/// What a write brought.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The account as the vendor's own answer shows it after the write; `None`: the answer shows
    /// nothing, a fresh read has to.
    pub account: Option<Account>,
    /// What the report should say besides (steps that were not needed, warnings of the vendor).
    pub notes: Vec<String>,
}

impl Written {
    /// What an answer shows, and what to say besides.
    pub(crate) fn new(account: Option<Account>, notes: Vec<String>) -> Self {
        Self { account, notes }
    }

    /// A write whose answer shows nothing, and what to say of it.
    pub(crate) fn noted(note: impl Into<String>) -> Self {
        Self::new(None, vec![note.into()])
    }
}

/// Why a write did not go through.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// The call failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The vendor answered 2xx and yet did not do it, or not all of it.
    #[error("{message}")]
    Refused {
        /// The status it answered with.
        status: u16,
        /// Its words, cut and redacted.
        message: String,
        /// The account as far as the answer shows it.
        account: Option<Box<Account>>,
    },
    /// A call of the action went through, and one behind it failed, a read to prove it perhaps:
    /// the action is done in part or in whole.
    #[error(transparent)]
    Partly(HttpError),
    /// Somebody has the address of a create by now, who is to be adopted; nothing was written.
    #[error("{0}")]
    There(String),
    /// The account is not what the plan saw; nothing was written.
    #[error("{0}")]
    Stale(String),
    /// A person has to do it; nothing was written.
    #[error("{0}")]
    Manual(String),
}

impl WriteError {
    /// The same with more to be said behind it.
    #[must_use]
    pub fn and(self, words: &str) -> Self {
        let behind = |message: String| match words {
            "" => message,
            words => format!("{message}; {words}"),
        };
        match self {
            Self::Http(error) => Self::Http(error.and(words)),
            Self::Partly(error) => Self::Partly(error.and(words)),
            Self::Refused {
                status,
                message,
                account,
            } => Self::Refused {
                status,
                message: behind(message),
                account,
            },
            Self::There(message) => Self::There(behind(message)),
            Self::Stale(message) => Self::Stale(behind(message)),
            Self::Manual(message) => Self::Manual(behind(message)),
        }
    }

    /// The same error behind a call of the same action that went through: whatever it says, it no
    /// longer means that nothing was done.
    #[must_use]
    pub fn behind_a_write(self) -> Self {
        match self {
            Self::Http(error) => Self::Partly(error),
            Self::There(message) | Self::Stale(message) | Self::Manual(message) => Self::Refused {
                status: 200,
                message: format!("done in part: {message}"),
                account: None,
            },
            Self::Partly(_) | Self::Refused { .. } => self,
        }
    }
}

/// What a connector is made of.
pub struct Connect {
    /// The vendor's settings.
    pub settings: Arc<VendorSettings>,
    /// The API, without credentials yet.
    pub api: Api,
    /// Its secrets, by their key under `auth`.
    pub secrets: Secrets,
    /// Where its record is, whether or not the vendor keeps one.
    pub record: RecordPlace,
    /// Whether this run may write: with [`Permit::ReadOnly`] the record is not written either.
    pub permit: Permit,
}

impl Connect {
    /// The secret of that key under `auth`.
    ///
    /// # Errors
    /// [`Problem::Secret`]: it is missing; the roster's check lets none through.
    pub(crate) fn secret(&self, key: &str) -> Result<Secret, HttpError> {
        self.secrets.get(key).cloned().ok_or_else(|| {
            let missing = Problem::Secret(format!("auth.{key} is missing"));
            self.api.problem("connect", missing)
        })
    }
}

/// One kind of vendor: its declaration and how to make its parts.
pub struct VendorKind {
    /// The declaration.
    pub spec: &'static VendorSpec,
    /// Makes the connector; sends nothing yet.
    pub connect: Maker,
}

/// Makes a connector; sends nothing.
pub type Maker = fn(Connect) -> Result<Box<dyn Vendor>, HttpError>;

macro_rules! table {
    ($($vendor:ident),*) => {
        /// All kinds of vendor, sorted by kind.
        pub const KINDS: &[VendorKind] = &[$($vendor::KIND),*];
    };
}

registered!(table);

/// The declarations of all kinds.
pub fn specs() -> Vec<&'static VendorSpec> {
    KINDS.iter().map(|kind| kind.spec).collect()
}

/// What makes the connector of a kind.
pub fn maker(kind: &str) -> Option<Maker> {
    if kind == DESCRIBED {
        return Some(described::connect);
    }
    let found = KINDS.iter().find(|it| it.spec.kind == kind);
    found.map(|it| it.connect)
}
