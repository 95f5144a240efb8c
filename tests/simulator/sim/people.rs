//! Who should have what: a roster that people edit, day by day, and its text.

use std::fmt::Write as _;
use std::sync::Arc;

use rosterctl::connector;
use rosterctl::roster::model::Roster;
use rosterctl::roster::{RosterFile, parse};

use super::random::Random;

/// Where the made-up servers are.
pub(crate) const ADDRESS: &str = "http://127.0.0.1:0";

/// Somebody from whom nothing is ever taken.
pub(crate) const PROTECTED: &str = "breakglass@example.com";

/// A vendor of the roster.
#[derive(Debug, Clone)]
pub(crate) struct Vendor {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    /// Its switches of behaviour.
    pub(crate) twists: Vec<Box<str>>,
    pub(crate) per_second: u64,
    unlisted: &'static str,
    grace: Option<u64>,
    page_size: u64,
}

/// A person of the roster.
#[derive(Debug, Clone)]
struct Person {
    number: u64,
    /// How often the e-mail changed.
    renamed: u64,
    /// The e-mail has capital letters in the roster.
    capital: bool,
    active: bool,
    listed: bool,
    title: u64,
    groups: [bool; 3],
    /// At which of the vendors.
    at: Vec<bool>,
}

/// The roster as people write it.
#[derive(Debug, Clone)]
pub(crate) struct People {
    pub(crate) vendors: Vec<Vendor>,
    persons: Vec<Person>,
}

const KINDS: [(&str, &str); 5] = [
    ("bitsight", "bitsight"),
    ("logicgate", "logicgate"),
    ("snaplogic", "snaplogic"),
    ("surecloud", "surecloud"),
    ("wiki", "scim"),
];

impl People {
    pub(crate) fn new(random: &mut Random, twists: &[&'static str]) -> Self {
        let mut kinds = KINDS.to_vec();
        let wanted = usize::try_from(random.between(1, 3)).unwrap_or(1);
        while kinds.len() > wanted {
            let at = random.below(kinds.len() as u64);
            kinds.remove(usize::try_from(at).unwrap_or_default());
        }
        let vendors = kinds.into_iter().map(|(name, kind)| {
            let own: Vec<&str> = twists
                .iter()
                .copied()
                .filter(|it| it.split_once(':').is_some_and(|(of, _)| of == kind))
                .collect();
            let mut turned: Vec<Box<str>> = Vec::new();
            for _ in 0..random.below(3) {
                if let Some(twist) = random.pick(&own)
                    && !turned.contains(&Box::from(*twist))
                {
                    turned.push((*twist).into());
                }
            }
            Vendor {
                name,
                kind,
                twists: turned,
                per_second: random.between(2, 12),
                unlisted: random
                    .pick(&["report", "report", "deactivate", "ignore"])
                    .copied()
                    .unwrap_or("report"),
                grace: random.chance(40).then(|| random.between(1, 6)),
                page_size: random.between(2, 6),
            }
        });
        let vendors: Vec<Vendor> = vendors.collect();
        let count = random.between(4, 12);
        let persons = (0..count).map(|number| Person::new(number, vendors.len(), random));
        Self {
            persons: persons.collect(),
            vendors,
        }
    }

    /// Somebody edits it. Says what was done.
    pub(crate) fn edit(&mut self, random: &mut Random) -> String {
        let count = self.persons.len() as u64;
        let at = usize::try_from(random.below(count)).unwrap_or_default();
        let vendors = self.vendors.len();
        let what = random.below(9);
        let newcomer = Person::new(count, vendors, random);
        let groups = random.below(3);
        let vendor = random.below(vendors as u64);
        let Some(person) = self.persons.get_mut(at) else {
            return String::from("nothing");
        };
        let number = person.number;
        match what {
            0 | 1 if count < 18 => {
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
            5 if person.active && person.listed && person.renamed < 3 => {
                person.renamed += 1;
                format!("person {number} has another name")
            }
            6 => {
                person.title += 1;
                format!("person {number} has another title")
            }
            7 => {
                let group = usize::try_from(groups).unwrap_or_default();
                if let Some(member) = person.groups.get_mut(group) {
                    *member = !*member;
                }
                format!("person {number} changes group {group}")
            }
            _ => {
                let vendor = usize::try_from(vendor).unwrap_or_default();
                if let Some(has) = person.at.get_mut(vendor) {
                    *has = !*has;
                }
                format!("person {number} changes at vendor {vendor}")
            }
        }
    }

    /// The roster, read by the program's own reader.
    pub(crate) fn roster(&self) -> Result<Arc<Roster>, String> {
        let file = RosterFile {
            path: String::from("users.yaml"),
            folder: std::path::PathBuf::new(),
            text: self.text(),
        };
        let parsed = parse(vec![file], &connector::specs());
        match parsed.is_usable() {
            true => Ok(Arc::new(parsed.roster)),
            false => Err(format!("{:#?}\n{}", parsed.diagnostics, self.text())),
        }
    }

    fn text(&self) -> String {
        let mut text = format!("version: 1\nprotect: [\"{PROTECTED}\"]\nvendors:\n");
        for vendor in &self.vendors {
            vendor.write(&mut text);
        }
        text.push_str("people:\n");
        for person in self.persons.iter().filter(|person| person.listed) {
            person.write(&self.vendors, &mut text);
        }
        text
    }
}

impl Vendor {
    fn write(&self, text: &mut String) {
        let Self { name, kind, .. } = self;
        let own = format!("    own_account: admin@{name}.example\n");
        let more = match self.kind {
            "bitsight" => {
                let wraps = self.twists.iter().any(|it| **it == *"bitsight:wrapped");
                format!("    auth: {{ token: {{ env: T }} }}\n    wrap_user: {wraps}\n")
            }
            "logicgate" => format!(
                "{own}    auth: {{ client_id: {{ env: C }}, client_secret: {{ env: S }} }}\n    \
                 defaults: {{ tier: SECONDARY, company: Example }}\n    deactivate: disable\n"
            ),
            "snaplogic" => String::from(
                "    auth: { email: { env: E }, password: { env: P } }\n    organization: \
                 ExampleEnv\n    sso: true\n",
            ),
            "surecloud" => format!("{own}    auth: {{ jwt: {{ env: J }} }}\n"),
            _ => format!(
                "{own}    auth: {{ token: {{ env: T }} }}\n    page_size: {}\n",
                self.page_size
            ),
        };
        let rate = self.per_second;
        let _ = write!(
            text,
            "  {name}:\n    kind: {kind}\n    base_url: {ADDRESS}/{name}\n{more}    limits: {{ \
             per_second: {rate}, burst: {rate}, concurrency: 3, timeout: 20s, max_wait: 10m }}\n    \
             max: {{ creates: 1000, deactivations: 1000, shrinkage: 1000 }}\n"
        );
        if self.kind != "surecloud" {
            let _ = writeln!(text, "    unlisted: {}", self.unlisted);
        }
        if let (Some(days), "bitsight" | "snaplogic" | "scim") = (self.grace, self.kind) {
            let _ = writeln!(text, "    leavers: {{ delete_after: {days}d }}");
        }
    }
}

impl Person {
    fn new(number: u64, vendors: usize, random: &mut Random) -> Self {
        Self {
            number,
            renamed: 0,
            capital: random.chance(15),
            active: random.chance(80),
            listed: true,
            title: random.below(3),
            groups: [random.chance(50), random.chance(50), random.chance(30)],
            at: (0..vendors).map(|_| random.chance(85)).collect(),
        }
    }

    fn email(&self, renamed: u64) -> String {
        match renamed {
            0 => format!("person{}@example.com", self.number),
            times => format!("person{}.{times}@example.com", self.number),
        }
    }

    fn write(&self, vendors: &[Vendor], text: &mut String) {
        let mut email = self.email(self.renamed);
        if self.capital {
            email = email.replacen('p', "P", 1);
        }
        let (number, title) = (self.number, self.title);
        let _ = write!(
            text,
            "  - email: {email}\n    first_name: First{number}\n    last_name: Last{number}\n    \
             job_title: Title {title}\n    active: {}\n",
            self.active
        );
        if self.renamed > 0 {
            let earlier: Vec<String> = (0..self.renamed).map(|it| self.email(it)).collect();
            let _ = writeln!(text, "    previous_emails: [{}]", earlier.join(", "));
        }
        let here = vendors.iter().zip(&self.at).filter(|(_, has)| **has);
        let mut accounts: Vec<String> = Vec::new();
        for (vendor, _) in here {
            accounts.push(format!("{}: {}", vendor.name, self.account(vendor.kind)));
        }
        let _ = writeln!(text, "    accounts: {{ {} }}", accounts.join(", "));
    }

    fn account(&self, kind: &str) -> String {
        let named = |names: [&str; 3]| {
            let mut mine: Vec<&str> = Vec::new();
            for (name, member) in names.into_iter().zip(self.groups) {
                if member {
                    mine.push(name);
                }
            }
            mine.join(", ")
        };
        match kind {
            "bitsight" => match self.groups[0] {
                true => String::from("{ role: customer_user, group: Europe }"),
                false => String::from("{ role: customer_user, group: Asia }"),
            },
            "logicgate" => format!(
                "{{ tier: LIMITED, roles: [{}] }}",
                named(["Reader", "Writer", "Auditor"])
            ),
            "snaplogic" => format!("{{ groups: [{}] }}", named(["Dev", "Ops", "Audit"])),
            "surecloud" => format!(
                "{{ role: CONTRIBUTOR, groups: [{}] }}",
                named(["\"//Risk/Readers\"", "\"//Risk/Writers\"", "\"//Audit\""])
            ),
            _ => format!(
                "{{ department: D{}, groups: [{}] }}",
                self.title,
                named(["Risk", "Audit", "Board"])
            ),
        }
    }
}

/// All names of groups and roles that a roster may name, so that vendors have them.
pub(crate) const NAMES: [&str; 14] = [
    "Europe",
    "Asia",
    "Reader",
    "Writer",
    "Auditor",
    "Dev",
    "Ops",
    "Audit",
    "Risk",
    "Board",
    "//Risk/Readers",
    "//Risk/Writers",
    "//Audit",
    "All Companies",
];
