//! A JSON list that arrives in pieces, cut into its elements: the answer of a vendor with a hundred
//! thousand accounts and no pages is never held whole.

use memchr::memchr2;

/// Takes the elements of a list as they arrive ([`super::Call::each`]).
pub trait Elements: Send {
    /// A list begins; after a fault it begins anew, and what came before does not count.
    fn begin(&mut self);

    /// The JSON of the next element.
    ///
    /// # Errors
    /// Why the element is not usable, without quoting it.
    fn element(&mut self, json: &[u8]) -> Result<(), String>;
}

/// Cuts at the commas of the outermost list. What an element is is for its reader to judge; here
/// only texts and nesting are followed.
#[derive(Debug, Default)]
pub(super) struct ArraySplitter {
    /// The element that has begun, as far as it arrived in earlier pieces.
    held: Vec<u8>,
    place: ListPart,
    depth: usize,
    in_text: bool,
    escaped: bool,
    /// Elements so far.
    count: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum ListPart {
    #[default]
    Before,
    Inside,
    After,
}

/// The bytes outside of texts that mean something to [`ArraySplitter`].
const MARKS: [bool; 256] = {
    let mut marks = [false; 256];
    let (all, mut at) = (b"\"[]{},", 0);
    while at < all.len() {
        marks[all[at] as usize] = true;
        at += 1;
    }
    marks
};

impl ArraySplitter {
    /// Takes the next piece.
    ///
    /// # Errors
    /// Why it is no list, or what the reader says.
    pub(super) fn push(&mut self, piece: &[u8], elements: &mut dyn Elements) -> Result<(), String> {
        let (mut at, mut from) = (0, 0);
        while let Some(byte) = piece.get(at) {
            if self.in_text {
                at += self.text(&piece[at..]);
                continue;
            }
            if self.place == ListPart::Inside && !MARKS[usize::from(*byte)] {
                at += 1;
                continue;
            }
            match (self.place, byte) {
                (ListPart::Before, b'[') => {
                    self.place = ListPart::Inside;
                    from = at + 1;
                }
                (ListPart::Before | ListPart::After, byte) if byte.is_ascii_whitespace() => {}
                (ListPart::Before, _) => return Err("no JSON list".into()),
                (ListPart::After, _) => {
                    return Err("no JSON: something follows the end of the list".into());
                }
                (ListPart::Inside, b'"') => self.in_text = true,
                (ListPart::Inside, b'[' | b'{') => self.depth += 1,
                (ListPart::Inside, b']' | b'}') if self.depth > 0 => self.depth -= 1,
                (ListPart::Inside, b',') if self.depth == 0 => {
                    self.hand_on(&piece[from..at], elements)?;
                    from = at + 1;
                }
                (ListPart::Inside, b']') => {
                    let rest = &piece[from..at];
                    let blank = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_whitespace);
                    if self.count > 0 || !blank(rest) || !blank(&self.held) {
                        self.hand_on(rest, elements)?;
                    }
                    self.place = ListPart::After;
                }
                (ListPart::Inside, _) => {}
            }
            at += 1;
        }
        if self.place == ListPart::Inside {
            self.held.extend_from_slice(&piece[from..]);
        }
        Ok(())
    }

    /// Ends the list.
    ///
    /// # Errors
    /// When it has not come to its end.
    pub(super) fn finish(&self) -> Result<(), String> {
        match self.place {
            ListPart::After => Ok(()),
            ListPart::Before | ListPart::Inside => {
                Err("no JSON: the answer ends within the list".into())
            }
        }
    }

    /// Bytes of the element that has not ended yet.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// How much of the piece belongs to the text that is open.
    fn text(&mut self, piece: &[u8]) -> usize {
        if std::mem::take(&mut self.escaped) {
            return 1;
        }
        match memchr2(b'"', b'\\', piece) {
            None => piece.len(),
            Some(at) => {
                self.escaped = piece[at] == b'\\';
                self.in_text = self.escaped;
                at + 1
            }
        }
    }

    fn hand_on(&mut self, last: &[u8], elements: &mut dyn Elements) -> Result<(), String> {
        self.count += 1;
        if self.held.is_empty() {
            return elements.element(last);
        }
        self.held.extend_from_slice(last);
        let done = elements.element(&self.held);
        self.held.clear();
        done
    }
}

/// The list that comes of a text in pieces of so many bytes, for the tests that hold it to a parser of the
/// whole.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod cut {
    use serde_json::Value as Json;

    use super::{ArraySplitter, Elements};

    #[derive(Default)]
    struct Collected(Vec<Json>);

    impl Elements for Collected {
        fn begin(&mut self) {
            self.0.clear();
        }

        fn element(&mut self, json: &[u8]) -> Result<(), String> {
            let value = serde_json::from_slice(json).map_err(|_| String::from("no element"))?;
            self.0.push(value);
            Ok(())
        }
    }

    pub(crate) fn cut(text: &[u8], piece: usize) -> Result<Json, String> {
        let (mut cutter, mut kept) = (ArraySplitter::default(), Collected::default());
        for bytes in text.chunks(piece) {
            cutter.push(bytes, &mut kept)?;
        }
        cutter.finish()?;
        Ok(kept.0.into())
    }
}

#[cfg(test)]
mod tests {
    use super::cut::cut;

    #[test]
    fn what_is_a_list_in_one_piece_is_the_same_list_in_any_pieces() {
        for text in [
            "[]",
            " [ ] \n",
            "[1]",
            r#"[{"a": "x,]}[{\"\\"}, [1, [2, {}], "]"], null , "ä\u005d", {"b": {"c": []}}]"#,
            r#"["\\\\", "\\\"", ""]"#,
        ] {
            let whole: serde_json::Value = serde_json::from_str(text).unwrap();
            for piece in 1..=text.len() {
                assert_eq!(
                    cut(text.as_bytes(), piece).as_ref(),
                    Ok(&whole),
                    "{text} by {piece}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_list_is_none_in_any_pieces() {
        for text in [
            "", " ", "{}", "[", "[1", "[1,", "[1,]", "[,]", "[,1]", "[1 2]", "[]]", "[] x", "[}",
            "[{]", r#"["]"#, r#"["\"]"#, "<html>", "[{}}]", "[1] [2]",
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err() || text == "{}");
            for piece in 1..=text.len().max(1) {
                assert!(cut(text.as_bytes(), piece).is_err(), "{text} by {piece}");
            }
        }
    }
}
