//! What a vendor did not take of a change, what is learnt from it for the run, and how it is told.

use super::Scim;
use super::goal::{ACTIVE, Goal};
use crate::connector::WriteError;
use crate::http::HttpError;
use crate::model::account::Account;
use crate::plan::reason::reason;

/// So often the same refusal in a row is enough.
const ENOUGH: u32 = 3;

/// What the vendor did not take of a user.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// In the roster's words.
    pub(super) names: Vec<String>,
    pub(super) status: u16,
    pub(super) words: String,
}

/// What is to be expected of sending a part of a change.
pub(super) enum Expected {
    /// It is taken together with others.
    Taken,
    /// It was refused to somebody: by itself, so that it spoils nothing else.
    Doubtful,
    /// It would be refused as it always was; it is not sent any more.
    Refused(Refusal),
}

impl Refusal {
    /// One of them all, for the report. `account`: as it is now.
    pub(super) fn error(refusals: &[Self], account: Option<Account>) -> WriteError {
        WriteError::Refused {
            status: refusals.first().map_or(200, |it| it.status),
            message: Self::words(refusals),
            account: account.map(Box::new),
        }
    }

    /// What was refused, in front of what went wrong behind it.
    pub(super) fn before(refusals: &[Self], error: WriteError) -> WriteError {
        match error {
            error if refusals.is_empty() => error,
            WriteError::Refused {
                status,
                message,
                account,
            } => WriteError::Refused {
                status,
                message: format!("{}; {message}", Self::words(refusals)),
                account,
            },
            WriteError::Http(mut error) => {
                error.add(&Self::words(refusals));
                WriteError::Http(error)
            }
            WriteError::Partly(mut error) => {
                error.add(&Self::words(refusals));
                WriteError::Partly(error)
            }
            other => other,
        }
    }

    fn words(refusals: &[Self]) -> String {
        let words: Vec<&str> = refusals.iter().map(|it| it.words.as_str()).collect();
        words.join("; ")
    }
}

/// What a fresh read does not show of a change that was accepted, and what it dropped besides.
pub(super) struct Unstored {
    pub(super) lacking: Vec<String>,
    pub(super) lost: Vec<String>,
}

impl Scim {
    /// Takes note that a part was refused.
    pub(super) fn learn_refused(&self, key: &str, part: &Goal<'_>, error: &HttpError) -> Refusal {
        let status = error.status().unwrap_or_default();
        let names = part.names();
        let action = part.action;
        let values = part.changes.iter().filter_map(|it| it.after.as_text());
        let aside = [Some(&*action.email), action.id.as_deref()];
        let why = reason(
            &error.problem.to_string(),
            aside.into_iter().flatten().chain(values),
        );
        let mut learnt = self.learnt();
        let last = learnt.refused.values.entry(key.to_owned());
        let last = last.or_insert_with(|| (status, why.clone(), 0));
        match (last.0, &last.1) == (status, &why) {
            true => last.2 += 1,
            false => *last = (status, why, 1),
        }
        let words = format!(
            "{} was refused: {}{}",
            names.join(", "),
            error.problem,
            advice_for(&names, part)
        );
        Refusal {
            names,
            status,
            words,
        }
    }

    /// Takes note that some of a change was accepted and does not show; `proved`: the rest of the
    /// same call does, so that it is no question of how it was sent.
    pub(super) fn learn_unstored(
        &self,
        unstored: Unstored,
        status: u16,
        proved: bool,
        off: bool,
    ) -> Refusal {
        let Unstored { lacking, lost } = unstored;
        let there = lacking.is_empty();
        let names = [lacking, lost].concat();
        let mut learnt = self.learnt();
        let mut first = false;
        for name in names.iter().filter(|name| *name != ACTIVE) {
            let times = learnt.refused.unstored.entry(name.clone()).or_default();
            first |= *times < 2;
            *times += if proved { 2 } else { 1 };
        }
        first |= names.iter().any(|name| name == ACTIVE);
        let mut words = match there {
            true => "done in part: the vendor dropped more with this change",
            false => "the change was accepted, and a fresh read does not show it",
        }
        .to_owned();
        words.push_str(&format!(": {}", names.join(", ")));
        if first && !there {
            words.push_str(&match off {
                true => NO_OFF.to_owned(),
                false => advice(&names),
            });
        }
        Refusal {
            names,
            status,
            words,
        }
    }

    /// What is to be expected of sending this part.
    pub(super) fn expected(&self, key: &str, part: &Goal<'_>) -> Expected {
        let learnt = self.learnt();
        let names = part.names();
        let unstored = |name: &String| learnt.refused.unstored.get(name).is_some_and(|it| *it > 1);
        if names.iter().any(unstored) {
            let words = format!(
                "{}: not sent, because this vendor has not kept it in this run",
                names.join(", ")
            );
            return Expected::Refused(Refusal {
                names,
                status: 200,
                words,
            });
        }
        match learnt.refused.values.get(key) {
            None => Expected::Taken,
            // Whether somebody is on or off is never left to what happened to others.
            Some(_) if key == ACTIVE => Expected::Doubtful,
            Some((_, _, times)) if *times < ENOUGH => Expected::Doubtful,
            Some((status, why, times)) => Expected::Refused(Refusal {
                words: format!(
                    "{}: not sent, because it was refused {times} times in a row in this run \
                     ({why}){}",
                    names.join(", "),
                    advice_for(&names, part)
                ),
                names,
                status: *status,
            }),
        }
    }

    /// Takes note that a part was taken.
    pub(super) fn learn_taken(&self, key: &str) {
        self.learnt().refused.values.remove(key);
    }
}

/// What helps where nobody can be switched off.
const NO_OFF: &str = "; where the vendor switches nobody off, choose another `deactivate`";

/// The setting that helps with a part of a change.
fn advice_for(names: &[String], part: &Goal<'_>) -> String {
    match part.active {
        Some(false) => NO_OFF.to_owned(),
        _ => advice(names),
    }
}

/// The setting that helps, where one does.
fn advice(names: &[String]) -> String {
    match names {
        [one] if one == ACTIVE => "; where an account is off until the person accepts an \
            invitation, name `active` under `without`, and it is left alone until then"
            .to_owned(),
        // An address is no attribute that could be left out.
        names if names.iter().all(|name| name == "email") => String::new(),
        [_] => "; if the vendor does not keep this, name it under `without`".to_owned(),
        names => format!(
            "; if the vendor does not keep this, name it under `without`: [{}]",
            names.join(", ")
        ),
    }
}
