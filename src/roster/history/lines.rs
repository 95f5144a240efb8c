//! Which line of an older text a line is. Git could tell, but only by reading the working copy
//! through filters that a repository's own settings name, and such a filter is a program.

use std::collections::HashMap;

/// For each line of `new` its place in `old`, where it stands there unchanged. Both count from 0.
///
/// Lines are paired from both ends, then where both sides have a line exactly once, then around
/// such pairs. A line that moved past another pair counts as new.
pub fn pair(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let mut pairs = vec![None; new.len()];
    let anchors = anchors(old, new);
    let ends = (old.len(), new.len());
    let mut from = (0, 0);
    for to in anchors.into_iter().chain([ends]) {
        fill(old, new, from, to, &mut pairs);
        if to != ends {
            pairs[to.1] = Some(to.0);
            from = (to.0 + 1, to.1 + 1);
        }
    }
    pairs
}

/// Pairs equal lines of a gap from its beginning, then from its end.
fn fill(
    old: &[&str],
    new: &[&str],
    from: (usize, usize),
    to: (usize, usize),
    pairs: &mut [Option<usize>],
) {
    let (mut first, mut last) = (from, to);
    while first.0 < last.0 && first.1 < last.1 && old[first.0] == new[first.1] {
        pairs[first.1] = Some(first.0);
        first = (first.0 + 1, first.1 + 1);
    }
    while first.0 < last.0 && first.1 < last.1 && old[last.0 - 1] == new[last.1 - 1] {
        last = (last.0 - 1, last.1 - 1);
        pairs[last.1] = Some(last.0);
    }
}

/// Pairs of lines that each side has once, as many as are in the same order on both sides; in that
/// order.
fn anchors(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let once = |lines: &[&str]| -> HashMap<String, usize> {
        let mut seen: HashMap<String, Option<usize>> = HashMap::with_capacity(lines.len());
        for (at, line) in lines.iter().enumerate() {
            let place = seen.entry((*line).to_owned());
            place.and_modify(|it| *it = None).or_insert(Some(at));
        }
        let places = seen.into_iter();
        places.filter_map(|(line, at)| Some((line, at?))).collect()
    };
    let in_old = once(old);
    let mut pairs: Vec<(usize, usize)> = once(new)
        .into_iter()
        .filter_map(|(line, at)| Some((*in_old.get(&line)?, at)))
        .collect();
    pairs.sort_unstable_by_key(|(_, at)| *at);
    longest_rise(&pairs)
}

/// The longest part of `pairs` in which the first numbers rise.
fn longest_rise(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The end of the best rise of each length so far, and for each pair what comes before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, (place, _)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].0 < *place);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut rise = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(at) = next {
        rise.push(pairs[at]);
        next = before[at];
    }
    rise.reverse();
    rise
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let split = |text: &str| -> Vec<String> { text.chars().map(String::from).collect() };
        let (old, new) = (split(old), split(new));
        let old: Vec<&str> = old.iter().map(String::as_str).collect();
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        let words = pair(&old, &new).into_iter();
        words
            .map(|it| it.map_or_else(|| String::from("-"), |it| it.to_string()))
            .collect()
    }

    #[test]
    fn lines_are_found_again() {
        for (old, new, expected) in [
            ("abc", "abc", "012"),
            ("", "ab", "--"),
            ("ab", "", ""),
            ("abc", "axbc", "0-12"),
            ("abc", "ac", "02"),
            ("axbxc", "axBxc", "01-34"),
            // Lines that are there several times go with their neighbours.
            ("1..2..3..", "1..3..", "012678"),
            ("1..2..", "0..1..2..", "---012345"),
            // Of two that changed places one counts as new.
            ("ab", "ba", "-0"),
        ] {
            assert_eq!(shown(old, new), expected, "{old} {new}");
        }
    }

    proptest! {
        #[test]
        fn pairs_are_equal_lines_in_order(old in "[a-e.]{0,30}", new in "[a-e.]{0,30}") {
            let split = |text: &str| -> Vec<String> { text.chars().map(String::from).collect() };
            let (old, new) = (split(&old), split(&new));
            let old: Vec<&str> = old.iter().map(String::as_str).collect();
            let new: Vec<&str> = new.iter().map(String::as_str).collect();
            let pairs = pair(&old, &new);
            let found: Vec<usize> = pairs.iter().flatten().copied().collect();
            prop_assert!(found.windows(2).all(|two| two[0] < two[1]));
            for (at, place) in pairs.iter().enumerate() {
                prop_assert!(place.is_none_or(|place| old[place] == new[at]));
            }
        }
    }
}
