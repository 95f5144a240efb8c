//! The vendors of a month, and the people who edit accounts there.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use rosterctl::http::Clock;
use rosterctl::model::account::Account;
use rosterctl::model::spec::{AttributeKind, ReadFrom};
use rosterctl::model::value::Value;
use rosterctl::roster::desired;
use rosterctl::run::session::record_place;
use rosterctl::sandbox::{Held as _, Start, seed_as};
use rosterctl::state::State;
use rosterctl::state::here::Here;
use rosterctl::state::record::{Entry, Record};
use rosterctl_sandbox::{Sandbox, Served, local};

use super::people::{NAMES, PROTECTED, People};
use super::random::Random;
use super::runner::{Fate, Runner};
use super::store::Way;
use super::world::World;

/// The texts that vendors accept, by vendor and key.
pub(crate) type Secrets = HashMap<Box<str>, BTreeMap<String, String>>;

/// Switches of behaviour under which the roster cannot come true, each with the reason.
const LEFT_OUT: &[&str] = &[
    // Nobody can be switched off.
    "bitsight:status-ignored",
    "bitsight:status-refused",
    // The list cannot be read whole.
    "bitsight:list-without-offset",
    "logicgate:list-without-page",
    "snaplogic:list-without-offset",
    // Changes end with the first one that shows it.
    "snaplogic:put-replaces",
    // Nothing tells who was renamed.
    "scim:ids-are-names",
    // Whoever is off is seen by no call, and refused or held as somebody new.
    "logicgate:search-hides-off",
    "logicgate:search-gone",
    // Of a list of one user no page can be told from the first one.
    "snaplogic:list-repeats",
    "snaplogic:list-hides-revoked",
    "logicgate:off-hidden",
    // Nobody leaves a group.
    "surecloud:groups-add",
    // Nobody joins one.
    "scim:joins-ignored",
    // New people are off until they take their invitation up.
    "scim:invites",
    // Nobody has the address of the roster there.
    "scim:own-names",
];

/// The switches that months turn.
pub(crate) fn twists() -> Vec<&'static str> {
    let all = rosterctl_sandbox::twists().into_iter().map(|it| it.name);
    all.filter(|name| !LEFT_OUT.contains(name)).collect()
}

/// Makes the vendors as a roster finds them, and the world around them.
pub(crate) async fn build(
    people: &People,
    random: &mut Random,
    words: bool,
) -> Result<(Arc<World>, Secrets), String> {
    let roster = people.roster()?;
    let on = super::BEGIN.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (mut served, mut secrets, mut records) = (Vec::new(), Secrets::new(), Vec::new());
    for vendor in &people.vendors {
        let Some(settings) = roster.vendors.get(vendor.name) else {
            return Err(format!("no {}", vendor.name));
        };
        let wanted = desired(roster.clone(), &settings.name, on);
        let start = match random.below(4) {
            0 => Start::Empty,
            1 => Start::InSync,
            _ => Start::Messy,
        };
        let mut seed = seed_as(&Arc::new(settings.clone()), &wanted, start);
        let stranger = seed
            .accounts
            .iter()
            .find(|it| it.email.starts_with("former."));
        let protected = stranger.map(|account| Account {
            id: None,
            email: PROTECTED.into(),
            ..account.clone()
        });
        seed.accounts.extend(protected);
        for attribute in settings.spec.attributes {
            let named = attribute.kind == AttributeKind::NameSet || attribute.name == "group";
            if named {
                let names = seed.names.entry(attribute.name).or_default();
                let paths = settings.spec.read == ReadFrom::Record;
                let fitting = NAMES.iter().filter(|it| it.starts_with("//") == paths);
                names.extend(fitting.map(|it| Box::<str>::from(*it)));
                names.sort_unstable();
                names.dedup();
            }
        }
        if settings.spec.read == ReadFrom::Record {
            records.push((settings.clone(), seed.accounts.clone()));
        }
        let mine = seed.secrets.iter();
        let mine = mine.map(|(key, text)| ((*key).to_owned(), text.clone()));
        secrets.insert(settings.name.clone(), mine.collect());
        let mut seed = rosterctl_sandbox::Seed::from(seed);
        seed.twists.clone_from(&vendor.twists);
        if vendor.kind == "bitsight" {
            // Or somebody who was deleted and comes back is refused for ever.
            seed.twists.push("bitsight:addresses-free-again".into());
        }
        // An array says nothing of what a page has cut off.
        let pages = !vendor.twists.iter().any(|it| it.ends_with(":array-page"));
        seed.page_cap = (random.chance(50) && pages)
            .then(|| usize::try_from(random.between(2, 5)).unwrap_or(2));
        let local = local(seed.clone()).ok_or("no such kind")?;
        served.push(Served {
            name: seed.name.clone(),
            local: Arc::from(local),
            seed,
        });
    }
    let rates = people.vendors.iter();
    let rates = rates.map(|it| (it.name.to_owned(), it.per_second));
    let chance = Random::new(random.next());
    let world = World::new(chance, Sandbox::within(served), rates.collect(), words);
    let world = Arc::new(world);
    let runner = Arc::new(Runner::new(String::from("setup"), Fate::Lives));
    let clock = Clock::dated(super::BEGIN);
    let way = Way::new(&world, &runner, clock.clone());
    let state = State::seen_by(Here::made_up(clock, "setup", 1), Arc::new(way));
    for (settings, accounts) in records {
        let record = Record::new(
            record_place(&settings, &state),
            settings.name.clone(),
            vec![],
        );
        let written = record.commit(move |entries| {
            for account in &accounts {
                let entry = Entry::of(account, Timestamp::UNIX_EPOCH);
                *entries.slot(&account.email_key()) = Some(entry);
            }
        });
        written.await.map_err(|error| error.to_string())?;
        record.compact().await.map_err(|error| error.to_string())?;
    }
    Ok((world, secrets))
}

/// Somebody edits an account in a vendor's own pages.
pub(crate) fn meddle(world: &World, people: &People, random: &mut Random) {
    let Some(vendor) = random.pick(&people.vendors) else {
        return;
    };
    // What happens at a vendor without a list cannot be seen.
    if vendor.kind == "surecloud" {
        return;
    }
    let Some(served) = world.sandbox.vendor(vendor.name) else {
        return;
    };
    let own = world.own(vendor.name);
    let mut accounts = world.held(vendor.name);
    accounts.retain(|it| it.email != own && it.shield.is_none() && &*it.email != PROTECTED);
    let Some(account) = random.pick(&accounts).cloned() else {
        return;
    };
    let what = random.below(5);
    world.trace(format_args!(
        "somebody does {what} to {} at {}",
        account.email, vendor.name
    ));
    world.meddle(vendor.name, &account.email);
    match what {
        0 => served.local.remove(&account.email),
        1 => served.local.put(Account {
            active: !account.active,
            ..account
        }),
        2 => {
            let number = random.below(1_000);
            served.local.put(Account {
                id: None,
                email: format!("stranger{number}@sandbox.example").into(),
                ..account
            });
        }
        _ => {
            let mut account = account;
            for name in ["first_name", "department", "job_title"] {
                if matches!(account.attributes.get(name), Some(Some(Value::Text(_)))) {
                    account.attributes.insert(name, Some(Value::text("Edited")));
                    break;
                }
            }
            served.local.put(account);
        }
    }
}
