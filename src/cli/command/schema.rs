//! `rosterctl schema`

use crate::cli::args::{Document, SchemaArgs};
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal};
use crate::{connector, description, report, roster};

/// Prints the JSON Schema of one document.
pub(crate) fn schema(args: &SchemaArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let schema = match args.document {
        Document::Roster => roster::schema::schema(&connector::specs()),
        Document::Plan => report::schema::plan(),
        Document::Report => report::schema::report(),
        Document::Leavers => report::schema::leavers(),
        Document::Doctor => report::schema::doctor(),
        Document::Access => report::schema::access(),
        Document::History => report::schema::history(),
        Document::Evidence => report::schema::evidence(),
        Document::Connector => description::schema(),
        Document::Certificate => report::schema::certificate(),
        Document::Explain => report::schema::explain(),
    };
    terminal.result(|out| writeln!(out, "{schema:#}"))?;
    Ok(Exit::Done)
}
