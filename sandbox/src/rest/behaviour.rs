//! What the server does otherwise than a client would like, and what it does wrong.

use super::super::twist::Switch;

/// How the server answers where a description says nothing.
#[derive(Debug, Clone, Copy)]
pub struct Behaviour {
    /// Whether pages have three entries at most, however many are asked for.
    pub small_pages: bool,
    /// Whether queries narrow a list; otherwise it answers with everybody.
    pub heeds_filters: bool,
    /// Whether the search compares letter by letter.
    pub search_by_case: bool,
    /// Whether lists and searches show who is off.
    pub shows_off: bool,
    /// Whether an update is stored; otherwise it is answered all the same.
    pub stores_updates: bool,
    /// Whether switching off and on is stored.
    pub stores_switches: bool,
    /// Every so many writes the answer is a gateway's, after the work was done; 0: never.
    pub loses_answers: u32,
    /// Whether an update is refused.
    pub refuses_updates: bool,
    /// Whether switching off and on is refused.
    pub refuses_switches: bool,
    /// Whether a search is refused.
    pub refuses_searches: bool,
    /// Whether a create for an address that is taken makes a second user.
    pub doubles: bool,
    /// Whether the read of one user shows who it is and no more.
    pub outlines: bool,
    /// Whether addresses that differ in letter case are two.
    pub doubles_by_case: bool,
    /// Whether a create for an address that is taken answers with its account.
    pub adopts: bool,
    /// The status of a create or update for an address that is taken.
    pub taken: u16,
    /// Whether writes are answered with 204 and nothing else.
    pub empty_answers: bool,
    /// Whether writes are answered with who it is and no more.
    pub brief_answers: bool,
    /// Whether writes are answered with what was asked for, stored or not.
    pub answers_as_asked: bool,
    /// Tokens are good for so many calls; 0: forever.
    pub token_calls: u32,
    /// Whether ids are numbers.
    pub number_ids: bool,
    /// What it does wrong, in tests.
    pub wrong: Wrong,
}

/// What no switch turns: a list of users that is not what is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wrong {
    /// Which page has no entries, counted from 1 over all that are asked for; 0: none.
    pub drops_page: usize,
    /// How far totals are off.
    pub counts_more: i64,
    /// Which part is always empty, counted from 1; 0: none.
    pub lacks_part: usize,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            small_pages: false,
            heeds_filters: true,
            search_by_case: false,
            shows_off: true,
            stores_updates: true,
            stores_switches: true,
            loses_answers: 0,
            refuses_updates: false,
            refuses_switches: false,
            refuses_searches: false,
            doubles: false,
            outlines: false,
            doubles_by_case: false,
            adopts: false,
            taken: 409,
            empty_answers: false,
            brief_answers: false,
            answers_as_asked: false,
            token_calls: 0,
            number_ids: false,
            wrong: Wrong::default(),
        }
    }
}

/// The switches of this kind.
pub(crate) const TWISTS: &[Switch<Behaviour>] = &[
    Switch::new(
        "rest:small-pages",
        "pages have three entries at most",
        |it| {
            it.small_pages = true;
        },
    ),
    Switch::new(
        "rest:filters-ignored",
        "no query narrows a list: every search and every part of it is everybody",
        |it| it.heeds_filters = false,
    ),
    Switch::new(
        "rest:search-by-case",
        "the search by e-mail compares letter by letter",
        |it| it.search_by_case = true,
    ),
    Switch::new(
        "rest:hides-inactive",
        "the list and the search leave out who is off",
        |it| it.shows_off = false,
    ),
    Switch::new(
        "rest:updates-not-stored",
        "an update is answered and does nothing",
        |it| it.stores_updates = false,
    ),
    Switch::new(
        "rest:switches-not-stored",
        "switching off or on is answered and does nothing",
        |it| it.stores_switches = false,
    ),
    Switch::new(
        "rest:lost-answers",
        "every third write is done and answered with 504",
        |it| it.loses_answers = 3,
    ),
    Switch::new(
        "rest:doubles-by-case",
        "addresses that differ in letter case are two accounts",
        |it| {
            it.doubles_by_case = true;
            it.search_by_case = true;
        },
    ),
    Switch::new(
        "rest:create-adopts",
        "a create for an address that is taken answers with its account",
        |it| it.adopts = true,
    ),
    Switch::new(
        "rest:taken-422",
        "a create for an address that is taken is refused with 422",
        |it| it.taken = 422,
    ),
    Switch::new(
        "rest:empty-answers",
        "writes are answered without a body",
        |it| it.empty_answers = true,
    ),
    Switch::new(
        "rest:brief-answers",
        "writes are answered with who it is and no more",
        |it| it.brief_answers = true,
    ),
    Switch::new(
        "rest:answers-as-asked",
        "writes are answered with what was asked for, stored or not",
        |it| it.answers_as_asked = true,
    ),
    Switch::new(
        "rest:short-tokens",
        "tokens of a login or of client credentials are good for ten calls",
        |it| it.token_calls = 10,
    ),
    Switch::new("rest:number-ids", "ids are numbers", |it| {
        it.number_ids = true;
    }),
    Switch::new("rest:updates-refused", "an update is refused", |it| {
        it.refuses_updates = true;
    }),
    Switch::new(
        "rest:switches-refused",
        "switching off or on is refused",
        |it| it.refuses_switches = true,
    ),
    Switch::new(
        "rest:searches-refused",
        "a search is refused with 400",
        |it| it.refuses_searches = true,
    ),
    Switch::new(
        "rest:create-doubles",
        "a create for an address that is taken makes a second user",
        |it| it.doubles = true,
    ),
    Switch::new(
        "rest:outlines",
        "the read of one user shows who it is and no more",
        |it| it.outlines = true,
    ),
];
