//! `rosterctl schema`

use crate::cli::args::{Document, SchemaArgs};
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal};
use crate::{render, roster, vendor};

/// Prints the JSON Schema of one document.
pub(crate) fn schema(args: &SchemaArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let schema = match args.document {
        Document::Roster => roster::schema::schema(&vendor::specs()),
        Document::Plan => render::schema::plan(),
        Document::Report => render::schema::report(),
        Document::Leavers => render::schema::leavers(),
        Document::Doctor => render::schema::doctor(),
        Document::Explain => render::schema::explain(),
    };
    terminal.result(|out| writeln!(out, "{schema:#}"))?;
    Ok(Exit::Done)
}
