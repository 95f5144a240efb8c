//! The network between one run and the vendors: slow, lossy, at times not there. What was sent arrives,
//! even if its sender dies.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream;
use rosterctl::http::{Arriving, Broken, Outgoing, Within};
use rosterctl::model::account::Account;
use rosterctl::sandbox::HeldAccounts as _;
use rosterctl_sandbox::Answered;
use tokio::sync::oneshot;

use super::runner::Runner;
use super::watch::Eyes;
use super::world::World;

/// What the network does to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    Unreachable,
    LostBefore,
    LostAfter,
    HangBefore,
    HangAfter,
    /// The server does its work long after the client has given up.
    Late,
    Truncated,
    Twice,
    Throttled,
    StatusBefore(u16),
    StatusAfter(u16),
    /// A page for people instead of an answer, before or behind the server's work.
    PageBefore,
    PageAfter,
    /// A write is answered well, in few words, and is not kept.
    Forgotten,
    /// A list leaves one of its entries out, and counts it.
    Shortened,
}

/// The network of one run.
pub(crate) struct Network {
    pub(crate) world: Arc<World>,
    pub(crate) runner: Arc<Runner>,
    pub(crate) number: u32,
    pub(crate) eyes: Arc<Eyes>,
}

type Answer = Result<(u16, reqwest::header::HeaderMap, Vec<u8>, bool), Broken>;

#[async_trait]
impl Within for Network {
    async fn send(&self, request: Outgoing) -> Result<Arriving, Broken> {
        let path = request.url.path().to_owned();
        let vendor = path.split('/').nth(1).unwrap_or_default().to_owned();
        self.runner.event();
        if self.runner.is_dead() {
            return std::future::pending().await;
        }
        if request.method != reqwest::Method::GET
            && !path.contains("token")
            && !self.world.place.is_held_by(self.number)
        {
            let name = &self.runner.name;
            self.world.breach(format!(
                "{name} writes without the lock: {} {path}",
                request.method
            ));
        }
        self.world.calls(&self.runner.name, &vendor);
        self.world.sends(&self.runner.name, &request);
        let (trouble, there, back) = self.world.trouble(&vendor, &request);
        if matches!(
            trouble,
            Trouble::HangBefore | Trouble::HangAfter | Trouble::Late
        ) {
            self.world.note_unanswered(&self.runner.name, &request);
        }
        self.world.trace(format_args!(
            "{} sends {} {path}?{} {:?} {trouble:?}",
            self.runner.name,
            request.method,
            request.url.query().unwrap_or_default(),
            request.body,
        ));
        if trouble == Trouble::Unreachable {
            tokio::time::sleep(there).await;
            return Err(Broken::Unreachable(String::from("simulated: no route")));
        }
        let (tell, told) = oneshot::channel();
        let (world, eyes, runner) = (
            self.world.clone(),
            self.eyes.clone(),
            self.runner.name.clone(),
        );
        let asked = vendor.clone();
        tokio::spawn(async move {
            tokio::time::sleep(there).await;
            let answer = deliver(&world, &eyes, &runner, &vendor, request, trouble).await;
            tokio::time::sleep(back).await;
            // Whoever asked may be gone.
            let _ = tell.send(answer);
        });
        let answer = match told.await {
            Ok(answer) => answer,
            Err(_) => std::future::pending().await,
        };
        self.runner.event();
        let (status, headers, body, whole) = answer?;
        let pause = headers.get("retry-after").and_then(|it| it.to_str().ok());
        if let Some(seconds) = pause.and_then(|it| it.parse().ok()) {
            let pause = Duration::from_secs(seconds);
            self.world.pause(&self.runner.name, &asked, pause);
        }
        let mut pieces = vec![Ok(body)];
        if !whole {
            pieces.push(Err(Broken::Lost(String::from("simulated: cut off"))));
        }
        Ok(Arriving {
            status,
            headers,
            body: Box::pin(stream::iter(pieces)),
        })
    }
}

/// What happens where the server is.
async fn deliver(
    world: &Arc<World>,
    eyes: &Eyes,
    runner: &str,
    vendor: &str,
    request: Outgoing,
    trouble: Trouble,
) -> Answer {
    let lost = || Err(Broken::Lost(String::from("simulated: connection reset")));
    let settings = world.vendor(vendor);
    // Nobody can keep a wire from doubling a create where the vendor takes both, or from bringing a
    // whole user when another one has been written since.
    let doubles = settings.is_some_and(|it| {
        let mut twists = it.twists.iter();
        request.method == "POST"
            && twists.any(|it| it.ends_with(":create-doubles") || it.ends_with(":own-names"))
    });
    let undoes = request.method == "PUT" && settings.is_some_and(|it| it.kind == "rest");
    match trouble {
        Trouble::LostBefore => return lost(),
        Trouble::HangBefore => return std::future::pending().await,
        Trouble::Throttled => {
            let mut headers = reqwest::header::HeaderMap::new();
            if world.draw(|random, _| random.chance(50)) {
                headers.insert(
                    "retry-after",
                    reqwest::header::HeaderValue::from_static("7"),
                );
            }
            return Ok((429, headers, b"{}".to_vec(), true));
        }
        Trouble::StatusBefore(status) => return Ok(canned(status)),
        Trouble::PageBefore => return Ok(page()),
        Trouble::Late if !doubles && !undoes => {
            let time = world.draw(|random, _| random.millis(25_000, 90_000));
            tokio::time::sleep(time).await;
        }
        _ => {}
    }
    if trouble != Trouble::Late && !request.url.path().contains("token") {
        world.arrived(runner, vendor);
    }
    let before = (trouble == Trouble::Forgotten).then(|| (world.held(vendor), world.all_off()));
    let mut answered = work(world, eyes, runner, vendor, &request).await;
    if let Some((before, off)) = before {
        forget(world, vendor, &before);
        world.put_off_back(off);
        return answered.map(|(status, headers, body, whole)| match status {
            200..=299 => (status, headers, Vec::new(), whole),
            _ => (status, headers, body, whole),
        });
    }
    if trouble == Trouble::Twice && !doubles {
        answered = work(world, eyes, runner, vendor, &request).await;
    }
    match trouble {
        Trouble::LostAfter => lost(),
        Trouble::HangAfter | Trouble::Late => std::future::pending().await,
        Trouble::StatusAfter(status) => Ok(canned(status)),
        Trouble::PageAfter => Ok(page()),
        Trouble::Truncated => answered.map(|(status, headers, mut body, _)| {
            body.truncate(body.len() / 2);
            (status, headers, body, false)
        }),
        Trouble::Shortened => answered.map(|(status, headers, body, whole)| {
            let body = shorten(world, vendor, &body).unwrap_or(body);
            (status, headers, body, whole)
        }),
        _ => answered,
    }
}

/// The server is as it was before a write.
fn forget(world: &World, vendor: &str, before: &[Account]) {
    let Some(served) = world.sandbox.vendor(vendor) else {
        return;
    };
    let after = world.held(vendor);
    for account in after.iter().filter(|it| !before.contains(it)) {
        served.local.remove(&account.email);
    }
    for account in before.iter().filter(|it| !after.contains(it)) {
        served.local.put(account.clone());
    }
}

/// The answer with one entry less, if it is a list whose count tells that.
fn shorten(world: &World, vendor: &str, body: &[u8]) -> Option<Vec<u8>> {
    let settings = world.vendor(vendor)?;
    if settings.twists.iter().any(|it| **it == *"scim:page-totals") {
        return None;
    }
    let mut json: serde_json::Value = serde_json::from_slice(body).ok()?;
    let fields = json.as_object_mut()?;
    let counts = ["totalResults", "count", "totalElements", "total"];
    let counted = counts.iter().find_map(|it| fields.get(*it)?.as_u64())?;
    let mut lists = fields.values_mut().filter_map(|it| it.as_array_mut());
    let list = lists.find(|list| list.len() > 1 && list.iter().all(|it| it.is_object()))?;
    if counted < list.len() as u64 {
        return None;
    }
    let at = world.draw(|random, _| random.below(list.len() as u64));
    list.remove(usize::try_from(at).ok()?);
    Some(json.to_string().into_bytes())
}

fn page() -> (u16, reqwest::header::HeaderMap, Vec<u8>, bool) {
    let page = b"<html><title>Sign in</title></html>".to_vec();
    (200, reqwest::header::HeaderMap::new(), page, true)
}

fn canned(status: u16) -> (u16, reqwest::header::HeaderMap, Vec<u8>, bool) {
    let body = br#"{"message":"in trouble"}"#.to_vec();
    (status, reqwest::header::HeaderMap::new(), body, true)
}

/// The server does its work, and somebody looks what it did.
async fn work(
    world: &Arc<World>,
    eyes: &Eyes,
    runner: &str,
    vendor: &str,
    request: &Outgoing,
) -> Answer {
    let Outgoing {
        method,
        url,
        headers,
        body,
    } = request.clone();
    let token = url.path().contains("token");
    let writes = method != reqwest::Method::GET && !token;
    let before = writes.then(|| world.held(vendor));
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let sandbox = &world.sandbox;
    let answered = sandbox.call(method.clone(), target, headers, body.unwrap_or_default());
    let Answered {
        status,
        headers,
        body,
    } = answered
        .await
        .map_err(|error| Broken::Lost(error.to_string()))?;
    let mut bytes = Vec::new();
    let mut body = body;
    while let Some(piece) = futures::StreamExt::next(&mut body).await {
        bytes.extend(piece.map_err(|error| Broken::Lost(error.to_string()))?);
    }
    world.trace(format_args!(
        "{vendor} answers {method} {target} {status} {}",
        String::from_utf8_lossy(&bytes)
    ));
    if let Some(before) = before {
        let after = world.held(vendor);
        eyes.look(world, runner, vendor, &before, &after);
        world.note_off(vendor);
    } else if !token {
        world.after_a_page();
    }
    Ok((status, headers, bytes, true))
}

/// Time on the way: there and back.
pub(crate) type Ways = (Duration, Duration);
