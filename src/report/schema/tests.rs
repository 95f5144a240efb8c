//! The schemas fit what is written, refuse what is not, and are the files that ship.

use std::path::Path;

use super::*;
use crate::model::digest::Digest;
use crate::model::outcome::Verdict;
use crate::model::plan::Plan;
use crate::report::{json, samples};

fn rendered(plan: &Plan) -> Value {
    let mut out = Vec::new();
    json::plan(plan, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// One of everything, with digests of full length.
fn sample() -> Plan {
    let mut plan = samples::plan(vec![samples::everything(), samples::vendor("c", vec![])]);
    plan.roster = Digest::of(&"roster");
    plan.ending = samples::ending();
    plan.attention = samples::attention();
    for vendor in &mut plan.vendors {
        let kept = vendor.held.iter_mut().chain(&mut vendor.manual);
        let actions = kept.map(|it| &mut it.action).chain(&mut vendor.actions);
        for action in actions.filter(|it| it.current.is_some()) {
            action.current = Some(Digest::of(&"account"));
        }
    }
    plan
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::draft202012::meta::validate(schema).unwrap();
    jsonschema::draft202012::new(schema).unwrap()
}

#[track_caller]
fn fits(validator: &jsonschema::Validator, document: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, [""; 0]);
}

#[test]
fn every_plan_fits_its_schema() {
    let validator = validator(&plan());
    fits(&validator, &rendered(&sample()));
    let mut unread = sample();
    unread.vendors.push(samples::unread("surecloud"));
    let document = rendered(&unread);
    assert_eq!(document.get("digest"), None);
    fits(&validator, &document);
    let mut empty = sample();
    empty.vendors.clear();
    fits(&validator, &rendered(&empty));
}

#[test]
fn a_report_fits_its_schema() {
    let plan = sample();
    let outcomes: Vec<_> = plan
        .actions()
        .zip([
            (Verdict::Applied, 200),
            (Verdict::Unverified, 0),
            (Verdict::Failed, 422),
            (Verdict::Skipped, 0),
        ])
        .map(|(action, (verdict, status))| samples::outcome(action.clone(), verdict, status, "x"))
        .collect();
    let mut out = Vec::new();
    let end = crate::state::journal::chain::End {
        place: String::from("run.ndjson"),
        hash: "sha256:77".into(),
    };
    let done = crate::report::Done {
        journal: Some(&end),
        ..samples::done(&plan, &outcomes, 1.0)
    };
    json::report(&done, &mut out).unwrap();
    let document: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(document["outcomes"].as_array().unwrap().len(), 4);
    fits(&validator(&report()), &document);
}

#[test]
fn a_certificate_fits_its_schema() {
    let check = crate::report::leavers::tests::check();
    let mut out = Vec::new();
    json::leavers(&check, &mut out).unwrap();
    let document: Value = serde_json::from_slice(&out).unwrap();
    let validator = validator(&leavers());
    fits(&validator, &document);
    for path in ["", "/summary", "/vendors/bitsight", "/leavers/0"] {
        let names: Vec<String> = match document.pointer(path).unwrap() {
            Value::Object(fields) => fields.keys().cloned().collect(),
            other => panic!("{other}"),
        };
        for name in names {
            let mut less = document.clone();
            less.pointer_mut(path)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .remove(&name);
            assert!(!validator.is_valid(&less), "{name} missing at {path:?}");
        }
    }
}

#[test]
fn a_checkup_fits_its_schema() {
    let mut out = Vec::new();
    let checkup = crate::report::doctor::tests::checkup();
    json::doctor(&checkup, &mut out).unwrap();
    let document: Value = serde_json::from_slice(&out).unwrap();
    let validator = validator(&doctor());
    fits(&validator, &document);
    for (path, name, value) in [
        ("/checks/0", "check", json!("own account")),
        ("/checks/0", "state", json!("fine")),
        ("/checks/1", "vendor", json!(7)),
        ("/checks/0", "surprise", json!(1)),
        ("/summary", "ok", json!(-1)),
        ("", "format", json!(2)),
    ] {
        let mut other = document.clone();
        other.pointer_mut(path).unwrap()[name] = value;
        assert!(!validator.is_valid(&other), "{name} at {path:?}");
    }
}

#[test]
fn an_explanation_fits_its_schema() {
    use crate::roster::history::Origin;
    let (mut explanation, sources, mut history) =
        crate::report::explain::tests::sample("ada@example.com");
    for vendor in &mut explanation.vendors {
        let kept = vendor.held.iter_mut().chain(&mut vendor.manual);
        for action in kept.map(|it| &mut it.action).chain(&mut vendor.actions) {
            action.current = Some(Digest::of(&"account"));
        }
    }
    let validator = validator(&explain());
    let place = *history.lines.keys().next().unwrap();
    let commit = history.lines[&place].clone();
    for origin in [
        None,
        Some(Origin::NotCommitted),
        Some(Origin::OlderThanClone),
        Some(commit),
    ] {
        history.lines.clear();
        history.lines.extend(origin.map(|it| (place, it)));
        let mut out = Vec::new();
        crate::report::explain::json(&explanation, &sources, &history, &mut out).unwrap();
        let mut document: Value = serde_json::from_slice(&out).unwrap();
        fits(&validator, &document);
        let mut paths = Vec::new();
        objects(&mut document, "", &mut |path| paths.push(path.to_owned()));
        for path in paths {
            let mut more = document.clone();
            more.pointer_mut(&path).unwrap()["surprise"] = json!(1);
            assert!(!validator.is_valid(&more), "surprise at {path}");
            let fields = document.pointer(&path).unwrap().as_object().unwrap();
            // An account has its own e-mail, and a create has no account yet.
            let may_be_absent = |name: &str| name == "account_email" || path == "/vendors";
            for name in fields.keys().filter(|name| !may_be_absent(name)) {
                let mut less = document.clone();
                let object = less.pointer_mut(&path).unwrap().as_object_mut().unwrap();
                object.remove(name);
                assert!(!validator.is_valid(&less), "{name} missing at {path}");
            }
        }
    }
}

/// Visits every object of a document.
fn objects(value: &mut Value, path: &str, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            visit(path);
            for (name, field) in fields {
                objects(field, &format!("{path}/{name}"), visit);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                objects(item, &format!("{path}/{at}"), visit);
            }
        }
        _ => {}
    }
}

#[test]
fn an_unknown_or_missing_field_anywhere_is_refused() {
    let mut unread = sample();
    unread.vendors.push(samples::unread("surecloud"));
    let mut document = rendered(&unread);
    let validator = validator(&plan());
    let mut paths = Vec::new();
    objects(&mut document, "", &mut |path| paths.push(path.to_owned()));
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        let mut more = document.clone();
        more.pointer_mut(&path).unwrap()["surprise"] = json!(1);
        assert!(!validator.is_valid(&more), "surprise at {path}");
        let bytes = serde_json::to_vec(&more).unwrap();
        assert!(json::parse(&bytes).is_err(), "parsed a surprise at {path}");

        let fields = document.pointer(&path).unwrap().as_object().unwrap();
        let optional = ["why", "email", "vendor", "attribute", "value"];
        let an_action = ["/actions/", "/held/", "/manual/"];
        let an_action = an_action.iter().any(|list| path.starts_with(list));
        for name in fields.keys() {
            let whole_list = path == "/vendors"
                || (path.is_empty() && matches!(&**name, "ending" | "attention"));
            let kept = path.starts_with("/held") || path.starts_with("/manual");
            let may_be_absent = optional.contains(&name.as_str())
                && (path.starts_with("/unlisted") && name == "why"
                    || path.starts_with("/notices") && matches!(&**name, "email" | "vendor")
                    || path.starts_with("/attention/gone")
                        && matches!(&**name, "attribute" | "value"));
            let place = path.starts_with("/vendors") && name == "place";
            // A create has no account yet.
            let account = an_action && name == "account_email";
            if whole_list || place || account || (may_be_absent && !kept) {
                continue;
            }
            let mut less = document.clone();
            let object = less.pointer_mut(&path).unwrap().as_object_mut().unwrap();
            object.remove(name);
            assert!(!validator.is_valid(&less), "{name} missing at {path}");
        }
    }
}

#[test]
fn the_files_are_up_to_date() {
    for (name, schema) in [
        ("plan", plan()),
        ("report", report()),
        ("leavers", leavers()),
        ("doctor", doctor()),
        ("explain", explain()),
        ("access", access()),
        ("history", history()),
        ("evidence", evidence()),
        ("certificate", certificate()),
    ] {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.schema.json"));
        let fresh = format!("{schema:#}\n");
        if std::env::var_os("ROSTERCTL_BLESS").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == fresh,
            "schemas/{name}.schema.json is stale; renew it with ROSTERCTL_BLESS=1 cargo test"
        );
    }
}
