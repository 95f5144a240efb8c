//! What to ask the vendors for so that they show all there is: several read an attribute only of
//! people for whom the roster sets it.

use super::Source;
use crate::model::account::Account;
use crate::model::desired::{Access, Desired, DesiredAccount};
use crate::model::email::compare_emails;
use crate::model::spec::{AttributeKind, Mode};
use crate::model::value::{Attributes, Key, Value};
use crate::plan::matching::claimants;
use crate::roster::model::VendorSettings;

/// For each vendor that was read: what the roster wants, and everything of everybody else.
pub fn probe<'a>(source: &'a Source<'_>) -> Vec<Desired<'a>> {
    source
        .holdings
        .iter()
        .map(|holding| {
            let desired = source.desired(holding.settings);
            let listed: Vec<_> = desired.person_keys().collect();
            let claims = claimants(&listed, &holding.known.current.accounts);
            let strangers = holding.known.current.accounts.iter().zip(claims);
            let strangers = strangers.filter(|(_, claims)| claims.is_empty());
            desired.with(|accounts| {
                accounts.extend(strangers.map(|(account, _)| wish(holding.settings, account)));
                accounts.sort_by(|one, other| compare_emails(&one.email, &other.email));
            })
        })
        .collect()
}

/// Wishes nothing but what is there.
fn wish(settings: &VendorSettings, account: &Account) -> DesiredAccount {
    let mut attributes = Attributes::new();
    for spec in settings.spec.attributes {
        let placeholder = match (spec.mode, spec.kind) {
            (Mode::CreateOnly, _) | (Mode::Fixed, AttributeKind::Text) => continue,
            (_, AttributeKind::Flag) => Value::Flag(false),
            (_, AttributeKind::NameSet | AttributeKind::EmailSet) => Value::set::<&str>([]),
            (_, AttributeKind::FlagMap | AttributeKind::Family) => continue,
            (
                _,
                AttributeKind::Text
                | AttributeKind::Email
                | AttributeKind::Choice(_)
                | AttributeKind::Slug(_),
            ) => Value::text(""),
        };
        let shown = account.attributes.get(spec.name).cloned().flatten();
        attributes.insert(Key::Borrowed(spec.name), shown.unwrap_or(placeholder));
    }
    for (name, value) in account.attributes.iter() {
        if settings.spec.family(name).is_some()
            && let Some(value) = value
        {
            attributes.insert(name.to_owned(), value.clone());
        }
    }
    DesiredAccount {
        email: account.email.clone(),
        previous_emails: Vec::new(),
        id: account.id.clone(),
        access: match account.active {
            true => Access::Granted,
            false => Access::Left,
        },
        attributes,
        on_create: Attributes::new(),
    }
}
