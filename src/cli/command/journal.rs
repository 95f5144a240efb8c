//! `rosterctl journal`

use serde_json::json;

use crate::cli::args::{Format, JournalArgs, JournalCommand, JournalFile};
use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal};
use crate::journal::chain::Chain;
use crate::journal::file;
use crate::journal::story::runs;
use crate::render::{self, Style};

/// Checks or shows a journal; reads one file only.
pub(crate) fn journal(args: &JournalArgs, terminal: &Terminal) -> Result<Exit, Error> {
    match &args.command {
        JournalCommand::Verify(file) => verify(file, terminal),
        JournalCommand::Show(file) => show(file, terminal),
    }
}

fn verify(args: &JournalFile, terminal: &Terminal) -> Result<Exit, Error> {
    let chain = file::load(&args.file)?;
    let runs = runs(&chain.entries).len();
    let flaws: Vec<String> = chain.flaws.iter().map(ToString::to_string).collect();
    let sound = chain.is_sound() && runs > 0;
    match args.format {
        Format::Text => terminal.result(|out| {
            for flaw in &flaws {
                writeln!(out, "{}", render::sanitize::line(flaw))?;
            }
            let verdict = if sound {
                "The journal is sound"
            } else if runs == 0 {
                "This is no journal, or its beginning is missing"
            } else {
                "The journal was changed after it was written"
            };
            let lines = chain.entries.len();
            let s = if runs == 1 { "" } else { "s" };
            writeln!(out, "{verdict}: {lines} lines, {runs} run{s}.")?;
            unfinished(&chain, out)
        })?,
        Format::Json => {
            let document = json!({
                "sound": sound,
                "finished": chain.is_finished(),
                "lines": chain.entries.len(),
                "runs": runs,
                "torn_bytes": chain.torn,
                "flaws": flaws,
            });
            terminal.result(|out| render::json::write(&document, out))?;
        }
    }
    Ok(if sound { Exit::Done } else { Exit::Error })
}

fn unfinished(chain: &Chain, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    if chain.torn > 0 {
        let torn = chain.torn;
        writeln!(
            out,
            "Its last line is torn ({torn} bytes): the process died while it wrote."
        )?;
    }
    if !chain.is_finished() {
        writeln!(
            out,
            "Its last run has no end: it was cut off, is still at work, or lines are missing at \
             the end."
        )?;
    }
    Ok(())
}

fn show(args: &JournalFile, terminal: &Terminal) -> Result<Exit, Error> {
    let chain = file::load(&args.file)?;
    let style = Style {
        colour: terminal.colour(),
        verbose: terminal.verbose(),
    };
    match args.format {
        Format::Text => {
            let runs = runs(&chain.entries);
            terminal.result(|out| render::journal::show(&runs, &style, out))?;
        }
        Format::Json => terminal.result(|out| render::json::write(&chain.entries, out))?,
    }
    for flaw in &chain.flaws {
        let flaw = render::sanitize::line(&flaw.to_string());
        terminal.note(&format!("warning: {flaw}"));
    }
    terminal_notes(&chain, terminal);
    Ok(if chain.is_sound() {
        Exit::Done
    } else {
        Exit::Error
    })
}

fn terminal_notes(chain: &Chain, terminal: &Terminal) {
    let mut text = Vec::new();
    // Writing to a list of bytes cannot fail.
    let _ = unfinished(chain, &mut text);
    for line in String::from_utf8_lossy(&text).lines() {
        terminal.note(line);
    }
}
