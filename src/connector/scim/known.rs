//! What one run knows of the vendor: what a fetch brought, and what trying taught since.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, MutexGuard, OnceLock, PoisonError};

use super::Scim;
use super::discovery::Discovered;
use super::field::{custom, plain};
use super::group_ways::{GroupWays, MemberFilter};
use super::groups::Groups;
use super::setting;
use crate::model::desired::Desired;
use crate::model::email::EmailKey;

/// What a person's e-mail stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Match {
    #[default]
    UserName,
    ExternalId,
    Emails,
}

impl Match {
    pub(super) fn of(setting: Option<&str>) -> Self {
        match setting {
            Some("externalId") => Self::ExternalId,
            Some("emails") => Self::Emails,
            _ => Self::UserName,
        }
    }

    /// The attribute in filters.
    pub(super) fn attribute(self) -> &'static str {
        match self {
            Self::UserName => "userName",
            Self::ExternalId => "externalId",
            Self::Emails => "emails.value",
        }
    }
}

/// What a fetch brought. It is replaced as a whole and shared by the writes that follow.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) discovered: Discovered,
    pub(super) people: People,
    /// Ids of users who were off when they were read.
    pub(super) off: HashSet<String>,
    /// A boolean of a server that keeps them as texts, in its spelling.
    pub(super) text_boolean: Option<String>,
    /// Ids that are user names change with them.
    pub(super) ids_are_names: bool,
    /// Groups, where the roster sets any.
    pub(super) groups: Option<Groups>,
    /// The custom attributes that the roster sets, in its spelling.
    pub(super) custom: BTreeSet<String>,
    /// The first of them by what all spellings share.
    spellings: HashMap<(String, String), String>,
    /// Groups that the roster sets, by e-mail key; with `membership: additive` no others count.
    pub(super) wanted: HashMap<EmailKey<'static>, BTreeSet<String>>,
    /// Attributes that this vendor does not keep, by roster name.
    pub(super) absent: BTreeSet<String>,
}

/// Users by id and by e-mail.
#[derive(Debug, Clone, Default)]
pub(super) struct People {
    emails: HashMap<String, String>,
    /// Ids by e-mail key, once somebody asked for one: only managers are looked for so.
    ids: OnceLock<HashMap<String, String>>,
}

impl People {
    /// The e-mail of a user.
    pub(super) fn email(&self, id: &str) -> Option<&str> {
        self.emails.get(id).map(String::as_str)
    }

    /// The id of the user with that e-mail; the first where several have it.
    pub(super) fn id(&self, email: &str) -> Option<&str> {
        let ids = self.ids.get_or_init(|| {
            let mut all: Vec<(&String, &String)> = self.emails.iter().collect();
            all.sort_unstable_by(|one, other| other.cmp(one));
            let keyed =
                |(id, email): (&String, &String)| (EmailKey::of(email).to_string(), id.clone());
            all.into_iter().map(keyed).collect()
        });
        ids.get(EmailKey::of(email).as_str()).map(String::as_str)
    }

    /// All of them: id and e-mail.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.emails.iter()
    }

    /// Takes note of a user.
    pub(super) fn insert(&mut self, id: String, email: String) {
        let before = self.emails.insert(id.clone(), email.clone());
        let Some(ids) = self.ids.get_mut() else {
            return;
        };
        let key = before.map(|email| EmailKey::of(&email).to_string());
        if let Some(key) = key.filter(|key| ids.get(key) == Some(&id)) {
            ids.remove(&key);
        }
        ids.entry(EmailKey::of(&email).to_string()).or_insert(id);
    }
}

impl FromIterator<(String, String)> for People {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(people: I) -> Self {
        Self {
            emails: people.into_iter().collect(),
            ids: OnceLock::new(),
        }
    }
}

/// What trying taught in this run.
#[derive(Debug, Clone, Default)]
pub(super) struct Learnt {
    /// The way users are changed, once one worked after another had not.
    pub(super) user_way: Option<Way>,
    /// The same for groups.
    pub(super) groups: GroupWays,
    pub(super) member_filter: MemberFilter,
    /// The `count` that is taken where a larger one is refused; 0: none.
    pub(super) count: Option<u64>,
    /// Pages come by cursor, though nobody said so.
    pub(super) cursor: bool,
    /// `startIndex` counts from 0.
    pub(super) from_zero: bool,
    pub(super) no_filter: bool,
    /// Whether a filter showed somebody whom the list shows: else that it shows nobody proves
    /// nothing.
    pub(super) filter_works: Option<bool>,
    pub(super) no_version: bool,
    /// A write without a version was refused (428).
    pub(super) needs_version: bool,
    /// `active` is refused as a boolean and taken as a text.
    pub(super) text_active: bool,
    pub(super) no_bulk: bool,
    pub(super) plain_json: bool,
    /// Bodies in SCIM's media type were understood.
    pub(super) scim_json: bool,
    /// Forms of changes that the vendor took, and those that it did not even take without effect.
    pub(super) takes: BTreeSet<Way>,
    pub(super) refuses: BTreeSet<Way>,
    /// It was said that whole users are written without knowing all of them.
    pub(super) told_whole: bool,
    /// A PATCH dropped what it did not name.
    pub(super) wipes: bool,
    /// A new user is off, and stays so: until the person accepts an invitation, perhaps.
    pub(super) invites: bool,
    pub(super) refused: Refused,
    /// Places whose paths end with a slash.
    pub(super) slashes: BTreeSet<String>,
}

/// What refusals taught in this run, by attribute.
#[derive(Debug, Clone, Default)]
pub(super) struct Refused {
    /// The last refusal of each attribute: status and reason, and how often in a row.
    pub(super) values: BTreeMap<String, (u16, String, u32)>,
    /// Attributes, in the roster's words, that were accepted and did not show, and how often.
    pub(super) unstored: BTreeMap<String, u32>,
}

/// A way to change a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// PATCH, each attribute by its path.
    Path,
    /// PATCH, all attributes in one value.
    Plain,
    /// PUT of the whole object as it was read.
    Put,
}

/// All of them, the lightest first.
const WAYS: [Way; 3] = [Way::Path, Way::Plain, Way::Put];

impl Scim {
    pub(super) fn known(&self) -> Arc<Known> {
        let known = self.known.lock();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what is known; those who read it already keep what they saw.
    pub(super) fn know<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut known))
    }

    pub(super) fn learnt(&self) -> MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ways to try, the most promising first.
    pub(super) fn ways(&self, learnt: Option<Way>) -> Vec<Way> {
        let given = match self.settings.text(setting::PATCH) {
            Some("path") => Some(Way::Path),
            Some("plain") => Some(Way::Plain),
            Some("off") => Some(Way::Put),
            _ => None,
        };
        if let Some(given) = given {
            return vec![given];
        }
        let said = match self.known().discovered.patch {
            Some(false) => Way::Put,
            Some(true) | None => Way::Path,
        };
        let first = learnt.unwrap_or(said);
        let rest = WAYS.iter().copied().filter(|way| *way != first);
        std::iter::once(first).chain(rest).collect()
    }

    pub(super) fn by(&self) -> Match {
        Match::of(self.settings.text(setting::MATCH))
    }

    /// Whether groups that the roster does not name are left alone.
    pub(super) fn additive(&self) -> bool {
        self.settings.text(setting::MEMBERSHIP) == Some("additive")
    }

    /// Whether groups are an attribute of the user here.
    pub(super) fn groups_on_user(&self) -> bool {
        self.settings.text(setting::GROUPS) == Some("user")
    }
}

impl Known {
    /// What the roster manages, before anything is read.
    pub(super) fn of(desired: &Desired, without: &[Box<str>]) -> Self {
        let mut known = Self {
            absent: without.iter().map(ToString::to_string).collect(),
            ..Self::default()
        };
        for account in desired.accounts() {
            let names = account.attributes.iter().map(|(name, _)| name);
            let custom = names.filter(|name| custom(name).is_some());
            known.custom.extend(custom.map(str::to_owned));
            if let Some(groups) = account.attributes.get("groups").and_then(|it| it.as_set()) {
                known.wanted.insert(
                    EmailKey::of(&account.email).into_owned(),
                    groups.iter().map(ToString::to_string).collect(),
                );
            }
        }
        for name in &known.custom {
            if let Some((urn, attribute)) = custom(name) {
                let spelling = known.spellings.entry(shared(urn, attribute));
                spelling.or_insert_with(|| name.clone());
            }
        }
        known
    }

    /// The roster's spelling of a custom attribute that it sets.
    pub(super) fn spelling(&self, urn: &str, attribute: &str) -> Option<&str> {
        let spelling = self.spellings.get(&shared(urn, attribute));
        spelling.map(String::as_str)
    }
}

/// What all spellings of one custom attribute share.
fn shared(urn: &str, attribute: &str) -> (String, String) {
    (urn.to_ascii_lowercase(), plain(attribute))
}
