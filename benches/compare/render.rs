//! `render ROSTER`: what showing a plan costs. Every account of the roster is created, and the plan
//! is written nowhere in each format; prints seconds of processor time for so many actions.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::time::Instant;

use rosterctl::model::current::{Current, Own};
use rosterctl::model::digest::Digest;
use rosterctl::model::plan::Plan;
use rosterctl::plan::guard::Allowed;
use rosterctl::plan::input::Input;
use rosterctl::plan::known::Known;
use rosterctl::plan::planner::plan_vendor;
use rosterctl::report::{Style, html, json, markdown, text};
use rosterctl::roster::desired;
use serde::{Deserialize, Serialize};

use crate::Failed;

/// Seconds by format.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Shown {
    pub(crate) actions: usize,
    pub(crate) seconds: BTreeMap<String, f64>,
}

/// Plans the roster against vendors without accounts and renders the plan.
pub(crate) fn render(path: &str) -> Result<(), Failed> {
    let roster = crate::serve::roster(path)?;
    let on = jiff::Zoned::now().date();
    let known = Known::from(Current {
        own: Own::Nobody,
        ..Current::default()
    });
    let vendors = roster.vendors.values().map(|settings| {
        plan_vendor(Input {
            settings,
            desired: &desired(&roster, &settings.name, on),
            known: &known,
            only: None,
            allowed: Allowed::default(),
        })
    });
    let mut plan = Plan {
        created_at: jiff::Timestamp::UNIX_EPOCH,
        on,
        roster: Digest("sha256:0".into()),
        people: roster.people.len(),
        vendors: vendors.collect(),
        attention: rosterctl::model::attention::Attention::default(),
        ending: Vec::new(),
    };
    // An empty list proves nothing, so the creates are held; they are shown as actions here.
    for vendor in &mut plan.vendors {
        let held = std::mem::take(&mut vendor.held);
        vendor
            .actions
            .extend(held.into_iter().map(|kept| kept.action));
    }
    let mut shown = Shown {
        actions: plan.summary().actions(),
        ..Shown::default()
    };
    let mut time = |name: &str, write: &dyn Fn(&mut dyn io::Write) -> io::Result<()>| {
        let mut out = io::sink();
        let begun = Used::so_far();
        write(&mut out)?;
        shown.seconds.insert(name.to_owned(), begun.since());
        io::Result::Ok(())
    };
    let style = Style {
        colour: false,
        verbose: false,
    };
    let options = markdown::Options {
        limit: usize::MAX,
        mask: false,
        catalog: rosterctl::connector::specs(),
    };
    time("text", &|out| text::plan(&plan, &style, out))?;
    time("JSON", &|out| json::plan(&plan, out))?;
    time("Markdown", &|out| {
        markdown::plan(&plan, None, &options, out)
    })?;
    let options = html::Options {
        mask: false,
        catalog: rosterctl::connector::specs(),
        exit: 0,
    };
    time("HTML", &|out| html::plan(&plan, None, &options, out))?;
    writeln!(io::stdout(), "{}", serde_json::to_string(&shown)?)?;
    Ok(())
}

/// The processor time of this thread where the system tells it (Linux), else the clock.
struct Used {
    clock: Instant,
    ran: Option<u64>,
}

impl Used {
    fn so_far() -> Self {
        // Nanoseconds on a processor, then two figures of the scheduler.
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let ran = told.split(' ').next().and_then(|ran| ran.parse().ok());
        let clock = Instant::now();
        Self { clock, ran }
    }

    /// Seconds since then.
    fn since(&self) -> f64 {
        match (self.ran, Self::so_far().ran) {
            (Some(then), Some(now)) => (now - then) as f64 / 1e9,
            _ => self.clock.elapsed().as_secs_f64(),
        }
    }
}
