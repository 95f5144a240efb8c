//! People added to the text of a roster file: every byte of it stays, in its order. New text goes
//! behind the last person, in the file's own line breaks and indentation.

mod fields;
mod format;
mod outline;
mod rename;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::yaml::{self, Layout};
use super::{Drafted, ImportDraft, Unnamed};
use crate::model::email::EmailKey;
pub(super) use fields::{Edit, PersonEdits};
pub use format::format;
use outline::{Lines, Style, Tree, trees};
pub use rename::rename;

/// The result of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The whole file.
    pub text: String,
    /// Listed people who got an account named, by e-mail key and vendor.
    pub added: HashSet<(EmailKey<'static>, Box<str>)>,
}

/// Adds the people of a draft to the list `people` of a file, and the accounts of people in that
/// list that the roster does not name.
///
/// # Errors
/// Why this file cannot be added to, in one clause. A file that is no YAML gives one too.
pub fn merge(text: &str, draft: &ImportDraft) -> Result<Merged, String> {
    change(text, Vec::new(), draft)
}

/// Changes people of a file, and adds what [`merge`] does.
///
/// # Errors
/// Why this file cannot be changed, in one clause.
pub(super) fn change(
    text: &str,
    changes: Vec<PersonEdits>,
    draft: &ImportDraft,
) -> Result<Merged, String> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let documents = trees(body)?;
    let file = File {
        lines: Lines::of(body),
        body,
    };
    let list = documents
        .iter()
        .filter_map(|document| document.entry("people"))
        .max_by_key(|list| list.items().len());
    let mut edits = Edits::default();
    file.change_people(&documents, changes, &mut edits)?;
    if let Some(list) = list {
        file.add_accounts(list, &draft.unnamed, &mut edits)?;
    }
    if !draft.people.is_empty() {
        match list {
            Some(list) if list.style == Style::BlockList => {
                file.append_block(list, &draft.people, &mut edits);
            }
            Some(list) if list.style == Style::FlowList => {
                file.append_flow(list, &draft.people, &mut edits)?;
            }
            Some(_) => return Err(String::from("its `people` is no list that can be added to")),
            None => file.append_section(documents.last(), &draft.people, &mut edits)?,
        }
    }
    let added = std::mem::take(&mut edits.added);
    Ok(Merged {
        text: format!("{mark}{}", edits.apply(body)),
        added,
    })
}

/// How many people a file lists; `None` if it is no YAML.
pub fn listed(text: &str) -> Option<usize> {
    let documents = trees(text.strip_prefix('\u{feff}').unwrap_or(text)).ok()?;
    let lists = documents.iter().filter_map(|it| it.entry("people"));
    Some(lists.map(|list| list.items().len()).sum())
}

/// What takes the place of bytes; an insertion that of none.
#[derive(Debug, Default)]
struct Edits {
    list: Vec<(Range<usize>, String)>,
    added: HashSet<(EmailKey<'static>, Box<str>)>,
}

impl Edits {
    fn insert(&mut self, at: usize, text: String) {
        self.replace(at..at, text);
    }

    fn replace(&mut self, range: Range<usize>, text: String) {
        self.list.push((range, text));
    }

    fn apply(mut self, body: &str) -> String {
        // Stable: what was inserted first at one place stays first.
        self.list.sort_by_key(|(range, _)| range.start);
        let more: usize = self.list.iter().map(|(_, text)| text.len()).sum();
        let mut all = String::with_capacity(body.len() + more);
        let mut from = 0;
        for (range, text) in self.list {
            // Of two that overlap the first counts: what an entry is taken out of is not changed.
            all.push_str(body.get(from..range.start).unwrap_or_default());
            all.push_str(&text);
            from = range.end.max(from);
        }
        all.push_str(&body[from..]);
        all
    }
}

/// The file that is added to, without a byte order mark.
struct File<'a> {
    body: &'a str,
    lines: Lines,
}

impl File<'_> {
    /// Puts lines behind a line; one that ends the file without a break stays so.
    fn insert_lines(&self, after: usize, lines: &[String], edits: &mut Edits) {
        let eol = self.lines.eol();
        match self.lines.start(after + 1) {
            Some(at) => edits.insert(at, format!("{}{eol}", lines.join(eol))),
            None => edits.insert(self.body.len(), format!("{eol}{}", lines.join(eol))),
        }
    }

    fn append_block(&self, list: &Tree, people: &[Drafted], edits: &mut Edits) {
        let layout = self.block_layout(list);
        let spaced = match list.items() {
            [.., before, last] => {
                let between = before.last_line + 1..last.start.line;
                between
                    .into_iter()
                    .any(|line| self.line(line).trim().is_empty())
            }
            _ => true,
        };
        let mut lines = Vec::new();
        for it in people {
            if spaced {
                lines.push(String::new());
            }
            lines.extend(yaml::person(&it.person, &it.remarks, layout));
        }
        // Comments that are further in than the dash belong to the last person.
        let mut after = list.last_line;
        while is_comment(self.line(after + 1), layout.dash + 1) {
            after += 1;
        }
        self.insert_lines(after, &lines, edits);
    }

    fn append_flow(
        &self,
        list: &Tree,
        people: &[Drafted],
        edits: &mut Edits,
    ) -> Result<(), String> {
        let eol = self.lines.eol();
        let close = self.bracket(list, ']')?;
        let line = list.last_line;
        let own_line = self.body[self.lines.start(line).unwrap_or(close)..close]
            .trim()
            .is_empty();
        let outer = match own_line {
            true => self.margin(line),
            false => self.margin(list.start.line),
        };
        let margin = match list.items().last() {
            Some(last) if self.begins_line(last) => last.start.column,
            _ => outer + 2,
        };
        let mut text = String::new();
        for it in people {
            for remark in &it.remarks {
                for comment in yaml::comment(remark, margin) {
                    text.push_str(&comment);
                    text.push_str(eol);
                }
            }
            let person = yaml::person_in_flow(&it.person);
            text.push_str(&format!("{}{person},{eol}", " ".repeat(margin)));
        }
        if let Some(last) = list.items().last()
            && !has_comma(&self.body[last.end..close])
        {
            edits.insert(last.end, String::from(","));
        }
        if own_line {
            edits.insert(self.lines.start(line).unwrap_or(close), text);
        } else {
            edits.insert(close, format!("{eol}{text}{}", " ".repeat(outer)));
        }
        Ok(())
    }

    /// Begins a list `people` at the end of the file.
    fn append_section(
        &self,
        root: Option<&Tree>,
        people: &[Drafted],
        edits: &mut Edits,
    ) -> Result<(), String> {
        let margin = match root {
            Some(root) if root.style == Style::BlockMap => root.start.column,
            Some(root) if root.style != Style::Leaf => {
                return Err(String::from("it has no `people`, and no place to add it"));
            }
            _ => 0,
        };
        let eol = self.lines.eol();
        let layout = Layout {
            dash: margin + 2,
            ..Layout::OURS
        };
        let mut lines = Vec::new();
        let ended = self.body.is_empty() || self.body.ends_with(['\n', '\r']);
        if !self.body.is_empty() {
            lines.push(String::new());
        }
        lines.push(format!("{}people:", " ".repeat(margin)));
        for (at, it) in people.iter().enumerate() {
            if at > 0 {
                lines.push(String::new());
            }
            lines.extend(yaml::person(&it.person, &it.remarks, layout));
        }
        let text = lines.join(eol);
        let text = match ended {
            true => format!("{text}{eol}"),
            false => format!("{eol}{text}"),
        };
        edits.insert(self.body.len(), text);
        Ok(())
    }

    /// Names accounts in the entries of people who are in this list.
    fn add_accounts(
        &self,
        list: &Tree,
        unnamed: &[Unnamed],
        edits: &mut Edits,
    ) -> Result<(), String> {
        let by_email: HashMap<EmailKey<'_>, &Tree> = list
            .items()
            .iter()
            .filter_map(|item| Some((EmailKey::of(item.entry("email")?.text.as_deref()?), item)))
            .collect();
        let mut per_person: Vec<(&Tree, Vec<&str>)> = Vec::new();
        let mut places: HashMap<&EmailKey<'_>, usize> = HashMap::new();
        for it in unnamed {
            let (Some(line), Some(item)) = (&it.line, by_email.get(&it.key)) else {
                continue;
            };
            let place = *places.entry(&it.key).or_insert(per_person.len());
            match per_person.get_mut(place) {
                Some((_, lines)) => lines.push(line),
                None => per_person.push((item, vec![line])),
            }
            edits.added.insert((it.key.clone(), it.vendor.clone()));
        }
        for (item, lines) in per_person {
            self.add_to_person(item, &lines, edits)?;
        }
        Ok(())
    }

    fn add_to_person(&self, item: &Tree, lines: &[&str], edits: &mut Edits) -> Result<(), String> {
        let accounts = item.entry("accounts");
        match (item.style, accounts) {
            (_, Some(accounts)) if accounts.style == Style::BlockMap => {
                let pad = " ".repeat(accounts.start.column);
                let lines: Vec<String> = lines.iter().map(|line| format!("{pad}{line}")).collect();
                self.insert_lines(accounts.last_line, &lines, edits);
            }
            (_, Some(accounts)) if accounts.style == Style::FlowMap => {
                let close = self.bracket(accounts, '}')?;
                let text = lines.join(", ");
                match accounts.items().last() {
                    Some(last) => edits.insert(last.end, format!(", {text}")),
                    None => edits.insert(close, format!(" {text} ")),
                }
            }
            (Style::BlockMap, None) => {
                let pad = " ".repeat(item.start.column);
                let mut more = vec![format!("{pad}accounts:")];
                more.extend(lines.iter().map(|line| format!("{pad}  {line}")));
                self.insert_lines(item.last_line, &more, edits);
            }
            (Style::FlowMap, None) => {
                let last = item.items().last().map(|last| last.end);
                let end = last.ok_or("an entry of `people` is empty")?;
                let text = format!(", accounts: {{ {} }}", lines.join(", "));
                edits.insert(end, text);
            }
            _ => {
                return Err(String::from(
                    "an entry of `people` is written in a way that cannot be added to",
                ));
            }
        }
        Ok(())
    }

    /// The place of the bracket that ends a list or map in flow style.
    fn bracket(&self, tree: &Tree, bracket: char) -> Result<usize, String> {
        let at = tree.end.checked_sub(1);
        at.filter(|at| self.body[*at..].starts_with(bracket))
            .ok_or_else(|| format!("line {} is not understood", tree.last_line + 1))
    }

    /// A line without its break; empty behind the end.
    fn line(&self, number: usize) -> &str {
        let Some(start) = self.lines.start(number) else {
            return "";
        };
        let end = self.lines.start(number + 1).unwrap_or(self.body.len());
        self.body[start..end].trim_end_matches(['\n', '\r'])
    }

    /// The columns before the first thing in a line.
    fn margin(&self, number: usize) -> usize {
        let line = self.line(number);
        line.len() - line.trim_start_matches(' ').len()
    }

    /// How the last person of the list is written.
    fn block_layout(&self, list: &Tree) -> Layout {
        let Some(last) = list.items().last() else {
            return Layout::OURS;
        };
        let dash = self.dash(last).unwrap_or(list.start.column);
        let keys = match last.style {
            Style::BlockMap => last.start.column.saturating_sub(dash),
            _ => 2,
        };
        let nested = list.items().iter().rev().find_map(|item| {
            let accounts = item.entry("accounts")?;
            let block = item.style == Style::BlockMap && accounts.style == Style::BlockMap;
            block.then(|| accounts.start.column.saturating_sub(item.start.column))
        });
        Layout {
            dash,
            keys: keys.max(2),
            step: nested.filter(|step| *step > 0).unwrap_or(2),
        }
    }

    /// The column of the dash before an item: in its line, or alone in one further up.
    fn dash(&self, item: &Tree) -> Option<usize> {
        let line = self.line(item.start.line);
        let before: String = line.chars().take(item.start.column).collect();
        let own = before.rfind('-');
        own.or_else(|| {
            let mut above = (0..item.start.line).rev().map(|line| self.line(line));
            above.find_map(|line| {
                let text = line.trim_start_matches(' ');
                text.starts_with('-').then(|| line.len() - text.len())
            })
        })
    }

    fn begins_line(&self, tree: &Tree) -> bool {
        self.margin(tree.start.line) == tree.start.column
    }
}

/// Whether a line is a comment that begins at that column or further in.
fn is_comment(line: &str, least: usize) -> bool {
    let text = line.trim_start_matches(' ');
    text.starts_with('#') && line.len() - text.len() >= least
}

/// Whether a comma stands there outside of comments.
fn has_comma(between: &str) -> bool {
    between.split(['\n', '\r']).any(|line| {
        line.split('#')
            .next()
            .is_some_and(|code| code.contains(','))
    })
}
