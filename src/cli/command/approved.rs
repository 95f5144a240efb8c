//! `apply --plan` and `apply --digest`: nothing but what was approved.

use std::path::Path;

use crate::cli::args::{ApplyArgs, ScopeArgs};
use crate::cli::open::Opened;
use crate::cli::output::{Error, Terminal};
use crate::model::action::Action;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::Plan;
use crate::plan::approve;
use crate::plan::approve::{Approved, differences, remaining};
use crate::plan::forecast::forecast;
use crate::report::Style;
use crate::run::session::Reads;
use crate::{regular, report};

/// What has to be approved for an apply.
pub(super) enum Approval {
    /// Nothing: the fresh plan is shown and asked for.
    None,
    /// The actions of a saved plan.
    Saved {
        approved: Approved,
        skip_stale: bool,
    },
    /// A plan with this digest.
    Digest(String),
}

/// What an apply is to do.
pub(super) struct Work {
    /// To carry out.
    pub(super) plan: Plan,
    /// What is known already about approved actions that are not carried out.
    pub(super) settled: Vec<Outcome>,
}

impl Approval {
    /// Reads the saved plan, if there is one; before anything else is done.
    pub(super) fn read(args: &ApplyArgs) -> Result<Self, Error> {
        match (&args.plan, &args.digest) {
            (Some(path), _) => Ok(Self::Saved {
                approved: load(path)?,
                skip_stale: args.skip_stale,
            }),
            (None, Some(digest)) => Ok(Self::Digest(digest.clone())),
            (None, None) => Ok(Self::None),
        }
    }

    /// The scope to plan for: that of the command line, on the day of the saved plan.
    pub(super) fn scope(&self, args: &ScopeArgs) -> ScopeArgs {
        let mut scope = args.clone();
        match self {
            Self::Saved { approved, .. } => scope.on = Some(approved.on),
            Self::None | Self::Digest(_) => {}
        }
        scope
    }

    /// Compares the fresh plan with what was approved, and refuses what was not.
    pub(super) fn work(
        &self,
        opened: &Opened,
        reads: &Reads,
        fresh: Plan,
        terminal: &Terminal,
    ) -> Result<Work, Error> {
        let all = |plan| Work {
            plan,
            settled: Vec::new(),
        };
        match self {
            Self::None => Ok(all(fresh)),
            Self::Digest(wanted) => {
                readable(&fresh)?;
                let digest = fresh.digest().map(|digest| digest.to_string());
                if digest.as_ref() == Some(wanted) {
                    return Ok(all(fresh));
                }
                let style = Style {
                    colour: terminal.colour(),
                    verbose: terminal.verbose(),
                };
                terminal.result(|out| report::text::plan(&fresh, &style, out))?;
                let vendors = fresh.vendors.iter();
                let places = vendors.map(|it| format!("{}: {} at {}", it.name, it.kind, it.place));
                let places: Vec<String> = places.collect();
                Err(format!(
                    "the approved digest is {wanted}, the fresh plan has another one: {}; it is \
                     for {}; nothing was written",
                    digest.unwrap_or_default(),
                    places.join("; ")
                )
                .into())
            }
            Self::Saved {
                approved,
                skip_stale: false,
            } => {
                readable(&fresh)?;
                let list = differences(approved, &fresh);
                if list.is_empty() {
                    return Ok(all(fresh));
                }
                let mut text = Vec::new();
                report::difference::differences(&list, &Style::default(), &mut text)?;
                terminal.note(String::from_utf8_lossy(&text).trim_end());
                Err(
                    "the saved plan is stale: plan again and have it approved, or apply what still \
                     holds with --skip-stale; nothing was written"
                        .into(),
                )
            }
            Self::Saved {
                approved,
                skip_stale: true,
            } => {
                let is_done = |action: &Action| {
                    let names = fresh.vendors.iter().map(|vendor| &vendor.name);
                    let mut reads = names.zip(reads);
                    let read = reads.find(|(name, _)| **name == action.vendor);
                    match (opened.roster.vendors.get(&action.vendor), read) {
                        (Some(settings), Some((_, Ok(current)))) => {
                            approve::is_done(action, settings, current)
                        }
                        _ => false,
                    }
                };
                let left = remaining(approved, &fresh, is_done);
                let mut plan = left.plan;
                foresee(&mut plan, opened);
                let done = left.done.into_iter().map(|action| {
                    let message = String::from("was done before this run");
                    settled(action, Verdict::Applied, message)
                });
                let stale = left
                    .stale
                    .into_iter()
                    .map(|(action, why)| settled(action, Verdict::Skipped, why));
                Ok(Work {
                    plan,
                    settled: done.chain(stale).collect(),
                })
            }
        }
    }
}

/// Reads a saved plan.
fn load(path: &Path) -> Result<Approved, Error> {
    let failed = |error: &dyn std::fmt::Display| -> Error {
        format!("cannot use the saved plan {}: {error}", path.display()).into()
    };
    let bytes =
        regular::read(path, "a saved plan is a regular file").map_err(|error| failed(&error))?;
    let document = report::json::parse(&bytes).map_err(|error| failed(&error))?;
    document
        .approved()
        .map_err(|vendor| failed(&format_args!("{vendor} could not be read when it was made")))
}

/// A vendor that cannot be read may hold anything: then no plan is the approved one.
fn readable(fresh: &Plan) -> Result<(), Error> {
    match fresh.unread().next() {
        None => Ok(()),
        Some((vendor, error)) => Err(format!(
            "{} could not be read, so the plan cannot be compared with the approved one: {error}; \
             nothing was written",
            vendor.name
        )
        .into()),
    }
}

/// Counts calls and time anew for the actions that are left.
fn foresee(plan: &mut Plan, opened: &Opened) {
    for vendor in &mut plan.vendors {
        if let (Ok(read), Some(settings)) =
            (&mut vendor.read, opened.roster.vendors.get(&vendor.name))
        {
            read.forecast = forecast(&vendor.actions, settings.spec.calls, &settings.limits);
        }
    }
}

fn settled(action: Action, verdict: Verdict, message: String) -> Outcome {
    Outcome {
        id: action.id.clone(),
        action,
        verdict,
        status: None,
        message,
        seconds: 0.0,
    }
}
