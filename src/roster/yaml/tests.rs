//! The reader alone: places, and what it refuses.

use super::*;

fn read(text: &str) -> (Vec<Node<'_>>, Vec<Diagnostic>) {
    let mut reader = Reader::new(FileId(0), text);
    let mut nodes = Vec::new();
    while let Ok(true) = reader.document() {
        match reader.value() {
            Ok(node) => nodes.push(node),
            Err(Stop) => break,
        }
    }
    (nodes, reader.problems)
}

/// `line:column+length kind` of every value.
fn outline(node: &Node<'_>, out: &mut Vec<String>) {
    let place = |span: Span| format!("{}:{}+{}", span.line(), span.column(), span.length());
    let at = place(node.span);
    match &node.kind {
        Kind::Scalar { text, plain } => out.push(format!("{at} {text:?} {plain}")),
        Kind::List(items) => {
            out.push(format!("{at} list to {}", node.last_line));
            items.iter().for_each(|item| outline(item, out));
        }
        Kind::Map(entries) => {
            out.push(format!("{at} map to {}", node.last_line));
            for (name, value) in entries {
                out.push(format!("{} {}:", place(name.span), name.text));
                outline(value, out);
            }
        }
        Kind::Broken => out.push(format!("{at} broken")),
    }
}

fn outlined(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for node in read(text).0 {
        outline(&node, &mut out);
    }
    out
}

fn problems(text: &str) -> Vec<String> {
    read(text)
        .1
        .iter()
        .map(|problem| {
            let span = problem.place.as_ref().unwrap().0;
            format!(
                "{} {}:{}",
                problem.code.as_str(),
                span.line(),
                span.column()
            )
        })
        .collect()
}

#[test]
fn every_value_has_its_place() {
    let text = "a: plain\nb:\n  - 'quo ted'\n  - {c: true, d: [x, y]}\né: |\n  text\nf:\n";
    assert_eq!(
        outlined(&text.replace("|\n  text", "\"\\u00e9\"")),
        [
            "1:1+1 map to 6",
            "1:1+1 a:",
            "1:4+5 \"plain\" true",
            "2:1+1 b:",
            "3:3+1 list to 4",
            "3:5+9 \"quo ted\" false",
            "4:5+20 map to 4",
            "4:6+1 c:",
            "4:9+4 \"true\" true",
            "4:15+1 d:",
            "4:18+6 list to 4",
            "4:19+1 \"x\" true",
            "4:22+1 \"y\" true",
            "5:1+1 é:",
            "5:4+8 \"é\" false",
            "6:1+1 f:",
            "6:2+1 \"\" true",
        ]
    );
}

#[test]
fn line_breaks_of_all_kinds_count_once() {
    for text in ["a: 1\nb: 2\n", "a: 1\r\nb: 2\r\n", "a: 1\rb: 2\r"] {
        assert_eq!(outlined(text)[4], "2:4+1 \"2\" true", "{text:?}");
    }
}

#[test]
fn what_a_roster_does_not_allow_is_reported_at_its_place() {
    for (text, wanted) in [
        ("a: 1\nb: 2\na: 3\n", vec!["duplicate-key 3:1"]),
        ("{a: 1, \"a\": 2}", vec!["duplicate-key 1:8"]),
        ("a: !!str 1\n", vec!["tag 1:4"]),
        (
            "a: &x {k: 1}\nb:\n  <<: *x\n  l: 2\n",
            vec!["merge-key 3:3"],
        ),
        ("[1]: 2\n", vec!["key-not-text 1:1"]),
        ("? {a: b}\n: 2\n", vec!["key-not-text 1:3"]),
        ("~: 2\n", vec!["key-not-text 1:1"]),
        ("a: &x b\n*x : 2\n", vec!["key-not-text 2:1"]),
        ("a: *nothing\n", vec!["syntax 1:4"]),
        ("a: &x [*x]\n", vec!["alias 1:8"]),
        ("a: \"x\\ey\"\n", vec!["control-character 1:4"]),
        ("a: |\n  x\n", vec!["control-character 2:3"]),
        ("a: [1, 2\n", vec!["syntax 1:4"]),
        ("a: b: c\n", vec!["syntax 1:5"]),
        ("a: &x 1\n---\nb: *x\n", vec!["alias 3:4"]),
    ] {
        assert_eq!(problems(text), wanted, "{text:?}");
    }
}

#[test]
fn a_doubled_key_is_found_in_a_large_map_too() {
    let mut text: String = (0..5_000).map(|n| format!("k{n}: 1\n")).collect();
    text.push_str("k17: 2\n");
    assert_eq!(problems(&text), ["duplicate-key 5001:1"]);
}

#[test]
fn an_alias_is_the_value_at_its_own_place() {
    assert_eq!(
        outlined("a: &x {k: v}\nb: *x\n")[5..],
        [
            "2:1+1 b:",
            "2:4+2 map to 2",
            "1:8+1 k:",
            "1:11+1 \"v\" true"
        ]
    );
}

#[test]
fn alias_bombs_are_refused_quickly() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let below = level - 1;
        let items = vec![format!("*a{below}"); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let list = problems(&text);
    assert_eq!(list.len(), 1, "{list:?}");
    assert!(list[0].starts_with("too-many-aliases 5:"), "{list:?}");

    let wide = format!(
        "a: &a [{}]\nb: [{}]\n",
        "x,".repeat(1_000),
        "*a,".repeat(2_000)
    );
    assert_eq!(problems(&wide).len(), 1);
}

#[test]
fn deep_nesting_ends_in_a_problem_not_in_a_stack() {
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(20_000),
        format!("{}x{}", "[".repeat(200), "]".repeat(200)),
    ] {
        let list = problems(&text);
        assert!(
            list.iter()
                .any(|problem| problem.starts_with("too-deep") || problem.starts_with("syntax")),
            "{list:?}"
        );
    }
    let chain: String = (1..400)
        .map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1))
        .collect();
    let list = problems(&format!("a0: &a0 x\n{chain}"));
    assert!(list[0].starts_with("too-deep"), "{list:?}");
}

#[test]
fn one_long_line_is_read() {
    let long = "x".repeat(1_000_000);
    let (nodes, list) = read(&long);
    assert!(list.is_empty());
    // As much as a place holds.
    assert_eq!(nodes[0].span.length(), 4_095);
    let items = format!("[{}]", "abc, ".repeat(200_000));
    let (nodes, list) = read(&items);
    assert!(list.is_empty());
    assert!(matches!(&nodes[0].kind, Kind::List(items) if items.len() == 200_000));
}
