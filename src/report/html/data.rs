//! What the page's script works with: the plan document, the outcomes, and marks that only the
//! program can set. All of it as JSON that stays data, whatever a vendor said.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use similar::ChangeTag;

use super::Options;
use super::shown::Show;
use crate::model::action;
use crate::model::action::{ActionKind, Change};
use crate::model::attention::Grant;
use crate::model::attention::GrantKind;
use crate::model::email::same_email;
use crate::model::outcome;
use crate::model::plan;
use crate::model::plan::{VendorPlan, WithheldAction};
use crate::model::value::Value;
use crate::plan::cause::Causes;
use crate::report::changes::words;
use crate::report::layout::sign;
use crate::report::sanitize::is_unsafe;
use crate::report::v1::{Document, Outcome};

/// Everything that a page shows, ready to be shown.
#[derive(Debug)]
pub(super) struct Data {
    /// The plan, in the form of its JSON document.
    pub(super) document: Document,
    /// What became of it; `None` where nothing was applied.
    pub(super) outcomes: Option<Vec<Outcome>>,
    /// What the document does not say.
    pub(super) marks: FingerprintIndex,
}

/// What a plan document does not say and a page shows.
#[derive(Debug, Serialize)]
pub(super) struct FingerprintIndex {
    /// About `actions`.
    pub(super) actions: List,
    /// About `held`.
    pub(super) held: List,
    /// About `manual`.
    pub(super) manual: List,
    /// For each outcome the place of its action in `actions`; `null` where it has none there.
    pub(super) outcomes: Vec<Option<usize>>,
    /// The sign of each kind of action.
    signs: BTreeMap<&'static str, char>,
}

/// Pieces of a text, each after `=` (stays), `-` (goes) or `+` (comes).
type Words = Vec<(char, String)>;

/// Marks of one list of the document, by the place in it.
#[derive(Debug, Default, Serialize)]
pub(super) struct List {
    /// What makes an administrator or hands the account of one over: action, change.
    pub(super) grants: Vec<(usize, usize)>,
    /// Where the account of an administrator changes hands.
    pub(super) hands: BTreeSet<usize>,
    /// E-mails of accounts that go by another one than their person.
    accounts: Vec<(usize, Box<str>)>,
    /// Long texts, word by word: action, change, and the words that stay, go and come.
    words: Vec<(usize, usize, Words)>,
}

impl Data {
    pub(super) fn new(
        plan: &plan::Plan,
        causes: Option<&Causes>,
        outcomes: Option<&[outcome::Outcome]>,
        options: &Options,
    ) -> Self {
        let show = Show { options };
        let mut document = Document::from(plan);
        if let Some(causes) = causes {
            document = document.with_causes(causes);
        }
        let document = show.document(document);
        let marks = FingerprintIndex {
            actions: List::new(
                with_vendor(plan, |it| it.actions.iter().collect()),
                document.actions.iter().map(|it| &*it.action.changes),
                show,
            ),
            held: List::new(
                with_vendor(plan, |it| kept(&it.held)),
                document.held.iter().map(|it| &*it.action.changes),
                show,
            ),
            manual: List::new(
                with_vendor(plan, |it| kept(&it.manual)),
                document.manual.iter().map(|it| &*it.action.changes),
                show,
            ),
            outcomes: places(plan, outcomes.unwrap_or_default()),
            signs: [
                ActionKind::Create,
                ActionKind::Update,
                ActionKind::Deactivate,
                ActionKind::Reactivate,
                ActionKind::Delete,
            ]
            .map(|kind| (kind.as_str(), sign(kind)))
            .into(),
        };
        let outcomes = outcomes.map(|all| {
            let all = all.iter().map(Outcome::from);
            all.map(|it| show.outcome(it)).collect()
        });
        Self {
            document,
            outcomes,
            marks,
        }
    }
}

fn kept(kept: &[WithheldAction]) -> Vec<&action::Action> {
    kept.iter().map(|it| &it.action).collect()
}

fn with_vendor<'a>(
    plan: &'a plan::Plan,
    of: impl Fn(&'a VendorPlan) -> Vec<&'a action::Action>,
) -> impl Iterator<Item = (&'a VendorPlan, &'a action::Action)> {
    let vendors = plan.vendors.iter();
    vendors.flat_map(move |vendor| of(vendor).into_iter().map(move |it| (vendor, it)))
}

/// Where the action of each outcome stands in the plan. An approved plan can have outcomes of
/// actions that are done already and so in no fresh plan.
fn places(plan: &plan::Plan, outcomes: &[outcome::Outcome]) -> Vec<Option<usize>> {
    if outcomes.is_empty() {
        return Vec::new();
    }
    let key = |it: &action::Action| (it.vendor.clone(), it.kind, it.email.clone(), it.id.clone());
    let at: HashMap<_, usize> = plan.actions().map(key).zip(0..).collect();
    let found = outcomes.iter().map(|it| at.get(&key(&it.action)).copied());
    found.collect()
}

impl List {
    fn new<'a>(
        actions: impl Iterator<Item = (&'a VendorPlan, &'a action::Action)>,
        shown: impl Iterator<Item = &'a [Change]>,
        show: Show<'_>,
    ) -> Self {
        let mut list = Self::default();
        for (at, ((vendor, action), changes)) in actions.zip(shown).enumerate() {
            if let Some(grant) = vendor.hints.grant(action) {
                let places = grants(grant, action).into_iter();
                list.grants.extend(places.map(|place| (at, place)));
                if grant.how == GrantKind::ChangesHands {
                    list.hands.insert(at);
                }
            }
            if let Some(email) = other_email(action) {
                list.accounts.push((at, show.email(email)));
            }
            for (place, change) in changes.iter().enumerate() {
                if let Some(words) = word_by_word(change) {
                    list.words.push((at, place, words));
                }
            }
        }
        list
    }
}

/// Places of the changes by which an action gives an administrator's rights; that of the first change
/// where it does so by its kind alone.
fn grants(grant: &Grant, action: &action::Action) -> Vec<usize> {
    let changes = action.changes.iter().enumerate();
    let granting = changes.filter(|(_, it)| grant.through.contains(&it.attribute));
    let places: Vec<usize> = granting.map(|(place, _)| place).collect();
    match places.is_empty() {
        true => vec![0],
        false => places,
    }
}

/// The e-mail of an account that goes by another one, unless the action's changes tell it.
fn other_email(action: &action::Action) -> Option<&str> {
    let email = action.account_email.as_deref()?;
    let other = !same_email(email, &action.email) && action.after("email").is_none();
    other.then_some(email)
}

fn word_by_word(change: &Change) -> Option<Words> {
    let (Some(Value::Text(before)), Value::Text(after)) = (&change.before, &change.after) else {
        return None;
    };
    let words = words(before, after)?;
    let part = |(tag, words): (ChangeTag, &str)| {
        let tag = match tag {
            ChangeTag::Equal => '=',
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        (tag, words.to_owned())
    };
    Some(words.into_iter().map(part).collect())
}

/// Writes JSON for a `<script type="application/json">`: nothing in it can end the element, and
/// nothing unsafe to look at is in the source of the page.
pub(super) fn write(data: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    // It comes in pieces of a few bytes.
    let mut out = io::BufWriter::with_capacity(64 * 1024, out);
    let inert = Inert(CompactFormatter);
    data.serialize(&mut Serializer::with_formatter(&mut out, inert))?;
    out.flush()
}

/// Compact JSON in which strings hold no markup.
struct Inert(CompactFormatter);

impl Formatter for Inert {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let bytes = fragment.as_bytes();
        let plain = fragment.is_ascii()
            && memchr::memchr3(b'<', b'>', b'&', bytes).is_none()
            && memchr::memchr(0x7f, bytes).is_none();
        if plain {
            return out.write_all(bytes);
        }
        let live = |c: char| matches!(c, '<' | '>' | '&') || is_unsafe(c);
        let mut rest = fragment;
        while let Some(at) = rest.find(live) {
            let (plain, tail) = rest.split_at(at);
            self.0.write_string_fragment(out, plain)?;
            let mut chars = tail.chars();
            let mut units = [0; 2];
            for unit in chars.next().into_iter().flat_map(|c| {
                let units: &[u16] = c.encode_utf16(&mut units);
                units.to_vec()
            }) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = chars.as_str();
        }
        self.0.write_string_fragment(out, rest)
    }
}
