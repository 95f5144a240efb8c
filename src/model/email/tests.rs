use proptest::prelude::*;

use super::*;

/// Whether two e-mails are one address, told by their parts.
fn check(one: &str, other: &str, same: bool) {
    assert_eq!(same_email(one, other), same, "{one:?} and {other:?}");
    assert_eq!(same_email(other, one), same, "{other:?} and {one:?}");
    let equal = compare_emails(one, other).is_eq();
    assert_eq!(equal, same, "the order of {one:?} and {other:?}");
}

#[test]
fn spellings_of_one_address() {
    for (one, other) in [
        ("ada@example.com", "ADA@Example.COM"),
        ("ada@example.com", " ada@example.com\t"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("Ada@BÜCHER.example", "ada@XN--BCHER-KVA.Example"),
        // Composed and decomposed.
        ("ada@b\u{fc}cher.example", "ada@bu\u{308}cher.example"),
        ("ada@stra\u{df}e.example", "ada@xn--strae-oqa.example"),
        ("ada@пример.рф", "ada@XN--e1afmkfd.xn--p1ai"),
        ("Ä@bücher.example", "Ä@xn--bcher-kva.example"),
        ("boss", "BOSS"),
        ("", " "),
    ] {
        check(one, other, true);
    }
}

#[test]
fn addresses_that_only_look_alike() {
    for (one, other) in [
        // The Kelvin sign, the long s, dotted and dotless i, a full-width letter.
        ("\u{212a}im@example.com", "kim@example.com"),
        ("kim@\u{212a}iosk.example", "kim@kiosk.example"),
        ("a@\u{17f}ap.example", "a@sap.example"),
        ("i@example.com", "\u{131}@example.com"),
        ("i@example.com", "\u{130}@example.com"),
        ("a@\u{131}b.example", "a@ib.example"),
        ("a@\u{130}b.example", "a@ib.example"),
        ("a@\u{ff45}xample.com", "a@example.com"),
        // A full stop that is none, and characters that vanish.
        ("a@example\u{3002}com", "a@example.com"),
        ("a@exa\u{ad}mple.com", "a@example.com"),
        ("a@exa\u{200b}mple.com", "a@example.com"),
        // Not transitional: a sharp s is not two.
        ("a@stra\u{df}e.example", "a@strasse.example"),
        // No letter beyond ASCII of the local part folds or composes.
        ("Ä@example.com", "ä@example.com"),
        ("\u{e4}@example.com", "a\u{308}@example.com"),
        ("stra\u{df}e@example.com", "STRASSE@example.com"),
        ("\u{a0}ada@example.com", "ada@example.com"),
        ("ada@example.com", "ada@example.org"),
        ("a.da@example.com", "ada@example.com"),
        ("ada@example.com.", "ada@example.com"),
    ] {
        check(one, other, false);
    }
}

#[test]
fn a_domain_that_becomes_anothers_is_a_fault() {
    for (domain, character, becomes) in [
        ("\u{212a}iosk.example", '\u{212a}', "k"),
        ("b\u{fc}\u{212a}er.example", '\u{212a}', "k"),
        ("example\u{3002}com", '\u{3002}', "."),
        ("exa\u{ad}mple.com", '\u{ad}', ""),
        ("\u{fb01}sh.example", '\u{fb01}', "fi"),
    ] {
        let becomes = becomes.into();
        let fault = DomainFault::TurnsIntoAscii { character, becomes };
        assert_eq!(a_label(domain), Err(fault), "{domain:?}");
    }
    assert_eq!(a_label("xn--\u{fc}.example"), Err(DomainFault::NoDomain));
}

#[test]
fn a_plain_key_is_the_text_itself() {
    for (email, borrowed) in [
        ("ada@example.com", true),
        ("Ada@example.com", false),
        ("ada@bücher.example", false),
    ] {
        let key = EmailKey::of(email);
        assert_eq!(matches!(key.0, Cow::Borrowed(_)), borrowed, "{email}");
    }
}

#[test]
fn an_address_is_looked_up_in_both_forms() {
    let forms = |email| spellings(email).join(" ");
    assert_eq!(forms("ada@Example.com"), "ada@Example.com");
    assert_eq!(
        forms("Ada@bücher.example"),
        "Ada@bücher.example Ada@xn--bcher-kva.example"
    );
    assert_eq!(
        forms("Ada@xn--bcher-kva.example"),
        "Ada@xn--bcher-kva.example Ada@bücher.example"
    );
    assert_eq!(forms("boss"), "boss");
    assert_eq!(forms("a@\u{212a}.example"), "a@\u{212a}.example");
}

#[test]
fn a_pattern_fits_both_forms() {
    let (people, encoded) = ("Ada@bücher.example", "ada@xn--bcher-kva.example");
    for (pattern, fits) in [
        ("ada@bücher.example", true),
        ("ADA@XN--bcher-kva.example", true),
        ("*@BÜCHER.example", true),
        ("*@xn--bcher-kva.*", true),
        ("*@bücher.*", true),
        ("*@bü*.example", true),
        ("*@*cher.example", true),
        ("*bücher.example", true),
        ("*", true),
        ("ada@bucher.example", false),
        ("*@*.com", false),
    ] {
        let pattern = EmailPattern::parse(pattern).unwrap();
        assert_eq!(pattern.matches(people), fits, "{pattern:?}");
        assert_eq!(pattern.matches(encoded), fits, "{pattern:?}");
    }
    let pattern = EmailPattern::parse("k*@example.com").unwrap();
    assert!(pattern.matches("Kim@Example.com") && !pattern.matches("\u{212a}im@example.com"));
    let local = EmailPattern::parse("Ä*").unwrap();
    assert!(local.matches("Äda@example.com") && !local.matches("äda@example.com"));
    assert!(EmailPattern::parse("*@\u{212a}iosk.example").is_err());
}

/// Letters that fold, compose, vanish or change the direction, and plain ones.
const LETTERS: &str =
    "[aAkKsSiI.@*xn\\-ßäÄü\u{212a}\u{17f}\u{130}\u{131}\u{308}\u{ad}\u{3002}я日א]{0,12}";

proptest! {
    #[test]
    fn a_key_is_its_own_key(email in LETTERS) {
        let key = EmailKey::of(&email).into_owned();
        prop_assert_eq!(&EmailKey::of(key.as_str()), &key);
        prop_assert!(same_email(&email, &email));
    }

    #[test]
    fn the_order_is_that_of_the_keys(one in LETTERS, other in LETTERS) {
        let keys = EmailKey::of(&one).cmp(&EmailKey::of(&other));
        prop_assert_eq!(compare_emails(&one, &other), keys);
        prop_assert_eq!(same_email(&one, &other), keys.is_eq());
    }

    #[test]
    fn ascii_letters_have_no_case(local in "[a-zA-Z0-9.+ß]{1,8}", label in "[a-zA-Z0-9]{1,8}") {
        let email = format!("{local}@{label}.example");
        prop_assert!(same_email(&email, &email.to_ascii_uppercase()));
        let pattern = EmailPattern::parse(email.to_ascii_uppercase()).unwrap();
        prop_assert!(pattern.matches(&email));
    }

    /// Finding patterns by their ends gives what trying each of them gives.
    #[test]
    fn many_patterns_fit_what_each_fits(
        patterns in prop::collection::vec("[ab*]{0,3}@?[ab*ü]{0,3}", 0..8),
        email in "[abA]{0,3}@?[abü]{0,3}",
    ) {
        let all: Vec<_> = patterns.into_iter().flat_map(EmailPattern::parse).collect();
        let mut each: Vec<_> = all.iter().filter(|it| it.matches(&email)).map(EmailPattern::as_str).collect();
        let index = EmailPatterns::new(&all);
        let mut found: Vec<_> = index.matching(&email).map(EmailPattern::as_str).collect();
        for list in [&mut each, &mut found] {
            list.sort_unstable();
            list.dedup();
        }
        prop_assert_eq!(found, each);
    }

    #[test]
    fn both_forms_of_a_domain_are_one(local in "[a-z]{1,5}", label in "[a-zäöüßéя日]{1,8}") {
        // The label's other form by another way than the one under test.
        let label = match label.is_ascii() {
            true => label,
            false => format!("{label}-x"),
        };
        let encoded = match label.is_ascii() {
            true => label.clone(),
            false => format!("xn--{}", idna::punycode::encode_str(&label).unwrap()),
        };
        let (people, ascii) = (format!("{local}@{label}.example"), format!("{local}@{encoded}.example"));
        prop_assert!(same_email(&people, &ascii));
        let forms = spellings(&people);
        prop_assert!(forms.iter().any(|form| **form == *ascii), "{forms:?}");
    }

    /// Only texts with the same plain letters share a key, but for the domain's two forms: nothing
    /// beyond ASCII becomes a plain letter.
    #[test]
    fn nothing_else_folds(one in LETTERS, other in "[a-z.]{1,5}@[a-z]{1,6}\\.example") {
        if same_email(&one, &other) {
            prop_assert!(one.is_ascii());
        }
    }
}
