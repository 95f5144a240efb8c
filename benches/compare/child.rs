//! Processes: run to the end with time and memory taken, or kept running and asked.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use serde::Deserialize;
use wait4::Wait4 as _;

use crate::Failed;
use crate::serve::Log;

/// How a process went.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ran {
    /// Seconds on the clock.
    pub(crate) wall: f64,
    /// Seconds of processor time, of user and system.
    pub(crate) cpu: f64,
    /// The most memory it held, in bytes.
    pub(crate) peak: u64,
    /// Its exit code.
    pub(crate) code: i32,
}

/// The core that clients run on whose work is one thread's; the sandbox has the other one.
const CLIENT: &str = "1";
const SERVER: &str = "0";

/// A command bound to one core, where that can be done.
pub(crate) fn client(program: &str) -> Command {
    on_core(CLIENT, program)
}

fn on_core(core: &str, program: &str) -> Command {
    let two = std::thread::available_parallelism().is_ok_and(|cores| cores.get() >= 2);
    if two && exists("taskset") {
        let mut command = Command::new("taskset");
        command.args(["-c", core, program]);
        command
    } else {
        Command::new(program)
    }
}

/// Whether a program is installed.
pub(crate) fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Runs a command to its end. What it prints goes to `out`, complaints to `out` with `.err`.
pub(crate) fn run(command: &mut Command, out: &Path) -> Result<Ran, Failed> {
    command
        .stdin(Stdio::null())
        .stdout(File::create(out)?)
        .stderr(File::create(out.with_extension("err"))?);
    let begun = Instant::now();
    let child = command.spawn()?;
    let ended = child.wait4()?;
    let wall = begun.elapsed().as_secs_f64();
    Ok(Ran {
        wall,
        cpu: (ended.rusage.utime + ended.rusage.stime).as_secs_f64(),
        peak: ended.rusage.maxrss,
        code: ended.status.code().unwrap_or(-1),
    })
}

/// Runs a command several times and gives the median of each figure.
pub(crate) fn median(
    times: usize,
    out: &Path,
    good: &[i32],
    mut command: impl FnMut() -> Command,
) -> Result<Ran, Failed> {
    let mut runs = Vec::new();
    for _ in 0..times {
        let mut command = command();
        let ran = run(&mut command, out)?;
        if !good.contains(&ran.code) {
            let why = std::fs::read_to_string(out.with_extension("err")).unwrap_or_default();
            let end = why.char_indices().rev().nth(1_000).map_or(0, |(at, _)| at);
            return Err(format!("{command:?} ended with {}: {}", ran.code, &why[end..]).into());
        }
        runs.push(ran);
    }
    Ok(Ran {
        wall: middle(runs.iter().map(|it| it.wall)),
        cpu: middle(runs.iter().map(|it| it.cpu)),
        peak: middle(runs.iter().map(|it| it.peak as f64)) as u64,
        code: runs.first().map_or(0, |it| it.code),
    })
}

/// The median.
pub(crate) fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The sandbox, in its own process, until this is dropped.
pub(crate) struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Where it is and what it accepts.
    pub(crate) index: Index,
}

/// What the sandbox prints first.
#[derive(Debug, Deserialize)]
pub(crate) struct Index {
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
    /// The folder of its records and journals.
    pub(crate) state: std::path::PathBuf,
    /// By name.
    pub(crate) vendors: std::collections::BTreeMap<String, rosterctl::sandbox::IndexVendor>,
}

impl Server {
    pub(crate) fn start(roster: &Path, state: &str) -> Result<Self, Failed> {
        let own = std::env::current_exe()?;
        let mut command = on_core(SERVER, &own.to_string_lossy());
        let mut child = command
            .arg("serve")
            .args([roster.as_os_str(), state.as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let input = input.ok_or("the sandbox has no input")?;
        let mut output = BufReader::new(output.ok_or("the sandbox has no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        Ok(Self {
            child,
            input,
            output,
            index: serde_json::from_str(&line)?,
        })
    }

    /// The requests since the last time.
    pub(crate) fn log(&mut self) -> Result<Log, Failed> {
        self.input.write_all(b"log\n")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends when it reads this; if it is gone already, so much the better.
        let _ = self.input.write_all(b"bye\n");
        let _ = self.child.wait();
    }
}
