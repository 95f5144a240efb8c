//! The outer levels of a file: `version`, `state`, `vendors`, `profiles`, `teams`, `people`.
//!
//! Entries go to [`RosterDraft`] one at a time; nothing of a file outlives its entry but what was
//! understood of it (and accounts at vendors that were not met yet).

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::hidden;
use super::merge::RosterDraft;
use super::ours::FOREIGN;
use super::suggest::suggest;
use super::values;
use super::yaml::{Kind, Name, Node, Opened, Reader, Stop, conflicts, controlled, doubled};
use crate::roster::diagnostic::{Code, Diagnostic, FileId, Span};

/// The keys of a document.
pub(super) const KEYS: &[&str] = &[
    "version", "state", "keep", "protect", "vendors", "profiles", "teams", "sources", "people",
    "accounts", "assert", "released",
];

/// The one version there is.
pub(super) const VERSION: &str = "1";

/// Control characters that are reported for one file.
const MOST_CONTROLS: usize = 20;

/// Reads one file into the draft; everything wrong with it is among the draft's problems.
pub(super) fn read<'a>(draft: &mut RosterDraft<'a>, file: FileId, folder: &'a Path, text: &'a str) {
    for lines in hidden::secret_lines(text) {
        draft.hide(file, lines);
    }
    let controls = control_characters(file, text);
    // To the parser a NUL is the end of the file: what comes after it would be lost in silence.
    let (text, cut) = match text.split_once('\0') {
        Some((before, _)) => (before, true),
        None => (text, false),
    };
    let conflicts = conflicts(file, text);
    if !conflicts.is_empty() {
        draft.problems.list.extend(conflicts);
        draft.partial = true;
        return;
    }
    draft.expect_people(text);
    let mut reader = Reader::new(file, text);
    if documents(&mut reader, draft, folder).is_err() || cut {
        draft.partial = true;
    }
    let mut problems = std::mem::take(&mut reader.problems);
    forget_consequences(&mut draft.problems.list, &problems);
    let told: HashSet<u32> = controls.iter().map(|(span, _)| span.line()).collect();
    problems.retain(|problem| {
        let at = problem.place.as_ref().map(|(span, _)| span.line());
        problem.code != Code::ControlCharacter || at.is_none_or(|at| !told.contains(&at))
    });
    problems.extend(
        controls
            .into_iter()
            .map(|(span, character)| controlled(span, character)),
    );
    draft.problems.list.extend(problems);
}

/// A line that is no YAML is read as something else first: what was said of that is no help.
fn forget_consequences(list: &mut Vec<Diagnostic>, problems: &[Diagnostic]) {
    let line = |it: &Diagnostic| {
        it.place
            .as_ref()
            .map(|(span, _)| (span.file(), span.line()))
    };
    let mut slips = problems.iter().filter(|it| it.code == Code::Syntax);
    let Some(slip) = slips.find_map(line) else {
        return;
    };
    list.retain(|it| match it.code {
        Code::WrongType | Code::UnknownKey => line(it) != Some(slip),
        // A key whose map is indented wrongly has none.
        Code::NullValue => line(it) != Some((slip.0, slip.1.saturating_sub(1))),
        _ => true,
    });
}

/// Raw control characters, which no text editor writes on purpose.
fn control_characters(file: FileId, text: &str) -> Vec<(Span, char)> {
    let mut found = Vec::new();
    let odd = |byte: u8| (byte < 0x20 && byte != b'\t') || byte == 0x7F || byte == 0xC2;
    let ending = |byte: u8| byte == b'\n' || byte == b'\r';
    // Without a way out of the loop this is done 32 bytes at a time, and most files have none.
    let blocks = text.as_bytes().chunks(4096);
    let mut clean = blocks.map(|block| {
        let dirty = |sum: bool, byte: &u8| sum | (odd(*byte) & !ending(*byte));
        !block.iter().fold(false, dirty)
    });
    if clean.all(|clean| clean) {
        return found;
    }
    let suspicious = |line: &str| line.bytes().any(odd);
    let lines = text
        .split('\n')
        .flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    for (number, line) in (1_u32..).zip(lines) {
        if found.len() >= MOST_CONTROLS {
            break;
        }
        if !suspicious(line) {
            continue;
        }
        let at = line
            .chars()
            .enumerate()
            .find(|(_, character)| character.is_control() && *character != '\t');
        if let Some((at, character)) = at {
            let column = u32::try_from(at + 1).unwrap_or(u32::MAX);
            let span = Span::new(file, number, column, 1);
            found.push((span, character));
        }
    }
    found
}

fn documents<'a>(
    reader: &mut Reader<'a>,
    draft: &mut RosterDraft<'a>,
    folder: &'a Path,
) -> Result<(), Stop> {
    while reader.document()? {
        match reader.open()? {
            Opened::Map => document(reader, draft, folder)?,
            Opened::List(start) => {
                while reader.item()?.is_some() {}
                draft.problems.push(
                    Diagnostic::error(
                        Code::WrongType,
                        start,
                        "a roster has to be a map, this is a list",
                    )
                    .help("begin with a key: `people:`"),
                );
            }
            // A file with nothing but comments.
            Opened::Value(node) if node.is_null() => {}
            Opened::Value(node) => {
                values::map(&node, "roster", &mut draft.problems);
            }
        }
    }
    Ok(())
}

fn document<'a>(
    reader: &mut Reader<'a>,
    draft: &mut RosterDraft<'a>,
    folder: &'a Path,
) -> Result<(), Stop> {
    let mut seen = HashMap::new();
    while let Some(key) = reader.key()? {
        match seen.entry(key.text.clone()) {
            Entry::Occupied(first) => draft.problems.push(doubled(&key, *first.get())),
            Entry::Vacant(place) => {
                place.insert(key.span);
            }
        }
        match key.text.as_ref() {
            "people" => people_section(reader, draft, &key)?,
            "vendors" => {
                map_section(reader, draft, &key, |draft, name, node| {
                    draft.vendor(name, node, folder);
                })?;
            }
            "profiles" => map_section(reader, draft, &key, RosterDraft::profile)?,
            "teams" => map_section(reader, draft, &key, RosterDraft::team)?,
            "sources" => {
                map_section(reader, draft, &key, |draft, name, node| {
                    draft.source(&name, &node, folder);
                })?;
            }
            "accounts" => map_section(reader, draft, &key, RosterDraft::block)?,
            "version" => version(&reader.value()?, draft),
            "state" => {
                let node = reader.value()?;
                draft.state(&node, folder);
            }
            "keep" => {
                let node = reader.value()?;
                draft.keep(&node);
            }
            "protect" => {
                let node = reader.value()?;
                draft.protect(&node);
            }
            "assert" => {
                let node = reader.value()?;
                draft.assertions(&node);
            }
            "released" => {
                let node = reader.value()?;
                draft.released(&node);
            }
            foreign if foreign.starts_with(FOREIGN) => {
                reader.value()?;
            }
            _ => {
                reader.value()?;
                draft.problems.push(
                    Diagnostic::error(
                        Code::UnknownKey,
                        key.span,
                        format!("`{}` is no key of a roster", key.text),
                    )
                    .help(suggest(&key.text, KEYS.iter().copied())),
                );
            }
        }
    }
    Ok(())
}

fn version(node: &Node<'_>, draft: &mut RosterDraft<'_>) {
    let Kind::Scalar { text, plain: true } = &node.kind else {
        if !matches!(node.kind, Kind::Broken) {
            draft.problems.push(unknown_version(node.span));
        }
        return;
    };
    if text != VERSION {
        draft.problems.push(unknown_version(node.span));
    }
}

fn unknown_version(span: Span) -> Diagnostic {
    Diagnostic::error(Code::Version, span, "this is no version of the roster")
        .help(format!("write `version: {VERSION}`, the only one there is"))
}

fn people_section<'a>(
    reader: &mut Reader<'a>,
    draft: &mut RosterDraft<'a>,
    key: &Name<'a>,
) -> Result<(), Stop> {
    match reader.open()? {
        Opened::List(_) => {
            while let Some(node) = reader.item()? {
                draft.person(node);
            }
        }
        Opened::Map => {
            while reader.key()?.is_some() {
                reader.value()?;
            }
            draft.problems.push(
                Diagnostic::error(
                    Code::WrongType,
                    key.span,
                    "`people` has to be a list, this is a map",
                )
                .help("begin each person with a dash: `- email: …`"),
            );
        }
        Opened::Value(node) => {
            values::list(&node, "people", &mut draft.problems);
        }
    }
    Ok(())
}

/// `vendors` and `profiles`: a map whose entries are read one by one.
fn map_section<'a>(
    reader: &mut Reader<'a>,
    draft: &mut RosterDraft<'a>,
    key: &Name<'a>,
    mut entry: impl FnMut(&mut RosterDraft<'a>, Name<'a>, Node<'a>),
) -> Result<(), Stop> {
    match reader.open()? {
        Opened::Map => {
            while let Some(name) = reader.key()? {
                let node = reader.value()?;
                entry(draft, name, node);
            }
        }
        Opened::List(_) => {
            while reader.item()?.is_some() {}
            draft.problems.push(Diagnostic::error(
                Code::WrongType,
                key.span,
                format!("`{}` has to be a map of names, this is a list", key.text),
            ));
        }
        Opened::Value(node) => {
            values::map(&node, &key.text, &mut draft.problems);
        }
    }
    Ok(())
}
