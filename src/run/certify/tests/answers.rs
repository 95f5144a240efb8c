//! Each open question with each of its answers, at a local vendor that does so and nothing else otherwise,
//! and at one that does two things otherwise.

use super::rows::How::{Certify, Probe, State};
use super::rows::{How, ROWS};
use super::*;
use crate::model::question::AnsweredBy;

/// The certificate of a tenant that was asked so.
async fn asked(
    tenant: &Tenant,
    how: How,
    question: &str,
    answer: &str,
) -> Result<Certificate, CertifyError> {
    let questions = tenant.settings().spec.questions;
    let stated = match how {
        State => vec![stated(questions, &format!("{question}={answer}")).unwrap()],
        Probe | Certify => Vec::new(),
    };
    match how {
        Probe => Ok(tenant.probe().await),
        Certify | State => {
            let made = tenant.certify_stating(tenant.within(), &stated).await;
            made.map(|it| it.0)
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_answer_is_what_the_tenant_does() {
    let mut wrong = Vec::new();
    for (kind, question, twists, how, wanted) in ROWS {
        let tenant = tenant(kind, twists, |_| {});
        let certificate = asked(&tenant, *how, question, wanted).await;
        if *how == Probe {
            let sent = tenant.sandbox.requests();
            let writes = sent
                .iter()
                .filter(|(request, _)| testing::is_write(request));
            assert_eq!(writes.count(), 0, "{kind} {question}");
        }
        let got = match certificate {
            Ok(certificate) => answer(&certificate, question),
            Err(error) => error.to_string(),
        };
        if got != *wanted {
            wrong.push(format!(
                "{kind} {question} {twists:?}: {got} instead of {wanted}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_answer_has_a_row() {
    let kinds = crate::connector::specs();
    let kinds = kinds.iter().map(|it| (it.kind, it.questions));
    for (kind, questions) in kinds.chain([("rest", crate::description::QUESTIONS)]) {
        for question in questions {
            for answer in question.answers {
                let found = ROWS.iter().any(|(of, id, _, how, word)| {
                    let found = question.answer(word).map(|it| it.word);
                    let by = match how {
                        State => question.by == AnsweredBy::Person,
                        Probe | Certify => question.by != AnsweredBy::Person,
                    };
                    (*of, *id) == (kind, question.id) && found == Some(answer.word) && by
                });
                assert!(found, "{kind} {} {}", question.id, answer.word);
            }
        }
    }
}

/// What another switch hides: kind, question, its own switch (or any), the other one, and the answer then.
/// `open`: it is not answered; `refused`: nothing is written there.
const HIDDEN: &[(&str, &str, &str, &str, &str)] = &[
    // A user is put back as a read of that one shows it.
    ("logicgate", "disable", "", "no-single-read", "open"),
    (
        "logicgate",
        "deactivated_listed",
        "",
        "no-single-read",
        "open",
    ),
    ("logicgate", "put_clears", "", "no-single-read", "open"),
    ("logicgate", "read_lag_ms", "", "no-single-read", "open"),
    // Nobody is off.
    ("logicgate", "deactivated_listed", "", "off-ignored", "open"),
    ("logicgate", "deactivated_listed", "", "off-refused", "open"),
    ("rest", "off_found", "", "switches-not-stored", "open"),
    ("rest", "off_found", "", "switches-refused", "open"),
    // The read of one user does not show that it is off.
    ("rest", "off_found", "", "outlines", "open"),
    // Nobody can be shown to be absent, so nobody is made.
    ("snaplogic", "put_partial", "", "missing-empty", "refused"),
    ("snaplogic", "put_partial", "", "missing-400", "refused"),
    (
        "snaplogic",
        "duplicate_create",
        "",
        "missing-empty",
        "refused",
    ),
    (
        "snaplogic",
        "duplicate_create",
        "",
        "missing-400",
        "refused",
    ),
    // Of two members one is hidden.
    (
        "scim",
        "members_shown",
        "members-first",
        "hides-off",
        "open",
    ),
    // What is refused is answered with nothing that could be untrue.
    (
        "rest",
        "answer",
        "answers-as-asked",
        "updates-refused",
        "whole",
    ),
];

#[tokio::test(start_paused = true)]
async fn two_switches_at_once_give_both_answers() {
    let turned: Vec<_> = ROWS.iter().filter(|it| !it.2.is_empty()).collect();
    let mut wrong = Vec::new();
    let mut pairs = BTreeMap::<&str, usize>::new();
    for (at, one) in turned.iter().enumerate() {
        let others = turned.iter().skip(at + 1);
        for other in others.filter(|it| it.0 == one.0 && it.1 != one.1) {
            let kind = one.0;
            let mut twists = [one.2, other.2].concat();
            twists.sort_unstable();
            twists.dedup();
            let tenant = tenant(kind, &twists, |_| {});
            let written = asked(&tenant, Certify, "", "").await;
            // Who refuses to be written to answers what reads ask.
            let read = match &written {
                Err(CertifyError::Refused(_)) => Some(tenant.probe().await),
                _ => None,
            };
            *pairs.entry(kind).or_default() += 1;
            for (row, beside) in [(one, other), (other, one)] {
                let got = match (&written, &read) {
                    (Ok(written), _) => answer(written, row.1),
                    (Err(_), Some(read)) if row.3 == Probe => answer(read, row.1),
                    (Err(_), Some(_)) => String::from("refused"),
                    (Err(error), None) => error.to_string(),
                };
                let hidden = HIDDEN.iter().find(|(of, question, own, other, _)| {
                    (*of, *question) == (kind, row.1)
                        && (own.is_empty() || row.2.contains(own))
                        && beside.2.contains(other)
                });
                let wanted = hidden.map_or(row.4, |it| it.4);
                if got != wanted {
                    wrong.push(format!("{kind} {} {twists:?}: {got}, not {wanted}", row.1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(pairs.values().all(|it| *it >= 8), "{pairs:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_person_states_is_marked_and_confirms_nothing() {
    let tenant = tenant("snaplogic", &[], |_| {});
    let said = asked(&tenant, State, "self_reopen", "no").await.unwrap();
    assert!(said.answers["self_reopen"].stated);
    assert!(said.answers.values().filter(|it| it.stated).count() == 1);
    let (unsaid, _) = tenant.certify().await;
    assert_eq!(answer(&unsaid, "self_reopen"), "open");
    let questions = tenant.settings().spec.questions;
    for (text, why) in [
        ("self_reopen", "QUESTION=ANSWER"),
        ("self_reopen=maybe", "yes, no, unknown"),
        ("put_partial=merged", "`certify` finds out"),
        ("else=yes", "no open question"),
    ] {
        let error = stated(questions, text).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}
