//! All files of a roster as one (rule 9), and names that only the whole roster can settle.

use std::cell::{LazyCell, OnceCell};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use memchr::memmem;

use super::accounts::{self, Holder};
use super::assertions;
use super::blocks;
use super::emails;
use super::logins;
use super::model::{
    AccountEntry, Assertion, PeopleSource, Person, Profile, Released, Roster, Spanned, StatePlace,
    Team, VendorSettings,
};
use super::people::{self, RawAccounts, Vendors};
use super::profiles::{self, RawProfile};
use super::released;
use super::sources;
use super::suggest::suggest_of;
use super::teams::{self, Finder};
use super::texts::Texts;
use super::values::{self, Problems};
use super::yaml::{Kind, Name, Node};
use super::{Catalog, vendors};
use crate::model::email::EmailPattern;
use crate::model::nearest::Names;
use crate::model::off::Grace;
use crate::model::spec::VendorSpec;
use crate::roster::diagnostic::{Code, Diagnostic, FileId, Span};

/// The roster while its files are read.
pub(super) struct RosterDraft<'a> {
    catalog: Catalog<'a>,
    vendors: BTreeMap<Box<str>, VendorDraft>,
    /// Their names, once one was named that is not there: by then all were met.
    vendor_names: OnceCell<Names>,
    profiles: BTreeMap<Box<str>, RawProfile<'a>>,
    teams: BTreeMap<Arc<str>, Team>,
    /// With where they stand, also those that are wrong: they are not unknown.
    sources: BTreeMap<Arc<str>, (Span, Option<PeopleSource>)>,
    people: Vec<Person>,
    /// Top-level `accounts:` of all files, by e-mail.
    blocks: Vec<(Spanned<Box<str>>, RawAccounts<'a>)>,
    /// Accounts at vendors that were not met yet, by place in `people`.
    waiting: Vec<(usize, Name<'a>, Node<'a>)>,
    state: Option<(Span, StatePlace)>,
    /// `keep`, and where it stands.
    keep: Option<(Span, Grace)>,
    /// Top-level `protect:` of all files.
    protect: Vec<EmailPattern>,
    /// `assert:` of all files.
    assertions: Vec<Assertion>,
    /// `released:` of all files.
    released: Vec<Released>,
    hidden: Vec<(FileId, RangeInclusive<u32>)>,
    /// What people share.
    pub(super) texts: Texts,
    /// What was wrong so far.
    pub(super) problems: Problems,
    /// Set when something was not read to its end: then a name that is not known may well exist.
    pub(super) partial: bool,
}

/// A vendor that was met, even if its settings or its kind are wrong: it is not unknown.
struct VendorDraft {
    span: Span,
    spec: Option<&'static VendorSpec>,
    settings: Option<VendorSettings>,
}

/// The merged roster, and what was found on the way.
pub(super) struct Merged {
    pub(super) roster: Roster,
    pub(super) problems: Problems,
    pub(super) hidden: Vec<(FileId, RangeInclusive<u32>)>,
}

impl<'a> RosterDraft<'a> {
    /// An empty roster.
    pub(super) fn new(catalog: Catalog<'a>) -> Self {
        Self {
            catalog,
            vendors: BTreeMap::new(),
            vendor_names: OnceCell::new(),
            profiles: BTreeMap::new(),
            teams: BTreeMap::new(),
            sources: BTreeMap::new(),
            people: Vec::new(),
            blocks: Vec::new(),
            waiting: Vec::new(),
            state: None,
            keep: None,
            protect: Vec::new(),
            assertions: Vec::new(),
            released: Vec::new(),
            hidden: Vec::new(),
            texts: Texts::default(),
            problems: Problems::default(),
            partial: false,
        }
    }

    /// Keeps lines out of every excerpt.
    pub(super) fn hide(&mut self, file: FileId, lines: RangeInclusive<u32>) {
        self.hidden.push((file, lines));
    }

    /// Top-level `state:`.
    pub(super) fn state(&mut self, node: &Node<'_>, folder: &Path) {
        let Some(text) = values::name(node, "state", &mut self.problems) else {
            return;
        };
        let place = match StatePlace::parse(&text.value, folder) {
            Ok(place) => place,
            Err(why) => {
                // Somebody may have put a key in front of the bucket.
                self.hide(text.span.file(), text.span.line()..=text.span.line());
                let problem = Diagnostic::error(Code::State, text.span, why);
                self.problems.push(problem);
                return;
            }
        };
        match &mut self.state {
            None => self.state = Some((text.span, place)),
            Some((first, _)) => {
                let problem = defined_twice("`state`", first, text.span);
                self.problems.push(problem);
            }
        }
    }

    /// Top-level `keep:`.
    pub(super) fn keep(&mut self, node: &Node<'_>) {
        let Some(days) = values::days(node, "keep", &mut self.problems) else {
            return;
        };
        match &mut self.keep {
            None => self.keep = Some((node.span, days)),
            Some((first, _)) => {
                let problem = defined_twice("`keep`", first, node.span);
                self.problems.push(problem);
            }
        }
    }

    /// Top-level `protect:`; those of several files add up.
    pub(super) fn protect(&mut self, node: &Node<'_>) {
        let patterns = vendors::protect(node, false, &mut self.problems);
        self.protect.extend(patterns);
    }

    /// `assert:`; those of several files add up.
    pub(super) fn assertions(&mut self, node: &Node<'_>) {
        let items = values::list(node, "assert", &mut self.problems).unwrap_or_default();
        for item in items {
            let read = assertions::assertion(item, &mut self.problems);
            self.assertions.extend(read);
        }
    }

    /// `released:`; those of several files add up.
    pub(super) fn released(&mut self, node: &Node<'_>) {
        let items = values::list(node, "released", &mut self.problems).unwrap_or_default();
        for item in items {
            let read = released::entry(item, &mut self.problems);
            self.released.extend(read);
        }
    }

    /// One entry under `vendors`.
    pub(super) fn vendor(&mut self, name: Name<'a>, node: Node<'a>, folder: &Path) {
        let kind = vendors::kind(&name, &node, self.catalog, folder, &mut self.problems);
        let spec = kind.as_ref().map(|kind| kind.spec);
        self.hide_secrets(&node, spec);
        let settings = kind.and_then(|kind| {
            vendors::vendor(
                &name,
                &node,
                kind,
                self.catalog.certify,
                folder,
                &mut self.problems,
            )
        });
        if let Some(first) = self.vendors.get_mut(name.text.as_ref()) {
            let what = format!("the vendor `{}`", name.text);
            let problem = defined_twice(&what, &mut first.span, name.span);
            self.problems.push(problem);
            return;
        }
        self.vendors.insert(
            name.text.into(),
            VendorDraft {
                span: name.span,
                spec,
                settings,
            },
        );
    }

    /// Rule 7, for text that the look at bare letters cannot recognise (`"\x61uth"`).
    fn hide_secrets(&mut self, vendor: &Node<'_>, spec: Option<&'static VendorSpec>) {
        let Kind::Map(entries) = &vendor.kind else {
            return;
        };
        for (key, value) in entries {
            if vendors::may_be_secret(key, value, spec) {
                self.hide(key.span.file(), key.span.line()..=value.last_line);
                self.hide_copies(value);
            }
        }
    }

    /// What an alias brought under `auth` stands elsewhere in the file.
    fn hide_copies(&mut self, node: &Node<'_>) {
        if let Some((first, last)) = node.copied_from {
            self.hide(node.span.file(), first..=last);
        }
        match &node.kind {
            Kind::Map(entries) => {
                for (_, value) in entries {
                    self.hide_copies(value);
                }
            }
            Kind::List(items) => {
                for item in items {
                    self.hide_copies(item);
                }
            }
            Kind::Scalar { .. } | Kind::Broken => {}
        }
    }

    /// One entry under `profiles`.
    pub(super) fn profile(&mut self, name: Name<'a>, node: Node<'a>) {
        if let Some(first) = self.profiles.get_mut(name.text.as_ref()) {
            let what = format!("the profile `{}`", name.text);
            let problem = defined_twice(&what, &mut first.span, name.span);
            self.problems.push(problem);
            return;
        }
        let profile = profiles::profile(&name, node, &mut self.texts, &mut self.problems);
        self.profiles.insert(name.text.into(), profile);
    }

    /// One entry under `teams`.
    pub(super) fn team(&mut self, name: Name<'a>, node: Node<'a>) {
        let team = teams::team(&name, &node, &mut self.texts, &mut self.problems);
        if let Some(first) = self.teams.get_mut(name.text.as_ref()) {
            let what = format!("the team `{}`", name.text);
            let problem = defined_twice(&what, &mut first.span, name.span);
            self.problems.push(problem);
            return;
        }
        self.teams.insert(self.texts.share(&name.text), team);
    }

    /// One entry under `sources`.
    pub(super) fn source(&mut self, name: &Name<'a>, node: &Node<'a>, folder: &Path) {
        let read = sources::source(name, node, folder, &mut self.texts, &mut self.problems);
        if let Some((first, _)) = self.sources.get_mut(name.text.as_ref()) {
            let what = format!("the source `{}`", name.text);
            let problem = defined_twice(&what, first, name.span);
            self.problems.push(problem);
            return;
        }
        let name_of = self.texts.share(&name.text);
        self.sources.insert(name_of, (name.span, read));
    }

    /// One entry under the top-level `accounts`.
    pub(super) fn block(&mut self, name: Name<'a>, node: Node<'a>) {
        let Some(email) = values::email_key(&name, &mut self.problems) else {
            return;
        };
        match node.kind {
            Kind::Map(entries) => self.blocks.push((email, entries)),
            Kind::Scalar { .. } | Kind::List(_) | Kind::Broken => {
                values::map(&node, &name.text, &mut self.problems);
            }
        }
    }

    /// Makes room for the people of a file, so that a long list is not moved while it grows.
    pub(super) fn expect_people(&mut self, text: &str) {
        let emails = memmem::find_iter(text.as_bytes(), b"email:").count();
        // A person takes at least `- email: a@b.io`; other words may hold the key too.
        self.people.reserve(emails.min(text.len() / 16));
    }

    /// One entry under `people`.
    pub(super) fn person(&mut self, node: Node<'a>) {
        let vendors = Vendors {
            catalog: self.catalog.kinds,
            has: &|name| self.vendors.contains_key(name),
            having: &|attribute| {
                let has =
                    |it: &VendorDraft| it.spec.is_some_and(|it| it.attribute(attribute).is_some());
                let having = self.vendors.iter().filter(|(_, it)| has(it));
                having.map(|(name, _)| &**name).collect()
            },
        };
        let read = people::person(node, &vendors, &mut self.texts, &mut self.problems);
        let Some((mut person, accounts)) = read else {
            return;
        };
        let mut read = Vec::with_capacity(accounts.len());
        for (name, node) in accounts {
            let Some(vendor) = self.vendors.get(name.text.as_ref()) else {
                self.waiting.push((self.people.len(), name, node));
                continue;
            };
            let Some(spec) = vendor.spec else { continue };
            let entry = accounts::account(&name, &node, spec, Holder::Person, &mut self.problems);
            read.extend(entry.map(|entry| (self.texts.share(&name.text), entry)));
        }
        person.accounts = read.into_iter().collect();
        self.people.push(person);
    }

    /// Settles what had to wait for the last file.
    pub(super) fn finish(mut self) -> Merged {
        let waiting = std::mem::take(&mut self.waiting);
        for of_one in waiting.chunk_by(|one, next| one.0 == next.0) {
            let mut read = Vec::with_capacity(of_one.len());
            for (_, name, node) in of_one {
                let entry = self.account(name, node, Holder::Person);
                read.extend(entry.map(|entry| (self.texts.share(&name.text), entry)));
            }
            if let Some(person) = self.people.get_mut(of_one[0].0) {
                person.accounts.extend(read);
            }
        }
        let mut profiles = BTreeMap::new();
        let (mut everyone, mut includes) = (Vec::new(), BTreeMap::new());
        for (name, raw) in std::mem::take(&mut self.profiles) {
            let mut read = Vec::with_capacity(raw.accounts.len());
            for (vendor, node) in raw.accounts {
                let entry = self.account(&vendor, &node, Holder::Profile);
                read.extend(entry.map(|entry| (self.texts.share(&vendor.text), entry)));
            }
            let profile = Profile {
                span: raw.span,
                accounts: read.into_iter().collect(),
                included: Box::default(),
            };
            if raw.everyone {
                everyone.push(name.clone());
            }
            if !raw.includes.is_empty() {
                includes.insert(name.clone(), raw.includes);
            }
            profiles.insert(name, profile);
        }
        profiles::nest(&mut profiles, &includes, self.partial, &mut self.problems);
        if !self.partial {
            self.unknown_profiles(&profiles);
            sources::check(&self.sources, &profiles, &self.people, &mut self.problems);
        }
        if !self.partial {
            let known = self.vendors.iter();
            let known = known
                .map(|(name, vendor)| (&**name, vendor.settings.as_ref()))
                .collect();
            assertions::check_names(&self.assertions, &known, &mut self.problems);
            logins::unknown_vendors(&self.people, &known, &mut self.problems);
        }
        self.assertions.sort_by_key(|assertion| assertion.span);
        self.released.sort_by_key(|released| released.email.span);
        emails::sort(&mut self.people, &mut self.problems);
        self.add_blocks();
        teams::give(
            &self.teams,
            &mut self.people,
            self.partial,
            &mut self.problems,
        );
        teams::bound_days(&mut self.people, &mut self.problems);
        let protect = self.protect;
        let roster = Roster {
            vendors: self
                .vendors
                .into_iter()
                .filter_map(|(name, vendor)| {
                    let mut settings = vendor.settings?;
                    settings.protect.extend(protect.iter().cloned());
                    Some((name, settings))
                })
                .collect(),
            profiles,
            everyone,
            teams: self.teams,
            sources: self
                .sources
                .into_iter()
                .filter_map(|(name, (_, source))| Some((name, source?)))
                .collect(),
            people: self.people,
            state: self.state.map(|(_, place)| place),
            keep: self.keep.map(|(_, days)| days),
            assertions: self.assertions,
            released: self.released,
            files: Vec::new(),
        };
        Merged {
            roster,
            problems: self.problems,
            hidden: self.hidden,
        }
    }

    /// Adds the top-level `accounts` to those of the people, who are sorted by e-mail.
    fn add_blocks(&mut self) {
        let blocks = std::mem::take(&mut self.blocks);
        let places: Vec<Option<usize>> = {
            let finder = Finder::new(&self.people);
            let find = blocks.iter().map(|(email, _)| {
                let found = finder.find(&email.value);
                if found.is_none() && !self.partial {
                    self.problems.push(finder.unknown(email));
                }
                found
            });
            find.collect()
        };
        let mut said: BTreeMap<(usize, Box<str>), Vec<Spanned<AccountEntry>>> = BTreeMap::new();
        for ((_, accounts), place) in blocks.into_iter().zip(places) {
            for (vendor, node) in accounts {
                let entry = self.account(&vendor, &node, Holder::Person);
                if let (Some(entry), Some(at)) = (entry, place) {
                    let of_account = said.entry((at, Box::from(&*vendor.text)));
                    of_account.or_default().push(entry);
                }
            }
        }
        for ((at, vendor), entries) in said {
            blocks::unite(&mut self.people[at], &vendor, entries, &mut self.problems);
        }
    }

    /// Rule 10: profiles that people and teams name have to exist.
    fn unknown_profiles(&mut self, profiles: &BTreeMap<Box<str>, Profile>) {
        let known = LazyCell::new(|| Names::new(profiles.keys().map(AsRef::as_ref)));
        let people = self.people.iter().flat_map(|person| &person.profiles);
        let of_teams = self.teams.values().flat_map(|team| {
            let members = team.members.iter().flat_map(|member| &member.profiles);
            team.profiles.iter().chain(members)
        });
        for grant in people.chain(of_teams) {
            if !profiles.contains_key(&*grant.name) {
                let problem = profiles::unknown(&grant.name, grant.span, &known);
                self.problems.push(problem);
            }
        }
    }

    /// Reads an account now that every vendor is known.
    fn account(
        &mut self,
        name: &Name<'_>,
        node: &Node<'_>,
        holder: Holder,
    ) -> Option<Spanned<super::model::AccountEntry>> {
        match self.vendors.get(name.text.as_ref()) {
            Some(vendor) => accounts::account(name, node, vendor.spec?, holder, &mut self.problems),
            None => {
                if !self.partial {
                    let names = || Names::new(self.vendors.keys().map(AsRef::as_ref));
                    let help = if self.vendors.is_empty() {
                        String::from("name it under `vendors` first")
                    } else {
                        suggest_of(&name.text, self.vendor_names.get_or_init(names))
                    };
                    self.problems.push(
                        Diagnostic::error(
                            Code::UnknownVendor,
                            name.span,
                            format!("there is no vendor `{}` in this roster", name.text),
                        )
                        .help(help),
                    );
                }
                None
            }
        }
    }
}

/// The problem of a second definition: the second by place, whichever was read first.
fn defined_twice(what: &str, first: &mut Span, other: Span) -> Diagnostic {
    let again = other.max(*first);
    *first = other.min(*first);
    Diagnostic::error(
        Code::DefinedTwice,
        again,
        format!("{what} is defined for the second time"),
    )
    .label("again")
    .related(*first, "first here")
    .help("files of one roster add up: keep one of the two")
}
