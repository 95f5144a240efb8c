//! The plan of another roster for what this session read: what would follow without the change.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::{Reads, Scope, Session};
use crate::model::desired::DesiredAccount;
use crate::model::email::EmailKey;
use crate::model::plan::Plan;
use crate::model::spec::ReadFrom;
use crate::plan::input::Input;
use crate::plan::judge::hold_as_base;
use crate::plan::planner::{arrange, plan_vendor, unread_vendor};
use crate::roster::model::Roster;
use crate::roster::{desired, digest};

impl Session {
    /// Holds of a plan what it would not do under other rules: `judge` has the same people as the
    /// plan's roster and the rules of its base.
    pub fn hold_as(&self, judge: &Roster, reads: &Reads, scope: &Scope, plan: &mut Plan) {
        let strict = self.plan_base(judge, reads, scope, plan.created_at);
        hold_as_base(plan, &strict);
        for (member, vendor) in self.members.iter().zip(&mut plan.vendors) {
            if vendor.read.is_ok() {
                arrange(vendor, &member.settings);
            }
        }
    }

    /// Reads what a plan beside a base roster needs: where a vendor is searched and not listed, only
    /// whom the change touches, and only the people of the scope.
    pub async fn read_touched(&self, base: Option<&Roster>, scope: &Scope) -> Reads {
        let searched = self
            .members
            .iter()
            .filter(|member| member.settings.read_from() == ReadFrom::Search);
        let wishes = searched.map(|member| {
            let before: Option<HashMap<EmailKey<'static>, DesiredAccount>> = base.map(|base| {
                let before = desired(base, &member.settings.name, self.on);
                let accounts = before.accounts();
                let accounts =
                    accounts.map(|it| (EmailKey::of(&it.email).into_owned(), it.into_owned()));
                accounts.collect()
            });
            member.desired.with(|accounts| {
                accounts.retain(|account| {
                    let key = EmailKey::of(&account.email).into_owned();
                    let touched = |before: &HashMap<_, _>| before.get(&key) != Some(account);
                    let asked = |people: &HashSet<EmailKey<'static>>| people.contains(&key);
                    before.as_ref().is_none_or(touched) && scope.people.as_ref().is_none_or(asked)
                });
            })
        });
        self.read_for(&wishes.collect::<Vec<_>>()).await
    }

    /// Plans a base roster against the reads of this session; nothing is read again. The base's own
    /// rules hold in it (`unlisted`, `protect`, `max`), so that a change of these shows as one.
    ///
    /// A vendor that the base does not have, or has as another kind, has no actions: everything
    /// there is new.
    pub fn plan_base(
        &self,
        base: &Roster,
        reads: &Reads,
        scope: &Scope,
        created_at: Timestamp,
    ) -> Plan {
        let mut vendors: Vec<_> = self
            .members
            .iter()
            .zip(reads)
            .map(|(member, read)| {
                let name = &member.settings.name;
                let same = |kind: &str| kind == member.settings.spec.kind;
                let settings = base.vendors.get(name).filter(|it| same(it.spec.kind));
                let settings = settings.map(|settings| {
                    let mut settings = settings.clone();
                    settings.believe(self.today);
                    settings
                });
                match (&settings, read) {
                    (Some(settings), Ok(known)) => plan_vendor(Input {
                        settings,
                        desired: &desired(base, name, self.on),
                        known,
                        only: scope.people.as_ref(),
                        allowed: scope.allowed(name),
                    }),
                    (None, _) => unread_vendor(
                        &member.settings,
                        String::from("the base roster does not have it"),
                    ),
                    (Some(_), Err(error)) => unread_vendor(&member.settings, error.clone()),
                }
            })
            .collect();
        self.hold_breaches(base, reads, &mut vendors);
        Plan {
            created_at,
            on: self.on,
            roster: digest(base),
            people: base.people.len(),
            vendors,
            attention: crate::model::attention::Attention::default(),
            ending: Vec::new(),
        }
    }
}
