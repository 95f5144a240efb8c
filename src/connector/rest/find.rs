//! One user: whether an answer is about the one that was asked for.

use super::list::List;
use super::row::Row;
use crate::http::{Api, Call, HttpError};
use crate::model::email::same_email;

/// Reads the user of a list's key by itself; a key that is the e-mail counts in any spelling. `None`: a
/// 404, which a wrong address brings as well.
///
/// # Errors
/// Those of the call; [`crate::http::Problem::Body`] for an answer about another user.
pub(crate) async fn read_user(api: &Api, list: &List, key: &str) -> Result<Option<Row>, HttpError> {
    let call = Call::get("read user", list.path_of(key));
    let reply = match api.send(call).await {
        Err(error) if error.status() == Some(404) => return Ok(None),
        other => other?,
    };
    let user = Row::of_reply(&reply, &list.table)?;
    let is_it = |it: &str| it == key || (list.key == list.email && same_email(it, key));
    match user.text(&list.key).is_some_and(is_it) {
        true => Ok(Some(user)),
        false => Err(reply.unusable("it is about another user")),
    }
}
