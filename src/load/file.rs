//! Reads one file of a roster: regular, of a bounded size, and never waited for.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::path::Path;

/// Bytes of one file beyond which it is not read: a million people are a fifth of it.
const MOST_BYTES: u64 = 1 << 30;

/// Where the caller hands an open file or pipe of its own over.
const HANDED_OVER: [&str; 3] = ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"];

/// The bytes of a file.
///
/// # Errors
/// It cannot be read, it is larger than 1 GiB, or it is no regular file: a named pipe may never
/// have a writer, a device may never end. Only a pipe that the caller opened itself is read.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if let Some(what) = oddity(metadata.file_type(), path) {
        return Err(io::Error::other(format!(
            "it is {what}; a roster consists of regular files"
        )));
    }
    let too_large = || io::Error::other("it is larger than 1 GiB");
    if metadata.len() > MOST_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    File::open(path)?
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)?;
    // A file may tell no size (in /proc), and a pipe never does.
    if bytes.len() as u64 > MOST_BYTES {
        return Err(too_large());
    }
    Ok(bytes)
}

/// What a file is that is not read.
fn oddity(kind: FileType, path: &Path) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let text = path.to_string_lossy();
        let handed_over = HANDED_OVER.iter().any(|prefix| text.starts_with(prefix));
        if kind.is_fifo() {
            return (!handed_over).then_some("a named pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    #[cfg(not(unix))]
    let _ = (path, HANDED_OVER);
    (!kind.is_file()).then_some("no regular file")
}
