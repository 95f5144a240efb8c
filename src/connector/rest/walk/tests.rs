//! The loop by itself: what ends a list, what is counted, and what speaks against it.

use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::http::{ApiConfig, Backoff, Clock, Permit, Redactor, Transport};
use crate::roster::model::Limits;

/// A server: what it shows at a place, and what it was asked for. An entry `?` has no key.
struct Server<S> {
    shows: S,
    asked: Mutex<Vec<PagePlace>>,
}

impl<S> Source for Server<S>
where
    S: Fn(&PagePlace) -> (Vec<&'static str>, Option<u64>, Next) + Sync,
{
    type Entry = &'static str;

    async fn ask(&self, place: PagePlace) -> Result<Page<&'static str>, HttpError> {
        let (entries, total, next) = (self.shows)(&place);
        self.asked.lock().unwrap().push(place);
        Ok(Page {
            entries,
            total,
            next,
            cut: false,
            wrapped: true,
        })
    }

    fn key<'e>(&self, entry: &'e &'static str) -> Option<Cow<'e, str>> {
        (*entry != "?").then_some(Cow::Borrowed(*entry))
    }
}

/// What a walk from there brings, and the numbers that it asked for.
async fn read(
    end: End,
    page_counts: PageCounts,
    first: PagePlace,
    shows: impl Fn(&PagePlace) -> (Vec<&'static str>, Option<u64>, Next) + Sync,
) -> (Result<Listing, HttpError>, Vec<&'static str>, Vec<u64>) {
    let limits = Limits {
        per_second: 1000.0,
        burst: 1000,
        concurrency: 1,
        timeout: Duration::from_secs(20),
        max_wait: Duration::from_secs(600),
    };
    let api = Api::new(ApiConfig {
        vendor: "acme".into(),
        base_url: "http://127.0.0.1".into(),
        limits,
        permit: Permit::ReadOnly,
        backoff: Backoff::default(),
        clock: Clock::jumping(),
        transport: Transport::Network,
        redactor: Redactor::new(),
    })
    .unwrap();
    let rules = Rules {
        what: "list users",
        by_pages: false,
        size: None,
        end,
        page_counts,
        ahead: 0,
    };
    let server = Server {
        shows,
        asked: Mutex::default(),
    };
    let mut entries = Vec::new();
    let take = |entry, new: bool, _| {
        entries.extend(new.then_some(entry));
        ControlFlow::Continue(())
    };
    let listing = walk(&server, &api, rules, first, take).await;
    let asked = server.asked.lock().unwrap();
    let asked = asked.iter().map(PagePlace::number).collect();
    (listing, entries, asked)
}

/// Two of these at a time.
fn two(all: &[&'static str], from: u64) -> Vec<&'static str> {
    let from = usize::try_from(from).unwrap();
    all.iter().skip(from).take(2).copied().collect()
}

#[tokio::test]
async fn a_list_ends_with_a_page_that_brings_nothing() {
    let all = ["a", "b", "c"];
    let shows = |place: &PagePlace| (two(&all, place.number()), Some(3), Next::Untold);
    let (listing, entries, asked) =
        read(End::Empty, PageCounts::Sum, PagePlace::Number(0), shows).await;
    let listing = listing.unwrap();
    assert_eq!((entries, asked), (all.to_vec(), vec![0, 2, 3]));
    assert_eq!((listing.counted, listing.pages), (Some(3), 3));
    assert_eq!(listing.doubts, [""; 0]);
    assert_eq!(listing.difference("accounts"), None);
}

#[tokio::test]
async fn the_first_page_again_is_a_doubt_where_it_proves_nothing() {
    for (end, doubts) in [(End::Empty, 1), (End::NotTheFirst, 1), (End::NothingNew, 0)] {
        let shows = |_: &PagePlace| (vec!["a", "b"], None, Next::Untold);
        let (listing, entries, _) = read(end, PageCounts::Sum, PagePlace::Number(0), shows).await;
        let listing = listing.unwrap();
        assert_eq!(entries, ["a", "b"]);
        assert_eq!(listing.doubts.len(), doubts, "{end:?}: {listing:?}");
        assert!(listing.stood_still);
    }
}

#[tokio::test]
async fn an_overlap_shows_that_nothing_is_behind_the_last_entry() {
    let all = ["a", "b", "c", "d"];
    let shows = |place: &PagePlace| {
        let page = two(&all, place.number() - 1);
        let itself = Some(page.len() as u64);
        (page, itself, Next::Untold)
    };
    let (listing, entries, asked) = read(
        End::Overlap,
        PageCounts::Ignored,
        PagePlace::Number(1),
        shows,
    )
    .await;
    let listing = listing.unwrap();
    assert_eq!(entries, all);
    assert_eq!(asked.last(), Some(&4), "{asked:?}");
    // Each page counted itself.
    assert_eq!((listing.counted, listing.doubts.len()), (None, 0));

    let shows = |_: &PagePlace| (Vec::new(), Some(5), Next::Untold);
    let (listing, ..) = read(
        End::Overlap,
        PageCounts::Ignored,
        PagePlace::Number(1),
        shows,
    )
    .await;
    let differ = listing.unwrap().difference("users").unwrap();
    assert_eq!(differ, "the vendor counts 5 users, 0 were read");
}

#[tokio::test]
async fn entries_without_a_key_count_once() {
    let shows = |_: &PagePlace| (vec!["?", "?"], None, Next::Untold);
    let (listing, entries, asked) = read(
        End::NothingNew,
        PageCounts::Wrong,
        PagePlace::Number(0),
        shows,
    )
    .await;
    assert_eq!((entries.len(), asked), (2, vec![0, 2]));
    assert_eq!(listing.unwrap().read, 2);
    // Where the vendor tells pages apart, the same entry elsewhere is another one.
    let shows = |place: &PagePlace| match place {
        PagePlace::First => {
            let next = PagePlace::Cursor("x".into());
            (vec!["?"], None, Next::At(next))
        }
        _ => (vec!["?"], None, Next::End),
    };
    let (listing, entries, _) =
        read(End::NothingNew, PageCounts::Wrong, PagePlace::First, shows).await;
    assert_eq!((entries.len(), listing.unwrap().read), (2, 2));
}

#[tokio::test]
async fn a_page_that_promises_more_has_to_bring_something() {
    let shows = |_: &PagePlace| {
        let next = PagePlace::Cursor("x".into());
        (vec!["a"], None, Next::At(next))
    };
    let (listing, ..) = read(End::NothingNew, PageCounts::Wrong, PagePlace::First, shows).await;
    let error = listing.unwrap_err().to_string();
    assert!(
        error.contains("promises more and brought nothing new"),
        "{error}"
    );
}
