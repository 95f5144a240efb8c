//! What assertions ask of one vendor's end state, worked out once until the plan changes: there may
//! be as many assertions as accounts.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{End, Step};
use crate::model::email::EmailKey;
use crate::plan::assertions::people::People;
use crate::roster::assertions::words::{domain, has, words};
use crate::roster::model::{Field, Rule};

/// The fields that assertions can ask for.
const FIELDS: [Field; 4] = [
    Field::FirstName,
    Field::LastName,
    Field::JobTitle,
    Field::Company,
];

/// One vendor's end state, counted.
#[derive(Debug, Default)]
pub(in crate::plan::assertions) struct Facts {
    /// Accounts that are switched on.
    pub(in crate::plan::assertions) active: usize,
    /// The e-mails of administrators, sorted.
    pub(in crate::plan::assertions) admins: Vec<String>,
    /// Actions that make an administrator, and that end one and are no removals.
    pub(in crate::plan::assertions) gains: Vec<usize>,
    pub(in crate::plan::assertions) losses: Vec<usize>,
    /// Whether a removal ends one.
    pub(in crate::plan::assertions) removes: bool,
    /// Active accounts of people of the roster by the person's domain.
    domains: HashMap<String, usize>,
    lacking: BTreeMap<Field, usize>,
    /// By attribute, of those that `never_both` names.
    held: HashMap<Box<str>, Holders>,
}

/// Who holds what of one attribute.
#[derive(Debug, Default)]
struct Holders {
    /// Whose account each step is, and the place of its action.
    steps: Vec<(EmailKey<'static>, Option<usize>)>,
    /// Steps by what is held in the end, and by what was before.
    has: HashMap<Box<str>, Vec<usize>>,
    had: HashMap<Box<str>, HashSet<usize>>,
}

impl Facts {
    pub(in crate::plan::assertions) fn of(end: &End<'_>, people: &People<'_>) -> Self {
        let mut facts = Self::default();
        for assertion in &people.roster.assertions {
            if let Rule::NeverBoth { first, second } = &assertion.rule {
                let here = [first, second].into_iter();
                let here = here.filter(|it| *it.vendor == *end.name());
                let held = here.map(|it| (it.attribute.clone(), Holders::default()));
                facts.held.extend(held);
            }
        }
        for step in end.all() {
            facts.count_admin(&step, end);
            facts.count_person(&step, people);
            facts.take_held(&step, people);
        }
        facts.admins.sort_unstable();
        facts
    }

    fn count_admin(&mut self, step: &Step<'_>, end: &End<'_>) {
        let (was, is) = step.administers(&end.admins);
        if is {
            self.admins.push(step.email().to_owned());
        }
        match step.action {
            Some((place, _)) if is && !was => self.gains.push(place),
            Some((_, action)) if was && !is && action.kind.removes() => self.removes = true,
            Some((place, _)) if was && !is => self.losses.push(place),
            _ => {}
        }
    }

    fn count_person(&mut self, step: &Step<'_>, people: &People<'_>) {
        if !step.is_active() {
            return;
        }
        self.active += 1;
        let Some(person) = people.with(step.email()) else {
            return;
        };
        *self.domains.entry(domain(&person.email.value)).or_default() += 1;
        for field in FIELDS {
            let lacks = usize::from(!has(person, field));
            *self.lacking.entry(field).or_default() += lacks;
        }
    }

    fn take_held(&mut self, step: &Step<'_>, people: &People<'_>) {
        if self.held.is_empty() {
            return;
        }
        let shown = step.before.into_iter();
        let shown = shown.flat_map(|it| it.attributes.iter().map(|(name, _)| name));
        let changes = step.action.into_iter();
        let changes = changes.flat_map(|(_, action)| action.changes.iter());
        let names: BTreeSet<&str> = shown.chain(changes.map(|it| &*it.attribute)).collect();
        for name in names {
            let Some(held) = self.held.get_mut(name) else {
                continue;
            };
            let (had, has) = step.values(name);
            let at = held.steps.len();
            for word in had.into_iter().flat_map(words) {
                held.had.entry(word.into()).or_default().insert(at);
            }
            for word in has.into_iter().flat_map(words) {
                held.has.entry(word.into()).or_default().push(at);
            }
            let email = match (step.action, step.before) {
                (Some((_, action)), _) => &action.email,
                (None, Some(account)) => &account.email,
                (None, None) => continue,
            };
            let place = step.action.map(|(place, _)| place);
            held.steps.push((people.key(email).into_owned(), place));
        }
    }

    /// Whether everybody with an active account is of one of these domains.
    pub(in crate::plan::assertions) fn are_of(&self, only: &[Box<str>]) -> bool {
        let allowed: HashSet<&str> = only.iter().map(|it| &**it).collect();
        let inside = allowed.iter().filter_map(|it| self.domains.get(*it));
        inside.sum::<usize>() == self.domains.values().sum::<usize>()
    }

    /// Whether everybody with an active account has a field.
    pub(in crate::plan::assertions) fn have(&self, field: Field) -> bool {
        self.lacking.get(&field).is_none_or(|count| *count == 0)
    }

    /// Who holds any of these words in the end, in the order of the steps; and the action that gives
    /// it, if it is new.
    pub(in crate::plan::assertions) fn holders(
        &self,
        attribute: &str,
        words: [&str; 2],
    ) -> impl Iterator<Item = (&EmailKey<'static>, Option<usize>)> {
        let held = self.held.get(attribute).into_iter();
        held.flat_map(move |held| {
            let has = words.iter().filter_map(|word| held.has.get(*word));
            let has: BTreeSet<usize> = has.flatten().copied().collect();
            let had = |at: &usize| {
                let mut had = words.iter().filter_map(|word| held.had.get(*word));
                had.any(|steps| steps.contains(at))
            };
            let steps = has.into_iter().map(move |at| {
                let (key, place) = &held.steps[at];
                (key, place.filter(|_| !had(&at)))
            });
            steps.collect::<Vec<_>>()
        })
    }
}
