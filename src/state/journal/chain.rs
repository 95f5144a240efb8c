//! Lines and the chain between them. Pure.
//!
//! A line is the JSON of an [`Entry`] with one more key at its end, `hash`: the SHA-256 of that
//! JSON, byte for byte. The entry holds the hash of the line before, so that each line vouches for
//! all lines above it. What the chain cannot show is that whole lines are missing at the end, or that
//! all of it was written anew: for that its last hash has to be known from somewhere else. A run
//! without its end is told as such.

use serde::Serialize;

use super::event::{Entry, Event};
use crate::model::digest::Digest;

/// Between an entry and its hash.
const JOINT: &str = ",\"hash\":\"";
/// Bytes of a hash in its text form.
const HASH: usize = 71;

/// A journal as it was read.
#[derive(Debug, Default, PartialEq)]
pub struct Chain {
    /// What could be read, in the order of the file.
    pub entries: Vec<Entry>,
    /// What is wrong with the file; empty for a journal that nobody touched.
    pub flaws: Vec<Flaw>,
    /// The hash of the last whole line.
    pub last: Option<Box<str>>,
    /// Bytes of whole lines.
    pub whole: u64,
    /// Bytes after the last whole line: the process died while it wrote them.
    pub torn: u64,
    /// Whether its last lines may be missing, among them those that tell which actions had their turn.
    pub lost: bool,
}

/// Where a journal is, and how it ended: what a report tells, to hold the journal against later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The file, or the place among the state.
    pub place: String,
    /// The hash of its last line.
    pub hash: Box<str>,
}

/// Something wrong with a journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Flaw {
    /// The line, from 1.
    pub line: u64,
    /// What.
    pub problem: Problem,
}

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No line of a journal.
    #[error("is no line of a journal: {0}")]
    Malformed(String),
    /// The line was edited.
    #[error("was changed after it was written: its hash does not fit")]
    Edited,
    /// A line before it is missing, or lines were swapped or put in.
    #[error("does not follow the line before it: lines are missing, swapped or put in")]
    OutOfOrder,
}

/// The line of an entry, or of another line of that form, with its line break, and its hash.
pub fn seal(entry: &impl Serialize) -> (String, Box<str>) {
    let mut body = serde_json::to_string(entry)
        .expect("events are plain data with text keys and always become JSON");
    let hash = hash_of(&body);
    body.pop();
    let line = format!("{body}{JOINT}{hash}\"}}\n");
    (line, hash)
}

/// Reads a journal, whatever it looks like.
pub fn read(bytes: &[u8]) -> Chain {
    let mut chain = Chain::default();
    let mut seq = 0;
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end);
        rest = &after[1..];
        seq += 1;
        chain.line(line, seq);
    }
    chain.torn = length(rest);
    chain.whole = length(bytes) - chain.torn;
    chain
}

impl Chain {
    fn line(&mut self, line: &[u8], number: u64) {
        let flaw = |problem| Flaw {
            line: number,
            problem,
        };
        let (body, hash, fits) = match unseal(line) {
            Ok(parts) => parts,
            Err(why) => {
                self.flaws.push(flaw(Problem::Malformed(why)));
                return;
            }
        };
        if !fits {
            self.flaws.push(flaw(Problem::Edited));
        }
        match serde_json::from_str::<Entry>(&body) {
            Ok(entry) => {
                if entry.prev != self.last || entry.seq != number {
                    self.flaws.push(flaw(Problem::OutOfOrder));
                }
                self.entries.push(entry);
            }
            Err(error) => {
                let problem = Problem::Malformed(error.to_string());
                self.flaws.push(flaw(problem));
            }
        }
        self.last = Some(hash);
    }

    /// Whether nothing speaks against the file.
    pub fn is_sound(&self) -> bool {
        self.flaws.is_empty()
    }

    /// The number of the line with this hash.
    pub fn line_of(&self, hash: &str) -> Option<u64> {
        let follower = |entry: &&Entry| entry.prev.as_deref() == Some(hash);
        match self.entries.iter().find(follower) {
            Some(entry) => Some(entry.seq - 1),
            None if self.last.as_deref() == Some(hash) => self.entries.last().map(|it| it.seq),
            None => None,
        }
    }

    /// Whether the last run came to its end.
    pub fn is_finished(&self) -> bool {
        self.torn == 0
            && self
                .entries
                .last()
                .is_some_and(|entry| matches!(entry.event, Event::RunEnded(_)))
    }
}

/// The JSON of a line, its hash, and whether that fits.
///
/// # Errors
/// Why it is no line.
pub(crate) fn unseal(line: &[u8]) -> Result<(String, Box<str>, bool), String> {
    let (body, hash) = split(line)?;
    let fits = *hash_of(&body) == *hash;
    Ok((body, hash, fits))
}

/// The entry's JSON and its hash.
fn split(line: &[u8]) -> Result<(String, Box<str>), String> {
    let line = std::str::from_utf8(line).map_err(|error| error.to_string())?;
    let without = || String::from("it does not end in a hash");
    let inner = line.strip_suffix("\"}").ok_or_else(without)?;
    let at = inner.len().checked_sub(HASH).ok_or_else(without)?;
    let (body, hash) = inner.split_at_checked(at).ok_or_else(without)?;
    let body = body.strip_suffix(JOINT).ok_or_else(without)?;
    Ok((format!("{body}}}"), hash.into()))
}

fn hash_of(body: &str) -> Box<str> {
    Digest::of_bytes(body.as_bytes()).0
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn lines(count: u64) -> Vec<String> {
        let mut prev = None;
        (1..=count)
            .map(|seq| {
                let number = u32::try_from(seq).unwrap();
                let (line, hash) = seal(&Entry {
                    seq,
                    at: Timestamp::UNIX_EPOCH,
                    prev: prev.take(),
                    event: Event::Sent { number },
                });
                prev = Some(hash);
                line
            })
            .collect()
    }

    fn flaws(lines: &[String]) -> Vec<Flaw> {
        read(lines.concat().as_bytes()).flaws
    }

    #[test]
    fn what_was_written_is_read_back() {
        let chain = read(lines(3).concat().as_bytes());
        assert_eq!(chain.flaws, []);
        let numbers: Vec<&Event> = chain.entries.iter().map(|entry| &entry.event).collect();
        assert_eq!(
            numbers,
            [1, 2, 3]
                .map(|number| Event::Sent { number })
                .iter()
                .collect::<Vec<_>>()
        );
        assert!(!chain.is_finished());
    }

    #[test]
    fn every_single_changed_byte_shows() {
        let text = lines(2).concat();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let chain = read(&bytes);
            let noticed = !chain.is_sound() || chain.torn > 0;
            assert!(noticed, "byte {at} of {text}");
        }
    }

    #[test]
    fn a_hash_of_a_report_is_found_in_its_journal_and_in_no_other() {
        let all = lines(4);
        let head = |count: usize| read(all[..count].concat().as_bytes()).last.unwrap();
        for count in 1..=4 {
            let chain = read(all.concat().as_bytes());
            assert_eq!(chain.line_of(&head(count)), Some(count as u64));
            let cut = read(all[..count - 1].concat().as_bytes());
            assert_eq!((cut.line_of(&head(count)), cut.is_sound()), (None, true));
        }
    }

    #[test]
    fn missing_swapped_and_doubled_lines_show() {
        let all = lines(4);
        let pick = |places: &[usize]| -> Vec<String> {
            places.iter().map(|at| all[*at].clone()).collect()
        };
        assert_eq!(flaws(&pick(&[0, 1, 2, 3])), []);
        for bad in [&[1, 2, 3][..], &[0, 2, 3], &[0, 2, 1, 3], &[0, 1, 1, 2]] {
            let found = flaws(&pick(bad));
            assert_eq!(found[0].problem, Problem::OutOfOrder, "{bad:?}: {found:?}");
        }
    }

    #[test]
    fn a_torn_last_line_is_told_and_no_flaw() {
        let all = lines(3);
        let whole = all[..2].concat();
        for kept in 1..all[2].len() {
            let text = format!("{whole}{}", &all[2][..kept]);
            let chain = read(text.as_bytes());
            assert_eq!((chain.flaws.len(), chain.entries.len()), (0, 2));
            assert_eq!(chain.torn, length(&all[2].as_bytes()[..kept]));
            assert_eq!(chain.whole, length(whole.as_bytes()));
        }
    }

    #[test]
    fn what_is_no_journal_is_refused_line_by_line() {
        let text = "hello\n\u{1F600}\"}\n{\"seq\":1}\n";
        let chain = read(text.as_bytes());
        assert_eq!(chain.flaws.len(), 3, "{:?}", chain.flaws);
        assert_eq!(read(&[0xff, b'\n']).flaws.len(), 1);
        assert_eq!(read(b""), Chain::default());
    }
}
