//! Nothing but what was approved: a saved plan or a digest against the fresh plan.

use super::session::Reads;
use crate::model::action::Action;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::Plan;
use crate::plan::approve::{self, Approved, differences, remaining};
use crate::plan::forecast::forecast;
use crate::roster::model::Roster;

/// What has to be approved for an apply.
pub enum Approval {
    /// Nothing: the fresh plan is shown and asked for.
    None,
    /// The actions of a saved plan.
    Saved {
        /// The actions, and the day that they were planned for.
        approved: Approved,
        /// Whether what still holds is done where other actions do not hold any more.
        skip_stale: bool,
    },
    /// A plan with this digest.
    Digest(String),
}

/// What an apply is to do.
pub struct Work {
    /// To carry out.
    pub plan: Plan,
    /// What is known already about approved actions that are not carried out.
    pub known: Vec<Outcome>,
}

/// Why a fresh plan is not the approved one.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A vendor that cannot be read may hold anything.
    #[error(
        "{vendor} could not be read, so the plan cannot be compared with the approved one: {error}; \
         nothing was written"
    )]
    Unread {
        /// The vendor.
        vendor: Box<str>,
        /// Why it could not be read.
        error: String,
    },
    /// Its digest is another one.
    #[error(
        "the approved digest is {wanted}, the fresh plan has another one: {}; it is for {}; nothing \
         was written",
        .fresh.digest().map(|digest| digest.to_string()).unwrap_or_default(),
        places(.fresh)
    )]
    Digest {
        /// What was approved.
        wanted: String,
        /// What there is now.
        fresh: Box<Plan>,
    },
    /// It differs from the saved one.
    #[error(
        "the saved plan is stale: plan again and have it approved, or apply what still holds with \
         --skip-stale; nothing was written"
    )]
    Stale {
        /// What there is now.
        fresh: Box<Plan>,
    },
}

impl Approval {
    /// Compares the fresh plan with what was approved, and refuses what was not.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn work(&self, roster: &Roster, reads: &Reads, fresh: Plan) -> Result<Work, Refusal> {
        let all = |plan| Work {
            plan,
            known: Vec::new(),
        };
        match self {
            Self::None => Ok(all(fresh)),
            Self::Digest(wanted) => {
                readable(&fresh)?;
                let digest = fresh.digest().map(|digest| digest.to_string());
                if digest.as_ref() == Some(wanted) {
                    return Ok(all(fresh));
                }
                Err(Refusal::Digest {
                    wanted: wanted.clone(),
                    fresh: Box::new(fresh),
                })
            }
            Self::Saved {
                approved,
                skip_stale: false,
            } => {
                readable(&fresh)?;
                match differences(approved, &fresh).is_empty() {
                    true => Ok(all(fresh)),
                    false => Err(Refusal::Stale {
                        fresh: Box::new(fresh),
                    }),
                }
            }
            Self::Saved {
                approved,
                skip_stale: true,
            } => {
                let is_done = |action: &Action| {
                    let names = fresh.vendors.iter().map(|vendor| &vendor.name);
                    let mut reads = names.zip(reads);
                    let read = reads.find(|(name, _)| **name == action.vendor);
                    match (roster.vendors.get(&action.vendor), read) {
                        (Some(settings), Some((_, Ok(known)))) => {
                            approve::is_done(action, settings, known)
                        }
                        _ => false,
                    }
                };
                let left = remaining(approved, &fresh, is_done);
                let mut plan = left.plan;
                foresee(&mut plan, roster);
                let done = left.done.into_iter().map(|action| {
                    let message = String::from("was done before this run");
                    without_call(action, Verdict::Applied, message)
                });
                let stale = left
                    .stale
                    .into_iter()
                    .map(|(action, why)| without_call(action, Verdict::Skipped, why));
                Ok(Work {
                    plan,
                    known: done.chain(stale).collect(),
                })
            }
        }
    }
}

/// A vendor that cannot be read may hold anything: then no plan is the approved one.
fn readable(fresh: &Plan) -> Result<(), Refusal> {
    match fresh.unread().next() {
        None => Ok(()),
        Some((vendor, error)) => Err(Refusal::Unread {
            vendor: vendor.name.clone(),
            error: error.to_owned(),
        }),
    }
}

/// What a plan is for.
fn places(plan: &Plan) -> String {
    let vendors = plan.vendors.iter();
    let places = vendors.map(|it| format!("{}: {} at {}", it.name, it.kind, it.place));
    places.collect::<Vec<_>>().join("; ")
}

/// Counts calls and time anew for the actions that are left.
fn foresee(plan: &mut Plan, roster: &Roster) {
    for vendor in &mut plan.vendors {
        if let (Ok(read), Some(settings)) = (&mut vendor.read, roster.vendors.get(&vendor.name)) {
            read.forecast = forecast(&vendor.actions, settings.spec.calls, &settings.limits);
        }
    }
}

fn without_call(action: Action, verdict: Verdict, message: String) -> Outcome {
    Outcome {
        id: action.id.clone(),
        action,
        verdict,
        status: None,
        message,
        seconds: 0.0,
    }
}
