//! Runs that are killed at every call, and addresses that are somebody's.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::*;
use crate::http::{Arriving, Broken, Outgoing, Within};

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

#[tokio::test(start_paused = true)]
async fn a_run_that_is_killed_at_any_call_leaves_what_the_next_one_takes_away() {
    for kind in KINDS {
        let twists: &[&str] = match kind {
            "bitsight" => &["create-doubles", "addresses-free-again"],
            "rest" => &["create-doubles"],
            _ => &[],
        };
        // What did not arrive is, to the next run, as if the call before had been the last: once is enough.
        let both = kind == "bitsight";
        let writes = writes_of_a_whole_run(kind, twists).await;
        // Between two reads nothing changes, neither there nor here: the first one stands for all.
        let tells = |at: &usize| *at == 0 || writes[at - 1] || *writes.get(*at).unwrap_or(&true);
        let deaths = (0..=writes.len()).filter(tells);
        let deaths = deaths.flat_map(|at| [(at, true), (at, false)]);
        let mut ended = false;
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
            ended |= whole;
        }
        assert!(ended, "{kind}: the run that nobody kills is among them");
    }
}

/// Which of the calls of a run that nobody kills is a write, in their order.
async fn writes_of_a_whole_run(kind: &str, twists: &[&str]) -> Vec<bool> {
    let tenant = tenant(kind, twists, |_| {});
    tenant.certify().await;
    let sent = tenant.sandbox.requests();
    let writes: Vec<bool> = sent.iter().map(|it| testing::is_write(&it.0)).collect();
    assert!(writes.iter().filter(|it| **it).count() > 1, "{kind}");
    writes
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
