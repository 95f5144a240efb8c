//! What one roster changes against another, as text, Markdown and JSON.

use std::io;

use serde_json::{Value as Json, json};

use super::changes::value;
use super::sanitize::line;
use crate::model::attention::RuleChange;
use crate::plan::compare::{AccountDifference, AdminDifference, RosterDifference};

/// The first line of it as Markdown.
pub const DIFF_MARKER: &str = "<!-- rosterctl-diff -->";

/// Writes it as text, one line each.
///
/// # Errors
/// Those of `out`.
pub fn text(
    difference: &RosterDifference,
    rules: &[RuleChange],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for (title, lines) in sections(difference, rules) {
        if !lines.is_empty() {
            writeln!(out, "{title} ({})", lines.len())?;
            for told in lines {
                writeln!(out, "  {}", line(&told))?;
            }
            writeln!(out)?;
        }
    }
    writeln!(out, "{}", closing(difference, rules))
}

/// Writes it as Markdown. Every text of a roster is in code spans, so that it formats nothing.
///
/// # Errors
/// Those of `out`.
pub fn markdown(
    difference: &RosterDifference,
    rules: &[RuleChange],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "{DIFF_MARKER}\n### {}\n", closing(difference, rules))?;
    for (title, lines) in sections(difference, rules) {
        if !lines.is_empty() {
            writeln!(out, "#### {title} ({})\n", lines.len())?;
            for told in lines {
                writeln!(out, "- `{}`", line(&told).replace('`', "'"))?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}

/// The same as a document.
pub fn json(difference: &RosterDifference, rules: &[RuleChange]) -> Json {
    let RosterDifference {
        added,
        removed,
        renamed,
        accounts,
    } = difference;
    let accounts = accounts.iter().map(|it| {
        let changes = it.changes.iter().map(
            |(name, before, after)| json!({ "attribute": name, "before": before, "after": after }),
        );
        json!({
            "vendor": it.vendor,
            "email": it.email,
            "before": it.access.0,
            "after": it.access.1,
            "changes": changes.collect::<Vec<_>>(),
            "administrator": it.administrator.map(admin_word),
        })
    });
    let rules = rules.iter().map(|it| {
        json!({ "vendor": it.vendor, "rule": it.rule, "before": it.before, "after": it.after })
    });
    let renamed = renamed
        .iter()
        .map(|(old, new)| json!({ "before": old, "after": new }));
    json!({
        "format": 1,
        "added": added,
        "removed": removed,
        "renamed": renamed.collect::<Vec<_>>(),
        "accounts": accounts.collect::<Vec<_>>(),
        "rules": rules.collect::<Vec<_>>(),
    })
}

/// Whether nothing differs.
pub fn is_empty(difference: &RosterDifference, rules: &[RuleChange]) -> bool {
    *difference == RosterDifference::default() && rules.is_empty()
}

fn closing(difference: &RosterDifference, rules: &[RuleChange]) -> String {
    if is_empty(difference, rules) {
        return String::from("The rosters mean the same.");
    }
    let more = |it: &&AccountDifference| {
        use AdminDifference::{Becomes, ChangesHands};
        matches!(it.administrator, Some(Becomes | ChangesHands))
    };
    let administrators = difference.accounts.iter().filter(more).count();
    let lists = [
        (administrators, "administrator more", "administrators more"),
        (difference.added.len(), "person added", "people added"),
        (
            difference.removed.len(),
            "no longer listed",
            "no longer listed",
        ),
        (difference.renamed.len(), "renamed", "renamed"),
        (
            difference.accounts.len(),
            "account changed",
            "accounts changed",
        ),
        (rules.len(), "rule changed", "rules changed"),
    ];
    let told = lists.iter().filter(|(count, ..)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    format!("{}.", told.join(", "))
}

fn sections(
    difference: &RosterDifference,
    rules: &[RuleChange],
) -> [(&'static str, Vec<String>); 4] {
    let RosterDifference {
        added,
        removed,
        renamed,
        accounts,
    } = difference;
    let added = added.iter().map(|email| format!("+ {email}"));
    let removed = removed
        .iter()
        .map(|email| format!("- {email}  (a leaver stays listed, with active: false)"));
    let renamed = renamed.iter().map(|(old, new)| format!("~ {old} → {new}"));
    let rules = rules.iter().map(|it| {
        let vendor = it.vendor.as_deref().map(|name| format!("{name}: "));
        let told = super::facts::rule_told(it);
        format!("{}{} {told}", vendor.unwrap_or_default(), it.rule)
    });
    let administrators = accounts.iter().filter_map(|it| {
        let told = match it.administrator? {
            AdminDifference::Becomes => "becomes an administrator",
            AdminDifference::ChangesHands => "gets an administrator's account",
            AdminDifference::Ends => "is no administrator any more",
            AdminDifference::Unlisted => {
                "is an administrator and listed no more; the account stays unless `unlisted` says otherwise"
            }
        };
        Some(format!("{}  {}  {told}", it.vendor, it.email))
    });
    [
        ("Administrators", administrators.collect()),
        ("Rules", rules.collect()),
        ("People", removed.chain(added).chain(renamed).collect()),
        ("Accounts", accounts.iter().map(account).collect()),
    ]
}

/// The word of the document.
fn admin_word(it: AdminDifference) -> &'static str {
    match it {
        AdminDifference::Becomes => "becomes",
        AdminDifference::ChangesHands => "changes_hands",
        AdminDifference::Ends => "ends",
        AdminDifference::Unlisted => "unlisted",
    }
}

/// `~ bitsight  ada@example.com  role customer_user → customer_group_admin`
fn account(it: &AccountDifference) -> String {
    let sign = match it.access {
        (false, true) => "+",
        (true, false) => "-",
        _ => "~",
    };
    let changes = it.changes.iter().map(|(name, before, after)| {
        let shown = |it: &Option<_>| {
            it.as_ref()
                .map_or_else(|| String::from("(not managed)"), value)
        };
        match (it.access.0, before) {
            (false, None) => format!("{name} {}", shown(after)),
            _ => format!("{name} {} → {}", shown(before), shown(after)),
        }
    });
    let changes: Vec<String> = changes.collect();
    format!("{sign} {}  {}  {}", it.vendor, it.email, changes.join(", "))
        .trim_end()
        .to_owned()
}
