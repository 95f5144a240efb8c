//! docs/commands.md and docs/troubleshooting.md, held against what they are made from.

use clap::CommandFactory as _;

use super::line::Cli;
use crate::model::table::escape;
use crate::model::table::tests::assert_fresh;
use crate::roster::diagnostic::Code;

/// A command and those below it.
fn section(command: &clap::Command, depth: usize, out: &mut String) {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let about = command.get_long_about().or(command.get_about());
    let heading = "#".repeat(depth);
    let name = name.replace('-', " ");
    out.push_str(&format!("{heading} `{name}`\n\n"));
    if let Some(about) = about {
        out.push_str(&format!("{about}\n\n"));
    }
    let mut usage = command.clone().color(clap::ColorChoice::Never);
    let usage = usage.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim();
    out.push_str(&format!("```text\n{usage}\n```\n\n"));
    let options: Vec<String> = command.get_arguments().filter_map(row).collect();
    if !options.is_empty() {
        out.push_str("| option | does |\n|---|---|\n");
        out.push_str(&options.concat());
        out.push('\n');
    }
    if let Some(examples) = command.get_after_help() {
        let examples = examples.to_string();
        let lines = examples.lines().map(str::trim);
        let lines: Vec<&str> = lines.filter(|it| it.starts_with("rosterctl")).collect();
        if !lines.is_empty() {
            out.push_str(&format!("```sh\n{}\n```\n\n", lines.join("\n")));
        }
    }
    let inner = command.get_subcommands();
    for inner in inner.filter(|it| !it.is_hide_set() && it.get_name() != "help") {
        section(inner, (depth + 1).min(4), out);
    }
}

/// An option that this command has for itself: those of all commands stand once.
fn row(argument: &clap::Arg) -> Option<String> {
    if argument.is_hide_set() || argument.is_global_set() {
        return None;
    }
    option(argument)
}

fn option(argument: &clap::Arg) -> Option<String> {
    let help = argument.get_help()?.to_string();
    let value = argument.get_value_names().unwrap_or_default();
    let value = value
        .first()
        .filter(|_| argument.get_action().takes_values());
    let word = match (argument.get_long(), value) {
        (Some(long), Some(value)) => format!("--{long} {value}"),
        (Some(long), None) => format!("--{long}"),
        (None, Some(value)) => value.to_string(),
        (None, None) => return None,
    };
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(format!("| `{word}` | {} |\n", escape(&help)))
}

fn commands() -> String {
    let mut main = Cli::command().disable_help_subcommand(true);
    main.build();
    let mut text = String::from("## Options of all commands\n\n| option | does |\n|---|---|\n");
    let common = main.get_arguments().filter(|it| it.is_global_set());
    text.extend(common.filter_map(option));
    text.push('\n');
    for command in main.get_subcommands().filter(|it| !it.is_hide_set()) {
        section(command, 2, &mut text);
    }
    text.trim_end().to_owned()
}

#[test]
fn the_page_of_commands_says_what_the_program_says() {
    assert_fresh("docs/commands.md", "commands", &commands());
}

#[test]
fn every_diagnostic_is_explained() {
    let mut table = String::from("| code | what is wrong |\n|---|---|\n");
    for code in Code::ALL {
        let row = format!("| `{}` | {} |\n", code.as_str(), escape(code.meaning()));
        table.push_str(&row);
    }
    assert_fresh("docs/troubleshooting.md", "codes", table.trim_end());
}
