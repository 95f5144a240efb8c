//! A person of the roster.

use std::fmt::Write as _;

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::people::date;
use super::random::Random;
use super::vendor::Vendor;
use super::wish::{Access, Attribute, Wish, key};

/// What the roster says of a person at a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    Nothing,
    Account,
    /// `false`.
    No,
}

/// A person of the roster.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) number: u64,
    /// How often the e-mail changed.
    pub(crate) renamed: u64,
    /// The e-mail has capital letters in the roster.
    pub(crate) capital: bool,
    /// The domain has letters beyond ASCII.
    abroad: bool,
    /// It is written in ASCII all the same.
    pub(crate) puny: bool,
    /// The e-mail is this one and never changes.
    fixed: Option<Box<str>>,
    pub(crate) active: bool,
    pub(crate) listed: bool,
    /// Days of the month.
    pub(crate) starts: Option<u64>,
    pub(crate) ends: Option<u64>,
    pub(crate) admin: bool,
    pub(crate) title: u64,
    pub(crate) groups: [bool; 3],
    at: Vec<Says>,
}

/// A day of the month.
pub(crate) fn day(number: u64) -> Date {
    let first = super::BEGIN.to_zoned(TimeZone::UTC).date();
    let number = i64::try_from(number).unwrap_or(0);
    first.saturating_add(number.days())
}

impl Person {
    pub(crate) fn new(number: u64, vendors: usize, random: &mut Random) -> Self {
        Self {
            number,
            renamed: 0,
            capital: random.chance(15),
            abroad: random.chance(20),
            puny: random.chance(50),
            fixed: None,
            active: random.chance(80),
            listed: true,
            starts: random.chance(10).then(|| random.below(20)),
            ends: random.chance(10).then(|| random.between(5, 35)),
            admin: random.chance(15),
            title: random.below(3),
            groups: [random.chance(50), random.chance(50), random.chance(30)],
            at: (0..vendors).map(|_| says(random, 85)).collect(),
        }
    }

    /// Somebody whose address stays.
    pub(crate) fn fixed(self, email: Box<str>) -> Self {
        Self {
            fixed: Some(email),
            ..self
        }
    }

    pub(crate) fn is_fixed(&self, email: &str) -> bool {
        self.fixed.as_ref().is_some_and(|it| **it == *key(email))
    }

    pub(crate) fn may_be_renamed(&self) -> bool {
        self.fixed.is_none() && self.active && self.listed && self.renamed < 3
    }

    pub(crate) fn edit_at(&mut self, vendor: usize, random: &mut Random) -> Option<Says> {
        let says = says(random, 60);
        *self.at.get_mut(vendor)? = says;
        Some(says)
    }

    fn email(&self, renamed: u64) -> String {
        if let Some(fixed) = &self.fixed {
            return fixed.to_string();
        }
        let domain = match (self.abroad, self.puny) {
            (false, _) => "example.com",
            (true, true) => "xn--bcher-kva.example",
            (true, false) => "bücher.example",
        };
        match renamed {
            0 => format!("person{}@{domain}", self.number),
            times => format!("person{}.{times}@{domain}", self.number),
        }
    }

    /// Whether that is the key of an address that they have or had.
    pub(crate) fn has_had(&self, email: &str) -> bool {
        let mut emails = (0..=self.renamed).map(|times| self.email(times));
        emails.any(|it| *key(&it) == *email)
    }

    /// The address before the last one, if that is its key.
    pub(crate) fn address_before(&self, last: &str) -> Option<Box<str>> {
        let before = self.renamed.checked_sub(1)?;
        (*key(&self.email(self.renamed)) == *last).then(|| self.email(before).into())
    }

    pub(crate) fn write(&self, vendors: &[Vendor], text: &mut String) {
        let mut email = self.email(self.renamed);
        if self.capital {
            email = email.replacen('p', "P", 1).replacen("@e", "@E", 1);
        }
        let (number, title) = (self.number, self.title);
        let _ = write!(
            text,
            "  - email: {email}\n    first_name: First{number}\n    last_name: Last{number}\n    \
             job_title: Title {title}\n    active: {}\n",
            self.active
        );
        for (key, day) in [("starts", self.starts), ("ends", self.last_day())] {
            if let Some(day) = day {
                let _ = writeln!(text, "    {key}: {}", date(day));
            }
        }
        if self.renamed > 0 {
            let earlier: Vec<String> = (0..self.renamed).map(|it| self.email(it)).collect();
            let _ = writeln!(text, "    previous_emails: [{}]", earlier.join(", "));
        }
        let mut accounts: Vec<String> = Vec::new();
        for (vendor, says) in vendors.iter().zip(&self.at) {
            match says {
                Says::Nothing => {}
                Says::No => accounts.push(format!("{}: false", vendor.name)),
                Says::Account => {
                    let mut all = Vec::new();
                    for (name, value) in self.attributes(vendor) {
                        all.push(format!("{name}: {value}"));
                    }
                    accounts.push(format!("{}: {{ {} }}", vendor.name, all.join(", ")));
                }
            }
        }
        let _ = writeln!(text, "    accounts: {{ {} }}", accounts.join(", "));
    }

    /// Nobody ends before the first day.
    fn last_day(&self) -> Option<u64> {
        let first = self.starts.unwrap_or(0);
        self.ends.map(|last| last.max(first))
    }

    fn attributes(&self, vendor: &Vendor) -> Vec<(&'static str, Attribute)> {
        let named = |names: [&'static str; 3]| {
            let mine = names.into_iter().zip(self.groups);
            let mine = mine.filter(|(_, member)| *member);
            Attribute::Names(mine.map(|(name, _)| name).collect())
        };
        let text = |text: &str| Attribute::Text(text.into());
        match vendor.kind {
            "bitsight" => vec![
                (
                    "role",
                    text(if self.admin {
                        "customer_admin"
                    } else {
                        "customer_user"
                    }),
                ),
                (
                    "group",
                    text(if self.groups[0] { "Europe" } else { "Asia" }),
                ),
            ],
            "logicgate" => vec![
                ("tier", text("LIMITED")),
                ("roles", named(["Reader", "Writer", "Auditor"])),
            ],
            "snaplogic" => vec![
                ("groups", named(["Dev", "Ops", "Audit"])),
                ("administrator", Attribute::Flag(self.admin)),
            ],
            "surecloud" => vec![
                ("role", text("CONTRIBUTOR")),
                (
                    "groups",
                    named(["//Risk/Readers", "//Risk/Writers", "//Audit"]),
                ),
            ],
            _ => vec![
                ("department", text(&format!("D{}", self.title))),
                (vendor.groups(), named(["Risk", "Audit", "Board"])),
            ],
        }
    }

    /// What this person should have at a vendor on a day; `None`: the roster says nothing of it.
    pub(crate) fn wish(&self, vendor: usize, settings: &Vendor, today: u64) -> Option<Wish> {
        let access = match self.at.get(vendor)? {
            Says::Nothing => return None,
            _ if !self.active => Access::Left,
            Says::No => Access::Left,
            Says::Account if self.starts.is_some_and(|first| today < first) => Access::NotYet,
            Says::Account if self.last_day().is_some_and(|last| today > last) => Access::Left,
            Says::Account => Access::Granted,
        };
        let emails = (0..=self.renamed).rev();
        Some(Wish {
            emails: emails.map(|it| key(&self.email(it))).collect(),
            access,
            attributes: self.attributes(settings),
        })
    }
}

fn says(random: &mut Random, percent: u64) -> Says {
    match (random.chance(percent), random.chance(60)) {
        (true, _) => Says::Account,
        (false, true) => Says::Nothing,
        (false, false) => Says::No,
    }
}
