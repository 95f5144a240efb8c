//! One file a command.

pub(super) mod access;
mod apply;
mod approved;
pub(super) mod certify;
mod completions;
pub(super) mod connector;
pub(super) mod diff;
pub(super) mod doctor;
pub(super) mod evidence;
mod explain;
pub(super) mod fleet;
pub(super) mod fmt;
pub(super) mod history;
pub(super) mod import;
pub(super) mod init;
pub(super) mod journal;
mod leavers;
pub(super) mod lock;
pub(super) mod man;
mod plan;
pub(super) mod record;
pub(super) mod rename;
#[cfg(feature = "sandbox")]
mod sandbox;
mod schema;
mod undo;
mod validate;

pub(super) use access::access;
pub(super) use apply::apply;
pub(super) use certify::certify;
pub(super) use completions::completions;
pub(super) use connector::connector;
pub(super) use diff::diff;
pub(super) use doctor::doctor;
pub(super) use evidence::evidence;
pub(super) use explain::explain;
pub(super) use fleet::fleet;
pub(super) use fmt::fmt;
pub(super) use history::history;
pub(super) use import::import;
pub(super) use init::init;
pub(super) use journal::journal;
pub(super) use leavers::leavers;
pub(super) use lock::lock;
pub(super) use man::man;
pub(super) use plan::plan;
pub(super) use record::record;
pub(super) use rename::rename;
#[cfg(feature = "sandbox")]
pub(super) use sandbox::sandbox;
pub(super) use schema::schema;
pub(super) use undo::undo;
pub(super) use validate::validate;
