//! People by team, profiles of profiles, days on grants, accounts from several files (rules 10, 14).

use jiff::civil::{Date, date};

use super::*;
use crate::model::desired::Access;
use crate::model::value::Value;
use crate::roster::{Layer, ProfileBy, When, desired, digest, ending, layers};

const DAY: Date = date(2026, 6, 15);

/// `access name=value …` of the account of `a@example.com` at acme on a day; empty for none.
fn on(text: &str, day: Date) -> String {
    let roster = sound(text);
    let desired = desired(&roster, "acme", day);
    let mut accounts = desired.accounts();
    let Some(account) = accounts.find(|it| &*it.email == "a@example.com") else {
        return String::new();
    };
    let access = match account.access {
        Access::Granted => String::from("granted"),
        Access::Left => String::from("left"),
        Access::NotYet(day) => format!("not before {day}"),
        Access::Ended(day) => format!("ended {day}"),
        Access::Excluded => String::from("excluded"),
    };
    let attributes = account.attributes.iter();
    let attributes = attributes.filter(|(name, _)| !matches!(*name, "name" | "person_type"));
    let attributes = attributes.map(|(name, value)| match value {
        Value::Set(items) => format!(" {name}=[{}]", items.join(",")),
        Value::Text(text) => format!(" {name}={text}"),
        Value::Flag(flag) => format!(" {name}={flag}"),
    });
    access + &attributes.collect::<String>()
}

const PROFILES: &str = "profiles:
  low: { acme: { tier: LOW, roles: [Reader] } }
  high: { includes: [low], acme: { tier: HIGH } }
  lead: { includes: [high], acme: { roles: [Lead] } }
  writer: { acme: { roles: [Writer] } }
  none: { acme: false }
";

/// A roster of one person with these profiles and this team.
fn of(profiles: &str, team: &str) -> String {
    format!(
        "{PROFILES}people:\n- {{ email: a@example.com, profiles: [{profiles}] }}\n\
         - {{ email: b@example.com }}\nteams: {{ t: {team} }}\n"
    )
}

#[test]
fn a_team_gives_its_profiles_to_its_members() {
    for (profiles, team, wanted) in [
        ("", "{ profiles: [low], members: [b@example.com] }", ""),
        (
            "",
            "{ profiles: [low], members: [A@Example.com] }",
            "granted roles=[Reader] tier=LOW",
        ),
        (
            "writer",
            "{ profiles: [low], members: [{ email: a@example.com }] }",
            "granted roles=[Reader,Writer] tier=LOW",
        ),
        (
            "",
            "{ profiles: [low], members: [{ email: a@example.com, profiles: [writer] }] }",
            "granted roles=[Reader,Writer] tier=LOW",
        ),
        (
            "",
            "{ profiles: [low, none], members: [a@example.com] }",
            "excluded roles=[Reader] tier=LOW",
        ),
    ] {
        assert_eq!(on(&of(profiles, team), DAY), wanted, "{profiles} {team}");
    }
}

#[test]
fn a_profile_is_stronger_than_what_it_includes() {
    for (profiles, wanted) in [
        ("high", "granted roles=[Reader] tier=HIGH"),
        ("lead", "granted roles=[Lead,Reader] tier=HIGH"),
        // Whoever has both has the stronger one, in any order.
        ("high, low", "granted roles=[Reader] tier=HIGH"),
        ("low, lead", "granted roles=[Lead,Reader] tier=HIGH"),
    ] {
        assert_eq!(on(&of(profiles, "{}"), DAY), wanted, "{profiles}");
    }
}

#[test]
fn profiles_that_do_not_include_each_other_disagree() {
    let text = "profiles: { a: { acme: { tier: LOW } }, b: { acme: { tier: HIGH } }, \
                c: { includes: [a], acme: { tier: HIGH } }, d: { includes: [a] } }\n\
                people: [{ email: a@example.com, profiles: [P] }]\n";
    for (profiles, wanted) in [
        ("a, b", &["profiles-disagree 2:19"][..]),
        ("d, b", &["profiles-disagree 2:19"]),
        ("a, c", &[]),
        ("c, b", &[]),
        ("d, c", &[]),
    ] {
        let parsed = parse_people(&text.replace('P', profiles));
        assert_eq!(brief(&parsed), wanted, "{profiles}");
    }
}

#[test]
fn everyone_has_what_everyone_is_given() {
    let text = "profiles: { all: { everyone: true, acme: { tier: LOW } } }\npeople:\n\
                - { email: a@example.com, P }\n";
    for (person, wanted) in [
        ("active: true", "granted tier=LOW"),
        ("active: false", "left tier=LOW"),
        ("ends: 2026-06-14", "ended 2026-06-14 tier=LOW"),
        ("accounts: { acme: false }", "excluded tier=LOW"),
        ("accounts: { acme: { tier: HIGH } }", "granted tier=HIGH"),
    ] {
        assert_eq!(on(&text.replace('P', person), DAY), wanted, "{person}");
    }
    let off = text.replace("everyone: true", "everyone: false");
    assert_eq!(on(&off.replace('P', "active: true"), DAY), "");
}

#[test]
fn outside_its_days_a_grant_still_manages_what_it_names() {
    let days = "{ name: writer, starts: 2026-06-01, ends: 2026-06-30 }";
    let both = |profiles: &str| of(&profiles.replace("DAYS", days), "{}");
    let [before, within, after] = [date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 1)];
    // A list loses its members, and stays managed.
    let text = both("low, DAYS");
    assert_eq!(on(&text, before), "granted roles=[Reader] tier=LOW");
    assert_eq!(on(&text, within), "granted roles=[Reader,Writer] tier=LOW");
    assert_eq!(on(&text, after), "granted roles=[Reader] tier=LOW");
    // A list that nothing else names is empty.
    let text = of(days, "{}").replace(
        "profiles: [{",
        "accounts: { acme: { tier: LOW } }, profiles: [{",
    );
    assert_eq!(on(&text, within), "granted roles=[Writer] tier=LOW");
    assert_eq!(on(&text, after), "granted roles=[] tier=LOW");
    // A vendor that only it names makes the person a leaver there.
    let text = "profiles: { low: { acme: { tier: LOW } } }\npeople:\n- email: a@example.com\n  \
                profiles: [{ name: low, starts: 2026-06-01, ends: 2026-06-30 }]\n";
    assert_eq!(on(text, before), "not before 2026-06-01");
    assert_eq!(on(text, within), "granted tier=LOW");
    assert_eq!(on(text, after), "ended 2026-06-30");
}

#[test]
fn yearly_terms_follow_each_other() {
    let text = of(
        "",
        "{ profiles: [low], members: [{ email: a@example.com, starts: 2024-01-01, ends: 2024-12-31 }, \
         { email: a@example.com, starts: 2026-01-01, ends: 2026-12-31 }] }",
    );
    assert_eq!(
        on(&text, date(2023, 12, 31)),
        "not before 2024-01-01 roles=[]"
    );
    assert_eq!(
        on(&text, date(2024, 12, 31)),
        "granted roles=[Reader] tier=LOW"
    );
    assert_eq!(
        on(&text, date(2025, 6, 1)),
        "not before 2026-01-01 roles=[]"
    );
    assert_eq!(on(&text, DAY), "granted roles=[Reader] tier=LOW");
    assert_eq!(on(&text, date(2027, 1, 1)), "ended 2026-12-31 roles=[]");
}

#[test]
fn a_member_has_a_profile_on_the_days_of_both() {
    let text = of(
        "low",
        "{ profiles: [{ name: writer, starts: 2026-06-10 }], \
         members: [{ email: a@example.com, ends: 2026-06-20 }] }",
    );
    for (day, wanted) in [
        (9, "[Reader]"),
        (10, "[Reader,Writer]"),
        (20, "[Reader,Writer]"),
        (21, "[Reader]"),
    ] {
        let wanted = format!("granted roles={wanted} tier=LOW");
        assert_eq!(on(&text, date(2026, 6, day)), wanted, "{day}");
    }
}

#[test]
fn a_right_with_days_needs_a_value_for_the_others() {
    let text = "profiles: { low: { acme: { tier: LOW } }, boss: { acme: { role: admin } } }\npeople:\n\
                - { email: a@example.com, profiles: [P] }\n";
    let boss = "{ name: boss, starts: 2026-06-01, ends: 2026-06-30 }";
    for (profiles, more, wanted) in [
        ("low, BOSS", "", &["right-without-end 3:43"][..]),
        ("low, BOSS", "accounts: { acme: { role: user } }, ", &[]),
        ("low, BOSS", "ends: 2026-06-30, starts: 2026-06-01, ", &[]),
        ("low, boss", "", &[]),
        // Whoever has the account on these days only loses it with them.
        (
            "{ name: low, starts: 2026-06-01, ends: 2026-06-30 }, BOSS",
            "",
            &[],
        ),
    ] {
        let person = text.replace('P', &profiles.replace("BOSS", boss));
        let person = person.replace("com, profiles", &format!("com, {more}profiles"));
        let parsed = parse_people(&person);
        assert_eq!(brief(&parsed), wanted, "{profiles} {more}");
    }
}

#[test]
fn days_are_checked_one_stretch_at_a_time() {
    // Two terms may say different things; a day on which both hold may not.
    let text = "profiles: { a: { acme: { tier: LOW } }, b: { acme: { tier: HIGH } } }\npeople:\n\
                - { email: a@example.com, profiles: [{ name: a, ends: 2026-05-31 }, { name: b, starts: S }] }\n";
    assert_eq!(
        brief(&parse_people(&text.replace('S', "2026-06-01"))),
        Vec::<String>::new()
    );
    assert_eq!(
        brief(&parse_people(&text.replace('S', "2026-05-31"))),
        ["profiles-disagree 3:12"]
    );
}

#[test]
fn what_is_wrong_with_teams_is_told_with_its_place() {
    let people = "people: [{ email: ada@example.com }]\nprofiles: { low: { plain: {} } }\n";
    let term = "{ name: low, ends: 2026-02-01 }, ".repeat(200);
    let enough = format!("teams: {{ t: {{ members: [ada@example.com], profiles: [{term}] }} }}\n");
    let endless = enough.replace("] }", "{ name: low, ends: 2026-02-01 }] }");
    for (text, wanted) in [
        (&*enough, &[][..]),
        (&*endless, &["too-many-days 3:25"]),
        ("teams: []\n", &["wrong-type 3:1"]),
        ("teams: { t: [] }\n", &["wrong-type 3:13"]),
        ("teams: { t: { member: [] } }\n", &["unknown-key 3:15"]),
        (
            "teams: { t: { members: ada@example.com } }\n",
            &["wrong-type 3:24"],
        ),
        ("teams: { t: { members: [ada] } }\n", &["not-an-email 3:25"]),
        (
            "teams: { t: { members: [adda@example.com] } }\n",
            &["unknown-person 3:25"],
        ),
        (
            "teams: { t: { members: [{ profiles: [low] }] } }\n",
            &["missing-key 3:25"],
        ),
        (
            "teams: { t: { members: [{ email: ada@example.com, active: false }] } }\n",
            &["unknown-key 3:51"],
        ),
        (
            "teams: { t: { members: [{ email: ada@example.com, starts: 2026-02-02, ends: 2026-02-01 }] } }\n",
            &["ends-before-starts 3:77"],
        ),
        (
            "teams: { t: { profiles: [lo] } }\n",
            &["unknown-profile 3:26"],
        ),
        (
            "teams: { t: { profiles: [{ ends: 2026-02-01 }] } }\n",
            &["missing-key 3:26"],
        ),
        (
            "teams: { t: { profiles: [{ name: low, until: 2026-02-01 }] } }\n",
            &["unknown-key 3:39"],
        ),
        ("teams: { t: {}, t: {} }\n", &["defined-twice 3:17"]),
        (
            "teams: { t: { note: Risk, x-owner: [a], profiles: [low], members: [ada@example.com] } }\n",
            &[],
        ),
        (
            "accounts: { bob@example.com: { plain: {} } }\n",
            &["unknown-person 3:13"],
        ),
        ("accounts: { bob: { plain: {} } }\n", &["not-an-email 3:13"]),
        (
            "accounts: { ada@example.com: { plian: {} } }\n",
            &["unknown-vendor 3:32"],
        ),
        (
            "accounts: { ada@example.com: { plain: { naem: x } } }\n",
            &["unknown-attribute 3:41"],
        ),
        ("accounts: { ada@example.com: [] }\n", &["wrong-type 3:30"]),
    ] {
        assert_eq!(
            brief(&parse_people(&format!("{people}{text}"))),
            wanted,
            "{text}"
        );
    }
    let parsed = parse_people(&format!(
        "{people}teams: {{ t: {{ members: [adda@example.com] }} }}\n"
    ));
    let help = parsed.diagnostics[0].help.clone().unwrap();
    assert_eq!(help, "did you mean `ada@example.com`?");
}

#[test]
fn profiles_that_include_wrongly_are_told() {
    let people = "people: []\n";
    for (profiles, wanted) in [
        ("{ a: { includes: [b] } }", &["unknown-profile 2:29"][..]),
        ("{ a: { includes: [a] } }", &["includes 2:29"]),
        (
            "{ a: { includes: [b] }, b: { includes: [a] } }",
            &["includes 2:29", "includes 2:51"],
        ),
        ("{ a: { includes: b } }", &["wrong-type 2:28"]),
        ("{ a: { everyone: yes } }", &["wrong-type 2:28"]),
        ("{ a: { note: Readers, x-cost: { euro: 3 } } }", &[]),
    ] {
        let text = format!("{people}profiles: {profiles}\n");
        assert_eq!(brief(&parse_people(&text)), wanted, "{profiles}");
    }
    let chain = (0..80).map(|n| format!("  p{n}: {{ includes: [p{}] }}\n", n + 1));
    let text = format!(
        "people: []\nprofiles:\n{}  p80: {{}}\n",
        chain.collect::<String>()
    );
    let parsed = parse_people(&text);
    assert!(
        parsed
            .diagnostics
            .iter()
            .all(|it| it.message.contains("more than 64"))
    );
    assert!(!parsed.is_usable());
}

#[test]
fn words_of_ours_count_where_keys_are_ours() {
    for (text, wanted) in [
        ("x-team: { a: [1] }\npeople: []\n", &[][..]),
        (
            "people:\n- { email: a@example.com, note: On leave, x-id: 7, accounts: { plain: { note: Old, x-y: 1 } } }\n",
            &[],
        ),
        (
            "people:\n- { email: a@example.com, note: [] }\n",
            &["wrong-type 2:33"],
        ),
        ("note: hello\npeople: []\n", &["unknown-key 1:1"]),
        (
            "people: []\nvendors: { x-plain: { kind: plain, base_url: 'https://p.example', organization: O, auth: { jwt: { env: J } } } }\n",
            &["bad-name 2:12"],
        ),
        (
            "people: []\nvendors: { everyone: { kind: plain, base_url: 'https://p.example', organization: O, auth: { jwt: { env: J } } } }\n",
            &["bad-name 2:12"],
        ),
        (
            "people: []\nvendors: { p: { kind: plain, x-a: 1, base_url: 'https://p.example', organization: O, auth: { jwt: { env: J } } } }\n",
            &["unknown-key 2:30"],
        ),
        // A map of names has every name.
        (
            "people: [{ email: a@example.com, profiles: [x-p, note] }]\nprofiles: { x-p: {}, note: {} }\n",
            &[],
        ),
        (
            "people: [{ email: a@example.com, accounts: { x-p: {} } }]\n",
            &["unknown-vendor 1:46"],
        ),
    ] {
        assert_eq!(brief(&parse_people(text)), wanted, "{text}");
    }
}

#[test]
fn accounts_of_several_files_add_up() {
    let parse = |more: &str| {
        parse_files(&[
            (
                "a.yaml",
                "people:\n- email: a@example.com\n  previous_emails: [old@example.com]\n  accounts: { acme: { tier: LOW, roles: [One] } }\n",
            ),
            ("b.yaml", &format!("accounts:\n  A@example.com: {more}\n")),
            ("vendors.yaml", VENDORS),
        ])
    };
    for (more, wanted) in [
        ("{ acme: { roles: [Two] }, plain: {} }", &[][..]),
        ("{ acme: { role: user } }", &[]),
        (
            "{ acme: { tier: LOW } }",
            &["accounts-disagree b.yaml:2:34"],
        ),
        ("{ acme: { features: { x: true } } }", &[]),
        ("{ acme: false }", &["accounts-disagree b.yaml:2:26"]),
        ("{ plain: false }", &[]),
    ] {
        assert_eq!(brief(&parse(more)), wanted, "{more}");
    }
    let roster = parse("{ acme: { roles: [Two] }, plain: {} }").roster;
    let acme = desired(&roster, "acme", DAY);
    let account = acme.account(0);
    assert_eq!(
        account.attributes.get("roles"),
        Some(&Value::set(["One", "Two"]))
    );
    assert_eq!(desired(&roster, "plain", DAY).len(), 1);
}

#[test]
fn layers_tell_who_gives_a_profile() {
    let text = of("writer", "{ profiles: [high], members: [a@example.com] }").replace(
        "  none:",
        "  all: { everyone: true, acme: { group: All } }\n  none:",
    );
    let roster = sound(&text.replace("- { email: b@example.com }\n", ""));
    let person = roster.find_person("a@example.com").unwrap();
    let layers = layers(&roster, person, "acme", When::On(DAY));
    let of = |name: &str| {
        let layered = layers.iter().find(|it| it.name == *name).unwrap();
        let sources = layered.sources.iter();
        sources.map(|it| it.layer.clone()).collect::<Vec<_>>()
    };
    let profile = |name: &str, by, through: Option<&str>| Layer::Profile {
        name: name.into(),
        by,
        through: through.map(Into::into),
    };
    let team = || ProfileBy::Team("t".into());
    assert_eq!(of("group"), [profile("all", ProfileBy::Everyone, None)]);
    assert_eq!(of("tier"), [profile("high", team(), None)]);
    assert_eq!(
        of("roles"),
        [
            profile("low", team(), Some("high")),
            profile("writer", ProfileBy::Person, None)
        ]
    );
}

#[test]
fn the_digest_is_of_what_teams_come_to() {
    let digest = |text: &str| digest(&sound(text));
    let by_team = of("", "{ profiles: [low], members: [a@example.com] }");
    let by_person = of("low", "{ profiles: [low], members: [] }");
    assert_eq!(digest(&by_team), digest(&by_person));
    let dated = |ends: &str| of(&format!("{{ name: low, ends: {ends} }}"), "{}");
    assert_ne!(digest(&by_person), digest(&dated("2026-06-30")));
    assert_ne!(digest(&dated("2026-06-29")), digest(&dated("2026-06-30")));
    let noted = by_person.replace("members: []", "members: [], note: Risk");
    assert_eq!(digest(&noted), digest(&by_person));
}

#[test]
fn access_that_a_profile_ends_is_told_ahead() {
    let text = of(
        "",
        "{ profiles: [low], members: [{ email: a@example.com, ends: 2026-06-20 }] }",
    );
    let roster = sound(&text);
    let found = ending(&roster, &["acme", "plain"], DAY, 14);
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.ends, it.vendors.join(",")))
        .collect();
    assert_eq!(found, [(date(2026, 6, 20), String::from("acme"))]);
    assert_eq!(ending(&roster, &["acme"], DAY, 4), []);
}
