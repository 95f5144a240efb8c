//! A SCIM server of some shape in this process, for the binary to talk to, with a log of requests.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;

use rosterctl::roster::{RosterFile, desired, parse};
use rosterctl::sandbox::scim::{Server, Shape};
use rosterctl::sandbox::{Sandbox, Served, Start, seed_as};

use super::{Output, rosterctl_with, write};

/// Where the roster has the server until its port is known.
const NOWHERE: &str = "http://127.0.0.1:9/corp";

/// The vendor `corp` of a roster, and a folder with that roster.
pub(crate) struct Corp {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) server: Server,
    sandbox: Arc<Sandbox>,
    token: String,
}

impl Corp {
    /// A server that holds the accounts of the roster; `settings` are those of its vendor, besides
    /// address and token.
    pub(crate) fn start(settings: &str, people: &str, start: Start, shape: Shape) -> Self {
        let text = roster(NOWHERE, settings, people);
        let file = RosterFile {
            path: String::from("users.yaml"),
            folder: std::path::PathBuf::new(),
            text,
        };
        let parsed = parse(vec![file], &rosterctl::connector::specs());
        assert!(parsed.is_usable(), "{:?}", parsed.diagnostics);
        let vendor = Arc::new(parsed.roster.vendors["corp"].clone());
        let on = jiff::civil::date(2026, 1, 5);
        let seed = seed_as(&vendor, &desired(&parsed.roster, "corp", on), start);
        let token = seed.secrets["token"].clone();
        let server = Server::shaped(seed.clone().into(), shape);
        let served = Served {
            name: "corp".into(),
            local: Arc::new(server.clone()),
            seed: seed.into(),
        };
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let address = "127.0.0.1:0".parse().expect("an address");
                let sandbox = Sandbox::start(vec![served], address).await;
                tell.send(Arc::new(sandbox.expect("a free port"))).ok();
                std::future::pending::<()>().await;
            });
        });
        let corp = Self {
            folder: tempfile::tempdir().expect("a folder"),
            server,
            sandbox: told.recv().expect("the server starts"),
            token,
        };
        corp.write("users.yaml", settings, people);
        corp
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a roster with this vendor.
    pub(crate) fn write(&self, name: &str, settings: &str, people: &str) {
        let text = roster(&self.sandbox.base_url("corp"), settings, people);
        write(self.path(), name, &text);
    }

    /// Runs the binary with the server's token.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        rosterctl_with(self.path(), args, &[("CORP_TOKEN", &self.token)])
    }

    /// The requests of a run: its output, and each as `GET /Users?filter=…`.
    pub(crate) fn asked(&self, args: &[&str]) -> (Output, Vec<String>) {
        let before = self.sandbox.requests().len();
        let output = self.run(args);
        let log = self.sandbox.requests().into_iter().skip(before);
        let asked = log.map(|(it, _)| format!("{} {}?{}", it.method, it.path, it.query));
        (output, asked.collect())
    }
}

fn roster(base_url: &str, settings: &str, people: &str) -> String {
    format!(
        "version: 1\nvendors:\n  corp:\n    kind: scim\n    base_url: {base_url}\n    \
         own_account: admin@sandbox.example\n    auth: {{ token: {{ env: CORP_TOKEN }} }}\n    \
         max: {{ deactivations: 5 }}\n{settings}people:\n{people}"
    )
}

/// A person with an account at the server.
pub(crate) fn person(name: &str, more: &str) -> String {
    format!(
        "  - {{ email: {name}@example.com, first_name: {name}, last_name: Byron, accounts: {{ \
         corp: {{}} }}{more} }}\n"
    )
}
