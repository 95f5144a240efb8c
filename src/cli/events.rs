//! `--events FILE`: one line of JSON for each event of a run, while it goes on.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

use serde_json::{Value as Json, json};

use super::open::now;
use super::output::Error;
use crate::report::v1;
use crate::run::apply::Event;

/// The file that events go to.
pub(crate) struct Events {
    file: Mutex<Sink>,
}

struct Sink {
    file: File,
    /// Why nothing goes to it any more.
    broken: Option<String>,
}

impl Events {
    /// Opens the file before anything is done, to append to it.
    pub(crate) fn open(path: Option<&Path>) -> Result<Option<Self>, Error> {
        let Some(path) = path else { return Ok(None) };
        let file = File::options().append(true).create(true).open(path);
        let file = file.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        let file = Mutex::new(Sink { file, broken: None });
        Ok(Some(Self { file }))
    }

    /// Writes one event. What cannot be written stops no run.
    pub(crate) fn tell(&self, event: &Event<'_>) {
        let Ok(mut sink) = self.file.lock() else {
            return;
        };
        if sink.broken.is_some() {
            return;
        }
        let mut line = line(event).to_string();
        line.push('\n');
        let written = sink.file.write_all(line.as_bytes());
        sink.broken = written.err().map(|error| error.to_string());
    }

    /// Why events are missing, if some are.
    pub(crate) fn broken(&self) -> Option<String> {
        self.file.lock().ok()?.broken.clone()
    }
}

fn line(event: &Event<'_>) -> Json {
    let (name, told) = match event {
        Event::Started(action) => (
            "started",
            json!({
                "vendor": action.vendor,
                "action": action.kind,
                "email": action.email,
                "id": action.id,
            }),
        ),
        Event::Finished(outcome) => ("finished", json!(v1::Outcome::from(*outcome))),
        Event::Revised(outcome) => ("revised", json!(v1::Outcome::from(*outcome))),
    };
    let mut all = json!({ "event": name, "at": now().ok().map(|at| at.to_string()) });
    if let (Some(all), Json::Object(told)) = (all.as_object_mut(), told) {
        all.extend(told);
    }
    all
}
