//! Names that disagree, accounts that are off, and what no roster can say.

use super::*;
use crate::model::account::Shield;
use crate::model::email::EmailKey;

fn logicgate(email: &str, first: &str, last: &str) -> Account {
    account(
        email,
        &[
            ("tier", text("SECONDARY")),
            ("company", text("Example Ltd")),
            ("first", text(first)),
            ("last", text(last)),
        ],
    )
}

fn bitsight(email: &str, friendly: &str, formal: &str) -> Account {
    account(
        email,
        &[
            ("role", text("customer_user")),
            ("friendly_name", text(friendly)),
            ("formal_name", text(formal)),
        ],
    )
}

fn off(mut account: Account) -> Account {
    account.active = false;
    account
}

#[test]
fn names_are_the_persons_where_vendors_agree_and_the_accounts_where_not() {
    let world = World::new(
        &[VENDORS],
        vec![
            (
                "bitsight",
                vec![
                    bitsight("Ada@X.com", "Ada", "Ada King Lovelace"),
                    bitsight("solo@x.com", "Cher", "Cher"),
                    bitsight("split@x.com", "Vincent", "Vincent van Gogh"),
                ],
            ),
            ("logicgate", vec![logicgate("ada@x.com", "Ada", "Lovelace")]),
        ],
    );
    assert_eq!(
        world.body(&[VENDORS]),
        "\
profiles:
  bitsight-customer-user:
    bitsight: { role: customer_user }

people:
  - email: ada@x.com
    first_name: Ada
    last_name: Lovelace
    profiles: [bitsight-customer-user]
    accounts:
      bitsight: { formal_name: Ada King Lovelace }
      logicgate: {}

  - email: solo@x.com
    first_name: Cher
    profiles: [bitsight-customer-user]

  - email: split@x.com
    first_name: Vincent
    last_name: van Gogh
    profiles: [bitsight-customer-user]
"
    );
}

#[test]
fn a_default_that_an_account_does_not_have_is_written_over() {
    let mut other = logicgate("a@x.com", "A", "B");
    other.attributes.insert("company", Some(text("Other Ltd")));
    let mut none = logicgate("b@x.com", "A", "B");
    none.attributes.insert("company", None);
    let mut hidden = logicgate("c@x.com", "A", "B");
    hidden.attributes.remove("company");
    let world = World::new(&[VENDORS], vec![("logicgate", vec![other, none, hidden])]);
    let (draft, body) = world.import(&[VENDORS]);
    assert_eq!(
        draft.people[0].person.company.as_ref().map(|it| &*it.value),
        Some("Other Ltd")
    );
    assert!(body.contains("logicgate: { company: \"\" }"), "{body}");
    assert!(draft.people[2].person.company.is_none(), "{body}");
}

#[test]
fn who_is_off_everywhere_is_a_leaver_and_who_is_off_somewhere_is_off_there() {
    let world = World::new(
        &[VENDORS],
        vec![
            (
                "bitsight",
                vec![
                    off(bitsight("gone@x.com", "Mary", "Mary Jackson")),
                    off(bitsight("half@x.com", "Ann", "Ann Lee")),
                ],
            ),
            (
                "logicgate",
                vec![
                    off(logicgate("gone@x.com", "Mary", "Jackson")),
                    logicgate("half@x.com", "Ann", "Lee"),
                ],
            ),
        ],
    );
    assert_eq!(
        world.body(&[VENDORS]),
        "\
people:
  - email: gone@x.com
    first_name: Mary
    last_name: Jackson
    active: false
    accounts:
      bitsight: { role: customer_user }
      logicgate: {}

  - email: half@x.com
    first_name: Ann
    last_name: Lee
    accounts:
      bitsight: false
      logicgate: {}
"
    );
    let mut source = world.source();
    source.active_only = true;
    let draft = draft(&source, &Verdicts::default());
    assert_eq!((draft.people.len(), draft.off), (1, 1));
}

#[test]
fn accounts_that_are_off_are_left_out_where_leavers_are_deleted() {
    const GRACE: &str = "\
vendors:
  bitsight:
    auth: { token: { env: T } }
    leavers: { delete_after: 30d }
";
    let accounts = vec![
        off(bitsight("gone@x.com", "Mary", "Mary Jackson")),
        bitsight("here@x.com", "Ann", "Ann Lee"),
    ];
    let world = World::new(&[GRACE], vec![("bitsight", accounts)]);
    let (draft, document) = world.import(&[GRACE]);
    assert_eq!(draft.people.len(), 1);
    assert!(
        document.contains("switched-off accounts are left out"),
        "{document}"
    );
}

#[test]
fn accounts_that_no_roster_can_name_are_told_and_break_nothing() {
    let mut no_role = bitsight("norole@x.com", "No", "No Role");
    no_role.attributes.insert("role", None);
    let mut tier = logicgate("tier@x.com", "T", "T");
    tier.attributes.insert("tier", Some(text("PLATINUM")));
    let control = bitsight("control@x.com", "Tab\tbed", "Tab\u{1b}[31mbed");
    let mut service = bitsight("etl@x.com", "ETL", "ETL");
    service.shield = Some(Shield {
        what: "service account",
        always: false,
    });
    let mut token = bitsight("company.token@x.com", "Token", "Token");
    token.shield = Some(Shield {
        what: "company API token",
        always: true,
    });
    let world = World::new(
        &[VENDORS],
        vec![
            (
                "bitsight",
                vec![
                    token,
                    bitsight("", "Nobody", "Nobody"),
                    bitsight("zoë@x.com", "Zoë", "Zoë"),
                    bitsight("a@localhost", "Local", "Local"),
                    no_role,
                    control,
                    service,
                ],
            ),
            ("logicgate", vec![tier]),
        ],
    );
    let (draft, document) = world.import(&[VENDORS]);
    assert_eq!(draft.left_out.len(), 6, "{:#?}", draft.left_out);
    for text in &draft.left_out {
        let words: Vec<&str> = text.split(' ').take(3).collect();
        assert!(document.contains(&words.join(" ")), "{document}");
    }
    let people: Vec<&str> = draft
        .people
        .iter()
        .map(|it| &*it.person.email.value)
        .collect();
    assert_eq!(people, ["control@x.com", "etl@x.com"]);
    assert!(
        document.contains("# bitsight: formal_name is left alone"),
        "{document}"
    );
    assert!(
        document.contains("# a service account at bitsight"),
        "{document}"
    );
    assert!(
        !document.chars().any(|c| c.is_control() && c != '\n'),
        "{document}"
    );
}

#[test]
fn of_two_accounts_with_one_email_the_one_in_use_is_named_by_id() {
    let one = off(account("a@x.com", &[("role", text("customer_user"))]));
    let mut two = account("A@X.COM", &[("role", text("customer_admin"))]);
    two.id = Some("2".into());
    let world = World::new(&[VENDORS], vec![("bitsight", vec![one, two])]);
    let body = world.body(&[VENDORS]);
    assert!(
        body.contains("another account with this e-mail: id of a@x.com"),
        "{body}"
    );
    assert!(
        body.contains("bitsight: { id: \"2\", role: customer_admin }"),
        "{body}"
    );
}

#[test]
fn two_accounts_that_nothing_tells_apart_are_left_to_a_person() {
    let nameless = |email: &str| Account {
        id: None,
        ..account(email, &[("groups", set(&["A"]))])
    };
    let world = World::new(
        &[VENDORS],
        vec![("snaplogic", vec![nameless("a@x.com"), nameless("A@x.com")])],
    );
    let source = world.source();
    let mut verdicts = Verdicts::default();
    let before = world.plan(&world.roster);
    for round in 0.. {
        let draft = draft(&source, &verdicts);
        let heading = Heading {
            read_at: jiff::Timestamp::UNIX_EPOCH,
            tool: String::from("rosterctl"),
        };
        let document = document(&source, &draft, &heading);
        let plan = world.plan(&roster(&[VENDORS, &document]));
        let objections = objections(&plan, &before);
        if round == 0 {
            assert_eq!(objections.len(), 1, "{objections:#?}");
        } else {
            assert_eq!(objections, []);
            assert!(draft.people.is_empty());
            assert!(document.contains("# - a@x.com: "), "{document}");
            break;
        }
        verdicts.heed(&objections[0], &draft);
    }
}

#[test]
fn an_objection_costs_the_profiles_first_and_then_the_account() {
    let people = ["a@x.com", "b@x.com", "c@x.com"];
    let accounts = people.map(|email| bitsight(email, "A", "A B")).to_vec();
    let world = World::new(&[VENDORS], vec![("bitsight", accounts)]);
    let source = world.source();
    let objection = Objection {
        key: EmailKey::of("a@x.com"),
        vendor: "bitsight".into(),
        what: String::from("would change it"),
    };
    let mut verdicts = Verdicts::default();
    let first = draft(&source, &verdicts);
    assert_eq!(first.people[0].person.profiles.len(), 1);
    verdicts.heed(&objection, &first);
    let second = draft(&source, &verdicts);
    assert!(second.people[0].person.profiles.is_empty());
    assert!(second.people[0].person.accounts.get("bitsight").is_some());
    verdicts.heed(&objection, &second);
    let third = draft(&source, &verdicts);
    assert_eq!(third.people.len(), 2);
    assert!(
        third.left_out[0].contains("would change it"),
        "{:?}",
        third.left_out
    );
}

#[test]
fn people_whom_the_roster_lists_stay_out_and_their_other_accounts_are_told() {
    let people = "\
people:
  - email: Listed@x.com
    previous_emails: [old@x.com]
    accounts: { bitsight: { role: customer_user } }
  - email: left@x.com
    active: false
";
    let world = World::new(
        &[VENDORS, people],
        vec![
            (
                "bitsight",
                vec![account("listed@x.com", &[("role", text("customer_user"))])],
            ),
            (
                "logicgate",
                vec![
                    logicgate("listed@x.com", "L", "L"),
                    logicgate("left@x.com", "L", "L"),
                    logicgate("new@x.com", "N", "N"),
                ],
            ),
        ],
    );
    let (draft, document) = world.import(&[VENDORS, people]);
    assert_eq!(draft.people.len(), 1, "{document}");
    let told: Vec<(&str, Option<&str>)> = draft
        .unnamed
        .iter()
        .map(|it| (it.key.as_str(), it.line.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("left@x.com", None),
            ("listed@x.com", Some("logicgate: { first: L, last: L }"))
        ]
    );
    assert!(draft.unnamed[0].text.contains("would switch it off"));
}

#[test]
fn values_that_need_a_setting_are_left_out_and_counted() {
    let person = account(
        "a@x.com",
        &[
            ("allow_password_login", flag(false)),
            ("ui_access", flag(true)),
        ],
    );
    let world = World::new(&[VENDORS], vec![("snaplogic", vec![person])]);
    let (_, document) = world.import(&[VENDORS]);
    assert!(
        document.contains("snaplogic: { ui_access: true }"),
        "{document}"
    );
    assert!(
        document.contains("1 accounts have `allow_password_login: false`"),
        "{document}"
    );
}

#[test]
fn the_probe_asks_for_everything_and_changes_nothing() {
    let known = "people: [{ email: a@x.com, accounts: { snaplogic: {} } }]\n";
    let world = World::new(
        &[VENDORS, known],
        vec![(
            "snaplogic",
            vec![
                account("a@x.com", &[]),
                account("b@x.com", &[("ui_access", flag(true))]),
                off(account("c@x.com", &[])),
            ],
        )],
    );
    let source = world.source();
    let desired = probe(&source);
    let wishes: Vec<_> = desired[0].accounts().collect();
    assert_eq!(wishes.len(), 3);
    assert!(
        wishes[0].attributes.is_empty(),
        "people of the roster are asked for as they are"
    );
    for name in ["groups", "maintainers", "managed", "allow_password_login"] {
        assert!(wishes[1].attributes.contains(name), "{name}");
    }
    assert_eq!(wishes[1].attributes.get("ui_access"), Some(&flag(true)));
    assert!(wishes[1].access.granted() && !wishes[2].access.granted());
    assert!(!wishes[1].attributes.contains("email_notification"));
}

#[test]
fn a_key_of_a_map_is_told_from_the_dots_and_colons_around_it() {
    use super::super::imported::member;
    assert_eq!(
        member("features.fq-access"),
        Some(("features", "fq-access"))
    );
    assert_eq!(member("features.a:b.c"), Some(("features", "a:b.c")));
    let urn = "urn:example:acme:2.0:User";
    assert_eq!(
        member("urn:example:acme:2.0:User.cost_code"),
        Some((urn, "cost_code"))
    );
    assert_eq!(member(urn), None);
    assert_eq!(member("role"), None);
}
