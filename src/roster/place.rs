//! Where the state of a roster is: a folder, or an address in an object store.

use std::path::{Path, PathBuf};

/// Top-level `state:`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatePlace {
    /// A folder, resolved against the file that names it.
    Folder(PathBuf),
    /// `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`, without a slash at
    /// the end.
    Address(Box<str>),
}

/// Schemes that object stores are named by.
const SCHEMES: [&str; 3] = ["s3", "gs", "az"];

impl StatePlace {
    /// Reads what stands in the roster. Pure.
    ///
    /// # Errors
    /// Why it is neither a folder nor an address.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::Folder(folder.join(text)));
        };
        if !SCHEMES.contains(&scheme) {
            return Err(format!(
                "`state` is a folder or an address that begins with s3://, gs:// or az://, not with \
                 {scheme}://"
            ));
        }
        let rest = rest.trim_end_matches('/');
        let mut parts = rest.split('/');
        let bucket = parts.next().unwrap_or_default();
        let is_name = |part: &str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.=+".contains(c);
            !part.is_empty() && part != "." && part != ".." && part.chars().all(allowed)
        };
        if !is_name(bucket) || !parts.all(is_name) {
            return Err(format!(
                "`state` is {scheme}://BUCKET/FOLDER of plain names: no credentials (they come from \
                 the environment), no options, no blanks"
            ));
        }
        Ok(Self::Address(format!("{scheme}://{rest}").into()))
    }

    /// As it may be written.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Folder(path) => path.display().to_string(),
            Self::Address(address) => address.to_string(),
        }
    }

    /// The form that means the same on every machine: paths are resolved against a folder that
    /// differs from one to the next; the name does not.
    pub(super) fn meaning(&self) -> Option<String> {
        match self {
            Self::Folder(path) => Some(path.file_name()?.to_string_lossy().into_owned()),
            Self::Address(address) => Some(address.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_addresses_are_told_apart() {
        let parse = |text| StatePlace::parse(text, Path::new("conf"));
        assert_eq!(parse("var"), Ok(StatePlace::Folder("conf/var".into())));
        assert_eq!(parse("/srv"), Ok(StatePlace::Folder("/srv".into())));
        for (text, address) in [
            ("s3://ops", "s3://ops"),
            ("s3://ops/rosterctl/prod/", "s3://ops/rosterctl/prod"),
            ("gs://b-1/x", "gs://b-1/x"),
            ("az://c/x", "az://c/x"),
        ] {
            assert_eq!(parse(text), Ok(StatePlace::Address(address.into())));
        }
        for text in [
            "ftp://host/x",
            "http://host/x",
            "S3://b",
            "s3://",
            "s3:///x",
            "s3://key:secret@b/x",
            "s3://b/x?versionId=1",
            "s3://b/../x",
            "s3://b//x",
            "s3://b/a b",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_refused_address_is_not_repeated() {
        let error = StatePlace::parse("s3://AKIA:hunter2@b", Path::new("")).unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
