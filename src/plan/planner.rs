//! The plan of one vendor: desired and current in, actions out. Pure.
//!
//! Here is which case a person is and where an action ends up; what follows for an account that is
//! there is in `existing`, what follows for one that is off in `staged`, accounts that nobody was
//! matched to are in `strangers`, clauses for reasons in `words`.

mod existing;
mod look_alikes;
mod staged;
mod strangers;
mod undo;
mod unseen;

use std::collections::BTreeSet;

use super::diff::initial_changes;
use super::forecast::forecast;
use super::guard::{Guard, Identity};
use super::input::Input;
use super::matching::{Index, Match};
use super::notices;
use super::seen;
use crate::model::account::Account;
use crate::model::action::{Action, ActionKind, Change};
use crate::model::desired::{DesiredAccount, PersonKey};
use crate::model::digest::Digest;
use crate::model::email::{EmailKey, compare_emails};
use crate::model::forecast::Forecast;
use crate::model::hints::Hints;
use crate::model::odd::OddIndex;
use crate::model::plan::{Level, Notice, Read, VendorPlan, WithheldAction};
use crate::model::spec::{ALLOWED_DOMAINS, DeactivateMode, Needs, ReadFrom, Required};
use crate::model::value::Key;
use crate::plan::reason::leaver_reason;
use crate::roster::model::VendorSettings;
pub use undo::{Done, plan_undo};

/// Plans one vendor that was read.
pub fn plan_vendor(input: Input<'_>) -> VendorPlan {
    let Input {
        settings,
        desired,
        known,
        only,
        allowed,
    } = input;
    let current = &known.current;
    let claims: Vec<PersonKey<'_>> = desired.person_keys().collect();
    let index = Index::new(&current.accounts);
    let matches = index.matches(&claims);
    let mut planner = Planner {
        input,
        guard: Guard::new(settings, known, allowed),
        plan: empty_plan(settings),
        unchanged: 0,
        unsearched: 0,
        strangers: BTreeSet::new(),
        index,
        odd: OddIndex::new(&current.odd),
    };
    for (place, (claim, found)) in claims.iter().zip(&matches).enumerate() {
        let key = EmailKey::of(claim.email);
        if only.is_some_and(|only| !only.contains(&key)) {
            continue;
        }
        match &current.searched {
            Some(searched) if !searched.people.contains(&key) => planner.unsearched += 1,
            _ => planner.person(&desired.account(place), found),
        }
    }
    planner.unmatched(&claims, &matches);
    planner.finish()
}

/// The plan of a vendor that could not be read.
pub fn unread_vendor(settings: &VendorSettings, error: String) -> VendorPlan {
    VendorPlan {
        read: Err(error),
        ..empty_plan(settings)
    }
}

fn empty_plan(settings: &VendorSettings) -> VendorPlan {
    VendorPlan {
        name: settings.name.clone(),
        kind: settings.spec.kind,
        base_url: settings.base_url.clone(),
        place: settings.place().into(),
        observed: settings.observe,
        read: Err(String::new()),
        actions: Vec::new(),
        held: Vec::new(),
        manual: Vec::new(),
        unlisted: Vec::new(),
        notices: Vec::new(),
        hints: Hints {
            names: settings.spec.names(),
            ..Hints::default()
        },
    }
}

struct Planner<'a> {
    input: Input<'a>,
    guard: Guard<'a>,
    plan: VendorPlan,
    unchanged: usize,
    /// People who were not looked up.
    unsearched: usize,
    /// Strangers that are switched off.
    strangers: BTreeSet<Identity>,
    /// The accounts by what they are found with.
    index: Index<'a>,
    /// Entries that cannot be understood, by what stands in them.
    odd: OddIndex<'a>,
}

impl Planner<'_> {
    fn person(&mut self, want: &DesiredAccount, found: &Match) {
        match found {
            Match::Doubtful(why) => {
                let kind = match want.access.granted() {
                    true => ActionKind::Update,
                    false => self.removal(),
                };
                let action = self.action(kind, want, None, String::from("unclear"));
                self.hold(action, why.clone());
            }
            Match::Contested(at, why) => {
                let action = self.claim(want, &self.input.known.current.accounts[*at]);
                self.hold(action, why.clone());
            }
            Match::Missing if want.access.granted() => self.create(want),
            Match::Missing => self.absent_leaver(want),
            Match::Account(at) => {
                let account = &self.input.known.current.accounts[*at];
                match (want.access.granted(), account.active) {
                    (true, true) => self.bring_in_line(want, account, ActionKind::Update),
                    (true, false) => self.bring_in_line(want, account, ActionKind::Reactivate),
                    (false, true) => {
                        let reason = leaver_reason(want.access);
                        self.switch_off(want, account, reason);
                    }
                    (false, false) => self.leaver_off(want, account),
                }
            }
        }
    }

    fn create(&mut self, want: &DesiredAccount) {
        let spec = self.input.settings.spec;
        let (changes, mut whys) = initial_changes(
            spec,
            &self.input.known.current.directories,
            &want.attributes,
            &want.on_create,
        );
        let reason = match spec.read {
            ReadFrom::Api | ReadFrom::Search => String::from("no account here yet"),
            ReadFrom::Record => {
                String::from("not in the record; the vendor will update the account if it is there")
            }
        };
        let missing: Vec<&str> = spec
            .attributes
            .iter()
            .filter(|it| it.required == Required::Create && want.initial(it.name).is_none())
            .map(|it| it.name)
            .collect();
        whys.extend(
            self.input
                .known
                .current
                .refused
                .get(&EmailKey::of(&want.email))
                .cloned(),
        );
        if let Some(odd) = self.odd.candidate(spec, want) {
            whys.push(format!(
                "{} {} and may be this person's account; put it right there first",
                odd.name, odd.why
            ));
        }
        whys.extend(
            changes
                .iter()
                .filter_map(|it| unset_need(self.input.settings, it)),
        );
        whys.extend(outside(self.input.settings, &want.email));
        whys.extend(seen::holds(self.input.settings, ActionKind::Create));
        if !missing.is_empty() {
            whys.push(format!(
                "{} asks for {} when an account is made, and the roster does not set it",
                spec.title,
                missing.join(" and ")
            ));
        }
        let action = Action {
            changes,
            ..self.action(ActionKind::Create, want, None, reason)
        };
        if whys.is_empty() {
            self.plan.actions.push(action);
        } else {
            self.hold(action, whys.join("; "));
        }
    }

    /// What a removal is at this vendor.
    fn removal(&self) -> ActionKind {
        match self.input.settings.deactivate.mode {
            DeactivateMode::Delete => ActionKind::Delete,
            DeactivateMode::Manual | DeactivateMode::Reversible => ActionKind::Deactivate,
        }
    }

    /// Why removals are a step for a person at this vendor, if they are.
    fn manual_removal(&self) -> Option<String> {
        let manual = self.input.settings.deactivate.mode == DeactivateMode::Manual;
        manual.then(|| self.by_hand("switch the account off"))
    }

    /// Puts an action on an existing account where it belongs. A step for a person is held as well
    /// where a rule objects: done by hand, it would do the same harm.
    fn route(&mut self, action: Action, account: &Account, by_hand: Option<String>) {
        let objection = self.guard.objection(&action, Some(account));
        if let Some(why) = objection.or_else(|| seen::holds(self.input.settings, action.kind)) {
            return self.hold(action, why);
        }
        for caution in &account.cautions {
            self.notice(Level::Info, Some(&action.email), caution.to_string());
        }
        let managed = account
            .managed_by
            .as_ref()
            .map(|manager| format!("this account is managed by {manager}; change it there"));
        let first = account.by_hand.as_deref().map(|what| self.by_hand(what));
        match managed.or(first).or(by_hand) {
            Some(why) => self.plan.manual.push(WithheldAction { action, why }),
            None => self.plan.actions.push(action),
        }
    }

    fn hold(&mut self, action: Action, why: String) {
        self.plan.held.push(WithheldAction { action, why });
    }

    fn notice(&mut self, level: Level, email: Option<&str>, text: String) {
        self.plan.notices.push(Notice {
            level,
            email: email.map(Into::into),
            text,
        });
    }

    fn by_hand(&self, what: &str) -> String {
        format!("by hand in {}: {what}", self.input.settings.spec.title)
    }

    fn action(
        &self,
        kind: ActionKind,
        want: &DesiredAccount,
        account: Option<&Account>,
        reason: String,
    ) -> Action {
        Action {
            vendor: self.input.settings.name.clone(),
            kind,
            email: want.email.clone(),
            account_email: account.map(|account| account.email.clone()),
            id: account.map_or(&want.id, |account| &account.id).clone(),
            changes: Vec::new(),
            reason,
            current: account.map(digest_of),
        }
    }

    fn finish(mut self) -> VendorPlan {
        self.tell_unsearched();
        let told = notices::of(&self.input, &self.plan.actions);
        self.plan.notices.extend(told);
        let Self {
            input,
            guard,
            plan,
            unchanged,
            unsearched: _,
            strangers,
            index: _,
            odd: _,
        } = self;
        let proof = guard.proof();
        let mut plan = guard.limit(plan, input.allowed, &strangers);
        plan.read = Ok(Read {
            accounts: input.known.current.accounts.len(),
            asked: input.desired.person_keys().count(),
            unchanged,
            proof,
            forecast: Forecast::default(),
        });
        arrange(&mut plan, input.settings);
        plan
    }
}

/// Brings the parts of a plan into their order and foresees what its actions take.
pub fn arrange(plan: &mut VendorPlan, settings: &VendorSettings) {
    plan.actions.sort_by_cached_key(order);
    plan.held.sort_by_cached_key(|kept| order(&kept.action));
    plan.manual.sort_by_cached_key(|kept| order(&kept.action));
    plan.unlisted.sort_by(|one, other| {
        let emails = compare_emails(&one.email, &other.email);
        emails.then_with(|| (&one.id, &one.why).cmp(&(&other.id, &other.why)))
    });
    plan.notices
        .sort_by(|a, b| (b.level, &a.email, &a.text).cmp(&(a.level, &b.email, &b.text)));
    plan.notices.dedup();
    if let Ok(read) = &mut plan.read {
        read.forecast = forecast(&plan.actions, settings.spec.calls, &settings.limits);
    }
}

/// Why the vendor would refuse to make an account with that address, if it would.
fn outside(settings: &VendorSettings, email: &str) -> Option<String> {
    let allowed = settings.names(ALLOWED_DOMAINS);
    let theirs = EmailKey::of(email);
    let (_, domain) = theirs.as_str().rsplit_once('@')?;
    let same = |it: &str| {
        // An address of that domain: domains compare as they do in e-mails (rule 5).
        let address = format!("a@{}", it.trim_start_matches('@'));
        EmailKey::of(&address)
            .as_str()
            .rsplit_once('@')
            .map(|it| it.1)
            == Some(domain)
    };
    (!allowed.is_empty() && !allowed.iter().any(|it| same(it))).then(|| {
        let name = &settings.name;
        format!("{domain} is not among the `{ALLOWED_DOMAINS}` of the vendor {name}, and the vendor refuses others")
    })
}

/// Why a value cannot be sent while a vendor setting is off, if it cannot.
fn unset_need(settings: &VendorSettings, change: &Change) -> Option<String> {
    let needs = settings.spec.attribute(&change.attribute)?.needs?;
    let Needs {
        value,
        setting,
        why,
    } = needs;
    (change.after == value.into() && !settings.flag(setting)).then(|| {
        let attribute = &change.attribute;
        let name = &settings.name;
        format!("`{attribute}: {value}` needs `{setting}: true` under the vendor {name}: {why}")
    })
}

/// Removals, updates, reactivations, creates; then by e-mail. The rest only tells apart what one
/// person or one address has several of.
fn order(
    action: &Action,
) -> (
    ActionKind,
    EmailKey<'static>,
    Option<Box<str>>,
    Option<Digest>,
    Vec<Key>,
) {
    (
        action.kind,
        EmailKey::of(&action.email).into_owned(),
        action.id.clone(),
        action.current.clone(),
        action
            .changes
            .iter()
            .map(|it| it.attribute.clone())
            .collect(),
    )
}

/// The digest of an account as it was read: everything that the vendor shows of it in our words.
pub fn digest_of(account: &Account) -> Digest {
    let Account {
        id,
        email,
        active,
        attributes,
        last_login: _,
        special: _,
    } = account;
    let managed_by = &account.managed_by;
    let attributes: Vec<_> = attributes.iter().collect();
    Digest::of(&(id, email, active, attributes, managed_by))
}
