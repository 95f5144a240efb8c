//! The sheet of an access review: one row for each person and right, since when and by which change,
//! the line of the roster that gives it, and room for the reviewer's word.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::{Access, Row};
use super::history::{Entry, History, Run};
use super::table::{Cell, Table, time, value, yes};

/// One right of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Right {
    /// The account.
    #[serde(flatten)]
    pub account: Box<Row>,
    /// The attribute; empty for the account itself.
    pub right: Box<str>,
    /// Its value in words.
    pub value: String,
    /// Since when, where a change is on record; absent: since before the records begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The change that gave it; absent where none is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Entry>,
    /// The file and line of the roster that gives it; empty where it is not from the roster.
    pub line: String,
}

/// The sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// What was read.
    #[serde(flatten)]
    pub access: Access,
    /// One for each right of each account that is switched on.
    pub rights: Vec<Right>,
    /// The sheet that this one goes on from; absent where all rights are in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The runs that gave rights.
    pub runs: Vec<Run>,
}

/// Where the roster gives an attribute of a person at a vendor; an empty name is the account itself.
pub type Lines = BTreeMap<(Box<str>, Box<str>, Box<str>), String>;

/// Makes the sheet. `since` is the last one, of which only what changed after it is wanted.
pub fn review(
    access: Access,
    history: &History,
    lines: &Lines,
    since: Option<Timestamp>,
) -> Review {
    let mut rights = Vec::new();
    for row in access.accounts.iter().filter(|row| row.active) {
        let held = row.rights.iter().filter(|(_, held)| {
            held.as_ref()
                .is_some_and(|held| !held.is_empty() && held.as_flag() != Some(false))
        });
        let held = held.map(|(name, held)| (name.clone(), value(held.as_ref())));
        let mut all: Vec<(Box<str>, String)> = held.collect();
        if all.is_empty() {
            all.push(("".into(), String::from("an account")));
        }
        for (name, shown) in all {
            let change = last_change(history, row, &name);
            let at = change.map(|it| it.at);
            if since.is_some_and(|since| at.is_none_or(|at| at < since)) {
                continue;
            }
            let person = row.person.clone().unwrap_or_default();
            let line = |name: &str| {
                let key = (row.vendor.clone(), person.clone(), Box::from(name));
                lines.get(&key).cloned()
            };
            rights.push(Right {
                line: line(&name).or_else(|| line("")).unwrap_or_default(),
                account: Box::new(row.clone()),
                right: name,
                value: shown,
                since: at,
                change: change.cloned(),
            });
        }
    }
    let named = |run: &&Run| {
        let mut changes = rights.iter().filter_map(|it| it.change.as_ref());
        changes.any(|it| it.run.as_ref() == Some(&run.run))
    };
    Review {
        runs: history.runs.iter().filter(named).cloned().collect(),
        access,
        rights,
        since,
    }
}

/// The last change of a right, or else the one that made the account.
fn last_change<'h>(history: &'h History, row: &Row, right: &str) -> Option<&'h Entry> {
    let same = |entry: &&Entry| {
        entry.vendor == row.vendor
            && match (&entry.id, &row.id) {
                (Some(one), Some(other)) => one == other,
                _ => crate::model::email::same_email(&entry.email, &row.email),
            }
    };
    let gives = |entry: &&Entry| {
        let mut differences = entry.differences.iter();
        differences.any(|it| {
            *it.attribute == *right || (*it.attribute == *"account" && it.after == "active")
        })
    };
    history.changes.iter().rev().filter(same).find(gives)
}

impl Review {
    /// As tables: the sheet, and where it is known from.
    pub fn tables(&self) -> Vec<Table> {
        vec![self.table(), self.access.sources()]
    }

    fn table(&self) -> Table {
        let rows = self.rights.iter().map(|right| {
            let Right {
                account,
                right: name,
                value,
                since,
                change,
                line,
            } = right;
            let run = change.as_ref().and_then(|it| it.run.as_ref());
            let run = run.and_then(|name| self.runs.iter().find(|it| it.run == *name));
            let by = match (change, run) {
                (None, _) => String::from("not on record"),
                (Some(_), None) => String::from("no run made it"),
                (Some(_), Some(run)) => {
                    let commit = run.context.short_commit().unwrap_or(&run.run);
                    format!("{commit}, approved by {}", run.approved_by())
                }
            };
            [
                account
                    .person
                    .as_deref()
                    .unwrap_or("(not in the roster)")
                    .to_owned(),
                account.vendor.to_string(),
                account.email.to_string(),
                name.to_string(),
                value.clone(),
                yes(account.administrator),
                since.map_or_else(|| String::from("before the records"), time),
                by,
                account.last_login.map(time).unwrap_or_default(),
                line.clone(),
                String::new(),
                String::new(),
            ]
            .map(Cell::from)
            .into()
        });
        let about = match self.since {
            Some(since) => format!("Only what changed since the sheet of {}.", time(since)),
            None => String::from("One row for each right of each account that is switched on."),
        };
        Table {
            name: "review",
            title: format!("Access review, {}", self.access.title()),
            about,
            columns: vec![
                "person",
                "vendor",
                "account",
                "right",
                "value",
                "administrator",
                "since (UTC)",
                "by",
                "last login (UTC)",
                "line of the roster",
                "keep? (yes or no)",
                "reviewer, day, remark",
            ],
            rows: rows.collect(),
            empty: "There is nothing to review.",
        }
    }
}
