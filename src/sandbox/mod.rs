//! The sandbox: the local vendors of the crate `rosterctl-sandbox`, with a mess made from the roster, or
//! from a test, in them.

mod accounts;
mod playground;
mod seed;
mod within;

pub use accounts::{HeldAccounts, plain};
pub use playground::{ENVIRONMENT, Index, IndexVendor, Playground, PlaygroundError};
pub use rosterctl_sandbox::{
    Canned, Fault, Faults, LocalVendor, Request, Sandbox, Served, Spoil, Twist, bitsight, local,
    logicgate, rest, scim, snaplogic, surecloud, twists,
};
pub use seed::{Seed, Start, seed, seed_as};
