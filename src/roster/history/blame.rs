//! What `git blame --porcelain` prints.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Commit, Origin};

/// Digits of a hash that are shown.
const SHORT: usize = 10;

/// What is told of one commit, once for all its lines.
#[derive(Default)]
struct Told {
    author: String,
    time: Option<Timestamp>,
    subject: String,
    boundary: bool,
}

/// The origin of each line that the output tells of, by its number from 1.
///
/// `shallow`: history was cut off, and a commit at the cut would be named for lines that are older.
/// Lines that cannot be understood are left out.
pub fn parse(output: &str, shallow: bool) -> BTreeMap<u32, Origin> {
    let mut commits: HashMap<&str, Told> = HashMap::new();
    let mut places: Vec<(u32, &str)> = Vec::new();
    let mut current: Option<&str> = None;
    for line in output.split('\n') {
        if line.starts_with('\t') {
            current = None;
            continue;
        }
        let Some(hash) = current else {
            let mut words = line.split(' ');
            let (hash, number) = (words.next().unwrap_or_default(), words.nth(1));
            if let Some(number) = number
                .and_then(|it| it.parse().ok())
                .filter(|_| is_hash(hash))
            {
                commits.entry(hash).or_default();
                places.push((number, hash));
                current = Some(hash);
            }
            continue;
        };
        let told = commits.entry(hash).or_default();
        match line.split_once(' ').unwrap_or((line, "")) {
            ("author", name) => name.clone_into(&mut told.author),
            ("author-time", seconds) => {
                let seconds = seconds.parse().ok();
                told.time = seconds.and_then(|it| Timestamp::from_second(it).ok());
            }
            ("summary", subject) => subject.clone_into(&mut told.subject),
            ("boundary", "") => told.boundary = true,
            _ => {}
        }
    }
    let origin = |hash: &str| -> Option<Origin> {
        let told = commits.get(hash)?;
        if shallow && told.boundary {
            return Some(Origin::OlderThanClone);
        }
        if hash.bytes().all(|byte| byte == b'0') {
            return Some(Origin::NotCommitted);
        }
        Some(Origin::Commit(Commit {
            hash: hash.get(..SHORT)?.into(),
            date: told.time?.to_zoned(TimeZone::UTC).date(),
            author: told.author.as_str().into(),
            subject: told.subject.as_str().into(),
        }))
    };
    let found = places.into_iter();
    found
        .filter_map(|(number, hash)| Some((number, origin(hash)?)))
        .collect()
}

/// SHA-1 or SHA-256 in hexadecimal.
fn is_hash(word: &str) -> bool {
    [40, 64].contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "9f04d315d6ab1ff550555408f8b6be13f2367361";
    const B: &str = "1f04d315d6ab1ff550555408f8b6be13f2367361";

    fn output() -> String {
        format!(
            "{A} 1 1 1\nauthor Ann\nauthor-mail <a@b>\nauthor-time 1767578400\nauthor-tz +1300\n\
             committer C\nsummary Move Ada\nboundary\nfilename x\n\tauthor nobody\n\
             {B} 3 3 2\nauthor Bob B\nauthor-time 1767664800\nsummary \nprevious {A} x\n\
             filename x\n\tsummary of nothing\n{B} 4 4\n\tx\n{A} 9 9 1\n\tboundary\n"
        )
    }

    fn shown(shallow: bool) -> Vec<String> {
        let lines = parse(&output(), shallow);
        let words = lines.iter().map(|(number, origin)| match origin {
            Origin::Commit(it) => {
                format!(
                    "{number} {} {} {}: {}",
                    it.hash, it.date, it.author, it.subject
                )
            }
            other => format!("{number} {other:?}"),
        });
        words.collect()
    }

    #[test]
    fn every_line_has_its_commit_and_contents_are_no_headers() {
        assert_eq!(
            shown(false),
            [
                "1 9f04d315d6 2026-01-05 Ann: Move Ada",
                "3 1f04d315d6 2026-01-06 Bob B: ",
                "4 1f04d315d6 2026-01-06 Bob B: ",
                "9 9f04d315d6 2026-01-05 Ann: Move Ada",
            ]
        );
    }

    #[test]
    fn at_the_end_of_a_shallow_clone_no_commit_is_named() {
        let lines = shown(true);
        assert_eq!(lines[0], "1 OlderThanClone");
        assert_eq!(lines[1], "3 1f04d315d6 2026-01-06 Bob B: ");
        assert_eq!(lines[3], "9 OlderThanClone");
    }

    #[test]
    fn what_is_no_blame_has_no_lines() {
        for text in [
            "",
            "fatal: no such path",
            "\tx\n",
            "zz 1 1\n",
            &format!("{A}\n"),
        ] {
            assert_eq!(parse(text, false), BTreeMap::new());
        }
        // Without a time there is no day to show.
        assert_eq!(
            parse(&format!("{A} 1 1 1\nsummary x\n\ta\n"), false),
            BTreeMap::new()
        );
    }
}
