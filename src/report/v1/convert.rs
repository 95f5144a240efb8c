//! From the types the program works with to those of the document. What is copied field by field is
//! taken apart by name, so that a new field cannot be forgotten here.

use jiff::Timestamp;

use super::{
    Document, FORMAT, Forecast, LastRead, Notice, Outcome, Planned, Proof, ReadVendor, Roster,
    Unlisted, UnreadVendor, Vendor, WithheldAction,
};
use crate::model::action::Action;
use crate::model::hints::Hints;
use crate::model::outcome;
use crate::model::plan;
use crate::model::plan::Level;
use crate::model::plan::Read;
use crate::plan::cause::Causes;

impl From<&plan::Plan> for Document {
    fn from(plan: &plan::Plan) -> Self {
        let vendors = &plan.vendors;
        let kept = |of: fn(&plan::VendorPlan) -> &[plan::WithheldAction]| {
            let all = vendors.iter().flat_map(|vendor| {
                let kept = of(vendor).iter();
                kept.map(|kept| WithheldAction {
                    files: files(&vendor.hints, &kept.action),
                    ..WithheldAction::from(kept)
                })
            });
            all.collect()
        };
        let actions = vendors.iter().flat_map(|vendor| {
            let actions = vendor.actions.iter();
            actions.map(|action| Planned {
                files: files(&vendor.hints, action),
                ..Planned::from(action.clone())
            })
        });
        Self {
            actions: actions.collect(),
            manual: kept(|vendor| &vendor.manual),
            held: kept(|vendor| &vendor.held),
            unlisted: vendors.iter().flat_map(unlisted).collect(),
            ..Self::without_accounts(plan)
        }
    }
}

impl Document {
    /// The document but for what it tells of single accounts: actions, those that are kept back,
    /// and accounts that are not listed.
    pub(super) fn without_accounts(plan: &plan::Plan) -> Self {
        let plan::Plan {
            created_at,
            on,
            roster,
            people,
            vendors,
            attention,
            ending,
        } = plan;
        Self {
            format: FORMAT,
            tool: format!("rosterctl {}", env!("CARGO_PKG_VERSION")),
            created_at: whole_seconds(*created_at),
            on: *on,
            roster: Roster {
                digest: roster.clone(),
                people: *people,
            },
            vendors: vendors
                .iter()
                .map(|vendor| (vendor.name.clone(), Vendor::from(vendor)))
                .collect(),
            summary: plan.summary(),
            attention: attention.into(),
            actions: Vec::new(),
            manual: Vec::new(),
            held: Vec::new(),
            unlisted: Vec::new(),
            notices: plan
                .emptiness()
                .map(nothing_compared)
                .into_iter()
                .chain(vendors.iter().flat_map(notices))
                .collect(),
            ending: ending.clone(),
            digest: plan.digest(),
        }
    }

    /// The document with the causes of its actions.
    #[must_use]
    pub fn with_causes(mut self, causes: &Causes) -> Self {
        let Causes {
            actions,
            manual,
            held,
        } = causes;
        for (action, cause) in self.actions.iter_mut().zip(actions) {
            action.cause = Some(*cause);
        }
        let kept = self.manual.iter_mut().zip(manual);
        for (kept, cause) in kept.chain(self.held.iter_mut().zip(held)) {
            kept.cause = Some(*cause);
        }
        self
    }
}

/// The files that an action comes from.
pub(super) fn files(hints: &Hints, action: &Action) -> Vec<Box<str>> {
    let files = hints.files(action).iter();
    files.map(|path| Box::from(&**path)).collect()
}

/// Fractions say nothing in a plan and make two documents harder to compare.
pub(super) fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

impl From<&plan::VendorPlan> for Vendor {
    fn from(vendor: &plan::VendorPlan) -> Self {
        match &vendor.read {
            Ok(Read {
                accounts,
                asked: _, // what it comes to is a notice
                unchanged,
                proof,
                forecast,
            }) => Self::Read(ReadVendor {
                kind: vendor.kind.into(),
                base_url: vendor.base_url.clone(),
                place: Some(vendor.place.clone()),
                observed: vendor.observed,
                accounts: *accounts,
                unchanged: *unchanged,
                proof: proof.into(),
                forecast: (*forecast).into(),
            }),
            Err(error) => Self::Unread(UnreadVendor {
                kind: vendor.kind.into(),
                error: error.clone(),
            }),
        }
    }
}

impl From<crate::model::forecast::Forecast> for Forecast {
    fn from(forecast: crate::model::forecast::Forecast) -> Self {
        let crate::model::forecast::Forecast {
            calls,
            seconds,
            per_hour,
            within,
        } = forecast;
        Self {
            calls,
            seconds,
            per_hour,
            within_seconds: within,
            share_percent: forecast.share(),
        }
    }
}

impl From<&plan::Completeness> for Proof {
    fn from(proof: &plan::Completeness) -> Self {
        let plan::Completeness {
            pages,
            counted,
            own,
            last,
            missing,
        } = proof;
        Self {
            complete: missing.is_none(),
            pages: *pages,
            counted: *counted,
            own: *own,
            last: last.map(|it| LastRead {
                accounts: it.accounts,
                read_at: whole_seconds(it.read_at),
            }),
            missing: missing.clone(),
        }
    }
}

pub(super) fn unlisted(vendor: &plan::VendorPlan) -> impl Iterator<Item = Unlisted> {
    vendor.unlisted.iter().map(|account| {
        let plan::UnlistedAccount { email, id, why } = account;
        Unlisted {
            vendor: vendor.name.clone(),
            email: email.clone(),
            id: id.clone(),
            why: why.clone(),
        }
    })
}

fn nothing_compared(why: &str) -> Notice {
    Notice {
        level: Level::Warning,
        vendor: None,
        email: None,
        text: why.to_owned(),
    }
}

fn notices(vendor: &plan::VendorPlan) -> impl Iterator<Item = Notice> {
    vendor.notices.iter().map(|notice| {
        let plan::Notice { level, email, text } = notice;
        Notice {
            level: *level,
            vendor: Some(vendor.name.clone()),
            email: email.clone(),
            text: text.clone(),
        }
    })
}

impl<'a> From<&'a plan::WithheldAction> for WithheldAction<&'a Action> {
    fn from(kept: &'a plan::WithheldAction) -> Self {
        let plan::WithheldAction { action, why } = kept;
        Self {
            action,
            cause: None,
            files: Vec::new(),
            why: why.clone(),
        }
    }
}

impl From<&plan::WithheldAction> for WithheldAction {
    fn from(kept: &plan::WithheldAction) -> Self {
        let WithheldAction {
            action,
            cause,
            files,
            why,
        } = WithheldAction::<&Action>::from(kept);
        Self {
            action: action.clone(),
            cause,
            files,
            why,
        }
    }
}

impl<A> From<A> for Planned<A> {
    fn from(action: A) -> Self {
        Self {
            action,
            cause: None,
            files: Vec::new(),
        }
    }
}

impl From<&outcome::Outcome> for Outcome {
    fn from(outcome: &outcome::Outcome) -> Self {
        let outcome::Outcome {
            action,
            verdict,
            status,
            message,
            id,
            seconds,
        } = outcome;
        Self {
            vendor: action.vendor.clone(),
            action: action.kind,
            email: action.email.clone(),
            id: id.clone().or_else(|| action.id.clone()),
            outcome: *verdict,
            status: *status,
            message: message.clone(),
            seconds: thousandths(*seconds),
        }
    }
}

fn thousandths(seconds: f64) -> f64 {
    // What is no number would become `null`, which the format does not know here.
    if seconds.is_finite() {
        (seconds * 1000.0).round() / 1000.0
    } else {
        0.0
    }
}
