//! A roster that somebody wrote who is not trusted with secrets: a pull request.

use std::path::PathBuf;

use super::args::PlanArgs;
use super::open::{Opened, connect, in_sandbox};
use super::output::{Error, Terminal};
use super::state_place::state;
use crate::http::{Backoff, Permit};
use crate::load::load_untrusted;
use crate::roster::{Parsed, untrusted};
use crate::state::State;
use crate::vendor;

/// Loads the roster, refuses it where its base has to be trusted instead, and connects the vendors
/// of the base. No secret is read and no command of the roster runs before that.
pub(super) async fn open_untrusted(
    args: &PlanArgs,
    base: &Parsed,
    terminal: &Terminal,
) -> Result<Opened, Error> {
    let mut parsed = load_untrusted(&args.scope.roster.roster, &vendor::specs()).to_plan_with();
    terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
    if !parsed.is_usable() {
        return Err("the roster cannot be used; nothing was read or written".into());
    }
    let refused = untrusted::check(&parsed, base);
    if !refused.is_empty() {
        terminal.diagnostics(&refused, &parsed.sources);
        return Err(
            "the roster says otherwise than its base where secrets come from or go; \
             no secret was read and no vendor called"
                .into(),
        );
    }
    untrusted::take_over(&mut parsed.roster, &base.roster);
    let state = match in_sandbox(&args.scope) {
        // The sandbox has its own.
        true => State::folder(PathBuf::new()),
        false => state(&base.roster, &args.base, terminal)?,
    };
    let tries = Backoff::default().tries;
    connect(&args.scope, parsed.roster, state, Permit::ReadOnly, tries).await
}
