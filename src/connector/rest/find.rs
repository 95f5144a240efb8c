//! One user: whether an answer is about the one that was asked for.

use crate::http::{HttpError, Reply};

/// Reads one user. `None`: a 404, which a wrong address brings as well.
///
/// # Errors
/// Those of the call; [`crate::http::Problem::Body`] for an answer about another user.
pub(crate) async fn read_one<T>(
    sent: impl Future<Output = Result<Reply, HttpError>>,
    read: impl FnOnce(&Reply) -> Result<T, HttpError>,
    is_it: impl FnOnce(&T) -> bool,
) -> Result<Option<T>, HttpError> {
    let reply = match sent.await {
        Err(error) if error.status() == Some(404) => return Ok(None),
        other => other?,
    };
    match read(&reply)? {
        user if is_it(&user) => Ok(Some(user)),
        _ => Err(reply.unusable("it is about another user")),
    }
}
