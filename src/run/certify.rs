//! The open questions that need writes, on accounts that are made for it and taken away again.
//!
//! Nothing is written to any other account: each write has to bear the address or the id of one that was
//! made here ([`WriteScope`]). An account is on record before it is made ([`thrown`]), so that the next
//! run takes it away where this one could not.

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests;

use jiff::Timestamp;

use super::locked::LockedRun;
use super::session::asking::Findings;
use crate::connector::asked::{BEGIN, Found, Left, Memo, Questioned, Throwaway};
use crate::http::WriteScope;
use crate::model::action::{Action, ActionKind};
use crate::model::certificate::{Answered, Evidence};
use crate::model::digest::Digest;
use crate::model::outcome::{Outcome, Verdict};
use crate::model::question::{AnsweredBy, OpenQuestion};
use crate::model::spec::DESCRIBED;
use crate::roster::model::{Roster, VendorSettings};
use crate::state::journal::event::{FORMAT, RunEnded, RunStarted};
use crate::state::journal::{Journal, Log as _};
use crate::state::thrown::{self, Made};

/// Accounts that a described vendor is tried on: what one of them shows may be chance.
const DESCRIBED_ACCOUNTS: usize = 3;

/// How often an account is looked for that a create may have made twice.
const ROUNDS: usize = 4;

/// What certify is asked for.
pub struct Request<'a> {
    /// The vendor's name.
    pub vendor: &'a str,
    /// The address of the account to make.
    pub email: &'a str,
    /// A text unlike any other, for names.
    pub mark: &'a str,
    /// Where writes may go; the session's calls heed it.
    pub scope: &'a WriteScope,
    /// What a person says.
    pub stated: &'a [Stated],
}

/// What a person says of a question that this program cannot answer.
#[derive(Debug, Clone, Copy)]
pub struct Stated {
    /// The question.
    pub question: &'static OpenQuestion,
    /// One of its answers.
    pub answer: &'static str,
}

/// Understands `QUESTION=ANSWER`.
///
/// # Errors
/// There is no such question, it is not one for people, or it has no such answer.
pub fn stated(questions: &'static [OpenQuestion], text: &str) -> Result<Stated, String> {
    let Some((id, word)) = text.split_once('=') else {
        return Err(format!("{text}: write QUESTION=ANSWER"));
    };
    let question = questions.iter().find(|it| it.id == id);
    let question = question.ok_or_else(|| format!("{id} is no open question of this vendor"))?;
    match question.by {
        AnsweredBy::Person => {}
        AnsweredBy::Read => return Err(format!("{id}: `doctor --probe` finds out")),
        AnsweredBy::Write => return Err(format!("{id}: `certify` finds out")),
    }
    let mut words = question.answers.iter().map(|it| it.word);
    match words.clone().find(|it| *it == word) {
        Some(answer) => Ok(Stated { question, answer }),
        None => {
            let known = words.by_ref().collect::<Vec<_>>().join(", ");
            Err(format!("{id} is one of {known}"))
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Certified {
    /// The answers, by reading and by writing.
    pub findings: Findings,
    /// What is left of the accounts: address and state.
    pub left: Vec<(String, Left)>,
}

/// Why it ended early.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// Nothing was written.
    #[error("{0}; nothing was written")]
    Refused(String),
    /// An account may be left, which the next run takes away.
    #[error("{0}; run certify again: it takes away what is left")]
    Ended(String),
}

/// The addresses of the accounts to make: the one that was given, and where several are needed others
/// that differ in their local part.
pub fn addresses(settings: &VendorSettings, email: &str) -> Vec<String> {
    let count = match settings.spec.kind {
        DESCRIBED => DESCRIBED_ACCOUNTS,
        _ => 1,
    };
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let others = (2..=count).map(|it| format!("{local}-{it}@{domain}"));
    std::iter::once(email.to_owned()).chain(others).collect()
}

/// A step of a run, and the calls that it may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// What it is for.
    pub what: String,
    /// Its calls, each with method and path first; `{account}` is the address of the throw-away account
    /// or its id. One that writes is sent once for each account, and once more for each that a create
    /// made besides.
    pub calls: Vec<String>,
}

impl std::fmt::Display for Announced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.what, self.calls.join("; "))
    }
}

/// Every call that will be made, before any of them.
pub fn announced(
    questioned: &dyn Questioned,
    questions: &'static [OpenQuestion],
    emails: &[String],
    left: &[Made],
) -> Vec<Announced> {
    let own = questioned.own_calls();
    let step = |what: String, calls: &[&'static str]| Announced {
        what,
        calls: calls.iter().map(|it| questioned.in_full(it)).collect(),
    };
    let all = emails.join(", ");
    let by_making = |it: &&OpenQuestion| own.told_by_making.contains(&it.id);
    let mut steps = Vec::new();
    for made in left {
        let what = format!(
            "take {} away, which an earlier run made and left",
            made.email
        );
        steps.push(step(what, &[own.look, own.clear].concat()));
    }
    let reads = "every GET that a plan sends, and what it asks a token with";
    steps.push(Announced {
        what: String::from("read"),
        calls: vec![reads.to_owned()],
    });
    if !own.look.is_empty() {
        steps.push(step(format!("see whether anybody has {all}"), own.look));
    }
    let made = questions.iter().filter(by_making).map(|it| it.calls);
    let made = std::iter::once(own.make).chain(made);
    let made: Vec<&'static str> = made.flatten().copied().collect();
    steps.push(step(format!("make {all}"), &made));
    let asked = questions.iter().filter(|it| !it.calls.is_empty());
    for question in asked.filter(|it| !by_making(it)) {
        steps.push(step(question.id.to_owned(), question.calls));
    }
    steps.push(step(
        format!("take {all} away again, or switch it off"),
        own.clear,
    ));
    steps
}

/// Asks everything, by reading and by writing.
///
/// # Errors
/// [`CertifyError`].
pub async fn certify(
    run: &LockedRun<'_>,
    roster: &Roster,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Certified, CertifyError> {
    let session = run.session;
    let refused = |why: String| CertifyError::Refused(session.clean(&why));
    let (settings, vendor) = session.vendor(request.vendor).map_err(refused)?;
    let questioned = session.questioned(request.vendor).map_err(refused)?;
    if settings.observe {
        let why = format!("{} is only observed (`mode: observe`)", settings.name);
        return Err(refused(why));
    }
    let emails = addresses(settings, request.email);
    let by_login = settings.spec.knows_logins();
    if by_login && !request.email.starts_with(BEGIN) {
        return Err(refused(format!(
            "{} knows people by login, and a login may be any word: begin the address with {BEGIN}",
            settings.name
        )));
    }
    for email in &emails {
        let own = settings.own_account.as_deref();
        let is_own = own.is_some_and(|own| crate::model::email::same_email(own, email));
        if is_own || roster.find_person(email).is_some() {
            return Err(refused(format!("the roster knows {email}")));
        }
    }
    // What a connector learns while it reads.
    let empty = crate::roster::desired(roster, request.vendor, session.today());
    let read = vendor.fetch(&empty).await;
    read.map_err(|error| refused(error.to_string()))?;
    let work = Work {
        run,
        settings,
        questioned,
        request,
        place: settings.tenant(),
    };
    work.take_away_what_is_left().await?;
    for email in &emails {
        let holder = questioned.holder(email).await;
        if holder
            .map_err(|error| refused(error.to_string()))?
            .is_some()
        {
            return Err(refused(format!(
                "somebody at {} has {email}",
                settings.name
            )));
        }
    }
    let mut findings = work.read().await;
    let journal = work.journal(roster, now, emails.len()).await?;
    let mut left = Vec::new();
    let mut outcomes = Vec::new();
    let mut tried: Vec<Throwaway> = Vec::new();
    for (email, number) in emails.iter().zip(1..) {
        let mut account = Throwaway {
            email: email.clone(),
            mark: request.mark.to_owned(),
            groups: session.named_groups(&settings.name, 1),
            ..Throwaway::default()
        };
        let made = work
            .make(&mut account, &journal, number, &mut outcomes)
            .await;
        if made.is_ok() {
            work.write_to(&mut account).await;
        }
        let state = work
            .take_away(&account, &journal, number + 100, &mut outcomes)
            .await?;
        left.push((email.clone(), state));
        made?;
        tried.push(account);
    }
    agree(&mut findings, &tried);
    for (question, settled) in &mut findings {
        let mut words = request.stated.iter();
        if let Some(said) = words.find(|it| it.question.id == question.id) {
            *settled = Ok(Found::Answer(Answered {
                answer: said.answer.into(),
                day: None,
                stated: true,
                evidence: Evidence::default(),
            }));
        }
    }
    let ended = journal.end(RunEnded::of(&outcomes)).await;
    ended.map_err(|error| CertifyError::Ended(error.to_string()))?;
    Ok(Certified { findings, left })
}

/// Takes over what writing told, where all accounts tell the same.
fn agree(findings: &mut Findings, tried: &[Throwaway]) {
    for (question, settled) in findings {
        let mut told = tried.iter().filter_map(|it| it.answered.get(question.id));
        let Some(first) = told.next() else {
            continue;
        };
        let number = first.word().is_some_and(|it| it.parse::<u64>().is_ok());
        let same = told.all(|it| number || it.word() == first.word());
        if first.word().is_some() || !matches!(settled, Ok(Found::Answer(_))) {
            *settled = Ok(match same {
                true => first.clone(),
                false => Found::Open("the accounts do not tell the same"),
            });
        }
    }
}

/// One run of it.
struct Work<'a> {
    run: &'a LockedRun<'a>,
    settings: &'a VendorSettings,
    questioned: &'a dyn Questioned,
    request: &'a Request<'a>,
    place: String,
}

impl Work<'_> {
    fn ended(&self, why: impl ToString) -> CertifyError {
        CertifyError::Ended(self.run.session.clean(&why.to_string()))
    }

    /// Lets writes name the account by its login, where that is what the vendor knows.
    fn allow_login(&self, account: &Throwaway) {
        if self.settings.spec.knows_logins() {
            self.request.scope.allow(account.local_part());
        }
    }

    /// What reading tells.
    async fn read(&self) -> Findings {
        let memo = Memo::default();
        let mut findings = Findings::new();
        for question in self.settings.spec.questions {
            let settled = self.questioned.ask(question.id, &memo).await;
            let settled = settled.map_err(|it| self.run.session.clean(&it.to_string()));
            findings.push((question, settled));
        }
        findings
    }

    /// Makes the account, on record before and after.
    async fn make(
        &self,
        account: &mut Throwaway,
        journal: &Journal,
        number: u32,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(), CertifyError> {
        self.request.scope.allow(&account.email);
        self.allow_login(account);
        let state = self.run.session.state();
        let mut made = Made {
            place: self.place.clone(),
            email: account.email.clone(),
            id: None,
        };
        let noted = thrown::note(state, &self.settings.name, &made);
        noted.map_err(|error| CertifyError::Refused(error.to_string()))?;
        let action = self.action(ActionKind::Create, account);
        self.begin(journal, number, &action).await?;
        let sent = self.questioned.make(account).await;
        let clean = |error: &crate::http::HttpError| self.run.session.clean(&error.to_string());
        let failed = sent.as_ref().err().map(clean);
        if let Some(id) = &account.id {
            self.request.scope.allow(id);
            made.id = Some(id.clone());
            let noted = thrown::note(state, &self.settings.name, &made);
            noted.map_err(|error| self.ended(error))?;
        }
        self.end(
            journal,
            number,
            action,
            account,
            failed.as_deref(),
            outcomes,
        )
        .await?;
        match failed {
            None => Ok(()),
            Some(why) => Err(self.ended(format!("{} cannot be made: {why}", account.email))),
        }
    }

    /// Asks what writing tells. A question that fails leaves the others as they are.
    async fn write_to(&self, account: &mut Throwaway) {
        let asked: Vec<&OpenQuestion> = self.settings.spec.questions.iter().collect();
        for question in asked {
            if account.answered.contains_key(question.id) {
                continue;
            }
            let settled = self.questioned.try_on(question.id, account).await;
            if let Ok(Found::Answer(_)) = &settled
                && let Ok(settled) = settled
            {
                account.answered.insert(question.id, settled);
            } else if question.by == AnsweredBy::Write {
                let open = match settled {
                    Ok(open) => open,
                    Err(error) => {
                        let why = self.run.session.clean(&error.to_string());
                        self.run.watcher.note(&format!("{}: {why}", question.id));
                        Found::Open("a call failed")
                    }
                };
                account.answered.insert(question.id, open);
            }
        }
    }

    /// Takes an account away, and every other that has its address by now.
    async fn take_away(
        &self,
        account: &Throwaway,
        journal: &Journal,
        number: u32,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<Left, CertifyError> {
        let action = self.action(ActionKind::Deactivate, account);
        self.begin(journal, number, &action).await?;
        let cleared = self.clear(account).await;
        let failed = match &cleared {
            Ok(Left::On) => Some(String::from("it is still on")),
            Ok(_) => None,
            Err(why) => Some(why.clone()),
        };
        self.end(
            journal,
            number,
            action,
            account,
            failed.as_deref(),
            outcomes,
        )
        .await?;
        cleared.map_err(|why| self.ended(format!("{} is left: {why}", account.email)))
    }

    /// The same without a journal.
    async fn clear(&self, account: &Throwaway) -> Result<Left, String> {
        let clean = |error: crate::http::HttpError| self.run.session.clean(&error.to_string());
        let mut account = account.clone();
        let mut left = Left::Nothing;
        for _ in 0..ROUNDS {
            if account.id.is_none() {
                account.id = self
                    .questioned
                    .holder(&account.email)
                    .await
                    .map_err(clean)?;
            }
            if let Some(id) = &account.id {
                self.request.scope.allow(id);
            }
            // Without an id there is nobody, or nobody that the vendor would show.
            let found = account.id.is_some();
            left = self.questioned.clear(&account).await.map_err(clean)?;
            if left != Left::Nothing || !found {
                break;
            }
            // A create that was sent twice may have made two.
            account.id = None;
        }
        if left != Left::On {
            let made = Made {
                place: self.place.clone(),
                email: account.email.clone(),
                id: None,
            };
            let state = self.run.session.state();
            let forgotten = thrown::forget(state, &self.settings.name, &made);
            forgotten.map_err(|error| error.to_string())?;
        }
        Ok(left)
    }

    /// Takes away what an earlier run made and could not take away.
    async fn take_away_what_is_left(&self) -> Result<(), CertifyError> {
        let left = thrown::left(self.run.session.state(), &self.settings.name);
        let left = left.map_err(|error| CertifyError::Refused(error.to_string()))?;
        for made in left {
            if made.place != self.place {
                self.run.watcher.note(&format!(
                    "warning: {} was made at another place than this and is left as it is",
                    made.email
                ));
                continue;
            }
            self.request.scope.allow(&made.email);
            let account = Throwaway {
                email: made.email.clone(),
                id: made.id.clone(),
                ..Throwaway::default()
            };
            self.allow_login(&account);
            let cleared = self.clear(&account).await;
            let cleared = cleared.map_err(|why| self.ended(format!("{}: {why}", made.email)))?;
            let what = match cleared {
                Left::Nothing => "gone",
                Left::Off => "switched off",
                Left::On => return Err(self.ended(format!("{} is still on", made.email))),
            };
            let email = &made.email;
            self.run
                .watcher
                .note(&format!("{email}, which an earlier run left, is {what}"));
        }
        Ok(())
    }

    fn action(&self, kind: ActionKind, account: &Throwaway) -> Action {
        Action {
            vendor: self.settings.name.clone(),
            kind,
            email: account.email.as_str().into(),
            account_email: None,
            id: account.id.clone(),
            changes: Vec::new(),
            reason: String::from("certify"),
            current: None,
        }
    }

    async fn journal(
        &self,
        roster: &Roster,
        now: Timestamp,
        accounts: usize,
    ) -> Result<Journal, CertifyError> {
        let session = self.run.session;
        let refused = |why: String| CertifyError::Refused(why);
        let state = session.state();
        let journal = Journal::create_in(state, now).map_err(|it| refused(it.to_string()))?;
        let digest: Digest = crate::roster::digest(roster);
        let head = RunStarted {
            format: FORMAT,
            tool: format!("rosterctl {}", env!("CARGO_PKG_VERSION")),
            command: String::from("certify"),
            roster: digest,
            on: session.today(),
            host: state.here().host.clone(),
            pid: state.here().pid,
            vendors: session.vendors(),
            actions: accounts * 2,
            machine: None,
            run: Some(self.run.mark.run.clone()),
            context: self.run.mark.context.clone(),
        };
        journal
            .start(head)
            .await
            .map_err(|it| refused(it.to_string()))?;
        Ok(journal)
    }

    async fn begin(
        &self,
        journal: &Journal,
        number: u32,
        action: &Action,
    ) -> Result<(), CertifyError> {
        let logged = async {
            journal.intended(number, action).await?;
            journal.begun(number)?;
            journal.sent(number).await
        };
        logged.await.map_err(|error| self.ended(error))
    }

    async fn end(
        &self,
        journal: &Journal,
        number: u32,
        action: Action,
        account: &Throwaway,
        failed: Option<&str>,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(), CertifyError> {
        let outcome = Outcome {
            id: account.id.clone(),
            verdict: match failed {
                None => Verdict::Applied,
                Some(_) => Verdict::Unverified,
            },
            status: None,
            message: failed.unwrap_or_default().to_owned(),
            seconds: 0.0,
            action,
        };
        let ended = journal.ended(number, &outcome).await;
        outcomes.push(outcome);
        ended.map_err(|error| self.ended(error))
    }
}
