//! Pages that are asked for before those in front of them have come, where their places can be
//! told: what comes back is looked at in the same order, with the same checks, as one by one.

use std::pin::Pin;

use futures::stream::{FuturesOrdered, StreamExt as _};

/// Pages under way at most: enough to hide the way there and back, few enough that the vendor's
/// other calls keep their share of the limits.
const MOST: usize = 4;

/// The pages of one list that are under way, by offset (or index).
pub struct Prefetcher<'a, T> {
    most: usize,
    under_way: FuturesOrdered<Asked<'a, T>>,
    /// Where the page behind the last of them begins.
    next: u64,
}

/// A page that was asked for, with its place.
type Asked<'a, T> = Pin<Box<dyn Future<Output = (u64, T)> + Send + 'a>>;

impl<'a, T: 'a> Prefetcher<'a, T> {
    /// Nothing asked for yet; `concurrency` is the vendor's.
    pub fn new(concurrency: usize) -> Self {
        Self {
            most: concurrency.min(MOST),
            under_way: FuturesOrdered::new(),
            next: 0,
        }
    }

    /// The page at that place, if it was asked for. Whatever was asked for in vain is forgotten.
    pub async fn take(&mut self, place: u64) -> Option<T> {
        let (at, page) = self.under_way.next().await?;
        if at == place {
            return Some(page);
        }
        self.forget();
        None
    }

    /// Asks for the pages from `place` on, `step` apart, that begin before `end`; `ask` sends a
    /// call. Those under way already are not asked for again.
    pub fn ask<F>(&mut self, place: u64, step: u64, end: u64, ask: impl Fn(u64) -> F)
    where
        F: Future<Output = T> + Send + 'a,
    {
        if self.under_way.is_empty() {
            self.next = place;
        }
        while step > 0 && self.next < end && self.under_way.len() < self.most {
            let at = self.next;
            let page = ask(at);
            self.under_way
                .push_back(Box::pin(async move { (at, page.await) }));
            self.next = at.saturating_add(step);
        }
    }

    /// Forgets what is under way: the list does not go on as it was expected to.
    pub fn forget(&mut self) {
        self.under_way = FuturesOrdered::new();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn pages_come_in_order_and_a_few_at_a_time() {
        let asked = Mutex::new(Vec::new());
        let ask = |at| {
            asked.lock().unwrap().push(at);
            async move { at }
        };
        let mut ahead = Prefetcher::new(64);
        assert_eq!(ahead.take(0).await, None);
        ahead.ask(100, 100, 620, ask);
        assert_eq!(*asked.lock().unwrap(), [100, 200, 300, 400]);
        for at in [100, 200, 300, 400, 500, 600] {
            assert_eq!(ahead.take(at).await, Some(at));
            ahead.ask(at + 100, 100, 620, ask);
        }
        assert_eq!(*asked.lock().unwrap(), [100, 200, 300, 400, 500, 600]);
        assert_eq!(ahead.take(700).await, None);
    }

    #[tokio::test]
    async fn a_list_that_goes_on_elsewhere_is_walked() {
        let ask = |at| async move { at };
        let mut ahead = Prefetcher::new(2);
        ahead.ask(100, 100, 1_000, ask);
        assert_eq!(ahead.take(150).await, None);
        assert_eq!(ahead.take(200).await, None, "nothing is left of the guess");
        ahead.ask(150, 100, 1_000, ask);
        assert_eq!(ahead.take(150).await, Some(150));
        ahead.ask(250, 0, 1_000, ask);
        assert_eq!(ahead.take(250).await, Some(250));
        assert_eq!(ahead.take(350).await, None);
    }
}
