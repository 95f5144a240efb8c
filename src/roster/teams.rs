//! One entry under `teams`, and what teams give to their members (rule 14).

use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::granted::{days, grants};
use super::model::{Days, Member, Person, ProfileGrant, Spanned, Team};
use super::ours::is_remark;
use super::suggest::suggest_of;
use super::texts::Texts;
use super::values::{self, Problems};
use super::yaml::{Kind, Name, Node};
use crate::model::email::{EmailKey, compare_emails};
use crate::model::nearest::Names;
use crate::roster::diagnostic::{Code, Diagnostic};

/// The keys of a team.
pub(super) const KEYS: &[&str] = &["profiles", "members", "note"];

/// The keys of a member who has more than an e-mail.
pub(super) const MEMBER_KEYS: &[&str] = &["email", "profiles", "starts", "ends", "note"];

/// Reads an entry.
pub(super) fn team(
    name: &Name<'_>,
    node: &Node<'_>,
    texts: &mut Texts,
    problems: &mut Problems,
) -> Team {
    let mut team = Team {
        span: name.span,
        profiles: Vec::new(),
        members: Vec::new(),
    };
    for (key, value) in values::map(node, &name.text, problems).unwrap_or_default() {
        match key.text.as_ref() {
            "profiles" => team.profiles = grants(value, texts, problems),
            "members" => {
                let items = values::list(value, "members", problems).unwrap_or_default();
                let members = items.iter().map(|item| member(item, texts, problems));
                team.members = members.collect::<Vec<_>>().into_iter().flatten().collect();
            }
            _ if is_remark(key, value, problems) => {}
            _ => problems.push(values::unknown_key(key, "a team", KEYS.iter().copied())),
        }
    }
    team
}

/// `ada.lovelace@example.com`, or `{ email: …, profiles: [lead], starts: …, ends: … }`.
fn member(node: &Node<'_>, texts: &mut Texts, problems: &mut Problems) -> Option<Member> {
    let plain = |email| Member {
        email,
        profiles: Vec::new(),
        days: Days::default(),
    };
    let Kind::Map(entries) = &node.kind else {
        return values::email(node, "members", problems).map(plain);
    };
    let (mut email, mut starts, mut ends) = (None, None, None);
    let (mut named, mut profiles) = (false, Vec::new());
    for (key, value) in entries {
        match key.text.as_ref() {
            "email" => {
                named = true;
                email = values::email(value, "email", problems);
            }
            "profiles" => profiles = grants(value, texts, problems),
            "starts" => starts = values::date(value, "starts", problems),
            "ends" => ends = values::date(value, "ends", problems),
            _ if is_remark(key, value, problems) => {}
            _ => {
                let known = MEMBER_KEYS.iter().copied();
                let problem = values::unknown_key(key, "a member", known);
                let of_person = super::people::KEYS.contains(&&*key.text);
                problems.push(match of_person {
                    true => problem.help("this belongs to the person, under `people`"),
                    false => problem,
                });
            }
        }
    }
    if !named {
        problems.push(
            Diagnostic::error(Code::MissingKey, node.span, "this member has no `email`")
                .help("write whose membership it is: `- { email: …, profiles: […] }`"),
        );
    }
    Some(Member {
        profiles,
        days: days(starts.as_ref(), ends.as_ref(), problems),
        ..plain(email?)
    })
}

/// Gives people what their teams have, before what is their own. People are sorted by e-mail.
pub(super) fn give(
    teams: &BTreeMap<Arc<str>, Team>,
    people: &mut [Person],
    partial: bool,
    problems: &mut Problems,
) {
    if teams.is_empty() {
        return;
    }
    let mut given: HashMap<usize, Vec<ProfileGrant>> = HashMap::new();
    {
        let finder = Finder::new(people);
        for (name, team) in teams {
            for member in &team.members {
                match finder.find(&member.email.value) {
                    Some(at) => given
                        .entry(at)
                        .or_default()
                        .extend(of_member(name, team, member)),
                    None if partial => {}
                    None => problems.push(finder.unknown(&member.email)),
                }
            }
        }
    }
    for (at, mut grants) in given {
        let own = std::mem::take(&mut people[at].profiles);
        grants.extend(own);
        people[at].profiles = grants;
    }
}

/// So many profiles with days are looked at for one person. Each of their days is a roster of its own
/// to check, so a list without end would never be done.
const MOST_DAYS: usize = 200;

/// Refuses more profiles with days for one person than can be looked at.
pub(super) fn bound_days(people: &mut [Person], problems: &mut Problems) {
    for person in people {
        let with_days = |grant: &&ProfileGrant| grant.days.is_some();
        let beyond = person.profiles.iter().filter(with_days).nth(MOST_DAYS);
        let Some(beyond) = beyond.map(|grant| grant.span) else {
            continue;
        };
        let email = &person.email.value;
        let message = format!("`{email}` is given more than {MOST_DAYS} profiles with days");
        problems.push(
            Diagnostic::error(Code::TooManyDays, beyond, message)
                .help("leave out days that are over, except the last of each profile"),
        );
        let mut kept = 0;
        person.profiles.retain(|grant| {
            kept += usize::from(grant.days.is_some());
            grant.days.is_none() || kept <= MOST_DAYS
        });
    }
}

/// What a team gives to one of its members.
fn of_member<'t>(
    name: &'t Arc<str>,
    team: &'t Team,
    member: &'t Member,
) -> impl Iterator<Item = ProfileGrant> + 't {
    team.profiles.iter().chain(&member.profiles).map(|grant| {
        let days = grant.days.as_deref().copied().unwrap_or_default();
        ProfileGrant {
            name: grant.name.clone(),
            span: member.email.span,
            team: Some(name.clone()),
            days: member.days.within(&days).boxed(),
        }
    })
}

/// Finds people by an e-mail that they have or had.
pub(super) struct Finder<'p> {
    people: &'p [Person],
    previous: LazyCell<HashMap<EmailKey<'p>, usize>, Box<dyn FnOnce() -> Previous<'p> + 'p>>,
    names: LazyCell<Names, Box<dyn FnOnce() -> Names + 'p>>,
}

type Previous<'p> = HashMap<EmailKey<'p>, usize>;

impl<'p> Finder<'p> {
    /// Of people who are sorted by e-mail.
    pub(super) fn new(people: &'p [Person]) -> Self {
        let previous = move || {
            let people = people.iter().zip(0..);
            let previous = people.flat_map(|(person, at)| {
                let emails = person.previous_emails.iter();
                emails.map(move |email| (EmailKey::of(&email.value), at))
            });
            previous.collect()
        };
        let names = move || Names::new(people.iter().map(|person| &*person.email.value));
        Self {
            people,
            previous: LazyCell::new(Box::new(previous)),
            names: LazyCell::new(Box::new(names)),
        }
    }

    /// The place of the person.
    pub(super) fn find(&self, email: &str) -> Option<usize> {
        let people = self.people;
        let now = people.binary_search_by(|person| compare_emails(&person.email.value, email));
        now.ok()
            .or_else(|| self.previous.get(&EmailKey::of(email)).copied())
    }

    /// The problem of somebody who is not there.
    pub(super) fn unknown(&self, email: &Spanned<Box<str>>) -> Diagnostic {
        let message = format!("the roster lists nobody with the e-mail `{}`", email.value);
        let problem = Diagnostic::error(Code::UnknownPerson, email.span, message);
        problem.help(match self.people {
            [] => String::from("list people under `people` first"),
            _ => suggest_of(&email.value, &self.names),
        })
    }
}
