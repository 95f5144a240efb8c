//! One user: whether an answer is about the one that was asked for.

use super::list::List;
use super::row::Row;
use crate::http::{Api, Call, HttpError};

/// Reads the user of a list's key by itself. `None`: a 404, which a wrong address brings as well.
///
/// # Errors
/// Those of the call; [`crate::http::Problem::Body`] for an answer about another user.
pub(crate) async fn read_user(api: &Api, list: &List, key: &str) -> Result<Option<Row>, HttpError> {
    let call = Call::get("read user", list.path_of(key));
    let reply = match api.send(call).await {
        Err(error) if error.status() == Some(404) => return Ok(None),
        other => other?,
    };
    match Row::of_reply(&reply, &list.table)? {
        user if user.text(&list.key) == Some(key) => Ok(Some(user)),
        _ => Err(reply.unusable("it is about another user")),
    }
}
