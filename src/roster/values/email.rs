//! E-mails that accounts can have.

use email_address::{EmailAddress, Options};

use super::{Problems, raw_text};
use crate::model::email::{DomainFault, a_label};
use crate::roster::diagnostic::{Code, Diagnostic, Span};
use crate::roster::model::Spanned;
use crate::roster::yaml::{Name, Node};

/// An e-mail that an account can have.
pub(in crate::roster) fn email(
    node: &Node<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<Spanned<Box<str>>> {
    let text = raw_text(node, field, "an e-mail", problems)?;
    checked(text, node.span, field, problems)
}

/// The same, as the key of a map.
pub(in crate::roster) fn email_key(
    key: &Name<'_>,
    problems: &mut Problems,
) -> Option<Spanned<Box<str>>> {
    checked(&key.text, key.span, &key.text, problems)
}

fn checked(
    text: &str,
    span: Span,
    field: &str,
    problems: &mut Problems,
) -> Option<Spanned<Box<str>>> {
    if let Err((reason, help)) = check_email(text) {
        let mut problem = Diagnostic::error(
            Code::NotAnEmail,
            span,
            format!("`{field}` is not an e-mail that an account can have: {reason}"),
        );
        problem.help = help;
        problems.push(problem);
        return None;
    }
    Some(Spanned {
        value: text.into(),
        span,
    })
}

/// Why a roster refuses this e-mail, if it does.
pub fn refused_email(text: &str) -> Option<String> {
    check_email(text).err().map(|(reason, _)| reason)
}

/// The local part is plain ASCII only: which other letters are the same is not agreed on. A domain
/// may be written with its A-labels or as people read it.
fn check_email(text: &str) -> Result<(), (String, Option<String>)> {
    if is_ordinary(text) {
        return Ok(());
    }
    check_rules(text)
}

fn check_rules(text: &str) -> Result<(), (String, Option<String>)> {
    let options = Options::default()
        .without_display_text()
        .without_domain_literal()
        .with_required_tld();
    let because = |reason: &str| Err((reason.to_owned(), None));
    if text.trim() != text {
        return because("it begins or ends with a space");
    }
    let Some((local, domain)) = text.rsplit_once('@') else {
        return because("there is no `@` in it");
    };
    if !local.is_ascii() || local.contains('"') {
        return because(
            "the part before the `@` may have plain ASCII letters, digits and signs only",
        );
    }
    let ascii = a_label(domain).map_err(|fault| {
        let help = "write the domain as its owner does, in plain letters or in its ASCII form";
        let turned = matches!(fault, DomainFault::TurnsIntoAscii { .. });
        (fault.to_string(), turned.then(|| String::from(help)))
    })?;
    let plain = format!("{local}@{ascii}");
    if let Err(error) = EmailAddress::parse_with_options(&plain, options) {
        return because(&error.to_string().to_lowercase());
    }
    match idna::domain_to_ascii_strict(&ascii) {
        Err(_) => because(&DomainFault::NoDomain.to_string()),
        Ok(_) => Ok(()),
    }
}

/// Whether it is an e-mail like nearly all are: letters, digits, `.`, `_`, `+` and `-`, without
/// anything that a rule of mail or of domain names could be about. The rules take some thousand
/// instructions for one e-mail.
fn is_ordinary(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-');
    let atom = |atom: &[u8]| !atom.is_empty() && atom.iter().all(|byte| letters(*byte));
    let label = |label: &[u8]| {
        let ends = [label.first(), label.last()];
        let alphanumeric = |byte: &u8| byte.is_ascii_alphanumeric();
        label.len() <= 63
            && ends.iter().all(|end| end.is_some_and(alphanumeric))
            && label.iter().all(|byte| alphanumeric(byte) || *byte == b'-')
            // Two hyphens there say that the label is encoded.
            && label.get(2..4) != Some(b"--")
    };
    let mut last = domain.bytes().rev().take_while(|byte| *byte != b'.');
    let is_dot = |byte: &u8| *byte == b'.';
    local.len() <= 64
        && domain.len() <= 253
        && local.as_bytes().split(is_dot).all(atom)
        && domain.contains('.')
        && domain.as_bytes().split(is_dot).all(label)
        && last.all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_ordinary_is_an_email_by_the_rules(
            text in "[a-zA-Z0-9._+-]{1,9}(@[a-zA-Z0-9.-]{1,12}){0,2}\\.[a-z0-9-]{1,4}",
        ) {
            if is_ordinary(&text) {
                prop_assert_eq!(check_rules(&text), Ok(()));
            }
        }
    }

    #[test]
    fn lengths_are_those_of_the_rules() {
        for (local, label, labels) in [
            (64, 63, 3),
            (65, 3, 1),
            (3, 64, 1),
            (3, 63, 4),
            (3, 61, 4),
            (3, 60, 4),
        ] {
            let domain = format!("{}.", "x".repeat(label)).repeat(labels);
            let text = format!("{}@{domain}example", "a".repeat(local));
            assert_eq!(
                check_email(&text).is_ok(),
                check_rules(&text).is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn emails_that_accounts_can_have() {
        for good in [
            "ada.lovelace@example.com",
            "Ada+tag@Example.CO.UK",
            "o'neil@xn--bcher-kva.example",
            "a@1.example",
            "ada@bücher.example",
            "ADA@Bücher.Example",
            "ada@straße.example",
        ] {
            assert_eq!(check_email(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "ada@-x.com",
            "ada@exa mple.com",
            "ada@example.com.",
            "ada@[127.0.0.1]",
            "Ada <ada@example.com>",
            "\"a b\"@example.com",
            "ada@example..com",
            "ada lovelace@example.com",
            "İ@example.com",
            "ada@\u{212a}iosk.example",
            "ada@example\u{3002}com",
            "ada@exa\u{ad}mple.com",
            "ada@xn--a.example",
            "äda@bücher.example",
            " ada@example.com",
            "a@b@example.com",
        ] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
        let (reason, help) = check_email("ada@\u{212a}iosk.example").unwrap_err();
        assert_eq!(reason, "its domain has U+212A, which reads as `k`");
        assert!(help.is_some());
    }
}
