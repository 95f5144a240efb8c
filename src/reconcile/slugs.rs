//! Slugs that a plan would send although nobody knows them: most are slips of the finger.

use std::collections::BTreeSet;

use super::account::Account;
use super::plan::{Action, Level, Notice};
use super::planner::Input;
use super::value::Value;
use crate::nearest::nearest;
use crate::vendor::spec::AttributeKind;

/// What to say of them, once each. One that an account has already is known.
pub(super) fn unknown(input: &Input<'_>, actions: &[Action]) -> Vec<Notice> {
    let (spec, accounts) = (input.settings.spec, &input.current.accounts);
    let mut found = BTreeSet::new();
    for change in actions.iter().flat_map(|it| &it.changes) {
        let attribute = spec.attribute(&change.attribute);
        if let (Some(attribute), Value::Text(slug)) = (attribute, &change.after)
            && let AttributeKind::Slug(known) = attribute.kind
            && !known.is_empty()
            && !known.contains(&&**slug)
        {
            found.insert((attribute.name, &**slug, known));
        }
    }
    found.retain(|(name, slug, _)| {
        let holds = |account: &Account| {
            let shown = account.attributes.get(name).and_then(Option::as_ref);
            shown.and_then(Value::as_text) == Some(slug)
        };
        !accounts.iter().any(holds)
    });
    let text = |(name, slug, known): (&str, &str, &[&str])| {
        let near = nearest(slug, known.iter().copied());
        let near = near.map(|near| format!("; did you mean \"{near}\"?"));
        format!(
            "\"{slug}\" is no {name} that is known of {}, and no account has it; it is sent as it \
             is{}",
            spec.title,
            near.unwrap_or_default()
        )
    };
    let notice = |found| Notice {
        level: Level::Warning,
        email: None,
        text: text(found),
    };
    found.into_iter().map(notice).collect()
}
