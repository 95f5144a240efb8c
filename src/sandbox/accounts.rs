//! Between the accounts of the core and those of the local vendors, which share no type.

use rosterctl_sandbox as local;

use crate::model::account::{Account, Shield};
use crate::model::value::Value;

/// What a local vendor holds, in the core's words.
pub trait HeldAccounts {
    /// All its accounts.
    fn accounts(&self) -> Vec<Account>;

    /// Replaces the account with that e-mail, or adds it, behind the API's back.
    fn put(&self, account: Account);
}

impl<V: local::LocalVendor + ?Sized> HeldAccounts for V {
    fn accounts(&self) -> Vec<Account> {
        self.held().into_iter().map(known).collect()
    }

    fn put(&self, account: Account) {
        self.keep(plain(&account));
    }
}

/// An account as a local vendor has it.
pub fn plain(account: &Account) -> local::Account {
    let shown = account.attributes.iter();
    let attributes = shown.map(|(name, value)| (name.to_owned(), value.as_ref().map(local_value)));
    let fixed = account.fixed.iter().cloned();
    local::Account {
        id: account.id.clone(),
        active: account.active,
        attributes: attributes.collect(),
        managed_by: account.managed_by.clone(),
        shield: account.shield.as_ref().map(|it| local::Shield {
            what: it.what,
            always: it.always,
        }),
        fixed: fixed.collect(),
        ..local::Account::new(account.email.clone())
    }
}

fn local_value(value: &Value) -> local::Value {
    match value {
        Value::Flag(flag) => local::Value::Flag(*flag),
        Value::Text(text) => local::Value::text(text.as_str()),
        Value::Set(items) => local::Value::Set(items.clone()),
    }
}

fn known(account: local::Account) -> Account {
    let local::Account {
        id,
        email,
        active,
        attributes,
        managed_by,
        shield,
        fixed,
    } = account;
    let shown = attributes.iter();
    let shown = shown.map(|(name, value)| (name.to_owned(), value.as_ref().map(known_value)));
    let mut known = Account {
        id,
        active,
        attributes: shown.collect(),
        ..Account::new(email)
    };
    // Few have any of these, and who has none is spared the place for them.
    if managed_by.is_some() || shield.is_some() || !fixed.is_empty() {
        known.managed_by = managed_by;
        known.shield = shield.map(|it| Shield {
            what: it.what,
            always: it.always,
        });
        known.fixed = fixed;
    }
    known
}

fn known_value(value: &local::Value) -> Value {
    match value {
        local::Value::Flag(flag) => Value::Flag(*flag),
        local::Value::Text(text) => Value::text(&**text),
        local::Value::Set(items) => Value::Set(items.clone()),
    }
}
