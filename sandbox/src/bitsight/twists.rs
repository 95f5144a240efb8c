//! What the server can be told to do otherwise, by name.

use super::{Answer, Behaviour, StatusEdit, Taken, Token};
use crate::twist::Switch;

/// The switches of this kind.
pub(crate) const TWISTS: &[Switch<Behaviour>] = &[
    Switch::new(
        "bitsight:wrapped",
        "bodies are wrapped in user, as in the OpenAPI",
        |it| {
            it.wrapped = true;
        },
    ),
    Switch::new(
        "bitsight:features-merge",
        "a PATCH keeps the features that it is not sent",
        |it| {
            it.features_merge = true;
        },
    ),
    Switch::new(
        "bitsight:list-hides-deactivated",
        "the list leaves out users who are deactivated",
        |it| {
            it.lists_deactivated = false;
        },
    ),
    Switch::new(
        "bitsight:list-shows-tokens",
        "the list shows the pseudo-users of company tokens",
        |it| {
            it.lists_tokens = true;
        },
    ),
    Switch::new(
        "bitsight:list-without-links",
        "the list has no links to further pages",
        |it| {
            it.links = false;
        },
    ),
    Switch::new(
        "bitsight:list-without-offset",
        "every page of the list is the first one",
        |it| {
            it.offset = false;
        },
    ),
    Switch::new(
        "bitsight:list-repeats",
        "each page but the first begins with the last user of the one before",
        |it| {
            it.repeats = true;
        },
    ),
    Switch::new(
        "bitsight:status-ignored",
        "a PATCH of the status is answered and does nothing",
        |it| {
            it.status_edit = StatusEdit::Ignored;
        },
    ),
    Switch::new(
        "bitsight:status-refused",
        "a PATCH of the status is refused",
        |it| {
            it.status_edit = StatusEdit::Rejected;
        },
    ),
    Switch::new(
        "bitsight:empty-answers",
        "writes are answered without a body",
        |it| {
            it.create_answer = Answer::Nothing;
            it.edit_answer = Answer::Nothing;
        },
    ),
    Switch::new(
        "bitsight:addresses-free-again",
        "the address of a deleted user can be used again",
        |it| {
            it.reuse = true;
        },
    ),
    Switch::new(
        "bitsight:company-token",
        "the token belongs to a company and not to a person",
        |it| {
            it.token = Token::CompanyPseudoUser;
        },
    ),
    Switch::new(
        "bitsight:list-hides-contacts",
        "the list leaves out the contacts of the subscription",
        |it| {
            it.lists_contacts = false;
        },
    ),
    Switch::new(
        "bitsight:text-feature",
        "every user has a feature whose value is a text",
        |it| {
            it.text_feature = Some("tier");
        },
    ),
    Switch::new(
        "bitsight:token-of-group",
        "the token belongs to a company and is bound to its default group",
        |it| {
            it.token = Token::CompanyPseudoUser;
            it.token_group = Some("All Companies");
        },
    ),
    Switch::new(
        "bitsight:tokens-unlisted",
        "the token belongs to a company and may not list tokens",
        |it| {
            it.token = Token::CompanyPseudoUser;
            it.lists_api_tokens = false;
        },
    ),
    Switch::new(
        "bitsight:create-adopts",
        "a create for an address that is taken answers with its user",
        |it| {
            it.taken = Taken::Adopted;
        },
    ),
    Switch::new(
        "bitsight:create-doubles",
        "a create for an address that is taken makes a second user",
        |it| {
            it.taken = Taken::Doubled;
        },
    ),
    Switch::new(
        "bitsight:two-features",
        "every user has two features that can be changed",
        |it| {
            it.further_feature = Some("fq-access");
        },
    ),
];
