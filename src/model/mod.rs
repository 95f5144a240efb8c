//! The nouns: accounts, values, e-mails, what a kind of vendor can do, actions, plans and outcomes.
//! Plain data that knows nobody else.

pub mod account;
pub mod action;
pub mod attention;
pub mod canonical;
pub mod certificate;
pub mod context;
pub mod current;
pub mod desired;
pub mod digest;
pub mod email;
pub(crate) mod few;
pub mod fingerprint;
pub mod forecast;
pub mod hints;
pub mod inventory;
pub mod mask;
pub mod nearest;
pub mod note;
pub mod odd;
pub mod off;
pub mod outcome;
pub mod plan;
pub mod preset;
pub mod question;
pub mod spec;
pub mod table;
pub mod traffic;
pub mod value;
