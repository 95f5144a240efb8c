//! What else whoever looks at the plan of one vendor should know: what its read told, and slugs that
//! would be sent although nobody knows them, most of them slips of the finger.

use std::collections::{BTreeMap, BTreeSet};

use super::input::Input;
use super::seen;
use crate::model::account::Account;
use crate::model::action::Action;
use crate::model::nearest::nearest;
use crate::model::plan::{Level, Notice};
use crate::model::spec::{AttributeKind, DeactivateMode};
use crate::model::value::Value;

/// So many entries that cannot be understood are named one by one, and so many slugs.
const MOST_NAMED: usize = 20;

/// The notices of a vendor that are about nobody's account.
pub(super) fn of(input: &Input<'_>, actions: &[Action]) -> Vec<Notice> {
    let notice = |level, text| Notice {
        level,
        email: None,
        text,
    };
    let settings = input.settings;
    let deletes =
        settings.deactivate.mode == DeactivateMode::Delete || settings.delete_after.is_some();
    let caution = settings.spec.delete_caution;
    let caution = (deletes && !caution.is_empty()).then(|| caution.to_owned());
    let told = input.known.current.notices.iter().cloned().chain(caution);
    let told = told.map(|text| notice(Level::Info, text));
    let warnings = odd(input).into_iter().chain(unknown_slugs(input, actions));
    let seen = seen::notices(settings).into_iter();
    told.chain(warnings.map(|text| notice(Level::Warning, text)))
        .chain(seen)
        .collect()
}

/// Names the entries that are left alone.
fn odd(input: &Input<'_>) -> Vec<String> {
    let all = &input.known.current.odd;
    let named = all.iter().take(MOST_NAMED);
    let mut texts: Vec<String> = named
        .map(|odd| format!("{} {}: it is left alone", odd.name, odd.why))
        .collect();
    if let Some(more) = all.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        texts.push(format!(
            "{more} more entries of the list cannot be understood either"
        ));
    }
    texts
}

/// What to say of slugs that nobody knows, once each: a text of an open list, or a key of a map of
/// flags. One that an account has already is known. Of a map that no account shows, nothing is.
fn unknown_slugs(input: &Input<'_>, actions: &[Action]) -> Vec<String> {
    let spec = input.settings.spec;
    let mut asked: BTreeMap<&str, (AttributeKind, BTreeSet<&str>)> = BTreeMap::new();
    for change in actions.iter().flat_map(|it| &it.changes) {
        let Some(attribute) = spec.attribute(&change.attribute) else {
            continue;
        };
        let slug = match (attribute.kind, &change.after) {
            (AttributeKind::Slug(known), Value::Text(slug))
                if !known.is_empty() && !known.contains(&&**slug) =>
            {
                &**slug
            }
            (AttributeKind::FlagMap, _) => match change.attribute.split_once('.') {
                Some((_, slug)) => slug,
                None => continue,
            },
            _ => continue,
        };
        let asked = asked.entry(attribute.name);
        let (_, slugs) = asked.or_insert((attribute.kind, BTreeSet::new()));
        slugs.insert(slug);
    }
    if asked.is_empty() {
        return Vec::new();
    }
    let held = held(&input.known.current.accounts, |name| {
        asked.contains_key(name)
    });
    let mut texts = Vec::new();
    for (name, (kind, slugs)) in asked {
        let held = held.get(name);
        let declared: &[&str] = match kind {
            AttributeKind::Slug(known) => known,
            // Nothing shows the map, so nothing is known of it.
            _ if held.is_none() => continue,
            _ => &[],
        };
        let is_held = |slug: &&str| held.is_some_and(|held| held.contains(slug));
        for slug in slugs.into_iter().filter(|it| !is_held(it)) {
            texts.push((name, slug, kind, declared, held));
        }
    }
    let more = texts.len().saturating_sub(MOST_NAMED);
    let mut texts: Vec<String> = texts
        .into_iter()
        .take(MOST_NAMED)
        .map(|(name, slug, kind, declared, held)| {
            let known = declared.iter().chain(held.into_iter().flatten());
            let near = nearest(slug, known.copied());
            let near = near.map(|near| format!("; did you mean \"{near}\"?"));
            let near = near.unwrap_or_default();
            let title = spec.title;
            match kind {
                AttributeKind::FlagMap => format!(
                    "no account at {title} shows the key \"{slug}\" of {name}; it is sent as it \
                     is{near}"
                ),
                _ => format!(
                    "\"{slug}\" is no {name} that is known of {title}, and no account has it; it \
                     is sent as it is{near}"
                ),
            }
        })
        .collect();
    if more > 0 {
        texts.push(format!("{more} more of such words are not known"));
    }
    texts
}

/// What accounts have of some attributes: their texts, or the keys of their maps.
fn held(accounts: &[Account], wanted: impl Fn(&str) -> bool) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut held: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in accounts.iter().flat_map(|it| it.attributes.iter()) {
        let (name, word) = match name.split_once('.') {
            Some((map, key)) => (map, Some(key)),
            None => (name, value.as_ref().and_then(Value::as_text)),
        };
        if let Some(word) = word.filter(|_| wanted(name)) {
            held.entry(name).or_default().insert(word);
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use crate::model::plan::{Level, Notice};
    use crate::plan::testing::*;

    #[track_caller]
    fn check(asked: &[&'static str], shown: &[&'static str], told: &[&str]) {
        let mut person = person("ada@x.com");
        for key in asked {
            person = person.wants(key, flag(true));
        }
        let mut other = account("bob@x.com", "1");
        for key in shown {
            other = other.shows(key, flag(false));
        }
        let plan = Case::new(&API, vec![person], vec![other]).plan();
        let warnings = plan.notices.iter().filter(|it| it.level == Level::Warning);
        let warnings: Vec<&str> = warnings.map(|it| &*it.text).collect();
        assert_eq!(warnings, told);
    }

    #[test]
    fn a_key_of_a_map_that_no_account_shows_is_a_warning() {
        check(
            &["features.fq-acess"],
            &["features.fq-access", "features.wfh-ro"],
            &[
                "no account at Acme shows the key \"fq-acess\" of features; it is sent as it is; did \
               you mean \"fq-access\"?",
            ],
        );
        check(&["features.wfh-ro"], &["features.wfh-ro"], &[]);
        // Where accounts show none, nothing is known of any.
        check(&["features.fq-acess"], &[], &[]);
        check(&["features.fq-acess"], &["company"], &[]);
    }

    #[test]
    fn a_long_list_of_unknown_keys_is_cut() {
        let asked: Vec<&'static str> = (0..30)
            .map(|it| &*format!("features.no{it:02}").leak())
            .collect();
        let person = asked.iter().fold(person("ada@x.com"), |person, key| {
            person.wants(key, flag(true))
        });
        let other = account("bob@x.com", "1").shows("features.known", flag(true));
        let plan = Case::new(&API, vec![person], vec![other]).plan();
        assert_eq!(plan.notices.len(), 21);
        let more = |it: &Notice| it.text == "10 more of such words are not known";
        assert!(plan.notices.iter().any(more), "{:#?}", plan.notices);
    }
}
