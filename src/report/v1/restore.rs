//! Back from a saved plan document to what somebody approved.

use super::{Document, Vendor};
use crate::plan::approve::{Approved, ApprovedVendor};

impl Document {
    /// What was approved with this document. Its own `digest` is not looked at, and nothing of it
    /// is carried out: it only says which fresh actions may be.
    ///
    /// # Errors
    /// The name of a vendor that could not be read: such a plan is not to be approved.
    pub fn approved(&self) -> Result<Approved, &str> {
        let mut vendors = Vec::new();
        for (name, vendor) in &self.vendors {
            match vendor {
                Vendor::Read(vendor) => vendors.push(ApprovedVendor {
                    name: name.clone(),
                    kind: vendor.kind.clone(),
                    base_url: vendor.base_url.clone(),
                    place: vendor.place.clone(),
                }),
                Vendor::Unread(_) => return Err(name),
            }
        }
        Ok(Approved {
            on: self.on,
            vendors,
            actions: self.actions.iter().map(|it| it.action.clone()).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::approve::differences;
    use crate::report::{json, samples};

    #[test]
    fn a_saved_plan_is_the_plan_it_was_made_from() {
        let plan = samples::plan(vec![samples::everything()]);
        let mut file = Vec::new();
        json::plan(&plan, &mut file).unwrap();
        let approved = json::parse(&file).unwrap().approved().unwrap();
        assert_eq!(approved.on, plan.on);
        assert_eq!(approved.actions.len(), 5);
        assert_eq!(differences(&approved, &plan), []);
    }

    #[test]
    fn a_plan_saved_before_there_was_attention_is_still_read() {
        let plan = samples::plan(vec![samples::everything()]);
        let mut old = serde_json::to_value(Document::from(&plan)).unwrap();
        assert!(old.as_object_mut().unwrap().remove("attention").is_some());
        let document = json::parse(old.to_string().as_bytes()).unwrap();
        assert_eq!(document, Document::from(&plan));
    }

    #[test]
    fn a_plan_with_a_vendor_that_was_not_read_cannot_be_approved() {
        let plan = samples::plan(vec![samples::everything(), samples::unread("surecloud")]);
        let document = Document::from(&plan);
        assert_eq!(document.approved(), Err("surecloud"));
    }
}
