//! Why something is done or refused, in a clause. Pure.

use crate::model::action::Change;
use crate::model::desired::Access;

/// A vendor's words without what differs from person to person: these texts, whatever stands in
/// quotes, addresses, numbers and ids.
pub fn reason<'a>(words: &str, aside: impl IntoIterator<Item = &'a str>) -> String {
    let mut words = words.to_lowercase();
    let mut aside: Vec<String> = aside.into_iter().map(str::to_lowercase).collect();
    // The longest first, so that a part of a name leaves nothing of it.
    aside.sort_by_key(|text| std::cmp::Reverse(text.len()));
    for text in aside.iter().filter(|text| text.len() > 1) {
        words = words.replace(text, "…");
    }
    let mut plain = String::with_capacity(words.len());
    let mut quoted = None;
    for letter in words.chars() {
        match quoted {
            Some(end) if letter == end => {
                quoted = None;
                plain.push('…');
            }
            Some(_) => {}
            None if matches!(letter, '"' | '`' | '“') => {
                quoted = Some(if letter == '“' { '”' } else { letter });
            }
            None => plain.push(letter),
        }
    }
    let is_id = |word: &str| word.contains(|letter: char| letter.is_ascii_digit() || letter == '@');
    let edge = |letter: char| !letter.is_alphanumeric() && letter != '@';
    let named = plain.split_whitespace().map(|word| match word {
        word if is_id(word) => "…",
        word => word.trim_matches(edge),
    });
    let mut named: Vec<&str> = named.filter(|word| !word.is_empty()).collect();
    named.dedup();
    named.join(" ")
}

/// Why there should be no access.
pub(super) fn leaver_reason(access: Access) -> String {
    match access {
        Access::Left => String::from("active: false in the roster"),
        Access::Ended(day) => format!("access ended on {day}"),
        Access::NotYet(day) => format!("access starts on {day}"),
        Access::Excluded => String::from("the roster says false: no account here"),
        Access::Granted => String::from("the roster gives access"),
    }
}

/// `role and group differ`; a list is plural by itself: `roles differ`.
pub(super) fn drift_reason(changes: &[Change]) -> String {
    if let [one] = changes
        && one.after.as_set().is_some()
    {
        return format!("{} differ", one.attribute);
    }
    let names: Vec<&str> = changes
        .iter()
        .map(|change| change.attribute.as_ref())
        .collect();
    match names.as_slice() {
        [] => String::from("nothing differs"),
        [one] => format!("{one} differs"),
        [first @ .., last] => format!("{} and {last} differ", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_it_is_about_is_no_part_of_a_reason() {
        let of = |name: &str, id: &str| {
            let words =
                format!("User {name} ({id}) has no \"seat {id}\": 402 of {name}@example.com.");
            reason(&words, [name])
        };
        assert_eq!(of("Ada", "id-0001"), of("Alan Mathison", "9f2c-44"));
        assert_ne!(of("Ada", "1"), reason("no more seats", ["Ada"]));
        assert_eq!(reason("Title is too long!", []), "title is too long");
    }

    #[test]
    fn a_quote_that_never_ends_swallows_what_follows() {
        assert_eq!(reason("no \"seat", []), "no");
    }
}
