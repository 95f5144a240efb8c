//! A file that people are added to keeps every byte, in its order.

use crate::model::email::EmailKey;
use proptest::prelude::*;

use super::super::merge::merge;
use super::*;

fn newcomer(email: &str) -> Drafted {
    let mut person = Person::new(spanned(email.into()));
    person.first_name = Some(spanned("New".into()));
    let entry = AccountEntry::Settings {
        id: None,
        attributes: Box::default(),
    };
    person.accounts.insert("snaplogic", spanned(entry));
    Drafted {
        person,
        remarks: vec![String::from("a service account at snaplogic")],
    }
}

fn two() -> ImportDraft {
    ImportDraft {
        people: vec![newcomer("new@x.com"), newcomer("newer@x.com")],
        ..ImportDraft::default()
    }
}

fn unnamed(email: &str, vendor: &str) -> Unnamed {
    Unnamed {
        key: EmailKey::of(email).into_owned(),
        vendor: vendor.into(),
        line: Some(format!("{vendor}: {{}}")),
        has: String::new(),
        text: String::new(),
    }
}

/// Whether all of `whole` is in `longer`, in its order.
fn is_within(whole: &str, longer: &str) -> bool {
    let mut characters = longer.chars();
    whole.chars().all(|wanted| characters.any(|c| c == wanted))
}

/// Merges, and checks that the roster says what it said and the new people more.
fn merged(text: &str, draft: &ImportDraft) -> String {
    let result = merge(text, draft).unwrap_or_else(|why| panic!("{why}:\n{text}"));
    assert!(
        is_within(text, &result.text),
        "{text}\n---\n{}",
        result.text
    );
    let before = roster(&[VENDORS, text]);
    let after = roster(&[VENDORS, &result.text]);
    assert_eq!(after.people.len(), before.people.len() + draft.people.len());
    for person in before
        .people
        .iter()
        .chain(draft.people.iter().map(|it| &it.person))
    {
        let now = after.find_person(&person.email.value).unwrap();
        assert_eq!(
            now.first_name.as_ref().map(|it| &it.value),
            person.first_name.as_ref().map(|it| &it.value)
        );
        for (vendor, _) in person.accounts.iter() {
            assert!(now.accounts.get(vendor).is_some(), "{}", result.text);
        }
    }
    for (key, vendor) in &result.added {
        assert!(
            after
                .find_person(key.as_str())
                .unwrap()
                .accounts
                .get(vendor)
                .is_some(),
            "{}",
            result.text
        );
    }
    result.text
}

#[test]
fn people_go_behind_the_last_one_and_its_comments() {
    let text = "\
people:
    # the first
    -   email: a@x.com # really
        accounts:
            snaplogic: {}
        # more about a

# what follows
state: .state
";
    assert_eq!(
        merged(text, &two()),
        "\
people:
    # the first
    -   email: a@x.com # really
        accounts:
            snaplogic: {}
        # more about a

    # a service account at snaplogic
    -   email: new@x.com
        first_name: New
        accounts:
            snaplogic: {}

    # a service account at snaplogic
    -   email: newer@x.com
        first_name: New
        accounts:
            snaplogic: {}

# what follows
state: .state
"
    );
}

#[test]
fn line_breaks_dashes_and_gaps_are_the_files_own() {
    let text = "people:\r\n- email: a@x.com\r\n- email: b@x.com";
    let mut draft = two();
    draft.people.truncate(1);
    draft.people[0].remarks.clear();
    assert_eq!(
        merged(text, &draft),
        "people:\r\n- email: a@x.com\r\n- email: b@x.com\r\n- email: new@x.com\r\n  \
         first_name: New\r\n  accounts:\r\n    snaplogic: {}"
    );
}

#[test]
fn lists_in_flow_style_stay_in_flow_style() {
    let person = |email: &str| {
        format!("{{ email: {email}, first_name: New, accounts: {{ snaplogic: {{}} }} }}")
    };
    let (new, newer) = (person("new@x.com"), person("newer@x.com"));
    let mut draft = two();
    for it in &mut draft.people {
        it.remarks.clear();
    }
    assert_eq!(
        merged("people: []\nstate: s\n", &draft),
        format!("people: [\n  {new},\n  {newer},\n]\nstate: s\n")
    );
    assert_eq!(
        merged("people: [{ email: a@x.com }] # all\n", &draft),
        format!("people: [{{ email: a@x.com }},\n  {new},\n  {newer},\n] # all\n")
    );
    assert_eq!(
        merged("people: [\n    { email: a@x.com }  # last\n  ]\n", &draft),
        format!("people: [\n    {{ email: a@x.com }},  # last\n    {new},\n    {newer},\n  ]\n")
    );
    assert_eq!(
        merged("people: [\n  { email: a@x.com }, # one, two\n]\n", &draft),
        format!("people: [\n  {{ email: a@x.com }}, # one, two\n  {new},\n  {newer},\n]\n")
    );
}

#[test]
fn a_file_without_people_gets_a_section() {
    for text in [
        "",
        "# only a comment",
        "state: s\n",
        "\u{feff}state: s",
        "---\nstate: s\n...\n",
        "state: s\r\n",
    ] {
        let result = merged(text, &two());
        assert!(result.starts_with(text), "{result:?}");
    }
}

#[test]
fn accounts_are_named_in_every_style_of_entry() {
    let text = "\
people:
  - email: a@x.com
    accounts:
      bitsight: { role: customer_user } # why
  - email: b@x.com
    first_name: B
  - { email: c@x.com, accounts: {} }
  - { email: d@x.com, accounts: { bitsight: { role: customer_user } } }
  - { email: e@x.com }
  - email: F@x.com
    accounts: { surecloud: false }
";
    let people = [
        "a@x.com", "b@x.com", "c@x.com", "d@x.com", "e@x.com", "f@x.com",
    ];
    let draft = ImportDraft {
        unnamed: people
            .iter()
            .flat_map(|email| [unnamed(email, "logicgate"), unnamed(email, "snaplogic")])
            .collect(),
        ..two()
    };
    let result = merged(text, &draft);
    let after = roster(&[VENDORS, &result]);
    for email in people {
        let person = after.find_person(email).unwrap();
        assert!(
            person.accounts.get("logicgate").is_some(),
            "{email}: {result}"
        );
        assert!(
            person.accounts.get("snaplogic").is_some(),
            "{email}: {result}"
        );
    }
    assert!(
        result.contains("# why\n      logicgate: {}\n      snaplogic: {}\n"),
        "{result}"
    );
}

#[test]
fn files_that_cannot_be_added_to_are_refused() {
    for text in ["people: *a\n", "{ state: s }\n", "people: [\n", "- a\n"] {
        assert!(merge(text, &two()).is_err(), "{text}");
    }
    let nothing = merge("people: # none yet\n", &two());
    assert!(nothing.is_err_and(|why| why.contains("no list")));
}

prop_compose! {
    /// One person as somebody might have written it.
    fn written(number: usize)(style in 0..4, gap in any::<bool>(), note in any::<bool>()) -> (usize, i32, bool, bool) {
        (number, style, gap, note)
    }
}

/// A list of people at that column.
fn list(people: &[(usize, i32, bool, bool)], dash: usize, keys: usize) -> Vec<String> {
    let (outer, inner) = (" ".repeat(dash), " ".repeat(dash + keys));
    let first = " ".repeat(keys - 1);
    let mut lines = Vec::new();
    for (number, style, gap, note) in people {
        if *gap {
            lines.push(String::new());
        }
        if *note {
            lines.push(format!("{outer}# of p{number}: yes, [no]"));
        }
        lines.extend(match style {
            0 => vec![format!("{outer}-{first}email: p{number}@x.com")],
            1 => vec![format!("{outer}- {{ email: p{number}@x.com }}  # flow")],
            2 => vec![
                format!("{outer}-"),
                format!("{inner}email: p{number}@x.com"),
                format!("{inner}company: \"a"),
                format!("{inner}  b\""),
            ],
            _ => vec![
                format!("{outer}-{first}email: 'p{number}@x.com'"),
                format!("{inner}accounts:"),
                format!("{inner}   snaplogic:"),
                format!("{inner}      groups:"),
                format!("{inner}      - A"),
                format!("{inner}      # no more"),
            ],
        });
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn every_byte_stays_in_its_order(
        people in (1..6_usize).prop_flat_map(|count| (0..count).map(written).collect::<Vec<_>>()),
        dash in 0..5_usize,
        keys in 2..5_usize,
        before in any::<bool>(),
        behind in any::<bool>(),
        ended in any::<bool>(),
        eol in proptest::sample::select(vec!["\n", "\r\n"]),
        more in any::<bool>(),
    ) {
        let mut lines: Vec<String> = Vec::new();
        if before {
            lines.extend(["# head", "state: \"s\"  # people: []", ""].map(str::to_owned));
        }
        lines.push(String::from("people:"));
        lines.extend(list(&people, dash, keys));
        if behind {
            lines.extend(["", "# behind", "protect:", "- p@x.com"].map(str::to_owned));
        }
        let mut text = lines.join(eol);
        if ended {
            text.push_str(eol);
        }
        let mut draft = two();
        if more {
            draft.unnamed = people.iter().map(|(number, ..)| unnamed(&format!("p{number}@x.com"), "logicgate")).collect();
        }
        let result = merged(&text, &draft);
        if !more {
            // One piece was put in, and nothing else is different.
            let same = text.chars().zip(result.chars()).take_while(|(a, b)| a == b).count();
            let rest: String = text.chars().skip(same).collect();
            prop_assert!(result.ends_with(&rest), "{}", result);
        }
        if eol == "\r\n" {
            prop_assert_eq!(result.matches('\n').count(), result.matches("\r\n").count());
        }
    }
}
