//! Random servers: each way in which one differs, on or off. What has to hold is worked out from
//! what the server keeps, not from what it shows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Company, email, groups, title};
use crate::connector::testing::{account, wanted};
use crate::model::account::Account;
use crate::model::action::ActionKind;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::outcome::{Outcome, Verdict};
use crate::model::plan::VendorPlan;
use crate::model::value::Value;
use crate::run::apply::{Stop, VendorRun, apply};
use crate::sandbox::scim::{
    Filters, Joins, Leaves, Members, Names, Nests, Off, Patches, Shape, Versions,
};

/// Seeds of an ordinary run; `SCIM_SEEDS` asks for more.
const SEEDS: u64 = 60;

/// Ways in which a server differs: one is added here with each that `drawn` may draw.
const BEHAVIOURS: usize = 41;

/// People whom the roster names, and others.
const PEOPLE: usize = 7;
const STRANGERS: usize = 2;
const GROUPS: [&str; 2] = ["Red", "Blue"];

/// Numbers that look random: splitmix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below
    }

    /// True once in so many.
    fn one_in(&mut self, many: u64) -> bool {
        self.next(many) == 0
    }

    fn of<T: Copy>(&mut self, usual: T, others: &[T]) -> T {
        match self.one_in(2) {
            true => usual,
            false => others[self.next(others.len() as u64) as usize],
        }
    }
}

/// Whether anything at all shows who is in a group.
fn shows_members(shape: &Shape) -> bool {
    !matches!(shape.members, Members::Empty | Members::Absent)
        || shape.own_groups
        || shape.group_filters == Filters::Work
}

/// Whether group writes may take others out of a group.
fn takes_out(shape: &Shape) -> bool {
    shape.joins == Joins::Replace || shape.leaves == Leaves::All
}

/// Whether nobody can be put back into a group.
fn cannot_be_brought_back(shape: &Shape) -> bool {
    // A list that may hide a group in the group is not written whole.
    let hidden = matches!(shape.members, Members::Empty | Members::Absent);
    shape.joins == Joins::Ignored && (hidden || shape.put.is_some())
}

/// Whether a group may hide members so that nobody can miss them.
fn hides_some(shape: &Shape) -> bool {
    matches!(shape.members, Members::First(_)) && !shape.own_groups
}

/// Whether somebody may turn up in a group with another change: in one whose list is cut, or in one
/// above that is shown like any other and shows nobody.
fn may_turn_up(shape: &Shape) -> bool {
    match shape.members {
        Members::First(_) => hides_some(shape),
        Members::Empty | Members::Absent => shape.nests == Nests::Bare,
        _ => false,
    }
}

/// A server.
fn shape(dice: &mut Dice) -> Shape {
    let mut shape = drawn(dice);
    match dice.next(10) {
        // Kinds that take several ways at once.
        0 => {
            (shape.patches, shape.put) = (Patches::Refused(501), None);
        }
        1 => {
            (shape.own_groups, shape.group_filters) = (false, Filters::Work);
            shape.members = Members::Absent;
        }
        2 => {
            (shape.own_groups, shape.group_filters) = (false, Filters::Refused(400));
            shape.members = Members::Empty;
            if dice.one_in(2) {
                shape.joins = Joins::Replace;
            }
        }
        _ => {}
    }
    shape
}

fn drawn(dice: &mut Dice) -> Shape {
    Shape {
        patches: dice.of(
            Patches::Work,
            &[
                Patches::Silent,
                Patches::NoPathFilters,
                Patches::NoPaths,
                Patches::Refused(501),
                Patches::Refused(400),
            ],
        ),
        put: dice.of(None, &[Some(405)]),
        versions: dice.of(Versions::None, &[Versions::Checked, Versions::Ignored]),
        described: !dice.one_in(3),
        list_without_members: dice.one_in(4),
        members: dice.of(
            Members::All,
            &[
                Members::Names,
                Members::Refs,
                Members::Capitals,
                Members::First(2),
                Members::Empty,
                Members::Absent,
            ],
        ),
        nests: dice.of(Nests::No, &[Nests::Marked, Nests::Bare]),
        own_groups: !dice.one_in(2),
        group_filters: dice.of(
            Filters::Work,
            &[Filters::Refused(400), Filters::Ignored, Filters::Empty],
        ),
        joins: dice.of(Joins::Work, &[Joins::Ignored, Joins::Replace]),
        leaves: dice.of(
            Leaves::Work,
            &[Leaves::Values, Leaves::Ignored, Leaves::All],
        ),
        one_operation: dice.one_in(4),
        off: dice.of(Off::Keeps, &[Off::Removes]),
        invites: dice.one_in(5),
        names: match dice.one_in(6) {
            true => Names::Own,
            false => Names::Kept,
        },
        refuses: dice.one_in(4).then_some("title"),
        forgets: dice.one_in(5).then_some("locale"),
        unseen: dice.one_in(4).then_some("entitlements"),
        unread: dice.one_in(5),
        seats: match dice.one_in(6) {
            true => PEOPLE + 1,
            false => usize::MAX,
        },
        waits: match dice.one_in(5) {
            true => 4,
            false => 0,
        },
        ..Shape::STANDARD
    }
}

/// The names of what differs.
fn differences(shape: &Shape) -> Vec<String> {
    let usual = Shape::STANDARD;
    let mut found = Vec::new();
    let mut is = |differs: bool, name: String| {
        if differs {
            found.push(name);
        }
    };
    is(
        shape.patches != usual.patches,
        format!("patches {:?}", shape.patches),
    );
    is(shape.put.is_some(), "no PUT".into());
    let only = matches!(shape.patches, Patches::Refused(_)) && shape.put.is_none();
    is(only, "PUT only".into());
    is(shape.nests != Nests::No, format!("nests {:?}", shape.nests));
    let by_filter = matches!(shape.members, Members::Empty | Members::Absent) && !shape.own_groups;
    let works = shape.group_filters == Filters::Work;
    is(by_filter && works, "members by filter alone".into());
    let unseen = !shows_members(shape);
    is(unseen, "nothing shows members".into());
    is(
        unseen && takes_out(shape),
        "nobody sees who is taken out".into(),
    );
    is(
        shape.versions != usual.versions,
        format!("versions {:?}", shape.versions),
    );
    is(!shape.described, "not described".into());
    is(shape.list_without_members, "list without members".into());
    is(
        shape.members != usual.members,
        format!("members {:?}", shape.members),
    );
    is(!shape.own_groups, "users without groups".into());
    is(
        shape.group_filters != usual.group_filters,
        format!("filters {:?}", shape.group_filters),
    );
    is(
        shape.joins != usual.joins,
        format!("joins {:?}", shape.joins),
    );
    is(
        shape.leaves != usual.leaves,
        format!("leaves {:?}", shape.leaves),
    );
    is(shape.one_operation, "one operation".into());
    is(shape.off != usual.off, "off means gone".into());
    is(shape.invites, "invites".into());
    is(shape.names != usual.names, "names of its own".into());
    is(shape.refuses.is_some(), "refuses".into());
    is(shape.forgets.is_some(), "forgets".into());
    is(shape.unseen.is_some(), "unseen".into());
    is(shape.unread, "unread".into());
    is(shape.seats != usual.seats, "seats".into());
    is(shape.waits > 0, "waits".into());
    found
}

/// What a roster asks for, and what was there before.
struct World {
    shape: Shape,
    company: Company,
    /// Who was in which group, by e-mail.
    before: BTreeMap<&'static str, BTreeSet<String>>,
    /// Entitlements that nobody asked to change: the ids of the users who have them, by e-mail.
    entitled: BTreeMap<String, Json>,
}

fn some_groups(dice: &mut Dice) -> Vec<&'static str> {
    GROUPS.into_iter().filter(|_| dice.one_in(2)).collect()
}

async fn world(dice: &mut Dice, shape: Shape) -> World {
    let mut before: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let (mut there, mut people): (Vec<Account>, Vec<DesiredAccount>) = Default::default();
    let mut entitled: BTreeSet<String> = BTreeSet::new();
    for number in 0..PEOPLE + STRANGERS {
        let name = email(number);
        let stranger = number >= PEOPLE;
        if stranger || !dice.one_in(3) {
            let inside = some_groups(dice);
            for group in &inside {
                before.entry(group).or_default().insert(name.clone());
            }
            let mut have = vec![title("Engineer"), groups(&inside)];
            if dice.one_in(2) {
                have.push(("entitlements", Value::set(["gold"])));
                entitled.insert(name.clone());
            }
            there.push(Account {
                active: stranger || !dice.one_in(4),
                ..account(&name, &have)
            });
        }
        if stranger {
            continue;
        }
        let mut want = vec![groups(&some_groups(dice))];
        if dice.one_in(2) {
            want.push(title("Lead"));
        }
        if dice.one_in(2) {
            want.push(("locale", Value::text("en-GB")));
        }
        let access = match dice.one_in(5) {
            true => Access::Left,
            false => Access::Granted,
        };
        people.push(DesiredAccount {
            access,
            ..wanted(&name, &want)
        });
    }
    let mut company = Company::new(shape, there, people).await;
    Arc::make_mut(&mut company.rig.settings).limits.concurrency = 1 + dice.next(4) as usize;
    let mut world = World {
        shape,
        company,
        before,
        entitled: BTreeMap::new(),
    };
    world.entitled = entitled
        .into_iter()
        .map(|name| (name.clone(), world.users(&name)[0]["id"].clone()))
        .collect();
    world
}

impl World {
    /// The users of a person, as the server keeps them: by name or by address.
    fn users(&self, email: &str) -> Vec<Json> {
        let users = self.company.server.users().into_iter();
        let mine = users.filter(|user| {
            let address = user["emails"][0]["value"].as_str();
            user["userName"].as_str() == Some(email) || address == Some(email)
        });
        mine.collect()
    }

    /// Whether the server has somebody in a group.
    fn is_in(&self, email: &str, group: &str) -> bool {
        let members = self.company.server.members(group);
        let users = self.users(email);
        users
            .iter()
            .any(|user| members.iter().any(|id| user["id"] == **id))
    }

    fn wants(&self, email: &str) -> Option<DesiredAccount> {
        let mut people = self.company.desired.accounts();
        let found = people.find(|it| *it.email == *email)?;
        Some(found.into_owned())
    }

    /// Whether the roster asks for somebody to be out of a group.
    fn is_asked_out(&self, email: &str, group: &str) -> bool {
        let wants = self.wants(email);
        let named = wants.as_ref().and_then(|it| it.attributes.get("groups"));
        let named = named.and_then(Value::as_set);
        named.is_some_and(|names| !names.iter().any(|it| **it == *group))
    }

    /// `told`: what was said of others than the person of the outcome.
    fn check(&self, outcomes: &[Outcome], shape: &Shape, told: &str) {
        // Whom nobody can see nobody can miss; then nothing of it is called done.
        let unseen = !shows_members(shape) && takes_out(shape);
        for (group, members) in self.before.iter().filter(|_| !unseen) {
            for member in members {
                // Who was removed with being switched off has left every group.
                let there = !self.users(member).is_empty();
                let stays = there && !self.is_asked_out(member, group);
                // Where nobody can be put back, that has to be told.
                let told = told.contains(member.as_str()) && cannot_be_brought_back(shape)
                    || hides_some(shape) && told.contains(&format!("list of group {group} did"));
                assert!(
                    !stays || told || self.is_in(member, group),
                    "{member} was taken out of {group}: {shape:?} {outcomes:#?}"
                );
            }
        }
        let nested = self.company.server.members("Parent");
        let told_of_parent = takes_out(shape) && told.contains("list of group Parent did");
        assert!(
            nested.is_empty() == (shape.nests == Nests::No) || told_of_parent,
            "the inner group is lost"
        );
        for number in 0..PEOPLE + STRANGERS {
            let name = email(number);
            let users = self.users(&name);
            assert!(users.len() < 2, "{name} has {} accounts", users.len());
            // A server that takes PUT alone and does not describe itself cannot be known to hide
            // anything: that has to be told.
            let unknown = !shape.described && shape.patches == Patches::Refused(501);
            let unknown = unknown && told.contains("shows nobody may be gone");
            if let Some(user) = users.first()
                // Who is made anew has what the roster says.
                && self.entitled.get(&name) == Some(&user["id"])
                && !unknown
            {
                assert_eq!(user["entitlements"][0]["value"], "gold", "{name}");
            }
        }
        for outcome in outcomes.iter().filter(|it| it.verdict == Verdict::Applied) {
            self.is_true(outcome, shape);
        }
    }

    /// What is called applied is what the server keeps.
    fn is_true(&self, outcome: &Outcome, shape: &Shape) {
        let action = &outcome.action;
        let users = self.users(&action.email);
        let user = users.first();
        if action.kind.removes() {
            assert!(user.is_none_or(|it| it["active"] != true), "{outcome:#?}");
            return;
        }
        let user = user.unwrap_or_else(|| panic!("nobody is there: {outcome:#?}"));
        let on = user["active"] == true;
        let invited = shape.invites && outcome.message.contains("not active yet");
        assert!(
            action.kind == ActionKind::Update || on || invited,
            "{outcome:#?}"
        );
        for change in &action.changes {
            match &change.after {
                Value::Set(names) if change.attribute == "groups" => {
                    // Nobody has put a new user into a group.
                    let new = action.kind == ActionKind::Create && names.is_empty();
                    assert!(
                        new || shows_members(shape),
                        "nothing shows it: {outcome:#?}"
                    );
                    for group in GROUPS {
                        let wanted = names.iter().any(|it| **it == *group);
                        assert_eq!(self.is_in(&action.email, group), wanted, "{outcome:#?}");
                    }
                }
                Value::Text(text) if matches!(&*change.attribute, "title" | "locale") => {
                    assert_eq!(user[&*change.attribute], **text, "{outcome:#?}");
                }
                _ => {}
            }
        }
    }

    /// Plans, and applies what is not held.
    async fn turn(&self) -> (VendorPlan, Vec<Outcome>) {
        let company = &self.company;
        let vendor = company.rig.connect();
        let current = vendor.fetch(&company.desired).await.unwrap();
        let plan = company.planned(&current);
        self.sees_leavers(&plan);
        self.says_what_is_not_shown(&plan);
        let run = VendorRun {
            vendor: vendor.as_ref(),
            settings: &company.rig.settings,
            actions: &plan.actions,
        };
        let outcomes = apply(vec![run], &company.rig.clock, &Stop::default(), &|_| {}).await;
        (plan, outcomes)
    }

    /// Where nothing shows who is in a group, the plan says so before anybody is put into one.
    fn says_what_is_not_shown(&self, plan: &VendorPlan) {
        let mut joins = plan
            .actions
            .iter()
            .filter(|it| it.kind == ActionKind::Update);
        let joins = joins.any(|it| it.changes.iter().any(|it| it.attribute == "groups"));
        let said = plan
            .notices
            .iter()
            .any(|it| it.text.contains("no read shows who is in"));
        let shape = self.shape;
        assert!(shows_members(&shape) || !joins || said, "{plan:#?}");
    }

    /// A leaver who has access is in the plan.
    fn sees_leavers(&self, plan: &VendorPlan) {
        for number in 0..PEOPLE {
            let name = email(number);
            let left = self
                .company
                .desired
                .person_keys()
                .any(|it| *it.email == *name && !it.access.granted());
            let on = self.users(&name).iter().any(|user| user["active"] == true);
            let told = plan.actions.iter().any(|it| *it.email == *name)
                || plan.held.iter().any(|it| *it.action.email == *name)
                || plan.notices.iter().any(|it| it.text.contains(&name));
            assert!(
                !(left && on) || told,
                "{name} has access and is not told: {plan:#?}"
            );
        }
    }
}

async fn run(seed: u64) {
    let mut dice = Dice(seed);
    let shape = shape(&mut dice);
    let world = world(&mut dice, shape).await;
    let mut left: BTreeSet<String> = BTreeSet::new();
    let mut told = String::new();
    for turn in 0..3 {
        let (plan, outcomes) = world.turn().await;
        for outcome in &outcomes {
            let others = [
                "could not be brought back",
                "shows nobody may be gone",
                "did not show may be out",
            ];
            if others.iter().any(|it| outcome.message.contains(it)) {
                told.push_str(&outcome.message);
            }
        }
        world.check(&outcomes, &shape, &told);
        // What is planned once more was said not to be done, or to be so for now.
        let again: Vec<_> = plan
            .actions
            .iter()
            .filter(|it| turn > 0 && !left.contains(&*it.email))
            .filter(|it| !told.contains(&*it.email))
            .filter(|it| {
                !may_turn_up(&shape) || it.changes.iter().any(|it| it.attribute != "groups")
            })
            .collect();
        assert!(again.is_empty(), "done, and planned again: {again:#?}");
        let open = outcomes
            .iter()
            .filter(|it| it.verdict != Verdict::Applied || !it.message.is_empty());
        left = open.map(|it| it.action.email.to_string()).collect();
    }
}

/// Seeds over which the shares are counted.
const COUNTED: u64 = 400;

#[test]
fn each_behaviour_is_drawn_often_enough() {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 0..COUNTED {
        for difference in differences(&shape(&mut Dice(seed))) {
            *seen.entry(difference).or_default() += 1;
        }
    }
    for (difference, times) in &seen {
        println!(
            "{difference}: {:.1} %",
            *times as f64 * 100.0 / COUNTED as f64
        );
    }
    let rare = seen.iter().filter(|(_, times)| **times * 20 < COUNTED);
    assert_eq!(rare.collect::<Vec<_>>(), [], "under 5 %");
    assert_eq!(seen.len(), BEHAVIOURS, "{seen:#?}");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_lost_doubled_or_called_done_at_random_servers() {
    let asked = std::env::var("SCIM_SEEDS").ok();
    let (first, last) = match asked.as_deref().and_then(|it| it.split_once("..")) {
        Some((first, last)) => (first.parse().unwrap(), last.parse().unwrap()),
        None => (0, SEEDS),
    };
    for seed in first..last {
        println!("seed {seed}");
        run(seed).await;
    }
}
