//! `rosterctl man`

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use clap_mangen::Man;

use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal};

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write the pages of all commands into this folder; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

/// Prints the main page, or writes the page of every command.
pub(crate) fn man(args: &ManArgs, line: clap::Command, terminal: &Terminal) -> Result<Exit, Error> {
    let pages = pages(line);
    let Some(folder) = &args.out else {
        let main = pages.into_iter().take(1);
        for (_, page) in main {
            terminal.result(|out| out.write_all(&page))?;
        }
        return Ok(Exit::Done);
    };
    write(folder, &pages).map_err(|error| -> Error {
        let folder = folder.display();
        format!("cannot write the man pages into {folder}: {error}").into()
    })?;
    let (count, folder) = (pages.len(), folder.display());
    terminal.note(&format!("{count} man pages are in {folder}."));
    Ok(Exit::Done)
}

fn write(folder: &Path, pages: &[(String, Vec<u8>)]) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, page) in pages {
        std::fs::write(folder.join(name), page)?;
    }
    Ok(())
}

/// File names and pages: the main one first, then one for each command, however deep.
fn pages(line: clap::Command) -> Vec<(String, Vec<u8>)> {
    let mut main = line.disable_help_subcommand(true);
    // Gives every command its whole name, and the options of all commands.
    main.build();
    let mut pages = Vec::new();
    add(&main, &mut pages);
    pages
}

fn add(command: &clap::Command, pages: &mut Vec<(String, Vec<u8>)>) {
    let man = Man::new(command.clone()).manual("rosterctl");
    let mut page = Vec::new();
    // A vector takes whatever is written.
    let written = man.render(&mut page);
    debug_assert!(written.is_ok(), "{written:?}");
    pages.push((man.get_filename(), page));
    for inner in command.get_subcommands() {
        add(inner, pages);
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::line::Cli;

    /// Whole names of all commands but the main one, as `rosterctl-journal-show`.
    fn commands() -> Vec<clap::Command> {
        fn collect(command: &clap::Command, found: &mut Vec<clap::Command>) {
            for inner in command.get_subcommands() {
                found.push(inner.clone());
                collect(inner, found);
            }
        }
        let mut main = Cli::command().disable_help_subcommand(true);
        main.build();
        let mut found = Vec::new();
        collect(&main, &mut found);
        assert!(found.len() > 12, "the search is wrong");
        found
    }

    #[test]
    fn every_command_has_a_page_with_its_name_its_options_and_its_examples() {
        let pages = pages(Cli::command());
        assert_eq!(pages[0].0, "rosterctl.1");
        let commands = commands();
        assert_eq!(pages.len(), commands.len() + 1);
        for command in commands {
            let name = command.get_display_name().unwrap();
            let file = format!("{name}.1");
            let page = pages.iter().find(|(it, _)| *it == file);
            let (_, page) = page.unwrap_or_else(|| panic!("{name} has no page"));
            let text = String::from_utf8(page.clone()).unwrap();
            let text = text.replace("\\-", "-");
            assert!(text.contains(&format!(".TH {name} 1")), "{name}:\n{text}");
            for section in [".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", "Examples:"] {
                assert!(text.contains(section), "{name} lacks {section}:\n{text}");
            }
            for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                assert!(text.contains(&format!("--{option}")), "{name}: --{option}");
            }
        }
    }

    #[test]
    fn every_command_shows_examples_that_it_would_take() {
        for command in commands() {
            let name = command.get_display_name().unwrap().to_owned();
            let help = command.get_after_help().map(ToString::to_string);
            let help = help.unwrap_or_else(|| panic!("{name} shows no examples"));
            let examples: Vec<&str> = help
                .lines()
                .filter_map(|line| line.trim().strip_prefix("rosterctl "))
                .collect();
            assert!(!examples.is_empty(), "{name}: {help}");
            for example in examples {
                // What follows is the shell's.
                let own = example.split(['|', '>', '#']).next().unwrap_or_default();
                let words = own.split_whitespace();
                let words = std::iter::once("rosterctl").chain(words);
                let parsed = Cli::command().try_get_matches_from(words);
                assert!(parsed.is_ok(), "{name}: {example}: {parsed:?}");
            }
        }
    }
}
