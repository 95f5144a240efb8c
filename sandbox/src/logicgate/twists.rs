//! What the server can be told to do otherwise, by name.

use super::{Behaviour, Ends, ListForm, OffForm, Omitted, SearchForm};
use crate::twist::Switch;

/// The switches of this kind.
pub(crate) const TWISTS: &[Switch<Behaviour>] = &[
    Switch::new(
        "logicgate:array-page",
        "the list is an array with one page",
        |it| {
            it.list = ListForm::ArrayPage;
        },
    ),
    Switch::new(
        "logicgate:page-v1",
        "the list comes in pages of the first version",
        |it| {
            it.list = ListForm::PageV1;
        },
    ),
    Switch::new(
        "logicgate:page-v2",
        "the list comes in pages of the second version",
        |it| {
            it.list = ListForm::PageV2;
        },
    ),
    Switch::new(
        "logicgate:silent-pages",
        "no page says whether it is the last one",
        |it| {
            it.ends = Ends::Silent;
        },
    ),
    Switch::new(
        "logicgate:list-without-page",
        "every page of the list is the first one",
        |it| {
            it.heeds_page = false;
        },
    ),
    Switch::new(
        "logicgate:list-hides-off",
        "the list leaves out users who are off or external",
        |it| {
            it.list_shows_off = false;
        },
    ),
    Switch::new(
        "logicgate:search-hides-off",
        "the search leaves out users who are off or external",
        |it| {
            it.search_shows_off = false;
        },
    ),
    Switch::new(
        "logicgate:search-embedded",
        "the search shows users as they are embedded elsewhere",
        |it| {
            it.search = SearchForm::Embedded;
        },
    ),
    Switch::new(
        "logicgate:search-gone",
        "there is no search any more",
        |it| {
            it.search = SearchForm::Gone;
        },
    ),
    Switch::new(
        "logicgate:stale-reads",
        "two reads after a write still show what was before",
        |it| {
            it.stale_reads = 2;
        },
    ),
    Switch::new(
        "logicgate:put-keeps",
        "a PUT keeps the fields that it leaves out",
        |it| {
            it.omitted = Omitted::Kept;
        },
    ),
    Switch::new(
        "logicgate:off-hidden",
        "a user who is off is not shown at all",
        |it| {
            it.off_form = OffForm::Hidden;
        },
    ),
    Switch::new(
        "logicgate:tokens-stay",
        "minting a token leaves the ones before it as they are",
        |it| {
            it.mint_revokes = false;
        },
    ),
    Switch::new(
        "logicgate:no-single-read",
        "one user cannot be read or written",
        |it| {
            it.one_user = Some(404);
        },
    ),
    Switch::new(
        "logicgate:roles-listed",
        "all roles can be listed, held or not",
        |it| {
            it.lists_roles = true;
        },
    ),
    Switch::new(
        "logicgate:owner-told",
        "a call tells whose the token is",
        |it| {
            it.tells_owner = true;
        },
    ),
    Switch::new(
        "logicgate:off-ignored",
        "a PUT that switches a user off is answered and does nothing",
        |it| {
            it.not_sticking = &["disabled"];
        },
    ),
    Switch::new(
        "logicgate:off-refused",
        "a PUT that switches a user off is refused",
        |it| {
            it.refuses_off = true;
        },
    ),
];
