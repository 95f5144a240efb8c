//! What one visit at a vendor tells: a read of everything, and what could be seen on the way.

use crate::plan::known::Known;
use std::time::Duration;

use jiff::Timestamp;

use super::{Check, Health, Topic, quota};
use crate::model::current::{Current, Own};
use crate::model::email::EmailKey;
use crate::model::spec::{DeactivateMode, SwitchOff};
use crate::model::table::stays_manual;
use crate::model::traffic::Traffic;
use crate::plan::guard::{Allowed, Guard};
use crate::roster::admins::{Admins, are_told};
use crate::roster::model::VendorSettings;
use crate::roster::preset;

/// Seconds that two clocks may differ: beyond, JWTs are refused as not valid yet or any more.
const SKEW: f64 = 30.0;
/// A request that takes longer is slow.
const SLOW: Duration = Duration::from_secs(10);
/// A token that nobody renews should last longer than a weekend.
const SOON: Duration = Duration::from_secs(3 * 86_400);

/// What was seen of one vendor.
#[derive(Debug)]
pub struct HealthCheck<'a> {
    /// Its settings.
    pub settings: &'a VendorSettings,
    /// Its secrets.
    pub secrets: Vec<SecretSeen>,
    /// What a read of all accounts brought.
    pub read: Result<Known, Fault>,
    /// Requests that the read sent; where there were none, another one asked for any answer.
    pub requests: u64,
    /// Time of the read.
    pub took: Duration,
    /// All that went over the wire.
    pub traffic: Traffic,
    /// Why not even an answer came to a request without credentials, where one was sent.
    pub probe: Option<Fault>,
    /// When it ended.
    pub now: Timestamp,
}

/// One secret: whether it can be had, and how long it is good.
#[derive(Debug)]
pub struct SecretSeen {
    /// `the environment variable BITSIGHT_TOKEN`
    pub place: String,
    /// When it runs out, where it is a JWT that says so; or why it cannot be had.
    pub read: Result<Option<Timestamp>, String>,
}

/// Why a read failed, by what it says about the vendor. The texts are safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A secret cannot be had; nothing was sent.
    Secret(String),
    /// There was no connection.
    Unreachable(Stage, String),
    /// There was no answer, or none in time.
    Silent(String),
    /// The credentials were refused.
    Refused(String),
    /// The credentials are good and may not do this.
    Forbidden(String),
    /// The vendor wants to be called less.
    Throttled(String),
    /// Something answers that is not the vendor's API as it is documented.
    NotTheApi(String),
    /// Anything else.
    Other(String),
}

/// How far a connection got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The name has no address.
    Name,
    /// Nobody accepts the connection.
    Connect,
    /// The connection cannot be made safe.
    Tls,
}

impl Fault {
    /// The vendor's words, or ours.
    pub fn text(&self) -> &str {
        match self {
            Self::Secret(text)
            | Self::Unreachable(_, text)
            | Self::Silent(text)
            | Self::Refused(text)
            | Self::Forbidden(text)
            | Self::Throttled(text)
            | Self::NotTheApi(text)
            | Self::Other(text) => text,
        }
    }
}

/// All checks of one vendor.
pub fn judge(visit: &HealthCheck<'_>) -> Vec<Check> {
    let checks = [
        reach(visit),
        credentials(visit),
        rights(visit),
        own_account(visit),
        quota::check(visit),
        clock(visit),
        read(visit),
        manual(visit.settings),
    ];
    let name = &visit.settings.name;
    let preset = preset::in_words(visit.settings);
    let preset = preset.map(|words| Check::ok(Topic::Preset, words));
    let beyond = visit.settings.spec.beyond.iter();
    let beyond =
        beyond.map(|(what, next)| Check::bad(Topic::Beyond, Health::Unknown, *what, *next));
    let checks = checks.into_iter().chain(preset).chain(beyond);
    checks.map(|check| check.at(name)).collect()
}

fn reach(visit: &HealthCheck<'_>) -> Check {
    let fail = |found: &str, next: &str| Check::bad(Topic::Reach, Health::Fail, found, next);
    let read = visit.read.as_ref().err();
    match read.into_iter().chain(&visit.probe).next_back() {
        Some(Fault::Unreachable(Stage::Name, text)) => fail(
            &format!("its name has no address: {text}"),
            "check base_url, and DNS on this machine",
        ),
        Some(Fault::Unreachable(Stage::Connect, text)) => fail(
            &format!("nobody accepts the connection: {text}"),
            "check base_url, the firewall, and the proxy (HTTPS_PROXY, NO_PROXY)",
        ),
        Some(Fault::Unreachable(Stage::Tls, text)) => fail(
            &format!("the connection cannot be made safe: {text}"),
            "check base_url; a CA of your own goes into the file that SSL_CERT_FILE names",
        ),
        Some(Fault::NotTheApi(text)) => fail(
            &format!("what answers is not the API: {text}"),
            "check base_url, and whether a proxy or a login page answers in its place",
        ),
        Some(Fault::Silent(text)) if visit.traffic.answered() == 0 => fail(
            &format!("it does not answer: {text}"),
            "try again; if it stays so, look at the vendor's status page and at limits.timeout",
        ),
        _ if visit.traffic.answered() > 0 => {
            let base_url = &visit.settings.base_url;
            Check::ok(Topic::Reach, format!("{base_url} answers"))
        }
        _ => Check::bad(
            Topic::Reach,
            Health::Unknown,
            "nothing was sent",
            "see the other checks",
        ),
    }
}

fn credentials(visit: &HealthCheck<'_>) -> Check {
    let topic = Topic::Credentials;
    let places: Vec<&str> = visit.secrets.iter().map(|it| &*it.place).collect();
    let places = places.join(" and ");
    let missing: Vec<&str> = visit
        .secrets
        .iter()
        .filter_map(|it| it.read.as_ref().err().map(String::as_str))
        .collect();
    if !missing.is_empty() {
        let next = "put the secret where the roster says it is, then run doctor again";
        return Check::bad(topic, Health::Fail, missing.join("; "), next);
    }
    let ends = visit
        .secrets
        .iter()
        .filter_map(|it| it.read.as_ref().ok().copied().flatten())
        .min();
    let renew = format!("get new ones and put them into {places}");
    if let Some(ends) = ends.filter(|ends| *ends <= visit.now) {
        let found = format!("the JWT ran out at {}", seconds(ends));
        return Check::bad(topic, Health::Fail, found, renew);
    }
    let until = ends.map_or_else(String::new, |ends| {
        format!(", good until {}", seconds(ends))
    });
    let check = match &visit.read {
        Err(Fault::Refused(text)) => {
            return Check::bad(topic, Health::Fail, format!("refused: {text}"), renew);
        }
        Err(Fault::Secret(text)) => {
            let next = format!("check {places}");
            return Check::bad(topic, Health::Fail, text, next);
        }
        Ok(_) | Err(Fault::Forbidden(_)) if visit.requests > 0 => {
            Check::ok(topic, format!("accepted{until}"))
        }
        Ok(_) => Check::bad(
            topic,
            Health::Unknown,
            format!("they can be read{until}; only a write would show whether they are accepted"),
            format!(
                "after a change of them, try one person: apply --vendor {} --person EMAIL",
                visit.settings.name
            ),
        ),
        Err(_) => Check::bad(
            topic,
            Health::Unknown,
            format!("they can be read{until}; the read failed before it showed more"),
            "mend what failed, then run doctor again",
        ),
    };
    match ends {
        Some(ends) if ends.duration_since(visit.now).unsigned_abs() < SOON => Check {
            state: Health::Warn,
            next: Some(renew),
            ..check
        },
        _ => check,
    }
}

/// What can be known by reading: whether the account behind the credentials is an administrator.
fn rights(visit: &HealthCheck<'_>) -> Check {
    let topic = Topic::Rights;
    let needed = format!("what is needed: {}", visit.settings.spec.rights);
    let unknown = |found: String| Check::bad(topic, Health::Unknown, found, &*needed);
    let current = match &visit.read {
        Ok(known) => &known.current,
        Err(Fault::Forbidden(text)) => {
            return Check::bad(topic, Health::Fail, format!("not enough: {text}"), needed);
        }
        Err(_) => return unknown(String::from("nothing could be read")),
    };
    if !are_told(visit.settings.spec, &visit.settings.admins) {
        return unknown(String::from("the vendor does not show them"));
    }
    let Some(own) = own(visit.settings, current) else {
        let whose = match current.own {
            Own::Nobody => "the credentials belong to no account, so their rights do not show",
            Own::Unknown | Own::Email(_) => "it is not known whose the credentials are",
        };
        return unknown(String::from(whose));
    };
    let key = EmailKey::of(own);
    let account = current.accounts.iter().find(|it| it.email_key() == key);
    let admins = Admins::new(visit.settings, &current.directories);
    match account {
        None => unknown(format!("{own} is not among the accounts that were read")),
        Some(account) if admins.is(account) => {
            Check::ok(topic, format!("{own} is an administrator"))
        }
        Some(_) => Check::bad(
            topic,
            Health::Warn,
            format!("{own} is no administrator as far as the vendor shows"),
            needed,
        ),
    }
}

fn own<'a>(settings: &'a VendorSettings, current: &'a Current) -> Option<&'a str> {
    match &current.own {
        Own::Email(email) => Some(email),
        Own::Unknown => settings.own_account.as_deref(),
        Own::Nobody => None,
    }
}

fn own_account(visit: &HealthCheck<'_>) -> Check {
    let topic = Topic::OwnAccount;
    let set = format!(
        "set own_account under vendors.{}, so that nothing is taken from it",
        visit.settings.name
    );
    match &visit.read {
        Ok(Known { current, .. }) => match (own(visit.settings, current), &current.own) {
            (Some(own), _) => Check::ok(topic, own),
            (None, Own::Nobody) => Check::ok(topic, "the credentials belong to no account"),
            (None, _) => {
                let found = "the vendor does not tell whose the credentials are";
                Check::bad(topic, Health::Warn, found, set)
            }
        },
        Err(_) => match &visit.settings.own_account {
            Some(own) => Check::ok(topic, format!("{own}, as the roster says")),
            None => {
                let next = "mend the read, then run doctor again";
                Check::bad(topic, Health::Unknown, "nothing could be read", next)
            }
        },
    }
}

fn clock(visit: &HealthCheck<'_>) -> Check {
    let topic = Topic::Clock;
    let Some(skew) = visit.traffic.skew else {
        let found = "no answer told the vendor's time";
        let next = "have this machine keep its clock by NTP";
        return Check::bad(topic, Health::Unknown, found, next);
    };
    let found = match skew.abs().round() {
        off if off < 2.0 => String::from("agrees with ours"),
        off if skew > 0.0 => format!("{off} s ahead of ours"),
        off => format!("{off} s behind ours"),
    };
    if skew.abs() <= SKEW {
        return Check::ok(topic, found);
    }
    let next = "set the clock of this machine (NTP): tokens are refused, and days begin, by it";
    Check::bad(topic, Health::Warn, found, next)
}

fn read(visit: &HealthCheck<'_>) -> Check {
    let topic = Topic::Read;
    let took = visit.took.as_secs_f64();
    let known = match &visit.read {
        Ok(known) => known,
        Err(fault) => {
            let next = match fault {
                Fault::Throttled(_) => "wait, then run doctor again",
                Fault::Silent(_) => "run doctor again; --timeout gives it longer",
                _ => "mend what the checks above say, then run doctor again",
            };
            let found = format!("failed after {took:.1} s: {}", fault.text());
            return Check::bad(topic, Health::Fail, found, next);
        }
    };
    let count = |count: u64, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    let accounts = u64::try_from(known.current.accounts.len()).unwrap_or(u64::MAX);
    let found = format!(
        "{} in {}, {took:.1} s",
        count(accounts, "account"),
        count(visit.requests, "request")
    );
    let guard = Guard::new(visit.settings, known, Allowed::default());
    if let Some(missing) = guard.unproved() {
        return Check::bad(
            topic,
            Health::Warn,
            format!("{found}; not proved complete: {missing}"),
            "until it is, creates and removals are held",
        );
    }
    if visit.traffic.slowest > SLOW {
        let slowest = visit.traffic.slowest.as_secs();
        return Check::bad(
            topic,
            Health::Warn,
            format!("{found}; the slowest request took {slowest} s"),
            "if calls run into limits.timeout, raise it",
        );
    }
    Check::ok(topic, found)
}

fn manual(settings: &VendorSettings) -> Check {
    let topic = Topic::Manual;
    let by_hand = settings.deactivate.mode == DeactivateMode::Manual;
    let off = by_hand.then(|| String::from("switching accounts off and on"));
    let left = stays_manual(settings.spec, off);
    let found = if left.is_empty() {
        String::from("nothing stays manual")
    } else {
        format!("by hand: {}", left.join("; "))
    };
    let mut ways = settings.spec.deactivate.iter();
    match ways.find(|it| it.mode == DeactivateMode::Reversible) {
        Some(SwitchOff { name, mode: _, doc }) if by_hand => Check::bad(
            topic,
            Health::Warn,
            found,
            format!(
                "a leaver keeps access until a person acts; deactivate: {name} under vendors.{} \
                 does it: {doc}",
                settings.name
            ),
        ),
        _ => Check::ok(topic, found),
    }
}

fn seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
