//! Updates, returns and removals, and what proves them.

use super::*;

#[tokio::test]
async fn a_read_that_lags_is_read_again_within_the_bound() {
    let vendor = Scripted::new(vec![], &[Step::DoneSilently]);
    vendor.state().lag = 2;
    let outcomes = run(&vendor, &[create("a@x.com")]).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied);
    assert_eq!(outcomes[0].seconds, 3.0, "both waits of the spec");
}

#[tokio::test]
async fn a_read_that_does_not_say_who_is_on_proves_no_reactivation() {
    let mut off = has("a@x.com", "user");
    off.active = false;
    off.unseen = true;
    let steps = [Step::Status(409), Step::Done];
    let (report, vendor) =
        check(vec![off], &steps, create("a@x.com"), Verdict::Unverified, 2).await;
    assert_eq!(vendor.state().writes[1], ActionKind::Reactivate);
    let message = format!("{report:?}");
    assert!(message.contains("does not say that it is on"), "{message}");
}

#[tokio::test]
async fn a_read_that_does_not_show_an_attribute_proves_no_update() {
    let outline = || vec![Account::new("a@x.com")];
    let update = || Action {
        kind: ActionKind::Update,
        account_email: Some("a@x.com".into()),
        ..create("a@x.com")
    };
    let steps = [Step::LostBefore; 3];
    check(outline(), &steps, update(), Verdict::Unverified, 3).await;
    let steps = [Step::LostBefore, Step::Done];
    check(outline(), &steps, update(), Verdict::Applied, 2).await;
    // Accepted and not stored looks the same.
    check(
        outline(),
        &[Step::Ignored],
        update(),
        Verdict::Unverified,
        1,
    )
    .await;
}

#[tokio::test]
async fn a_lost_update_is_read_back_and_sent_again_only_when_it_is_not_there() {
    let update = || action(ActionKind::Update, "a@x.com", Some("new"));
    let have = || vec![has("a@x.com", "old")];
    check(have(), &[Step::LostAfter], update(), Verdict::Applied, 1).await;
    let steps = [Step::LostBefore, Step::Done];
    check(have(), &steps, update(), Verdict::Applied, 2).await;
    check(
        have(),
        &[Step::LateBefore],
        update(),
        Verdict::Unverified,
        1,
    )
    .await;
    check(have(), &[Step::Ignored], update(), Verdict::Unverified, 1).await;
    check(
        have(),
        &[Step::Status(500), Step::Done],
        update(),
        Verdict::Applied,
        2,
    )
    .await;
}

#[tokio::test]
async fn removals_are_proved_by_a_fresh_read() {
    let off = || action(ActionKind::Deactivate, "a@x.com", None);
    let have = || vec![has("a@x.com", "user")];
    check(have(), &[Step::DoneSilently], off(), Verdict::Applied, 1).await;
    check(have(), &[Step::Ignored], off(), Verdict::Unverified, 1).await;
    check(have(), &[Step::LostAfter], off(), Verdict::Applied, 1).await;
    let delete = || action(ActionKind::Delete, "a@x.com", None);
    check(have(), &[Step::DoneSilently], delete(), Verdict::Applied, 1).await;
    check(have(), &[Step::Ignored], delete(), Verdict::Unverified, 1).await;
}

#[tokio::test]
async fn a_rename_is_found_under_its_new_address() {
    let mut rename = action(ActionKind::Update, "new@x.com", None);
    rename.account_email = Some("old@x.com".into());
    rename.changes = vec![Change {
        attribute: Key::Borrowed("email"),
        before: Some(Value::text("old@x.com")),
        after: Value::text("new@x.com"),
    }];
    let have = vec![has("old@x.com", "user")];
    check(have, &[Step::LostAfter], rename, Verdict::Applied, 1).await;
}

#[tokio::test]
async fn a_write_whose_look_fails_is_unverified() {
    let vendor = Scripted::new(vec![], &[Step::LostAfter]);
    vendor.state().reads_fail = true;
    let outcomes = run(&vendor, &[create("a@x.com")]).await;
    assert_eq!(outcomes[0].verdict, Verdict::Unverified);
}

#[tokio::test]
async fn a_switched_off_account_stays_off_where_that_is_manual() {
    let mut off = has("a@x.com", "user");
    off.active = false;
    let vendor = Scripted::new(vec![off], &[Step::Status(409)]);
    let mut settings = settings();
    settings.deactivate = SPEC.deactivate[1];
    let outcomes = run_with(&vendor, &settings, &[create("a@x.com")]).await;
    assert_eq!(outcomes[0].verdict, Verdict::Skipped);
    assert!(outcomes[0].message.contains("by hand"), "{:?}", outcomes[0]);
    assert!(!vendor.state().accounts["a@x.com"].active);
}

#[tokio::test]
async fn what_the_roster_leaves_to_a_person_is_not_sent() {
    use ActionKind::{Deactivate, Delete, Reactivate, Update};
    let modes: [(usize, Option<u16>, &[ActionKind]); 4] = [
        (0, None, &[Update, Deactivate, Reactivate]),
        (1, None, &[Update]),
        (2, None, &[Update, Reactivate, Delete]),
        (0, Some(30), &[Update, Deactivate, Reactivate, Delete]),
    ];
    for (mode, grace, may) in modes {
        for kind in [Update, Deactivate, Reactivate, Delete] {
            let mut account = has("a@x.com", "user");
            account.active = kind == Deactivate || (kind == Delete && grace.is_none());
            let vendor = Scripted::new(vec![account], &[Step::DoneSilently]);
            let mut settings = settings();
            settings.deactivate = SPEC.deactivate[mode];
            settings.delete_after = grace.map(Grace);
            let outcomes = run_with(&vendor, &settings, &[action(kind, "a@x.com", None)]).await;
            let sent = vendor.state().writes.len();
            assert_eq!(
                sent,
                usize::from(may.contains(&kind)),
                "{kind:?} {outcomes:?}"
            );
            if sent == 0 {
                assert_eq!(outcomes[0].verdict, Verdict::Skipped);
            }
        }
    }
}

#[tokio::test]
async fn a_removal_is_left_out_when_its_account_has_changed_since_the_plan() {
    for kind in [ActionKind::Deactivate, ActionKind::Delete] {
        let off = || action(kind, "a@x.com", None);
        let (outcome, _) = check(vec![], &[], off(), Verdict::Applied, 0).await;
        assert_eq!(outcome.message, "the account was gone already");
        let mut managed = has("a@x.com", "user");
        managed.managed_by = Some("Okta".into());
        let (outcome, _) = check(vec![managed], &[], off(), Verdict::Skipped, 0).await;
        assert_eq!(
            outcome.message,
            "not tried: the account is managed by Okta now"
        );
        let mut idle = has("a@x.com", "user");
        idle.active = false;
        let verdict = match kind {
            ActionKind::Delete => Verdict::Skipped,
            _ => Verdict::Applied,
        };
        check(vec![idle], &[], off(), verdict, 0).await;
    }
}

#[tokio::test]
async fn a_removal_whose_account_cannot_be_read_again_is_not_sent() {
    let vendor = Scripted::new(vec![has("a@x.com", "user")], &[]);
    vendor.state().reads_fail = true;
    let outcomes = run(&vendor, &[action(ActionKind::Deactivate, "a@x.com", None)]).await;
    assert_eq!(outcomes[0].verdict, Verdict::Failed);
    assert!(
        outcomes[0].message.starts_with("not tried: "),
        "{outcomes:?}"
    );
    assert_eq!(vendor.state().writes, []);
}

#[tokio::test]
async fn a_change_that_went_through_before_its_proof_failed_is_applied() {
    let update = || action(ActionKind::Update, "a@x.com", Some("new"));
    let have = || vec![has("a@x.com", "old")];
    check(
        have(),
        &[Step::DoneThenRefused],
        update(),
        Verdict::Applied,
        1,
    )
    .await;
    let steps = [Step::HalfThenRefused];
    let (outcome, _) = check(have(), &steps, update(), Verdict::Failed, 1).await;
    assert!(outcome.message.starts_with("done in part"), "{outcome:?}");
}
