//! How somebody gets into a group and out of it.
//!
//! Writes of one group that wait at the same time share a call. What a call came to is read back;
//! whoever is not as asked is tried alone, so that a member deleted elsewhere spoils nobody else's
//! change, and an answer means one person. Whoever was in the group and should still be is looked
//! for after every call, and brought back where the call took them out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::Scim;
use super::spec::setting;
use crate::http::HttpError;
use crate::vendor::WriteError;
use crate::vendor::batch::{Batches, Waiting};

/// Members of one call, unless the roster says.
const BATCH: u64 = 50;

/// Changes of memberships that wait, by group and direction.
pub(super) struct Memberships {
    size: usize,
    groups: Mutex<BTreeMap<(String, bool), Arc<GroupBatches>>>,
    /// Held while a group is written and looked at: what one call does to others must not be taken
    /// for what another one did.
    turns: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// What becomes of a wish: what is to be said besides.
type Told = Result<Vec<String>, WriteError>;

type GroupBatches = Batches<Wish, Told>;

/// One person in or out of one group.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) user: String,
    pub(super) inside: bool,
}

/// A way to change who is in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GroupWay {
    /// PATCH with `path: members`; somebody leaves by a filter in the path.
    Path,
    /// PATCH without a path: people join.
    Plain,
    /// PATCH of the whole list without a path.
    Replace,
    /// PATCH of the whole list with one.
    ReplaceAt,
    /// PUT of the whole group.
    Put,
    /// PATCH with `path: members`; somebody leaves by the `value` of a `remove`, where the standard
    /// lets everybody leave.
    Values,
}

impl GroupWay {
    /// All of them, the lightest first, and the one that does most harm last.
    const ALL: [Self; 6] = [
        Self::Path,
        Self::Plain,
        Self::Replace,
        Self::ReplaceAt,
        Self::Put,
        Self::Values,
    ];

    /// Whether it writes the list of members whole.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::Replace | Self::ReplaceAt | Self::Put)
    }
}

/// What calls to groups taught in this run; each way by whether people join by it.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupWays {
    /// The last that worked.
    pub(super) works: BTreeMap<bool, GroupWay>,
    /// Those that worked at least once.
    pub(super) takes: BTreeSet<(GroupWay, bool)>,
    /// Those that took out others.
    pub(super) harms: BTreeSet<(GroupWay, bool)>,
    /// Only one operation a call is taken.
    pub(super) single: bool,
}

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
}

impl Memberships {
    pub(super) fn new(size: Option<u64>) -> Self {
        Self {
            size: usize::try_from(size.unwrap_or(BATCH)).unwrap_or(usize::MAX),
            groups: Mutex::default(),
            turns: Mutex::default(),
        }
    }

    pub(super) fn turn(&self, group: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(group.to_owned()).or_default())
    }

    fn of(&self, group: &str, inside: bool) -> Arc<GroupBatches> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let batches = groups.entry((group.to_owned(), inside));
        Arc::clone(batches.or_insert_with(|| Arc::new(Batches::new(self.size))))
    }
}

impl Scim {
    /// Brings one user into these groups and out of those, by id. Returns what is to be said
    /// besides.
    ///
    /// # Errors
    /// The first change that did not go through; the others are made all the same.
    pub(super) async fn join(
        &self,
        user: &str,
        inside: &BTreeSet<String>,
        outside: &BTreeSet<String>,
    ) -> Told {
        let ins = inside.iter().map(|group| (group, true));
        let outs = outside.iter().map(|group| (group, false));
        let (mut notes, mut failed) = (Vec::new(), None);
        for (group, inside) in ins.chain(outs) {
            let wish = Wish {
                user: user.to_owned(),
                inside,
            };
            let batches = self.memberships.of(group, inside);
            let told = batches.share(wish.clone(), |batch| self.send_batch(group, batch));
            let told = match told.await {
                Some(told) => told,
                // Whoever took it from the queue was dropped in mid-call.
                None => self.alone(group, &wish).await,
            };
            match told {
                Ok(more) => notes.extend(more),
                Err(error) => {
                    // Which groups the user is in has to be looked up before it is said again.
                    self.know(|known| known.groups.as_mut().map(|it| it.of.forget(user)));
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(notes), Err)
    }

    async fn send_batch(&self, group: &str, batch: Vec<Waiting<Wish, Told>>) {
        let wishes: Vec<Wish> = batch.iter().map(|it| it.item.clone()).collect();
        let sent = match wishes.as_slice() {
            [_] => None,
            several => Some(self.together(group, several).await),
        };
        for waiting in batch {
            let told = match &sent {
                Some(Ok(Some(tried))) if !tried.open.contains(&waiting.item.user) => {
                    self.told_of(group, &waiting.item, tried)
                }
                // What would meet the others as well.
                Some(Err(error)) if !is_refusal(error) => Err(error.clone().into()),
                _ => self.alone(group, &waiting.item).await,
            };
            waiting.tell(told);
        }
    }

    /// One call for several people; `None`: there is no way that may be tried for all of them.
    async fn together(&self, group: &str, wishes: &[Wish]) -> Result<Option<Tried>, HttpError> {
        let inside = wishes.first().is_some_and(|it| it.inside);
        let Some(way) = self.group_ways(inside).into_iter().next() else {
            return Ok(None);
        };
        let several = !inside && !way.is_whole() && !self.learnt().groups.single;
        match self.attempt(group, wishes, way).await {
            Err(error) if several && is_refusal(&error) => {
                self.learnt().groups.single = true;
                let again = self.attempt(group, wishes, way).await;
                if again.is_err() {
                    // It was not for their number.
                    self.learnt().groups.single = false;
                }
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
            match self.attempt(group, one, way).await {
                Ok(None) => withheld = true,
                Ok(Some(mut tried)) => {
                    tried.notes.splice(0..0, std::mem::take(&mut notes));
                    if tried.open.is_empty() || !tried.lost.is_empty() {
                        return self.told_of(group, wish, &tried);
                    }
                    notes = tried.notes;
                    gone = tried.gone;
                    match tried.refused {
                        Some(error) => {
                            refused.get_or_insert(error);
                        }
                        None => accepted = true,
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
            });
        }
        let mut notes = tried.notes.clone();
        if tried.unknown.contains(&wish.user) {
            notes.push(format!("no read shows who is in group {name}"));
        }
        Ok(notes)
    }

    /// The ways to try, the most promising first.
    fn group_ways(&self, inside: bool) -> Vec<GroupWay> {
        use GroupWay::{Path, Plain, Put, Replace, ReplaceAt, Values};
        let ways = match self.settings.text(setting::PATCH) {
            Some("path") => vec![Path, ReplaceAt, Values],
            Some("plain") => vec![Plain, Replace],
            Some("off") => vec![Put],
            _ => GroupWay::ALL.to_vec(),
        };
        let none = self.known().discovered.patch == Some(false);
        let learnt = self.learnt();
        let groups = &learnt.groups;
        let first = groups.works.get(&inside).copied();
        let first = first.or(none.then_some(Put)).filter(|it| ways.contains(it));
        let rest = ways.iter().copied().filter(|way| Some(*way) != first);
        let all = first.into_iter().chain(rest);
        // Joining by a path is the same with and without values to leave by.
        let fits = |way: &GroupWay| match (way, inside) {
            (Values, true) | (Plain, false) => false,
            _ => !groups.harms.contains(&(*way, inside)),
        };
        all.filter(fits).collect()
    }
}

/// Whether the vendor looked at the request and did not like it.
pub(super) fn is_refusal(error: &HttpError) -> bool {
    !error.is_throttled()
        && matches!(
            error.status(),
            Some(400 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 500 | 501)
        )
}
