//! When two e-mails are the same address (roster rule 5): one type, which everything compares.
//!
//! ASCII letters compare without case. The rest of the local part compares exactly. Domains compare
//! as IDNA A-labels (UTS #46, non-transitional), so that `bücher.example` and
//! `xn--bcher-kva.example` are one. Nothing else folds: the Kelvin sign is no `k`.
//!
//! Core: no network, no files, no clock.

mod pattern;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};

pub use pattern::{EmailPattern, EmailPatterns};

/// What all spellings of one address share, and no spelling of another one has.
///
/// It borrows the text that is in this form already, as nearly all are: making one then takes a
/// look at each byte and no memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailKey<'a>(Cow<'a, str>);

impl<'a> EmailKey<'a> {
    /// The key of an e-mail. ASCII whitespace around it does not count.
    ///
    /// A text whose domain is none is the key as it is, and so is one whose domain would become
    /// another one's ([`DomainFault::TurnsIntoAscii`]). It then equals no address that a roster can
    /// have, since the domains of those are ASCII in a key.
    pub fn of(email: &'a str) -> Self {
        let email = email.trim_ascii();
        if !email.is_ascii() {
            return Self(beyond_ascii(email));
        }
        Self(match email.bytes().any(|byte| byte.is_ascii_uppercase()) {
            false => Cow::Borrowed(email),
            true => Cow::Owned(email.to_ascii_lowercase()),
        })
    }

    /// A key that outlives the text it was made of.
    pub fn into_owned(self) -> EmailKey<'static> {
        EmailKey(Cow::Owned(self.0.into_owned()))
    }

    /// The form in which addresses are compared, for maps in files and for hashes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the text was empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for EmailKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// For attributes that hold e-mails, which are compared by their keys.
impl From<EmailKey<'_>> for Box<str> {
    fn from(key: EmailKey<'_>) -> Self {
        key.0.into()
    }
}

/// In files, a key is the text that it is.
impl Serialize for EmailKey<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

/// Keys of earlier versions were made by another rule, and become those of this one.
impl<'de> Deserialize<'de> for EmailKey<'static> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Box::<str>::deserialize(from)?;
        Ok(EmailKey::of(&text).into_owned())
    }
}

/// Whether two spellings are one address.
pub fn same_email(one: &str, other: &str) -> bool {
    one == other || EmailKey::of(one) == EmailKey::of(other)
}

/// Orders e-mails as their keys are ordered, without making the keys of plain ones.
pub fn compare_emails(one: &str, other: &str) -> Ordering {
    if !one.is_ascii() || !other.is_ascii() {
        return EmailKey::of(one).cmp(&EmailKey::of(other));
    }
    let [one, other] = [one, other].map(|email| {
        let letters = email.trim_ascii().bytes();
        letters.map(|byte| byte.to_ascii_lowercase())
    });
    one.cmp(other)
}

/// All forms in which an address can be written, the given one first: where a vendor looks accounts
/// up by text, it may have either.
pub fn spellings(email: &str) -> Vec<Cow<'_, str>> {
    let mut forms = vec![Cow::Borrowed(email)];
    if let Some((local, domain)) = email.rsplit_once('@') {
        let others = [a_label(domain).ok(), u_label(domain).map(Cow::Owned)];
        for other in others.into_iter().flatten() {
            let form = format!("{local}@{other}");
            if forms.iter().all(|it| !it.eq_ignore_ascii_case(&form)) {
                forms.push(Cow::Owned(form));
            }
        }
    }
    forms
}

/// Why a domain belongs to nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainFault {
    /// UTS #46 has no A-label for it.
    #[error("the part after the `@` cannot be a domain")]
    NoDomain,
    /// UTS #46 takes a character for a plain one, so that it reads like somebody else's domain.
    #[error("its domain has U+{:04X}, which reads as {}", u32::from(*character), in_words(becomes))]
    TurnsIntoAscii {
        /// The character.
        character: char,
        /// What the mapping makes of it.
        becomes: Box<str>,
    },
}

fn in_words(text: &str) -> String {
    match text {
        "" => String::from("nothing"),
        text => format!("`{text}`"),
    }
}

/// A domain in the form in which domains are compared: A-labels, small letters.
///
/// # Errors
/// [`DomainFault`], of a domain with characters beyond ASCII.
pub fn a_label(domain: &str) -> Result<Cow<'_, str>, DomainFault> {
    if domain.is_ascii() {
        return Ok(match domain.bytes().any(|byte| byte.is_ascii_uppercase()) {
            false => Cow::Borrowed(domain),
            true => Cow::Owned(domain.to_ascii_lowercase()),
        });
    }
    for character in domain.chars().filter(|it| !it.is_ascii()) {
        let alone = String::from(character);
        let becomes = mapped(&alone).0;
        if becomes.chars().any(|it| it.is_ascii()) {
            let becomes = becomes.into();
            return Err(DomainFault::TurnsIntoAscii { character, becomes });
        }
    }
    let uts46 = Uts46::new();
    // Which letters, hyphens and lengths a domain may have is asked of a roster. Here, a vendor's
    // odd domain is to have a key as well.
    let (bytes, any) = (domain.as_bytes(), AsciiDenyList::EMPTY);
    let ascii = uts46.to_ascii(bytes, any, Hyphens::Allow, DnsLength::Ignore);
    let ascii = ascii.map_err(|_| DomainFault::NoDomain)?;
    // A character that vanishes is fine in a label that stays beyond ASCII and would otherwise
    // make it somebody else's.
    for (label, ascii) in domain.split('.').zip(ascii.split('.')) {
        let vanished = label.chars().find(|it| !it.is_ascii());
        if let (Some(character), false) = (vanished, ascii.starts_with("xn--")) {
            let becomes = "".into();
            return Err(DomainFault::TurnsIntoAscii { character, becomes });
        }
    }
    Ok(ascii)
}

/// A domain as people write it, where that differs from its A-labels.
fn u_label(domain: &str) -> Option<String> {
    let ascii = a_label(domain).ok()?;
    let (unicode, whole) = mapped(&ascii);
    (whole && !unicode.is_ascii()).then(|| unicode.into_owned())
}

/// What UTS #46 makes of a text, and whether that can be a domain.
fn mapped(text: &str) -> (Cow<'_, str>, bool) {
    let (any, hyphens) = (AsciiDenyList::EMPTY, Hyphens::Allow);
    let (unicode, fault) = Uts46::new().to_unicode(text.as_bytes(), any, hyphens);
    (unicode, fault.is_ok())
}

/// The key of a text that has more than ASCII in it.
#[cold]
fn beyond_ascii(email: &str) -> Cow<'_, str> {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return Cow::Owned(email.to_ascii_lowercase());
    };
    match a_label(domain) {
        Ok(domain) => Cow::Owned(format!("{}@{domain}", local.to_ascii_lowercase())),
        Err(_) => Cow::Borrowed(email),
    }
}

#[cfg(test)]
mod tests;
