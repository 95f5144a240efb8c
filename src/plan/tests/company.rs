//! Made-up companies: each person is a tag that says how roster and vendor relate, so that what
//! should follow is known without asking the planner.

use proptest::prelude::*;

use crate::model::account::Account;
use crate::model::action::ActionKind;
use crate::model::current::Own;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::email::EmailPattern;
use crate::model::spec::{DeactivateMode, VendorSpec};
use crate::model::value::Value;
use crate::plan::testing::*;
use crate::roster::model::{Bound, Unlisted};

/// How roster and vendor relate for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Situation {
    Same,
    Drift,
    New,
    Off,
    Moved,
    LeaverOn,
    LeaverMoved,
    LeaverOff,
    LeaverGone,
    Stranger,
    StrangerOff,
}

/// What keeps an account from being treated like any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    Nothing,
    Protected,
    Managed,
    ShieldedUnlessNamed,
    ShieldedAlways,
}

/// The attributes of one side: `(company, roles as bits, tier)`.
pub(super) type Looks = (u8, u8, usize);

#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) situation: Situation,
    pub(super) special: Special,
    pub(super) old: Looks,
    pub(super) new: Looks,
}

#[derive(Debug, Clone)]
pub(super) struct Company {
    pub(super) tags: Vec<Tag>,
    /// Whose account the credentials belong to, if that person has one.
    pub(super) own: usize,
    pub(super) unlisted: Unlisted,
    pub(super) mode: DeactivateMode,
}

/// Where an action should end up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Done,
    Held,
    Manual,
    Unlisted,
}

pub(super) fn companies() -> impl Strategy<Value = Company> {
    let situation = prop::sample::select(vec![
        Situation::Same,
        Situation::Drift,
        Situation::New,
        Situation::Off,
        Situation::Moved,
        Situation::LeaverOn,
        Situation::LeaverMoved,
        Situation::LeaverOff,
        Situation::LeaverGone,
        Situation::Stranger,
        Situation::StrangerOff,
    ]);
    let special = prop_oneof![
        4 => Just(Special::Nothing),
        1 => Just(Special::Protected),
        1 => Just(Special::Managed),
        1 => Just(Special::ShieldedUnlessNamed),
        1 => Just(Special::ShieldedAlways),
    ];
    let looks = || (0..2_u8, 0..8_u8, 0..3_usize);
    let tag =
        (situation, special, looks(), looks()).prop_map(|(situation, special, old, new)| Tag {
            old: if situation == Situation::Same {
                new
            } else {
                old
            },
            situation,
            special,
            new,
        });
    let unlisted = vec![Unlisted::Ignore, Unlisted::Report, Unlisted::Deactivate];
    let mode = vec![
        DeactivateMode::Reversible,
        DeactivateMode::Delete,
        DeactivateMode::Manual,
    ];
    (
        prop::collection::vec(tag, 1..12),
        0..16_usize,
        prop::sample::select(unlisted),
        prop::sample::select(mode),
    )
        .prop_map(|(tags, own, unlisted, mode)| Company {
            tags,
            own,
            unlisted,
            mode,
        })
}

impl Tag {
    fn is_stranger(&self) -> bool {
        matches!(self.situation, Situation::Stranger | Situation::StrangerOff)
    }

    fn has_account(&self) -> bool {
        !matches!(self.situation, Situation::New | Situation::LeaverGone)
    }

    fn moves(&self) -> bool {
        matches!(self.situation, Situation::Moved | Situation::LeaverMoved)
    }

    fn desired(&self, at: usize) -> Option<DesiredAccount> {
        let leaves = matches!(
            self.situation,
            Situation::LeaverOn
                | Situation::LeaverMoved
                | Situation::LeaverOff
                | Situation::LeaverGone
        );
        let want = DesiredAccount {
            access: if leaves {
                Access::Left
            } else {
                Access::Granted
            },
            ..person(&email(at))
        };
        let (company, roles, tier) = values(self.new);
        let want = want
            .formerly(&former(at))
            .wants("company", company)
            .wants("roles", roles)
            .wants("tier", tier);
        (!self.is_stranger()).then_some(want)
    }

    fn account(&self, at: usize) -> Option<Account> {
        let off = matches!(
            self.situation,
            Situation::Off | Situation::LeaverOff | Situation::StrangerOff
        );
        let (company, roles, tier) = values(self.old);
        let has = Account {
            active: !off,
            ..account(&self.address(at), &format!("id{at}"))
        };
        let has = has
            .shows("company", company)
            .shows("roles", roles)
            .shows("tier", tier);
        let has = match self.special {
            Special::Nothing | Special::Protected => has,
            Special::Managed => has.managed_by("Okta"),
            Special::ShieldedUnlessNamed => has.shield(false),
            Special::ShieldedAlways => has.shield(true),
        };
        self.has_account().then_some(has)
    }

    /// The e-mail at the vendor.
    pub(super) fn address(&self, at: usize) -> String {
        if self.moves() { former(at) } else { email(at) }
    }

    fn loses_rights(&self) -> bool {
        let ((_, had, tier), (_, keeps, new_tier)) = (self.old, self.new);
        had & !keeps != 0 || new_tier < tier
    }

    /// What should follow, and where it should end up.
    fn expected(
        &self,
        own: bool,
        unlisted: Unlisted,
        mode: DeactivateMode,
    ) -> Option<(ActionKind, End)> {
        let removal = match mode {
            DeactivateMode::Delete => ActionKind::Delete,
            DeactivateMode::Manual | DeactivateMode::Reversible => ActionKind::Deactivate,
        };
        let (kind, takes) = match self.situation {
            Situation::Same
            | Situation::LeaverOff
            | Situation::LeaverGone
            | Situation::StrangerOff => return None,
            Situation::New => return Some((ActionKind::Create, End::Done)),
            Situation::Drift if self.old == self.new => return None,
            Situation::Drift => (ActionKind::Update, self.loses_rights()),
            Situation::Off => (ActionKind::Reactivate, self.loses_rights()),
            Situation::Moved => (ActionKind::Update, true),
            Situation::LeaverOn | Situation::LeaverMoved => (removal, true),
            Situation::Stranger => {
                let shielded = !matches!(self.special, Special::Nothing | Special::Managed);
                match unlisted {
                    Unlisted::Ignore => return None,
                    Unlisted::Report => return Some((removal, End::Unlisted)),
                    Unlisted::Deactivate if own || shielded => {
                        return Some((removal, End::Unlisted));
                    }
                    Unlisted::Deactivate => (removal, true),
                }
            }
        };
        let by_hand = mode == DeactivateMode::Manual && kind != ActionKind::Update;
        let forbidden = takes && (own || self.special == Special::Protected);
        let end = if self.special == Special::ShieldedAlways || forbidden {
            End::Held
        } else if self.special == Special::Managed || by_hand {
            End::Manual
        } else {
            End::Done
        };
        Some((kind, end))
    }
}

impl Company {
    /// The case, without any limit in its way.
    pub(super) fn case(&self, spec: &'static VendorSpec) -> Case {
        let tags = || self.tags.iter().enumerate();
        let people: Vec<_> = tags().filter_map(|(at, tag)| tag.desired(at)).collect();
        let mut accounts: Vec<_> = tags().filter_map(|(at, tag)| tag.account(at)).collect();
        // So that the list is never empty, which would prove nothing.
        accounts.push(inactive("long.gone@x.com", "gone"));
        let protect = tags()
            .filter(|(_, tag)| tag.special == Special::Protected)
            .map(|(at, tag)| EmailPattern::parse(tag.address(at)).unwrap());
        let protect: Vec<_> = protect.collect();
        Case::new(spec, people, accounts)
            .unlisted(self.unlisted)
            .mode(self.mode)
            .with(|it| {
                it.settings.protect = protect;
                it.settings.max.deactivations = Some(Bound::Count(1000));
                it.current.own = self
                    .own()
                    .map_or(Own::Nobody, |email| Own::Email(email.into()));
            })
    }

    fn own(&self) -> Option<String> {
        let tag = self.tags.get(self.own)?;
        tag.has_account().then(|| tag.address(self.own))
    }

    /// Whether nothing may be taken from the account: own, protected or shielded.
    pub(super) fn untouchable(&self, at: usize) -> bool {
        let tag = &self.tags[at];
        let unnamed = tag.special == Special::ShieldedUnlessNamed && tag.is_stranger();
        unnamed
            || self.own == at
            || matches!(tag.special, Special::Protected | Special::ShieldedAlways)
    }

    /// What should follow: where, what, for whom; sorted.
    pub(super) fn expected(&self) -> Vec<(End, ActionKind, String)> {
        let mut expected: Vec<_> = self
            .tags
            .iter()
            .enumerate()
            .filter_map(|(at, tag)| {
                let own = self.own == at;
                let (kind, end) = tag.expected(own, self.unlisted, self.mode)?;
                Some((end, kind, email(at)))
            })
            .collect();
        expected.sort();
        expected
    }
}

pub(super) fn email(at: usize) -> String {
    format!("p{at:02}@x.com")
}

fn former(at: usize) -> String {
    format!("former{at:02}@x.com")
}

fn values((company, roles, tier): Looks) -> (Value, Value, Value) {
    let names = ["a", "b", "c"];
    let held: Vec<&str> = (0..3)
        .filter(|bit| roles & (1 << bit) != 0)
        .map(|bit| names[bit])
        .collect();
    let tier = ["BASIC", "PRO", "ADMIN"][tier];
    (
        text(["", "Example"][usize::from(company)]),
        set(&held),
        text(tier),
    )
}
