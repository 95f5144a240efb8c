//! The schema of the document of `leavers`.

use serde_json::{Value, json};

use super::{DRAFT, count, list, nullable, object, reference, text};
use crate::report::v1::FORMAT;

/// The schema of what `leavers --format json` prints.
pub fn leavers() -> Value {
    let leaver = leaver();
    let mut gone = leaver.clone();
    gone["commit"] = or_null(
        "The first commit without them; null where it is not committed yet.",
        json!({
            "hash": text("The first digits of its hash."),
            "day": day("The day it was committed, UTC."),
        }),
    );
    gone["released"] = or_null(
        "Set where the roster says that the account may stay.",
        json!({
            "note": nullable("string", "Why, in the roster's words."),
            "until": nullable("string", "The last day on which it holds; null: for good."),
        }),
    );
    let mut schema = object(
        "Whether people who should have no access still have it.",
        json!({
            "format": { "const": FORMAT, "description": "The version of this format." },
            "tool": text("Program and version that made it."),
            "read_at": { "type": "string", "format": "date-time", "description": "When the vendors were read, UTC." },
            "on": { "type": "string", "format": "date", "description": "The day that decides who is a leaver." },
            "roster": reference("digest", "Of the roster's meaning."),
            "vendors": {
                "type": "object",
                "description": "The vendors of the roster, by name.",
                "additionalProperties": { "$ref": "#/$defs/vendor" },
            },
            "summary": object("How many of each there are, over all vendors.", json!({
                "people": count("Different people."),
                "still_active": count("Accounts of leavers with access."),
                "cannot_be_seen": count("Accounts that nobody can tell about from here."),
                "deactivated": count("Accounts that are switched off."),
                "no_account": count("Leavers without an account at a vendor."),
                "released": count("Accounts of people who are gone, which the roster says may stay; the others count above."),
            }), &[]),
            "leavers": list("leaver", "One for each leaver at each vendor that the roster names for them."),
            "gone": list("gone", "One for each person who is gone from the roster, at each vendor where they had access or have it."),
            "history": or_null("What the roster's history showed; null where nobody asked for it.", json!({
                "from": day("The first day looked at."),
                "commits": count("States of the roster looked at."),
                "absent": nullable("string", "Why there is no history, where none is to be expected."),
                "problem": nullable("string", "Why somebody may have been missed."),
                "unread": list("unread", "Commits whose roster could not be read whole, the newest first."),
            })),
        }),
        &[],
    );
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("rosterctl leavers, format 1");
    schema["$defs"] = json!({
        "digest": { "type": "string", "pattern": "^sha256:[0-9a-f]{64}$" },
        "vendor": object("How one vendor was read.", json!({
            "kind": text("The kind of vendor."),
            "base_url": text("Where it was read."),
            "accounts": { "type": ["integer", "null"], "minimum": 0, "description": "Accounts seen there; null where it could not be read." },
            "problem": nullable("string", "Why it could not be read, or why the read is not proved complete; null if it was complete."),
        }), &[]),
        "leaver": object("One leaver at one vendor.", leaver.clone(), &[]),
        "gone": object("One person who is gone from the roster, at one vendor.", gone, &[]),
        "unread": object("A commit whose roster could not be read whole.", json!({
            "hash": text("The first digits of its hash."),
            "day": day("The day it was committed, UTC."),
            "why": text("What is wrong with it."),
        }), &[]),
    });
    schema
}

/// What is told of one leaver at one vendor.
fn leaver() -> Value {
    json!({
            "vendor": text("The vendor's name in the roster."),
            "email": text("The person's e-mail."),
            "state": {
                "description": "no_account: the vendor was read completely and has none. deactivated: the account is switched off. still_active: access is open. cannot_be_seen: nobody can tell from here.",
                "enum": ["still_active", "cannot_be_seen", "deactivated", "no_account"],
            },
            "reason": text("Why there should be no access."),
            "account_email": nullable("string", "The account's e-mail at the vendor; null where there is no account."),
            "id": nullable("string", "The vendor's id; null where there is none."),
            "why": nullable("string", "What keeps the account active, or why it cannot be seen."),
            "since": {
                "description": "Since when a deactivated account is off, as far as an apply has kept it; null where that is not known, and for all others.",
                "oneOf": [{ "type": "null" }, object("When it went off.", json!({
                    "at": { "type": "string", "format": "date-time", "description": "The time, UTC." },
                    "exact": { "type": "boolean", "description": "true: an apply switched it off then. false: it was off already when an apply first saw it then." },
                }), &[])],
            },
    })
}

fn day(doc: &str) -> Value {
    json!({ "type": "string", "format": "date", "description": doc })
}

fn or_null(doc: &str, properties: Value) -> Value {
    json!({ "description": doc, "oneOf": [{ "type": "null" }, object(doc, properties, &[])] })
}
