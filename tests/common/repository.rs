//! A git repository of a test's own, with nothing of this machine's settings in it.

use std::path::Path;
use std::process::Command;

/// A work tree in a folder of its own.
pub(crate) struct Repository {
    folder: tempfile::TempDir,
    /// When commits are made, as git takes it.
    pub(crate) now: &'static str,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let repository = Self {
            folder: tempfile::tempdir().expect("a folder"),
            now: "2026-01-02T08:00:00+00:00",
        };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn git(&self, words: &[&str]) {
        let done = Command::new("git")
            .args([
                "-c",
                "user.name=Ann <b>",
                "-c",
                "user.email=ann@example.com",
            ])
            .args(words)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_DATE", "2025-12-24T23:30:00+00:00")
            .env("GIT_COMMITTER_DATE", self.now)
            .output()
            .expect("git is there for tests");
        assert!(done.status.success(), "{words:?}: {done:?}");
    }

    pub(crate) fn commit(&self, subject: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", subject]);
    }

    /// Has git call a program wherever a setting of the repository can name one; where it writes
    /// that it ran.
    pub(crate) fn name_programs(&self) -> std::path::PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let trace = self.path().join(".git/it-ran");
        let program = self.path().join(".git/evil.sh");
        let script = format!("#!/bin/sh\necho \"$0 $@\" >> '{}'\ncat\n", trace.display());
        std::fs::write(&program, script).expect("a test's folder can be written");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&program, executable).expect("the file is ours");
        let evil = program.to_str().expect("a path of letters");
        for setting in [
            "core.fsmonitor",
            "core.pager",
            "core.editor",
            "core.sshCommand",
            "core.askPass",
            "diff.external",
            "diff.evil.command",
            "diff.evil.textconv",
            "filter.evil.clean",
            "filter.evil.smudge",
            "filter.evil.process",
            "gpg.program",
            "pager.blame",
        ] {
            self.git(&["config", setting, evil]);
        }
        self.git(&["config", "log.showSignature", "true"]);
        trace
    }
}
