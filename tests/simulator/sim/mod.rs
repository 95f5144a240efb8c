//! A month of bad nights from one seed: vendors, people who edit them and the roster, runs that die or
//! sleep in the middle, a network and a store that fail. All time is made up and all chance is the
//! seed's, so that a seed is the same month each time.

mod desk;
mod network;
mod people;
mod person;
mod random;
mod run;
mod runner;
mod shelf;
mod store;
mod vendor;
mod vendors;
mod watch;
mod wish;
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rosterctl::http::Clock;

use people::People;
use random::Random;
use run::{Run, Way};
use runner::Fate;
use world::{Weather, World};

/// When months begin: a Monday at midnight.
const BEGIN: Timestamp = Timestamp::constant(1_767_571_200, 0);
const NIGHTS: u64 = 30;
const DAY: Duration = Duration::from_secs(86_400);
const HOUR: u64 = 3_600;

/// What a month came to.
pub(crate) struct Report {
    /// Of all that happened; the same for the same seed.
    pub(crate) digest: u64,
    /// Lines of what happened.
    pub(crate) lines: u64,
    /// Runs that were begun.
    pub(crate) runs: u64,
    /// The lines, if they were asked for.
    pub(crate) words: String,
    /// What must never happen and did.
    pub(crate) breaches: Vec<String>,
}

/// Lives the month of a seed; `words`: keeps all lines; `with`: a switch of behaviour that is on as well.
pub(crate) fn simulate(seed: u64, words: bool, with: Option<&str>) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(month(seed, words, with)),
        Err(error) => Report {
            digest: 0,
            lines: 0,
            runs: 0,
            words: String::new(),
            breaches: vec![error.to_string()],
        },
    }
}

/// A month under way.
struct Month {
    clock: Clock,
    random: Random,
    people: People,
    world: Arc<World>,
    secrets: vendors::Secrets,
    runs: u64,
}

async fn month(seed: u64, words: bool, with: Option<&str>) -> Report {
    let clock = Clock::dated(BEGIN);
    let mut random = Random::new(seed);
    let mut people = People::new(&mut random);
    with.into_iter().for_each(|twist| people.turn(twist));
    let built = vendors::build(&people, &mut random, words).await;
    let (world, secrets) = match built {
        Ok(built) => built,
        Err(why) => {
            return Report {
                digest: 0,
                lines: 0,
                runs: 0,
                words: String::new(),
                breaches: vec![why],
            };
        }
    };
    let mut month = Month {
        clock,
        random,
        people,
        world,
        secrets,
        runs: 0,
    };
    if let Err(why) = month.live().await {
        month.world.breach(why);
    }
    let (digest, lines, words) = month.world.traced();
    Report {
        digest,
        lines,
        runs: month.runs,
        words,
        breaches: month.world.breaches(),
    }
}

impl Month {
    async fn live(&mut self) -> Result<(), String> {
        for vendor in &self.people.vendors {
            self.world.trace(format_args!("{vendor:?}"));
        }
        for day in 0..NIGHTS {
            // What the night sent has arrived: nobody can look between a call and its effect.
            tokio::time::sleep(Duration::from_secs(120)).await;
            for _ in 0..self.random.below(4) {
                let what = self.people.edit(day, &mut self.random);
                self.world.trace(format_args!("roster: {what}"));
            }
            for (email, kind) in self.world.doubtful() {
                if self.random.chance(50) {
                    let what = self.people.go_on(&email, kind, &mut self.random);
                    self.world.trace(format_args!("roster: {what}"));
                }
            }
            if self.random.chance(30) {
                self.world.tidy_up();
            }
            for _ in 0..self.random.below(3) {
                vendors::meddle(&self.world, &self.people, &mut self.random, None);
            }
            self.sleep_until(day, 1).await;
            let weather = Weather::draw(&mut self.random);
            let mut away = BTreeSet::new();
            if self.random.chance(10) {
                let names: Vec<&str> = self.people.vendors.iter().map(|it| it.name).collect();
                away.extend(self.random.pick(&names).map(|it| String::from(*it)));
            }
            if self.random.chance(5) {
                away.insert(String::from("store"));
            }
            self.world
                .trace(format_args!("night {day}: {weather:?} {away:?}"));
            self.world.weather(weather, away);
            self.world.caches_settle();
            if self.random.chance(10)
                && let Some(vendor) = self.random.pick(&self.people.vendors)
            {
                self.world.vanish(vendor);
            }
            self.night().await?;
            self.world.come_back();
            self.world.weather(Weather::CALM, BTreeSet::new());
            self.world.place.arrive(self.clock.wall());
            if !self.world.breaches().is_empty() {
                return Ok(());
            }
        }
        self.sleep_until(NIGHTS, 1).await;
        self.world.tidy_up();
        self.calm_night().await?;
        for (key, bytes) in self.world.place.all("") {
            self.world
                .is_harmless(&key, &String::from_utf8_lossy(&bytes));
        }
        Ok(())
    }

    async fn sleep_until(&self, day: u64, hour: u64) {
        let at = DAY * u32::try_from(day).unwrap_or(u32::MAX) + Duration::from_secs(hour * HOUR);
        tokio::time::sleep(at.saturating_sub(self.clock.skipped())).await;
    }

    /// A run of tonight, with what becomes of it.
    fn run(&mut self, people: &Arc<People>, fate: Fate) -> Run {
        self.runs += 1;
        let skew = self.random.between(0, 40);
        let way = match self.random.below(5) {
            0 => Way::Saved { skip_stale: false },
            1 => Way::Saved { skip_stale: true },
            2 => Way::Digest,
            _ => Way::Fresh,
        };
        Run {
            name: format!("run{}", self.runs),
            number: u32::try_from(self.runs).unwrap_or(u32::MAX),
            fate,
            way,
            only: self.some_people(people),
            calm: false,
            waits: self.random.chance(50),
            skew: Duration::from_secs(skew),
            people: people.clone(),
            world: self.world.clone(),
            secrets: self.secrets.clone(),
            seed: self.random.next(),
        }
    }

    /// At times a run is about some people only.
    fn some_people(&mut self, people: &People) -> Option<BTreeSet<Box<str>>> {
        if !self.random.chance(10) {
            return None;
        }
        let wishes = people.wishes(0, 0).into_iter();
        let emails = wishes.filter_map(|it| it.emails.into_iter().next());
        Some(emails.filter(|_| self.random.chance(40)).collect())
    }

    fn fate(&mut self) -> Fate {
        match self.random.below(10) {
            0..=2 => Fate::Dies(self.random.between(1, 160)),
            3 => {
                let time = self.random.millis(1_000, 3 * HOUR * 1_000);
                Fate::Stops(self.random.between(1, 120), time)
            }
            _ => Fate::Lives,
        }
    }

    async fn night(&mut self) -> Result<(), String> {
        let people = Arc::new(self.people.clone());
        let fate = self.fate();
        let first = self.run(&people, fate);
        if self.random.chance(20) {
            let mut asks = self.run(&people, Fate::Lives);
            asks.only = None;
            asks.tells_who_is_gone().await?;
        }
        let shape = self.random.below(10);
        if shape < 6 {
            self.world.crowd(false);
            return first.go().await;
        }
        let fate = self.fate();
        let second = self.run(&people, fate);
        if shape < 8 {
            self.world.crowd(matches!(first.fate, Fate::Stops(..)));
            first.go().await?;
            self.world.crowd(false);
            return second.go().await;
        }
        self.world.crowd(true);
        let later = self.random.millis(1, 300_000);
        let second = async {
            tokio::time::sleep(later).await;
            second.go().await
        };
        let (first, second) = futures::future::join(first.go(), second).await;
        first.and(second)
    }

    /// Nothing fails any more: one run, and all is as the roster says.
    async fn calm_night(&mut self) -> Result<(), String> {
        self.world.crowd(false);
        let people = Arc::new(self.people.clone());
        let mut run = self.run(&people, Fate::Lives);
        run.way = Way::Fresh;
        run.only = None;
        run.calm = true;
        run.settles().await
    }
}
