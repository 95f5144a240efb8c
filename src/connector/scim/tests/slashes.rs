//! Servers whose paths end with a slash, and those that lead elsewhere.

use super::{Company, email, groups, title, word};
use crate::connector::scim::setting;
use crate::connector::testing::{account, wanted};
use crate::http::Problem;
use crate::model::desired::{Access, DesiredAccount};
use crate::sandbox::scim::{Shape, Slashes};

fn people() -> Vec<DesiredAccount> {
    let left = DesiredAccount {
        access: Access::Left,
        ..wanted(&email(1), &[])
    };
    vec![
        wanted(&email(0), &[title("Head"), groups(&["Risk"])]),
        left,
        wanted(&email(2), &[groups(&["Risk"])]),
    ]
}

async fn company(slashes: Slashes) -> Company {
    let shape = Shape {
        slashes,
        ..Shape::default()
    };
    let there = (0..2).map(|number| account(&email(number), &[])).collect();
    Company::new(shape, there, people()).await
}

/// Requests that were redirected, and of those the writes.
fn redirected(company: &Company) -> (usize, usize) {
    let log = company.rig.sandbox.requests();
    let all = log.iter().filter(|(_, status)| (300..400).contains(status));
    let writes = all.clone().filter(|(request, _)| request.method != "GET");
    (all.count(), writes.count())
}

#[tokio::test(start_paused = true)]
async fn a_slash_that_reads_are_redirected_to_is_learnt_for_writes() {
    for code in [301, 307, 308] {
        let company = company(Slashes::Redirected(code)).await;
        company.run_until_done().await;
        let (all, writes) = redirected(&company);
        assert!(all > 0, "{code}");
        // Reads taught both places before the first write, or the first write asked by a read.
        assert!(writes <= 1, "{code}: {writes}");
        let risk = company.server.members("Risk");
        assert_eq!(risk.len(), 2, "{code}");
        assert_eq!(
            company.server.users().len(),
            4,
            "{code}: nobody is there twice"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_slash_without_which_nothing_is_there_is_tried() {
    let company = company(Slashes::Wanted).await;
    company.run_until_done().await;
    assert_eq!(company.server.members("Risk").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_slash_may_be_given_where_nothing_says_so() {
    let shape = Shape {
        slashes: Slashes::Wanted,
        described: false,
        ..Shape::default()
    };
    let there = || (0..2).map(|number| account(&email(number), &[])).collect();
    // It is found by trying, too.
    Company::new(shape, there(), people())
        .await
        .run_until_done()
        .await;
    let company = Company::with(shape, there(), people(), |settings| {
        word(settings, setting::USERS_PATH, "/Users/");
        word(settings, setting::GROUPS_PATH, "/Groups/");
    })
    .await;
    company.run_until_done().await;
}

#[tokio::test(start_paused = true)]
async fn a_redirect_to_another_host_is_not_followed() {
    let company = company(Slashes::Elsewhere).await;
    let vendor = company.rig.connect_read_only();
    let error = vendor.fetch(&company.desired).await.unwrap_err();
    assert!(matches!(error.problem, Problem::Redirect { .. }), "{error}");
}
