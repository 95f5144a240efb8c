//! Everything of one kind beside its floor and beside what people use today, in one run.
//!
//! `cargo bench --bench compare` measures 1,000 to 1,000,000 people; `-- --quick` stops at 10,000,
//! `-- --sizes 1000,100000` takes others, `-- --save` writes `docs/performance.md`. The sandbox runs
//! as a process of its own on one core, clients on the other, `plan` on all. `curl`, `wrk`, Python and Terraform
//! are used as far as they are there; Python's packages come from the index that `pip` uses.

mod child;
mod floors;
mod measure;
mod peers;
mod people;
mod render;
mod report;
mod serve;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Why a part of the bench could not be done.
pub(crate) type Failed = Box<dyn std::error::Error>;

/// What is measured.
pub(crate) struct Options {
    /// People, ascending.
    pub(crate) sizes: Vec<usize>,
    /// Where data, logs and the Python environment are kept.
    pub(crate) folder: PathBuf,
    /// The binary.
    pub(crate) binary: PathBuf,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["serve", roster, state] => serve::serve(roster, state),
        ["parse", file] => floors::parse(file),
        ["render", roster] => render::render(roster),
        options if options.contains(&"--bench") => compare(options),
        // `cargo test --benches` only wants to know that it starts.
        _ => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "compare: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare(words: &[&str]) -> Result<(), Failed> {
    let mut options = Options {
        sizes: vec![1_000, 10_000, 100_000, 1_000_000],
        folder: PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compare"),
        binary: PathBuf::from(env!("CARGO_BIN_EXE_rosterctl")),
    };
    let mut save = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--bench" => {}
            "--quick" => options.sizes = vec![1_000, 10_000],
            "--save" => save = true,
            "--sizes" => {
                let list = words.next().ok_or("--sizes needs numbers")?;
                let sizes: Result<_, _> = list.split(',').map(str::parse).collect();
                options.sizes = sizes?;
                options.sizes.sort_unstable();
            }
            other => return Err(format!("there is no option {other}").into()),
        }
    }
    std::fs::create_dir_all(&options.folder)?;
    let page = measure::all(&options)?;
    let mut out = std::io::stdout().lock();
    out.write_all(page.as_bytes())?;
    if save {
        let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs");
        std::fs::create_dir_all(&docs)?;
        std::fs::write(docs.join("performance.md"), page)?;
    }
    Ok(())
}
