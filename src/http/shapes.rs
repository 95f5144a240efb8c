//! Sees quickly that no object has a key twice, in texts whose objects mostly look alike. Pure.

use memchr::memchr2;

/// Deeper texts are no JSON for the reader either.
const DEEPEST: usize = 128;

/// Keys of one object that are compared with each other one by one.
const MOST_KEYS: usize = 256;

/// Shapes that are kept at one depth; what nobody's rows have is not worth more.
const MOST_SHAPES: usize = 16;

/// The keys of objects that were there, by depth. An object with the keys of one before it, in the
/// same order, has none of them twice.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    levels: Vec<Level>,
}

/// Objects and lists at one depth, of which one is open at a time.
#[derive(Debug, Default)]
struct Level {
    /// Keys as they are written, told apart by the first.
    shapes: Vec<Vec<Box<[u8]>>>,
    is_object: bool,
    /// The shape of the object that is open, so far as it has keys.
    shape: usize,
    /// Its keys so far.
    keys: usize,
}

impl Shapes {
    /// Whether surely no object has a key twice but those in `known`. `false` says nothing: the
    /// careful way has to look. Of what is no JSON it may say anything.
    pub(super) fn surely_unique(&mut self, json: &[u8], known: &[&str]) -> bool {
        let (mut at, mut depth, mut key_next) = (0, 0_usize, false);
        while let Some(byte) = json.get(at) {
            match byte {
                b'"' => {
                    let Some(end) = text_end(json, at + 1) else {
                        return false;
                    };
                    if std::mem::take(&mut key_next) {
                        let key = &json[at..end];
                        let level = depth.checked_sub(1).and_then(|at| self.levels.get_mut(at));
                        if !level.is_some_and(|level| level.take(key, known)) {
                            return false;
                        }
                    }
                    at = end;
                    continue;
                }
                b'{' | b'[' => {
                    if depth == DEEPEST {
                        return false;
                    }
                    if depth == self.levels.len() {
                        self.levels.push(Level::default());
                    }
                    key_next = *byte == b'{';
                    self.levels[depth].open(key_next);
                    depth += 1;
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    key_next = false;
                }
                b',' => key_next = depth > 0 && self.levels[depth - 1].is_object,
                _ => {}
            }
            at += 1;
        }
        true
    }
}

impl Level {
    fn open(&mut self, is_object: bool) {
        self.is_object = is_object;
        self.keys = 0;
    }

    /// Takes the next key of the open object, in its quotes; `false`: it may be there already.
    fn take(&mut self, key: &[u8], known: &[&str]) -> bool {
        if self.keys == 0 {
            let alike = |shape: &Vec<Box<[u8]>>| shape.first().is_some_and(|it| **it == *key);
            self.shape = match self.shapes.iter().position(alike) {
                Some(at) => at,
                None => {
                    if self.shapes.len() >= MOST_SHAPES {
                        self.shapes.clear();
                    }
                    self.shapes.push(Vec::new());
                    self.shapes.len() - 1
                }
            };
        }
        let shape = &mut self.shapes[self.shape];
        if shape.get(self.keys).is_some_and(|it| **it == *key) {
            self.keys += 1;
            return true;
        }
        // One key can be written in several ways.
        if self.keys >= MOST_KEYS || key.contains(&b'\\') {
            return false;
        }
        shape.truncate(self.keys);
        let text = &key[1..key.len() - 1];
        let may = || known.iter().any(|it| it.as_bytes() == text);
        if shape.iter().any(|it| **it == *key) && !may() {
            return false;
        }
        shape.push(key.into());
        self.keys += 1;
        true
    }
}

/// Where a text ends that begins at `from`: behind its quote.
fn text_end(json: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let at = from + memchr2(b'"', b'\\', json.get(from..)?)?;
        match json[at] {
            b'"' => return Some(at + 1),
            // Whatever is escaped, it is no end.
            _ => from = at + 2,
        }
    }
}
