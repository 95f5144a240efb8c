//! What the server can be told to do otherwise, by name.

use super::{
    Errors, Filters, Ids, Joins, Leaves, Lists, Locations, Members, Names, Off, Patches, Shape,
    Slashes, Versions,
};
use crate::twist::Switch;

/// The switches of this kind.
pub(crate) const TWISTS: &[Switch<Shape>] = &[
    Switch::new("scim:cursor", "lists come by cursor (RFC 9865)", |it| {
        it.lists = Lists::Cursor;
    }),
    Switch::new("scim:from-zero", "startIndex counts from 0", |it| {
        it.lists = Lists::FromZero;
    }),
    Switch::new(
        "scim:page-totals",
        "each page of a list counts itself alone",
        |it| {
            it.lists = Lists::PageTotals;
        },
    ),
    Switch::new(
        "scim:filters-ignored",
        "filters are ignored: everybody is shown",
        |it| {
            it.filters = Filters::Ignored;
        },
    ),
    Switch::new(
        "scim:filters-heed-case",
        "filters compare letter case",
        |it| {
            it.filters = Filters::CaseSensitive;
        },
    ),
    Switch::new("scim:put-refused", "PUT is refused with 405", |it| {
        it.put = Some(405);
    }),
    Switch::new(
        "scim:versions-required",
        "every write has to name the version that it is for",
        |it| {
            it.versions = Versions::Required;
        },
    ),
    Switch::new(
        "scim:no-locations",
        "a create says nothing of where the user is",
        |it| {
            it.locations = Locations::None;
        },
    ),
    Switch::new(
        "scim:ids-are-names",
        "the id of a user is the user name",
        |it| {
            it.ids = Ids::UserName;
        },
    ),
    Switch::new(
        "scim:bulk",
        "there is a bulk call, for 100 operations",
        |it| {
            it.bulk = 100;
        },
    ),
    Switch::new("scim:errors-html", "errors are pages for people", |it| {
        it.errors = Errors::Html;
    }),
    Switch::new("scim:text-booleans", "booleans are texts", |it| {
        it.text_booleans = true;
    }),
    Switch::new(
        "scim:undescribed",
        "the server does not describe itself",
        |it| {
            it.described = false;
        },
    ),
    Switch::new(
        "scim:slashes",
        "paths end with a slash, and one without is redirected",
        |it| {
            it.slashes = Slashes::Redirected(301);
        },
    ),
    Switch::new(
        "scim:hides-off",
        "lists without a filter leave out who is off",
        |it| {
            it.hides_off = true;
        },
    ),
    Switch::new(
        "scim:list-without-members",
        "a list of groups leaves their members out",
        |it| {
            it.list_without_members = true;
        },
    ),
    Switch::new(
        "scim:patches-silent",
        "a PATCH is answered without a body",
        |it| {
            it.patches = Patches::Silent;
        },
    ),
    Switch::new(
        "scim:patch-wipes",
        "a PATCH clears the optional attributes that it does not name",
        |it| {
            it.patches = Patches::Wipes;
        },
    ),
    Switch::new("scim:members-absent", "groups show no members", |it| {
        it.members = Members::Absent;
    }),
    Switch::new(
        "scim:joins-ignored",
        "members that a PATCH adds do not join",
        |it| {
            it.joins = Joins::Ignored;
        },
    ),
    Switch::new(
        "scim:leaves-all",
        "a PATCH that removes one member removes all",
        |it| {
            it.leaves = Leaves::All;
        },
    ),
    Switch::new(
        "scim:one-operation",
        "a PATCH of a group has one operation",
        |it| {
            it.one_operation = true;
        },
    ),
    Switch::new(
        "scim:off-removes",
        "switching a user off removes the user",
        |it| {
            it.off = Off::Removes;
        },
    ),
    Switch::new(
        "scim:invites",
        "a new user is off until the person accepts",
        |it| {
            it.invites = true;
        },
    ),
    Switch::new(
        "scim:own-names",
        "the server gives new users names of its own",
        |it| {
            it.names = Names::Own;
        },
    ),
    Switch::new("scim:uncounted", "lists have no totalResults", |it| {
        it.lists = Lists::Uncounted;
    }),
    Switch::new(
        "scim:filters-refused",
        "filters are refused with 501",
        |it| {
            it.filters = Filters::Refused(501);
        },
    ),
    Switch::new(
        "scim:members-first",
        "groups show the first of their members alone",
        |it| {
            it.members = Members::First(1);
        },
    ),
    Switch::new("scim:no-paths", "a PATCH has no paths", |it| {
        it.patches = Patches::NoPaths;
    }),
    Switch::new(
        "scim:patches-refused",
        "a PATCH is refused with 501",
        |it| {
            it.patches = Patches::Refused(501);
        },
    ),
    Switch::new(
        "scim:put-keeps",
        "a PUT keeps the attributes that it leaves out",
        |it| {
            it.put_keeps = true;
        },
    ),
];
