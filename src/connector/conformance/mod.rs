//! One suite for all vendors: the same named cases for every entry of [`super::KINDS`], against the
//! vendor's own strict local server in this process, with faults and without waiting. A few of them
//! run over real HTTP on loopback as well.
//!
//! The rule that matters most: plan, apply, plan again is empty, and the vendor's end state is what
//! the roster says. A vendor's own quirks are tested in its folder.

mod answers;
mod applies;
mod calls;
mod faults;
mod imports;
mod killed;
mod matrix;
mod mutations;
mod proofs;
mod reads;
mod resume;
mod staged;
mod sync;
mod truth;
mod world;

/// One test per case, if the kind's declaration says that the case applies. A case is an async function
/// that takes the vendor's kind.
macro_rules! tests {
    ($name:ident = $subject:expr; $($needs:ident $module:ident :: $case:ident),* $(,)?) => {
        mod $name {
            use crate::connector::testing::Subject;

            pub(super) fn subject() -> &'static Subject {
                $subject
            }

            pub(super) const CASES: &[(&str, super::applies::Applies)] =
                &[$((stringify!($case), super::applies::$needs)),*];

            $(
                #[tokio::test(start_paused = true)]
                async fn $case() {
                    let kind = subject();
                    if super::applies::$needs(kind.spec) {
                        super::$module::$case(kind).await;
                    }
                }
            )*
        }
    };
}

/// All cases for each vendor, and for two that can do little.
macro_rules! conformance {
    ($($vendor:ident),*) => {
        $(cases!($vendor = crate::connector::testing::subject(stringify!($vendor)));)*
        cases!(sparse = crate::connector::testing::sparse("bitsight"));
        cases!(sparse_scim = crate::connector::testing::sparse("scim"));
        // And for each description that ships with the program.
        cases!(pocketbase = super::shipped("pocketbase"));
        cases!(jupyterhub = super::shipped("jupyterhub"));
        cases!(redmine = super::shipped("redmine"));
        cases!(synapse = super::shipped("synapse"));

        /// The cases that do not apply, by kind.
        fn left_out() -> Vec<(&'static str, Vec<&'static str>)> {
            let of = |kind: &Subject, cases: &[(&'static str, applies::Applies)]| {
                let out = cases.iter().filter(|(_, applies)| !applies(kind.spec));
                out.map(|(case, _)| *case).collect()
            };
            vec![
                $((stringify!($vendor), of($vendor::subject(), $vendor::CASES)),)*
                ("sparse", of(sparse::subject(), sparse::CASES)),
                ("sparse_scim", of(sparse_scim::subject(), sparse_scim::CASES)),
                ("pocketbase", of(pocketbase::subject(), pocketbase::CASES)),
                ("jupyterhub", of(jupyterhub::subject(), jupyterhub::CASES)),
                ("redmine", of(redmine::subject(), redmine::CASES)),
                ("synapse", of(synapse::subject(), synapse::CASES)),
            ]
        }
    };
}

macro_rules! cases {
    ($name:ident = $subject:expr) => {
        tests! { $name = $subject;
            always sync::a_second_plan_is_empty_and_the_end_state_is_the_rosters,
            always sync::what_the_roster_does_not_name_is_left_alone,
            always sync::an_empty_list_creates_nobody_until_it_is_allowed,
            always sync::a_plan_sends_no_writing_request,
            always sync::letter_case_plus_signs_and_unicode_survive,
            always sync::an_account_that_appears_between_read_and_create_is_adopted,
            spares sync::an_account_changed_between_read_and_write_keeps_the_other_change,
            reads sync::an_account_gone_between_read_and_removal_is_no_failure,
            always reads::every_page_is_seen,
            lists reads::a_read_that_fails_names_vendor_call_and_reason,
            lists reads::a_read_that_is_cut_short_removes_and_creates_nobody,
            lists reads::one_call_that_goes_wrong_removes_and_creates_nobody,
            lists reads::extra_fields_change_nothing,
            lists reads::one_odd_entry_stops_only_itself,
            always reads::refused_credentials_are_not_retried_forever,
            lists reads::throttling_is_waited_out,
            always reads::no_secret_is_in_any_error,
            always faults::lost_answers_make_no_second_account_and_lose_nobody,
            always faults::refused_writes_are_told_as_they_are,
            always faults::a_throttled_write_is_sent_again,
            always faults::random_faults_converge_after_one_clean_run,
            reads answers::no_spoiled_field_gives_or_takes_access,
            reads answers::a_key_twice_is_an_error,
            always answers::reads_that_lag_behind_writes_make_nothing_double,
            always answers::one_refused_write_stops_nothing_else,
            reads answers::an_account_renamed_before_its_removal_is_left_alone,
            reads answers::an_account_renamed_before_its_update_is_left_alone,
            reads answers::an_account_switched_off_before_its_removal_is_not_touched,
            always answers::a_dead_vendor_costs_seconds,
            without_logins imports::an_import_plans_to_nothing,
            always resume::a_run_that_dies_at_any_event_is_finished_by_the_next_one,
            reversible resume::an_undo_brings_back_what_a_run_changed,
            staged staged::leavers_go_off_and_are_deleted_after_their_grace,
            staged staged::whoever_is_listed_again_is_on_again_and_starts_anew,
            staged staged::a_run_that_dies_in_between_deletes_later_and_never_earlier,
            staged staged::an_account_that_is_on_again_right_before_its_deletion_stays,
            staged staged::a_deleted_person_who_is_listed_again_is_created_once_or_refused,
            staged staged::a_damaged_file_deletes_nobody_and_hinders_nobody,
            always matrix::lost_and_broken_answers,
            always matrix::statuses_of_a_vendor_in_trouble,
            always matrix::time_outs,
            always matrix::throttling_storms,
            always matrix::credentials_that_end_in_mid_run,
            always matrix::a_late_write_is_found_by_the_next_run,
            reads matrix::a_late_create_is_unverified_and_made_once,
        }
    };
}

use super::testing::{Subject, described, over_sockets};

/// A description that ships with the program, and the server that is made of it.
fn shipped(name: &str) -> &'static Subject {
    described(name, crate::description::shipped(name).unwrap())
}

registered!(conformance);

macro_rules! sockets {
    ($($vendor:ident),*) => {
        /// What a connector, the client and a server say to each other on a wire.
        mod sockets {
            $(
                #[tokio::test]
                async fn $vendor() {
                    super::on_the_wire(super::over_sockets(stringify!($vendor))).await;
                }
            )*
        }
    };
}

registered!(sockets);

async fn on_the_wire(kind: &'static Subject) {
    sync::a_second_plan_is_empty_and_the_end_state_is_the_rosters(kind).await;
    reads::every_page_is_seen(kind).await;
    reads::no_secret_is_in_any_error(kind).await;
    faults::lost_answers_make_no_second_account_and_lose_nobody(kind).await;
    faults::a_throttled_write_is_sent_again(kind).await;
}

#[test]
fn the_declaration_says_which_cases_run() {
    let staged = [
        "leavers_go_off_and_are_deleted_after_their_grace",
        "whoever_is_listed_again_is_on_again_and_starts_anew",
        "a_run_that_dies_in_between_deletes_later_and_never_earlier",
        "an_account_that_is_on_again_right_before_its_deletion_stays",
        "a_deleted_person_who_is_listed_again_is_created_once_or_refused",
        "a_damaged_file_deletes_nobody_and_hinders_nobody",
    ];
    let spared = "an_account_changed_between_read_and_write_keeps_the_other_change";
    let undone = "an_undo_brings_back_what_a_run_changed";
    // Nothing that happens at a vendor without a list can be seen.
    let unseen = [
        "an_account_gone_between_read_and_removal_is_no_failure",
        "a_read_that_fails_names_vendor_call_and_reason",
        "a_read_that_is_cut_short_removes_and_creates_nobody",
        "one_call_that_goes_wrong_removes_and_creates_nobody",
        "extra_fields_change_nothing",
        "one_odd_entry_stops_only_itself",
        "throttling_is_waited_out",
        "no_spoiled_field_gives_or_takes_access",
        "a_key_twice_is_an_error",
        "an_account_renamed_before_its_removal_is_left_alone",
        "an_account_renamed_before_its_update_is_left_alone",
        "an_account_switched_off_before_its_removal_is_not_touched",
        "a_late_create_is_unverified_and_made_once",
    ];
    for (kind, out) in left_out() {
        let expected = |case: &&str| match kind {
            "surecloud" => unseen.contains(case) || staged.contains(case),
            "logicgate" => staged.contains(case),
            // Each of its attributes is needed.
            "snaplogic" => *case == spared,
            // The roster of that world knows no logins; an import with them is among the tests of
            // described vendors. All that can change of an account is its name.
            "redmine" => [spared, "an_import_plans_to_nothing"].contains(case),
            "synapse" => {
                [spared, "an_import_plans_to_nothing"].contains(case) || staged.contains(case)
            }
            // It has groups and nothing else.
            "jupyterhub" => [spared, undone].contains(case) || staged.contains(case),
            "sparse" | "sparse_scim" => staged.contains(case) || *case == undone,
            _ => false,
        };
        let all = sparse::CASES.iter().map(|(case, _)| *case);
        assert_eq!(out, all.filter(expected).collect::<Vec<_>>(), "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_actions_that_die_at_any_event_are_finished_by_the_next_run() {
    let kind = crate::connector::testing::subject("bitsight");
    resume::many_actions_survive_any_death(kind).await;
}

#[tokio::test(start_paused = true)]
async fn a_hundred_creates_recover_from_any_death() {
    let kind = crate::connector::testing::subject("scim");
    killed::a_hundred_creates_recover_at_the_cost_of_what_was_in_flight(kind).await;
}

/// The heart of the suite, for a vendor whose servers come in several shapes.
pub(super) async fn heart(kind: &'static Subject) {
    sync::a_second_plan_is_empty_and_the_end_state_is_the_rosters(kind).await;
    sync::what_the_roster_does_not_name_is_left_alone(kind).await;
    sync::letter_case_plus_signs_and_unicode_survive(kind).await;
    sync::an_account_that_appears_between_read_and_create_is_adopted(kind).await;
    if applies::spares(kind.spec) {
        sync::an_account_changed_between_read_and_write_keeps_the_other_change(kind).await;
    }
    sync::an_account_gone_between_read_and_removal_is_no_failure(kind).await;
    reads::capped_pages_are_seen(kind).await;
    reads::a_read_that_is_cut_short_removes_and_creates_nobody(kind).await;
    faults::lost_answers_make_no_second_account_and_lose_nobody(kind).await;
    faults::a_throttled_write_is_sent_again(kind).await;
    answers::reads_that_lag_behind_writes_make_nothing_double(kind).await;
    answers::an_account_renamed_before_its_removal_is_left_alone(kind).await;
    answers::an_account_renamed_before_its_update_is_left_alone(kind).await;
}

/// Descriptions in the forms that those which ship do not use.
macro_rules! forms {
    ($($name:ident),*) => {
        mod forms {
            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    let text = include_str!(concat!("described/", stringify!($name), ".yaml"));
                    super::heart(super::described(stringify!($name), text)).await;
                }
            )*
        }
    };
}

forms! { session, ledger, place }

#[tokio::test(start_paused = true)]
async fn a_thousand_people_imported_from_all_vendors_plan_to_nothing() {
    imports::a_thousand_people_at_all_vendors_plan_to_nothing().await;
}
