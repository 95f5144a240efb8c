//! JSON Schemas (draft 2020-12) of the plan document and the apply report, beside the structs of
//! [`super::v1`] that they describe. The files under `schemas/` are these, written out.

use serde_json::{Value, json};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of a plan document.
pub fn plan() -> Value {
    let mut schema = document();
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("rosterctl plan, format 1");
    schema["$defs"] = definitions();
    schema
}

/// The schema of what `apply --format json` prints.
pub fn report() -> Value {
    let mut definitions = definitions();
    definitions["plan"] = document();
    definitions["outcome"] = outcome();
    let mut schema = object(
        "What an apply was to do, and what became of it.",
        json!({
            "plan": { "$ref": "#/$defs/plan" },
            "outcomes": list("outcome", "One for each action of the plan that was reached."),
            "journal": object(
                "How the journal ended, where the run had one.",
                json!({
                    "place": text("The file, or the place among the state."),
                    "head": text("The hash of its last line, for journal verify --head."),
                }),
                &[],
            ),
        }),
        &["journal"],
    );
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("rosterctl apply report, format 1");
    schema["$defs"] = definitions;
    schema
}

fn document() -> Value {
    object(
        "What has to be done so that the vendors hold what the roster says.",
        json!({
            "format": { "const": super::v1::FORMAT, "description": "The version of this format." },
            "tool": text("Program and version that made the plan."),
            "created_at": { "type": "string", "format": "date-time", "description": "When the plan was made, UTC." },
            "on": { "type": "string", "format": "date", "description": "The day the plan is for; `starts` and `ends` are compared with it." },
            "roster": object("The roster the plan was made from.", json!({
                "digest": reference("digest", "Of the roster's meaning: a comment does not change it."),
                "people": count("People in the roster."),
            }), &[]),
            "vendors": {
                "type": "object",
                "description": "The vendors of the roster, by name.",
                "additionalProperties": { "oneOf": [
                    { "$ref": "#/$defs/vendor" },
                    { "$ref": "#/$defs/unread_vendor" },
                ] },
            },
            "summary": summary(),
            "attention": attention::attention(),
            "actions": list("action", "What an apply would do, in the order in which it does it within a vendor."),
            "manual": list("kept", "What a person has to do, because a vendor's API cannot."),
            "held": list("kept", "What a safety rule keeps back."),
            "unlisted": list("unlisted", "Active accounts that the roster does not name."),
            "notices": list("notice", "What else there is to know."),
            "ending": list("ending", "People whose access ends soon; absent when nobody's does. The digest does not cover it."),
            "digest": reference("digest", "Of where it is done, the actions, and the accounts they were planned for: what a reviewer approves. Absent when a vendor could not be read."),
        }),
        &["attention", "digest", "ending"],
    )
}

fn definitions() -> Value {
    json!({
        "digest": { "type": "string", "pattern": "^sha256:[0-9a-f]{64}$" },
        "word": {
            "description": "What an action does.",
            "enum": ["create", "update", "deactivate", "reactivate", "delete"],
        },
        "value": {
            "description": "The value of an attribute; a list is compared as a set.",
            "oneOf": [
                { "type": "boolean" },
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
            ],
        },
        "vendor": vendor(),
        "unread_vendor": object("A vendor that could not be read; nothing is planned there.", json!({
            "kind": text("The kind of vendor."),
            "error": text("Why it could not be read."),
        }), &[]),
        "change": change(),
        "action": object("One step for one account at one vendor.", action(), &["cause"]),
        "kept": kept(),
        "unlisted": unlisted(),
        "notice": notice(),
        "ending": object("Somebody whose access ends soon.", json!({
            "email": text("The person's e-mail."),
            "ends": { "type": "string", "format": "date", "description": "The last day with access." },
            "vendors": { "type": "array", "items": { "type": "string" }, "description": "Names of vendors where the person has an account." },
        }), &[]),
    })
}

fn summary() -> Value {
    object(
        "How many of each there are, over all vendors.",
        json!({
            "create": count("Accounts to create."),
            "update": count("Accounts to change."),
            "deactivate": count("Accounts to switch off."),
            "reactivate": count("Accounts to switch on again."),
            "delete": count("Accounts to destroy."),
            "manual": count("Steps for a person."),
            "held": count("Actions that a safety rule keeps back."),
            "unlisted": count("Accounts that the roster does not name."),
        }),
        &[],
    )
}

fn vendor() -> Value {
    object(
        "A vendor that was read.",
        json!({
            "kind": text("The kind of vendor."),
            "base_url": text("Where it was read."),
            "place": text("Whose accounts these are: the address and what chooses among tenants there; of a sandbox without its port. The digest covers it. Documents of former versions lack it."),
            "accounts": count("Accounts seen there."),
            "unchanged": count("Managed accounts that are as the roster says."),
            "proof": object("What speaks for and against a complete read; creates and removals need it.", json!({
                "complete": { "type": "boolean", "description": "Whether nothing speaks against it." },
                "pages": count("Pages read; 0 where there is no paging."),
                "counted": { "type": ["integer", "null"], "minimum": 0, "description": "The vendor's own count of accounts; null where it gives none." },
                "own": {
                    "description": "Whether the account behind the credentials was in the list. unknown: it is not known which it is. nobody: the credentials belong to no account.",
                    "enum": ["seen", "missing", "unknown", "nobody"],
                },
                "last": {
                    "description": "The size of the list at the last apply; null where none is known.",
                    "oneOf": [{ "type": "null" }, object("The list then.", json!({
                        "accounts": count("Accounts that were there after it."),
                        "read_at": { "type": "string", "format": "date-time", "description": "When, UTC." },
                    }), &[])],
                },
                "missing": nullable("string", "What speaks against it; null if nothing does."),
            }), &[]),
            "forecast": object("What the actions take at the vendor's limits, at least.", json!({
                "calls": count("Calls."),
                "seconds": count("Seconds."),
                "per_hour": count("Calls that an hour at the vendor's limits allows."),
                "within_seconds": count("Seconds that the share is of: an hour, or what the deadline leaves."),
                "share_percent": count("How much of what is allowed in that time the actions take, rounded up."),
            }), &[]),
        }),
        &["place"],
    )
}

fn action() -> Value {
    json!({
        "vendor": text("The vendor's name in the roster."),
        "action": { "$ref": "#/$defs/word" },
        "email": text("The person's e-mail."),
        "id": nullable("string", "The vendor's id for the account; null where there is none yet."),
        "changes": list("change", "Sorted by attribute; empty where access ends."),
        "reason": text("Why, in one clause."),
        "current": {
            "description": "Digest of the account as it was read; null for a create.",
            "oneOf": [{ "$ref": "#/$defs/digest" }, { "type": "null" }],
        },
        "cause": {
            "description": "Whether this change of the roster brings it about, or drift that was there before. Present when the plan was made against a base roster.",
            "enum": ["change", "drift"],
        },
    })
}

fn kept() -> Value {
    let mut fields = action();
    fields["why"] = text("Why it is not done, and what lets it through.");
    object("An action that an apply does not do.", fields, &["cause"])
}

fn change() -> Value {
    object(
        "One attribute before and after.",
        json!({
            "attribute": text("Its name in the roster; `features.fq-access` is one key of a map."),
            "before": {
                "description": "What the vendor holds; null for nothing, and in every create.",
                "oneOf": [{ "$ref": "#/$defs/value" }, { "type": "null" }],
            },
            "after": reference("value", "What the roster asks."),
        }),
        &[],
    )
}

fn unlisted() -> Value {
    object(
        "An active account that the roster does not name.",
        json!({
            "vendor": text("The vendor's name in the roster."),
            "email": text("The vendor's e-mail for it."),
            "id": nullable("string", "The vendor's id; null where there is none."),
            "why": text("Why it is only listed although strangers are to be deactivated."),
        }),
        &["why"],
    )
}

fn notice() -> Value {
    object(
        "Something to know that is no action.",
        json!({
            "level": { "enum": ["info", "warning"], "description": "How much it matters." },
            "vendor": text("The vendor's name in the roster; absent where it concerns all of the roster."),
            "email": text("Whom it concerns, if one person."),
            "text": text("One sentence."),
        }),
        &["email", "vendor"],
    )
}

fn outcome() -> Value {
    object(
        "What became of one action.",
        json!({
            "vendor": text("The vendor's name in the roster."),
            "action": { "$ref": "#/$defs/word" },
            "email": text("The person's e-mail."),
            "id": nullable("string", "The vendor's id for the account as far as it is known now."),
            "outcome": {
                "description": "applied: the vendor's answer or a fresh read shows it. unverified: it may have happened. failed: it did not happen, or not all of it. skipped: it was not tried.",
                "enum": ["applied", "unverified", "failed", "skipped"],
            },
            "status": {
                "type": ["integer", "null"], "minimum": 100, "maximum": 999,
                "description": "The HTTP status of the call that decided; null where there was none.",
            },
            "message": text("What there is to say about it; may be empty."),
            "seconds": { "type": "number", "minimum": 0, "description": "From start to end." },
        }),
        &[],
    )
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

fn count(description: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": description })
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

mod attention;
mod doctor;
mod explain;
mod leavers;
#[cfg(test)]
mod tests;

pub use doctor::doctor;
pub use explain::explain;
pub use leavers::leavers;
