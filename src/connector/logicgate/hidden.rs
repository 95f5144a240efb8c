//! Users that the list may leave out. Whether it has the deactivated and external ones is not
//! documented, so people who are not in it are searched for before the plan calls them new.

use super::read;
use super::users::Users;
use crate::connector::rest::list::Take as _;
use crate::connector::rest::walk::Listing;
use crate::http::{Api, HttpError, Problem};
use crate::model::desired::{Desired, PersonKey};

/// People searched for in one read: half a minute at the default rate. A first roll-out of more is
/// left to the look before each create.
const MOST: usize = 60;

/// Adds the users that only the search shows. They count as counted: the vendor's number is that
/// of its list. Returns what speaks against a complete read, one clause each, and what was left out.
///
/// # Errors
/// Those of the calls. A search that is not there (any more) is no error: the list has to do.
pub(super) async fn add(
    api: &Api,
    users: &mut Users,
    listing: &mut Listing,
    desired: &Desired<'_>,
) -> Result<(Vec<String>, Option<String>), HttpError> {
    let mut doubts = Vec::new();
    let wanted = desired.person_keys().filter(|want| want.access.granted());
    let absent = wanted.filter(|want| users.all.place_of(want).is_none());
    let absent: Vec<PersonKey<'_>> = absent.collect();
    let listed = users.count();
    if absent.len() > MOST {
        let notice = format!(
            "{} people are not in the list; whether it hides deactivated or external users of \
             theirs is looked up before each create and not in this plan",
            absent.len()
        );
        return Ok((doubts, Some(notice)));
    }
    let mut found = Vec::new();
    'people: for want in absent {
        for email in want.emails() {
            match read::search_only(api, email).await {
                Ok(Some(user)) => {
                    found.push(read::more(api, user).await?);
                    continue 'people;
                }
                Ok(None) => {}
                Err(error) if read::search_is_gone(&error) => break 'people,
                Err(error) => match error.problem {
                    Problem::Body(reason) => doubts.push(format!("of {email}, {reason}")),
                    _ => return Err(error),
                },
            }
        }
    }
    for user in found {
        if user.text("id").is_some() {
            users.take(Ok(user));
        }
    }
    let added = u64::try_from(users.count() - listed).unwrap_or(u64::MAX);
    listing.counted = listing.counted.map(|count| count.saturating_add(added));
    Ok((doubts, None))
}
