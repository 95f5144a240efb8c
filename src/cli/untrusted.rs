//! A roster beside its base: which rules it changes, and what somebody who is not trusted with
//! secrets (a pull request) may not say.

use super::args::PlanArgs;
use super::open::{Opened, connect, state};
use super::output::{Error, Terminal};
use crate::http::{Backoff, Permit};
use crate::load::{load, load_untrusted};
use crate::reconcile::attention::RuleChange;
use crate::roster::model::Roster;
use crate::roster::{Parsed, rule_changes, untrusted};
use crate::vendor;

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
    let (files, specs) = (&args.scope.roster.roster, vendor::specs());
    let mut parsed = match args.untrusted {
        true => load_untrusted(files, &specs),
        false => load(files, &specs),
    };
    terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
    if !parsed.is_usable() {
        return Err("the roster cannot be used; nothing was read or written".into());
    }
    // As they are written: what is taken over from the base below is no change then.
    let rules = rule_changes(
        (&parsed.roster, &parsed.sources),
        (&base.roster, &base.sources),
    );
    let state = if args.untrusted {
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
        state(&base.roster, &args.base)?
    } else {
        state(&parsed.roster, files)?
    };
    let judge = match args.untrusted {
        true => Some(judge(&parsed.roster, base, terminal)?),
        false => None,
    };
    let loaded = (parsed.roster, parsed.sources);
    let tries = Backoff::default().tries;
    let opened = connect(&args.scope, loaded, state, Permit::ReadOnly, tries).await?;
    Ok(Beside {
        opened,
        rules,
        judge,
    })
}

/// The people of a roster under the rules of its base; an error where they break what the base
/// asserts.
fn judge(roster: &Roster, base: &Parsed, terminal: &Terminal) -> Result<Roster, Error> {
    let judge = untrusted::under_rules_of(&base.roster, roster);
    let broken = untrusted::broken(&judge);
    terminal.diagnostics(&broken, &base.sources);
    match broken.len() {
        0 => Ok(judge),
        _ => Err(BROKEN.into()),
    }
}

/// What the base asserts holds until a change of it is merged.
pub(super) const BROKEN: &str = "the roster breaks what its base asserts: have the change of the \
                                 assertion reviewed and merged by itself, and plan again";
