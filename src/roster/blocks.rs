//! Top-level `accounts`: what the files of other owners say about people's accounts (rule 14).

use std::collections::HashMap;

use super::model::{AccountEntry, AttributeEntry, Person, Spanned};
use super::values::Problems;
use crate::model::value::Value;
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// Adds what a block says about one account to what others say about it: lists add up, and nothing
/// else may be said twice.
pub(super) fn add(
    person: &mut Person,
    vendor: &str,
    more: Spanned<AccountEntry>,
    problems: &mut Problems,
) {
    let Some(there) = person.accounts.get(vendor) else {
        person.accounts.insert(vendor, more);
        return;
    };
    problems.share_flaws(more.span, there.span);
    let span = there.span;
    let email = person.email.value.clone();
    let mut disagree = |what: &str, first: Span, again: Span| {
        let message = format!("{what} of `{email}` at {vendor} is set in two places");
        problems.push(
            Diagnostic::error(Code::AccountsDisagree, again.max(first), message)
                .label("again")
                .related(again.min(first), "first here")
                .help("lists add up, anything else has one place: keep one of the two"),
        );
    };
    let (there, new) = match (&there.value, more.value) {
        (AccountEntry::No, AccountEntry::No) => return,
        (AccountEntry::No, AccountEntry::Settings { .. })
        | (AccountEntry::Settings { .. }, AccountEntry::No) => {
            disagree("whether there is an account", span, more.span);
            return;
        }
        (
            AccountEntry::Settings { id, attributes },
            AccountEntry::Settings {
                id: new_id,
                attributes: new,
            },
        ) => ((id, attributes), (new_id, new)),
    };
    let id = match (there.0, new.0) {
        (Some(first), Some(again)) => {
            disagree("the `id`", first.span, again.span);
            Some(first.clone())
        }
        (first, again) => first.clone().or(again),
    };
    let known: HashMap<&str, &AttributeEntry> = there.1.iter().map(|it| (&*it.name, it)).collect();
    for again in &new.1 {
        let Some(first) = known.get(&*again.name) else {
            continue;
        };
        let lists = [&first.value, &again.value].map(|it| matches!(it, Value::Set(_)));
        if lists != [true, true] {
            disagree(&format!("`{}`", again.name), first.span, again.span);
        }
    }
    let attributes = there.1.iter().cloned().chain(new.1).collect();
    let value = AccountEntry::Settings { id, attributes };
    person.accounts.insert(vendor, Spanned { value, span });
}
