//! PATCH of users and groups (RFC 7644, 3.5.2).

use serde_json::{Map, Value as Json};

use super::attributes::{self, find};
use super::json::{USER, entries, get, key_of, value_of};
use super::shape::{Joins, Leaves, Patches, Shape};
use super::state::{Failure, Group, failure};

/// A path, taken apart.
struct Path<'p> {
    urn: &'p str,
    attribute: &'p str,
    /// `[value eq "x"]`: the text.
    filter: Option<String>,
    part: Option<&'p str>,
}

impl<'p> Path<'p> {
    fn parse(text: &'p str) -> Result<Self, Failure> {
        let (head, filter, tail) = match text.split_once('[') {
            None => (text, None, ""),
            Some((head, rest)) => {
                let (inner, tail) = rest.split_once(']').ok_or_else(|| bad_path(text))?;
                let wanted = inner
                    .strip_prefix("value eq ")
                    .ok_or_else(|| bad_path(text))?;
                let wanted: String = serde_json::from_str(wanted).map_err(|_| bad_path(text))?;
                (head, Some(wanted), tail)
            }
        };
        let (urn, name) = match head.to_lowercase().starts_with("urn:") {
            true => head.rsplit_once(':').ok_or_else(|| bad_path(text))?,
            false => (USER, head),
        };
        let (attribute, part) = match name.split_once('.') {
            Some((attribute, part)) => (attribute, Some(part)),
            None => (name, tail.strip_prefix('.')),
        };
        Ok(Self {
            urn,
            attribute,
            filter,
            part,
        })
    }
}

fn bad_path(text: &str) -> Failure {
    Failure::new(400, Some("invalidPath"), format!("{text} is no path"))
}

/// The operations of a body, each as word, path and value.
fn operations(body: &Json) -> Result<Vec<(String, Option<String>, Json)>, Failure> {
    let fields = body.as_object();
    let list = fields.and_then(|fields| get(fields, "Operations"));
    let Some(list) = list
        .and_then(Json::as_array)
        .filter(|list| !list.is_empty())
    else {
        return failure(400, Some("invalidSyntax"), "Operations are required");
    };
    let one = |operation: &Json| {
        let fields = operation.as_object();
        let text = |name| fields.and_then(|it| get(it, name)).and_then(Json::as_str);
        let op = text("op").unwrap_or_default().to_lowercase();
        if !["add", "replace", "remove"].contains(&&*op) {
            return failure(400, Some("invalidSyntax"), "op is add, replace or remove");
        }
        let value = fields.and_then(|it| it.get("value")).cloned();
        Ok((
            op,
            text("path").map(str::to_owned),
            value.unwrap_or_default(),
        ))
    };
    list.iter().map(one).collect()
}

/// Refuses what this server does not know in paths.
fn admit(shape: Patches, path: Option<&str>) -> Result<(), Failure> {
    match (shape, path) {
        (Patches::NoPaths, Some(_)) => failure(400, Some("invalidPath"), "paths are not supported"),
        (Patches::NoPathFilters, Some(path)) if path.contains('[') => failure(
            400,
            Some("invalidPath"),
            "filters in paths are not supported",
        ),
        _ => Ok(()),
    }
}

/// The user after a PATCH.
pub(super) fn user(
    before: &Map<String, Json>,
    body: &Json,
    shape: Patches,
    texts: bool,
) -> Result<Map<String, Json>, Failure> {
    let mut user = before.clone();
    for (op, path, value) in operations(body)? {
        admit(shape, path.as_deref())?;
        match path {
            Some(path) => {
                let path = Path::parse(&path)?;
                set(&mut user, &op, &path, &value, texts)?;
            }
            None if op == "remove" => {
                return failure(400, Some("noTarget"), "remove needs a path");
            }
            None => {
                let Json::Object(fields) = value else {
                    return failure(400, Some("invalidValue"), "the value has to be an object");
                };
                for (name, value) in fields {
                    inner(&mut user, &op, &name, &value, texts)?;
                }
            }
        }
    }
    Ok(user)
}

/// One attribute, or one extension, of a value without a path.
fn inner(
    user: &mut Map<String, Json>,
    op: &str,
    name: &str,
    value: &Json,
    texts: bool,
) -> Result<(), Failure> {
    if !name.to_lowercase().starts_with("urn:") {
        let path = Path::parse(name)?;
        return set(user, op, &path, value, texts);
    }
    for (attribute, value) in value.as_object().into_iter().flatten() {
        let path = Path {
            urn: name,
            attribute,
            filter: None,
            part: None,
        };
        set(user, op, &path, value, texts)?;
    }
    Ok(())
}

fn set(
    user: &mut Map<String, Json>,
    op: &str,
    path: &Path<'_>,
    value: &Json,
    texts: bool,
) -> Result<(), Failure> {
    let Some((name, _)) = find(path.urn, path.attribute) else {
        let text = format!("there is no attribute {}", path.attribute);
        return failure(400, Some("invalidPath"), text);
    };
    if path.filter.is_some() {
        return failure(
            400,
            Some("invalidPath"),
            "users have no filtered values here",
        );
    }
    let fields = if path.urn == USER {
        user
    } else {
        let key = key_of(user, path.urn);
        let extension = user.entry(key).or_insert_with(|| Json::Object(Map::new()));
        match extension {
            Json::Object(fields) => fields,
            _ => return failure(500, None, "an extension is no object"),
        }
    };
    let mut whole = value.clone();
    if let Some(part) = path.part {
        let mut group = match fields.get(name) {
            Some(Json::Object(group)) => group.clone(),
            _ => Map::new(),
        };
        let key = key_of(&group, part);
        match op == "remove" || value.is_null() {
            true => group.remove(&key),
            false => group.insert(key, value.clone()),
        };
        whole = Json::Object(group);
    } else if op == "remove" || value.is_null() {
        fields.remove(name);
        return Ok(());
    }
    let refused = |detail| Failure::new(400, Some("invalidValue"), detail);
    let (name, mut whole) = attributes::field(path.urn, name, &whole, texts).map_err(refused)?;
    if op == "add"
        && let (Some(Json::Array(have)), Json::Array(more)) = (fields.get(name), &whole)
    {
        let new = more.iter().filter(|it| !have.contains(it));
        whole = have.iter().chain(new).cloned().collect();
    }
    fields.insert(name.to_owned(), whole);
    Ok(())
}

/// The group after a PATCH.
pub(super) fn group(before: &Group, body: &Json, shape: Shape) -> Result<Group, Failure> {
    let mut group = before.clone();
    let operations = operations(body)?;
    if shape.one_operation && operations.len() > 1 {
        return failure(400, Some("tooMany"), "one operation is supported");
    }
    let count = |value: &Json| value.as_array().map_or(1, Vec::len);
    let named: usize = operations.iter().map(|(_, _, value)| count(value)).sum();
    if named > shape.most_members {
        return failure(413, None, "the request is too large");
    }
    for (op, path, value) in operations {
        admit(shape.patches, path.as_deref())?;
        match path {
            Some(path) => change(&mut group, &op, &Path::parse(&path)?, &value, shape)?,
            None => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    change(&mut group, &op, &Path::parse(name)?, value, shape)?;
                }
            }
        }
    }
    Ok(group)
}

fn change(
    group: &mut Group,
    op: &str,
    path: &Path<'_>,
    value: &Json,
    shape: Shape,
) -> Result<(), Failure> {
    if path.attribute == "displayName" {
        group.name = value.as_str().unwrap_or_default().to_owned();
        return Ok(());
    }
    if path.attribute != "members" {
        return failure(400, Some("invalidPath"), "there is no such attribute");
    }
    let values: Vec<String> = entries(Some(value)).iter().filter_map(value_of).collect();
    match (op, &path.filter) {
        ("remove", _) if shape.leaves == Leaves::Ignored => {}
        ("remove", _) if shape.leaves == Leaves::All => group.members.clear(),
        ("remove", Some(_)) if shape.leaves == Leaves::Values => {
            return failure(400, Some("invalidPath"), "filters are not supported");
        }
        ("remove", None) if shape.leaves == Leaves::Values => {
            group.members.retain(|member| !values.contains(member));
        }
        ("add", None) if shape.joins == Joins::Ignored => {}
        ("add", None) if shape.joins == Joins::Replace => group.members = values,
        ("remove", Some(wanted)) => group.members.retain(|member| member != wanted),
        // RFC 7644, 3.5.2.2: without a filter all values go.
        ("remove", None) => group.members.clear(),
        ("add", None) => {
            for member in values {
                if !group.members.contains(&member) {
                    group.members.push(member);
                }
            }
        }
        ("replace", None) => group.members = values,
        _ => return failure(400, Some("noTarget"), "add and replace take no filter here"),
    }
    Ok(())
}
