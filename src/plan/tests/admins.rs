//! The last administrator.

use crate::model::account::Account;
use crate::model::desired::DesiredAccount;
use crate::model::spec::{DeactivateMode, VendorSpec};
use crate::plan::testing::*;
use crate::roster::model::Unlisted;

/// A way to be an administrator, and how an account looks with and without it.
struct Way {
    spec: &'static VendorSpec,
    attribute: &'static str,
    admin: crate::model::value::Value,
    user: crate::model::value::Value,
}

fn ways() -> [Way; 3] {
    [
        Way {
            spec: &ADMIN_TIER,
            attribute: "tier",
            admin: text("ADMIN"),
            user: text("PRO"),
        },
        Way {
            spec: &ADMIN_FLAG,
            attribute: "admin",
            admin: flag(true),
            user: flag(false),
        },
        Way {
            spec: &ADMIN_ROLE,
            attribute: "roles",
            admin: set(&["Reader", "Root"]),
            user: set(&["Reader"]),
        },
    ]
}

impl Way {
    fn case(&self, people: Vec<DesiredAccount>, accounts: Vec<Account>) -> Case {
        let entries = [("r1", "Reader", false), ("r2", "Root", true)];
        Case::new(self.spec, people, accounts).directory("roles", "role", &entries)
    }

    fn admin(&self, email: &str) -> Account {
        account(email, email).shows(self.attribute, self.admin.clone())
    }

    fn user(&self, email: &str) -> Account {
        account(email, email).shows(self.attribute, self.user.clone())
    }

    fn demoted(&self, email: &str) -> DesiredAccount {
        person(email).wants(self.attribute, self.user.clone())
    }
}

/// E-mails of actions and of held ones.
fn split(case: &Case) -> (Vec<String>, Vec<String>) {
    let plan = case.plan();
    let held = plan.held.iter().map(|it| {
        assert!(it.why.contains("last administrator"), "{}", it.why);
        it.action.email.to_string()
    });
    let done = plan.actions.iter().map(|it| it.email.to_string());
    (done.collect(), held.collect())
}

#[test]
fn the_last_administrator_is_neither_demoted_nor_switched_off() {
    for way in ways() {
        for person in [way.demoted("a@x.com"), leaver("a@x.com")] {
            let accounts = vec![way.admin("a@x.com"), way.user("b@x.com")];
            let case = way.case(vec![person], accounts).unlisted(Unlisted::Ignore);
            assert_eq!(split(&case), (vec![], vec![String::from("a@x.com")]));
        }
    }
}

#[test]
fn of_two_that_go_together_exactly_one_stays() {
    for way in ways() {
        let people = vec![leaver("b@x.com"), way.demoted("a@x.com")];
        let accounts = vec![way.admin("b@x.com"), way.admin("a@x.com")];
        let case = way.case(people, accounts.clone());
        let expected = (vec![String::from("b@x.com")], vec![String::from("a@x.com")]);
        assert_eq!(split(&case), expected);
        let one = way.case(vec![leaver("b@x.com")], accounts);
        let one = one.unlisted(Unlisted::Ignore);
        assert_eq!(split(&one).1, Vec::<String>::new());
    }
}

#[test]
fn an_administrator_that_is_only_planned_or_switched_off_does_not_count() {
    for way in ways() {
        let promoted = person("b@x.com").wants(way.attribute, way.admin.clone());
        let off = Account {
            active: false,
            ..way.admin("c@x.com")
        };
        let people = vec![leaver("a@x.com"), promoted, person("c@x.com")];
        let accounts = vec![way.admin("a@x.com"), way.user("b@x.com"), off];
        let (done, held) = split(&way.case(people, accounts));
        assert_eq!(done, ["b@x.com", "c@x.com"]);
        assert_eq!(held, ["a@x.com"]);
    }
}

#[test]
fn an_administrator_that_another_rule_keeps_counts() {
    for way in ways() {
        let people = vec![leaver("a@x.com"), leaver("b@x.com")];
        let accounts = vec![way.admin("a@x.com"), way.admin("b@x.com")];
        let case = way.case(people, accounts).protect("a@x.com");
        let plan = case.plan();
        assert_eq!(&*plan.actions[0].email, "b@x.com");
        assert!(plan.held.len() == 1 && plan.held[0].why.contains("protected"));
    }
}

#[test]
fn a_service_account_is_no_substitute_for_a_person() {
    for way in ways() {
        let bot = way.admin("bot@x.com").shield(false);
        let accounts = vec![way.admin("a@x.com"), bot.clone()];
        let case = way.case(vec![leaver("a@x.com")], accounts);
        let case = case.unlisted(Unlisted::Ignore);
        assert_eq!(split(&case).1, ["a@x.com"]);
        // Where it is the only one, it is the last one.
        let case = way.case(vec![way.demoted("bot@x.com")], vec![bot]);
        assert_eq!(split(&case).1, ["bot@x.com"]);
    }
}

#[test]
fn a_step_for_a_person_must_not_lock_everybody_out_either() {
    for way in ways() {
        let people = vec![leaver("a@x.com")];
        let manual = way.case(people.clone(), vec![way.admin("a@x.com")]);
        assert_eq!(split(&manual.mode(DeactivateMode::Manual)).1, ["a@x.com"]);
        let managed = way.admin("a@x.com").managed_by("Okta");
        assert_eq!(split(&way.case(people, vec![managed])).1, ["a@x.com"]);
        let people = vec![leaver("a@x.com"), leaver("b@x.com")];
        let accounts = vec![
            way.admin("a@x.com").managed_by("Okta"),
            way.admin("b@x.com"),
        ];
        let (done, held) = split(&way.case(people, accounts));
        assert_eq!(
            (done, held),
            (vec![String::from("b@x.com")], vec![String::from("a@x.com")])
        );
    }
}

#[test]
fn a_stranger_who_is_the_last_administrator_is_listed_and_no_more() {
    for way in ways() {
        let strangers = vec![way.admin("z@x.com"), way.user("y@x.com")];
        for mode in [DeactivateMode::Reversible, DeactivateMode::Delete] {
            let case = way.case(vec![], strangers.clone());
            let plan = case.unlisted(Unlisted::Deactivate).mode(mode).plan();
            assert!(plan.held.is_empty() && plan.actions.len() == 1);
            let why = plan.unlisted[0].why.as_deref().unwrap();
            assert!(why.contains("last administrator"));
        }
        // Somebody whom the roster knows is kept rather than a stranger.
        let accounts = vec![way.admin("a@x.com"), way.admin("z@x.com")];
        let case = way.case(vec![leaver("z@x.com")], accounts);
        let (done, held) = split(&case.unlisted(Unlisted::Deactivate));
        assert_eq!(
            (done, held),
            (vec![String::from("a@x.com")], vec![String::from("z@x.com")])
        );
    }
}

#[test]
fn what_is_held_for_want_of_proof_endangers_nobody() {
    for way in ways() {
        let people = vec![leaver("a@x.com"), way.demoted("b@x.com")];
        let accounts = vec![way.admin("a@x.com"), way.admin("b@x.com")];
        let case = way.case(people, accounts);
        let plan = case
            .with(|it| it.current.proof.missing.push("cut".into()))
            .plan();
        assert_eq!(&*plan.actions[0].email, "b@x.com");
        assert!(plan.held.len() == 1 && plan.held[0].why.contains("not proved"));
    }
}

#[test]
fn a_change_of_something_else_ends_no_administrator() {
    for way in ways() {
        let renamed = person("a@x.com")
            .formerly("old@x.com")
            .wants("company", text("X"))
            .wants(way.attribute, way.admin.clone());
        let has = way.admin("old@x.com").shows("company", text("Y"));
        let case = way.case(vec![renamed], vec![has]);
        assert_eq!(split(&case), (vec![String::from("a@x.com")], vec![]));
    }
}
