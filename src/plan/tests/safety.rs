//! Accounts that nothing is taken from: own, protected, service and foreign ones; proof.

use crate::model::account::Account;
use crate::model::current::Own;
use crate::model::desired::DesiredAccount;
use crate::model::spec::DeactivateMode;
use crate::model::value::Value;
use crate::plan::testing::*;
use crate::roster::model::Unlisted;

/// The two rules that forbid taking, with the words they hold with.
fn forbidding(case: &Case, email: &str) -> [(Case, &'static str); 3] {
    [
        (case.clone().own(email), "behind the credentials"),
        (
            case.clone()
                .with(|it| it.settings.own_account = Some(email.into())),
            "behind the credentials",
        ),
        (
            case.clone().protect(email),
            "is protected (`protect` for acme)",
        ),
    ]
}

#[test]
fn own_and_protected_accounts_are_never_switched_off() {
    let case = Case::new(&API, [leaver("ada@x.com")], [account("Ada@x.com", "1")]);
    for (case, why) in forbidding(&case, "ADA@x.com") {
        let held = format!("held deactivate ada@x.com #1 | {why}");
        case.check(&[&held]);
        case.clone().mode(DeactivateMode::Manual).check(&[&held]);
        let held = format!("held delete ada@x.com #1 | {why}");
        case.mode(DeactivateMode::Delete).check(&[&held]);
    }
}

#[test]
fn a_right_is_taken_from_nobody_who_is_protected_and_everything_else_goes_on() {
    let cases: &[(&'static str, Option<Value>, Value, bool)] = &[
        ("tier", Some(text("PRO")), text("BASIC"), true),
        ("tier", Some(text("PRO")), text("ADMIN"), false),
        ("tier", Some(text("PRO")), text("GUEST"), true),
        ("tier", Some(text("GUEST")), text("ADMIN"), true),
        ("tier", None, text("BASIC"), false),
        ("roles", Some(set(&["a", "b"])), set(&["b", "c"]), true),
        ("roles", Some(set(&["a"])), set(&["a", "c"]), false),
        ("group", None, text("Europe"), true),
        ("admin", Some(flag(true)), flag(false), true),
        ("admin", Some(flag(false)), flag(true), false),
        ("features.a", Some(flag(true)), flag(false), true),
        ("features.a", Some(flag(false)), flag(true), false),
        ("company", Some(text("Y")), text("X"), false),
    ];
    for (name, before, after, takes) in cases {
        let wanted = person("ada@x.com").wants(name, after.clone());
        let shows = account("ada@x.com", "1").shows(name, before.clone());
        let case = Case::new(&API, [wanted], [shows]);
        for (case, why) in forbidding(&case, "ada@x.com") {
            let plan = case.plan();
            assert_eq!(plan.actions.len(), usize::from(!takes), "{name} {after:?}");
            assert_eq!(plan.held.len(), usize::from(*takes), "{name} {after:?}");
            let held = plan.held.iter().all(|it| it.why.contains(why));
            assert!(held && plan.held.iter().all(|it| it.why.contains("lose rights")));
        }
    }
}

#[test]
fn nobody_loses_a_right_while_it_is_not_known_whose_the_credentials_are() {
    let wanted = person("ada@x.com").wants("tier", text("BASIC"));
    let shows = account("ada@x.com", "1").shows("tier", text("PRO"));
    let renamed = person("new@x.com").formerly("old@x.com");
    let case = Case::new(&API, [wanted, renamed], [shows, account("old@x.com", "2")]);
    let unknown = case.with(|it| {
        it.current.own = Own::Unknown;
        it.current.proof.missing = vec!["it is not known whose the token is".into()];
    });
    let unknown_plan = unknown.clone().plan();
    assert_eq!(unknown_plan.actions, []);
    let whys: Vec<&str> = unknown_plan.held.iter().map(|it| &*it.why).collect();
    assert!(
        whys.iter().all(|why| why.contains("whose the token is")),
        "{whys:?}"
    );
    assert!(
        whys[0].contains("must not lose") && whys.len() == 2,
        "{whys:?}"
    );
    // Somebody says whose they are, or the vendor never tells: then the plan warns.
    let set = |it: &mut Case| it.settings.own_account = Some("eve@x.com".into());
    assert_eq!(unknown.clone().with(set).plan().actions.len(), 2);
    let whole = unknown.with(|it| it.current.proof.missing.clear());
    assert_eq!(whole.plan().actions.len(), 2);
}

#[test]
fn a_demotion_hidden_in_a_reactivation_or_a_rename_is_still_one() {
    let low = person("ada@x.com").wants("tier", text("BASIC"));
    let off = inactive("ada@x.com", "1").shows("tier", text("PRO"));
    let case = Case::new(&API, [low.clone()], [off]).protect("ada@x.com");
    let held = "held reactivate ada@x.com #1, tier PRO > BASIC | lose rights";
    case.check(&[held]);
    case.mode(DeactivateMode::Manual).check(&[held]);
    let renamed = account("old@x.com", "1").shows("tier", text("PRO"));
    Case::new(&API, [low.formerly("old@x.com")], [renamed])
        .protect("old@x.com")
        .check(&[
            "held update ada@x.com #1, email old@x.com > ada@x.com, tier PRO > BASIC | rights",
        ]);
}

#[test]
fn a_protected_account_is_known_by_the_address_of_the_roster_too() {
    let left = leaver("ada@x.com").formerly("old@x.com");
    let case = Case::new(&API, [left], [account("old@x.com", "1")]);
    for (case, why) in forbidding(&case, "ada@x.com") {
        let plan = case.plan();
        assert!(plan.actions.is_empty());
        assert!(plan.held.iter().any(|it| it.why.contains(why)));
    }
}

#[test]
fn own_and_protected_accounts_keep_their_address() {
    let ada = person("ada@x.com").formerly("old@x.com");
    let case = Case::new(&API, [ada], [account("old@x.com", "1")]);
    let held = "held update ada@x.com #1, email old@x.com > ada@x.com | lose its address";
    case.clone().own("old@x.com").check(&[held]);
    case.clone().protect("old@x.com").check(&[held]);
    // The pattern covers the new address as well: as safe as before.
    case.clone()
        .protect("*@x.com")
        .check(&["update ada@x.com #1, email old@x.com > ada@x.com"]);
    case.protect("bob@x.com")
        .check(&["update ada@x.com #1, email old@x.com > ada@x.com"]);
}

#[test]
fn a_service_account_is_changed_where_the_roster_names_it_unless_it_never_may_be() {
    let bot = |always| {
        account("bot@x.com", "1")
            .shows("company", text("Y"))
            .shield(always)
    };
    let named = person("bot@x.com").wants("company", text("X"));
    let check = |person: &DesiredAccount, always: bool, expected: &str| {
        Case::new(&API, [person.clone()], [bot(always)]).check(&[expected]);
    };
    check(&named, false, "update bot@x.com #1, company Y > X");
    check(
        &named,
        true,
        "held update bot@x.com #1, company Y > X | never changed from here",
    );
    check(&leaver("bot@x.com"), false, "deactivate bot@x.com #1");
    check(
        &leaver("bot@x.com"),
        true,
        "held deactivate bot@x.com #1 | service account",
    );
    let off = Account {
        active: false,
        ..bot(true)
    };
    Case::new(&API, [person("bot@x.com")], [off])
        .mode(DeactivateMode::Manual)
        .check(&["held reactivate bot@x.com #1 | never changed from here"]);
}

#[test]
fn a_managed_account_is_a_step_for_a_person_unless_a_rule_objects() {
    let has = |email| {
        account(email, "1")
            .shows("company", text("Y"))
            .managed_by("Okta")
    };
    let wants = person("ada@x.com").wants("company", text("X"));
    Case::new(&API, [wants.clone()], [has("ada@x.com")])
        .check(&["manual update ada@x.com #1, company Y > X | managed by Okta"]);
    let renamed = wants.formerly("old@x.com");
    Case::new(&API, [renamed], [has("old@x.com")])
        .check(&["manual update ada@x.com #1, company Y > X, email old@x.com > ada@x.com | Okta"]);
    let off = Account {
        active: false,
        ..has("ada@x.com")
    };
    Case::new(&API, [person("ada@x.com")], [off])
        .check(&["manual reactivate ada@x.com #1 | managed by Okta"]);
    let case = Case::new(&API, [leaver("ada@x.com")], [has("ada@x.com")]);
    case.check(&["manual deactivate ada@x.com #1 | managed by Okta"]);
    for (case, why) in forbidding(&case, "ada@x.com") {
        case.check(&[&format!("held deactivate ada@x.com #1 | {why}")]);
    }
}

#[test]
fn what_only_a_person_can_begin_is_manual_and_comes_before_the_rest() {
    let mut off = inactive("ada@x.com", "1").shows("company", text("Y"));
    off.by_hand = Some("convert the external user".into());
    let want = person("ada@x.com").wants("company", text("X"));
    for mode in [DeactivateMode::Reversible, DeactivateMode::Manual] {
        Case::new(&API, [want.clone()], [off.clone()])
            .mode(mode)
            .check(&["manual reactivate ada@x.com #1, company Y > X \
                 | by hand in Acme: convert the external user"]);
    }
    Case::new(&API, [leaver("ada@x.com")], [off]).check(&[]);
}

#[test]
fn cautions_go_with_the_actions() {
    let mut bob = account("bob@x.com", "1");
    bob.cautions.push("owns three shared folders".into());
    Case::new(&API, [leaver("bob@x.com")], [bob.clone()]).check(&[
        "deactivate bob@x.com #1",
        "info bob@x.com | owns three shared folders",
    ]);
    Case::new(&API, [person("bob@x.com")], [bob]).check(&[]);
}

/// One of each: a create, an update, a removal, a reactivation.
fn one_of_each() -> Case {
    let people = [
        person("new@x.com"),
        person("ada@x.com").wants("company", text("X")),
        leaver("bob@x.com"),
        person("off@x.com"),
    ];
    let accounts = [
        account("ada@x.com", "1").shows("company", text("Y")),
        account("bob@x.com", "2"),
        inactive("off@x.com", "3"),
    ];
    Case::new(&API, people, accounts)
}

#[test]
fn without_proof_nobody_is_made_or_removed_and_the_plan_says_why() {
    one_of_each().check(&[
        "deactivate bob@x.com #2",
        "update ada@x.com #1, company Y > X",
        "reactivate off@x.com #3",
        "create new@x.com",
    ]);
    let check = |case: Case, why: &str| {
        case.check(&[
            "update ada@x.com #1, company Y > X",
            "reactivate off@x.com #3",
            &format!("held deactivate bob@x.com #2 | {why}"),
            &format!("held create new@x.com | {why}"),
            &format!("warning all | {why}"),
        ]);
    };
    check(
        one_of_each().with(|it| it.current.proof.missing.push("page 3 was cut".into())),
        "the read of acme is not proved complete: page 3 was cut",
    );
    check(
        one_of_each().with(|it| it.current.proof.counted = Some(4)),
        "the vendor counts 4 accounts, 3 were read",
    );
    check(
        one_of_each().own("me@x.com"),
        "(me@x.com) is not in the list",
    );
    let own = |it: &mut Case| {
        it.current.own = Own::Unknown;
        it.settings.own_account = Some("Me@x.com".into());
    };
    check(one_of_each().with(own), "(me@x.com) is not in the list");
}

#[test]
fn a_count_that_matches_and_an_own_account_in_the_list_are_proof() {
    let case = one_of_each()
        .with(|it| it.current.proof.counted = Some(3))
        .own("ADA@x.com");
    assert!(case.plan().held.is_empty());
    // A company token has no account that could be in the list.
    let case = one_of_each().with(|it| it.settings.own_account = Some("me@x.com".into()));
    assert!(case.plan().held.is_empty());
}

#[test]
fn an_empty_list_proves_nothing_but_an_empty_record_is_one() {
    Case::new(&API, [person("ada@x.com")], []).check(&[
        "held create ada@x.com | the list is empty; if nobody has an account there yet: --allow-empty acme",
        "warning all | the list is empty; if nobody has an account there yet: --allow-empty acme",
    ]);
    Case::new(&API, [person("ada@x.com")], [])
        .with(|it| it.allowed.empty = true)
        .check(&["create ada@x.com"]);
    Case::new(&RECORD, [person("ada@x.com")], []).check(&["create ada@x.com"]);
    Case::new(&RECORD, [person("ada@x.com")], [])
        .with(|it| {
            it.current
                .proof
                .missing
                .push("the record is damaged".into());
        })
        .check(&[
            "held create ada@x.com | the record is damaged",
            "warning all | the record is damaged",
        ]);
}

#[test]
fn an_unknown_own_account_is_worth_a_warning() {
    let unknown = |mode| {
        Case::new(&API, [person("ada@x.com")], [account("ada@x.com", "1")])
            .with(|it| it.current.own = Own::Unknown)
            .mode(mode)
    };
    unknown(DeactivateMode::Reversible).check(&["warning all | set own_account"]);
    unknown(DeactivateMode::Manual)
        .with(|it| it.settings.own_account = Some("ada@x.com".into()))
        .check(&[]);
}

#[test]
fn an_own_account_that_is_a_stranger_stays_whatever_the_policy() {
    let case = one_of_each()
        .with(|it| it.current.accounts.push(account("me@x.com", "9")))
        .own("me@x.com");
    for mode in [
        DeactivateMode::Reversible,
        DeactivateMode::Delete,
        DeactivateMode::Manual,
    ] {
        let plan = case
            .clone()
            .unlisted(Unlisted::Deactivate)
            .mode(mode)
            .plan();
        let touched = plan
            .actions
            .iter()
            .chain(plan.manual.iter().map(|it| &it.action))
            .any(|it| &*it.email == "me@x.com");
        assert!(!touched && plan.unlisted.len() == 1);
    }
}
