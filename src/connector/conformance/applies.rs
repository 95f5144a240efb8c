//! Which cases apply to a kind of vendor: its declaration says so, and nothing else.

use crate::model::spec::{
    AttributeKind, AttributeSpec, DeactivateMode, LOGIN, Mode, ReadFrom, Required, VendorSpec,
};

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

/// Accounts are known by e-mails and ids alone.
pub(super) fn without_logins(spec: &VendorSpec) -> bool {
    spec.attribute(LOGIN).is_none()
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

/// Whether the worlds give an attribute two values.
fn differs(it: &AttributeSpec) -> bool {
    let told = !matches!(
        it.kind,
        AttributeKind::Flag | AttributeKind::Email | AttributeKind::EmailSet
    );
    it.mode == Mode::ReadWrite && told
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
                // Something has to be left that can differ.
                && spec.attributes.iter().any(|it| it.name != attribute.name && differs(it))
        })
        .map(|attribute| attribute.name)
}
