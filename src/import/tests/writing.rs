//! Whatever a person holds, the roster's own reader reads back from the text.

use proptest::prelude::*;

use super::super::yaml::{self, Layout};
use super::*;
use crate::roster::model::AttributeEntry;

/// Any text that a roster can hold, the treacherous ones often.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,24}",
        "[a-z:#&*!|>'\"%@`{}\\[\\],?~ -]{1,10}",
        "[0-9xeE.:_+-]{1,12}",
        proptest::sample::select(vec![
            "no",
            "Yes",
            "on",
            "OFF",
            "null",
            "~",
            "true",
            "n",
            "0123",
            "1e3",
            "2026-01-05",
            "12:30:45",
            ".inf",
            "<<",
            "=",
            "---",
            "...",
            "- a",
            "a: b",
            "a #b",
            "\\n",
            "a\\",
        ])
        .prop_map(str::to_owned),
        "[a-z ]{90,140}",
    ]
    .prop_filter("no roster can hold these", |text| {
        !text.chars().any(char::is_control)
    })
}

/// The same with something in it.
fn names() -> impl Strategy<Value = String> {
    words().prop_filter("a name is not blank", |text| !text.trim().is_empty())
}

fn entry(name: impl Into<Key>, value: Value) -> AttributeEntry {
    AttributeEntry {
        name: name.into(),
        value,
        span: Span::NOWHERE,
    }
}

prop_compose! {
    fn bitsight()(
        id in proptest::option::of(names()),
        role in names(),
        group in proptest::option::of(names()),
        contact in proptest::option::of(any::<bool>()),
        features in proptest::collection::btree_map(names(), any::<bool>(), 0..5),
    ) -> AccountEntry {
        let mut attributes = vec![entry("role", Value::text(role))];
        attributes.extend(group.map(|it| entry("group", Value::text(it))));
        attributes.extend(contact.map(|it| entry("is_available_for_contact", Value::Flag(it))));
        attributes.extend(
            features.into_iter().map(|(slug, on)| entry(format!("features.{slug}"), Value::Flag(on))),
        );
        AccountEntry::Settings {
            id: id.map(|it| Box::new(spanned(it.into()))),
            attributes: attributes.into(),
        }
    }
}

prop_compose! {
    fn snaplogic()(groups in proptest::collection::vec(names(), 0..9), no in any::<bool>()) -> AccountEntry {
        if no {
            return AccountEntry::No;
        }
        AccountEntry::Settings { id: None, attributes: [entry("groups", Value::set(groups))].into() }
    }
}

prop_compose! {
    fn people()(
        first in proptest::option::of(words()),
        last in proptest::option::of(words()),
        title in proptest::option::of(words()),
        company in proptest::option::of(words()),
        off in any::<bool>(),
        bitsight in proptest::option::of(bitsight()),
        snaplogic in proptest::option::of(snaplogic()),
        remark in words(),
    ) -> Drafted {
        let mut person = Person::new(spanned("ada.lovelace+risk@example.com".into()));
        person.first_name = first.map(|it| spanned(it.into()));
        person.last_name = last.map(|it| spanned(it.into()));
        person.job_title = title.map(|it| spanned(it.into()));
        person.company = company.map(|it| spanned(it.into()));
        person.active = off.then(|| spanned(false));
        for (vendor, entry) in [("bitsight", bitsight), ("snaplogic", snaplogic)] {
            if let Some(entry) = entry {
                person.accounts.insert(vendor, spanned(entry));
            }
        }
        Drafted { person, remarks: vec![remark] }
    }
}

/// What a person says, places aside.
fn meaning(person: &Person) -> String {
    let fields = [
        &person.first_name,
        &person.last_name,
        &person.job_title,
        &person.company,
    ];
    let fields = fields.map(|field| field.as_ref().map(|it| it.value.clone()));
    let accounts: Vec<_> = person
        .accounts
        .iter()
        .map(|(vendor, entry)| match &entry.value {
            AccountEntry::No => (vendor, None),
            AccountEntry::Settings { id, attributes } => {
                let mut all: Vec<_> = attributes.iter().map(|it| (&it.name, &it.value)).collect();
                all.sort();
                (vendor, Some((id.as_ref().map(|it| &it.value), all)))
            }
        })
        .collect();
    let active = person.active.as_ref().map(|it| it.value);
    format!(
        "{:?} {fields:?} {active:?} {accounts:?}",
        person.email.value
    )
}

/// Somebody's words about a roster whose leaver needs nothing: errors about required attributes
/// are about meaning, not about the text.
fn reread(text: &str) -> Result<Person, TestCaseError> {
    let parsed = read(&[VENDORS, text]);
    let unreadable = parsed.diagnostics.iter().find(|it| {
        it.severity == crate::roster::diagnostic::Severity::Error
            && !["missing-attribute", "conflict"].contains(&it.code.as_str())
    });
    prop_assert!(unreadable.is_none(), "{unreadable:?}\n{text}");
    match parsed.roster.people.as_slice() {
        [one] => Ok(one.clone()),
        other => Err(TestCaseError::fail(format!(
            "{} people in\n{text}",
            other.len()
        ))),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_person_is_read_back_as_written(it in people(), dash in 0..5_usize, keys in 2..5_usize, step in 1..5_usize) {
        let layout = Layout { dash, keys, step };
        let text = format!("people:\n{}\n", yaml::person(&it.person, &it.remarks, layout).join("\n"));
        prop_assert_eq!(meaning(&reread(&text)?), meaning(&it.person), "{}", text);
    }

    #[test]
    fn a_person_in_flow_style_is_read_back_as_written(it in people()) {
        let text = format!("people: [\n  {},\n]\n", yaml::person_in_flow(&it.person));
        prop_assert_eq!(meaning(&reread(&text)?), meaning(&it.person), "{}", text);
    }

    #[test]
    fn other_readers_take_texts_for_the_same_texts(text in words()) {
        let yaml = format!("a: {}\nb: [{}]\n", yaml::scalar(&text), yaml::scalar(&text));
        let read: serde_json::Value = serde_yaml::from_str(&yaml).map_err(|error| TestCaseError::fail(format!("{error}: {yaml}")))?;
        prop_assert_eq!(read, serde_json::json!({ "a": text, "b": [text] }));
    }
}
