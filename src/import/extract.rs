//! What many people share goes into profiles: per vendor the most frequent sets of attributes, and
//! one profile for several vendors where the same people share them.
//!
//! Somebody gets at most one new profile per vendor, and only one whose every value is theirs, so
//! profiles never disagree and lists only add up to what the account has.

use std::collections::BTreeMap;

use super::imported::{ImportedAccount, entries};
use super::label::{is_setting, label, unique};
use super::rarest::{Part, Rarest, parts, parts_of};
use super::{Seated, Verdicts, below, spanned};
use crate::model::spec::{AttributeKind, AttributeSpec, Mode, Required, Rights, VendorSpec};
use crate::model::value::{Attributes, Value, beyond};
use crate::roster::diagnostic::Span;
use crate::roster::model::{
    AccountEntry, Accounts, AttributeEntry, Profile, ProfileGrant, Roster, VendorSettings,
};

/// People that a profile is made for at least; for fewer it hides more than it tells.
const FEWEST: usize = 3;

/// A shared set of attributes in a form that can be sorted.
type Shape = Vec<(String, Value)>;

/// A profile in the making, for one vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    attributes: Attributes,
    /// Places of people, sorted.
    members: Vec<usize>,
}

/// Gives people the profiles that the roster has already, where every value of them is theirs.
pub(super) fn reuse(people: &mut [Seated<'_>], scratch: &Roster, verdicts: &Verdicts) {
    let weight = |profile: &Profile| -> usize {
        let accounts = profile.accounts.iter();
        accounts
            .map(|(_, entry)| attributes_of(&entry.value).len())
            .sum()
    };
    let mut known: Vec<(&Box<str>, &Profile)> = scratch.profiles.iter().collect();
    known.retain(|(_, profile)| weight(profile) > 0);
    // The one that says most first; of equal ones the first by name.
    known.sort_by_key(|(_, profile)| std::cmp::Reverse(weight(profile)));
    let said: Vec<_> = known
        .iter()
        .map(|(_, profile)| said(profile, scratch))
        .collect();
    let rarest = Rarest::new(&said);
    for person in people
        .iter_mut()
        .filter(|it| may_have_profiles(it, verdicts))
    {
        let seats = person.seats.iter();
        let parts = seats.flat_map(|(vendor, seat)| {
            parts_of(&seat.kept).map(move |(name, part)| (&**vendor, name, part))
        });
        for (name, profile) in rarest.among(parts).into_iter().map(|at| known[at]) {
            if !suits(person, profile) || !adds(person, profile, scratch) {
                continue;
            }
            let mut tried = person.person.clone();
            tried.profiles.push(ProfileGrant::own(name));
            if person.fits(scratch, &tried) {
                person.person = tried;
            }
        }
    }
}

/// Makes profiles of what is left, adds them to the roster and gives them to people.
pub(super) fn extract_profiles(
    people: &mut [Seated<'_>],
    scratch: &mut Roster,
    verdicts: &Verdicts,
) {
    let rest = rest(people, scratch, verdicts);
    let mut shared: BTreeMap<Vec<usize>, BTreeMap<Box<str>, Attributes>> = BTreeMap::new();
    for (vendor, accounts) in &rest {
        let Some(settings) = scratch.vendors.get(vendor) else {
            continue;
        };
        for Candidate {
            attributes,
            members,
        } in candidates(settings.spec, accounts)
        {
            // Whom two vendors share gets one profile for both.
            let vendors = shared.entry(members).or_default();
            vendors.insert(vendor.clone(), attributes);
        }
    }
    let mut shared: Vec<_> = shared.into_iter().collect();
    shared.sort_by_key(|(members, _)| (std::cmp::Reverse(members.len()), members.clone()));
    let kept: Vec<usize> = people.iter().map(|it| it.person.profiles.len()).collect();
    for (members, mut vendors) in shared {
        name_plain_accounts(&members, &mut vendors, &rest);
        let title = shared_title(people, &members);
        let name = label(&vendors, &scratch.vendors, title);
        let name = unique(name, |name| scratch.profiles.contains_key(name));
        let profile = profile(&vendors, &scratch.vendors);
        scratch.profiles.insert(name.clone(), profile);
        for place in members {
            people[place].person.profiles.push(ProfileGrant::own(&name));
        }
    }
    for (person, kept) in people.iter_mut().zip(kept) {
        person.person.profiles[kept..].sort_by(|a, b| a.name.cmp(&b.name));
        if !person.fits(scratch, &person.person) {
            person.person.profiles.truncate(kept);
        }
    }
}

fn may_have_profiles(person: &Seated<'_>, verdicts: &Verdicts) -> bool {
    person.is_active() && !verdicts.plain.contains(&person.key())
}

/// What a profile says of accounts that are there, part by part.
fn said<'r>(profile: &'r Profile, scratch: &'r Roster) -> Vec<(&'r str, &'r str, Part<'r>)> {
    let mut said = Vec::new();
    for (vendor, entry) in profile.accounts.iter() {
        let spec = scratch.vendors.get(vendor).map(|it| it.spec);
        for it in attributes_of(&entry.value) {
            let mode = spec
                .and_then(|spec| spec.attribute(&it.name))
                .map(|it| it.mode);
            if mode != Some(Mode::CreateOnly) {
                said.extend(parts(&it.value).map(|part| (vendor, &*it.name, part)));
            }
        }
    }
    said
}

/// Whether every value of the profile is the person's.
fn suits(person: &Seated<'_>, profile: &Profile) -> bool {
    profile.accounts.iter().all(|(vendor, entry)| {
        let AccountEntry::Settings { id: _, attributes } = &entry.value else {
            return false;
        };
        person.seats.get(vendor).is_some_and(|seat| {
            attributes.iter().all(|it| {
                let mode = seat.settings.spec.attribute(&it.name).map(|it| it.mode);
                mode == Some(Mode::CreateOnly) || has(&seat.kept, &it.name, &it.value)
            })
        })
    })
}

/// Whether the profile says something that the layers so far do not.
fn adds(person: &Seated<'_>, profile: &Profile, scratch: &Roster) -> bool {
    profile.accounts.iter().any(|(vendor, entry)| {
        let below = below(scratch, &person.person, vendor);
        let mut attributes = attributes_of(&entry.value).iter();
        attributes.any(|it| !has(&below, &it.name, &it.value))
    })
}

/// Whether the attributes give this value; a list gives each part of it, and only the empty one
/// gives an empty list.
fn has(attributes: &Attributes, name: &str, value: &Value) -> bool {
    match (attributes.get(name), value) {
        (Some(Value::Set(have)), Value::Set(want)) if !want.is_empty() => {
            beyond(want, have).next().is_none()
        }
        (have, want) => have == Some(want),
    }
}

fn attributes_of(entry: &AccountEntry) -> &[AttributeEntry] {
    match entry {
        AccountEntry::No => &[],
        AccountEntry::Settings { id: _, attributes } => attributes,
    }
}

/// What has to be written, by vendor and place of the person.
type Rest = BTreeMap<Box<str>, BTreeMap<usize, Attributes>>;

/// What the layers so far do not give, at vendors that no profile names yet.
fn rest(people: &[Seated<'_>], scratch: &Roster, verdicts: &Verdicts) -> Rest {
    let mut rest = Rest::new();
    for (place, person) in people.iter().enumerate() {
        if !may_have_profiles(person, verdicts) {
            continue;
        }
        for (vendor, seat) in &person.seats {
            let mut profiles = person.person.profiles.iter();
            let named = profiles.any(|name| {
                let profile = scratch.profiles.get(&*name.name);
                profile.is_some_and(|it| it.accounts.get(vendor).is_some())
            });
            if !named && let Ok(written) = written(seat, scratch, person) {
                rest.entry(vendor.clone())
                    .or_default()
                    .insert(place, written);
            }
        }
    }
    rest
}

fn written(
    seat: &ImportedAccount<'_>,
    scratch: &Roster,
    person: &Seated<'_>,
) -> Result<Attributes, Vec<String>> {
    seat.to_write(&below(scratch, &person.person, &seat.settings.name))
}

/// The profiles of one vendor: sets of everything that is no free text first, then, of those who
/// are left, sets of what carries rights; who is left then joins a set that is wholly theirs.
fn candidates(spec: &VendorSpec, accounts: &BTreeMap<usize, Attributes>) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut left: Vec<usize> = accounts.keys().copied().collect();
    for counts in [is_setting, is_right] {
        let mut groups: BTreeMap<Shape, Vec<usize>> = BTreeMap::new();
        for place in std::mem::take(&mut left) {
            let shape = shape(spec, &accounts[&place], counts);
            groups.entry(shape).or_default().push(place);
        }
        for (shape, members) in groups {
            // Nothing but empty lists is nothing that people have in common.
            let says = shape.iter().any(|(_, value)| !value.is_empty());
            if !says || members.len() < FEWEST {
                left.extend(members);
            } else {
                let attributes = common(spec, &members, accounts);
                candidates.push(Candidate {
                    attributes,
                    members,
                });
            }
        }
        left.sort_unstable();
    }
    candidates.sort_by_key(|it| (std::cmp::Reverse(it.attributes.len()), it.members.clone()));
    let said: Vec<Vec<_>> = candidates
        .iter()
        .map(|it| parts_of(&it.attributes).collect())
        .collect();
    let rarest = Rarest::new(&said);
    let joins: Vec<(usize, usize)> = left
        .into_iter()
        .filter_map(|place| {
            let written = &accounts[&place];
            let mut among = rarest.among(parts_of(written)).into_iter();
            let theirs = among.find(|at| {
                let it = &candidates[*at].attributes;
                let whole = it.len() > 1 || it.len() == written.len();
                whole && it.iter().all(|(name, value)| has(written, name, value))
            });
            Some((theirs?, place))
        })
        .collect();
    for (at, place) in joins {
        candidates[at].members.push(place);
    }
    for candidate in &mut candidates {
        candidate.members.sort_unstable();
    }
    candidates
}

/// What says who somebody is at a vendor: role, tier, group.
fn is_right(spec: &AttributeSpec) -> bool {
    let switch = matches!(spec.kind, AttributeKind::Flag | AttributeKind::FlagMap);
    is_setting(spec) && !switch && (spec.rights != Rights::None || spec.required != Required::No)
}

fn shape(spec: &VendorSpec, attributes: &Attributes, counts: fn(&AttributeSpec) -> bool) -> Shape {
    attributes
        .iter()
        .filter(|(name, _)| spec.attribute(name).is_some_and(counts))
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

/// What all of them have in common, names aside.
fn common(
    spec: &VendorSpec,
    members: &[usize],
    accounts: &BTreeMap<usize, Attributes>,
) -> Attributes {
    let [first, others @ ..] = members else {
        return Attributes::new();
    };
    accounts[first]
        .iter()
        .filter(|(name, _)| {
            spec.attribute(name)
                .is_some_and(|it| it.from_person.is_none())
        })
        .filter(|(name, value)| {
            let mut others = others.iter();
            others.all(|other| accounts[other].get(name) == Some(*value))
        })
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

/// Names the accounts that need no attribute at all in the profile of those who all have one.
fn name_plain_accounts(
    members: &[usize],
    vendors: &mut BTreeMap<Box<str>, Attributes>,
    rest: &Rest,
) {
    for (vendor, accounts) in rest {
        let plain = |place: &usize| accounts.get(place).is_some_and(Attributes::is_empty);
        if !vendors.contains_key(vendor) && members.iter().all(plain) {
            vendors.insert(vendor.clone(), Attributes::new());
        }
    }
}

/// The job title that all of them have.
fn shared_title<'p>(people: &'p [Seated<'_>], members: &[usize]) -> Option<&'p str> {
    let mut titles = members.iter().map(|place| &people[*place].person.job_title);
    let first = titles.next()?.as_ref()?;
    let mut same = titles.map(|title| title.as_ref().map(|title| &title.value));
    same.all(|title| title == Some(&first.value))
        .then_some(&*first.value)
}

fn profile(
    vendors: &BTreeMap<Box<str>, Attributes>,
    settings: &BTreeMap<Box<str>, VendorSettings>,
) -> Profile {
    let mut accounts = Accounts::default();
    for (vendor, attributes) in vendors {
        if let Some(settings) = settings.get(vendor) {
            let entry = AccountEntry::Settings {
                id: None,
                attributes: entries(settings, attributes).into(),
            };
            accounts.insert(vendor, spanned(entry));
        }
    }
    Profile {
        span: Span::NOWHERE,
        accounts,
        included: Box::default(),
    }
}
