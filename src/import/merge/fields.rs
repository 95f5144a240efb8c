//! Changes of what a file says about people: each touches its own value, and every other byte stays.

use std::collections::HashMap;

use super::outline::{Style, Tree};
use super::{Edits, File};
use crate::import::yaml;
use crate::model::email::EmailKey;

/// Where a key of a person stands among the others.
const ORDER: &[&str] = &[
    "email",
    "source",
    "first_name",
    "last_name",
    "job_title",
    "company",
    "active",
    "starts",
    "ends",
    "previous_emails",
    "logins",
    "profiles",
    "accounts",
];

/// One change of what a file says about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::import) enum Edit {
    /// The value of a key, or of a key in maps, as YAML in flow style.
    Set(Vec<Box<str>>, String),
    /// Takes a key out.
    Remove(&'static str),
    /// Takes texts out of a list, and adds others at its end.
    List {
        /// The key of the list.
        key: &'static str,
        /// What goes.
        take: Vec<Box<str>>,
        /// What comes.
        add: Vec<Box<str>>,
    },
}

impl Edit {
    fn key(&self) -> &str {
        match self {
            Self::Set(path, _) => path.first().map_or("", |it| it),
            Self::Remove(key) | Self::List { key, .. } => key,
        }
    }

    fn rank(&self) -> usize {
        let place = ORDER.iter().position(|it| *it == self.key());
        place.unwrap_or(ORDER.len())
    }
}

/// The changes of the person with that e-mail.
pub(in crate::import) type PersonEdits = (EmailKey<'static>, Vec<Edit>);

impl File<'_> {
    /// Changes people whom the lists of a file have.
    pub(super) fn change_people(
        &self,
        documents: &[Tree],
        changes: Vec<PersonEdits>,
        edits: &mut Edits,
    ) -> Result<(), String> {
        if changes.is_empty() {
            return Ok(());
        }
        let lists = documents.iter().filter_map(|it| it.entry("people"));
        let mut people: HashMap<EmailKey<'_>, &Tree> = HashMap::new();
        for item in lists.flat_map(Tree::items) {
            let email = item.entry("email").and_then(|it| it.text.as_deref());
            if let Some(email) = email {
                people.entry(EmailKey::of(email)).or_insert(item);
            }
        }
        for (key, mut changes) in changes {
            let item = people.get(&key);
            let item = item.ok_or_else(|| format!("{} is not in it", key.as_str()))?;
            if !matches!(item.style, Style::BlockMap | Style::FlowMap) {
                return Err(format!("the entry of {} is no map", key.as_str()));
            }
            changes.sort_by_key(Edit::rank);
            for change in changes {
                self.change(item, change, edits)?;
            }
        }
        Ok(())
    }

    pub(super) fn change(
        &self,
        item: &Tree,
        change: Edit,
        edits: &mut Edits,
    ) -> Result<(), String> {
        match change {
            Edit::Set(path, value) => self.set(item, &path, &value, Some(item), edits),
            Edit::Remove(key) => match item.place(key) {
                Some(at) => self.remove(item, at, edits),
                None => Ok(()),
            },
            Edit::List { key, take, add } => self.list(item, key, &take, &add, edits),
        }
    }

    /// Sets a value in a map, and makes the maps around it that are missing.
    fn set(
        &self,
        map: &Tree,
        path: &[Box<str>],
        value: &str,
        person: Option<&Tree>,
        edits: &mut Edits,
    ) -> Result<(), String> {
        let Some((key, deeper)) = path.split_first() else {
            return Ok(());
        };
        let there = map.entry(key);
        match there {
            Some(there) if deeper.is_empty() => self.replace(there, value, edits),
            Some(there) if matches!(there.style, Style::BlockMap | Style::FlowMap) => {
                return self.set(there, deeper, value, None, edits);
            }
            Some(there) => self.replace(there, &nested(deeper, value), edits),
            None => return self.insert_key(map, key, &nested(deeper, value), person, edits),
        }
        Ok(())
    }

    pub(super) fn replace(&self, there: &Tree, value: &str, edits: &mut Edits) {
        let start = self.lines.byte(self.body, there.start);
        match there.text.as_deref() {
            // Nothing stands there but a key and its colon.
            Some("") if start >= there.end => {
                let colon = self.body[there.end..]
                    .find(':')
                    .map_or(there.end, |at| there.end + at + 1);
                edits.insert(colon, format!(" {value}"));
            }
            _ => edits.replace(start..there.end, value.to_owned()),
        }
    }

    /// Adds a key to a map; to a person, where the documentation has it.
    fn insert_key(
        &self,
        map: &Tree,
        key: &str,
        value: &str,
        person: Option<&Tree>,
        edits: &mut Edits,
    ) -> Result<(), String> {
        let text = format!("{}: {value}", yaml::scalar(key));
        let before = person.and_then(|_| {
            let rank = ORDER.iter().position(|it| *it == key)?;
            let mut before = ORDER[..rank].iter().rev();
            before.find_map(|it| map.entry(it))
        });
        let after = before.or_else(|| map.items().last());
        match (map.style, after) {
            (Style::BlockMap, Some(after)) => {
                let pad = " ".repeat(map.start.column);
                self.insert_lines(after.last_line, &[format!("{pad}{text}")], edits);
            }
            (Style::FlowMap, Some(after)) => edits.insert(after.end, format!(", {text}")),
            (Style::FlowMap, None) => {
                let close = self.bracket(map, '}')?;
                let blank = if self.body[..close].ends_with(' ') {
                    ""
                } else {
                    " "
                };
                edits.insert(close, format!("{blank}{text} "));
            }
            _ => return Err(format!("line {} is not understood", map.start.line + 1)),
        }
        Ok(())
    }

    /// Takes an entry out of a map, with the lines it stands on.
    fn remove(&self, map: &Tree, at: usize, edits: &mut Edits) -> Result<(), String> {
        let value = &map.items()[at];
        let start = self.lines.byte(self.body, map.key_starts[at]);
        let next = map.key_starts.get(at + 1);
        let next = next.map(|place| self.lines.byte(self.body, *place));
        let range = match (map.style, at, next) {
            (Style::BlockMap, 0, Some(next)) | (Style::FlowMap, _, Some(next)) => start..next,
            (Style::BlockMap, 1.., _) => {
                let line = self.lines.line_of(start);
                let from = self.lines.start(line).unwrap_or(start);
                match self.lines.start(value.last_line + 1) {
                    Some(to) => from..to,
                    // The last line of a file without a break at its end.
                    None => self.body[..from].trim_end_matches(['\n', '\r']).len()..self.body.len(),
                }
            }
            (Style::FlowMap, 1.., None) => map.items()[at - 1].end..value.end,
            _ => {
                let line = map.start.line + 1;
                return Err(format!("in line {line} nothing would be left of an entry"));
            }
        };
        edits.replace(range, String::new());
        Ok(())
    }

    /// Takes texts out of a list of a person, and adds others.
    fn list(
        &self,
        person: &Tree,
        key: &'static str,
        take: &[Box<str>],
        add: &[Box<str>],
        edits: &mut Edits,
    ) -> Result<(), String> {
        let added: Vec<String> = add.iter().map(|it| yaml::scalar(it).into_owned()).collect();
        let Some(at) = person.place(key) else {
            let value = format!("[{}]", added.join(", "));
            return match added.is_empty() {
                true => Ok(()),
                false => self.insert_key(person, key, &value, Some(person), edits),
            };
        };
        let list = &person.items()[at];
        let goes = |item: &&Tree| {
            let text = item.text.as_deref();
            text.is_some_and(|text| take.iter().any(|it| **it == *text))
        };
        let stay: Vec<&Tree> = list.items().iter().filter(|it| !goes(it)).collect();
        if stay.len() == list.items().len() && added.is_empty() {
            return Ok(());
        }
        if stay.is_empty() && added.is_empty() && !list.items().is_empty() {
            return self.remove(person, at, edits);
        }
        match list.style {
            Style::FlowList => {
                let source = |it: &Tree| {
                    let start = self.lines.byte(self.body, it.start);
                    self.body[start..it.end].to_owned()
                };
                let all: Vec<String> = stay.into_iter().map(source).chain(added).collect();
                let start = self.lines.byte(self.body, list.start);
                edits.replace(start..list.end, format!("[{}]", all.join(", ")));
            }
            Style::BlockList => {
                for item in list.items().iter().filter(goes) {
                    let from = self.lines.start(item.start.line);
                    let to = self.lines.start(item.last_line + 1);
                    let range = from.unwrap_or_default()..to.unwrap_or(self.body.len());
                    edits.replace(range, String::new());
                }
                let dash = list.items().first().and_then(|it| self.dash(it));
                let pad = " ".repeat(dash.unwrap_or(list.start.column));
                let lines: Vec<String> = added.iter().map(|it| format!("{pad}- {it}")).collect();
                if !lines.is_empty() {
                    self.insert_lines(list.last_line, &lines, edits);
                }
            }
            _ => self.replace(list, &format!("[{}]", added.join(", ")), edits),
        }
        Ok(())
    }
}

/// `{ bitsight: { role: customer_user } }`
fn nested(path: &[Box<str>], value: &str) -> String {
    match path.split_first() {
        None => value.to_owned(),
        Some((key, deeper)) => format!("{{ {}: {} }}", yaml::scalar(key), nested(deeper, value)),
    }
}
