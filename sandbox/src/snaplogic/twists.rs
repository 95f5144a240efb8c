//! What the server can be told to do otherwise, by name.

use super::{KnownPost, MaintainersForm, Quirks, StatusPlace};
use crate::twist::Switch;

/// The switches of this kind.
pub(crate) const TWISTS: &[Switch<Quirks>] = &[
    Switch::new(
        "snaplogic:wrapped-reads",
        "reads come in the envelope of writes",
        |it| {
            it.wrapped_reads = true;
        },
    ),
    Switch::new(
        "snaplogic:empty-writes",
        "writes are answered with a status and an empty body",
        |it| {
            it.empty_writes = true;
        },
    ),
    Switch::new(
        "snaplogic:status-in-body",
        "the status of a failure stands in the body only",
        |it| {
            it.status = StatusPlace::Body;
        },
    ),
    Switch::new(
        "snaplogic:status-in-header",
        "the status of a failure stands in a header only",
        |it| {
            it.status = StatusPlace::Header;
        },
    ),
    Switch::new(
        "snaplogic:put-replaces",
        "a PUT resets the fields that it does not send",
        |it| {
            it.put_replaces = true;
        },
    ),
    Switch::new(
        "snaplogic:known-post-breaks",
        "a create of a known e-mail fails with 500",
        |it| {
            it.known_post = KnownPost::Breaks;
        },
    ),
    Switch::new(
        "snaplogic:known-post-nothing",
        "a create of a known e-mail says 200 and changes nothing",
        |it| {
            it.known_post = KnownPost::Nothing;
        },
    ),
    Switch::new(
        "snaplogic:case-free",
        "paths may spell an e-mail in any letter case",
        |it| {
            it.case_matters = false;
        },
    ),
    Switch::new(
        "snaplogic:one-environment",
        "a user's record shows this environment only",
        |it| {
            it.hidden_organizations = true;
        },
    ),
    Switch::new(
        "snaplogic:maintainers-list",
        "maintainers are shown as a list",
        |it| {
            it.maintainers = MaintainersForm::List;
        },
    ),
    Switch::new(
        "snaplogic:administrator-text",
        "administrator is printed as a text",
        |it| {
            it.administrator_as_text = true;
        },
    ),
    Switch::new(
        "snaplogic:revocation-shows",
        "a revoked password reads as an expired one",
        |it| {
            it.revocation_shows = true;
        },
    ),
    Switch::new(
        "snaplogic:silent-apps",
        "the batch of applications leaves everybody out of its answer",
        |it| {
            it.silent_apps = true;
        },
    ),
    Switch::new(
        "snaplogic:list-without-offset",
        "every page of the list is the first one",
        |it| {
            it.stuck_offset = true;
        },
    ),
    Switch::new(
        "snaplogic:list-repeats",
        "each page but the first begins with the last row of the one before",
        |it| {
            it.repeated_rows = true;
        },
    ),
    Switch::new(
        "snaplogic:list-hides-revoked",
        "the list leaves out who has no access to the user interface",
        |it| {
            it.hidden_rows = true;
        },
    ),
    Switch::new(
        "snaplogic:wrapped-list",
        "the list comes in the envelope of writes, and other reads do not",
        |it| {
            it.wrapped_list = true;
        },
    ),
    Switch::new(
        "snaplogic:missing-empty",
        "the read of a user who does not exist answers 200 and nothing",
        |it| {
            it.empty_missing = true;
        },
    ),
    Switch::new(
        "snaplogic:missing-400",
        "the read of a user who does not exist answers 400",
        |it| {
            it.missing_user = 400;
        },
    ),
];
