//! Patterns of e-mails, as `protect` has them.

use super::{DomainFault, EmailKey, a_label, u_label};

/// An e-mail, or a pattern in which `*` stands for any characters. It fits an address in whatever
/// form either is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailPattern {
    /// As written.
    text: Box<str>,
    /// What it is called in comparisons: the form that keys of e-mails have.
    key: Box<str>,
    /// Other forms, of a pattern beyond ASCII.
    others: Vec<Box<str>>,
}

impl EmailPattern {
    /// A pattern as somebody wrote it.
    ///
    /// # Errors
    /// [`DomainFault::TurnsIntoAscii`]: it would fit other addresses than it seems to.
    pub fn parse(text: impl Into<Box<str>>) -> Result<Self, DomainFault> {
        let text = text.into();
        let lower = text.to_ascii_lowercase();
        if lower.is_ascii() {
            let (key, others) = (lower.into(), Vec::new());
            return Ok(Self { text, key, others });
        }
        // Without an `@`, what comes behind the last star is the end of a domain.
        let at = lower.rfind('@').or_else(|| lower.rfind('*'));
        let (head, domain) = lower.split_at(at.map_or(lower.len(), |at| at + 1));
        let [key, written] = [true, false].map(|keyed| {
            let domain = in_form(domain, keyed)?;
            Ok(format!("{head}{domain}").into())
        });
        let (key, others) = (key?, vec![written?]);
        Ok(Self { text, key, others })
    }

    /// Whether the address fits.
    pub fn matches(&self, email: &str) -> bool {
        let key = EmailKey::of(email);
        let forms = || std::iter::once(&self.key).chain(&self.others);
        let fits = |email: &str| forms().any(|it| glob(it.as_bytes(), email.as_bytes()));
        let written = || {
            let (local, domain) = key.as_str().rsplit_once('@')?;
            let domain = domain.contains("xn--").then(|| u_label(domain))??;
            Some(format!("{local}@{domain}"))
        };
        fits(key.as_str()) || written().is_some_and(|email| fits(&email))
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What all spellings of one pattern share.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// A domain in the form that keys have, or in the one that people write. A part of an A-label is no
/// text that anybody knows, so a label with a star is always in the latter.
fn in_form(domain: &str, keyed: bool) -> Result<Box<str>, DomainFault> {
    let mut form = String::with_capacity(domain.len());
    for (at, label) in domain.split('.').enumerate() {
        form.push_str(if at == 0 { "" } else { "." });
        for (at, part) in label.split('*').enumerate() {
            form.push_str(if at == 0 { "" } else { "*" });
            match a_label(part) {
                Ok(ascii) if keyed && !label.contains('*') => form.push_str(&ascii),
                Ok(_) => form.push_str(u_label(part).as_deref().unwrap_or(part)),
                // A part need not be a domain by itself.
                Err(DomainFault::NoDomain) => form.push_str(part),
                Err(fault @ DomainFault::TurnsIntoAscii { .. }) => return Err(fault),
            }
        }
    }
    Ok(form.into())
}

/// `*` matches any run of bytes; linear, no backtracking beyond the last star.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && pattern[p] == text[t] {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            p = at + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}
