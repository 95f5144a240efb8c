//! Longer talks with git: what it prints for an input, and blobs one by one.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::{Git, command};

/// Until git is given up, for one question about the whole history.
const PATIENCE: Duration = Duration::from_secs(120);

/// Bytes of one file beyond which it is not read, as in the working copy.
const MOST_BYTES: u64 = 1 << 30;

impl Git {
    /// What git prints for that input, or why it does not.
    pub(super) async fn tell(&self, words: &[&str], input: &str) -> Result<String, String> {
        let what = words.first().copied().unwrap_or_default();
        let failed = |why: &str| format!("git {what}: {why}");
        let mut asked = command(&self.folder, words);
        asked.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = asked.stderr(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => String::from("git is not installed"),
            _ => failed(&error.to_string()),
        })?;
        let stdin = child.stdin.take();
        // Both at the same time: git may answer before it has read everything.
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A git that ended early says why on stderr.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
        };
        let both = async { tokio::join!(feed, child.wait_with_output()).1 };
        let output = tokio::time::timeout(PATIENCE, both).await;
        let output = output.map_err(|_| failed("it takes too long"))?;
        let output = output.map_err(|error| failed(&error.to_string()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said.lines().find(|line| !line.trim().is_empty());
            return Err(failed(first.unwrap_or("it failed and does not say why")));
        }
        let text = String::from_utf8(output.stdout);
        text.map_err(|_| failed("a path is not UTF-8"))
    }
}

/// One git that prints blobs as they are asked for: all of them may be more than memory holds.
pub(super) struct Blobs {
    /// Ends with this.
    _child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Blobs {
    /// Starts git in a folder.
    pub(super) fn new(git: &Git) -> Result<Self, String> {
        let mut asked = command(&git.folder, &["cat-file", "--batch"]);
        asked.stdin(Stdio::piped()).stdout(Stdio::piped());
        let failed = |why: String| format!("git cat-file: {why}");
        let mut child = asked.spawn().map_err(|error| failed(error.to_string()))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(Self {
                _child: child,
                stdin,
                stdout: BufReader::new(stdout),
            }),
            _ => Err(failed(String::from("it has no pipes"))),
        }
    }

    /// The bytes of a blob; `None` if the clone does not have it.
    pub(super) async fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let read = tokio::time::timeout(PATIENCE, self.ask(name)).await;
        let read = read.map_err(|_| String::from("git cat-file: it takes too long"))?;
        read.map_err(|error| format!("git cat-file: {error}"))
    }

    async fn ask(&mut self, name: &str) -> std::io::Result<Option<Vec<u8>>> {
        let odd = || std::io::Error::other("it answers in an unknown form");
        let question = format!("{name}\n");
        self.stdin.write_all(question.as_bytes()).await?;
        self.stdin.flush().await?;
        let mut head = String::new();
        self.stdout.read_line(&mut head).await?;
        // NAME TYPE SIZE, or NAME "missing".
        let mut words = head.trim_end().split(' ').skip(1);
        let size: u64 = match (words.next(), words.next()) {
            (Some("missing"), _) => return Ok(None),
            (Some("blob"), Some(size)) => size.parse().map_err(|_| odd())?,
            _ => return Err(odd()),
        };
        if size > MOST_BYTES {
            return Err(std::io::Error::other("a file is larger than 1 GiB"));
        }
        let mut bytes = vec![0; usize::try_from(size + 1).map_err(|_| odd())?];
        self.stdout.read_exact(&mut bytes).await?;
        bytes.pop();
        Ok(Some(bytes))
    }
}
