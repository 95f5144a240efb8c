//! How somebody gets into a group and out of it.
//!
//! Changes of one group that wait at the same time share the calls, and the reads before and after.
//! Whoever is not as asked then is tried alone, so that a member deleted elsewhere spoils nobody
//! else's change, and an answer means one person. Whoever was in the group and should still be is
//! looked for, and brought back where a call took them out.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;

use super::Scim;
use super::group_batches::{GATHERED, Told, Wish};
use super::group_ways::{Ways, is_form, is_refusal, is_too_many};
use crate::connector::WriteError;
use crate::connector::batch::Waiting;
use crate::http::HttpError;
use crate::model::few::few;
use crate::plan::reason::reason;

/// So many joins that were refused alone for the same reason are enough.
const ENOUGH: u32 = 3;

/// What one way came to.
#[derive(Default)]
pub(super) struct Tried {
    /// Those who are not as asked.
    pub(super) open: BTreeSet<String>,
    /// Those of whom nothing shows whether they are.
    pub(super) unknown: BTreeSet<String>,
    /// The group is gone.
    pub(super) gone: bool,
    /// The refusal, where it may have done something all the same.
    pub(super) refused: Option<HttpError>,
    pub(super) notes: Vec<String>,
    /// Who was taken out and could not be brought back.
    pub(super) lost: Vec<String>,
    /// Nobody could look: the call may have done what it should, or was not sent.
    pub(super) unread: Option<WriteError>,
}

impl Scim {
    /// Brings one user into these groups and out of those, by id. Returns what is to be said
    /// besides.
    ///
    /// # Errors
    /// The changes that did not go through; the others are made all the same.
    pub(super) async fn join(
        &self,
        user: &str,
        inside: &BTreeSet<String>,
        outside: &BTreeSet<String>,
    ) -> Told {
        let ins = inside.iter().map(|group| (group, true));
        let outs = outside.iter().map(|group| (group, false));
        let moves = ins.chain(outs).map(|(group, inside)| async move {
            let wish = Wish {
                user: user.to_owned(),
                inside,
            };
            let batches = self.memberships.of(group);
            loop {
                let send = |batch| self.send_batch(group, batch);
                if let Some(told) = batches.share(wish.clone(), send).await {
                    return told;
                }
                // Whoever took it from the queue was dropped in mid-call.
            }
        });
        let (mut notes, mut failed) = (Vec::new(), Vec::new());
        for told in join_all(moves).await {
            match told {
                Ok(more) => notes.extend(more),
                Err(error) => failed.push(error),
            }
        }
        let mut failed = failed.into_iter();
        let Some(first) = failed.next() else {
            return Ok(notes);
        };
        // Which groups the user is in has to be looked up before it is said again.
        self.learn_groups(|groups| {
            groups.stale.insert(user.to_owned());
        });
        let others: Vec<String> = failed.map(|it| it.to_string()).collect();
        Err(first.and(&few(&others, "; ")).and(&notes.join("; ")))
    }

    async fn send_batch(&self, group: &str, mut batch: Vec<Waiting<Wish, Told>>) {
        let proved = batch.iter().all(|it| self.is_proved(it.item.inside));
        let permits = if proved { 1 } else { self.memberships.at_once };
        let turn = self.memberships.turns.acquire_many(permits).await;
        let _turn = turn.expect("the semaphore is never closed");
        while !batch.is_empty() {
            // What is not proved yet is tried on no more people than fit in a call.
            let proved = batch.iter().all(|it| self.is_proved(it.item.inside));
            let some = if proved { GATHERED } else { self.group_size() };
            let rest = batch.split_off(some.min(batch.len()));
            let wishes: Vec<Wish> = batch.iter().map(|it| it.item.clone()).collect();
            let mut told = self.send_wishes(group, wishes).await;
            for waiting in batch {
                let user = &waiting.item.user;
                let told = told.remove(user).expect("every wish is told of");
                waiting.tell(told);
            }
            batch = rest;
        }
        self.memberships.forget(group);
    }

    /// Whether the way to try first is known to work.
    fn is_proved(&self, inside: bool) -> bool {
        let first = self.group_ways(inside).into_iter().next();
        first.is_some_and(|way| self.learnt().groups.takes.contains(&(way, inside)))
    }

    /// What becomes of the wishes for one group, by user: together as far as that works, then one
    /// by one. What one of them teaches serves the rest, and where one goes through alone that was
    /// refused with the others, these are tried in halves.
    async fn send_wishes(&self, group: &str, wishes: Vec<Wish>) -> BTreeMap<String, Told> {
        let mut all = BTreeMap::new();
        let mut row = (String::new(), 0);
        // What is to be said of a call that several shared is said once.
        let mut notes = Vec::new();
        let mut portions = vec![wishes];
        while let Some(portion) = portions.pop() {
            let (mut alone, mut refused) = (Vec::new(), false);
            for (some, sent) in self.together(group, portion).await {
                match sent {
                    Ok(Some(mut tried)) => {
                        notes.append(&mut tried.notes);
                        if let (Some(error), true) = (&tried.unread, tried.lost.is_empty()) {
                            all.extend(some.into_iter().map(|wish| failed(wish, error)));
                            continue;
                        }
                        for wish in some {
                            if tried.open.contains(&wish.user) && tried.lost.is_empty() {
                                alone.push(wish);
                                continue;
                            }
                            let told = self.told_of(group, &wish, &tried);
                            let told = with_notes(told, std::mem::take(&mut notes));
                            all.insert(wish.user, told);
                        }
                    }
                    // That form is not tried any more.
                    Err(error) if some.len() > 1 && is_form(&error) => portions.push(some),
                    // What would meet the others as well.
                    Err(error) if !is_refusal(&error) => {
                        let error = WriteError::from(error);
                        all.extend(some.into_iter().map(|wish| failed(wish, &error)));
                    }
                    sent => {
                        refused |= sent.is_err();
                        alone.extend(some);
                    }
                }
            }
            let mut alone = alone.into_iter();
            while let Some(wish) = alone.next() {
                if wish.inside && row.1 >= ENOUGH {
                    let told = self.not_sent(group, &row.0);
                    all.insert(wish.user, Err(told));
                    continue;
                }
                let works = self.learnt().groups.works.clone();
                let told = self.alone(group, &wish).await;
                match &told {
                    Err(WriteError::Refused { message, .. }) if wish.inside => {
                        let why = reason(message, [&*wish.user]);
                        row.1 = if why == row.0 { row.1 + 1 } else { 1 };
                        row.0 = why;
                    }
                    _ => row.1 = 0,
                }
                let by_number = refused && told.is_ok();
                let told = with_notes(told, std::mem::take(&mut notes));
                all.insert(wish.user, told);
                if by_number || self.learnt().groups.works != works {
                    let mut rest: Vec<Wish> = alone.by_ref().collect();
                    let half = if by_number { rest.len() / 2 } else { 0 };
                    portions.push(rest.split_off(half));
                    portions.push(rest);
                }
            }
        }
        all
    }

    /// What is told of somebody who is not brought into a group because others were not.
    fn not_sent(&self, group: &str, why: &str) -> WriteError {
        WriteError::Refused {
            status: 200,
            message: format!(
                "not brought into group {}: {ENOUGH} others in a row were refused for the same \
                 reason ({why})",
                self.group_name(group)
            ),
            account: None,
        }
    }

    /// One attempt for several people: for all of them, where one way is the first to try for both
    /// directions, else for each direction. `None`: each is to be tried alone.
    async fn together(
        &self,
        group: &str,
        wishes: Vec<Wish>,
    ) -> Vec<(Vec<Wish>, Result<Option<Tried>, HttpError>)> {
        let first = |inside| self.group_ways(inside).into_iter().next();
        let (ins, outs): (Vec<Wish>, Vec<Wish>) = wishes.into_iter().partition(|it| it.inside);
        let (joins, leaves) = (first(true), first(false));
        if let (false, false, Some(ways)) =
            (ins.is_empty(), outs.is_empty(), Ways::of(joins, leaves))
        {
            let both: Vec<Wish> = ins.iter().chain(&outs).cloned().collect();
            match self.attempt_several(group, &both, ways).await {
                // For one of the directions, perhaps.
                Err(error) if is_refusal(&error) => {}
                sent => return vec![(both, sent)],
            }
        }
        let mut all = Vec::new();
        for (some, way) in [(ins, joins), (outs, leaves)] {
            let sent = match way {
                Some(way) if some.len() > 1 => {
                    self.attempt_several(group, &some, Ways::both(way)).await
                }
                _ => Ok(None),
            };
            all.push((some, sent));
        }
        all
    }

    /// One attempt for several people, with one operation a call where several are refused.
    async fn attempt_several(
        &self,
        group: &str,
        wishes: &[Wish],
        ways: Ways,
    ) -> Result<Option<Tried>, HttpError> {
        let several = !ways.is_whole() && wishes.iter().any(|it| !it.inside);
        let mut sent = self.attempt(group, wishes, ways).await;
        while let Err(error) = &sent
            && !ways.is_whole()
            && is_too_many(error)
            && self.halve_group_size(wishes.len())
        {
            sent = self.attempt(group, wishes, ways).await;
        }
        match sent {
            Err(error)
                if several
                    && is_refusal(&error)
                    && !is_form(&error)
                    && !self.learnt().groups.single =>
            {
                self.learnt().groups.single = true;
                let again = self.attempt(group, wishes, ways).await;
                let all = matches!(&again, Ok(Some(tried)) if tried.open.is_empty() && tried.unread.is_none());
                // Otherwise it was not for their number.
                self.learnt().groups.single = all;
                again
            }
            other => other,
        }
    }

    /// One person, by every way until one works.
    async fn alone(&self, group: &str, wish: &Wish) -> Told {
        let one = std::slice::from_ref(wish);
        let mut refused: Option<HttpError> = None;
        let (mut withheld, mut notes) = (false, Vec::new());
        let (mut accepted, mut gone) = (false, false);
        for way in self.group_ways(wish.inside) {
            let proved = self.learnt().groups.takes.contains(&(way, wish.inside));
            match self.attempt(group, one, Ways::both(way)).await {
                Ok(None) => withheld = true,
                Ok(Some(mut tried)) => {
                    tried.notes.splice(0..0, std::mem::take(&mut notes));
                    if let (Some(error), true) = (&tried.unread, tried.lost.is_empty()) {
                        return Err(error.clone().and(&tried.notes.join("; ")));
                    }
                    if tried.open.is_empty() || !tried.lost.is_empty() {
                        return self.told_of(group, wish, &tried);
                    }
                    notes = tried.notes;
                    gone = tried.gone;
                    match tried.refused {
                        Some(error) => {
                            refused.get_or_insert(error);
                        }
                        None => {
                            accepted = true;
                            if wish.inside && !gone {
                                self.learn_unshown();
                            }
                        }
                    }
                    if gone || proved {
                        break;
                    }
                }
                Err(error) if is_refusal(&error) => {
                    refused.get_or_insert(error);
                    // The form is known to be good.
                    if proved {
                        break;
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        let name = self.group_name(group);
        let not_whole = match withheld {
            true => format!(
                "; the group {name} is not written whole, because nothing proves that the members \
                 it shows are all of them"
            ),
            false => String::new(),
        };
        let (status, message) = match refused {
            _ if gone => (404, format!("there is no group {name} any more")),
            Some(error) => (
                error.status().unwrap_or_default(),
                error.problem.to_string(),
            ),
            None if accepted => (
                200,
                format!(
                    "the change of the members of group {name} was accepted, and nothing shows it"
                ),
            ),
            None => (
                200,
                format!("nobody is brought into group {name} or out of it by any way that is safe"),
            ),
        };
        let message = format!("{message}{not_whole}");
        notes.insert(0, message);
        Err(WriteError::Refused {
            status,
            message: notes.join("; "),
            account: None,
        })
    }

    /// What one person is told of a call that did what was asked for them.
    fn told_of(&self, group: &str, wish: &Wish, tried: &Tried) -> Told {
        let name = self.group_name(group);
        if !tried.lost.is_empty() {
            return Err(WriteError::Refused {
                status: 200,
                message: format!(
                    "the vendor took others out of group {name} with this change, and they could \
                     not be brought back: {}; put them back by hand",
                    tried.lost.join(", ")
                ),
                account: None,
            }
            .and(&tried.notes.join("; ")));
        }
        let mut notes = tried.notes.clone();
        if tried.unknown.contains(&wish.user) {
            notes.push(format!("no read shows who is in group {name}"));
        }
        Ok(notes)
    }
}

/// What somebody is told of an error that met everybody.
fn failed(wish: Wish, error: &WriteError) -> (String, Told) {
    (wish.user, Err(error.clone()))
}

/// The same with more to be said.
fn with_notes(told: Told, notes: Vec<String>) -> Told {
    match told {
        Ok(more) => Ok(notes.into_iter().chain(more).collect()),
        Err(error) => Err(error.and(&notes.join("; "))),
    }
}
