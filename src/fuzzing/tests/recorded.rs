//! Seeds of the vendors: what their local servers answer to one run, recorded. `ROSTERCTL_BLESS=1` writes
//! them.

#![cfg(feature = "sandbox")]

use std::fs;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::StreamExt as _;

use super::super::BETWEEN;
use super::super::roster::{ROSTER, TODAY, parsed};
use super::super::vendors::{Said, live, secret, settings};
use super::folder;
use crate::http::{Arriving, Broken, Outgoing, Within};
use crate::model::outcome::{Outcome, Verdict};
use crate::roster::desired;
use crate::sandbox::{Sandbox, Served, local, seed};

/// Writes down what a server answers.
struct Recorder {
    server: Sandbox,
    said: Mutex<Vec<Said>>,
}

#[async_trait]
impl Within for Recorder {
    async fn send(&self, request: Outgoing) -> Result<Arriving, Broken> {
        let Arriving {
            status,
            mut headers,
            body,
        } = self.server.send(request).await?;
        let pieces: Vec<_> = body.collect().await;
        let body = pieces.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
        // Of no use to any connector.
        for name in ["content-length", "date", "content-type"] {
            headers.remove(name);
        }
        let said = Said {
            status,
            headers,
            body,
        };
        self.said.lock().unwrap().push(said.clone());
        Ok(Arriving {
            status,
            headers: said.headers,
            body: Box::pin(futures::stream::once(async { Ok(said.body) })),
        })
    }
}

fn record(name: &str) -> (Vec<u8>, Vec<Outcome>) {
    let roster = parsed(ROSTER).roster;
    let settings = settings(&roster, name);
    let mut seed = seed(&settings, &desired(&roster, name, TODAY));
    for (key, text) in &mut seed.secrets {
        *text = secret(key);
    }
    let server = Sandbox::within(vec![Served {
        name: settings.name.clone(),
        local: Arc::from(local(seed.clone().into()).unwrap()),
        seed: seed.into(),
    }]);
    assert_eq!(*settings.base_url, server.base_url(name));
    let recorder = Arc::new(Recorder {
        server,
        said: Mutex::default(),
    });
    let outcomes = live(&roster, name, recorder.clone());
    let said = recorder.said.lock().unwrap();
    let said: Vec<Vec<u8>> = said.iter().map(Said::write).collect();
    (said.join(&BETWEEN), outcomes)
}

#[test]
fn the_seed_of_a_vendor_is_what_its_local_server_answers_to_a_run_that_goes_well() {
    for name in [
        "bitsight",
        "logicgate",
        "scim",
        "snaplogic",
        "surecloud",
        "jupyterhub",
        "pocketbase",
        "redmine",
        "synapse",
    ] {
        let (mut said, outcomes) = record(name);
        let done = outcomes.iter().filter(|it| it.verdict == Verdict::Applied);
        assert!(done.count() > 0, "{name}: {outcomes:?}");
        let described = ["jupyterhub", "pocketbase", "redmine", "synapse"].contains(&name);
        if described {
            said.splice(0..0, format!("{name}\n").into_bytes());
        }
        let target = if described { "rest" } else { name };
        let path = folder("seeds").join(target).join(name);
        if std::env::var_os("ROSTERCTL_BLESS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &said).unwrap();
        }
        let kept = fs::read(&path).unwrap_or_default();
        assert!(kept == said, "{name}: made anew by ROSTERCTL_BLESS=1");
    }
}
