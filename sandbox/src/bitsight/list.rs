//! `GET /ratings/v2/users`: filters and pages.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::state::{State, Status, User};
use super::{Behaviour, Count, Refusal};

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
    let (limit, asked) = (number(&query, "limit")?, number(&query, "offset")?);
    let offset = match (behaviour.offset, behaviour.repeats) {
        (false, _) => 0,
        (true, true) => asked.saturating_sub(1),
        (true, false) => asked,
    };
    let limit = limit.min(cap.unwrap_or(usize::MAX));
    if limit == 0 {
        return Err(Refusal::new(400, "limit: not a valid number."));
    }
    let mut filters = filters(&query)?;
    filters.retain(|_| behaviour.heeds_filters);
    let found: Vec<&User> = (0..state.users.len())
        .filter(|at| {
            let user = &state.users[*at];
            let seen = only_group.is_none_or(|guid| guid == user.group);
            seen && fits(user, state.users.key(*at), &filters, behaviour)
        })
        .map(|at| &state.users[at])
        .collect();
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
    let end = asked.saturating_add(limit);
    let rows: Vec<Value> = found
        .iter()
        .skip(offset)
        .take(limit + asked.min(1) * usize::from(behaviour.repeats))
        .map(|user| state.row(user))
        .collect();
    let count = match behaviour.count {
        Count::All => found.len(),
        Count::Page => rows.len(),
        Count::Grows => found.len() + usize::from(asked > 0),
    };
    let mut page = json!({ "count": count, "results": rows });
    if behaviour.links {
        page["links"] = json!({
            "next": (end < found.len()).then(|| link(end)),
            "previous": (asked > 0).then(|| link(asked.saturating_sub(limit))),
        });
    }
    Ok(page)
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

/// One filter of a list call, read once for all users.
enum Filter<'a> {
    /// As sent, and in small letters.
    Email(&'a str, String),
    /// In small letters, as all texts here that are looked for in others.
    EmailPart(String),
    NamePart(String),
    Part(String),
    Guid(&'a str),
    Groups(Vec<&'a str>),
    Roles(Vec<&'a str>),
    Statuses(Vec<Status>),
    Contact(bool),
    Token(bool),
}

fn filters(query: &[(String, String)]) -> Result<Vec<Filter<'_>>, Refusal> {
    let mut filters = Vec::new();
    for (name, value) in query {
        let words = || value.split(',').collect();
        filters.push(match name.as_str() {
            "limit" | "offset" => continue,
            "email" => Filter::Email(value, value.to_lowercase()),
            "email_q" => Filter::EmailPart(value.to_lowercase()),
            "formal_name_q" => Filter::NamePart(value.to_lowercase()),
            "q" => Filter::Part(value.to_lowercase()),
            "guid" => Filter::Guid(value),
            "group.guid" => Filter::Groups(words()),
            "roles.slug" => Filter::Roles(words()),
            "status" => {
                let statuses: Option<_> = value.split(',').map(Status::parse).collect();
                let wrong = || Refusal::new(400, "status: not a valid choice.");
                Filter::Statuses(statuses.ok_or_else(wrong)?)
            }
            "is_available_for_contact" => Filter::Contact(flag(value)?),
            "is_company_api_token" => Filter::Token(flag(value)?),
            _ => return Err(Refusal::new(400, format!("{name}: unknown parameter."))),
        });
    }
    Ok(filters)
}

/// Whether a user, known by that e-mail key, passes all filters. Without one, the defaults of
/// `behaviour` hold.
fn fits(user: &User, key: &str, filters: &[Filter<'_>], behaviour: Behaviour) -> bool {
    let named = |part: &str| {
        let name = user.formal_name.as_deref().unwrap_or_default();
        name.to_lowercase().contains(part)
    };
    let by_status = filters.iter().any(|it| matches!(it, Filter::Statuses(_)));
    let by_token = filters.iter().any(|it| matches!(it, Filter::Token(_)));
    let by_contact = filters.iter().any(|it| matches!(it, Filter::Contact(_)));
    (by_status || behaviour.lists_deactivated || user.status != Status::Deactivated)
        && (by_token || behaviour.lists_tokens || !user.token)
        && (by_contact || behaviour.lists_contacts || !user.contact)
        && filters.iter().all(|filter| match filter {
            Filter::Email(sent, small) => match (behaviour.email_contains, behaviour.email_case) {
                (true, true) => user.email.contains(sent),
                (true, false) => key.contains(small.as_str()),
                (false, true) => user.email == *sent,
                (false, false) => key == small,
            },
            Filter::EmailPart(part) => key.contains(part.as_str()),
            Filter::NamePart(part) => named(part),
            Filter::Part(part) => key.contains(part.as_str()) || named(part),
            Filter::Guid(guid) => user.guid == *guid,
            Filter::Groups(guids) => guids.contains(&user.group.as_str()),
            Filter::Roles(slugs) => user.roles.iter().any(|slug| slugs.contains(&slug.as_str())),
            Filter::Statuses(statuses) => statuses.contains(&user.status),
            Filter::Contact(contact) => *contact == user.contact,
            Filter::Token(token) => *token == user.token,
        })
}

fn flag(text: &str) -> Result<bool, Refusal> {
    text.parse()
        .map_err(|_| Refusal::new(400, "not a valid boolean."))
}
