//! The nearest valid names, for hints.

use std::collections::BTreeSet;

/// How many neighbours a hint names.
const SHOWN: usize = 3;

/// Names that are compared letter by letter. Of more, those that begin alike are and those that end
/// alike, half of them each.
const COMPARED: usize = 100;

/// Bytes of a name beyond which nobody looks for its neighbours: a comparison costs its square.
const LONGEST: usize = 100;

/// The valid name that was most likely meant, if any is near enough.
pub fn nearest<'a>(wanted: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if wanted.len() > LONGEST {
        return None;
    }
    let wanted = wanted.to_lowercase();
    let mut valid: Vec<&str> = valid.into_iter().filter(|it| it.len() <= LONGEST).collect();
    if valid.len() > COMPARED {
        let mut select = |from: usize, likeness: fn(&str, &str) -> usize| {
            valid[from..].select_nth_unstable_by(COMPARED / 2, |one, other| {
                let by_likeness = likeness(other, &wanted).cmp(&likeness(one, &wanted));
                by_likeness.then_with(|| one.cmp(other))
            });
        };
        select(0, |name, wanted| alike(name.bytes(), wanted.bytes()));
        select(COMPARED / 2, |name, wanted| {
            alike(name.bytes().rev(), wanted.bytes().rev())
        });
        valid.truncate(COMPARED);
    }
    near(&wanted, valid).into_iter().next()
}

/// Of how many bytes two names are the same from there on, letter case aside.
fn alike(name: impl Iterator<Item = u8>, wanted: impl Iterator<Item = u8>) -> usize {
    let pairs = name.zip(wanted);
    pairs.take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
}

/// The names near enough to be meant, nearest first. `wanted` is in small letters.
fn near<'a>(wanted: &str, valid: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut near: Vec<(f64, &str)> = valid
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wanted, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.78)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    near.dedup_by(|a, b| a.1 == b.1);
    near.into_iter().take(SHOWN).map(|(_, name)| name).collect()
}

/// Many valid names, put in order once: as many may be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    names: Box<[Box<str>]>,
    /// Names in small letters, sorted, each with its place; and the same read backwards.
    forwards: Box<[(Box<str>, usize)]>,
    backwards: Box<[(Box<str>, usize)]>,
}

impl Names {
    /// Of names in any order.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Box<[Box<str>]> = names.into_iter().map(Into::into).collect();
        let sorted = |read: fn(&str) -> Box<str>| {
            let short = names.iter().enumerate().filter(|it| it.1.len() <= LONGEST);
            let mut sorted: Box<[_]> = short.map(|(at, name)| (read(name), at)).collect();
            sorted.sort_unstable();
            sorted
        };
        Self {
            forwards: sorted(|name| name.to_lowercase().into()),
            backwards: sorted(backwards),
            names,
        }
    }

    /// Whether one is exactly that.
    pub fn has(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        let from = self.forwards.partition_point(|(have, _)| **have < *lower);
        let same = self.forwards[from..].iter();
        let mut same = same.take_while(|(have, _)| **have == *lower);
        same.any(|(_, at)| *self.names[*at] == *name)
    }

    /// All of them, in the order given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// Up to three that are near enough to be meant, nearest first.
    pub fn near(&self, wanted: &str) -> Vec<&str> {
        if wanted.len() > LONGEST {
            return Vec::new();
        }
        let lower = wanted.to_lowercase();
        if self.names.len() <= COMPARED {
            return near(&lower, self.iter().filter(|it| it.len() <= LONGEST));
        }
        let ends = [
            (&self.forwards, &*lower),
            (&self.backwards, &backwards(wanted)),
        ];
        let places: BTreeSet<usize> = ends
            .iter()
            .flat_map(|(sorted, wanted)| {
                let at = sorted.partition_point(|(name, _)| **name < **wanted);
                let from = at.saturating_sub(COMPARED / 4);
                let around = sorted.iter().skip(from).take(COMPARED / 2);
                around.map(|(_, place)| *place)
            })
            .collect();
        near(&lower, places.iter().map(|at| &*self.names[*at]))
    }
}

/// A name in small letters from its end to its beginning.
fn backwards(name: &str) -> Box<str> {
    let lower = name.to_lowercase();
    lower.chars().rev().collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        let valid = ["tier", "roles", "company", "time_zone"];
        let names = Names::new(valid);
        for (wanted, found) in [
            ("compnay", Some("company")),
            ("TIER", Some("tier")),
            ("xyzzy", None),
        ] {
            assert_eq!(nearest(wanted, valid), found);
            assert_eq!(names.near(wanted).first().copied(), found);
        }
        assert!(names.has("tier") && !names.has("TIER") && !names.has("tie"));
    }

    #[test]
    fn of_many_names_those_that_begin_or_end_alike_are_compared() {
        let many: Vec<String> = (0..5_000)
            .map(|n| format!("person{n}@example.com"))
            .collect();
        let names = || many.iter().map(String::as_str);
        let sorted = Names::new(names());
        for wanted in ["person4711@exmaple.com", "Person4711@exmaple.com"] {
            let found = Some("person4711@example.com");
            assert_eq!(nearest(wanted, names()), found);
            assert_eq!(sorted.near(wanted).first().copied(), found);
        }
        let groups: Vec<String> = (0..5_000).map(|n| format!("{n} Readers")).collect();
        let names = || groups.iter().map(String::as_str);
        let found = Some("4711 Readers");
        assert_eq!(nearest("x4711 Readers", names()), found);
        assert_eq!(
            Names::new(names()).near("x4711 Readers").first().copied(),
            found
        );
        let long = "x".repeat(1_000_000);
        assert_eq!(nearest(&long, [&*long]), None);
        assert!(Names::new([&*long]).near(&long).is_empty());
    }
}
