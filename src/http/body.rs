//! The body of an answer as it arrives: kept, or handed on element by element, and bounded.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::elements::{ArraySplitter, Elements};

/// Who takes the elements of a list.
pub(super) type Each = Arc<Mutex<dyn Elements>>;

/// A list that is handed on may be so many times longer than what is kept: a million noisy objects
/// are 2 GiB.
const LIST_FACTOR: usize = 32;

pub(super) struct Body<'c> {
    each: Option<&'c Each>,
    longest: usize,
    kept: Vec<u8>,
    /// Set once the body has turned out to be a list for `each`.
    list: Option<ArraySplitter>,
    /// Bytes so far.
    taken: usize,
}

impl<'c> Body<'c> {
    /// A body of which at most so many bytes are held at a time.
    pub(super) fn new(each: Option<&'c Each>, longest: usize) -> Self {
        Self {
            each,
            longest,
            kept: Vec::new(),
            list: None,
            taken: 0,
        }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// Why it is not usable: too long, no list, or what the taker says.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), String> {
        let first = piece.iter().find(|byte| !byte.is_ascii_whitespace());
        if let (0, Some(each), Some(b'[')) = (self.taken, self.each, first) {
            lock(each).begin();
            self.list = Some(ArraySplitter::default());
        }
        self.taken = self.taken.saturating_add(piece.len());
        let Some((cutter, each)) = self.list.as_mut().zip(self.each) else {
            self.kept.extend_from_slice(piece);
            return bounded(self.taken, self.longest);
        };
        bounded(self.taken / LIST_FACTOR, self.longest)?;
        cutter.push(piece, &mut *lock(each))?;
        bounded(cutter.held(), self.longest)
    }

    /// What was kept; empty if it was handed on.
    ///
    /// # Errors
    /// When a list has not come to its end.
    pub(super) fn finish(self) -> Result<Vec<u8>, String> {
        if let Some(cutter) = &self.list {
            cutter.finish()?;
        }
        Ok(self.kept)
    }
}

fn bounded(bytes: usize, longest: usize) -> Result<(), String> {
    if bytes <= longest {
        return Ok(());
    }
    Err(format!("it is longer than {} MiB", longest / (1024 * 1024)))
}

fn lock(each: &Each) -> MutexGuard<'_, dyn Elements + 'static> {
    each.lock().unwrap_or_else(PoisonError::into_inner)
}
