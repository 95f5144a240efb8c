//! One change of one user: sent as one, and where that is refused, attribute by attribute, so that
//! what one of them meets stops only that one.

use super::Scim;
use super::draft::{Ids, UserDraft};
use super::field::{AttributePlace, Shape, place};
use super::goal::{ACTIVE, Goal};
use super::ladder::Sent;
use super::refusal::{Expected, Refusal};
use super::wire::Resource;
use crate::connector::WriteError;
use crate::connector::rest::write::gone;
use crate::http::HttpError;

/// What a change came to.
pub(super) struct Changed {
    /// The user as it was last read; `None`: it was switched off and is gone with that.
    pub(super) now: Option<Resource>,
    /// Whether anything was written.
    pub(super) written: bool,
    pub(super) notes: Vec<String>,
    /// What the vendor did not take; the rest was done.
    pub(super) refusals: Vec<Refusal>,
}

impl Scim {
    /// Changes a user as far as the vendor takes it.
    ///
    /// # Errors
    /// What would meet every further call of this action as well.
    pub(super) async fn change(
        &self,
        goal: &Goal<'_>,
        user: Resource,
    ) -> Result<Changed, WriteError> {
        let (mut together, mut apart, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
        for (key, part) in self.open_parts(goal, &user)? {
            match self.expected(&key, &part) {
                Expected::Taken => together.push((key, part)),
                Expected::Doubtful => apart.push((key, part)),
                Expected::Refused(refusal) => refusals.push(refusal),
            }
        }
        let mut changed = Changed {
            now: Some(user),
            written: false,
            notes: Vec::new(),
            refusals,
        };
        let refused = self.step(&goal.with(&together), &mut changed).await?;
        match (refused, together.as_slice()) {
            (None, _) => {}
            (Some(error), [(key, part)]) if key != ACTIVE => {
                let refusal = self.learn_refused(key, part, &error);
                changed.refusals.push(refusal);
            }
            // Some of it, perhaps all, perhaps only as one.
            (Some(_), _) => {
                together.extend(apart);
                apart = together;
            }
        }
        for (key, part) in &apart {
            let mut refused = self.step(part, &mut changed).await?;
            if let Some(error) = &refused
                && key == ACTIVE
                && matches!(error.status(), Some(400 | 422))
                && !self.learnt().text_active
            {
                self.learnt().text_active = true;
                if self.step(part, &mut changed).await?.is_some() {
                    self.learnt().text_active = false;
                } else {
                    refused = None;
                }
            }
            match refused {
                Some(error) => {
                    let refusal = self.learn_refused(key, part, &error);
                    changed.refusals.push(refusal);
                }
                None => self.learn_taken(key),
            }
        }
        Ok(changed)
    }

    /// The parts of a goal in which a user differs from it.
    fn open_parts<'a>(
        &self,
        goal: &Goal<'a>,
        user: &Resource,
    ) -> Result<Vec<(String, Goal<'a>)>, WriteError> {
        let known = self.known();
        // There may be thousands of custom attributes. None concerns another, so one draft does for
        // all of them.
        let mut custom = UserDraft::of(user);
        let ids = Ids {
            own: &goal.action.email,
            people: &known.people,
            groups: Vec::new(),
        };
        let mut open = Vec::new();
        for (key, part) in goal.parts() {
            let places = part.changes.iter().map(|it| place(&it.attribute));
            let places: Option<Vec<AttributePlace>> = places.collect();
            let places = places.unwrap_or_default();
            let all_custom = places.iter().all(|it| it.shape == Shape::Custom);
            let differs = match part.active.is_none() && all_custom && !places.is_empty() {
                true => places.iter().zip(&part.changes).any(|(place, change)| {
                    !known.absent.contains(&*change.attribute)
                        && custom.set(place, &change.after, &known.discovered, &ids)
                }),
                false => !self.draft(&part, user)?.is_empty(),
            };
            if differs {
                open.push((key, part));
            }
        }
        Ok(open)
    }

    /// Sends a part of a change, or several as one; returns how it was refused, if it was.
    async fn step(
        &self,
        goal: &Goal<'_>,
        changed: &mut Changed,
    ) -> Result<Option<HttpError>, WriteError> {
        let Some(user) = &changed.now else {
            return Ok(None);
        };
        let draft = self.draft(goal, user)?;
        if draft.is_empty() {
            return Ok(None);
        }
        let sent = match self.send_draft(goal, draft).await {
            Err(error) if changed.written => return Err(error.behind_a_write()),
            other => other?,
        };
        if matches!(sent, Sent::Gone) {
            self.forget_member(&user.id().unwrap_or_default());
        }
        match sent {
            Sent::Stored(now, note) => {
                changed.notes.extend(note);
                changed.now = Some(now);
            }
            Sent::Ignored(now, refusal) => {
                changed.refusals.push(refusal);
                changed.now = Some(now);
            }
            Sent::Refused(error) => return Ok(Some(error)),
            Sent::Gone if goal.active == Some(false) => {
                let note = "the vendor removed the user: off means gone there";
                changed.notes.push(note.to_owned());
                changed.now = None;
            }
            Sent::Gone if changed.written => return Err(gone(goal.action).behind_a_write()),
            Sent::Gone => return Err(gone(goal.action)),
        }
        changed.written = true;
        Ok(None)
    }
}
