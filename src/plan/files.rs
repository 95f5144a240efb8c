//! Which files of the roster an action comes from, so that their owners can be asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::model::plan::VendorPlan;
use crate::roster::model::Roster;
use crate::roster::{When, account_files};

/// Names the files of every action of a plan, whatever becomes of it. An action against somebody
/// whom the roster does not list comes from the file that has the vendor.
pub fn name_files(plan: &mut VendorPlan, roster: &Roster, when: When) {
    let Some(vendor) = roster.vendors.get(&plan.name) else {
        return;
    };
    let mut lists: HashMap<BTreeSet<u32>, Arc<[Arc<str>]>> = HashMap::new();
    let mut files: BTreeMap<Box<str>, Arc<[Arc<str>]>> = BTreeMap::new();
    for action in plan.all() {
        if files.contains_key(&action.email) {
            continue;
        }
        let places = match roster.find_person(&action.email) {
            Some(person) => account_files(roster, person, vendor, when),
            None => BTreeSet::from([vendor.span.file().0]),
        };
        let list = lists.entry(places).or_insert_with_key(|places| {
            let paths = places
                .iter()
                .filter_map(|at| roster.files.get(*at as usize));
            let mut paths: Vec<Arc<str>> = paths.cloned().collect();
            paths.sort_unstable();
            paths.into()
        });
        files.insert(action.email.clone(), list.clone());
    }
    plan.hints.files = files;
    plan.hints.one_file = roster.files.len() < 2;
}
