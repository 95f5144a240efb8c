//! Top-level `accounts`: what the files of other owners say about people's accounts (rule 14).

use std::collections::HashMap;

use super::model::{AccountEntry, Person, Spanned};
use super::values::Problems;
use crate::model::value::{Key, Value};
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// Adds what blocks say about one account to what others say about it: lists add up, and nothing
/// else may be said twice.
pub(super) fn unite(
    person: &mut Person,
    vendor: &str,
    blocks: Vec<Spanned<AccountEntry>>,
    problems: &mut Problems,
) {
    let mut all = person
        .accounts
        .get(vendor)
        .cloned()
        .into_iter()
        .chain(blocks);
    let Some(Spanned { value, span }) = all.next() else {
        return;
    };
    let email = person.email.value.clone();
    let mut said = places(&value);
    // `None`: `false`.
    let mut whole = match value {
        AccountEntry::No => None,
        AccountEntry::Settings { id, attributes } => Some((id, attributes.into_vec())),
    };
    for block in all {
        problems.share_flaws(block.span, span);
        let mut disagree = |what: &str, first: Span, again: Span| {
            let message = format!("{what} of `{email}` at {vendor} is set in two places");
            problems.push(
                Diagnostic::error(Code::AccountsDisagree, again.max(first), message)
                    .label("again")
                    .related(again.min(first), "first here")
                    .help("lists add up, anything else has one place: keep one of the two"),
            );
        };
        match (&mut whole, block.value) {
            (None, AccountEntry::No) => {}
            (None, AccountEntry::Settings { .. }) | (Some(_), AccountEntry::No) => {
                disagree("whether there is an account", span, block.span);
            }
            (
                Some((id, attributes)),
                AccountEntry::Settings {
                    id: id_again,
                    attributes: more,
                },
            ) => {
                match (&id, id_again) {
                    (Some(first), Some(again)) => disagree("the `id`", first.span, again.span),
                    (None, Some(again)) => *id = Some(again),
                    (_, None) => {}
                }
                for again in &more {
                    let is_list = matches!(again.value, Value::Set(_));
                    match said.get(&*again.name) {
                        Some((true, _)) if is_list => {}
                        Some((_, first)) => {
                            disagree(&format!("`{}`", again.name), *first, again.span);
                        }
                        None => drop(said.insert(again.name.clone(), (is_list, again.span))),
                    }
                }
                attributes.extend(more);
            }
        }
    }
    let value = whole.map_or(AccountEntry::No, |(id, attributes)| {
        AccountEntry::Settings {
            id,
            attributes: attributes.into(),
        }
    });
    person.accounts.insert(vendor, Spanned { value, span });
}

/// Attributes by name: whether each is a list, and where it stands.
fn places(entry: &AccountEntry) -> HashMap<Key, (bool, Span)> {
    let attributes = match entry {
        AccountEntry::No => &[][..],
        AccountEntry::Settings { id: _, attributes } => attributes,
    };
    let places = attributes.iter().rev();
    let places = places.map(|it| {
        (
            it.name.clone(),
            (matches!(it.value, Value::Set(_)), it.span),
        )
    });
    places.collect()
}
