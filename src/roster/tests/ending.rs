//! The window in which an end is announced.

use super::sound;
use crate::roster::ending;

#[test]
fn the_window_has_both_its_days_and_only_people_with_accounts() {
    let person = |name: &str, more: &str| format!("  - {{ email: {name}@x.com, {more} }}\n");
    let here = "accounts: { acme: { tier: LOW } }";
    let mut text = String::from("people:\n");
    text.push_str(&person("gone", &format!("ends: 2026-01-04, {here}")));
    text.push_str(&person("last", &format!("ends: 2026-01-19, {here}")));
    text.push_str(&person("late", &format!("ends: 2026-01-20, {here}")));
    text.push_str(&person("first", &format!("ends: 2026-01-05, {here}")));
    text.push_str(&person(
        "left",
        &format!("active: false, ends: 2026-01-06, {here}"),
    ));
    text.push_str(&person("no", "ends: 2026-01-06, accounts: { acme: false }"));
    text.push_str(&person("none", "ends: 2026-01-06"));
    let roster = sound(&text);
    let on = jiff::civil::date(2026, 1, 5);
    let found = ending(&roster, &["acme", "plain"], on, 14);
    let found: Vec<_> = found
        .iter()
        .map(|it| (&*it.email, it.ends.to_string(), it.vendors.len()))
        .collect();
    assert_eq!(
        found,
        [
            ("first@x.com", String::from("2026-01-05"), 1),
            ("last@x.com", String::from("2026-01-19"), 1),
        ]
    );
    assert_eq!(ending(&roster, &["plain"], on, 14), []);
    assert_eq!(ending(&roster, &["acme"], on, 0).len(), 1);
    assert_eq!(
        ending(&roster, &["acme"], jiff::civil::Date::MAX, u16::MAX),
        []
    );
}
