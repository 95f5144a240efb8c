//! Reads the certificate of a vendor.

use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use super::first_link;
use crate::model::certificate::{Certificate, MOST_BYTES, Unread};
use crate::model::digest::Digest;
use crate::regular;
use crate::roster::model::CertificateText;

/// The folder of certificates that no roster has to name.
pub(crate) const FOLDER: &str = "certificates";

/// The certificate that a roster names, or else the one that lies where certificates do.
///
/// # Errors
/// It cannot be read or is none, in one clause.
pub(super) fn certificate(
    folder: &Path,
    named: Option<&str>,
    vendor: &str,
    refuses_links: bool,
) -> Result<Option<Arc<CertificateText>>, String> {
    let usual = format!("{FOLDER}/{vendor}.json");
    let name = named.unwrap_or(&usual);
    let path = folder.join(name);
    if named.is_none() && path.symlink_metadata().is_err() {
        return Ok(None);
    }
    if refuses_links && let Some(link) = first_link(&path) {
        return Err(format!("{} is a symbolic link", link.display()));
    }
    let bytes =
        bytes(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let text = String::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8"))?;
    let document = match Certificate::read(&text) {
        Err(Unread::Broken(why)) => return Err(format!("{name}: {why}")),
        read => read.map_err(|why| why.to_string()),
    };
    Ok(Some(Arc::new(CertificateText {
        name: name.into(),
        digest: Digest::of(&text),
        document,
    })))
}

/// What stands in a file; of one that is too long, enough to see that.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let most = u64::try_from(MOST_BYTES + 1).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let file = regular::open(path, "a certificate is a regular file")?;
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
