//! What the pages for a review (Markdown and HTML) both tell of a plan.

use super::layout::{counted, duration};
use crate::model::attention::{AdminGrant, Attention, Gone, GrantKind, RuleChange};
use crate::model::email::same_email;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::{Plan, Summary};
use crate::model::spec::{FromPerson, VendorSpec};

/// What a grant is to a reader: `makes an administrator`.
pub(super) fn told(how: GrantKind) -> &'static str {
    match how {
        GrantKind::Becomes => "makes an administrator",
        GrantKind::ChangesHands => "an administrator's account changes hands",
    }
}

/// Whether an attribute holds a person's name.
pub(super) fn is_name(spec: Option<&VendorSpec>, attribute: &str) -> bool {
    let from = spec
        .and_then(|spec| spec.attribute(attribute))
        .and_then(|it| it.from_person);
    from.is_some_and(FromPerson::is_name)
}

/// Whether there is nothing that anybody has to look at.
pub(super) fn is_quiet(plan: &Plan) -> bool {
    let summary = plan.summary();
    summary.actions() + summary.held + summary.manual == 0
        && plan.attention.is_empty()
        && plan.emptiness().is_none()
        && plan.unread().next().is_none()
}

/// How somebody gets an administrator's rights, in a clause.
pub(super) fn grant_told(grant: &AdminGrant) -> String {
    let account = grant.account_email.as_deref();
    let other = account.filter(|it| !same_email(it, &grant.email));
    match (grant.how, other) {
        (GrantKind::Becomes, None) => String::from("becomes an administrator"),
        (GrantKind::Becomes, Some(other)) => {
            format!("becomes an administrator with the account of {other}")
        }
        (GrantKind::ChangesHands, None) => String::from("takes over an administrator's account"),
        (GrantKind::ChangesHands, Some(other)) => {
            format!("takes over the administrator's account of {other}")
        }
    }
}

/// What becomes of something that the roster does not list any more, in a clause.
pub(super) fn gone_told(gone: &Gone) -> String {
    let admin = if gone.admin { "administrator: " } else { "" };
    format!("{admin}{}", gone.text)
}

/// How a rule changed, in a clause.
pub(super) fn rule_told(change: &RuleChange) -> String {
    match (change.before.as_deref(), change.after.as_deref()) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        (Some(before), None) => format!("removed: {before}"),
        (None, after) => format!("added: {}", after.unwrap_or_default()),
    }
}

/// `1 administrator, 2 changed rules`; `None` where there is nothing to see.
pub(super) fn attention_line(attention: &Attention) -> Option<String> {
    let Attention {
        administrators,
        gone,
        rules,
    } = attention;
    let counts = [
        (
            administrators.len(),
            counted(administrators.len(), "administrator"),
        ),
        (
            gone.len(),
            format!("{} no longer in the roster", gone.len()),
        ),
        (rules.len(), counted(rules.len(), "changed rule")),
    ];
    let told = counts.into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(_, told)| told).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// What a plan comes to, in a sentence.
pub(super) fn sums_line(plan: &Plan) -> String {
    let summary = plan.summary();
    let told = attention_line(&plan.attention).map(|told| format!("look at: {told}"));
    let sums = [Some(summary_line(summary)), told.clone()];
    let sums: Vec<String> = sums
        .into_iter()
        .flatten()
        .filter(|it| !it.is_empty())
        .collect();
    let sums = sums.join("; ");
    let nothing = match (plan.unread().next(), told) {
        (Some(_), _) => "No changes at the vendors that were read",
        (None, None) => "No changes",
        (None, Some(_)) => "No changes to accounts",
    };
    if let Some(why) = plan.emptiness() {
        return match sums.as_str() {
            "" => format!("Warning: {why}."),
            sums => format!("Warning: {why}. {sums}"),
        };
    }
    match (summary.actions(), plan.unread().next()) {
        (0, None) if sums.is_empty() => {
            format!("{nothing}. Every managed account is as the roster says.")
        }
        (0, _) if sums.is_empty() => format!("{nothing}."),
        (0, _) => format!("{nothing}. {sums}"),
        (_, _) => sums,
    }
}

/// `1 person`, `2 people`.
pub(super) fn counted_people(count: usize) -> String {
    match count {
        1 => String::from("1 person"),
        count => format!("{count} people"),
    }
}

/// What carrying a plan out takes, in a sentence; `None` where it takes nothing.
pub(super) fn forecast_line(plan: &Plan) -> Option<String> {
    let reads = plan.vendors.iter().filter_map(|it| it.read.as_ref().ok());
    let (mut calls, mut seconds) = (0, 0);
    for read in reads {
        calls += read.forecast.calls;
        // Vendors run side by side: the slowest one decides.
        seconds = read.forecast.seconds.max(seconds);
    }
    let time = duration(seconds);
    let most = plan.vendors.iter().filter_map(|it| it.read.as_ref().ok());
    let most = most.map(|read| read.forecast).max_by_key(|it| it.share());
    let share = most.map_or_else(String::new, |most| {
        let window = duration(most.within);
        format!(
            " ({} % of the calls allowed in {window} at the busiest vendor)",
            most.share()
        )
    });
    (calls > 0).then(|| format!("Applying it takes at least {calls} calls and {time}{share}."))
}

/// `4 applied, 1 failed`: how many of each.
pub(super) fn sums(outcomes: &[Outcome]) -> String {
    let verdicts = [
        Verdict::Applied,
        Verdict::Failed,
        Verdict::Unverified,
        Verdict::Skipped,
    ];
    let counts: Vec<String> = verdicts
        .into_iter()
        .map(|verdict| {
            let found = outcomes.iter().filter(|it| it.verdict == verdict);
            (verdict, found.count())
        })
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {}", verdict.as_str()))
        .collect();
    if counts.is_empty() {
        String::from("no actions")
    } else {
        counts.join(", ")
    }
}

/// The summary in one line: `3 to create, 1 to deactivate; 2 held; 1 manual; 4 unlisted`.
/// Empty when there is nothing at all.
pub(super) fn summary_line(summary: Summary) -> String {
    let Summary {
        create,
        update,
        deactivate,
        reactivate,
        delete,
        manual,
        held,
        unlisted,
    } = summary;
    let listed = |items: &[(usize, &str)], between: &str| {
        let items: Vec<String> = items
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        items.join(between)
    };
    let actions = listed(
        &[
            (create, "to create"),
            (update, "to update"),
            (deactivate, "to deactivate"),
            (reactivate, "to reactivate"),
            (delete, "to delete"),
        ],
        ", ",
    );
    let rest = listed(
        &[(held, "held"), (manual, "manual"), (unlisted, "unlisted")],
        "; ",
    );
    [actions, rest]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}
