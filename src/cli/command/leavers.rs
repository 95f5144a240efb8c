//! `rosterctl leavers`

use crate::cli::args::{LeaversArgs, PlanFormat as Format};
use crate::cli::exit::Exit;
use crate::cli::open::open;
use crate::cli::output::{Error, Terminal};
use crate::http::Permit;
use crate::render::{self, Style};

/// Shows whether leavers still have access; the HTTP layer cannot write.
pub(crate) async fn leavers(args: &LeaversArgs, terminal: &Terminal) -> Result<Exit, Error> {
    if matches!(args.scope.format, Format::Markdown | Format::Html) {
        return Err("leavers are shown as text or JSON, not as Markdown or HTML".into());
    }
    let opened = open(&args.scope, Permit::ReadOnly, terminal).await?;
    let certificate = opened.leavers().await?;
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    terminal.result(|out| match args.scope.format {
        Format::Text | Format::Markdown | Format::Html => render::leavers::leavers(&certificate, &style, out),
        Format::Json => render::json::leavers(&certificate, out),
    })?;
    Ok(Exit::of_leavers(&certificate))
}
