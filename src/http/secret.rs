//! Secrets, read where the roster says they are, once and not before they are needed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;

use super::Redactor;
use crate::regular;
use crate::roster::model::SecretRef;

/// How long a command may take.
const COMMAND_TIME: Duration = Duration::from_secs(60);

/// The secrets of one vendor, by their key under `auth`.
pub type Secrets = BTreeMap<&'static str, Secret>;

/// One secret: where it comes from and, once read, its text. Clones share both.
#[derive(Clone)]
pub struct Secret {
    inner: Arc<Inner>,
}

struct Inner {
    source: Source,
    /// Variables with the secrets of others, which a command does not get.
    hidden: Arc<[Box<str>]>,
    redactor: Redactor,
    held: Mutex<CachedSecret>,
}

enum Source {
    Fixed,
    Roster(SecretRef),
}

#[derive(Default)]
struct CachedSecret {
    text: Option<SecretString>,
    asked_again: bool,
}

/// A secret that cannot be had. Names the place, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not set.
    #[error("the environment variable {0} is not set; set it to the secret")]
    Env(Box<str>),
    /// The environment variable is not UTF-8.
    #[error("the environment variable {0} is not UTF-8 text")]
    EnvText(Box<str>),
    /// The file cannot be read, or is not UTF-8.
    #[error("the secret file {} cannot be read: {reason}", .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why, without content.
        reason: String,
    },
    /// The command failed. Its output may hold secrets and is not shown.
    #[error("the secret command `{program}` {reason}; run it by hand to see why")]
    Command {
        /// The program, without arguments.
        program: Box<str>,
        /// What happened.
        reason: String,
    },
    /// There is a secret, and it is empty.
    #[error("{0} holds an empty secret")]
    Empty(String),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({})", self.place())
    }
}

impl Secret {
    /// A secret of the roster. Nothing is read yet; once it is, the redactor knows it.
    pub fn new(place: SecretRef, redactor: &Redactor) -> Self {
        Self::among(place, redactor, Arc::default())
    }

    /// The same where these variables hold secrets of others: a command runs without them.
    pub fn among(place: SecretRef, redactor: &Redactor, hidden: Arc<[Box<str>]>) -> Self {
        let source = Source::Roster(place);
        Self::made(source, redactor.clone(), hidden, CachedSecret::default())
    }

    /// A secret that is known already, for tests and the sandbox.
    pub fn fixed(text: impl Into<String>) -> Self {
        let held = CachedSecret {
            text: Some(SecretString::from(text.into())),
            asked_again: false,
        };
        Self::made(Source::Fixed, Redactor::new(), Arc::default(), held)
    }

    fn made(
        source: Source,
        redactor: Redactor,
        hidden: Arc<[Box<str>]>,
        held: CachedSecret,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                source,
                hidden,
                redactor,
                held: Mutex::new(held),
            }),
        }
    }

    /// Where it comes from, for messages: `the environment variable BITSIGHT_TOKEN`.
    pub fn place(&self) -> String {
        match &self.inner.source {
            Source::Fixed => "a fixed secret".to_owned(),
            Source::Roster(SecretRef::Env(name)) => format!("the environment variable {name}"),
            Source::Roster(SecretRef::File(path)) => format!("the file {}", path.display()),
            Source::Roster(SecretRef::Command(words)) => {
                format!("the command `{}`", words.first().map_or("", |word| word))
            }
        }
    }

    /// The text; read on the first call, remembered afterwards.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn read(&self) -> Result<SecretString, SecretError> {
        let mut held = self.inner.held.lock().await;
        if let Some(text) = &held.text {
            return Ok(text.clone());
        }
        let text = self.fetch().await?;
        held.text = Some(text.clone());
        Ok(text)
    }

    /// When the secret runs out, where it is a JWT that says so.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn expiry(&self) -> Result<Option<jiff::Timestamp>, SecretError> {
        let text = self.read().await?;
        Ok(super::jwt::expiry(text.expose_secret()))
    }

    /// Asks again after the secret was refused: the new text, if there is one. Only a command is
    /// asked, only once in a run, and only a text that differs counts (roster rule 7).
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn again(&self) -> Result<Option<SecretString>, SecretError> {
        if !matches!(self.inner.source, Source::Roster(SecretRef::Command(_))) {
            return Ok(None);
        }
        let mut held = self.inner.held.lock().await;
        if held.asked_again {
            return Ok(None);
        }
        held.asked_again = true;
        let fresh = self.fetch().await?;
        let same = held
            .text
            .as_ref()
            .is_some_and(|text| text.expose_secret() == fresh.expose_secret());
        held.text = Some(fresh.clone());
        Ok((!same).then_some(fresh))
    }

    async fn fetch(&self) -> Result<SecretString, SecretError> {
        let text = match &self.inner.source {
            // A fixed secret is held from the start and never fetched.
            Source::Fixed => String::new(),
            Source::Roster(SecretRef::Env(name)) => from_env(name)?,
            Source::Roster(SecretRef::File(path)) => from_file(path)?,
            Source::Roster(SecretRef::Command(words)) => {
                from_command(words, &self.inner.hidden).await?
            }
        };
        if text.trim().is_empty() {
            return Err(SecretError::Empty(self.place()));
        }
        let secret = SecretString::from(text);
        self.inner.redactor.register(&secret);
        Ok(secret)
    }
}

fn from_env(name: &str) -> Result<String, SecretError> {
    match std::env::var(name) {
        Ok(text) => Ok(without_newline(text)),
        Err(std::env::VarError::NotPresent) => Err(SecretError::Env(name.into())),
        Err(std::env::VarError::NotUnicode(_)) => Err(SecretError::EnvText(name.into())),
    }
}

fn from_file(path: &Path) -> Result<String, SecretError> {
    regular::read_to_string(path, "a secret lies in a regular file")
        .map(without_newline)
        .map_err(|error| SecretError::File {
            path: path.to_owned(),
            reason: error.to_string(),
        })
}

/// Editors and `echo` end a file with a newline that is no part of the secret.
fn without_newline(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

async fn from_command(words: &[Box<str>], hidden: &[Box<str>]) -> Result<String, SecretError> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(SecretError::Empty("an empty command".to_owned()));
    };
    let failed = |reason: String| SecretError::Command {
        program: program.clone(),
        reason,
    };
    let mut command = tokio::process::Command::new(&**program);
    for name in hidden {
        command.env_remove(&**name);
    }
    let run = command
        .args(arguments.iter().map(|word| &**word))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(COMMAND_TIME, run)
        .await
        .map_err(|_| failed(format!("took longer than {} s", COMMAND_TIME.as_secs())))?
        .map_err(|error| failed(format!("could not be run: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed ({})", output.status)));
    }
    String::from_utf8(output.stdout)
        .map(|text| text.trim().to_owned())
        .map_err(|_| failed("printed something that is not UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(script: &str) -> Secret {
        let words = ["sh", "-c", script].map(Box::from).to_vec();
        Secret::new(SecretRef::Command(words), &Redactor::new())
    }

    async fn text(secret: &Secret) -> String {
        secret.read().await.unwrap().expose_secret().to_owned()
    }

    #[tokio::test]
    async fn a_missing_variable_is_named() {
        let secret = Secret::new(
            SecretRef::Env("ROSTERCTL_TEST_NOT_SET".into()),
            &Redactor::new(),
        );
        assert_eq!(
            secret.read().await.unwrap_err().to_string(),
            "the environment variable ROSTERCTL_TEST_NOT_SET is not set; set it to the secret"
        );
    }

    #[tokio::test]
    async fn a_file_loses_one_newline_and_is_masked_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "to ken\n\n").unwrap();
        let redactor = Redactor::new();
        let secret = Secret::new(SecretRef::File(path), &redactor);
        assert_eq!(redactor.redact("to ken\n"), "to ken\n");
        assert_eq!(text(&secret).await, "to ken\n");
        assert_eq!(redactor.redact("<to ken\n>"), "<[secret]>");
        assert!(secret.again().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_empty_file_and_a_missing_one_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let secret = Secret::new(SecretRef::File(path.clone()), &Redactor::new());
        let missing = secret.read().await.unwrap_err().to_string();
        assert!(missing.contains("cannot be read"), "{missing}");
        std::fs::write(&path, " \n").unwrap();
        let empty = secret.read().await.unwrap_err();
        assert_eq!(
            empty.to_string(),
            format!("the file {} holds an empty secret", path.display())
        );
    }

    #[tokio::test]
    async fn a_command_runs_once_and_once_again() {
        let folder = tempfile::tempdir().unwrap();
        let count = folder.path().join("count");
        let secret = command(&format!(
            "echo x >> {0}; echo \"  token-$(wc -l < {0} | tr -d ' ')  \"",
            count.display()
        ));
        assert_eq!(text(&secret).await, "token-1");
        assert_eq!(text(&secret).await, "token-1");
        let fresh = secret.again().await.unwrap();
        assert_eq!(fresh.unwrap().expose_secret(), "token-2");
        assert!(secret.again().await.unwrap().is_none());
        assert_eq!(text(&secret).await, "token-2");
    }

    #[tokio::test]
    async fn a_command_that_says_the_same_brings_nothing_new() {
        let secret = command("echo token");
        assert_eq!(text(&secret).await, "token");
        assert!(secret.again().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_command_does_not_see_the_secrets_of_others() {
        // What cargo sets stands for a secret and for what the command needs.
        let script = "echo \"${CARGO_PKG_NAME-hidden} ${CARGO_PKG_VERSION-hidden}\"";
        let words = ["sh", "-c", script].map(Box::from).to_vec();
        let hidden = Arc::from([Box::from("CARGO_PKG_NAME")]);
        let secret = Secret::among(SecretRef::Command(words), &Redactor::new(), hidden);
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(text(&secret).await, format!("hidden {version}"));
    }

    #[tokio::test]
    async fn a_failed_command_shows_neither_output_nor_arguments() {
        let secret = command("echo out-secret; echo err-secret >&2; exit 3");
        let error = secret.read().await.unwrap_err().to_string();
        assert_eq!(
            error,
            "the secret command `sh` failed (exit status: 3); run it by hand to see why"
        );
        let none = command("true").read().await.unwrap_err().to_string();
        assert_eq!(none, "the command `sh` holds an empty secret");
    }

    #[test]
    fn debug_shows_the_place_only() {
        assert_eq!(
            format!("{:?}", Secret::fixed("hidden-value")),
            "Secret(a fixed secret)"
        );
        let secret = Secret::new(SecretRef::Env("NAME".into()), &Redactor::new());
        assert_eq!(
            format!("{secret:?}"),
            "Secret(the environment variable NAME)"
        );
    }
}
