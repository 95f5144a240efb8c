//! A page of bounded length: what does not fit is counted, and the page says so at its end.

/// Bytes kept free for the end of the page.
const TAIL: usize = 512;
/// Bytes that one of many blocks may always use, so that the first ones of very many are shown.
const LEAST_SHARE: usize = 512;
/// Bytes around a summary and its lines, and of the note on those that are missing; more than enough.
const FOLD: usize = 128;
const CLOSE: &str = "\n</details>\n\n";

/// A growing page.
#[derive(Debug)]
pub(super) struct Page {
    text: String,
    limit: usize,
    /// Bytes that the present section may reach.
    reach: usize,
    /// What was left out, section by section.
    cut: Vec<(&'static str, usize)>,
}

impl Page {
    /// An empty page of at most so many bytes, and so at most so many characters.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            limit,
            reach: limit.saturating_sub(TAIL),
            cut: Vec::new(),
        }
    }

    /// Lets the sections that follow use so much of the page, so that one that is long leaves
    /// room for those behind it.
    pub(super) fn reach(&mut self, percent: usize) {
        self.reach = self.limit.saturating_sub(TAIL) / 100 * percent.min(100);
    }

    /// Lets `fill` use all of the room but what `folds` need behind it, of which they get two fifths
    /// at most.
    pub(super) fn before(&mut self, folds: &[(String, Vec<String>)], fill: impl FnOnce(&mut Self)) {
        let need = folds.iter().map(|(summary, lines)| {
            let lines: usize = lines.iter().map(String::len).sum();
            FOLD + summary.len() + lines
        });
        let (need, reach) = (need.sum::<usize>(), self.reach);
        let most = reach.saturating_sub(self.text.len()) / 5 * 2;
        self.reach = reach - need.min(most);
        fill(self);
        self.reach = reach;
    }

    /// Adds a text if it fits.
    pub(super) fn add(&mut self, text: &str) -> bool {
        let fits = self.text.len() + text.len() <= self.reach;
        if fits {
            self.text.push_str(text);
        }
        fits
    }

    /// Adds the heading of a section; where it does not fit, its `count` things are left out.
    pub(super) fn heading(&mut self, section: &'static str, text: &str, count: usize) -> bool {
        if count == 0 {
            return false;
        }
        let fits = self.add(text);
        if !fits {
            self.leave_out(section, count);
        }
        fits
    }

    /// Adds lines until one does not fit, and counts those left out for a section.
    pub(super) fn lines(&mut self, section: &'static str, lines: &[String]) {
        let fitting = lines.iter().take_while(|line| self.add(line)).count();
        self.leave_out(section, lines.len() - fitting);
    }

    /// Adds blocks that open to their lines. Each gets its share of the room, so that a long one
    /// leaves the others their place; `more` says that other lines follow in the same section.
    pub(super) fn folds(
        &mut self,
        section: &'static str,
        folds: &[(String, Vec<String>)],
        more: bool,
    ) {
        let reach = self.reach;
        for (at, (summary, lines)) in folds.iter().enumerate() {
            let sharers = folds.len() - at + usize::from(more);
            let share = reach.saturating_sub(self.text.len()) / sharers;
            self.reach = reach.min(self.text.len() + share.max(LEAST_SHARE));
            self.fold(section, summary, lines);
        }
        self.reach = reach;
    }

    /// Adds a block that opens to its lines. Where not all fit, the block says how many are
    /// missing; where none would, all of it is left out.
    pub(super) fn fold(&mut self, section: &'static str, summary: &str, lines: &[String]) {
        let open = format!("<details><summary>{summary}</summary>\n\n");
        let note = |left: usize| format!("- … {left} more, not shown here\n");
        // The longest note there can be.
        let closing = CLOSE.len() + note(lines.len()).len();
        let reach = self.reach;
        self.reach = reach.saturating_sub(closing);
        if !self.add(&open) {
            self.reach = reach;
            self.leave_out(section, lines.len());
            return;
        }
        let fitting = lines.iter().take_while(|line| self.add(line)).count();
        self.reach = reach;
        let left = lines.len() - fitting;
        if left > 0 {
            self.text.push_str(&note(left));
            self.leave_out(section, left);
        }
        self.text.push_str(CLOSE);
    }

    fn leave_out(&mut self, section: &'static str, count: usize) {
        if count == 0 {
            return;
        }
        match self.cut.iter_mut().find(|(name, _)| *name == section) {
            Some((_, sum)) => *sum += count,
            None => self.cut.push((section, count)),
        }
    }

    /// The page, with what was left out named at its end.
    pub(super) fn finish(mut self) -> String {
        if !self.cut.is_empty() {
            let cut: Vec<String> = self
                .cut
                .iter()
                .map(|(section, count)| format!("{count} of {section}"))
                .collect();
            self.text.push_str(&format!(
                "\n**Cut for length:** {} not shown here; the text plan (with -v) and the JSON plan have everything.\n",
                cut.join(", ")
            ));
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_fold_leaves_the_others_their_place() {
        let long: Vec<String> = (0..1000).map(|at| format!("- line {at}\n")).collect();
        let folds = [
            (String::from("first"), long.clone()),
            (String::from("second"), long.clone()),
            (String::from("third"), vec![String::from("- alone\n")]),
        ];
        let mut page = Page::new(4000);
        page.folds("changes", &folds, true);
        page.lines("changes", &long);
        let text = page.finish();
        assert!(text.len() <= 4000, "{}", text.len());
        for part in ["first", "second", "third", "- alone"] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        assert!(text.contains("</details>\n\n- line 0\n"), "{text}");
    }

    #[test]
    fn a_fold_that_does_not_fit_is_cut_and_closed() {
        let lines: Vec<String> = (0..1000).map(|at| format!("- line {at}\n")).collect();
        let mut page = Page::new(2000);
        page.fold("changes", "all", &lines);
        page.fold("notices", "more", &lines);
        let text = page.finish();
        assert!(text.len() <= 2000, "{}", text.len());
        assert_eq!(text.matches("<details>").count(), 1);
        assert_eq!(text.matches("</details>").count(), 1);
        let shown = text.matches("- line").count();
        let left = 1000 - shown;
        assert!(shown > 50);
        assert!(text.contains(&format!("- … {left} more, not shown here\n")));
        assert!(
            text.contains(&format!("{left} of changes, 1000 of notices")),
            "{text}"
        );
    }
}
