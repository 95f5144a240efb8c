//! How open questions are settled here: by the calls that the description has.

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde_json::Value as Json;

use super::Described;
use super::calls::Names;
use super::logins::Who;
use crate::connector::asked::{
    Exchange, Found, Left, Memo, OwnCalls, Questioned, Throwaway, swapped,
};
use crate::connector::{Vendor as _, WriteError};
use crate::description::{self, Call, Template};
use crate::http::{HttpError, Problem};
use crate::model::account::{Account, AccountKey};
use crate::model::action::{Action, ActionKind, Change};
use crate::model::certificate::Evidence;
use crate::model::spec::{AttributeKind, FromPerson, LOGIN, Mode, Required};
use crate::model::value::{Key, Value};

/// Somebody who is nowhere.
const NOBODY: &str = "nobody.at.all.7f3a@example.invalid";

#[async_trait]
impl Questioned for Described {
    fn own_calls(&self) -> OwnCalls {
        OwnCalls {
            look: &[
                "the search for {account}",
                "the list, where a search finds nobody",
            ],
            make: &["the create of {account}", "the search for {account}"],
            told_by_making: &[],
            clear: &[
                "the delete of {account}",
                "the call that switches {account} off, where no delete is described",
                "the read of {account}",
            ],
        }
    }

    fn in_full(&self, call: &'static str) -> String {
        let users = &self.description.users;
        let get = |path: &Template| format!("GET {path}");
        let write = |call: &Call| format!("{} {}", call.verb.key().to_uppercase(), call.path);
        let list = get(&users.list.get);
        let find = users.find.as_ref().and_then(|it| it.get.as_ref()).map(get);
        let calls = [
            ("the list", Some(list.clone())),
            ("the search", Some(find.unwrap_or(list))),
            ("the read", users.get.as_ref().map(|it| get(&it.get))),
            ("the create", users.create.as_ref().map(write)),
            ("the update", users.update.as_ref().map(write)),
            (
                "the call that switches",
                users.deactivate.as_ref().map(write),
            ),
            ("the delete", users.delete.as_ref().map(write)),
        ];
        let sent = calls.into_iter().find(|(words, _)| call.starts_with(words));
        match sent.and_then(|it| it.1) {
            Some(sent) => format!("{sent}: {call}"),
            None => format!("{call}: not described"),
        }
    }

    async fn ask(&self, question: &str, memo: &Memo) -> Result<Found, HttpError> {
        let listed = memo.once(self.listed_accounts()).await?;
        match question {
            "filter" => self.filter(&listed).await,
            "single_read" => self.single_read(&listed).await,
            _ => Ok(Found::Open("reading does not tell")),
        }
    }

    async fn make(&self, account: &mut Throwaway) -> Result<(), HttpError> {
        let action = self.birth(account)?;
        let written = sent(&self.api, self.send_create(&action).await)?;
        account.id = self.holder(&account.email).await?;
        account.id(&self.api)?;
        let found = self.find(&action.key()).await?;
        self.compare(&action, written.account, found.as_ref());
        Ok(())
    }

    async fn try_on(&self, question: &str, account: &Throwaway) -> Result<Found, HttpError> {
        match question {
            "updates" => self.updates(account).await,
            "switch" => self.switching(account).await,
            "off_found" if account.says("switch", "works") => {
                let found = self.sought(&who(account)).await?.is_some();
                Ok(Found::yes_if(found, Evidence::default()))
            }
            "off_found" => Ok(Found::Open("the account cannot be switched off")),
            "duplicate_create" => self.duplicate(account).await,
            "answer" => Ok(self.answers()),
            _ => Ok(Found::Open("writing does not tell")),
        }
    }

    async fn holder(&self, email: &str) -> Result<Option<Box<str>>, HttpError> {
        let account = Throwaway {
            email: email.to_owned(),
            ..Throwaway::default()
        };
        let user = self.sought(&who(&account)).await?;
        let id = user.map(|it| description::key(&it, &self.description.users.id));
        Ok(id.flatten())
    }

    async fn clear(&self, account: &Throwaway) -> Result<Left, HttpError> {
        if account.id.is_none() {
            return Ok(Left::Nothing);
        }
        let users = &self.description.users;
        let kind = match (users.delete.is_some(), users.deactivate.is_some()) {
            (true, _) => ActionKind::Delete,
            (false, true) => ActionKind::Deactivate,
            (false, false) => return Ok(Left::On),
        };
        let action = self.action(kind, account, Vec::new());
        if refusal(self.write(&action).await)?.is_some() {
            return Ok(Left::On);
        }
        Ok(match self.find(&action.key()).await? {
            None => Left::Nothing,
            Some(account) if account.active || kind == ActionKind::Delete => Left::On,
            Some(_) => Left::Off,
        })
    }
}

impl Described {
    async fn listed_accounts(&self) -> Result<Vec<Account>, HttpError> {
        let groups = self.groups().await?;
        let users = self.everybody().await?;
        let accounts = users.iter().filter_map(|it| self.account(it, &groups).ok());
        Ok(accounts.map(|(account, _)| account).collect())
    }

    async fn filter(&self, listed: &[Account]) -> Result<Found, HttpError> {
        let Some(find) = &self.description.users.find else {
            return Ok(Found::Open("no search is described"));
        };
        let by_login = find.says_login();
        let name = |it: &Account| match by_login {
            true => it.login().map(str::to_owned),
            false => Some(it.email.to_string()),
        };
        let quoted = |it: &str| it.contains(['\'', '"', '\\']);
        let mut fit = listed
            .iter()
            .filter_map(|it| Some((Who::of(it), name(it)?)));
        let fit = fit.find(|(_, name)| !quoted(name) && swapped(name) != *name);
        let Some((who, name)) = fit else {
            return Ok(Found::Open("nobody is listed whose name has letters"));
        };
        let mut evidence = Evidence::default();
        let mut found = Vec::new();
        for name in [name.clone(), swapped(&name), NOBODY.to_owned()] {
            let names = match by_login {
                true => Names {
                    login: Some(&name),
                    ..Names::default()
                },
                false => Names {
                    email: Some(&name),
                    ..Names::default()
                },
            };
            match self.hits(find, names).await {
                Ok(hits) => found.push(hits),
                Err(error) => {
                    let refused = Exchange::sent(Err(error))?;
                    evidence = evidence.status(refused.status);
                    return Ok(Found::answer("refused", evidence));
                }
            }
        }
        let [exact, other, nobody] = found.as_slice() else {
            return Ok(Found::Open("the search was not answered"));
        };
        let shows = |hits: &[Json]| hits.iter().any(|it| self.is(it, &who));
        let evidence = evidence
            .count("found", exact.len())
            .count("found_for_nobody", nobody.len());
        Ok(match shows(exact) {
            _ if !nobody.is_empty() => Found::answer("ignored", evidence),
            false => Found::Open("the search does not find who is listed"),
            true if shows(other) => Found::answer("folded", evidence),
            true => Found::answer("exact", evidence),
        })
    }

    async fn single_read(&self, listed: &[Account]) -> Result<Found, HttpError> {
        if self.description.users.get.is_none() {
            return Ok(Found::Open("no read of one user is described"));
        }
        let Some((listed, id)) = listed.iter().find_map(|it| Some((it, it.id.as_deref()?))) else {
            return Ok(Found::Open("the list shows nobody"));
        };
        let groups = self.groups().await?;
        let user = self.user_by_id(id).await?;
        let read = user.and_then(|it| Some(self.account(&it, &groups).ok()?.0));
        let lacking = listed.attributes.iter().filter(|(name, _)| {
            let shown = read.as_ref().and_then(|it| it.attributes.get(name));
            shown.is_none()
        });
        let lacking = lacking.count();
        let same = read.as_ref().is_some_and(|it| it.active == listed.active);
        let evidence = Evidence::default()
            .count("attributes", listed.attributes.iter().count())
            .count("lacking", lacking);
        Ok(Found::yes_if(same && lacking == 0, evidence))
    }

    fn action(&self, kind: ActionKind, account: &Throwaway, changes: Vec<Change>) -> Action {
        Action {
            vendor: self.settings.name.clone(),
            kind,
            email: account.email.as_str().into(),
            account_email: None,
            id: account.id.clone(),
            changes,
            reason: String::from("certify"),
            current: None,
        }
    }

    /// The create of the account: what a person gives, what the roster's defaults give, and of a closed
    /// set the first word.
    fn birth(&self, account: &Throwaway) -> Result<Action, HttpError> {
        let mut changes = Vec::new();
        for spec in self.settings.spec.attributes {
            let mut defaults = self.settings.defaults.iter();
            let given = defaults
                .find(|it| *it.name == *spec.name)
                .map(|it| it.value.clone());
            let value = given
                .or_else(|| value_of(spec.from_person?, account))
                .or_else(|| match (spec.name, spec.required, spec.kind) {
                    (LOGIN, _, _) => Some(Value::text(account.local_part())),
                    (_, Required::No, _) => None,
                    (_, _, AttributeKind::Choice(words) | AttributeKind::Slug(words)) => {
                        words.first().map(|it| Value::text(*it))
                    }
                    (_, _, AttributeKind::Flag) => Some(Value::Flag(false)),
                    _ => None,
                });
            match value {
                Some(value) => changes.push(Change {
                    attribute: Key::Borrowed(spec.name),
                    before: None,
                    after: value,
                }),
                None if spec.required != Required::No => {
                    let reason = format!(
                        "a new account needs `{}`: give it under the vendor's `defaults`",
                        spec.name
                    );
                    return Err(self.api.problem("create user", Problem::Setup(reason)));
                }
                None => {}
            }
        }
        Ok(self.action(ActionKind::Create, account, changes))
    }

    /// Sends the create once more, whoever has the address.
    async fn duplicate(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let action = self.birth(account)?;
        let refused = refusal(self.send_create(&action).await)?;
        let users = self.everybody().await?;
        // Who is off may not be listed.
        let users = users.iter().filter(|it| self.is(it, &who(account)));
        let listed = users.filter_map(|it| description::key(it, &self.description.users.id));
        let ids: BTreeSet<Box<str>> = listed.chain(account.id.clone()).collect();
        let count = ids.len();
        let evidence = Evidence::default().count("users", count);
        let evidence = refused.into_iter().fold(evidence, Evidence::status);
        Ok(match (refused, count) {
            (_, 2..) => Found::answer("doubled", evidence),
            (Some(_), _) => Found::answer("refused", evidence),
            (None, _) => Found::answer("adopted", evidence),
        })
    }

    async fn updates(&self, account: &Throwaway) -> Result<Found, HttpError> {
        let more = Throwaway {
            mark: format!("{} more", account.mark),
            ..account.clone()
        };
        let attributes = self.settings.spec.attributes.iter();
        let mut changes = attributes
            .filter(|it| it.mode == Mode::ReadWrite)
            .filter_map(|it| {
                let (before, after) = (
                    value_of(it.from_person?, account)?,
                    value_of(it.from_person?, &more)?,
                );
                (before != after).then(|| Change {
                    attribute: Key::Borrowed(it.name),
                    before: Some(before),
                    after,
                })
            });
        let Some(change) = changes.next() else {
            return Ok(Found::Open(
                "the description has no name that can be changed",
            ));
        };
        let (name, wanted) = (change.attribute.clone(), change.after.clone());
        let action = self.action(ActionKind::Update, account, vec![change]);
        let stored = |it: &Account| it.attributes.get(&name) == Some(&Some(wanted.clone()));
        self.written(&action, stored, ["stored", "ignored", "refused"])
            .await
    }

    async fn switching(&self, account: &Throwaway) -> Result<Found, HttpError> {
        if self.description.users.deactivate.is_none() {
            return Ok(Found::Open("switching off is not described"));
        }
        let action = self.action(ActionKind::Deactivate, account, Vec::new());
        let off = |it: &Account| !it.active;
        self.written(&action, off, ["works", "ignored", "refused"])
            .await
    }

    /// Keeps in mind whether the answer to a write showed what a read shows then. Where both show nothing of
    /// what was written, that tells nothing.
    fn compare(&self, action: &Action, answer: Option<Account>, read: Option<&Account>) {
        let (Some(answer), Some(read)) = (answer, read) else {
            return;
        };
        let spec = self.settings.spec;
        let is_read = |it: &&Change| {
            let attribute = spec.attribute(&it.attribute);
            attribute.is_some_and(|it| it.mode == Mode::ReadWrite)
        };
        let mut changes = action.changes.iter().filter(is_read).peekable();
        let tells = match action.kind {
            ActionKind::Deactivate => !answer.active || !read.active,
            _ => {
                changes.peek().is_some()
                    && changes.all(|it| answer.attributes.contains(&it.attribute))
            }
        };
        if !tells {
            return;
        }
        let seen = |it: &Account| (it.id.clone(), it.active, it.attributes.clone());
        self.known().answers.push(seen(&answer) == seen(read));
    }

    /// Whether each answer that showed an account was true.
    fn answers(&self) -> Found {
        let known = self.known();
        let same = known.answers.iter().filter(|it| **it).count();
        let evidence = Evidence::default()
            .count("answers_with_an_account", known.answers.len())
            .count("as_read", same);
        match same > 0 && same == known.answers.len() {
            true => Found::answer("whole", evidence),
            false => Found::answer("part", evidence),
        }
    }

    /// Does an action and says whether it was done, did nothing, or was refused.
    async fn written(
        &self,
        action: &Action,
        done: impl Fn(&Account) -> bool,
        [works, ignored, refused]: [&'static str; 3],
    ) -> Result<Found, HttpError> {
        let sent = self.carry_out(action).await;
        let answer = sent.as_ref().ok().and_then(|it| it.account.clone());
        if let Some(status) = refusal(sent)? {
            return Ok(Found::answer(refused, Evidence::default().status(status)));
        }
        let key: AccountKey = action.key();
        let mut found = self.find(&key).await?;
        for wait in self.settings.spec.read_lag_ms {
            if found.as_ref().is_none_or(&done) {
                break;
            }
            let wait = std::time::Duration::from_millis(*wait);
            self.api
                .wait(wait, "a read does not show the write yet")
                .await;
            found = self.find(&key).await?;
        }
        self.compare(action, answer, found.as_ref());
        let evidence = Evidence::default().count("found", usize::from(found.is_some()));
        Ok(Found::answer(
            match found.as_ref().is_none_or(done) {
                true => works,
                false => ignored,
            },
            evidence,
        ))
    }
}

fn who(account: &Throwaway) -> Who {
    Who {
        email: account.email.as_str().into(),
        login: Some(account.local_part().into()),
    }
}

/// What the throw-away person has in a field.
fn value_of(from: FromPerson, account: &Throwaway) -> Option<Value> {
    Some(Value::text(match from {
        FromPerson::FirstName => String::from("Certify"),
        FromPerson::LastName => account.mark.clone(),
        FromPerson::FullName => format!("Certify {}", account.mark),
        FromPerson::JobTitle => format!("Certified {}", account.mark),
        FromPerson::Company => String::from("Certify"),
        FromPerson::Email => account.email.clone(),
    }))
}

/// The status of a refusal; `None`: it went through.
fn refusal<T>(written: Result<T, WriteError>) -> Result<Option<u16>, HttpError> {
    match written {
        Ok(_) => Ok(None),
        Err(WriteError::Http(error) | WriteError::Partly(error)) => {
            Exchange::sent(Err(error)).map(|it| Some(it.status))
        }
        Err(WriteError::Refused { status, .. }) => Ok(Some(status)),
        Err(WriteError::There(_) | WriteError::Stale(_) | WriteError::Manual(_)) => Ok(Some(0)),
    }
}

/// What was written, or why it was not.
fn sent<T>(api: &crate::http::Api, written: Result<T, WriteError>) -> Result<T, HttpError> {
    written.map_err(|error| match error {
        WriteError::Http(error) | WriteError::Partly(error) => error,
        other => api.problem("create user", Problem::Setup(other.to_string())),
    })
}
