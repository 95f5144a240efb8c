//! A journal's lines put together again: runs, and what each of their actions came to. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::chain::Chain;
use super::event::{Ended, Entry, Event, RunEnded, RunStarted, Settled};
use crate::model::action::Action;
use crate::model::value::{Key, ObservedAttributes};

/// One run of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its head.
    pub started: RunStarted,
    /// When it began.
    pub at: Timestamp,
    /// Its actions, by number.
    pub steps: BTreeMap<u32, Step>,
    /// Its end; `None`: it was cut off.
    pub ended: Option<RunEnded>,
}

/// One action of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The action; where a create met an account, what was done instead.
    pub action: Action,
    /// What the account showed before a removal.
    pub account: Option<ObservedAttributes>,
    /// Write attempts.
    pub sent: u32,
    /// Whether its turn came, where the journal tells that.
    pub begun: bool,
    /// What became of it.
    pub outcome: Option<Ended>,
    /// What a later run found.
    pub settled: Option<Settled>,
    /// When the last of its lines was written.
    pub at: Timestamp,
}

impl Step {
    /// Whether a write of it was announced and nobody knows yet what became of it.
    pub fn in_flight(&self) -> bool {
        self.sent > 0 && self.outcome.is_none() && self.settled.is_none()
    }
}

impl Run {
    /// Actions that may or may not have happened.
    pub fn in_flight(&self) -> impl Iterator<Item = (u32, &Step)> {
        self.steps
            .iter()
            .filter(|(_, step)| step.in_flight())
            .map(|(number, step)| (*number, step))
    }

    /// Whether a call of an action in flight can have been on the wire, read on `machine` from `chain`.
    /// Where its lines outlived the process, an action that waited for its turn was never sent.
    pub fn can_have_been_sent(&self, step: &Step, chain: &Chain, machine: &str) -> bool {
        step.begun || chain.lost || self.started.machine.as_deref() != Some(machine)
    }
}

/// The runs of a journal, oldest first. Events that belong to no run or action are passed over:
/// the chain has told already that lines are missing.
pub fn runs(entries: &[Entry]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for entry in entries {
        if let Event::RunStarted(started) = &entry.event {
            runs.push(Run {
                started: (**started).clone(),
                at: entry.at,
                steps: BTreeMap::new(),
                ended: None,
            });
        } else if let Some(run) = runs.last_mut() {
            run.take(&entry.event, entry.at);
        }
    }
    runs
}

impl Run {
    fn take(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Intended(intended) => {
                let account = intended.account.as_ref().map(|shown| {
                    let pairs = shown.iter();
                    pairs
                        .map(|(name, value)| (Key::from(name.to_string()), value.clone()))
                        .collect::<ObservedAttributes>()
                });
                let action = intended.action.clone();
                self.steps
                    .entry(intended.number)
                    .and_modify(|step| {
                        step.action = action.clone();
                        step.account.clone_from(&account);
                        step.at = at;
                    })
                    .or_insert(Step {
                        action,
                        account,
                        sent: 0,
                        begun: false,
                        outcome: None,
                        settled: None,
                        at,
                    });
            }
            Event::Sent { number } => {
                if let Some(step) = self.steps.get_mut(number) {
                    step.sent += 1;
                }
            }
            Event::Begun { number } => {
                if let Some(step) = self.steps.get_mut(number) {
                    step.begun = true;
                }
            }
            Event::Outcome(ended) => {
                if let Some(step) = self.steps.get_mut(&ended.number) {
                    step.outcome = Some((**ended).clone());
                    step.at = at;
                }
            }
            Event::Settled(settled) => {
                if let Some(step) = self.steps.get_mut(&settled.number) {
                    step.settled = Some(settled.clone());
                    step.at = at;
                }
            }
            Event::RunEnded(ended) => self.ended = Some(*ended),
            // What the run wrote last may not have been there to be seen.
            Event::TakenOver { machine, .. } if *machine != self.started.machine => {
                self.started.machine = None;
            }
            Event::RunStarted(_) | Event::Torn { .. } | Event::TakenOver { .. } => {}
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::action::ActionKind;
    use crate::model::context::Context;
    use crate::model::digest::Digest;
    use crate::model::outcome::Verdict;
    use crate::state::journal::event::Intended;

    pub(crate) fn head() -> RunStarted {
        RunStarted {
            format: 1,
            tool: String::from("rosterctl 0.0.0"),
            command: String::from("apply"),
            roster: Digest::of(&"roster"),
            on: "2026-01-05".parse().unwrap(),
            host: String::from("build-7"),
            pid: 42,
            vendors: BTreeMap::new(),
            actions: 2,
            machine: None,
            run: None,
            context: Context::default(),
        }
    }

    pub(in crate::state::journal) fn run() -> Run {
        Run {
            started: head(),
            at: Timestamp::UNIX_EPOCH,
            steps: BTreeMap::new(),
            ended: None,
        }
    }

    pub(crate) fn action(kind: ActionKind, email: &str) -> Action {
        Action {
            vendor: "bitsight".into(),
            kind,
            email: email.into(),
            account_email: None,
            id: None,
            changes: Vec::new(),
            reason: String::from("because"),
            current: None,
        }
    }

    fn entries(events: Vec<Event>) -> Vec<Entry> {
        let numbered = events.into_iter().zip(1..);
        numbered
            .map(|(event, seq)| Entry {
                seq,
                at: Timestamp::UNIX_EPOCH,
                prev: None,
                event,
            })
            .collect()
    }

    fn intended(number: u32, kind: ActionKind, email: &str) -> Event {
        let intended = Intended::of(number, &action(kind, email), None);
        Event::Intended(Box::new(intended))
    }

    fn ended(number: u32) -> Event {
        Event::Outcome(Box::new(Ended {
            number,
            outcome: Verdict::Applied,
            status: Some(200),
            message: String::new(),
            id: None,
            seconds: 0.5,
        }))
    }

    #[test]
    fn in_flight_is_what_was_sent_and_has_neither_outcome_nor_settlement() {
        let settled = Event::Settled(Settled {
            number: 4,
            happened: true,
            message: String::new(),
        });
        let events = vec![
            Event::RunStarted(Box::new(head())),
            intended(1, ActionKind::Create, "done@x.com"),
            Event::Sent { number: 1 },
            ended(1),
            intended(2, ActionKind::Create, "flying@x.com"),
            Event::Sent { number: 2 },
            Event::Sent { number: 2 },
            intended(3, ActionKind::Create, "not-yet@x.com"),
            intended(4, ActionKind::Create, "settled@x.com"),
            Event::Sent { number: 4 },
            settled,
        ];
        let runs = runs(&entries(events));
        assert_eq!(runs.len(), 1);
        let flying: Vec<(u32, &str, u32)> = runs[0]
            .in_flight()
            .map(|(number, step)| (number, &*step.action.email, step.sent))
            .collect();
        assert_eq!(flying, [(2, "flying@x.com", 2)]);
        assert_eq!(runs[0].ended, None);
    }

    #[test]
    fn a_second_intention_of_one_number_takes_the_place_of_the_first() {
        let events = vec![
            Event::RunStarted(Box::new(head())),
            intended(1, ActionKind::Create, "a@x.com"),
            Event::Sent { number: 1 },
            intended(1, ActionKind::Update, "a@x.com"),
            Event::Sent { number: 1 },
        ];
        let step = &runs(&entries(events))[0].steps[&1];
        assert_eq!((step.action.kind, step.sent), (ActionKind::Update, 2));
    }

    #[test]
    fn each_run_of_a_file_has_its_own_numbers() {
        let one = || Event::RunStarted(Box::new(head()));
        let events = vec![
            one(),
            intended(1, ActionKind::Create, "a@x.com"),
            Event::RunEnded(RunEnded::of(&[])),
            one(),
            intended(1, ActionKind::Delete, "b@x.com"),
        ];
        let runs = runs(&entries(events));
        assert_eq!(runs.len(), 2);
        assert_eq!(runs[0].steps[&1].action.kind, ActionKind::Create);
        assert_eq!(runs[1].steps[&1].action.kind, ActionKind::Delete);
        assert!(runs[0].ended.is_some() && runs[1].ended.is_none());
    }
}
