//! The schema of what a plan's approver has to see first.

use serde_json::{Value, json};

use super::{nullable, object, text};

/// The `attention` of a plan document.
pub(super) fn attention() -> Value {
    object(
        "What whoever approves the plan has to see first. Documents of former versions lack it; the digest does not cover it.",
        json!({
            "administrators": items("Everybody who becomes an administrator, and every administrator's account that changes hands.", administrator()),
            "gone": items("What the base roster lists and this one does not, administrators first; empty without a base roster.", gone()),
            "rules": items("Rules that are not as the base roster has them, and vendors that came or went; empty without a base roster.", rule()),
        }),
        &[],
    )
}

fn items(description: &str, item: Value) -> Value {
    json!({ "type": "array", "description": description, "items": item })
}

fn flag(description: &str) -> Value {
    json!({ "type": "boolean", "description": description })
}

fn administrator() -> Value {
    object(
        "Somebody who gets an administrator's rights.",
        json!({
            "vendor": text("The vendor's name in the roster."),
            "email": text("The person's e-mail."),
            "id": nullable("string", "The vendor's id for the account; null where there is none yet."),
            "account_email": nullable("string", "The e-mail that the account goes by until then; null where there is no account."),
            "how": {
                "description": "becomes: by a change of rights. changes_hands: by taking over an administrator's account.",
                "enum": ["becomes", "changes_hands"],
            },
        }),
        &[],
    )
}

fn gone() -> Value {
    object(
        "Something that the base roster lists and this one does not.",
        json!({
            "what": {
                "description": "A person, the account of somebody who is still listed, or one right of an account that is.",
                "enum": ["person", "account", "right"],
            },
            "attribute": text("The right's attribute; only of a right."),
            "value": {
                "description": "What the base roster asked for, of a list the member; only of a right.",
                "oneOf": [{ "$ref": "#/$defs/value" }],
            },
            "email": text("The person's e-mail."),
            "vendor": nullable("string", "The vendor's name in the roster; null for a person without an account."),
            "admin": flag("Whether it is an administrator's, or makes one."),
            "stays": flag("Whether it stays at the vendor."),
            "text": text("What becomes of it."),
        }),
        &["attribute", "value"],
    )
}

fn rule() -> Value {
    object(
        "A rule that is not as the base roster has it.",
        json!({
            "vendor": nullable("string", "The vendor's name in the roster; null for a rule of the whole roster."),
            "rule": text("Its key, such as `max.creates`; `vendor` for a vendor that came or went."),
            "before": nullable("string", "What the base roster says; null for nothing."),
            "after": nullable("string", "What this roster says; null for nothing."),
        }),
        &[],
    )
}
