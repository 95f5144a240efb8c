//! A sandbox in place of the real vendors: addresses, secrets and state of a run swapped.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{Sandbox, Seed, Served, Start, local, seed_as};
use crate::http::{Api, ApiConfig, Backoff, Call, Clock, HttpError, Permit, Redactor, Transport};
use crate::model::spec::{ReadFrom, SettingKind};
use crate::roster::desired;
use crate::roster::model::{Limits, Roster, Setting, VendorSettings};
use crate::run::session::record_place;
use crate::state::State;
use crate::state::record::{Entry, Record};

/// The environment variable that names a running sandbox.
pub const ENVIRONMENT: &str = "ROSTERCTL_SANDBOX";

/// Calls a second, where the roster does not say.
const RATE: f64 = 500.0;
/// Calls at once, where the roster does not say.
const BURST: u32 = 50;

/// A sandbox that a run uses: one of its own, or a running one.
pub struct Playground {
    index: Index,
    /// Keeps the embedded servers alive.
    sandbox: Option<Sandbox>,
    /// Keeps the state folder alive.
    _folder: Option<TempDir>,
}

/// What a sandbox tells about itself at `GET /`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Index {
    /// The folder for records, journals and locks of runs against it.
    pub state: PathBuf,
    /// By the vendor's name in the roster.
    pub vendors: BTreeMap<Box<str>, IndexVendor>,
}

/// One vendor of a sandbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IndexVendor {
    /// The kind.
    pub kind: String,
    /// Its address.
    pub base_url: Box<str>,
    /// The invented secrets it accepts, by their key under `auth`.
    pub secrets: BTreeMap<String, String>,
    /// The account behind them.
    pub own_account: Box<str>,
}

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum PlaygroundError {
    /// Ports or folders.
    #[error("the sandbox cannot start")]
    Start(#[source] io::Error),
    /// The variable does not name a loopback address.
    #[error("{ENVIRONMENT} must be a loopback address like http://127.0.0.1:4180, not {0:?}")]
    Address(String),
    /// The running sandbox does not answer.
    #[error("the sandbox that {ENVIRONMENT} names cannot be used")]
    Attach(#[source] HttpError),
    /// The running sandbox was made from another roster.
    #[error("the running sandbox does not serve {0}; start it with this roster")]
    Missing(Box<str>),
    /// A vendor whose description is read by the program and not by the sandbox.
    #[error("no local server of {0} can be made from its description")]
    Described(Box<str>),
    /// The record of the sandbox cannot be written.
    #[error("the sandbox cannot keep its record")]
    Record(#[source] crate::state::record::RecordError),
}

impl Playground {
    /// Swaps the vendors of a roster for the running sandbox, if the environment names one, or
    /// for an embedded one made from the roster.
    ///
    /// # Errors
    /// [`PlaygroundError`].
    pub async fn enter(roster: &mut Roster, on: Date) -> Result<Self, PlaygroundError> {
        let playground = match std::env::var(ENVIRONMENT) {
            Ok(address) if !address.is_empty() => Self::attach(&address).await?,
            _ => Self::serve(roster, on, 0).await?,
        };
        playground.swap(roster)?;
        Ok(playground)
    }

    /// Serves every vendor of a roster on a loopback port (0: any free one).
    ///
    /// # Errors
    /// [`PlaygroundError`].
    pub async fn serve(roster: &Roster, on: Date, port: u16) -> Result<Self, PlaygroundError> {
        Self::serve_as(roster, on, port, Start::Messy, &[]).await
    }

    /// The same with the vendors in a given state, and with these switches of behaviour turned.
    ///
    /// # Errors
    /// [`PlaygroundError`].
    pub async fn serve_as(
        roster: &Roster,
        on: Date,
        port: u16,
        start: Start,
        twists: &[Box<str>],
    ) -> Result<Self, PlaygroundError> {
        let folder = TempDir::with_prefix("rosterctl-sandbox-").map_err(PlaygroundError::Start)?;
        let mut served = Vec::new();
        for settings in roster.vendors.values() {
            let desired = desired(roster, &settings.name, on);
            let mut settings = settings.clone();
            settings.record = None;
            let seed = seed_as(&Arc::new(settings), &desired, start);
            if seed.settings.spec.read == ReadFrom::Record {
                remember(&seed, folder.path()).await?;
            }
            let mut seed = rosterctl_sandbox::Seed::from(seed);
            seed.twists = twists.to_vec();
            let local = local(seed.clone());
            let local = local.ok_or_else(|| PlaygroundError::Described(seed.name.clone()))?;
            served.push(Served {
                name: seed.name.clone(),
                local: Arc::from(local),
                seed,
            });
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let sandbox = Sandbox::start(served, address)
            .await
            .map_err(PlaygroundError::Start)?;
        let index = Index {
            state: folder.path().to_owned(),
            vendors: sandbox
                .vendors()
                .map(|served| {
                    let vendor = IndexVendor {
                        kind: served.seed.kind.to_string(),
                        base_url: sandbox.base_url(&served.name).into(),
                        secrets: served
                            .seed
                            .secrets
                            .iter()
                            .map(|(key, text)| ((*key).to_owned(), text.clone()))
                            .collect(),
                        own_account: served.seed.own.clone(),
                    };
                    (served.name.clone(), vendor)
                })
                .collect(),
        };
        sandbox.set_index(serde_json::to_value(&index).unwrap_or_default());
        Ok(Self {
            index,
            sandbox: Some(sandbox),
            _folder: Some(folder),
        })
    }

    async fn attach(address: &str) -> Result<Self, PlaygroundError> {
        let address = address.trim_end_matches('/');
        let loopback = url::Url::parse(address)
            .is_ok_and(|url| url.scheme() == "http" && crate::roster::base_url::is_loopback(&url));
        if !loopback {
            return Err(PlaygroundError::Address(address.to_owned()));
        }
        let api = Api::new(ApiConfig {
            vendor: "sandbox".into(),
            base_url: address.into(),
            limits: Limits {
                per_second: 100.0,
                burst: 1,
                concurrency: 1,
                timeout: std::time::Duration::from_secs(10),
                max_wait: std::time::Duration::from_secs(10),
            },
            permit: Permit::ReadOnly,
            backoff: Backoff::default(),
            clock: Clock::default(),
            transport: Transport::default(),
            redactor: Redactor::default(),
        })
        .map_err(PlaygroundError::Attach)?;
        let reply = api
            .send(Call::get("read the sandbox's index", "/"))
            .await
            .map_err(PlaygroundError::Attach)?;
        Ok(Self {
            index: reply.json().map_err(PlaygroundError::Attach)?,
            sandbox: None,
            _folder: None,
        })
    }

    /// Points the roster's vendors at the sandbox, their records into its state folder.
    fn swap(&self, roster: &mut Roster) -> Result<(), PlaygroundError> {
        for settings in roster.vendors.values_mut() {
            let vendor = self
                .index
                .vendors
                .get(&settings.name)
                .ok_or_else(|| PlaygroundError::Missing(settings.name.clone()))?;
            settings.base_url = vendor.base_url.clone();
            settings.in_sandbox = true;
            settings.record = None;
            // No address of the roster is called, not even one that only mints tokens.
            for known in settings.spec.settings {
                if known.kind == SettingKind::Url && settings.settings.contains_key(known.name) {
                    let address = format!("{}/{}", settings.base_url, known.name);
                    settings
                        .settings
                        .insert(known.name, Setting::Text(address.into()));
                }
            }
            unhurried(settings);
        }
        Ok(())
    }

    /// The invented secrets, by vendor and key.
    pub fn secrets(&self) -> HashMap<Box<str>, BTreeMap<String, String>> {
        self.index
            .vendors
            .iter()
            .map(|(name, vendor)| (name.clone(), vendor.secrets.clone()))
            .collect()
    }

    /// The folder for records, journals and locks.
    pub fn state(&self) -> &Path {
        &self.index.state
    }

    /// What it tells about itself.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The embedded servers, unless a running sandbox is used.
    pub fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }
}

/// Lifts the limits that a vendor's declaration gives: they spare the real vendor, and nobody wants
/// to wait for the sandbox. Limits that the roster spells out stay.
fn unhurried(settings: &mut VendorSettings) {
    let defaults = settings.spec.limits;
    let limits = &mut settings.limits;
    if (limits.per_second - defaults.per_second).abs() < f64::EPSILON {
        limits.per_second = RATE;
    }
    if limits.burst == defaults.burst {
        limits.burst = BURST;
    }
}

/// Writes the record as if every account of the seed had been applied once.
async fn remember(seed: &Seed, state: &Path) -> Result<(), PlaygroundError> {
    let place = record_place(&seed.settings, &State::folder(state));
    let accounts = seed.accounts.clone();
    Record::new(place, seed.settings.name.clone(), Vec::new())
        .commit(move |entries| {
            for account in &accounts {
                let entry = Entry {
                    updated_at: None,
                    ..Entry::of(account, jiff::Timestamp::UNIX_EPOCH)
                };
                *entries.slot(&account.email_key()) = Some(entry);
            }
        })
        .await
        .map_err(PlaygroundError::Record)
}
