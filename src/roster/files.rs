//! The files that say something about one account.

use std::collections::BTreeSet;

use super::grants::{When, at_vendor};
use super::layers::layers;
use super::model::{Person, Roster, VendorSettings};

/// The numbers of the files that list a person, give the person an account at a vendor, or say what
/// it is to be.
pub fn account_files(
    roster: &Roster,
    person: &Person,
    vendor: &VendorSettings,
    when: When,
) -> BTreeSet<u32> {
    let given = at_vendor(roster, person, &vendor.name);
    let given = given.flat_map(|it| [it.given.span, it.entry.span]);
    let layers = layers(roster, person, &vendor.name, when);
    let sources = layers.iter().flat_map(|it| &it.sources);
    let account = person.accounts.get(&vendor.name).map(|it| it.span);
    let all = given.chain(sources.filter_map(|it| it.span)).chain(account);
    let all = all.chain([person.span]).map(|span| span.file().0);
    all.collect()
}
