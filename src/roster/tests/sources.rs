//! `sources`, and what ties people to them.

use super::*;

const SOURCE: &str = "csv: hr.csv, columns: { key: ID, email: Mail }";

fn check(source: &str, person: &str, wanted: &[&str]) {
    let text = format!(
        "sources: {{ hr: {{ {source} }} }}\npeople: [{{ email: a@example.com, {person} }}, {{ email: b@example.com, source: {{ hr: E2 }} }}]\nprofiles: {{ low: {{}} }}\n"
    );
    assert_eq!(brief(&parse_people(&text)), wanted, "{text}");
}

#[test]
fn what_is_wrong_with_a_source_is_told_with_its_place() {
    for (source, wanted) in [
        (SOURCE, &[][..]),
        ("columns: { key: ID, email: Mail }", &["missing-key 1:12"]),
        ("csv: hr.csv", &["missing-key 1:12"]),
        (
            "csv: hr.csv, columns: { email: Mail }",
            &["missing-key 1:12"],
        ),
        (
            "csv: a, json: b, columns: { key: ID, email: Mail }",
            &["conflict 1:32"],
        ),
        (
            "csv: a, columns: { key: ID, email: Mail, name: X }",
            &["unknown-key 1:59"],
        ),
        (
            "csv: a, columns: { key: ID, email: Mail }, x-a: 1, note: Ours",
            &[],
        ),
        (
            "csv: a, columns: { key: ID, email: Mail }, separator: ab",
            &["wrong-type 1:72"],
        ),
        (
            "csv: a, columns: { key: ID, email: Mail }, dates: \"%H\"",
            &["not-a-date 1:68"],
        ),
        (
            "csv: a, columns: { key: ID, email: Mail }, dates: [\"%d.%m.%Y\", \"%m/%d/%y\"]",
            &[],
        ),
        (
            "csv: a, columns: { key: ID, email: Mail }, active: { column: S }",
            &["missing-key 1:69"],
        ),
        (
            "csv: a, columns: { key: ID, email: Mail }, missing: gone",
            &["unknown-choice 1:70"],
        ),
        (
            "csv: a, columns: { key: ID, email: Mail }, profiles: { column: D, values: { X: [lo] } }",
            &["unknown-profile 1:98"],
        ),
    ] {
        check(source, "first_name: A", wanted);
    }
}

#[test]
fn a_key_is_one_persons() {
    check(SOURCE, "source: { hr: E1 }", &[]);
    check(SOURCE, "source: { hr: E2 }", &["duplicate-source-key 2:94"]);
    check(SOURCE, "source: { hrr: E1 }", &["unknown-source 2:49"]);
    check(SOURCE, "source: [E1]", &["wrong-type 2:42"]);
    // What is wrong with a source says nothing about who is tied to it.
    check("csv: hr.csv", "source: { hr: E1 }", &["missing-key 1:12"]);
}
