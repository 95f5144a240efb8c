//! What the reads of a session show, as inventories.

use super::{Reads, Session};
use crate::evidence::inventory::inventory;
use crate::model::inventory::{Inventory, LastLogins, key};
use crate::model::note::{ReadProof, VendorNote};
use crate::model::plan::{Completeness, Plan, Read};
use crate::model::spec::ReadFrom;

/// What one vendor was read as.
pub struct VendorRead {
    /// The vendor's name in the roster.
    pub name: Box<str>,
    /// How it was read.
    pub note: VendorNote,
    /// Who had which rights, complete or not; `None` where it could not be read.
    pub inventory: Option<Inventory>,
    /// When accounts were last used.
    pub logins: LastLogins,
    /// Why of some leavers whom its list does not show nothing is known.
    pub unknown: Option<String>,
}

impl Session {
    /// The inventories of what was read. `plan` is the plan made of these reads: it knows which of
    /// them are proved complete.
    pub fn inventories(&self, plan: &Plan, reads: &Reads) -> Vec<VendorRead> {
        let members = self.members.iter().zip(reads);
        let read = members.map(|(member, read)| {
            let settings = &member.settings;
            let planned = plan.vendors.iter().find(|it| it.name == settings.name);
            let shown = planned.map(|it| &it.read);
            let (proof, problem) = match shown {
                Some(Ok(Read {
                    accounts, proof, ..
                })) => (Some(read_proof(*accounts, proof)), proof.missing.clone()),
                Some(Err(error)) => (None, Some(error.clone())),
                None => (None, Some(String::from("it was not read"))),
            };
            // A record is what applies wrote, and searches show only who was asked for.
            let problem = problem.or_else(|| match settings.read_from() {
                ReadFrom::Api => None,
                ReadFrom::Record => Some(String::from(
                    "the vendor has no list of accounts: this is what runs remember",
                )),
                ReadFrom::Search => Some(String::from(
                    "the vendor is searched for people of the roster, not listed",
                )),
            });
            let known = read.as_ref().ok().filter(|_| proof.is_some());
            let found = known.map(|known| inventory(settings, &member.desired, &known.current));
            let complete = matches!(shown, Some(Ok(read)) if read.proof.missing.is_none());
            let digest = found.as_ref().filter(|_| complete).map(Inventory::digest);
            let used = known.into_iter().flat_map(|it| &it.current.accounts);
            let logins = used.filter_map(|account| {
                let key = key(account.id.as_deref(), &account.email);
                Some((key, account.last_login?))
            });
            let looked_up = known.and_then(|it| it.remembered.looked_up.as_ref());
            let unknown = looked_up.and_then(|it| {
                let (count, why) = (it.unknown.len(), it.unknown.values().min()?);
                Some(format!(
                    "its list may hide accounts that are off, and of {count} leavers nobody knows \
                     whether they have one ({why})"
                ))
            });
            VendorRead {
                unknown,
                logins: logins.collect(),
                name: settings.name.clone(),
                note: VendorNote {
                    kind: settings.spec.kind.into(),
                    digest,
                    proof,
                    problem,
                },
                inventory: found,
            }
        });
        read.collect()
    }
}

fn read_proof(accounts: usize, proof: &Completeness) -> ReadProof {
    ReadProof {
        accounts,
        pages: proof.pages,
        counted: proof.counted,
        own: proof.own,
    }
}
