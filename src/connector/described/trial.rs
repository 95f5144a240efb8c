//! Tries a description: reads with GET alone, and says what is as described and what is not.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Described;
use super::calls::Names;
use super::logins::Who;
use super::walk::Walked;
use crate::connector::trial::Finding;
use crate::description::Pointer;
use crate::http::HttpError;
use crate::model::account::Account;
use crate::model::email::EmailKey;
use crate::model::mask::masked;
use crate::model::value::Value;

/// Accounts that are shown as the roster would see them.
const SHOWN: usize = 3;

/// Somebody who is nowhere.
const NOBODY: &str = "nobody.at.all.7f3a@example.invalid";
const NOBODY_LOGIN: &str = "nobody.at.all.7f3a";

impl Described {
    /// All that reading can tell.
    ///
    /// # Errors
    /// The list cannot be read.
    pub(super) async fn try_out(&self) -> Result<Vec<Finding>, HttpError> {
        let users = &self.description.users;
        // Groups are looked at too.
        self.known().manages_groups = self
            .description
            .groups
            .as_ref()
            .is_some_and(|it| it.members.is_some());
        let walked = self
            .walk("list users", &users.list, &users.id, &[], Names::default())
            .await?;
        let mut found = vec![count(&walked)];
        found.extend(
            walked
                .doubts
                .iter()
                .map(|it| Finding::bad("list", it.clone())),
        );
        let entries = match users.list.each {
            true => self.each(walked.entries).await?,
            false => walked.entries,
        };
        let groups = match self.read_groups().await {
            Ok((groups, doubts, strange)) => {
                found.extend(strange.into_iter().map(|it| Finding::bad("groups", it)));
                if self.description.groups.is_some() {
                    let text = format!("{} groups", groups.entries().len());
                    found.push(Finding::good("groups", text));
                }
                found.extend(doubts.into_iter().map(|it| Finding::bad("groups", it)));
                groups
            }
            Err(error) => {
                found.push(Finding::bad("groups", error.to_string()));
                crate::model::current::Directory::default()
            }
        };
        let (mut accounts, mut strange) = (Vec::new(), Vec::new());
        for entry in &entries {
            match self.account(entry, &groups) {
                Ok((account, statuses)) => {
                    strange.extend(statuses);
                    accounts.push(account);
                }
                Err(why) => {
                    found.push(Finding::bad("users", format!("an entry of the list {why}")));
                }
            }
        }
        strange.sort_unstable();
        strange.dedup();
        found.extend(strange.iter().map(|it| {
            let text = format!(
                "{} is in neither list of `active`, and counts as access",
                self.api.clean(it)
            );
            Finding::bad("active", text)
        }));
        found.extend(self.statuses(&entries));
        found.extend(self.unmatched(&entries));
        let shown = accounts.iter().take(SHOWN);
        found.extend(shown.map(|it| Finding::told("looks like", look(it))));
        found.push(match self.own().await {
            Ok((own, None)) => whose(&own, &accounts),
            Ok((_, Some(doubt))) => Finding::bad("credentials", doubt),
            Err(error) => Finding::bad("credentials", error.to_string()),
        });
        found.extend(self.search(&accounts, entries.len()).await);
        found.extend(self.single(&accounts).await);
        Ok(found)
    }

    /// How often each value that tells access was seen.
    fn statuses(&self, entries: &[Json]) -> Vec<Finding> {
        let conditions = self.description.users.active.iter();
        conditions
            .map(|condition| {
                let mut seen: BTreeMap<String, usize> = BTreeMap::new();
                for entry in entries {
                    let value = condition.at.get(entry).unwrap_or(&Json::Null);
                    *seen.entry(self.api.clean(&value.to_string())).or_default() += 1;
                }
                let seen: Vec<String> = seen
                    .iter()
                    .map(|(it, count)| format!("{it} {count} times"))
                    .collect();
                let text = format!("at {}: {}", condition.at, seen.join(", "));
                Finding::told("active", text)
            })
            .collect()
    }

    /// Pointers that stand in no entry at all: a slip, or something that nobody has.
    fn unmatched(&self, entries: &[Json]) -> Vec<Finding> {
        let attributes = self.description.attributes.iter();
        let read = attributes.filter_map(|it| Some((&*it.name, it.at.as_ref()?)));
        let active = self
            .description
            .users
            .active
            .iter()
            .map(|it| ("active", &it.at));
        let shield = self
            .description
            .users
            .shield
            .iter()
            .map(|it| ("shield", &it.at));
        let never = |at: &Pointer| entries.iter().all(|entry| at.get(entry).is_none());
        // Something that only who is off, or only a bot, has.
        let rare = |name: &str| {
            let mut conditions = self.description.users.active.iter();
            name == "shield" || (name == "active" && conditions.all(|it| it.active.is_empty()))
        };
        read.chain(active)
            .chain(shield)
            .filter(|(_, at)| !entries.is_empty() && never(at))
            .map(|(name, at)| {
                let text = format!("{at} of `{name}` stands in no entry");
                match rare(name) {
                    true => Finding::told("pointers", text),
                    false => Finding::bad("pointers", text),
                }
            })
            .collect()
    }

    /// Whether a look by e-mail finds who is listed, in another letter case too, and nobody else.
    async fn search(&self, accounts: &[Account], all: usize) -> Vec<Finding> {
        let topic = "find";
        let users = &self.description.users;
        let (Some(find), Some(somebody)) = (&users.find, accounts.first()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let person = masked(&somebody.email);
        let somebody = Who::of(somebody);
        let capitals = Who {
            email: somebody.email.to_uppercase().into(),
            login: somebody.login.as_ref().map(|it| it.to_uppercase().into()),
        };
        for (who, what) in [
            (&somebody, format!("{person}, who is listed")),
            (&capitals, format!("{person} in capitals")),
        ] {
            found.push(match self.look(who).await {
                Ok(Some(_)) => Finding::good(topic, format!("finds {what}")),
                Ok(None) => Finding::bad(
                    topic,
                    format!("does not find {what}: the list is read instead"),
                ),
                Err(error) => Finding::bad(topic, format!("{what}: {error}")),
            });
        }
        let nobody = Who {
            email: NOBODY.into(),
            login: Some(NOBODY_LOGIN.into()),
        };
        found.push(match self.look(&nobody).await {
            Ok(None) => Finding::good(topic, "finds nobody where nobody is sought"),
            Ok(Some(_)) => Finding::bad(topic, "finds somebody where nobody is sought"),
            Err(error) => Finding::bad(topic, error.to_string()),
        });
        if find.get.is_none() {
            let names = Names {
                email: Some(NOBODY),
                login: Some(NOBODY_LOGIN),
                ..Names::default()
            };
            let narrowed = self.walk("find user", &users.list, &users.id, &find.query, names);
            match narrowed.await {
                Ok(walked) if walked.entries.len() == all && all > 0 => {
                    found.push(Finding::bad(
                        topic,
                        "the query narrows nothing: it answers with everybody",
                    ));
                }
                Ok(_) => found.push(Finding::good(topic, "the query narrows the list")),
                Err(error) => found.push(Finding::bad(topic, error.to_string())),
            }
        }
        found
    }

    /// Whether the read of one user shows what the list shows.
    async fn single(&self, accounts: &[Account]) -> Option<Finding> {
        let topic = "one user";
        self.description.users.get.as_ref()?;
        let listed = accounts.first()?;
        let id = listed.id.as_deref()?;
        let groups = self.known().groups.clone().unwrap_or_default();
        Some(match self.user_by_id(id).await {
            Ok(None) => Finding::bad(topic, "the read by id does not show who is listed"),
            Err(error) => Finding::bad(topic, error.to_string()),
            Ok(Some(user)) => match self.account(&user, &groups) {
                Err(why) => Finding::bad(topic, format!("the user {why}")),
                Ok((read, _)) => {
                    let differs = |name: &&str| {
                        let [one, two] = [listed, &read].map(|it| it.attributes.get(name));
                        one.is_some() && two.is_none()
                    };
                    let names = listed.attributes.iter().map(|(name, _)| name);
                    let lacks: Vec<&str> = names.filter(|name| differs(name)).collect();
                    let shown = read.attributes.iter().map(|(name, _)| name);
                    let more: Vec<&str> = shown
                        .filter(|name| listed.attributes.get(name).is_none())
                        .collect();
                    match lacks.as_slice() {
                        [] if listed.active != read.active => Finding::bad(
                            topic,
                            "the list and the read by id do not agree whether somebody is on; \
                             `each: get` reads everybody",
                        ),
                        [] if !more.is_empty() => Finding::bad(
                            topic,
                            format!(
                                "the read by id shows more: {}; `each: get` reads everybody",
                                more.join(", ")
                            ),
                        ),
                        [] => Finding::good(topic, "the read by id shows what the list shows"),
                        lacks => Finding::bad(
                            topic,
                            format!("the read by id lacks {}", lacks.join(", ")),
                        ),
                    }
                }
            },
        })
    }
}

fn count(walked: &Walked) -> Finding {
    let read = walked.entries.len();
    let counted = match walked.counted {
        Some(counted) => format!("; the vendor counts {counted}"),
        None => String::new(),
    };
    let text = format!("{read} users on {} pages{counted}", walked.pages);
    match read {
        0 => Finding::bad("list", format!("{text}: an empty list shows nothing")),
        _ => Finding::good("list", text),
    }
}

/// An account in one line.
fn look(account: &Account) -> String {
    let state = if account.active { "on" } else { "off" };
    let mut text = format!("{}, {state}", masked(&account.email));
    if let Some(shield) = &account.shield {
        text.push_str(&format!(", {}", shield.what));
    }
    for (name, value) in account.attributes.iter() {
        let value = match value {
            None => String::from("nothing"),
            Some(Value::Flag(flag)) => flag.to_string(),
            // Names of people are theirs.
            Some(Value::Text(text)) => format!("a text of {} characters", text.chars().count()),
            Some(Value::Set(items)) => format!("{} entries", items.len()),
        };
        text.push_str(&format!("; {name}: {value}"));
    }
    text
}

fn whose(own: &crate::model::current::Own, accounts: &[Account]) -> Finding {
    use crate::model::current::Own;
    let topic = "credentials";
    match own {
        Own::Unknown => Finding::told(
            topic,
            "nobody tells whose they are; the roster needs `own_account`",
        ),
        Own::Nobody => Finding::good(topic, "a service, none of the users"),
        Own::Email(email) => {
            let key = EmailKey::of(email);
            match accounts.iter().any(|it| it.goes_by(&key)) {
                true => Finding::good(topic, format!("{}, who is in the list", masked(email))),
                false => Finding::bad(
                    topic,
                    format!(
                        "{}, who is not in the list: it does not show everybody",
                        masked(email)
                    ),
                ),
            }
        }
    }
}
