//! One file a command.

mod apply;
mod completions;
mod leavers;
mod plan;
#[cfg(feature = "sandbox")]
mod sandbox;
mod schema;
mod validate;

pub(super) use apply::apply;
pub(super) use completions::completions;
pub(super) use leavers::leavers;
pub(super) use plan::plan;
#[cfg(feature = "sandbox")]
pub(super) use sandbox::sandbox;
pub(super) use schema::schema;
pub(super) use validate::validate;
