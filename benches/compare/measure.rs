//! What is measured, one function a question.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::child::{self, Ran, Server, exists, median, middle};
use crate::peers::{self, Script};
use crate::render::Shown;
use crate::report::{Report, count, mebibytes, seconds, times};
use crate::{Failed, Options, floors, people};

/// People of the target that most rows are about, or the largest size below it.
const WANTED: usize = 100_000;
/// Beyond so many people the others are not waited for.
const MOST_FOR_PEERS: usize = 100_000;
/// People of the runs that write.
const WRITERS: usize = 10_000;
/// As good as no limit.
const UNLIMITED: u32 = 10_000;

/// Runs everything and gives the page.
pub(crate) fn all(options: &Options) -> Result<String, Failed> {
    let mut bench = Bench {
        options,
        script: Script::install(&options.folder),
        report: Report::default(),
        reading: Vec::new(),
    };
    for people in &options.sizes {
        let (yaml, json) = bench.roster(*people);
        people::write(*people, UNLIMITED, &yaml, &json)?;
    }
    bench.validate()?;
    bench.plan()?;
    bench.apply()?;
    bench.limits()?;
    bench.render()?;
    bench.start_up()?;
    bench.terraform();
    Ok(bench.report.page())
}

struct Bench<'a> {
    options: &'a Options,
    script: Option<Script>,
    report: Report,
    /// People, seconds to read their roster, and what `serde_json` takes of a processor for it as JSON.
    reading: Vec<(usize, f64, f64)>,
}

impl Bench<'_> {
    fn roster(&self, people: usize) -> (PathBuf, PathBuf) {
        let file = |end: &str| self.options.folder.join(format!("roster-{people}.{end}"));
        (file("yaml"), file("json"))
    }

    fn out(&self, name: &str) -> PathBuf {
        self.options.folder.join(name).with_extension("out")
    }

    fn ours(&self, arguments: &[&str], roster: &Path) -> Command {
        let mut command = child::client(&self.options.binary.to_string_lossy());
        command.args(arguments).arg(roster).arg("-q");
        command
    }

    /// The same on all cores: vendors are read on a thread each.
    fn ours_on_all(&self, arguments: &[&str], roster: &Path) -> Command {
        let mut command = Command::new(&self.options.binary);
        command.args(arguments).arg(roster).arg("-q");
        command
    }

    /// The size of the targets.
    fn wanted(&self) -> usize {
        let sizes = self.options.sizes.iter();
        let below = sizes.filter(|size| **size <= WANTED).max();
        below.copied().unwrap_or(WANTED)
    }

    fn validate(&mut self) -> Result<(), Failed> {
        let mut rows = Vec::new();
        for people in self.options.sizes.clone() {
            let (yaml, json) = self.roster(people);
            let runs = if people > MOST_FOR_PEERS { 1 } else { 5 };
            let out = self.out("validate");
            let ours = median(runs, &out, &[0], || self.ours(&["validate"], &yaml))?;
            let floor = median(runs, &out, &[0], || {
                let mut parse = child::client(&own());
                parse.arg("parse").arg(&json);
                parse
            })?;
            let peer = match &self.script {
                Some(script) if people <= MOST_FOR_PEERS => {
                    let validate = || script.command("validate", &yaml);
                    Some(median(1, &out, &[0], validate)?)
                }
                _ => None,
            };
            self.reading.push((people, ours.wall, floor.cpu));
            let bytes = std::fs::metadata(&yaml)?.len();
            let (to_floor, to_peer) = (ours.cpu / floor.cpu, peer.map(|it| it.cpu / ours.cpu));
            rows.push(vec![
                count(people),
                mebibytes(bytes),
                seconds(ours.wall),
                seconds(ours.cpu),
                mebibytes(ours.peak),
                seconds(floor.cpu),
                times(to_floor),
                peer.map_or(String::new(), |it| seconds(it.cpu)),
                to_peer.map_or(String::new(), times),
            ]);
            if people == self.wanted() {
                let what = format!("`validate`, {} people", count(people));
                self.report.target(
                    &what,
                    "at most 12 × serde_json on the same data as JSON",
                    times(to_floor),
                    to_floor <= 12.0,
                );
                if let Some(faster) = to_peer {
                    self.report.target(
                        &what,
                        "at least 15 × faster than PyYAML's C loader",
                        times(faster),
                        faster >= 15.0,
                    );
                }
            }
        }
        self.report.table(
            "Reading a roster",
            &[
                "people",
                "YAML",
                "`validate`",
                "CPU",
                "peak memory",
                "serde_json (JSON), CPU",
                "ours / it",
                "PyYAML C + checks, CPU",
                "it / ours",
            ],
            rows,
            "serde_json reads the same data as JSON into owned structs and checks nothing. The \
             script reads with `CSafeLoader`, resolves the layers and looks for doubled e-mails.",
        );
        Ok(())
    }

    fn plan(&mut self) -> Result<(), Failed> {
        let mut rows = Vec::new();
        let mut growth: Vec<(usize, Ran)> = Vec::new();
        for people in self.options.sizes.clone() {
            for state in ["in-sync", "drifted", "empty"] {
                if people > MOST_FOR_PEERS && state != "in-sync" {
                    continue;
                }
                let (yaml, _) = self.roster(people);
                let runs = if people > WANTED { 1 } else { 3 };
                let mut server = Server::start(&yaml, state)?;
                let out = self.out("plan");
                let address = server.index.address.clone();
                let plan = || {
                    let words = ["plan", "--sandbox", "--format", "json"];
                    let mut command = self.ours_on_all(&words, &yaml);
                    command.env("ROSTERCTL_SANDBOX", &address);
                    command
                };
                // The first one fills what the sandbox repeats, and tells which pages there are.
                median(1, &out, &[0, 4], &plan)?;
                let log = server.log()?;
                let ours = median(runs, &out, &[0, 4], &plan)?;
                let digest = digest_of(&std::fs::read_to_string(&out)?);
                let requests = log.requests.len();
                let floor = match exists("curl") {
                    true => {
                        let reads = (0..runs)
                            .map(|_| floors::reads(&server, &log, &self.options.folder))
                            .collect::<Result<Vec<_>, _>>()?;
                        Some(middle(reads.into_iter()))
                    }
                    false => None,
                };
                let script = match &self.script {
                    Some(script) if people <= MOST_FOR_PEERS => {
                        let index = self.options.folder.join("index.json");
                        let record = server.index.state.join("records/surecloud.json");
                        peers::index(&server, Some(&record), &index)?;
                        let command = || {
                            let mut command = script.command("plan", &yaml);
                            command.arg(&index);
                            command
                        };
                        Some(median(1, &out, &[0], command)?)
                    }
                    _ => None,
                };
                server.log()?;
                let reading = self.reading.iter().find(|(size, ..)| *size == people);
                let reading = reading.map_or(0.0, |(_, seconds, _)| *seconds);
                let bound = floor.map(|floor| ours.wall / (floor + reading));
                rows.push(vec![
                    count(people),
                    state.replace('-', " "),
                    seconds(ours.wall),
                    seconds(ours.cpu),
                    mebibytes(ours.peak),
                    count(requests),
                    floor.map_or(String::new(), seconds),
                    seconds(reading),
                    bound.map_or(String::new(), times),
                    script.map_or(String::new(), |it| seconds(it.wall)),
                    script.map_or(String::new(), |it| times(it.wall / ours.wall)),
                    digest,
                ]);
                if state == "in-sync" {
                    growth.push((people, ours));
                    self.plan_targets(people, ours, bound, requests, &yaml)?;
                }
            }
        }
        self.growth(&growth);
        self.report.table(
            "Planning",
            &[
                "people",
                "vendors",
                "`plan`",
                "CPU",
                "peak memory",
                "requests",
                "curl, the same pages",
                "reading the roster",
                "ours / both",
                "asyncio script",
                "it / ours",
                "digest",
            ],
            rows,
            "Two accounts a person over four vendors, LogicGate's users with every field of its \
             documented list. The plan and `curl` have all cores, the sandbox's too; `curl` fetches \
             what the plan fetched, the vendors side by side, each over one connection. The sandbox repeats answers it has given, so its own work does \
             not count for anybody. The digest is that of the plan's actions: a version that is \
             faster has to plan the same.",
        );
        Ok(())
    }

    fn plan_targets(
        &mut self,
        people: usize,
        ours: Ran,
        bound: Option<f64>,
        requests: usize,
        yaml: &Path,
    ) -> Result<(), Failed> {
        if people != self.wanted() {
            return Ok(());
        }
        let what = format!("`plan`, {} people in sync", count(people));
        if let Some(bound) = bound {
            self.report.target(
                &what,
                "at most 2 × (the same pages with curl + `validate`)",
                times(bound),
                bound <= 2.0,
            );
        }
        let accounts = people * 2;
        // Pages of 100 and of 1,000, and a dozen calls besides.
        let pages = accounts / 4 / 100 + accounts / 4 / 1_000 + 20;
        self.report.target(
            &what,
            "requests equal pages, never people",
            count(requests),
            requests <= pages,
        );
        let most = 4 * std::fs::metadata(yaml)?.len() + 400 * accounts as u64;
        self.report.target(
            &format!("peak memory of `plan`, {} people", count(people)),
            "4 × the roster's bytes plus 400 bytes an account",
            format!("{} of {}", mebibytes(ours.peak), mebibytes(most)),
            ours.peak <= most,
        );
        Ok(())
    }

    fn growth(&mut self, growth: &[(usize, Ran)]) {
        let (Some(small), Some(large)) = (
            growth.iter().find(|(size, _)| *size >= 10_000),
            growth.last(),
        ) else {
            return;
        };
        if large.0 <= small.0 {
            return;
        }
        let each =
            |(size, ran): &(usize, Ran)| (ran.cpu / *size as f64, ran.peak as f64 / *size as f64);
        let (time, memory) = (each(large).0 / each(small).0, each(large).1 / each(small).1);
        // Waiting for memory costs everybody more, the larger the data: serde_json too.
        let serde = |people: usize| {
            let read = self.reading.iter().find(|(size, ..)| *size == people);
            read.map_or(f64::NAN, |(size, _, cpu)| cpu / *size as f64)
        };
        let floor = serde(large.0) / serde(small.0);
        self.report.target(
            &format!(
                "`plan`, growth from {} to {} people",
                count(small.0),
                count(large.0)
            ),
            "at most 1.2 × serde_json's own growth in time a person, in memory 1.2",
            format!(
                "{time:.2} of the time a person, serde_json {floor:.2}; {memory:.2} of the memory"
            ),
            time <= 1.2 * floor && memory <= 1.2,
        );
        if large.0 >= 1_000_000 {
            self.report.target(
                "1,000,000 people plan",
                "under 1.5 GB",
                mebibytes(large.1.peak),
                large.1.peak < 1_500_000_000,
            );
        }
    }

    /// Creates at one vendor without a limit, beside `wrk` and the script.
    fn apply(&mut self) -> Result<(), Failed> {
        let (yaml, json) = self.roster(WRITERS);
        people::write(WRITERS, UNLIMITED, &yaml, &json)?;
        let mut rates = Vec::new();
        for _ in 0..3 {
            let mut server = Server::start(&yaml, "empty")?;
            rates.push(self.create(&yaml, &mut server)?);
        }
        let ours = middle(rates.into_iter().map(|(rate, _)| rate));
        let wrk = match exists("wrk") {
            true => {
                let server = Server::start(&yaml, "empty")?;
                Some(floors::writes(&server, 3, &self.options.folder)?)
            }
            false => None,
        };
        let script = match &self.script {
            Some(script) => {
                let server = Server::start(&yaml, "empty")?;
                let index = self.options.folder.join("index.json");
                peers::index(&server, None, &index)?;
                let mut command = script.command("apply", &yaml);
                command.arg(&index).arg("bitsight");
                let out = self.out("script");
                child::run(&mut command, &out)?;
                created(&std::fs::read_to_string(&out)?)
            }
            None => None,
        };
        let mut row = vec![count(WRITERS / 2), format!("{ours:.0}")];
        if let Some((rate, refused)) = wrk {
            row.push(format!("{rate:.0}"));
            row.push(times(ours / rate));
            self.report.target(
                "`apply`, no rate limit, loopback",
                "at least 70 % of what `wrk` posts from the same core",
                format!("{:.0} %", 100.0 * ours / rate),
                ours >= 0.7 * rate && refused == 0,
            );
        } else {
            row.extend([String::new(), String::new()]);
        }
        if let Some(rate) = script {
            row.push(format!("{rate:.0}"));
            row.push(times(ours / rate));
            self.report.target(
                "`apply`, no rate limit, loopback",
                "at least 5 × the asyncio script",
                times(ours / rate),
                ours >= 5.0 * rate,
            );
        }
        self.report.table(
            "Creating accounts",
            &[
                "creates at Bitsight", "`apply`, a second", "wrk, a second", "ours / it",
                "asyncio script, a second", "ours / it",
            ],
            vec![row],
            "From the first create to the last, as the server sees them. Ours has each action in its \
             journal, on the disk, before the call, and believes no answer that does not show the \
             account; the others do neither.",
        );
        Ok(())
    }

    /// Applies creates at Bitsight; how many a second came, and the server's log.
    fn create(&self, yaml: &Path, server: &mut Server) -> Result<(f64, crate::serve::Log), Failed> {
        server.log()?;
        let out = self.out("apply");
        let mut command = self.ours(
            &[
                "apply",
                "--sandbox",
                "--yes",
                "--vendor",
                "bitsight",
                "--format",
                "json",
            ],
            yaml,
        );
        command.env("ROSTERCTL_SANDBOX", &server.index.address);
        let ran = child::run(&mut command, &out)?;
        if ran.code != 0 {
            let why = std::fs::read_to_string(out.with_extension("err"))?;
            return Err(format!("apply ended with {}: {why}", ran.code).into());
        }
        let log = server.log()?;
        let posts = log
            .requests
            .iter()
            .filter(|(method, _, _)| method == "POST");
        let posts = posts.count();
        Ok((posts as f64 / log.writing, log))
    }

    /// How much of an allowed rate a run uses, and whether it ever exceeds it.
    fn limits(&mut self) -> Result<(), Failed> {
        let mut rows = Vec::new();
        for (rate, people) in [(50, 1_600), (500, 16_000)] {
            let file = |end: &str| self.options.folder.join(format!("limited-{rate}.{end}"));
            let yaml = file("yaml");
            people::write(people, rate, &yaml, &file("json"))?;
            let mut server = Server::start(&yaml, "empty")?;
            let (got, log) = self.create(&yaml, &mut server)?;
            // The burst that a run begins with comes on top of the rate and is none of it.
            let burst = f64::from(people::burst(rate));
            let used = (got - burst / log.writing) / f64::from(rate);
            rows.push(vec![
                format!("{rate}/s"),
                format!("{got:.1}/s"),
                format!("{:.1} %", 100.0 * used),
                count(log.fullest),
            ]);
            self.report.target(
                &format!("`apply`, {rate}/s"),
                "at least 97 % of the rate, never above it in any window",
                format!("{:.1} %, fullest second {}", 100.0 * used, log.fullest),
                used >= 0.97 && log.fullest <= rate as usize,
            );
        }
        self.report.table(
            "Keeping a rate",
            &[
                "allowed",
                "creates came",
                "used",
                "calls in the fullest second",
            ],
            rows,
            "Moments at which calls reached the server, so that the wire's own jitter is in them. What \
             a run may start at once counts for the fullest second and not as used.",
        );
        Ok(())
    }

    fn render(&mut self) -> Result<(), Failed> {
        let people = 50_000;
        let file = |end: &str| self.options.folder.join(format!("render.{end}"));
        people::write(people, UNLIMITED, &file("yaml"), &file("json"))?;
        let out = self.out("render");
        median(1, &out, &[0], || {
            let mut render = child::client(&own());
            render.arg("render").arg(file("yaml"));
            render
        })?;
        let shown: Shown = serde_json::from_str(&std::fs::read_to_string(&out)?)?;
        let slowest = shown.seconds.values().copied().fold(0.0, f64::max);
        let all: Vec<String> = shown
            .seconds
            .iter()
            .map(|(format, took)| format!("{format} {}", seconds(*took)))
            .collect();
        self.report.target(
            &format!("rendering {} actions", count(shown.actions)),
            "each format under 1 s of CPU",
            all.join(", "),
            slowest < 1.0,
        );
        Ok(())
    }

    fn start_up(&mut self) -> Result<(), Failed> {
        let out = self.out("start");
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/users.yaml");
        let floor = median(21, &out, &[0], || child::client("/bin/true"))?;
        let version = median(21, &out, &[0], || {
            let mut command = child::client(&self.options.binary.to_string_lossy());
            command.arg("--version");
            command
        })?;
        let validate = median(21, &out, &[0], || self.ours(&["validate"], &example))?;
        let most = 2.0 * floor.wall + 0.005;
        for (what, ran) in [
            ("`--version`", version),
            ("`validate` of the example", validate),
        ] {
            self.report.target(
                &format!("start-up, {what}"),
                "within 2 × of `/bin/true` plus 5 ms",
                format!("{} of {}", millis(ran.wall), millis(most)),
                ran.wall <= most,
            );
        }
        let size = std::fs::metadata(&self.options.binary)?.len();
        self.report.target(
            "binary",
            "under 18 MB stripped",
            format!("{:.1} MB", size as f64 / 1e6),
            size < 18_000_000,
        );
        Ok(())
    }

    fn terraform(&mut self) {
        if !exists("terraform") {
            return;
        }
        let rows: Vec<_> = [250, 500, 1_000]
            .into_iter()
            .filter_map(|users| {
                let ran = peers::terraform(users, &self.options.folder)?;
                Some(vec![
                    count(users),
                    seconds(ran.wall),
                    seconds(ran.cpu),
                    mebibytes(ran.peak),
                ])
            })
            .collect();
        self.report.table(
            "Terraform",
            &["users in the map", "`terraform plan`", "CPU", "peak memory"],
            rows,
            "Its core alone: `terraform_data` for each entry of a map, no provider, no network.",
        );
    }
}

/// The first letters of the digest at the end of a plan document.
fn digest_of(document: &str) -> String {
    let after = document.rsplit("\"digest\": \"sha256:").next();
    let digest = after.unwrap_or_default().chars().take(8);
    format!("`{}`", digest.collect::<String>())
}

fn millis(value: f64) -> String {
    format!("{:.1} ms", value * 1_000.0)
}

/// This program, for the parts that are processes of their own.
fn own() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.to_string_lossy().into_owned()
}

/// Creates a second, from what the script prints.
fn created(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with("created"))?;
    let mut numbers = line.split(' ').filter_map(|word| word.parse::<f64>().ok());
    Some(numbers.next()? / numbers.next()?)
}
