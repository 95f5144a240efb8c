//! What the pages of one list say of its length: a count proves nothing by itself, and some vendors
//! count what one page holds. Pure.

/// The pages of one list, as they arrive.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Each page's own count and length, of those that brought something.
    pages: Vec<(Option<u64>, u64)>,
    again: bool,
}

impl Counts {
    /// Takes a page that brought something new, or the only one.
    pub(super) fn take(&mut self, count: Option<u64>, length: u64) {
        self.pages.push((count, length));
    }

    /// A page that was asked for beyond the others was one of them again.
    pub(super) fn again(&mut self) {
        self.again = true;
    }

    /// The vendor's count of the whole list: that of the last page, or the sum where each page
    /// counts just itself.
    pub(super) fn whole(&self) -> Option<u64> {
        match self.each_counts_itself() {
            true => Some(self.pages.iter().map(|(_, length)| length).sum()),
            false => self.pages.last()?.0,
        }
    }

    /// What speaks against the list, whatever was read of it.
    pub(super) fn doubt(&self) -> Option<String> {
        let (last, _) = self.pages.last()?;
        let counts: Vec<u64> = self.pages.iter().filter_map(|(count, _)| *count).collect();
        let text = if self.again {
            "the list begins with its first accounts again where its end should be, so that what \
             comes behind them cannot be seen"
        } else if self.each_counts_itself() || self.pages.iter().all(|(count, _)| count == last) {
            return None;
        } else if counts.len() < self.pages.len() {
            "not every page gave the vendor's count"
        } else {
            "the vendor's count changed while the list was read"
        };
        Some(text.to_owned())
    }

    fn each_counts_itself(&self) -> bool {
        let itself = |(count, length): &(Option<u64>, u64)| *count == Some(*length);
        self.pages.len() > 1 && self.pages.iter().all(itself)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_of_all_pages_or_of_each() {
        let counts = |pages: &[(Option<u64>, u64)]| {
            let mut counts = Counts::default();
            for (count, length) in pages {
                counts.take(*count, *length);
            }
            (counts.whole(), counts.doubt())
        };
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
}
