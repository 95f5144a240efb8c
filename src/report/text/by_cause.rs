//! A plan in two groups: what this change of the roster causes, and drift that was there before.

use std::io;

use super::actions::actions;
use super::attention::attention;
use super::{closing, ending, forecast, kept, notices, unlisted};
use crate::model::plan::{Plan, VendorPlan, WithheldAction};
use crate::plan::cause::{Cause, Causes};
use crate::report::layout::{counted, heading};
use crate::report::sanitize::line;
use crate::report::style::{Style, Tone};

/// Writes a plan whose causes are known.
///
/// # Errors
/// Those of `out`.
pub fn plan_by_cause(
    plan: &Plan,
    causes: &Causes,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let style = *style;
    let people = match plan.people {
        1 => String::from("1 person"),
        people => format!("{people} people"),
    };
    writeln!(out, "Plan for {}, {people} in the roster", plan.on)?;
    attention(&plan.attention, style, out)?;
    for (vendor, error) in plan.unread() {
        let what = style.paint(Tone::Alarm, "could not be read");
        writeln!(out, "\n{}  {what}\n  {}", line(&vendor.name), line(error))?;
    }
    let groups = [
        (
            Cause::Change,
            "Change",
            "caused by this change of the roster",
        ),
        (Cause::Drift, "Drift", "was there before this change"),
    ];
    for (cause, title, what) in groups {
        let part = causes.part(plan, cause);
        let summary = part.summary();
        let count = summary.actions() + summary.manual + summary.held;
        write!(out, "{}", heading(title, count, what, style))?;
        for vendor in part.vendors.iter().filter(|it| !it.actions.is_empty()) {
            let name = style.paint(Tone::Head, line(&vendor.name));
            writeln!(out, "  {name}  {}", counted(vendor.actions.len(), "action"))?;
            actions(&vendor.actions, &vendor.hints, "    ", style, out)?;
        }
        let kept_at = |of: fn(&VendorPlan) -> &[WithheldAction]| {
            let all = part.vendors.iter().flat_map(of);
            all.collect::<Vec<_>>()
        };
        let (manual, held) = (kept_at(|it| &it.manual), kept_at(|it| &it.held));
        let by_hand = "steps for a person, not done by this run";
        kept(
            &format!("{title}: manual"),
            by_hand,
            &manual,
            &part,
            style,
            out,
        )?;
        let by_rule = "kept back by a safety rule, not done by this run";
        kept(&format!("{title}: held"), by_rule, &held, &part, style, out)?;
    }
    unlisted(plan, style, out)?;
    notices(plan, style, out)?;
    ending(plan, style, out)?;
    forecast(plan, style, out)?;
    writeln!(out)?;
    closing(plan, style, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action::ActionKind;
    use crate::report::samples::{action, plan, vendor};

    #[test]
    fn both_groups_are_shown_with_their_counts() {
        let made = plan(vec![vendor(
            "bitsight",
            vec![
                action(ActionKind::Deactivate, "grace@example.com", "left"),
                action(ActionKind::Create, "linus@example.com", "new"),
            ],
        )]);
        let causes = Causes {
            actions: vec![Cause::Drift, Cause::Change],
            ..Causes::default()
        };
        let mut out = Vec::new();
        plan_by_cause(&made, &causes, &Style::default(), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        let (top, rest) = out.split_once("\nForecast").unwrap();
        assert_eq!(
            top,
            "Plan for 2026-01-05, 212 people in the roster\n\
             \nChange (1): caused by this change of the roster\n  \
             bitsight  1 action\n    \
             + create      linus@example.com  new\n\
             \nDrift (1): was there before this change\n  \
             bitsight  1 action\n    \
             - deactivate  grace@example.com  left\n"
        );
        assert!(rest.contains("1 to create, 1 to deactivate"), "{rest}");
    }
}
