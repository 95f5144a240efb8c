//! Which rules a change of the roster changes, and in which words.

use super::*;
use crate::model::attention::RuleChange;
use crate::roster::rule_changes;
use crate::roster::vendors::KEYS;

/// One line for each key of a vendor, and every rule of the whole roster.
const BASE: &str = "state: ../var
protect: ['*@msp.example']
released: [{ email: left@example.com }]
assert:
  - admins: { vendor: bitsight, at_most: 3 }
  - domains: { only: [example.com] }
vendors:
  bitsight:
    kind: bitsight
    base_url: https://api.bitsight.example
    auth: { token: { env: ONE_TOKEN } }
    defaults: { role: customer_user, group: Europe }
    unlisted: report
    protect: [breakglass@example.com, root@example.com]
    limits: { per_second: 5, burst: 5 }
    max: { creates: 300, deactivations: 10%, admin_grants: 0 }
    deactivate: status
    leavers: { delete_after: 30d }
    own_account: robot@example.com
    admins: { attribute: role, values: [customer_admin, customer_group_admin] }
    record: records/bitsight.json
  surecloud:
    auth: { jwt: { env: OTHER_TOKEN } }
    roles: { READER: Reader }
people: []
";

fn parsed(folder: &str, text: &str) -> Parsed {
    let file = RosterFile {
        path: format!("{folder}/a.yaml"),
        folder: std::path::PathBuf::from(folder),
        text: text.to_owned(),
    };
    let parsed = parse(vec![file], &crate::connector::specs());
    assert!(parsed.is_usable(), "{:#?}", parsed.diagnostics);
    parsed
}

/// `vendor rule: before → after` of each change that one text in place of another makes.
fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(BASE.contains(from), "{from}");
    let base = parsed("base/roster", BASE);
    let head = parsed("head/roster", &BASE.replacen(from, to, 1));
    told(rule_changes(
        (&head.roster, &head.sources),
        (&base.roster, &base.sources),
    ))
}

fn told(changes: Vec<RuleChange>) -> Vec<String> {
    let shown = changes.into_iter().map(|it| {
        let vendor = it.vendor.as_deref().unwrap_or("-").to_owned();
        let [before, after] = [it.before, it.after].map(|it| it.unwrap_or_default());
        format!("{vendor} {}: {before} → {after}", it.rule)
    });
    shown.collect()
}

#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    assert_eq!(changed(from, to), expected, "{from:?} to {to:?}");
}

#[test]
fn the_same_rules_in_another_folder_and_order_are_no_change() {
    check("people: []", "# a comment\npeople: []", &[]);
    let from = "[breakglass@example.com, root@example.com]";
    check(from, "[ROOT@example.com, breakglass@example.com]", &[]);
}

#[test]
fn people_and_what_they_get_are_no_rules() {
    let person = "people: [{ email: a@example.com, accounts: { bitsight: {} } }]\n\
                  profiles: { p: { bitsight: { role: customer_admin } } }";
    check("people: []", person, &[]);
    // It carries no rights.
    check(
        ", group: Europe }",
        ", group: Europe, is_available_for_contact: true }",
        &[],
    );
}

/// A text, what stands in its place, and the changes that makes.
type Row = (&'static str, &'static str, &'static [&'static str]);

const ROWS: &[Row] = &[
    (
        "root@example.com]",
        "]",
        &["bitsight protect: root@example.com → "],
    ),
    (
        "[breakglass",
        "['*@x.example', breakglass",
        &["bitsight protect:  → *@x.example"],
    ),
    (
        "root@",
        "two@",
        &["bitsight protect: root@example.com → two@example.com"],
    ),
    (
        "creates: 300",
        "creates: 30%",
        &["bitsight max.creates: 300 → 30%"],
    ),
    ("creates: 300, ", "", &["bitsight max.creates: 300 → "]),
    ("10%", "100%", &["bitsight max.deactivations: 10% → 100%"]),
    (
        ", admin_grants: 0",
        "",
        &["bitsight max.admin_grants: 0 → "],
    ),
    (
        "unlisted: report",
        "unlisted: ignore",
        &["bitsight unlisted: report → ignore"],
    ),
    (
        "deactivate: status",
        "mode: observe\n    deactivate: status",
        &["bitsight mode:  → observe"],
    ),
    ("30d", "1d", &["bitsight leavers.delete_after: 30d → 1d"]),
    (
        "status\n    leavers: { delete_after: 30d }",
        "delete",
        &[
            "bitsight deactivate: status → delete",
            "bitsight leavers.delete_after: 30d → ",
        ],
    ),
    (
        "robot@",
        "two@",
        &["bitsight own_account: robot@example.com → two@example.com"],
    ),
    (
        "per_second: 5",
        "per_second: 50",
        &["bitsight limits.per_second: 5 → 50"],
    ),
    (
        ", burst: 5",
        ", burst: 9",
        &["bitsight limits.burst: 5 → 9"],
    ),
    (
        "api.bitsight.example",
        "evil.example",
        &["bitsight base_url: https://api.bitsight.example → https://evil.example"],
    ),
    (
        "records/",
        "other/",
        &["bitsight record: records/bitsight.json → other/bitsight.json"],
    ),
    (
        "role: customer_user",
        "role: customer_admin",
        &["bitsight defaults.role: customer_user → customer_admin"],
    ),
    (
        "READER: Reader",
        "READER: Owner",
        &["surecloud roles.READER: Reader → Owner"],
    ),
    ("../var", "../other", &["- state: ../var → ../other"]),
    (
        "at_most: 3",
        "at_most: 30",
        &["- assert: admins: { vendor: bitsight, at_most: 3 } → \
           admins: { vendor: bitsight, at_most: 30 }"],
    ),
    (
        "  - domains: { only: [example.com] }\n",
        "",
        &["- assert: domains: { only: [example.com] } → "],
    ),
    (
        ", customer_group_admin]",
        "]",
        &["bitsight admins.role: customer_group_admin → "],
    ),
    (
        "left@example.com }",
        "left@example.com }, { email: more@example.com }",
        &["- released:  → more@example.com"],
    ),
    (
        "left@example.com }",
        "left@example.com, until: 2026-03-01 }",
        &["- released: left@example.com → left@example.com until 2026-03-01"],
    ),
    // It stands for every vendor, and is told once.
    (
        "protect: ['*@msp.example']\n",
        "",
        &["- protect: *@msp.example → "],
    ),
    // Where secrets come from is compared and not told.
    (
        "ONE_TOKEN",
        "S3CRET_NAME",
        &["bitsight auth.token: (not shown) → (another, not shown)"],
    ),
];

#[test]
fn every_rule_that_changes_is_told() {
    for (from, to, expected) in ROWS {
        check(from, to, expected);
    }
}

/// The digest covers every rule too. What nobody gets by `defaults` means nothing, and of a path
/// only its name counts, because folders differ from machine to machine.
#[test]
fn every_rule_that_changes_changes_the_digest() {
    let of = |text: &str| crate::roster::digest(&parsed("base/roster", text).roster);
    let base = of(BASE);
    for (from, to, expected) in ROWS {
        let changed = of(&BASE.replacen(from, to, 1)) != base;
        let is_folder = *from == "records/";
        let is_default = expected.iter().any(|it| it.contains(" defaults."));
        assert_eq!(changed, !is_folder && !is_default, "{from:?} to {to:?}");
    }
    let whom = |text: &str| text.replace("robot@example.com", "ROBOT@EXAMPLE.com");
    assert_eq!(of(&whom(BASE)), base, "the same address");
    let role = |text: &str| text.replace("[customer_admin,", "[Customer_Admin,");
    assert_eq!(of(&role(BASE)), base, "the same word to a vendor");
}

#[test]
fn every_key_of_a_vendor_has_a_row() {
    // Another kind has other keys.
    // A certificate counts by what stands in its file, which is not read here.
    let apart = ["kind", "certificate"];
    for (key, _) in KEYS.iter().filter(|(key, _)| !apart.contains(key)) {
        let mut told = ROWS.iter().flat_map(|row| row.2);
        let rule = format!("bitsight {key}");
        assert!(told.any(|it| it.starts_with(&rule)), "no row for `{key}`");
    }
}

#[test]
fn a_vendor_that_goes_or_comes_stands_first() {
    let surecloud = &BASE[BASE.find("  surecloud:").unwrap()..BASE.find("people").unwrap()];
    let gone = "surecloud vendor: surecloud at https://secure.surecloud.com → ";
    let protect = "bitsight protect: root@example.com → ";
    check(surecloud, "", &[gone]);
    let (base, text) = (parsed("base", BASE), BASE.replacen(surecloud, "", 1));
    let head = parsed("head", &text.replacen("root@example.com]", "]", 1));
    let told = |now: &Parsed, before: &Parsed| {
        let (now, before) = (
            (&now.roster, &now.sources),
            (&before.roster, &before.sources),
        );
        told(rule_changes(now, before))
    };
    assert_eq!(told(&head, &base), [gone, protect]);
    let came = "surecloud vendor:  → surecloud at https://secure.surecloud.com";
    let protect = "bitsight protect:  → root@example.com";
    assert_eq!(told(&base, &head), [came, protect]);
}
