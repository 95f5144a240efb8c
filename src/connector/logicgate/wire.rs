//! Users and roles exactly as the v1 API speaks, read leniently.
//!
//! The documented list schema is machine-made and noisy: unknown fields are ignored, any field may
//! be missing, times come in two forms (so none is read), and `status` occurs twice in one object,
//! which is why everything goes through a JSON map first, where the last one wins.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Fields that the list schema shows and that nobody may keep, log or send back.
/// <https://www.logicgate.com/developer/risk-cloud-api-viewing-users/>
const SECRET_FIELDS: [&str; 3] = ["password", "resetPasswordToken", "intercomHash"];

/// A field that may be missing (outer `None`) or `null` (inner `None`).
pub(crate) type Maybe<T> = Option<Option<T>>;

/// A user, as far as the roster is concerned, and the whole object it came from.
/// <https://www.logicgate.com/developer/risk-cloud-api-viewing-users/>
#[derive(Debug, Clone)]
pub(crate) struct User {
    /// The fields that mean something here.
    pub(crate) fields: Fields,
    /// Everything the vendor sent, without secrets: a PUT sends it back.
    pub(crate) whole: Map<String, Value>,
}

/// The fields of a user that mean something here.
#[derive(Debug, Clone, Default)]
#[cfg_attr(test, derive(PartialEq, Eq))]
pub(crate) struct Fields {
    pub(crate) id: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) first: Maybe<String>,
    pub(crate) last: Maybe<String>,
    pub(crate) company: Maybe<String>,
    pub(crate) tier: Maybe<String>,
    pub(crate) time_zone: Maybe<String>,
    pub(crate) language_tag: Maybe<String>,
    pub(crate) active: Option<bool>,
    pub(crate) disabled: Option<bool>,
    pub(crate) external: Option<bool>,
    pub(crate) status: Option<String>,
    pub(crate) autoprovisioned: Option<bool>,
    /// Whether `scimStatus` says anything at all.
    pub(crate) scim: bool,
    pub(crate) super_user: Option<bool>,
    pub(crate) service_account: Option<bool>,
    pub(crate) roles: Option<Vec<RoleRef>>,
    pub(crate) role_ids: Option<Vec<String>>,
}

/// A role inside a user: the whole role, or its id alone.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(PartialEq, Eq))]
#[serde(untagged)]
pub(crate) enum RoleRef {
    /// The id.
    Id(String),
    /// The role.
    Role(Role),
}

/// A role.
/// <https://www.logicgate.com/developer/risk-cloud-api-update-users-and-permission-sets-on-role/>
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(PartialEq, Eq))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) super_admin: Option<bool>,
    pub(crate) autoprovisioned: Option<bool>,
}

/// The answer of a token call.
/// <https://www.logicgate.com/developer/risk-cloud-api-authentication/>
#[derive(Deserialize)]
pub(crate) struct TokenAnswer {
    pub(crate) access_token: Option<String>,
    pub(crate) token_type: Option<String>,
}

impl User {
    /// Reads a user.
    ///
    /// # Errors
    /// A text that names the field of a wrong type.
    pub(crate) fn read(value: Value) -> Result<Self, String> {
        let Value::Object(mut whole) = value else {
            return Err(String::from("a user is not a JSON object"));
        };
        drop_secrets(&mut whole);
        let name = match whole.get("id") {
            Some(Value::String(id)) => format!("user {id}"),
            _ => String::from("a user without id"),
        };
        match Fields::read(&whole) {
            Ok(fields) => Ok(Self { fields, whole }),
            Err(reason) => Err(format!("{name}: {reason}")),
        }
    }
}

impl Fields {
    /// Reads the fields of a user who is not kept whole.
    ///
    /// # Errors
    /// As [`User::read`], and a text for what is no JSON.
    pub(crate) fn of_json(json: &[u8]) -> Result<Self, String> {
        // Without the map of the whole object, which costs five times as much. What the quick way
        // does not take is read the careful way, which says what is wrong with it.
        if let Ok(quick) = serde_json::from_slice::<Quick>(json) {
            return Ok(quick.0);
        }
        let value = serde_json::from_slice(json).map_err(|error| format!("no JSON: {error}"))?;
        User::read(value).map(|user| user.fields)
    }

    /// Id and e-mail, where it has both; without them it is nobody's account.
    pub(crate) fn key(&self) -> Option<(&str, &str)> {
        let id = self.id.as_deref().filter(|id| !id.is_empty())?;
        let email = self.email.as_deref()?;
        (!email.trim().is_empty()).then_some((id, email))
    }

    /// Reads the fields one by one: a derived error would quote what it found, which is somebody's
    /// personal data.
    fn read(whole: &Map<String, Value>) -> Result<Self, String> {
        Ok(Self {
            id: text(whole, "id")?.flatten(),
            email: text(whole, "email")?.flatten(),
            first: text(whole, "first")?,
            last: text(whole, "last")?,
            company: text(whole, "company")?,
            tier: text(whole, "tier")?,
            time_zone: text(whole, "timeZone")?,
            language_tag: text(whole, "languageTag")?,
            active: flag(whole, "active")?,
            disabled: flag(whole, "disabled")?,
            external: flag(whole, "external")?,
            status: text(whole, "status")?.flatten(),
            autoprovisioned: flag(whole, "autoprovisioned")?,
            scim: whole.get("scimStatus").is_some_and(|it| !it.is_null()),
            super_user: flag(whole, "superUser")?,
            service_account: flag(whole, "serviceAccount")?,
            roles: list(whole, "roles")?,
            role_ids: list(whole, "roleIds")?,
        })
    }

    /// The ids of all roles, from either shape, each once, in the order shown. `None`: the object
    /// does not show roles.
    pub(crate) fn role_ids(&self) -> Option<Vec<&str>> {
        if self.roles.is_none() && self.role_ids.is_none() {
            return None;
        }
        let objects = self.roles.iter().flatten().map(RoleRef::id);
        let plain = self.role_ids.iter().flatten().map(String::as_str);
        let mut seen = HashSet::new();
        Some(objects.chain(plain).filter(|id| seen.insert(*id)).collect())
    }
}

/// [`Fields`] right from the wire; of a key that comes twice the last one counts.
struct Quick(Fields);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Name {
    Id,
    Email,
    First,
    Last,
    Company,
    Tier,
    TimeZone,
    LanguageTag,
    Active,
    Disabled,
    External,
    Status,
    Autoprovisioned,
    ScimStatus,
    SuperUser,
    ServiceAccount,
    Roles,
    RoleIds,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Quick {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(QuickVisitor)
    }
}

struct QuickVisitor;

impl<'de> Visitor<'de> for QuickVisitor {
    type Value = Quick;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a user")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Quick, A::Error> {
        let mut user = Fields::default();
        while let Some(name) = map.next_key()? {
            match name {
                Name::Id => user.id = map.next_value()?,
                Name::Email => user.email = map.next_value()?,
                Name::First => user.first = Some(map.next_value()?),
                Name::Last => user.last = Some(map.next_value()?),
                Name::Company => user.company = Some(map.next_value()?),
                Name::Tier => user.tier = Some(map.next_value()?),
                Name::TimeZone => user.time_zone = Some(map.next_value()?),
                Name::LanguageTag => user.language_tag = Some(map.next_value()?),
                Name::Active => user.active = map.next_value()?,
                Name::Disabled => user.disabled = map.next_value()?,
                Name::External => user.external = map.next_value()?,
                Name::Status => user.status = map.next_value()?,
                Name::Autoprovisioned => user.autoprovisioned = map.next_value()?,
                Name::ScimStatus => {
                    user.scim = map.next_value::<Option<IgnoredAny>>()?.is_some();
                }
                Name::SuperUser => user.super_user = map.next_value()?,
                Name::ServiceAccount => user.service_account = map.next_value()?,
                Name::Roles => user.roles = map.next_value()?,
                Name::RoleIds => user.role_ids = map.next_value()?,
                Name::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Quick(user))
    }
}

impl RoleRef {
    /// The role's id.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Role(role) => &role.id,
        }
    }
}

/// Takes secret-like fields out, at any depth: a user is nested in other objects too.
fn drop_secrets(object: &mut Map<String, Value>) {
    object.retain(|name, _| !SECRET_FIELDS.contains(&name.as_str()));
    object.values_mut().for_each(drop_secrets_within);
}

fn drop_secrets_within(value: &mut Value) {
    match value {
        Value::Object(object) => drop_secrets(object),
        Value::Array(items) => items.iter_mut().for_each(drop_secrets_within),
        _ => {}
    }
}

fn text(object: &Map<String, Value>, name: &str) -> Result<Maybe<String>, String> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(text)) => Ok(Some(Some(text.clone()))),
        Some(_) => Err(format!("`{name}` is no text")),
    }
}

fn flag(object: &Map<String, Value>, name: &str) -> Result<Option<bool>, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(format!("`{name}` is no boolean")),
    }
}

fn list<T: DeserializeOwned>(
    object: &Map<String, Value>,
    name: &str,
) -> Result<Option<Vec<T>>, String> {
    let value = object.get(name).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|_| format!("`{name}` is no list as documented"))
}
