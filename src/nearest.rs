//! The nearest valid names, for hints.

use std::cmp::Reverse;

/// How many neighbours a hint names.
const SHOWN: usize = 3;

/// The valid name that was most likely meant, if any is near enough.
pub fn nearest<'a>(wanted: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    neighbours(wanted, valid).into_iter().next()
}

/// Names that are compared letter by letter. Of more, those that begin alike are.
const COMPARED: usize = 200;

/// Bytes of a name beyond which nobody looks for its neighbours: a comparison costs its square.
const LONGEST: usize = 100;

/// Up to three valid names near enough to be meant, nearest first.
pub fn neighbours<'a>(wanted: &str, valid: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if wanted.len() > LONGEST {
        return Vec::new();
    }
    let wanted = wanted.to_lowercase();
    let mut valid: Vec<&str> = valid.into_iter().filter(|it| it.len() <= LONGEST).collect();
    if valid.len() > COMPARED {
        let alike = |name: &str| {
            let pairs = name.bytes().zip(wanted.bytes());
            pairs
                .take_while(|(a, b)| a.to_ascii_lowercase() == *b)
                .count()
        };
        valid.select_nth_unstable_by_key(COMPARED, |name| (Reverse(alike(name)), *name));
        valid.truncate(COMPARED);
    }
    let mut near: Vec<(f64, &str)> = valid
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.78)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    near.dedup_by(|a, b| a.1 == b.1);
    near.into_iter().take(SHOWN).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        let valid = ["tier", "roles", "company", "time_zone"];
        assert_eq!(nearest("compnay", valid), Some("company"));
        assert_eq!(nearest("TIER", valid), Some("tier"));
        assert_eq!(nearest("xyzzy", valid), None);
    }

    #[test]
    fn of_many_names_those_that_begin_alike_are_compared() {
        let many: Vec<String> = (0..5_000)
            .map(|n| format!("person{n}@example.com"))
            .collect();
        let names = || many.iter().map(String::as_str);
        assert_eq!(
            nearest("person4711@exmaple.com", names()),
            Some("person4711@example.com")
        );
        let long = "x".repeat(1_000_000);
        assert_eq!(nearest(&long, [&*long]), None);
    }
}
