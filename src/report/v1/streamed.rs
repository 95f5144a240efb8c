//! A plan as its document, made while it is written: a hundred thousand actions are not copied
//! before the first one is out.

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::convert::{files, unlisted};
use super::{Document, Journal, Outcome, Planned, WithheldAction};
use crate::model::action::Action;
use crate::model::context::Context;
use crate::model::outcome;
use crate::model::plan;
use crate::model::plan::VendorPlan;
use crate::plan::cause;
use crate::plan::cause::Cause;
use crate::plan::cause::Causes;

/// A plan that becomes a [`Document`] piece by piece.
pub(in crate::report) struct Streamed<'a> {
    /// The plan.
    pub(in crate::report) plan: &'a plan::Plan,
    /// What brought its actions about.
    pub(in crate::report) causes: Option<&'a Causes>,
}

/// A [`super::Report`] that is made in the same way.
#[derive(serde::Serialize)]
pub(in crate::report) struct StreamedReport<'a> {
    /// The plan.
    pub(in crate::report) plan: Streamed<'a>,
    /// What became of its actions.
    #[serde(serialize_with = "outcomes")]
    pub(in crate::report) outcomes: &'a [outcome::Outcome],
    /// How the journal ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) journal: Option<Journal>,
    /// What the run knew of why it ran.
    #[serde(skip_serializing_if = "Context::is_empty")]
    pub(in crate::report) context: &'a Context,
}

impl<'a> Serialize for Streamed<'a> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let vendors: &'a [VendorPlan] = &self.plan.vendors;
        let Document {
            format,
            tool,
            created_at,
            on,
            roster,
            vendors: shown,
            summary,
            attention,
            // These come from the plan.
            actions: _,
            manual: _,
            held: _,
            unlisted: _,
            notices,
            ending,
            digest,
        } = Document::without_accounts(self.plan);
        let mut to = to.serialize_struct("Document", 15)?;
        to.serialize_field("format", &format)?;
        to.serialize_field("tool", &tool)?;
        to.serialize_field("created_at", &created_at)?;
        to.serialize_field("on", &on)?;
        to.serialize_field("roster", &roster)?;
        to.serialize_field("vendors", &shown)?;
        to.serialize_field("summary", &summary)?;
        to.serialize_field("attention", &attention)?;
        let causes = |of: fn(&Causes) -> &[cause::Cause]| self.causes.map_or(&[][..], of);
        let actions = causes(|it| &it.actions);
        to.serialize_field(
            "actions",
            &Each(|| {
                let of_vendor = |vendor: &'a VendorPlan| {
                    let all = vendor.actions.iter();
                    all.map(|action| (&vendor.hints, action))
                };
                let all = vendors.iter().flat_map(of_vendor).enumerate();
                all.map(|(at, (hints, action))| Planned {
                    action,
                    cause: cause_of(actions, at),
                    files: files(hints, action),
                })
            }),
        )?;
        let kept = |of: fn(&VendorPlan) -> &[plan::WithheldAction], causes| {
            Each(move || {
                let of_vendor = move |vendor: &'a VendorPlan| {
                    let all = of(vendor).iter();
                    all.map(|kept| (&vendor.hints, kept))
                };
                let all = vendors.iter().flat_map(of_vendor).enumerate();
                all.map(move |(at, (hints, kept))| WithheldAction {
                    cause: cause_of(causes, at),
                    files: files(hints, &kept.action),
                    ..WithheldAction::<&Action>::from(kept)
                })
            })
        };
        let (manual, held) = (causes(|it| &it.manual), causes(|it| &it.held));
        to.serialize_field("manual", &kept(|it| &it.manual, manual))?;
        to.serialize_field("held", &kept(|it| &it.held, held))?;
        to.serialize_field("unlisted", &Each(|| vendors.iter().flat_map(unlisted)))?;
        to.serialize_field("notices", &notices)?;
        if ending.is_empty() {
            to.skip_field("ending")?;
        } else {
            to.serialize_field("ending", &ending)?;
        }
        match digest {
            Some(digest) => to.serialize_field("digest", &digest)?,
            None => to.skip_field("digest")?,
        }
        to.end()
    }
}

fn cause_of(causes: &[cause::Cause], at: usize) -> Option<Cause> {
    causes.get(at).copied()
}

fn outcomes<S: Serializer>(outcomes: &[outcome::Outcome], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(outcomes.iter().map(Outcome::from))
}

/// A list whose items are made one by one.
struct Each<F>(F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((self.0)())
    }
}
