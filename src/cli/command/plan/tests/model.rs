//! What has to be told of a world: a small model over the rosters and what the vendors hold before
//! and after. It knows nothing of actions, matching or what a plan says.

use super::want::{Place, Want};
use super::world::{Asks, KINDS, Kind, PEOPLE, Person, Right, Roster, World, mark};
use crate::model::account::Account;
use crate::model::current::Current;
use crate::model::value::Value;

/// How many kinds of things are to be told.
pub(super) const TOLD: usize = 8;

/// Whose account it is by a roster.
fn owner<'a>(
    roster: &'a Roster,
    number: usize,
    at: usize,
    account: &Account,
) -> Option<&'a Person> {
    let person = roster.people.get(&number)?;
    let asks = person.accounts.get(&at)?;
    let by_id =
        matches!(asks, Asks::Account { id: Some(id), .. } if account.id.as_deref() == Some(id));
    let by_email =
        *person.email == *account.email || person.previous.as_deref() == Some(&*account.email);
    (by_id || by_email).then_some(person)
}

/// What a roster asks of an account of somebody with access.
fn asked(person: &Person, at: usize) -> Option<&Asks> {
    let asks = person.accounts.get(&at)?;
    (person.active && matches!(asks, Asks::Account { .. })).then_some(asks)
}

fn holds<'a>(account: &'a Account, name: &str) -> Option<&'a Value> {
    let value = account.attributes.get(name)?.as_ref()?;
    (!value.is_empty() && *value != Value::Flag(false)).then_some(value)
}

/// The words of a value.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Text(text) => vec![text.to_string()],
        Value::Set(items) => items.iter().map(ToString::to_string).collect(),
        Value::Flag(flag) => vec![flag.to_string()],
    }
}

/// What an account holds more of a right than before: its words.
fn grown(before: Option<&Account>, after: &Account, right: Right) -> Vec<String> {
    let of = |account: &Account| holds(account, right.name()).map(words).unwrap_or_default();
    let (had, mut now) = (before.map(of).unwrap_or_default(), of(after));
    if let Right::Rank(_, ranks) = right {
        let rank = |words: &[String]| {
            ranks
                .iter()
                .position(|it| words.first().is_some_and(|w| w == it))
        };
        if rank(&now) <= rank(&had) {
            return Vec::new();
        }
    }
    now.retain(|it| !had.contains(it));
    now
}

fn is_admin(kind: &Kind, account: &Account) -> bool {
    let (name, word) = kind.admin;
    match holds(account, name) {
        Some(Value::Text(text)) => *text == word,
        Some(Value::Set(items)) => items.iter().any(|it| **it == *word),
        Some(Value::Flag(_)) => true,
        None => false,
    }
}

/// What is to be told of a world. `after` is what each vendor holds in the end.
pub(super) fn wanted(world: &World, after: &[Current]) -> Vec<Want> {
    let mut all = Vec::new();
    for number in 0..PEOPLE {
        for (at, kind) in KINDS.iter().enumerate() {
            let mine = |it: &&Account| it.email.starts_with(&mark(number));
            let old = world.vendors[at].accounts.iter().find(mine);
            for account in after[at].accounts.iter().filter(mine) {
                let before = old.filter(|it| it.id == account.id);
                let claimant = before.and_then(|it| owner(&world.head, number, at, it));
                let claimant = claimant.filter(|it| asked(it, at).is_some());
                of_rights(&mut all, kind, number, claimant, before, account);
            }
            if let Some(old) = old {
                let mut later = after[at].accounts.iter();
                let later = later.find(|it| it.id == old.id);
                of_rosters(&mut all, world, (at, number), old, later);
            }
        }
    }
    all
}

/// What an account can do that it could not before, and whose it becomes.
fn of_rights(
    all: &mut Vec<Want>,
    kind: &Kind,
    number: usize,
    claimant: Option<&Person>,
    before: Option<&Account>,
    account: &Account,
) {
    let mut want = |what: &'static str, place: Place, words: Vec<String>| {
        all.push(Want {
            kind: what,
            place,
            vendor: kind.name,
            who: mark(number),
            words,
        });
    };
    let was_active = before.is_some_and(|it| it.active);
    let action = match before {
        None => "create",
        Some(_) if account.active && !was_active => "reactivate",
        Some(_) => "update",
    };
    let mut grows = Vec::new();
    for right in kind.rights {
        let values = grown(before, account, *right);
        if !values.is_empty() {
            grows.push(right.name().to_owned());
            grows.extend(values);
        }
    }
    if account.active && (!was_active || !grows.is_empty()) {
        want("rights grow", Place::Action(action), grows);
    }
    if let Some(before) = before.filter(|it| it.email != account.email) {
        let both = [&before.email, &account.email].map(ToString::to_string);
        want("an address changes", Place::Action(action), both.to_vec());
    }
    let is = is_admin(kind, account);
    let was = before.is_some_and(|it| is_admin(kind, it));
    let claimed = before.filter(|it| claimant.is_some_and(|who| who.email != *it.email));
    let (what, told) = match claimed {
        Some(before) if is || was => {
            let told = vec![String::from("takes over"), before.email.to_string()];
            ("an administrator's account is claimed", told)
        }
        None if is && account.active && !(was && was_active) => {
            let told = vec![String::from("becomes an administrator")];
            ("somebody becomes an administrator", told)
        }
        _ => return,
    };
    want(what, Place::Administrators, told);
}

/// What the base asked for and nothing asks for any more, of an account and what it is later.
fn of_rosters(
    all: &mut Vec<Want>,
    world: &World,
    (at, number): (usize, usize),
    old: &Account,
    later: Option<&Account>,
) {
    let kind = &KINDS[at];
    let Some(later) = later.filter(|it| it.active && old.active) else {
        return;
    };
    let Some(base) = owner(&world.base, number, at, old) else {
        return;
    };
    let mut want = |what: &'static str, admin: bool, mut words: Vec<String>| {
        words.push(String::from("stays"));
        if admin {
            words.push(String::from("administrator"));
        }
        all.push(Want {
            kind: what,
            place: Place::Gone,
            vendor: kind.name,
            who: mark(number),
            words,
        });
    };
    let Some(head) = owner(&world.head, number, at, old) else {
        match is_admin(kind, old) {
            true => want("an administrator stays", true, Vec::new()),
            false => want("an account stays", false, Vec::new()),
        }
        return;
    };
    let (
        Some(Asks::Account {
            attributes: asked_before,
            ..
        }),
        Some(Asks::Account {
            attributes: asks, ..
        }),
    ) = (base.accounts.get(&at), asked(head, at))
    else {
        return;
    };
    for right in kind.rights {
        let name = right.name();
        let dropped = asked_before.contains_key(name) && !asks.contains_key(name);
        let Some(value) = holds(later, name).filter(|_| dropped) else {
            continue;
        };
        let value = words(value);
        let told = [vec![name.to_owned()], value].concat();
        let admin = kind.admin.0 == name && told.iter().any(|it| it == kind.admin.1);
        match admin {
            true => want("an administrator's right stays", true, told),
            false => want("a right stays", false, told),
        }
    }
}
