//! A list that is one array, read as it arrives: of a hundred thousand users only what is taken of
//! each is ever held.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;

use super::list::{List, Take};
use super::row::Row;
use crate::http::{Elements, UniqueKeys};

/// The entries of an array as they arrive.
pub(crate) struct Array<T> {
    list: List,
    /// `None` until the answer turns out to be an array.
    taken: Option<T>,
    keys: UniqueKeys,
}

impl<T: Take> Array<T> {
    /// For a call that asks for that list ([`crate::http::Call::each`]).
    pub(crate) fn new(list: &List) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            list: list.clone(),
            taken: None,
            keys: UniqueKeys::default(),
        }))
    }

    /// What was taken; `None`: the answer is no array.
    pub(crate) fn end(array: &Mutex<Self>) -> Option<T> {
        let mut array = array.lock().unwrap_or_else(PoisonError::into_inner);
        array.taken.take()
    }
}

impl<T: Take> Elements for Array<T> {
    fn begin(&mut self) {
        self.taken = Some(T::default());
    }

    fn element(&mut self, json: &[u8]) -> Result<(), String> {
        self.keys.check(json, self.list.twice)?;
        let entry = match Row::read(json, &self.list.table) {
            Some(Ok(row)) => Ok(row),
            // What is no JSON ends the list.
            _ => match serde_json::from_slice::<Json>(json) {
                Ok(entry) => self.list.entry(&entry),
                Err(error) => return Err(format!("no JSON: {error}")),
            },
        };
        self.taken.get_or_insert_default().take(entry);
        Ok(())
    }
}
