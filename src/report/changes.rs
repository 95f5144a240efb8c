//! The changes of one action, line by line: `attribute  before → after`, members of sets that come
//! and go, word differences of long texts.

use std::io;

use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::utils::TextDiffRemapper;
use similar::{ChangeTag, DiffableStr as _};

use super::layout::{column, width};
use super::sanitize::{exact_line, has_marks, line};
use super::style::{Style, Tone};
use crate::model::action::{Action, ActionKind, Change};
use crate::model::value::{Value, beyond};

/// Texts longer than this are shown one below the other.
const LONG: usize = 60;
/// And so are two texts that are longer together: a line of both would not fit on a screen.
const LONG_PAIR: usize = 90;
/// Bytes up to which two texts are compared word by word. The comparison is quadratic at worst,
/// and nobody looks for one word in more.
const COMPARED: usize = 8 * 1024;
const INDENT: &str = "      ";

/// Writes the changes of an action, indented below its head line.
pub(super) fn write(action: &Action, style: Style, out: &mut dyn io::Write) -> io::Result<()> {
    let rows: Vec<(String, Shape)> = action
        .changes
        .iter()
        .map(|change| (line(&change.attribute), shape(action.kind, change)))
        .collect();
    let names = column(rows.iter().map(|(name, _)| name));
    let befores = column(rows.iter().filter_map(|(_, shape)| match shape {
        Shape::FromTo(before, _) => Some(before),
        Shape::Set(_) | Shape::Lines(_) => None,
    }));
    for (name, shape) in rows {
        match shape {
            Shape::Set(value) => writeln!(out, "{INDENT}{name:<names$}  {value}")?,
            Shape::FromTo(before, after) => writeln!(
                out,
                "{INDENT}{name:<names$}  {} → {}",
                style.paint(Tone::Aside, format!("{before:<befores$}")),
                after
            )?,
            Shape::Lines(lines) => {
                let mut name = name.as_str();
                for (tone, line) in lines {
                    let line = style.paint(tone, line);
                    writeln!(out, "{INDENT}{name:<names$}  {line}")?;
                    name = "";
                }
            }
        }
    }
    Ok(())
}

/// How one change is shown.
enum Shape {
    /// The value alone: nothing was there before.
    Set(String),
    /// Both values in one line.
    FromTo(String, String),
    /// Something in each line.
    Lines(Vec<(Tone, String)>),
}

fn shape(kind: ActionKind, change: &Change) -> Shape {
    let Change {
        attribute: _,
        before,
        after,
    } = change;
    match (before, after) {
        (None, after) if kind == ActionKind::Create => Shape::Set(value(after)),
        (Some(Value::Set(before)), Value::Set(after)) => members(before, after),
        (None, Value::Set(after)) => members(&[], after),
        (Some(Value::Text(before)), Value::Text(after)) => texts(before, after),
        (before, after) => {
            let before = before
                .as_ref()
                .map_or_else(|| String::from("(none)"), value);
            from_to(before, value(after))
        }
    }
}

/// Which members come and go, and how many stay.
fn members(before: &[Box<str>], after: &[Box<str>]) -> Shape {
    let added = beyond(after, before);
    let removed: Vec<_> = beyond(before, after).collect();
    let staying = before.len() - removed.len();
    let mut lines: Vec<(Tone, String)> = added
        .map(|item| (Tone::Good, format!("+ {}", quoted(item))))
        .chain(
            removed
                .into_iter()
                .map(|item| (Tone::Bad, format!("- {}", quoted(item)))),
        )
        .collect();
    match (after.is_empty(), staying) {
        (true, _) => lines.push((Tone::Aside, String::from("  (then empty)"))),
        (false, 0) => {}
        (false, 1) => lines.push((Tone::Aside, String::from("  (1 stays)"))),
        (false, staying) => lines.push((Tone::Aside, format!("  ({staying} stay)"))),
    }
    Shape::Lines(lines)
}

fn texts(before: &str, after: &str) -> Shape {
    let show = honest(before, after);
    from_to(quoted_by(before, show), quoted_by(after, show))
}

/// How to show two texts so that they look different where they are.
pub(super) fn honest(before: &str, after: &str) -> fn(&str) -> String {
    if has_marks(before) == has_marks(after) {
        line
    } else {
        exact_line
    }
}

fn from_to(before: String, after: String) -> Shape {
    if fit_a_line(width(&before), width(&after)) {
        Shape::FromTo(before, after)
    } else {
        below(before, after)
    }
}

/// Both texts one below the other, the words that differ marked.
fn below(before: String, after: String) -> Shape {
    let (old, new) = match marked(&before, &after) {
        Some(marked) => marked,
        None => (before, after),
    };
    Shape::Lines(vec![
        (Tone::Bad, format!("- {old}")),
        (Tone::Good, format!("+ {new}")),
    ])
}

/// Two texts that stand one below the other, word by word; `None` where they are short, where next
/// to nothing stays, or where the comparison would take too long.
pub(super) fn words<'a>(before: &'a str, after: &'a str) -> Option<Vec<(ChangeTag, &'a str)>> {
    let (old, new) = (width(before), width(after));
    if fit_a_line(old, new) || before.len() + after.len() > COMPARED {
        return None;
    }
    let words = compare(before, after);
    let staying = words.iter().filter(|(tag, _)| *tag == ChangeTag::Equal);
    let same: usize = staying.map(|(_, words)| words.trim().len()).sum();
    (same * 4 > before.len().max(after.len())).then_some(words)
}

/// What `similar::utils::diff_words` gives with Myers' algorithm. That one chooses among all of its
/// algorithms and ways of access while it runs, and has 400 KB of code for those never chosen.
fn compare<'a>(before: &'a str, after: &'a str) -> Vec<(ChangeTag, &'a str)> {
    let (old, new) = (before.tokenize_words(), after.tokenize_words());
    let mut hook = Compact::new(Replace::new(Capture::new()), &old[..], &new[..]);
    let Ok(()) = myers::diff(&mut hook, &old[..], 0..old.len(), &new[..], 0..new.len());
    let operations = hook.into_inner().into_inner().into_ops();
    let remapper = TextDiffRemapper::new(&old, &new, before, after);
    let slices = operations.iter().flat_map(|op| remapper.iter_slices(op));
    slices.collect()
}

fn fit_a_line(old: usize, new: usize) -> bool {
    old <= LONG && new <= LONG && old + new <= LONG_PAIR
}

/// Marks what goes as `[-…-]` and what comes as `{+…+}`; not where that would mislead because a
/// text holds such marks itself.
fn marked(before: &str, after: &str) -> Option<(String, String)> {
    let marks = ["[-", "-]", "{+", "+}"];
    let misleads = |text: &str| marks.iter().any(|mark| text.contains(mark));
    if misleads(before) || misleads(after) {
        return None;
    }
    let (mut old, mut new) = (String::new(), String::new());
    for (tag, words) in words(before, after)? {
        match tag {
            ChangeTag::Equal => {
                old.push_str(words);
                new.push_str(words);
            }
            ChangeTag::Delete => mark(&mut old, "[-", words, "-]"),
            ChangeTag::Insert => mark(&mut new, "{+", words, "+}"),
        }
    }
    // The space between two words that both differ counts as the same; two marks become one.
    Some((old.replace("-] [-", " "), new.replace("+} {+", " ")))
}

/// Puts a mark around words, leaving the space beside them outside.
fn mark(text: &mut String, open: &str, words: &str, close: &str) {
    let inner = words.trim_matches(' ');
    if inner.is_empty() {
        text.push_str(open);
        text.push_str(words);
        text.push_str(close);
        return;
    }
    let lead = words.len() - words.trim_start_matches(' ').len();
    let (before, rest) = words.split_at(lead);
    let after = &rest[inner.len()..];
    for part in [before, open, inner, close, after] {
        text.push_str(part);
    }
}

/// A value in one line.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => quoted(text),
        Value::Set(items) if items.is_empty() => String::from("(empty)"),
        Value::Set(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| {
                    let item = quoted(item);
                    if item.contains(',') && !item.starts_with('"') {
                        format!("\"{item}\"")
                    } else {
                        item
                    }
                })
                .collect();
            items.join(", ")
        }
    }
}

fn quoted(text: &str) -> String {
    quoted_by(text, line)
}

/// A text in quotes where it would be misread without: as nothing, as a flag, as two values, or
/// as a text without the spaces around it.
fn quoted_by(text: &str, show: fn(&str) -> String) -> String {
    let text = show(text);
    let misread = text.is_empty()
        || text.starts_with([' ', '"', '(', '+', '-'])
        || text.ends_with(' ')
        || text.contains("  ")
        || text.contains('→')
        || matches!(text.as_str(), "true" | "false");
    if misread { format!("\"{text}\"") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{change, update};

    proptest::proptest! {
        #[test]
        fn words_are_compared_as_the_crate_does_it(
            before in "([a-d]{1,2}[ \\t\\n]{0,2}){0,160}",
            after in "([a-d]{1,2}[ \\t\\n]{0,2}){0,160}",
        ) {
            let theirs = similar::utils::diff_words(similar::Algorithm::Myers, &*before, &*after);
            proptest::prop_assert_eq!(compare(&before, &after), theirs);
        }
    }

    #[track_caller]
    fn check(before: Option<Value>, after: Value, shown: &str) {
        let action = update("ada@example.com", vec![change("attribute", before, after)]);
        let mut out = Vec::new();
        write(&action, Style::default(), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = out
            .lines()
            .map(|line| line.strip_prefix("      ").unwrap())
            .collect();
        assert_eq!(lines.join("\n"), shown);
    }

    fn text(text: &str) -> Value {
        Value::text(text)
    }

    #[test]
    fn scalars_stand_in_one_line() {
        check(
            Some(text("customer_user")),
            text("customer_group_admin"),
            "attribute  customer_user → customer_group_admin",
        );
        check(None, text("Europe"), "attribute  (none) → Europe");
        check(
            Some(Value::Flag(false)),
            Value::Flag(true),
            "attribute  false → true",
        );
        check(Some(text("Europe")), text(""), "attribute  Europe → \"\"");
    }

    #[test]
    fn what_could_be_misread_is_quoted() {
        check(Some(text("Ada ")), text("Ada"), "attribute  \"Ada \" → Ada");
        check(
            Some(text("true")),
            Value::Flag(true),
            "attribute  \"true\" → true",
        );
        check(
            Some(text("(none)")),
            text("a → b"),
            "attribute  \"(none)\" → \"a → b\"",
        );
        check(
            Some(text("Zoe\u{301}")),
            text("Zoé"),
            "attribute  Zoe\\u{301} → Zoé",
        );
    }

    #[test]
    fn sets_show_what_comes_goes_and_stays() {
        check(
            Some(Value::set(["Old Role", "Viewer", "Auditor"])),
            Value::set(["Risk Reader", "Viewer", "Auditor"]),
            "attribute  + Risk Reader\n           - Old Role\n             (2 stay)",
        );
        check(
            Some(Value::set(["Viewer"])),
            Value::set::<&str>([]),
            "attribute  - Viewer\n             (then empty)",
        );
        check(None, Value::set(["A"]), "attribute  + A");
    }

    #[test]
    fn long_texts_are_compared_by_words() {
        check(
            Some(text(
                "Head of operational risk and controls for the northern region",
            )),
            text("Head of enterprise risk and controls for the northern region, acting"),
            "attribute  - Head of [-operational-] risk and controls for the northern [-region-]\n           \
             + Head of {+enterprise+} risk and controls for the northern {+region, acting+}",
        );
    }

    #[test]
    fn long_texts_with_little_in_common_or_with_marks_of_their_own_stand_bare() {
        let a = "a".repeat(70);
        let b = "b".repeat(70);
        check(
            Some(text(&a)),
            text(&b),
            &format!("attribute  - {a}\n           + {b}"),
        );
        let tricky = format!("{a} [-gone-]");
        check(
            Some(text(&tricky)),
            text(&a),
            &format!("attribute  - {tricky}\n           + {a}"),
        );
    }

    #[test]
    fn a_create_lists_values_only() {
        let mut action = update(
            "ada@example.com",
            vec![
                change("group", None, Value::set(["A, B", "C"])),
                change("ui_access", None, Value::Flag(true)),
            ],
        );
        action.kind = ActionKind::Create;
        let mut out = Vec::new();
        write(&action, Style::default(), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "      group      \"A, B\", C\n      ui_access  true\n"
        );
    }
}
