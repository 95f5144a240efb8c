//! Hints for names that are not known (roster rule 10).

use crate::nearest::nearest;

/// How many names are listed when none is near.
const LISTED: usize = 12;

/// A hint for a name that is not known: the nearest one that is, or the few there are.
pub(super) fn suggest<'c>(word: &str, known: impl Iterator<Item = &'c str> + Clone) -> String {
    if let Some(near) = nearest(word, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    let mut names: Vec<String> = known.map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => String::from("there are none"),
        1..=LISTED => format!("known: {}", names.join(", ")),
        more => {
            names.truncate(LISTED);
            format!("known: {} and {} more", names.join(", "), more - LISTED)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_word_and_anything_else_the_list() {
        let known = || ["risk-analyst", "auditor"].into_iter();
        assert_eq!(suggest("auditr", known()), "did you mean `auditor`?");
        assert_eq!(suggest("x", known()), "known: `risk-analyst`, `auditor`");
        assert_eq!(suggest("x", [].into_iter()), "there are none");
        let many: Vec<String> = (100..130).map(|number| number.to_string()).collect();
        let hint = suggest("x", many.iter().map(String::as_str));
        assert!(hint.ends_with("`111` and 18 more"), "{hint}");
    }
}
