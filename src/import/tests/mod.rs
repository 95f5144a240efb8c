//! Imports without any vendor: what was read is made up, everything behind it is real.

mod extracting;
mod merging;
mod oddities;
mod writing;

use jiff::civil::date;

use super::*;
use crate::model::account::Account;
use crate::model::digest::Digest;
use crate::model::plan::Plan;
use crate::model::value::{Key, Value};
use crate::plan::input::Input;
use crate::plan::known::Known;
use crate::plan::planner::plan_vendor;
use crate::roster::{Parsed, RosterFile, parse};

/// The four vendors, with a default at one.
const VENDORS: &str = "\
version: 1
vendors:
  bitsight:
    auth: { token: { env: T } }
  logicgate:
    base_url: https://x.example
    auth: { token: { env: T } }
    defaults: { tier: SECONDARY, company: Example Ltd }
  snaplogic:
    base_url: https://x.example
    organization: Org
    auth: { jwt: { env: T } }
  surecloud:
    auth: { jwt: { env: T } }
";

fn read(texts: &[&str]) -> Parsed {
    let files = texts.iter().enumerate().map(|(at, text)| RosterFile {
        path: format!("{at}.yaml"),
        folder: std::path::PathBuf::new(),
        text: (*text).to_owned(),
    });
    parse(files.collect(), &crate::connector::specs())
}

fn roster(texts: &[&str]) -> Roster {
    let parsed = read(texts);
    assert!(
        parsed.is_usable(),
        "{:#?}\n{}",
        parsed.diagnostics,
        texts.join("\n---\n")
    );
    parsed.roster
}

/// An account that shows these attributes.
fn account(email: &str, attributes: &[(&'static str, Value)]) -> Account {
    let mut account = Account::new(email);
    account.id = Some(format!("id of {email}").into());
    for (name, value) in attributes {
        account
            .attributes
            .insert(Key::Borrowed(*name), Some(value.clone()));
    }
    account
}

fn text(text: &str) -> Value {
    Value::text(text)
}

fn flag(flag: bool) -> Value {
    Value::Flag(flag)
}

fn set(items: &[&str]) -> Value {
    Value::set(items.iter().copied())
}

/// Accounts of some vendors.
struct World {
    roster: Roster,
    currents: Vec<(&'static str, Known)>,
}

impl World {
    fn new(texts: &[&str], accounts: Vec<(&'static str, Vec<Account>)>) -> Self {
        let currents = accounts.into_iter().map(|(vendor, accounts)| {
            let current = Current {
                accounts,
                ..Current::default()
            };
            (vendor, Known::from(current))
        });
        Self {
            roster: roster(texts),
            currents: currents.collect(),
        }
    }

    fn source(&self) -> Source<'_> {
        let holdings = self.currents.iter().map(|(vendor, known)| Holding {
            settings: &self.roster.vendors[*vendor],
            known,
            first: None,
        });
        Source {
            attributes: Attributed::All,
            roster: &self.roster,
            holdings: holdings.collect(),
            on: date(2026, 1, 5),
            only: None,
            active_only: false,
            extract_profiles: true,
        }
    }

    fn plan(&self, roster: &Roster) -> Plan {
        let on = date(2026, 1, 5);
        let vendors = self.currents.iter().map(|(vendor, known)| {
            plan_vendor(Input {
                settings: &self.roster.vendors[*vendor],
                desired: &desired(roster, vendor, on),
                known,
                only: None,
                allowed: crate::plan::guard::Allowed::default(),
            })
        });
        Plan {
            created_at: jiff::Timestamp::UNIX_EPOCH,
            on,
            roster: Digest::of(&()),
            people: roster.people.len(),
            vendors: vendors.collect(),
            attention: crate::model::attention::Attention::default(),
            ending: Vec::new(),
        }
    }

    /// Imports, and checks that a plan from the text, first draft, says nothing.
    fn import(&self, texts: &[&str]) -> (ImportDraft, String) {
        let source = self.source();
        let draft = draft(&source, &Verdicts::default());
        let heading = Heading {
            read_at: jiff::Timestamp::UNIX_EPOCH,
            tool: String::from("rosterctl"),
        };
        let document = document(&source, &draft, &heading);
        let mut all = texts.to_vec();
        all.push(&document);
        let plan = self.plan(&roster(&all));
        let objections = objections(&plan, &self.plan(&self.roster));
        assert_eq!(objections, [], "{document}");
        (draft, document)
    }

    /// What the document says behind its head.
    fn body(&self, texts: &[&str]) -> String {
        let (_, document) = self.import(texts);
        let (_, body) = document.split_once("version: 1\n").unwrap();
        body.trim_start().to_owned()
    }
}
