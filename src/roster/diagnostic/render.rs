//! Diagnostics as text: code, place, excerpt with a marker, hint.
//!
//! Only the lines that are shown are handed to the excerpt writer, never a whole file: with a
//! 20 MB roster that is the difference between microseconds and a tenth of a second for each.

use std::collections::BTreeSet;
use std::io;

use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Severity, Sources, Span};

/// Characters of a source line that are shown at most; a longer one is cut around its marker.
const WIDTH: usize = 100;

/// Writes one diagnostic as an excerpt, followed by an empty line.
///
/// # Errors
/// Those of `out`.
pub fn render(
    diagnostic: &Diagnostic,
    sources: &Sources,
    colour: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = level
        .primary_title(printable(&diagnostic.message))
        .id(diagnostic.code.as_str())
        .elements(Vec::<Origin<'_>>::new());
    let main = diagnostic.place.iter().map(|place| (place, true));
    let related = diagnostic.related.iter().map(|place| (place, false));
    let mut columns = Vec::new();
    for ((span, label), primary) in main.chain(related) {
        group = show_place(
            group,
            diagnostic,
            sources,
            *span,
            label,
            primary,
            &mut columns,
        );
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = renderer
        .term_width(DEFAULT_TERM_WIDTH.max(WIDTH * 2))
        .render(&[group]);
    for (shown, right) in columns {
        text = text.replacen(&shown, &right, 1);
    }
    writeln!(out, "{text}\n")
}

/// Adds one place: path, line, column, and the line itself where it may be shown.
///
/// The excerpt writer counts columns from the start of what it is given; where a long line was
/// cut, its text and the right one go into `columns`.
fn show_place<'a>(
    group: Group<'a>,
    diagnostic: &Diagnostic,
    sources: &Sources,
    span: Span,
    label: &str,
    primary: bool,
    columns: &mut Vec<(String, String)>,
) -> Group<'a> {
    let Some(file) = sources.get(span.file()) else {
        return group;
    };
    let path = printable(&file.path);
    let hidden = diagnostic.hide_source || sources.is_hidden(span);
    let line = if hidden { None } else { file.line(span.line()) };
    let Some(line) = line else {
        let group = group.element(
            Origin::path(path)
                .line(span.line() as usize)
                .char_column(span.column() as usize),
        );
        let note = match (hidden, label.is_empty()) {
            (true, true) => String::from("the line is not shown, it may hold a secret"),
            (true, false) => format!(
                "{} (the line is not shown, it may hold a secret)",
                printable(label)
            ),
            (false, true) => return group,
            (false, false) => printable(label),
        };
        return group.element(Level::NOTE.message(note));
    };
    let excerpt = Excerpt::of(line, span);
    let kind = if primary {
        AnnotationKind::Primary
    } else {
        AnnotationKind::Context
    };
    let mut annotation = kind.span(excerpt.marked);
    if !label.is_empty() {
        annotation = annotation.label(printable(label));
    }
    if excerpt.column != span.column() as usize {
        let place = format!("{path}:{}", span.line());
        columns.push((
            format!("{place}:{}\n", excerpt.column),
            format!("{place}:{}\n", span.column()),
        ));
    }
    group.element(
        Snippet::source(excerpt.text)
            .line_start(span.line() as usize)
            .path(path)
            .annotation(annotation),
    )
}

/// One source line as it may be printed.
struct Excerpt {
    /// Safe for a terminal, at most [`WIDTH`] characters and two ellipses long.
    text: String,
    /// The bytes of `text` under the marker.
    marked: std::ops::Range<usize>,
    /// The column of the marker in `text`, from 1.
    column: usize,
}

impl Excerpt {
    fn of(line: &str, span: Span) -> Self {
        let before = (span.column() as usize).saturating_sub(1);
        // Long lines keep some room in front of the marker, for the key it belongs to.
        let first = if before + (span.length() as usize).min(WIDTH / 2) <= WIDTH {
            0
        } else {
            before - WIDTH / 3
        };
        let mut text = String::new();
        if first > 0 {
            text.push('…');
        }
        let mut start = None;
        let mut end = None;
        let mut cut = false;
        let stop = before.saturating_add(span.length() as usize);
        for (at, character) in line.chars().enumerate().skip(first) {
            if at >= first + WIDTH {
                cut = true;
                break;
            }
            if at == before {
                start = Some(text.len());
            }
            if at == stop {
                end = Some(text.len());
            }
            text.push(harmless(character));
        }
        let start = start.unwrap_or(text.len());
        let end = end.unwrap_or(text.len()).max(start);
        if cut {
            text.push('…');
        }
        Self {
            column: text[..start].chars().count() + 1,
            text,
            marked: start..end,
        }
    }
}

/// A text of the roster as one line that cannot move a terminal's cursor or change its colours.
fn printable(text: &str) -> String {
    text.chars().map(harmless).collect()
}

/// Control characters, and those that reorder or hide text, become the replacement character:
/// one for one, so that columns stay right. A tab becomes a space for the same reason.
fn harmless(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{E0000}'..='\u{E007F}' => '\u{FFFD}',
        other if other.is_control() => '\u{FFFD}',
        other => other,
    }
}

/// Writes problems as excerpts, at most [`MOST_SHOWN`] of them, and how many there are.
///
/// # Errors
/// Those of `out`.
pub fn render_all(
    diagnostics: &[Diagnostic],
    sources: &Sources,
    colour: bool,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for diagnostic in shown(diagnostics) {
        render(diagnostic, sources, colour, out)?;
    }
    render_summary(diagnostics, out)
}

/// So many problems of one roster are printed. One slip in a file that a program wrote makes one of
/// each line, and nobody reads more.
pub const MOST_SHOWN: usize = 200;

/// The problems that are printed, in their order: errors before any warning has its turn.
pub fn shown(diagnostics: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    let errors = count(diagnostics, Severity::Error).min(MOST_SHOWN);
    let mut left = [MOST_SHOWN - errors, errors];
    diagnostics.iter().filter(move |it| {
        let left = &mut left[usize::from(it.severity == Severity::Error)];
        let shows = *left > 0;
        *left = left.saturating_sub(1);
        shows
    })
}

/// Writes the closing line: how many errors and warnings in how many files. Nothing if there are
/// none.
fn render_summary(diagnostics: &[Diagnostic], out: &mut dyn io::Write) -> io::Result<()> {
    let errors = count(diagnostics, Severity::Error);
    let warnings = count(diagnostics, Severity::Warning);
    let parts: Vec<String> = [(errors, "error"), (warnings, "warning")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| plural(number, noun))
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    let files: BTreeSet<_> = diagnostics
        .iter()
        .filter_map(|diagnostic| Some(diagnostic.place.as_ref()?.0.file()))
        .collect();
    let place = match files.len() {
        0 => String::new(),
        number => format!(" in {}", plural(number, "file")),
    };
    let hidden = match diagnostics.len().saturating_sub(MOST_SHOWN) {
        0 => String::new(),
        hidden => format!("; {hidden} of them are not shown"),
    };
    writeln!(out, "{}{place}{hidden}", parts.join(", "))
}

fn count(diagnostics: &[Diagnostic], severity: Severity) -> usize {
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == severity)
        .count()
}

fn plural(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::diagnostic::{Code, FileId};

    #[test]
    fn errors_are_shown_before_warnings_and_only_so_many() {
        let problem = |warns: bool, line| match warns {
            true => Diagnostic::warning(Code::WrongType, span(line, 1, 1), "w"),
            false => Diagnostic::error(Code::WrongType, span(line, 1, 1), "e"),
        };
        let few: Vec<_> = (1..=3).map(|line| problem(line == 2, line)).collect();
        assert!(super::shown(&few).eq(&few), "all of few, in their order");
        let many: Vec<_> = (1..=1_000)
            .map(|line| problem(line % 4 != 0, line))
            .collect();
        let errors = super::shown(&many)
            .filter(|it| it.severity == Severity::Error)
            .count();
        assert_eq!(
            (super::shown(&many).count(), errors),
            (MOST_SHOWN, MOST_SHOWN)
        );
        let mut out = Vec::new();
        render_all(&many, &Sources::default(), false, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.ends_with("250 errors, 750 warnings in 1 file; 800 of them are not shown\n"));
        assert_eq!(text.matches("error[").count(), MOST_SHOWN);
    }

    fn span(line: u32, column: u32, length: u32) -> Span {
        Span::new(FileId(0), line, column, length)
    }

    fn sources(text: &str) -> Sources {
        let mut sources = Sources::default();
        sources.add("users.yaml", text);
        sources
    }

    fn shown(diagnostic: &Diagnostic, sources: &Sources) -> String {
        let mut out = Vec::new();
        render(diagnostic, sources, false, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn marks_exactly_the_value() {
        let sources = sources("people:\n  - email: a@example.com\n    profiles: [analist]\n");
        let diagnostic = Diagnostic::error(
            Code::UnknownProfile,
            span(3, 16, 7),
            "there is no profile `analist`",
        )
        .label("not under `profiles`")
        .related(span(1, 1, 6), "the list")
        .help("did you mean `analyst`?");
        insta::assert_snapshot!(shown(&diagnostic, &sources), @r"
        error[unknown-profile]: there is no profile `analist`
         --> users.yaml:3:16
          |
        3 |     profiles: [analist]
          |                ^^^^^^^ not under `profiles`
          |
         ::: users.yaml:1:1
          |
        1 | people:
          | ------ the list
          |
          = help: did you mean `analyst`?
        ");
    }

    #[test]
    fn a_hidden_line_shows_its_place_only() {
        let mut sources = sources("auth:\n  token: hunter2\n");
        sources.hide(FileId(0), 1..=2);
        let diagnostic = Diagnostic::error(Code::Syntax, span(2, 10, 7), "not YAML").label("here");
        let text = shown(&diagnostic, &sources);
        assert!(!text.contains("hunter2"), "{text}");
        insta::assert_snapshot!(text, @r"
        error[syntax]: not YAML
        --> users.yaml:2:10
         = note: here (the line is not shown, it may hold a secret)
        ");
    }

    #[test]
    fn nothing_of_the_file_reaches_a_terminal_raw() {
        let sources = sources("a: \u{1b}[31mred\u{202e}\u{9b}0m\n");
        let diagnostic = Diagnostic::error(Code::ControlCharacter, span(1, 4, 1), "bad \u{1b}[0m")
            .label("\u{7}")
            .help("\r\nno");
        let text = shown(&diagnostic, &sources);
        assert!(
            !text
                .chars()
                .any(|character| character.is_control() && character != '\n'),
            "{text:?}"
        );
        assert!(!text.contains('\u{202e}'));
    }

    #[test]
    fn a_long_line_is_cut_around_its_marker() {
        let line = format!("{}WRONG{}", "x".repeat(500_000), "y".repeat(500_000));
        let sources = sources(&line);
        let text = shown(
            &Diagnostic::error(Code::WrongType, span(1, 500_001, 5), "no"),
            &sources,
        );
        assert!(text.len() < 600, "{}", text.len());
        assert!(text.contains("users.yaml:1:500001"), "{text}");
        assert!(text.contains("xxWRONGyy"), "{text}");
        assert!(text.contains(" ^^^^^\n"), "{text}");
    }

    #[test]
    fn places_that_are_not_there_do_no_harm() {
        let sources = sources("a: ä\n");
        for place in [
            span(0, 0, 0),
            span(1, 900, 4),
            span(900, 1, 1),
            span(1, 4, u32::MAX),
            span(1, u32::MAX, u32::MAX),
            Span::NOWHERE,
        ] {
            let text = shown(&Diagnostic::error(Code::Syntax, place, "no"), &sources);
            assert!(text.starts_with("error[syntax]: no"), "{text}");
        }
        let text = shown(&Diagnostic::placeless(Code::NoRoster, "none"), &sources);
        assert_eq!(text, "error[no-roster]: none\n\n");
    }

    #[test]
    fn the_summary_counts_and_bends() {
        let error = Diagnostic::error(Code::Syntax, span(1, 1, 1), "");
        let warning = Diagnostic::warning(Code::UnknownSlug, span(1, 1, 1), "");
        let placeless = Diagnostic::placeless(Code::NoRoster, "");
        for (list, wanted) in [
            (vec![], ""),
            (vec![error.clone()], "1 error in 1 file\n"),
            (
                vec![error.clone(), error.clone(), warning],
                "2 errors, 1 warning in 1 file\n",
            ),
            (vec![placeless], "1 error\n"),
        ] {
            let mut out = Vec::new();
            render_summary(&list, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), wanted);
        }
    }
}
