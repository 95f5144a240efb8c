//! The schema of the document of `doctor`.

use serde_json::{Value, json};

use super::{DRAFT, count, list, nullable, object, text};
use crate::plan::checkup::{State, Topic};
use crate::report::v1::FORMAT;
use crate::report::v1::doctor::check_word;

/// The schema of what `doctor --format json` prints.
pub fn doctor() -> Value {
    let checks: Vec<String> = Topic::ALL.into_iter().map(check_word).collect();
    let states: Vec<&str> = State::ALL.into_iter().map(State::as_str).collect();
    let mut schema = object(
        "Whether this machine and the vendors of a roster are ready for a run.",
        json!({
            "format": { "const": FORMAT, "description": "The version of this format." },
            "tool": text("Program and version that made it."),
            "made_at": { "type": "string", "format": "date-time", "description": "When it ended, UTC." },
            "summary": object("How many checks are in each state.", json!({
                "ok": count("As it should be."),
                "warn": count("It works, and somebody should look."),
                "fail": count("It does not work."),
                "unknown": count("Nobody can tell from here."),
            }), &[]),
            "checks": list("check", "This machine first, then vendor by vendor."),
        }),
        &[],
    );
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("rosterctl doctor, format 1");
    schema["$defs"] = json!({
        "check": object("One thing that was looked at.", json!({
            "vendor": nullable("string", "The vendor's name in the roster; null: it is about this machine."),
            "check": { "enum": checks, "description": "What was looked at." },
            "state": { "enum": states, "description": "How it is." },
            "found": text("What was found."),
            "next": nullable("string", "What to do next; null when nothing has to be done."),
        }), &[]),
    });
    schema
}
