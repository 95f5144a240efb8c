//! The JSON that the local server answers with.

use std::collections::BTreeMap;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::fields::Refusal;
use super::state::{EPOCH_MS, State, User};
use super::{Ends, ListForm, OffForm, Total};
use crate::Keys as _;

/// The default page size of the documentation.
const PAGE_SIZE: usize = 20;

/// One page in either envelope.
pub(super) fn page(
    state: &State,
    form: ListForm,
    query: &BTreeMap<String, String>,
    texts: &[String],
) -> Response {
    let number = |name: &str, default: usize| match query.get(name) {
        Some(text) => text.parse::<usize>().ok(),
        None => Some(default),
    };
    let (Some(at), Some(size @ 1..)) = (number("page", 0), number("size", PAGE_SIZE)) else {
        return error(400, "page counts from 0, size from 1");
    };
    let heeds = state.behaviour.heeds_page;
    let size = state.page_cap.map_or(size, |cap| size.min(cap.max(1)));
    let pages = texts.len().div_ceil(size);
    let start = usize::from(heeds)
        .saturating_mul(at)
        .saturating_mul(size)
        .min(texts.len());
    let items = &texts[start..texts.len().min(start.saturating_add(size))];
    let last = at + 1 >= pages;
    let total = match state.behaviour.total {
        Total::All => texts.len(),
        Total::Page => items.len(),
        Total::Grows => texts.len() + usize::from(at > 0),
    };
    let all = match state.behaviour.total {
        Total::Page => 1,
        Total::All | Total::Grows => pages,
    };
    let mut rest = match form {
        ListForm::ArrayPage => return answer(200, format!("[{}]", items.join(","))),
        ListForm::PageV2 => {
            let link = |page: usize| format!("/api/v1/users?page={page}&size={size}");
            json!({
                "links": {
                    "first": link(0), "self": link(at), "last": link(pages.saturating_sub(1)),
                    "prev": at.checked_sub(1).map(link), "next": (!last).then(|| link(at + 1)),
                },
                "page": {
                    "size": size, "totalElements": total, "totalPages": all, "number": at,
                },
            })
        }
        ListForm::Array | ListForm::PageV1 => json!({
            "number": at, "size": size, "totalElements": total, "totalPages": all,
            "first": at == 0, "last": last, "empty": items.is_empty(),
            "numberOfElements": items.len(), "pageable": {"offset": start}, "sort": {"sorted": false},
        }),
    };
    let silent: &[&str] = match state.behaviour.ends {
        Ends::Said => &[],
        Ends::Numbers => &["links", "last"],
        Ends::Silent => &["links", "last", "page", "totalPages"],
    };
    if let Some(fields) = rest.as_object_mut() {
        fields.retain(|name, _| !silent.contains(&&**name));
    }
    let rest = rest.to_string();
    let rest = rest.trim_start_matches('{');
    let comma = if rest == "}" { "" } else { "," };
    let content = items.join(",");
    answer(200, format!("{{\"content\":[{content}]{comma}{rest}"))
}

/// A user as reads show it.
pub(super) fn whole(state: &State, user: &User) -> String {
    shown(state, user, None)
}

/// A user as an answer shows it, `status` twice, as the vendor does.
pub(super) fn shown(state: &State, user: &User, send_email: Option<Value>) -> String {
    let mut fields = user.fields.clone();
    let roles = user.roles.iter().filter_map(|id| {
        let role = state.roles.iter().find(|role| role.id == *id)?;
        let mut shown = role.extra.clone();
        shown.insert("id".into(), json!(role.id));
        shown.insert("name".into(), json!(role.name));
        Some(Value::Object(shown))
    });
    fields.insert("roles".into(), roles.collect());
    if user.flag("disabled") && state.behaviour.off_form == OffForm::Status {
        fields.insert("status".into(), json!("Deactivated"));
    }
    let time = if state.behaviour.iso_times {
        json!("2026-01-01T00:00:00Z")
    } else {
        json!(EPOCH_MS)
    };
    fields.insert("created".into(), time.clone());
    fields.insert("updated".into(), time);
    fields.insert("idOrTransientId".into(), json!(user.id()));
    fields.insert("empty".into(), Value::Bool(false));
    match send_email {
        Some(send_email) => fields.insert("sendEmail".into(), send_email),
        // Only reads show these; whoever keeps one of them has leaked it.
        None => fields.insert("password".into(), json!("SECRET-password-hash")),
    };
    fields.insert("resetPasswordToken".into(), json!("SECRET-reset-token"));
    fields.insert("intercomHash".into(), json!("SECRET-intercom-hash"));
    let text = Value::Object(fields).to_string();
    format!("{{\"status\":\"Active\",{}", &text[1..])
}

/// A user as other objects embed it.
pub(super) fn embedded(user: &User) -> String {
    let mut fields = Map::new();
    for name in [
        "id", "email", "first", "last", "name", "company", "tier", "external",
    ] {
        if let Some(value) = user.fields.get(name) {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    fields.insert("status".into(), json!("Active"));
    fields.insert("valueType".into(), json!("User"));
    fields.insert("roleIds".into(), json!(user.roles));
    Value::Object(fields).to_string()
}

/// `{"property", "value", "message"}`
pub(super) fn refused(status: u16, refusal: &Refusal) -> Response {
    let Refusal {
        property,
        value,
        message,
    } = refusal;
    answer(
        status,
        json!({"property": property, "value": value, "message": message}).to_string(),
    )
}

/// `{"status", "message"}`, both texts.
pub(super) fn error(status: u16, message: &str) -> Response {
    answer(
        status,
        json!({"status": status.to_string(), "message": message}).to_string(),
    )
}

pub(super) fn answer(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
