//! `--metrics FILE`: what a command saw and did, written when it ends, however it ends.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::args::MetricsArgs;
use super::exit::Exit;
use super::open::now;
use super::output::{Error, Terminal};
use super::replace::{Readers, is_stream, replace};
use crate::http::Api;
use crate::model::context::Context;
use crate::model::outcome::Outcome;
use crate::model::plan::Plan;
use crate::model::traffic::Traffic;
use crate::plan::leavers::LeaversCheck;
use crate::report::metrics::{Run, is_success, last_success, metrics};
use crate::run::session::Session;

/// What is known of a run so far. Keeps nothing where no metrics are wanted.
pub(crate) struct Observed {
    command: &'static str,
    file: Option<PathBuf>,
    labels: Vec<(String, String)>,
    begun: Instant,
    apis: Vec<(Box<str>, Option<Api>)>,
    plan: Option<Plan>,
    outcomes: Option<Vec<Outcome>>,
    leavers: Option<LeaversCheck>,
    context: Context,
}

impl Observed {
    pub(crate) fn begin(command: &'static str, args: &MetricsArgs) -> Self {
        Self {
            command,
            file: args.metrics.clone(),
            labels: args.label.clone(),
            begun: Instant::now(),
            apis: Vec::new(),
            plan: None,
            outcomes: None,
            leavers: None,
            context: Context::default(),
        }
    }

    /// From now on the calls of this session count.
    pub(crate) fn session(&mut self, session: &Session) {
        let apis = session.apis();
        let apis = apis.map(|(settings, api)| (settings.name.clone(), api.cloned()));
        self.apis = apis.collect();
    }

    pub(crate) fn context(&mut self, context: &Context) {
        self.context = context.clone();
    }

    pub(crate) fn plan(&mut self, plan: &Plan) {
        self.plan = self.file.as_ref().map(|_| plan.clone());
    }

    pub(crate) fn outcomes(&mut self, outcomes: &[Outcome]) {
        self.outcomes = self.file.as_ref().map(|_| outcomes.to_vec());
    }

    pub(crate) fn leavers(&mut self, check: &LeaversCheck) {
        self.leavers = self.file.as_ref().map(|_| check.clone());
    }

    /// Writes the file. That it cannot be written changes nothing about how the command ended: the
    /// file that grows old tells it to whoever watches.
    pub(crate) fn end(
        self,
        ended: Result<Exit, Error>,
        terminal: &Terminal,
    ) -> Result<Exit, Error> {
        let Some(path) = &self.file else {
            return ended;
        };
        let exit = ended.as_ref().map_or(Exit::Error, |exit| *exit).code();
        if let Err(error) = self.write(path, exit) {
            terminal.note(&format!(
                "warning: the metrics are not written to {}: {error}",
                path.display()
            ));
        }
        ended
    }

    fn write(&self, path: &Path, exit: u8) -> Result<(), Error> {
        let ended_at = now()?.as_second();
        // A file that is not there, or not ours, knows of no success.
        let old = match is_stream(path) {
            false => std::fs::read(path).unwrap_or_default(),
            // Reading a pipe would wait for somebody to write to it.
            true => Vec::new(),
        };
        let old = last_success(&String::from_utf8_lossy(&old), self.command, &self.labels);
        let traffic: BTreeMap<Box<str>, Traffic> = self
            .apis
            .iter()
            .map(|(name, api)| {
                let traffic = api.as_ref().map(Api::traffic);
                (name.clone(), traffic.unwrap_or_default())
            })
            .collect();
        let run = Run {
            command: self.command,
            labels: &self.labels,
            ended_at,
            seconds: self.begun.elapsed().as_secs_f64(),
            exit,
            last_success: if is_success(exit) {
                ended_at
            } else {
                old.unwrap_or(0)
            },
            plan: self.plan.as_ref(),
            outcomes: self.outcomes.as_deref(),
            leavers: self.leavers.as_ref(),
            traffic: &traffic,
            context: &self.context,
        };
        replace(path, Readers::Everybody, |out| metrics(&run, out))?;
        Ok(())
    }
}
