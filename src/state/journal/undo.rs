//! From a journal to what there is to undo. Pure; what follows for each account as it is by then
//! is planned in [`crate::plan::planner`].

use super::story::{Run, Step};
use crate::model::action::Action;
use crate::model::outcome::Verdict;
use crate::plan::planner::Done;

/// What a run did, as far as undoing it goes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Deeds {
    /// What happened, or may have happened.
    pub done: Vec<Done>,
    /// What may have happened in part, and why nobody can tell.
    pub unclear: Vec<(Action, String)>,
}

/// What a run did: every action that was applied, that is unverified, or that was in flight when
/// the run was cut off. What was skipped, or found not to have happened, is nothing to undo.
pub fn deeds(run: &Run) -> Deeds {
    let mut deeds = Deeds::default();
    for step in run.steps.values() {
        let done = || Done {
            action: with_id(step),
            account: step.account.clone(),
        };
        let word = step.outcome.as_ref().map(|outcome| outcome.outcome);
        match (word, &step.settled) {
            // Without a write it was so before: that is nobody's doing here.
            (Some(Verdict::Applied | Verdict::Unverified), _) if step.sent == 0 => {}
            (Some(Verdict::Applied | Verdict::Unverified), _) => deeds.done.push(done()),
            (Some(Verdict::Failed), _) if step.sent > 0 => deeds.unclear.push((
                with_id(step),
                String::from(
                    "it failed in that run; whether a part of it took effect is not known, so it \
                     is left alone",
                ),
            )),
            (Some(Verdict::Failed | Verdict::Skipped), _) => {}
            (None, Some(settled)) if settled.happened => deeds.done.push(done()),
            (None, Some(_)) => {}
            (None, None) if step.sent > 0 => deeds.done.push(done()),
            (None, None) => {}
        }
    }
    deeds
}

/// The action, with the id that a create learnt.
fn with_id(step: &Step) -> Action {
    let learnt = step.outcome.as_ref().and_then(|it| it.id.clone());
    Action {
        id: learnt.or_else(|| step.action.id.clone()),
        ..step.action.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::action::ActionKind;
    use crate::state::journal::event::{Ended, Settled};

    fn step(sent: u32, word: Option<Verdict>, happened: Option<bool>) -> Step {
        Step {
            action: Action {
                vendor: "bitsight".into(),
                kind: ActionKind::Create,
                email: "ada@example.com".into(),
                account_email: None,
                id: None,
                changes: Vec::new(),
                reason: String::new(),
                current: None,
            },
            account: None,
            sent,
            begun: sent > 0,
            outcome: word.map(|outcome| Ended {
                number: 1,
                outcome,
                status: None,
                message: String::new(),
                id: Some("17".into()),
                seconds: 0.0,
            }),
            settled: happened.map(|happened| Settled {
                number: 1,
                happened,
                message: String::new(),
            }),
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_happened_or_may_have_happened_is_to_be_undone() {
        let cases = [
            (step(1, Some(Verdict::Applied), None), 1, 0),
            (step(0, Some(Verdict::Applied), None), 0, 0),
            (step(1, Some(Verdict::Unverified), None), 1, 0),
            (step(1, Some(Verdict::Failed), None), 0, 1),
            (step(0, Some(Verdict::Failed), None), 0, 0),
            (step(0, Some(Verdict::Skipped), None), 0, 0),
            (step(0, None, None), 0, 0),
            (step(1, None, None), 1, 0),
            (step(1, None, Some(true)), 1, 0),
            (step(1, None, Some(false)), 0, 0),
        ];
        for (step, done, unclear) in cases {
            let mut run = crate::state::journal::story::tests::run();
            run.steps.insert(1, step.clone());
            let deeds = deeds(&run);
            let counts = (deeds.done.len(), deeds.unclear.len());
            assert_eq!(counts, (done, unclear), "{step:?}");
        }
    }

    #[test]
    fn a_created_account_is_known_by_the_id_that_its_create_learnt() {
        let mut run = crate::state::journal::story::tests::run();
        run.steps.insert(1, step(1, Some(Verdict::Applied), None));
        assert_eq!(deeds(&run).done[0].action.id.as_deref(), Some("17"));
    }
}
