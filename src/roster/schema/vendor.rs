//! The schema of one kind of vendor and of its accounts.

use serde_json::{Map, Value as Json, json};

use super::{described, note, object, reference};
use crate::model::spec::{
    AttributeKind, AttributeSpec, DESCRIBED, DeactivateMode, LOGIN, Mode, Needs, Required,
    SettingKind, VendorSpec,
};
use crate::roster::model::LOCAL_PART;
use crate::roster::vendors;

/// A vendor that a file describes: its attributes, secrets and further settings are the file's.
pub(super) fn by_file() -> Json {
    let mut properties = Map::new();
    for (key, doc) in vendors::KEYS {
        let mut property = common(key).unwrap_or_else(|| match *key {
            "kind" => json!({ "const": DESCRIBED }),
            "auth" => json!({ "type": "object", "additionalProperties": reference("secret") }),
            "defaults" => json!({ "type": "object" }),
            "deactivate" => json!({ "enum": ["switch", "manual", "delete"] }),
            _ => json!({ "type": "string" }),
        });
        property["description"] = json!(doc);
        properties.insert((*key).to_owned(), property);
    }
    properties.insert(
        LOGIN.into(),
        json!({
            "description": "Where a login name comes from: the person's `logins`, or else the part of the e-mail before the `@`.",
            "enum": ["person", LOCAL_PART],
        }),
    );
    let doc = "The token endpoint, where it is not at the vendor's own address.";
    properties.insert(
        "token_url".into(),
        json!({ "type": "string", "description": doc }),
    );
    let doc = "The file that describes the vendor, relative to this one.";
    properties.insert("connector".into(), described("text", doc));
    json!({
        "type": "object",
        "required": ["kind", "connector", "auth"],
        "properties": properties,
    })
}

/// What a key takes at every kind of vendor.
fn common(key: &str) -> Option<Json> {
    Some(match key {
        "base_url" => url(),
        "unlisted" => choices(vendors::UNLISTED.iter().map(|(word, _, doc)| (*word, *doc))),
        "protect" => json!({ "type": "array", "items": { "type": "string" } }),
        "limits" => object(limits()),
        "max" => object(
            vendors::MAX
                .iter()
                .map(|(key, doc)| ((*key).to_owned(), limit(key, doc)))
                .collect(),
        ),
        "leavers" => object(
            vendors::LEAVERS
                .iter()
                .map(|(key, doc)| ((*key).to_owned(), described("days", doc)))
                .collect(),
        ),
        "own_account" => reference("email"),
        "admins" => admins(),
        "mode" => choices(vendors::MODES.iter().map(|(word, _, doc)| (*word, *doc))),
        _ => return None,
    })
}

pub(super) fn vendor(spec: &VendorSpec) -> Json {
    let mut properties = Map::new();
    for (key, doc) in vendors::KEYS {
        if *key == "leavers" && !deletes(spec) {
            continue;
        }
        let mut property = common(key).unwrap_or_else(|| match *key {
            "kind" => json!({ "const": spec.kind }),
            "auth" => auth(spec),
            "defaults" => reference(&format!("{}-attributes", spec.kind)),
            "deactivate" => choices(
                spec.deactivate
                    .iter()
                    .map(|choice| (choice.name, choice.doc)),
            ),
            _ => json!({ "type": "string" }),
        });
        property["description"] = json!(doc);
        properties.insert((*key).to_owned(), property);
    }
    for setting in spec.settings {
        let mut property = match setting.kind {
            SettingKind::Text | SettingKind::Path | SettingKind::Description => reference("text"),
            SettingKind::Flag => json!({ "type": "boolean" }),
            SettingKind::Count => json!({ "type": "integer", "minimum": 1 }),
            SettingKind::Email => reference("email"),
            SettingKind::TextMap => {
                json!({ "type": "object", "additionalProperties": reference("text") })
            }
            SettingKind::Choice(words) => json!({ "enum": words }),
            SettingKind::Names => json!({ "type": "array", "items": reference("text") }),
            SettingKind::Url => url(),
            SettingKind::Preset(presets) => {
                json!({ "enum": presets.iter().map(|it| it.name).collect::<Vec<_>>() })
            }
        };
        property["description"] = json!(setting.doc);
        properties.insert(setting.name.to_owned(), property);
    }
    let required: Vec<&str> = spec
        .base_url
        .is_none()
        .then_some("base_url")
        .into_iter()
        .chain((!spec.auth.is_empty()).then_some("auth"))
        .chain(
            spec.settings
                .iter()
                .filter(|setting| setting.required)
                .map(|setting| setting.name),
        )
        .collect();
    let mut schema = object(properties);
    schema["description"] = json!(format!(
        "{}. The credentials need: {}. {}{}",
        spec.title,
        spec.rights,
        match spec.email_change {
            true => "",
            false => "E-mails cannot be changed here: a new one is a manual step. ",
        },
        spec.docs
    ));
    schema["required"] = json!(required);
    schema
}

fn url() -> Json {
    json!({ "type": "string", "pattern": "^https?://[^\\s@?#\\\\]+$" })
}

/// One entry or a list of them.
fn admins() -> Json {
    let value = json!({ "oneOf": [{ "type": "boolean" }, reference("text")] });
    let properties = vendors::ADMINS.iter().map(|(key, doc)| {
        let mut schema = match *key {
            "values" => json!({ "type": "array", "items": value, "minItems": 1 }),
            _ => json!({ "type": "string" }),
        };
        schema["description"] = json!(doc);
        ((*key).to_owned(), schema)
    });
    let mut entry = object(properties.collect());
    entry["required"] = json!(["attribute", "values"]);
    json!({ "oneOf": [entry, { "type": "array", "items": entry, "minItems": 1 }] })
}

/// Whether accounts can be deleted there.
fn deletes(spec: &VendorSpec) -> bool {
    let mut choices = spec.deactivate.iter();
    choices.any(|choice| choice.mode == DeactivateMode::Delete)
}

fn limit(key: &str, doc: &str) -> Json {
    match key {
        "at_least" => json!({ "type": "integer", "minimum": 0, "description": doc }),
        _ => described("bound", doc),
    }
}

fn auth(spec: &VendorSpec) -> Json {
    let forms: Vec<Json> = spec
        .auth
        .iter()
        .map(|form| {
            let properties = form
                .secrets
                .iter()
                .map(|key| ((*key).to_owned(), reference("secret")))
                .collect();
            let mut schema = object(properties);
            schema["description"] = json!(form.doc);
            schema["required"] = json!(form.secrets);
            schema
        })
        .collect();
    json!({ "oneOf": forms })
}

fn limits() -> Map<String, Json> {
    vendors::LIMITS
        .iter()
        .map(|(key, doc)| {
            let schema = match *key {
                "per_second" => json!({
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": vendors::MOST_PER_SECOND,
                    "description": doc,
                }),
                "burst" | "concurrency" => json!({
                    "type": "integer",
                    "minimum": 1,
                    "maximum": vendors::MOST_AT_ONCE,
                    "description": doc,
                }),
                _ => described("duration", doc),
            };
            ((*key).to_owned(), schema)
        })
        .collect()
}

/// An account: `false`, or attributes and, for a person, the vendor's id.
pub(super) fn account(spec: &VendorSpec, with_id: bool) -> Json {
    let mut settings = attributes(spec);
    settings["properties"]["note"] = note();
    settings["patternProperties"]["^x-"] = json!(true);
    if with_id {
        settings["properties"]["id"] = json!({
            "description": "The vendor's own id of the account; then nothing else matches it.",
            "type": ["string", "integer"],
        });
    }
    json!({
        "description": format!("The account at {}; `{{}}` is enough, `false` is none.", spec.title),
        "oneOf": [{ "const": false }, settings],
    })
}

pub(super) fn attributes(spec: &VendorSpec) -> Json {
    let named = |family: bool| {
        let attributes = spec.attributes.iter();
        attributes.filter(move |it| (it.kind == AttributeKind::Family) == family)
    };
    let entries = named(false).map(|it| (it.name.to_owned(), attribute(it)));
    let mut schema = object(entries.collect());
    let families: Map<String, Json> = named(true)
        .map(|family| (format!("^{}", family.name), attribute(family)))
        .collect();
    if !families.is_empty() {
        schema["patternProperties"] = Json::Object(families);
    }
    schema
}

fn attribute(spec: &AttributeSpec) -> Json {
    let mut schema = match spec.kind {
        AttributeKind::Text => reference("text"),
        AttributeKind::Flag => json!({ "type": "boolean" }),
        AttributeKind::Choice(words) => json!({ "enum": words }),
        AttributeKind::Slug(known) => json!({ "type": "string", "examples": known }),
        AttributeKind::NameSet => {
            json!({ "type": "array", "items": reference("text"), "uniqueItems": true })
        }
        AttributeKind::EmailSet => {
            json!({ "type": "array", "items": reference("email"), "uniqueItems": true })
        }
        AttributeKind::FlagMap => {
            json!({ "type": "object", "additionalProperties": { "type": "boolean" } })
        }
        AttributeKind::Email => reference("email"),
        AttributeKind::Family => {
            let list = json!({ "type": "array", "items": reference("text"), "uniqueItems": true });
            let value = json!({ "oneOf": [{ "type": "boolean" }, reference("text"), list] });
            json!({ "type": "object", "additionalProperties": value })
        }
    };
    let mut doc = spec.doc.to_owned();
    if !doc.ends_with('.') {
        doc.push('.');
    }
    doc.push_str(match spec.required {
        Required::No => "",
        Required::Roster => " Every account needs it.",
        Required::Create => " A new account needs it.",
    });
    doc.push_str(match spec.mode {
        Mode::ReadWrite => "",
        Mode::CreateOnly => " Only new accounts take it.",
        Mode::Fixed => " It cannot be changed afterwards.",
    });
    if let Some(Needs {
        value,
        setting,
        why: _,
    }) = spec.needs
    {
        doc.push_str(&format!(" `{value}` needs the vendor's `{setting}: true`."));
    }
    schema["description"] = json!(doc);
    schema
}

/// One of a closed set, each with what it does.
fn choices<'c>(choices: impl Iterator<Item = (&'c str, &'c str)>) -> Json {
    let branches: Vec<Json> = choices
        .map(|(word, doc)| json!({ "const": word, "description": doc }))
        .collect();
    json!({ "oneOf": branches })
}
