//! Where an approved plan was for: an approval holds for no other tenant.

use std::collections::BTreeMap;

#[cfg(test)]
use super::Approved;
use super::Difference;
use crate::model::plan::{Plan, VendorPlan};

/// A vendor of an approved plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedVendor {
    /// The name in the roster.
    pub name: Box<str>,
    /// The kind of vendor.
    pub kind: Box<str>,
    /// Its address.
    pub base_url: Box<str>,
    /// Whose accounts these are; `None`: a former version kept the address alone.
    pub place: Option<Box<str>>,
}

impl ApprovedVendor {
    fn is_at(&self, fresh: &VendorPlan) -> bool {
        let same_place = match &self.place {
            Some(place) => *place == fresh.place,
            None => self.base_url == fresh.base_url,
        };
        *self.kind == *fresh.kind && same_place
    }

    fn told(&self) -> String {
        let place = self.place.as_ref().unwrap_or(&self.base_url);
        format!("{} at {place}", self.kind)
    }
}

/// The vendors that are not where the approval was given for, by name.
pub(super) fn places<'a>(approved: &'a [ApprovedVendor], fresh: &'a Plan) -> Vec<Difference<'a>> {
    let mut sides: BTreeMap<&str, (Option<&ApprovedVendor>, Option<&VendorPlan>)> = BTreeMap::new();
    for vendor in approved {
        sides.entry(&vendor.name).or_default().0 = Some(vendor);
    }
    for vendor in &fresh.vendors {
        sides.entry(&vendor.name).or_default().1 = Some(vendor);
    }
    let differing = sides.into_iter().filter(|(_, sides)| match sides {
        (Some(approved), Some(fresh)) => !approved.is_at(fresh),
        (_, _) => true,
    });
    let told = |fresh: &VendorPlan| format!("{} at {}", fresh.kind, fresh.place);
    differing
        .map(|(vendor, (approved, fresh))| Difference::Place {
            vendor,
            approved: approved.map(ApprovedVendor::told),
            fresh: fresh.map(told),
        })
        .collect()
}

/// What a difference of places comes to, in a clause.
pub fn place_told(approved: Option<&str>, fresh: Option<&str>) -> String {
    match (approved, fresh) {
        (Some(approved), Some(fresh)) => {
            format!("approved for {approved}, this roster says {fresh}")
        }
        (Some(approved), None) => format!("approved for {approved}, not part of this run"),
        (None, fresh) => format!("not approved at all: {}", fresh.unwrap_or_default()),
    }
}

#[cfg(test)]
impl Approved {
    /// A plan as it was approved.
    pub(crate) fn of(plan: &Plan) -> Self {
        let vendors = plan.vendors.iter().map(|it| ApprovedVendor {
            name: it.name.clone(),
            kind: it.kind.into(),
            base_url: it.base_url.clone(),
            place: Some(it.place.clone()),
        });
        Self {
            on: plan.on,
            vendors: vendors.collect(),
            actions: plan.actions().cloned().collect(),
        }
    }
}
