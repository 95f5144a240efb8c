//! One fetch, and the search for one user.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::Scim;
use super::convert::{self, Rules};
use super::discovery::USERS;
use super::field::{known as names, place};
use super::known::{Known, Match};
use super::spec::setting;
use super::wire::{Page, Resource, USER, equals};
use crate::http::{Call, HttpError, Problem, segment};
use crate::reconcile::account::{Account, email_key};
use crate::reconcile::current::{Current, Directory, Entry, Own, Proof};
use crate::reconcile::desired::Desired;
use crate::reconcile::odd::Odd;
use crate::reconcile::value::{Shapes, Value};
use crate::vendor::AccountKey;

const LIST: &str = "list users";

impl Scim {
    pub(super) async fn fetch_current(&self, desired: &Desired<'_>) -> Result<Current, HttpError> {
        let mut known = Known::of(desired, self.settings.names(setting::WITHOUT));
        known.discovered = self.discover().await?;
        let mut notices = known.discovered.notices.clone();
        self.know(|have| *have = known);
        let listing = self.list_of(USERS).await?;
        let mut missing: Vec<String> = listing.doubt.into_iter().collect();
        let mut odd: Vec<Odd> = listing.odd.iter().map(unreadable).collect();
        let resources = self.understood(listing.resources, &mut odd);
        notices.extend(self.learn_absent(&resources));
        self.learn_people(&resources);
        let mut directories = BTreeMap::new();
        let managed = desired.manages("groups");
        let mut refused = self.refused(desired);
        // Without anybody to read for, as in an import, everything is shown.
        if managed || desired.is_empty() {
            match self.read_groups(&resources).await {
                Ok((groups, doubt)) => {
                    missing.extend(doubt);
                    directories.insert("groups", groups.directory.clone());
                    self.know(|known| known.groups = Some(groups));
                }
                Err(error) if error.ends_run() => return Err(error),
                Err(error) => {
                    notices.push(format!(
                        "groups cannot be read and are left alone: {}",
                        error.problem
                    ));
                    for want in desired.accounts() {
                        if want.initial("groups").is_some_and(|it| !it.is_empty()) {
                            let why = "the groups that the roster gives cannot be read at the \
                                       vendor, so that nobody can be put into them";
                            refused.insert(email_key(&want.email), why.into());
                        }
                    }
                }
            }
        }
        let mut shapes = Shapes::default();
        let accounts: Vec<Account> = resources
            .iter()
            .map(|user| Ok(shapes.pack(self.account(user)?)))
            .collect::<Result<_, _>>()?;
        notices.extend(locked(&accounts));
        if desired.manages("manager") {
            directories.insert("manager", managers(&accounts, desired));
        }
        let own = self.settings.own_account.clone();
        let mut current = Current {
            refused,
            accounts,
            odd,
            directories,
            own: own.map_or(Own::Unknown, Own::Email),
            proof: Proof {
                pages: listing.pages,
                counted: listing.counted,
                missing,
            },
            notices,
            ..Current::default()
        };
        self.look_alikes(&resources, &mut current, desired);
        Ok(current)
    }

    /// People who cannot get a new account as the roster describes it.
    fn refused(&self, desired: &Desired) -> BTreeMap<String, String> {
        let name = match self.by() {
            Match::UserName => "user_name",
            Match::ExternalId => "external_id",
            Match::Emails => return BTreeMap::new(),
        };
        let people = desired.accounts().filter(|account| {
            let set = account.attributes.get(name).and_then(Value::as_text);
            set.is_some_and(|set| email_key(set) != email_key(&account.email))
        });
        let why = format!(
            "`{name}` holds the e-mail at {}, and the roster gives another one; leave it out, or \
             choose another `match`",
            self.settings.name
        );
        people
            .map(|account| (email_key(&account.email), why.clone()))
            .collect()
    }

    /// People without an account by `match` whose address stands in somebody's `emails`: a new
    /// account would be their second one, and a leaver's would be overlooked.
    fn look_alikes(&self, users: &[Resource], current: &mut Current, desired: &Desired) {
        let accounts: HashSet<String> = current.accounts.iter().map(Account::email_key).collect();
        let mut holders: HashMap<String, &str> = HashMap::new();
        for user in users {
            for address in user.values("emails") {
                let name = user.text("userName").unwrap_or_default();
                holders.insert(email_key(&address), name);
            }
        }
        for want in desired.claims().filter(|want| want.id.is_none()) {
            if want
                .emails()
                .any(|email| accounts.contains(&email_key(email)))
            {
                continue;
            }
            let key = email_key(want.email);
            let Some(name) = holders.get(&key) else {
                continue;
            };
            let name = self.api.clean(name);
            let why = format!(
                "the account {name} has the address {} among its e-mails; if it is this person's, \
                 set `match: emails`, or give its id",
                want.email
            );
            if want.access.granted() {
                current.refused.insert(key, why);
            } else {
                current
                    .notices
                    .push(format!("{} left, and {why}", want.email));
            }
        }
    }

    /// Attributes that the vendor's schema does not have and no user shows are left out.
    fn learn_absent(&self, users: &[Resource]) -> Vec<String> {
        let known = self.known();
        let mut absent = BTreeSet::new();
        for name in names() {
            let Some(place) = place(name) else {
                continue;
            };
            // Groups are a resource of their own, and the name is what every user has.
            if matches!(name, "groups" | "user_name" | "external_id") {
                continue;
            }
            let urn = place.urn.as_deref().unwrap_or(USER);
            let shown = users.iter().any(|user| match &place.urn {
                None => user.get(&place.attribute).is_some(),
                Some(urn) => {
                    let fields = user.get(urn).and_then(Json::as_object);
                    fields.is_some_and(|it| super::wire::get(it, &place.attribute).is_some())
                }
            });
            if known.discovered.lacks(urn, &place.attribute) && !shown {
                absent.insert(name.to_owned());
            }
        }
        if absent.is_empty() {
            return Vec::new();
        }
        let list: Vec<&str> = absent.iter().map(String::as_str).collect();
        let notice = format!(
            "the vendor's schema has no {}: left out of plans and writes",
            list.join(", ")
        );
        self.know(|known| known.absent.extend(absent));
        vec![notice]
    }

    /// The users that can be understood; of the others, what is odd about them.
    fn understood(&self, users: Vec<Resource>, odd: &mut Vec<Odd>) -> Vec<Resource> {
        let rules = self.rules();
        let known = self.known();
        let mut understood = Vec::with_capacity(users.len());
        for user in users {
            match convert::account(&user, rules, &known) {
                Ok(_) => understood.push(user),
                Err(why) => {
                    let name = format!("the user {}", user.id().unwrap_or_default());
                    let name = self.api.clean(&name);
                    odd.push(Odd::new(name, self.api.clean(&why)).with(&Json::Object(user.0)));
                }
            }
        }
        understood
    }

    fn learn_people(&self, users: &[Resource]) {
        let mut people = HashMap::with_capacity(users.len());
        let mut ids_are_names = false;
        let mut text = match self.settings.text(setting::BOOLEANS) {
            Some("text") => Some("true".to_owned()),
            _ => None,
        };
        for user in users {
            if let Some(active) = user.text("active") {
                text = Some(active.to_owned());
            }
            let id = user.id().unwrap_or_default();
            ids_are_names |= user.text("userName") == Some(&id);
            if let Ok(email) = convert::address(user, self.by()) {
                people.insert(id, email);
            }
        }
        self.know(|known| {
            known.people = people;
            known.ids_are_names = ids_are_names;
            known.text_boolean = text;
        });
    }

    fn rules(&self) -> Rules {
        Rules {
            by: self.by(),
            additive: self.additive(),
            groups_on_user: self.groups_on_user(),
        }
    }

    /// The account that a user is, in our words.
    pub(super) fn account(&self, user: &Resource) -> Result<Account, HttpError> {
        convert::account(user, self.rules(), &self.known()).map_err(|why| {
            let id = self.api.clean(&user.id().unwrap_or_default());
            let path = format!("{LIST} (GET {})", self.users());
            let why = format!("the user {id} {why}");
            self.api.problem(&path, Problem::Body(self.api.clean(&why)))
        })
    }

    pub(super) async fn find_account(
        &self,
        key: &AccountKey,
    ) -> Result<Option<Account>, HttpError> {
        let found = match &key.id {
            Some(id) => match self.user_by_id(id).await? {
                // An id that is the user name has changed with it.
                None if self.known().ids_are_names => self.user_by_email(&key.email).await?,
                found => found,
            },
            None => self.user_by_email(&key.email).await?,
        };
        let Some(user) = found else {
            return Ok(None);
        };
        self.meet(&user).await?;
        self.account(&user).map(Some)
    }

    /// Learns the groups of somebody whom the last fetch did not see.
    pub(super) async fn meet(&self, user: &Resource) -> Result<(), HttpError> {
        let id = user.id().unwrap_or_default();
        let known = self.known();
        let strange = known
            .groups
            .as_ref()
            .is_some_and(|it| !it.of.contains_key(&id));
        if strange && !self.groups_on_user() {
            let (groups, _) = self.read_groups(std::slice::from_ref(user)).await?;
            self.know(|known| {
                let mut groups = groups;
                if let Some(have) = &known.groups {
                    for (id, of) in &have.of {
                        groups.of.entry(id.clone()).or_insert_with(|| of.clone());
                    }
                }
                known.groups = Some(groups);
            });
        }
        Ok(())
    }

    /// One user by its id. `None`: the vendor says that there is none.
    pub(super) async fn user_by_id(&self, id: &str) -> Result<Option<Resource>, HttpError> {
        let path = format!("{}/{}", self.users(), segment(id));
        let reply = match self.send(Call::get("read user", path)).await {
            Err(error) if error.status() == Some(404) => return Ok(None),
            other => other?,
        };
        let user = Resource::of(reply.json()?);
        match user.filter(|user| user.id().as_deref() == Some(id)) {
            Some(user) => Ok(Some(user)),
            None => Err(reply.unusable("it is not the user that was asked for")),
        }
    }

    /// One user by e-mail: with a filter, and where that shows none, in the whole list. A filter
    /// may be ignored, refused, answered empty or compare letter case.
    pub(super) async fn user_by_email(&self, email: &str) -> Result<Option<Resource>, HttpError> {
        if self.may_filter()
            && let Some(user) = self.search(email).await?
        {
            return Ok(Some(user));
        }
        let users = self.list(LIST, &self.users()).await?;
        let mut users = users.resources.into_iter();
        let found = users.find(|user| self.is_of(user, email));
        Ok(found)
    }

    fn may_filter(&self) -> bool {
        let said = self.known().discovered.filter != Some(false);
        self.settings.said(setting::FILTER).unwrap_or(said) && !self.learnt().no_filter
    }

    async fn search(&self, email: &str) -> Result<Option<Resource>, HttpError> {
        let filter = equals(self.by().attribute(), email);
        let call = Call::get("find user", self.users()).query("filter", filter);
        let page = match self.send(call).await {
            Ok(reply) => reply.json::<Json>().map(Page::of),
            Err(error) if matches!(error.status(), Some(400 | 403 | 404 | 405 | 500 | 501)) => {
                self.learnt().no_filter = true;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        // An answer that is no list shows nobody; the whole list decides.
        let Ok(Ok(page)) = page else {
            return Ok(None);
        };
        let users: Vec<Resource> = page.resources().collect();
        if users.iter().any(|user| !self.is_of(user, email)) {
            // It shows people who do not fit: the filter is not looked at.
            self.learnt().no_filter = true;
        }
        Ok(users.into_iter().find(|user| self.is_of(user, email)))
    }

    fn is_of(&self, user: &Resource, email: &str) -> bool {
        let account = self.account(user);
        account.is_ok_and(|account| account.email_key() == email_key(email))
    }
}

/// An entry that is no resource.
fn unreadable((place, why): &(u64, String)) -> Odd {
    Odd::new(
        format!("entry {place} of the list"),
        format!("cannot be read, because {why}"),
    )
}

/// Attributes that are not of their type, each with a user who has one.
fn locked(accounts: &[Account]) -> Vec<String> {
    let mut named: BTreeMap<&str, (&Account, usize)> = BTreeMap::new();
    for account in accounts {
        let whys: BTreeSet<&str> = account.fixed.iter().map(|(_, why)| &**why).collect();
        for why in whys {
            named.entry(why).or_insert((account, 0)).1 += 1;
        }
    }
    let told = named.into_iter().map(|(why, (account, count))| {
        let others = match count {
            1 => String::new(),
            count => format!(" (and {} others)", count - 1),
        };
        let what = why.strip_prefix("the user ").unwrap_or(why);
        let id = account.id.as_deref().unwrap_or_default();
        format!("the user {id}{others} {what}: it is left as it is")
    });
    told.collect()
}

/// Whom `manager` can name: everybody who is there, and everybody who will be.
fn managers(accounts: &[Account], desired: &Desired) -> Directory {
    let mut entries: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for account in accounts {
        let id = account.id.as_deref().unwrap_or_default();
        entries.insert(account.email_key(), id.into());
    }
    for account in desired.claims().filter(|it| it.access.granted()) {
        let email = email_key(account.email);
        entries.entry(email.clone()).or_insert(email.into());
    }
    Directory {
        noun: "person",
        entries: entries
            .into_iter()
            .map(|(email, id)| Entry {
                id: (*id).into(),
                name: email.into(),
                admin: false,
            })
            .collect(),
    }
}
