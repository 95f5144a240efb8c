//! Descriptions with one thing changed, each at the strict server of the one that it was: whatever is
//! changed, somebody says so before harm is done, or no harm is done.
//!
//! `cargo test --lib conformance::mutations -- --nocapture` prints which way each was caught.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_yaml::{Mapping, Value as Yaml};

use super::matrix::crowd;
use super::truth::{There, there};
use super::world::World;
use crate::connector::testing::{Subject, described};
use crate::description::{self, declared};
use crate::model::account::Account;
use crate::model::digest::Digest;
use crate::model::email::same_email;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::VendorPlan;
use crate::model::spec::{AttributeKind, VendorSpec};
use crate::model::value::Value;
use crate::roster::model::{DescriptionText, Setting, VendorSettings};
use crate::sandbox::HeldAccounts as _;

/// Which way a change was caught; the earliest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Caught {
    /// `connector check` refuses it.
    Check,
    /// The roster does not fit it any more.
    Roster,
    /// `connector try` finds it.
    Try,
    /// The vendor cannot be read.
    Read,
    /// Actions are held, or left to a person.
    Held,
    /// Actions end as anything but applied.
    Failed,
    /// The plan says of somebody that an attribute cannot be as the roster has it.
    Told,
    /// The vendor holds what the roster says, and a second plan is empty.
    Harmless,
    /// It is in [`REAL_TENANT`].
    Named,
}

/// What only writes at a real tenant can show: the change, and why.
const REAL_TENANT: &[(&str, &str)] = &[(
    "ledger.users.list.parts[0] left out",
    "what is left of the list is a whole list: that people are missing, only what was there before tells",
)];

/// A change: its place and what is there then, and the whole description.
struct Change {
    place: String,
    text: String,
}

/// Every change of a description: texts and numbers made others, switches turned, entries left out,
/// pointers exchanged, opposites exchanged.
fn changes(text: &str) -> Vec<Change> {
    let whole: Yaml = serde_yaml::from_str(text).unwrap();
    let mut pointers = Vec::new();
    gather_pointers(&whole, &mut pointers);
    let mut made = Vec::new();
    variants(&whole, "", &pointers, &mut |place, changed| {
        made.push((place, changed));
    });
    let mut seen = std::collections::HashSet::new();
    let made = made.into_iter().map(|(place, changed)| Change {
        text: serde_yaml::to_string(&changed).unwrap(),
        place,
    });
    made.filter(|it| seen.insert(it.text.clone())).collect()
}

fn is_pointer(text: &str) -> bool {
    text.starts_with('/') && !text.contains('{')
}

/// The pointers that stand in a description as values, each once.
fn gather_pointers(yaml: &Yaml, all: &mut Vec<String>) {
    match yaml {
        Yaml::String(text) if is_pointer(text) && !all.contains(text) => all.push(text.clone()),
        Yaml::Sequence(items) => items.iter().for_each(|it| gather_pointers(it, all)),
        Yaml::Mapping(map) => {
            let paths = ["get", "post", "put", "patch", "delete"];
            let values = map.iter().filter(|(key, _)| {
                let key = key.as_str().unwrap_or_default();
                !paths.contains(&key)
            });
            values.for_each(|(_, value)| gather_pointers(value, all));
        }
        _ => {}
    }
}

const OPPOSITES: [(&str, &str); 3] = [
    ("active", "inactive"),
    ("deactivate", "reactivate"),
    ("add", "remove"),
];

/// Tells every change of a part of a description, with that part changed.
fn variants(yaml: &Yaml, place: &str, pointers: &[String], tell: &mut dyn FnMut(String, Yaml)) {
    match yaml {
        Yaml::String(text) => {
            let mut others = vec![format!("{text}x")];
            if let Some(at) = pointers.iter().position(|it| it == text) {
                others.push(pointers[(at + 1) % pointers.len()].clone());
            }
            if let Some((before, _)) = text.rsplit_once('/').filter(|it| !it.0.is_empty()) {
                others.push(before.to_owned());
            }
            for other in others {
                tell(format!("{place} = {other}"), Yaml::String(other));
            }
        }
        Yaml::Bool(flag) => tell(format!("{place} = {}", !flag), Yaml::Bool(!flag)),
        Yaml::Number(number) => {
            let more = number.as_u64().unwrap_or_default() + 1;
            tell(format!("{place} = {more}"), Yaml::from(more));
        }
        Yaml::Sequence(items) => {
            for (at, item) in items.iter().enumerate() {
                let mut fewer = items.clone();
                fewer.remove(at);
                tell(format!("{place}[{at}] left out"), Yaml::Sequence(fewer));
                variants(
                    item,
                    &format!("{place}[{at}]"),
                    pointers,
                    &mut |place, it| {
                        let mut changed = items.clone();
                        changed[at] = it;
                        tell(place, Yaml::Sequence(changed));
                    },
                );
            }
        }
        Yaml::Mapping(map) => of_map(map, place, pointers, tell),
        _ => {}
    }
}

fn of_map(map: &Mapping, place: &str, pointers: &[String], tell: &mut dyn FnMut(String, Yaml)) {
    for (key, value) in map {
        let name = match key {
            Yaml::String(text) => text.clone(),
            other => serde_yaml::to_string(other).unwrap().trim().to_owned(),
        };
        let here = format!("{place}.{name}");
        let mut fewer = map.clone();
        fewer.remove(key);
        tell(format!("{here} left out"), Yaml::Mapping(fewer));
        if is_pointer(&name) {
            let renamed = map.iter().map(|(it, value)| {
                let it = if it == key {
                    Yaml::from(format!("{name}x"))
                } else {
                    it.clone()
                };
                (it, value.clone())
            });
            tell(
                format!("{here}x for {name}"),
                Yaml::Mapping(renamed.collect()),
            );
        }
        variants(value, &here, pointers, &mut |place, it| {
            let mut changed = map.clone();
            changed.insert(key.clone(), it);
            tell(place, Yaml::Mapping(changed));
        });
    }
    for (one, other) in OPPOSITES {
        if let (Some(first), Some(second)) = (map.get(one), map.get(other)) {
            let mut changed = map.clone();
            changed.insert(one.into(), second.clone());
            changed.insert(other.into(), first.clone());
            let what = format!("{place}.{one} and {other} exchanged");
            tell(what, Yaml::Mapping(changed));
        }
    }
}

/// The roster's settings with the changed description, if the roster fits it.
fn refitted(world: &World, text: &str) -> Result<VendorSettings, Caught> {
    let read = description::read("changed", text).description;
    let description = read.ok_or(Caught::Check)?;
    let spec = declared(&description);
    let mut settings = VendorSettings::clone(&world.rig.settings);
    let given: Vec<&str> = settings.auth.keys().copied().collect();
    let fits = spec.auth.iter().any(|form| {
        let mut names = form.secrets.to_vec();
        names.sort_unstable();
        names == given
    });
    let mut wishes = world.desired.accounts();
    let known = wishes.all(|want| {
        let mut attributes = want.attributes.iter();
        attributes.all(|(name, value)| takes(spec, name, value))
    });
    let names = |spec: &VendorSpec| spec.settings.iter().map(|it| it.name).collect::<Vec<_>>();
    if !fits || !known || names(spec) != names(settings.spec) {
        return Err(Caught::Roster);
    }
    let mode = settings.deactivate.name;
    let mode = spec.deactivate.iter().find(|it| it.name == mode);
    settings.deactivate = *mode.ok_or(Caught::Roster)?;
    settings.spec = spec;
    // Whose the credentials are, the description tells.
    settings.own_account = None;
    let text = DescriptionText {
        name: "changed".into(),
        digest: Digest::of(&text),
        text: text.into(),
    };
    let text = Setting::Description(Arc::new(text));
    settings.settings.insert("connector", text);
    Ok(settings)
}

/// Whether the roster may give an attribute that value.
fn takes(spec: &VendorSpec, name: &str, value: &Value) -> bool {
    let Some(attribute) = spec.attribute(name) else {
        return false;
    };
    match (attribute.kind, value) {
        (AttributeKind::Choice(words), Value::Text(text)) => words.contains(&text.as_str()),
        (AttributeKind::Text | AttributeKind::Email, Value::Text(_)) => true,
        (AttributeKind::NameSet, Value::Set(_)) => true,
        (AttributeKind::Flag | AttributeKind::FlagMap, Value::Flag(_)) => true,
        _ => false,
    }
}

/// What a changed description does.
///
/// # Errors
/// The harm that it did.
async fn judged(kind: &'static Subject, change: &str) -> Result<Caught, String> {
    if description::read("changed", change).description.is_none() {
        return Ok(Caught::Check);
    }
    let mut world = crowd(kind).await;
    world.rig.settings = match refitted(&world, change) {
        Ok(settings) => Arc::new(VendorSettings {
            base_url: world.rig.settings.base_url.clone(),
            ..settings
        }),
        Err(caught) => return Ok(caught),
    };
    let tried = match world.rig.connect_read_only().trial().await {
        Ok(findings) => findings.iter().any(|it| it.holds == Some(false)),
        Err(_) => true,
    };
    let before = world.rig.local().accounts();
    let vendor = world.rig.connect();
    let Ok(current) = vendor.fetch(&world.desired).await else {
        return Ok(if tried { Caught::Try } else { Caught::Read });
    };
    let plan = world.plan(&current);
    let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
    if let Some(harm) = harm(&world, &before, &outcomes) {
        return Err(harm);
    }
    if tried {
        return Ok(Caught::Try);
    }
    if !plan.held.is_empty() || !plan.manual.is_empty() {
        return Ok(Caught::Held);
    }
    if outcomes.iter().any(|it| it.verdict != Verdict::Applied) {
        return Ok(Caught::Failed);
    }
    if let Some(off) = world.out_of_line() {
        if plan.notices.iter().any(|it| it.email.is_some()) {
            return Ok(Caught::Told);
        }
        return Err(format!("nobody says so: {off}"));
    }
    match again(&world).await {
        Some(plan) if plan.actions.is_empty() => Ok(Caught::Harmless),
        Some(plan) => Err(format!("it goes on: {:?}", plan.actions)),
        None => Ok(Caught::Read),
    }
}

async fn again(world: &World) -> Option<VendorPlan> {
    let vendor = world.rig.connect_read_only();
    let current = vendor.fetch(&world.desired).await.ok()?;
    Some(world.plan(&current))
}

/// Somebody there twice, somebody gone or off who should not be, or a word that is not true.
fn harm(world: &World, before: &[Account], outcomes: &[Outcome]) -> Option<String> {
    let after = world.rig.local().accounts();
    let with = |email: &str| -> Vec<&Account> {
        let all = after.iter();
        all.filter(|it| same_email(&it.email, email)).collect()
    };
    for account in &after {
        if with(&account.email).len() > 1 {
            return Some(format!("{} is there twice", account.email));
        }
    }
    for account in before {
        let mut wishes = world.desired.accounts();
        let leaves =
            wishes.any(|want| same_email(&want.email, &account.email) && !want.access.granted());
        let now = with(&account.email).first().copied();
        if !leaves && now.is_none_or(|now| account.active && !now.active) {
            return Some(format!("{} lost access", account.email));
        }
    }
    let applied = outcomes.iter().filter(|it| it.verdict == Verdict::Applied);
    let mut untrue = applied.filter(|it| there(world, &it.action) != There::All);
    untrue.next().map(|it| format!("not true: {it:?}"))
}

async fn all(name: &str, text: &'static str) {
    let kind = described(name, text);
    let same = serde_yaml::from_str::<Yaml>(text).unwrap();
    let same = serde_yaml::to_string(&same).unwrap();
    assert_eq!(judged(kind, &same).await, Ok(Caught::Harmless), "{name}");
    let mut counts: BTreeMap<Caught, usize> = BTreeMap::new();
    let mut bad = Vec::new();
    for change in changes(text) {
        let place = format!("{name}{}", change.place);
        let caught = match judged(kind, &change.text).await {
            Ok(caught) => caught,
            Err(_) if REAL_TENANT.iter().any(|(named, _)| *named == place) => Caught::Named,
            Err(harm) => {
                bad.push(format!("{place}: {harm}"));
                continue;
            }
        };
        println!("{caught:?}: {place}");
        *counts.entry(caught).or_default() += 1;
    }
    println!("{name}: {counts:?}");
    assert_eq!(bad, [""; 0], "{} of them", bad.len());
}

macro_rules! descriptions {
    ($($name:ident = $path:literal),* $(,)?) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $name() {
                all(stringify!($name), include_str!($path)).await;
            }
        )*
    };
}

descriptions! {
    pocketbase = "../../../connectors/pocketbase.yaml",
    jupyterhub = "../../../connectors/jupyterhub.yaml",
    redmine = "../../../connectors/redmine.yaml",
    synapse = "../../../connectors/synapse.yaml",
    bitsight = "../../description/tests/bitsight.yaml",
    session = "described/session.yaml",
    ledger = "described/ledger.yaml",
    place = "described/place.yaml",
}
