//! Three shapes in which projects keep their people in public, each as a source and as a roster of the
//! same people: the roster is not longer, gives everybody what the source says, and comes back from
//! the vendor without loss. The people are made up; so are the teams.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::common::{Output, Sandbox, rosterctl, write};

/// The day of the plan.
const TODAY: &str = "2026-01-05";

const VENDORS: &str = "version: 1
vendors:
  snaplogic:
    base_url: https://elastic.snaplogic.com
    organization: Org
    auth: { email: { env: E }, password: { env: P } }
";

/// A team: who leads it, who is in it, and for how long.
struct Team {
    name: String,
    leads: Vec<usize>,
    members: Vec<usize>,
}

/// So many people in so many teams. Everybody is in at least one.
fn teams(people: usize, teams: usize) -> Vec<Team> {
    let team = |at: usize| {
        let own = (at..people).step_by(teams);
        let guests = (1..3).map(|guest| (at * 7 + guest * 5) % people);
        let leads = vec![at % people];
        let members = own.chain(guests).filter(|it| !leads.contains(it));
        let members: BTreeSet<usize> = members.collect();
        Team {
            name: format!("team-{at}"),
            leads,
            members: members.into_iter().collect(),
        }
    };
    (0..teams).map(team).collect()
}

fn email(person: usize) -> String {
    format!("p{person}@example.com")
}

fn people(count: usize) -> String {
    let mut text = String::from("people:\n");
    for person in 0..count {
        let _ = writeln!(
            text,
            "  - {{ email: {}, first_name: P, last_name: N{person} }}",
            email(person)
        );
    }
    text
}

/// What somebody should have: the groups, by e-mail. Who has none has no account.
type Wanted = BTreeMap<String, BTreeSet<String>>;

struct Shape {
    /// The files of the source, one after the other.
    source: String,
    roster: String,
    wanted: Wanted,
}

/// A file for each person and one for each team, with leads and members (TOML).
fn file_by_team(count: usize, number: usize) -> Shape {
    let (teams, mut source) = (teams(count, number), String::new());
    let (mut wanted, mut roster) = (Wanted::new(), String::from("teams:\n"));
    for person in 0..count {
        let _ = writeln!(
            source,
            "name = \"P N{person}\"\ngithub = \"p{person}\"\ngithub-id = {person}\nemail = \"{}\"",
            email(person)
        );
    }
    let mut profiles = String::from("profiles:\n");
    for Team {
        name,
        leads,
        members,
    } in &teams
    {
        let handle = |list: &[usize]| -> Vec<String> {
            list.iter().map(|it| format!("\"p{it}\"")).collect()
        };
        let _ = writeln!(
            source,
            "name = \"{name}\"\nsubteam-of = \"all\"\n\n[people]\nleads = [{}]\nmembers = [",
            handle(leads).join(", ")
        );
        for member in handle(members) {
            let _ = writeln!(source, "    {member},");
        }
        source.push_str("]\n\n[[github]]\norgs = [\"example\"]\n");
        let _ = writeln!(
            profiles,
            "  {name}: {{ snaplogic: {{ groups: [{name}] }} }}"
        );
        let _ = writeln!(roster, "  {name}:\n    profiles: [{name}]\n    members:");
        for lead in leads {
            let _ = writeln!(
                roster,
                "      - {{ email: {}, profiles: [lead] }}",
                email(*lead)
            );
        }
        for member in members {
            let _ = writeln!(roster, "      - {}", email(*member));
        }
        for person in leads.iter().chain(members) {
            wanted
                .entry(email(*person))
                .or_default()
                .insert(name.clone());
        }
        for lead in leads {
            wanted
                .entry(email(*lead))
                .or_default()
                .insert("leads".into());
        }
    }
    profiles.push_str("  lead: { snaplogic: { groups: [leads] } }\n");
    Shape {
        source,
        roster: format!("{VENDORS}{profiles}{}{roster}", people(count)),
        wanted,
    }
}

/// One file: the members of an organisation, and teams with maintainers and members (YAML).
fn organisation(count: usize, number: usize) -> Shape {
    let (teams, mut source) = (teams(count, number), String::from("members:\n"));
    for person in 0..count {
        let _ = writeln!(source, "- p{person}");
    }
    source.push_str("teams:\n");
    let (mut wanted, mut profiles) = (Wanted::new(), String::from("profiles:\n"));
    let mut roster = String::from("teams:\n");
    for Team {
        name,
        leads,
        members,
    } in &teams
    {
        let _ = writeln!(
            source,
            "  {name}:\n    description: Reviews {name}\n    maintainers:"
        );
        for person in leads {
            let _ = writeln!(source, "    - p{person}");
        }
        source.push_str("    members:\n");
        for person in members {
            let _ = writeln!(source, "    - p{person}");
        }
        source.push_str("    privacy: closed\n    repos:\n");
        let _ = writeln!(source, "      {name}: write");
        let _ = writeln!(
            profiles,
            "  {name}: {{ snaplogic: {{ groups: [{name}] }} }}"
        );
        let _ = writeln!(
            roster,
            "  {name}:\n    note: Reviews {name}\n    profiles: [{name}]\n    members:"
        );
        for lead in leads {
            let _ = writeln!(
                roster,
                "      - {{ email: {}, profiles: [keeper] }}",
                email(*lead)
            );
            wanted
                .entry(email(*lead))
                .or_default()
                .insert("keepers".into());
        }
        for member in members {
            let _ = writeln!(roster, "      - {}", email(*member));
        }
        for person in leads.iter().chain(members) {
            wanted
                .entry(email(*person))
                .or_default()
                .insert(name.clone());
        }
    }
    profiles.push_str("  keeper: { snaplogic: { groups: [keepers] } }\n");
    Shape {
        source,
        roster: format!("{VENDORS}{profiles}{}{roster}", people(count)),
        wanted,
    }
}

/// A list for each year: who was elected, with address and days (YAML).
fn terms(count: usize, years: usize) -> Shape {
    let (mut source, mut wanted) = (String::new(), Wanted::new());
    let mut roster = String::from("teams:\n  council:\n    profiles: [council]\n    members:\n");
    for year in 0..years {
        let year_name = 2027 - year;
        let _ = writeln!(source, "- year: {year_name}\n  elected:");
        for seat in 0..count / years {
            let person = (year * 3 + seat) % count;
            let _ = writeln!(
                source,
                "    - name: P N{person}\n      email: {}\n      until: {year_name}-12-31",
                email(person)
            );
            let _ = writeln!(
                roster,
                "      - {{ email: {}, starts: {year_name}-01-01, ends: {year_name}-12-31 }}",
                email(person)
            );
            if year_name == 2026 {
                wanted
                    .entry(email(person))
                    .or_default()
                    .insert("council".into());
            }
        }
    }
    let profiles = "profiles:\n  council: { snaplogic: { groups: [council] } }\n";
    Shape {
        source,
        roster: format!("{VENDORS}{profiles}{}{roster}", people(count)),
        wanted,
    }
}

fn assert_done(output: &Output) -> &Output {
    assert_eq!(output.code, 0, "{output:#?}");
    output
}

/// A vendor that has the groups, and of the people nobody.
fn empty(folder: &Path, wanted: &Wanted) -> Sandbox {
    let groups: BTreeSet<&str> = wanted.values().flatten().map(|it| &**it).collect();
    let groups: Vec<&str> = groups.into_iter().collect();
    let groups = groups.join(", ");
    let person =
        format!("first_name: A, last_name: B, accounts: {{ snaplogic: {{ groups: [{groups}] }} }}");
    let text = format!("{VENDORS}people: [{{ email: other@example.com, {person} }}]\n");
    write(folder, "seed.yaml", &text);
    Sandbox::start(folder, "seed.yaml")
}

/// What a plan against a vendor without these people gives to each.
fn planned(folder: &Path, wanted: &Wanted) -> Wanted {
    let args = [
        "plan",
        "roster.yaml",
        "--sandbox",
        "--on",
        TODAY,
        "--format",
        "json",
    ];
    let output = empty(folder, wanted).run(folder, &args);
    let plan: Value = serde_json::from_str(&assert_done(&output).stdout).expect("a document");
    let actions = plan["actions"].as_array().expect("actions");
    let given = actions.iter().map(|action| {
        assert_eq!(action["action"], "create", "{action:#}");
        let changes = action["changes"].as_array().expect("changes");
        let groups = changes.iter().find(|it| it["attribute"] == "groups");
        let groups = groups
            .and_then(|it| it["after"].as_array())
            .expect("groups");
        let groups = groups.iter().filter_map(|it| it.as_str());
        let email = action["email"].as_str().expect("an e-mail");
        (email.to_owned(), groups.map(str::to_owned).collect())
    });
    given.collect()
}

#[test]
fn rosters_by_team_are_no_longer_than_their_sources_and_say_the_same() {
    for (name, shape) in [
        ("a file for each person and team", file_by_team(1276, 268)),
        ("an organisation", organisation(666, 241)),
        ("terms of a year", terms(60, 10)),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "roster.yaml", &shape.roster);
        assert_done(&rosterctl(
            folder.path(),
            &["validate", "roster.yaml", "--strict"],
        ));
        assert_eq!(
            planned(folder.path(), &shape.wanted),
            shape.wanted,
            "{name}"
        );
        let (ours, theirs) = (shape.roster.lines().count(), shape.source.lines().count());
        assert!(ours <= theirs, "{name}: {ours} lines for {theirs}");
    }
}

#[test]
fn rosters_by_team_come_back_from_the_vendor_without_loss() {
    for shape in [file_by_team(40, 8), organisation(40, 8), terms(40, 10)] {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        write(folder, "roster.yaml", &shape.roster);
        write(folder, "vendors.yaml", VENDORS);
        let sandbox = empty(folder, &shape.wanted);
        let run = |args: &[&str]| sandbox.run(folder, &[args, &["--sandbox"]].concat());
        assert_done(&run(&["apply", "roster.yaml", "--on", TODAY, "--yes"]));
        assert_done(&run(&["import", "vendors.yaml", "--out", "back.yaml"]));
        // The people of the source, and nothing follows from the roster that was written from them.
        let back = std::fs::read_to_string(folder.join("back.yaml")).expect("a file");
        for email in shape.wanted.keys() {
            assert!(back.contains(&format!("email: {email}")), "{email}: {back}");
        }
        let both = ["plan", "vendors.yaml", "back.yaml", "--detailed-exitcode"];
        assert_done(&run(&both));
        assert_done(&run(&[
            "plan",
            "roster.yaml",
            "--on",
            TODAY,
            "--detailed-exitcode",
        ]));
    }
}
