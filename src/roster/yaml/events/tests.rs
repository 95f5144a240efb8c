//! The quick scanner and the parser give the same.

use proptest::prelude::*;

use super::agree::compare;

#[test]
fn what_people_write_is_understood_to_its_end() {
    for text in [
        "a: b\n",
        "a: b",
        "# only\n\n# comments\na: b # here\n\n  # and there\nc: d\n#\n",
        "a:\n  b: c\n  d: # nothing\n    e: f\ng: h\n",
        "people:\n  - email: a@b.io\n    name: O'Neil\n    groups: [x, \"y z\", 'u, v']\n  - email: c@d.io\n",
        "people:\n- email: a@b.io\n  accounts:\n    x: { a: [b, c], d: true, e: {} }\n    y: {}\n- email: c@d.io\nlast: []\n",
        "a:\n- b\n- c d\n- \"e: f\"\n- [g]\n- { h: i }\nj:\n    - k\n",
        "a: //x/y z\nb: 10%\nc: http://x.y:80/z\nd: a#b\ne: a - b\n\"f\": it's\n'g h': +1\n",
        "é: ü ß\n日本: [東京, \"大阪\"] # 京都\nz: 名\n  # é\nlast: 1",
        "a:    b   \nb:   [  x ,y  ]   \n-c: d\n"
            .replace("-c", "c")
            .as_str(),
        "limits: { per_second: 5, burst: 5, timeout: 60s }\nmax: { deactivations: 10% }\n",
    ] {
        let (events, gave_up) = compare(text);
        assert!(!gave_up && events > 5, "{text:?} after {events} events");
    }
}

#[test]
fn examples_are_understood_to_their_end() {
    let text = include_str!("../../../../examples/users.yaml");
    let (events, gave_up) = compare(text);
    assert!(!gave_up, "gave up after {events} events");
}

#[test]
fn the_parser_goes_on_where_the_scanner_gave_up() {
    for text in [
        "",
        "\n# nothing\n",
        "- a\n",
        " a: b\n",
        "a: b\nc:\nd: e\n",
        "a: b\nc: d\n  e\nf: g\n",
        "a: b\nc: |\n  d\n",
        "a: b\nc: *d\n",
        "a: &x b\nc: *x\n",
        "a: b\nc: \"d\\n\"\n",
        "a: b\nc: \"d\n",
        "a: b\nc: [d\n",
        "a: b\n---\nc: d\n",
        "a: b\n...\n",
        "a: b\n\tc: d\n",
        "a: b\r\nc: d\r\n",
        "a: b\nc: d: e\n",
        "a: b\n c: d\n",
        "a:\n    b: c\n  d: e\n",
        "a:\n  - b\n c: d\n",
        "a:\n  - - b\n",
        "a:\n  -\n    b: c\n",
        "a: !!str b\n",
        "a: [b, c: d]\n",
        "a: [b,]\n",
        "a: { b }\n",
        "a: { b: }\n",
        "a: [b -, c]\n",
        "a: [\"b\"#c\n]\n",
        "a: b #c\n d\n",
        "? a\n: b\n",
        "a : b\n",
        "'a''b': c\n",
        "a: \u{feff}b\n",
        "a: b\n\u{feff}\n",
        "%YAML 1.2\n---\na: b\n",
        "a:\n- b\n\"c\n",
        "a:\n- [b]\n@c\n",
    ] {
        compare(text);
    }
    let long = format!("a: b\n{}: c\n", "x".repeat(2_000));
    compare(&long);
    let wide = format!("a: b\nc: [{}]\n", "é, ".repeat(2_000));
    compare(&wide);
    let deep = format!("a: b\nc: {}{}\n", "[".repeat(300), "]".repeat(300));
    compare(&deep);
}

/// Rosters as people write them, in pieces that do not always fit.
fn piece() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[A-Za-z0-9é_./+@-]{1,6}",
        "[a-z]{1,3}[ :#,'\"-]{1,2}[a-z]{0,3}",
        "\"[a-z #:é,'\\]]{0,5}\"",
        "'[a-z #:{\\]]{0,5}'",
        Just(String::from("[a, b c]")),
        Just(String::from("{ a: b, 'c d': [e] }")),
        Just(String::from("[]")),
        Just(String::new()),
        "[\\[\\]{}a-c,: #\"'*&!|>%@`?~-]{1,8}",
    ];
    let indent =
        prop_oneof![4 => Just(0), 4 => Just(2), 4 => Just(4), 2 => Just(6), 1 => 0..8_usize];
    let dash = prop_oneof![4 => Just(""), 2 => Just("- "), 1 => Just("-   ")];
    let key = prop_oneof![6 => "[a-z_é]{1,4}: ", 2 => "[a-z]{1,3}:", 1 => "\"[a-z ]{1,3}\": ", 1 => Just(String::new())];
    let end = prop_oneof![8 => Just("\n"), 1 => Just(" # why: \"x\n"), 1 => Just("\n\n"), 1 => Just("\n   # x\n"), 1 => Just("  \n")];
    (indent, dash, key, word, end).prop_map(|(indent, dash, key, word, end)| {
        format!("{}{dash}{key}{word}{end}", " ".repeat(indent))
    })
}

/// A roster that fits, to be mutated.
fn roster() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "[A-Za-z0-9é][A-Za-z0-9é ./@'-]{0,8}[a-z]",
        "\"[a-z #:é,']{0,5}\"",
        Just(String::from("[a, \"b c\"]")),
        Just(String::from("{ a: b }")),
    ];
    let person = (value.clone(), value.clone(), value, any::<bool>(), any::<bool>()).prop_map(
        |(a, b, c, flush, block)| {
            let pad = if flush { "" } else { "  " };
            let list = if block { format!("\n{pad}  - {c}\n{pad}  - x") } else { format!(" [{}]", "x") };
            format!("{pad}- email: a@b.io\n{pad}  name: {a}\n{pad}  accounts:\n{pad}    acme:\n{pad}      role: {b}\n{pad}  profiles:{list}\n")
        },
    );
    proptest::collection::vec(person, 1..4)
        .prop_map(|people| format!("version: 1\n# people\npeople:\n{}", people.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_are_read_alike(pieces in proptest::collection::vec(piece(), 1..9)) {
        compare(&pieces.concat());
    }

    #[test]
    fn mutated_rosters_are_read_alike(
        text in roster(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), "[ \n:#'\"\\[\\]{},*&!|>?%@~a\t\ré-]{0,3}", 0..4_usize), 0..4),
    ) {
        let mut characters: Vec<char> = text.chars().collect();
        for (at, new, taken) in changes {
            let at = at.index(characters.len());
            let end = (at + taken).min(characters.len());
            characters.splice(at..end, new.chars());
            if characters.is_empty() {
                break;
            }
        }
        let text: String = characters.into_iter().collect();
        compare(&text);
    }
}
