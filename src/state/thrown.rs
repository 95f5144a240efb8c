//! Accounts that `certify` made and has not taken away yet: `certify.json`. It is written before the
//! account is made, so that the next run knows of it whatever happens to this one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::State;
use super::small::{self, SmallError};

pub(super) const KEY: &str = "certify.json";

/// The document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Thrown {
    vendors: BTreeMap<Box<str>, Vec<Made>>,
}

/// An account that was made, or was about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// Where.
    pub place: String,
    /// Its e-mail, which nobody had before.
    pub email: String,
    /// The vendor's id, once it is known.
    pub id: Option<Box<str>>,
}

/// The accounts of a vendor that may still be there.
///
/// # Errors
/// [`SmallError`].
pub fn left(state: &State, vendor: &str) -> Result<Vec<Made>, SmallError> {
    let thrown: Thrown = small::load(state, KEY)?.unwrap_or_default();
    Ok(thrown.vendors.get(vendor).cloned().unwrap_or_default())
}

/// Keeps an account in mind, or what is new of it.
///
/// # Errors
/// [`SmallError`]; then nothing is to be made.
pub fn note(state: &State, vendor: &str, made: &Made) -> Result<(), SmallError> {
    change(state, vendor, made, true)
}

/// Forgets an account that is gone.
///
/// # Errors
/// [`SmallError`].
pub fn forget(state: &State, vendor: &str, made: &Made) -> Result<(), SmallError> {
    change(state, vendor, made, false)
}

fn change(state: &State, vendor: &str, made: &Made, there: bool) -> Result<(), SmallError> {
    small::update(state, KEY, |thrown: Option<Thrown>| {
        let mut thrown = thrown.unwrap_or_default();
        let all = thrown.vendors.entry(vendor.into()).or_default();
        all.retain(|it| (&it.place, &it.email) != (&made.place, &made.email));
        if there {
            all.push(made.clone());
        }
        thrown.vendors.retain(|_, all| !all.is_empty());
        thrown
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_known_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::folder(folder.path());
        let mut made = Made {
            place: String::from("https://acme.example.com"),
            email: String::from("a@x.com"),
            id: None,
        };
        assert_eq!(left(&state, "acme"), Ok(Vec::new()));
        note(&state, "acme", &made).unwrap();
        made.id = Some("7".into());
        note(&state, "acme", &made).unwrap();
        assert_eq!(left(&state, "acme"), Ok(vec![made.clone()]));
        assert_eq!(left(&state, "other"), Ok(Vec::new()));
        forget(&state, "acme", &made).unwrap();
        assert_eq!(left(&state, "acme"), Ok(Vec::new()));
    }
}
