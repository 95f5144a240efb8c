//! Documents that people hand to the program: plans, certificates, descriptions, packs, histories.

use std::collections::BTreeMap;

use super::parts;
use crate::description::{self, declared};
use crate::evidence::manifest;
use crate::model::certificate::Certificate;
use crate::report::json;
use crate::roster::history::blame;

/// A saved plan is refused, or is the same when it was written once more.
pub(super) fn plan(bytes: &[u8]) {
    let Ok(document) = json::parse(bytes) else {
        return;
    };
    let mut text = Vec::new();
    json::write(&document, &mut text).expect("memory takes every byte");
    let again = json::parse(&text).expect("what was written is read");
    assert_eq!(again, document);
    assert_eq!(again.approved().ok(), document.approved().ok());
}

/// A certificate is refused, or is the same when it was written once more.
pub(super) fn certificate(bytes: &[u8]) {
    let Ok(read) = Certificate::read(&String::from_utf8_lossy(bytes)) else {
        return;
    };
    let text = read.write();
    // Spelled out it may be longer than what is read.
    if text.len() <= crate::model::certificate::MOST_BYTES {
        assert_eq!(Certificate::read(&text), Ok(read));
    }
}

/// A description without a fault declares a kind of vendor, and reading it again gives the same.
pub(super) fn description(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let read = description::read("vendor.yaml", &text);
    for diagnostic in &read.diagnostics {
        if let Some((span, _)) = &diagnostic.place {
            let _: String = read.sources.locate(*span);
        }
    }
    let Some(found) = read.description else {
        assert!(!read.diagnostics.is_empty(), "refused without a word");
        return;
    };
    let spec = declared(&found);
    assert!(!spec.deactivate.is_empty(), "no way to end access");
}

/// Of a pack that passes, every file but the signature is what the manifest says.
pub(super) fn evidence(bytes: &[u8]) {
    let files: BTreeMap<String, Vec<u8>> = parts(bytes)
        .map(|(name, body)| (name, body.to_vec()))
        .collect();
    let checked = manifest::check(&files);
    if !checked.faults.is_empty() {
        return;
    }
    let manifest = checked.manifest.expect("what passes has a manifest");
    let besides = [manifest::MANIFEST, manifest::SIGNATURE];
    let named = files
        .keys()
        .filter(|name| !besides.contains(&name.as_str()));
    assert!(
        named.eq(manifest.files.keys()),
        "files that nobody vouches for"
    );
}

/// What Git tells of a file's lines is taken or left.
pub(super) fn history(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for shallow in [false, true] {
        let lines = blame::parse(&text, shallow);
        assert!(lines.len() <= text.lines().count() + 1);
    }
}
