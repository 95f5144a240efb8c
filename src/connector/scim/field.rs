//! Where each attribute of the roster stands in a SCIM user.

use super::wire::ENTERPRISE;

/// The shape of an attribute's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text.
    Text,
    /// A list whose entries have a `value`.
    Set,
    /// The addresses besides the person's own.
    Emails,
    /// A user, by id.
    Manager,
    /// Groups, by id.
    Groups,
    /// Whatever the vendor's schema says: of a custom extension.
    Custom,
}

/// A place in a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AttributePlace {
    /// The extension it belongs to; `None`: the core.
    pub(super) urn: Option<Box<str>>,
    /// The attribute.
    pub(super) attribute: Box<str>,
    /// The part of a complex attribute.
    pub(super) part: Option<&'static str>,
    /// What its value looks like.
    pub(super) shape: Shape,
}

/// Roster name, SCIM attribute, part of it.
const CORE: &[(&str, &str, Option<&str>)] = &[
    ("user_name", "userName", None),
    ("external_id", "externalId", None),
    ("given_name", "name", Some("givenName")),
    ("family_name", "name", Some("familyName")),
    ("middle_name", "name", Some("middleName")),
    ("honorific_prefix", "name", Some("honorificPrefix")),
    ("honorific_suffix", "name", Some("honorificSuffix")),
    ("formatted", "name", Some("formatted")),
    ("display_name", "displayName", None),
    ("nick_name", "nickName", None),
    ("profile_url", "profileUrl", None),
    ("title", "title", None),
    ("user_type", "userType", None),
    ("preferred_language", "preferredLanguage", None),
    ("locale", "locale", None),
    ("timezone", "timezone", None),
];

const SETS: &[(&str, &str, Shape)] = &[
    ("emails", "emails", Shape::Emails),
    ("phone_numbers", "phoneNumbers", Shape::Set),
    ("roles", "roles", Shape::Set),
    ("entitlements", "entitlements", Shape::Set),
    ("groups", "groups", Shape::Groups),
];

const EXTENDED: &[(&str, &str, Shape)] = &[
    ("employee_number", "employeeNumber", Shape::Text),
    ("cost_center", "costCenter", Shape::Text),
    ("organization", "organization", Shape::Text),
    ("division", "division", Shape::Text),
    ("department", "department", Shape::Text),
    ("manager", "manager", Shape::Manager),
];

/// The names that every user is compared in, custom extensions aside.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    let core = CORE.iter().map(|(name, _, _)| *name);
    let more = SETS.iter().chain(EXTENDED).map(|(name, _, _)| *name);
    core.chain(more)
}

/// The place of an attribute by its roster name.
pub(super) fn place(name: &str) -> Option<AttributePlace> {
    if let Some((urn, attribute)) = custom(name) {
        return Some(AttributePlace {
            urn: Some(urn.into()),
            attribute: camel(attribute).into(),
            part: None,
            shape: Shape::Custom,
        });
    }
    let core = CORE.iter().find(|(known, _, _)| *known == name);
    if let Some((_, attribute, part)) = core {
        return Some(AttributePlace {
            urn: None,
            attribute: (*attribute).into(),
            part: *part,
            shape: Shape::Text,
        });
    }
    let of = |table: &'static [(&str, &str, Shape)], urn: Option<&str>| {
        let (_, attribute, shape) = table.iter().find(|(known, _, _)| *known == name)?;
        Some(AttributePlace {
            urn: urn.map(Box::from),
            attribute: (*attribute).into(),
            part: None,
            shape: *shape,
        })
    };
    of(SETS, None).or_else(|| of(EXTENDED, Some(ENTERPRISE)))
}

/// `urn:…:User.cost_code` as the URN and the name in it. A URN has dots of its own, in its version.
pub(super) fn custom(name: &str) -> Option<(&str, &str)> {
    if !name.starts_with("urn:") {
        return None;
    }
    let tail = name.rfind(':')? + 1;
    let dot = tail + name[tail..].find('.')?;
    Some((&name[..dot], &name[dot + 1..]))
}

/// `cost_code` as `costCode`.
fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// `costCode` as `cost_code`.
pub(super) fn snake(camel: &str) -> String {
    let mut name = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// What two spellings of one attribute share: `costCode`, `cost_code` and `CostCode`.
pub(super) fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| !matches!(letter, '_' | '-'));
    letters.collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::scim::SPEC;
    use crate::model::spec::AttributeKind;

    #[test]
    fn every_declared_attribute_has_its_place() {
        for attribute in SPEC.attributes {
            let there = place(attribute.name).is_some();
            let family = attribute.kind == AttributeKind::Family;
            assert_eq!(there, !family, "{}", attribute.name);
        }
        assert_eq!(known().count(), SPEC.attributes.len() - 1);
        assert_eq!(place("cost_centre"), None);
    }

    #[test]
    fn a_custom_attribute_is_behind_the_dot_that_is_not_the_versions() {
        let found = place("urn:example:acme:2.0:User.cost_code").unwrap();
        assert_eq!(found.urn.as_deref(), Some("urn:example:acme:2.0:User"));
        assert_eq!(&*found.attribute, "costCode");
        assert_eq!(custom("urn:example:acme:2.0:User"), None);
    }

    #[test]
    fn names_change_their_case_and_back() {
        for (one, other) in [
            ("cost_code", "costCode"),
            ("title", "title"),
            ("a_b_c", "aBC"),
        ] {
            assert_eq!(camel(one), other);
            assert_eq!(snake(other), one);
            assert_eq!(plain(one), plain(other));
        }
    }
}
