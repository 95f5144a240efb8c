//! `rosterctl init`

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::output::{Error, Terminal};
use crate::connector;
use crate::import::starter;
use crate::model::nearest::nearest;
use crate::model::spec::VendorSpec;
use crate::roster::schema::schema;

/// What `init` takes.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder of the repository
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// A kind of vendor to begin with (repeatable); without any, init asks
    #[arg(long, value_name = "KIND")]
    vendor: Vec<String>,
}

/// Workflows for GitHub, with the names they get.
const GITHUB: &[(&str, &str)] = &[
    (
        "rosterctl-plan.yml",
        include_str!("../../../examples/github/plan.yml"),
    ),
    (
        "rosterctl-apply.yml",
        include_str!("../../../examples/github/apply.yml"),
    ),
    (
        "rosterctl-nightly.yml",
        include_str!("../../../examples/github/nightly.yml"),
    ),
];

/// The pipeline for GitLab.
const GITLAB: &str = include_str!("../../../examples/gitlab-ci.yml");

/// Writes the first files of a roster. What is there already stays as it is.
pub(crate) async fn init(args: &InitArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let kinds = connector::specs();
    let wanted = match args.vendor.is_empty() {
        false => args.vendor.clone(),
        true if terminal.can_ask() => ask(&kinds, terminal).await?,
        true => {
            return Err(format!(
                "standard input is no terminal to ask on; name the vendors: --vendor KIND, one of {}",
                names(&kinds).join(", ")
            )
            .into());
        }
    };
    let mut chosen: Vec<&'static VendorSpec> = Vec::new();
    for name in &wanted {
        let Some(spec) = kinds.iter().find(|it| it.kind == *name) else {
            let near = nearest(name, names(&kinds));
            let near = near.map(|near| format!("; did you mean \"{near}\"?"));
            let near = near.unwrap_or_default();
            return Err(format!("there is no kind of vendor \"{name}\"{near}").into());
        };
        if !chosen.iter().any(|it| it.kind == spec.kind) {
            chosen.push(spec);
        }
    }
    // `.` is no part of what is said.
    let at = args.folder.strip_prefix(".").unwrap_or(&args.folder);
    let place = |path: &str| at.join(path);
    let schema_text = format!("{:#}\n", schema(&kinds));
    let beside = "../roster.schema.json";
    let mut files = vec![
        (
            place("roster/vendors.yaml"),
            starter::vendors(&chosen, beside),
        ),
        (place("roster/people.yaml"), starter::people(beside)),
        (place("roster.schema.json"), schema_text),
        (place(".gitignore"), String::from(".rosterctl/\n")),
    ];
    let remote = fs::read_to_string(place(".git/config")).unwrap_or_default();
    if place(".github").is_dir() || remote.contains("github.com") {
        let workflow = |name: &str| place(&format!(".github/workflows/{name}"));
        files.extend(
            GITHUB
                .iter()
                .map(|(name, text)| (workflow(name), (*text).to_owned())),
        );
    }
    if remote.contains("gitlab") {
        files.push((place(".gitlab-ci.yml"), GITLAB.to_owned()));
    }
    for (path, text) in files {
        match write_new(&path, &text) {
            Ok(()) => terminal.note(&format!("Wrote {}.", path.display())),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let path = path.display();
                terminal.note(&format!("{path} is there already and stays as it is."));
            }
            Err(error) => return Err(format!("cannot write {}: {error}", path.display()).into()),
        }
    }
    let roster = place("roster");
    let roster = roster.display();
    terminal.result(|out| {
        writeln!(out, "Try it with no account anywhere:")?;
        writeln!(out, "  rosterctl plan {roster} --sandbox")?;
        writeln!(out, "  rosterctl apply {roster} --sandbox --yes")?;
        writeln!(out, "Then with your own:")?;
        writeln!(out, "  rosterctl doctor {roster}")?;
        writeln!(
            out,
            "  rosterctl import {roster}/vendors.yaml --out people.yaml"
        )
    })?;
    Ok(Exit::Done)
}

fn names(kinds: &[&'static VendorSpec]) -> Vec<&'static str> {
    kinds.iter().map(|it| it.kind).collect()
}

/// Asks which vendors there are.
async fn ask(kinds: &[&'static VendorSpec], terminal: &Terminal) -> Result<Vec<String>, Error> {
    for spec in kinds {
        terminal.note(&format!("  {:<12} {}", spec.kind, spec.title));
    }
    let answer = terminal
        .ask_line("Which vendors? Names, with spaces between them:")
        .await?;
    let words = answer.split([' ', ',']).filter(|it| !it.is_empty());
    let words: Vec<String> = words.map(ToOwned::to_owned).collect();
    match words.is_empty() {
        true => Err("no vendor was named; nothing was written".into()),
        false => Ok(words),
    }
}

/// Makes a file and the folders above it; one that is there already is an error.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::File::create_new(path)?;
    file.write_all(text.as_bytes())
}
