//! What comes first, and what ends a run early.

use super::*;

#[tokio::test]
async fn a_failure_does_not_stop_the_others_and_refused_credentials_do() {
    let actions = [
        create("a@x.com"),
        create("b@x.com"),
        create("c@x.com"),
        create("d@x.com"),
    ];
    let steps = [Step::Status(403), Step::Done, Step::Unauthorized];
    let vendor = Scripted::new(vec![], &steps);
    let outcomes = run(&vendor, &actions).await;
    let verdicts: Vec<Verdict> = outcomes.iter().map(|it| it.verdict).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::Failed,
            Verdict::Applied,
            Verdict::Failed,
            Verdict::Skipped
        ]
    );
    assert!(outcomes[3].message.contains("401"), "{:?}", outcomes[3]);
    assert_eq!(vendor.state().writes.len(), 3);
}

#[tokio::test]
async fn a_stop_lets_running_actions_end_and_starts_no_new_ones() {
    let actions = [create("a@x.com"), create("b@x.com")];
    let vendor = Scripted::new(vec![], &[]);
    let settings = settings();
    let run = VendorRun {
        vendor: &vendor,
        settings: &settings,
        actions: &actions,
    };
    let stop = Stop::default();
    let ask = |event: Event<'_>| {
        if let Event::Started(_) = event {
            stop.ask();
        }
    };
    let outcomes = apply(vec![run], &Clock::jumping(), &stop, &ask).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied);
    assert_eq!(outcomes[1].verdict, Verdict::Skipped);
}

#[tokio::test]
async fn leavers_do_not_wait_behind_thousands_of_creates() {
    let leavers: Vec<String> = (0..20)
        .map(|number| format!("l{number:04}@x.com"))
        .collect();
    let mut actions: Vec<Action> = leavers
        .iter()
        .map(|email| action(ActionKind::Deactivate, email, None))
        .collect();
    actions.extend((0..3_000).map(|number| create(&format!("c{number:04}@x.com"))));
    let vendor = Scripted::new(leavers.iter().map(|it| has(it, "user")).collect(), &[]);
    let mut settings = settings();
    settings.limits.concurrency = 8;
    let outcomes = run_with(&vendor, &settings, &actions).await;
    assert!(outcomes.iter().all(|it| it.verdict == Verdict::Applied));
    let told: Vec<&Action> = outcomes.iter().map(|it| &it.action).collect();
    assert_eq!(told, actions.iter().collect::<Vec<_>>());
    let writes = &vendor.state().writes;
    assert_eq!(writes.len(), 3_020);
    assert!(
        writes[..20]
            .iter()
            .all(|kind| *kind == ActionKind::Deactivate)
    );
}

#[tokio::test]
async fn past_the_deadline_running_actions_end_and_no_new_ones_start() {
    let actions = [create("a@x.com"), create("b@x.com")];
    // The first one takes its time: its account shows up after both waits.
    let vendor = Scripted::new(vec![], &[Step::DoneSilently]);
    vendor.state().lag = 2;
    let settings = settings();
    let runs = vec![VendorRun {
        vendor: &vendor,
        settings: &settings,
        actions: &actions,
    }];
    let clock = Clock::jumping();
    let stop = Stop::at(Some(clock.now() + Duration::from_secs(2)));
    let outcomes = carry_out(runs, &clock, &stop, &Unlogged, &|_| {}).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied);
    assert_eq!(outcomes[1].verdict, Verdict::Skipped);
    assert!(
        outcomes[1].message.contains("deadline"),
        "{:?}",
        outcomes[1]
    );
}
