//! The schema of the document of `explain`, which has no type of its own.

use serde_json::{Value, json};

use super::plan;
use crate::report::v1::FORMAT;

/// The schema of what `explain --format json` prints.
pub fn explain() -> Value {
    let mut schema = object(
        "One person across all vendors: what the roster asks and where it says so, what each vendor holds, and what follows.",
        json!({
            "format": { "const": FORMAT, "description": "The version of this format." },
            "email": text("The person's e-mail, as the roster spells it."),
            "on": { "type": "string", "format": "date", "description": "The day it is for." },
            "vendors": {
                "type": "object",
                "description": "The vendors, by name.",
                "additionalProperties": { "$ref": "#/$defs/at_vendor" },
            },
        }),
        &[],
    );
    let mut plan = plan();
    let mut used = json!({});
    for name in [
        "ActionKind",
        "Cause",
        "Change",
        "Digest",
        "Kept",
        "Planned",
        "Value",
    ] {
        used[name] = plan["$defs"][name].take();
    }
    used["at_vendor"] = at_vendor();
    used["attribute"] = attribute();
    used["source"] = source();
    used["written"] = written();
    schema["$schema"] = plan["$schema"].take();
    schema["title"] = json!("rosterctl explain, format 1");
    schema["$defs"] = used;
    schema
}

fn at_vendor() -> Value {
    object(
        "The person at one vendor.",
        json!({
            "kind": text("The kind of vendor."),
            "access": { "type": ["boolean", "null"], "description": "Whether there should be access; null where the roster neither gives nor denies it." },
            "roster": text("The same in words, with the reason."),
            "error": nullable("string", "Why the vendor could not be read; null if it was."),
            "account": {
                "description": "The account there; null where none was found, or nothing was read.",
                "oneOf": [{ "type": "null" }, object("The account.", json!({
                    "id": nullable("string", "The vendor's id; null where there is none."),
                    "email": text("Its e-mail, in the vendor's spelling."),
                    "active": { "type": "boolean", "description": "Whether it is switched on." },
                    "managed_by": nullable("string", "What else owns it, such as an identity provider; null if nothing does."),
                }), &[])],
            },
            "attributes": list("attribute", "Each managed attribute."),
            "actions": list("Planned", "What follows."),
            "held": list("Kept", "What a safety rule keeps back."),
            "manual": list("Kept", "What is left to a person."),
            "notices": { "type": "array", "items": { "type": "string" }, "description": "What else there is to say about this person." },
            "preset": nullable("string", "The preset of the vendor's settings, in words: each setting with who says so, preset or roster; null where none is used."),
        }),
        &[],
    )
}

fn attribute() -> Value {
    object(
        "One managed attribute.",
        json!({
            "attribute": text("Its name in the roster."),
            "value": reference("Value", "Its value after all layers."),
            "sources": list("source", "The layers that the value comes from."),
            "shown": { "type": "boolean", "description": "Whether the vendor shows it." },
            "current": {
                "description": "What the vendor holds; null for nothing, and where it is not shown.",
                "oneOf": [{ "$ref": "#/$defs/Value" }, { "type": "null" }],
            },
        }),
        &[],
    )
}

fn source() -> Value {
    object(
        "One layer that gives a value, or a part of it.",
        json!({
            "layer": {
                "description": "Which layer.",
                "enum": ["built in", "vendor defaults", "person", "profile", "account"],
            },
            "profile": nullable("string", "The profile's name; null for other layers."),
            "team": nullable("string", "The team that gives the profile; null where none does."),
            "everyone": { "type": "boolean", "description": "Whether everybody has the profile." },
            "through": nullable("string", "The profile that includes this one, where it came with one."),
            "value": reference("Value", "What it gives."),
            "file": nullable("string", "The file where it stands; null for what is built in."),
            "line": { "type": ["integer", "null"], "minimum": 1, "description": "The line there." },
            "written": {
                "description": "The commit that wrote that line; null where git does not tell.",
                "oneOf": [{ "type": "null" }, { "$ref": "#/$defs/written" }],
            },
        }),
        &[],
    )
}

fn written() -> Value {
    let by = |word: &str, description: &str| json!({ "const": word, "description": description });
    json!({
        "description": "Where a line comes from.",
        "oneOf": [
            object("A commit.", json!({
                "by": by("commit", "This commit wrote it."),
                "hash": text("The first digits of its hash."),
                "date": { "type": "string", "format": "date", "description": "The day it was written, UTC." },
                "author": text("Who wrote it."),
                "subject": text("The first line of its message."),
                "approved_by": {
                    "type": "array",
                    "items": { "type": "string" },
                    "description": "Who approved it, as the first run with it knew, each with what speaks against it; absent where no run told.",
                },
            }), &["approved_by"]),
            object("No commit yet.", json!({
                "by": by("not_committed", "It stands in the file and in no commit."),
            }), &[]),
            object("A commit that is not here.", json!({
                "by": by("older_than_clone", "The clone is shallow and does not reach back to it."),
            }), &[]),
        ],
    })
}

/// An object with these fields and no others; all are required but the optional ones.
fn object(description: &str, fields: Value, optional: &[&str]) -> Value {
    let required: Vec<String> = fields
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys())
        .filter(|name| !optional.contains(&name.as_str()))
        .cloned()
        .collect();
    json!({
        "type": "object",
        "description": description,
        "properties": fields,
        "required": required,
        "additionalProperties": false,
    })
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn nullable(kind: &str, description: &str) -> Value {
    json!({ "type": [kind, "null"], "description": description })
}

fn list(of: &str, description: &str) -> Value {
    json!({
        "type": "array",
        "items": { "$ref": format!("#/$defs/{of}") },
        "description": description,
    })
}

fn reference(to: &str, description: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{to}"), "description": description })
}
