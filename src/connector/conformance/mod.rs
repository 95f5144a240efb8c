//! One suite for all vendors: the same named cases for every entry of [`super::KINDS`], over real
//! HTTP on loopback, against the vendor's own strict local server, with faults.
//!
//! The rule that matters most: plan, apply, plan again is empty, and the vendor's end state is what
//! the roster says. A vendor's own quirks are tested in its folder.

mod answers;
mod faults;
mod imports;
mod killed;
mod matrix;
mod reads;
mod resume;
mod staged;
mod sync;
mod truth;
mod world;

/// One test per case. A case is an async function that takes the vendor's kind.
macro_rules! tests {
    ($vendor:ident: $($module:ident :: $case:ident),* $(,)?) => {
        mod $vendor {
            $(
                #[tokio::test]
                async fn $case() {
                    let kind = crate::connector::testing::subject(stringify!($vendor));
                    super::$module::$case(kind).await;
                }
            )*
        }
    };
}

/// All cases for each vendor.
macro_rules! conformance {
    ($($vendor:ident),*) => { $(cases!($vendor);)* };
}

macro_rules! cases {
    ($vendor:ident) => {
        tests! { $vendor:
            sync::a_second_plan_is_empty_and_the_end_state_is_the_rosters,
            sync::what_the_roster_does_not_name_is_left_alone,
            sync::an_empty_list_creates_nobody_until_it_is_allowed,
            sync::a_plan_sends_no_writing_request,
            sync::letter_case_plus_signs_and_unicode_survive,
            sync::an_account_that_appears_between_read_and_create_is_adopted,
            sync::an_account_changed_between_read_and_write_keeps_the_other_change,
            sync::an_account_gone_between_read_and_removal_is_no_failure,
            reads::every_page_is_seen,
            reads::a_read_that_fails_names_vendor_call_and_reason,
            reads::a_read_that_is_cut_short_removes_and_creates_nobody,
            reads::one_call_that_goes_wrong_removes_and_creates_nobody,
            reads::extra_fields_change_nothing,
            reads::one_odd_entry_stops_only_itself,
            reads::refused_credentials_are_not_retried_forever,
            reads::throttling_is_waited_out,
            reads::no_secret_is_in_any_error,
            faults::lost_answers_make_no_second_account_and_lose_nobody,
            faults::refused_writes_are_told_as_they_are,
            faults::a_throttled_write_is_sent_again,
            faults::random_faults_converge_after_one_clean_run,
            answers::no_spoiled_field_gives_or_takes_access,
            answers::a_key_twice_is_an_error,
            answers::reads_that_lag_behind_writes_make_nothing_double,
            answers::one_refused_write_stops_nothing_else,
            answers::an_account_renamed_before_its_removal_is_left_alone,
            answers::an_account_switched_off_before_its_removal_is_not_touched,
            answers::a_dead_vendor_costs_seconds,
            imports::an_import_plans_to_nothing,
            resume::a_run_that_dies_at_any_event_is_finished_by_the_next_one,
            resume::an_undo_brings_back_what_a_run_changed,
            staged::leavers_go_off_and_are_deleted_after_their_grace,
            staged::whoever_is_listed_again_is_on_again_and_starts_anew,
            staged::a_run_that_dies_in_between_deletes_later_and_never_earlier,
            staged::an_account_that_is_on_again_right_before_its_deletion_stays,
            staged::a_deleted_person_who_is_listed_again_is_created_once_or_refused,
            staged::a_damaged_file_deletes_nobody_and_hinders_nobody,
            matrix::lost_and_broken_answers,
            matrix::statuses_of_a_vendor_in_trouble,
            matrix::time_outs,
            matrix::throttling_storms,
            matrix::credentials_that_end_in_mid_run,
            matrix::a_late_write_is_found_by_the_next_run,
            matrix::a_late_create_is_unverified_and_made_once,
        }
    };
}

use super::testing::Subject;

registered!(conformance);

#[tokio::test]
async fn many_actions_that_die_at_any_event_are_finished_by_the_next_run() {
    let kind = crate::connector::testing::subject("bitsight");
    resume::many_actions_survive_any_death(kind).await;
}

#[tokio::test]
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
    sync::an_account_changed_between_read_and_write_keeps_the_other_change(kind).await;
    sync::an_account_gone_between_read_and_removal_is_no_failure(kind).await;
    reads::capped_pages_are_seen(kind).await;
    reads::a_read_that_is_cut_short_removes_and_creates_nobody(kind).await;
    faults::lost_answers_make_no_second_account_and_lose_nobody(kind).await;
    faults::a_throttled_write_is_sent_again(kind).await;
    answers::reads_that_lag_behind_writes_make_nothing_double(kind).await;
    answers::an_account_renamed_before_its_removal_is_left_alone(kind).await;
}

#[tokio::test]
async fn a_thousand_people_imported_from_all_vendors_plan_to_nothing() {
    imports::a_thousand_people_at_all_vendors_plan_to_nothing().await;
}
