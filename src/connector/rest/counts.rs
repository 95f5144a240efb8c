//! What the pages of one list say of its length: a count proves nothing by itself, and some vendors
//! count what one page holds. Pure.

/// What to make of pages each of which counts no more than itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageCounts {
    /// They add up to the count of the list.
    Sum,
    /// They say nothing of the list.
    Ignored,
    /// They are wrong: what is counted is the list, and the page behind its end counts it, too.
    Wrong,
}

/// The pages of one list, as they arrive.
#[derive(Debug)]
pub(super) struct Counts {
    of_pages: PageCounts,
    /// Each page's own count and length, of those that brought something.
    pages: Vec<(Option<u64>, u64)>,
    again: bool,
}

impl Counts {
    /// No page yet.
    pub(super) fn new(of_pages: PageCounts) -> Self {
        Self {
            of_pages,
            pages: Vec::new(),
            again: false,
        }
    }

    /// Takes the count of a page; `fresh`: it brought something new, or is the only one.
    pub(super) fn take(&mut self, count: Option<u64>, length: u64, fresh: bool) {
        if fresh || self.of_pages == PageCounts::Wrong {
            self.pages.push((count, length));
        }
    }

    /// A page that was asked for beyond the others was one of them again.
    pub(super) fn again(&mut self) {
        self.again = true;
    }

    /// The vendor's count of the whole list: that of the last page.
    pub(super) fn whole(&self) -> Option<u64> {
        match (self.each_counts_itself(), self.of_pages) {
            (true, PageCounts::Sum) => Some(self.pages.iter().map(|(_, length)| length).sum()),
            (true, PageCounts::Ignored) => None,
            (true, PageCounts::Wrong) | (false, _) => self.pages.last()?.0,
        }
    }

    /// What speaks against the list, whatever was read of it.
    pub(super) fn doubt(&self) -> Option<String> {
        let (last, _) = self.pages.last()?;
        let mut counts = self.pages.iter().map(|(count, _)| count);
        let text = if self.again {
            "the list begins with its first accounts again where its end should be, so that what \
             comes behind them cannot be seen"
        } else if self.each_counts_itself() || counts.all(|count| count == last) {
            return None;
        } else if self.pages.iter().any(|(count, _)| count.is_none()) {
            // Where counts are a help and no proof, only the last one is believed.
            if last.is_none() && self.of_pages == PageCounts::Ignored {
                return None;
            }
            "not every page gave the vendor's count"
        } else {
            "the vendor's count changed while the list was read"
        };
        Some(text.to_owned())
    }

    fn each_counts_itself(&self) -> bool {
        let itself = |(count, length): &(Option<u64>, u64)| *count == Some(*length);
        self.of_pages != PageCounts::Wrong && self.pages.len() > 1 && self.pages.iter().all(itself)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(of_pages: PageCounts, pages: &[(Option<u64>, u64)]) -> (Option<u64>, Option<String>) {
        let mut counts = Counts::new(of_pages);
        for (count, length) in pages {
            counts.take(*count, *length, *length > 0);
        }
        (counts.whole(), counts.doubt())
    }

    #[test]
    fn a_count_is_of_all_pages_or_of_each() {
        let counts = |pages| told(PageCounts::Sum, pages);
        assert_eq!(counts(&[]), (None, None));
        assert_eq!(counts(&[(Some(2), 2)]), (Some(2), None));
        assert_eq!(counts(&[(Some(5), 3), (Some(5), 2)]), (Some(5), None));
        assert_eq!(counts(&[(Some(3), 3), (Some(2), 2)]), (Some(5), None));
        assert_eq!(counts(&[(None, 3), (None, 2)]), (None, None));
        let (_, changed) = counts(&[(Some(5), 3), (Some(6), 2)]);
        assert!(changed.unwrap().contains("changed"));
        let (_, silent) = counts(&[(Some(5), 3), (None, 2)]);
        assert!(silent.unwrap().contains("not every page"));
    }

    #[test]
    fn what_each_page_counts_is_a_sum_or_nothing_or_wrong() {
        let pages = [(Some(3), 3), (Some(2), 2), (Some(0), 0)];
        assert_eq!(told(PageCounts::Sum, &pages), (Some(5), None));
        assert_eq!(told(PageCounts::Ignored, &pages), (None, None));
        let (_, changed) = told(PageCounts::Wrong, &pages);
        assert!(changed.unwrap().contains("changed"));
        let last = [(Some(5), 3), (None, 2)];
        assert_eq!(told(PageCounts::Ignored, &last), (None, None));
    }
}
