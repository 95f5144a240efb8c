//! What one vendor's plan is made from.

use std::collections::HashSet;

use super::guard::Allowed;
use super::known::Known;
use crate::model::desired::Desired;
use crate::model::email::EmailKey;
use crate::roster::model::VendorSettings;

/// What one vendor's plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The vendor's settings.
    pub settings: &'a VendorSettings,
    /// What the roster asks.
    pub desired: &'a Desired<'a>,
    /// What the vendor holds, and what earlier runs kept of it.
    pub known: &'a Known,
    /// Only these people (e-mail keys); strangers are left out then.
    pub only: Option<&'a HashSet<EmailKey<'static>>>,
    /// What the command line lets past the limits.
    pub allowed: Allowed,
}
