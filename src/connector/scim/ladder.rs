//! How a change of a user is sent: PATCH with paths, PATCH without, PUT of the whole object.
//!
//! One way is followed by the next where its form was refused, or where it was accepted without
//! effect; never where the values were refused, and never where the vendor asks to wait. Whether a
//! refusal is about the form is asked with a change that changes nothing. What worked is remembered
//! for the run.

use std::collections::VecDeque;

use serde_json::{Map, Value as Json, json};

use super::Scim;
use super::draft::UserDraft;
use super::goal::{ACTIVE, Goal};
use super::known::Way;
use super::refusal::{Refusal, Unstored};
use super::setting;
use super::wire::{Resource, patch};
use crate::connector::WriteError;
use crate::connector::rest::write::gone;
use crate::http::{Call, HttpError};

/// How often a write is worked out anew because the user changed underneath.
const VERSIONS: u32 = 3;

/// What became of a change that was sent.
pub(super) enum Sent {
    /// A fresh read shows it; and what is to be said besides.
    Stored(Resource, Option<String>),
    /// It was accepted, and a fresh read does not show all of it.
    Ignored(Resource, Refusal),
    /// It was refused; nothing of it is there.
    Refused(HttpError),
    /// There is no such user any more.
    Gone,
}

/// What the answer to a change says.
enum Meaning {
    /// The vendor does not take changes of this form.
    Form,
    /// It is about the form or the values.
    Unclear,
    /// It is about the values.
    Value,
    /// It is about neither.
    Neither,
}

impl Meaning {
    fn of(error: &HttpError) -> Self {
        match error.status() {
            _ if error.is_throttled() => Self::Neither,
            Some(405 | 501) => Self::Form,
            Some(400 | 403 | 404 | 422 | 500) => Self::Unclear,
            Some(409 | 412 | 413) => Self::Value,
            _ => Self::Neither,
        }
    }
}

impl Scim {
    /// Changes a user by one way after the other until a fresh read shows the change.
    pub(super) async fn send_draft(
        &self,
        goal: &Goal<'_>,
        mut draft: UserDraft,
    ) -> Result<Sent, WriteError> {
        let id = draft.before.id().unwrap_or_default();
        let (mut refused, mut form) = (None::<HttpError>, false);
        let mut ignored: Option<(u16, Resource, Unstored)> = None;
        let (mut dropped, mut proved, mut kept_back) = (false, false, None);
        // The user as it was read behind an earlier way.
        let mut behind: Option<Resource> = None;
        // What the first change of a run finds out need not be found out by others beside it.
        let turn = match self.is_any_way_known() {
            true => None,
            false => Some(self.first_change.lock().await),
        };
        let _turn = turn.filter(|_| !self.is_any_way_known());
        let learnt = self.learnt().user_way;
        let ways = self.ways(learnt).into_iter().enumerate();
        let mut ways: VecDeque<(usize, Way)> = ways.collect();
        while let Some((tried, way)) = ways.pop_front() {
            // What is gone already cannot be lost by writing the rest.
            if way == Way::Put
                && !dropped
                && let Some(why) = self.no_put(form)
            {
                kept_back = Some(why);
                continue;
            }
            let sent = self.send_version(goal, &id, &mut draft, way, behind.as_ref());
            let answered = match sent.await {
                Ok(answered) => answered,
                // An earlier way was accepted and may have done something.
                Err(error) if ignored.is_some() && !is_answer(&error) => {
                    return Err(error.behind_a_write());
                }
                Err(WriteError::Http(error)) => match Meaning::of(&error) {
                    Meaning::Neither => return Err(error.into()),
                    Meaning::Form => {
                        form |= way != Way::Put;
                        refused.get_or_insert(error);
                        continue;
                    }
                    Meaning::Value => {
                        refused.get_or_insert(error);
                        break;
                    }
                    Meaning::Unclear => {
                        if error.status() == Some(404) && self.user_by_id(&id).await?.is_none() {
                            return Ok(Sent::Gone);
                        }
                        let unclear = error.status() == Some(500);
                        let plain = self.learnt().plain_json;
                        let read = behind.as_ref().unwrap_or(&draft.before);
                        if !unclear && self.takes(way, read).await? {
                            if self.learnt().plain_json != plain {
                                // It was not read for its type, which is another one from now on.
                                ways.push_front((tried, way));
                                continue;
                            }
                            // So it is about the values.
                            refused = Some(error);
                            break;
                        }
                        refused.get_or_insert(error);
                        if !unclear {
                            continue;
                        }
                        Some(500)
                    }
                },
                Err(error) => return Err(error),
            };
            let status = answered.unwrap_or(200);
            // After a 500 the next way sets the same values: nothing is waited for.
            let read = match status == 500 && !ways.is_empty() {
                true => self.again(goal, &id).await,
                false => self.read_back(goal, &id).await,
            };
            let now = read.map_err(WriteError::Partly)?;
            let Some(now) = now else {
                return Ok(Sent::Gone);
            };
            let lacking = self.lacking(goal, &now)?;
            let lost = draft.lost(&now);
            // What somebody else may have done proves no way.
            let by_it = answered.is_some_and(|status| status != 500);
            if lost.is_empty() && lacking.len() < goal.names().len() && by_it {
                proved = true;
                self.learnt().takes.insert(way);
            }
            if lacking.is_empty() && (lost.is_empty() || way == Way::Put) {
                if tried > 0 && answered.is_some() {
                    self.learnt().user_way = Some(way);
                }
                let note = match lost.is_empty() {
                    true => (way == Way::Put).then(|| self.unseen_loss()).flatten(),
                    false => Some(format!(
                        "the vendor dropped {} from the user",
                        lost.join(", ")
                    )),
                };
                return Ok(Sent::Stored(now, note));
            }
            if !lost.is_empty() {
                dropped = true;
                self.learnt().wipes = true;
            }
            behind = Some(now.clone());
            if status != 500 {
                ignored = Some((status, now, Unstored { lacking, lost }));
            }
        }
        let sent = match (ignored, refused) {
            (Some((status, now, unstored)), _) => {
                let off = goal.active == Some(false);
                let mut refusal = self.learn_unstored(unstored, status, proved, off);
                if let Some(why) = kept_back.filter(|_| !proved) {
                    refusal.words.push_str(&format!("; {why}"));
                }
                Sent::Ignored(now, refusal)
            }
            (None, Some(mut error)) => {
                if let Some(why) = kept_back.filter(|_| self.learnt().takes.is_empty()) {
                    error.add(&why);
                }
                Sent::Refused(error)
            }
            (None, None) => return Err(gone(goal.action)),
        };
        Ok(sent)
    }

    fn is_any_way_known(&self) -> bool {
        let given = self.settings.text(setting::PATCH).is_some();
        let learnt = self.learnt();
        given || learnt.user_way.is_some() || !learnt.takes.is_empty()
    }

    /// Why the whole user is not to be written where a PATCH may do; `form`: the vendor says that
    /// it takes none.
    fn no_put(&self, form: bool) -> Option<String> {
        if self.settings.text(setting::PATCH) == Some("off") {
            return None;
        }
        let way_out = "`patch: off` does so all the same";
        let known = self.known();
        match known.discovered.hidden() {
            Some(hidden) if !hidden.is_empty() => Some(format!(
                "the user is not written whole, which would drop what the vendor does not show \
                 ({}): {way_out}",
                hidden.join(", ")
            )),
            // It was the way before, or a PATCH drops as much.
            _ if self.learnt().user_way == Some(Way::Put) || self.learnt().wipes => None,
            _ if !self
                .learnt()
                .takes
                .is_disjoint(&[Way::Path, Way::Plain].into()) =>
            {
                Some("the user is not written whole, because a PATCH works here".to_owned())
            }
            Some(_) => None,
            None if form || known.discovered.patch == Some(false) => None,
            None => Some(format!(
                "the user is not written whole, which would drop what the vendor does not show, \
                 and it does not describe its attributes: {way_out}"
            )),
        }
    }

    /// What is to be said, once a run, where users are written whole and nobody knows what the vendor
    /// keeps and does not show.
    fn unseen_loss(&self) -> Option<String> {
        let known = self.known().discovered.hidden().is_some();
        let said = self.settings.text(setting::PATCH) == Some("off");
        let mut learnt = self.learnt();
        (!known && !said && !std::mem::replace(&mut learnt.told_whole, true)).then(|| {
            "the vendor takes nothing but whole users and does not describe them: what it keeps of \
             a user and shows nobody may be gone with a write, here and wherever this run changes one"
                .to_owned()
        })
    }

    /// Whether the vendor takes changes of this form: asked with one that changes nothing.
    async fn takes(&self, way: Way, user: &Resource) -> Result<bool, WriteError> {
        let (takes, refuses) = {
            let learnt = self.learnt();
            (learnt.takes.contains(&way), learnt.refuses.contains(&way))
        };
        if takes || refuses || way == Way::Put {
            return Ok(takes || way == Way::Put);
        }
        let same = [ACTIVE, "userName"].into_iter();
        let mut same = same.filter_map(|name| Some((name, user.get(name)?)));
        let Some((name, value)) = same.next() else {
            return Ok(false);
        };
        let operation = match way {
            Way::Path => json!({ "op": "replace", "path": name, "value": value }),
            _ => {
                let fields = Map::from_iter([(name.to_owned(), value.clone())]);
                json!({ "op": "replace", "value": Json::Object(fields) })
            }
        };
        let id = user.id().unwrap_or_default();
        let call = Call::patch("ask for the form of changes", self.path(&id));
        let mut call = call.json(&patch(vec![operation])).repeatable();
        if let Some(version) = user.version().filter(|_| self.sends_version()) {
            call = call.header("if-match", version);
        }
        let taken = match self.send_typed(call, true).await {
            Ok(_) => true,
            Err(error) if matches!(Meaning::of(&error), Meaning::Neither) => {
                return Err(error.into());
            }
            Err(_) => false,
        };
        let mut learnt = self.learnt();
        match taken {
            true => learnt.takes.insert(way),
            false => learnt.refuses.insert(way),
        };
        Ok(taken)
    }

    /// Sends a change for the version that was read; reads again where that has passed. `None`: nothing is
    /// left to change then, since the call went through before, or somebody else did the same. `behind`: the
    /// user as it was read behind an earlier way, of which only the version counts: what that way dropped is
    /// written back.
    async fn send_version(
        &self,
        goal: &Goal<'_>,
        id: &str,
        draft: &mut UserDraft,
        way: Way,
        behind: Option<&Resource>,
    ) -> Result<Option<u16>, WriteError> {
        let mut sent = 1;
        loop {
            let mut call = match way {
                Way::Put => Call::put("replace user", self.path(id)).json(&draft.whole()),
                Way::Path => {
                    Call::patch("change user", self.path(id)).json(&patch(draft.by_path()))
                }
                Way::Plain => {
                    Call::patch("change user", self.path(id)).json(&patch(draft.by_value()))
                }
            };
            let read = behind.unwrap_or(&draft.before);
            let version = read.version().filter(|_| self.sends_version());
            if let Some(version) = version {
                call = call.header("if-match", version);
            }
            // It sets values, so twice is the same as once.
            let error = match self.send(call.repeatable()).await {
                Ok(reply) => return Ok(Some(reply.status)),
                Err(error) => error,
            };
            if error.status() == Some(428) && version.is_none() {
                self.learnt().needs_version = true;
                if read.version().is_some() && self.sends_version() {
                    continue;
                }
            }
            if error.status() != Some(412) || version.is_none() || sent == VERSIONS {
                return Err(error.into());
            }
            sent += 1;
            let fresh = self
                .user_by_id(id)
                .await?
                .ok_or_else(|| gone(goal.action))?;
            if fresh.version() == version {
                // It refuses the very version that it shows.
                self.learnt().no_version = true;
            }
            match behind {
                None => {}
                Some(_) if self.learnt().no_version => continue,
                Some(_) => return Err(error.into()),
            }
            let open = self.draft(goal, &fresh)?;
            if open.is_empty() {
                // What this call may have dropped when it went through is still known.
                return Ok(None);
            }
            *draft = open;
        }
    }

    pub(super) fn sends_version(&self) -> bool {
        let said = self.known().discovered.etag == Some(true);
        let learnt = self.learnt();
        self.settings
            .said(setting::ETAG)
            .unwrap_or(said || learnt.needs_version)
            && !learnt.no_version
    }
}

/// Whether the vendor looked at the change and did not like it.
fn is_answer(error: &WriteError) -> bool {
    matches!(error, WriteError::Http(error) if !matches!(Meaning::of(error), Meaning::Neither))
}
