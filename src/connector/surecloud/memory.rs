//! What the record means for a plan. Pure.
//!
//! The record remembers what the vendor confirmed, and which grants of access were sent without
//! ever being confirmed. Such an account is assumed to be off (or absent) while its person should
//! have access, so that the grant is sent again, and to be on as soon as they should not, so that
//! it is taken away.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::{Value as Json, json};

use super::convert::complete;
use super::spec::INTERNAL;
use super::wire::id_text;
use crate::model::account::Account;
use crate::model::account::AccountKey;
use crate::model::desired::{Access, Desired};
use crate::model::email::{EmailKey, compare_emails};
use crate::model::fingerprint::EmailIndex;
use crate::model::value::{Shapes, Value};
use crate::state::record::{Accounts, Entry, Pending, RecordDraft};

/// Key of a record entry that says that the vendor writes this `userID` as a number.
const NUMBER: &str = "id_is_number";

/// One account of a list call.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) account: Account,
    /// The `userID` that the list shows.
    pub(super) id: Option<Json>,
    /// Whether the list shows if the account is on.
    pub(super) told: bool,
}

/// What the roster says of each account, as far as reading and writing here depend on it.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Where each person is in `people`, by e-mail.
    places: EmailIndex,
    /// Whether there should be access, and the number of the person type that is wanted.
    people: Vec<(Access, Option<u32>)>,
    person_types: Vec<Box<str>>,
    /// Earlier e-mails of people who should have access.
    earlier: EmailIndex,
    /// The `userID` that the roster claims, and the e-mail as it writes it, by e-mail key.
    ids: BTreeMap<EmailKey<'static>, (Box<str>, Box<str>)>,
}

impl Wanted {
    pub(super) fn of(desired: &Desired<'_>) -> Self {
        let mut wanted = Self::default();
        let mut numbers = HashMap::new();
        for (place, account) in desired.accounts().enumerate() {
            wanted.places.insert(&account.email, place);
            let person_type = account.initial("person_type").and_then(Value::as_text);
            let person_type = person_type.map(|text| wanted.number(text, &mut numbers));
            wanted.people.push((account.access, person_type));
            let user_id = account.attributes.get("user_id").and_then(Value::as_text);
            if let Some(id) = account.id.as_deref().or(user_id) {
                let pair = (Box::from(id), account.email.clone());
                wanted
                    .ids
                    .insert(EmailKey::of(&account.email).into_owned(), pair);
            }
        }
        for account in desired.person_keys().filter(|it| it.access.granted()) {
            for email in account.previous_emails {
                // An address that somebody has now says nothing about who had it before.
                if !wanted.places.contains(email) {
                    wanted.earlier.insert(email, 0);
                }
            }
        }
        wanted
    }

    fn number(&mut self, person_type: &str, numbers: &mut HashMap<Box<str>, u32>) -> u32 {
        if let Some(number) = numbers.get(person_type) {
            return *number;
        }
        let number = u32::try_from(self.person_types.len()).unwrap_or(u32::MAX);
        self.person_types.push(person_type.into());
        numbers.insert(person_type.into(), number);
        number
    }

    /// Whether somebody with that e-mail, be it an earlier one, should have access.
    fn granted(&self, email: &str) -> bool {
        let now = self.access(email).is_some_and(Access::granted);
        now || self.earlier.contains(email)
    }

    /// Whether somebody with that e-mail lost access.
    fn ended(&self, email: &str) -> bool {
        matches!(self.access(email), Some(Access::Left | Access::Ended(_)))
    }

    fn access(&self, email: &str) -> Option<Access> {
        let (access, _) = self.people.get(self.places.get(email)?)?;
        Some(*access)
    }

    fn wanted_person_type(&self, email: &str) -> Option<Box<str>> {
        let (_, person_type) = self.people.get(self.places.get(email)?)?;
        self.person_types.get((*person_type)? as usize).cloned()
    }

    /// The `personType` to send along: what the roster wants, else what the account has.
    pub(super) fn person_type(&self, email: &str, account: Option<&Account>) -> Box<str> {
        if let Some(wanted) = self.wanted_person_type(email) {
            return wanted;
        }
        let held = account.and_then(|account| account.attributes.get("person_type"));
        match held {
            Some(Some(Value::Text(text))) if !text.is_empty() => (**text).into(),
            _ => INTERNAL.into(),
        }
    }

    /// The `userID` that the roster claims.
    pub(super) fn id<'s>(&'s self, key: &EmailKey<'s>) -> Option<&'s str> {
        self.ids.get(key).map(|(id, _)| &**id)
    }
}

/// Every account that is taken to exist, in the order of the e-mail keys.
pub(super) fn accounts(entries: &Accounts, wanted: &Wanted) -> Vec<Account> {
    let mut shapes = Shapes::default();
    let remembered = entries.iter();
    let mut accounts: Vec<Account> = remembered
        .filter_map(|(key, entry)| view_entry(key, entry, wanted))
        .map(|account| account.pack(&mut shapes))
        .collect();
    let missing = |key: &&EmailKey<'_>| match entries.get(*key) {
        Some(entry) => view_entry(key, entry, wanted).is_none(),
        None => true,
    };
    let claimed = wanted.ids.keys().filter(missing);
    let known = accounts.len();
    accounts.extend(claimed.filter_map(|key| view_claimed(key, wanted)));
    if accounts.len() > known {
        accounts.sort_by(|one, other| compare_emails(&one.email, &other.email));
    }
    accounts.shrink_to_fit();
    accounts
}

/// People who have another e-mail by now than the one that an account was asked for without an answer:
/// it may be there, and a second one must not be. By e-mail key, with why no account is made.
pub(super) fn unanswered(
    entries: &Accounts,
    wanted: &Wanted,
    desired: &Desired<'_>,
    record: &Path,
) -> BTreeMap<EmailKey<'static>, String> {
    let unanswered = |email: &str| {
        let entry = entries.get(&EmailKey::of(email));
        !wanted.places.contains(email)
            && entry.is_some_and(|it| it.pending == Some(Pending::Create))
    };
    let renamed = desired.person_keys().filter(|it| it.access.granted());
    let held = renamed.filter_map(|person| {
        let email = person.previous_emails.iter().find(|it| unanswered(it))?;
        let why = format!(
            "an account for {email} was asked for, and SureCloud never answered: look there; if it is \
             there, give it this e-mail; then take {email} out of {}",
            record.display()
        );
        Some((EmailKey::of(person.email).into_owned(), why))
    });
    held.collect()
}

/// As [`accounts`], by e-mail key.
pub(super) fn view(entries: &Accounts, wanted: &Wanted) -> BTreeMap<EmailKey<'static>, Account> {
    let mut accounts: BTreeMap<EmailKey<'static>, Account> = entries
        .iter()
        .filter_map(|(key, entry)| Some((key.clone(), view_entry(key, entry, wanted)?)))
        .collect();
    for key in wanted.ids.keys() {
        if !accounts.contains_key(key)
            && let Some(account) = view_claimed(key, wanted)
        {
            accounts.insert(key.clone(), account);
        }
    }
    accounts
}

/// The account with that id, else the one with that e-mail: what the list shows, else as in
/// [`view`], but without looking at all the others.
pub(super) fn find(
    entries: &Accounts,
    wanted: &Wanted,
    listed: &BTreeMap<EmailKey<'static>, Listed>,
    key: &AccountKey,
) -> Option<Account> {
    let account = |key: &EmailKey<'_>| match listed.get(key) {
        Some(listed) => Some(listed.account.clone()),
        None => entries
            .get(key)
            .and_then(|entry| view_entry(key, entry, wanted))
            .or_else(|| view_claimed(key, wanted)),
    };
    let by_email = account(&EmailKey::of(&key.email));
    let Some(id) = key.id.as_deref() else {
        return by_email;
    };
    let is_it = |account: &Account| account.id.as_deref() == Some(id);
    if by_email.as_ref().is_some_and(is_it) {
        return by_email;
    }
    // The account has another e-mail by now: only this is worth going through all of them.
    let in_list = listed.iter().filter(|(_, listed)| is_it(&listed.account));
    let in_record = entries
        .iter()
        .filter(|(key, entry)| entry.id.as_deref().or_else(|| wanted.id(key)) == Some(id));
    let claimed = wanted.ids.iter().filter(|(_, (claim, _))| **claim == *id);
    let keys = in_list.map(|(key, _)| key);
    let keys = keys.chain(in_record.map(|(key, _)| key));
    let mut keys = keys.chain(claimed.map(|(key, _)| key));
    keys.find_map(|key| account(key).filter(is_it)).or(by_email)
}

/// A leaver whose userID the roster gives is named explicitly: that account exists.
fn view_claimed(key: &EmailKey<'_>, wanted: &Wanted) -> Option<Account> {
    let (id, email) = wanted.ids.get(key)?;
    if !wanted.ended(key.as_str()) {
        return None;
    }
    let mut account = Account::new(email.clone());
    account.id = Some(id.clone());
    Some(complete(account))
}

fn view_entry(key: &EmailKey<'_>, entry: &Entry, wanted: &Wanted) -> Option<Account> {
    let mut account = entry.account();
    if account.id.is_none() {
        account.id = wanted.id(key).map(Into::into);
    }
    let granted = wanted.granted(key.as_str());
    match entry.pending {
        Some(Pending::Create) if granted => return None,
        Some(_) if !granted => {
            account.active = true;
            account.cautions.push(
                "was switched by a call that SureCloud never confirmed, so it may be off or absent"
                    .into(),
            );
        }
        Some(_) | None => {}
    }
    Some(complete(account))
}

/// Notes that a grant of access is about to be sent. `known`: the account as it was seen before.
pub(super) fn mark(
    entries: &mut RecordDraft<'_>,
    key: &EmailKey<'_>,
    email: &str,
    known: Option<&Account>,
) {
    let entry = entries.slot(key).get_or_insert_with(|| Entry {
        email: known.map_or(email, |account| &account.email).into(),
        active: known.is_none_or(|account| account.active),
        pending: known.is_none().then_some(Pending::Create),
        ..Entry::default()
    });
    // One that never was confirmed stays so, and one that is on cannot be given more access.
    if entry.pending.is_none() && !entry.active {
        entry.pending = Some(Pending::Reactivate);
    }
}

/// Notes that access is about to be taken: until the answer comes, nobody knows whether the account is
/// on, and whoever is to have access again has to be given it.
pub(super) fn mark_removal(entries: &mut RecordDraft<'_>, key: &EmailKey<'_>) {
    if let Some(entry) = entries.slot(key)
        && entry.active
        && entry.pending.is_none()
    {
        entry.active = false;
        entry.pending = Some(Pending::Reactivate);
    }
}

/// Takes back [`mark`] or [`mark_removal`] after the vendor refused. `before`: the entry as it was until then.
pub(super) fn unmark(entries: &mut RecordDraft<'_>, key: &EmailKey<'_>, before: Option<&Entry>) {
    let slot = entries.slot(key);
    let Some(entry) = slot else {
        return;
    };
    match before {
        Some(before) => {
            if entry.pending == Some(Pending::Reactivate) {
                entry.active = before.active;
            }
            entry.pending = before.pending;
        }
        // Somebody else may have confirmed it meanwhile.
        None if entry.pending == Some(Pending::Create) => {
            *slot = None;
        }
        None => entry.pending = None,
    }
}

/// Notes what the vendor showed. `told`: it showed whether the account is on.
pub(super) fn confirm(
    entries: &mut RecordDraft<'_>,
    key: &EmailKey<'_>,
    account: &Account,
    id: Option<&Json>,
    told: bool,
    now: jiff::Timestamp,
) {
    let mut account = account.clone();
    account.attributes.remove("user_id");
    // One that only the roster claims is not remembered as if the vendor had shown it.
    account.id = id.map(id_text);
    let entry = entries.slot(key).get_or_insert_default();
    entry.remember(&account, now);
    if told || entry.pending == Some(Pending::Create) {
        entry.pending = None;
    }
    match id {
        Some(Json::Number(_)) => {
            entry.extra.insert(NUMBER.to_owned(), true.into());
        }
        Some(_) => {
            entry.extra.remove(NUMBER);
        }
        None => {}
    }
}

/// Notes what a list showed, unless it is known already: a date that changes says nothing new.
pub(super) fn confirm_listed(
    entries: &mut RecordDraft<'_>,
    key: &EmailKey<'_>,
    listed: &Listed,
    now: jiff::Timestamp,
) {
    let Listed { account, id, told } = listed;
    let same = entries.get(key).is_some_and(|entry| {
        let mut then = entry.account();
        then.id = account.id.clone();
        let same_id = id.is_none() || *id == shown_id(entry);
        let settled = !told || entry.pending.is_none();
        let then = complete(then);
        same_id && settled && then.attributes == account.attributes && then.active == account.active
    });
    if !same {
        confirm(entries, key, account, id.as_ref(), *told, now);
    }
}

/// The `userID` that the vendor showed, as it wrote it.
pub(super) fn shown_id(entry: &Entry) -> Option<Json> {
    let id = entry.id.clone()?;
    let is_number = entry.extra.get(NUMBER) == Some(&Json::Bool(true));
    let number = is_number.then(|| id.parse().ok()).flatten();
    Some(number.map_or_else(|| json!(id), Json::Number))
}
