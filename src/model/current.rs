//! What one vendor holds now: accounts, the names it knows, and how far the read can be trusted.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use super::account::Account;
use super::odd::Odd;
use crate::model::email::EmailKey;
use crate::model::few::few;
use crate::model::nearest::Names;

/// What one fetch brought, in our words.
#[derive(Debug, Clone, Default)]
pub struct Current {
    /// Every account that was read, in any order.
    pub accounts: Vec<Account>,
    /// Who was looked up, where the vendor is searched and not listed: nothing is known of others.
    pub searched: Option<Searched>,
    /// Entries of the list that cannot be understood: seen, and left alone.
    pub odd: Vec<Odd>,
    /// For each attribute whose values are names of things at the vendor (groups, roles): what
    /// the vendor knows. An attribute without a directory is compared as plain text.
    pub directories: BTreeMap<&'static str, Directory>,
    /// Whose account the credentials belong to.
    pub own: Own,
    /// Proof that the read was complete.
    pub proof: Completeness,
    /// How many accounts may still be created, where the vendor says so.
    pub allowance: Option<Allowance>,
    /// People, by e-mail key, for whom the vendor takes no new account, and why: their create is
    /// held.
    pub refused: BTreeMap<EmailKey<'static>, String>,
    /// What the reader of the plan should know about this vendor.
    pub notices: Vec<String>,
}

/// What the searches of one read tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Searched {
    /// Everybody who was looked up, by e-mail key.
    pub people: HashSet<EmailKey<'static>>,
    /// Whether some search showed somebody: else that they show nobody proves nothing.
    pub works: bool,
}

impl Current {
    /// Whether it has shown that it does not hide accounts that are switched off: it held one.
    pub fn shows_off(&self) -> bool {
        self.searched.is_some() || self.accounts.iter().any(|account| !account.active)
    }
}

/// The size of a list at another time, to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRead {
    /// Accounts that were there after the apply.
    pub accounts: u64,
    /// When.
    pub read_at: jiff::Timestamp,
}

/// The account behind the credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Own {
    /// The API does not tell and `own_account` is not set.
    #[default]
    Unknown,
    /// The credentials belong to no person's account (a company token).
    Nobody,
    /// The e-mail of the account; it has to be in a complete list.
    Email(Box<str>),
}

/// Whether every account was seen. Removals and creates need `missing` to be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completeness {
    /// Pages read; 0 where there is no paging.
    pub pages: u32,
    /// The vendor's own count of accounts, where it gives one.
    pub counted: Option<u64>,
    /// What speaks against completeness, one clause each ("the vendor counts 41 accounts, 40 were
    /// read"). The connector fills in what only it can know; [`crate::plan::guard`] adds the rules that
    /// hold for all vendors.
    pub missing: Vec<String>,
}

/// How many accounts the vendor's licence still allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// Creates that are left.
    pub creates: u64,
    /// The numbers as the vendor gives them, for the message.
    pub text: String,
}

/// The named things that an attribute can refer to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// What one entry is called in messages: `role`, `group`.
    pub noun: &'static str,
    /// Whether ids are numbers on the wire, where the connector cannot tell otherwise.
    pub numbers: bool,
    entries: Vec<Entry>,
    /// Places of entries, sorted by id and by name: a vendor may have tens of thousands of them,
    /// and each account is compared in their words.
    by_id: Box<[u32]>,
    by_name: Box<[u32]>,
    /// The names, once somebody asked for one that is not there.
    names: OnceLock<Names>,
}

/// One role or group of a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What the vendor's API wants to see.
    pub id: Box<str>,
    /// What people call it.
    pub name: Box<str>,
    /// Whether holding it makes somebody an administrator.
    pub admin: bool,
}

impl Directory {
    /// A directory of entries in any order.
    pub fn new(noun: &'static str, entries: Vec<Entry>) -> Self {
        let sorted = |word: fn(&Entry) -> &str| {
            let mut places: Box<[u32]> = (0..).take(entries.len()).collect();
            places.sort_by_key(|at| entries.get(*at as usize).map(word));
            places
        };
        Self {
            noun,
            numbers: false,
            by_id: sorted(|entry| &entry.id),
            by_name: sorted(|entry| &entry.name),
            names: OnceLock::new(),
            entries,
        }
    }

    /// A directory of pairs of an id and a name, none of which makes anybody an administrator.
    pub fn of_pairs(
        noun: &'static str,
        pairs: impl IntoIterator<Item = (Box<str>, Box<str>)>,
    ) -> Self {
        let entry = |(id, name)| Entry {
            id,
            name,
            admin: false,
        };
        Self::new(noun, pairs.into_iter().map(entry).collect())
    }

    /// A directory of things that have no id but their name.
    pub fn of_names<'a>(noun: &'static str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = names.into_iter();
        Self::of_pairs(noun, names.map(|name| (name.into(), name.into())))
    }

    /// What the vendor knows, in the order given.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries with that id, or with that name.
    fn those<'a>(
        &'a self,
        places: &'a [u32],
        word: fn(&Entry) -> &str,
        wanted: &'a str,
    ) -> impl Iterator<Item = &'a Entry> {
        let entry = |at: &u32| self.entries.get(*at as usize);
        let first = places.partition_point(|at| entry(at).map(word) < Some(wanted));
        let rest = places.get(first..).unwrap_or_default();
        let entries = rest.iter().filter_map(entry);
        entries.take_while(move |it| word(it) == wanted)
    }

    /// The first entry with that id.
    fn with_id<'a>(&'a self, id: &'a str) -> Option<&'a Entry> {
        self.those(&self.by_id, |entry| &entry.id, id).next()
    }

    /// Every entry with that name.
    pub fn with_name<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.those(&self.by_name, |entry| &entry.name, name)
    }

    /// The entry that `wanted` means: an exact id, or a name that only one entry has.
    ///
    /// # Errors
    /// [`LookupError::Unknown`] or [`LookupError::Ambiguous`].
    pub fn lookup<'a>(&'a self, wanted: &'a str) -> Result<&'a Entry, LookupError> {
        if let Some(entry) = self.with_id(wanted) {
            return Ok(entry);
        }
        let mut named = self.with_name(wanted);
        match (named.next(), named.next()) {
            (Some(entry), None) => Ok(entry),
            (None, _) => Err(LookupError::Unknown),
            (Some(_), Some(_)) => Err(LookupError::Ambiguous),
        }
    }

    /// The same with a sentence for what means nothing here.
    ///
    /// # Errors
    /// That of [`Directory::explain`].
    pub fn resolve<'a>(&'a self, wanted: &'a str) -> Result<&'a Entry, String> {
        self.lookup(wanted)
            .map_err(|error| self.explain(wanted, error))
    }

    /// Why a name means nothing here, in one clause.
    pub fn explain(&self, wanted: &str, error: LookupError) -> String {
        let noun = self.noun;
        match error {
            LookupError::Ambiguous => {
                let mut ids: Vec<&str> = self.with_name(wanted).map(|it| &*it.id).collect();
                ids.sort_unstable();
                format!(
                    "several {noun}s are called \"{wanted}\"; give the id of one: {}",
                    few(&ids, ", ")
                )
            }
            LookupError::Unknown => match self.near(wanted).as_slice() {
                [] => format!("the vendor shows no {noun} \"{wanted}\""),
                near => {
                    let near: Vec<String> = near.iter().map(|it| format!("\"{it}\"")).collect();
                    let near = near.join(", ");
                    format!("the vendor shows no {noun} \"{wanted}\"; near: {near}")
                }
            },
        }
    }

    /// Up to three names that are near enough to be meant, nearest first.
    pub fn near(&self, wanted: &str) -> Vec<&str> {
        let names = || Names::new(self.entries.iter().map(|entry| &*entry.name));
        self.names.get_or_init(names).near(wanted)
    }

    /// The word for an entry in plans: its name, or its id where the name is not unique.
    pub fn display<'a>(&'a self, entry: &'a Entry) -> &'a str {
        match self.lookup(&entry.name) {
            Ok(found) if found.id == entry.id => &entry.name,
            Ok(_) | Err(_) => &entry.id,
        }
    }

    /// The word for the entry with this id; the id itself where it is not known.
    pub fn display_id<'a>(&'a self, id: &'a str) -> &'a str {
        match self.with_id(id) {
            Some(entry) => self.display(entry),
            None => id,
        }
    }
}

/// Why a name of the roster means nothing at the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupError {
    /// No entry has that id or name.
    Unknown,
    /// Several entries have that name; the roster has to give the id.
    Ambiguous,
}
