//! README and docs: short enough, with links that lead somewhere, and with snippets and commands that
//! work as they stand.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Output, Sandbox, rosterctl_with, write};

/// The most that the README may have, in bytes.
const LONGEST_README: usize = 8 * 1024;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All pages, as paths below the root.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]
        .iter()
        .map(PathBuf::from)
        .collect();
    let mut folders = vec![PathBuf::from("docs"), PathBuf::from("src/connector")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    assert!(pages.len() > 15, "the search is wrong: {pages:?}");
    pages
}

fn text(page: &Path) -> String {
    fs::read_to_string(root().join(page)).expect("a page")
}

#[test]
fn the_readme_is_short() {
    let length = text(Path::new("README.md")).len();
    assert!(length <= LONGEST_README, "{length} bytes");
}

/// The targets of links, code left out.
fn links(text: &str) -> Vec<String> {
    let (mut links, mut in_code) = (Vec::new(), false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            continue;
        }
        let mut rest = if in_code { "" } else { line };
        while let Some((_, after)) = rest.split_once("](") {
            let (target, after) = after.split_once(')').unwrap_or((after, ""));
            links.push(target.to_owned());
            rest = after;
        }
    }
    links
}

/// The anchors of a page's headings.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter_map(|it| it.strip_prefix('#'));
    headings
        .map(|heading| {
            let words = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = words
                .chars()
                .filter(|it| it.is_alphanumeric() || " -_".contains(*it));
            kept.map(|it| if it == ' ' { '-' } else { it }).collect()
        })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let folder = page.parent().unwrap_or(Path::new(""));
        for link in links(&text(&page)) {
            if link.starts_with("https://") || link.starts_with("http://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.clone(),
                file => folder.join(file),
            };
            let there = root().join(&target).exists();
            let found = anchor.is_empty()
                || (there && anchors(&text(&target)).contains(&anchor.to_owned()));
            if !there || !found {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

/// Blocks of code in a language, with the indentation of the page taken off.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let (mut blocks, mut open): (Vec<String>, Option<(usize, String)>) = (Vec::new(), None);
    for line in text.lines() {
        let margin = line.len() - line.trim_start().len();
        match &mut open {
            None if line.trim() == format!("```{language}") => open = Some((margin, String::new())),
            None => {}
            Some(_) if line.trim() == "```" => blocks.extend(open.take().map(|(_, block)| block)),
            Some((margin, block)) => {
                block.push_str(line.get(*margin..).unwrap_or_default());
                block.push('\n');
            }
        }
    }
    blocks
}

/// What snippets stand on that show people alone.
const GROUND: &str = "version: 1
vendors:
  bitsight: { auth: { token: { env: BITSIGHT_TOKEN } } }
profiles:
  risk-analyst: { bitsight: { role: customer_user } }
  risk-lead: { bitsight: { role: customer_group_admin } }
";

/// Runs a command that has to succeed.
#[track_caller]
fn assert_done(page: &Path, what: &str, output: &Output) {
    assert_eq!(
        output.code,
        0,
        "{}: {what}\n{}{}",
        page.display(),
        output.stdout,
        output.stderr
    );
}

#[test]
fn every_snippet_of_a_roster_or_a_description_is_sound() {
    let mut checked = 0;
    for page in pages() {
        for block in blocks(&text(&page), "yaml") {
            let folder = tempfile::tempdir().expect("a folder");
            company(folder.path(), &text(&page));
            let work = folder.path().join("work");
            let run = |words: &[&str]| rosterctl_with(&work, words, &[]);
            let begins = |word: &str| block.lines().any(|it| it.starts_with(word));
            if begins("connector: 1") {
                write(&work, "snippet.yaml", &block);
                assert_done(&page, &block, &run(&["connector", "check", "snippet.yaml"]));
            } else if begins("version: 1") {
                write(&work, "users.yaml", &block);
                assert_done(&page, &block, &run(&["validate", "users.yaml"]));
            } else if begins("people:") && !begins("vendors:") {
                write(&work, "ground.yaml", GROUND);
                write(&work, "people.yaml", &block);
                assert_done(
                    &page,
                    &block,
                    &run(&["validate", "ground.yaml", "people.yaml"]),
                );
            } else if begins("vendors:") && !block.contains('…') {
                let roster = format!("version: 1\n{block}");
                write(&work, "users.yaml", &roster);
                assert_done(&page, &block, &run(&["validate", "users.yaml"]));
            } else {
                continue;
            }
            checked += 1;
        }
    }
    assert!(checked >= 8, "only {checked} snippets were found");
}

/// Commands that cannot be run here, each with the reason.
const NOT_RUN: &[(&str, &str)] = &[
    ("rosterctl connector try", "asks a vendor that is made up"),
    (
        "rosterctl certify",
        "writes, and asks first; tests of its own run it",
    ),
    ("cargo ", "is what runs this test, or takes as long"),
];

/// Commands that take `--sandbox` in place of real vendors.
const AT_VENDORS: &[&str] = &[
    "plan", "apply", "import", "doctor", "explain", "leavers", "undo", "access", "history",
];

/// An export with the columns that the page of sources has.
const EXPORT: &str =
    "Employee ID,Work Email,First Name,Last Name,Title,Start Date,Last Day,Status,Department
E7,ada.lovelace@example.com,Ada,Lovelace,Lead,01/05/2026,,Active,Risk
";

/// A folder with what the commands of a page name.
fn company(folder: &Path, page: &str) {
    let example = fs::read_to_string(root().join("examples/users.yaml")).expect("the example");
    let (before, people) = example.split_once("\npeople:\n").expect("people come last");
    let people = format!("version: 1\npeople:\n{people}");
    for name in ["work/roster", "main/roster", "work/connectors"] {
        fs::create_dir_all(folder.join(name)).expect("a folder");
    }
    for place in ["work/roster", "main/roster"] {
        write(&folder.join(place), "vendors.yaml", before);
        write(&folder.join(place), "people.yaml", &people);
    }
    let work = folder.join("work");
    write(&work, "users.yaml", &example);
    let vendors = before
        .split_once("\nprofiles:\n")
        .map_or(before, |(vendors, _)| vendors);
    let vendors = vendors
        .split_once("\nassert:\n")
        .map_or(vendors, |(vendors, _)| vendors);
    write(&work, "vendors.yaml", vendors);
    for name in ["acme", "globex"] {
        let tenant = work.join("tenants").join(name);
        fs::create_dir_all(&tenant).expect("a folder");
        write(&tenant, "vendors.yaml", vendors);
        let profiles = "profiles: [shared]";
        let person = format!(
            "version: 1\npeople: [{{ email: ada@{name}.example, first_name: Ada, last_name: A, {profiles} }}]\n"
        );
        write(&tenant, "people.yaml", &person);
    }
    for name in ["profiles", "summaries", "metrics", "roster/exports"] {
        fs::create_dir_all(work.join(name)).expect("a folder");
    }
    let shared = "profiles: { shared: { bitsight: { role: customer_user } } }\n";
    write(&work, "profiles/shared.yaml", shared);
    for block in blocks(page, "yaml") {
        if block.starts_with("sources:\n  hr:\n") {
            write(&work, "roster/sources.yaml", &block);
            write(&work, "roster/exports/hr.csv", EXPORT);
        }
        if block.contains("\nconnector: 1\n") || block.starts_with("connector: 1\n") {
            write(&work, "connectors/board.yaml", &block);
        }
    }
}

/// The words of a line, without its prompt, remark and redirection.
fn words(line: &str) -> Option<Vec<&str>> {
    let line = line.strip_prefix("$ ")?;
    let line = line.split_once(" #").map_or(line, |(line, _)| line);
    let line = line.split_once(" > ").map_or(line, |(line, _)| line);
    let line = line.split_once(" | ").map_or(line, |(line, _)| line);
    Some(line.split_whitespace().collect())
}

#[test]
fn every_command_of_the_pages_works_as_it_stands() {
    let mut run = 0;
    for page in pages() {
        let text = text(&page);
        let lines: Vec<String> = blocks(&text, "console")
            .iter()
            .flat_map(|it| it.lines().map(str::to_owned).collect::<Vec<_>>())
            .filter(|line| line.starts_with("$ "))
            .filter(|line| {
                !NOT_RUN
                    .iter()
                    .any(|(begin, _)| line[2..].starts_with(begin))
            })
            .collect();
        if lines.is_empty() {
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder");
        company(folder.path(), &text);
        let work = folder.path().join("work");
        let sandbox = Sandbox::start(&work, "users.yaml");
        for line in &lines {
            let words = words(line).expect("a prompt");
            assert_eq!(words[0], "rosterctl", "{}: {line}", page.display());
            let mut words = words[1..].to_vec();
            let offline = words.contains(&"--sandbox") || words.contains(&"--source");
            if AT_VENDORS.contains(&words[0]) && !offline {
                words.push("--sandbox");
            }
            let variables = [("ROSTERCTL_ROSTER", "users.yaml")];
            let output = match words[0] {
                // Each of its rosters has vendors of its own.
                "fleet" => rosterctl_with(&work, &[&words[..], &["--sandbox"]].concat(), &[]),
                _ => sandbox.run_at(&work, &words, &variables),
            };
            let good = [0, 2, 4].contains(&output.code);
            assert!(
                good,
                "{}: {line}\n{}{}",
                page.display(),
                output.stdout,
                output.stderr
            );
            run += 1;
        }
    }
    assert!(run >= 9, "only {run} commands were found");
}
