//! The nearest valid name (roster rule 10).

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

/// The known name with the fewest differing letters, if it is near enough to be meant.
pub(super) fn nearest<'c>(word: &str, known: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    // Long input is no typo of anything, and the distance costs the product of the lengths.
    if word.len() > 100 {
        return None;
    }
    let fold = |text: &str| text.to_lowercase().replace([' ', '-'], "_");
    let folded = fold(word);
    known
        .map(|name| (strsim::osa_distance(&folded, &fold(name)), name))
        .filter(|(distance, name)| *distance <= (name.chars().count() / 3).min(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_word() {
        let known = || ["risk-analyst", "auditor", "first_name"].into_iter();
        for (word, near) in [
            ("risk-analist", Some("risk-analyst")),
            ("Risk Analyst", Some("risk-analyst")),
            ("firstname", Some("first_name")),
            ("admin", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known()), near, "{word}");
        }
        assert_eq!(suggest("x", ["a", "b"].into_iter()), "known: `a`, `b`");
        assert_eq!(suggest("auditr", known()), "did you mean `auditor`?");
    }
}
