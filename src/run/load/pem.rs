//! Attributes whose value is in a file beside the roster: a public key or certificate in PEM.

use std::io::Read as _;
use std::path::Path;

use super::first_link;
use crate::model::value::Value;
use crate::regular;
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::model::Roster;

/// More than any public key has, in bytes.
const MOST_BYTES: u64 = 64 * 1024;

/// What such a file may hold (RFC 7468). Whatever else is in it would be sent to the vendor.
const LABELS: [&str; 3] = ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"];

/// Puts the texts of files in place of their names.
pub(super) fn attach(roster: &mut Roster, refuses_links: bool) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let files = roster.files.clone();
    for (vendor, settings) in &mut roster.vendors {
        let attributes = settings.spec.attributes.iter();
        let names: Vec<&str> = attributes
            .filter(|it| it.from_file)
            .map(|it| it.name)
            .collect();
        if names.is_empty() {
            continue;
        }
        let profiles = roster.profiles.values_mut().map(|it| &mut it.accounts);
        let people = roster.people.iter_mut().map(|it| &mut it.accounts);
        let accounts = profiles
            .chain(people)
            .flat_map(|it| it.attributes_mut(vendor));
        for entry in settings.defaults.iter_mut().chain(accounts) {
            let Value::Text(name) = &entry.value else {
                continue;
            };
            if !names.contains(&&*entry.name) {
                continue;
            }
            let file = files.get(entry.span.file().0 as usize);
            let folder = file.and_then(|it| Path::new(&**it).parent());
            let path = folder.unwrap_or(Path::new("")).join(&**name);
            match read(&path, refuses_links) {
                Ok(text) => entry.value = Value::text(text),
                Err(why) => problems.push(
                    Diagnostic::error(
                        Code::KeyFile,
                        entry.span,
                        format!("`{}`: {name} {why}", entry.name),
                    )
                    .help("name a file with one public key or certificate in PEM"),
                ),
            }
        }
    }
    problems
}

/// The one key or certificate in a file, as PEM with a break at the end of each line.
///
/// # Errors
/// Why it cannot be sent, in words that follow the file's name. None quotes what stands in the file.
fn read(path: &Path, refuses_links: bool) -> Result<String, String> {
    if refuses_links && let Some(link) = first_link(path) {
        return Err(format!("is behind a symbolic link, {}", link.display()));
    }
    let mut text = String::new();
    regular::open(path, "a key is in a regular file")
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_string(&mut text))
        .map_err(|error| format!("cannot be read: {error}"))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(format!("has more than {MOST_BYTES} bytes"));
    }
    let mut lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
    let first = lines.next().unwrap_or_default();
    let label = first
        .strip_prefix("-----BEGIN ")
        .and_then(|it| it.strip_suffix("-----"))
        .ok_or("is not PEM")?;
    if label.contains("PRIVATE") {
        return Err(String::from(
            "holds a private key, which belongs to nobody else",
        ));
    }
    if !LABELS.contains(&label) {
        return Err(String::from("holds neither a public key nor a certificate"));
    }
    let end = format!("-----END {label}-----");
    let mut whole = format!("{first}\n");
    let base64 = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/' | b'=');
    for line in lines.by_ref() {
        whole.push_str(line);
        whole.push('\n');
        if line == end {
            return match lines.next() {
                None => Ok(whole),
                Some(_) => Err(String::from("holds more than one key or certificate")),
            };
        }
        if !line.bytes().all(base64) {
            break;
        }
    }
    Err(String::from("is not PEM"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, why: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        std::fs::write(&path, text).unwrap();
        let refused = read(&path, false).unwrap_err();
        assert!(refused.contains(why), "{refused}");
        assert!(!refused.contains("c2VjcmV0"), "{refused}");
    }

    #[test]
    fn only_what_is_public_gets_out_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        std::fs::write(
            &path,
            "\n-----BEGIN PUBLIC KEY-----\r\nTUlJ\r\n-----END PUBLIC KEY-----\r\n",
        )
        .unwrap();
        let whole = "-----BEGIN PUBLIC KEY-----\nTUlJ\n-----END PUBLIC KEY-----\n";
        assert_eq!(read(&path, false).unwrap(), whole);
        refused("c2VjcmV0\n", "is not PEM");
        refused("", "is not PEM");
        refused(
            "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
            "a private key",
        );
        refused(
            "-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n",
            "a private key",
        );
        refused("-----BEGIN X509 CRL-----\nc2VjcmV0\n", "neither");
        refused("-----BEGIN PUBLIC KEY-----\nc2VjcmV0\n", "is not PEM");
        refused(
            "-----BEGIN PUBLIC KEY-----\nroot:c2VjcmV0:x\n-----END PUBLIC KEY-----\n",
            "is not PEM",
        );
        let twice = "-----BEGIN PUBLIC KEY-----\nTUlJ\n-----END PUBLIC KEY-----\n";
        refused(
            &format!("{twice}-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n"),
            "more than one",
        );
        refused(
            &format!("-----BEGIN PUBLIC KEY-----\n{}", "A".repeat(70_000)),
            "bytes",
        );
    }
}
