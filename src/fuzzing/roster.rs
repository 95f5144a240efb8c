//! Rosters, and the exports that fill them.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::{Date, date};

use crate::connector::specs;
use crate::description::{declared, read, shipped};
use crate::import::merge::format;
use crate::import::people::compare;
use crate::model::digest::Digest;
use crate::roster::diagnostic::{FileId, Sources};
use crate::roster::model::DescriptionText;
use crate::roster::yaml::events::agree;
use crate::roster::{Catalog, Described, Parsed, RosterFile, desired, digest, parse_with};

/// The roster of the other targets.
pub(super) const ROSTER: &str = include_str!("roster.yaml");

/// The day of every plan here.
pub(super) const TODAY: Date = date(2026, 1, 5);

/// Reads a roster of one file, with the descriptions that ship.
pub(super) fn parsed(text: &str) -> Parsed {
    let file = RosterFile {
        path: String::from("roster.yaml"),
        folder: PathBuf::new(),
        text: text.to_owned(),
    };
    let describe = |_: &std::path::Path, name: &str| {
        let text = shipped(name).ok_or("no such description ships")?;
        let description = read(name, text).description;
        let description = description.ok_or("it has faults")?;
        Ok(Described {
            spec: declared(&description),
            text: Arc::new(DescriptionText {
                name: name.into(),
                text: text.into(),
                digest: Digest::of(&text),
            }),
        })
    };
    let catalog = Catalog {
        kinds: &specs(),
        describe: &describe,
        certify: &|_, _, _| Ok(None),
    };
    parse_with(vec![file], catalog, Vec::new())
}

/// The quick scanner gives the parser's own events, and goes on where that one is.
pub(super) fn scanner(bytes: &[u8]) {
    agree::compare(&String::from_utf8_lossy(bytes));
}

/// Every fault has its place and its words. Of what has none every person can be resolved at every vendor,
/// and the one form of the file means the same and is its own form.
pub(super) fn roster(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let read = parsed(&text);
    shown(&read);
    let formed = format(&text);
    if let Ok(formed) = &formed {
        assert_eq!(format(formed).as_ref(), Ok(formed), "the form of {text:?}");
    }
    if !read.is_usable() {
        return;
    }
    for vendor in read.roster.vendors.keys() {
        let wanted = desired(&read.roster, vendor, TODAY);
        assert_eq!(wanted.accounts().count(), wanted.len());
    }
    if let Ok(formed) = formed {
        let again = parsed(&formed);
        assert!(again.is_usable(), "{text:?} became {formed:?}");
        assert_eq!(
            digest(&again.roster),
            digest(&read.roster),
            "{text:?} became {formed:?}"
        );
    }
}

fn shown(read: &Parsed) {
    let Parsed {
        roster: _,
        sources,
        diagnostics,
    } = read;
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.is_empty());
        if let Some((span, _)) = &diagnostic.place {
            let _: String = Sources::locate(sources, *span);
        }
    }
}

/// What an export changes in the roster is a roster that says what the export says.
pub(super) fn sources(bytes: &[u8]) {
    let read = parsed(ROSTER);
    for name in read.roster.sources.keys() {
        let Ok(found) = compare(&read.roster, name, bytes, TODAY) else {
            continue;
        };
        let Ok(text) = found.write(ROSTER, FileId(0)) else {
            continue;
        };
        assert_eq!(text == ROSTER, found.is_empty(), "{text}");
        let again = parsed(&text);
        let faults = &again.diagnostics;
        assert!(again.can_be_planned(), "{faults:?}\n{text}");
        let left = compare(&again.roster, name, bytes, TODAY);
        let left = left.expect("what was understood once is understood again");
        assert!(left.is_empty(), "{left:?}\n{text}");
    }
}
