//! Long lists in one sentence: each of a thousand people may be told of the same thousand names.

/// How many are named.
pub(crate) const FEW: usize = 20;

/// The first few, and how many more there are.
pub(super) fn few<S: AsRef<str>>(all: &[S], between: &str) -> String {
    few_of(all, all.len(), between)
}

/// The same of so many of whom these are the first.
pub(super) fn few_of<S: AsRef<str>>(first: &[S], count: usize, between: &str) -> String {
    let shown: Vec<&str> = first.iter().take(FEW).map(AsRef::as_ref).collect();
    let (count, shown) = (count - shown.len(), shown.join(between));
    match count {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
