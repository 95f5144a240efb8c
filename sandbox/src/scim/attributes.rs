//! The attributes that the server knows, what it checks of a body, and how it describes them.

use serde_json::{Map, Value as Json, json};

use super::json::{ENTERPRISE, GROUP, USER, flag, get, key_of};

/// The custom extension of this server.
pub(super) const ACME: &str = "urn:example:acme:2.0:User";

/// The type of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Flag,
    Number,
    Complex,
    /// A list of complex values.
    Many,
    /// A list of texts.
    Texts,
}

const CORE: &[(&str, Kind)] = &[
    ("userName", Kind::Text),
    ("externalId", Kind::Text),
    ("name", Kind::Complex),
    ("displayName", Kind::Text),
    ("nickName", Kind::Text),
    ("profileUrl", Kind::Text),
    ("title", Kind::Text),
    ("userType", Kind::Text),
    ("preferredLanguage", Kind::Text),
    ("locale", Kind::Text),
    ("timezone", Kind::Text),
    ("active", Kind::Flag),
    ("emails", Kind::Many),
    ("phoneNumbers", Kind::Many),
    ("roles", Kind::Many),
    ("entitlements", Kind::Many),
    ("groups", Kind::Many),
];

const EXTENDED: &[(&str, Kind)] = &[
    ("employeeNumber", Kind::Text),
    ("costCenter", Kind::Text),
    ("organization", Kind::Text),
    ("division", Kind::Text),
    ("department", Kind::Text),
    ("manager", Kind::Complex),
];

const CUSTOM: &[(&str, Kind)] = &[
    ("costCode", Kind::Text),
    ("desks", Kind::Texts),
    ("remote", Kind::Flag),
    ("level", Kind::Number),
];

const NAME: &[&str] = &[
    "givenName",
    "familyName",
    "middleName",
    "honorificPrefix",
    "honorificSuffix",
    "formatted",
];

/// What the server never takes from a client.
const SERVED: [&str; 3] = ["id", "meta", "schemas"];

fn tables() -> [(&'static str, &'static [(&'static str, Kind)]); 3] {
    [(USER, CORE), (ENTERPRISE, EXTENDED), (ACME, CUSTOM)]
}

/// The attribute of a schema, in the server's spelling.
pub(super) fn find(urn: &str, name: &str) -> Option<(&'static str, Kind)> {
    let (_, table) = tables()
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(urn))?;
    let found = table
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.copied()
}

/// Checks the body of a POST or PUT and brings names into the server's spelling.
///
/// # Errors
/// The `detail` of the refusal.
pub(super) fn check(body: &Map<String, Json>, texts: bool) -> Result<Map<String, Json>, String> {
    let schemas = get(body, "schemas").and_then(Json::as_array);
    let schemas = schemas.ok_or("schemas is required")?;
    let names = |urn: &str| {
        let mut schemas = schemas.iter().filter_map(Json::as_str);
        schemas.any(|it| it.eq_ignore_ascii_case(urn))
    };
    if !names(USER) {
        return Err(format!("schemas has to name {USER}"));
    }
    let mut user = Map::new();
    for (name, value) in body {
        if SERVED.iter().any(|it| it.eq_ignore_ascii_case(name)) {
            continue;
        }
        if value.is_null() {
            continue;
        }
        if name.to_lowercase().starts_with("urn:") {
            let fields = value
                .as_object()
                .ok_or(format!("{name} has to be an object"))?;
            if !names(name) {
                return Err(format!("schemas does not name {name}"));
            }
            let mut extension = Map::new();
            for (inner, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                let (inner, value) = field(name, inner, value, texts)?;
                extension.insert(inner.to_owned(), value);
            }
            if !extension.is_empty() {
                user.insert(name.clone(), Json::Object(extension));
            }
            continue;
        }
        let (name, value) = field(USER, name, value, texts)?;
        user.insert(name.to_owned(), value);
    }
    let name = user.get("userName").and_then(Json::as_str);
    if name.is_none_or(|name| name.trim().is_empty()) {
        return Err("userName is required".into());
    }
    Ok(user)
}

/// One attribute with its value checked.
///
/// # Errors
/// The `detail` of the refusal.
pub(super) fn field(
    urn: &str,
    name: &str,
    value: &Json,
    texts: bool,
) -> Result<(&'static str, Json), String> {
    let (name, kind) = find(urn, name).ok_or(format!("{urn} has no attribute {name}"))?;
    let fits = match kind {
        Kind::Text => value.is_string(),
        Kind::Flag if texts => value.is_string() && flag(value).is_some(),
        Kind::Flag => value.is_boolean(),
        Kind::Number => value.is_i64() || value.is_u64(),
        Kind::Complex => value.is_object(),
        Kind::Many => value
            .as_array()
            .is_some_and(|it| it.iter().all(Json::is_object)),
        Kind::Texts => value
            .as_array()
            .is_some_and(|it| it.iter().all(Json::is_string)),
    };
    if !fits {
        return Err(format!("{name} has another type"));
    }
    if name == "name" {
        let parts = value.as_object().into_iter().flatten();
        for (part, value) in parts {
            let known = NAME.iter().any(|known| known.eq_ignore_ascii_case(part));
            if !known || !value.is_string() {
                return Err(format!("name.{part} is not known or no text"));
            }
        }
    }
    if kind == Kind::Many {
        for entry in value.as_array().into_iter().flatten() {
            let entry = entry.as_object();
            if entry.is_none_or(|it| get(it, "value").and_then(Json::as_str).is_none()) {
                return Err(format!("an entry of {name} has no value"));
            }
        }
    }
    Ok((name, value.clone()))
}

/// The answer to `/Schemas`.
pub(super) fn described(unseen: Option<&str>) -> Json {
    let one = |(name, kind): &(&str, Kind)| {
        let (word, many) = match kind {
            Kind::Text => ("string", false),
            Kind::Flag => ("boolean", false),
            Kind::Number => ("integer", false),
            Kind::Complex => ("complex", false),
            Kind::Many => ("complex", true),
            Kind::Texts => ("string", true),
        };
        json!({ "name": name, "type": word, "multiValued": many, "required": *name == "userName",
            "caseExact": false, "mutability": "readWrite",
            "returned": if unseen == Some(*name) { "never" } else { "default" },
            "uniqueness": "none" })
    };
    let mut schemas: Vec<Json> = tables()
        .iter()
        .map(|(urn, table)| {
            let attributes: Vec<Json> = table.iter().map(one).collect();
            json!({ "id": urn, "name": urn.rsplit(':').next(), "attributes": attributes,
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"] })
        })
        .collect();
    schemas.push(json!({ "id": GROUP, "name": "Group", "attributes": [
        one(&("displayName", Kind::Text)), one(&("members", Kind::Many))] }));
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": schemas.len(), "Resources": schemas })
}

/// Names the extensions that a user has.
pub(super) fn schemas(user: &mut Map<String, Json>) {
    let extensions: Vec<Json> = user
        .keys()
        .filter(|key| key.to_lowercase().starts_with("urn:"))
        .map(|key| json!(key))
        .collect();
    let all = std::iter::once(json!(USER)).chain(extensions);
    let key = key_of(user, "schemas");
    user.insert(key, all.collect());
}
