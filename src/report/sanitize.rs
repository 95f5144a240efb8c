//! Texts from vendors and rosters, made safe to show and honest to read.
//!
//! Whatever could steer a terminal, reorder a line, start a new one or hide is shown as an escape:
//! `\n`, `\u{202e}`. Two texts that differ never look alike because of a character that cannot be
//! seen. Letters of all languages stay as they are.
//!
//! A CI system reads commands out of a log: `::name::` where a line begins, `##[name]` anywhere. The
//! second is escaped in every text here; the first only shows where lines begin, so it is
//! [`Uncommanded`]'s business.

mod uncommanded;

pub use uncommanded::{Uncommanded, uncommanded};

/// Accents that a letter may carry one over the other; Vietnamese needs two.
const STACKED_MARKS: usize = 2;

/// The text with everything unsafe escaped. A backslash is doubled only where it would read as an
/// escape, so `CORP\ada` stays as it is.
pub fn line(text: &str) -> String {
    escape(text, STACKED_MARKS)
}

/// As [`line()`] for each line of a text that is meant to have several, such as a chain of errors.
pub fn block(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// As [`line()`], with loose accents escaped too: for texts that are to be compared, where an
/// accented letter and a letter followed by an accent look the same.
pub(super) fn exact_line(text: &str) -> String {
    escape(text, 0)
}

/// Whether the text holds accents that are characters of their own.
pub(super) fn has_marks(text: &str) -> bool {
    text.chars().any(is_mark)
}

/// Whether a character may not reach a terminal or a reader as it is.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control() || (c.is_whitespace() && c != ' ') || is_invisible(c) || has_no_meaning(c)
}

/// Whether the `#` behind another one begins a command of a CI system, by what follows it: `##[name]`
/// (GitHub, Azure), `##vso[…`, `##teamcity[…`.
pub(crate) fn opens_command(mut rest: impl Iterator<Item = char>) -> bool {
    rest.find(|c| !c.is_ascii_alphabetic()) == Some('[')
}

fn escape(text: &str, marks_allowed: usize) -> String {
    if text
        .bytes()
        .all(|b| (b' '..=b'~').contains(&b) && b != b'\\')
        && !text.contains("##")
    {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + 8);
    // A mark at the start would sit on whatever stands before the text.
    let mut marks = marks_allowed;
    let mut hash = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let mark = is_mark(c);
        let command = c == '#' && hash && opens_command(chars.clone());
        hash = c == '#';
        let escaped = is_unsafe(c) || (mark && marks >= marks_allowed) || command;
        marks = match (escaped, mark) {
            (true, _) => marks_allowed,
            (false, true) => marks + 1,
            (false, false) => 0,
        };
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            '\\' => {
                let ambiguous = |next: char| matches!(next, 'n' | 'r' | 't' | 'u' | '\\');
                if chars
                    .peek()
                    .is_some_and(|c| ambiguous(*c) || is_unsafe(*c) || is_mark(*c))
                {
                    shown.push('\\');
                }
                shown.push('\\');
            }
            _ if escaped => shown.extend(c.escape_unicode()),
            _ => shown.push(c),
        }
    }
    shown
}

/// Characters that show nothing, or change how their neighbours are shown: Unicode's
/// `Default_Ignorable_Code_Point` and `Bidi_Control` with the other formatting characters, and
/// letters that are drawn as blanks (Unicode 16.0, `DerivedCoreProperties` and UAX #9).
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Private use and noncharacters: every font draws them differently, or all of them alike.
fn has_no_meaning(c: char) -> bool {
    let code = u32::from(c);
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{f0000}'..)
        || code & 0xfffe == 0xfffe
}

/// Accents that sit on the letter before them; many of them reach into the lines around.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for text in [
            "ada.lovelace@example.com",
            "Zoé Nguyễn-O'Brien",
            "李小龍",
            "محمد",
            "//Risk Department/Risk Analysts",
            r"CORP\ada",
            "→ ± ☃",
            "",
        ] {
            assert_eq!(line(text), text);
        }
    }

    #[test]
    fn what_steers_a_terminal_is_shown_as_an_escape() {
        let cases = [
            ("a\u{1b}[31mred\u{1b}[0m", r"a\u{1b}[31mred\u{1b}[0m"),
            ("\u{9b}2J\u{7}\u{7f}\0", r"\u{9b}2J\u{7}\u{7f}\u{0}"),
            ("one\ntwo\r\tthree", r"one\ntwo\r\tthree"),
            ("line\u{2028}sep\u{85}", r"line\u{2028}sep\u{85}"),
            ("ada\u{202e}moc.elpmaxe", r"ada\u{202e}moc.elpmaxe"),
            ("\u{2066}x\u{2069}", r"\u{2066}x\u{2069}"),
            ("ad\u{200b}a\u{feff}", r"ad\u{200b}a\u{feff}"),
            ("no\u{a0}break", r"no\u{a0}break"),
            ("tag\u{e0041}", r"tag\u{e0041}"),
            ("private\u{e0b0}\u{10ffff}", r"private\u{e0b0}\u{10ffff}"),
        ];
        for (text, shown) in cases {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn a_block_keeps_its_lines_and_nothing_else() {
        assert_eq!(block("one\r\ntwo\u{1b}c\n"), "one\ntwo\\u{1b}c");
        assert_eq!(block("a\rb\u{2028}c"), r"a\rb\u{2028}c");
    }

    #[test]
    fn an_escape_that_was_typed_differs_from_one_that_was_made() {
        assert_eq!(line(r"a\nb"), r"a\\nb");
        assert_eq!(line("a\nb"), r"a\nb");
        assert_eq!(line("a\\\nb"), r"a\\\nb");
        assert_eq!(line(r"\u{202e}"), r"\\u{202e}");
    }

    #[test]
    fn no_text_is_a_command_in_the_middle_of_a_line() {
        for (text, shown) in [
            ("##[add-mask]7", r"#\u{23}[add-mask]7"),
            (
                "a ###[group]x ##vso[task.x]",
                r"a ##\u{23}[group]x #\u{23}vso[task.x]",
            ),
            ("## [x]", "## [x]"),
            ("# #[x] ##", "# #[x] ##"),
            ("é##[x]", r"é#\u{23}[x]"),
        ] {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn accents_do_not_pile_up_and_do_not_start_a_text() {
        assert_eq!(line("e\u{301}"), "e\u{301}");
        assert_eq!(
            line("e\u{301}\u{302}\u{303}\u{304}"),
            "e\u{301}\u{302}\\u{303}\\u{304}"
        );
        assert_eq!(line("\u{301}e"), r"\u{301}e");
        assert_eq!(line("\u{200b}\u{301}"), r"\u{200b}\u{301}");
        assert_eq!(exact_line("Zoe\u{301}"), r"Zoe\u{301}");
        assert_eq!(exact_line("Zoé"), "Zoé");
    }

    /// Takes the escapes back.
    fn original(shown: &str) -> String {
        let mut text = String::new();
        let mut rest = shown;
        while let Some((before, after)) = rest.split_once('\\') {
            text.push_str(before);
            let (c, taken) = match after.chars().next() {
                Some('n') => ('\n', 1),
                Some('r') => ('\r', 1),
                Some('t') => ('\t', 1),
                Some('u') => {
                    let (code, _) = after[2..].split_once('}').unwrap();
                    let c = char::from_u32(u32::from_str_radix(code, 16).unwrap());
                    (c.unwrap(), code.len() + 3)
                }
                Some('\\') => ('\\', 1),
                Some(_) | None => ('\\', 0),
            };
            text.push(c);
            rest = &after[taken..];
        }
        text.push_str(rest);
        text
    }

    proptest::proptest! {
        #[test]
        fn no_text_gets_through_and_none_is_lost(
            text in r"([\\nrtu{}a-c#\[\u{300}-\u{303}\u{0}-\u{1f}\u{80}-\u{9f}\u{200b}-\u{2069}]|.){0,40}"
        ) {
            for shown in [line(&text), exact_line(&text)] {
                proptest::prop_assert!(!shown.chars().any(is_unsafe));
                proptest::prop_assert!(!shown.contains("##["));
                proptest::prop_assert_eq!(original(&shown), text.clone());
            }
        }
    }
}
