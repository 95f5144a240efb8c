//! Every form of proof, with a page dropped, a count that is off by one, a part that is missing: nobody is
//! created or removed.

use std::sync::Arc;

use super::world::{Variant, World, account, email, leaver, wanted};
use crate::connector::testing::{self, Rig, Subject, described};
use crate::model::action::ActionKind;
use crate::model::current::{Current, LastRead};
use crate::model::desired::Desired;
use crate::plan::guard::Allowed;
use crate::plan::known::Known;
use crate::roster::model::Setting;
use crate::sandbox::HeldAccounts as _;
use crate::sandbox::rest::{Behaviour, Server, Wrong};

/// A form of a list, and what of it a single read proves: that no page is missing, and how many there
/// are.
struct Form {
    keys: &'static str,
    pages: usize,
    counts: bool,
}

const fn form(keys: &'static str, pages: usize, counts: bool) -> Form {
    Form {
        keys,
        pages,
        counts,
    }
}

/// 30 people and the own account in pages of ten; the last page is the empty one where one is asked for.
const FORMS: &[Form] = &[
    form(
        "items: /all, page: { by: offset, offset: from, limit: max, size: 10 }, total: /count",
        5,
        true,
    ),
    form(
        "items: /all, page: { by: page, page: p, limit: max, size: 10, first: 0 }, total: { header: X-Total }",
        5,
        true,
    ),
    form(
        "page: { by: offset, offset: from, limit: max, size: 10, first: 1 }, total: { head: X-Total }",
        5,
        true,
    ),
    form(
        "items: /all, page: { by: link, at: /next, limit: max, size: 10 }, total: /meta/count",
        4,
        true,
    ),
    form(
        "items: /all, page: { by: cursor, cursor: from, at: /next, limit: max, size: 10 }",
        4,
        false,
    ),
    form(
        "items: /all, page: { by: cursor, cursor: from, at: { header: X-Next }, limit: max, size: 10 }, truncated: /cut",
        4,
        false,
    ),
    form(
        "page: { by: link, at: { header: Link }, limit: max, size: 10 }",
        4,
        false,
    ),
    form(
        "items: /all, page: { by: link, at: /next/href, limit: max, size: 10 }",
        4,
        false,
    ),
    form(
        "items: /all, page: { by: page, page: p, limit: max, size: 10 }, walk: twice",
        10,
        false,
    ),
    form("items: /all, whole: true", 1, false),
    form(
        "items: /all, page: { by: offset, offset: from, limit: max, size: 10 }, total: /count, \
         parts: [{ query: { state: here } }, { query: { state: gone }, implies: { /state: gone } }]",
        6,
        true,
    ),
    form(
        "items: /all, page: { by: cursor, cursor: from, at: /next, limit: max, size: 10 }, \
         parts: [{ query: { state: here }, implies: { /state: here } }, { query: { state: gone }, implies: { /state: gone } }]",
        4,
        false,
    ),
];

fn subject(form: &Form) -> &'static Subject {
    let text = format!(
        "connector: 1\ntitle: Lists\nrights: any\nauth: {{ bearer: token }}\nself: {{ get: /me, email: /mail }}\n\
         users:\n  id: /id\n  email: /mail\n  active: {{ at: /state, active: [here], inactive: [gone] }}\n  \
         list: {{ get: /users, {} }}\n  create: {{ post: /users, send: {{ /mail: \"{{email}}\" }} }}\n  \
         deactivate: {{ post: \"/users/{{id}}/off\" }}\n  reactivate: {{ post: \"/users/{{id}}/on\" }}\n  \
         get: {{ get: \"/users/{{id}}\" }}\n",
        form.keys
    );
    described("lists", &text)
}

/// Thirty people, one of them a leaver and ten who are off; somebody is missing.
async fn world(kind: &'static Subject, wrong: Wrong) -> World {
    let spec = kind.spec;
    let mut settings = testing::settings(spec);
    let text = kind.described.clone().unwrap();
    settings
        .settings
        .insert("connector", Setting::Description(text));
    settings.own_account = None;
    let accounts = (0..30).map(|number| {
        let mut account = account(spec, &email(number), Variant::Wanted);
        account.active = number < 20;
        account
    });
    let seed = testing::seed(settings, accounts.collect());
    let behaviour = Behaviour {
        wrong,
        ..Behaviour::default()
    };
    let server = Server::new(seed.clone().into(), behaviour).unwrap();
    let rig = Rig::serve(kind, seed, Arc::new(server)).await;
    let desired = (0..=30)
        .map(|number| match number {
            4 | 20..30 => leaver(spec, &email(number)),
            _ => wanted(spec, &email(number)),
        })
        .collect();
    World {
        desired: Desired::listed(rig.settings.name.clone(), desired),
        rig,
        spec,
    }
}

/// Whom a read makes the planner create or remove; `known`: the run before has seen everybody.
fn moved(world: &World, current: Current, remembered: bool) -> Vec<String> {
    let mut known = Known::from(current);
    if remembered {
        known.remembered.last_read = Some(LastRead {
            accounts: world.rig.local().accounts().len() as u64,
            read_at: jiff::Timestamp::UNIX_EPOCH,
        });
    }
    let plan = world.plan_known(&known, Allowed::default());
    let moves = plan
        .actions
        .iter()
        .filter(|it| it.kind == ActionKind::Create || it.kind.removes());
    let mut moves: Vec<String> = moves
        .map(|it| format!("{:?} {}", it.kind, it.email))
        .collect();
    moves.sort_unstable();
    moves
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_what_is_there_moves_who_should_move() {
    for form in FORMS {
        let world = world(subject(form), Wrong::default()).await;
        let current = world.rig.connect_read_only().fetch(&world.desired).await;
        let current = current.unwrap();
        let pages = usize::try_from(current.proof.pages).unwrap();
        assert_eq!(pages, form.pages, "{}", form.keys);
        assert_eq!(current.accounts.len(), 31, "{}", form.keys);
        let moved = moved(&world, current, true);
        let [new, gone] = [email(30), email(4)];
        let expected = [format!("Create {new}"), format!("Deactivate {gone}")];
        assert_eq!(moved, expected, "{}", form.keys);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_page_creates_and_removes_nobody() {
    for form in FORMS {
        for page in 1..=form.pages {
            let wrong = Wrong {
                drops_page: page,
                ..Wrong::default()
            };
            let world = world(subject(form), wrong).await;
            let fetched = world.rig.connect_read_only().fetch(&world.desired).await;
            let Ok(current) = fetched else { continue };
            if current.accounts.len() == 31 {
                // It was a page without entries anyway.
                continue;
            }
            // A list without a count shows it only by what was there before.
            let moved = moved(&world, current, !form.counts);
            assert_eq!(moved, [""; 0], "page {page} of {}", form.keys);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_count_that_is_off_by_one_creates_and_removes_nobody() {
    for form in FORMS.iter().filter(|form| form.counts) {
        for counts_more in [1, -1] {
            let wrong = Wrong {
                counts_more,
                ..Wrong::default()
            };
            let world = world(subject(form), wrong).await;
            let fetched = world.rig.connect_read_only().fetch(&world.desired).await;
            let moved = moved(&world, fetched.unwrap(), false);
            assert_eq!(moved, [""; 0], "{counts_more} {}", form.keys);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_is_missing_creates_and_removes_nobody() {
    for form in FORMS.iter().filter(|form| form.keys.contains("parts")) {
        for part in [1, 2] {
            let wrong = Wrong {
                lacks_part: part,
                ..Wrong::default()
            };
            let world = world(subject(form), wrong).await;
            let fetched = world.rig.connect_read_only().fetch(&world.desired).await;
            let Ok(current) = fetched else { continue };
            let moved = moved(&world, current, true);
            assert_eq!(moved, [""; 0], "part {part} of {}", form.keys);
        }
    }
}
