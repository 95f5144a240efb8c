//! `GET /ratings/v2/users`: filters and pages.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::state::{State, Status, User};
use super::{Behaviour, Refusal};

/// One page, as documented: `links`, `count` over all pages, `results`.
pub(super) fn page(
    state: &State,
    query: &str,
    behaviour: Behaviour,
    only_group: Option<&str>,
    cap: Option<usize>,
    base: &str,
) -> Result<Value, Refusal> {
    let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let (limit, offset) = (number(&query, "limit")?, number(&query, "offset")?);
    let limit = limit.min(cap.unwrap_or(usize::MAX));
    if limit == 0 {
        return Err(Refusal::new(400, "limit: not a valid number."));
    }
    let mut found = Vec::new();
    for user in &state.users {
        let seen = only_group.is_none_or(|guid| guid == user.group);
        if seen && fits(user, &query, behaviour)? {
            found.push(user);
        }
    }
    let link = |offset: usize| {
        let mut link = form_urlencoded::Serializer::new(format!("{base}?"));
        for (name, value) in &query {
            if name != "limit" && name != "offset" {
                link.append_pair(name, value);
            }
        }
        link.append_pair("limit", &limit.to_string());
        link.append_pair("offset", &offset.to_string());
        link.finish()
    };
    let end = offset.saturating_add(limit);
    let rows: Vec<Value> = found
        .iter()
        .skip(offset)
        .take(limit)
        .map(|user| state.row(user))
        .collect();
    Ok(json!({
        "links": {
            "next": (end < found.len()).then(|| link(end)),
            "previous": (offset > 0).then(|| link(offset.saturating_sub(limit))),
        },
        "count": found.len(),
        "results": rows,
    }))
}

/// Both default to 100, as the help page has it; for `offset` that is surely a slip, and a client
/// that relies on 0 is to be found out.
fn number(query: &[(String, String)], name: &str) -> Result<usize, Refusal> {
    match query.iter().find(|(have, _)| have == name) {
        None => Ok(100),
        Some((_, text)) => text
            .parse()
            .map_err(|_| Refusal::new(400, format!("{name}: not a valid number."))),
    }
}

/// Whether a user passes all filters. Without one, the defaults of `behaviour` hold.
fn fits(user: &User, query: &[(String, String)], behaviour: Behaviour) -> Result<bool, Refusal> {
    let mut fits = true;
    let (mut by_status, mut by_token) = (false, false);
    for (name, value) in query {
        let member = |text: &str| value.split(',').any(|entry| entry == text);
        fits &= match name.as_str() {
            "limit" | "offset" => true,
            "email" => same_email(&user.email, value, behaviour),
            "email_q" => contains(&user.email, value),
            "formal_name_q" => contains(user.formal_name.as_deref().unwrap_or_default(), value),
            "q" => {
                contains(&user.email, value)
                    || contains(user.formal_name.as_deref().unwrap_or_default(), value)
            }
            "guid" => user.guid == *value,
            "group.guid" => member(&user.group),
            "roles.slug" => user.roles.iter().any(|slug| member(slug)),
            "status" => {
                if value
                    .split(',')
                    .any(|status| Status::parse(status).is_none())
                {
                    return Err(Refusal::new(400, "status: not a valid choice."));
                }
                by_status = true;
                member(user.status.as_str())
            }
            "is_available_for_contact" => flag(value)? == user.contact,
            "is_company_api_token" => {
                by_token = true;
                flag(value)? == user.token
            }
            _ => return Err(Refusal::new(400, format!("{name}: unknown parameter."))),
        };
    }
    let shown = (by_status || behaviour.lists_deactivated || user.status != Status::Deactivated)
        && (by_token || behaviour.lists_tokens || !user.token);
    Ok(fits && shown)
}

fn same_email(have: &str, wanted: &str, behaviour: Behaviour) -> bool {
    match (behaviour.email_contains, behaviour.email_case) {
        (true, true) => have.contains(wanted),
        (true, false) => contains(have, wanted),
        (false, true) => have == wanted,
        (false, false) => have.eq_ignore_ascii_case(wanted),
    }
}

fn contains(have: &str, wanted: &str) -> bool {
    have.to_lowercase().contains(&wanted.to_lowercase())
}

fn flag(text: &str) -> Result<bool, Refusal> {
    text.parse()
        .map_err(|_| Refusal::new(400, "not a valid boolean."))
}
