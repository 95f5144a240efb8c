//! Patterns of e-mails, as `protect` has them.

use std::collections::{BTreeSet, HashMap};

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
        self.fits(key.as_str()) || written(&key).is_some_and(|email| self.fits(&email))
    }

    fn fits(&self, text: &str) -> bool {
        self.forms().any(|it| glob(it.as_bytes(), text.as_bytes()))
    }

    fn forms(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.key)
            .chain(&self.others)
            .map(|form| &**form)
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

/// An address as people write it, where that is another form than its key.
fn written(key: &EmailKey<'_>) -> Option<String> {
    let (local, domain) = key.as_str().rsplit_once('@')?;
    let domain = domain.contains("xn--").then(|| u_label(domain))??;
    Some(format!("{local}@{domain}"))
}

/// Many patterns, found by what stands before their first star or behind their last one, the longer
/// of the two: a roster may have thousands of them, and a vendor as many accounts.
#[derive(Debug, Default)]
pub struct EmailPatterns<'a> {
    /// Without a star.
    exact: HashMap<&'a str, Vec<&'a EmailPattern>>,
    heads: Ends<'a>,
    tails: Ends<'a>,
}

/// Patterns by one of their ends, and how long ends are.
#[derive(Debug, Default)]
struct Ends<'a> {
    patterns: HashMap<&'a str, Vec<&'a EmailPattern>>,
    lengths: BTreeSet<usize>,
}

impl<'a> EmailPatterns<'a> {
    /// Of patterns in any order.
    pub fn new(patterns: &'a [EmailPattern]) -> Self {
        let mut all = Self::default();
        for pattern in patterns {
            for form in pattern.forms() {
                let Some((head, rest)) = form.split_once('*') else {
                    all.exact.entry(form).or_default().push(pattern);
                    continue;
                };
                let tail = rest.rsplit('*').next().unwrap_or(rest);
                let (ends, end) = match head.len() > tail.len() {
                    true => (&mut all.heads, head),
                    false => (&mut all.tails, tail),
                };
                ends.lengths.insert(end.len());
                ends.patterns.entry(end).or_default().push(pattern);
            }
        }
        all
    }

    /// Those that fit an address.
    pub fn matching(&self, email: &str) -> impl Iterator<Item = &'a EmailPattern> {
        let key = EmailKey::of(email);
        let written = written(&key);
        let mut found = Vec::new();
        for text in [Some(key.as_str()), written.as_deref()]
            .into_iter()
            .flatten()
        {
            let heads = self.heads.of(|length| text.get(..length));
            let tails = self
                .tails
                .of(|length| text.get(text.len().checked_sub(length)?..));
            let globs = heads.chain(tails).filter(|it| it.fits(text));
            let exact = self.exact.get(text).into_iter().flatten();
            found.extend(exact.copied().chain(globs));
        }
        found.into_iter()
    }
}

impl<'a> Ends<'a> {
    /// Patterns with an end that a text has: `end` gives it by its length.
    fn of<'t>(
        &self,
        end: impl Fn(usize) -> Option<&'t str>,
    ) -> impl Iterator<Item = &'a EmailPattern> {
        let ends = self.lengths.iter().filter_map(move |length| end(*length));
        let found = ends.filter_map(|end| self.patterns.get(end));
        found.flatten().copied()
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
