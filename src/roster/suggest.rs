//! Hints for names that are not known (roster rule 10).

use crate::model::nearest::{Names, nearest};

/// How many names are listed when none is near.
const LISTED: usize = 12;

/// A hint for a name that is not known: the nearest one that is, or the few there are. `known` are
/// the words of a list of ours: what a roster names itself may be long, see [`suggest_of`].
pub(crate) fn suggest<'c>(word: &str, known: impl Iterator<Item = &'c str> + Clone) -> String {
    slip(word, |key| known.clone().any(|name| name == key))
        .unwrap_or_else(|| hint(nearest(word, known.clone()), known.clone(), known.count()))
}

/// The same for one of many names among as many.
pub(super) fn suggest_of(word: &str, known: &Names) -> String {
    slip(word, |key| known.has(key)).unwrap_or_else(|| {
        let near = known.near(word).first().copied();
        hint(near, known.iter(), known.iter().len())
    })
}

fn hint<'c>(near: Option<&str>, known: impl Iterator<Item = &'c str>, count: usize) -> String {
    if let Some(near) = near {
        return format!("did you mean `{near}`?");
    }
    let listed = known.take(LISTED).map(|name| format!("`{name}`"));
    let listed = listed.collect::<Vec<_>>().join(", ");
    match count {
        0 => String::from("there are none"),
        1..=LISTED => format!("known: {listed}"),
        count => format!("known: {listed} and {} more", count - LISTED),
    }
}

/// What is in a name by a slip: a blank that is no space, or a colon without one behind it.
fn slip(word: &str, is_known: impl Fn(&str) -> bool) -> Option<String> {
    let odd = |it: &char| *it != ' ' && (it.is_whitespace() || is_invisible(*it));
    if let Some(odd) = word.chars().find(odd) {
        let code = u32::from(odd);
        return Some(format!(
            "there is a character in it that is no plain space (U+{code:04X}): take it out, or put a \
             space in its place"
        ));
    }
    let (key, _) = word.split_once(':')?;
    is_known(key).then(|| format!("write a space behind the colon: `{key}: …`"))
}

/// A character without any width.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_name_is_named() {
        let known = || ["role", "group"].into_iter();
        for word in ["\u{a0}role", "ro\u{200b}le", "role:\u{a0}x"] {
            let hint = suggest(word, known());
            assert!(hint.contains("(U+"), "{hint}");
        }
        let hint = suggest("role:admin", known());
        assert_eq!(hint, "write a space behind the colon: `role: …`");
    }

    #[test]
    fn a_typo_finds_its_word_and_anything_else_the_list() {
        let known = || ["risk-analyst", "auditor"].into_iter();
        assert_eq!(suggest("auditr", known()), "did you mean `auditor`?");
        assert_eq!(suggest("x", known()), "known: `risk-analyst`, `auditor`");
        assert_eq!(suggest("x", [].into_iter()), "there are none");
        let many: Vec<String> = (100..130).map(|number| number.to_string()).collect();
        let many = || many.iter().map(String::as_str);
        let hint = suggest("x", many());
        assert!(hint.ends_with("`111` and 18 more"), "{hint}");
        assert_eq!(suggest_of("x", &Names::new(many())), hint);
    }
}
