//! Long lists in one sentence: each of a thousand people may be told of the same thousand names.

/// How many are named.
pub(crate) const FEW: usize = 20;

/// The first few, and how many more there are.
pub(crate) fn few<S: AsRef<str>>(all: &[S], between: &str) -> String {
    few_of(all, all.len(), between)
}

/// The same of so many of whom these are the first.
pub(crate) fn few_of<S: AsRef<str>>(first: &[S], count: usize, between: &str) -> String {
    let shown: Vec<&str> = first.iter().take(FEW).map(AsRef::as_ref).collect();
    let (count, shown) = (count - shown.len(), shown.join(between));
    match count {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_are_named_and_the_rest_is_counted() {
        let names: Vec<String> = (0..23).map(|n| format!("n{n}")).collect();
        assert_eq!(few(&names[..3], ", "), "n0, n1, n2");
        assert!(few(&names[..20], ", ").ends_with("n18, n19"));
        assert!(few(&names, " and ").ends_with("n18 and n19 and 3 more"));
        assert_eq!(few_of(&names[..1], 9, ", "), "n0 and 8 more");
        assert_eq!(few::<&str>(&[], ", "), "");
    }
}
