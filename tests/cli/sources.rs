//! People from exports, with the real binary and files of the form that systems document.

use std::path::Path;

use super::common::{Output, rosterctl, rosterctl_with, write};

const DOC: &str = include_str!("../../docs/people-sources.md");

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("a file")
}

fn source(folder: &Path, more: &[&str]) -> Output {
    let args = [&["import", "--source", "hr"], more].concat();
    rosterctl(folder, &args)
}

const SOURCE: &str = "sources:
  hr:
    csv: hr.csv
    columns: { key: Employee ID, email: Work Email, first_name: First Name, last_name: Last Name, starts: Start Date, ends: Last Day }
    dates: \"%m/%d/%Y\"
    active: { column: Status, is: [Active, On Leave] }
    profiles: { column: Department, values: { Risk: [analyst], \"*\": [] } }
profiles: { analyst: {} }
";
const HEAD: &str =
    "Employee ID,Work Email,First Name,Last Name,Start Date,Last Day,Status,Department\n";

fn start(rows: &str, people: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "hr.csv", &format!("{HEAD}{rows}"));
    write(folder.path(), "users.yaml", &format!("{SOURCE}{people}"));
    folder
}

#[test]
fn an_export_is_shown_and_then_merged_once() {
    let rows = "E1,ada@x.example,Ada,Byron,01/05/2026,,Active,Risk\n\
                E2,alan.t@x.example,Alan,Turing,,,Active,Sales\n\
                E4,new@x.example,New,Person,,,Active,Risk\n";
    let people = "people:\n  # Ours.\n  - email: ada@x.example # mail\n    first_name: Ada\n    \
                  last_name: Byron\n  - { email: alan@x.example, source: { hr: E2 }, first_name: Alan, \
                  last_name: Turing }\n  - { email: mary@x.example, source: { hr: E3 } }\n";
    let folder = start(rows, people);
    let folder = folder.path();
    let before = text(folder, "users.yaml");
    let shown = source(folder, &[]);
    assert_eq!(shown.code, 0, "{shown:#?}");
    assert_eq!(
        shown.stdout,
        "+ new@x.example  E4\n\
         ~ ada@x.example  is E1 of hr; starts (none) → 2026-01-05; profiles +analyst\n\
         ~ alan@x.example  renamed to alan.t@x.example\n\
         - mary@x.example  left: no longer listed\n"
    );
    assert!(
        shown
            .stderr
            .contains("1 person new, 2 changed, 1 who left."),
        "{shown:#?}"
    );
    assert_eq!(text(folder, "users.yaml"), before, "nothing was written");
    let merged = source(folder, &["--merge", "users.yaml"]);
    assert_eq!(merged.code, 0, "{merged:#?}");
    let after = text(folder, "users.yaml");
    assert_eq!(
        after,
        format!(
            "{SOURCE}people:\n  # Ours.\n  - email: ada@x.example # mail\n    source: {{ hr: E1 }}\n    \
             first_name: Ada\n    last_name: Byron\n    starts: 2026-01-05\n    profiles: [analyst]\n  \
             - {{ email: alan.t@x.example, source: {{ hr: E2 }}, first_name: Alan, last_name: Turing, \
             previous_emails: [alan@x.example] }}\n  - {{ email: mary@x.example, source: {{ hr: E3 }}, \
             active: false }}\n  - email: new@x.example\n    source: {{ hr: E4 }}\n    first_name: New\n    \
             last_name: Person\n    profiles: [analyst]\n"
        )
    );
    let again = source(folder, &["--merge", "users.yaml"]);
    assert_eq!(
        (again.code, text(folder, "users.yaml")),
        (0, after),
        "{again:#?}"
    );
    assert!(
        again
            .stderr
            .contains("The roster says what the export says."),
        "{again:#?}"
    );
}

#[test]
fn an_export_that_was_cut_takes_nobody_off() {
    let many: String = (0..20)
        .map(|n| format!("  - {{ email: p{n}@x.example, source: {{ hr: E{n} }} }}\n"))
        .collect();
    let rows: String = (0..10)
        .map(|n| format!("E{n},p{n}@x.example,,,,,Active,Sales\n"))
        .collect();
    let folder = start(&rows, &format!("people:\n{many}"));
    let folder = folder.path();
    let before = text(folder, "users.yaml");
    let refused = source(folder, &["--merge", "users.yaml"]);
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(
        refused.stderr.contains("--allow-lost-people 10"),
        "{refused:#?}"
    );
    assert_eq!(text(folder, "users.yaml"), before);
    let allowed = source(
        folder,
        &["--merge", "users.yaml", "--allow-lost-people", "10"],
    );
    assert_eq!(allowed.code, 0, "{allowed:#?}");
    assert_eq!(
        text(folder, "users.yaml").matches("active: false").count(),
        10
    );
    // Nobody at all is never believed.
    write(folder, "hr.csv", HEAD);
    let refused = source(
        folder,
        &["--merge", "users.yaml", "--allow-lost-people", "20"],
    );
    assert_eq!(refused.code, 1, "{refused:#?}");
    assert!(refused.stderr.contains("it lists nobody"), "{refused:#?}");
}

#[test]
fn what_is_wrong_with_a_source_is_told() {
    let folder = start("", "people: []\n");
    let folder = folder.path();
    let unknown = rosterctl(folder, &["import", "--source", "hrr"]);
    assert_eq!(unknown.code, 1);
    assert!(
        unknown.stderr.contains("did you mean \"hr\"?"),
        "{unknown:#?}"
    );
    std::fs::remove_file(folder.join("hr.csv")).unwrap();
    let gone = source(folder, &[]);
    assert!(gone.stderr.contains("hr.csv cannot be read"), "{gone:#?}");
    write(folder, "hr.csv", "Employee ID;Mail\n");
    let lacking = source(folder, &[]);
    assert!(lacking.stderr.contains("it has no columns"), "{lacking:#?}");
}

/// A pull request of anybody must not have another file read, today or after the merge.
#[test]
fn a_pull_request_names_no_other_file() {
    let folder = start(
        "E1,a@x.example,,,,,Active,Sales\n",
        "people: [{ email: a@x.example }]\n",
    );
    let folder = folder.path();
    let base = text(folder, "users.yaml");
    write(
        folder,
        "head.yaml",
        &base.replace("csv: hr.csv", "csv: /etc/passwd"),
    );
    let args = [
        "plan",
        "head.yaml",
        "--base",
        "users.yaml",
        "--untrusted",
        "--sandbox",
    ];
    let refused = rosterctl(folder, &args);
    assert_eq!(refused.code, 1, "{refused:#?}");
    let why = "the file of the source `hr` must be as in the base roster";
    assert!(refused.stderr.contains(why), "{refused:#?}");
}

/// The recipes of the documentation, each with a file of the form that its system documents.
#[test]
fn every_recipe_of_the_documentation_reads_its_export() {
    let exports = [
        (
            "entra.csv",
            "userPrincipalName,displayName,surname,mail,givenName,objectId,userType,jobTitle,department,accountEnabled,usageLocation,companyName\n\
             ada@x.example,Ada Byron,Byron,ada@x.example,Ada,1b6f3c52-0000-4000-8000-000000000001,Member,Lead,Risk,True,GB,Example Ltd\n\
             bob@x.example,Bob,B,bob@x.example,Bob,1b6f3c52-0000-4000-8000-000000000002,Member,,Sales,False,GB,\n",
        ),
        (
            "okta.json",
            r#"[{"id":"00u1","status":"ACTIVE","profile":{"firstName":"Ada","lastName":"Byron","email":"ada@x.example","login":"ada@x.example","title":"Lead","department":"Risk"}},
                {"id":"00u2","status":"DEPROVISIONED","profile":{"firstName":"Bob","lastName":"B","email":"bob@x.example","login":"bob@x.example"}}]"#,
        ),
        (
            "google.csv",
            "First Name [Required],Last Name [Required],Email Address [Required],Org Unit Path [Required],Status [READ ONLY],Employee ID,Employee Title,Department\n\
             Ada,Byron,ada@x.example,/,Active,7,Lead,Risk\nBob,B,bob@x.example,/,Suspended,8,,Sales\n",
        ),
        (
            "bamboohr.csv",
            "\u{feff}Employee #,First Name,Last Name,Work Email,Job Title,Department,Hire Date,Termination Date,Status\n\
             7,Ada,Byron,ada@x.example,Lead,Risk,2026-01-05,0000-00-00,Active\n\
             8,Bob,B,bob@x.example,,Sales,2020-01-05,2025-12-31,Inactive\n",
        ),
        (
            "workday.json",
            r#"{"Report_Entry":[{"Employee_ID":"21001","primaryWorkEmail":"ada@x.example","First_Name":"Ada","Last_Name":"Byron","businessTitle":"Lead","Cost_Center":"Risk","Hire_Date":"2026-01-05","Active_Status":"1"},
                {"Employee_ID":"21002","primaryWorkEmail":"bob@x.example","First_Name":"Bob","Last_Name":"B","Hire_Date":"2020-01-05","Termination_Date":"2025-12-31","Active_Status":"0"}]}"#,
        ),
    ];
    for (name, export) in exports {
        let folder = tempfile::tempdir().unwrap();
        let recipe = DOC
            .split("```yaml\n")
            .skip(1)
            .map(|it| it.split("```").next().unwrap());
        let recipe = recipe
            .clone()
            .find(|it| it.contains(&format!("exports/{name}")));
        let recipe = recipe.unwrap_or_else(|| panic!("no recipe reads {name}"));
        std::fs::create_dir(folder.path().join("exports")).unwrap();
        write(folder.path(), &format!("exports/{name}"), export);
        write(
            folder.path(),
            "users.yaml",
            &format!("{recipe}profiles: {{ risk-analyst: {{}} }}\npeople: []\n"),
        );
        let source = recipe.lines().nth(1).unwrap().trim().trim_end_matches(':');
        let args = ["import", "--source", source, "--merge", "users.yaml"];
        let done = rosterctl_with(folder.path(), &args, &[]);
        assert_eq!(done.code, 0, "{name}: {done:#?}");
        let roster = text(folder.path(), "users.yaml");
        let people = roster.split_once("people:").unwrap().1;
        for part in ["ada@x.example", "Ada", "Byron", "Lead", "risk-analyst"] {
            assert!(people.contains(part), "{name} has no {part}: {people}");
        }
        assert!(!people.contains("bob@x.example"), "{name}: {people}");
    }
}
