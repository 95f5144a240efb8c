//! The JSON Schema of a description, for completion and hints in editors.
//!
//! A little more lenient than the reader: what goes together is left to `connector check`.

use serde_json::{Map, Value as Json, json};

use super::{attributes, auth, calls, fields, groups, lists, users};

/// The schema (draft 2020-12).
pub fn schema() -> Json {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://rosterctl.example/connector.schema.json",
        "title": "rosterctl connector description",
        "description": "A vendor with a users API: where things are, and which call does what.",
        "type": "object",
        "additionalProperties": false,
        "required": ["connector", "title", "rights", "auth", "users"],
        "properties": top(),
        "$defs": {
            "pointer": { "type": "string", "pattern": "^(/([^~{}/]|~0|~1)*)*$" },
            "path": { "type": "string", "pattern": "^/(?!/)[^?#\\s\\\\]*$" },
            "scalar": { "type": ["string", "number", "boolean", "null"] },
            "scalars": { "type": "array", "items": { "$ref": "#/$defs/scalar" } },
            "statuses": { "type": "array", "items": { "type": "integer", "minimum": 400, "maximum": 499 } },
            "headers": { "type": "object", "additionalProperties": { "type": "string" } },
            "query": { "type": "object", "additionalProperties": { "$ref": "#/$defs/scalar" } },
            "standing": { "type": "object", "additionalProperties": { "$ref": "#/$defs/scalar" } },
            "duration": { "type": "string", "pattern": "^[0-9]+[smh]$" },
            "send": {
                "type": "object",
                "additionalProperties": { "oneOf": [
                    { "$ref": "#/$defs/scalar" },
                    object(&["random"], &["random"], |_| json!({ "type": "integer", "minimum": 16, "maximum": 128 })),
                ] },
            },
            "place": { "oneOf": [
                { "$ref": "#/$defs/pointer" },
                object(&["header", "rel"], &["header"], |_| text("")),
            ] },
            "total": { "oneOf": [
                { "$ref": "#/$defs/pointer" },
                object(&["header"], &["header"], |_| text("A header of each page.")),
                object(&["head"], &["head"], |_| text("A header of the answer to a HEAD.")),
            ] },
            "auth": object(auth::FORMS, &[], auth_form),
            "page": object(lists::PAGE, &["by"], page),
            "list": object(lists::KEYS, &["get"], list),
            "call": object(calls::KEYS, &[], call),
            "condition": object(users::ACTIVE, &["at"], |key| match key {
                "at" => pointer(""),
                _ => reference("scalars"),
            }),
            "users": object(users::KEYS, &["id", "list"], user),
            "attribute": { "oneOf": [
                { "$ref": "#/$defs/pointer" },
                object(attributes::KEYS, &[], attribute),
            ] },
            "groups": object(groups::KEYS, &["list"], group),
        },
    })
}

fn top() -> Json {
    let mut all = object(super::KEYS, &[], |key| match key {
        "connector" => {
            json!({ "const": super::VERSION, "description": "The version of this format." })
        }
        "title" => text("The name people know."),
        "docs" => text("Where the API is documented."),
        "rights" => text("What the credentials must be allowed to do."),
        "base_url" => {
            json!({ "type": "string", "pattern": "^https?://", "description": "Used when the roster gives none." })
        }
        "content_type" => {
            text("The content type of bodies that are no form; application/json without it.")
        }
        "auth" => {
            json!({ "oneOf": [{ "$ref": "#/$defs/auth" }, { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/auth" } }] })
        }
        "headers" => reference("headers"),
        "settings" => json!({
            "type": "object",
            "description": "Further keys of the vendor in the roster, usable as {name} in paths.",
            "additionalProperties": object(&["type", "required", "doc"], &[], |key| match key {
                "type" => words(&["text", "count", "flag"]),
                "required" => json!({ "type": "boolean" }),
                _ => text(""),
            }),
        }),
        "self" => object(users::OWN, &[], |key| match key {
            "get" => reference("path"),
            "account" => {
                json!({ "type": "boolean", "description": "false: a service that is none of the users." })
            }
            "nobody" => reference("statuses"),
            _ => pointer(""),
        }),
        "limits" => object(fields::LIMITS, &[], |key| match key {
            "per_second" => json!({ "type": "number", "exclusiveMinimum": 0 }),
            "timeout" | "throttle" => reference("duration"),
            _ => json!({ "type": "integer", "minimum": 1 }),
        }),
        "read_lag" => {
            json!({ "type": "array", "items": { "$ref": "#/$defs/duration" }, "description": "What to wait before each further read that does not show a write yet." })
        }
        "users" => reference("users"),
        "attributes" => json!({
            "type": "object",
            "propertyNames": { "pattern": "^[a-z][a-z0-9_]*$" },
            "additionalProperties": { "$ref": "#/$defs/attribute" },
        }),
        "groups" => reference("groups"),
        "secret" => {
            json!({ "type": "array", "items": { "$ref": "#/$defs/pointer" }, "description": "Fields dropped on reading, besides those whose names say so." })
        }
        _ => {
            json!({ "type": "array", "items": { "$ref": "#/$defs/pointer" }, "description": "Where a refusal has its words." })
        }
    });
    all["properties"].take()
}

fn auth_form(key: &str) -> Json {
    match key {
        "bearer" => text("The name of the secret that is sent as Authorization: Bearer."),
        "basic" => {
            json!({ "type": "array", "minItems": 1, "maxItems": 2, "items": { "type": "string" }, "description": "The names of the secrets that are sent as user and password." })
        }
        "header" => {
            json!({ "type": "object", "minProperties": 1, "additionalProperties": { "type": "string", "pattern": "\\{\\w+\\}" } })
        }
        "client_credentials" => object(auth::CLIENT_CREDENTIALS, &["post"], |key| match key {
            "post" => reference("path"),
            "auth" => words(&["basic", "body"]),
            _ => text(""),
        }),
        _ => object(
            auth::LOGIN,
            &["post", "send", "token", "use"],
            |key| match key {
                "post" => reference("path"),
                "send" => reference("send"),
                "token" => reference("place"),
                "minutes" => json!({ "type": "integer", "minimum": 1 }),
                _ => {
                    json!({ "type": "object", "additionalProperties": { "type": "string", "pattern": "\\{token\\}" } })
                }
            },
        ),
    }
}

fn page(key: &str) -> Json {
    match key {
        "by" => words(lists::BY),
        "at" => reference("place"),
        "size" => json!({ "type": "integer", "minimum": 1 }),
        "first" => json!({ "enum": [0, 1] }),
        _ => text("The name of a parameter."),
    }
}

fn list(key: &str) -> Json {
    match key {
        "get" => reference("path"),
        "query" => reference("query"),
        "page" => reference("page"),
        "total" => reference("total"),
        "whole" => json!({ "const": true, "description": "One array, documented as everything." }),
        "walk" => words(&["once", "twice"]),
        "each" => json!({ "const": "get", "description": "One more call for each user." }),
        "parts" => {
            json!({ "type": "array", "minItems": 1, "items": object(lists::PART, &[], |key| match key {
            "query" => reference("query"),
            "implies" => reference("standing"),
            _ => json!({ "type": "boolean" }),
        }) })
        }
        _ => pointer(""),
    }
}

fn call(key: &str) -> Json {
    match key {
        "post" | "put" | "patch" | "delete" => reference("path"),
        "query" => reference("query"),
        "send" => reference("send"),
        "body" => words(&["changed", "whole"]),
        "drop" => json!({ "type": "array", "items": { "$ref": "#/$defs/pointer" } }),
        "headers" => reference("headers"),
        "done" => reference("statuses"),
        "form" | "email" => json!({ "type": "boolean" }),
        "caution" => text("What a person should know before."),
        _ => pointer("The envelope around what is sent."),
    }
}

fn user(key: &str) -> Json {
    match key {
        "id" | "login" => pointer("Where a user has it."),
        "email" => json!({ "oneOf": [
            { "$ref": "#/$defs/pointer" },
            object(users::EMAIL, &["at"], |key| match key {
                "where" => reference("standing"),
                _ => pointer(""),
            }),
        ] }),
        "active" => {
            json!({ "oneOf": [{ "$ref": "#/$defs/condition" }, { "type": "array", "items": { "$ref": "#/$defs/condition" } }] })
        }
        "shield" => object(users::SHIELD, users::SHIELD, |key| match key {
            "at" => pointer(""),
            "is" => reference("scalars"),
            _ => text("What such an account is."),
        }),
        "list" => reference("list"),
        "get" => object(calls::GET, &["get"], read),
        "find" => object(calls::FIND, &[], read),
        _ => reference("call"),
    }
}

fn read(key: &str) -> Json {
    match key {
        "get" => reference("path"),
        "query" => reference("query"),
        "then" => json!({ "const": "get" }),
        "missing" => reference("statuses"),
        _ => pointer(""),
    }
}

fn attribute(key: &str) -> Json {
    match key {
        "type" => words(attributes::TYPES),
        "values" => {
            json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/scalar" }, "description": "The word in the roster, and the value at the vendor." })
        }
        "one" => {
            json!({ "type": "boolean", "description": "The list has one entry, which is the value." })
        }
        "where" => reference("standing"),
        "send" => words(&["changed", "all"]),
        "of" => json!({ "const": "groups" }),
        "fixed" => object(&["at", "is"], &["at", "is"], |key| match key {
            "at" => pointer(""),
            _ => reference("scalars"),
        }),
        "from" => words(attributes::FROM),
        "required" => words(&["roster", "create"]),
        "mode" => words(attributes::MODES),
        "default" | "admin" => reference("scalar"),
        "rights" => {
            json!({ "oneOf": [words(attributes::RIGHTS), { "type": "array", "items": { "type": "string" } }] })
        }
        "caution" | "doc" => text(""),
        _ => pointer(""),
    }
}

fn group(key: &str) -> Json {
    match key {
        "id" | "name" => pointer(""),
        "list" => reference("list"),
        "members" => object(lists::MEMBERS, &[], |key| match key {
            "at" | "user" => pointer(""),
            other => list(other),
        }),
        "managed" => json!({ "type": "array", "items": { "type": "string" } }),
        _ => reference("call"),
    }
}

/// An object with these keys and no others.
fn object(keys: &[&str], required: &[&str], of: impl Fn(&str) -> Json) -> Json {
    let properties: Map<String, Json> = keys
        .iter()
        .map(|key| ((*key).to_owned(), of(key)))
        .collect();
    let mut schema =
        json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn words(words: &[&str]) -> Json {
    json!({ "enum": words })
}

fn text(doc: &str) -> Json {
    described(json!({ "type": "string" }), doc)
}

fn pointer(doc: &str) -> Json {
    described(reference("pointer"), doc)
}

fn described(mut schema: Json, doc: &str) -> Json {
    if !doc.is_empty() {
        schema["description"] = doc.into();
    }
    schema
}
