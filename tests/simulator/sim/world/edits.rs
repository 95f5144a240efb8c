//! Who edits accounts at vendors, when, and what is known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rosterctl::model::account::Account;
use rosterctl::model::action::{Action, ActionKind};

use super::{Off, World, identity, lock};
use crate::sim::people::People;
use crate::sim::random::Random;
use crate::sim::vendor::Vendor;
use crate::sim::vendors;
use crate::sim::wish::key;

/// Who edits accounts while a run reads.
#[derive(Clone)]
pub(crate) enum Busy {
    /// The run reads lists: anybody's account is edited.
    Lists(Arc<People>),
    /// The run writes and looks at what it wrote: strangers come and go of whom it means none. Keys of
    /// those whom it means.
    Writes(Arc<People>, Arc<BTreeSet<Box<str>>>),
}

impl World {
    /// From now on, people edit accounts while runs read; `None`: no more.
    pub(crate) fn busy(&self, busy: Option<Busy>) {
        *lock(&self.busy) = busy;
    }

    /// A page was read, and perhaps somebody edits an account before the next one is.
    pub(crate) fn after_a_page(&self) {
        let busy = lock(&self.busy).clone();
        let likely = match busy {
            Some(Busy::Writes(..)) => 40,
            _ => 20,
        };
        if let Some(busy) = busy
            && self.draw(|random, _| random.chance(likely))
        {
            let mut random = Random::new(self.draw(|random, _| random.next()));
            match busy {
                Busy::Lists(people) => vendors::meddle(self, &people, &mut random, Some(&[])),
                Busy::Writes(people, meant) => vendors::stir(self, &people, &mut random, &meant),
            }
        }
    }

    /// A run is about to do that.
    pub(crate) fn expects<'a>(&self, actions: impl Iterator<Item = &'a Action>) {
        lock(&self.doubtful).extend(actions.map(|it| (key(&it.email), it.kind)));
    }

    /// A run says that somebody's account is as it should be, or that nothing was tried.
    pub(crate) fn is_certain(&self, email: &str) {
        lock(&self.doubtful).remove(&key(email));
    }

    /// What no run has said so of since it was asked last.
    pub(crate) fn doubtful(&self) -> BTreeMap<Box<str>, ActionKind> {
        std::mem::take(&mut *lock(&self.doubtful))
    }

    /// Somebody made a second account for a person.
    pub(crate) fn note_second(&self, vendor: &str, email: &str) {
        let held = self.held(vendor);
        let made = held.iter().find(|it| key(&it.email) == key(email));
        let made = made.map(|it| (vendor.into(), identity(it)));
        lock(&self.seconds).extend(made);
    }

    /// Somebody removes all second accounts, whatever their addresses are by now.
    pub(crate) fn tidy_up(&self) {
        let seconds = std::mem::take(&mut *lock(&self.seconds));
        for (vendor, id) in seconds {
            let held = self.held(&vendor);
            let second = held.iter().find(|it| identity(it) == id);
            if let Some((second, served)) = second.zip(self.sandbox.vendor(&vendor)) {
                let email = &second.email;
                self.trace(format_args!(
                    "somebody removes the second account {email} at {vendor}"
                ));
                served.local.remove(email);
                self.meddle(&vendor, email);
            }
        }
    }

    /// How many accounts people edited there tonight.
    pub(crate) fn edits(&self, vendor: &str) -> usize {
        let meddled = lock(&self.meddled);
        meddled.iter().filter(|(at, _)| **at == *vendor).count()
    }

    /// Somebody edits an account at a vendor. One that goes on and off again before any run saw it on is
    /// off since before, as far as anybody can know.
    pub(crate) fn meddle(&self, vendor: &str, email: &str) {
        lock(&self.meddled).insert((vendor.into(), key(email)));
        let before = self.all_off();
        let mut on_unseen = lock(&self.on_unseen);
        let was_on = std::mem::take(&mut *on_unseen);
        drop(on_unseen);
        self.note_off(vendor);
        let mut off = lock(&self.off);
        let (back, still): (Off, Off) =
            was_on.into_iter().partition(|(it, _)| off.contains_key(it));
        lock(&self.due).retain(|it, _| off.contains_key(it));
        let went_on = before.into_iter().filter(|(it, _)| !off.contains_key(it));
        *lock(&self.on_unseen) = still.into_iter().chain(went_on).collect();
        off.extend(back);
    }

    pub(crate) fn is_meddled(&self, vendor: &str, email: &str) -> bool {
        self.is_crowded() || lock(&self.meddled).contains(&(vendor.into(), key(email)))
    }

    /// For one night, a vendor shows a few of its accounts only, as another tenant would. It has
    /// lost more of them than the program is to believe.
    pub(crate) fn vanish(&self, vendor: &Vendor) {
        let Some(served) = self.sandbox.vendor(vendor.name) else {
            return;
        };
        let held = self.held(vendor.name);
        let Some(last) = lock(&self.sizes).get(vendor.name).copied() else {
            return;
        };
        let own = self.own(vendor.name);
        let goes = held
            .iter()
            .filter(|it| it.email != own && it.shield.is_none());
        let gone: Vec<Account> = goes.cloned().collect();
        let left = (held.len() - gone.len()) as u64;
        let listed = vendor.kind != "surecloud" && vendor.twists.is_empty();
        if !listed || !vendor.doubts_a_list_of(left, last) {
            return;
        }
        self.trace(format_args!(
            "{} accounts vanish at {}",
            gone.len(),
            vendor.name
        ));
        for account in &gone {
            served.local.remove(&account.email);
        }
        *lock(&self.vanished) = Some((vendor.name.into(), gone));
    }

    pub(crate) fn has_vanished(&self, vendor: &str) -> bool {
        let vanished = lock(&self.vanished);
        vanished.as_ref().is_some_and(|(name, _)| **name == *vendor)
    }

    /// They are there again.
    pub(crate) fn come_back(&self) {
        if let Some((vendor, accounts)) = lock(&self.vanished).take()
            && let Some(served) = self.sandbox.vendor(&vendor)
        {
            for account in accounts {
                rosterctl::sandbox::HeldAccounts::put(&*served.local, account);
            }
        }
    }
}
