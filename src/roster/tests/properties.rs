//! Properties: the reader against `serde_yaml`, order that must not matter, and any text at all.

use std::sync::Arc;

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::roster::model::{AccountEntry, Person, Spanned};
use crate::roster::{desired, digest};

/// A person as the roster's own fields, for comparison with another reader.
fn as_json(person: &Person) -> Json {
    let text =
        |field: &Option<Spanned<Arc<str>>>| field.as_ref().map(|field| field.value.to_string());
    let Some(Spanned {
        value: AccountEntry::Settings { id: _, attributes },
        span: _,
    }) = person.accounts.get("acme")
    else {
        return Json::Null;
    };
    let attributes: serde_json::Map<String, Json> = attributes
        .iter()
        .map(|entry| (entry.name.to_string(), json!(entry.value)))
        .collect();
    json!({
        "email": person.email.value,
        "first_name": text(&person.first_name),
        "company": text(&person.company),
        "active": person.active.as_ref().map(|active| active.value),
        "profiles": person.profiles.iter().map(|profile| &*profile.name).collect::<Vec<_>>(),
        "accounts": { "acme": attributes },
    })
}

/// A text in one of YAML's styles.
fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z][A-Za-z0-9 äßé,.&/()-]{0,12}[a-z]".prop_map(|text| text.replace(", ", " ")),
        "[A-Za-z0-9 äß:#'{}\\[\\],&*!|>%@`-]{0,16}"
            .prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
        "[A-Za-z0-9 äß:#'\\\\\"{}]{0,16}"
            .prop_map(|text| serde_json::to_string(&text).unwrap_or_default()),
    ]
    .prop_filter("booleans and nothing are no texts", |text| {
        !["true", "false", "null"].contains(&text.to_lowercase().as_str())
    })
}

fn person(number: usize) -> impl Strategy<Value = String> {
    (scalar(), scalar(), any::<bool>(), scalar(), any::<bool>()).prop_map(
        move |(first_name, company, active, group, flow)| {
            let accounts = if flow {
                format!("{{ acme: {{ tier: LOW, group: {}, bot: {active} }} }}", quoted(&group))
            } else {
                format!("\n      acme:\n        tier: HIGH\n        group: {group}\n        bot: {active}")
            };
            format!(
                "  - email: p{number}@example.com\n    first_name: {first_name}\n    company: {company}\n    active: {active}\n    profiles: [a, 'b c']\n    accounts: {accounts}\n"
            )
        },
    )
}

/// Plain texts may hold what ends a flow value.
fn quoted(text: &str) -> String {
    if text.starts_with(['\'', '"']) {
        text.to_owned()
    } else {
        format!("\"{text}\"")
    }
}

fn people() -> impl Strategy<Value = Vec<String>> {
    (1..6_usize).prop_flat_map(|count| (0..count).map(person).collect::<Vec<_>>())
}

const PROFILES: &str = "profiles: { a: {}, 'b c': { acme: { roles: [x] } } }\n";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_reader_agrees_with_serde_yaml(people in people()) {
        let text = format!("people:\n{}", people.concat());
        let parsed = parse_files(&[("a.yaml", &text), ("v.yaml", VENDORS), ("p.yaml", PROFILES)]);
        prop_assert!(parsed.is_usable(), "{text}\n{:#?}", parsed.diagnostics);
        let ours: Vec<Json> = parsed.roster.people.iter().map(as_json).collect();
        let theirs: Json = serde_yaml::from_str(&text).expect("the other reader takes it too");
        prop_assert_eq!(json!(ours), theirs["people"].clone(), "{}", text);
    }

    #[test]
    fn order_of_files_and_people_does_not_matter(people in people(), reversed: bool) {
        let together = format!("{VENDORS}{PROFILES}people:\n{}", people.concat());
        let mut parts: Vec<(String, String)> = people
            .iter()
            .enumerate()
            .map(|(at, person)| (format!("{at}.yaml"), format!("# apart\npeople:\n{person}")))
            .collect();
        parts.push((String::from("v.yaml"), VENDORS.to_owned()));
        parts.push((String::from("p.yaml"), PROFILES.to_owned()));
        if reversed {
            parts.reverse();
        }
        let parts: Vec<(&str, &str)> = parts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let one = parse_files(&[("a.yaml", &together)]).roster;
        let many = parse_files(&parts).roster;
        prop_assert_eq!(digest(&one), digest(&many));
        let day = date(2026, 1, 1);
        let (one, many) = (desired(&one, "acme", day), desired(&many, "acme", day));
        prop_assert!(one.accounts().eq(many.accounts()));
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*", yaml in "[a-c{}\\[\\],:&*!|>'\"%@`#?~<\\-\n\r\t \u{feff}\0é]{0,80}") {
        parse_files(&[("a.yaml", &text), ("b.yaml", &yaml)]);
        parse_people(&format!("people:\n- email: a@example.com\n  accounts: {yaml}"));
        parse_files(&[("a.yaml", &format!("vendors:\n  acme:\n    auth: {yaml}"))]);
    }

    #[test]
    fn no_tree_of_values_makes_it_panic(tree in tree()) {
        for key in ["people", "vendors", "profiles", "version", "state"] {
            let text = json!({ (key): tree.clone() }).to_string();
            parse_files(&[("a.yaml", &text)]);
        }
        let text = json!({ "people": [{ "email": "a@example.com", "accounts": { "acme": tree } }] });
        parse_people(&text.to_string());
    }

    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        parse_files(&[("a.yaml", &String::from_utf8_lossy(&bytes))]);
    }
}

/// Values of the right names and the wrong shapes.
fn tree() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        "[a-z@.%0-9-]{0,8}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let key = prop_oneof![
            Just("email"),
            Just("accounts"),
            Just("acme"),
            Just("auth"),
            Just("token"),
            Just("env"),
            Just("limits"),
            Just("max"),
            Just("timeout"),
            Just("protect"),
            Just("defaults"),
            Just("tier"),
            Just("features"),
            Just("roles"),
            Just("kind"),
            Just("base_url"),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::vec((key, inner), 0..4).prop_map(|entries| {
                Json::Object(
                    entries
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

#[test]
fn the_digest_is_of_the_meaning() {
    let text = |people: &str| format!("{VENDORS}people:\n{people}");
    let of = |text: &str| digest(&parse_files(&[("a.yaml", text)]).roster);
    let base = of(&text(
        "- {email: a@example.com, accounts: {acme: {tier: LOW, bot: true}}}\n",
    ));
    for same in [
        "- {email: a@example.com, accounts: {acme: {bot: true, tier: LOW}}} # a comment\n",
        "- email: a@example.com\n  accounts:\n    acme:\n      tier: 'LOW'\n      bot: True\n",
    ] {
        assert_eq!(of(&text(same)), base, "{same}");
    }
    for other in [
        "- {email: a@example.com, accounts: {acme: {tier: HIGH, bot: true}}}\n",
        "- {email: b@example.com, accounts: {acme: {tier: LOW, bot: true}}}\n",
        "- {email: a@example.com, active: false, accounts: {acme: {tier: LOW, bot: true}}}\n",
        "- {email: a@example.com, accounts: {acme: {tier: LOW, bot: true}, plain: false}}\n",
        "- {email: a@example.com, ends: 2026-01-01, accounts: {acme: {tier: LOW, bot: true}}}\n",
    ] {
        assert_ne!(of(&text(other)), base, "{other}");
    }
    let person = "- {email: a@example.com, accounts: {acme: {tier: LOW, bot: true}}}\n";
    let unlisted = text(person).replace("acme: { auth", "acme: { unlisted: deactivate, auth");
    assert_ne!(of(&unlisted), base);
}
