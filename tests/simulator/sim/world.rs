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
use rosterctl::model::action::ActionKind;
use rosterctl::sandbox::HeldAccounts as _;
use rosterctl_sandbox::Sandbox;
use tokio::time::Instant;

use super::network::{Trouble, Ways};
use super::random::Random;
use super::store::Place;
use super::vendor::Vendor;
use super::wish::key;

mod edits;

pub(crate) use edits::Busy;

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

/// Since when accounts are off, by vendor and id or address.
type Off = BTreeMap<(Box<str>, Box<str>), Duration>;

/// What all runs of a seed share.
pub(crate) struct World {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) place: Place,
    /// What must stand nowhere.
    secrets: Vec<String>,
    random: Mutex<Random>,
    weather: Mutex<Weather>,
    /// Out of reach for now: vendors by name, and the store.
    away: Mutex<BTreeSet<String>>,
    /// Time from here to each vendor: the same for all calls of a night, or their rate would change.
    ways: Mutex<BTreeMap<String, Duration>>,
    arrivals: Mutex<BTreeMap<(String, String), VecDeque<Instant>>>,
    vendors: BTreeMap<String, Vendor>,
    owns: BTreeMap<Box<str>, Box<str>>,
    meddled: Mutex<BTreeSet<(Box<str>, Box<str>)>>,
    /// Since when accounts are off, by vendor and id or address.
    off: Mutex<Off>,
    /// Since when accounts are off that are to be off: as of the runs that saw both.
    due: Mutex<Off>,
    /// Of accounts that somebody switched on before any run saw that: since when they were off before.
    on_unseen: Mutex<Off>,
    /// How many accounts each vendor had after the last run that was whole.
    sizes: Mutex<BTreeMap<Box<str>, u64>>,
    /// Accounts that a vendor does not have tonight.
    vanished: Mutex<Option<(Box<str>, Vec<Account>)>>,
    /// Until when a runner must not call a vendor that asked for a pause.
    pauses: Mutex<BTreeMap<(String, String), Instant>>,
    /// What was sent and never answered: by runner, path and the person it was about.
    unanswered: Mutex<BTreeSet<(String, String, String)>>,
    /// Several runs are at work, or one that should be over.
    crowded: AtomicBool,
    /// Who edits accounts while runs read.
    busy: Mutex<Option<Busy>>,
    /// What runs were to do for people, by their keys, and did not say what came of it.
    doubtful: Mutex<BTreeMap<Box<str>, ActionKind>>,
    /// Second accounts that somebody made for people: vendor, and what tells them from others there.
    seconds: Mutex<Vec<(Box<str>, Box<str>)>>,
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
        vendors: &[Vendor],
        place: Place,
        secrets: Vec<String>,
        words: bool,
    ) -> Self {
        let vendors = vendors.iter().map(|it| (it.name.to_owned(), it.clone()));
        let owns = sandbox.vendors();
        let owns = owns.map(|served| (served.name.clone(), served.seed.own.clone()));
        Self {
            owns: owns.collect(),
            sandbox: Arc::new(sandbox),
            place,
            secrets,
            random: Mutex::new(random),
            weather: Mutex::new(Weather::CALM),
            away: Mutex::default(),
            ways: Mutex::default(),
            arrivals: Mutex::default(),
            vendors: vendors.collect(),
            meddled: Mutex::default(),
            off: Mutex::default(),
            due: Mutex::default(),
            on_unseen: Mutex::default(),
            sizes: Mutex::default(),
            vanished: Mutex::default(),
            pauses: Mutex::default(),
            unanswered: Mutex::default(),
            crowded: AtomicBool::new(false),
            busy: Mutex::default(),
            doubtful: Mutex::default(),
            seconds: Mutex::default(),
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
        let ways = self.vendors.keys().map(|vendor| {
            let most = if calm { 10 } else { 400 };
            (vendor.clone(), random.millis(1, most))
        });
        *lock(&self.ways) = ways.collect();
    }

    /// After a death: the line that was being written is torn, or the power went and all else with it.
    pub(crate) fn after_death(&self) {
        let Place::Folder(shelf) = &self.place else {
            return;
        };
        let mut random = lock(&self.random);
        let lost = match random.below(3) {
            0 => shelf.tear(&mut random).map(|()| Vec::new()),
            1 => shelf.power_cut(&mut random),
            _ => return,
        };
        drop(random);
        match lost {
            Ok(lost) => lost.into_iter().for_each(|it| self.breach(it)),
            Err(error) => self.breach(format!("the made-up disk fails: {error}")),
        }
        self.trace(format_args!("the machine is {}", shelf.machine()));
    }

    pub(crate) fn crowd(&self, crowded: bool) {
        self.crowded.store(crowded, Ordering::Relaxed);
    }

    pub(crate) fn is_crowded(&self) -> bool {
        self.crowded.load(Ordering::Relaxed)
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
        let tokens = request.url.path().contains("token");
        let (trouble, there, back) = self.draw(|random, weather| {
            let (there, mut back): Ways = (way, way);
            // Runs read more than they write, and a write is what can be lost.
            let likely = weather.network * if get { 1 } else { 2 };
            if !random.chance(likely) {
                return (Trouble::None, there, back);
            }
            if random.chance(20) {
                back += random.millis(500, 8_000);
            }
            let trouble = match random.below(18) {
                0 => Trouble::Unreachable,
                1 => Trouble::LostBefore,
                2 | 3 => Trouble::LostAfter,
                4 => Trouble::HangBefore,
                5 => Trouble::HangAfter,
                6 => Trouble::Late,
                7 => Trouble::Truncated,
                8 | 9 if !tokens => Trouble::Twice,
                10 => Trouble::Throttled,
                11 => Trouble::StatusBefore(*random.pick(&[500, 502, 503, 524]).unwrap_or(&500)),
                12 => Trouble::StatusAfter(*random.pick(&[500, 502, 503, 524]).unwrap_or(&500)),
                13 if random.chance(50) => Trouble::PageAfter,
                13 => Trouble::PageBefore,
                14 | 15 if !tokens && !get => Trouble::Forgotten,
                14..=16 if !tokens && get => Trouble::Shortened,
                _ => Trouble::None,
            };
            (trouble, there, back)
        });
        // With the answer to a write, the vendor is gone for the night.
        let lost = matches!(trouble, Trouble::LostAfter | Trouble::HangAfter);
        if lost && !get && self.draw(|random, _| random.chance(15)) {
            lock(&self.away).insert(vendor.to_owned());
        }
        (trouble, there, back)
    }

    /// A call came to a vendor, which counts them.
    pub(crate) fn arrived(&self, runner: &str, vendor: &str) {
        let now = Instant::now();
        let rate = self.vendors.get(vendor).map_or(1, |it| it.per_second);
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

    /// How a vendor is set.
    pub(crate) fn vendor(&self, name: &str) -> Option<&Vendor> {
        self.vendors.get(name)
    }

    /// After anything that may have switched an account on or off.
    pub(crate) fn note_off(&self, vendor: &str) {
        let (now, held) = (self.age(), self.held(vendor));
        let ids: BTreeMap<Box<str>, bool> =
            held.iter().map(|it| (identity(it), it.active)).collect();
        let mut off = lock(&self.off);
        off.retain(|(at, id), _| **at != *vendor || ids.get(id) == Some(&false));
        for (id, _) in ids.into_iter().filter(|(_, active)| !active) {
            let who = (vendor.into(), id);
            lock(&self.on_unseen).remove(&who);
            off.entry(who).or_insert(now);
        }
    }

    /// Since when accounts are off, to be put back where a write was not kept.
    pub(crate) fn all_off(&self) -> Off {
        lock(&self.off).clone()
    }

    pub(crate) fn put_off_back(&self, off: Off) {
        *lock(&self.off) = off;
    }

    /// Since when an account is off.
    pub(crate) fn off_since(&self, vendor: &str, account: &Account) -> Duration {
        let off = lock(&self.off);
        let since = off.get(&(vendor.into(), identity(account)));
        since.copied().unwrap_or(self.age())
    }

    /// A run begins that wants those accounts of a vendor to be off, and off they are.
    pub(crate) fn note_due<'a>(&self, vendor: &str, accounts: impl Iterator<Item = &'a Account>) {
        let now = self.age();
        let ids = accounts.map(|it| (Box::from(vendor), identity(it)));
        let ids: BTreeSet<(Box<str>, Box<str>)> = ids.collect();
        let mut due = lock(&self.due);
        due.retain(|it, _| *it.0 != *vendor || ids.contains(it));
        for it in ids {
            due.entry(it).or_insert(now);
        }
    }

    /// Since when an account is off, and every run wanted it to be.
    pub(crate) fn due_since(&self, vendor: &str, account: &Account) -> Duration {
        let due = lock(&self.due);
        let since = due.get(&(vendor.into(), identity(account)));
        since.copied().unwrap_or(self.age())
    }

    /// A run came to its end that had read all of a vendor, or could not.
    /// `was` and `read`: what the vendor held when its reading began and ended.
    pub(crate) fn note_size(&self, vendor: &str, whole: bool, was: &[Account], read: &[Account]) {
        let size = self.held(vendor).len().min(read.len()) as u64;
        if whole {
            // Whoever was on all the time was seen so.
            let on = |held: &[Account]| -> BTreeSet<Box<str>> {
                held.iter().filter(|it| it.active).map(identity).collect()
            };
            let on = &on(was) & &on(read);
            lock(&self.on_unseen).retain(|(at, id), _| **at != *vendor || !on.contains(id));
        }
        let mut sizes = lock(&self.sizes);
        match whole {
            true => sizes.insert(vendor.into(), size),
            false => sizes.remove(vendor),
        };
    }

    /// A day later no cache shows what was: whatever somebody does in the user interface is seen at once,
    /// be it that nobody is removed.
    pub(crate) fn caches_settle(&self) {
        for vendor in self.vendors.values().filter(|it| it.kind == "logicgate") {
            if let Some(served) = self.sandbox.vendor(vendor.name) {
                served.local.remove("nobody@sandbox.example");
            }
        }
    }

    /// A vendor asked a runner for a pause.
    pub(crate) fn pause(&self, runner: &str, vendor: &str, time: Duration) {
        let until = Instant::now() + time;
        lock(&self.pauses).insert((runner.to_owned(), vendor.to_owned()), until);
    }

    /// A runner calls a vendor.
    pub(crate) fn calls(&self, runner: &str, vendor: &str) {
        let pause = lock(&self.pauses)
            .get(&(runner.to_owned(), vendor.to_owned()))
            .copied();
        if pause.is_some_and(|until| Instant::now() < until) {
            self.breach(format!(
                "{runner} calls {vendor}, which asked for a longer pause"
            ));
        }
    }

    /// A create was sent and nobody ever answers it.
    pub(crate) fn note_unanswered(&self, runner: &str, request: &Outgoing) {
        if let Some(person) = created(request) {
            let path = request.url.path().to_owned();
            lock(&self.unanswered).insert((runner.to_owned(), path, person));
        }
    }

    /// A create that may still happen is not sent again.
    pub(crate) fn sends(&self, runner: &str, request: &Outgoing) {
        if let Some(person) = created(request) {
            let path = request.url.path().to_owned();
            let sent = (runner.to_owned(), path, person);
            if lock(&self.unanswered).contains(&sent) {
                self.breach(format!("{sent:?} may still happen and is sent again"));
            }
        }
    }

    /// Whether a journal that was begun on that day names the person, under the old or the new address.
    pub(crate) fn is_on_record(&self, day: Date, email: &str, now: Option<&Account>) -> bool {
        let mut emails = vec![email.to_lowercase()];
        emails.extend(now.map(|it| it.email.to_lowercase()));
        // It has them as the roster spells them.
        let (one, other) = ("@bücher.example", "@xn--bcher-kva.example");
        let forms = emails
            .iter()
            .flat_map(|it| [it.replace(one, other), it.replace(other, one)]);
        let names: Vec<String> = forms.map(|it| format!("\"{it}\"")).collect();
        self.place.names(&format!("journal/{day}"), &names)
    }

    /// Something that people read, or that is kept: no secret stands in it.
    pub(crate) fn is_harmless(&self, where_: &str, text: &str) {
        if self.secrets.iter().any(|secret| text.contains(secret)) {
            self.breach(format!("a secret stands in {where_}"));
        }
    }

    /// Whether the journal of a run that came to its end tells what the run told.
    pub(crate) fn is_journaled(&self, number: u32, verdicts: &[&str]) {
        let pid = format!("\"pid\":{number},");
        let journals = self.place.all("journal/");
        // A run may go twice.
        let mine = journals.iter().rev().find(|(key, bytes)| {
            let whole = key.matches('/').count() == 1;
            whole && String::from_utf8_lossy(bytes).contains(&pid)
        });
        // It may have stayed in its parts.
        let Some((key, bytes)) = mine else {
            return;
        };
        let text = String::from_utf8_lossy(bytes);
        let lines = text.lines().map(serde_json::from_str);
        let lines: Result<Vec<serde_json::Value>, _> = lines.collect();
        let Ok(lines) = lines else {
            return self.breach(format!("{key} has a line that is none"));
        };
        let in_order = lines
            .iter()
            .zip(1..)
            .all(|(line, at)| line["seq"].as_u64() == Some(at));
        let mut kept: Vec<&str> = lines
            .iter()
            .filter(|line| line["event"] == "outcome")
            .filter_map(|line| line["outcome"].as_str())
            .collect();
        // Of what was not begun, it need not say anything.
        let mut told = verdicts.to_vec();
        kept.retain(|it| *it != "skipped");
        told.retain(|it| *it != "skipped");
        kept.sort_unstable();
        told.sort_unstable();
        if !in_order || kept != told {
            self.breach(format!("{key} says {kept:?}, the run said {told:?}"));
        }
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

/// What tells an account from others of its vendor.
fn identity(account: &Account) -> Box<str> {
    match &account.id {
        Some(id) => id.clone(),
        None => key(&account.email),
    }
}

/// Whom a request makes, if it makes one person.
fn created(request: &Outgoing) -> Option<String> {
    let path = request.url.path();
    let elsewhere = ["token", "surecloud", "Bulk", ".search", "app_access"];
    if request.method != reqwest::Method::POST || elsewhere.iter().any(|it| path.contains(it)) {
        return None;
    }
    let text = request.body.as_deref()?;
    let mut words = text.split('"').filter(|word| word.contains('@'));
    words.next().map(str::to_lowercase)
}
