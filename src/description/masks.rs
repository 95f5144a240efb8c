//! Stand-ins for what answers say of people, so that exchanges with a vendor can be kept beside a
//! description. Pure.
//!
//! Every text of an answer gets a stand-in, the same each time, except the words that the
//! description itself has. Numbers, booleans, keys and the shape stay as they are.

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;

use super::model::{AnswerPlace, Attribute, Description, List, Members, Page};
use super::pointer::Pointer;
use crate::model::email::EmailKey;

/// What a stand-in begins with.
const MARK: &str = "rec-";

/// The domain of addresses that stand in.
const DOMAIN: &str = "@recorded.example";

/// Texts and their stand-ins, both ways.
#[derive(Debug, Default)]
pub struct Masks {
    /// Words of the description, which stay.
    words: HashSet<Box<str>>,
    /// Places of links, of which only the query counts.
    links: Vec<Pointer>,
    numbers: HashMap<String, usize>,
    /// What each number stands for, and whether it is an address.
    texts: Vec<(String, bool)>,
}

impl Masks {
    /// For answers to the calls of a description.
    pub fn new(description: &Description) -> Self {
        let mut masks = Self::default();
        let users = &description.users;
        for condition in &users.active {
            masks.keep(condition.active.iter().chain(&condition.inactive));
        }
        masks.keep(users.shield.iter().flat_map(|it| &it.is));
        masks.keep(users.email.iter().flat_map(|it| standing(&it.filter)));
        for attribute in &description.attributes {
            masks.keep(words_of(attribute));
        }
        masks.of_list(&users.list);
        if let Some(groups) = &description.groups {
            masks.of_list(&groups.list);
            if let Some(Members::Listed { list, .. }) = &groups.members {
                masks.of_list(list);
            }
        }
        masks
    }

    fn of_list(&mut self, list: &List) {
        self.keep(list.parts.iter().flat_map(|it| standing(&it.implies)));
        if let Some(Page::Link {
            at: AnswerPlace::Body(at),
            ..
        }) = &list.page
        {
            self.links.push(at.clone());
        }
    }

    fn keep<'j>(&mut self, words: impl Iterator<Item = &'j Json>) {
        let texts = words.filter_map(Json::as_str);
        self.words.extend(texts.map(Box::from));
    }

    /// The body of an answer with stand-ins.
    pub fn body(&mut self, body: &mut Json) {
        let links: Vec<(Pointer, String)> = self
            .links
            .iter()
            .filter_map(|at| Some((at.clone(), at.get(body)?.as_str()?.to_owned())))
            .collect();
        self.texts_of(body);
        for (at, link) in links {
            let link = self.link(&link);
            at.put(body, Json::from(link));
        }
    }

    fn texts_of(&mut self, json: &mut Json) {
        match json {
            Json::String(text) => *text = self.text(text),
            Json::Array(items) => items.iter_mut().for_each(|it| self.texts_of(it)),
            Json::Object(map) => {
                for (key, mut value) in std::mem::take(map) {
                    self.texts_of(&mut value);
                    // A key can be somebody's address.
                    let key = if key.contains('@') {
                        self.text(&key)
                    } else {
                        key
                    };
                    map.insert(key, value);
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }

    /// The stand-in of a text.
    pub fn text(&mut self, text: &str) -> String {
        if text.is_empty() || self.words.contains(text) {
            return text.to_owned();
        }
        let address = text.contains('@') && !text.contains(char::is_whitespace);
        // Two spellings of one address are one, as they are everywhere.
        let key = match address {
            true => EmailKey::of(text).as_str().to_owned(),
            false => text.to_owned(),
        };
        let next = self.texts.len();
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.texts.push((text.to_owned(), address));
        }
        stand_in(number, address)
    }

    /// A link without host and path, which say nothing, with stand-ins in its query; numbers stay.
    pub fn link(&mut self, link: &str) -> String {
        let Some((_, query)) = link.split_once('?') else {
            return String::from("next");
        };
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let number = value.bytes().all(|it| it.is_ascii_digit());
            let value = match number {
                true => value.into_owned(),
                false => self.text(&value),
            };
            out.append_pair(&name, &value);
        }
        format!("next?{}", out.finish())
    }

    /// A `Link` header with each of its links so.
    pub fn link_header(&mut self, header: &str) -> String {
        let mut out = String::new();
        let mut rest = header;
        while let Some((before, after)) = rest.split_once('<') {
            let (link, after) = after.split_once('>').unwrap_or((after, ""));
            out.push_str(before);
            out.push_str(&format!("<{}>", self.link(link)));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// A text in which stand-ins are what they stand for again, in capitals where they are.
    pub fn back(&self, text: &str) -> String {
        let small = text.to_ascii_lowercase();
        let (mut out, mut at) = (String::new(), 0);
        while let Some(found) = small[at..].find(MARK) {
            let from = at + found;
            let digits = small[from + MARK.len()..].bytes();
            let digits = digits.take_while(u8::is_ascii_digit).count();
            let mut end = from + MARK.len() + digits;
            let number = small[from + MARK.len()..end].parse::<usize>().ok();
            let known = number.and_then(|it| self.texts.get(it));
            out.push_str(&text[at..from]);
            match known {
                Some((known, address)) => {
                    if *address && small[end..].starts_with(DOMAIN) {
                        end += DOMAIN.len();
                    }
                    match text[from..].starts_with(MARK) {
                        true => out.push_str(known),
                        false => out.push_str(&known.to_uppercase()),
                    }
                }
                None => out.push_str(&text[from..end]),
            }
            at = end;
        }
        out.push_str(&text[at..]);
        out
    }
}

fn stand_in(number: usize, address: bool) -> String {
    let domain = if address { DOMAIN } else { "" };
    format!("{MARK}{number}{domain}")
}

/// The wire values that a description lists for an attribute.
fn words_of(attribute: &Attribute) -> impl Iterator<Item = &Json> {
    let values = attribute.values.iter().map(|(_, wire)| wire);
    let entry = attribute.entry.iter().flat_map(|it| standing(&it.filter));
    let fixed = attribute.flags.iter().filter_map(|it| it.fixed.as_ref());
    values.chain(entry).chain(fixed.flat_map(|(_, is)| is))
}

fn standing(filter: &[(Pointer, Json)]) -> impl Iterator<Item = &Json> {
    filter.iter().map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::sound;
    use super::*;

    fn masks() -> Masks {
        Masks::new(&sound(
            "connector: 1\ntitle: Acme\nrights: any\nauth: { bearer: token }\nusers:\n  id: /id\n  email: /mail\n  \
             active: { at: /state, active: [enabled], inactive: [disabled] }\n  \
             list: { get: /users, items: /all, page: { by: link, at: /next } }\n",
        ))
    }

    #[test]
    fn people_are_not_told_and_the_shape_is() {
        let mut masks = masks();
        let mut body = json!({
            "all": [
                { "id": "u-1", "mail": "Ada@Example.com", "name": "Ada", "state": "enabled", "seats": 3 },
                { "id": "u-2", "mail": "ada@example.com", "name": "Bob", "state": "retired", "on": true },
            ],
            "by": { "ada@example.com": null },
            "next": "https://vendor.example/users?cursor=YWRh&size=2",
        });
        masks.body(&mut body);
        let expected = json!({
            "all": [
                { "id": "rec-0", "mail": "rec-1@recorded.example", "name": "rec-2", "state": "enabled", "seats": 3 },
                { "id": "rec-3", "mail": "rec-1@recorded.example", "name": "rec-4", "state": "rec-5", "on": true },
            ],
            "by": { "rec-1@recorded.example": null },
            "next": "next?cursor=rec-7&size=2",
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn a_request_made_of_stand_ins_asks_for_the_real_thing() {
        let mut masks = masks();
        let (id, mail) = (masks.text("u/1"), masks.text("Ada@Example.com"));
        assert_eq!(masks.back(&id), "u/1");
        assert_eq!(
            masks.back(&format!("mail='{mail}'")),
            "mail='Ada@Example.com'"
        );
        assert_eq!(masks.back(&mail.to_uppercase()), "ADA@EXAMPLE.COM");
        assert_eq!(masks.back("rec-99 rec- recé"), "rec-99 rec- recé");
    }

    #[test]
    fn a_link_header_keeps_its_relations() {
        let told = masks().link_header(
            "<https://vendor.example/u?after=ada&n=5>; rel=\"next\", <https://vendor.example/u>; rel=\"first\"",
        );
        assert_eq!(
            told,
            "<next?after=rec-0&n=5>; rel=\"next\", <next>; rel=\"first\""
        );
    }
}
