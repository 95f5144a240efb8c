//! Reads the description of a vendor.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use super::first_link;
use crate::description::{self, MOST_BYTES, declared};
use crate::model::digest::Digest;
use crate::regular;
use crate::roster::Described;
use crate::roster::diagnostic::Severity;
use crate::roster::model::DescriptionText;

/// Reads and checks a description; `name` is how the roster calls it.
///
/// # Errors
/// It cannot be read, or what is wrong with it first, in one clause.
pub(super) fn described(path: &Path, name: &str, refuses_links: bool) -> Result<Described, String> {
    if !name.contains(['/', '\\', '.']) {
        let text = description::shipped(name).ok_or_else(|| {
            let names: Vec<&str> = description::shipped_names().collect();
            format!(
                "no description of the name {name} ships with the program (there are {}); a file is named \
                 with its ending: {name}.yaml",
                names.join(", ")
            )
        })?;
        return understood(name, text.to_owned());
    }
    if refuses_links && let Some(link) = first_link(path) {
        return Err(format!("{} is a symbolic link", link.display()));
    }
    let read = understood(name, text(path)?);
    // A proposal may name any file of this machine: nothing of what stands there is shown.
    match refuses_links {
        true => read.map_err(|_| format!("{name} is no sound description")),
        false => read,
    }
}

fn understood(name: &str, text: String) -> Result<Described, String> {
    let parsed = description::read(name, &text);
    if let Some(description) = &parsed.description {
        return Ok(Described {
            spec: declared(description),
            text: Arc::new(DescriptionText {
                name: name.into(),
                digest: Digest::of(&text),
                text: text.into(),
            }),
        });
    }
    let errors = parsed.diagnostics.iter();
    let mut errors = errors.filter(|it| it.severity == Severity::Error);
    let first = errors.next().map(|it| {
        let place = it
            .place
            .as_ref()
            .map(|(span, _)| parsed.sources.locate(*span));
        format!(
            "{}: {}",
            place.unwrap_or_else(|| name.to_owned()),
            it.message
        )
    });
    let more = match errors.count() {
        0 => String::new(),
        1 => String::from(", and one more problem"),
        count => format!(", and {count} more problems"),
    };
    Err(format!("{}{more}", first.unwrap_or_default()))
}

/// The text of a description; of one that is too long, enough to see that.
///
/// # Errors
/// It cannot be read.
pub(crate) fn text(path: &Path) -> Result<String, String> {
    let most = u64::try_from(MOST_BYTES + 1).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let file = regular::open(path, "a description is a regular file");
    let read = file.and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let cut = bytes.len() > MOST_BYTES;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // A character may be cut in two.
        Err(error) if cut => Ok(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        Err(_) => Err(format!("{} is not UTF-8", path.display())),
    }
}
