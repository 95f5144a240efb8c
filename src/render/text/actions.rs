//! Actions as lines: what takes access away or makes administrators first and by name, and what
//! many people share as one line.

use std::collections::{HashMap, HashSet};
use std::io;

use crate::reconcile::plan::{Action, ActionKind, Change, Hints};
use crate::render::changes;
use crate::render::layout::{column, person, verb};
use crate::render::sanitize::line;
use crate::render::style::{Style, Tone};

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
    let mut sizes: HashMap<Key<'_>, usize> = HashMap::new();
    if !style.verbose {
        for action in &others {
            *sizes.entry(key(action, hints)).or_default() += 1;
        }
    }
    let mut blocks: Vec<Block<'_>> = grave.iter().take(named).map(|it| Block::One(it)).collect();
    if grave.len() > named {
        blocks.push(Block::Left(grave.len() - named));
    }
    let mut shown = HashSet::new();
    for action in &others {
        let key = key(action, hints);
        match sizes.get(&key).copied().unwrap_or_default() {
            size if size < MANY => blocks.push(Block::One(action)),
            size if shown.insert(key.clone()) => {
                let same = others.iter().filter(|it| self::key(it, hints) == key);
                let first: Vec<String> = same.take(FIRST).map(|it| person(it)).collect();
                blocks.push(Block::Many(action, size, first));
            }
            _ => {}
        }
    }
    let people = column(blocks.iter().map(Block::person));
    for block in &blocks {
        block.write(hints, indent, people, style, out)?;
    }
    Ok(())
}

/// What makes two actions the same to a reader.
type Key<'a> = (ActionKind, &'a str, Vec<String>);

fn key<'a>(action: &'a Action, hints: &Hints) -> Key<'a> {
    let changes = shared(action, hints);
    let changes = changes.map(|it| format!("{it:?}")).collect();
    (action.kind, &action.reason, changes)
}

/// The changes without names: a create sets them to something else for everybody.
fn shared<'a>(action: &'a Action, hints: &Hints) -> impl Iterator<Item = &'a Change> {
    let create = action.kind == ActionKind::Create;
    let names = hints.names.clone();
    let changes = action.changes.iter();
    changes.filter(move |it| !(create && names.contains(&*it.attribute)))
}

/// What is one head line and what belongs to it.
enum Block<'a> {
    One(&'a Action),
    /// The first of so many, and the first few people.
    Many(&'a Action, usize, Vec<String>),
    /// So many removals and new administrators are not named.
    Left(usize),
}

impl Block<'_> {
    fn person(&self) -> String {
        match self {
            Self::One(action) => person(action),
            Self::Many(_, count, _) => format!("{count} people"),
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
        if hints.makes_admin(action) {
            let told = style.paint(Tone::Alarm, "makes an administrator");
            let stop = if action.reason.is_empty() { "" } else { "; " };
            reason = format!("{reason}{stop}{told}");
        }
        if action.reason.is_empty() && !hints.makes_admin(action) {
            writeln!(out, "{indent}{verb}  {who}")?;
        } else {
            writeln!(out, "{indent}{verb}  {who:<people$}  {reason}")?;
        }
        match self {
            Self::One(_) | Self::Left(_) => changes::write(action, style, out),
            Self::Many(_, count, first) => {
                let same = Action {
                    changes: shared(action, hints).cloned().collect(),
                    ..(*action).clone()
                };
                changes::write(&same, style, out)?;
                let left = count - first.len();
                let who = format!("{} and {left} more; -v lists all", first.join(", "));
                writeln!(out, "{indent}    {}", style.paint(Tone::Aside, who))
            }
        }
    }
}
