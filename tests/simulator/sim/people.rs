//! Who should have what: a roster that people edit, day by day, and its text.

use std::sync::Arc;

use rosterctl::connector;
use rosterctl::model::action::ActionKind;
use rosterctl::roster::model::Roster;
use rosterctl::roster::{Catalog, RosterFile, parse_with};

use super::desk;
use super::person::{Person, day};
use super::random::Random;
use super::vendor::Vendor;
use super::wish::{Wish, key};

/// Somebody from whom nothing is ever taken.
pub(crate) const PROTECTED: &str = "breakglass@example.com";

/// Pattern of others, and one of them.
const GUESTS: &str = "*@guests.example";
pub(crate) const GUEST: &str = "auditor@guests.example";

/// The roster as people write it.
#[derive(Debug, Clone)]
pub(crate) struct People {
    pub(crate) vendors: Vec<Vendor>,
    pub(crate) persons: Vec<Person>,
}

const KINDS: [(&str, &str); 6] = [
    ("bitsight", "bitsight"),
    ("desk", "rest"),
    ("logicgate", "logicgate"),
    ("snaplogic", "snaplogic"),
    ("surecloud", "surecloud"),
    ("wiki", "scim"),
];

impl People {
    pub(crate) fn new(random: &mut Random) -> Self {
        let mut kinds = KINDS.to_vec();
        let wanted = usize::try_from(random.between(1, 3)).unwrap_or(1);
        while kinds.len() > wanted {
            let at = random.below(kinds.len() as u64);
            kinds.remove(usize::try_from(at).unwrap_or_default());
        }
        let vendors = kinds.into_iter();
        let vendors: Vec<Vendor> = vendors
            .map(|(name, kind)| Vendor::new(name, kind, random))
            .collect();
        let count = random.between(4, 14);
        let persons = (0..count).map(|number| Person::new(number, vendors.len(), random));
        let mut persons: Vec<Person> = persons.collect();
        // People whom the program must not take anything from may stand in the roster, too.
        let mut fixed: Vec<Box<str>> = vendors.iter().map(Vendor::own).collect();
        fixed.extend([PROTECTED.into(), GUEST.into()]);
        fixed.sort_unstable();
        fixed.dedup();
        for email in fixed {
            if random.chance(15) {
                let number = 100 + persons.len() as u64;
                let person = Person::new(number, vendors.len(), random);
                persons.push(person.fixed(email));
            }
        }
        Self { persons, vendors }
    }

    /// Turns a switch at the vendor whose kind has it.
    pub(crate) fn turn(&mut self, twist: &str) {
        for vendor in &mut self.vendors {
            let has = twist
                .split_once(':')
                .is_some_and(|(of, _)| of == vendor.kind);
            if has && !vendor.twists.iter().any(|it| **it == *twist) {
                vendor.twists.push(twist.into());
            }
        }
    }

    /// Somebody edits it. Says what was done.
    pub(crate) fn edit(&mut self, today: u64, random: &mut Random) -> String {
        let count = self.persons.len() as u64;
        let at = usize::try_from(random.below(count)).unwrap_or_default();
        let vendors = self.vendors.len();
        let what = random.below(16);
        let newcomer = Person::new(count, vendors, random);
        let groups = random.below(3);
        let vendor = random.below(vendors as u64);
        let vendor = usize::try_from(vendor).unwrap_or_default();
        if what == 15 {
            return self.wave(random);
        }
        let Some(person) = self.persons.get_mut(at) else {
            return String::from("nothing");
        };
        let number = person.number;
        match what {
            0 | 1 if count < 24 => {
                self.persons.push(newcomer);
                format!("lists person {count}")
            }
            2 | 3 => {
                person.active = !person.active;
                format!("person {number} is {}", person.active)
            }
            4 => {
                person.listed = !person.listed;
                format!("person {number} is listed: {}", person.listed)
            }
            5 | 6 if person.may_be_renamed() => {
                person.renamed += 1;
                format!("person {number} has another name")
            }
            7 => {
                person.title += 1;
                format!("person {number} has another title")
            }
            8 => {
                let group = usize::try_from(groups).unwrap_or_default();
                if let Some(member) = person.groups.get_mut(group) {
                    *member = !*member;
                }
                format!("person {number} changes group {group}")
            }
            9 => {
                person.capital = !person.capital;
                format!("person {number} is spelled differently")
            }
            10 => {
                person.puny = !person.puny;
                format!("the domain of person {number} is spelled differently")
            }
            11 => {
                person.starts = random.chance(70).then(|| today + random.below(5));
                format!("person {number} starts on {:?}", person.starts)
            }
            12 => {
                person.ends = random.chance(70).then(|| today + random.below(5));
                format!("person {number} ends on {:?}", person.ends)
            }
            13 => {
                person.admin = !person.admin;
                format!("person {number} is an administrator: {}", person.admin)
            }
            _ => {
                let says = person.edit_at(vendor, random);
                format!("person {number} at vendor {vendor}: {says:?}")
            }
        }
    }

    /// Nobody knows whether that was done for whoever has that address, and it is not what they need any more.
    pub(crate) fn go_on(&mut self, email: &str, kind: ActionKind, random: &mut Random) -> String {
        let mut all = self.persons.iter_mut();
        let Some(person) = all.find(|it| it.has_had(email)) else {
            return String::from("nothing");
        };
        let number = person.number;
        let renamed = random.chance(40) && person.may_be_renamed();
        if kind.removes() {
            (person.active, person.listed) = (true, true);
            format!("person {number} is back so soon")
        } else if renamed {
            person.renamed += 1;
            format!("person {number} has another name so soon")
        } else {
            person.active = false;
            format!("person {number} is gone so soon")
        }
    }

    /// Whether whoever has that address stands in the roster, or did.
    pub(crate) fn know(&self, email: &str) -> bool {
        let key = key(email);
        let mut all = self.persons.iter();
        all.any(|it| it.is_fixed(&key) || it.has_had(&key))
    }

    /// The address that a person had before that one.
    pub(crate) fn earlier_address(&self, email: &str) -> Option<Box<str>> {
        let mut all = self.persons.iter();
        all.find_map(|it| it.address_before(&key(email)))
    }

    /// Many leave on one day, or come back.
    fn wave(&mut self, random: &mut Random) -> String {
        let active = random.chance(50);
        let percent = random.between(20, 80);
        let mut numbers = Vec::new();
        for person in &mut self.persons {
            if random.chance(percent) {
                person.active = active;
                numbers.push(person.number);
            }
        }
        format!("persons {numbers:?} are {active}")
    }

    /// What everybody should have at a vendor on a day, by the simulator's own understanding.
    pub(crate) fn wishes(&self, vendor: usize, today: u64) -> Vec<Wish> {
        let listed = self.persons.iter().filter(|person| person.listed);
        listed
            .filter_map(|person| person.wish(vendor, &self.vendors[vendor], today))
            .collect()
    }

    /// The roster, read by the program's own reader; `calm`: without limits on how much one run does.
    pub(crate) fn roster(&self, calm: bool) -> Result<Arc<Roster>, String> {
        let text = self.text(calm);
        let file = RosterFile {
            path: String::from("users.yaml"),
            folder: std::path::PathBuf::new(),
            text: text.clone(),
        };
        let catalog = Catalog {
            kinds: &connector::specs(),
            describe: &|_, name| desk::described(name),
            certify: &|_, _, _| Ok(None),
        };
        let parsed = parse_with(vec![file], catalog, Vec::new());
        match parsed.is_usable() {
            true => Ok(Arc::new(parsed.roster)),
            false => Err(format!("{:#?}\n{text}", parsed.diagnostics)),
        }
    }

    fn text(&self, calm: bool) -> String {
        let mut text = format!("version: 1\nprotect: [\"{PROTECTED}\", \"{GUESTS}\"]\nvendors:\n");
        for vendor in &self.vendors {
            vendor.write(&mut text, calm);
        }
        let mut listed = self.persons.iter().filter(|it| it.listed).peekable();
        text.push_str(match listed.peek() {
            Some(_) => "people:\n",
            None => "people: []\n",
        });
        listed.for_each(|person| person.write(&self.vendors, &mut text));
        text
    }

    /// Whether nothing is ever taken from whoever has that address.
    pub(crate) fn is_spared(&self, email: &str) -> bool {
        let email = email.to_ascii_lowercase();
        let own = self.vendors.iter().any(|vendor| *vendor.own() == *email);
        own || email == PROTECTED || email == GUEST
    }

    /// Whether the roster lists whoever has that address and never gets another one.
    pub(crate) fn lists(&self, email: &str) -> bool {
        let mut listed = self.persons.iter().filter(|person| person.listed);
        listed.any(|person| person.is_fixed(email))
    }

    /// Whether a vendor of the month behaves so that the roster cannot come true there.
    pub(crate) fn is_faithless(&self, vendor: &str) -> bool {
        let vendor = self.vendors.iter().find(|it| it.name == vendor);
        vendor.is_some_and(Vendor::is_faithless)
    }
}

/// A date of the month, as a roster has it.
pub(crate) fn date(number: u64) -> String {
    day(number).to_string()
}
