//! Lists of users and groups: filters and pages.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{Query, State as Of};
use axum::http::Response;
use serde_json::{Value as Json, json};

use super::Server;
use super::json::{entries, value_of};
use super::routes::{Answer, Parameters, answer, render};
use super::shape::{Filters, Lists, Shape};
use super::state::{Failure, State, failure};

pub(super) async fn list_groups(
    Of(server): Of<Server>,
    Query(query): Parameters,
) -> Response<Body> {
    let state = server.state();
    let shape = state.shape;
    if let Some(status) = shape.broken_groups {
        return render(shape, failure(status, None, "groups cannot be shown"));
    }
    let show = |at: usize| state.shown_group(&state.groups[at], !shape.list_without_members);
    let groups: Vec<usize> = (0..state.groups.len()).collect();
    let listed = match query.get("filter") {
        Some(filter) => filtered_groups(&state, filter, groups),
        None => Ok(groups),
    };
    render(
        shape,
        listed.and_then(|groups| page(shape, &query, groups, show)),
    )
}

pub(super) async fn list_users(Of(server): Of<Server>, Query(query): Parameters) -> Response<Body> {
    let mut state = server.state();
    state.pages += 1;
    if state.shape.lists == Lists::Moving && state.pages == 2 {
        state.users.rotate_left(1);
        state.users.pop();
    }
    let shape = state.shape;
    let users = 0..state.users.len();
    let users: Vec<usize> = users.filter(|at| !is_hidden(&state, *at)).collect();
    let listed = match query.get("filter") {
        None if shape.lists == Lists::Searched => {
            failure(400, Some("invalidFilter"), "a filter is required")
        }
        None if shape.hides_off => Ok(users.into_iter().filter(|at| is_on(&state, *at)).collect()),
        Some(filter) => filtered(&state, filter, users),
        None => Ok(users),
    };
    let odd: Vec<Json> = serde_json::from_str(shape.odd).unwrap_or_default();
    let count = state.users.len();
    let show = |at: usize| match at.checked_sub(count) {
        Some(at) => odd[at].clone(),
        None => state.shown(at),
    };
    let strange = match query.contains_key("filter") {
        true => count..count,
        false => count..count + odd.len(),
    };
    render(
        shape,
        listed.and_then(|users| {
            page(
                shape,
                &query,
                users.into_iter().chain(strange).collect(),
                show,
            )
        }),
    )
}

fn is_on(state: &State, at: usize) -> bool {
    state.users[at].get("active").and_then(Json::as_bool) != Some(false)
}

fn is_hidden(state: &State, at: usize) -> bool {
    let name = state.users[at].get("userName").and_then(Json::as_str);
    state.shape.hides.is_some_and(|hidden| name == Some(hidden))
}

/// The users that a filter of the form `attribute eq "text"` shows.
fn filtered(state: &State, filter: &str, users: Vec<usize>) -> Result<Vec<usize>, Failure> {
    let shape = state.shape;
    match shape.filters {
        Filters::Refused(status) => return failure(status, None, "filters are not supported"),
        Filters::Ignored => return Ok(users),
        Filters::Empty => return Ok(Vec::new()),
        Filters::Work | Filters::CaseSensitive => {}
    }
    if filter == "active eq false" {
        return Ok(users.into_iter().filter(|at| !is_on(state, *at)).collect());
    }
    let invalid = || Failure::new(400, Some("invalidFilter"), "the filter is not understood");
    let begins = filter.split_once(" sw ");
    if begins.is_some() && shape.lists != Lists::First {
        return Err(invalid());
    }
    let (name, text) = begins.or(filter.split_once(" eq ")).ok_or_else(invalid)?;
    if !["userName", "externalId", "emails.value"].contains(&name) {
        return Err(invalid());
    }
    let wanted: String = serde_json::from_str(text).map_err(|_| invalid())?;
    let fold = |text: &str| match shape.filters {
        Filters::CaseSensitive => text.to_owned(),
        _ => text.to_lowercase(),
    };
    let fits = |at: &usize| {
        let (head, _) = name.split_once('.').unwrap_or((name, ""));
        let values = entries(state.users[*at].get(head));
        values.iter().filter_map(value_of).any(|it| match begins {
            Some(_) => fold(&it).starts_with(&fold(&wanted)),
            None => fold(&it) == fold(&wanted),
        })
    };
    Ok(users.into_iter().filter(fits).collect())
}

/// The groups that a filter of the form `attribute eq "text"` shows.
fn filtered_groups(state: &State, filter: &str, groups: Vec<usize>) -> Result<Vec<usize>, Failure> {
    match state.shape.group_filters {
        Filters::Refused(status) => return failure(status, None, "filters are not supported"),
        Filters::Ignored => return Ok(groups),
        Filters::Empty => return Ok(Vec::new()),
        Filters::Work | Filters::CaseSensitive => {}
    }
    let invalid = || Failure::new(400, Some("invalidFilter"), "the filter is not understood");
    let (name, text) = filter.split_once(" eq ").ok_or_else(invalid)?;
    let wanted: String = serde_json::from_str(text).map_err(|_| invalid())?;
    let fits = |at: &usize| {
        let group = &state.groups[*at];
        match name {
            "members.value" => Some(group.members.contains(&wanted)),
            "displayName" => Some(group.name.eq_ignore_ascii_case(&wanted)),
            "id" => Some(group.id == wanted),
            _ => None,
        }
    };
    if groups.iter().any(|at| fits(at).is_none()) {
        return Err(invalid());
    }
    Ok(groups
        .into_iter()
        .filter(|at| fits(at) == Some(true))
        .collect())
}

fn page(
    shape: Shape,
    query: &BTreeMap<String, String>,
    all: Vec<usize>,
    show: impl Fn(usize) -> Json,
) -> Answer {
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
    if shape.lists == Lists::NoCount && query.contains_key("count") {
        return failure(400, Some("invalidValue"), "count is not known");
    }
    if let Lists::CountAtMost(most) = shape.lists
        && number("count").is_none_or(|count| count > most)
    {
        let why = format!("count has to be at most {most}");
        return failure(400, Some("invalidValue"), why);
    }
    let size = number("count").unwrap_or(20).min(shape.page_cap).max(1);
    let total = all.len();
    let hidden = shape.lists == Lists::HiddenCursor && query.contains_key("cursor");
    let cursor = shape.lists == Lists::Cursor || hidden;
    let start = match (cursor, query.get("cursor").map(String::as_str)) {
        (true, Some("") | None) => 0,
        (true, Some(text)) => match text.strip_prefix("next-").and_then(|it| it.parse().ok()) {
            Some(start) => start,
            None => return failure(400, Some("invalidCursor"), "the cursor is not known"),
        },
        (false, _) if matches!(shape.lists, Lists::First | Lists::HiddenCursor) => 0,
        (false, _) if shape.lists == Lists::FromZero => number("startIndex").unwrap_or(0),
        (false, _) => number("startIndex").unwrap_or(1).max(1) - 1,
    };
    let again = shape.lists == Lists::Again;
    let start = if again && start >= total { 0 } else { start };
    let resources: Vec<Json> = all.into_iter().skip(start).take(size).map(show).collect();
    let next = start + resources.len();
    let mut body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total, "itemsPerPage": resources.len(), "startIndex": start + 1,
        "Resources": resources });
    if let Some(fields) = body.as_object_mut() {
        match shape.lists {
            Lists::Again | Lists::Uncounted => {
                fields.remove("totalResults");
            }
            Lists::PageTotals | Lists::First | Lists::HiddenCursor => {
                fields["totalResults"] = fields["itemsPerPage"].clone();
            }
            _ => {}
        }
        if cursor && next < total {
            fields.insert("nextCursor".into(), json!(format!("next-{next}")));
        }
    }
    Ok(answer(200, &body))
}
