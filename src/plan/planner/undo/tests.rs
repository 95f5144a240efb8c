use super::*;
use crate::model::plan::Notice;
use crate::model::spec::SwitchOff;
use crate::plan::testing::{
    Case, SPEC, Shows as _, Wants as _, account, flag, inactive, leaver, lines, person, set, text,
};

fn settings() -> VendorSettings {
    Case::new(&SPEC, [], []).settings
}

/// Plans the undo of some actions against what the vendor holds by now.
#[track_caller]
fn check(done: Vec<Done>, now: Vec<Account>, expected: &[&str]) {
    check_with(&settings(), done, now, expected);
}

#[track_caller]
fn check_with(settings: &VendorSettings, done: Vec<Done>, now: Vec<Account>, expected: &[&str]) {
    let known = Case::new(&SPEC, [], with_bystander(now)).known();
    let plan = plan_undo(settings, &known, &done, Allowed::default());
    let found: Vec<String> = lines(&plan)
        .into_iter()
        .map(|(line, why)| match line.split(' ').next() {
            Some("create" | "update" | "deactivate" | "reactivate") => line,
            _ => format!("{line} | {why}"),
        })
        .collect();
    let fits = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(found, expected)| found.starts_with(expected));
    assert!(fits, "found: {found:#?}\nexpected: {expected:#?}");
}

/// An empty list proves nothing, so somebody else is always there.
fn with_bystander(mut accounts: Vec<Account>) -> Vec<Account> {
    accounts.push(account("bystander@x.com", "99"));
    accounts
}

/// What applying one plan would have done, with what removed accounts showed.
fn done(case: &Case) -> Vec<Done> {
    let case = case.clone().with(|it| {
        let accounts = std::mem::take(&mut it.current.accounts);
        it.current.accounts = with_bystander(accounts);
    });
    let plan = case.plan();
    let image = |action: &Action| {
        let mut accounts = case.current.accounts.iter();
        let found = accounts.find(|it| it.id == action.id)?;
        action.kind.removes().then(|| found.attributes.clone())
    };
    plan.actions
        .iter()
        .map(|action| Done {
            account: image(action),
            action: action.clone(),
        })
        .collect()
}

#[test]
fn an_update_gets_its_former_values() {
    let before = account("a@x.com", "1")
        .shows("tier", text("PRO"))
        .shows("company", None)
        .shows("roles", set(&["Reader"]));
    let want = person("a@x.com")
        .wants("tier", text("BASIC"))
        .wants("company", text("New"))
        .wants("roles", set(&["Writer"]));
    let done = done(&Case::new(&SPEC, [want], [before]));
    let after = account("a@x.com", "1")
        .shows("tier", text("BASIC"))
        .shows("company", text("New"))
        .shows("roles", set(&["Writer"]));
    check(
        done,
        vec![after],
        &["update a@x.com #1, company New > , roles [Writer] > [Reader], tier BASIC > PRO"],
    );
}

#[test]
fn a_rename_goes_back_to_the_former_address() {
    let before = account("old@x.com", "1");
    let want = person("new@x.com").formerly("old@x.com");
    let done = done(&Case::new(&SPEC, [want], [before]));
    let renamed = vec![account("new@x.com", "1")];
    check(
        done.clone(),
        renamed,
        &["update old@x.com #1, email new@x.com > old@x.com"],
    );
    check(done, vec![account("old@x.com", "1")], &[]);
}

#[test]
fn a_new_account_is_switched_off_and_an_untouched_one_only() {
    let want = person("a@x.com").wants("tier", text("PRO"));
    let mut done = done(&Case::new(&SPEC, [want], []));
    done[0].action.id = Some("9".into());
    let made = || account("a@x.com", "9").shows("tier", text("PRO"));
    check(done.clone(), vec![made()], &["deactivate a@x.com #9"]);
    check(done.clone(), vec![inactive("a@x.com", "9")], &[]);
    check(done.clone(), vec![], &[]);
    let touched = account("a@x.com", "9").shows("tier", text("ADMIN"));
    let expected = ["held create a@x.com #9, tier null > PRO | not as the run left it"];
    check(done.clone(), vec![touched], &expected);
    // Another account that has the address by now is not the one that was made.
    check(
        done,
        vec![account("a@x.com", "10").shows("tier", text("PRO"))],
        &[],
    );
}

#[test]
fn a_leaver_comes_back_with_what_the_removal_took() {
    let before = account("a@x.com", "1")
        .shows("roles", set(&["Reader", "Writer"]))
        .shows("features", None)
        .shows("features.fast", flag(true))
        .shows("send_email", flag(true));
    let done = done(&Case::new(&SPEC, [leaver("a@x.com")], [before]));
    let stripped = inactive("a@x.com", "1")
        .shows("roles", set(&[]))
        .shows("features", None)
        .shows("features.fast", flag(false));
    check(
        done.clone(),
        vec![stripped],
        &["reactivate a@x.com #1, features.fast false > true, roles [] > [Reader Writer]"],
    );
    let back = account("a@x.com", "1")
        .shows("roles", set(&["Reader", "Writer"]))
        .shows("features", None)
        .shows("features.fast", flag(true));
    check(done.clone(), vec![back], &[]);
    let otherwise = account("a@x.com", "1").shows("roles", set(&["Reader"]));
    check(
        done.clone(),
        vec![otherwise],
        &["held deactivate a@x.com #1 | not as the run left it, so it is left alone: somebody"],
    );
    check(
        done,
        vec![],
        &["held deactivate a@x.com #1 | not as the run left it"],
    );
}

#[test]
fn somebody_who_came_back_is_switched_off_again() {
    let want = person("a@x.com").wants("tier", text("PRO"));
    let before = inactive("a@x.com", "1").shows("tier", text("BASIC"));
    let done = done(&Case::new(&SPEC, [want], [before]));
    let after = || account("a@x.com", "1").shows("tier", text("PRO"));
    let stays = "info a@x.com | stays as the run left it, on an account that is off: tier";
    check(
        done.clone(),
        vec![after()],
        &["deactivate a@x.com #1", stays],
    );
    // Where removals destroy, that would take more than the run gave.
    let mut settings = settings();
    settings.deactivate = SwitchOff {
        name: "delete",
        mode: DeactivateMode::Delete,
        doc: "",
    };
    let manual = "manual deactivate a@x.com #1 | by hand in Acme: switch the account off again";
    check_with(&settings, done, vec![after()], &[manual]);
}

#[test]
fn a_deleted_account_is_a_step_for_a_person() {
    let before = account("a@x.com", "1").shows("tier", text("PRO"));
    let case = Case::new(&SPEC, [leaver("a@x.com")], [before]).mode(DeactivateMode::Delete);
    let done = done(&case);
    assert_eq!(done[0].action.kind, ActionKind::Delete);
    let manual = "manual create a@x.com, tier null > PRO | by hand in Acme: a deleted account";
    check(done, vec![], &[manual]);
}

#[test]
fn an_account_that_changed_since_is_left_alone_and_one_that_is_back_is_done() {
    let before = || account("a@x.com", "1").shows("tier", text("BASIC"));
    let want = person("a@x.com").wants("tier", text("PRO"));
    let done = done(&Case::new(&SPEC, [want], [before()]));
    check(done.clone(), vec![before()], &[]);
    let changed = account("a@x.com", "1").shows("tier", text("ADMIN"));
    let held = "held update a@x.com #1, tier BASIC > PRO | not as the run left it, so it is left \
                alone: tier changed since";
    check(done.clone(), vec![changed], &[held]);
    let off = inactive("a@x.com", "1").shows("tier", text("PRO"));
    let held = "held update a@x.com #1, tier BASIC > PRO | not as the run left it, so it is left \
                alone: the account is switched off";
    check(done, vec![off], &[held]);
}

#[test]
fn what_cannot_be_put_back_is_told() {
    let before = account("a@x.com", "1")
        .shows("admin", None)
        .shows("tier", text("BASIC"));
    let want = person("a@x.com")
        .wants("admin", flag(true))
        .wants("tier", text("PRO"));
    let done = done(&Case::new(&SPEC, [want], [before]));
    let after = account("a@x.com", "1")
        .shows("admin", flag(true))
        .shows("tier", text("PRO"));
    check(
        done,
        vec![after],
        &[
            "update a@x.com #1, tier PRO > BASIC",
            "warning a@x.com | cannot be put back: admin, which had no value before",
        ],
    );
}

#[test]
fn the_safety_rules_hold_for_an_undo_too() {
    let want = |number: u32| person(&format!("p{number}@x.com"));
    let people: Vec<DesiredAccount> = (0..4).map(want).collect();
    let mut done = done(&Case::new(&SPEC, people, []));
    for (done, number) in done.iter_mut().zip(0..) {
        done.action.id = Some(format!("{number}").into());
    }
    let made = |number: u32| account(&format!("p{number}@x.com"), &number.to_string());
    let now: Vec<Account> = (0..4).map(made).collect();
    let known = Case::new(&SPEC, [], now).known();
    let plan = |allowed| plan_undo(&settings(), &known, &done, allowed);
    let held = plan(Allowed::default());
    assert_eq!((held.actions.len(), held.held.len()), (0, 4));
    assert!(held.held[0].why.contains("--allow-deactivations acme=4"));
    let allowed = plan(Allowed {
        deactivations: Some(4),
        ..Allowed::default()
    });
    assert_eq!((allowed.actions.len(), allowed.held.len()), (4, 0));
    // Rights that the undo would take from the account behind the credentials.
    let before = account("me@x.com", "1").shows("admin", flag(false));
    let case = Case::new(
        &SPEC,
        [person("me@x.com").wants("admin", flag(true))],
        [before],
    );
    let after = account("me@x.com", "1").shows("admin", flag(true));
    let known = Case::new(&SPEC, [], [after]).own("me@x.com").known();
    let plan = plan_undo(
        &settings(),
        &known,
        &super::tests::done(&case),
        Allowed::default(),
    );
    assert!(
        plan.held[0].why.contains("behind the credentials"),
        "{plan:#?}"
    );
    assert_eq!(plan.notices, [] as [Notice; 0]);
}
