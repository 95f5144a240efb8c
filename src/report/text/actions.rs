//! Actions as lines: what takes access away or makes administrators first and by name, and what
//! many people share as one line.

use std::collections::{BTreeSet, HashMap};
use std::io;

use crate::model::action::{Action, ActionKind, Change};
use crate::model::few::few;
use crate::model::hints::Hints;
use crate::report::changes;
use crate::report::facts::told;
use crate::report::layout::{column, person, verb};
use crate::report::sanitize::line;
use crate::report::style::{Style, Tone};

/// So many people to whom the same happens become one line.
const MANY: usize = 5;
/// So many of them are named in it.
const FIRST: usize = 3;
/// So many removals and new administrators of one vendor are named; a longer list is read by
/// nobody, and its length is what matters then.
const NAMED: usize = 200;

/// Writes the actions of one vendor: each with its changes, or grouped. All of them, one by one,
/// for who wants to see more.
pub(super) fn actions<'a>(
    actions: impl IntoIterator<Item = &'a Action>,
    hints: &Hints,
    indent: &str,
    style: Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let (grave, others): (Vec<&Action>, Vec<&Action>) =
        actions.into_iter().partition(|it| hints.is_grave(it));
    let named = if style.verbose { grave.len() } else { NAMED };
    let mut blocks: Vec<Block<'_>> = grave.iter().take(named).map(|it| Block::One(it)).collect();
    if grave.len() > named {
        blocks.push(Block::Left(grave.len() - named));
    }
    if style.verbose {
        blocks.extend(others.into_iter().map(Block::One));
    } else {
        blocks.extend(grouped(&others, hints));
    }
    let people = column(blocks.iter().map(Block::person));
    for block in &blocks {
        block.write(hints, indent, people, style, out)?;
    }
    Ok(())
}

/// One block for each action, and one for all that many people share, where its first one stands.
fn grouped<'a>(actions: &[&'a Action], hints: &'a Hints) -> Vec<Block<'a>> {
    let mut groups: Vec<Vec<&'a Action>> = Vec::new();
    let mut places: HashMap<Key<'a>, usize> = HashMap::new();
    let of_action: Vec<usize> = actions
        .iter()
        .map(|action| {
            let place = *places.entry(key(action, hints)).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Vec::new());
            }
            groups[place].push(action);
            place
        })
        .collect();
    let mut blocks = Vec::new();
    for (action, place) in actions.iter().zip(of_action) {
        let group = &groups[place];
        if group.len() < MANY {
            blocks.push(Block::One(action));
        } else if std::ptr::eq(group[0], *action) {
            let first = group.iter().take(FIRST).map(|it| person(it));
            let files = group.iter().flat_map(|it| hints.told_files(it));
            let files = files.map(|path| &**path).collect();
            blocks.push(Block::Many(action, group.len(), first.collect(), files));
        }
    }
    blocks
}

/// The files of an action, where there are several in the roster.
fn told_files(action: &Action, hints: &Hints) -> Vec<String> {
    let files = hints.told_files(action).iter();
    files.map(|path| line(path)).collect()
}

/// What makes two actions the same to a reader.
type Key<'a> = (ActionKind, &'a str, Vec<&'a Change>);

fn key<'a>(action: &'a Action, hints: &Hints) -> Key<'a> {
    let changes = shared(action, hints).collect();
    (action.kind, &action.reason, changes)
}

/// The changes without names: a create sets them to something else for everybody.
fn shared<'a>(action: &'a Action, hints: &Hints) -> impl Iterator<Item = &'a Change> {
    let create = action.kind == ActionKind::Create;
    let changes = action.changes.iter();
    changes.filter(move |it| !(create && hints.names.contains(&*it.attribute)))
}

/// What is one head line and what belongs to it.
enum Block<'a> {
    One(&'a Action),
    /// The first of so many, the first few people, and the files of all of them.
    Many(&'a Action, usize, Vec<String>, BTreeSet<&'a str>),
    /// So many removals and new administrators are not named.
    Left(usize),
}

impl Block<'_> {
    fn person(&self) -> String {
        match self {
            Self::One(action) => person(action),
            Self::Many(_, count, ..) => format!("{count} people"),
            Self::Left(_) => String::new(),
        }
    }

    fn write(
        &self,
        hints: &Hints,
        indent: &str,
        people: usize,
        style: Style,
        out: &mut dyn io::Write,
    ) -> io::Result<()> {
        let action = match self {
            Self::One(action) | Self::Many(action, ..) => action,
            Self::Left(count) => {
                let what = format!("… and {count} more removals and administrators; -v lists all");
                return writeln!(out, "{indent}{}", style.paint(Tone::Alarm, what));
            }
        };
        let verb = verb(action.kind, style);
        let who = self.person();
        let mut reason = style.paint(Tone::Aside, line(&action.reason)).to_string();
        let grant = hints.grant(action);
        if let Some(grant) = grant {
            let told = style.paint(Tone::Alarm, told(grant.how));
            let stop = if action.reason.is_empty() { "" } else { "; " };
            reason = format!("{reason}{stop}{told}");
        }
        if action.reason.is_empty() && grant.is_none() {
            writeln!(out, "{indent}{verb}  {who}")?;
        } else {
            writeln!(out, "{indent}{verb}  {who:<people$}  {reason}")?;
        }
        let told = match self {
            Self::Many(_, _, _, files) => files.iter().map(|it| line(it)).collect(),
            Self::One(_) | Self::Left(_) => told_files(action, hints),
        };
        let from = |out: &mut dyn io::Write| match told.is_empty() {
            true => Ok(()),
            false => {
                let from = format!("from {}", few(&told, ", "));
                writeln!(out, "{indent}    {}", style.paint(Tone::Aside, from))
            }
        };
        match self {
            Self::One(_) | Self::Left(_) => {
                changes::write(action, style, out)?;
                from(out)
            }
            Self::Many(_, count, first, _) => {
                let same = Action {
                    changes: shared(action, hints).cloned().collect(),
                    ..(*action).clone()
                };
                changes::write(&same, style, out)?;
                let left = count - first.len();
                let who = format!("{} and {left} more; -v lists all", first.join(", "));
                writeln!(out, "{indent}    {}", style.paint(Tone::Aside, who))?;
                from(out)
            }
        }
    }
}
