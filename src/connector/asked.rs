//! How a kind's open questions are answered: by reading, and by writing to an account that was made for
//! it. One loop asks them all ([`crate::run::certify`]); a kind says how a question is settled.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio::sync::OnceCell;

use crate::http::{Api, Call, HttpError, Problem, Reply};
use crate::model::certificate::{Answer, Answered, Evidence};

/// What a throw-away address has to begin with where the address alone cannot show that it is nobody's.
pub const BEGIN: &str = "rosterctl-certify";

/// What asking brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// An answer, and what it rests on.
    Answer(Answered),
    /// None here: why, in one clause without anything of the tenant's.
    Open(&'static str),
}

impl Found {
    /// An answer, and what it rests on.
    pub fn answer(answer: impl Into<Answer>, evidence: Evidence) -> Self {
        Self::Answer(Answered {
            answer: answer.into(),
            day: None,
            stated: false,
            evidence,
        })
    }

    /// The word of the answer.
    pub fn word(&self) -> Option<String> {
        match self {
            Self::Answer(answered) => Some(answered.answer.to_string()),
            Self::Open(_) => None,
        }
    }

    /// `yes` or `no`.
    pub fn yes_if(yes: bool, evidence: Evidence) -> Self {
        Self::answer(if yes { "yes" } else { "no" }, evidence)
    }
}

/// An account that was made to be written to, and for nothing else.
#[derive(Debug, Clone, Default)]
pub struct Throwaway {
    /// Its e-mail.
    pub email: String,
    /// The vendor's id, once it is known.
    pub id: Option<Box<str>>,
    /// Its last name, unlike any other.
    pub mark: String,
    /// Names of groups that the roster gives somebody.
    pub groups: Vec<Box<str>>,
    /// What was answered on it so far.
    pub answered: BTreeMap<&'static str, Found>,
}

impl Throwaway {
    /// The e-mail's part before the `@`.
    pub fn local_part(&self) -> &str {
        let parts = self.email.rsplit_once('@');
        parts.map_or(&*self.email, |(local, _)| local)
    }

    /// Whether a question was answered so.
    pub fn says(&self, question: &str, word: &str) -> bool {
        let answered = self.answered.get(question).and_then(Found::word);
        answered.as_deref() == Some(word)
    }

    /// The id; of an account that was made and not found, none.
    ///
    /// # Errors
    /// It is not known.
    pub fn id(&self, api: &Api) -> Result<&str, HttpError> {
        self.id.as_deref().ok_or_else(|| {
            let reason = String::from("the account that was made is not shown yet");
            api.problem("find user", Problem::Body(reason))
        })
    }
}

/// What is left of a throw-away account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// It is off: the vendor has no call that deletes.
    Off,
    /// It is there and on: a person has to switch it off.
    On,
}

/// Calls that a run makes besides those of its questions, each with its method first; `{account}` is the
/// throw-away account. They are announced before the first one is sent.
#[derive(Debug, Clone, Copy)]
pub struct OwnCalls {
    /// See whether somebody has the address.
    pub look: &'static [&'static str],
    /// Make the account.
    pub make: &'static [&'static str],
    /// Questions that making the account answers: the calls of these make it, too.
    pub told_by_making: &'static [&'static str],
    /// Take the account away.
    pub clear: &'static [&'static str],
}

/// A kind whose open questions a tenant can answer.
#[async_trait]
pub trait Questioned: Send + Sync {
    /// The calls of a run besides those of its questions.
    fn own_calls(&self) -> OwnCalls;

    /// A call of a table as it is sent here, with its method and path first.
    fn in_full(&self, call: &'static str) -> String {
        call.to_owned()
    }

    /// What reading tells of a question. `memo` keeps what several of them read.
    ///
    /// # Errors
    /// A call failed.
    async fn ask(&self, question: &str, memo: &Memo) -> Result<Found, HttpError>;

    /// Makes the account, which nobody has, and learns its id; answers what that alone tells.
    ///
    /// # Errors
    /// A call failed, or it cannot be made.
    async fn make(&self, account: &mut Throwaway) -> Result<(), HttpError>;

    /// What writing to the account tells of a question.
    ///
    /// # Errors
    /// A call failed.
    async fn try_on(&self, question: &str, account: &Throwaway) -> Result<Found, HttpError>;

    /// Whether somebody has that e-mail, be it off or hidden; their id.
    ///
    /// # Errors
    /// Anything but a clear yes or no.
    async fn holder(&self, email: &str) -> Result<Option<Box<str>>, HttpError>;

    /// Takes the account away, as far as the vendor has a way.
    ///
    /// # Errors
    /// A call failed.
    async fn clear(&self, account: &Throwaway) -> Result<Left, HttpError>;
}

/// What the questions of one run share: something that is read once.
#[derive(Default)]
pub struct Memo(OnceCell<Arc<dyn Any + Send + Sync>>);

impl Memo {
    /// What was read before, or is now. A kind keeps one thing.
    ///
    /// # Errors
    /// That of the read.
    pub(crate) async fn once<T: Send + Sync + 'static>(
        &self,
        read: impl Future<Output = Result<T, HttpError>>,
    ) -> Result<Arc<T>, HttpError> {
        let kept = async { Ok(Arc::new(read.await?) as Arc<dyn Any + Send + Sync>) };
        let kept = self.0.get_or_try_init(|| kept).await?;
        let kept = Arc::clone(kept).downcast::<T>();
        Ok(kept.unwrap_or_else(|_| unreachable!("a kind keeps one thing")))
    }
}

/// A call and what came back, be it a refusal.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The status.
    pub(crate) status: u16,
    /// The body as far as it is JSON, else `null`.
    pub(crate) body: Json,
}

impl Exchange {
    /// Sends a call.
    ///
    /// # Errors
    /// There was no answer, or none about the call itself.
    pub(crate) async fn of(api: &Api, call: Call) -> Result<Self, HttpError> {
        Self::sent(api.send(call).await)
    }

    /// What came of a call.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(crate) fn sent(sent: Result<Reply, HttpError>) -> Result<Self, HttpError> {
        let error = match sent {
            Ok(reply) => {
                return Ok(Self {
                    status: reply.status,
                    body: serde_json::from_slice(&reply.body).unwrap_or_default(),
                });
            }
            Err(error) => error,
        };
        match &error.problem {
            Problem::Status { status, body, .. } if matches!(status, 400 | 403..=405 | 409..=418 | 422 | 500 | 501) => {
                Ok(Self {
                    status: *status,
                    body: body.as_deref().cloned().unwrap_or_default(),
                })
            }
            _ => Err(error),
        }
    }

    /// Whether it went through.
    pub(crate) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A text in an object.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.body.get(key)?.as_str()
    }
}

/// Reads until it shows something, or the waits are used up.
///
/// # Errors
/// A read failed.
pub(crate) async fn shown<F>(
    api: &Api,
    waits: &[u64],
    mut read: impl FnMut() -> F,
    good: impl Fn(&Exchange) -> bool,
) -> Result<Exchange, HttpError>
where
    F: Future<Output = Result<Exchange, HttpError>>,
{
    let mut got = read().await?;
    for wait in waits {
        if good(&got) {
            break;
        }
        let wait = Duration::from_millis(*wait);
        api.wait(wait, "a read does not show the write yet").await;
        got = read().await?;
    }
    Ok(got)
}

/// A name in the other letter case.
pub(crate) fn swapped(name: &str) -> String {
    let swap = |it: char| match it.is_ascii_lowercase() {
        true => it.to_ascii_uppercase(),
        false => it.to_ascii_lowercase(),
    };
    name.chars().map(swap).collect()
}
