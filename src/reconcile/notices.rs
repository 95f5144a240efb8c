//! What else whoever looks at the plan of one vendor should know: what its read told, and slugs that
//! would be sent although nobody knows them, most of them slips of the finger.

use std::collections::{BTreeSet, HashSet};

use super::plan::{Action, Level, Notice};
use super::planner::Input;
use super::value::Value;
use crate::nearest::nearest;
use crate::vendor::spec::AttributeKind;

/// So many entries that cannot be understood are named one by one.
const MOST_ODD: usize = 20;

/// The notices of a vendor that are about nobody's account.
pub(super) fn of(input: &Input<'_>, actions: &[Action]) -> Vec<Notice> {
    let notice = |level, text| Notice {
        level,
        email: None,
        text,
    };
    let told = input.current.notices.iter();
    let told = told.map(|text| notice(Level::Info, text.clone()));
    let warnings = odd(input).into_iter().chain(unknown_slugs(input, actions));
    told.chain(warnings.map(|text| notice(Level::Warning, text)))
        .collect()
}

/// Names the entries that are left alone.
fn odd(input: &Input<'_>) -> Vec<String> {
    let all = &input.current.odd;
    let named = all.iter().take(MOST_ODD);
    let mut texts: Vec<String> = named
        .map(|odd| format!("{} {}: it is left alone", odd.name, odd.why))
        .collect();
    if let Some(more) = all.len().checked_sub(MOST_ODD).filter(|more| *more > 0) {
        texts.push(format!(
            "{more} more entries of the list cannot be understood either"
        ));
    }
    texts
}

/// What to say of slugs that nobody knows, once each. One that an account has already is known.
fn unknown_slugs(input: &Input<'_>, actions: &[Action]) -> Vec<String> {
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
    let names: BTreeSet<&str> = found.iter().map(|(name, _, _)| *name).collect();
    let held: HashSet<(&str, &str)> = accounts
        .iter()
        .flat_map(|account| {
            names.iter().filter_map(|name| {
                let shown = account.attributes.get(name).and_then(Option::as_ref);
                Some((*name, shown?.as_text()?))
            })
        })
        .collect();
    found.retain(|(name, slug, _)| !held.contains(&(*name, *slug)));
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
    found.into_iter().map(text).collect()
}
