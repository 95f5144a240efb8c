//! Lists that need no script: who loses access or gets more of it, what is held and why, what a
//! person has to do, what else there is to know.

use super::Options;
use super::data::Data;
use super::group::{Fact, section};
use super::markup::Markup;
use super::shown::Show;
use crate::model::action::{Action, Change};
use crate::model::attention::GrantKind;
use crate::model::outcome::Verdict;
use crate::model::plan::Level;
use crate::model::plan::Plan;
use crate::model::value::Value;
use crate::report::facts::told;
use crate::report::layout::groups;
use crate::report::v1::{Outcome, WithheldAction};

/// Vendors with a problem, removals and administrators, what is held, steps for a person, warnings.
pub(super) fn before(body: &mut Markup, plan: &Plan, data: &Data, options: &Options) {
    vendors(body, plan, options);
    grave(body, data);
    let document = &data.document;
    let held = kept(&document.held, &[("state", "held")]);
    section(body, "held", "Held by a safety rule", held);
    let manual = kept(&document.manual, &[("state", "manual")]);
    section(body, "manual", "Steps for a person", manual);
    let warnings = notices(data, Level::Warning);
    section(body, "warnings", "Warnings", warnings);
}

fn notices(data: &Data, level: Level) -> Vec<Fact<'_>> {
    let all = data.document.notices.iter();
    let those = all.filter(|it| it.level == level).map(|it| Fact {
        word: match it.level {
            Level::Warning => ("warning", "warn"),
            Level::Info => ("info", "info"),
        },
        vendor: it.vendor.as_deref().unwrap_or_default(),
        email: it.email.as_deref(),
        told: (&*it.text).into(),
        filters: &[("state", "notice")],
    });
    those.collect()
}

/// Notices, accounts that the roster does not name, access that ends soon.
pub(super) fn after(body: &mut Markup, data: &Data) {
    let document = &data.document;
    section(body, "notices", "Notices", notices(data, Level::Info));
    let unlisted = document.unlisted.iter().map(|it| Fact {
        word: ("unlisted", "unlisted"),
        vendor: &it.vendor,
        email: Some(&it.email),
        told: it.why.as_deref().unwrap_or_default().into(),
        filters: &[("state", "unlisted")],
    });
    let title = "Active accounts that the roster does not name";
    section(body, "unlisted", title, unlisted.collect());
    let ending = document.ending.iter().flat_map(|it| {
        it.vendors.iter().map(|vendor| Fact {
            word: ("ends", "warn"),
            vendor,
            email: Some(&it.email),
            told: format!("last day with access is {}", it.ends).into(),
            filters: &[("state", "ending")],
        })
    });
    section(body, "ending", "Access that ends soon", ending.collect());
}

/// What an apply left undone: open access first.
pub(super) fn outcomes(body: &mut Markup, data: &Data) {
    let all = data.outcomes.as_deref().unwrap_or_default();
    let undone = all.iter().filter(|it| it.outcome != Verdict::Applied);
    let (open, others): (Vec<&Outcome>, Vec<&Outcome>) = undone.partition(|it| it.action.removes());
    let title = "Access still open: was to be taken away and perhaps was not";
    section(body, "open", title, open.into_iter().map(outcome).collect());
    section(
        body,
        "undone",
        "Not done",
        others.into_iter().map(outcome).collect(),
    );
}

fn outcome(outcome: &Outcome) -> Fact<'_> {
    let mut told = outcome.action.as_str().to_owned();
    let message = &outcome.message;
    if let Some(status) = outcome
        .status
        .filter(|it| !message.contains(&format!("HTTP {it}")))
    {
        told.push_str(&format!(": HTTP {status}"));
    }
    if !message.is_empty() {
        told.push_str(&format!(": {message}"));
    }
    let word = outcome.outcome.as_str();
    Fact {
        word: (word, word),
        vendor: &outcome.vendor,
        email: Some(&outcome.email),
        told: told.into(),
        filters: match outcome.outcome {
            Verdict::Applied => &[("state", "applied")],
            Verdict::Unverified => &[("state", "unverified")],
            Verdict::Failed => &[("state", "failed")],
            Verdict::Skipped => &[("state", "skipped")],
        },
    }
}

fn vendors(body: &mut Markup, plan: &Plan, options: &Options) {
    let show = Show { options };
    let problems: Vec<_> = plan
        .vendors
        .iter()
        .filter_map(|vendor| {
            let (word, told) = match &vendor.read {
                Err(error) => (("not read", "bad"), show.text(error)),
                Ok(read) => {
                    let missing = show.text(read.proof.missing.as_ref()?);
                    let told = format!("{missing}; creates and removals are held here");
                    (("not proved complete", "warn"), told)
                }
            };
            Some((word, show.text(&vendor.name), told))
        })
        .collect();
    let facts = problems.iter().map(|(word, vendor, told)| Fact {
        word: *word,
        vendor,
        email: None,
        told: told.into(),
        filters: &[],
    });
    section(body, "unread", "Vendors with a problem", facts.collect());
}

/// What takes access away, then what makes administrators.
fn grave(body: &mut Markup, data: &Data) {
    let actions = &data.document.actions;
    let removals = actions.iter().filter(|it| it.action.kind.removes());
    let removals = removals.map(|it| Fact {
        word: (it.action.kind.as_str(), it.action.kind.as_str()),
        vendor: &it.action.vendor,
        email: Some(&it.action.email),
        told: (&*it.action.reason).into(),
        filters: &[("do", "removal")],
    });
    let grants = groups(&data.marks.actions.grants, |it| it.0).into_iter();
    let grants = grants.filter_map(|(at, grants)| {
        let action = &actions.get(at)?.action;
        let changes = grants.iter().filter_map(|it| action.changes.get(it.1));
        let hands = data.marks.actions.hands.contains(&at);
        Some(grant(action, hands, changes))
    });
    let facts = removals.chain(grants).collect();
    section(body, "grave", "Removals and administrators", facts);
}

fn grant<'a>(
    action: &'a Action,
    hands: bool,
    changes: impl Iterator<Item = &'a Change>,
) -> Fact<'a> {
    let change = |it: &Change| match &it.before {
        Some(before) => format!("{} {} → {}", it.attribute, value(before), value(&it.after)),
        None => format!("{} {}", it.attribute, value(&it.after)),
    };
    let changes: Vec<String> = changes.map(change).collect();
    let how = match hands {
        true => told(GrantKind::ChangesHands),
        false => action.kind.as_str(),
    };
    Fact {
        word: ("administrator", "administrator"),
        vendor: &action.vendor,
        email: Some(&action.email),
        told: match changes.is_empty() {
            true => format!("{how}: {}", action.reason).into(),
            false => format!("{how}: {}", changes.join("; ")).into(),
        },
        filters: &[("do", "administrator")],
    }
}

/// A value in a line. Its texts are fit to be shown already.
fn value(value: &Value) -> String {
    match value {
        it if it.is_empty() => String::from("(empty)"),
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Set(items) => items.join(", "),
    }
}

fn kept<'a>(
    kept: &'a [WithheldAction],
    filters: &'a [(&'static str, &'static str)],
) -> Vec<Fact<'a>> {
    let facts = kept.iter().map(|it| Fact {
        word: (it.action.kind.as_str(), it.action.kind.as_str()),
        vendor: &it.action.vendor,
        email: Some(&it.action.email),
        told: (&*it.why).into(),
        filters,
    });
    facts.collect()
}
