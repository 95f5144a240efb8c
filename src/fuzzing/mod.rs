//! What no bytes from outside may do to the program: one property for each of its readers.
//!
//! A target takes any bytes and panics where its property does not hold. `fuzz/` gives them to a fuzzer for as
//! long as somebody likes, the tests here give them the committed seeds and some thousand changes of these.
//! Compiled for these two only.

mod answers;
mod documents;
mod kept;
mod roster;
mod vendors;

#[cfg(test)]
mod tests;

/// One property, and what it is called in `fuzz/`.
pub struct Target {
    /// The name of its file in `fuzz/fuzz_targets` and of the folder of its seeds.
    pub name: &'static str,
    /// Holds the property to some bytes.
    pub run: fn(&[u8]),
}

/// All properties.
pub const TARGETS: &[Target] = &[
    target("answers", answers::answers),
    target("bitsight", vendors::bitsight),
    target("certificate", documents::certificate),
    target("description", documents::description),
    target("evidence", documents::evidence),
    target("history", documents::history),
    target("journal", kept::journal),
    target("logicgate", vendors::logicgate),
    target("plan", documents::plan),
    target("rest", vendors::rest),
    target("roster", roster::roster),
    target("scanner", roster::scanner),
    target("scim", vendors::scim),
    target("snaplogic", vendors::snaplogic),
    target("sources", roster::sources),
    target("state", kept::state),
    target("surecloud", vendors::surecloud),
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// Holds the property of that name to some bytes.
///
/// # Panics
/// It does not hold, or there is none of that name.
pub fn run(name: &str, bytes: &[u8]) {
    let mut all = TARGETS.iter();
    let target = all.find(|target| target.name == name);
    (target.expect("a target of that name").run)(bytes);
}

/// Between the parts of an input that has several: the separator of records in ASCII.
const BETWEEN: u8 = 0x1e;

/// The parts of an input: each a line, and what comes after it.
fn parts(bytes: &[u8]) -> impl Iterator<Item = (String, &[u8])> {
    bytes.split(|byte| *byte == BETWEEN).map(|part| {
        let at = part.iter().position(|byte| *byte == b'\n');
        let (head, body) = part.split_at(at.unwrap_or(part.len()));
        let body = body.get(1..).unwrap_or_default();
        (String::from_utf8_lossy(head).into_owned(), body)
    })
}
