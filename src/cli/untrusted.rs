//! A roster beside its base: which rules it changes, and what somebody who is not trusted with
//! secrets (a pull request) may not say.

use std::path::PathBuf;

use super::args::PlanArgs;
use super::open::{Opened, connect, in_sandbox};
use super::output::{Error, Terminal};
use super::state_place::state;
use super::tracked::smuggled_state;
use crate::connector;
use crate::http::{Backoff, Permit};
use crate::model::attention::RuleChange;
use crate::roster::model::Roster;
use crate::roster::{Parsed, rule_changes, untrusted};
use crate::run::load::{load, load_untrusted};
use crate::state::State;

/// A roster that was opened beside its base.
pub(super) struct Beside {
    pub(super) opened: Opened,
    /// The rules that it changes.
    pub(super) rules: Vec<RuleChange>,
    /// With `--untrusted`: its people under the base's rules, which judge the plan too.
    pub(super) judge: Option<Roster>,
}

/// Loads the roster, tells which rules it changes, and connects its vendors.
///
/// With `--untrusted` it is refused where its base has to be trusted instead, and the vendors are
/// those of the base. No secret is read and no command of the roster runs before that.
pub(super) async fn open_beside(
    args: &PlanArgs,
    base: &Parsed,
    terminal: &Terminal,
) -> Result<Beside, Error> {
    let (files, specs) = (&args.scope.roster.all(), connector::specs());
    let parsed = match args.untrusted {
        true => load_untrusted(files, &specs),
        false => load(files, &specs),
    };
    let mut parsed = parsed.to_plan_with();
    terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
    if !parsed.is_usable() {
        return Err("the roster cannot be used; nothing was read or written".into());
    }
    // As they are written: what is taken over from the base below is no change then.
    let rules = rule_changes(
        (&parsed.roster, &parsed.sources),
        (&base.roster, &base.sources),
    );
    let mut judge = None;
    if args.untrusted {
        let refused = untrusted::check(&parsed, base);
        if !refused.is_empty() {
            terminal.diagnostics(&refused, &parsed.sources);
            return Err(
                "the roster says otherwise than its base where secrets come from or go; \
                 no secret was read and no vendor called"
                    .into(),
            );
        }
        let mut smuggled = smuggled_state(&base.roster, &args.base, false).await;
        smuggled.extend(smuggled_state(&parsed.roster, files, true).await);
        if !smuggled.is_empty() {
            terminal.diagnostics(&smuggled, &parsed.sources);
            return Err(
                "a pull request could change the state; no secret was read and no vendor called"
                    .into(),
            );
        }
        untrusted::take_over(&mut parsed.roster, &base.roster);
        judge = Some(untrusted::under_rules_of(&base.roster, &parsed.roster));
    }
    let state = match (in_sandbox(&args.scope), args.untrusted) {
        // The sandbox has its own.
        (true, _) => State::folder(PathBuf::new()),
        (false, true) => state(&base.roster, &args.base, terminal)?,
        (false, false) => state(&parsed.roster, files, terminal)?,
    };
    let tries = Backoff::default().tries;
    let roster = parsed.roster;
    let opened = connect(&args.scope, roster, state, Permit::ReadOnly, tries, None).await?;
    Ok(Beside {
        opened,
        rules,
        judge,
    })
}
