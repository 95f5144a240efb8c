//! One seed's world: its chance, its weather, its vendors, its store, and what was seen in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::civil::Date;
use rosterctl::http::Outgoing;
use rosterctl::model::account::Account;
use rosterctl::sandbox::Held as _;
use rosterctl_sandbox::Sandbox;
use tokio::time::Instant;

use super::network::{Trouble, Ways};
use super::random::Random;
use super::store::Objects;

/// How bad a night is, in percent of calls, and milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) network: u64,
    pub(crate) store_unreachable: u64,
    pub(crate) store_answer_lost: u64,
    pub(crate) store_late: u64,
    pub(crate) store_slow: u64,
}

impl Weather {
    pub(crate) const CALM: Self = Self {
        network: 0,
        store_unreachable: 0,
        store_answer_lost: 0,
        store_late: 0,
        store_slow: 20,
    };

    pub(crate) fn draw(random: &mut Random) -> Self {
        let store = |random: &mut Random, most| match random.chance(30) {
            true => random.between(1, most),
            false => 0,
        };
        Self {
            network: match random.below(3) {
                0 => 0,
                1 => random.between(1, 6),
                _ => random.between(5, 25),
            },
            store_unreachable: store(random, 5),
            store_answer_lost: store(random, 5),
            store_late: store(random, 3),
            store_slow: *random.pick(&[20, 50, 300, 5_000]).unwrap_or(&20),
        }
    }
}

/// What all runs of a seed share.
pub(crate) struct World {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) objects: Objects,
    random: Mutex<Random>,
    weather: Mutex<Weather>,
    /// Out of reach for now: vendors by name, and the store.
    away: Mutex<BTreeSet<String>>,
    /// Time from here to each vendor: the same for all calls of a night, or their rate would change.
    ways: Mutex<BTreeMap<String, Duration>>,
    arrivals: Mutex<BTreeMap<(String, String), VecDeque<Instant>>>,
    rates: BTreeMap<String, u64>,
    owns: BTreeMap<Box<str>, Box<str>>,
    meddled: Mutex<BTreeSet<(Box<str>, String)>>,
    /// Several runs are at work, or one that should be over.
    crowded: AtomicBool,
    breaches: Mutex<Vec<String>>,
    trace: Mutex<Trace>,
    begun: Instant,
}

/// What happened: a digest of all of it, and the words where somebody asked for them.
#[derive(Default)]
struct Trace {
    /// Its keys are always the same.
    digest: DefaultHasher,
    lines: u64,
    words: Option<String>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub(crate) fn new(
        random: Random,
        sandbox: Sandbox,
        rates: BTreeMap<String, u64>,
        words: bool,
    ) -> Self {
        let owns = sandbox.vendors();
        let owns = owns.map(|served| (served.name.clone(), served.seed.own.clone()));
        Self {
            owns: owns.collect(),
            sandbox: Arc::new(sandbox),
            objects: Objects::default(),
            random: Mutex::new(random),
            weather: Mutex::new(Weather::CALM),
            away: Mutex::default(),
            ways: Mutex::default(),
            arrivals: Mutex::default(),
            rates,
            meddled: Mutex::default(),
            crowded: AtomicBool::new(false),
            breaches: Mutex::default(),
            trace: Mutex::new(Trace {
                words: words.then(String::new),
                ..Trace::default()
            }),
            begun: Instant::now(),
        }
    }

    /// How long it has been there.
    pub(crate) fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Draws by the weather.
    pub(crate) fn draw<T>(&self, of: impl FnOnce(&mut Random, &Weather) -> T) -> T {
        let weather = *lock(&self.weather);
        of(&mut lock(&self.random), &weather)
    }

    /// Whether something happens that the weather makes so likely.
    pub(crate) fn chance(&self, of: impl FnOnce(&Weather) -> u64) -> bool {
        self.draw(|random, weather| match of(weather) {
            0 => false,
            percent => random.chance(percent),
        })
    }

    /// A new night.
    pub(crate) fn weather(&self, weather: Weather, away: BTreeSet<String>) {
        let calm = weather.network == 0;
        *lock(&self.weather) = weather;
        *lock(&self.away) = away;
        lock(&self.meddled).clear();
        let mut random = lock(&self.random);
        let ways = self.rates.keys().map(|vendor| {
            let most = if calm { 10 } else { 400 };
            (vendor.clone(), random.millis(1, most))
        });
        *lock(&self.ways) = ways.collect();
    }

    pub(crate) fn crowd(&self, crowded: bool) {
        self.crowded.store(crowded, Ordering::Relaxed);
    }

    /// Whether the network is whole tonight.
    pub(crate) fn is_calm(&self) -> bool {
        lock(&self.weather).network == 0
    }

    pub(crate) fn store_is_away(&self) -> bool {
        lock(&self.away).contains("store")
    }

    /// What the network does to a request, and how long it is on its way.
    pub(crate) fn trouble(
        &self,
        vendor: &str,
        request: &Outgoing,
    ) -> (Trouble, Duration, Duration) {
        let way = lock(&self.ways).get(vendor).copied().unwrap_or_default();
        if lock(&self.away).contains(vendor) {
            return (Trouble::Unreachable, way, way);
        }
        let get = request.method == reqwest::Method::GET;
        let safe = get || request.method == reqwest::Method::PUT;
        self.draw(|random, weather| {
            let (there, mut back): Ways = (way, way);
            if !random.chance(weather.network) {
                return (Trouble::None, there, back);
            }
            if random.chance(20) {
                back += random.millis(500, 8_000);
            }
            let trouble = match random.below(14) {
                0 => Trouble::Unreachable,
                1 => Trouble::LostBefore,
                2 | 3 => Trouble::LostAfter,
                4 => Trouble::HangBefore,
                5 => Trouble::HangAfter,
                6 => Trouble::Late,
                7 => Trouble::Truncated,
                8 if safe => Trouble::Twice,
                9 => Trouble::Throttled,
                10 => Trouble::StatusBefore(*random.pick(&[500, 502, 503, 524]).unwrap_or(&500)),
                11 => Trouble::StatusAfter(*random.pick(&[500, 502, 503, 524]).unwrap_or(&500)),
                12 => Trouble::Page,
                _ => Trouble::None,
            };
            (trouble, there, back)
        })
    }

    /// A call came to a vendor, which counts them.
    pub(crate) fn arrived(&self, runner: &str, vendor: &str) {
        let now = Instant::now();
        let rate = self.rates.get(vendor).copied().unwrap_or(1);
        let count = {
            let mut all = lock(&self.arrivals);
            let of = all
                .entry((runner.to_owned(), vendor.to_owned()))
                .or_default();
            of.push_back(now);
            while of
                .front()
                .is_some_and(|it| now.duration_since(*it) >= Duration::from_secs(1))
            {
                of.pop_front();
            }
            of.len() as u64
        };
        if count > rate {
            self.breach(format!(
                "{runner} calls {vendor} {count} times in a second, not {rate}"
            ));
        }
    }

    /// What a vendor holds.
    pub(crate) fn held(&self, vendor: &str) -> Vec<Account> {
        let served = self.sandbox.vendor(vendor);
        served.map(|it| it.local.accounts()).unwrap_or_default()
    }

    /// The account behind the credentials.
    pub(crate) fn own(&self, vendor: &str) -> Box<str> {
        self.owns.get(vendor).cloned().unwrap_or_default()
    }

    /// Somebody edits an account at a vendor.
    pub(crate) fn meddle(&self, vendor: &str, email: &str) {
        lock(&self.meddled).insert((vendor.into(), email.to_lowercase()));
    }

    pub(crate) fn is_meddled(&self, vendor: &str, email: &str) -> bool {
        self.crowded.load(Ordering::Relaxed)
            || lock(&self.meddled).contains(&(vendor.into(), email.to_lowercase()))
    }

    /// Whether a journal that was begun on that day names the person, under the old or the new address.
    pub(crate) fn is_on_record(&self, day: Date, email: &str, now: Option<&Account>) -> bool {
        let mut names = vec![format!("\"{email}\"")];
        names.extend(now.map(|it| format!("\"{}\"", it.email)));
        self.objects.names(&format!("journal/{day}"), &names)
    }

    /// Something happened that must not.
    pub(crate) fn breach(&self, what: String) {
        self.trace(format_args!("BREACH {what}"));
        lock(&self.breaches).push(what);
    }

    pub(crate) fn breaches(&self) -> Vec<String> {
        lock(&self.breaches).clone()
    }

    /// One line of what happens.
    pub(crate) fn trace(&self, line: fmt::Arguments<'_>) {
        let at = self.begun.elapsed();
        let line = format!("{:>12.3} {line}\n", at.as_secs_f64());
        let mut trace = lock(&self.trace);
        trace.lines += 1;
        trace.digest.write(line.as_bytes());
        if let Some(words) = &mut trace.words {
            words.push_str(&line);
        }
    }

    /// Digest, count of lines, and the words if they were kept.
    pub(crate) fn traced(&self) -> (u64, u64, String) {
        let trace = lock(&self.trace);
        (
            trace.digest.finish(),
            trace.lines,
            trace.words.clone().unwrap_or_default(),
        )
    }
}
