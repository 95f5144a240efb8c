//! To whom writes may go, where a run may write to few accounts and to no other: looked at where calls
//! are sent, whatever a connector would do.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;

use super::Call;

/// The names (ids, e-mails) one of which each write has to bear; clones share them.
#[derive(Debug, Clone, Default)]
pub struct WriteScope(Arc<Mutex<Vec<Box<str>>>>);

impl WriteScope {
    /// Lets writes go to whoever has that name.
    pub fn allow(&self, name: &str) {
        let names = self.0.lock();
        let mut names = names.unwrap_or_else(PoisonError::into_inner);
        if !name.is_empty() && names.iter().all(|it| **it != *name) {
            names.push(name.into());
        }
    }

    /// Whether a call is about one of them: a segment of its path, or a text in its body, is the name.
    pub(super) fn admits(&self, call: &Call) -> bool {
        let names = self.0.lock();
        let names = names.unwrap_or_else(PoisonError::into_inner);
        let body = call.body.as_deref().unwrap_or_default();
        let json: Option<Json> = serde_json::from_str(body).ok();
        names.iter().any(|name| {
            let segment = super::segment(name);
            // Some vendors put a file's ending behind an id.
            let bare = |it: &str| it.strip_suffix(".json").is_some_and(|it| it == segment);
            let mut path = call.path.split('/');
            let in_path = path.any(|it| it == segment || bare(it));
            let mut form = url::form_urlencoded::parse(body.as_bytes());
            let mut in_form = || json.is_none() && form.any(|(_, value)| *value == **name);
            in_path || json.as_ref().is_some_and(|it| holds(it, name)) || in_form()
        })
    }
}

/// Whether a text somewhere in it is that one, or ends with it as the last segment of a path.
fn holds(json: &Json, name: &str) -> bool {
    match json {
        Json::String(text) => text == name,
        Json::Array(items) => items.iter().any(|it| holds(it, name)),
        Json::Object(fields) => fields.values().any(|it| holds(it, name)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_write_bears_a_name_that_was_allowed() {
        let scope = WriteScope::default();
        let create =
            || Call::post("create", "/users").json(&json!({ "users": [{ "email": "a+b@x.com" }] }));
        assert!(!scope.admits(&create()));
        scope.allow("a+b@x.com");
        scope.allow("7");
        scope.allow("");
        assert!(scope.admits(&create()));
        assert!(scope.admits(&Call::put("write", "/users/a%2Bb%40x.com")));
        assert!(scope.admits(&Call::delete("delete", "/users/7")));
        assert!(scope.admits(&Call::delete("delete", "/users/7.json")));
        assert!(!scope.admits(&Call::delete("delete", "/users/77")));
        assert!(!scope.admits(&Call::delete("delete", "/users/7.5")));
        assert!(!scope.admits(&Call::delete("delete", "/users")));
        let other = Call::post("create", "/users").json(&json!({ "email": "xa+b@x.com", "n": 7 }));
        assert!(!scope.admits(&other));
    }
}
