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
    /// What the list of users shows besides, as JSON: entries that are no users.
    pub odd: &'static str,
    /// The status that the list of groups answers with.
    pub broken_groups: Option<u16>,
    /// A user whom neither lists nor filters show.
    pub hides: Option<&'static str>,
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
        odd: "[]",
        broken_groups: None,
        hides: None,
    };
}

impl Default for Shape {
    fn default() -> Self {
        Self::STANDARD
    }
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
    /// By `startIndex`, the first page again past the end, and no `totalResults`.
    Again,
    /// By `startIndex`, and each page counts itself alone.
    PageTotals,
    /// By `startIndex`, which counts from 0.
    FromZero,
    /// The first page, whatever is asked for, with a count of itself; names can be searched by how
    /// they begin.
    First,
    /// The same, unless a cursor is asked for, which nothing says.
    HiddenCursor,
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
