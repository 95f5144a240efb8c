//! `protect` for all vendors.

use super::{VENDORS, brief, parse_files, sound};
use crate::roster::digest;

#[test]
fn top_level_patterns_of_all_files_reach_every_vendor() {
    let vendors = VENDORS.replace("acme: {", "acme: { protect: [own@x.com],");
    let parsed = parse_files(&[
        ("a.yaml", "protect: ['*@msp.net']\n"),
        ("b.yaml", &vendors),
        ("c.yaml", "protect: [glass@x.com]\n"),
    ]);
    assert_eq!(brief(&parsed), [""; 0]);
    let protects = |vendor: &str, email: &str| {
        let patterns = &parsed.roster.vendors[vendor].protect;
        patterns.iter().any(|pattern| pattern.matches(email))
    };
    for vendor in ["acme", "plain"] {
        assert!(protects(vendor, "Anna@MSP.net") && protects(vendor, "glass@x.com"));
        assert!(!protects(vendor, "anna@x.com"));
        assert_eq!(protects(vendor, "own@x.com"), vendor == "acme");
    }
}

#[test]
fn it_is_part_of_the_meaning_and_checked_like_a_vendors() {
    let without = digest(&sound("people: []\n"));
    let with = digest(&sound("protect: [glass@x.com]\npeople: []\n"));
    assert_ne!(without, with);
    let wrong = parse_files(&[
        ("a.yaml", "protect: glass@x.com\n"),
        ("b.yaml", "protect: [nobody]\n"),
    ]);
    assert_eq!(
        brief(&wrong),
        ["wrong-type 1:10", "not-an-email b.yaml:1:11"]
    );
}
