//! What `validate` reads and says, with the real binary.

use crate::common::{rosterctl, rosterctl_with, write};

/// A key is sent from a file beside the roster, and no other file is, nor shown.
#[test]
fn a_key_is_a_public_one_in_a_file_below() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let roster = |file: &str| {
        write(
            folder,
            "users.yaml",
            &format!(
                "vendors:\n  snaplogic:\n    base_url: https://elastic.snaplogic.com\n    organization: O\n    \
                 auth: {{ email: {{ env: E }}, password: {{ env: P }} }}\npeople:\n  - email: etl@example.com\n    \
                 first_name: E\n    last_name: L\n    accounts:\n      snaplogic: {{ utility: true, certificate: '{file}' }}\n"
            ),
        )
    };
    std::fs::create_dir(folder.join("keys")).unwrap();
    write(
        folder,
        "keys/etl.pem",
        "-----BEGIN PUBLIC KEY-----\nTUlJ\n-----END PUBLIC KEY-----\n",
    );
    write(
        folder,
        "keys/secret.pem",
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n",
    );
    roster("keys/etl.pem");
    let done = rosterctl(folder, &["apply", "users.yaml", "--sandbox", "--yes"]);
    assert_eq!(done.code, 0, "{done:#?}");
    assert!(done.stdout.contains("BEGIN PUBLIC KEY"), "{done:#?}");
    for (file, why) in [
        ("keys/secret.pem", "keys/secret.pem holds a private key"),
        ("keys/none.pem", "keys/none.pem cannot be read"),
        ("users.yaml", "users.yaml is not PEM"),
        ("../x.pem", "names a file outside of this folder"),
        ("/etc/passwd", "names a file outside of this folder"),
    ] {
        roster(file);
        let refused = rosterctl(folder, &["validate", "users.yaml"]);
        assert_eq!(refused.code, 1, "{file}: {refused:#?}");
        assert!(refused.stderr.contains(why), "{file}: {refused:#?}");
        assert!(!refused.stderr.contains("c2VjcmV0"), "{refused:#?}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("etl.pem", folder.join("keys/link.pem")).unwrap();
        roster("keys/link.pem");
        let refused = rosterctl(folder, &["validate", "users.yaml", "--untrusted"]);
        assert_eq!(refused.code, 1, "{refused:#?}");
        assert!(refused.stderr.contains("symbolic link"), "{refused:#?}");
    }
}

#[test]
fn at_most_two_hundred_problems_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..1_000).map(|n| format!("key{n}: 1\n")).collect();
    write(folder.path(), "users.yaml", &lines);
    let text = rosterctl(folder.path(), &["validate"]);
    assert_eq!(text.code, 1);
    assert_eq!(text.stderr.matches("error[").count(), 200);
    assert!(
        text.stderr
            .ends_with("1000 errors in 1 file; 800 of them are not shown\n"),
        "{}",
        text.stderr
    );
    let json = rosterctl(folder.path(), &["validate", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["diagnostics"].as_array().unwrap().len(), 200);
    assert_eq!(document["not_shown"], 800);
}

#[test]
fn a_day_in_another_form_is_told_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "users.yaml", "people: []\n");
    for day in [
        "01/02/2026",
        "2026-2-1",
        "2026-02-30",
        "2026-02-01T00:00:00",
        "today",
    ] {
        let refused = rosterctl(folder.path(), &["plan", "--on", day]);
        assert_eq!(refused.code, 1, "{day}: {refused:#?}");
        assert!(
            refused.stderr.contains("YYYY-MM-DD, such as 2026-02-01"),
            "{refused:#?}"
        );
    }
}

#[test]
fn the_default_roster_can_be_named_in_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::create_dir(at.join("conf")).unwrap();
    write(at, "users.yml", "people: [{ email: a@example.com }]\n");
    write(
        at,
        "conf/p.yaml",
        "people: [{ email: b@example.com }, { email: c@example.com }]\n",
    );
    let people = |args: &[&str], name: &str| {
        let done = rosterctl_with(at, args, &[("ROSTERCTL_ROSTER", name)]);
        assert_eq!(done.code, 0, "{done:#?}");
        done.stdout
    };
    assert!(people(&["validate"], "").contains("1 person"));
    assert!(people(&["validate"], "conf").contains("2 people"));
    assert!(people(&["validate", "users.yml"], "conf").contains("1 person"));
    std::fs::create_dir(at.join("roster")).unwrap();
    write(at, "roster/r.yaml", "people: [{ email: d@example.com }]\n");
    assert!(people(&["validate"], "").contains("2 people"));
}
