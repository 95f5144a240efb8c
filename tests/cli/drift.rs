//! Drift taken over into the roster, with the real binary against the sandbox.

use super::common::{Sandbox, write};

const VENDORS: &str = "vendors:
  bitsight: { auth: { token: { env: T } }, own_account: rosterctl@example.com }
  snaplogic: { base_url: 'https://elastic.snaplogic.com', organization: O, auth: { email: { env: E }, password: { env: P } } }
profiles:
  staff: { snaplogic: { groups: [staff] } }
";

const HELD: &str = "people:
  # Ours.
  - email: ada@example.com # mail
    first_name: Ada
    last_name: Byron
    profiles: [staff]
    accounts:
      bitsight: { role: customer_admin, group: All } # hers
      snaplogic: { groups: [Owners] }
  - { email: alan@example.com, first_name: Alan, last_name: Turing, accounts: { bitsight: { role: customer_user, group: All }, snaplogic: false } }
  - { email: mary@example.com, first_name: Mary, last_name: Jackson, accounts: { bitsight: { role: customer_user, group: All } } }
";

#[test]
fn drift_is_taken_over_and_who_left_stays_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let held = format!("{VENDORS}{HELD}");
    write(folder, "held.yaml", &held);
    let sandbox = Sandbox::start(folder, "held.yaml");
    let done = sandbox.run(folder, &["apply", "held.yaml", "--sandbox", "--yes"]);
    assert_eq!(done.code, 0, "{done:#?}");
    // The roster says something else by now: each of these is drift.
    let roster = held
        .replace(
            "role: customer_admin, group: All } # hers",
            "role: customer_user, group: All } # hers",
        )
        .replace("snaplogic: { groups: [Owners] }", "snaplogic: {}")
        .replace("snaplogic: false } }", "snaplogic: { groups: [staff] } } }")
        .replace("last_name: Jackson,", "last_name: Jackson, active: false,");
    write(folder, "users.yaml", &roster);
    let args = ["import", "--drift", "--merge", "users.yaml", "--sandbox"];
    let taken = sandbox.run(folder, &args);
    assert_eq!(taken.code, 0, "{taken:#?}");
    let text = std::fs::read_to_string(folder.join("users.yaml")).unwrap();
    for part in [
        "  # Ours.\n  - email: ada@example.com # mail\n",
        "bitsight: { role: customer_admin, group: All } # hers\n",
        "snaplogic: { groups: [Owners] }\n",
        "snaplogic: false } }\n",
        "last_name: Jackson, active: false,",
    ] {
        assert!(text.contains(part), "no {part} in {text}\n{}", taken.stderr);
    }
    let left = "left to you: mary@example.com at bitsight: it is still active";
    assert!(taken.stderr.contains(left), "{}", taken.stderr);
    let told = "taken over: ada@example.com at bitsight: role is customer_admin";
    assert!(taken.stderr.contains(told), "{}", taken.stderr);
    let plan = sandbox.run(folder, &["plan", "--sandbox", "--format", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    let actions = plan["actions"].as_array().unwrap();
    assert_eq!(actions.len(), 1, "{actions:#?}");
    assert_eq!(actions[0]["email"], "mary@example.com");
}
