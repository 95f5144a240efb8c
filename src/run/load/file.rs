//! Reads one file of a roster: regular, of a bounded size, and never waited for.

use std::io::{self, Read as _};
use std::path::Path;

use crate::regular;

/// Bytes of one file beyond which it is not read: a million people are a fifth of it.
const MOST_BYTES: u64 = 1 << 30;

/// The bytes of a file.
///
/// # Errors
/// It cannot be read, it is larger than 1 GiB, or it is no regular file (see [`regular`]).
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = regular::open(path, "a roster consists of regular files")?;
    let length = file.metadata()?.len();
    let too_large = || io::Error::other("it is larger than 1 GiB");
    if length > MOST_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    // A file may tell no size (in /proc), and a pipe never does.
    if bytes.len() as u64 > MOST_BYTES {
        return Err(too_large());
    }
    Ok(bytes)
}
