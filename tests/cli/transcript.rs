//! The first ten minutes as the documentation shows them: each command of the transcript is run in an
//! empty folder, and what it prints is what the page says.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::common::{Sandbox, rosterctl_with};

const FENCE: &str = "```console from-nothing\n";
/// The sandbox takes any free port; the page shows this one.
const ADDRESS: &str = "http://127.0.0.1:8443";

#[test]
fn an_empty_folder_reaches_its_first_plan_and_apply() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/getting-started.md");
    let text = std::fs::read_to_string(&page).expect("a page");
    let (before, rest) = text.split_once(FENCE).expect("a transcript");
    let (shown, after) = rest.split_once("```\n").expect("its end");
    let commands: Vec<&str> = shown
        .lines()
        .filter_map(|it| it.strip_prefix("$ "))
        .collect();
    let rosterctl = commands.iter().filter(|it| it.starts_with("rosterctl "));
    assert_eq!(rosterctl.count(), 4, "{shown}");
    let folder = tempfile::tempdir().expect("a folder");
    let (mut seen, mut sandbox) = (String::new(), None::<Sandbox>);
    for command in commands {
        let _ = writeln!(seen, "$ {command}");
        let line = command.split_once(" #").map_or(command, |(line, _)| line);
        let words: Vec<&str> = line.split_whitespace().collect();
        match *words {
            ["export", variable] => assert_eq!(variable, format!("ROSTERCTL_SANDBOX={ADDRESS}")),
            ["rosterctl", "sandbox", roster] => {
                sandbox = Some(Sandbox::start(folder.path(), roster));
                let _ = writeln!(seen, "…\nexport ROSTERCTL_SANDBOX={ADDRESS}");
            }
            _ => {
                let real = sandbox.as_ref().map_or("", |it| it.address());
                let output = rosterctl_with(
                    folder.path(),
                    &words[1..],
                    &[("ROSTERCTL_SANDBOX", real)][..usize::from(!real.is_empty())],
                );
                assert_eq!(output.code, 0, "{command}: {output:#?}");
                let printed = format!("{}{}", output.stderr, output.stdout);
                let printed = match real {
                    "" => printed,
                    real => printed.replace(real, ADDRESS),
                };
                // The plan was shown before, and progress comes in any order.
                let printed = match printed.find("\nApplied ") {
                    Some(at) => format!("…{}", &printed[at..]),
                    None => printed,
                };
                // The folder of its journal has another name every time.
                for line in printed.lines().filter(|it| !it.starts_with("The journal ")) {
                    if !(line.is_empty() && seen.ends_with("\n\n")) {
                        let _ = writeln!(seen, "{line}");
                    }
                }
            }
        }
    }
    if std::env::var_os("ROSTERCTL_BLESS").is_some() {
        let page_text = format!("{before}{FENCE}{seen}```\n{after}");
        std::fs::write(&page, page_text).expect("the page is ours");
    } else {
        assert_eq!(
            shown, seen,
            "ROSTERCTL_BLESS=1 cargo test --test cli transcript"
        );
    }
}
