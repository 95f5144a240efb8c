//! One file a command.

mod apply;
mod approved;
mod completions;
mod journal;
mod explain;
mod leavers;
mod plan;
#[cfg(feature = "sandbox")]
mod sandbox;
mod schema;
mod undo;
mod validate;

pub(super) use apply::apply;
pub(super) use completions::completions;
pub(super) use journal::journal;
pub(super) use explain::explain;
pub(super) use leavers::leavers;
pub(super) use plan::plan;
#[cfg(feature = "sandbox")]
pub(super) use sandbox::sandbox;
pub(super) use schema::schema;
pub(super) use undo::undo;
pub(super) use validate::validate;
