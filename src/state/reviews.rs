//! When the last sheet of an access review was made: `reviews.json`. It is written without the lock,
//! under the condition that nobody wrote in between.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::State;
use super::small::{self, SmallError};

const KEY: &str = "reviews.json";

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reviews {
    last: Timestamp,
}

/// When the last one was made; `None`: there was none yet.
///
/// # Errors
/// [`SmallError`].
pub fn load(state: &State) -> Result<Option<Timestamp>, SmallError> {
    Ok(small::load(state, KEY)?.map(|reviews: Reviews| reviews.last))
}

/// Notes one.
///
/// # Errors
/// [`SmallError`].
pub fn save(state: &State, at: Timestamp) -> Result<(), SmallError> {
    small::update(state, KEY, |_| Reviews { last: at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_counts() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::folder(folder.path());
        assert_eq!(load(&state).unwrap(), None);
        for seconds in [1, 2] {
            let at = Timestamp::from_second(seconds).unwrap();
            save(&state, at).unwrap();
            assert_eq!(load(&state).unwrap(), Some(at));
        }
    }
}
