//! `rosterctl sandbox`

use std::path::PathBuf;

use crate::cli::args::SandboxArgs;
use crate::cli::exit::Exit;
use crate::cli::open::{roster, today};
use crate::cli::output::{Error, Terminal};
use crate::connector;
use crate::roster::model::Roster;
use crate::roster::{RosterFile, parse};
use crate::run::load;
use crate::sandbox::{ENVIRONMENT, Playground, Start};

/// The roster whose vendors are served where none is named and none is here.
fn example(terminal: &Terminal) -> Result<Roster, Error> {
    let file = RosterFile {
        path: String::from("the built-in example"),
        folder: PathBuf::new(),
        text: include_str!("../../../examples/users.yaml").to_owned(),
    };
    let parsed = parse(vec![file], &connector::specs());
    match parsed.is_usable() {
        true => Ok(parsed.roster),
        false => {
            terminal.diagnostics(&parsed.diagnostics, &parsed.sources);
            Err("the built-in example cannot be used".into())
        }
    }
}

/// Serves the vendors until Ctrl-C.
pub(crate) async fn sandbox(args: &SandboxArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let roster = match load::named(&args.roster.all()).is_empty() {
        true => example(terminal)?,
        false => roster(&args.roster, terminal)?,
    };
    let on = match args.on {
        Some(day) => day,
        None => today()?,
    };
    let has = |kind: &str| roster.vendors.values().any(|it| it.spec.kind == kind);
    for twist in &args.twist {
        let kind = twist.split(':').next().unwrap_or_default();
        if !has(kind) {
            return Err(
                format!("--twist {twist}: the roster has no vendor of the kind {kind}").into(),
            );
        }
    }
    let playground =
        Playground::serve_as(&roster, on, args.port, Start::Messy, &args.twist).await?;
    let Some(sandbox) = playground.sandbox() else {
        return Err("the sandbox was not started".into());
    };
    terminal.result(|out| {
        writeln!(out, "# The sandbox serves, until it is stopped:")?;
        for (name, vendor) in &playground.index().vendors {
            writeln!(out, "#   {name:<12} {}", vendor.base_url)?;
            for (key, text) in &vendor.secrets {
                writeln!(out, "#   {:<12} {key}: {text}", "")?;
            }
        }
        writeln!(
            out,
            "# Use it from another shell with --sandbox and this variable:"
        )?;
        writeln!(out, "export {ENVIRONMENT}={}", sandbox.address())
    })?;
    // The state folder goes with it, whichever way it is asked to end.
    terminal.signals().more_than(0).await;
    Ok(Exit::Done)
}
