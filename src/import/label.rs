//! Names of new profiles: what they are, from the names of roles and groups.

use std::collections::BTreeMap;

use super::imported::entries;
use crate::model::spec::{AttributeKind, AttributeSpec, Rights};
use crate::model::spec::{Literal, OnCreate, VendorSpec};
use crate::model::value::{Attributes, Value};
use crate::roster::model::VendorSettings;

/// Characters after which no further word is added to a name.
const LONG: usize = 48;

/// Names of one list that go into a name.
const NAMED: usize = 2;

/// The name of a profile: what it gives at its one vendor; for several vendors the job title that
/// all its people share, if there is one.
pub(super) fn label(
    vendors: &BTreeMap<Box<str>, Attributes>,
    settings: &BTreeMap<Box<str>, VendorSettings>,
    title: Option<&str>,
) -> String {
    if vendors.len() > 1
        && let Some(title) = title.map(slug).filter(|title| !title.is_empty())
    {
        return title;
    }
    let mut name = String::new();
    for (vendor, attributes) in vendors {
        let Some(settings) = settings.get(vendor) else {
            continue;
        };
        let mut words = words(settings, attributes);
        if words.is_empty() && vendors.len() == 1 {
            words.push(String::from("basic"));
        }
        words.insert(0, slug(vendor));
        for word in words.iter().filter(|word| !word.is_empty()) {
            if name.is_empty() {
                name.push_str(word);
            } else if name.chars().count() + word.chars().count() < LONG {
                name.push('-');
                name.push_str(word);
            }
        }
    }
    name
}

/// The name, or the name and the first number that makes it one of its own.
pub(super) fn unique(name: String, taken: impl Fn(&str) -> bool) -> Box<str> {
    if !taken(&name) {
        return name.into();
    }
    let numbered = (2_u64..).map(|number| format!("{name}-{number}"));
    let mut free = numbered.skip_while(|name| taken(name));
    free.next().unwrap_or(name).into()
}

fn words(settings: &VendorSettings, attributes: &Attributes) -> Vec<String> {
    let mut words = Vec::new();
    let mut switches = Vec::new();
    for entry in entries(settings, attributes) {
        let name = entry.name.as_ref();
        match &entry.value {
            // A time zone that all happen to share is not what they are.
            _ if !settings.spec.attribute(name).is_some_and(is_setting) => {}
            Value::Text(text) => words.push(slug(text)),
            Value::Set(items) => {
                words.extend(items.iter().take(NAMED).map(|item| slug(last_part(item))));
                if items.len() > NAMED {
                    words.push(format!("and-{}-more", items.len() - NAMED));
                }
            }
            Value::Flag(flag) => {
                let what = slug(name.rsplit('.').next().unwrap_or(name));
                match (flag, usual(settings.spec, name)) {
                    (true, false) => switches.push(what),
                    (false, true) => switches.push(format!("no-{what}")),
                    (true, true) | (false, false) => {}
                }
            }
        }
    }
    words.extend(switches);
    words
}

/// What a flag is on an ordinary account.
fn usual(spec: &VendorSpec, name: &str) -> bool {
    let on_create = spec.attribute(name).map(|it| it.on_create);
    matches!(
        on_create,
        Some(OnCreate::Send(Literal::Flag(true)) | OnCreate::TrueUnless(_))
    )
}

/// Of a path (`//Risk Department/Risk Analysts`), its end.
fn last_part(name: &str) -> &str {
    let parts = name.rsplit('/');
    parts
        .into_iter()
        .find(|part| !part.is_empty())
        .unwrap_or(name)
}

/// Small letters and digits, with a dash for everything else.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Everything but free texts without rights, which are somebody's own (a time zone).
pub(super) fn is_setting(spec: &AttributeSpec) -> bool {
    match spec.kind {
        _ if spec.from_person.is_some() => false,
        AttributeKind::Email | AttributeKind::Family => false,
        AttributeKind::Text | AttributeKind::EmailSet => spec.rights != Rights::None,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_has_letters_digits_and_single_dashes() {
        assert_eq!(slug("customer_user"), "customer-user");
        assert_eq!(slug(" //Risk & Audit/ "), "risk-audit");
        assert_eq!(slug("Größe 2"), "größe-2");
        assert_eq!(slug("//"), "");
        assert_eq!(
            last_part("//Risk Department/Risk Analysts"),
            "Risk Analysts"
        );
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let taken = ["a", "a-2"];
        assert_eq!(&*unique("a".into(), |it| taken.contains(&it)), "a-3");
        assert_eq!(&*unique("b".into(), |it| taken.contains(&it)), "b");
    }
}
