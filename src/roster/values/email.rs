//! E-mails that accounts can have.

use email_address::{EmailAddress, Options};

use super::{Problems, raw_text};
use crate::diagnostic::{Code, Diagnostic};
use crate::roster::model::Spanned;
use crate::roster::yaml::Node;

/// An e-mail that an account can have.
pub(in crate::roster) fn email(
    node: &Node<'_>,
    field: &str,
    problems: &mut Problems,
) -> Option<Spanned<Box<str>>> {
    let text = raw_text(node, field, "an e-mail", problems)?;
    if let Err((reason, help)) = check_email(text) {
        let mut problem = Diagnostic::error(
            Code::NotAnEmail,
            node.span,
            format!("`{field}` is not an e-mail that an account can have: {reason}"),
        );
        problem.help = help;
        problems.push(problem);
        return None;
    }
    Some(Spanned {
        value: text.into(),
        span: node.span,
    })
}

/// Why a roster refuses this e-mail, if it does.
pub fn refused_email(text: &str) -> Option<String> {
    check_email(text).err().map(|(reason, _)| reason)
}

/// Plain ASCII only: lower-casing other letters can change who is meant, and a domain that has
/// them has an ASCII form, which is what mail and vendors use.
fn check_email(text: &str) -> Result<(), (String, Option<String>)> {
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
    if let Err(error) = EmailAddress::parse_with_options(text, options) {
        return because(&error.to_string().to_lowercase());
    }
    match idna::domain_to_ascii_strict(domain) {
        Err(_) => because("the part after the `@` cannot be a domain"),
        Ok(_) if domain.is_ascii() => Ok(()),
        Ok(ascii) => Err((
            String::from("its domain has letters beyond ASCII"),
            Some(format!(
                "write the domain in its ASCII form: `{local}@{ascii}`"
            )),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_that_accounts_can_have() {
        for good in [
            "ada.lovelace@example.com",
            "Ada+tag@Example.CO.UK",
            "o'neil@xn--bcher-kva.example",
            "a@1.example",
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
            "ada@bücher.example",
            " ada@example.com",
            "a@b@example.com",
        ] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
        let help = check_email("ada@bücher.example").unwrap_err().1;
        assert!(help.unwrap().contains("ada@xn--bcher-kva.example"));
    }
}
