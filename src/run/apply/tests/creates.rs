//! Creates: refused, lost, late, met by somebody who is there.

use super::*;

#[tokio::test]
async fn a_create_that_answers_is_applied_with_its_id() {
    let (outcome, _) = check(
        vec![],
        &[Step::Done],
        create("a@x.com"),
        Verdict::Applied,
        1,
    )
    .await;
    assert_eq!(outcome.id.as_deref(), Some("id-1"));
}

#[tokio::test]
async fn a_create_without_an_answer_body_is_read_back() {
    let steps = [Step::DoneSilently];
    check(vec![], &steps, create("a@x.com"), Verdict::Applied, 1).await;
}

#[tokio::test]
async fn a_create_that_did_nothing_is_unverified_after_the_lag() {
    let (outcome, _) = check(
        vec![],
        &[Step::Ignored],
        create("a@x.com"),
        Verdict::Unverified,
        1,
    )
    .await;
    assert!(outcome.message.contains("no such account"), "{outcome:?}");
}

#[tokio::test]
async fn a_lost_create_is_found_and_not_sent_again() {
    let steps = [Step::LostAfter];
    let (outcome, _) = check(vec![], &steps, create("a@x.com"), Verdict::Applied, 1).await;
    assert_eq!(outcome.id.as_deref(), Some("id-1"));
}

#[tokio::test]
async fn a_lost_create_that_is_not_there_is_sent_again() {
    let steps = [Step::LostBefore, Step::LostBefore, Step::Done];
    check(vec![], &steps, create("a@x.com"), Verdict::Applied, 3).await;
}

#[tokio::test]
async fn a_create_that_keeps_getting_lost_is_unverified() {
    let steps = [Step::LostBefore; 9];
    check(vec![], &steps, create("a@x.com"), Verdict::Unverified, 3).await;
}

#[tokio::test]
async fn a_late_create_that_is_found_is_applied() {
    check(
        vec![],
        &[Step::LateAfter],
        create("a@x.com"),
        Verdict::Applied,
        1,
    )
    .await;
}

#[tokio::test]
async fn a_late_create_that_is_not_found_is_left_to_the_next_run() {
    let steps = [Step::LateBefore, Step::Done];
    let (outcome, _) = check(vec![], &steps, create("a@x.com"), Verdict::Unverified, 1).await;
    assert!(outcome.message.contains("next run"), "{outcome:?}");
}

#[tokio::test]
async fn a_create_that_meets_the_account_brings_it_in_line() {
    for status in [400, 409, 422] {
        let steps = [Step::Status(status), Step::Done];
        let have = vec![has("A@x.com", "old")];
        let (_, vendor) = check(have, &steps, create("a@x.com"), Verdict::Applied, 2).await;
        assert_eq!(
            vendor.state().writes,
            [ActionKind::Create, ActionKind::Update]
        );
        assert_eq!(vendor.state().accounts["a@x.com"], {
            let mut account = has("A@x.com", "user");
            account.active = true;
            account
        });
    }
}

#[tokio::test]
async fn what_the_vendor_did_besides_is_told_of_an_account_that_was_there() {
    let steps = [Step::Status(409), Step::Noted];
    let have = vec![has("a@x.com", "old")];
    let (outcome, _) = check(have, &steps, create("a@x.com"), Verdict::Applied, 2).await;
    assert!(outcome.message.contains("brought in line"), "{outcome:?}");
    assert!(outcome.message.contains("dropped title"), "{outcome:?}");
}

#[tokio::test]
async fn a_create_whose_address_is_taken_is_looked_for_until_reads_show_it() {
    let vendor = Scripted::new(
        vec![has("a@x.com", "old")],
        &[Step::Status(409), Step::Done],
    );
    vendor.state().lag = 2;
    let outcomes = run(&vendor, &[create("a@x.com")]).await;
    assert_eq!(outcomes[0].verdict, Verdict::Applied, "{outcomes:?}");
    let account = vendor.state().accounts["a@x.com"].clone();
    assert_eq!(
        account.attributes.get("role"),
        Some(&Some(Value::text("user")))
    );
}

#[tokio::test]
async fn a_create_that_meets_a_switched_off_account_reactivates_it() {
    let mut off = has("a@x.com", "user");
    off.active = false;
    let steps = [Step::Status(409), Step::Done];
    let (_, vendor) = check(vec![off], &steps, create("a@x.com"), Verdict::Applied, 2).await;
    assert_eq!(vendor.state().writes[1], ActionKind::Reactivate);
    assert!(vendor.state().accounts["a@x.com"].active);
}

#[tokio::test]
async fn a_create_never_touches_accounts_that_are_not_to_be_touched() {
    let mut owned = has("a@x.com", "old");
    owned.managed_by = Some("the identity provider".into());
    let mut token = has("a@x.com", "old");
    token.shield = Some(Shield {
        what: "API token",
        always: true,
    });
    for account in [owned, token] {
        let steps = [Step::Status(409)];
        let have = vec![account.clone()];
        let (_, vendor) = check(have, &steps, create("a@x.com"), Verdict::Skipped, 1).await;
        assert_eq!(vendor.state().accounts["a@x.com"], account);
    }
}

#[tokio::test]
async fn a_create_that_is_refused_and_not_there_failed() {
    let (outcome, _) = check(
        vec![],
        &[Step::Status(422)],
        create("a@x.com"),
        Verdict::Failed,
        1,
    )
    .await;
    assert_eq!(outcome.status, Some(422));
    let (outcome, _) = check(
        vec![],
        &[Step::Status(403)],
        create("a@x.com"),
        Verdict::Failed,
        1,
    )
    .await;
    assert_eq!(outcome.status, Some(403));
}

#[tokio::test]
async fn a_create_that_went_through_in_part_is_looked_up_and_brought_in_line() {
    let steps = [Step::HalfThenRefused, Step::Done];
    let (outcome, vendor) = check(vec![], &steps, create("a@x.com"), Verdict::Applied, 2).await;
    assert!(outcome.message.contains("brought in line"), "{outcome:?}");
    let writes = vendor.state().writes.clone();
    assert_eq!(writes, [ActionKind::Create, ActionKind::Update]);
    // The rest is refused again: the report says that the account is there.
    let steps = [Step::HalfThenRefused, Step::Status(403)];
    let (outcome, _) = check(vec![], &steps, create("a@x.com"), Verdict::Failed, 2).await;
    assert!(outcome.message.contains("is there"), "{outcome:?}");
    assert_eq!(outcome.status, Some(403));
    assert_eq!(outcome.id.as_deref(), Some("id-1"));
}
