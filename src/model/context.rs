//! What a run knows of why it runs: commit, actor, pull request, approvals. Plain data; each fact
//! says who vouches for it, and none is a secret.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mask::{masked, without_emails};

/// The names of facts, and what each of them is. Only `approval` may come more than once.
pub const NAMES: &[(&str, &str)] = &[
    ("system", "the CI system"),
    ("repository", "the repository of the roster"),
    ("commit", "the commit that the run works on"),
    ("branch", "its branch"),
    ("event", "what started the run"),
    ("actor", "who started the run"),
    ("triggering_actor", "who started this attempt of it"),
    ("run", "the address of the run"),
    ("author", "who wrote the commit"),
    ("pull_request", "the number of the pull or merge request"),
    ("pull_request_address", "its address"),
    ("pull_request_author", "who opened it"),
    ("head", "the last commit that was pushed to it"),
    ("pushed_at", "when that was"),
    ("approval", "who approved it: LOGIN [COMMIT] [TIME]"),
];

/// The name of the fact that may come more than once.
const APPROVAL: &str = "approval";

/// The longest value.
const LONGEST: usize = 400;

/// Who vouches for a fact.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Voucher {
    /// The environment that the CI system gave the job.
    Environment,
    /// A step of the job that asked the API of the CI system.
    Api,
    /// Whoever wrote the command line.
    Option,
}

impl Voucher {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "the job's environment",
            Self::Api => "the system's API",
            Self::Option => "--context",
        }
    }
}

/// One thing that a run knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// Its name, such as `commit` or `approval`.
    pub name: Box<str>,
    /// What it says.
    pub value: Box<str>,
    /// Who vouches for it.
    pub by: Voucher,
}

/// All that a run knows of why it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Context(pub Vec<Fact>);

/// Why something cannot be a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactError {
    /// There is no such name.
    Name,
    /// The value is empty, too long, or has control characters.
    Value,
    /// Another voucher says otherwise.
    Contradicts(Fact),
}

impl fmt::Display for FactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => {
                let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
                write!(f, "the names are {}", names.join(", "))
            }
            Self::Value => write!(f, "a value is one line of 1 to {LONGEST} characters"),
            Self::Contradicts(fact) => {
                let Fact { name, value, by } = fact;
                write!(f, "{} says that {name} is \"{value}\"", by.as_str())
            }
        }
    }
}

impl Context {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a fact says.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fact(name).map(|fact| &*fact.value)
    }

    /// A fact.
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        self.0.iter().find(|fact| *fact.name == *name)
    }

    /// Adds a fact. One that is known already stays as it is.
    ///
    /// # Errors
    /// [`FactError`].
    pub fn add(&mut self, name: &str, value: &str, by: Voucher) -> Result<(), FactError> {
        let known = NAMES.iter().any(|(known, _)| *known == name);
        if !known {
            return Err(FactError::Name);
        }
        let value = value.trim();
        let length = value.chars().count();
        if length == 0 || length > LONGEST || value.chars().any(char::is_control) {
            return Err(FactError::Value);
        }
        let address = value.split_once("://");
        let value = match address {
            Some((scheme, rest)) => format!("{scheme}://{}", without_secrets(rest)),
            None => value.to_owned(),
        };
        let mut same = self.0.iter().filter(|fact| *fact.name == *name);
        if same.clone().any(|fact| *fact.value == *value) {
            return Ok(());
        }
        if name != APPROVAL
            && let Some(other) = same.next()
        {
            return Err(FactError::Contradicts(other.clone()));
        }
        self.0.push(Fact {
            name: name.into(),
            value: value.into(),
            by,
        });
        Ok(())
    }

    /// The address that a fact gives, if a page may link to it: only the CI system itself, as the job's
    /// environment names it, is linked to.
    pub fn link(&self, name: &str) -> Option<&str> {
        let fact = self.fact(name)?;
        let run = self.fact("run")?;
        let told = run.by == Voucher::Environment && host(&run.value).is_some();
        let same = host(&fact.value) == host(&run.value);
        (told && same).then_some(&*fact.value)
    }

    /// The same with people as initials and a short hash.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mask = |fact: &Fact| {
            let value = match &*fact.name {
                "actor" | "triggering_actor" | "author" | "pull_request_author" => {
                    masked(&fact.value).into()
                }
                APPROVAL => match fact.value.split_once(' ') {
                    Some((login, rest)) => format!("{} {rest}", masked(login)).into(),
                    None => masked(&fact.value).into(),
                },
                _ => without_emails(&fact.value).into(),
            };
            Fact {
                value,
                ..fact.clone()
            }
        };
        Self(self.0.iter().map(mask).collect())
    }

    /// The commit, in its short form.
    pub fn short_commit(&self) -> Option<&str> {
        let commit = self.get("commit")?;
        Some(commit.get(..10).unwrap_or(commit))
    }

    /// Who approved, each with what speaks against it.
    pub fn approvals(&self) -> Vec<Approval> {
        let approvals = self.0.iter().filter(|fact| *fact.name == *APPROVAL);
        approvals.map(|fact| self.approval(fact)).collect()
    }

    fn approval(&self, fact: &Fact) -> Approval {
        let mut words = fact.value.split_whitespace();
        let login: Box<str> = words.next().unwrap_or_default().into();
        let (mut commit, mut at): (Option<Box<str>>, Option<Timestamp>) = (None, None);
        for word in words {
            match word.parse::<Timestamp>() {
                Ok(time) => at = Some(time),
                Err(_) => commit = Some(Box::from(word)),
            }
        }
        let author = self.get("pull_request_author").or(self.get("author"));
        let pushed_at = self.get("pushed_at").and_then(|it| it.parse().ok());
        let outdated = match (&commit, self.get("head"), at, pushed_at) {
            (Some(commit), Some(head), _, _) => {
                Some(!(head.starts_with(&**commit) || commit.starts_with(head)))
            }
            (_, _, Some(at), Some(pushed)) => Some(at < pushed),
            _ => None,
        };
        Approval {
            own: author.is_some_and(|author| author.eq_ignore_ascii_case(&login)),
            login,
            commit,
            at,
            outdated,
            by: fact.by,
        }
    }
}

/// The host of an address that a page may link to.
fn host(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://")?;
    let host = rest.split('/').next().filter(|it| !it.is_empty())?;
    Some(host)
}

/// An address without the parts that may hold a secret: what stands before the host, and queries.
fn without_secrets(rest: &str) -> &str {
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let rest = &rest[..end];
    let host = rest.find('/').unwrap_or(rest.len());
    match rest[..host].rfind('@') {
        Some(at) => &rest[at + 1..],
        None => rest,
    }
}

/// Somebody's approval of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who, by the name at the CI system.
    pub login: Box<str>,
    /// The commit that was looked at; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Box<str>>,
    /// When; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Whether it is the author's own.
    pub own: bool,
    /// Whether it is from before the last push; absent where nobody can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outdated: Option<bool>,
    /// Who vouches for it.
    pub by: Voucher,
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.login)?;
        let mut against = Vec::new();
        if self.own {
            against.push("the author's own");
        }
        if self.outdated == Some(true) {
            against.push("from before the last push");
        }
        match against.as_slice() {
            [] => Ok(()),
            words => write!(f, " ({})", words.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(facts: &[(&str, &str)]) -> Context {
        let mut context = Context::default();
        for (name, value) in facts {
            context.add(name, value, Voucher::Api).unwrap();
        }
        context
    }

    fn shown(facts: &[(&str, &str)]) -> Vec<String> {
        let approvals = context(facts).approvals();
        approvals.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn approvals_by_the_author_or_before_the_last_push_are_told() {
        let facts = [
            ("pull_request_author", "dev"),
            ("head", "2222222222222222222222222222222222222222"),
            ("approval", "Dev 2222222222222222222222222222222222222222"),
            ("approval", "lead 1111111111111111111111111111111111111111"),
            ("approval", "boss 2222222222"),
            ("approval", "owner"),
        ];
        assert_eq!(
            shown(&facts),
            [
                "Dev (the author's own)",
                "lead (from before the last push)",
                "boss",
                "owner"
            ]
        );
        let approvals = context(&facts).approvals();
        assert_eq!(approvals[3].outdated, None, "nobody can tell");
        let timed = [
            ("pushed_at", "2026-01-05T10:00:00Z"),
            ("approval", "lead 2026-01-05T09:00:00Z"),
            ("approval", "boss 2026-01-05T11:00:00Z"),
        ];
        assert_eq!(shown(&timed), ["lead (from before the last push)", "boss"]);
    }

    #[test]
    fn what_may_hold_a_secret_is_left_out_of_addresses() {
        let facts = [("run", "https://x:hidden@ci.example/run/1?token=hidden#a")];
        let context = context(&facts);
        assert_eq!(context.get("run"), Some("https://ci.example/run/1"));
    }

    #[test]
    fn only_the_system_that_ran_the_job_is_linked_to() {
        let mut context = Context::default();
        let mut add = |name: &str, value: &str, by| context.add(name, value, by).unwrap();
        add("run", "https://ci.example/run/1", Voucher::Environment);
        add("pull_request_address", "https://ci.example/7", Voucher::Api);
        add("repository", "https://evil.example/7", Voucher::Api);
        assert_eq!(context.link("run"), Some("https://ci.example/run/1"));
        assert!(context.link("pull_request_address").is_some());
        assert_eq!(context.link("repository"), None);
        let mut context = Context::default();
        let address = "https://evil.example/run/1";
        context.add("run", address, Voucher::Option).unwrap();
        assert_eq!(context.link("run"), None, "nobody vouches for it");
    }

    #[test]
    fn a_masked_context_names_nobody_and_judges_alike() {
        let facts = [
            ("pull_request_author", "dev"),
            ("approval", "dev 2026-01-05T11:00:00Z"),
            ("commit", "abc"),
        ];
        let masked = context(&facts).masked();
        assert!(!format!("{masked:?}").contains("dev"), "{masked:?}");
        assert!(masked.approvals()[0].own);
        assert_eq!(masked.get("commit"), Some("abc"));
    }

    #[test]
    fn unknown_names_bad_values_and_contradictions_are_refused() {
        let mut context = context(&[("commit", "abc")]);
        let mut add = |name: &str, value: &str| context.add(name, value, Voucher::Option);
        assert_eq!(add("commit", "abc"), Ok(()));
        assert!(matches!(
            add("commit", "def"),
            Err(FactError::Contradicts(_))
        ));
        assert_eq!(add("password", "x"), Err(FactError::Name));
        assert_eq!(add("actor", " "), Err(FactError::Value));
        assert_eq!(add("actor", "a\u{1b}[0m"), Err(FactError::Value));
        assert_eq!(add("actor", &"x".repeat(401)), Err(FactError::Value));
        assert_eq!(context.0.len(), 1);
    }
}
