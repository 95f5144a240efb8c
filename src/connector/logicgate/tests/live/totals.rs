//! What a total and the end of a page prove, and what they do not.

use super::*;
use crate::connector::LookUp;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::plan::VendorPlan;
use crate::plan::guard::Allowed;
use crate::plan::input::Input;
use crate::plan::planner::plan_vendor;
use crate::sandbox::logicgate::{Ends, ListForm, SearchForm, Total};

const PAGED: [ListForm; 2] = [ListForm::PageV1, ListForm::PageV2];

/// So many users beside the own one, at a server whose pages hold twenty; Ada, one of them, left.
async fn plan(users: usize, behaviour: Behaviour) -> (Rig, VendorPlan) {
    let mut accounts = vec![ada()];
    let others = (1..users).map(|at| testing::account(&format!("p{at}@example.com"), &[]));
    accounts.extend(others);
    let mut seed = testing::seed(switchable(), accounts);
    seed.page_cap = Some(20);
    let server = Arc::new(Server::new(seed.clone().into(), behaviour));
    let rig = Rig::serve(&LOGICGATE, seed, server).await;
    let left = DesiredAccount {
        access: Access::Left,
        ..testing::wanted(ADA, &[])
    };
    let desired = Desired::listed("logicgate", vec![left]);
    let current = rig.connect_read_only().fetch(&desired).await.unwrap();
    let plan = plan_vendor(Input {
        settings: &rig.settings,
        desired: &desired,
        known: &current.clone().into(),
        only: None,
        allowed: Allowed::default(),
    });
    (rig, plan)
}

/// Accounts that were read, and why Ada's removal is held, if it is.
async fn verdict(users: usize, behaviour: Behaviour) -> (usize, Option<String>) {
    let (_, plan) = plan(users, behaviour).await;
    let read = plan.read.as_ref().unwrap();
    let why = read.proof.missing.clone();
    let done = usize::from(why.is_none());
    assert_eq!(
        (plan.actions.len(), plan.held.len()),
        (done, 1 - done),
        "{plan:#?}"
    );
    (read.accounts, why)
}

fn lists(rig: &Rig) -> usize {
    let log = rig.sandbox.requests();
    let lists = log.iter().filter(|(it, _)| it.path == "/api/v1/users");
    lists.count()
}

#[tokio::test(start_paused = true)]
async fn pages_that_do_not_say_that_they_are_the_last_are_followed_by_one_more() {
    for list in PAGED {
        for ends in [Ends::Numbers, Ends::Silent] {
            for total in [Total::All, Total::Page] {
                let behaviour = Behaviour {
                    list,
                    ends,
                    total,
                    ..Behaviour::default()
                };
                let world = format!("{list:?} {ends:?} {total:?}");
                assert_eq!(verdict(49, behaviour).await, (50, None), "{world}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_last_page_is_the_vendors_word_for_the_end() {
    for list in PAGED {
        for total in [Total::All, Total::Page] {
            let behaviour = Behaviour {
                list,
                total,
                ..Behaviour::default()
            };
            assert_eq!(
                verdict(49, behaviour).await,
                (50, None),
                "{list:?} {total:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_begin_again_prove_nothing() {
    for list in PAGED {
        let behaviour = Behaviour {
            list,
            ends: Ends::Silent,
            total: Total::Page,
            heeds_page: false,
            ..Behaviour::default()
        };
        let (read, why) = verdict(49, behaviour).await;
        assert_eq!(read, 20, "{list:?}");
        assert!(why.unwrap().contains("begins with its first"), "{list:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_total_that_changes_is_no_proof() {
    for list in PAGED {
        let behaviour = Behaviour {
            list,
            total: Total::Grows,
            ..Behaviour::default()
        };
        let (read, why) = verdict(49, behaviour).await;
        assert_eq!(read, 50, "{list:?}");
        assert!(why.unwrap().contains("changed while"), "{list:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_array_as_long_as_a_page_is_followed_by_one_more() {
    let pages = Behaviour {
        list: ListForm::ArrayPage,
        ..Behaviour::default()
    };
    assert_eq!(verdict(49, pages.clone()).await, (50, None));
    // Everybody fits into one page, and the next one is empty.
    assert_eq!(verdict(19, pages).await, (20, None));
    // An array with everybody knows no pages and is the same again.
    let (rig, plan) = plan(19, Behaviour::default()).await;
    assert_eq!((plan.actions.len(), lists(&rig)), (1, 2));
    let (rig, plan) = self::plan(24, Behaviour::default()).await;
    assert_eq!(
        (plan.actions.len(), lists(&rig)),
        (1, 1),
        "no page is so long"
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_that_hides_who_is_off_makes_no_second_account() {
    let behaviour = Behaviour {
        list: ListForm::PageV1,
        ends: Ends::Silent,
        total: Total::Page,
        list_shows_off: false,
        ..Behaviour::default()
    };
    let mut off = ada();
    off.active = false;
    let (rig, _server) = serve(vec![off], behaviour).await;
    let desired = Desired::listed("logicgate", vec![testing::wanted(ADA, &[])]);
    let current = rig.connect_read_only().fetch(&desired).await.unwrap();
    let found = current.accounts.iter().find(|it| &*it.email == ADA);
    assert!(found.is_some_and(|it| !it.active), "{current:#?}");
    assert_eq!(current.proof.missing, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_leaver_whom_the_list_hides_is_found_by_the_search_or_not_known() {
    let mut off = ada();
    off.active = false;
    for (search, known) in [(SearchForm::Whole, true), (SearchForm::Gone, false)] {
        let behaviour = Behaviour {
            list_shows_off: false,
            search,
            ..Behaviour::default()
        };
        let (rig, _server) = serve(vec![off.clone()], behaviour).await;
        let vendor = ready(&rig).await;
        let ada = vendor.look_up(&by_email(ADA)).await.unwrap();
        let nobody = vendor.look_up(&by_email("x@example.com")).await.unwrap();
        match known {
            true => {
                assert!(matches!(ada, LookUp::Account(it) if !it.active));
                assert_eq!(nobody, LookUp::Nobody);
            }
            false => assert!(matches!(
                (ada, nobody),
                (LookUp::Unknown(_), LookUp::Unknown(_))
            )),
        }
    }
}
