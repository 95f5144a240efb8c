//! Runs the binary in a folder of its own, with nothing of this process's environment that could
//! change its output.

#[cfg(unix)]
pub(crate) mod between;
#[cfg(unix)]
pub(crate) mod repository;
pub(crate) mod scim;
pub(crate) mod served;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What one run printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Output {
    /// The part of a text plan that belongs to one vendor: from its heading to the next blank line
    /// followed by another vendor's.
    pub(crate) fn block(&self, vendor: &str) -> String {
        let vendors = ["bitsight", "logicgate", "snaplogic", "surecloud"];
        let mut block = String::new();
        let mut inside = false;
        for line in self.stdout.lines() {
            let first = line.split_whitespace().next().unwrap_or_default();
            let heading = !line.starts_with(' ') && vendors.contains(&first);
            if heading {
                inside = first == vendor;
            }
            if inside {
                block.push_str(line);
                block.push('\n');
            }
        }
        block
    }
}

/// Runs the binary to its end.
pub(crate) fn rosterctl(folder: &Path, args: &[&str]) -> Output {
    rosterctl_with(folder, args, &[])
}

/// The same with some variables.
pub(crate) fn rosterctl_with(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let output = command(folder, args, variables)
        .stdin(Stdio::null())
        .output()
        .expect("the binary was built for this test");
    Output {
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("output is UTF-8"),
        code: output.status.code().unwrap_or(-1),
    }
}

pub(crate) fn command(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rosterctl"));
    command
        .args(args)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("SOURCE_DATE_EPOCH", "1767578400")
        .envs(variables.iter().copied());
    command
}

/// A copy of the example roster in a folder of its own; its name there.
pub(crate) fn example(folder: &Path) -> String {
    let text = include_str!("../../examples/users.yaml");
    write(folder, "users.yaml", text)
}

/// Writes a file and returns its name.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> String {
    std::fs::write(folder.join(name), text).expect("a test's folder can be written");
    name.to_owned()
}

/// A `rosterctl sandbox` process; ends with the test.
pub(crate) struct Sandbox {
    child: Child,
    address: String,
    /// A killed process tidies nothing away, so its temporary files are kept here.
    _temporary: tempfile::TempDir,
}

impl Sandbox {
    pub(crate) fn start(folder: &Path, roster: &str) -> Self {
        Self::twisted(folder, roster, &[])
    }

    /// That of the built-in example.
    pub(crate) fn start_without(folder: &Path) -> Self {
        Self::start_with(folder, &["sandbox"])
    }

    /// The same with servers that do what the documentation leaves open.
    pub(crate) fn twisted(folder: &Path, roster: &str, twists: &[&str]) -> Self {
        let mut words = vec!["sandbox", roster];
        words.extend(twists.iter().flat_map(|it| ["--twist", it]));
        Self::start_with(folder, &words)
    }

    fn start_with(folder: &Path, words: &[&str]) -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        let mut child = command(folder, words, &[])
            .env("TMPDIR", temporary.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary was built for this test");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let address = stdout
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("export ROSTERCTL_SANDBOX=")?.to_owned()))
            .expect("the sandbox prints its variable");
        Self {
            child,
            address,
            _temporary: temporary,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The folder that keeps the state of runs against it.
    pub(crate) fn state(&self) -> std::path::PathBuf {
        let index = self.index();
        index["state"].as_str().expect("a folder").into()
    }

    /// The secrets that it invented; e-mails among them are none.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let index = self.index();
        let vendors = index["vendors"].as_object().expect("vendors");
        let secrets = vendors.values().filter_map(|it| it["secrets"].as_object());
        let texts = secrets.flat_map(|it| it.values().filter_map(|text| text.as_str()));
        let texts = texts.filter(|text| !text.contains('@'));
        texts.map(ToOwned::to_owned).collect()
    }

    /// What it tells about itself.
    pub(crate) fn index(&self) -> serde_json::Value {
        use std::io::{Read as _, Write as _};
        let host = self.address.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(host).expect("the sandbox listens");
        write!(
            stream,
            "GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let body = answer.split_once("\r\n\r\n").expect("a body").1;
        serde_json::from_str(body).expect("an index")
    }

    /// The binary with this sandbox in its environment, not started yet.
    #[cfg(unix)]
    pub(crate) fn command(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = command(folder, args, &[("ROSTERCTL_SANDBOX", &self.address)]);
        command.stdin(Stdio::null());
        command
    }

    /// Runs the binary with this sandbox and more in its environment.
    pub(crate) fn run_at(
        &self,
        folder: &Path,
        args: &[&str],
        variables: &[(&str, &str)],
    ) -> Output {
        let sandbox = [("ROSTERCTL_SANDBOX", &*self.address)];
        rosterctl_with(folder, args, &[&sandbox, variables].concat())
    }

    /// Runs the binary with this sandbox in its environment.
    pub(crate) fn run(&self, folder: &Path, args: &[&str]) -> Output {
        rosterctl_with(folder, args, &[("ROSTERCTL_SANDBOX", &self.address)])
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
