//! Takes one person out of journals, inventories and notes.
//!
//! Every address of theirs becomes a stand-in, and what a journal has of them besides rights is blanked.
//! The chains are sealed anew, and a note says that this was done and not to whom.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::State;
use super::inventories::{self, Inventories};
use super::journal::chain;
use super::journal::event::Entry;
use super::journal::parts;
use super::notes::{self, KeepError};
use super::store::{If, Put, StoreError, StoreProblem, put};
use crate::model::email::EmailKey;
use crate::model::note::{Note, NoteEvent};

/// Why somebody could not be taken out.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// Something cannot be read or written.
    #[error(transparent)]
    Keep(#[from] KeepError),
    /// The journals cannot be listed.
    #[error(transparent)]
    Journal(#[from] super::journal::JournalError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A run did not end: what it left open has to be looked for by its addresses.
    #[error(
        "the run {0} was cut off and has to be taken up first: apply once more; nothing was erased"
    )]
    Open(Box<str>),
}

/// Who is taken out.
pub struct Person<'a> {
    /// Every address of theirs.
    pub keys: Vec<EmailKey<'static>>,
    /// What stands in their place.
    pub stand_in: String,
    /// Whether an attribute of a vendor carries rights and so tells nothing of a person.
    pub carries: &'a dyn Fn(&str, &str) -> bool,
}

/// Takes somebody out of everything that is kept; in how many journals and documents they were.
///
/// # Errors
/// [`EraseError`]; run again, it goes on.
pub fn erase(state: &State, person: &Person<'_>, now: Timestamp) -> Result<usize, EraseError> {
    let store = state.store();
    let journals = parts::list(store)?;
    if let Some(open) = journals.iter().find(|it| !it.ended) {
        return Err(EraseError::Open(open.run.clone()));
    }
    let mut changed = 0;
    let mut heads: BTreeMap<Box<str>, Box<str>> = BTreeMap::new();
    for journal in &journals {
        let key = parts::whole_key(&journal.run);
        changed += usize::from(rewrite(state, &key, |bytes| {
            lines::<Entry>(bytes, person, |entry, prev| entry.prev = prev, &mut heads)
        })?);
    }
    for vendor in inventories::vendors(store)? {
        let kept = Inventories::objects(store, &vendor)?;
        for key in kept.into_values().flatten() {
            changed += usize::from(rewrite(state, &key, |bytes| {
                let mut document: Json = serde_json::from_slice(bytes).ok()?;
                let found = person.leave(&mut document, "");
                let mut text = serde_json::to_vec(&document).ok()?;
                text.push(b'\n');
                found.then_some(text)
            })?);
        }
    }
    // Last: they name the ends of journals.
    let mut after = BTreeMap::new();
    let mut before = None;
    for month in notes::months(store)? {
        changed += usize::from(rewrite(state, &notes::key(&month), |bytes| {
            let heads = heads.clone();
            let first = before.take();
            let sealed = notes_lines(bytes, person, &heads, first, &mut after);
            before = sealed.as_ref().and_then(|(_, last)| last.clone());
            sealed.map(|(text, _)| text)
        })?);
    }
    if changed > 0 {
        notes::add(state, now, NoteEvent::Erased { changed })?;
    }
    Ok(changed)
}

/// Writes an object anew, if somebody is in it; whether.
fn rewrite(
    state: &State,
    key: &str,
    mut without: impl FnMut(&[u8]) -> Option<Vec<u8>>,
) -> Result<bool, EraseError> {
    state.tenure().check().map_err(KeepError::from)?;
    let store = state.store();
    let Some(stored) = store.get(key)? else {
        return Ok(false);
    };
    let Some(bytes) = without(&stored.bytes) else {
        return Ok(false);
    };
    if bytes == stored.bytes {
        return Ok(false);
    }
    match put(store, key, &bytes, &If::Is(stored.stat.version))? {
        Put::Done(_) => Ok(true),
        Put::Taken => {
            let problem = StoreProblem::Failed(format!("changes {key} at the same time"));
            Err(StoreError::new(store.place(), problem).into())
        }
    }
}

/// The lines of a journal without somebody, sealed anew; `None`: they are not in it. `heads` learns
/// which hash became which.
fn lines<T: DeserializeOwned + Serialize>(
    bytes: &[u8],
    person: &Person<'_>,
    link: impl Fn(&mut T, Option<Box<str>>),
    heads: &mut BTreeMap<Box<str>, Box<str>>,
) -> Option<Vec<u8>> {
    let mut found = false;
    let mut prev: Option<Box<str>> = None;
    let mut text = String::new();
    let mut known = BTreeMap::new();
    for line in bytes
        .split(|byte| *byte == b'\n')
        .filter(|it| !it.is_empty())
    {
        let (body, hash, _) = chain::unseal(line).ok()?;
        let mut document: Json = serde_json::from_str(&body).ok()?;
        found |= person.leave(&mut document, "");
        let mut entry: T = serde_json::from_value(document).ok()?;
        link(&mut entry, prev.clone());
        let (line, new) = chain::seal(&entry);
        known.insert(hash, new.clone());
        prev = Some(new);
        text.push_str(&line);
    }
    if found {
        heads.extend(known);
    }
    found.then(|| text.into_bytes())
}

/// The same of notes, which also name the ends of journals, and of which each month goes on from the
/// one before.
fn notes_lines(
    bytes: &[u8],
    person: &Person<'_>,
    heads: &BTreeMap<Box<str>, Box<str>>,
    before: Option<Box<str>>,
    after: &mut BTreeMap<Box<str>, Box<str>>,
) -> Option<(Vec<u8>, Option<Box<str>>)> {
    let mut prev = before;
    let mut text = String::new();
    for line in bytes
        .split(|byte| *byte == b'\n')
        .filter(|it| !it.is_empty())
    {
        let (body, hash, _) = chain::unseal(line).ok()?;
        let mut document: Json = serde_json::from_str(&body).ok()?;
        person.leave(&mut document, "");
        let mut note: Note = serde_json::from_value(document).ok()?;
        // A month whose predecessor was dropped goes on from a hash that nobody has any more.
        let known = note.prev.as_ref().and_then(|it| after.get(it)).cloned();
        note.prev = prev.take().or(known).or(note.prev);
        if let NoteEvent::Ended(end) = &mut note.event
            && let Some(head) = end.head.as_ref().and_then(|it| heads.get(it))
        {
            end.head = Some(head.clone());
        }
        let (line, new) = chain::seal(&note);
        after.insert(hash, new.clone());
        prev = Some(new);
        text.push_str(&line);
    }
    Some((text.into_bytes(), prev))
}

impl Person<'_> {
    fn is(&self, text: &str) -> bool {
        text.contains('@') && self.keys.contains(&EmailKey::of(text).into_owned())
    }

    /// Takes them out of a document; whether they were in it. `vendor` is whose it is.
    fn leave(&self, document: &mut Json, vendor: &str) -> bool {
        match document {
            Json::String(text) => self.leave_text(text),
            Json::Array(items) => {
                let mut found = false;
                for item in items {
                    found |= self.leave(item, vendor);
                }
                found
            }
            Json::Object(fields) => {
                let own = fields
                    .get("vendor")
                    .and_then(Json::as_str)
                    .map(str::to_owned);
                let vendor = own.as_deref().unwrap_or(vendor);
                let theirs = ["email", "account_email", "person"].iter().any(|name| {
                    let text = fields.get(*name).and_then(Json::as_str);
                    text.is_some_and(|text| self.is(text))
                });
                if theirs {
                    self.blank(fields, vendor);
                }
                let mut found = theirs;
                let names: Vec<String> = fields.keys().filter(|it| self.is(it)).cloned().collect();
                for name in names {
                    found = true;
                    let value = fields.remove(&name).unwrap_or_default();
                    fields.insert(self.stand_in.clone(), value);
                }
                for value in fields.values_mut() {
                    found |= self.leave(value, vendor);
                }
                found
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => false,
        }
    }

    /// Every word of a text that is one of their addresses.
    fn leave_text(&self, text: &mut String) -> bool {
        let edge = |c: char| c.is_whitespace() || "()<>[]{}\"'`,;:=|/?&".contains(c);
        let mut shown = String::with_capacity(text.len());
        let mut found = false;
        for piece in text.split_inclusive(edge) {
            let word = piece.trim_end_matches(edge);
            let bare = word.trim_end_matches(['.', '!', '?']);
            if self.is(bare) {
                found = true;
                shown.push_str(&self.stand_in);
                shown.push_str(&piece[bare.len()..]);
            } else {
                shown.push_str(piece);
            }
        }
        if found {
            *text = shown;
        }
        found
    }

    /// What an action or an account of theirs has besides rights: names, titles, a company.
    fn blank(&self, fields: &mut serde_json::Map<String, Json>, vendor: &str) {
        let blanked = || Json::String(String::from("(erased)"));
        if let Some(Json::Array(changes)) = fields.get_mut("changes") {
            for change in changes {
                let name = change.get("attribute").and_then(Json::as_str);
                if name.is_some_and(|name| (self.carries)(vendor, name)) {
                    continue;
                }
                for side in ["before", "after"] {
                    if let Some(value @ (Json::String(_) | Json::Array(_))) = change.get_mut(side) {
                        *value = blanked();
                    }
                }
            }
        }
        if let Some(Json::Object(account)) = fields.get_mut("account") {
            for (name, value) in account {
                if !(self.carries)(vendor, name) && !value.is_null() && !value.is_boolean() {
                    *value = blanked();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::action::ActionKind;
    use crate::model::note::EndNote;
    use crate::state::journal::event::{Event, Intended, RunEnded};
    use crate::state::journal::story::tests::{action, head};
    use crate::state::journal::{Journal, Log as _};
    use crate::state::store::Store as _;
    use crate::state::store::testing::Memory;

    fn at(day: &str) -> Timestamp {
        format!("{day}T02:00:00Z").parse().unwrap()
    }

    fn person(email: &str) -> Person<'static> {
        Person {
            keys: vec![EmailKey::of(email).into_owned()],
            stand_in: String::from("erased-1@erased.invalid"),
            carries: &|_, name| name == "role",
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_finds_them_any_more_and_every_chain_is_sound() {
        let memory = Arc::new(Memory::default());
        let state = State::new(memory.clone());
        let journal = Journal::create_in(&state, at("2026-01-05")).unwrap();
        journal.start(head()).await.unwrap();
        let mut changed = action(ActionKind::Update, "Ada@x.com");
        changed.reason = String::from("ada@x.com differs");
        let set = |attribute: &'static str, after: &str| crate::model::action::Change {
            attribute: attribute.into(),
            before: None,
            after: crate::model::value::Value::text(after),
        };
        changed.changes = vec![set("first_name", "Ada"), set("role", "owner")];
        let intended = Intended::of(1, &changed, None);
        journal.append(Event::Intended(Box::new(intended))).unwrap();
        let other = Intended::of(2, &action(ActionKind::Update, "bob@x.com"), None);
        journal.append(Event::Intended(Box::new(other))).unwrap();
        journal.sent(2).await.unwrap();
        journal.end(RunEnded::of(&[])).await.unwrap();
        let tail = journal.tail().unwrap();
        let end = EndNote {
            run: "r".into(),
            journal: Some(tail.place.as_str().into()),
            head: Some(tail.hash.clone()),
            applied: 0,
            not_applied: 0,
            complete: true,
        };
        notes::add(&state, at("2026-01-05"), NoteEvent::Ended(end)).unwrap();
        notes::add(&state, at("2026-02-05"), NoteEvent::Erased { changed: 0 }).unwrap();

        let erased = erase(&state, &person("ada@x.com"), at("2026-02-06")).unwrap();
        assert_eq!(erased, 3, "the journal, and the notes of both months");
        for key in memory.list("journal").unwrap() {
            let bytes = memory.get(&key).unwrap().unwrap().bytes;
            let text = String::from_utf8(bytes).unwrap();
            // Three letters alone may stand in any digest.
            for left in ["ada@", "\"ada"] {
                assert!(!text.to_lowercase().contains(left), "{text}");
            }
            assert!(
                text.contains("owner") && text.contains("bob@x.com"),
                "{text}"
            );
        }
        let run = &parts::list(state.store()).unwrap()[0].run;
        let chain = parts::load(&state, run).unwrap();
        assert!(chain.is_sound(), "{:?}", chain.flaws);
        let days = ["2026-01-01", "2026-02-28"].map(|it| it.parse().unwrap());
        let kept = notes::load(state.store(), days[0], days[1]).unwrap();
        assert_eq!(kept.flaws, [""; 0]);
        let NoteEvent::Ended(end) = &kept.notes[0].event else {
            panic!("{kept:?}");
        };
        assert_eq!(end.head, chain.last, "the note names the end as it is now");
        assert_eq!(
            erase(&state, &person("ada@x.com"), at("2026-02-06")).unwrap(),
            0
        );
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_erased_while_a_run_is_open() {
        let state = State::new(Arc::new(Memory::default()));
        let journal = Journal::create_in(&state, at("2026-01-05")).unwrap();
        journal.start(head()).await.unwrap();
        let refused = erase(&state, &person("ada@x.com"), at("2026-01-06")).unwrap_err();
        assert!(refused.to_string().contains("apply once more"), "{refused}");
    }
}
