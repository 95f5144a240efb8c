//! What the documentation leaves open, as switches; the defaults are the safest readings.

use std::collections::BTreeSet;

/// One reading of the documentation.
#[derive(Debug, Clone)]
pub struct Quirks {
    /// Reads come in the envelope that writes come in.
    pub wrapped_reads: bool,
    /// The list comes in that envelope, and other reads do not.
    pub wrapped_list: bool,
    /// Writes answer with a status and an empty body, as older pages show.
    pub empty_writes: bool,
    /// Where the status of a failure stands.
    pub status: StatusPlace,
    /// A PUT resets the fields it does not send.
    pub put_replaces: bool,
    /// What a create of a known e-mail does.
    pub known_post: KnownPost,
    /// A user who does not exist is answered with 200 and nothing.
    pub empty_missing: bool,
    /// The status for a user who does not exist.
    pub missing_user: u16,
    /// Paths have to spell the e-mail as the vendor does.
    pub case_matters: bool,
    /// Adding a member again, or removing a stranger, is an error.
    pub idle_patch_fails: bool,
    /// A user's record shows this environment only.
    pub hidden_organizations: bool,
    /// How maintainers are shown.
    pub maintainers: MaintainersForm,
    /// `administrator` is printed as a text.
    pub administrator_as_text: bool,
    /// A revoked password reads as an expired one.
    pub revocation_shows: bool,
    /// E-mail keys whose applications cannot be set; the batch says so for each.
    pub stuck_apps: BTreeSet<String>,
    /// The batch leaves everybody out of its answer.
    pub silent_apps: bool,
    /// Only these mail domains may be created or added.
    pub domains: Option<Vec<String>>,
    /// The list knows no offset: every page is the first one.
    pub stuck_offset: bool,
    /// Each page but the first begins with the last row of the one before.
    pub repeated_rows: bool,
    /// The list leaves out who has no access to the user interface.
    pub hidden_rows: bool,
    /// So many members of a group are shown at most.
    pub member_cap: Option<usize>,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            wrapped_reads: false,
            wrapped_list: false,
            empty_writes: false,
            status: StatusPlace::Http,
            put_replaces: false,
            known_post: KnownPost::Conflict,
            empty_missing: false,
            missing_user: 404,
            case_matters: true,
            idle_patch_fails: true,
            hidden_organizations: false,
            maintainers: MaintainersForm::ByPath,
            administrator_as_text: false,
            revocation_shows: false,
            stuck_apps: BTreeSet::new(),
            silent_apps: false,
            domains: None,
            stuck_offset: false,
            repeated_rows: false,
            hidden_rows: false,
            member_cap: None,
        }
    }
}

/// Where the status of a failure stands; the other places say 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusPlace {
    /// Everywhere.
    Http,
    /// In `http_status_code` only.
    Body,
    /// In `X-SL-StatusCode` only.
    Header,
}

/// What a create of a known e-mail does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownPost {
    /// Fails with 409.
    Conflict,
    /// Fails with a 500.
    Breaks,
    /// Says 200 and changes nothing.
    Nothing,
}

/// How maintainers are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaintainersForm {
    /// `{"/": [...]}`
    ByPath,
    /// `[...]`
    List,
    /// `null` where there are none, else a list.
    Null,
}
