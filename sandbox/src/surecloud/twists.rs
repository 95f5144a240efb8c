//! What the server can be told to do otherwise, by name.

use super::{BadUser, GroupRule, Rules, USER_PATH};
use crate::twist::Switch;

/// The switches of this kind.
pub(crate) const TWISTS: &[Switch<Rules>] = &[
    Switch::new(
        "surecloud:groups-add",
        "a list of groups adds to those that there are",
        |it| {
            it.groups = GroupRule::Add;
        },
    ),
    Switch::new(
        "surecloud:bad-user-left-out",
        "one wrong user does not hinder the others of its call and is not mentioned",
        |it| {
            it.bad_user = BadUser::LeaveOut;
        },
    ),
    Switch::new(
        "surecloud:bad-user-reported",
        "one wrong user does not hinder the others of its call and is reported",
        |it| {
            it.bad_user = BadUser::Report;
        },
    ),
    Switch::new("surecloud:no-ids", "answers show no userID", |it| {
        it.shows_id = false;
    }),
    Switch::new("surecloud:numeric-ids", "the userID is a number", |it| {
        it.numeric_id = true;
    }),
    Switch::new(
        "surecloud:enabled-by-default",
        "a new account is enabled when the call does not say",
        |it| {
            it.enabled_by_default = true;
        },
    ),
    Switch::new(
        "surecloud:tokens-without-end",
        "a minted JWT does not say how long it lives",
        |it| {
            it.token_life = None;
        },
    ),
    Switch::new(
        "surecloud:lists",
        "users can be listed where they are changed",
        |it| {
            it.lists = Some(USER_PATH);
        },
    ),
    Switch::new(
        "surecloud:lists-in-the-plural",
        "users can be listed at /restful/v1/users",
        |it| {
            it.lists = Some("/restful/v1/users");
        },
    ),
    Switch::new(
        "surecloud:type-stays",
        "a personType that is left out stays what it was",
        |it| {
            it.keeps_type = true;
        },
    ),
];
