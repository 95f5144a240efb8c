//! Servers whose paths end with a slash. A read that is redirected to nothing but the slash is sent
//! again, and from then on every call to such a place has it. A write is never redirected: where one
//! meets the slash first, a read asks whether the place wants it.

use super::Scim;
use super::setting;
use crate::http::{Call, HttpError};

impl Scim {
    /// The call, with the slash that its place is known to want.
    pub(super) fn with_slash(&self, mut call: Call) -> Call {
        call.slash |= self.wants_slash(&call.path);
        call
    }

    /// The call as a redirect asks for it, where that only adds a slash. It has done nothing.
    ///
    /// # Errors
    /// Those of the read that a write needs first, but for its redirect.
    pub(super) async fn slash_asked_for(
        &self,
        call: &Call,
        error: &HttpError,
    ) -> Result<Option<Call>, HttpError> {
        let Some(slashed) = self.api.slashed(call, error) else {
            return Ok(None);
        };
        if !call.method.reads_only() {
            let read = Call::get("look for a slash", call.path.clone());
            match self.send_as(read.clone(), false).await {
                Err(error) if self.api.slashed(&read, &error).is_some() => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(None),
            }
        }
        self.learnt().slashes.insert(self.place_of(&call.path));
        Ok(Some(slashed))
    }

    /// Learns, or forgets, that a list and what is below it have the slash.
    pub(super) fn learn_slash(&self, place: &str, wants: bool) {
        for key in [place.to_owned(), format!("{place}/*")] {
            match wants {
                true => self.learnt().slashes.insert(key),
                false => self.learnt().slashes.remove(&key),
            };
        }
    }

    fn wants_slash(&self, path: &str) -> bool {
        let place = self.place_of(path);
        let list = place.trim_end_matches("/*");
        let given = [
            (setting::USERS_PATH, self.users()),
            (setting::GROUPS_PATH, self.groups_path()),
        ];
        let mut given = given.into_iter().filter(|(_, of)| of == list);
        let given =
            given.any(|(key, _)| self.settings.text(key).is_some_and(|it| it.ends_with('/')));
        given || self.learnt().slashes.contains(&place)
    }

    /// A list, or `…/*` for everything below it.
    fn place_of(&self, path: &str) -> String {
        match path.rsplit_once('/') {
            Some((list, _)) if list == self.users() || list == self.groups_path() => {
                format!("{list}/*")
            }
            _ => path.to_owned(),
        }
    }
}
