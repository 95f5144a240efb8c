//! The data: a roster of any size, the same on every machine, as YAML and as JSON.
//!
//! Two accounts a person on average over the four vendors, by profiles and by the person's own
//! `accounts`, half of the people each. Nothing is random: the place in the list decides.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use serde_json::{Value, json};

const FIRST: [&str; 16] = [
    "Ada",
    "Alan",
    "Barbara",
    "Dennis",
    "Donald",
    "Edsger",
    "Frances",
    "Grace",
    "John",
    "Katherine",
    "Ken",
    "Leslie",
    "Margaret",
    "Mary",
    "Niklaus",
    "Radia",
];
const LAST: [&str; 16] = [
    "Allen", "Backus", "Dijkstra", "Hamilton", "Hopper", "Jackson", "Johnson", "Knuth", "Lamport",
    "Liskov", "Lovelace", "Perlman", "Ritchie", "Thompson", "Turing", "Wirth",
];
const TITLES: [&str; 6] = [
    "Risk Analyst",
    "Controls Lead",
    "Engineer",
    "Auditor",
    "Head of Procurement",
    "Data Steward",
];
const ZONES: [&str; 3] = ["Europe/London", "Europe/Zurich", "America/New_York"];
const GROUPS: [&str; 4] = ["Auditors", "Builders", "Europe", "Readers"];

/// Calls that may start at once, at that rate. Not the 5 that Bitsight has by default: the sandbox
/// lifts what was left at its default.
pub(crate) fn burst(per_second: u32) -> u32 {
    per_second.div_ceil(10) + 1
}

/// What stands before the people. `per_second` is the limit of every vendor.
fn head(per_second: u32) -> Value {
    let concurrency = if per_second >= 1_000 { 64 } else { 32 };
    let limits = json!({
        "per_second": per_second, "burst": burst(per_second), "concurrency": concurrency,
        "timeout": "10m",
    });
    json!({
        "version": 1,
        "vendors": {
            "bitsight": {
                "auth": { "token": { "env": "BITSIGHT_TOKEN" } }, "limits": limits,
            },
            "logicgate": {
                "base_url": "https://bench.logicgate.com",
                "auth": { "token": { "env": "LOGICGATE_TOKEN" } },
                "defaults": { "tier": "SECONDARY", "company": "Example Ltd" },
                "role_ids": { "Risk Reader": "rBench01" }, "limits": limits,
            },
            "snaplogic": {
                "base_url": "https://elastic.snaplogic.com", "organization": "Bench",
                "auth": { "email": { "env": "SNAPLOGIC_EMAIL" }, "password": { "env": "SNAPLOGIC_PASSWORD" } },
                "limits": limits,
            },
            "surecloud": { "auth": { "jwt": { "env": "SURECLOUD_JWT" } }, "limits": limits },
        },
        "profiles": {
            "analyst": {
                "logicgate": { "tier": "LIMITED", "roles": ["Risk Reader"] },
                "surecloud": {
                    "role": "CONTRIBUTOR", "groups": ["//Risk Department/Risk Analysts"],
                },
            },
            "auditor": {
                "bitsight": { "role": "customer_user", "group": "Europe" },
                "snaplogic": { "groups": ["Auditors"] },
            },
        },
    })
}

/// One person.
fn person(at: usize) -> Value {
    let (first, last) = (FIRST[at % 16], LAST[at / 16 % 16]);
    let email = format!(
        "{}.{}.{at}@example.com",
        first.to_lowercase(),
        last.to_lowercase()
    );
    let mut person = json!({
        "email": email, "first_name": first, "last_name": last,
        "job_title": TITLES[at % TITLES.len()], "company": "Example Ltd",
    });
    match at % 4 {
        0 => person["profiles"] = json!(["analyst"]),
        1 => person["profiles"] = json!(["auditor"]),
        2 => {
            person["accounts"] = json!({
                "bitsight": { "role": "customer_user", "features": { "wfh-ro": false } },
                "logicgate": { "roles": ["Risk Reader"], "time_zone": ZONES[at / 4 % 3] },
            });
        }
        _ => {
            person["accounts"] = json!({
                "snaplogic": { "groups": [GROUPS[at / 4 % 4]], "ui_access": true },
                "surecloud": { "role": "CONTRIBUTOR" },
            });
        }
    }
    person
}

/// Writes a roster of so many people twice: as YAML in block style, and the same as JSON.
pub(crate) fn write(people: usize, per_second: u32, yaml: &Path, json: &Path) -> io::Result<()> {
    let mut text = BufWriter::new(File::create(yaml)?);
    let mut data = BufWriter::new(File::create(json)?);
    let head = head(per_second);
    block(&head, 0, &mut text)?;
    writeln!(text, "people:")?;
    let head = head.to_string();
    write!(data, "{},\"people\":[", &head[..head.len() - 1])?;
    for at in 0..people {
        let person = person(at);
        let mut lines = Vec::new();
        block(&person, 4, &mut lines)?;
        text.write_all(b"  - ")?;
        text.write_all(&lines[4..])?;
        write!(data, "{}{person}", if at > 0 { "," } else { "" })?;
    }
    data.write_all(b"]}")?;
    text.flush()?;
    data.flush()
}

/// A map in block style, the e-mail of a person first; lists in brackets.
fn block(map: &Value, indent: usize, out: &mut impl io::Write) -> io::Result<()> {
    let Value::Object(map) = map else {
        return Ok(());
    };
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| !matches!(key.as_str(), "email" | "version"));
    for (key, value) in entries {
        write!(out, "{:indent$}{key}:", "")?;
        match value {
            Value::Object(_) => {
                writeln!(out)?;
                block(value, indent + 2, out)?;
            }
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(Value::to_string).collect();
                writeln!(out, " [{}]", items.join(", "))?;
            }
            Value::String(text) => writeln!(out, " {text}")?,
            other => writeln!(out, " {other}")?,
        }
    }
    Ok(())
}
