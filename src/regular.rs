//! Opens files that are never waited for: regular ones, and pipes that the caller opened itself.
//!
//! A named pipe may never have a writer and a device may never end; somebody who may put one in
//! place of a file could stop every run.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::path::Path;

/// Where the caller hands an open file or pipe of its own over.
const HANDED_OVER: [&str; 3] = ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"];

/// Opens a file for reading. `what` completes the message: `a record is a regular file`.
///
/// # Errors
/// It cannot be opened, or it is no regular file. Only a pipe that the caller opened itself is read.
pub fn open(path: &Path, what: &str) -> io::Result<File> {
    if let Some(oddity) = oddity(fs::metadata(path)?.file_type(), path) {
        let why = format!("it is {oddity}; {what}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    File::open(path)
}

/// The bytes of a file that [`open`] opens.
///
/// # Errors
/// Those of [`open`], and of reading.
pub fn read(path: &Path, what: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path, what)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file that [`open`] opens.
///
/// # Errors
/// Those of [`read`]; it is no UTF-8.
pub fn read_to_string(path: &Path, what: &str) -> io::Result<String> {
    let mut text = String::new();
    open(path, what)?.read_to_string(&mut text)?;
    Ok(text)
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
    if kind.is_dir() {
        return Some("a folder");
    }
    (!kind.is_file()).then_some("no regular file")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn pipes_and_devices_are_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        for (path, told) in [
            (&*pipe, "it is a named pipe; a record is a regular file"),
            (&link, "it is a named pipe; a record is a regular file"),
            (
                Path::new("/dev/zero"),
                "it is a device; a record is a regular file",
            ),
            (folder.path(), "it is a folder; a record is a regular file"),
        ] {
            let refused = read(path, "a record is a regular file").unwrap_err();
            assert_eq!(refused.to_string(), told);
        }
        let missing = open(&folder.path().join("none"), "").unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_pipe_of_the_callers_own_is_read() {
        use std::os::fd::AsRawFd as _;
        let (reader, mut writer) = io::pipe().unwrap();
        io::Write::write_all(&mut writer, b"text").unwrap();
        drop(writer);
        let path = format!("/dev/fd/{}", reader.as_raw_fd());
        assert_eq!(read_to_string(Path::new(&path), "").unwrap(), "text");
    }
}
