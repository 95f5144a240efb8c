//! The record: a file that remembers what was applied at a vendor that cannot be read.
//!
//! Plain JSON that people read, review and keep in Git. Two runs may write it at once and a run
//! may die at any moment: each commit sees what others added, and adds what it changes to a log
//! beside the file, so that it costs the same however many accounts there are. At the end of a run
//! the file is written whole again and the log goes away. What the vendor is told, and what an
//! entry means for a plan, is the connector's business.
//!
//! A file that the roster names is one on this disk, under a lock of the system (`store`); without
//! one, the record is among the rest of the state, wherever that is (`parts`).

mod disk;
mod draft;
mod file;
mod log;
mod parts;
mod place;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::account::Account;
use crate::model::email::EmailKey;
use crate::model::value::{ObservedAttributes, Value};
use crate::state::{State, off_thread};
pub use draft::RecordDraft;
use parts::Parts;
use place::Backing;
pub use place::RecordPlace;
use store::RecordFile;

/// The accounts of a record, by e-mail key.
pub type Accounts = BTreeMap<EmailKey<'static>, Entry>;

/// One vendor's record; clones share the queue of commits.
#[derive(Clone)]
pub struct Record {
    inner: Arc<Inner>,
}

struct Inner {
    /// The file, or the address as a path.
    path: PathBuf,
    store: Mutex<Backing>,
    queue: Mutex<Vec<Queued>>,
    /// Held by whoever writes; the others wait and mostly find their commit written.
    turn: Arc<tokio::sync::Mutex<()>>,
}

type Edit = Box<dyn Fn(&mut RecordDraft<'_>) + Send>;

struct Queued {
    edit: Edit,
    result: Slot,
}

type Slot = Arc<Mutex<Option<Result<(), RecordError>>>>;

/// What the record knows of one account. Keys it does not know are kept as they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The e-mail, in the vendor's spelling where the vendor showed one.
    pub email: Box<str>,
    /// The vendor's id, where it showed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Box<str>>,
    /// Whether the account was last seen switched on.
    pub active: bool,
    /// Attributes under their roster names; `None` is the vendor's `null`.
    #[serde(default, deserialize_with = "file::unique")]
    pub attributes: BTreeMap<String, Option<Value>>,
    /// Set while a step that grants access was sent and is not confirmed: whatever `active`
    /// says, the account may be switched on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// When the vendor last confirmed something of it; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<jiff::Timestamp>,
    /// Keys of later versions, of the connector, or of people.
    #[serde(flatten)]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// A step that grants access, sent and not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pending {
    /// The account may or may not exist.
    Create,
    /// The account exists and may or may not be switched on.
    Reactivate,
}

/// A record that cannot be used.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum RecordError {
    /// The file is there and cannot be read.
    #[error("the record {path} cannot be read: {reason}")]
    Read {
        /// The file.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// The file is not a record. It is never taken for an empty one: that would forget accounts.
    #[error(
        "the record {path} is damaged: {reason}; bring back its last good version (from Git or a \
         backup), or mend it by hand: an empty record would forget who has an account"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong, with line and column where known.
        reason: String,
    },
    /// The file is a record, and not one for us.
    #[error("the record {path} {reason}")]
    Foreign {
        /// The file.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The file or its log cannot be written; what was in them before is still there.
    #[error("the record {path} cannot be written: {reason}")]
    Write {
        /// The file.
        path: String,
        /// The system's words.
        reason: String,
    },
}

impl Record {
    /// The record at that place. `seed` is what it holds as long as the file does not exist, and
    /// what the file then begins with. Touches nothing yet.
    pub fn new(
        place: impl Into<RecordPlace>,
        vendor: impl Into<Box<str>>,
        seed: Vec<Entry>,
    ) -> Self {
        let vendor = vendor.into();
        let seed: Accounts = seed
            .into_iter()
            .map(|entry| (EmailKey::of(&entry.email).into_owned(), entry))
            .collect();
        let (path, store) = match place.into() {
            RecordPlace::File(path) => (
                path.clone(),
                Backing::File(RecordFile::new(path, vendor, seed)),
            ),
            RecordPlace::State(state, name) => {
                let parts = Parts::new(state, name, vendor, seed);
                (parts.place.clone().into(), Backing::Parts(parts))
            }
        };
        Self {
            inner: Arc::new(Inner {
                store: Mutex::new(store),
                path,
                queue: Mutex::default(),
                turn: Arc::default(),
            }),
        }
    }

    /// The file; for a record in an object store its address.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Whether there is a file already.
    ///
    /// # Errors
    /// [`RecordError::Read`].
    pub fn exists(&self) -> Result<bool, RecordError> {
        match &*lock(&self.inner.store) {
            Backing::File(_) => Ok(self.inner.path.exists()),
            Backing::Parts(parts) => parts.exists(),
        }
    }

    /// All accounts as they are at this moment; without a file, the seed. Creates nothing and waits
    /// for no other process.
    ///
    /// # Errors
    /// All of [`RecordError`] but `Write`.
    pub fn load(&self) -> Result<Accounts, RecordError> {
        let mut store = lock(&self.inner.store);
        store.refresh()?;
        Ok(store.accounts().clone())
    }

    /// Asks something of the accounts. Reads only what others added since the last time, and
    /// otherwise is like [`Record::load`]. In an object store others are seen only when this one
    /// writes: a call for each question would hold up everything else, and runs exclude each other.
    ///
    /// # Errors
    /// As [`Record::load`].
    pub fn look<T>(&self, ask: impl FnOnce(&Accounts) -> T) -> Result<T, RecordError> {
        let mut store = lock(&self.inner.store);
        match &mut *store {
            Backing::Parts(parts) if parts.is_known() => {}
            store => store.refresh()?,
        }
        Ok(ask(store.accounts()))
    }

    /// Forgets what was read, which is read again when somebody asks: while a plan is made of it,
    /// nobody does.
    pub fn let_go(&self) {
        match &mut *lock(&self.inner.store) {
            Backing::File(store) => store.let_go(),
            Backing::Parts(parts) => parts.let_go(),
        }
    }

    /// Changes the record: `edit` gets the accounts as they are at that moment, once more whenever
    /// another writer was faster. Edits that wait at the same time are written as one; nothing is
    /// written when nothing changes.
    ///
    /// # Errors
    /// [`RecordError`]; then none of the edits written together is in the file.
    pub async fn commit(
        &self,
        edit: impl Fn(&mut RecordDraft<'_>) + Send + 'static,
    ) -> Result<(), RecordError> {
        let result = Slot::default();
        lock(&self.inner.queue).push(Queued {
            edit: Box::new(edit),
            result: result.clone(),
        });
        let turn = self.inner.turn.clone().lock_owned().await;
        if let Some(done) = lock(&result).take() {
            return done;
        }
        let inner = self.inner.clone();
        // The file's lock may have to wait for another process; the turn moves along, so that a
        // caller who gives up does not let the next writer overtake.
        let written = off_thread(self.delay(), move || {
            let _turn = turn;
            inner.write_queued();
        });
        let ended = written.await;
        lock(&result).take().unwrap_or_else(|| {
            Err(RecordError::Write {
                path: self.inner.path.display().to_string(),
                reason: ended.map_or_else(|error| error.to_string(), |()| String::from("lost")),
            })
        })
    }

    /// See [`crate::state::store::Store::delay`].
    fn delay(&self) -> Option<Duration> {
        match &*lock(&self.inner.store) {
            Backing::File(_) => None,
            Backing::Parts(parts) => parts.delay(),
        }
    }

    /// Shuts out whoever wrote the record of that name under an earlier lease.
    pub(super) fn fence(state: &State, name: &str) -> Result<(), RecordError> {
        let name = Box::<str>::from(name);
        Parts::new(state.clone(), name.clone(), name, Accounts::new()).fence()
    }

    /// Ends a run: writes the file whole, so that it can be read and kept in Git without its log,
    /// and removes the log. Does nothing where there is no log.
    ///
    /// # Errors
    /// [`RecordError`]; then the log stays and nothing is lost.
    pub async fn compact(&self) -> Result<(), RecordError> {
        let turn = self.inner.turn.clone().lock_owned().await;
        let inner = self.inner.clone();
        let settled = off_thread(self.delay(), move || {
            let _turn = turn;
            inner.compact()
        });
        settled.await.unwrap_or_else(|error| {
            Err(RecordError::Write {
                path: self.inner.path.display().to_string(),
                reason: error.to_string(),
            })
        })
    }
}

impl Inner {
    fn write_queued(&self) {
        let queued = std::mem::take(&mut *lock(&self.queue));
        let (edits, slots): (Vec<Edit>, Vec<Slot>) = queued
            .into_iter()
            .map(|queued| (queued.edit, queued.result))
            .unzip();
        let all = |accounts: &mut RecordDraft<'_>| {
            for edit in &edits {
                edit(accounts);
            }
        };
        let result = self.locked(|store| match store {
            Backing::File(store) => store.commit(all),
            Backing::Parts(parts) => parts.commit(&all),
        });
        for slot in slots {
            *lock(&slot) = Some(result.clone());
        }
    }

    fn compact(&self) -> Result<(), RecordError> {
        let is_file = matches!(&*lock(&self.store), Backing::File(_));
        if is_file && !store::log_path(&file::target(&self.path)).exists() {
            return Ok(());
        }
        self.locked(|store| match store {
            Backing::File(store) => store.compact(),
            Backing::Parts(parts) => parts.compact(),
        })
    }

    /// A file's lock first: while another process holds it, this one can still read.
    fn locked<T>(
        &self,
        work: impl FnOnce(&mut Backing) -> Result<T, RecordError>,
    ) -> Result<T, RecordError> {
        let is_file = matches!(&*lock(&self.store), Backing::File(_));
        let held = is_file.then(|| file::lock(&file::target(&self.path)));
        let _held = held
            .transpose()
            .map_err(|error| store::unwritten(&self.path, &error))?;
        work(&mut lock(&self.store))
    }
}

impl Entry {
    /// What is remembered of an account.
    pub fn of(account: &Account, updated_at: jiff::Timestamp) -> Self {
        let mut entry = Self::default();
        entry.remember(account, updated_at);
        entry
    }

    /// Takes over what the account shows; keys that only the file knows stay, and an attribute
    /// that the account does not show keeps its value.
    pub fn remember(&mut self, account: &Account, updated_at: jiff::Timestamp) {
        self.email = account.email.clone();
        if account.id.is_some() {
            self.id = account.id.clone();
        }
        self.active = account.active;
        for (name, value) in account.attributes.iter() {
            self.attributes.insert(name.to_owned(), value.clone());
        }
        self.updated_at = Some(whole_seconds(updated_at));
    }

    /// The account as it is remembered; `pending` is left to the caller.
    pub fn account(&self) -> Account {
        let mut account = Account::new(self.email.clone());
        account.id = self.id.clone();
        account.active = self.active;
        account.attributes = self
            .attributes
            .iter()
            .map(|(name, value)| (name.clone(), value.clone().map(sorted)))
            .collect::<ObservedAttributes>();
        account
    }
}

/// People who edit the file need not sort its lists.
fn sorted(value: Value) -> Value {
    match value {
        Value::Set(items) => Value::set(items),
        other => other,
    }
}

/// Fractions of a second only make differences in Git longer.
fn whole_seconds(time: jiff::Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
