//! What an action asks for, to the JSON that is sent. Pure.

use serde_json::{Map, Value as Json};

use super::model::{Attribute, AttributeType, Description};
use super::pointer::Pointer;
use super::shown::entry;
use crate::model::current::Directory;
use crate::model::value::Value;

/// Whether a change of it can only be sent together with what the account has beside it.
pub fn needs_fresh(it: &Attribute) -> bool {
    it.entry.is_some() || it.flags.as_ref().is_some_and(|flags| flags.send_all)
}

/// Puts what the roster asks of an attribute into a body. `name` is its name there, of a map's entry
/// with the key behind a dot; `fresh` is the user as it is, `None` before there is one.
///
/// # Errors
/// Why it cannot be sent, in one clause.
pub fn put(
    description: &Description,
    (name, value): (&str, &Value),
    groups: &Directory,
    fresh: Option<&Json>,
    body: &mut Json,
) -> Result<(), String> {
    if name == "email" {
        let at = description.users.email.as_ref().map(|it| &it.at);
        let at = at.ok_or("the e-mail stands in no one place")?;
        at.put(body, Json::from(text(name, value)?));
        return Ok(());
    }
    let (head, rest) = match name.split_once('.') {
        Some((head, rest)) => (head, Some(rest)),
        None => (name, None),
    };
    let mut attributes = description.attributes.iter();
    let it = attributes
        .find(|it| &*it.name == head)
        .ok_or_else(|| format!("{name} is no attribute of a user at {}", description.title))?;
    let place = it.write.as_ref().or(it.at.as_ref());
    let place = place.ok_or_else(|| format!("{name} stands nowhere"))?;
    if it.kind == AttributeType::Flags {
        let slug = rest.ok_or_else(|| format!("{name} needs a key behind a dot"))?;
        let flag = value.as_flag();
        let flag = flag.ok_or_else(|| format!("{name} needs true or false"))?;
        return put_flag(it, place, (slug, flag), fresh, body);
    }
    let wire = wire(it, value, groups)?;
    let wire = match (&it.entry, it.one) {
        (Some(of), _) => {
            // Its neighbours go back as they are: a list is replaced as a whole.
            let now = it
                .at
                .as_ref()
                .zip(fresh)
                .and_then(|(at, fresh)| at.get(fresh));
            let now = place.get(body).or(now);
            let mut list = now.and_then(Json::as_array).cloned().unwrap_or_default();
            let there = entry(now, &of.filter).and_then(|it| list.iter().position(|one| one == it));
            let at = there.unwrap_or_else(|| {
                let mut made = Json::Object(Map::new());
                for (at, is) in &of.filter {
                    at.put(&mut made, is.clone());
                }
                list.push(made);
                list.len() - 1
            });
            of.take.put(&mut list[at], wire);
            Json::Array(list)
        }
        (None, true) => Json::Array(vec![in_each(it, wire)]),
        (None, false) => wire,
    };
    place.put(body, wire);
    Ok(())
}

/// The entry of a list for a value: in the shape that is read, or plain where it is written elsewhere.
fn in_each(it: &Attribute, wire: Json) -> Json {
    match &it.each {
        Some(each) if it.write.is_none() => {
            let mut made = Json::Object(Map::new());
            each.put(&mut made, wire);
            made
        }
        _ => wire,
    }
}

/// The value as the vendor has it.
fn wire(it: &Attribute, value: &Value, groups: &Directory) -> Result<Json, String> {
    match (it.kind, value) {
        (AttributeType::Set, Value::Set(items)) => {
            let items = items
                .iter()
                .map(|item| Ok(in_each(it, of_word(it, item, groups)?)));
            Ok(Json::Array(items.collect::<Result<_, String>>()?))
        }
        (AttributeType::Set, _) => Err(format!("{} needs a list", it.name)),
        (AttributeType::Flag, Value::Flag(flag)) if it.values.is_empty() => Ok(Json::Bool(*flag)),
        (AttributeType::Flag, Value::Flag(flag)) => of_word(it, &flag.to_string(), groups),
        (AttributeType::Flag, _) => Err(format!("{} needs true or false", it.name)),
        (AttributeType::Number, _) => {
            let text = text(&it.name, value)?;
            let number = text.parse().map(Json::Number);
            number.map_err(|_| format!("{} needs a number, `{text}` is none", it.name))
        }
        _ => of_word(it, text(&it.name, value)?, groups),
    }
}

/// The wire value of a word of the roster.
fn of_word(it: &Attribute, word: &str, groups: &Directory) -> Result<Json, String> {
    if it.of_groups {
        let id = &*groups.resolve(word)?.id;
        let number = id.parse().ok().filter(|_| groups.numbers);
        return Ok(number.map_or_else(|| Json::from(id), Json::Number));
    }
    if it.values.is_empty() {
        return Ok(Json::from(word));
    }
    let found = it.values.iter().find(|(it, _)| **it == *word);
    let (_, wire) = found.ok_or_else(|| format!("`{word}` is no value of {}", it.name))?;
    Ok(wire.clone())
}

fn text<'v>(name: &str, value: &'v Value) -> Result<&'v str, String> {
    let text = value.as_text();
    text.ok_or_else(|| format!("{name} needs a text"))
}

/// Puts one flag into the array of flags, and with `send: all` the others that can be changed.
fn put_flag(
    it: &Attribute,
    place: &Pointer,
    (slug, flag): (&str, bool),
    fresh: Option<&Json>,
    body: &mut Json,
) -> Result<(), String> {
    let parts = it.flags.as_ref();
    let parts = parts.ok_or_else(|| format!("{} has no flags", it.name))?;
    let is_locked = |entry: &Json| {
        parts.fixed.as_ref().is_some_and(|(at, is)| {
            let value = at.get(entry).unwrap_or(&Json::Null);
            is.contains(value)
        })
    };
    let slug_of = |entry: &Json| super::shown::key(entry, &parts.key);
    let made = |slug: Json, value: Json| {
        let mut made = Json::Object(Map::new());
        parts.key.put(&mut made, slug);
        parts.value.put(&mut made, value);
        made
    };
    let now = it
        .at
        .as_ref()
        .zip(fresh)
        .and_then(|(at, fresh)| at.get(fresh));
    let now = now
        .and_then(Json::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    if now
        .iter()
        .any(|entry| slug_of(entry).as_deref() == Some(slug) && is_locked(entry))
    {
        return Err(format!(
            "{}.{slug} cannot be changed on this account any more",
            it.name
        ));
    }
    let mut list = match place.get(body).and_then(Json::as_array) {
        Some(list) => list.clone(),
        None if parts.send_all => {
            let kept = now.iter().filter(|entry| !is_locked(entry));
            let kept = kept.filter_map(|entry| {
                let value = parts.value.get(entry).filter(|it| !it.is_null())?;
                Some(made(parts.key.get(entry)?.clone(), value.clone()))
            });
            kept.collect()
        }
        None => Vec::new(),
    };
    match list
        .iter_mut()
        .find(|entry| slug_of(entry).as_deref() == Some(slug))
    {
        Some(entry) => parts.value.put(entry, Json::Bool(flag)),
        None => list.push(made(Json::from(slug), Json::Bool(flag))),
    }
    place.put(body, Json::Array(list));
    Ok(())
}
