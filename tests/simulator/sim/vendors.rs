//! The vendors of a month, and the people who edit accounts there.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use rosterctl::http::Clock;
use rosterctl::model::account::Account;
use rosterctl::model::spec::{AttributeKind, LOGIN, ReadFrom};
use rosterctl::model::value::Value;
use rosterctl::roster::desired;
use rosterctl::run::session::record_place;
use rosterctl::sandbox::{HeldAccounts as _, Start, seed_as};
use rosterctl::state::State;
use rosterctl::state::here::Here;
use rosterctl::state::record::{Entry, Record};
use rosterctl_sandbox::{Sandbox, Served, local};

use super::people::{GUEST, PROTECTED, People};
use super::random::Random;
use super::runner::{Fate, Runner};
use super::shelf::Shelf;
use super::store::{Objects, Place, Way};
use super::vendor::{NAMES, Vendor};
use super::wish::key;
use super::world::World;

/// The texts that vendors accept, by vendor and key.
pub(crate) type Secrets = HashMap<Box<str>, BTreeMap<String, String>>;

/// Makes the vendors as a roster finds them, and the world around them.
pub(crate) async fn build(
    people: &People,
    random: &mut Random,
    words: bool,
) -> Result<(Arc<World>, Secrets), String> {
    let roster = people.roster(false)?;
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
        let spared = [PROTECTED, GUEST].map(|email| {
            stranger.map(|account| Account {
                id: None,
                email: email.into(),
                ..account.clone()
            })
        });
        for account in spared.into_iter().flatten() {
            let listed = |it: &Account| key(&it.email) == key(&account.email);
            if !seed.accounts.iter().any(listed) {
                seed.accounts.push(account);
            }
        }
        for account in &mut seed.accounts {
            if account.email != seed.own && random.chance(15) {
                account.email = respelled(&account.email);
            }
        }
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
    let place = match random.chance(35) {
        true => Place::Folder(Shelf::new().map_err(|error| error.to_string())?),
        false => Place::Objects(Objects::default()),
    };
    let all = secrets.values().flatten();
    let hidden = all.filter(|(key, _)| !matches!(key.as_str(), "email" | "client_id"));
    let hidden = hidden.map(|(_, text)| text.clone()).collect();
    let chance = Random::new(random.next());
    let world = World::new(
        chance,
        Sandbox::within(served),
        &people.vendors,
        place,
        hidden,
        words,
    );
    let world = Arc::new(world);
    for vendor in &people.vendors {
        world.note_off(vendor.name);
    }
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

/// The same address in other letters.
fn respelled(email: &str) -> Box<str> {
    match email.contains("bücher.example") {
        true => email.replace("bücher.example", "xn--bcher-kva.example"),
        false => email
            .replacen('p', "P", 1)
            .replacen(".example", ".Example", 1),
    }
    .into()
}

/// A vendor where people edit accounts. What happens at one without a list cannot be seen.
fn somewhere<'a>(
    world: &'a World,
    people: &'a People,
    random: &mut Random,
) -> Option<(&'a Vendor, &'a Served)> {
    let vendor = random.pick(&people.vendors)?;
    let listed = vendor.kind != "surecloud";
    let served = world.sandbox.vendor(vendor.name);
    served.filter(|_| listed).map(|served| (vendor, served))
}

/// A stranger gets an account somewhere, or loses it, whom a run does not mean. Administrators stay.
pub(crate) fn stir(
    world: &World,
    people: &People,
    random: &mut Random,
    meant: &BTreeSet<Box<str>>,
) {
    let Some((vendor, served)) = somewhere(world, people, random) else {
        return;
    };
    let held = world.held(vendor.name);
    let rights = [
        ("role", Value::text("customer_admin")),
        ("administrator", Value::Flag(true)),
    ];
    let strangers = held.iter().filter(|it| {
        let has = |(name, value): &(&str, Value)| {
            it.attributes.get(name).and_then(Option::as_ref) == Some(value)
        };
        it.shield.is_none()
            && !people.is_spared(&it.email)
            && !people.know(&it.email)
            && !meant.contains(&key(&it.email))
            && !rights.iter().any(has)
    });
    let strangers: Vec<&Account> = strangers.collect();
    let Some(stranger) = random.pick(&strangers).copied() else {
        return;
    };
    let email: Box<str> = match random.chance(50) {
        true => {
            served.local.remove(&stranger.email);
            stranger.email.clone()
        }
        false => format!("passer{}@sandbox.example", random.below(1_000)).into(),
    };
    let comes = email != stranger.email;
    world.trace(format_args!("{email} comes to {}: {comes}", vendor.name));
    if comes {
        served.local.put(Account {
            id: None,
            email: email.clone(),
            ..stranger.clone()
        });
    }
    world.meddle(vendor.name, &email);
}

/// Somebody edits an account in a vendor's own pages. `amid`: while a run is at work, and the keys of
/// those that it is likely to be.
pub(crate) fn meddle(
    world: &World,
    people: &People,
    random: &mut Random,
    amid: Option<&[Box<str>]>,
) {
    let Some((vendor, served)) = somewhere(world, people, random) else {
        return;
    };
    let held = world.held(vendor.name);
    // Of two with one address, the server would replace the other one.
    let alone = |it: &Account| {
        held.iter()
            .filter(|other| key(&other.email) == key(&it.email))
            .count()
            == 1
    };
    let mut accounts = held.clone();
    accounts.retain(|it| it.shield.is_none() && !people.is_spared(&it.email) && alone(it));
    let who = amid.unwrap_or_default();
    if !who.is_empty() && random.chance(70) {
        accounts.retain(|it| who.contains(&key(&it.email)));
    }
    let Some(account) = random.pick(&accounts).cloned() else {
        return;
    };
    // An address that its person had, and that nobody has by now.
    let earlier = people.earlier_address(&account.email);
    let earlier = earlier.filter(|it| !held.iter().any(|other| key(&other.email) == key(it)));
    let has = |twist: &str| vendor.twists.iter().any(|it| **it == *twist);
    let what = match random.below(7) {
        // That a password was revoked shows nowhere: who is given rights right behind it looks like somebody
        // who works by programs alone.
        1 if vendor.kind == "snaplogic" && amid.is_some() => 4,
        // Nobody has the name of another person there.
        3 if has("scim:ids-are-names") => 4,
        6 if earlier.is_none() || account.attributes.contains(LOGIN) => 4,
        // Nobody is there and off.
        1 if has("scim:off-removes") && account.active => 0,
        what => what,
    };
    world.trace(format_args!(
        "somebody does {what} to {} at {}",
        account.email, vendor.name
    ));
    let email = account.email.clone();
    match what {
        0 => served.local.remove(&account.email),
        1 => {
            let mut account = account;
            account.active = !account.active;
            if account.active && account.attributes.contains("ui_access") {
                account
                    .attributes
                    .insert("ui_access", Some(Value::Flag(true)));
            }
            served.local.put(account);
        }
        2 => {
            let number = random.below(1_000);
            served.local.put(Account {
                id: None,
                email: format!("stranger{number}@sandbox.example").into(),
                ..account
            });
        }
        // The same account is another person's from now on.
        3 => {
            let number = random.below(1_000);
            let email = format!("heir{number}@sandbox.example");
            served.local.remove(&account.email);
            served.local.put(Account {
                email: email.as_str().into(),
                ..account
            });
            world.meddle(vendor.name, &email);
        }
        // The person has a second account from now on.
        6 => {
            let second = earlier.unwrap_or_default();
            served.local.put(Account {
                id: None,
                email: second.clone(),
                ..account
            });
            world.note_second(vendor.name, &second);
            world.meddle(vendor.name, &second);
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
    world.meddle(vendor.name, &email);
}
