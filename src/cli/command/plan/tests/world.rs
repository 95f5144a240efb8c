//! Two rosters and what three vendors hold, made from a number.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::account::Account;
use crate::model::current::{Current, Directory, Entry, Own};
use crate::model::value::Value;
use crate::plan::testing::account;

/// People of one world; fewer than those to whom the same happens and who share a line.
pub(super) const PEOPLE: usize = 4;

/// What the test knows of a vendor.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Keys of the vendor in the roster.
    keys: &'static str,
    /// How an account can be switched off.
    off: [&'static str; 2],
    /// An attribute that each account has to have, and its values.
    required: Option<(&'static str, &'static [&'static str])>,
    /// What holds rights.
    pub(super) rights: &'static [Right],
    /// The value of a right that makes an administrator.
    pub(super) admin: (&'static str, &'static str),
}

/// One right, and its values: a higher one of a `Rank` grows, and any other of `Any`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right {
    Rank(&'static str, &'static [&'static str]),
    Any(&'static str, &'static [&'static str]),
    Names(&'static str, &'static [&'static str]),
    Flag(&'static str),
}

impl Right {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rank(name, _) | Self::Any(name, _) | Self::Names(name, _) | Self::Flag(name) => {
                name
            }
        }
    }
}

pub(super) const KINDS: [Kind; 3] = [
    Kind {
        name: "bitsight",
        keys: "auth: { token: { env: NOWHERE } }",
        off: ["status", "delete"],
        required: None,
        rights: &[
            Right::Rank(
                "role",
                &["customer_user", "customer_group_admin", "customer_admin"],
            ),
            Right::Any("group", &["North", "South"]),
            Right::Flag("features.wfh-ro"),
        ],
        admin: ("role", "customer_admin"),
    },
    Kind {
        name: "logicgate",
        keys: "base_url: https://x.example, auth: { token: { env: NOWHERE } }",
        off: ["disable", "manual"],
        required: Some(("tier", &["LIMITED", "PRIMARY"])),
        rights: &[Right::Names("roles", &["Auditor", "Boss", "Reader"])],
        admin: ("roles", "Boss"),
    },
    Kind {
        name: "snaplogic",
        keys: "organization: X, base_url: https://y.example, auth: { email: { env: NOWHERE }, \
               password: { env: NOWHERE } }",
        off: ["revoke", "manual"],
        required: None,
        rights: &[
            Right::Flag("administrator"),
            Right::Names("groups", &["Developers", "Operators"]),
        ],
        admin: ("administrator", "true"),
    },
];

/// What a roster asks of one account.
#[derive(Debug, Clone)]
pub(super) enum Asks {
    /// `false`
    No,
    Account {
        id: Option<String>,
        attributes: BTreeMap<&'static str, Value>,
    },
}

/// One person of a roster.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) email: String,
    pub(super) previous: Option<String>,
    pub(super) active: bool,
    /// By the place of the vendor.
    pub(super) accounts: BTreeMap<usize, Asks>,
}

/// One roster.
#[derive(Debug, Clone)]
pub(super) struct Roster {
    /// For each vendor its settings.
    vendors: Vec<String>,
    /// By number.
    pub(super) people: BTreeMap<usize, Person>,
}

/// Two rosters, and what each vendor holds.
pub(super) struct World {
    pub(super) base: Roster,
    pub(super) head: Roster,
    pub(super) vendors: Vec<Current>,
}

/// Every address of a person begins with this, and nothing else does.
pub(super) fn mark(number: usize) -> String {
    format!("person{number}x")
}

fn address(number: usize, form: &str) -> String {
    format!("{}{form}@x.example", mark(number))
}

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).expect("few sides")
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())]
    }

    fn value(&mut self, right: Right) -> Value {
        match right {
            Right::Rank(_, words) | Right::Any(_, words) => Value::text(self.one_of(words)),
            Right::Names(_, words) => Value::set(words.iter().copied().filter(|_| self.one_in(2))),
            Right::Flag(_) => Value::Flag(self.one_in(2)),
        }
    }

    /// Whether a roster leaves a right alone. Bitsight's role has to be there.
    fn leaves(&mut self, right: Right) -> bool {
        self.one_in(3) && right.name() != "role"
    }

    fn asked(&mut self, kind: &Kind) -> BTreeMap<&'static str, Value> {
        let mut asked = BTreeMap::new();
        if let Some((name, words)) = kind.required {
            asked.insert(name, Value::text(self.one_of(words)));
        }
        for right in kind.rights {
            if !self.leaves(*right) {
                asked.insert(right.name(), self.value(*right));
            }
        }
        asked
    }

    fn vendors(&mut self) -> Vec<String> {
        let vendors = KINDS.iter().map(|kind| {
            format!(
                "  {}: {{ {}, unlisted: {}, deactivate: {} }}\n",
                kind.name,
                kind.keys,
                self.one_of(&["report", "deactivate"]),
                self.one_of(&kind.off),
            )
        });
        vendors.collect()
    }

    /// The account that a vendor holds of somebody.
    fn account(&mut self, number: usize, kind: &Kind, asked: Option<&Asks>) -> Account {
        let mut there = account(&address(number, "old"), &format!("id{number}"));
        there.active = !self.one_in(5);
        for right in kind.rights {
            let asked = match asked {
                Some(Asks::Account { attributes, .. }) => attributes.get(right.name()).cloned(),
                _ => None,
            };
            let value = match self.roll(4) {
                0 => Some(self.value(*right)),
                _ => asked,
            };
            there.attributes.insert(right.name(), value);
        }
        if let Some((name, words)) = kind.required {
            there.attributes.insert(name, Some(Value::text(words[0])));
        }
        there
    }

    /// What the changed roster asks of an account of which the base asked `before`.
    fn asks_now(&mut self, kind: &Kind, before: Option<&Asks>) -> Option<Asks> {
        let before = match (before, self.roll(8)) {
            (_, 0) => return None,
            (_, 1) => return Some(Asks::No),
            (Some(Asks::Account { attributes, .. }), _) => attributes.clone(),
            (_, _) => self.asked(kind),
        };
        let mut attributes = before.clone();
        for right in kind.rights {
            match self.roll(6) {
                0 if right.name() != "role" => drop(attributes.remove(right.name())),
                1 => drop(attributes.insert(right.name(), self.value(*right))),
                _ => {}
            }
        }
        Some(Asks::Account {
            id: None,
            attributes,
        })
    }
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut roster = || Roster {
            vendors: dice.vendors(),
            people: BTreeMap::new(),
        };
        let (mut base, mut head) = (roster(), roster());
        let mut vendors: Vec<Current> = KINDS.iter().map(vendor).collect();
        for number in 0..PEOPLE {
            let (old, new) = (address(number, "old"), address(number, "new"));
            let id = || Some(format!("id{number}"));
            let mut before = Person {
                email: old.clone(),
                previous: None,
                active: !dice.one_in(8),
                accounts: BTreeMap::new(),
            };
            let mut now = match dice.roll(6) {
                0 | 1 => Person {
                    email: new,
                    previous: dice.one_in(2).then_some(old),
                    active: true,
                    ..before.clone()
                },
                2 => Person {
                    active: false,
                    ..before.clone()
                },
                _ => before.clone(),
            };
            for (at, kind) in KINDS.iter().enumerate() {
                let asks = match dice.roll(8) {
                    0 => None,
                    1 => Some(Asks::No),
                    _ => Some(Asks::Account {
                        id: dice.one_in(4).then(id).flatten(),
                        attributes: dice.asked(kind),
                    }),
                };
                let there = !dice.one_in(6);
                if there {
                    let there = dice.account(number, kind, asks.as_ref());
                    vendors[at].accounts.push(there);
                }
                let mut asks_now = dice.asks_now(kind, asks.as_ref());
                if let Some(Asks::Account { id: claimed, .. }) = &mut asks_now {
                    *claimed = (there && dice.one_in(3)).then(id).flatten();
                }
                before.accounts.extend(asks.map(|asks| (at, asks)));
                now.accounts.extend(asks_now.map(|asks| (at, asks)));
            }
            if !dice.one_in(6) {
                base.people.insert(number, before);
            }
            if !dice.one_in(6) {
                head.people.insert(number, now);
            }
        }
        Self {
            base,
            head,
            vendors,
        }
    }
}

/// A vendor that was read completely and knows every name.
fn vendor(kind: &Kind) -> Current {
    let mut current = Current {
        own: Own::Nobody,
        ..Current::default()
    };
    for right in kind.rights {
        let (name, words) = match *right {
            Right::Names(name, words) => (name, words),
            Right::Any(name, words) => (name, words),
            Right::Rank(..) | Right::Flag(_) => continue,
        };
        let entries = words.iter().map(|word| Entry {
            id: format!("id of {word}").into(),
            name: (*word).into(),
            admin: kind.admin == (name, word),
        });
        let directory = Directory::new("name", entries.collect());
        current.directories.insert(name, directory);
    }
    current
}

impl Roster {
    /// The roster as somebody writes it.
    pub(super) fn yaml(&self) -> String {
        let mut out = String::from("version: 1\nvendors:\n");
        out.extend(self.vendors.iter().map(String::as_str));
        out.push_str("people:\n");
        if self.people.is_empty() {
            out.truncate(out.len() - 1);
            out.push_str(" []\n");
        }
        for (number, person) in &self.people {
            // Names by which nobody looks like somebody else.
            let _ = write!(
                out,
                "  - email: {}\n    first_name: N{number}\n    last_name: N{number}\n    \
                 active: {}\n",
                person.email, person.active
            );
            if let Some(previous) = &person.previous {
                let _ = writeln!(out, "    previous_emails: [{previous}]");
            }
            if !person.accounts.is_empty() {
                out.push_str("    accounts:\n");
            }
            for (at, asks) in &person.accounts {
                let _ = writeln!(out, "      {}: {}", KINDS[*at].name, asks.yaml());
            }
        }
        out
    }
}

impl Asks {
    fn yaml(&self) -> String {
        let Self::Account { id, attributes } = self else {
            return String::from("false");
        };
        let mut parts: Vec<String> = id.iter().map(|id| format!("id: {id}")).collect();
        for (name, value) in attributes {
            let value = match value {
                Value::Flag(flag) => flag.to_string(),
                Value::Text(text) => text.to_string(),
                Value::Set(items) => format!("[{}]", items.join(", ")),
            };
            parts.push(match name.split_once('.') {
                Some((map, key)) => format!("{map}: {{ {key}: {value} }}"),
                None => format!("{name}: {value}"),
            });
        }
        format!("{{ {} }}", parts.join(", "))
    }
}
