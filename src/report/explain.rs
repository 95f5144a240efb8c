//! One person across all vendors, for a person and as JSON.

use std::io;

use serde_json::{Value as Json, json};

use super::changes::{self, value};
use super::layout::{column, verb};
use super::sanitize::line;
use super::style::{Style, Tone};
use super::v1;
use crate::model::action::Action;
use crate::model::desired::Access;
use crate::plan::explain::{Explanation, VendorExplanation};
use crate::roster::diagnostic::{Sources, Span};
use crate::roster::history::{History, Origin};
use crate::roster::{Layer, ProfileBy, Source};

/// What is known of places in the roster.
#[derive(Clone, Copy)]
struct Places<'a> {
    sources: &'a Sources,
    history: &'a History,
}

/// Writes an explanation as text.
///
/// # Errors
/// Those of `out`.
pub fn text(
    explanation: &Explanation,
    sources: &Sources,
    history: &History,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let style = *style;
    let email = style.paint(Tone::Head, line(&explanation.email));
    writeln!(out, "{email} on {}", explanation.on)?;
    for vendor in &explanation.vendors {
        writeln!(out)?;
        at_vendor(vendor, Places { sources, history }, style, out)?;
    }
    Ok(())
}

fn at_vendor(
    vendor: &VendorExplanation,
    places: Places<'_>,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let name = style.paint(Tone::Head, line(&vendor.name));
    writeln!(out, "{name}  roster: {}", wanted(vendor.access))?;
    match &vendor.account {
        Err(error) => {
            let what = style.paint(Tone::Alarm, "could not be read");
            writeln!(out, "  vendor: {what}: {}", line(error))?;
        }
        Ok(None) => writeln!(out, "  vendor: no account of this person was found")?,
        Ok(Some(account)) => {
            let state = if account.active {
                "active"
            } else {
                "switched off"
            };
            let id = account.id.as_deref().map(|id| format!(", id {}", line(id)));
            let managed = account.managed_by.as_deref();
            let managed = managed.map(|it| format!(", managed by {}", line(it)));
            writeln!(
                out,
                "  vendor: {state} account {}{}{}",
                line(&account.email),
                id.unwrap_or_default(),
                managed.unwrap_or_default()
            )?;
        }
    }
    attributes(vendor, places, style, out)?;
    let unmanaged = vendor.unmanaged();
    if !unmanaged.is_empty() {
        let shown: Vec<String> = unmanaged
            .iter()
            .filter_map(|(name, holds)| match (holds, vendor.access) {
                (_, Some(_)) => Some(line(name)),
                // Nothing else tells what it is.
                (Some(holds), None) => Some(format!("{} {}", line(name), value(holds))),
                (None, None) => None,
            })
            .collect();
        let shown = style.paint(Tone::Aside, shown.join(", "));
        writeln!(out, "  left alone: {shown}")?;
    }
    let kept = vendor.held.is_empty() && vendor.manual.is_empty();
    if vendor.actions.is_empty() && kept && vendor.account.is_ok() {
        writeln!(out, "  follows: nothing")?;
    }
    for action in &vendor.actions {
        follows("follows", action, None, style, out)?;
    }
    for kept in &vendor.held {
        follows("held", &kept.action, Some(&kept.why), style, out)?;
    }
    for kept in &vendor.manual {
        follows("manual", &kept.action, Some(&kept.why), style, out)?;
    }
    for notice in &vendor.notices {
        writeln!(out, "  notice: {}", line(notice))?;
    }
    if let Some(preset) = &vendor.preset {
        writeln!(out, "  settings: {}", line(preset))?;
    }
    Ok(())
}

fn attributes(
    vendor: &VendorExplanation,
    places: Places<'_>,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let exists = matches!(&vendor.account, Ok(Some(_)));
    let rows: Vec<[String; 3]> = vendor
        .attributes
        .iter()
        .map(|it| {
            let holds = match &it.current {
                _ if !exists => String::new(),
                None => String::from("(not shown)"),
                Some(None) => String::from("(none)"),
                Some(Some(value)) => changes::value(value),
            };
            [line(&it.layered.name), value(&it.layered.value), holds]
        })
        .collect();
    let widths = [0, 1, 2].map(|at| column(rows.iter().map(|row| &row[at])));
    for (row, it) in rows.iter().zip(&vendor.attributes) {
        let from: Vec<String> = it
            .layered
            .sources
            .iter()
            .map(|source| from(source, places))
            .collect();
        let from = style.paint(Tone::Aside, from.join("; "));
        let [name, wanted, holds] = row;
        let (a, b, c) = (widths[0], widths[1], widths[2]);
        if exists {
            writeln!(out, "  {name:<a$}  {wanted:<b$}  holds {holds:<c$}  {from}")?;
        } else {
            writeln!(out, "  {name:<a$}  {wanted:<b$}  {from}")?;
        }
    }
    Ok(())
}

fn follows(
    what: &str,
    action: &Action,
    why: Option<&str>,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let verb = verb(action.kind, style);
    let reason = line(&action.reason);
    writeln!(out, "  {what}: {verb}  {reason}")?;
    changes::write(action, style, out)?;
    if let Some(why) = why {
        writeln!(out, "      {}", style.paint(Tone::Change, line(why)))?;
    }
    Ok(())
}

fn wanted(access: Option<Access>) -> String {
    match access {
        None => String::from("names no account here"),
        Some(Access::Granted) => String::from("access"),
        Some(Access::Left) => String::from("no access, active: false"),
        Some(Access::NotYet(starts)) => format!("no access before {starts}"),
        Some(Access::Ended(ends)) => format!("no access, ended on {ends}"),
        Some(Access::Excluded) => String::from("no access, said false here"),
    }
}

fn from(source: &Source, places: Places<'_>) -> String {
    let layer = match &source.layer {
        Layer::Profile { name, by, through } => profile(name, by, through.as_deref()),
        other => layer(other).to_owned(),
    };
    let Some((span, (file, number))) = source
        .span
        .and_then(|span| Some((span, place(span, places.sources)?)))
    else {
        return layer;
    };
    let origin = places.history.of(span);
    let origin = origin.map_or_else(String::new, |it| {
        format!(", {}", written(it, places.history))
    });
    format!("{layer}, {}:{number}{origin}", line(&file))
}

/// `profile risk-analyst of the team risk`.
fn profile(name: &str, by: &ProfileBy, through: Option<&str>) -> String {
    let through = through.map(|it| format!(" through {}", line(it)));
    let by = match by {
        ProfileBy::Everyone => String::from(" of everyone"),
        ProfileBy::Team(team) => format!(" of the team {}", line(team)),
        ProfileBy::Person => String::new(),
    };
    format!("profile {}{}{by}", line(name), through.unwrap_or_default())
}

/// `3f2a91bc0d of 2026-01-05 by Ann "Move Ada to Europe", approved by lead`.
fn written(origin: &Origin, history: &History) -> String {
    match origin {
        Origin::Commit(commit) => {
            let subject = line(&commit.subject);
            let cut: String = subject.chars().take(SUBJECT).collect();
            let more = if cut.len() < subject.len() { "…" } else { "" };
            let author = line(&commit.author);
            let approved = history.approved.get(&commit.hash);
            let approved = approved.map_or_else(String::new, |by| {
                format!(", approved by {}", line(&by.join(", ")))
            });
            let (hash, date) = (&commit.hash, commit.date);
            format!("{hash} of {date} by {author} \"{cut}{more}\"{approved}")
        }
        Origin::NotCommitted => String::from("not committed yet"),
        Origin::OlderThanClone => String::from("older than this clone"),
    }
}

/// Characters of a subject that are shown.
const SUBJECT: usize = 60;

fn layer(layer: &Layer) -> &'static str {
    match layer {
        Layer::Default => "built in",
        Layer::VendorDefaults => "vendor defaults",
        Layer::Person => "person",
        Layer::Profile { .. } => "profile",
        Layer::Account => "account",
    }
}

fn place(span: Span, sources: &Sources) -> Option<(String, u32)> {
    Some((sources.get(span.file())?.path.clone(), span.line()))
}

/// Writes an explanation as JSON.
///
/// # Errors
/// Those of `out`.
pub fn json(
    explanation: &Explanation,
    sources: &Sources,
    history: &History,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let places = Places { sources, history };
    let vendors: serde_json::Map<String, Json> = explanation
        .vendors
        .iter()
        .map(|vendor| (vendor.name.to_string(), vendor_json(vendor, places)))
        .collect();
    let document = json!({
        "format": 1,
        "email": explanation.email,
        "on": explanation.on,
        "vendors": vendors,
    });
    super::json::write(&document, out)
}

fn vendor_json(vendor: &VendorExplanation, places: Places<'_>) -> Json {
    let attributes: Vec<Json> = vendor
        .attributes
        .iter()
        .map(|it| {
            let from: Vec<Json> = it
                .layered
                .sources
                .iter()
                .map(|source| {
                    let origin = source.span.and_then(|span| places.history.of(span));
                    let place = source.span.and_then(|span| place(span, places.sources));
                    let (file, number) =
                        place.map_or((None, None), |(file, number)| (Some(file), Some(number)));
                    let (profile, by, through) = match &source.layer {
                        Layer::Profile { name, by, through } => {
                            (Some(name), Some(by), Some(through))
                        }
                        Layer::Default | Layer::VendorDefaults | Layer::Person | Layer::Account => {
                            (None, None, None)
                        }
                    };
                    let team = match by {
                        Some(ProfileBy::Team(team)) => Some(team),
                        Some(ProfileBy::Everyone | ProfileBy::Person) | None => None,
                    };
                    json!({
                        "layer": layer(&source.layer),
                        "profile": profile,
                        "team": team,
                        "everyone": matches!(by, Some(ProfileBy::Everyone)),
                        "through": through,
                        "value": source.value,
                        "file": file,
                        "line": number,
                        "written": origin.map(|it| origin_json(it, places.history)),
                    })
                })
                .collect();
            json!({
                "attribute": it.layered.name,
                "value": it.layered.value,
                "sources": from,
                "shown": it.current.is_some(),
                "current": it.current.clone().flatten(),
            })
        })
        .collect();
    let account = match &vendor.account {
        Ok(Some(account)) => json!({
            "id": account.id,
            "email": account.email,
            "active": account.active,
            "managed_by": account.managed_by,
        }),
        Ok(None) | Err(_) => Json::Null,
    };
    let files: Vec<Box<str>> = vendor.files.iter().map(|it| Box::from(&**it)).collect();
    fn kept<'a>(
        list: &'a [crate::model::plan::WithheldAction],
        files: &[Box<str>],
    ) -> Vec<v1::WithheldAction<&'a Action>> {
        let kept = list.iter().map(|kept| v1::WithheldAction {
            files: files.to_vec(),
            ..v1::WithheldAction::from(kept)
        });
        kept.collect()
    }
    let planned = vendor.actions.iter().map(|action| v1::Planned {
        files: files.clone(),
        ..v1::Planned::from(action)
    });
    json!({
        "kind": vendor.kind,
        "access": vendor.access.map(Access::granted),
        "roster": wanted(vendor.access),
        "error": vendor.account.as_ref().err(),
        "account": account,
        "attributes": attributes,
        "actions": planned.collect::<Vec<_>>(),
        "held": kept(&vendor.held, &files),
        "manual": kept(&vendor.manual, &files),
        "notices": vendor.notices,
        "preset": vendor.preset,
    })
}

fn origin_json(origin: &Origin, history: &History) -> Json {
    match origin {
        Origin::Commit(commit) => {
            let mut told = json!({
                "by": "commit",
                "hash": commit.hash,
                "date": commit.date,
                "author": commit.author,
                "subject": commit.subject,
            });
            if let Some(by) = history.approved.get(&commit.hash) {
                told["approved_by"] = json!(by);
            }
            told
        }
        Origin::NotCommitted => json!({ "by": "not_committed" }),
        Origin::OlderThanClone => json!({ "by": "older_than_clone" }),
    }
}

#[cfg(test)]
pub(super) mod tests;
