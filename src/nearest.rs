//! The nearest valid names, for hints.

/// How many neighbours a hint names.
const SHOWN: usize = 3;

/// The valid name that was most likely meant, if any is near enough.
pub fn nearest<'a>(wanted: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    neighbours(wanted, valid).into_iter().next()
}

/// Up to three valid names near enough to be meant, nearest first.
pub fn neighbours<'a>(wanted: &str, valid: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
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
}
