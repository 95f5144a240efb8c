//! What the pages for a review (Markdown and HTML) both tell of a plan.

use super::layout::duration;
use crate::reconcile::admins::How;
use crate::reconcile::outcome::{Outcome, Verdict};
use crate::reconcile::plan::Plan;
use crate::vendor::spec::{FromPerson, VendorSpec};

/// What a grant is to a reader: `makes an administrator`.
pub(super) fn told(how: How) -> &'static str {
    match how {
        How::Becomes => "makes an administrator",
        How::ChangesHands => "an administrator's account changes hands",
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
    summary.actions() + summary.held + summary.manual == 0 && plan.unread().next().is_none()
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
