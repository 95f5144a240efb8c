//! What the local Bitsight does where the documentation leaves it open.

/// How the server answers where the documentation leaves it open. The default is the reading that
/// asks most of a client, except that `status` can be edited, so that a local run shows one.
#[derive(Debug, Clone, Copy)]
pub struct Behaviour {
    /// What PATCH does with `status`, which its page does not list.
    pub status_edit: StatusEdit,
    /// Whether bodies are wrapped in `user`, as in the vendor's OpenAPI.
    pub wrapped: bool,
    /// Whether PATCH keeps the features it is not sent; otherwise it drops them.
    pub features_merge: bool,
    /// Whether the list without a filter shows `Deactivated` users.
    pub lists_deactivated: bool,
    /// Whether the list without a filter shows pseudo-users of company tokens.
    pub lists_tokens: bool,
    /// Whether the list without a filter shows subscription contacts.
    pub lists_contacts: bool,
    /// What `count` of a list counts.
    pub count: Count,
    /// Whether a list has `links`.
    pub links: bool,
    /// Whether a list heeds `offset`; otherwise every page is the first one.
    pub offset: bool,
    /// Whether each page but the first begins with the last user of the one before.
    pub repeats: bool,
    /// The slug of a feature that every user has and whose value is a text.
    pub text_feature: Option<&'static str>,
    /// The slug of a feature that every user has besides, off.
    pub further_feature: Option<&'static str>,
    /// Whether the filters of a list narrow it; otherwise every list is the whole one.
    pub heeds_filters: bool,
    /// Whether the filter `email` finds addresses that merely contain its text.
    pub email_contains: bool,
    /// Whether the filter `email` and the check for doubles heed letter case.
    pub email_case: bool,
    /// The status of a create for an address that is taken.
    pub duplicate: u16,
    /// What such a create does.
    pub taken: Taken,
    /// The group that a company's token is bound to; the list of tokens shows it.
    pub token_group: Option<&'static str>,
    /// Whether tokens may be listed.
    pub lists_api_tokens: bool,
    /// Whether an address can be used again after its user was deleted.
    pub reuse: bool,
    /// What a create answers.
    pub create_answer: Answer,
    /// What an edit answers.
    pub edit_answer: Answer,
    /// Whose the token is.
    pub token: Token,
    /// The only group that the token sees, as with a Group Admin.
    pub only_group: Option<&'static str>,
    /// Whether the quota's total counts the pseudo-users of company tokens.
    pub quota_counts_tokens: bool,
    /// `total_active_quota`; 99999 is without limit.
    pub quota: i64,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            status_edit: StatusEdit::Accepted,
            wrapped: false,
            features_merge: false,
            lists_deactivated: true,
            lists_tokens: false,
            lists_contacts: true,
            count: Count::All,
            links: true,
            offset: true,
            repeats: false,
            text_feature: None,
            further_feature: None,
            heeds_filters: true,
            email_contains: true,
            email_case: false,
            duplicate: 409,
            taken: Taken::Refused,
            token_group: None,
            lists_api_tokens: true,
            reuse: false,
            create_answer: Answer::User(201),
            edit_answer: Answer::User(200),
            token: Token::Person,
            only_group: None,
            quota_counts_tokens: false,
            quota: 99_999,
        }
    }
}

/// What `count` of a list counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// All users that the filters leave over.
    All,
    /// The users of the page.
    Page,
    /// All, and one more on each page behind the first.
    Grows,
}

/// What a create for an address that is taken does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is refused.
    Refused,
    /// It answers with the user who is there.
    Adopted,
    /// It makes a second user.
    Doubled,
}

/// What PATCH does with `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusEdit {
    /// Sets it.
    Accepted,
    /// Answers 200 and leaves it.
    Ignored,
    /// Answers 400.
    Rejected,
}

/// What a write answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The user, with this status.
    User(u16),
    /// An object without a guid, 200.
    Message,
    /// Nothing, 204.
    Nothing,
}

/// Whose the token is, as `GET /ratings/v1/users/current` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// The seed's own account.
    Person,
    /// A company's; the call is refused with this status.
    CompanyRefused(u16),
    /// A company's; the call shows a pseudo-user that only `/ratings/v2/users/{guid}` marks as one.
    CompanyPseudoUser,
}
