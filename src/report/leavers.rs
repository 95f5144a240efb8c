//! Who should have no access, and has or has not: for a person, the most urgent first.

use std::io;

use super::layout::{column, counted, groups, heading, name_of};
use super::sanitize::line;
use super::style::{Style, Tone};
use crate::model::email::same_email;
use crate::plan::leavers::{Leaver, LeaverState, LeaversCheck, Release, VendorLeavers};
use crate::roster::history::departed::Past;

/// Writes who left and still has access.
///
/// # Errors
/// Those of `out`.
pub fn leavers(check: &LeaversCheck, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let style = *style;
    let people = match check.people() {
        1 => String::from("1 person"),
        people => format!("{people} people"),
    };
    let read_at = check.read_at.as_second();
    let read_at = jiff::Timestamp::from_second(read_at).unwrap_or(check.read_at);
    writeln!(out, "Leavers on {}, {people}, read at {read_at}", check.on)?;
    vendors(check, style, out)?;
    if let Some(past) = &check.past {
        history(past, style, out)?;
    }
    for part in parts(check) {
        section(part, style, out)?;
    }
    writeln!(out)?;
    closing(check, style, out)
}

/// So many commits that could not be read are named.
const MOST_COMMITS: usize = 20;

/// How far back the roster's history was looked at, and what could not be read of it.
fn history(past: &Past, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out)?;
    for told in history_told(past) {
        let tone = match past.problem {
            Some(_) => Tone::Alarm,
            None => Tone::Aside,
        };
        writeln!(out, "  {}", style.paint(tone, line(&told)))?;
    }
    Ok(())
}

/// The same as sentences, the first one about the whole.
pub(super) fn history_told(past: &Past) -> Vec<String> {
    let Past {
        from,
        commits,
        departed: _,
        unread,
        absent,
        problem,
    } = past;
    let mut told = Vec::new();
    match absent {
        Some(why) => told.push(format!(
            "people who are gone from the roster were not looked for: {why}"
        )),
        None => told.push(format!(
            "people who are gone from the roster: {} of it looked at, back to {from}",
            counted(*commits, "state")
        )),
    }
    told.extend(problem.clone());
    for (commit, why) in unread.iter().take(MOST_COMMITS) {
        told.push(format!(
            "the roster of {} ({}) could not be read whole: {why}",
            commit.hash, commit.day
        ));
    }
    if unread.len() > MOST_COMMITS {
        let more = unread.len() - MOST_COMMITS;
        told.push(format!("nor that of {}", counted(more, "more commit")));
    }
    told
}

/// The accounts of one state, of people who are listed or of people who are gone.
pub(super) struct Part<'a> {
    /// Its heading.
    pub(super) title: &'static str,
    what: &'static str,
    /// Never empty.
    pub(super) entries: Vec<Entry<'a>>,
}

/// One account, and why it may stay.
pub(super) type Entry<'a> = (&'a VendorLeavers, &'a Leaver, Option<&'a Release>);

/// The parts that have entries, the most urgent first.
pub(super) fn parts(check: &LeaversCheck) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for state in LeaverState::ALL {
        let (title, gone, what) = match state {
            LeaverState::StillActive => (
                "Still active",
                "Gone from the roster, still active",
                "access that should have ended",
            ),
            LeaverState::CannotBeSeen => (
                "Cannot be seen",
                "Gone from the roster, cannot be seen",
                "nobody can tell from here",
            ),
            LeaverState::Deactivated => (
                "Deactivated",
                "Gone from the roster, deactivated",
                "there is an account, and it is switched off",
            ),
            LeaverState::NoAccount => (
                "No account",
                "Gone from the roster, no account",
                "the vendor was read completely and has none",
            ),
        };
        let listed = check.of(state).map(|(vendor, it)| (vendor, it, None));
        let former = check.former().filter(|(_, it)| it.released.is_none());
        let former = former.map(|(vendor, it)| (vendor, &it.leaver, None));
        let former = former.filter(|(_, it, _)| it.state == state);
        let entries = listed.collect();
        parts.push(Part {
            title,
            what,
            entries,
        });
        let entries = former.collect();
        parts.push(Part {
            title: gone,
            what,
            entries,
        });
    }
    let released = check.former().filter_map(|(vendor, it)| {
        let release = it.released.as_ref()?;
        Some((vendor, &it.leaver, Some(release)))
    });
    parts.push(Part {
        title: "Released",
        what: "gone from the roster, which says that an account may stay",
        entries: released.collect(),
    });
    parts.retain(|part| !part.entries.is_empty());
    parts
}

/// Accounts of which the same is told at the same vendor: the vendor, what is told, and they.
pub(super) type Told<'a> = (Box<str>, [String; 2], Vec<Entry<'a>>);

impl<'a> Part<'a> {
    /// What is told of several once.
    pub(super) fn told(self) -> Vec<Told<'a>> {
        let same = groups(self.entries, |(vendor, leaver, release)| {
            let why = match release {
                Some(release) => format!("may keep an account {}", release.in_words()),
                None => leaver.why.clone(),
            };
            (vendor.name.clone(), [leaver.reason.clone(), why])
        });
        let same = same.into_iter();
        same.map(|((vendor, told), entries)| (vendor, told, entries))
            .collect()
    }
}

fn vendors(check: &LeaversCheck, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let names = column(check.vendors.iter().map(|it| line(&it.name)));
    if !check.vendors.is_empty() {
        writeln!(out)?;
    }
    for vendor in &check.vendors {
        let name = line(&vendor.name);
        let read = match vendor.accounts {
            Some(accounts) => format!("{} read", counted(accounts, "account")),
            None => style.paint(Tone::Alarm, "could not be read").to_string(),
        };
        match &vendor.problem {
            None => writeln!(out, "  {name:<names$}  {read}")?,
            Some(problem) => writeln!(out, "  {name:<names$}  {read}: {}", line(problem))?,
        }
    }
    Ok(())
}

/// Writes what is told of several once, and their names below.
fn section(part: Part<'_>, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let title = heading(part.title, part.entries.len(), part.what, style);
    write!(out, "{title}")?;
    for (vendor, [reason, why], entries) in part.told() {
        let reason = style.paint(Tone::Aside, line(&reason));
        write!(out, "  {}: {reason}", line(&vendor))?;
        if why.is_empty() {
            writeln!(out)?;
        } else {
            let urgent = |(_, it, release): &Entry<'_>| {
                it.state == LeaverState::StillActive && release.is_none()
            };
            let tone = match entries.iter().any(urgent) {
                true => Tone::Alarm,
                false => Tone::Change,
            };
            writeln!(out, "; {}", style.paint(tone, line(&why)))?;
        }
        for (_, leaver, _) in entries {
            write!(out, "    {}", person(leaver))?;
            match leaver.since_in_words() {
                Some(since) => writeln!(out, "; {since}")?,
                None => writeln!(out)?,
            }
        }
    }
    Ok(())
}

/// The person, and the account's address where it is another one.
fn person(leaver: &Leaver) -> String {
    let email = name_of(&leaver.email, leaver.id.as_deref());
    match &leaver.account_email {
        Some(account) if !same_email(account, &leaver.email) => {
            format!("{email} (account {})", line(account))
        }
        Some(_) | None => email,
    }
}

/// How many accounts there are in each state.
pub(super) fn sums(check: &LeaversCheck) -> String {
    let counts = LeaverState::ALL.map(|state| (check.count(state), state.as_str()));
    let released = check.former().filter(|(_, it)| it.released.is_some());
    let counts = counts.into_iter().chain([(released.count(), "released")]);
    let counts = counts.filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match counts.is_empty() {
        true => String::from("nobody has left"),
        false => counts.join(", "),
    }
}

fn closing(check: &LeaversCheck, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let count = |state| check.count(state);
    let sums = sums(check);
    let open = count(LeaverState::StillActive) > 0;
    let tone = if open || check.has_problems() {
        Tone::Alarm
    } else {
        Tone::Head
    };
    writeln!(out, "{}", style.paint(tone, format!("Leavers: {sums}")))
}

#[cfg(test)]
pub(super) mod tests;
