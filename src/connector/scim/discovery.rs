//! What the vendor says of itself: `/ServiceProviderConfig`, `/Schemas`, `/ResourceTypes`
//! (RFC 7644, 4). It decides where to begin, never what is true: each capability has a setting, and
//! what turns out otherwise in a run is learnt.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::Scim;
use super::field::plain;
use super::setting;
use super::wire::{GROUP, Listing, USER, get};
use crate::http::{Call, HttpError, Problem};

/// What was found out before the first list.
#[derive(Debug, Clone, Default)]
pub(super) struct Discovered {
    /// Whether PATCH is said to work.
    pub(super) patch: Option<bool>,
    /// Whether filters are said to work.
    pub(super) filter: Option<bool>,
    /// Whether resources are said to have versions.
    pub(super) etag: Option<bool>,
    /// Whether pages come by cursor unless asked otherwise.
    pub(super) cursor: bool,
    /// Whether there are cursors at all.
    pub(super) has_cursors: bool,
    /// The largest page, where one is said.
    pub(super) largest_page: Option<u64>,
    /// Operations and bytes of one bulk call.
    pub(super) bulk: Option<(u64, u64)>,
    /// By URN in small letters: its attributes, by name without case and underscores.
    schemas: BTreeMap<String, BTreeMap<String, Attribute>>,
    /// Where the vendor says that users and groups are.
    said_users: Option<String>,
    said_groups: Option<String>,
    /// Where they are, once a list was looked for.
    users: Option<String>,
    groups: Option<String>,
    /// What could not be read, for the plan.
    pub(super) notices: Vec<String>,
}

/// One attribute of a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    /// The vendor's spelling.
    pub(super) name: String,
    /// `string`, `boolean`, `integer`, `complex`…, in small letters.
    pub(super) kind: String,
    /// Whether it takes a list.
    pub(super) many: bool,
    /// Whether a user cannot be without.
    pub(super) required: bool,
    /// Whether only the vendor sets it.
    pub(super) read_only: bool,
    /// Its parts, by name without case and underscores, each with whether it is required.
    pub(super) parts: BTreeMap<String, bool>,
    /// Whether it is kept, and no read shows it unless asked (`returned`: never, request).
    pub(super) hidden: bool,
}

impl Discovered {
    /// The attribute of a schema, by its name in any spelling.
    pub(super) fn attribute(&self, urn: &str, name: &str) -> Option<&Attribute> {
        self.schemas.get(&urn.to_lowercase())?.get(&plain(name))
    }

    /// Whether the vendor describes this schema, and without that attribute or that part of it.
    pub(super) fn lacks(&self, urn: &str, name: &str, part: Option<&str>) -> bool {
        let schema = self.schemas.get(&urn.to_lowercase());
        schema.is_some_and(|schema| match (schema.get(&plain(name)), part) {
            (None, _) => !schema.is_empty(),
            (Some(it), Some(part)) => !it.parts.is_empty() && !it.parts.contains_key(&plain(part)),
            (Some(_), None) => false,
        })
    }

    /// Whether a user has to have that attribute, or that part of it.
    pub(super) fn requires(&self, urn: &str, name: &str, part: Option<&str>) -> bool {
        self.attribute(urn, name).is_some_and(|it| match part {
            None => it.required,
            Some(part) => it.parts.get(&plain(part)) == Some(&true),
        })
    }

    /// Attributes of users that are kept and not shown; `None`: the vendor does not describe them.
    /// A password is none of them: whoever leaves it out leaves it alone (RFC 7644, 3.5.1).
    pub(super) fn hidden(&self) -> Option<Vec<&str>> {
        self.schemas
            .get(&USER.to_lowercase())
            .filter(|it| !it.is_empty())?;
        let group = GROUP.to_lowercase();
        let users = self.schemas.iter().filter(|(urn, _)| **urn != group);
        let all = users.flat_map(|(_, attributes)| attributes.values());
        Some(all.filter(|it| it.hidden).map(|it| &*it.name).collect())
    }

    fn config(&mut self, json: &Json) {
        let said = |name: &str| {
            let part = get(json.as_object()?, name)?.as_object()?;
            get(part, "supported")?.as_bool()
        };
        self.patch = said("patch");
        self.filter = said("filter");
        self.etag = said("etag");
        let number = |name: &str, part: &str| {
            let count = json.get(name)?.get(part)?.as_u64()?;
            (count > 0).then_some(count)
        };
        let pages = json.get("pagination");
        let says = |name: &str| Some(pages?.get(name)?.as_bool());
        let default = pages.and_then(|it| it.get("defaultPaginationMethod"));
        self.has_cursors = says("cursor") == Some(Some(true));
        self.cursor = self.has_cursors
            && (says("index") == Some(Some(false))
                || default.and_then(Json::as_str) == Some("cursor"));
        self.largest_page =
            number("pagination", "maxPageSize").or_else(|| number("filter", "maxResults"));
        if said("bulk") == Some(true) {
            self.bulk = number("bulk", "maxOperations").zip(number("bulk", "maxPayloadSize"));
        }
    }

    fn schemas(&mut self, json: &Json) {
        for schema in list(json).filter_map(Json::as_object) {
            let Some(urn) = get(schema, "id").and_then(Json::as_str) else {
                continue;
            };
            let attributes = get(schema, "attributes").and_then(Json::as_array);
            let attributes = attributes.into_iter().flatten();
            let attributes = attributes.filter_map(|it| attribute(it.as_object()?));
            self.schemas.insert(
                urn.to_lowercase(),
                attributes.map(|it| (plain(&it.name), it)).collect(),
            );
        }
    }

    fn resource_types(&mut self, json: &Json) {
        for kind in list(json).filter_map(Json::as_object) {
            let text = |name: &str| get(kind, name).and_then(Json::as_str);
            let endpoint = text("endpoint").filter(|path| !path.trim().is_empty());
            match text("schema") {
                Some(USER) => self.said_users = endpoint.map(str::to_owned),
                Some(GROUP) => self.said_groups = endpoint.map(str::to_owned),
                _ => {}
            }
        }
    }
}

/// The entries of a list answer; some servers answer a bare list.
fn list(json: &Json) -> impl Iterator<Item = &Json> {
    let inner = json.as_object().and_then(|fields| get(fields, "Resources"));
    inner.unwrap_or(json).as_array().into_iter().flatten()
}

fn attribute(fields: &Map<String, Json>) -> Option<Attribute> {
    let text = |name: &str| get(fields, name).and_then(Json::as_str);
    Some(Attribute {
        name: text("name")?.to_owned(),
        kind: text("type").unwrap_or("string").to_lowercase(),
        many: get(fields, "multiValued").and_then(Json::as_bool) == Some(true),
        required: is_required(fields),
        read_only: text("mutability").is_some_and(|it| it.eq_ignore_ascii_case("readOnly")),
        parts: get(fields, "subAttributes")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(|part| {
                let part = part.as_object()?;
                let name = get(part, "name").and_then(Json::as_str)?;
                Some((plain(name), is_required(part)))
            })
            .collect(),
        hidden: text("returned").is_some_and(|it| {
            it.eq_ignore_ascii_case("never") || it.eq_ignore_ascii_case("request")
        }) && !text("mutability").is_some_and(|it| it.eq_ignore_ascii_case("writeOnly")),
    })
}

fn is_required(fields: &Map<String, Json>) -> bool {
    get(fields, "required").and_then(Json::as_bool) == Some(true)
}

impl Scim {
    /// Reads what the vendor says of itself. What cannot be read is left open.
    ///
    /// # Errors
    /// Only what every further call would meet as well: refused credentials, no connection.
    pub(super) async fn discover(&self) -> Result<Discovered, HttpError> {
        let mut found = Discovered::default();
        if self.settings.said(setting::DISCOVERY) == Some(false) {
            return Ok(found);
        }
        type Take = fn(&mut Discovered, &Json);
        let reads: [(&'static str, &'static str, Take); 3] = [
            (
                "read capabilities",
                "/ServiceProviderConfig",
                Discovered::config,
            ),
            ("read schemas", "/Schemas", Discovered::schemas),
            (
                "read resource types",
                "/ResourceTypes",
                Discovered::resource_types,
            ),
        ];
        for (what, path, take) in reads {
            let json = match self.send(Call::get(what, path)).await {
                Ok(reply) => reply.json::<Json>(),
                Err(error) => Err(error),
            };
            match json {
                Ok(json) => take(&mut found, &json),
                Err(error) if is_missing(&error) => found.notices.push(format!(
                    "{path} cannot be read ({}); what the vendor can do is found out by trying",
                    error.problem
                )),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Where users are.
    pub(super) fn users(&self) -> String {
        let found = self.known().discovered.users.clone();
        found.unwrap_or_else(|| self.places(USERS).swap_remove(0))
    }

    /// Where groups are.
    pub(super) fn groups_path(&self) -> String {
        let found = self.known().discovered.groups.clone();
        found.unwrap_or_else(|| self.places(GROUPS).swap_remove(0))
    }

    /// Reads the whole list of a kind of resource, from the first place that has one: what the
    /// vendor says of its places is where to begin.
    ///
    /// # Errors
    /// Any page that cannot be read.
    pub(super) async fn list_of(&self, kind: Kind) -> Result<Listing, HttpError> {
        let places = self.places(kind);
        let known = places.len();
        let mut missing = None;
        for slash in [false, true] {
            for place in &places {
                self.know(|known| *(kind.found)(&mut known.discovered) = Some(place.clone()));
                // Where nothing is there without a slash, something may be with one.
                if slash {
                    self.learn_slash(place, true);
                }
                match self.list(kind.list, place).await {
                    Err(error) if matches!(error.status(), Some(404 | 405)) => {
                        missing.get_or_insert(error);
                    }
                    other => return other.map_err(|error| unlisted(error, kind)),
                }
                if slash {
                    self.learn_slash(place, false);
                }
            }
        }
        let mut error = missing.unwrap_or_else(|| {
            self.api
                .problem(kind.list, Problem::Setup("there is no place for it".into()))
        });
        if let (Problem::Status { message, .. }, true) = (&mut error.problem, known > 1) {
            message.push_str(&format!(" (nor is a list at {})", kind.usual));
        }
        Err(hint(error, kind.setting))
    }

    /// Where a kind of resource may be, the most likely place first; at least one.
    fn places(&self, kind: Kind) -> Vec<String> {
        if let Some(path) = self.settings.text(kind.setting) {
            let path = path.trim_end_matches('/');
            return vec![match path.starts_with('/') {
                true => path.to_owned(),
                false => format!("/{path}"),
            }];
        }
        let known = self.known();
        let said = (kind.said)(&known.discovered);
        // Relative to `base_url`, as the standard has it; relative to the host, or a whole address.
        let below = said.and_then(|said| self.api.follow(kind.list, said).ok());
        let literal = said.filter(|said| said.starts_with('/'));
        let all = below.map(|call| call.path).into_iter();
        let all = all.chain(literal.map(str::to_owned));
        let mut places: Vec<String> = Vec::new();
        for place in all.chain([kind.usual.to_owned()]) {
            let place = place.trim_end_matches('/').to_owned();
            if !place.is_empty() && !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }
}

/// The refusal of a list of users, with the setting for vendors that answer searches alone.
fn unlisted(mut error: HttpError, kind: Kind) -> HttpError {
    let users = kind.list == USERS.list;
    if let (
        Problem::Status {
            status: 400 | 422 | 501,
            message,
            ..
        },
        true,
    ) = (&mut error.problem, users)
    {
        message
            .push_str("; a vendor that shows users to searches alone is read with `read: search`");
    }
    error
}

/// The error of a place that is not there, with the setting that names another one.
pub(super) fn hint(mut error: HttpError, setting: &str) -> HttpError {
    if let Problem::Status { message, .. } = &mut error.problem {
        message.push_str(&format!(
            "; if the vendor has it at another place, name that under `{setting}`"
        ));
    }
    error
}

/// A kind of resource, and where it is.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// Its list call, in messages.
    pub(super) list: &'static str,
    /// Its place in the standard.
    usual: &'static str,
    setting: &'static str,
    said: fn(&Discovered) -> Option<&str>,
    found: fn(&mut Discovered) -> &mut Option<String>,
}

/// Users.
pub(super) const USERS: Kind = Kind {
    list: "list users",
    usual: "/Users",
    setting: setting::USERS_PATH,
    said: |it| it.said_users.as_deref(),
    found: |it| &mut it.users,
};

/// Groups.
pub(super) const GROUPS: Kind = Kind {
    list: "list groups",
    usual: "/Groups",
    setting: setting::GROUPS_PATH,
    said: |it| it.said_groups.as_deref(),
    found: |it| &mut it.groups,
};

/// Whether the vendor answered, and not with what was asked for.
fn is_missing(error: &HttpError) -> bool {
    match &error.problem {
        Problem::Status { status, .. } => !matches!(status, 429),
        Problem::Body(_) | Problem::Redirect { .. } => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn odd_descriptions_leave_everything_open() {
        for json in [
            json!(null),
            json!([1]),
            json!({ "patch": 7, "filter": { "supported": "x" },
            "pagination": [], "bulk": { "supported": true, "maxOperations": 0 },
            "Resources": [{ "id": 1 }, { "endpoint": "Users", "schema": USER }] }),
        ] {
            let mut found = Discovered::default();
            found.config(&json);
            found.schemas(&json);
            found.resource_types(&json);
            assert_eq!((found.patch, found.filter, found.bulk), (None, None, None));
            assert_eq!((found.cursor, found.largest_page), (false, None));
            assert_eq!(
                (&found.users, found.lacks(USER, "title", None)),
                (&None, false)
            );
        }
    }

    #[test]
    fn schemas_give_spelling_and_type() {
        let mut found = Discovered::default();
        found.schemas(&json!({ "Resources": [{ "id": "urn:X:User", "attributes": [
            { "name": "costCode", "type": "Integer", "multiValued": true }] }] }));
        let attribute = found.attribute("URN:x:user", "cost_code").unwrap();
        assert_eq!((&*attribute.kind, attribute.many), ("integer", true));
        assert!(found.lacks("urn:x:user", "other", None));
        assert!(!found.lacks("urn:y:user", "other", None));
    }
}
