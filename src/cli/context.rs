//! What the CI system tells a job of why it runs, and `--context` where nobody does.
//!
//! Only variables of these names are read, none of which holds a secret, and of the event file of
//! GitHub only the pull request.

use std::path::Path;

use serde_json::Value;

use crate::model::context::{Context, FactError, Voucher};

/// Bytes of an event file beyond which it is not read.
const MOST_BYTES: u64 = 25 << 20;

/// What is known, from the environment and from `--context`.
///
/// # Errors
/// A `--context` that is no fact, or says otherwise than the environment.
pub(super) fn context(given: &[(String, String)]) -> Result<Context, String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|it| !it.trim().is_empty());
    let event = |path: &str| {
        let path = Path::new(path);
        let small = std::fs::metadata(path).is_ok_and(|it| it.len() <= MOST_BYTES);
        let text = small.then(|| std::fs::read(path).ok()).flatten()?;
        serde_json::from_slice(&text).ok()
    };
    let mut context = of_environment(&variable, &event);
    for (name, value) in given {
        let (name, by) = match name.strip_prefix("api:") {
            Some(name) => (name, Voucher::Api),
            None => (name.as_str(), Voucher::Option),
        };
        let added = context.add(name, value, by);
        added.map_err(|error| format!("--context {name}={value}: {error}"))?;
    }
    Ok(context)
}

/// `KEY=VALUE`
pub(super) fn parse_fact(text: &str) -> Result<(String, String), String> {
    let wrong = || String::from("write KEY=VALUE, as in pull_request=7");
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let bare = name.strip_prefix("api:").unwrap_or(name);
    let mut trial = Context::default();
    match trial.add(bare, value, Voucher::Option) {
        Ok(()) => Ok((name.to_owned(), value.to_owned())),
        Err(error @ (FactError::Name | FactError::Value | FactError::Contradicts(_))) => {
            Err(error.to_string())
        }
    }
}

fn of_environment(
    variable: &dyn Fn(&str) -> Option<String>,
    event: &dyn Fn(&str) -> Option<Value>,
) -> Context {
    let mut context = Context::default();
    let mut add = |name: &str, value: Option<String>| {
        // What is too long or odd is left out: a run must not fail by it.
        if let Some(value) = value {
            let _ = context.add(name, &value, Voucher::Environment);
        }
    };
    let is = |name: &str| variable(name).as_deref() == Some("true");
    if is("GITHUB_ACTIONS") {
        add("system", Some(String::from("GitHub")));
        for (name, key) in [
            ("repository", "GITHUB_REPOSITORY"),
            ("commit", "GITHUB_SHA"),
            ("branch", "GITHUB_HEAD_REF"),
            ("event", "GITHUB_EVENT_NAME"),
            ("actor", "GITHUB_ACTOR"),
            ("triggering_actor", "GITHUB_TRIGGERING_ACTOR"),
        ] {
            add(name, variable(key));
        }
        if variable("GITHUB_HEAD_REF").is_none() {
            add("branch", variable("GITHUB_REF_NAME"));
        }
        let parts = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"].map(variable);
        if let [Some(server), Some(repository), Some(run)] = parts {
            add(
                "run",
                Some(format!("{server}/{repository}/actions/runs/{run}")),
            );
        }
        let told = variable("GITHUB_EVENT_PATH").and_then(|path| event(&path));
        if let Some(request) = told.as_ref().and_then(|it| it.get("pull_request")) {
            let text = |at: &str| {
                let value = request.pointer(at)?;
                let text = value.as_str().map(str::to_owned);
                text.or_else(|| value.as_u64().map(|it| it.to_string()))
            };
            add("pull_request", text("/number"));
            add("pull_request_address", text("/html_url"));
            add("pull_request_author", text("/user/login"));
            add("head", text("/head/sha"));
        }
    } else if is("GITLAB_CI") {
        add("system", Some(String::from("GitLab")));
        for (name, key) in [
            ("repository", "CI_PROJECT_PATH"),
            ("commit", "CI_COMMIT_SHA"),
            ("branch", "CI_COMMIT_REF_NAME"),
            ("event", "CI_PIPELINE_SOURCE"),
            ("actor", "GITLAB_USER_LOGIN"),
            ("run", "CI_JOB_URL"),
            ("author", "CI_COMMIT_AUTHOR"),
            ("pull_request", "CI_MERGE_REQUEST_IID"),
            ("head", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"),
        ] {
            add(name, variable(key));
        }
        let parts = ["CI_PROJECT_URL", "CI_MERGE_REQUEST_IID"].map(variable);
        if let [Some(project), Some(number)] = parts {
            add(
                "pull_request_address",
                Some(format!("{project}/-/merge_requests/{number}")),
            );
        }
    }
    context
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(pairs: &[(&str, &str)], event: &Value) -> Vec<String> {
        let variable = |name: &str| {
            let mut pairs = pairs.iter();
            let found = pairs.find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let context = of_environment(&variable, &|_| Some(event.clone()));
        let facts = context.0.iter();
        facts
            .map(|it| format!("{}={}", it.name, it.value))
            .collect()
    }

    #[test]
    fn github_tells_its_run_and_the_event_its_pull_request() {
        let pairs = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "company/roster"),
            ("GITHUB_SHA", "abc"),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_ACTOR", "dev"),
            ("GITHUB_SERVER_URL", "https://github.example"),
            ("GITHUB_RUN_ID", "7"),
            ("GITHUB_EVENT_PATH", "event.json"),
            ("GITHUB_TOKEN", "hidden"),
        ];
        let event = json!({"pull_request": {"number": 9, "html_url": "https://github.example/9",
            "user": {"login": "dev"}, "head": {"sha": "def"}, "body": "not of interest"}});
        assert_eq!(
            of(&pairs, &event),
            [
                "system=GitHub",
                "repository=company/roster",
                "commit=abc",
                "actor=dev",
                "branch=main",
                "run=https://github.example/company/roster/actions/runs/7",
                "pull_request=9",
                "pull_request_address=https://github.example/9",
                "pull_request_author=dev",
                "head=def",
            ]
        );
    }

    #[test]
    fn gitlab_tells_its_job_and_merge_request() {
        let pairs = [
            ("GITLAB_CI", "true"),
            ("CI_PROJECT_PATH", "company/roster"),
            ("CI_PROJECT_URL", "https://gitlab.example/company/roster"),
            ("CI_COMMIT_SHA", "abc"),
            ("CI_JOB_URL", "https://gitlab.example/job/1"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_JOB_TOKEN", "hidden"),
        ];
        let found = of(&pairs, &Value::Null);
        assert!(found.contains(&String::from(
            "pull_request_address=https://gitlab.example/company/roster/-/merge_requests/7"
        )));
        assert!(!format!("{found:?}").contains("hidden"));
        assert_eq!(of(&[("CI_COMMIT_SHA", "abc")], &Value::Null), [""; 0]);
    }

    #[test]
    fn a_fact_has_a_known_name() {
        assert!(parse_fact("pull_request=7").is_ok());
        assert!(parse_fact("api:approval=lead abc").is_ok());
        for wrong in ["pull_request", "password=x", "=x", "api:x=y", "commit="] {
            assert!(parse_fact(wrong).is_err(), "{wrong}");
        }
    }
}
