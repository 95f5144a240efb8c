//! The API's own shapes, as <https://docs.snaplogic.com/public-apis/apis-user-and-group.html>
//! shows them (read in August 2026). Lenient on reading: unknown fields are ignored, missing ones
//! tolerated, and where pages disagree every printed form is accepted.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// One row of the list:
/// <https://docs.snaplogic.com/public-apis/get-assetapi-user-settings.html>.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct ListedUser {
    /// The login e-mail.
    #[serde(alias = "email")]
    pub(super) username: Option<String>,
    /// Outer `None`: not in the row; inner `None`: the vendor's null.
    #[serde(deserialize_with = "present")]
    pub(super) first_name: Option<Option<String>>,
    /// As `first_name`.
    #[serde(deserialize_with = "present")]
    pub(super) last_name: Option<Option<String>>,
    /// False: API only, not locked out.
    #[serde(deserialize_with = "flag")]
    pub(super) ui_access: Option<bool>,
    /// A service account.
    #[serde(alias = "service_account", deserialize_with = "flag")]
    pub(super) utility: Option<bool>,
    /// What the person may open.
    #[serde(deserialize_with = "null_as_default")]
    pub(super) user_setting: UserSetting,
}

/// Environments, each with its applications.
pub(super) type Apps = Vec<(Box<str>, Vec<Box<str>>)>;

/// The part of a row about applications.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct UserSetting {
    /// Each environment with the applications that are granted in it.
    #[serde(deserialize_with = "granted")]
    pub(super) app_access: Apps,
}

/// Whether an application is granted; anything but a clear no counts as a yes, so that an unknown
/// form never makes an account look switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "Value")]
pub(super) struct Granted(pub(super) bool);

impl From<Value> for Granted {
    fn from(value: Value) -> Self {
        let no = matches!(&value, Value::Null | Value::Bool(false))
            || value
                .as_str()
                .is_some_and(|text| text.eq_ignore_ascii_case("false"));
        Self(!no)
    }
}

/// A page of the list.
#[derive(Debug, Deserialize)]
pub(super) struct UserPage<T = ListedUser> {
    /// The rows; a page without this key is not a page.
    pub(super) users: Vec<T>,
}

/// One user: <https://docs.snaplogic.com/public-apis/get-users-email.html>.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct User {
    /// The login e-mail.
    #[serde(alias = "username")]
    pub(super) email: Option<String>,
    /// As in the list.
    #[serde(deserialize_with = "present")]
    pub(super) first_name: Option<Option<String>>,
    /// As in the list.
    #[serde(deserialize_with = "present")]
    pub(super) last_name: Option<Option<String>>,
    /// Whether a password opens the account.
    #[serde(deserialize_with = "flag")]
    pub(super) allow_password_login: Option<bool>,
    /// The environments the caller can see; perhaps not all.
    #[serde(deserialize_with = "null_as_default")]
    pub(super) organizations: Vec<Organization>,
    /// False: API only, not locked out.
    #[serde(deserialize_with = "flag")]
    pub(super) ui_access: Option<bool>,
    /// A service account; called `utility` in the list and in writes.
    #[serde(alias = "utility", deserialize_with = "flag")]
    pub(super) service_account: Option<bool>,
    /// A team account.
    #[serde(deserialize_with = "flag")]
    pub(super) managed: Option<bool>,
    /// Who gets a team account's reset mails.
    pub(super) maintainers: Maintainers,
    /// Whether the password has expired.
    #[serde(deserialize_with = "flag")]
    pub(super) password_expired: Option<bool>,
    /// A time, or null; presumably of the last Basic login.
    pub(super) basic_access: Option<Value>,
}

/// An environment in a user's record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Organization {
    /// Its name.
    pub(super) name: String,
    /// Whether the user administers it; printed once as a text.
    #[serde(default, deserialize_with = "flag")]
    pub(super) administrator: Option<bool>,
}

/// The maintainers of a team account, written as a list, read as an object of lists or null.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "MaintainersForm")]
pub(super) struct Maintainers(pub(super) Option<Vec<String>>);

#[derive(Deserialize)]
#[serde(untagged)]
enum MaintainersForm {
    Null(()),
    List(Vec<String>),
    ByPath(BTreeMap<String, Option<Vec<String>>>),
}

impl From<MaintainersForm> for Maintainers {
    fn from(form: MaintainersForm) -> Self {
        Self(Some(match form {
            MaintainersForm::Null(()) => Vec::new(),
            MaintainersForm::List(list) => list,
            MaintainersForm::ByPath(map) => map.into_values().flatten().flatten().collect(),
        }))
    }
}

/// The names of an environment's groups:
/// <https://docs.snaplogic.com/public-apis/get-groups-org.html>.
#[derive(Debug, Deserialize)]
pub(super) struct GroupNames {
    /// Names only.
    pub(super) groups: Vec<String>,
}

/// One group: <https://docs.snaplogic.com/public-apis/get-groups-org-group.html>.
#[derive(Debug, Deserialize)]
pub(super) struct Group {
    /// E-mails, in the vendor's spelling.
    pub(super) members: Vec<String>,
}

/// Adds or removes one member; exactly one of the two:
/// <https://docs.snaplogic.com/public-apis/patch-groups-org-group.html>.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Membership<'a> {
    /// Joins the group.
    AddUser(&'a str),
    /// Leaves the group.
    RemoveUser(&'a str),
}

/// Adds an account that exists to an environment:
/// <https://docs.snaplogic.com/public-apis/put-add-users-org.html>.
#[derive(Debug, Serialize)]
pub(super) struct JoinOrganization {
    /// Makes a folder under `projects`.
    pub(super) create_home_directory: bool,
    /// Sends the welcome mail.
    pub(super) send_email: bool,
}

/// Grants exactly these applications, in batch:
/// <https://docs.snaplogic.com/public-apis/post-assetapi-user-app-access.html>.
#[derive(Debug, Serialize)]
pub(super) struct AppAccess<'a> {
    /// The environment with a slash before it.
    pub(super) org_path: String,
    /// One entry a person.
    pub(super) users: [AppAccessOf<'a>; 1],
}

/// The applications of one person.
#[derive(Debug, Serialize)]
pub(super) struct AppAccessOf<'a> {
    /// The e-mail.
    pub(super) username: &'a str,
    /// Empty: none at all.
    pub(super) app_access: BTreeMap<&'a str, bool>,
}

/// The answer to [`AppAccess`]: each name with `"success"` or something else.
pub(super) type AppAccessAnswer = Vec<Map<String, Value>>;

/// A boolean that some pages print as a text. Null reads as not shown.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(flag)),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(_) => Err(D::Error::custom("expected a boolean")),
    }
}

/// Keeps null apart from a field that is not there.
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Environment, then application, then whether it is granted. A list has a hundred thousand rows,
/// and two maps in each would be most of what it takes.
fn granted<'de, D>(deserializer: D) -> Result<Apps, D::Error>
where
    D: Deserializer<'de>,
{
    let told: Option<Pairs<Option<Pairs<Granted>>>> = Option::deserialize(deserializer)?;
    let environments = told.into_iter().flat_map(|it| it.0);
    Ok(environments
        .map(|(environment, apps)| {
            let apps = apps.into_iter().flat_map(|it| it.0);
            let granted = apps.filter(|(_, granted)| granted.0);
            (environment, granted.map(|(app, _)| app).collect())
        })
        .collect())
}

/// A map as the list of its entries.
struct Pairs<T>(Vec<(Box<str>, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
