//! Ctrl-C, SIGTERM and SIGHUP, heard from the first moment of a process on, also as the first
//! process of a container, which gets no signal that it has no handler for.
//!
//! The first one stops a command where it is; once writes are under way it lets running calls end.
//! The second does not wait for them. A thread of its own listens: whatever blocks the command, such
//! as a pipe that nobody writes to, does not keep it from ending.

use std::future::Future;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::sync::watch;

use super::exit::Exit;

/// So long a command may take to end by itself, before its process is ended.
const GRACE: Duration = Duration::from_secs(1);

/// What was heard so far; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    heard: watch::Receiver<Heard>,
    /// How many parts of the command are not to be dropped half-way.
    shields: watch::Sender<usize>,
    /// Whether something is held that has to be given back.
    holds: Arc<AtomicBool>,
    /// How a command ends that was stopped.
    exit: Exit,
}

/// Signals that came.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Heard {
    /// How many.
    pub(crate) count: u32,
    /// Whether the last one came from the terminal, which sends it to child processes as well.
    pub(crate) from_terminal: bool,
}

/// Keeps a part of a command from being dropped half-way.
pub(crate) struct Shield<'a>(&'a Signals);

impl Drop for Shield<'_> {
    fn drop(&mut self) {
        self.0.shields.send_modify(|count| *count -= 1);
    }
}

impl Signals {
    /// Listens from now on. A command that is stopped ends with `exit`.
    pub(crate) fn listen(exit: Exit) -> Self {
        let (tell, heard) = watch::channel(Heard::default());
        let signals = Self {
            heard,
            shields: watch::Sender::new(0),
            holds: Arc::default(),
            exit,
        };
        let (ready, is_ready) = mpsc::channel();
        let holds = signals.holds.clone();
        let thread = std::thread::Builder::new().name(String::from("signals"));
        let started = thread.spawn(move || watch_over(&tell, &holds, exit, &ready));
        // Without a listener signals do what they do to every process.
        if started.is_ok() {
            let _ = is_ready.recv();
        }
        signals
    }

    /// Does the work, unless it is told to stop before the work shields itself. Ends then with the
    /// exit for that, after what the work holds is given back.
    pub(crate) async fn unless_stopped<E>(
        &self,
        work: impl Future<Output = Result<Exit, E>>,
    ) -> Result<Exit, E> {
        let stopped = tokio::select! {
            biased;
            done = work => return done,
            () = self.stopped() => self.exit,
        };
        say(stopped);
        Ok(stopped)
    }

    /// Keeps what follows from being dropped half-way, until the shield is dropped.
    pub(crate) fn shield(&self) -> Shield<'_> {
        self.shields.send_modify(|count| *count += 1);
        Shield(self)
    }

    /// From now on the command heeds signals by itself.
    pub(crate) fn take_over(&self) {
        std::mem::forget(self.shield());
    }

    /// From now on the command holds something that it has to give back.
    pub(crate) fn hold(&self) {
        self.holds.store(true, Ordering::SeqCst);
    }

    /// How many signals there were.
    pub(crate) fn asked(&self) -> u32 {
        self.heard.borrow().count
    }

    /// Waits for more signals than `known`.
    pub(crate) async fn more_than(&self, known: u32) -> Heard {
        let mut heard = self.heard.clone();
        match heard.wait_for(|heard| heard.count > known).await {
            Ok(heard) => *heard,
            // Nobody listens; there will be none.
            Err(_) => std::future::pending().await,
        }
    }

    async fn stopped(&self) {
        self.more_than(0).await;
        let mut shields = self.shields.subscribe();
        // The sender is here.
        let _ = shields.wait_for(|count| *count == 0).await;
    }
}

fn say(exit: Exit) {
    let line = match exit {
        Exit::Unfinished => "Stopped before the first write.",
        _ => "Stopped.",
    };
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Counts signals, and ends the process where the command does not.
#[expect(
    clippy::exit,
    reason = "the thread of the command may be stuck in a call of the system"
)]
fn watch_over(
    tell: &watch::Sender<Heard>,
    holds: &AtomicBool,
    exit: Exit,
    ready: &mpsc::Sender<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return;
    };
    runtime.block_on(async {
        let Ok(mut sources) = Sources::new() else {
            return;
        };
        // Nobody waits any longer only if the process ends.
        let _ = ready.send(());
        let mut count = 0;
        loop {
            let from_terminal = sources.next().await;
            count += 1;
            tell.send_replace(Heard {
                count,
                from_terminal,
            });
            let may_take_its_time = || count == 1 && holds.load(Ordering::SeqCst);
            if may_take_its_time() {
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(GRACE) => {}
                _ = sources.next() => {}
            }
            if may_take_its_time() {
                continue;
            }
            if !holds.load(Ordering::SeqCst) {
                say(exit);
            }
            std::process::exit(i32::from(exit.code()));
        }
    });
}

#[cfg(unix)]
struct Sources {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// `None`: whoever started us does not want us to hear it (`nohup`).
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Sources {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hangup = SignalKind::hangup();
        let ignored = is_ignored(hangup.as_raw_value());
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: (!ignored).then(|| signal(hangup)).transpose()?,
        })
    }

    /// Waits for the next signal; whether the terminal sent it.
    async fn next(&mut self) -> bool {
        let Self {
            interrupt,
            terminate,
            hangup,
        } = self;
        let hung_up = async {
            match hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        let has_terminal = || std::io::IsTerminal::is_terminal(&std::io::stdin());
        tokio::select! {
            _ = interrupt.recv() => has_terminal(),
            _ = hung_up => has_terminal(),
            _ = terminate.recv() => false,
        }
    }
}

/// Whether this process was started with the signal ignored, where the system tells.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|it| it.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(not(unix))]
struct Sources;

#[cfg(not(unix))]
impl Sources {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> bool {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        true
    }
}
