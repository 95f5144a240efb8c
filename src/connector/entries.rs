//! The entries of a list that is not read as a whole: each is understood by itself.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::model::odd::Odd;

/// So many fields are looked at for the one that is wrong: each time all of them are read.
const MOST: usize = 100;

/// An entry, or what is odd about it: the field without which it could be read.
pub(super) fn understood<T: DeserializeOwned>(entry: Json, key: &str) -> Result<T, Odd> {
    if let Ok(known) = T::deserialize(&entry) {
        return Ok(known);
    }
    let Json::Object(fields) = &entry else {
        return Err(Odd::of(&entry, key, "is no object"));
    };
    let culprit = fields.keys().take(MOST).find(|name| {
        let mut rest = fields.clone();
        rest.remove(*name);
        T::deserialize(&Json::Object(rest)).is_ok()
    });
    let why = match culprit {
        Some(name) => format!("has a `{name}` that is not of its type"),
        None => String::from("cannot be read"),
    };
    Err(Odd::of(&entry, key, why))
}

/// Whether nothing of a list can be understood: then it is no list of users.
pub(super) fn is_no_list(read: usize, odd: &[Odd]) -> Option<String> {
    let first = odd.first().filter(|_| read == 0)?;
    Some(format!(
        "none of its {} entries can be understood; {} {}",
        odd.len(),
        first.name,
        first.why
    ))
}
