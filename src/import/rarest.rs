//! Sets that are wholly in another one, without trying each of them: a set is looked for under the
//! rarest of its parts.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::model::value::{Attributes, Value};

/// A part of what a value says: one member of a list, or the whole value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Part<'a> {
    Member(&'a str),
    Whole(&'a Value),
}

/// The parts of a value; only an empty list is one part.
pub(super) fn parts(value: &Value) -> impl Iterator<Item = Part<'_>> {
    let members = value.as_set().unwrap_or_default();
    let whole = members.is_empty().then_some(Part::Whole(value));
    members.iter().map(|it| Part::Member(it)).chain(whole)
}

/// The parts of an account, each with the name of its attribute.
pub(super) fn parts_of(attributes: &Attributes) -> impl Iterator<Item = (&str, Part<'_>)> {
    let all = attributes.iter();
    all.flat_map(|(name, value)| parts(value).map(move |part| (name, part)))
}

/// Places of sets, by the rarest part of each.
#[derive(Debug)]
pub(super) struct Rarest<P> {
    places: HashMap<P, Vec<usize>>,
    /// Of sets without any part.
    empty: Vec<usize>,
}

impl<P: Eq + Hash + Clone> Rarest<P> {
    pub(super) fn new(sets: &[Vec<P>]) -> Self {
        let mut counts: HashMap<&P, usize> = HashMap::new();
        for part in sets.iter().flatten() {
            *counts.entry(part).or_default() += 1;
        }
        let (mut places, mut empty) = (HashMap::<P, Vec<usize>>::new(), Vec::new());
        for (at, set) in sets.iter().enumerate() {
            match set.iter().min_by_key(|part| counts.get(part)) {
                Some(part) => places.entry(part.clone()).or_default().push(at),
                None => empty.push(at),
            }
        }
        Self { places, empty }
    }

    /// The sets that may be wholly among these parts, the first first.
    pub(super) fn among(&self, parts: impl Iterator<Item = P>) -> BTreeSet<usize> {
        let found = parts.filter_map(|part| self.places.get(&part)).flatten();
        found.chain(&self.empty).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_found_by_any_set_that_holds_it() {
        let sets = [vec![1, 2], vec![2, 3], vec![], vec![2], vec![9]];
        let rarest = Rarest::new(&sets);
        for among in [vec![1, 2, 3], vec![2], vec![], vec![3, 9]] {
            let found = rarest.among(among.iter().copied());
            for (at, set) in sets.iter().enumerate() {
                let within = set.iter().all(|part| among.contains(part));
                assert!(!within || found.contains(&at), "{set:?} in {among:?}");
            }
        }
        assert!(!rarest.among([2].into_iter()).contains(&4));
    }
}
