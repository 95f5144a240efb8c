//! Rules 1, 2, 4 and 5 on small rosters: who has an account, with what, and from where.

use std::borrow::Cow;

use jiff::civil::{Date, date};

use super::*;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::value::Value;
use crate::roster::model::{Bound, SecretRef, StatePlace, Unlisted};
use crate::roster::{Layer, When, desired, layers};

const DAY: Date = date(2026, 6, 15);

/// The account of `a@example.com` at acme.
fn account(text: &str) -> Option<DesiredAccount> {
    let roster = sound(text);
    desired(&roster, "acme", DAY)
        .accounts()
        .find(|account| &*account.email == "a@example.com")
        .map(Cow::into_owned)
}

/// `name=value` of every managed attribute.
fn attributes(text: &str) -> Vec<String> {
    let account = account(text).unwrap();
    account
        .attributes
        .iter()
        .map(|(name, value)| format!("{name}={}", serde_json::to_string(value).unwrap()))
        .collect()
}

#[test]
fn rule_1_who_has_an_account() {
    for (person, wanted) in [
        ("", None),
        ("accounts: {acme: {tier: LOW}}", Some(Access::Granted)),
        ("profiles: [low]", Some(Access::Granted)),
        ("accounts: {acme: false}", Some(Access::Excluded)),
        (
            "profiles: [low], accounts: {acme: false}",
            Some(Access::Excluded),
        ),
        ("profiles: [low, none]", Some(Access::Excluded)),
        (
            "profiles: [none], accounts: {acme: {tier: LOW}}",
            Some(Access::Excluded),
        ),
        ("accounts: {plain: {}}", None),
    ] {
        let text = format!(
            "profiles: {{low: {{acme: {{tier: LOW}}}}, none: {{acme: false}}}}\npeople: [{{email: a@example.com, {person}}}]\n"
        );
        assert_eq!(
            account(&text).map(|account| account.access),
            wanted,
            "{person}"
        );
    }
}

#[test]
fn rule_1_a_profile_that_denies_what_accounts_gives_is_pointed_out() {
    let parsed = parse_people(
        "profiles: {none: {acme: false}}\npeople: [{email: a@example.com, profiles: [none], accounts: {acme: {}}}]\n",
    );
    assert_eq!(brief(&parsed), ["denied-by-profile 2:62"]);
    assert!(parsed.is_usable());
}

#[test]
fn rule_4_days_of_access() {
    for (person, wanted) in [
        ("starts: 2026-06-15", Access::Granted),
        ("starts: 2026-06-16", Access::NotYet(date(2026, 6, 16))),
        ("ends: 2026-06-15", Access::Granted),
        ("ends: 2026-06-14", Access::Ended(date(2026, 6, 14))),
        ("active: true", Access::Granted),
        ("active: false, ends: 2026-06-14", Access::Left),
    ] {
        let text = format!(
            "people: [{{email: a@example.com, {person}, accounts: {{acme: {{tier: LOW}}}}}}]\n"
        );
        assert_eq!(account(&text).unwrap().access, wanted, "{person}");
    }
}

const LAYERED: &str = "\
profiles:
  one: { acme: { tier: LOW, roles: [b, a], features: { x: true } } }
  two: { acme: { tier: LOW, roles: [c], features: { y: false } } }
people:
- email: a@example.com
  first_name: Ada
  last_name: Lovelace
  company: Example
  profiles: [one, two]
  accounts:
    acme: { tier: HIGH, roles: [d], features: { x: false }, maintainers: [M@Example.com] }
";

#[test]
fn rule_2_layers() {
    assert_eq!(
        attributes(LAYERED),
        [
            "company=\"Example\"",
            "features.x=false",
            "features.y=false",
            "maintainers=[\"m@example.com\"]",
            "name=\"Ada Lovelace\"",
            "person_type=\"INTERNAL\"",
            "roles=[\"a\",\"b\",\"c\",\"d\"]",
            "tier=\"HIGH\"",
        ]
    );
}

#[test]
fn rule_2_every_value_knows_its_layer_and_place() {
    let parsed = parse_people(LAYERED);
    let roster = parsed.roster;
    let person = roster.find_person("A@example.com").unwrap();
    let listed: Vec<String> = layers(&roster, person, "acme", When::On(DAY))
        .iter()
        .map(|layered| {
            let sources: Vec<String> = layered
                .sources
                .iter()
                .map(|source| {
                    let place = source.span.map(|span| parsed.sources.locate(span));
                    format!("{:?} {}", source.layer, place.unwrap_or_default())
                })
                .collect();
            format!("{}: {}", layered.name, sources.join(", "))
        })
        .collect();
    assert_eq!(
        listed,
        [
            "company: Person a.yaml:8:12",
            "features.x: Account a.yaml:11:52",
            "features.y: Profile { name: \"two\", by: Person, through: None } a.yaml:3:56",
            "maintainers: Account a.yaml:11:74",
            "name: Person a.yaml:6:15",
            "person_type: Default ",
            "roles: Profile { name: \"one\", by: Person, through: None } a.yaml:2:36, Profile { name: \"two\", by: Person, through: None } a.yaml:3:36, Account a.yaml:11:32",
            "tier: Account a.yaml:11:19",
        ]
    );
    assert_eq!(layers(&roster, person, "nowhere", When::On(DAY)), []);
    assert_eq!(
        Layer::Account,
        layers(&roster, person, "acme", When::On(DAY))[7].sources[0].layer
    );
}

#[test]
fn rule_2_profiles_that_disagree_need_a_decision() {
    let text = |accounts: &str| {
        format!(
            "profiles:\n  one: {{acme: {{tier: LOW}}}}\n  two: {{acme: {{tier: HIGH}}}}\npeople:\n- {{email: a@example.com, profiles: [one, two]{accounts}}}\n"
        )
    };
    let parsed = parse_people(&text(""));
    assert_eq!(brief(&parsed), ["profiles-disagree 5:11"]);
    let related: Vec<String> = parsed.diagnostics[0]
        .related
        .iter()
        .map(|(span, label)| format!("{} {label}", parsed.sources.locate(*span)))
        .collect();
    assert_eq!(
        related,
        ["a.yaml:2:22 says `one`", "a.yaml:3:22 says `two`"]
    );
    let decided = text(", accounts: {acme: {tier: HIGH}}");
    assert!(attributes(&decided).contains(&String::from("tier=\"HIGH\"")));
}

#[test]
fn vendor_defaults_are_weaker_than_the_person() {
    let vendors = "vendors: {acme: {auth: {token: {env: T}}, defaults: {tier: LOW, company: Default, person_type: EXTERNAL}}}\n";
    let people = "people:\n- {email: a@example.com, accounts: {acme: {}}}\n- {email: b@example.com, company: Own, accounts: {acme: {}}}\n";
    let parsed = parse_files(&[("a.yaml", people), ("v.yaml", vendors)]);
    assert_eq!(brief(&parsed), Vec::<String>::new());
    let desired = desired(&parsed.roster, "acme", DAY);
    let company = |at: usize| desired.account(at).attributes.get("company").cloned();
    assert_eq!(company(0), Some(Value::text("Default")));
    assert_eq!(company(1), Some(Value::text("Own")));
    let first = desired.account(0);
    let kind = first.attributes.get("person_type");
    assert_eq!(kind, Some(&Value::text("EXTERNAL")));
}

#[test]
fn a_create_sends_what_the_roster_is_silent_about() {
    let sent = |extra: &str| {
        let text = format!(
            "people: [{{email: a@example.com, accounts: {{acme: {{tier: LOW{extra}}}}}}}]\n"
        );
        let account = account(&text).unwrap();
        let entry = account.on_create.get("entry").cloned();
        let bot = account.on_create.get("bot").cloned();
        (entry, bot)
    };
    let flag = |flag| Some(Value::Flag(flag));
    assert_eq!(sent(""), (flag(true), flag(false)));
    assert_eq!(sent(", bot: true"), (flag(false), None));
    assert_eq!(sent(", entry: false"), (None, flag(false)));
}

#[test]
fn people_are_found_by_present_and_previous_email() {
    let roster = sound(
        "people:\n- {email: b@example.com, previous_emails: [old@example.com]}\n- {email: A@example.com}\n",
    );
    let found = |email: &str| roster.find_person(email).map(|person| &*person.email.value);
    assert_eq!(found("a@EXAMPLE.com"), Some("A@example.com"));
    assert_eq!(found("OLD@example.com"), Some("b@example.com"));
    assert_eq!(found("nobody@example.com"), None);
}

#[test]
fn settings_come_with_every_default_filled_in() {
    let parsed = parse_files(&[(
        "a.yaml",
        "state: var
vendors:
  acme:
    base_url: https://eu.acme.example/
    auth: { client_id: { file: id.txt }, client_secret: { command: [op, read, x] } }
    unlisted: deactivate
    protect: ['*@msp.example']
    limits: { timeout: 2m }
    max: { creates: 300, deactivations: 10%, shrinkage: 30%, admin_grants: 2, at_least: 4 }
    deactivate: delete
    own_account: bot@example.com
    record: r/acme.json
    sso: true
    ca: ca.pem
    fields: { a: b }
",
    )]);
    assert_eq!(brief(&parsed), Vec::<String>::new());
    let roster = parsed.roster;
    assert_eq!(roster.state, Some(StatePlace::Folder("conf/var".into())));
    let acme = &roster.vendors["acme"];
    assert_eq!(&*acme.base_url, "https://eu.acme.example");
    assert_eq!(
        acme.auth["client_id"],
        SecretRef::File("conf/id.txt".into())
    );
    let command: Vec<Box<str>> = ["op", "read", "x"].map(Box::from).to_vec();
    assert_eq!(acme.auth["client_secret"], SecretRef::Command(command));
    assert_eq!(acme.unlisted, Unlisted::Deactivate);
    assert!(acme.protect[0].matches("Ops@MSP.example"));
    assert_eq!(acme.limits.timeout.as_secs(), 120);
    assert_eq!(
        (acme.limits.burst, acme.limits.max_wait.as_secs()),
        (2, 600)
    );
    assert_eq!(acme.max.creates, Some(Bound::Count(300)));
    assert_eq!(acme.max.deactivations, Some(Bound::Percent(10)));
    assert_eq!(acme.max.shrinkage, Some(Bound::Percent(30)));
    assert_eq!(acme.max.admin_grants, Some(Bound::Count(2)));
    assert_eq!(acme.max.at_least, Some(4));
    assert_eq!(acme.deactivate.name, "delete");
    assert_eq!(acme.own_account.as_deref(), Some("bot@example.com"));
    assert_eq!(
        acme.record.as_deref(),
        Some(std::path::Path::new("conf/r/acme.json"))
    );
    assert!(acme.flag("sso"));
    assert_eq!(acme.text("ca"), Some("conf/ca.pem"));
    assert_eq!(&*acme.text_map("fields").unwrap()["a"], "b");
}
