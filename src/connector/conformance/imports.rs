//! Import: what the vendors hold, written down as a roster, plans to nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::date;

use super::applies::unnamed;
use super::world::{self, Variant, World, email};
use crate::connector::Vendor;
use crate::connector::testing::OWN;
use crate::connector::testing::{SUBJECTS, Subject};
use crate::import::{self, Attributed, Heading, Holding, ImportDraft, Source, Verdicts};
use crate::model::account::Account;
use crate::model::desired::Desired;
use crate::model::plan::VendorPlan;
use crate::model::spec::{AdminRule, AttributeKind, FromPerson, Mode, SettingKind, VendorSpec};
use crate::model::value::Value;
use crate::plan::guard::Allowed;
use crate::plan::input::Input;
use crate::plan::known::Known;
use crate::plan::planner::plan_vendor;
use crate::roster::model::{Roster, Setting, VendorSettings};
use crate::roster::{RosterFile, desired, parse_within};

const FIRST: [&str; 5] = ["Ana", "Zoë", "Jean-Luc", "O'Neil", "No"];
const LAST: [&str; 7] = [
    "Silva",
    "van Gogh",
    "李",
    "Null",
    "0123",
    "Sá: Lima",
    "Smith #2",
];
const TITLES: [&str; 3] = ["Risk Analyst", "Auditor", "Engineer"];
const ZONES: [&str; 3] = ["UTC", "Europe/Lisbon", "Pacific/Auckland"];

pub(super) async fn an_import_plans_to_nothing(kind: &'static Subject) {
    let worlds = [world(kind, 60).await];
    let draft = check(&worlds, 60).await;
    // A profile is made of what many people have alike.
    let mut kinds = kind.spec.attributes.iter().map(|it| it.kind);
    let alike = kinds.any(|kind| {
        matches!(
            kind,
            AttributeKind::NameSet | AttributeKind::Choice(_) | AttributeKind::Slug(_)
        )
    });
    assert!(!draft.profiles.is_empty() || !alike);
}

/// All vendors, a thousand people, every attribute in use.
pub(super) async fn a_thousand_people_at_all_vendors_plan_to_nothing() {
    let mut worlds = Vec::new();
    for kind in SUBJECTS {
        worlds.push(world(kind, 1_000).await);
    }
    let draft = check(&worlds, 1_000).await;
    // A person can read it: most of what people have is in some dozens of profiles.
    let with = draft
        .people
        .iter()
        .filter(|it| !it.person.profiles.is_empty());
    assert!(with.count() > 800);
    assert!(draft.profiles.len() < 200, "{}", draft.profiles.len());
}

/// A vendor with so many people, all different in some way.
async fn world(kind: &'static Subject, people: usize) -> World {
    let mut accounts: Vec<Account> = (0..people).map(|n| account(kind.spec, n)).collect();
    accounts.push(own(kind.spec));
    let mut world = World::new(kind, accounts, Vec::new()).await;
    let mut settings = VendorSettings::clone(&world.rig.settings);
    // With every setting on, no value is out of reach.
    for needs in kind.spec.attributes.iter().filter_map(|it| it.needs) {
        settings.settings.insert(needs.setting, Setting::Flag(true));
    }
    world.rig.settings = Arc::new(settings);
    world
}

/// The account behind the credentials, an administrator.
fn own(spec: &VendorSpec) -> Account {
    let mut account = account(spec, 15);
    account.email = OWN.into();
    match spec.admin {
        AdminRule::TextIs(name, word) => account.attributes.insert(name, Some(Value::text(word))),
        AdminRule::FlagIs(name) => account.attributes.insert(name, Some(Value::Flag(true))),
        AdminRule::Holds(_) | AdminRule::Unknown => {}
    }
    account
}

fn account(spec: &VendorSpec, n: usize) -> Account {
    let variant = [Variant::Wanted, Variant::Old][n % 2];
    let mut account = world::account(spec, &email(n), variant);
    let (first, last) = (FIRST[n % FIRST.len()], LAST[n % LAST.len()]);
    // Somebody is called otherwise at one vendor.
    let last = if (n + spec.kind.len()).is_multiple_of(23) {
        "Other"
    } else {
        last
    };
    let service = n % 50 == 7;
    let team = n % 50 == 9;
    for attribute in spec.attributes {
        let value = match (attribute.from_person, attribute.kind, attribute.name) {
            (Some(FromPerson::FirstName), ..) => Value::text(first),
            (Some(FromPerson::LastName), ..) => Value::text(last),
            (Some(FromPerson::FullName), ..) => Value::text(format!("{first} {last}")),
            (Some(FromPerson::JobTitle), ..) => Value::text(TITLES[n % 3]),
            (_, _, "time_zone") => Value::text(ZONES[n % 3]),
            (_, AttributeKind::Text, "language_tag") => Value::text("pt-PT"),
            // The suite's other cases leave this one alone.
            (_, AttributeKind::Text, name) if unnamed(spec) == Some(name) => {
                Value::text("Research")
            }
            (_, _, "utility") => Value::Flag(service),
            (_, _, "ui_access") => Value::Flag(!service && n % 50 != 8),
            (_, _, "managed") => Value::Flag(team),
            (_, _, "administrator") => Value::Flag(n % 40 == 3),
            (_, AttributeKind::Flag, _) => Value::Flag(n.is_multiple_of(3)),
            (_, AttributeKind::EmailSet, _) if team => Value::set(["help@example.com"]),
            (_, AttributeKind::NameSet, _) if n.is_multiple_of(6) => Value::set::<&str>([]),
            (_, AttributeKind::FlagMap, name) => {
                let wide = Some(Value::Flag(n.is_multiple_of(5)));
                account.attributes.insert(format!("{name}.wfh-ro"), wide);
                continue;
            }
            _ => continue,
        };
        if attribute.mode != Mode::CreateOnly {
            account.attributes.insert(attribute.name, Some(value));
        }
    }
    // Leavers, and people who are off at one vendor only.
    account.active = n % 17 != 3 && (n + spec.kind.len()) % 29 != 4;
    account
}

/// Imports what the vendors hold, and plans from the text alone: nothing is to be done, held or
/// left to a person, and nobody is unlisted.
async fn check(worlds: &[World], people: usize) -> ImportDraft {
    let connectors: Vec<Box<dyn Vendor>> =
        worlds.iter().map(|it| it.rig.connect_read_only()).collect();
    let roster = Roster {
        vendors: settings(worlds),
        ..Roster::default()
    };
    let first = read(worlds, &connectors, &[]).await;
    let before = source(&roster, worlds, &first);
    let currents = read(worlds, &connectors, &import::probe(&before)).await;
    let source = source(&roster, worlds, &currents);
    let draft = import::draft(&source, &Verdicts::default());
    let heading = Heading {
        read_at: jiff::Timestamp::UNIX_EPOCH,
        tool: String::from("rosterctl"),
    };
    let text = import::document(&source, &draft, &heading);
    assert_eq!(draft.left_out, Vec::<String>::new());
    // And the account behind the credentials.
    assert_eq!(draft.people.len(), people + 1, "{text}");

    let roster = reread(worlds, text);
    let wishes: Vec<Desired> = roster
        .vendors
        .keys()
        .map(|name| desired(&roster, name, date(2026, 1, 5)))
        .collect();
    let currents = read(worlds, &connectors, &wishes).await;
    for ((world, wish), known) in worlds.iter().zip(&wishes).zip(&currents) {
        let VendorPlan {
            actions,
            held,
            manual,
            unlisted,
            ..
        } = plan_vendor(Input {
            settings: &world.rig.settings,
            desired: wish,
            known,
            only: None,
            allowed: Allowed::default(),
        });
        assert_eq!((actions, held, manual, unlisted), Default::default());
        assert_eq!(world.rig.writes(), []);
        for attribute in world.spec.attributes {
            let own_id = attribute.mode == Mode::Fixed && attribute.kind == AttributeKind::Text;
            if attribute.mode == Mode::CreateOnly || own_id {
                continue;
            }
            let head = match attribute.kind {
                AttributeKind::Family => String::from(attribute.name),
                _ => format!("{}.", attribute.name),
            };
            let uses = wish.accounts().any(|want| {
                let mut names = want.attributes.iter().map(|(name, _)| name);
                names.any(|name| name == attribute.name || name.starts_with(&head))
            });
            assert!(uses, "nobody's {} was imported", attribute.name);
        }
    }
    draft
}

fn settings(worlds: &[World]) -> BTreeMap<Box<str>, VendorSettings> {
    worlds
        .iter()
        .map(|it| {
            let settings = VendorSettings::clone(&it.rig.settings);
            (settings.name.clone(), settings)
        })
        .collect()
}

fn source<'a>(roster: &'a Roster, worlds: &[World], currents: &'a [Known]) -> Source<'a> {
    let holdings = worlds.iter().zip(currents).map(|(world, known)| Holding {
        settings: &roster.vendors[&world.rig.settings.name],
        known,
        first: None,
    });
    Source {
        attributes: Attributed::All,
        roster,
        holdings: holdings.collect(),
        on: date(2026, 1, 5),
        only: None,
        active_only: false,
        extract_profiles: true,
    }
}

async fn read(
    worlds: &[World],
    connectors: &[Box<dyn Vendor>],
    wishes: &[Desired<'_>],
) -> Vec<Known> {
    let mut currents = Vec::new();
    for (world, connector) in worlds.iter().zip(connectors) {
        let wish = wishes.iter().find(|it| it.vendor == world.desired.vendor);
        let current = connector.fetch(wish.unwrap_or(&world.desired)).await;
        currents.push(current.unwrap().into());
    }
    currents
}

/// The roster that the text and a file with the vendors make.
fn reread(worlds: &[World], text: String) -> Roster {
    let mut vendors = String::from("vendors:\n");
    for world in worlds {
        let keys = world.rig.settings.auth.keys();
        let auth: Vec<String> = keys
            .map(|key| format!("{key}: {{ env: UNUSED }}"))
            .collect();
        vendors.push_str(&format!(
            "  {}:\n    kind: {}\n    base_url: http://127.0.0.1:1/x\n    auth: {{ {} }}\n",
            world.rig.settings.name,
            world.spec.kind,
            auth.join(", ")
        ));
        if let Some(text) = world.rig.settings.description() {
            vendors.push_str(&format!("    connector: {}\n", text.name));
        }
        let required = world.spec.settings.iter().filter(|it| it.required);
        for setting in required.filter(|it| it.kind == SettingKind::Text) {
            vendors.push_str(&format!("    {}: ExampleEnv\n", setting.name));
        }
    }
    let files = [vendors, text].map(|text| RosterFile {
        path: String::from("roster.yaml"),
        folder: std::path::PathBuf::new(),
        text,
    });
    let before = Roster {
        vendors: settings(worlds),
        ..Roster::default()
    };
    let parsed = parse_within(files.to_vec(), &crate::connector::specs(), &before);
    assert!(
        parsed.is_usable(),
        "{:#?}\n{}",
        parsed.diagnostics,
        files[1].text
    );
    Roster {
        vendors: settings(worlds),
        ..parsed.roster
    }
}
