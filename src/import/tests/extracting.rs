//! What goes into profiles, and what does not.

use super::*;

fn bitsight(email: &str, group: &str, more: &[(&'static str, Value)]) -> Account {
    let mut all = vec![("role", text("customer_user")), ("group", text(group))];
    all.extend(more.iter().cloned());
    account(email, &all)
}

#[test]
fn what_three_people_share_is_a_profile_and_what_two_share_is_not() {
    let world = World::new(
        &[VENDORS],
        vec![(
            "bitsight",
            vec![
                bitsight("a@x.com", "Europe", &[]),
                bitsight("b@x.com", "Europe", &[]),
                bitsight("c@x.com", "Europe", &[]),
                bitsight("d@x.com", "Asia", &[]),
                bitsight("e@x.com", "Asia", &[]),
            ],
        )],
    );
    assert_eq!(
        world.body(&[VENDORS]),
        "\
profiles:
  bitsight-customer-user-europe:
    bitsight: { role: customer_user, group: Europe }

people:
  - email: a@x.com
    profiles: [bitsight-customer-user-europe]

  - email: b@x.com
    profiles: [bitsight-customer-user-europe]

  - email: c@x.com
    profiles: [bitsight-customer-user-europe]

  - email: d@x.com
    accounts:
      bitsight: { role: customer_user, group: Asia }

  - email: e@x.com
    accounts:
      bitsight: { role: customer_user, group: Asia }
"
    );
}

#[test]
fn the_same_people_at_two_vendors_share_one_profile_named_after_their_title() {
    let people = ["a@x.com", "b@x.com", "c@x.com"];
    let surecloud = |email: &&str| {
        account(
            email,
            &[
                ("role", text("CONTRIBUTOR")),
                ("groups", set(&["//Risk/Analysts"])),
                ("job_title", text("Risk Analyst")),
            ],
        )
    };
    // The default tier is what everybody has: nothing is to be written, but that there is one.
    let logicgate = |email: &&str| {
        account(
            email,
            &[
                ("tier", text("SECONDARY")),
                ("company", text("Example Ltd")),
            ],
        )
    };
    let world = World::new(
        &[VENDORS],
        vec![
            (
                "bitsight",
                people
                    .iter()
                    .map(|it| bitsight(it, "Europe", &[]))
                    .collect(),
            ),
            ("logicgate", people.iter().map(logicgate).collect()),
            ("surecloud", people.iter().map(surecloud).collect()),
        ],
    );
    assert_eq!(
        world.body(&[VENDORS]).lines().take(9).collect::<Vec<_>>(),
        [
            "profiles:",
            "  risk-analyst:",
            "    bitsight: { role: customer_user, group: Europe }",
            "    logicgate: {}",
            "    surecloud: { role: CONTRIBUTOR, groups: [//Risk/Analysts] }",
            "",
            "people:",
            "  - email: a@x.com",
            "    job_title: Risk Analyst",
        ]
        .map(|line| line.replace("[//Risk/Analysts]", "[\"//Risk/Analysts\"]"))
    );
}

#[test]
fn a_longer_list_takes_the_profile_and_adds_to_it() {
    let person = |email: &str, roles: &[&str]| {
        account(
            email,
            &[
                ("tier", text("LIMITED")),
                ("company", text("Example Ltd")),
                ("roles", set(roles)),
            ],
        )
    };
    let world = World::new(
        &[VENDORS],
        vec![(
            "logicgate",
            vec![
                person("a@x.com", &["Reader"]),
                person("b@x.com", &["Reader"]),
                person("c@x.com", &["Reader"]),
                person("d@x.com", &["Reader", "Writer"]),
                person("e@x.com", &["Writer"]),
            ],
        )],
    );
    let body = world.body(&[VENDORS]);
    assert!(
        body.contains(
            "  - email: d@x.com\n    profiles: [logicgate-limited-reader]\n    accounts:\n      \
             logicgate: { roles: [Writer] }\n"
        ),
        "{body}"
    );
    assert!(
        body.contains("  - email: e@x.com\n    accounts:\n      logicgate: { tier: LIMITED, roles: [Writer] }\n"),
        "{body}"
    );
}

#[test]
fn what_is_somebodys_own_does_not_split_a_profile() {
    let features = |fq: bool| [("features.fq-access", flag(fq))];
    let person = |email: &str, zone: &str| {
        account(
            email,
            &[
                ("tier", text("LIMITED")),
                ("company", text("Example Ltd")),
                ("time_zone", text(zone)),
            ],
        )
    };
    let world = World::new(
        &[VENDORS],
        vec![
            (
                "bitsight",
                vec![
                    bitsight("a@x.com", "Europe", &features(true)),
                    bitsight("b@x.com", "Europe", &features(false)),
                    bitsight("c@x.com", "Europe", &[]),
                ],
            ),
            (
                "logicgate",
                vec![
                    person("f@x.com", "UTC"),
                    person("g@x.com", "Europe/London"),
                    person("h@x.com", "UTC"),
                ],
            ),
        ],
    );
    let body = world.body(&[VENDORS]);
    assert!(body.contains("  - email: a@x.com\n    profiles: [bitsight-customer-user-europe]\n    accounts:\n      bitsight: { features: { fq-access: true } }\n"), "{body}");
    assert!(body.contains("  - email: g@x.com\n    profiles: [logicgate-limited]\n    accounts:\n      logicgate: { time_zone: Europe/London }\n"), "{body}");
}

#[test]
fn empty_lists_alone_make_no_profile() {
    let people = ["a@x.com", "b@x.com", "c@x.com"];
    let empty = |email: &&str| {
        let all = [
            ("tier", text("SECONDARY")),
            ("company", text("Example Ltd")),
            ("roles", set(&[])),
        ];
        account(email, &all)
    };
    let world = World::new(
        &[VENDORS],
        vec![("logicgate", people.iter().map(empty).collect())],
    );
    let body = world.body(&[VENDORS]);
    assert!(!body.contains("profiles"), "{body}");
    assert!(body.contains("logicgate: { roles: [] }"), "{body}");
}

const PROFILES: &str = "\
profiles:
  whole:
    bitsight: { role: customer_user, group: Europe }
    logicgate: { tier: LIMITED }
  part:
    bitsight: { role: customer_user }
  wrong:
    bitsight: { role: customer_user, group: Europe, is_available_for_contact: true }
  nowhere:
    bitsight: { role: customer_user }
    surecloud: false
";

#[test]
fn profiles_that_are_there_are_used_where_every_value_of_them_is_the_persons() {
    let limited = account(
        "a@x.com",
        &[("tier", text("LIMITED")), ("company", text("Example Ltd"))],
    );
    let world = World::new(
        &[VENDORS, PROFILES],
        vec![
            (
                "bitsight",
                vec![
                    bitsight("a@x.com", "Europe", &[]),
                    bitsight("b@x.com", "Asia", &[]),
                ],
            ),
            ("logicgate", vec![limited]),
        ],
    );
    assert_eq!(
        world.body(&[VENDORS, PROFILES]),
        "\
people:
  - email: a@x.com
    profiles: [whole]

  - email: b@x.com
    profiles: [part]
    accounts:
      bitsight: { group: Asia }
"
    );
}

#[test]
fn a_new_profile_never_takes_the_name_of_one_that_is_there() {
    let taken = "profiles: { bitsight-customer-user-europe: { bitsight: { role: vrm_admin } } }\n";
    let people = ["a@x.com", "b@x.com", "c@x.com"];
    let accounts = people
        .iter()
        .map(|it| bitsight(it, "Europe", &[]))
        .collect();
    let world = World::new(&[VENDORS, taken], vec![("bitsight", accounts)]);
    let (draft, _) = world.import(&[VENDORS, taken]);
    let names: Vec<&str> = draft.profiles.keys().map(AsRef::as_ref).collect();
    assert_eq!(names, ["bitsight-customer-user-europe-2"]);
}
