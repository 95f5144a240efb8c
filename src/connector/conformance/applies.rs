//! Which cases apply to a kind of vendor: its declaration says so, and nothing else.

use crate::model::spec::{AttributeKind, DeactivateMode, Mode, ReadFrom, Required, VendorSpec};

/// What a case asks of a declaration.
pub(super) type Applies = fn(&VendorSpec) -> bool;

/// Nothing.
pub(super) fn always(_: &VendorSpec) -> bool {
    true
}

/// There is a list.
pub(super) fn lists(spec: &VendorSpec) -> bool {
    spec.read == ReadFrom::Api
}

/// What happens at the vendor can be seen.
pub(super) fn reads(spec: &VendorSpec) -> bool {
    spec.read != ReadFrom::Record
}

/// An attribute can be left to the vendor.
pub(super) fn spares(spec: &VendorSpec) -> bool {
    unnamed(spec).is_some()
}

/// Accounts can be switched off, and on again.
pub(super) fn reversible(spec: &VendorSpec) -> bool {
    can(spec, DeactivateMode::Reversible)
}

/// Accounts can be switched off first and deleted later.
pub(super) fn staged(spec: &VendorSpec) -> bool {
    reversible(spec) && can(spec, DeactivateMode::Delete)
}

fn can(spec: &VendorSpec, mode: DeactivateMode) -> bool {
    spec.deactivate.iter().any(|it| it.mode == mode)
}

/// An attribute that the worlds' rosters never name, if the vendor has one to spare.
pub(super) fn unnamed(spec: &VendorSpec) -> Option<&'static str> {
    spec.attributes
        .iter()
        .rev()
        .find(|attribute| {
            attribute.mode == Mode::ReadWrite
                && attribute.kind == AttributeKind::Text
                && attribute.required == Required::No
                && attribute.default.is_none()
        })
        .map(|attribute| attribute.name)
}
