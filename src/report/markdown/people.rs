//! What happens to whom, as a table: one row for each person, with all vendors in it.

use super::page::Page;
use super::{Options, safe};
use crate::model::action::{Action, ActionKind};
use crate::model::attention::GrantKind;
use crate::model::few::few;
use crate::model::plan::{Plan, VendorPlan};
use crate::model::spec::VendorSpec;
use crate::plan::cause::{Cause, Causes};
use crate::report::facts::{counted_people, told};
use crate::report::layout::groups;

const HEAD: &str = "| Person | What | Where |\n|---|---|---|\n";
/// Up to so many people each have a row of their own.
const ROWS: usize = 25;
/// From so many on, people to whom the same happens share a row, which a list below opens.
const MANY: usize = 5;

/// One person's row.
pub(super) struct Row {
    person: String,
    /// What happens, in the page's words; the same for people to whom the same happens.
    what: String,
    place: String,
    /// Takes access away, or makes an administrator.
    pub(super) grave: bool,
    /// Whether all of it was there before this change of the roster.
    pub(super) drift: bool,
}

/// The rows of a plan, in the order in which each person comes first.
pub(super) fn rows(plan: &Plan, causes: Option<&Causes>, options: &Options) -> Vec<Row> {
    let actions = plan.vendors.iter().flat_map(|vendor| {
        let actions = vendor.actions.iter();
        actions.map(move |action| (vendor, action))
    });
    let items = actions.enumerate().map(|(at, (vendor, action))| {
        let cause = causes.and_then(|causes| causes.actions.get(at)).copied();
        let mut what = what(action, options.spec(vendor.kind), options);
        if let Some(grant) = vendor.hints.grant(action) {
            let told = match grant.how {
                GrantKind::Becomes => "administrator",
                GrantKind::ChangesHands => told(grant.how),
            };
            what = format!("**{told}:** {what}");
        }
        Item {
            person: options.person(action),
            grave: vendor.hints.is_grave(action),
            drift: cause == Some(Cause::Drift),
            what,
            place: place(vendor, action, options),
        }
    });
    let people = groups(items, |it| it.person.clone());
    people.into_iter().map(|(_, items)| row(items)).collect()
}

/// The vendor, and the files of the roster where there are several.
fn place(vendor: &VendorPlan, action: &Action, options: &Options) -> String {
    let files = vendor.hints.told_files(action);
    let files: Vec<String> = files.iter().map(|path| options.text(path)).collect();
    let name = safe::code(&vendor.name, 100);
    match files.is_empty() {
        true => name,
        false => format!("{name} ({})", few(&files, ", ")),
    }
}

/// One action.
struct Item {
    person: String,
    what: String,
    place: String,
    grave: bool,
    drift: bool,
}

fn row(items: Vec<Item>) -> Row {
    let drift = items.iter().all(|it| it.drift);
    let grave = items.iter().any(|it| it.grave);
    let person = items.first().map(|it| it.person.clone());
    let told = items.into_iter().map(|it| {
        // Where all of it is drift, the section says so.
        let mark = if it.drift && (!drift || grave) {
            " (drift)"
        } else {
            ""
        };
        (format!("{}{mark}", it.what), it.place)
    });
    // The same at several vendors is told once.
    let told: Vec<(String, String)> = groups(told, |it| it.0.clone())
        .into_iter()
        .map(|(what, places)| {
            let places: Vec<String> = places.into_iter().map(|it| it.1).collect();
            (what, places.join(", "))
        })
        .collect();
    let (whats, places): (Vec<String>, Vec<String>) = told.into_iter().unzip();
    Row {
        person: person.unwrap_or_default(),
        what: whats.join("<br>"),
        place: places.join("<br>"),
        grave,
        drift,
    }
}

/// `deactivate: left`.
pub(super) fn what(action: &Action, spec: Option<&VendorSpec>, options: &Options) -> String {
    let told = match action.kind {
        ActionKind::Deactivate | ActionKind::Delete => options.text(&action.reason),
        ActionKind::Create | ActionKind::Update | ActionKind::Reactivate => {
            options.changes(action, spec)
        }
    };
    let colon = if told.is_empty() { "" } else { ": " };
    format!("{}{colon}{told}", action.kind.as_str())
}

/// Adds a section with its table, and below it the names of people who share a row.
pub(super) fn section(page: &mut Page, title: &'static str, rows: &[&Row]) {
    let heading = format!("#### {title} ({})\n\n", counted_people(rows.len()));
    if !page.heading(title, &heading, rows.len()) {
        return;
    }
    let (lines, folds) = table(rows);
    page.before(&folds, |page| {
        if page.heading(title, HEAD, lines.len()) {
            page.lines(title, &lines);
            page.add("\n");
        }
    });
    page.folds(title, &folds, false);
}

/// Adds a section of which nothing is open.
pub(super) fn folded(page: &mut Page, title: &'static str, rows: &[&Row]) {
    if rows.is_empty() {
        return;
    }
    let (mut lines, folds) = table(rows);
    if let Some(first) = lines.first_mut() {
        first.insert_str(0, HEAD);
    }
    let summary = format!("{title} ({})", counted_people(rows.len()));
    page.fold(title, &summary, &lines);
    page.folds(title, &folds, false);
}

/// The lines of a table, and what opens to the names of people who share one.
fn table(rows: &[&Row]) -> (Vec<String>, Vec<(String, Vec<String>)>) {
    let many = if rows.len() > ROWS { MANY } else { usize::MAX };
    let alike = groups(rows, |it| (&it.what, &it.place));
    let (shared, own): (Vec<_>, Vec<_>) = alike.into_iter().partition(|it| it.1.len() >= many);
    let line = |person: &str, what: &str, place: &str| format!("| {person} | {what} | {place} |\n");
    // Rows of many people first: each tells most.
    let first = shared.iter().map(|((what, place), people)| {
        let count = format!("**{}**", counted_people(people.len()));
        line(&count, what, place)
    });
    let rest = own
        .iter()
        .flat_map(|((what, place), people)| people.iter().map(|it| line(&it.person, what, place)));
    let lines = first.chain(rest).collect();
    let folds = shared.iter().map(|((what, place), people)| {
        // Inside HTML, stars are stars.
        let what = what.replace("**", "").replace("<br>", "; ");
        let place = place.replace("<br>", "; ");
        let summary = format!("{}: {what} at {place}", counted_people(people.len()));
        let names = people.iter().map(|it| format!("- {}\n", it.person));
        (summary, names.collect())
    });
    (lines, folds.collect())
}
