//! LogicGate's own quirks and unknowns; the README's table names the test of each.

mod account;
mod live;
mod request;
mod roles;
mod server;
mod wire;

use serde_json::{Value as Json, json};

use super::read::User;
use crate::model::action::{Action, ActionKind, Change};
use crate::model::value::Value;

/// A user as documented, with some fields replaced; a `null` stays a `null`.
fn user(fields: Json) -> User {
    let mut whole = json!({
        "id": "u7Kq2mZd", "email": "ana.silva@example.com", "first": "Ana", "last": "Silva",
        "name": "Ana Silva", "company": "Example Ltd", "tier": "SECONDARY", "active": true,
        "status": "Active", "disabled": false, "external": false, "valueType": "User",
        "timeZone": "UTC", "languageTag": "en-US", "roles": [], "autoprovisioned": false,
        "scimStatus": null, "superUser": false, "locked": false, "lastLogin": null,
        "created": 1_767_225_600_000_i64, "notificationPreference": true,
    });
    for (name, value) in fields.as_object().unwrap() {
        whole[name] = value.clone();
    }
    User::read(whole).unwrap()
}

/// An action; its id is that of [`user`].
fn action(kind: ActionKind, changes: &[(&'static str, Value)]) -> Action {
    Action {
        vendor: "logicgate".into(),
        kind,
        email: "ana.silva@example.com".into(),
        account_email: (kind != ActionKind::Create).then(|| "ana.silva@example.com".into()),
        id: (kind != ActionKind::Create).then(|| "u7Kq2mZd".into()),
        changes: changes
            .iter()
            .map(|(name, after)| Change {
                attribute: (*name).into(),
                before: None,
                after: after.clone(),
            })
            .collect(),
        reason: String::from("test"),
        current: None,
    }
}
