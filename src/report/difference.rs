//! Why an approved plan cannot be applied, for a person: each action that is new, gone or changed.

use std::io;

use super::changes::value;
use super::layout::{counted, person, verb};
use super::sanitize::line;
use super::style::{Style, Tone};
use crate::model::action::{Action, Change};
use crate::plan::approve::{Difference, Part, place_told};

/// Writes the differences of a fresh plan from the approved one. Nothing is ever cut.
///
/// # Errors
/// Those of `out`.
pub fn differences(
    differences: &[Difference<'_>],
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let style = *style;
    let count = counted(differences.len(), "difference");
    writeln!(out, "The fresh plan is not the approved one: {count}")?;
    for difference in differences {
        match difference {
            Difference::Place {
                vendor,
                approved,
                fresh,
            } => {
                let what = style.paint(Tone::Head, "vendor ");
                let told = place_told(approved.as_deref(), fresh.as_deref());
                writeln!(out, "  {what}  {}: {}", line(vendor), line(&told))?;
            }
            Difference::New(action) => {
                head("new    ", action, style, out)?;
                if !action.reason.is_empty() {
                    writeln!(out, "      {}", line(&action.reason))?;
                }
            }
            Difference::Gone { approved, now } => {
                head("gone   ", approved, style, out)?;
                if let Some(now) = now {
                    writeln!(out, "      {}", line(now))?;
                }
            }
            Difference::Changed {
                approved,
                fresh,
                parts,
            } => {
                head("changed", approved, style, out)?;
                for part in parts {
                    writeln!(out, "      {}", words(part, approved, fresh))?;
                }
            }
        }
    }
    Ok(())
}

fn head(what: &str, action: &Action, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let what = style.paint(Tone::Head, what);
    let verb = verb(action.kind, style);
    let vendor = line(&action.vendor);
    writeln!(out, "  {what}  {vendor}  {verb}  {}", person(action))
}

fn words(part: &Part<'_>, approved: &Action, fresh: &Action) -> String {
    let id = |action: &Action| match &action.id {
        Some(id) => line(id),
        None => String::from("(none)"),
    };
    match part {
        Part::Kind => pair("action", approved.kind.as_str(), fresh.kind.as_str()),
        Part::Email => pair("email", &line(&approved.email), &line(&fresh.email)),
        Part::Id => pair("id", &id(approved), &id(fresh)),
        Part::Attribute { approved, fresh } => {
            let named = approved.or(*fresh);
            let name = named.map_or_else(String::new, |change| line(&change.attribute));
            pair(&name, &side(*approved), &side(*fresh))
        }
        Part::Account => String::from("the account has changed since the plan was made"),
    }
}

fn pair(name: &str, approved: &str, fresh: &str) -> String {
    format!("{name}: approved {approved}, now {fresh}")
}

fn side(change: Option<&Change>) -> String {
    match change {
        None => String::from("left alone"),
        Some(change) => {
            let before = change.before.as_ref().map_or("(none)".into(), value);
            format!("{before} → {}", value(&change.after))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action::ActionKind;
    use crate::model::value::Value;
    use crate::plan::approve;
    use crate::plan::approve::Approved;
    use crate::report::samples::{action, change, plan, update, vendor};
    use crate::report::sanitize::is_unsafe;

    fn shown(approved: &[Action], fresh: Vec<Action>) -> String {
        let [approved, fresh] =
            [approved.to_vec(), fresh].map(|actions| plan(vec![vendor("bitsight", actions)]));
        let approved = Approved::of(&approved);
        let list = approve::differences(&approved, &fresh);
        let mut out = Vec::new();
        differences(&list, &Style::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn role(after: &str) -> Action {
        let before = Some(Value::text("customer_user"));
        update(
            "ada@example.com",
            vec![change("role", before, Value::text(after))],
        )
    }

    #[test]
    fn each_difference_is_named() {
        let gone = action(ActionKind::Deactivate, "grace@example.com", "left");
        let new = action(ActionKind::Create, "linus@example.com", "no account");
        let shown = shown(&[role("reader"), gone], vec![role("admin"), new]);
        assert_eq!(
            shown,
            "The fresh plan is not the approved one: 3 differences\n  \
             changed  bitsight  ~ update      ada@example.com\n      \
             role: approved customer_user → reader, now customer_user → admin\n  \
             gone     bitsight  - deactivate  grace@example.com\n  \
             new      bitsight  + create      linus@example.com\n      \
             no account\n"
        );
    }

    #[test]
    fn another_place_is_told_first() {
        let mut fresh = plan(vec![vendor("bitsight", vec![])]);
        let approved = Approved::of(&fresh);
        fresh.vendors[0].place = "https://b.example".into();
        let list = approve::differences(&approved, &fresh);
        let mut out = Vec::new();
        differences(&list, &Style::default(), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "The fresh plan is not the approved one: 1 difference\n  \
             vendor   bitsight: approved for bitsight at https://api.bitsight.example, \
             this roster says bitsight at https://b.example\n"
        );
    }

    #[test]
    fn nasty_text_stays_in_its_line() {
        let nasty = crate::report::samples::nasty();
        let approved: Vec<Action> = nasty.actions().cloned().collect();
        let shown = shown(&approved, vec![role("admin")]);
        assert!(!shown.chars().any(|c| c != '\n' && is_unsafe(c)));
        assert!(shown.lines().skip(1).all(|line| line.starts_with("  ")));
    }
}
