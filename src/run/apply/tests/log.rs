//! What is on record before a write goes out, and behind it.

use super::*;

/// A log that takes so many events and then no more.
struct Full(std::sync::atomic::AtomicUsize);

impl Full {
    fn take(&self) -> Result<(), LogError> {
        use std::sync::atomic::Ordering;
        let left = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1));
        left.map(drop)
            .map_err(|_| LogError(String::from("the journal cannot be written: no room")))
    }
}

#[async_trait]
impl Log for Full {
    async fn intended(&self, _: u32, _: &Action) -> Result<(), LogError> {
        self.take()
    }

    async fn sent(&self, _: u32) -> Result<(), LogError> {
        self.take()
    }

    fn begun(&self, _: u32) -> Result<(), LogError> {
        Ok(())
    }

    async fn ended(&self, _: u32, _: &Outcome) -> Result<(), LogError> {
        self.take()
    }
}

#[tokio::test]
async fn no_write_goes_out_that_is_not_on_record() {
    let actions = [create("a@x.com"), create("b@x.com"), create("c@x.com")];
    for room in 0..9 {
        let vendor = Scripted::new(vec![], &[]);
        let settings = settings();
        let runs = vec![VendorRun {
            vendor: &vendor,
            settings: &settings,
            actions: &actions,
        }];
        let log = Full(room.into());
        let (clock, stop) = (Clock::jumping(), Stop::default());
        let outcomes = carry_out(runs, &clock, &stop, &log, &|_| {}).await;
        // Three events for each action; the second one is what a write waits for.
        let written = (room + 1) / 3;
        assert_eq!(vendor.state().writes.len(), written, "room for {room}");
        for (at, outcome) in outcomes.iter().enumerate() {
            let verdict = if at < written {
                Verdict::Applied
            } else {
                assert!(outcome.message.contains("no room"), "{outcome:?}");
                Verdict::Skipped
            };
            assert_eq!(outcome.verdict, verdict, "{outcome:?}");
        }
        assert!(stop.asked());
    }
}

/// A log of what actions came to.
#[derive(Default)]
struct Ends(Mutex<Vec<(u32, Verdict)>>);

#[async_trait]
impl Log for Ends {
    async fn intended(&self, _: u32, _: &Action) -> Result<(), LogError> {
        Ok(())
    }

    async fn sent(&self, _: u32) -> Result<(), LogError> {
        Ok(())
    }

    fn begun(&self, _: u32) -> Result<(), LogError> {
        Ok(())
    }

    async fn ended(&self, number: u32, outcome: &Outcome) -> Result<(), LogError> {
        self.0.lock().unwrap().push((number, outcome.verdict));
        Ok(())
    }
}

#[tokio::test]
async fn what_a_later_action_undid_is_not_applied_and_the_record_says_so() {
    let vendor = Scripted::new(vec![], &[Step::Status(403)]);
    vendor.state().doubted = Some("b@x.com");
    let actions = [create("a@x.com"), create("b@x.com"), create("c@x.com")];
    let settings = settings();
    let runs = vec![VendorRun {
        vendor: &vendor,
        settings: &settings,
        actions: &actions,
    }];
    let (log, revised) = (Ends::default(), Mutex::new(Vec::new()));
    let tell = |event: Event<'_>| {
        if let Event::Revised(outcome) = event {
            revised.lock().unwrap().push(outcome.action.email.clone());
        }
    };
    let outcomes = carry_out(runs, &Clock::jumping(), &Stop::default(), &log, &tell).await;
    let verdicts: Vec<Verdict> = outcomes.iter().map(|it| it.verdict).collect();
    use Verdict::{Applied, Failed, Unverified};
    assert_eq!(verdicts, [Failed, Unverified, Applied]);
    assert_eq!(outcomes[1].message, "undone");
    assert_eq!(*revised.lock().unwrap(), ["b@x.com".into()]);
    let ends = log.0.lock().unwrap();
    assert_eq!(*ends.last().unwrap(), (2, Unverified), "{ends:?}");
    assert!(ends.contains(&(2, Applied)), "{ends:?}");
}
