//! Each open question with each of its answers, at a local vendor that does so and nothing else
//! otherwise; runs that are killed at every call; and what a certificate holds of a tenant.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use tempfile::TempDir;
use tokio::sync::Notify;

use super::*;
use crate::connector::testing::{self, account, settings};
use crate::http::{
    Arriving, Backoff, Broken, Clock, Outgoing, Permit, Redactor, Transport, Within,
};
use crate::model::account::{Account, Shield};
use crate::model::certificate::Certificate;
use crate::model::desired::Desired;
use crate::model::value::Value;
use crate::roster::model::{Setting, VendorSettings};
use crate::run::lock::LockRequest;
use crate::run::locked;
use crate::run::session::asking::certificate;
use crate::run::session::{Options, Session};
use crate::run::watch::{Shield as Guard, Watcher};
use crate::sandbox::{Sandbox, Served, local};
use crate::state::State;

const NOW: Timestamp = Timestamp::constant(1_767_582_000, 0);
const TODAY: Date = Date::constant(2026, 1, 5);
const ACCOUNT: &str = "rosterctl-certify@example.com";

/// Nobody who hears or asks anything.
struct Silence;

impl Guard for Silence {}

#[async_trait(?Send)]
impl Watcher for Silence {
    fn note(&self, _: &str) {}
    fn holds(&self) {}
    fn shield(&self) -> Box<dyn Guard + '_> {
        Box::new(Self)
    }
    fn take_over(&self) {}
    fn asked(&self) -> u32 {
        0
    }
    async fn asks(&self, _: u32) {
        std::future::pending::<()>().await;
    }
}

/// A tenant: a local vendor, and the roster that names it.
struct Tenant {
    sandbox: Arc<Sandbox>,
    roster: Arc<Roster>,
    secrets: BTreeMap<&'static str, String>,
    name: Box<str>,
    folder: TempDir,
}

/// Ids of everybody but those who are made; a token that tells its owner begins with one.
const ADA: &str = "aDa00001";

/// What an account shows.
type Shown = Vec<(&'static str, Value)>;

/// Who is there: somebody with everything, somebody who is off, and a token.
fn people(kind: &str) -> Vec<Account> {
    let text = |text: &str| Value::text(text);
    let flag = Value::Flag(true);
    let set = |items: &[&str]| Value::set(items.iter().copied());
    let (ada, bob): (Shown, Shown) = match kind {
        "bitsight" => (
            vec![
                ("role", text("customer_user")),
                ("formal_name", text("Planted Ada")),
                ("is_available_for_contact", flag.clone()),
                ("features.fq-access", flag),
            ],
            vec![("role", text("customer_user"))],
        ),
        "logicgate" => (
            vec![
                ("tier", text("PRIMARY")),
                ("first", text("Planted")),
                ("last", text("Ada")),
                ("company", text("Planted Company")),
                ("roles", set(&["Planted Role"])),
            ],
            vec![("first", text("Bob")), ("last", text("Off"))],
        ),
        "snaplogic" => (
            vec![("first_name", text("Planted")), ("last_name", text("Ada"))],
            vec![("first_name", text("Bob")), ("last_name", text("Off"))],
        ),
        "surecloud" => (
            vec![
                ("role", text("CONTRIBUTOR")),
                ("name", text("Planted Ada")),
                ("groups", set(&["//Planted/Group"])),
            ],
            vec![("role", text("CONTRIBUTOR"))],
        ),
        "scim" => (
            vec![
                ("given_name", text("Planted")),
                ("groups", set(&["Planted Group"])),
            ],
            vec![("groups", set(&["Planted Group"]))],
        ),
        _ => (Vec::new(), Vec::new()),
    };
    let mut ada = account("planted.ada@planted.example", &ada);
    if kind == "logicgate" {
        ada.id = Some(ADA.into());
    }
    let mut bob = account("planted.bob@planted.example", &bob);
    bob.active = kind == "snaplogic";
    let mut all = vec![ada, bob];
    if kind == "bitsight" {
        let mut token = account("planted.token@planted.example", &[]);
        token.shield = Some(Shield {
            what: "company API token",
            always: true,
        });
        all.push(token);
    }
    all
}

fn tenant(kind: &str, twists: &[&str], change: impl FnOnce(&mut VendorSettings)) -> Tenant {
    let mut settings = match kind {
        "rest" => {
            let text = include_str!("../../../connectors/redmine.yaml");
            let subject = testing::described("redmine", text);
            let mut settings = settings(subject.spec);
            let text = subject.described.clone().unwrap();
            settings
                .settings
                .insert("connector", Setting::Description(text));
            settings
        }
        kind => settings(testing::subject(kind).spec),
    };
    if kind == "snaplogic" {
        let organization = Setting::Text("PlantedEnv".into());
        settings.settings.insert("organization", organization);
    }
    change(&mut settings);
    let mut seed = testing::seed(settings.clone(), people(kind));
    if kind == "logicgate" && twists.contains(&"token-tells") {
        use base64::Engine as _;
        let token = base64::engine::general_purpose::STANDARD.encode(format!("{ADA}:secret"));
        settings.auth =
            BTreeMap::from([("token", crate::roster::model::SecretRef::Env("X".into()))]);
        seed.settings = Arc::new(settings.clone());
        seed.secrets = BTreeMap::from([("token", token)]);
    }
    let secrets = seed.secrets.clone();
    let mut seed: rosterctl_sandbox::Seed = seed.into();
    seed.twists = twists
        .iter()
        .map(|it| format!("{kind}:{it}").into())
        .collect();
    let name = settings.name.clone();
    let served = Served {
        name: name.clone(),
        local: Arc::from(local(seed.clone()).unwrap()),
        seed,
    };
    let sandbox = Arc::new(Sandbox::within(vec![served]));
    settings.base_url = sandbox.base_url(&name).into();
    let text = "people: [{ email: planted.ada@planted.example }]\n";
    let text = match kind {
        "surecloud" => {
            "vendors: { surecloud: { auth: { jwt: { env: X } } } }\n\
             people: [{ email: planted.ada@planted.example, accounts: { surecloud: { role: CONTRIBUTOR, \
             groups: [//Planted/Group] } } }]\n"
        }
        _ => text,
    };
    let file = crate::roster::RosterFile {
        path: String::from("users.yaml"),
        folder: std::path::PathBuf::new(),
        text: text.to_owned(),
    };
    let mut roster = crate::roster::parse(vec![file], &crate::connector::specs()).roster;
    roster.vendors = BTreeMap::from([(name.clone(), settings)]);
    Tenant {
        sandbox,
        roster: Arc::new(roster),
        secrets,
        name,
        folder: TempDir::new().unwrap(),
    }
}

impl Tenant {
    fn session(&self, permit: Permit, transport: Transport, only: &WriteScope) -> Session {
        let options = Options {
            permit,
            on: TODAY,
            moment: NOW,
            vendors: Vec::new(),
            backoff: Backoff::default(),
            clock: Clock::dated(NOW),
            transport,
            redactor: Redactor::default(),
            secrets: Some(HashMap::from([(
                self.name.clone(),
                self.secrets
                    .iter()
                    .map(|(key, text)| ((*key).to_owned(), text.clone()))
                    .collect(),
            )])),
            state: State::folder(self.folder.path()),
            written: None,
            only: Some(only.clone()),
        };
        Session::open(&self.roster, &options)
    }

    fn within(&self) -> Transport {
        Transport::Within(self.sandbox.clone())
    }

    /// What `doctor --probe` writes.
    async fn probe(&self) -> Certificate {
        let session = self.session(Permit::ReadOnly, self.within(), &WriteScope::default());
        let asked = session.ask().await;
        let findings = asked[0].findings.as_ref().unwrap();
        certificate(asked[0].settings, findings, "salt", TODAY)
    }

    /// What `certify` finds, through that transport.
    async fn certify_over(
        &self,
        transport: Transport,
    ) -> Result<(Certificate, Certified), CertifyError> {
        let scope = WriteScope::default();
        let session = self.session(Permit::ReadWrite, transport, &scope);
        let request = locked::Request {
            lock: LockRequest {
                without: true,
                ..LockRequest::default()
            },
            ..locked::Request::default()
        };
        let run = LockedRun::begin(&session, &request, &Silence)
            .await
            .unwrap();
        let request = Request {
            vendor: &self.name,
            email: ACCOUNT,
            mark: "7f3a9c01",
            scope: &scope,
        };
        let certified = certify(&run, &self.roster, &request, NOW).await?;
        let (settings, _) = session.vendor(&self.name).unwrap();
        let made = certificate(settings, &certified.findings, "salt", TODAY);
        Ok((made, certified))
    }

    async fn certify(&self) -> (Certificate, Certified) {
        self.certify_over(self.within()).await.unwrap()
    }

    fn held(&self) -> Vec<rosterctl_sandbox::Account> {
        self.sandbox.vendor(&self.name).unwrap().local.held()
    }
}

/// A kind, a question, what turns the server, by what it is asked, and the answer.
type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    How,
    &'static str,
);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Probe,
    Certify,
}
use How::{Certify, Probe};

const ROWS: &[Row] = &[
    ("bitsight", "contacts_listed", &[], Probe, "yes"),
    (
        "bitsight",
        "contacts_listed",
        &["list-hides-contacts"],
        Probe,
        "no",
    ),
    ("bitsight", "deactivated_listed", &[], Probe, "yes"),
    (
        "bitsight",
        "deactivated_listed",
        &["list-hides-deactivated"],
        Probe,
        "no",
    ),
    (
        "bitsight",
        "tokens_listed",
        &["list-shows-tokens"],
        Probe,
        "yes",
    ),
    ("bitsight", "tokens_listed", &[], Probe, "no"),
    ("bitsight", "feature_values", &[], Probe, "boolean"),
    (
        "bitsight",
        "feature_values",
        &["text-feature"],
        Probe,
        "mixed",
    ),
    ("bitsight", "token_scope", &[], Probe, "all"),
    ("bitsight", "token_scope", &["company-token"], Probe, "all"),
    (
        "bitsight",
        "token_scope",
        &["token-of-group"],
        Probe,
        "group",
    ),
    (
        "bitsight",
        "token_scope",
        &["tokens-unlisted"],
        Probe,
        "unknown",
    ),
    ("bitsight", "patch_status", &[], Certify, "works"),
    (
        "bitsight",
        "patch_status",
        &["status-ignored"],
        Certify,
        "ignored",
    ),
    (
        "bitsight",
        "patch_status",
        &["status-refused"],
        Certify,
        "refused",
    ),
    ("bitsight", "duplicate_create", &[], Certify, "refused"),
    (
        "bitsight",
        "duplicate_create",
        &["create-adopts"],
        Certify,
        "adopted",
    ),
    (
        "bitsight",
        "duplicate_create",
        &["create-doubles"],
        Certify,
        "doubled",
    ),
    (
        "bitsight",
        "partial_features",
        &["two-features"],
        Certify,
        "replaced",
    ),
    (
        "bitsight",
        "partial_features",
        &["two-features", "features-merge"],
        Certify,
        "merged",
    ),
    ("bitsight", "body", &[], Certify, "flat"),
    ("bitsight", "body", &["wrapped"], Certify, "wrapped"),
    ("logicgate", "single_read", &[], Probe, "yes"),
    ("logicgate", "single_read", &["no-single-read"], Probe, "no"),
    ("logicgate", "roles_list", &["roles-listed"], Probe, "yes"),
    ("logicgate", "roles_list", &[], Probe, "no"),
    ("logicgate", "token_owner", &["token-tells"], Probe, "token"),
    (
        "logicgate",
        "token_owner",
        &["owner-told"],
        Probe,
        "account",
    ),
    ("logicgate", "token_owner", &[], Probe, "unknown"),
    ("logicgate", "disable", &[], Certify, "works"),
    ("logicgate", "disable", &["off-ignored"], Certify, "ignored"),
    ("logicgate", "disable", &["off-refused"], Certify, "refused"),
    ("logicgate", "deactivated_listed", &[], Certify, "yes"),
    (
        "logicgate",
        "deactivated_listed",
        &["list-hides-off"],
        Certify,
        "no",
    ),
    ("logicgate", "put_clears", &[], Certify, "yes"),
    ("logicgate", "put_clears", &["put-keeps"], Certify, "no"),
    ("logicgate", "read_lag_ms", &[], Certify, "0"),
    (
        "logicgate",
        "read_lag_ms",
        &["stale-reads"],
        Certify,
        "3000",
    ),
    ("snaplogic", "envelope", &[], Probe, "bare"),
    (
        "snaplogic",
        "envelope",
        &["wrapped-reads"],
        Probe,
        "wrapped",
    ),
    ("snaplogic", "envelope", &["wrapped-list"], Probe, "mixed"),
    ("snaplogic", "absent_user", &[], Probe, "404"),
    (
        "snaplogic",
        "absent_user",
        &["missing-empty"],
        Probe,
        "empty",
    ),
    ("snaplogic", "absent_user", &["missing-400"], Probe, "other"),
    ("snaplogic", "put_partial", &[], Certify, "merged"),
    (
        "snaplogic",
        "put_partial",
        &["put-replaces"],
        Certify,
        "replaced",
    ),
    ("snaplogic", "duplicate_create", &[], Certify, "refused"),
    (
        "snaplogic",
        "duplicate_create",
        &["known-post-breaks"],
        Certify,
        "refused",
    ),
    (
        "snaplogic",
        "duplicate_create",
        &["known-post-nothing"],
        Certify,
        "adopted",
    ),
    ("surecloud", "list_call", &[], Probe, "none"),
    (
        "surecloud",
        "list_call",
        &["lists"],
        Probe,
        "/restful/v1/user",
    ),
    ("surecloud", "groups_patch", &[], Certify, "replaced"),
    (
        "surecloud",
        "groups_patch",
        &["groups-add"],
        Certify,
        "added",
    ),
    ("surecloud", "user_id_echo", &[], Certify, "yes"),
    ("surecloud", "user_id_echo", &["no-ids"], Certify, "no"),
    ("surecloud", "person_type_resets", &[], Certify, "yes"),
    (
        "surecloud",
        "person_type_resets",
        &["type-stays"],
        Certify,
        "no",
    ),
    ("scim", "list_total", &[], Probe, "whole"),
    ("scim", "list_total", &["page-totals"], Probe, "page"),
    ("scim", "list_total", &["uncounted"], Probe, "absent"),
    ("scim", "inactive_listed", &[], Probe, "yes"),
    ("scim", "inactive_listed", &["hides-off"], Probe, "no"),
    ("scim", "members_shown", &[], Probe, "all"),
    ("scim", "members_shown", &["members-first"], Probe, "part"),
    ("scim", "members_shown", &["members-absent"], Probe, "none"),
    ("scim", "filter", &[], Probe, "folded"),
    ("scim", "filter", &["filters-heed-case"], Probe, "exact"),
    ("scim", "filter", &["filters-ignored"], Probe, "ignored"),
    ("scim", "filter", &["filters-refused"], Probe, "refused"),
    ("scim", "patch", &[], Certify, "path"),
    ("scim", "patch", &["no-paths"], Certify, "plain"),
    ("scim", "patch", &["patches-refused"], Certify, "off"),
    ("scim", "off_means", &[], Certify, "inactive"),
    ("scim", "off_means", &["off-removes"], Certify, "gone"),
    ("scim", "put_clears", &[], Certify, "yes"),
    ("scim", "put_clears", &["put-keeps"], Certify, "no"),
    ("rest", "filter", &[], Probe, "folded"),
    ("rest", "filter", &["search-by-case"], Probe, "exact"),
    ("rest", "filter", &["filters-ignored"], Probe, "ignored"),
    ("rest", "filter", &["searches-refused"], Probe, "refused"),
    ("rest", "single_read", &[], Probe, "yes"),
    ("rest", "single_read", &["outlines"], Probe, "no"),
    ("rest", "updates", &[], Certify, "stored"),
    (
        "rest",
        "updates",
        &["updates-not-stored"],
        Certify,
        "ignored",
    ),
    ("rest", "updates", &["updates-refused"], Certify, "refused"),
    ("rest", "switch", &[], Certify, "works"),
    (
        "rest",
        "switch",
        &["switches-not-stored"],
        Certify,
        "ignored",
    ),
    ("rest", "switch", &["switches-refused"], Certify, "refused"),
    ("rest", "off_found", &[], Certify, "yes"),
    ("rest", "off_found", &["hides-inactive"], Certify, "no"),
    ("rest", "duplicate_create", &[], Certify, "refused"),
    (
        "rest",
        "duplicate_create",
        &["create-adopts"],
        Certify,
        "adopted",
    ),
    (
        "rest",
        "duplicate_create",
        &["create-doubles"],
        Certify,
        "doubled",
    ),
];

/// The answer to a question, in words.
fn answer(certificate: &Certificate, question: &str) -> String {
    let answered = certificate.answers.get(question);
    answered.map_or_else(|| String::from("open"), |it| it.answer.to_string())
}

async fn ask(kind: &str, twists: &[&str], how: How) -> (Tenant, Certificate) {
    let tenant = tenant(kind, twists, |_| {});
    let certificate = match how {
        Probe => tenant.probe().await,
        Certify => tenant.certify().await.0,
    };
    (tenant, certificate)
}

#[tokio::test(start_paused = true)]
async fn each_answer_is_what_the_tenant_does() {
    let mut wrong = Vec::new();
    for (kind, question, twists, how, wanted) in ROWS {
        let tenant = tenant(kind, twists, |_| {});
        let certificate = match how {
            Probe => Ok(tenant.probe().await),
            Certify => tenant.certify_over(tenant.within()).await.map(|it| it.0),
        };
        if *how == Probe {
            let sent = tenant.sandbox.requests();
            let writes = sent
                .iter()
                .filter(|(request, _)| testing::is_write(request));
            assert_eq!(writes.count(), 0, "{kind} {question}");
        }
        let got = match certificate {
            Ok(certificate) => answer(&certificate, question),
            Err(error) => error.to_string(),
        };
        if got != *wanted {
            wrong.push(format!(
                "{kind} {question} {twists:?}: {got} instead of {wanted}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every answer of every question has a row, but where nothing answers it.
#[test]
fn every_answer_has_a_row() {
    let kinds = crate::connector::specs();
    let kinds = kinds.iter().map(|it| (it.kind, it.questions));
    for (kind, questions) in kinds.chain([("rest", crate::description::QUESTIONS)]) {
        for question in questions.iter().filter(|it| it.by != AnsweredBy::Nothing) {
            for answer in question.answers {
                let is = |row: &&Row| {
                    let found = question
                        .answer(row.4)
                        .is_some_and(|it| it.word == answer.word);
                    row.0 == kind && row.1 == question.id && found
                };
                let second = answer.word == "/restful/v1/users";
                assert!(
                    second || ROWS.iter().any(|it| is(&it)),
                    "{kind} {} {}",
                    question.id,
                    answer.word
                );
            }
        }
    }
}

/// Between a run and its vendor: from some call on, nothing comes through.
struct Killer {
    sandbox: Arc<Sandbox>,
    /// The call at which the run is killed, counted from 0.
    at: usize,
    /// Whether that call still arrives.
    arrives: bool,
    calls: AtomicUsize,
    dead: Notify,
}

#[async_trait]
impl Within for Killer {
    async fn send(&self, request: Outgoing) -> Result<Arriving, Broken> {
        if self.calls.fetch_add(1, Ordering::Relaxed) < self.at {
            return self.sandbox.send(request).await;
        }
        if self.arrives {
            drop(self.sandbox.send(request).await);
        }
        self.dead.notify_one();
        std::future::pending().await
    }
}

/// Everybody but the throw-away accounts, as the vendor holds them.
fn others(tenant: &Tenant) -> Vec<String> {
    let held = tenant.held().into_iter();
    let others = held.filter(|it| !it.email.contains("rosterctl-certify"));
    let mut others: Vec<String> = others.map(|it| format!("{it:?}")).collect();
    others.sort_unstable();
    others
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_killed_at_any_call_leaves_what_the_next_one_takes_away() {
    for kind in [
        "bitsight",
        "logicgate",
        "snaplogic",
        "surecloud",
        "scim",
        "rest",
    ] {
        let twists: &[&str] = match kind {
            "bitsight" => &["create-doubles", "addresses-free-again"],
            "rest" => &["create-doubles"],
            _ => &[],
        };
        // What did not arrive is, to the next run, as if the call before had been the last: once is enough.
        let both = kind == "bitsight";
        let deaths = (0..).flat_map(|at| [(at, true), (at, false)]);
        for (at, arrives) in deaths.filter(|(_, arrives)| both || *arrives) {
            let tenant = tenant(kind, twists, |_| {});
            let before = others(&tenant);
            let killer = Arc::new(Killer {
                sandbox: tenant.sandbox.clone(),
                at,
                arrives,
                calls: AtomicUsize::new(0),
                dead: Notify::new(),
            });
            let transport = Transport::Within(killer.clone());
            let whole = tokio::select! {
                biased;
                ended = tenant.certify_over(transport) => ended.is_ok(),
                () = killer.dead.notified() => false,
            };
            if !whole {
                // Who makes the account anew finds that nobody has it.
                let ended = tenant.certify_over(tenant.within()).await;
                let (_, certified) = match (kind, ended) {
                    // An account that cannot be deleted is there, off, and somebody's by then.
                    ("logicgate" | "surecloud", Err(CertifyError::Refused(_))) => continue,
                    (_, ended) => {
                        ended.unwrap_or_else(|error| panic!("{kind} {at} {arrives}: {error}"))
                    }
                };
                assert!(
                    certified.left.iter().all(|it| it.1 != Left::On),
                    "{kind} {at} {arrives}"
                );
            }
            let left = tenant
                .held()
                .into_iter()
                .filter(|it| it.email.contains("rosterctl-certify"));
            let left: Vec<_> = left.collect();
            let none = !matches!(kind, "logicgate" | "surecloud");
            assert!(!none || left.is_empty(), "{kind} {at} {arrives}: {left:?}");
            assert!(
                left.iter().all(|it| !it.active),
                "{kind} {at} {arrives}: {left:?}"
            );
            assert_eq!(others(&tenant), before, "{kind} {at} {arrives}");
            let noted = thrown::left(&State::folder(tenant.folder.path()), &tenant.name);
            assert_eq!(noted, Ok(Vec::new()), "{kind} {at} {arrives}");
            if whole {
                assert!(at > 5, "{kind}");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_certificate_holds_nothing_of_the_tenant() {
    for kind in [
        "bitsight",
        "logicgate",
        "snaplogic",
        "surecloud",
        "scim",
        "rest",
    ] {
        let tenant = tenant(kind, &[], |_| {});
        let (written, _) = tenant.certify().await;
        let read = tenant.probe().await;
        for made in [&written, &read] {
            let text = made.write().to_lowercase();
            let mut words = vec![
                String::from("planted"),
                String::from("example"),
                String::from("certify@"),
                String::from("7f3a9c01"),
                String::from("rig"),
                String::from("127.0.0.1"),
                String::from("@"),
            ];
            let held = tenant.held();
            let ids = held.iter().filter_map(|it| it.id.as_deref());
            words.extend(ids.filter(|it| it.len() > 4).map(str::to_lowercase));
            words.extend(tenant.secrets.values().map(|it| it.to_lowercase()));
            for word in words {
                assert!(!text.contains(&word), "{kind}: {word} in {text}");
            }
            assert_eq!(Certificate::read(&made.write()).as_ref(), Ok(made));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_that_somebody_has_is_refused_and_nothing_is_written() {
    for kind in ["bitsight", "logicgate", "snaplogic", "scim"] {
        let tenant = tenant(kind, &[], |_| {});
        let local = &tenant.sandbox.vendor(&tenant.name).unwrap().local;
        let mut somebody = tenant.held()[0].clone();
        somebody.email = ACCOUNT.into();
        somebody.id = None;
        local.keep(somebody);
        let before = tenant.sandbox.requests().len();
        let error = tenant.certify_over(tenant.within()).await.unwrap_err();
        assert!(
            matches!(&error, CertifyError::Refused(_)),
            "{kind}: {error}"
        );
        let sent = tenant.sandbox.requests();
        let writes = sent
            .iter()
            .skip(before)
            .filter(|(request, _)| testing::is_write(request));
        assert_eq!(writes.count(), 0, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_switches_at_once_give_both_answers() {
    for (kind, twists, answers) in [
        (
            "bitsight",
            &["wrapped", "status-ignored"][..],
            &[("body", "wrapped"), ("patch_status", "ignored")][..],
        ),
        (
            "logicgate",
            &["stale-reads", "off-refused"],
            &[("read_lag_ms", "3000"), ("disable", "refused")],
        ),
        (
            "snaplogic",
            &["wrapped-reads", "put-replaces"],
            &[("envelope", "wrapped"), ("put_partial", "replaced")],
        ),
        (
            "surecloud",
            &["groups-add", "no-ids"],
            &[("groups_patch", "added"), ("user_id_echo", "no")],
        ),
        (
            "scim",
            &["no-paths", "off-removes"],
            &[("patch", "plain"), ("off_means", "gone")],
        ),
        (
            "rest",
            &["search-by-case", "switches-not-stored"],
            &[("filter", "exact"), ("switch", "ignored")],
        ),
    ] {
        let (_, certificate) = ask(kind, twists, Certify).await;
        for (question, wanted) in answers {
            assert_eq!(answer(&certificate, question), *wanted, "{kind} {question}");
        }
    }
}

/// Paths and queries of what a read sends at a tenant that was seen to answer so, where nobody else than
/// who is there and somebody new are wanted.
async fn read_with(
    kind: &str,
    twists: &[&str],
    answers: &[(&str, &'static str)],
) -> (Vec<String>, crate::model::current::Current) {
    let tenant = tenant(kind, twists, |it| it.own_account = None);
    let mut roster = Roster::clone(&tenant.roster);
    let settings = roster.vendors.get_mut(&tenant.name).unwrap();
    let answered = answers.iter().map(|(id, word)| {
        let answered = crate::model::certificate::Answered {
            answer: (*word).into(),
            day: None,
            evidence: crate::model::certificate::Evidence::default(),
        };
        ((*id).into(), answered)
    });
    let document = Certificate {
        format: 1,
        tool: "rosterctl".into(),
        kind: kind.into(),
        connector: None,
        day: TODAY,
        tenant: crate::model::certificate::Tenant::of("salt", &settings.tenant()),
        answers: answered.collect(),
    };
    settings.certificate = Some(Arc::new(crate::roster::model::CertificateText {
        name: "certificate.json".into(),
        digest: Digest::of(&1),
        document: Ok(document),
    }));
    let mut believing = tenant;
    believing.roster = Arc::new(roster);
    let session = believing.session(Permit::ReadOnly, believing.within(), &WriteScope::default());
    let (_, vendor) = session.vendor(&believing.name).unwrap();
    let wanted = vec![testing::wanted("new@example.com", &[])];
    let wanted = Desired::listed(believing.name.clone(), wanted);
    let current = vendor.fetch(&wanted).await.unwrap();
    let sent = believing.sandbox.requests().into_iter();
    let sent = sent.map(|(request, _)| format!("{}?{}", request.path, request.query));
    (sent.collect(), current)
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_spares_calls_and_tells_what_no_call_was_asked_for() {
    for (kind, twists, question, word, call, asked) in [
        (
            "bitsight",
            &[][..],
            "deactivated_listed",
            "yes",
            "status=Deactivated",
            false,
        ),
        (
            "bitsight",
            &[],
            "deactivated_listed",
            "no",
            "status=Deactivated",
            true,
        ),
        (
            "bitsight",
            &[],
            "contacts_listed",
            "yes",
            "is_available_for_contact=true",
            false,
        ),
        (
            "bitsight",
            &[],
            "contacts_listed",
            "no",
            "is_available_for_contact=true",
            true,
        ),
        (
            "logicgate",
            &[],
            "deactivated_listed",
            "yes",
            "/internal/users",
            false,
        ),
        (
            "logicgate",
            &[],
            "deactivated_listed",
            "no",
            "/internal/users",
            true,
        ),
        (
            "logicgate",
            &["roles-listed"],
            "roles_list",
            "yes",
            "/api/v1/roles",
            true,
        ),
        (
            "logicgate",
            &["roles-listed"],
            "roles_list",
            "no",
            "/api/v1/roles",
            false,
        ),
        (
            "logicgate",
            &["owner-told"],
            "token_owner",
            "account",
            "/api/v1/account?",
            true,
        ),
        (
            "logicgate",
            &["owner-told"],
            "token_owner",
            "unknown",
            "/api/v1/account?",
            false,
        ),
    ] {
        let (sent, current) = read_with(kind, twists, &[(question, word)]).await;
        let found = sent.iter().any(|it| it.contains(call));
        assert_eq!(found, asked, "{kind} {question} {word}: {sent:#?}");
        if question == "token_owner" {
            let known = matches!(current.own, crate::model::current::Own::Email(_));
            assert_eq!(known, asked, "{word}");
        }
    }
}
