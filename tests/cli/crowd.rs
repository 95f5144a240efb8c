//! Plans for many people: what is shown as one line, and what does not fit into a deadline.

use serde_json::Value;

use crate::common::{Sandbox, write};
use crate::company;

#[test]
fn the_same_create_of_many_is_one_line_and_a_short_deadline_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let few = write(folder.path(), "few.yaml", &company(0..2, "example.com"));
    let sandbox = Sandbox::start(folder.path(), &few);
    let limits = "limits: { per_second: 20, burst: 1 }, unlisted: report";
    let many = company(0..60, "example.com").replace("unlisted: deactivate", limits);
    let many = write(folder.path(), "many.yaml", &many);
    let plan = |more: &[&str]| {
        let args = [&["plan", &many, "--sandbox"], more].concat();
        sandbox.run(folder.path(), &args)
    };
    let grouped = plan(&[]);
    assert_eq!(grouped.code, 0, "{grouped:#?}");
    assert!(
        grouped.stdout.contains("+ create      5"),
        "{}",
        grouped.stdout
    );
    assert!(
        grouped.stdout.contains("-v lists all"),
        "{}",
        grouped.stdout
    );
    assert!(
        !grouped.stdout.contains("p59@example.com"),
        "{}",
        grouped.stdout
    );
    let all = plan(&["-v"]);
    assert!(
        all.stdout.contains("+ create      p59@example.com"),
        "{}",
        all.stdout
    );

    let based = plan(&["--base", &few]);
    assert!(based.stdout.contains("-v lists all"), "{}", based.stdout);

    let tight = plan(&["--deadline", "1s", "--format", "json"]);
    assert_eq!(tight.code, 0, "{tight:#?}");
    let tight: Value = serde_json::from_str(&tight.stdout).unwrap();
    let forecast = &tight["vendors"]["bitsight"]["forecast"];
    assert_eq!(forecast["per_hour"], 72_000);
    assert_eq!(forecast["within_seconds"], 1);
    assert!(forecast["share_percent"].as_u64() > Some(100), "{forecast}");
    let notices = tight["notices"].to_string();
    assert!(notices.contains("the deadline leaves 1 s"), "{notices}");
    let wide: Value =
        serde_json::from_str(&plan(&["--deadline", "1h", "--format", "json"]).stdout).unwrap();
    assert!(
        !wide["notices"].to_string().contains("deadline"),
        "{wide:#}"
    );
    assert_eq!(wide["digest"], tight["digest"]);
}
