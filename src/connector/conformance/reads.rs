//! Reads: every page, and what becomes of one that goes wrong.

use super::world::{Setup, Variant, World, account, email, has_names, leaver, wanted};
use crate::connector::testing::Subject;
use crate::http::{HttpError, Permit};
use crate::model::action::ActionKind;
use crate::model::current::{Current, LastRead};
use crate::plan::guard::Allowed;
use crate::plan::known::Known;
use crate::sandbox::HeldAccounts as _;
use crate::sandbox::{Canned, Fault, Request};

/// A vendor with five people in sync, one leaver and one who is missing.
async fn small(kind: &'static Subject) -> World {
    let spec = kind.spec;
    let accounts = (0..6)
        .map(|number| account(spec, &email(number), Variant::Wanted))
        .collect();
    let mut desired: Vec<_> = (0..5).map(|number| wanted(spec, &email(number))).collect();
    desired.push(leaver(spec, &email(5)));
    desired.push(wanted(spec, &email(6)));
    World::new(kind, accounts, desired).await
}

async fn read(world: &World) -> Result<Current, HttpError> {
    let vendor = world.rig.connect_read_only();
    vendor.fetch(&world.desired).await
}

fn is_read(request: &Request) -> bool {
    request.method == "GET"
}

pub(super) async fn every_page_is_seen(kind: &'static Subject) {
    let spec = kind.spec;
    // Around the documented page size, and what the issue of paging is about: 250 people.
    for count in [0, 1, 98, 99, 100, 101, 199, 250] {
        let accounts = (0..count)
            .map(|number| account(spec, &email(number), Variant::Wanted))
            .collect();
        let desired = (0..count)
            .map(|number| wanted(spec, &email(number)))
            .collect();
        let world = World::new(kind, accounts, desired).await;
        let current = read(&world).await.unwrap();
        // The account behind the credentials is there too.
        assert_eq!(current.accounts.len(), count + 1);
        assert_eq!(current.proof.missing, Vec::<String>::new());
        let plan = world.plan(&current);
        assert_eq!(plan.actions, [], "{count}");
        assert_eq!(plan.held, [], "{count}");
    }
    capped_pages_are_seen(kind).await;
}

/// A server that silently gives less than was asked for.
pub(super) async fn capped_pages_are_seen(kind: &'static Subject) {
    let spec = kind.spec;
    for cap in [1, 7] {
        let accounts = (0..20)
            .map(|number| account(spec, &email(number), Variant::Wanted))
            .collect();
        let desired = (0..20).map(|number| wanted(spec, &email(number))).collect();
        let world = Setup::new(kind, accounts, desired)
            .page_cap(Some(cap))
            .start()
            .await;
        let current = read(&world).await.unwrap();
        assert_eq!(current.accounts.len(), 21, "cap {cap}");
        assert_eq!(world.plan(&current).actions, [], "cap {cap}");
    }
}

pub(super) async fn a_read_that_fails_names_vendor_call_and_reason(kind: &'static Subject) {
    let faults = [
        Fault::Answer(Canned::json(403, r#"{"message":"not allowed"}"#)),
        Fault::Answer(Canned::json(404, r#"{"message":"no such thing"}"#)),
        Fault::Answer(Canned::json(409, r#"{"message":"not now"}"#)),
        Fault::Answer(Canned::json(422, r#"{"message":"not like that"}"#)),
        Fault::Answer(Canned::json(500, r#"{"message":"broken"}"#)),
        Fault::Answer(Canned::json(503, "")),
        Fault::Answer(Canned::html(200, "<html><title>Sign in</title></html>")),
        Fault::Answer(Canned::html(403, "<html><title>Blocked</title></html>")),
        Fault::Answer(Canned::json(200, "")),
        Fault::Answer(Canned::json(
            200,
            r#"{"users": 7, "results": "x", "content": 1}"#,
        )),
        Fault::Answer(Canned::json(200, r#"[{"id": 1, "email": ["x"]}]"#)),
        Fault::Answer(Canned::json(302, "").header("location", "https://evil.example/")),
        Fault::Truncate,
        Fault::DropBefore,
    ];
    for fault in faults {
        let world = small(kind).await;
        world.rig.sandbox.faults().always(fault.clone(), is_read);
        match read(&world).await {
            Err(error) => {
                let text = error.to_string();
                assert!(text.starts_with(kind.spec.kind), "{fault:?}: {text}");
                assert!(text.contains("GET /"), "{fault:?}: {text}");
                assert!(!text.contains("rig-secret"), "{fault:?}: {text}");
            }
            Ok(current) => panic!("{fault:?} went unnoticed: {current:#?}"),
        }
        assert_eq!(world.rig.writes(), []);
    }
}

pub(super) async fn a_read_that_is_cut_short_removes_and_creates_nobody(kind: &'static Subject) {
    // Any single reading call answered with an empty list, or refused, or broken off: whatever
    // call it is, nobody may be created or removed on the strength of it.
    let calls = {
        let world = small(kind).await;
        read(&world).await.unwrap();
        let requests = world.rig.sandbox.requests();
        // A list of groups or roles proves nothing about people: where it alone is broken, they go on
        // (`a_broken_list_of_groups_stops_nobody_else`).
        let of_groups = |path: &str| {
            let mut names = ["/Groups", "/teams", "/desks", "/api/v1/roles"].iter();
            names.any(|it| path.contains(it))
        };
        let people = requests.iter().rposition(|(it, _)| !of_groups(&it.path));
        people.map_or(0, |last| last + 1)
    };
    let faults = [
        Fault::Answer(Canned::json(503, "")),
        Fault::Answer(Canned::json(200, "[]")),
        Fault::Answer(Canned::json(200, "{}")),
        Fault::Truncate,
    ];
    for fault in faults {
        for struck in 0..calls {
            let world = small(kind).await;
            let mut seen = 0;
            let strikes = move |_: &Request| {
                seen += 1;
                // From that call on: a single fault that is retried away is no fault.
                seen > struck
            };
            world.rig.sandbox.faults().always(fault.clone(), strikes);
            let Ok(current) = read(&world).await else {
                continue;
            };
            let plan = world.plan(&current);
            for action in &plan.actions {
                assert!(
                    !action.kind.removes() && action.current.is_some(),
                    "call {struck} answered {fault:?}: {action:?}"
                );
            }
        }
    }
}

pub(super) async fn one_call_that_goes_wrong_removes_and_creates_nobody(kind: &'static Subject) {
    // Two companies of other sizes and other places of the leaver, at page sizes that give several
    // pages, the last of them not full, and one page only.
    for (seed, cap) in [(0, Some(9)), (1, None)] {
        let calls = {
            let world = company(kind, seed, cap).await;
            read(&world).await.unwrap();
            world.rig.sandbox.requests().len()
        };
        for (fault, struck) in [
            // A whole page dropped, and lists cut short, in an answer that looks well.
            (Fault::Shorten(0), 1),
            (Fault::Shorten(1), 1),
            (Fault::Shorten(5), 1),
            // A single fault is retried away; a lasting one ends the read.
            (Fault::Answer(Canned::json(503, "")), 1),
            (Fault::Answer(Canned::json(503, "")), 100),
            (Fault::Truncate, 1),
        ] {
            for call in 0..calls {
                strike_one(kind, (seed, cap), call, &fault, struck).await;
            }
        }
    }
}

/// Forty people and their accounts, a leaver among them, and somebody who is missing.
async fn company(kind: &'static Subject, seed: usize, cap: Option<usize>) -> World {
    let spec = kind.spec;
    let count = 40 + seed * 3;
    let gone = (seed * 17 + 5) % count;
    let accounts = (0..count)
        .map(|number| account(spec, &email(number), Variant::Wanted))
        .collect();
    let desired = (0..=count)
        .map(|number| match number == gone {
            true => leaver(spec, &email(number)),
            false => wanted(spec, &email(number)),
        })
        .collect();
    Setup::new(kind, accounts, desired)
        .page_cap(cap)
        .start()
        .await
}

/// Whatever is removed or created is what an undisturbed read would remove and create, and with
/// fewer accounts than there were at the last apply it is nobody.
async fn strike_one(
    kind: &'static Subject,
    (seed, cap): (usize, Option<usize>),
    call: usize,
    fault: &Fault,
    times: u32,
) {
    let world = company(kind, seed, cap).await;
    let accounts = world.rig.local().accounts().len();
    let mut seen = 0;
    let strikes = move |_: &Request| {
        seen += 1;
        seen > call
    };
    world
        .rig
        .sandbox
        .faults()
        .next(times, fault.clone(), strikes);
    let Ok(current) = read(&world).await else {
        return;
    };
    let mut known = Known::from(current);
    known.remembered.last_read = Some(LastRead {
        accounts: accounts as u64,
        read_at: jiff::Timestamp::UNIX_EPOCH,
    });
    let short = known.current.accounts.len() < accounts;
    let what = format!("{fault:?} at call {call}, cap {cap:?}, seed {seed}");
    let plan = world.plan_known(&known, Allowed::default());
    let count = 40 + seed * 3;
    for action in &plan.actions {
        let removal = action.kind.removes();
        let create = action.kind == ActionKind::Create;
        assert!(!(short && (removal || create)), "{what}: {action:?}");
        let gone = email((seed * 17 + 5) % count);
        assert!(!removal || *action.email == *gone, "{what}: {action:?}");
        assert!(
            !create || *action.email == *email(count),
            "{what}: {action:?}"
        );
    }
}

pub(super) async fn one_odd_entry_stops_only_itself(kind: &'static Subject) {
    let world = small(kind).await;
    // The first person's address is no text any more, wherever an account shows it.
    let address = format!("\"{}\"", email(0));
    world.rig.sandbox.faults().always(
        Fault::Rewrite(address.clone(), format!("[{address}]")),
        |request| is_read(request) && !request.path.contains("/groups/"),
    );
    let plan = world.dry_run().await;
    let manual = plan.manual.iter().map(|kept| &kept.action);
    let mut whole = plan.actions.iter().chain(manual);
    assert!(
        whole.any(|it| it.kind.removes() && *it.email == *email(5)),
        "{plan:#?}"
    );
    // Where people have names, everybody has the same one here, so that the other new person could be
    // that entry as well.
    let named = has_names(kind.spec);
    let held = |address: String| {
        let mut held = plan.held.iter().map(|it| &it.action);
        held.any(|it| it.kind == ActionKind::Create && *it.email == *address)
    };
    assert!(held(email(0)), "{plan:#?}");
    assert_eq!(held(email(6)), named, "{plan:#?}");
    let mut others = plan.actions.iter().filter(|it| !it.kind.removes());
    assert!(
        others.all(|it| !named && *it.email == *email(6)),
        "{plan:#?}"
    );
}

pub(super) async fn extra_fields_change_nothing(kind: &'static Subject) {
    let world = small(kind).await;
    let expected = world.dry_run().await;
    world.rig.sandbox.faults().always(
        Fault::Rewrite(
            String::from("\"email\":"),
            String::from("\"newest_thing\":{\"a\":[1,null]},\"email\":"),
        ),
        is_read,
    );
    assert_eq!(world.dry_run().await, expected);
}

pub(super) async fn refused_credentials_are_not_retried_forever(kind: &'static Subject) {
    let world = small(kind).await;
    let secrets = world
        .rig
        .settings
        .auth
        .keys()
        .map(|key| (*key, String::from("a-wrong-secret")))
        .collect();
    let vendor = world.rig.try_connect(Permit::ReadWrite, &secrets).unwrap();
    let error = match vendor.fetch(&world.desired).await {
        Err(error) => error.to_string(),
        Ok(current) => {
            // Nothing was read over HTTP: the first write tells.
            let plan = world.plan(&current);
            let outcomes = world.carry_out(vendor.as_ref(), &plan).await;
            assert!(outcomes.len() > 1);
            outcomes[0].message.clone()
        }
    };
    assert!(error.contains("401"), "{error}");
    assert!(!error.contains("a-wrong-secret"), "{error}");
    let requests = world.rig.sandbox.requests().len();
    assert!(
        requests <= 3,
        "{requests} requests with refused credentials"
    );
}

pub(super) async fn throttling_is_waited_out(kind: &'static Subject) {
    for header in [Some("7"), None] {
        let world = small(kind).await;
        let mut answer = Canned::json(429, r#"{"message":"slow down"}"#);
        if let Some(seconds) = header {
            answer = answer.header("retry-after", seconds);
        }
        let faults = world.rig.sandbox.faults();
        faults.next(2, Fault::Answer(answer), is_read);
        let current = read(&world).await.unwrap();
        assert_eq!(current.accounts.len(), 7);
        let waited = world.rig.clock.skipped().as_secs();
        let least = if header.is_some() { 14 } else { 1 };
        assert!(waited >= least, "{waited} s");
    }
}

pub(super) async fn no_secret_is_in_any_error(kind: &'static Subject) {
    let world = small(kind).await;
    // A server that repeats what it was sent, as some do in their error pages.
    let echo = r#"{"message":"bad credentials rig-secret-token rig-secret-password rig-secret-jwt rig-secret-client_secret rig-secret-client_id"}"#;
    for status in [400, 403, 500] {
        let faults = world.rig.sandbox.faults();
        faults.clear();
        faults.always(Fault::Answer(Canned::json(status, echo)), |_| true);
        let vendor = world.rig.connect();
        let text = match vendor.fetch(&world.desired).await {
            Err(error) => format!("{error} {error:?}"),
            Ok(current) => {
                let plan = world.plan(&current);
                format!("{:?}", world.carry_out(vendor.as_ref(), &plan).await)
            }
        };
        for key in world.rig.settings.auth.keys() {
            assert!(!text.contains(&format!("rig-secret-{key}")), "{text}");
        }
    }
}
