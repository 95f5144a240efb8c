//! People whom a list does not show, with the real binary.

use rosterctl::sandbox::HeldAccounts as _;
use rosterctl::sandbox::scim::{Filters, Members, Shape};
use rosterctl::sandbox::{LocalVendor as _, Start};

use crate::common::Output;
use crate::common::scim::{Corp, person};

/// Lists hide who is off.
const HIDES: Shape = Shape {
    hides_off: true,
    ..Shape::STANDARD
};

/// Ada works; Bob and Cid left. Bob's account is off, and Cid's is gone.
fn corp(shape: Shape) -> Corp {
    let all = person("ada", "") + &person("bob", "") + &person("cid", "");
    let corp = Corp::start("", &all, Start::InSync, shape);
    corp.server.switch_off("bob@example.com");
    corp.server.remove("cid@example.com");
    let left = ", active: false";
    let people = person("ada", "") + &person("bob", left) + &person("cid", left);
    corp.write("users.yaml", "", &people);
    corp
}

/// The state of a leaver, as the document has it.
fn state(output: &Output, name: &str) -> String {
    let document: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    let leavers = document["leavers"].as_array().unwrap();
    let email = format!("{name}@example.com");
    let found = leavers.iter().find(|it| it["email"] == *email);
    let found = found.unwrap_or_else(|| panic!("{document:#}"));
    found["state"].as_str().unwrap().to_owned()
}

const LEAVERS: [&str; 4] = ["leavers", "users.yaml", "--format", "json"];

fn looks(asked: &[String], name: &str) -> usize {
    let looks = asked
        .iter()
        .filter(|it| it.contains("filter=") && it.contains(name));
    looks.count()
}

#[test]
fn no_account_is_said_after_asking_for_the_person() {
    let corp = corp(HIDES);
    let (found, asked) = corp.asked(&LEAVERS);
    assert_eq!(state(&found, "bob"), "deactivated", "{found:#?}");
    assert_eq!(state(&found, "cid"), "no_account", "{found:#?}");
    assert!(
        looks(&asked, "bob") > 0 && looks(&asked, "cid") > 0,
        "{asked:#?}"
    );
    assert!(asked.iter().all(|it| it.starts_with("GET ")), "{asked:#?}");
    // Where no apply has left a state, none is made.
    assert!(!corp.path().join(".rosterctl").exists());
    // A plan makes no look-ups.
    let (_, asked) = corp.asked(&["plan", "users.yaml"]);
    assert_eq!(looks(&asked, "bob") + looks(&asked, "cid"), 0, "{asked:#?}");
}

#[test]
fn who_was_not_there_is_remembered_until_seen_again() {
    let corp = corp(HIDES);
    let applied = corp.run(&["apply", "users.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    corp.run(&LEAVERS);
    let (found, asked) = corp.asked(&LEAVERS);
    assert_eq!(state(&found, "cid"), "no_account");
    assert_eq!(looks(&asked, "cid"), 0, "{asked:#?}");
    assert!(
        looks(&asked, "bob") > 0,
        "who is there is asked for each time"
    );
    // Somebody gives Cid an account; an apply switches it off, and the list hides it.
    let account = rosterctl::model::account::Account::new("cid@example.com");
    corp.server.put(account);
    let applied = corp.run(&["apply", "users.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let (found, asked) = corp.asked(&LEAVERS);
    assert_eq!(state(&found, "cid"), "deactivated", "{asked:#?}");
}

#[test]
fn where_nobody_can_be_asked_for_it_is_not_known() {
    let shape = Shape {
        filters: Filters::Refused(400),
        ..HIDES
    };
    let found = corp(shape).run(&LEAVERS);
    assert_eq!(state(&found, "cid"), "cannot_be_seen", "{found:#?}");
    assert!(found.stdout.contains("cannot be asked for one person"));
}

#[test]
fn whoever_comes_back_under_a_new_name_gets_the_hidden_account() {
    let corp = corp(HIDES);
    let renamed = ", previous_emails: [bob@example.com]";
    let people = person("ada", "") + &person("robert", renamed);
    corp.write("users.yaml", "", &people);
    let applied = corp.run(&["apply", "users.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let accounts = corp.server.accounts();
    let named = |name: &str| accounts.iter().find(|it| it.email.starts_with(name));
    assert!(named("robert").is_some_and(|it| it.active), "{accounts:#?}");
    assert_eq!(named("bob"), None);
}

/// A person with groups and whatever else an entry has.
fn member(name: &str, groups: &str, more: &str) -> String {
    person(name, more).replace("corp: {}", &format!("corp: {{ groups: [{groups}] }}"))
}

#[test]
fn whoever_comes_back_has_the_groups_of_the_roster_after_one_run() {
    let shapes = [
        HIDES,
        Shape {
            own_groups: false,
            ..HIDES
        },
        Shape {
            own_groups: false,
            group_filters: Filters::Refused(400),
            ..HIDES
        },
        Shape {
            own_groups: false,
            group_filters: Filters::Refused(400),
            members: Members::Names,
            ..HIDES
        },
    ];
    for shape in shapes {
        let all = member("ada", "Audit", "") + &member("bob", "Risk", "");
        let corp = Corp::start("", &all, Start::InSync, shape);
        corp.server.switch_off("bob@example.com");
        let renamed = ", previous_emails: [bob@example.com]";
        let people = member("ada", "Audit", "") + &member("robert", "Audit", renamed);
        corp.write("users.yaml", "", &people);
        let plan = corp.run(&["plan", "users.yaml"]);
        assert!(plan.stdout.contains("- Risk"), "{shape:?} {plan:#?}");
        let applied = corp.run(&["apply", "users.yaml", "--yes"]);
        assert_eq!(applied.code, 0, "{shape:?} {applied:#?}");
        let users = corp.server.users();
        let robert = users
            .iter()
            .find(|it| it["userName"] == "robert@example.com");
        let robert = robert.unwrap()["id"].as_str().unwrap().to_owned();
        assert_eq!(corp.server.members("Risk"), [""; 0], "{shape:?}");
        assert!(corp.server.members("Audit").contains(&robert), "{shape:?}");
        let again = corp.run(&["plan", "users.yaml"]);
        assert!(again.stdout.contains("No changes"), "{shape:?} {again:#?}");
    }
}

#[test]
fn a_list_that_shows_who_is_off_is_believed() {
    let corp = corp(Shape::STANDARD);
    let (found, asked) = corp.asked(&LEAVERS);
    assert_eq!(state(&found, "bob"), "deactivated");
    assert_eq!(state(&found, "cid"), "no_account");
    assert_eq!(looks(&asked, "cid"), 0, "{asked:#?}");
}

#[test]
fn access_shows_whom_the_list_hides_and_keeps_what_applies_keep() {
    let corp = corp(HIDES);
    let applied = corp.run(&["apply", "users.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{applied:#?}");
    let kept = || {
        let folder = corp.path().join(".rosterctl/inventories/corp");
        let files = std::fs::read_dir(folder).unwrap();
        let files = files.map(|it| std::fs::read_to_string(it.unwrap().path()).unwrap());
        files.collect::<Vec<_>>()
    };
    let before = kept();
    let args = ["access", "users.yaml", "--keep", "--format", "csv"];
    let (found, asked) = corp.asked(&args);
    assert_eq!(found.code, 0, "{found:#?}");
    let row = |name: &str| {
        let mut lines = found.stdout.lines();
        lines.find(|it| it.contains(&format!(",{name}@example.com,")))
    };
    assert!(row("bob").unwrap().contains("switched off"), "{found:#?}");
    assert_eq!(row("cid"), None, "{found:#?}");
    assert!(looks(&asked, "bob") > 0, "{asked:#?}");
    assert_eq!(kept(), before, "an apply asks for nobody");
    // Nobody knows who left before: the roster is in no repository.
    let (told, _) = corp.asked(&["access", "users.yaml", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let limit = document["vendors"]["corp"]["limit"].as_str().unwrap();
    assert!(limit.contains("are not all looked up: "), "{limit}");
    assert_eq!(told.code, 0, "{told:#?}");
    // Only of whom it is about.
    let (_, asked) = corp.asked(&["access", "users.yaml", "--person", "ada@example.com"]);
    assert_eq!(looks(&asked, "bob"), 0, "{asked:#?}");
}

#[test]
fn an_apply_that_cannot_learn_since_when_accounts_are_off_writes_nothing() {
    let corp = corp(Shape::STANDARD);
    std::fs::create_dir_all(corp.path().join(".rosterctl/off.json")).unwrap();
    // Bob is to have access again: his time must not stay behind.
    let people = person("ada", "") + &person("bob", "");
    corp.write("users.yaml", "", &people);
    let (applied, asked) = corp.asked(&["apply", "users.yaml", "--yes"]);
    assert_eq!(applied.code, 1, "{applied:#?}");
    assert!(
        applied.stderr.contains("off.json is not known"),
        "{applied:#?}"
    );
    assert!(asked.iter().all(|it| it.starts_with("GET ")), "{asked:#?}");
}

#[test]
fn access_says_of_whom_nobody_knows() {
    let shape = Shape {
        filters: Filters::Refused(400),
        ..HIDES
    };
    let found = corp(shape).run(&["access", "users.yaml"]);
    assert!(
        found
            .stdout
            .contains("of 2 leavers nobody knows whether they have one"),
        "{found:#?}"
    );
}
