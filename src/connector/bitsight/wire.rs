//! Bitsight's user API as it speaks: what it sends, what it takes.
//!
//! Field lists: <https://help.bitsighttech.com/hc/en-us/articles/360048841653-GET-Users> (list),
//! <https://help.bitsighttech.com/hc/en-us/articles/360048214814-POST-Create-a-New-User> (create),
//! <https://help.bitsighttech.com/hc/en-us/articles/360048216934-PATCH-Edit-a-User> (edit).
//! List and single reads differ and the help pages differ from the vendor's OpenAPI, so reading is
//! lenient: unknown fields are ignored and only `guid` has to be there.

use serde::{Deserialize, Deserializer, Serialize};

/// A field that may be left out (outer `None`) or `null` (inner `None`).
pub(super) type Told<T> = Option<Option<T>>;

/// One page of `GET /ratings/v2/users`.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T = User> {
    /// Users in all, over all pages.
    #[serde(default)]
    pub(super) count: Option<u64>,
    /// The users of this page; there may be fewer than `limit`, even none.
    pub(super) results: Vec<T>,
    #[serde(default)]
    links: Option<Links>,
    // Other Bitsight lists put the link at the top level under these names.
    #[serde(default, deserialize_with = "told")]
    next: Told<String>,
    #[serde(default, deserialize_with = "told")]
    next_url: Told<String>,
}

#[derive(Debug, Deserialize)]
struct Links {
    #[serde(default)]
    next: Option<String>,
}

impl<T> Page<T> {
    /// The same page with something else made of its entries.
    pub(super) fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        let Self {
            count,
            results,
            links,
            next,
            next_url,
        } = self;
        Page {
            count,
            results: results.into_iter().map(make).collect(),
            links,
            next,
            next_url,
        }
    }

    /// The link to the next page, if this is not the last one.
    pub(super) fn next(&self) -> Option<&str> {
        let nested = self.links.as_ref().and_then(|links| links.next.as_deref());
        let top = [&self.next, &self.next_url].into_iter();
        nested
            .or_else(|| top.flatten().flatten().next().map(String::as_str))
            .filter(|link| !link.is_empty())
    }

    /// Whether the vendor says that no page follows: where it gives links, there is none to a next
    /// one. A count alone says nothing of the kind.
    pub(super) fn is_last(&self) -> bool {
        let gives_links = self.links.is_some() || self.next.is_some() || self.next_url.is_some();
        gives_links && self.next().is_none()
    }
}

/// One user, as list, single read, create and (perhaps) edit answer it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    /// The immutable key.
    pub(super) guid: Box<str>,
    /// Also the login name. Only a token's pseudo-user may come without.
    #[serde(default)]
    pub(super) email: Option<Box<str>>,
    /// The preferred name.
    #[serde(default, deserialize_with = "told")]
    pub(super) friendly_name: Told<Box<str>>,
    /// The full name.
    #[serde(default, deserialize_with = "told")]
    pub(super) formal_name: Told<Box<str>>,
    /// One entry, though some help pages speak of several.
    #[serde(default, deserialize_with = "told")]
    pub(super) roles: Told<Vec<Role>>,
    /// The one access control group.
    #[serde(default, deserialize_with = "told")]
    pub(super) group: Told<GroupRef>,
    /// `Created`, `Activated` or `Deactivated`.
    #[serde(default)]
    pub(super) status: Option<Box<str>>,
    /// Whether the user is a contact of the subscription.
    #[serde(default, deserialize_with = "told")]
    pub(super) is_available_for_contact: Told<bool>,
    /// `true` for the pseudo-user of a company API token.
    #[serde(default)]
    pub(super) is_company_api_token: Option<bool>,
    /// Features that are switched per user.
    #[serde(default, deserialize_with = "told")]
    pub(super) features: Told<Vec<Feature>>,
}

/// A base role on read.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Role {
    /// What the API calls it. The help page's sample has the key with a leading space.
    #[serde(default, alias = " slug")]
    pub(super) slug: Option<Box<str>>,
}

/// A group: an object on read, a bare guid where the vendor echoes what was written.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum GroupRef {
    /// As documented for reads.
    Object {
        /// Its key.
        guid: Box<str>,
        /// What people call it.
        #[serde(default)]
        name: Option<Box<str>>,
    },
    /// As documented for writes.
    Guid(Box<str>),
}

impl GroupRef {
    /// The group's key.
    pub(super) fn guid(&self) -> &str {
        match self {
            Self::Object { guid, name: _ } | Self::Guid(guid) => guid,
        }
    }

    /// The group's name, where it is given.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Object { guid: _, name } => name.as_deref(),
            Self::Guid(_) => None,
        }
    }
}

/// A feature of a user on read.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Feature {
    /// Its key: `fq-access`.
    pub(super) slug: Box<str>,
    /// Whether it is on, or a text.
    #[serde(default)]
    pub(super) value: Option<Setting>,
    /// `false`: it cannot be changed on this user.
    #[serde(default)]
    pub(super) can_update: Option<bool>,
}

/// What a feature is set to: true or false by the help pages; the vendor's OpenAPI also has texts,
/// which go back as they came.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum Setting {
    /// On or off.
    Flag(bool),
    /// Anything else.
    Other(serde_json::Value),
}

impl Setting {
    /// Whether it is on, if that is what it says.
    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Other(_) => None,
        }
    }
}

/// `GET /ratings/v1/users/current`, of which only the identity is used: its other fields have
/// another shape than those of v2.
/// <https://help.bitsighttech.com/hc/en-us/articles/360025678414-GET-User-Details>
#[derive(Debug, Deserialize)]
pub(super) struct CurrentUser {
    /// The user's key.
    #[serde(default)]
    pub(super) guid: Option<Box<str>>,
    /// The user's e-mail.
    #[serde(default)]
    pub(super) email: Option<Box<str>>,
    /// Not documented for v1.
    #[serde(default)]
    pub(super) is_company_api_token: Option<bool>,
}

/// `GET /ratings/v1/access-groups`.
/// <https://help.bitsighttech.com/hc/en-us/articles/360042641293-GET-Access-Control-Groups>
#[derive(Debug, Deserialize)]
pub(super) struct AccessGroups {
    /// The groups that the token may see.
    pub(super) groups: Vec<AccessGroup>,
    /// The guid of the group that new users land in.
    #[serde(default)]
    pub(super) default_group: Option<GroupRef>,
}

/// One access control group.
#[derive(Debug, Deserialize)]
pub(super) struct AccessGroup {
    /// Its key.
    pub(super) guid: Box<str>,
    /// What people call it.
    #[serde(default)]
    pub(super) name: Option<Box<str>>,
}

/// `GET /ratings/v1/users/quota`.
/// <https://help.bitsighttech.com/hc/en-us/articles/13740355653143-GET-User-Quota>
#[derive(Debug, Default, Deserialize)]
pub(super) struct Quota {
    /// All users; whether those of company tokens count is not documented.
    #[serde(default)]
    pub(super) total_user_count: Option<i64>,
    /// Users that count.
    #[serde(default)]
    pub(super) active_user_count: Option<i64>,
    /// Users that do not.
    #[serde(default)]
    pub(super) inactive_user_count: Option<i64>,
    /// Active users allowed; 99999 means without limit (vendor's OpenAPI).
    #[serde(default)]
    pub(super) total_active_quota: Option<i64>,
    /// Active users that may still be added.
    #[serde(default)]
    pub(super) remaining_active_quota: Option<i64>,
}

/// The body of a create or an edit: only what is to be set.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct UserBody {
    /// The login e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<Box<str>>,
    /// The full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) formal_name: Option<Box<str>>,
    /// The preferred name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) friendly_name: Option<Box<str>>,
    /// Exactly one entry is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) roles: Option<[RoleSlug; 1]>,
    /// A guid, never `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<Box<str>>,
    /// Whether the user is a contact of the subscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_available_for_contact: Option<bool>,
    /// Every feature that is to keep or get a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) features: Option<Vec<FeatureValue>>,
}

/// The body that asks for another status; sent alone, and never with a create.
#[derive(Debug, Serialize)]
pub(super) struct StatusBody {
    /// `Deactivated` or `Activated`.
    pub(super) status: &'static str,
}

/// Any body in the wrapper that the vendor's OpenAPI shows and its help pages do not.
#[derive(Debug, Serialize)]
pub(super) struct Wrapped<'a, T> {
    /// The flat body.
    pub(super) user: &'a T,
}

/// A role on write.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct RoleSlug {
    /// Its slug.
    pub(super) slug: Box<str>,
}

/// A feature on write: without `can_update`, which is read-only.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct FeatureValue {
    /// Its key.
    pub(super) slug: Box<str>,
    /// Whether it is to be on; what is no flag goes back as it came.
    pub(super) value: Setting,
}

/// Tells a field that was left out from one that is `null`.
fn told<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Told<T>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fields_but_guid_may_be_missing() {
        let user: User = serde_json::from_str(r#"{"guid": "g", "new_field": [1]}"#).unwrap();
        assert_eq!(&*user.guid, "g");
        assert!(user.email.is_none() && user.roles.is_none() && user.features.is_none());
        assert!(serde_json::from_str::<User>(r#"{"email": "a@example.com"}"#).is_err());
    }

    #[test]
    fn null_and_left_out_are_told_apart() {
        let user: User = serde_json::from_str(r#"{"guid": "g", "group": null}"#).unwrap();
        assert!(matches!(user.group, Some(None)));
        assert!(user.formal_name.is_none());
    }

    #[test]
    fn documented_samples_with_slips_are_read() {
        let role: Role =
            serde_json::from_str(r#"{"name": "User", " slug": "customer_user"}"#).unwrap();
        assert_eq!(role.slug.as_deref(), Some("customer_user"));
        // A trailing comma, as in the quota sample, is no JSON and stays an error.
        assert!(serde_json::from_str::<Quota>(r#"{"active_user_count": 1,}"#).is_err());
    }

    #[test]
    fn timestamps_with_and_without_fractions_are_ignored() {
        for joined in ["2026-01-05T09:00:00Z", "2026-01-05T09:00:00.123456Z"] {
            let text =
                format!(r#"{{"guid": "g", "joined_time": "{joined}", "last_login_time": null}}"#);
            assert!(serde_json::from_str::<User>(&text).is_ok(), "{joined}");
        }
    }

    #[test]
    fn group_is_read_as_object_and_as_guid() {
        let object: GroupRef = serde_json::from_str(r#"{"guid": "g1", "name": "Europe"}"#).unwrap();
        assert_eq!((object.guid(), object.name()), ("g1", Some("Europe")));
        let bare: GroupRef = serde_json::from_str(r#""g1""#).unwrap();
        assert_eq!((bare.guid(), bare.name()), ("g1", None));
    }

    #[test]
    fn next_link_is_found_in_all_documented_places() {
        for text in [
            r#"{"results": [], "links": {"next": "/x", "previous": null}}"#,
            r#"{"results": [], "next": "/x"}"#,
            r#"{"results": [], "links": {}, "next_url": "/x"}"#,
        ] {
            let page: Page = serde_json::from_str(text).unwrap();
            assert_eq!(page.next(), Some("/x"), "{text}");
        }
        let last: Page =
            serde_json::from_str(r#"{"results": [], "links": {"next": null}}"#).unwrap();
        assert!(last.next().is_none() && last.is_last());
        for silent in [r#"{"results": []}"#, r#"{"results": [], "links": null}"#] {
            let page: Page = serde_json::from_str(silent).unwrap();
            assert!(page.next().is_none() && !page.is_last(), "{silent}");
        }
    }

    #[test]
    fn an_object_without_results_is_not_an_empty_list() {
        assert!(serde_json::from_str::<Page>(r#"{"detail": "x"}"#).is_err());
    }
}
