//! The loop that vendors with a REST API share. A kind declares how its lists are asked for
//! ([`list::List`]), which fields its users have ([`row::Field`]) and where its attributes stand
//! ([`attributes`]); what is left in its folder are its quirks.

pub(super) mod attributes;
pub(super) mod counts;
pub(super) mod find;
pub(super) mod just_read;
pub(super) mod list;
pub(super) mod row;
pub(super) mod users;
pub(super) mod walk;
pub(super) mod whole;
pub(super) mod write;
