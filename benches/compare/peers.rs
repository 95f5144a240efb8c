//! What people use today for the same job: an asyncio script, and Terraform where it is installed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failed;
use crate::child::{self, Ran, Server};

/// The script of `benches/peers`, in a virtual environment of its own.
pub(crate) struct Script {
    python: PathBuf,
    script: PathBuf,
}

impl Script {
    /// Makes the environment once, in `folder`; `None` where there is no Python or no way to its
    /// packages.
    pub(crate) fn install(folder: &Path) -> Option<Self> {
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
        let environment = folder.join("peers-environment");
        let python = environment.join("bin/python");
        let requirements = peers.join("requirements.txt");
        let ready = environment.join("ready");
        if !ready.exists() {
            let log = folder.join("install");
            let mut make = Command::new("python3");
            make.args(["-m", "venv"]).arg(&environment);
            child::run(&mut make, &log).ok().filter(|it| it.code == 0)?;
            let mut install = Command::new(&python);
            install.args(["-m", "pip", "install", "--quiet", "-r"]);
            install.arg(&requirements);
            child::run(&mut install, &log)
                .ok()
                .filter(|it| it.code == 0)?;
            std::fs::write(&ready, "").ok()?;
        }
        Some(Self {
            python,
            script: peers.join("reconcile.py"),
        })
    }

    /// The script with a command.
    pub(crate) fn command(&self, command: &str, roster: &Path) -> Command {
        let mut process = child::client(&self.python.to_string_lossy());
        process.arg(&self.script).arg(command).arg(roster);
        process
    }
}

/// Writes what the script has to know of the sandbox.
pub(crate) fn index(server: &Server, record: Option<&Path>, file: &Path) -> Result<(), Failed> {
    let index = serde_json::json!({
        "address": server.index.address, "vendors": server.index.vendors, "record": record,
    });
    Ok(std::fs::write(file, index.to_string())?)
}

/// Terraform's plan of a map of so many users, with nothing but its built-in provider.
pub(crate) fn terraform(users: usize, folder: &Path) -> Option<Ran> {
    let place = folder.join(format!("terraform-{users}"));
    std::fs::create_dir_all(&place).ok()?;
    let mut text = String::from("locals {\n  users = {\n");
    for at in 0..users {
        writeln!(
            text,
            "    \"user{at}@example.com\" = {{ first = \"Ada\", last = \"Lovelace\", role = \"customer_user\" }}"
        )
        .ok()?;
    }
    text.push_str(
        "  }\n}\n\nresource \"terraform_data\" \"user\" {\n  for_each = local.users\n  \
         input    = merge(each.value, { email = each.key })\n}\n",
    );
    std::fs::write(place.join("main.tf"), text).ok()?;
    let run = |arguments: &[&str]| {
        let mut command = Command::new("terraform");
        command.args(arguments).current_dir(&place);
        command.env("CHECKPOINT_DISABLE", "1");
        child::run(&mut command, &place.join("out")).ok()
    };
    run(&["init", "-input=false"]).filter(|it| it.code == 0)?;
    run(&["plan", "-input=false", "-lock=false"]).filter(|it| it.code == 0)
}
