//! `rosterctl evidence`: makes the pack that an auditor asks for, and checks one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::civil::Date;
use serde_json::json;

use crate::cli::args::{Format, RosterArgs};
use crate::cli::exit::Exit;
use crate::cli::git::story::words;
use crate::cli::material::{carries, material, open_state};
use crate::cli::open::{Opened, now};
use crate::cli::output::{Error, Terminal};
use crate::cli::replace::{Readers, replace};
use crate::cli::sign::{sign, verify as verify_signature};
use crate::cli::values::parse_day;
use crate::evidence::cover::Uncovered;
use crate::evidence::manifest::{
    Checked, JOURNALS, MANIFEST, Manifest, NAMESPACE, NOTES, SIGNATURE, check,
};
use crate::evidence::mask::Mask as _;
use crate::evidence::pack::{Pack, pack};
use crate::evidence::word::Words;
use crate::evidence::{FORMAT, tool};
use crate::model::digest::Digest;
use crate::report;
use crate::report::sanitize::line;
use crate::run::material::{add_logins, journals};
use crate::state::journal::{chain, parts};
use crate::state::notes;

/// Bytes of a folder that are checked at most.
const MOST_BYTES: u64 = 4 << 30;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct EvidenceArgs {
    #[command(subcommand)]
    command: Option<EvidenceCommand>,
    #[command(flatten)]
    make: MakeArgs,
}

#[derive(Debug, Subcommand)]
enum EvidenceCommand {
    /// Check that nothing of a pack was changed, and by which key it is signed; exit 1 if something was
    ///
    /// Reads the folder and nothing else. What that proves and what not is said below the result.
    #[command(after_help = "Examples:\n  \
        rosterctl evidence verify pack/\n  \
        rosterctl evidence verify pack/ --key audit.pub")]
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
struct MakeArgs {
    #[command(flatten)]
    roster: RosterArgs,
    /// The first day (UTC)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day, required = true)]
    from: Option<Date>,
    /// The last day (UTC)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day, required = true)]
    to: Option<Date>,
    /// The folder to write; it must not be there, or be empty
    #[arg(long, value_name = "FOLDER", required = true)]
    out: Option<PathBuf>,
    /// Sign the pack with this SSH key (Ed25519, without a passphrase)
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// A journal that apply --journal wrote somewhere else (repeatable)
    #[arg(long, value_name = "FILE")]
    journal: Vec<PathBuf>,
    /// Show people as initials and a short hash, and leave the raw journals and notes out
    #[arg(long)]
    mask: bool,
    /// Use the state of a sandbox, as plan does
    #[cfg(feature = "sandbox")]
    #[arg(long)]
    sandbox: bool,
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// The folder of the pack
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The public key that it has to be signed with (a file that ends in .pub)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Print as text or as JSON
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Makes or checks a pack; asks no vendor.
pub(crate) async fn evidence(args: &EvidenceArgs, terminal: &Terminal) -> Result<Exit, Error> {
    match &args.command {
        Some(EvidenceCommand::Verify(args)) => verify(args, terminal),
        None => make(&args.make, terminal).await,
    }
}

async fn make(args: &MakeArgs, terminal: &Terminal) -> Result<Exit, Error> {
    #[cfg(feature = "sandbox")]
    let sandbox = args.sandbox;
    #[cfg(not(feature = "sandbox"))]
    let sandbox = false;
    let (Some(from), Some(to), Some(out)) = (args.from, args.to, &args.out) else {
        return Err("give --from, --to and --out".into());
    };
    if from > to {
        return Err("--from is after --to".into());
    }
    let taken = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    if taken || out.is_file() {
        return Err(format!("{} is there already; a pack is made anew", out.display()).into());
    }
    let opened = open_state(&args.roster, &[], sandbox, terminal).await?;
    let (roster, files) = (&*opened.roster, &args.roster.roster);
    let mut material = material(&opened.state, files, (from, to), &args.journal).await?;
    add_logins(&mut material, &opened.state)?;
    let (words, without) = match words(files, roster, from, to).await {
        Ok(words) => (words, None),
        Err(why) => (Words::default(), Some(why)),
    };
    let carries = |vendor: &str, attribute: &str| carries(roster, vendor, attribute);
    let mut document = pack(&material, &words, &carries, now()?);
    if let Some(why) = without {
        document.history.uncovered.push(Uncovered {
            from,
            to,
            vendor: None,
            why: format!(
                "the roster's history is not known ({why}), so neither who was to lose access nor \
                 which rules changed"
            ),
        });
    }
    if args.mask {
        document.mask();
    }
    let raw = match args.mask {
        true => BTreeMap::new(),
        false => raw(args, &opened, (from, to))?,
    };
    let written = write(&document, raw, args.sign.as_deref(), out)?;
    let uncovered = document.history.uncovered.len();
    terminal.result(|to| {
        writeln!(
            to,
            "{written} files in {}",
            line(&out.display().to_string())
        )?;
        for told in document.summary() {
            writeln!(to, "  {}", line(&told))?;
        }
        for it in document.history.uncovered.iter().take(20) {
            let vendor = it.vendor.as_deref().unwrap_or("all vendors");
            let told = format!(
                "not covered, {} to {}, {vendor}: {}",
                it.from, it.to, it.why
            );
            writeln!(to, "  {}", line(&told))?;
        }
        if uncovered > 20 {
            writeln!(to, "  and {} more", uncovered - 20)?;
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

/// The journals and notes as they are, by their names in the pack.
fn raw(
    args: &MakeArgs,
    opened: &Opened,
    (from, to): (Date, Date),
) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let store = opened.state.store();
    let mut files = BTreeMap::new();
    for run in journals(&opened.state, from, to)? {
        let bytes = parts::bytes(store, &run)?;
        files.insert(format!("{JOURNALS}{run}.ndjson"), bytes);
    }
    for (number, path) in (1..).zip(&args.journal) {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        files.insert(format!("{JOURNALS}given-{number}-{name}"), fs::read(path)?);
    }
    for (name, bytes) in notes::bytes(store, from, to)? {
        files.insert(format!("{NOTES}{name}"), bytes);
    }
    Ok(files)
}

/// What the foot of the page says.
fn foot(document: &Pack) -> Vec<String> {
    let mut foot = vec![
        format!(
            "Made {} by {}.",
            document.made_at.strftime("%Y-%m-%d %H:%M UTC"),
            document.tool
        ),
        String::from(
            "rosterctl evidence verify FOLDER checks that no file of this pack was changed and that \
             each journal is one chain. A signature shows that the holder of the key made it. Neither \
             shows what happened while nobody read a vendor: see \"Not covered\".",
        ),
        String::from("The tables are in the files that end in .csv beside this page."),
    ];
    if document.masked {
        foot.push(String::from(
            "People are masked, so the raw journals and notes are not in this pack.",
        ));
    }
    foot
}

/// Writes all files of a pack; how many.
fn write(
    document: &Pack,
    raw: BTreeMap<String, Vec<u8>>,
    key: Option<&Path>,
    out: &Path,
) -> Result<usize, Error> {
    let mut files = raw;
    let heads = files
        .iter()
        .filter(|(name, _)| name.starts_with(JOURNALS))
        .map(|(name, bytes)| (name.clone(), chain::read(bytes).last));
    let heads = heads.collect();
    let tables = document.tables();
    for table in &tables {
        let mut bytes = Vec::new();
        report::table::csv(table, &mut bytes)?;
        files.insert(format!("{}.csv", table.name), bytes);
    }
    let mut page = Vec::new();
    let title = format!("Access evidence, {} to {}", document.from, document.to);
    let (summary, foot) = (document.summary(), foot(document));
    report::table::page(&title, &summary, &tables, &foot, &mut page)?;
    files.insert(String::from("index.html"), page);
    let mut json = Vec::new();
    report::json::write(document, &mut json)?;
    files.insert(String::from("evidence.json"), json);
    let manifest = Manifest {
        format: FORMAT,
        tool: tool(),
        made_at: document.made_at,
        from: document.from,
        to: document.to,
        masked: document.masked,
        files: files
            .iter()
            .map(|(name, bytes)| (name.clone(), Digest::of_bytes(bytes)))
            .collect(),
        heads,
    };
    let text = manifest.text();
    // Before anything is written: a key that cannot sign leaves no folder.
    let signature = key
        .map(|key| sign(key, NAMESPACE, text.as_bytes()))
        .transpose()?;
    files.insert(MANIFEST.to_owned(), text.into_bytes());
    if let Some(signature) = signature {
        files.insert(SIGNATURE.to_owned(), signature.into_bytes());
    }
    for (name, bytes) in &files {
        let path = out.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        }
        replace(&path, Readers::Owner, |to| to.write_all(bytes))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(files.len())
}

fn verify(args: &VerifyArgs, terminal: &Terminal) -> Result<Exit, Error> {
    let mut files = BTreeMap::new();
    read(&args.folder, "", &mut files, &mut 0)?;
    let Checked {
        manifest,
        mut faults,
        journals,
        lines,
    } = check(&files);
    let signature = match (files.get(SIGNATURE), files.get(MANIFEST)) {
        (Some(signature), Some(text)) => {
            match verify_signature(signature, NAMESPACE, text, args.key.as_deref()) {
                Ok(signer) => Some(signer.fingerprint),
                Err(why) => {
                    faults.push(format!("{SIGNATURE} {why}"));
                    None
                }
            }
        }
        _ => {
            if args.key.is_some() {
                faults.push(format!("{SIGNATURE} is missing: the pack is not signed"));
            }
            None
        }
    };
    let sound = faults.is_empty();
    let masked = manifest.as_ref().is_some_and(|it| it.masked);
    terminal.result(|out| {
        if args.format == Format::Json {
            let document = json!({
                "sound": sound,
                "faults": faults,
                "files": files.len(),
                "journals": journals,
                "lines": lines,
                "masked": masked,
                "signed_by": signature,
                "from": manifest.as_ref().map(|it| it.from),
                "to": manifest.as_ref().map(|it| it.to),
                "made_at": manifest.as_ref().map(|it| it.made_at),
            });
            return report::json::write(&document, out);
        }
        for fault in &faults {
            writeln!(out, "{}", line(fault))?;
        }
        if !sound {
            return writeln!(out, "The pack is not as it was made.");
        }
        let count = files.len();
        writeln!(out, "The pack is as it was made: {count} files.")?;
        if let Some(manifest) = &manifest {
            let Manifest {
                from, to, made_at, ..
            } = manifest;
            writeln!(out, "It is about {from} to {to} and was made at {made_at:.0}.")?;
        }
        match masked {
            true => writeln!(out, "It is masked: raw journals and notes are not in it.")?,
            false => writeln!(
                out,
                "Each of its {journals} journals is one chain of lines, {lines} in all."
            )?,
        }
        match (&signature, &args.key) {
            (Some(fingerprint), Some(_)) => writeln!(out, "It is signed by that key, {fingerprint}.")?,
            (Some(fingerprint), None) => writeln!(
                out,
                "It is signed by {fingerprint}; whose key that is has to be known from elsewhere, or \
                 give it with --key."
            )?,
            (None, _) => writeln!(
                out,
                "It is not signed: whoever changed a file could have made the manifest anew."
            )?,
        }
        writeln!(
            out,
            "That proves that nothing was changed since it was made. It does not prove that the state \
             it was made from was whole: what is not covered stands in not-covered.csv."
        )
    })?;
    for fault in &faults {
        terminal.error(&line(fault).into());
    }
    Ok(match sound {
        true => Exit::Done,
        false => Exit::Error,
    })
}

/// Reads all files below a folder, by their names in it.
fn read(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
    bytes: &mut u64,
) -> Result<(), Error> {
    let entries = fs::read_dir(folder)
        .map_err(|error| format!("cannot read the folder {}: {error}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            read(&entry.path(), &format!("{name}/"), files, bytes)?;
            continue;
        }
        *bytes += entry.metadata()?.len();
        if !kind.is_file() || *bytes > MOST_BYTES {
            return Err(format!("{name} is no plain file, or the folder is too large").into());
        }
        files.insert(name, fs::read(entry.path())?);
    }
    Ok(())
}
