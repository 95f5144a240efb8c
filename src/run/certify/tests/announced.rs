//! Nothing is sent that was not said before: the calls that a run announces, against the log of the server.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::rows::ROWS;
use super::*;
use crate::http::{Arriving, Broken, Outgoing, Within};
use crate::sandbox::Request as Arrived;

/// Between a run and its vendor: what is written, in whole.
struct Witness {
    sandbox: Arc<Sandbox>,
    /// Path and body of each call that writes.
    written: Mutex<Vec<String>>,
}

#[async_trait]
impl Within for Witness {
    async fn send(&self, request: Outgoing) -> Result<Arriving, Broken> {
        if !["GET", "HEAD"].contains(&request.method.as_str()) {
            let body = request.body.clone().unwrap_or_default();
            let path = url::form_urlencoded::parse(request.url.path().as_bytes());
            let path: Vec<_> = path.map(|(name, _)| name.into_owned()).collect();
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            written.push(format!("{} {body}", path.join("&")));
        }
        self.sandbox.send(request).await
    }
}

/// The method and the path of a call that was announced: `PUT /users/{account}, the whole user`.
fn shape(call: &str) -> Option<(&str, &str)> {
    let (method, rest) = call.split_once(' ')?;
    let path = rest.split([' ', ',', ':', '?']).next()?;
    let is_method = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].contains(&method);
    (is_method && path.starts_with('/')).then_some((method, path))
}

/// Whether a path is one of that shape: `{…}` stands for what a segment has in its place.
fn fits(path: &str, shape: &str) -> bool {
    let (path, shape): (Vec<&str>, Vec<&str>) =
        (path.split('/').collect(), shape.split('/').collect());
    let one = |(part, wanted): (&&str, &&str)| match wanted.split_once('{') {
        None => part == wanted,
        Some((before, rest)) => {
            let after = rest.split_once('}').unwrap().1;
            let inner = part.strip_prefix(before);
            inner.is_some_and(|it| it.strip_suffix(after).is_some_and(|it| !it.is_empty()))
        }
    };
    path.len() == shape.len() && path.iter().zip(&shape).all(one)
}

/// Method and path of what a plan sends at such a tenant.
async fn sent_by_a_plan(kind: &str, twists: &[&str]) -> BTreeSet<(String, String)> {
    let tenant = tenant(kind, twists, |_| {});
    let session = tenant.session(Permit::ReadOnly, tenant.within(), &WriteScope::default());
    session.read().await;
    let sent = tenant.sandbox.requests().into_iter();
    sent.map(|(it, _)| (it.method, it.path)).collect()
}

/// What is wrong with what arrived.
fn unannounced(
    steps: &[Announced],
    planned: &BTreeSet<(String, String)>,
    arrived: &[Arrived],
    accounts: usize,
    doubled: bool,
) -> Vec<String> {
    let mut wrong = Vec::new();
    // How often each may be sent, and was.
    let mut bounds: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    let last = steps.len() - 1;
    for (at, step) in steps.iter().enumerate() {
        for call in step.calls.iter().filter_map(|it| shape(it)) {
            let times = if doubled && at == last { 2 } else { 1 };
            bounds.entry(call).or_default().0 += accounts * times;
        }
    }
    for request in arrived {
        let reads = ["GET", "HEAD"].contains(&&*request.method);
        let same =
            |(method, path): &(&str, &str)| *method == request.method && fits(&request.path, path);
        let found = bounds.iter_mut().find(|(call, _)| same(call));
        let told = format!("{} {}", request.method, request.path);
        match found {
            Some((_, (bound, sent))) => {
                *sent += 1;
                if !reads && *sent > *bound {
                    wrong.push(format!("{told}: {sent} times, announced {bound}"));
                }
            }
            None if reads && planned.contains(&(request.method.clone(), request.path.clone())) => {}
            None => wrong.push(format!("{told}: not announced")),
        }
    }
    wrong
}

#[tokio::test(start_paused = true)]
async fn nothing_arrives_that_was_not_announced_and_nobody_else_is_written_to() {
    let turned: BTreeSet<(&str, &[&str])> = ROWS.iter().map(|it| (it.0, it.2)).collect();
    let mut wrong = Vec::new();
    for (kind, twists) in turned {
        let planned = sent_by_a_plan(kind, twists).await;
        let tenant = tenant(kind, twists, |_| {});
        let session = tenant.session(Permit::ReadOnly, tenant.within(), &WriteScope::default());
        let emails = addresses(tenant.settings(), ACCOUNT);
        let questions = tenant.settings().spec.questions;
        let questioned = session.questioned(&tenant.name).unwrap();
        let steps = announced(questioned, questions, &emails, &[]);
        let before = others(&tenant);
        let names: Vec<String> = tenant
            .held()
            .into_iter()
            .flat_map(|it| [Some(it.email), it.id])
            .flatten()
            .map(|it| it.to_lowercase())
            .filter(|it| it.len() > 3)
            .collect();
        assert!(
            tenant.sandbox.requests().is_empty(),
            "to announce sends nothing"
        );
        let witness = Arc::new(Witness {
            sandbox: tenant.sandbox.clone(),
            written: Mutex::default(),
        });
        let transport = Transport::Within(witness.clone());
        let certified = tenant.certify_over(transport).await;
        let left = match certified {
            Ok((_, certified)) => certified.left,
            // Nobody can be shown to be absent there.
            Err(CertifyError::Refused(why)) => {
                assert!(
                    kind == "snaplogic" && twists[0].starts_with("missing"),
                    "{why}"
                );
                assert!(witness.written.lock().unwrap().is_empty(), "{why}");
                continue;
            }
            Err(error) => panic!("{kind} {twists:?}: {error}"),
        };
        for (email, left) in left {
            let held = tenant.held().into_iter().filter(|it| *it.email == *email);
            let on: Vec<bool> = held.map(|it| it.active).collect();
            let told = match left {
                Left::Nothing => on.is_empty(),
                Left::Off => on == [false],
                Left::On => on.contains(&true),
            };
            assert!(told, "{kind} {twists:?}: {left:?} is said, {on:?} is so");
        }
        let arrived = tenant.sandbox.requests().into_iter();
        let arrived: Vec<Arrived> = arrived
            .map(|(request, _)| request)
            .filter(|it| !testing::is_token_call(it))
            .collect();
        let doubled = twists.contains(&"create-doubles");
        let found = unannounced(&steps, &planned, &arrived, emails.len(), doubled);
        wrong.extend(
            found
                .into_iter()
                .map(|it| format!("{kind} {twists:?}: {it}")),
        );
        assert_eq!(others(&tenant), before, "{kind} {twists:?}");
        for written in &*witness.written.lock().unwrap() {
            let written = written.to_lowercase();
            let named = names.iter().find(|it| written.contains(&**it));
            assert_eq!(named, None, "{kind} {twists:?}: {written}");
            let mark = written.contains("rosterctl-certify");
            let by_id = written.split([' ', '/']).count() > 2;
            assert!(mark || by_id, "{kind} {twists:?}: {written}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn shapes_are_compared_segment_by_segment() {
    let call = "PUT /users/{account}.json, the whole user";
    assert_eq!(shape(call), Some(("PUT", "/users/{account}.json")));
    assert_eq!(shape("every GET that a plan sends"), None);
    assert!(fits("/users/7.json", "/users/{account}.json"));
    assert!(!fits("/users/7", "/users/{account}.json"));
    assert!(!fits("/users/.json", "/users/{account}.json"));
    assert!(!fits("/users/7/x", "/users/{account}"));
    let steps = [Announced {
        what: String::from("make"),
        calls: vec![String::from("POST /users, a new one")],
    }];
    let post = Arrived {
        vendor: "x".into(),
        method: String::from("POST"),
        path: String::from("/users"),
        query: String::new(),
    };
    let check = |arrived: &[Arrived]| unannounced(&steps, &BTreeSet::new(), arrived, 1, false);
    assert!(check(std::slice::from_ref(&post)).is_empty());
    assert_eq!(check(&[post.clone(), post.clone()]).len(), 1);
    let delete = Arrived {
        method: String::from("DELETE"),
        ..post
    };
    assert_eq!(check(&[delete]).len(), 1);
}
