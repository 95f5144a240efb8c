//! The one form of a roster's files: breaks of lines, blanks and indentation. Comments stay, and so
//! does what a file says.

use std::collections::BTreeMap;

use super::outline::{Style, Tree, trees};

/// Columns by which each level is further in.
const STEP: usize = 2;

/// Puts a file into form: LF, no blanks at the ends of lines, at most one empty line in a row, and
/// each level two columns further in than the one around it.
///
/// # Errors
/// The text is no YAML, or is written in a way that only a person can bring into form.
pub fn format(text: &str) -> Result<String, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let documents = trees(&text)?;
    let mut form = Form::default();
    let lines: Vec<&str> = text.lines().collect();
    for document in &documents {
        form.place(document, 0, &lines);
    }
    let formed = form.write(&lines);
    let same = trees(&formed).is_ok_and(|formed| all_same(&formed, &documents));
    match same {
        true => Ok(formed),
        false => Err(String::from(
            "it is written in a way that only you can bring into form",
        )),
    }
}

fn all_same(one: &[Tree], other: &[Tree]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
}

/// Whether two values say the same, wherever they stand.
fn same(one: &Tree, other: &Tree) -> bool {
    one.style == other.style
        && one.text == other.text
        && one.keys().eq(other.keys())
        && all_same(one.items(), other.items())
}

/// Where the lines of a file begin in the one form.
#[derive(Default)]
struct Form {
    /// By line, the columns of its first sign before and after.
    begins: BTreeMap<usize, (usize, usize)>,
    /// By line, the dashes in it that stand before something, and the columns behind them.
    dashes: BTreeMap<usize, Vec<(usize, usize)>>,
    /// Lines that go on with a value, and the line it begins in.
    inner: BTreeMap<usize, usize>,
}

impl Form {
    /// Finds the places of what is in a value that begins at that column.
    fn place(&mut self, tree: &Tree, column: usize, lines: &[&str]) {
        match tree.style {
            Style::BlockMap => {
                for (key, value) in tree.key_starts.iter().zip(tree.items()) {
                    self.begin(key.line, key.column, column, lines);
                    self.place(value, column + STEP, lines);
                    if !matches!(value.style, Style::BlockMap | Style::BlockList) {
                        self.go_on(key.line, value.last_line);
                    }
                }
            }
            Style::BlockList => {
                for item in tree.items() {
                    let (line, dash) = dash_of(item, lines);
                    self.begin(line, dash, column, lines);
                    if line == item.start.line {
                        self.dashes
                            .entry(line)
                            .or_default()
                            .push((dash, item.start.column));
                    }
                    self.place(item, column + STEP, lines);
                    if !matches!(item.style, Style::BlockMap | Style::BlockList) {
                        self.go_on(line, item.last_line);
                    }
                }
            }
            Style::FlowList | Style::FlowMap | Style::Leaf => {}
        }
    }

    /// A line whose first sign is that of a key or a dash.
    fn begin(&mut self, line: usize, before: usize, after: usize, lines: &[&str]) {
        if lines.get(line).is_some_and(|it| margin(it) == before) {
            self.begins.insert(line, (before, after));
        }
    }

    fn go_on(&mut self, first: usize, last: usize) {
        self.inner
            .extend((first + 1..=last).map(|line| (line, first)));
    }

    fn write(&self, lines: &[&str]) -> String {
        let mut text = String::new();
        let mut blank = true;
        for (at, line) in lines.iter().enumerate() {
            if let Some(owner) = self.inner.get(&at) {
                let (before, after) = self.begins.get(owner).copied().unwrap_or_default();
                let own = margin(line);
                let margin = (own + after).saturating_sub(before);
                if !line.trim().is_empty() {
                    text.push_str(&" ".repeat(margin));
                    text.push_str(line.trim_start_matches(' '));
                }
                text.push('\n');
                blank = false;
                continue;
            }
            let told = line.trim_end();
            if told.is_empty() {
                if !blank {
                    text.push('\n');
                }
                blank = true;
                continue;
            }
            blank = false;
            let column = match self.begins.get(&at) {
                Some((_, after)) => *after,
                None if told.trim_start().starts_with('#') => self.of_comment(at, margin(line)),
                None => margin(line),
            };
            text.push_str(&" ".repeat(column));
            text.push_str(&self.without_gaps(at, told));
            text.push('\n');
        }
        while text.ends_with("\n\n") {
            text.pop();
        }
        text
    }

    /// A line from its first sign on, with one space behind each dash.
    fn without_gaps(&self, at: usize, line: &str) -> String {
        let mut told = String::new();
        let mut from = margin(line);
        let signs: Vec<char> = line.chars().collect();
        for (dash, next) in self.dashes.get(&at).into_iter().flatten() {
            let gap = signs.get(dash + 1..*next).unwrap_or_default();
            if *dash >= from && !gap.is_empty() && gap.iter().all(|sign| *sign == ' ') {
                told.extend(&signs[from..=*dash]);
                told.push(' ');
                from = *next;
            }
        }
        told.extend(&signs[from.min(signs.len())..]);
        told
    }

    /// A comment goes with the line below that begins where it does, else with one above.
    fn of_comment(&self, at: usize, own: usize) -> usize {
        let below = self.begins.range(at..).next().map(|(_, it)| *it);
        match below {
            Some((before, after)) if before == own => after,
            _ => {
                let mut above = self.begins.range(..at).rev().map(|(_, it)| *it);
                let above = above.find(|(before, _)| *before <= own);
                let (before, after) = above.or(below).unwrap_or((own, own));
                if before == own {
                    after
                } else {
                    (own + after).saturating_sub(before)
                }
            }
        }
    }
}

/// The line and column of the dash that an item stands behind. (The parser tells none for a list
/// that begins in the column of its key.)
fn dash_of(item: &Tree, lines: &[&str]) -> (usize, usize) {
    let behind = |line: usize, limit: usize| {
        let signs: Vec<char> = lines.get(line)?.chars().take(limit).collect();
        let dashes = signs
            .iter()
            .take_while(|it| matches!(it, ' ' | '-'))
            .count();
        let ends = |at: &usize| signs.get(at + 1).is_none_or(|next| *next == ' ');
        (0..dashes).rev().find(|at| signs[*at] == '-' && ends(at))
    };
    let own = behind(item.start.line, item.start.column);
    let own = own.map(|column| (item.start.line, column));
    let above = || {
        (0..item.start.line)
            .rev()
            .find_map(|line| Some((line, behind(line, usize::MAX)?)))
    };
    own.or_else(above)
        .unwrap_or((item.start.line, item.start.column))
}

/// The spaces before the first sign of a line.
fn margin(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        let formed = format(text).unwrap();
        assert_eq!(formed, wanted, "{text}");
        assert_eq!(format(&formed).unwrap(), formed, "it is in form by now");
    }

    #[test]
    fn indentation_breaks_and_blanks_have_one_form() {
        check("people: []", "people: []\n");
        check(
            "\u{feff}a: 1  \r\n\r\n\r\n\r\nb: 2\r\n\r\n",
            "a: 1\n\nb: 2\n",
        );
        check(
            "people:\n- email: a@x.example\n  accounts:\n      wiki:\n         groups:\n         - One\n- email: b@x.example\n",
            "people:\n  - email: a@x.example\n    accounts:\n      wiki:\n        groups:\n          - One\n  - email: b@x.example\n",
        );
        check(
            "people:\n    -   email: a@x.example\n        note: >\n            Two\n            lines\n    - {email: b@x.example,\n       note: x}\n",
            "people:\n  - email: a@x.example\n    note: >\n        Two\n        lines\n  - {email: b@x.example,\n     note: x}\n",
        );
    }

    #[test]
    fn comments_stay_where_they_belong() {
        check(
            "# top\npeople:\n# the first\n- email: a@x.example # mail\n  # about the name\n  first_name: A\n  # at the end of a\n- email: b@x.example\n# last\n",
            "# top\npeople:\n  # the first\n  - email: a@x.example # mail\n    # about the name\n    first_name: A\n    # at the end of a\n  - email: b@x.example\n  # last\n",
        );
    }

    #[test]
    fn what_is_no_yaml_is_left_alone() {
        assert!(format("a: [\n").is_err());
    }
}
