//! An export beside the roster: who is new, who changed, who left.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::listed::{Doubtful, Export, ListedPerson};
use super::{ChangedPerson, Comparison};
use crate::import::merge::Edit;
use crate::import::{spanned, yaml};
use crate::model::email::{EmailKey, same_email};
use crate::roster::model::{Missing, PeopleSource, Person, ProfileGrant, Roster, Spanned};

/// Everything of a comparison that is looked up.
struct Known<'r> {
    name: &'r str,
    /// People of this source, by their keys.
    tied: HashMap<&'r str, &'r Person>,
    by_email: HashMap<EmailKey<'r>, &'r Person>,
    by_previous: HashMap<EmailKey<'r>, &'r Person>,
    /// The export's people, by e-mail.
    listed: HashMap<EmailKey<'r>, &'r ListedPerson>,
    keys: HashSet<&'r str>,
    /// Profiles that a value of the source gives.
    given: HashSet<&'r str>,
    /// Whom rows may be about that were left out.
    doubtful: &'r Doubtful,
}

/// Compares an export with a roster.
pub(super) fn compare(
    roster: &Roster,
    name: &str,
    source: &PeopleSource,
    export: Export,
    on: Date,
) -> Comparison {
    let Export {
        people,
        refused,
        doubtful,
    } = export;
    let previous = roster.people.iter().flat_map(|person| {
        let emails = person.previous_emails.iter();
        emails.map(move |email| (EmailKey::of(&email.value), person))
    });
    let tied = roster
        .people
        .iter()
        .filter_map(|it| Some((key(it, name)?, it)));
    let known = Known {
        name,
        tied: tied.collect(),
        by_email: roster
            .people
            .iter()
            .map(|it| (EmailKey::of(&it.email.value), it))
            .collect(),
        by_previous: previous.collect(),
        listed: people
            .iter()
            .map(|it| (EmailKey::of(&it.email), it))
            .collect(),
        keys: people.iter().map(|it| &*it.key).collect(),
        given: source
            .profiles
            .iter()
            .flat_map(|column| column.values.values().flatten())
            .map(|it| &*it.value)
            .collect(),
        doubtful: &doubtful,
    };
    let mut found = Comparison {
        left_out: refused,
        active: known.tied.values().filter(|it| !has_left(it)).count(),
        ..Comparison::default()
    };
    let mut met: HashSet<EmailKey<'_>> = HashSet::new();
    for listed in &people {
        match known.person(listed) {
            Ok(Some(person)) => {
                met.insert(EmailKey::of(&person.email.value));
                let mut change = Change::of(person);
                known.changes(person, listed, &mut change);
                change.add_to(&mut found);
            }
            Ok(None) if is_there(listed, on) => found.new.push(known.new_person(listed)),
            Ok(None) => {}
            Err(why) => found.left_out.push(format!("{}: {why}", listed.email)),
        }
    }
    if source.missing == Missing::Leaver {
        for (key, person) in &known.tied {
            let email = EmailKey::of(&person.email.value);
            let doubted = doubtful.keys.contains(*key) || doubtful.emails.contains(&email);
            let there = met.contains(&email) || known.keys.contains(key) || doubted;
            if !there && !has_left(person) {
                let mut change = Change::of(person);
                change.leave("no longer listed");
                change.add_to(&mut found);
            }
        }
    }
    found.changed.sort_by(|a, b| a.email.cmp(&b.email));
    found.lost.sort();
    found
}

impl<'r> Known<'r> {
    /// Whose row that is; `None`: somebody new.
    ///
    /// # Errors
    /// Why somebody has to look at it, in one clause.
    fn person(&self, listed: &ListedPerson) -> Result<Option<&'r Person>, String> {
        let email = EmailKey::of(&listed.email);
        let holder = self.by_email.get(&email).copied();
        let held_key = holder.and_then(|person| key(person, self.name));
        let in_doubt = self.doubtful.emails.contains(&email)
            || [Some(&*listed.key), held_key]
                .into_iter()
                .flatten()
                .any(|key| self.doubtful.keys.contains(key));
        if in_doubt {
            return Err(String::from(
                "another row that may be about the same person was left out: put that one right first",
            ));
        }
        if let Some(person) = self.tied.get(&*listed.key).copied() {
            if same_email(&person.email.value, &listed.email) {
                return Ok(Some(person));
            }
            if let Some(other) = holder {
                return Err(format!(
                    "{} has this e-mail now and the roster lists it for somebody else ({}): change \
                     that by hand",
                    listed.key, other.email.value
                ));
            }
            // Accounts go by e-mail: whoever got the old one would get the accounts.
            let old = EmailKey::of(&person.email.value);
            if let Some(heir) = self.listed.get(&old) {
                return Err(format!(
                    "its old e-mail {} is now that of {}: change that by hand",
                    person.email.value, heir.key
                ));
            }
            return Ok(Some(person));
        }
        if let Some(person) = holder {
            return match held_key {
                Some(other) if self.keys.contains(other) => Err(format!(
                    "the roster has this e-mail with the key {other}, which is listed with another \
                     e-mail: change that by hand"
                )),
                Some(_) | None => Ok(Some(person)),
            };
        }
        match self.by_previous.get(&email) {
            Some(person) => Err(format!(
                "this was the e-mail of {}: if it is somebody else's now, take it out of \
                 `previous_emails` first",
                person.email.value
            )),
            None => Ok(None),
        }
    }

    /// What a row says otherwise than the roster.
    fn changes(&self, person: &Person, listed: &ListedPerson, change: &mut Change<'_>) {
        if key(person, self.name) != Some(&*listed.key) {
            let path = vec!["source".into(), self.name.into()];
            change.set(path, yaml::scalar(&listed.key).into_owned());
            change
                .told
                .push(format!("is {} of {}", listed.key, self.name));
        }
        if !same_email(&person.email.value, &listed.email) {
            change.set_key("email", yaml::scalar(&listed.email).into_owned());
            change.edits.push(Edit::List {
                key: "previous_emails",
                take: Vec::new(),
                add: vec![person.email.value.clone()],
            });
            change.told.push(format!("renamed to {}", listed.email));
        }
        for (field, wanted) in &listed.texts {
            let before = text_field(person, field);
            let wanted = wanted.as_deref();
            change.field(field, before, wanted, |text| {
                yaml::scalar(text).into_owned()
            });
        }
        for (field, wanted) in &listed.days {
            let before = match *field {
                "starts" => &person.starts,
                _ => &person.ends,
            };
            let before = before.as_ref().map(|it| it.value.to_string());
            let wanted = wanted.map(|it| it.to_string());
            change.field(field, before.as_deref(), wanted.as_deref(), str::to_owned);
        }
        match (listed.active, has_left(person)) {
            (false, false) => change.leave("not active"),
            (true, true) => {
                change.set_key("active", String::from("true"));
                change.told.push(String::from("is back"));
            }
            _ => {}
        }
        if let Some(wanted) = &listed.profiles {
            let has: BTreeSet<&str> = own_profiles(person).map(|it| &*it.name).collect();
            let plain = own_profiles(person).filter(|it| it.days.is_none());
            let given = |name: &str| self.given.contains(name);
            let goes = plain.filter(|it| given(&it.name) && !wanted.contains(&*it.name));
            let take: Vec<Box<str>> = goes.map(|it| Box::from(&*it.name)).collect();
            let comes = wanted.iter().filter(|it| !has.contains(&***it));
            let add: Vec<Box<str>> = comes.cloned().collect();
            let signs = [("-", &take), ("+", &add)];
            let signs = signs
                .iter()
                .flat_map(|(sign, list)| list.iter().map(move |it| format!("{sign}{it}")));
            let told: Vec<String> = signs.collect();
            if !told.is_empty() {
                change.told.push(format!("profiles {}", told.join(" ")));
                let key = "profiles";
                change.edits.push(Edit::List { key, take, add });
            }
        }
    }

    fn new_person(&self, listed: &ListedPerson) -> Person {
        let mut person = Person::new(spanned((*listed.email).into()));
        let key = spanned(listed.key.clone());
        person.source = Box::new([(Arc::from(self.name), key)]);
        for (field, text) in &listed.texts {
            let text = text.as_deref().map(|text| spanned(Arc::from(text)));
            match *field {
                "first_name" => person.first_name = text,
                "last_name" => person.last_name = text,
                "job_title" => person.job_title = text,
                _ => person.company = text,
            }
        }
        for (field, day) in &listed.days {
            let day = day.map(|day| Box::new(spanned(day)));
            match *field {
                "starts" => person.starts = day,
                _ => person.ends = day,
            }
        }
        let profiles = listed.profiles.iter().flatten();
        person.profiles = profiles.map(|name| ProfileGrant::own(name)).collect();
        person
    }
}

/// What changes of one person.
struct Change<'r> {
    person: &'r Person,
    edits: Vec<Edit>,
    told: Vec<String>,
    leaves: bool,
}

impl<'r> Change<'r> {
    fn of(person: &'r Person) -> Self {
        Self {
            person,
            edits: Vec::new(),
            told: Vec::new(),
            leaves: false,
        }
    }

    fn set(&mut self, path: Vec<Box<str>>, value: String) {
        self.edits.push(Edit::Set(path, value));
    }

    fn set_key(&mut self, key: &str, value: String) {
        self.set(vec![key.into()], value);
    }

    /// A value that a column decides; an empty cell takes it out.
    fn field(
        &mut self,
        field: &'static str,
        before: Option<&str>,
        wanted: Option<&str>,
        write: impl Fn(&str) -> String,
    ) {
        if before == wanted {
            return;
        }
        match wanted {
            Some(wanted) => self.set_key(field, write(wanted)),
            None => self.edits.push(Edit::Remove(field)),
        }
        let told = |it: Option<&str>| it.unwrap_or("(none)").to_owned();
        self.told
            .push(format!("{field} {} → {}", told(before), told(wanted)));
    }

    fn leave(&mut self, why: &str) {
        self.set_key("active", String::from("false"));
        self.told.push(format!("left: {why}"));
        self.leaves = true;
    }

    fn add_to(self, found: &mut Comparison) {
        if self.leaves {
            found.lost.push(self.person.email.value.clone());
        }
        if !self.edits.is_empty() {
            found.changed.push(ChangedPerson {
                email: self.person.email.value.clone(),
                file: self.person.span.file(),
                told: self.told,
                edits: self.edits,
            });
        }
    }
}

fn key<'r>(person: &'r Person, source: &str) -> Option<&'r str> {
    let mut keys = person.source.iter();
    keys.find(|(name, _)| **name == *source)
        .map(|(_, key)| &*key.value)
}

fn has_left(person: &Person) -> bool {
    person.active.as_ref().is_some_and(|active| !active.value)
}

/// Whether somebody new is worth an entry.
fn is_there(listed: &ListedPerson, on: Date) -> bool {
    let mut ends = listed.days.iter().filter(|(field, _)| *field == "ends");
    listed.active && !ends.any(|(_, day)| day.is_some_and(|day| day < on))
}

fn own_profiles(person: &Person) -> impl Iterator<Item = &ProfileGrant> {
    person.profiles.iter().filter(|it| it.team.is_none())
}

fn text_field<'r>(person: &'r Person, field: &str) -> Option<&'r str> {
    let field: &Option<Spanned<Arc<str>>> = match field {
        "first_name" => &person.first_name,
        "last_name" => &person.last_name,
        "job_title" => &person.job_title,
        _ => &person.company,
    };
    field.as_ref().map(|it| &*it.value)
}
