//! People shown as initials and a short hash, for pages that more eyes see than the roster.

pub(super) use crate::mask::{masked, without_emails};
use crate::vendor::spec::{FromPerson, VendorSpec};

/// Whether an attribute holds a person's name.
pub(super) fn is_name(spec: Option<&VendorSpec>, attribute: &str) -> bool {
    let from = spec
        .and_then(|spec| spec.attribute(attribute))
        .and_then(|it| it.from_person);
    from.is_some_and(FromPerson::is_name)
}
