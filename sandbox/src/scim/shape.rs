//! The ways in which servers differ, as switches; the default is the standard.

/// How one server differs from the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The largest page, whatever is asked for.
    pub page_cap: usize,
    /// How lists come in pages.
    pub lists: Lists,
    /// What becomes of filters.
    pub filters: Filters,
    /// What becomes of a PATCH.
    pub patches: Patches,
    /// Whether PUT works; the status it is refused with otherwise.
    pub put: Option<u16>,
    /// The status of a create or rename for a name in use.
    pub duplicate: u16,
    /// What is done with versions.
    pub versions: Versions,
    /// What a create says about where the user is.
    pub locations: Locations,
    /// What ids are made of.
    pub ids: Ids,
    /// Operations of one bulk call; 0: no bulk.
    pub bulk: usize,
    /// The bodies of errors.
    pub errors: Errors,
    /// Whether booleans are texts.
    pub text_booleans: bool,
    /// Groups are an attribute of the user.
    pub groups_on_user: bool,
    /// A list of groups leaves their members out.
    pub list_without_members: bool,
    /// The descriptions of the server are there.
    pub described: bool,
    /// Only `application/json` is taken.
    pub plain_json: bool,
    /// An attribute that no write stores.
    pub forgets: Option<&'static str>,
    /// Where `/ResourceTypes` says that users and groups are, with `s` left out.
    pub endpoints: &'static str,
    /// Whether paths end with a slash.
    pub slashes: Slashes,
    /// What the list of users shows besides, as JSON: entries that are no users.
    pub odd: &'static str,
    /// The status that the list of groups answers with.
    pub broken_groups: Option<u16>,
    /// A user whom neither lists nor filters show.
    pub hides: Option<&'static str>,
    /// Lists without a filter leave out who is off.
    pub hides_off: bool,
    /// What groups show of their members.
    pub members: Members,
    /// A PUT keeps the attributes that it leaves out.
    pub put_keeps: bool,
    /// Whether users show their groups.
    pub own_groups: bool,
    /// The first group is a member of a group `Parent`, and how users show that they are in it.
    pub nests: Nests,
    /// What becomes of filters of groups.
    pub group_filters: Filters,
    /// What becomes of members that a PATCH adds.
    pub joins: Joins,
    /// What becomes of members that a PATCH removes.
    pub leaves: Leaves,
    /// A PATCH of a group has one operation.
    pub one_operation: bool,
    /// So many members fit in a PATCH of a group; it is too large with more (413).
    pub most_members: usize,
    /// A PATCH takes `active` as a text alone, though it is shown as a boolean.
    pub text_active: bool,
    /// What switching off does.
    pub off: Off,
    /// A new user is off until the person accepts, whatever a write says.
    pub invites: bool,
    /// What becomes of the user name of a new user.
    pub names: Names,
    /// An attribute that no write may name.
    pub refuses: Option<&'static str>,
    /// An attribute that is kept and never shown.
    pub unseen: Option<&'static str>,
    /// Bodies of another type than `application/json` are not read.
    pub unread: bool,
    /// Users that there is room for.
    pub seats: usize,
    /// Every so many writes, one is asked to wait: 403 with `Retry-After`.
    pub waits: usize,
}

impl Shape {
    /// The standard.
    pub const STANDARD: Self = Self {
        page_cap: usize::MAX,
        lists: Lists::Index,
        filters: Filters::Work,
        patches: Patches::Work,
        put: None,
        duplicate: 409,
        versions: Versions::None,
        locations: Locations::Absolute,
        ids: Ids::Opaque,
        bulk: 0,
        errors: Errors::Scim,
        text_booleans: false,
        groups_on_user: false,
        list_without_members: false,
        described: true,
        plain_json: false,
        forgets: None,
        endpoints: "/",
        slashes: Slashes::None,
        odd: "[]",
        broken_groups: None,
        hides: None,
        hides_off: false,
        members: Members::All,
        put_keeps: false,
        own_groups: true,
        nests: Nests::No,
        group_filters: Filters::Work,
        joins: Joins::Work,
        leaves: Leaves::Work,
        one_operation: false,
        most_members: usize::MAX,
        text_active: false,
        off: Off::Keeps,
        invites: false,
        names: Names::Kept,
        refuses: None,
        unseen: None,
        unread: false,
        seats: usize::MAX,
        waits: 0,
    };
}

impl Default for Shape {
    fn default() -> Self {
        Self::STANDARD
    }
}

/// Whether paths end with a slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slashes {
    /// They do not; one with a slash is not there.
    None,
    /// They do; one without is redirected with this status, whatever the method.
    Redirected(u16),
    /// They do, and `/ResourceTypes` says so; one without is not there.
    Wanted,
    /// One without is redirected to another host.
    Elsewhere,
}

/// How lists come in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lists {
    /// By `startIndex`.
    Index,
    /// By cursor (RFC 9865).
    Cursor,
    /// By `startIndex`, and `count` is refused.
    NoCount,
    /// By `startIndex`, and a `count` above this is refused; so is a call without one.
    CountAtMost(usize),
    /// By `startIndex`, the first page again past the end, and no `totalResults`.
    Again,
    /// By `startIndex`, and no `totalResults`.
    Uncounted,
    /// By `startIndex`, and each page counts itself alone.
    PageTotals,
    /// By `startIndex`, which counts from 0.
    FromZero,
    /// The first page, whatever is asked for, with a count of itself; names can be searched by how
    /// they begin.
    First,
    /// The same, unless a cursor is asked for, which nothing says.
    HiddenCursor,
    /// Users are shown to a filter alone.
    Searched,
    /// The first user moves behind the others with every page.
    Moving,
}

/// What becomes of filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filters {
    /// They work.
    Work,
    /// They compare letter case.
    CaseSensitive,
    /// Everybody is shown.
    Ignored,
    /// Nobody is shown.
    Empty,
    /// They are refused with this status.
    Refused(u16),
}

/// What becomes of a PATCH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patches {
    /// It works; the answer shows the resource.
    Work,
    /// It works; the answer is empty (204).
    Silent,
    /// Filters in paths are refused.
    NoPathFilters,
    /// Paths are refused.
    NoPaths,
    /// It is refused with this status.
    Refused(u16),
    /// It is accepted and changes nothing.
    Lies,
    /// A user keeps only those of its optional attributes that it names.
    Wipes,
}

/// What groups show of their members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Members {
    /// All of them, by id.
    All,
    /// All of them, by user name.
    Names,
    /// All of them, by `$ref` alone.
    Refs,
    /// All of them, by id in capitals.
    Capitals,
    /// The first of them, so many.
    First(usize),
    /// An empty list.
    Empty,
    /// No list.
    Absent,
}

/// Whether a group is a member of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nests {
    /// None is.
    No,
    /// Users show the group above as an indirect one.
    Marked,
    /// Users show it like any other.
    Bare,
}

/// What becomes of members that a PATCH adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joins {
    /// They join.
    Work,
    /// They are accepted, and nothing happens.
    Ignored,
    /// They take the place of those who were there.
    Replace,
}

/// What becomes of members that a PATCH removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaves {
    /// By a filter in the path they leave; without one all do (RFC 7644, 3.5.2.2).
    Work,
    /// By the `value` they leave; a filter in the path is refused.
    Values,
    /// It is accepted, and nothing happens.
    Ignored,
    /// Everybody leaves, whatever the filter says.
    All,
}

/// What switching off does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// The user stays, and is off.
    Keeps,
    /// The user is removed.
    Removes,
}

/// What becomes of the user name of a new user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// It is kept.
    Kept,
    /// The local part and the id of the server's own take its place; the addresses are kept.
    Own,
}

/// What is done with versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// There are none.
    None,
    /// They are checked.
    Checked,
    /// They are shown and ignored.
    Ignored,
    /// Every write that names one is refused.
    Refused,
    /// They are checked, and every write has to name one (428).
    Required,
}

/// What a create says about where the user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locations {
    /// Its address, and the user.
    Absolute,
    /// The path of its address, and no body.
    Relative,
    /// Nothing at all.
    None,
}

/// What ids are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// Numbers of the server's own.
    Opaque,
    /// The user name.
    UserName,
}

/// The bodies of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// As in the standard.
    Scim,
    /// A page for people.
    Html,
    /// None.
    Empty,
}
