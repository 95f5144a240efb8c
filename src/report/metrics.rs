//! A run as numbers, in the text format of Prometheus, for the textfile collector of a node
//! exporter (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
//!
//! All of them are gauges: a file tells of one run, and the next run begins anew. Every one has
//! the label `command`, so that the files of two commands can lie in one folder.

use std::collections::BTreeMap;
use std::io;

use crate::model::action::ActionKind;
use crate::model::attention::Attention;
use crate::model::context::Context;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::{Plan, VendorPlan};
use crate::model::traffic::{Class, Traffic};
use crate::plan::leavers::{LeaverState, LeaversCheck};

/// The name of the time of the last success, which outlives the run that failed.
pub const LAST_SUCCESS: &str = "rosterctl_last_success_timestamp_seconds";

const KINDS: [ActionKind; 5] = [
    ActionKind::Create,
    ActionKind::Update,
    ActionKind::Deactivate,
    ActionKind::Reactivate,
    ActionKind::Delete,
];

const VERDICTS: [Verdict; 4] = [
    Verdict::Applied,
    Verdict::Unverified,
    Verdict::Failed,
    Verdict::Skipped,
];

/// What is known of a run at its end. What it did not get to is `None`, and not written.
#[derive(Debug)]
pub struct Run<'a> {
    /// `apply`, `plan` or `leavers`.
    pub command: &'static str,
    /// Labels that whoever runs it asked for.
    pub labels: &'a [(String, String)],
    /// When it ended, in seconds since 1970.
    pub ended_at: i64,
    /// Seconds from start to end.
    pub seconds: f64,
    /// The exit code.
    pub exit: u8,
    /// When a run last did all it should, in seconds since 1970; 0: never.
    pub last_success: i64,
    /// What was planned.
    pub plan: Option<&'a Plan>,
    /// What became of it.
    pub outcomes: Option<&'a [Outcome]>,
    /// Who left and still has access.
    pub leavers: Option<&'a LeaversCheck>,
    /// What went over the wire, by vendor.
    pub traffic: &'a BTreeMap<Box<str>, Traffic>,
    /// What the run knew of why it ran.
    pub context: &'a Context,
}

/// Whether a run that ended with this exit code did all that it should: nothing failed, nothing
/// was held, and that there are changes is the answer and not a fault.
pub fn is_success(exit: u8) -> bool {
    matches!(exit, 0 | 2)
}

/// Writes the metrics of a run.
///
/// # Errors
/// Those of `out`.
pub fn metrics(run: &Run<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page {
        out,
        own: own_labels(run.command, run.labels),
    };
    let version = env!("CARGO_PKG_VERSION");
    page.family("build_info", "The version, as a label.")?;
    page.sample("build_info", &[("version", version)], 1)?;
    context(&mut page, run.context)?;
    page.one("run_timestamp_seconds", "When the run ended.", run.ended_at)?;
    let help = "When a run last ended with exit code 0 or 2; 0: never.";
    page.one(
        "last_success_timestamp_seconds",
        help,
        run.last_success.max(0),
    )?;
    page.one(
        "run_duration_seconds",
        "Seconds from start to end.",
        run.seconds,
    )?;
    page.one(
        "run_exit_code",
        "The exit code of the run; 4: actions are held.",
        run.exit,
    )?;
    if let Some(plan) = run.plan {
        planned(&mut page, plan)?;
    }
    if let (Some(plan), Some(outcomes)) = (run.plan, run.outcomes) {
        ended(&mut page, plan, outcomes)?;
    }
    if let Some(check) = run.leavers {
        leavers(&mut page, check)?;
    }
    traffic(&mut page, run.traffic)
}

/// Where the run came from, as labels; nobody's name.
fn context(page: &mut Page<'_>, context: &Context) -> io::Result<()> {
    let wanted = ["system", "repository", "branch", "commit", "pull_request"];
    let known = wanted
        .iter()
        .filter_map(|name| Some((*name, context.get(name)?)));
    let labels: Vec<(&str, &str)> = known.collect();
    if labels.is_empty() {
        return Ok(());
    }
    page.family("run_context_info", "What the run worked on, as labels.")?;
    page.sample("run_context_info", &labels, 1)
}

fn planned(page: &mut Page<'_>, plan: &Plan) -> io::Result<()> {
    type Count = fn(&VendorPlan) -> usize;
    page.family("vendor_read_ok", "Whether the vendor could be read.")?;
    for vendor in &plan.vendors {
        let labels = [("vendor", &*vendor.name)];
        page.sample("vendor_read_ok", &labels, u8::from(vendor.read.is_ok()))?;
    }
    page.family("accounts_read", "Accounts that the vendor showed.")?;
    page.each_vendor("accounts_read", plan, |it| {
        it.read.as_ref().ok().map(|read| read.accounts)
    })?;
    page.family(
        "planned_actions",
        "Actions that bring the vendor in line with the roster: drift, before an apply.",
    )?;
    for vendor in plan.vendors.iter().filter(|it| it.read.is_ok()) {
        for kind in KINDS {
            let count = vendor.actions.iter().filter(|it| it.kind == kind).count();
            let labels = [("vendor", &*vendor.name), ("action", kind.as_str())];
            page.sample("planned_actions", &labels, count)?;
        }
    }
    let kept: [(&str, &str, Count); 3] = [
        (
            "held_actions",
            "Actions that a safety rule keeps back.",
            |it| it.held.len(),
        ),
        ("manual_actions", "Steps that are left to a person.", |it| {
            it.manual.len()
        }),
        (
            "unlisted_accounts",
            "Active accounts that the roster does not name.",
            |it| it.unlisted.len(),
        ),
    ];
    for (name, help, count) in kept {
        page.family(name, help)?;
        page.each_vendor(name, plan, |it| it.read.is_ok().then(|| count(it)))?;
    }
    let Attention {
        administrators,
        gone,
        rules,
    } = &plan.attention;
    page.family("attention", "What an approver has to see first.")?;
    for (what, count) in [
        ("administrators", administrators.len()),
        ("gone", gone.len()),
        ("rules", rules.len()),
    ] {
        page.sample("attention", &[("what", what)], count)?;
    }
    Ok(())
}

fn ended(page: &mut Page<'_>, plan: &Plan, outcomes: &[Outcome]) -> io::Result<()> {
    page.family("action_outcomes", "What became of the actions of the run.")?;
    for vendor in plan.vendors.iter().filter(|it| it.read.is_ok()) {
        for kind in KINDS {
            for verdict in VERDICTS {
                let here = outcomes.iter().filter(|it| {
                    it.action.vendor == vendor.name
                        && it.action.kind == kind
                        && it.verdict == verdict
                });
                let labels = [
                    ("vendor", &*vendor.name),
                    ("action", kind.as_str()),
                    ("outcome", verdict.as_str()),
                ];
                page.sample("action_outcomes", &labels, here.count())?;
            }
        }
    }
    Ok(())
}

fn leavers(page: &mut Page<'_>, check: &LeaversCheck) -> io::Result<()> {
    page.family(
        "leavers",
        "Accounts of people who should have no access, or are gone from the roster and not released, \
         by what the vendor shows.",
    )?;
    for vendor in &check.vendors {
        for state in LeaverState::ALL {
            let word = state.as_str().replace(' ', "_");
            let labels = [("vendor", &*vendor.name), ("state", &*word)];
            page.sample("leavers", &labels, vendor.count(state))?;
        }
    }
    page.family(
        "leavers_read_ok",
        "Whether the vendor could be read, and completely.",
    )?;
    for vendor in &check.vendors {
        let fine = u8::from(vendor.problem.is_none());
        page.sample("leavers_read_ok", &[("vendor", &*vendor.name)], fine)?;
    }
    Ok(())
}

fn traffic(page: &mut Page<'_>, traffic: &BTreeMap<Box<str>, Traffic>) -> io::Result<()> {
    if traffic.is_empty() {
        return Ok(());
    }
    page.family(
        "http_requests",
        "Requests of the run by the class of their status; none: no answer came.",
    )?;
    for (vendor, seen) in traffic {
        for class in Class::ALL {
            let count = seen.calls.get(&class).copied().unwrap_or_default();
            let labels = [("vendor", &**vendor), ("class", class.as_str())];
            page.sample("http_requests", &labels, count)?;
        }
    }
    let mut each = |name, help, value: fn(&Traffic) -> String| {
        page.family(name, help)?;
        let mut traffic = traffic.iter();
        traffic
            .try_for_each(|(vendor, seen)| page.sample(name, &[("vendor", &**vendor)], value(seen)))
    };
    each(
        "http_retries",
        "Requests that repeated an earlier try of the same call.",
        |seen| seen.retries.to_string(),
    )?;
    each(
        "http_throttles",
        "Answers that asked to slow down, such as 429.",
        |seen| seen.throttles.to_string(),
    )?;
    each(
        "http_throttled_seconds",
        "Seconds in which no call could start because the vendor had asked to slow down.",
        |seen| seen.paused.as_secs_f64().to_string(),
    )?;
    each(
        "http_request_seconds",
        "Seconds that all requests took together.",
        |seen| seen.spent.as_secs_f64().to_string(),
    )
}

/// Lines of the text format. Names come without the prefix that all of them share.
struct Page<'a> {
    out: &'a mut dyn io::Write,
    /// The labels of every line, as they are written.
    own: String,
}

impl Page<'_> {
    fn family(&mut self, name: &str, help: &str) -> io::Result<()> {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        writeln!(self.out, "# HELP rosterctl_{name} {help}")?;
        writeln!(self.out, "# TYPE rosterctl_{name} gauge")
    }

    fn sample(
        &mut self,
        name: &str,
        labels: &[(&str, &str)],
        value: impl std::fmt::Display,
    ) -> io::Result<()> {
        write!(self.out, "rosterctl_{name}{{{}", self.own)?;
        for (key, text) in labels {
            write!(self.out, ",{key}=\"{}\"", label(text))?;
        }
        writeln!(self.out, "}} {value}")
    }

    /// A family of one sample.
    fn one(&mut self, name: &str, help: &str, value: impl std::fmt::Display) -> io::Result<()> {
        self.family(name, help)?;
        self.sample(name, &[], value)
    }

    /// One sample for each vendor of a plan that has the number.
    fn each_vendor(
        &mut self,
        name: &str,
        plan: &Plan,
        value: impl Fn(&VendorPlan) -> Option<usize>,
    ) -> io::Result<()> {
        for vendor in &plan.vendors {
            if let Some(value) = value(vendor) {
                self.sample(name, &[("vendor", &*vendor.name)], value)?;
            }
        }
        Ok(())
    }
}

/// Names of labels that mean something already.
pub const LABELS: &[&str] = &[
    "command", "vendor", "action", "outcome", "state", "class", "version", "what",
];

fn own_labels(command: &str, labels: &[(String, String)]) -> String {
    let labels = labels.iter().map(|(key, text)| (&**key, &**text));
    let all = std::iter::once(("command", command)).chain(labels);
    let all: Vec<String> = all
        .map(|(key, text)| format!("{key}=\"{}\"", label(text)))
        .collect();
    all.join(",")
}

/// The text of a label between its quotes.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// The time of the last success in an older file, whatever state the file is in.
pub fn last_success(file: &str, command: &str, labels: &[(String, String)]) -> Option<i64> {
    let head = format!("{LAST_SUCCESS}{{{}}} ", own_labels(command, labels));
    let line = file.lines().find_map(|line| line.strip_prefix(&head))?;
    line.trim().parse().ok().filter(|seconds| *seconds >= 0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::report::samples;

    fn run(plan: Option<&Plan>, outcomes: Option<&[Outcome]>, vendor: &str) -> String {
        let seen = Traffic {
            calls: [(Class::Success, 12), (Class::NoAnswer, 1)].into(),
            retries: 2,
            throttles: 1,
            paused: Duration::from_millis(1500),
            ..Traffic::default()
        };
        let traffic = [(Box::from(vendor), seen)].into();
        let run = Run {
            command: "apply",
            labels: &[],
            ended_at: 1_767_578_400,
            seconds: 1.25,
            exit: 4,
            last_success: 1_767_492_000,
            plan,
            outcomes,
            leavers: None,
            traffic: &traffic,
            context: &Context::default(),
        };
        let mut out = Vec::new();
        metrics(&run, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_sample_has_its_help_and_type_right_before_it_and_is_there_once() {
        let mut plan = samples::plan(vec![samples::everything(), samples::unread("surecloud")]);
        plan.attention = samples::attention();
        let outcomes: Vec<Outcome> = plan
            .actions()
            .map(|it| samples::outcome(it.clone(), Verdict::Applied, 200, ""))
            .collect();
        let text = run(Some(&plan), Some(&outcomes), "bitsight");
        let (mut helped, mut typed) = (String::new(), String::new());
        let mut seen = std::collections::BTreeSet::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                helped = rest.split(' ').next().unwrap().to_owned();
                assert!(seen.insert(helped.clone()), "twice: {line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                typed = rest.strip_suffix(" gauge").unwrap().to_owned();
                assert_eq!(typed, helped);
            } else {
                let (series, value) = line.rsplit_once(' ').unwrap();
                assert!(value.parse::<f64>().is_ok(), "{line}");
                assert_eq!(series.split('{').next(), Some(&*typed), "{line}");
                assert!(seen.insert(series.to_owned()), "twice: {line}");
            }
        }
        let summary = plan.summary();
        let sum = |name: &str| -> f64 {
            let values = text.lines().filter(|line| line.starts_with(name));
            let values = values.map(|line| line.rsplit_once(' ').unwrap().1);
            values.map(|it| it.parse::<f64>().unwrap()).sum()
        };
        for (name, count) in [
            ("rosterctl_planned_actions{", summary.actions()),
            ("rosterctl_held_actions{", summary.held),
            ("rosterctl_manual_actions{", summary.manual),
            ("rosterctl_unlisted_accounts{", summary.unlisted),
            ("rosterctl_action_outcomes{", summary.actions()),
            ("rosterctl_attention{", 7),
            ("rosterctl_http_requests{", 13),
        ] {
            assert!(count > 0, "{name}");
            assert!((sum(name) - count as f64).abs() < 0.1, "{name}\n{text}");
        }
        let unread = "rosterctl_vendor_read_ok{command=\"apply\",vendor=\"surecloud\"} 0\n";
        assert!(text.contains(unread), "{text}");
        assert!(!text.contains("accounts_read{command=\"apply\",vendor=\"surecloud\"}"));
        let waited =
            "rosterctl_http_throttled_seconds{command=\"apply\",vendor=\"bitsight\"} 1.5\n";
        assert!(text.contains(waited), "{text}");
    }

    #[test]
    fn a_run_that_got_nowhere_tells_that_it_failed_and_when_one_last_succeeded() {
        let text = run(None, None, "a");
        assert!(text.contains("rosterctl_run_exit_code{command=\"apply\"} 4\n"));
        assert_eq!(last_success(&text, "apply", &[]), Some(1_767_492_000));
        assert_eq!(last_success(&text, "plan", &[]), None);
        assert!(!text.contains("planned_actions"), "{text}");
    }

    #[test]
    fn labels_of_ones_own_stand_on_every_line_and_tell_files_apart() {
        let labels = [(String::from("tenant"), String::from("a\"b"))];
        let of = |labels| {
            let traffic = BTreeMap::new();
            let run = Run {
                command: "plan",
                labels,
                ended_at: 2,
                seconds: 1.0,
                exit: 0,
                last_success: 2,
                plan: None,
                outcomes: None,
                leavers: None,
                traffic: &traffic,
                context: &Context::default(),
            };
            let mut out = Vec::new();
            metrics(&run, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let text = of(&labels);
        let mut samples = text.lines().filter(|line| !line.starts_with('#'));
        let own = "{command=\"plan\",tenant=\"a\\\"b\"";
        assert!(samples.all(|line| line.contains(own)), "{text}");
        assert_eq!(last_success(&text, "plan", &labels), Some(2));
        assert_eq!(last_success(&text, "plan", &[]), None);
    }

    #[test]
    fn every_name_of_a_label_is_taken() {
        let mut plan = samples::plan(vec![samples::everything(), samples::unread("surecloud")]);
        plan.attention = samples::attention();
        let outcomes: Vec<Outcome> = plan
            .actions()
            .map(|it| samples::outcome(it.clone(), Verdict::Applied, 200, ""))
            .collect();
        let text = run(Some(&plan), Some(&outcomes), "bitsight");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (_, labels) = line.split_once('{').unwrap();
            for (at, _) in labels.match_indices("=\"") {
                let name = labels[..at].rsplit([',', '{']).next().unwrap();
                assert!(LABELS.contains(&name), "{name} of {line}");
            }
        }
    }

    #[test]
    fn labels_are_escaped() {
        let text = run(None, None, "a\"b\\c\nd");
        let series = "rosterctl_http_retries{command=\"apply\",vendor=\"a\\\"b\\\\c\\nd\"} 2\n";
        assert!(text.contains(series), "{text}");
    }

    #[test]
    fn a_damaged_file_is_as_good_as_none() {
        for text in [
            "",
            "\u{0}\u{fffd}",
            "rosterctl_last_success_timestamp_seconds{command=\"apply\"} ",
            "rosterctl_last_success_timestamp_seconds{command=\"apply\"} soon",
            "rosterctl_last_success_timestamp_seconds{command=\"apply\"} -5",
            "rosterctl_last_success_timestamp_seconds{command=\"app",
        ] {
            assert_eq!(last_success(text, "apply", &[]), None, "{text:?}");
        }
    }

    #[test]
    fn changes_and_nothing_to_do_are_success_and_the_rest_is_not() {
        let good: Vec<u8> = (0..=5).filter(|exit| is_success(*exit)).collect();
        assert_eq!(good, [0, 2]);
    }
}
