//! The rig of vendor tests: a connector talking to its local server in this process, on tokio's paused
//! clock, with faults and a log of requests. Where sockets count, it talks real HTTP on loopback.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;

use super::{Connect, Vendor, VendorKind};
use crate::http::{Api, ApiConfig, Backoff, Clock, HttpError, Permit, Redactor, Secret, Transport};
use crate::model::account::Account;
use crate::model::certificate::Answers;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::digest::Digest;
use crate::model::email::same_email;
use crate::model::spec::{AttributeKind, AuthForm, DeactivateMode, VendorSpec};
use crate::model::value::{Attributes, Value};
use crate::roster::diagnostic::Span;
use crate::roster::model::{DescriptionText, Limits, Max, SecretRef, Unlisted, VendorSettings};
use crate::sandbox::{HeldAccounts as _, LocalVendor, Request, Sandbox, Seed, Served};

/// The administrator that the rig's credentials belong to.
pub(crate) const OWN: &str = "rig.admin@example.com";

/// When worlds begin.
const NOW: Timestamp = Timestamp::constant(1_767_582_000, 0);

/// A kind of vendor and the local server that stands for it in a test.
pub(crate) struct Subject {
    pub(crate) kind: VendorKind,
    pub(crate) local: fn(Seed) -> Box<dyn LocalVendor>,
    pub(crate) wire: Wire,
    /// The description, of a vendor that has one.
    pub(crate) described: Option<Arc<DescriptionText>>,
}

/// What is between a connector and its local server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Nothing: both are in this process, and tokio's clock has to be paused.
    Within,
    /// Sockets on loopback, and a clock that jumps.
    Sockets,
}

impl std::ops::Deref for Subject {
    type Target = VendorKind;

    fn deref(&self) -> &VendorKind {
        &self.kind
    }
}

macro_rules! subjects {
    ($($vendor:ident),*) => {
        /// Every kind with its own local server.
        pub(crate) static SUBJECTS: &[Subject] = &[$(Subject {
            kind: super::$vendor::KIND,
            local: |seed| crate::sandbox::local(seed.into()).unwrap(),
            wire: Wire::Within,
            described: None,
        }),*];
    };
}

registered!(subjects);

/// The kind of that name with its own local server.
pub(crate) fn subject(kind: &str) -> &'static Subject {
    let mut all = SUBJECTS.iter();
    all.find(|it| it.spec.kind == kind).unwrap()
}

/// That kind with sockets in between.
pub(crate) fn over_sockets(kind: &str) -> &'static Subject {
    let within = subject(kind);
    Box::leak(Box::new(Subject {
        wire: Wire::Sockets,
        kind: VendorKind { ..within.kind },
        local: within.local,
        described: within.described.clone(),
    }))
}

/// A vendor that this text describes, with the server that is made of it.
pub(crate) fn described(name: &str, text: &str) -> &'static Subject {
    let description = crate::description::read(name, text).description.unwrap();
    let text = DescriptionText {
        name: name.into(),
        text: text.into(),
        digest: Digest::of(&text),
    };
    Box::leak(Box::new(Subject {
        kind: VendorKind {
            spec: crate::description::declared(&description),
            connect: super::described::connect,
        },
        local: |seed| crate::sandbox::local(seed.into()).unwrap(),
        wire: Wire::Within,
        described: Some(Arc::new(text)),
    }))
}

/// That kind, if it could do little: `manual` and `delete` alone, no lists of names, and no other e-mail
/// for an account.
pub(crate) fn sparse(kind: &str) -> &'static Subject {
    let full = subject(kind);
    let mut deactivate = full.spec.deactivate.to_vec();
    deactivate.retain(|it| it.mode != DeactivateMode::Reversible);
    deactivate.sort_by_key(|it| it.mode == DeactivateMode::Delete);
    let mut attributes = full.spec.attributes.to_vec();
    attributes.retain(|it| it.kind != AttributeKind::NameSet);
    let spec = VendorSpec {
        deactivate: deactivate.leak(),
        attributes: attributes.leak(),
        email_change: false,
        ..full.spec.clone()
    };
    Box::leak(Box::new(Subject {
        kind: VendorKind {
            spec: Box::leak(Box::new(spec)),
            connect: full.kind.connect,
        },
        local: full.local,
        wire: full.wire,
        described: full.described.clone(),
    }))
}

/// A local server and what is needed to connect to it.
pub(crate) struct Rig {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) settings: Arc<VendorSettings>,
    pub(crate) clock: Clock,
    transport: Transport,
    kind: &'static VendorKind,
    secrets: BTreeMap<&'static str, String>,
    folder: TempDir,
}

impl Rig {
    /// Serves `local` (made from a seed that [`seed`] began) under the vendor's kind as its name.
    pub(crate) async fn serve(
        kind: &'static VendorKind,
        seed: Seed,
        local: Arc<dyn LocalVendor>,
    ) -> Self {
        Self::serve_over(Wire::Within, kind, seed, local).await
    }

    async fn serve_over(
        wire: Wire,
        kind: &'static VendorKind,
        seed: Seed,
        local: Arc<dyn LocalVendor>,
    ) -> Self {
        let settings = seed.settings.clone();
        let secrets = seed.secrets.clone();
        let served = Served {
            name: settings.name.clone(),
            local,
            seed: seed.into(),
        };
        let (sandbox, transport, clock) = match wire {
            Wire::Within => {
                let sandbox = Arc::new(Sandbox::within(vec![served]));
                let transport = Transport::Within(sandbox.clone());
                (sandbox, transport, Clock::dated(NOW))
            }
            Wire::Sockets => {
                let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                let sandbox = Sandbox::start(vec![served], address).await.unwrap();
                (Arc::new(sandbox), Transport::Network, Clock::jumping())
            }
        };
        let mut settings = VendorSettings::clone(&settings);
        settings.base_url = sandbox.base_url(&settings.name).into();
        Self {
            settings: Arc::new(settings),
            sandbox,
            clock,
            transport,
            kind,
            secrets,
            folder: TempDir::new().unwrap(),
        }
    }

    /// Serves the kind's default local server.
    pub(crate) async fn start(subject: &'static Subject, seed: Seed) -> Self {
        let local = Arc::from((subject.local)(seed.clone()));
        Self::serve_over(subject.wire, subject, seed, local).await
    }

    /// A connector that may write.
    pub(crate) fn connect(&self) -> Box<dyn Vendor> {
        self.try_connect(Permit::ReadWrite, &self.secrets).unwrap()
    }

    /// A connector that may only read.
    pub(crate) fn connect_read_only(&self) -> Box<dyn Vendor> {
        self.try_connect(Permit::ReadOnly, &self.secrets).unwrap()
    }

    /// A connector with other secrets or another permit.
    pub(crate) fn try_connect(
        &self,
        permit: Permit,
        secrets: &BTreeMap<&'static str, String>,
    ) -> Result<Box<dyn Vendor>, HttpError> {
        let api = Api::new(ApiConfig {
            vendor: self.settings.name.clone(),
            base_url: self.settings.base_url.clone(),
            limits: self.settings.limits,
            permit,
            backoff: Backoff {
                throttled: Duration::from_secs(self.settings.spec.limits.throttle_seconds),
                ..Backoff::default()
            },
            clock: self.clock.clone(),
            transport: self.transport.clone(),
            redactor: Redactor::default(),
        })?;
        (self.kind.connect)(Connect {
            settings: self.settings.clone(),
            api,
            secrets: secrets
                .iter()
                .map(|(key, text)| (*key, Secret::fixed(text.clone())))
                .collect(),
            record: self.record().into(),
            permit,
        })
    }

    /// Where the rig's connectors keep their record.
    pub(crate) fn record(&self) -> std::path::PathBuf {
        self.folder.path().join("record.json")
    }

    /// The local server.
    pub(crate) fn local(&self) -> &dyn LocalVendor {
        let served = self.sandbox.vendor(&self.settings.name).unwrap();
        served.local.as_ref()
    }

    /// The local server's account with that e-mail.
    pub(crate) fn account(&self, email: &str) -> Option<Account> {
        self.local()
            .accounts()
            .into_iter()
            .find(|account| same_email(&account.email, email))
    }

    /// Requests so far that could write; token calls are none.
    pub(crate) fn writes(&self) -> Vec<Request> {
        self.posts(|request| !is_token_call(request))
    }

    /// Token calls so far.
    pub(crate) fn token_calls(&self) -> Vec<Request> {
        self.posts(is_token_call)
    }

    fn posts(&self, of: impl Fn(&Request) -> bool) -> Vec<Request> {
        self.sandbox
            .requests()
            .into_iter()
            .map(|(request, _)| request)
            .filter(|request| !reads(request) && of(request))
            .collect()
    }
}

/// Whether a request could change an account.
pub(crate) fn is_write(request: &Request) -> bool {
    !reads(request) && !is_token_call(request)
}

fn reads(request: &Request) -> bool {
    matches!(&*request.method, "GET" | "HEAD")
}

/// Whether a request asks for a token: the paths of all servers in tests.
pub(crate) fn is_token_call(request: &Request) -> bool {
    ["token", "auth-with-password", "/session"]
        .iter()
        .any(|it| request.path.contains(it))
}

/// Settings as a roster would give that says only what it must: the first form of credentials,
/// the first choice of `deactivate`, fast limits.
pub(crate) fn settings(spec: &'static VendorSpec) -> VendorSettings {
    settings_with(spec, spec.auth.first().unwrap())
}

/// The same with one of the other forms of credentials.
pub(crate) fn settings_with(spec: &'static VendorSpec, auth: &AuthForm) -> VendorSettings {
    VendorSettings {
        in_sandbox: false,
        name: spec.kind.into(),
        span: Span::NOWHERE,
        spec,
        base_url: spec.base_url.unwrap_or("https://example.com").into(),
        auth: auth
            .secrets
            .iter()
            .map(|key| (*key, SecretRef::Env("UNUSED".into())))
            .collect(),
        defaults: Vec::new(),
        unlisted: Unlisted::Report,
        protect: Vec::new(),
        limits: Limits {
            per_second: 1_000_000.0,
            burst: 1_000,
            concurrency: spec.limits.concurrency,
            timeout: Duration::from_secs(5),
            max_wait: Duration::from_secs(600),
        },
        max: Max::default(),
        deactivate: spec.deactivate[0],
        by_preset: Vec::new(),
        observe: false,
        certificate: None,
        answers: Answers::default(),
        delete_after: None,
        own_account: Some(OWN.into()),
        admins: Vec::new(),
        record: None,
        settings: BTreeMap::new(),
    }
}

/// A seed with these accounts and the own administrator.
pub(crate) fn seed(settings: VendorSettings, accounts: Vec<Account>) -> Seed {
    let secrets = settings
        .auth
        .keys()
        .map(|key| match *key {
            "email" => (*key, OWN.to_owned()),
            _ => (*key, format!("rig-secret-{key}")),
        })
        .collect();
    let mut accounts = accounts;
    if !accounts.iter().any(|account| &*account.email == OWN) {
        accounts.push(admin(settings.spec));
    }
    let mut names: BTreeMap<&'static str, Vec<Box<str>>> = BTreeMap::new();
    for account in &accounts {
        for (name, value) in account.attributes.iter() {
            let Some(attribute) = settings.spec.attribute(name) else {
                continue;
            };
            let list = names.entry(attribute.name).or_default();
            match value {
                Some(Value::Set(items)) => list.extend(items.iter().cloned()),
                Some(Value::Text(text)) => list.push((**text).into()),
                Some(Value::Flag(_)) | None => {}
            }
        }
    }
    Seed {
        settings: Arc::new(settings),
        accounts,
        names,
        own: OWN.into(),
        secrets,
        page_cap: None,
    }
}

/// The own account: an administrator in the way of its vendor.
fn admin(spec: &VendorSpec) -> Account {
    use crate::model::spec::AdminRule;
    let mut account = Account::new(OWN);
    match spec.admin {
        AdminRule::TextIs(name, word) => account.attributes.insert(name, Some(Value::text(word))),
        AdminRule::FlagIs(name) => account.attributes.insert(name, Some(Value::Flag(true))),
        AdminRule::Holds(_) | AdminRule::Unknown => {}
    }
    account
}

/// An active account with some attributes.
pub(crate) fn account(email: &str, attributes: &[(&'static str, Value)]) -> Account {
    Account {
        attributes: attributes
            .iter()
            .map(|(name, value)| (*name, Some(value.clone())))
            .collect(),
        ..Account::new(email)
    }
}

/// A person who should have access with these attributes.
pub(crate) fn wanted(email: &str, attributes: &[(&'static str, Value)]) -> DesiredAccount {
    DesiredAccount {
        email: email.into(),
        previous_emails: Vec::new(),
        id: None,
        access: Access::Granted,
        attributes: attributes
            .iter()
            .map(|(name, value)| (*name, value.clone()))
            .collect::<Attributes>(),
        on_create: Attributes::new(),
    }
}
