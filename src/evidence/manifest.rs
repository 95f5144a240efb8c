//! The manifest of a pack: which files it has and what each of them holds, and whether that is so.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::FORMAT;
use crate::model::digest::Digest;
use crate::state::journal::chain;

/// The name of the manifest in its folder.
pub const MANIFEST: &str = "manifest.json";
/// The name of its signature.
pub const SIGNATURE: &str = "manifest.json.sig";
/// What a signature of a manifest is for (`ssh-keygen -Y verify -n`).
pub const NAMESPACE: &str = "rosterctl-evidence";
/// The folder of the raw journals.
pub const JOURNALS: &str = "journals/";
/// The folder of the raw notes.
pub const NOTES: &str = "notes/";

/// What a pack is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// Program and version that made it.
    pub tool: String,
    /// When.
    pub made_at: Timestamp,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Whether people are masked, and raw journals and notes left out.
    pub masked: bool,
    /// The digest of each file.
    pub files: BTreeMap<String, Digest>,
    /// The hash with which each journal ends, by its file.
    pub heads: BTreeMap<String, Option<Box<str>>>,
}

impl Manifest {
    /// The text of the manifest: one line that ends in its own hash.
    pub fn text(&self) -> String {
        chain::seal(self).0
    }
}

/// What a folder turned out to be.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The manifest, where it can be read.
    pub manifest: Option<Manifest>,
    /// What is wrong, one sentence each with the file.
    pub faults: Vec<String>,
    /// Journals that were checked line by line.
    pub journals: usize,
    /// Lines in them.
    pub lines: usize,
}

/// Checks the files of a folder, by their names in it. The signature is checked elsewhere.
pub fn check(files: &BTreeMap<String, Vec<u8>>) -> Checked {
    let mut checked = Checked::default();
    let Some(bytes) = files.get(MANIFEST) else {
        checked
            .faults
            .push(format!("{MANIFEST} is missing: this is no pack"));
        return checked;
    };
    let manifest = match read(bytes) {
        Ok(manifest) => manifest,
        Err(why) => {
            checked.faults.push(format!("{MANIFEST} {why}"));
            return checked;
        }
    };
    let faults = &mut checked.faults;
    for (name, digest) in &manifest.files {
        match files.get(name) {
            None => faults.push(format!("{name} is missing")),
            Some(bytes) if Digest::of_bytes(bytes) != *digest => {
                faults.push(format!("{name} was changed after the pack was made"));
            }
            Some(_) => {}
        }
    }
    let known: BTreeSet<&str> = manifest.files.keys().map(String::as_str).collect();
    let besides = files.keys().map(String::as_str);
    let besides = besides.filter(|name| !known.contains(name));
    for name in besides.filter(|name| ![MANIFEST, SIGNATURE].contains(name)) {
        faults.push(format!("{name} does not belong to the pack"));
    }
    for (name, head) in &manifest.heads {
        let Some(bytes) = files.get(name) else {
            continue;
        };
        let chain = chain::read(bytes);
        checked.journals += 1;
        checked.lines += chain.entries.len();
        faults.extend(chain.flaws.iter().map(|flaw| format!("{name}, {flaw}")));
        if chain.last != *head {
            faults.push(format!(
                "{name} does not end with the line that the manifest names"
            ));
        }
    }
    checked.manifest = Some(manifest);
    checked
}

fn read(bytes: &[u8]) -> Result<Manifest, String> {
    let line = bytes.strip_suffix(b"\n");
    let line = line.ok_or("was changed: it does not end in a line break")?;
    let (body, _, fits) =
        chain::unseal(line).map_err(|why| format!("was changed or is no manifest: {why}"))?;
    if !fits {
        return Err(String::from(
            "was changed after the pack was made: its hash does not fit",
        ));
    }
    let manifest: Manifest =
        serde_json::from_str(&body).map_err(|error| format!("cannot be read: {error}"))?;
    match manifest.format {
        FORMAT => Ok(manifest),
        format => Err(format!(
            "has format {format}, and only {FORMAT} is known here"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack() -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::from([
            (String::from("index.html"), b"<p>page".to_vec()),
            (String::from("changes.csv"), b"a,b\r\n".to_vec()),
        ]);
        let manifest = Manifest {
            format: FORMAT,
            tool: String::from("rosterctl"),
            made_at: Timestamp::UNIX_EPOCH,
            from: Date::constant(2026, 1, 1),
            to: Date::constant(2026, 3, 31),
            masked: false,
            files: files
                .iter()
                .map(|(name, bytes)| (name.clone(), Digest::of_bytes(bytes)))
                .collect(),
            heads: BTreeMap::new(),
        };
        files.insert(MANIFEST.into(), manifest.text().into_bytes());
        files
    }

    #[test]
    fn one_byte_changed_anywhere_is_found_and_the_file_named() {
        let whole = pack();
        assert_eq!(check(&whole).faults, [""; 0]);
        for (name, bytes) in &whole {
            for at in 0..bytes.len() {
                let mut changed = whole.clone();
                changed.get_mut(name).unwrap()[at] ^= 1;
                let faults = check(&changed).faults;
                assert!(
                    faults.iter().any(|it| it.contains(name.as_str())),
                    "{name} {at}"
                );
            }
        }
    }

    #[test]
    fn files_that_are_missing_or_too_many_are_named() {
        let mut files = pack();
        files.remove("index.html");
        files.insert("extra.csv".into(), Vec::new());
        assert_eq!(
            check(&files).faults,
            [
                "index.html is missing",
                "extra.csv does not belong to the pack"
            ]
        );
        files.remove(MANIFEST);
        assert_eq!(
            check(&files).faults,
            ["manifest.json is missing: this is no pack"]
        );
    }
}
