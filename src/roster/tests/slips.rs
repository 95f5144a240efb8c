//! Slips of hands that make a file no YAML are shown where they are.

use super::*;
use crate::roster::diagnostic::Code;

const ROSTER: &str = "\
version: 1
vendors:
  acme:
    auth: { token: { env: T } }
people:
  - email: ada@example.com
    first_name: Ada
    last_name: L
    accounts: { acme: { role: admin } }
";

/// Replaces text of [`ROSTER`] and looks for one syntax error, there and with these words.
#[track_caller]
fn check(old: &str, new: &str, place: &str, words: &str) {
    assert!(ROSTER.contains(old), "{old:?}");
    let text = ROSTER.replace(old, new);
    for text in [text.replace('\n', "\r\n"), text] {
        let parsed = parse_files(&[("a.yaml", &text)]);
        let list = parsed.diagnostics.iter();
        let mut found = list.filter(|it| it.code == Code::Syntax);
        let problem = found
            .next()
            .unwrap_or_else(|| panic!("{new:?}: {:?}", parsed.diagnostics));
        let (span, _) = problem.place.as_ref().unwrap();
        assert_eq!(
            parsed.sources.locate(*span),
            format!("a.yaml:{place}"),
            "{new:?}"
        );
        let said = format!("{}; {}", problem.message, problem.help.as_ref().unwrap());
        assert!(said.contains(words), "{new:?}: {said}");
        assert!(!said.contains("Ada"), "a line is quoted: {said}");
        // Nothing else is said of that line.
        let others = parsed
            .diagnostics
            .iter()
            .filter(|it| it.code != Code::Syntax);
        for other in others {
            let line = other.place.as_ref().map(|(span, _)| span.line());
            assert_ne!(line, Some(span.line()), "{new:?}: {other:?}");
        }
    }
}

#[test]
fn tabs_are_shown_where_they_are() {
    let tab = "there is a tab in this indentation";
    check("    first_name", "\tfirst_name", "7:1", tab);
    check("    last_name", "  \tlast_name", "8:3", tab);
    check("  - email", "\t- email", "6:1", tab);
    check("  acme:\n", "\tacme:\n", "3:1", tab);
    check("    first_name", "# why\n\n\t\tfirst_name", "9:1", tab);
    check("L\n", "|\n\tL\n", "9:1", tab);
    check("name: Ada", "name:\tAda", "7:16", "there is a tab here");
}

#[test]
fn colons_are_missed_where_they_are_missing() {
    let space = "there is no space behind this colon";
    check("first_name: Ada", "first_name:Ada", "7:15", space);
    check("email: ada", "email:ada", "6:10", space);
    check("version: 1", "version:1", "1:8", space);
    check("auth: {", "auth:{", "4:9", space);
    // Alone in its entry it is a text to YAML.
    let parsed = parse_files(&[("a.yaml", "people:\n  - email:bob@x.com\n")]);
    let problem = &parsed.diagnostics[0];
    assert_eq!(
        problem.message,
        "there is no space behind the colon of `email`"
    );
    let colon = "there is no colon";
    check("first_name: Ada", "first_name Ada", "7:5", colon);
    check("first_name: Ada", "first_name = Ada", "7:5", colon);
    check(
        "first_name: Ada",
        "first_name Ada\n      Augusta",
        "7:5",
        colon,
    );
    check("people:", "people", "5:1", colon);
    check("  acme:\n", "  acme\n", "3:3", colon);
    check("accounts: {", "accounts {", "9:14", colon);
    let other = "this is no colon, though it looks like one (U+FF1A)";
    check("first_name: ", "first_name\u{FF1A}", "7:15", other);
    check("people:", "people\u{FF1A}", "5:7", other);
    check("  - email", "  -email", "6:3", "no space behind this dash");
}

#[test]
fn blanks_that_are_no_spaces_are_named() {
    let blank = "there is a no-break space (U+00A0)";
    check("first_name: ", "first_name:\u{A0}", "7:16", blank);
    check("    first", "  \u{A0}\u{A0}first", "7:3", blank);
    check("    first", "\u{A0}\u{A0}\u{A0}\u{A0}first", "7:1", blank);
    check("- email", "-\u{A0}email", "6:4", blank);
    check("first_name: ", "first_name:\u{3000}", "7:16", "(U+3000)");
    check(
        "people:",
        "\u{FEFF}people:",
        "5:1",
        "byte order mark (U+FEFF)",
    );
}

#[test]
fn conflict_markers_are_shown_at_their_beginning() {
    let marker = "this is a conflict marker of a merge";
    let last = "    last_name: L\n";
    let both = |middle: &str| format!("<<<<<<< HEAD\n{last}{middle}=======\n{last}>>>>>>> x\n");
    check(last, &both(""), "8:1", marker);
    check(last, &both("||||||| base\n"), "8:1", marker);
    check("version", "<<<<<<< HEAD\nversion", "1:1", marker);
    for left in ["=======", ">>>>>>> branch", "||||||| 1b2c3d4"] {
        check(last, &format!("{last}{left}\n"), "9:1", marker);
    }
    let text = format!("{ROSTER}{}{}", both(""), both(""));
    let parsed = parse_files(&[("a.yaml", &text)]);
    assert_eq!(parsed.diagnostics.len(), 2, "{:?}", parsed.diagnostics);
    // Seven signs in a text are none.
    let fine = ROSTER.replace("name: L", "name: =======");
    let parsed = parse_files(&[("a.yaml", &fine)]);
    assert!(parsed.diagnostics.iter().all(|it| it.code != Code::Syntax));
}

#[test]
fn what_is_not_closed_is_shown_where_it_opens() {
    let open = "this bracket is not closed";
    let last = "    last_name";
    check(last, "    profiles: [a, b\n    last_name", "8:15", open);
    check("admin } }", "admin }", "9:15", open);
    check("env: T } }", "env: T }", "4:11", open);
    check("env: T } }", "env: T", "4:20", open);
    check(
        "name: Ada",
        "name: \"Ada",
        "7:17",
        "this quote is not closed",
    );
    check("name: L", "name: 'L", "8:16", "this quote is not closed");
    check(
        "name: Ada",
        "name: 'O'Neil'",
        "7:20",
        "text behind the closing quote",
    );
    check(
        "admin } }",
        "admin } } }",
        "9:41",
        "this bracket closes nothing",
    );
    check(
        "admin }",
        "admin ]",
        "9:37",
        "close each bracket by its own kind",
    );
}

#[test]
fn texts_that_need_quotes_are_shown() {
    let quotes = "needs quotes";
    check("name: L", "name: L: M", "8:17", quotes);
    check(
        "name: L",
        "name: \u{201c}L: M\u{201d}",
        "8:18",
        "typographic",
    );
    check("name: L", "name: @l", "8:16", quotes);
    check("version: 1", "protect: [*@example.com]", "1:11", quotes);
    check("name: L", "name: \"C:\\Users\"", "8:16", "backslash");
}

#[test]
fn lines_that_fit_nothing_are_shown() {
    let indentation = "its indentation is wrong";
    check("    first", "   first", "7:4", indentation);
    check("    first", "     first", "7:6", indentation);
    check("    last", "  last", "8:3", indentation);
    check("    auth", " auth", "4:2", indentation);
}
