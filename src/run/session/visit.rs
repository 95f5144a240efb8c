//! Visits for `doctor`: one read of each vendor, and what could be seen on the way.

use crate::plan::known::{Known, Remembered};
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};

use super::{Member, Session};
use crate::http::{Api, Call, HttpError, Problem};
use crate::model::current::{Current, LastRead};
use crate::model::traffic::Traffic;
use crate::plan::checkup::{Fault, HealthCheck, SecretSeen, Stage};
use crate::state::reads;

/// Of the time of a visit, a last request without credentials may take so much more.
const PROBE: Duration = Duration::from_secs(10);

impl Session {
    /// Visits all vendors at the same time, none for longer than `most` (and a little for a last
    /// question). One that fails or hangs does not stop the others.
    pub async fn visits(&self, most: Duration) -> Vec<HealthCheck<'_>> {
        // What cannot be read here is the business of other checks.
        let last = reads::load(&self.state).unwrap_or_default();
        let visits = self.members.iter().map(|it| self.visit(it, &last, most));
        join_all(visits).await
    }

    async fn visit<'a>(
        &self,
        member: &'a Member,
        last: &BTreeMap<Box<str>, LastRead>,
        most: Duration,
    ) -> HealthCheck<'a> {
        let begun = Instant::now();
        let until = begun + most;
        let secrets = join_all(member.secrets.values().map(|secret| async {
            let read = secret.expiry();
            SecretSeen {
                place: secret.place(),
                read: match timeout_at(until, read).await {
                    Ok(read) => read.map_err(|error| error.to_string()),
                    Err(_) => Err(format!("{} did not tell in time", secret.place())),
                },
            }
        }))
        .await;
        let missing = secrets.iter().find_map(|it| it.read.as_ref().err());
        let start = Instant::now();
        let read = match (&member.vendor, missing) {
            (Err(error), _) => Err(Fault::Other(error.clone())),
            (Ok(_), Some(missing)) => Err(Fault::Secret(missing.clone())),
            (Ok(vendor), None) => {
                let read = vendor.fetch(&member.desired);
                self.within(until, most, member, read).await
            }
        };
        let took = start.elapsed();
        let requests = member.traffic().sent;
        let probe = match &member.api {
            Some(api) if requests == 0 => probe(api).await,
            Some(_) | None => None,
        };
        HealthCheck {
            settings: &member.settings,
            secrets,
            read: read.map(|current| Known {
                current,
                remembered: Remembered {
                    last_read: member.last_read(last),
                    ..Remembered::default()
                },
            }),
            requests,
            took,
            traffic: member.traffic(),
            probe,
            now: Timestamp::now(),
        }
    }

    async fn within(
        &self,
        until: Instant,
        most: Duration,
        member: &Member,
        read: impl Future<Output = Result<Current, HttpError>>,
    ) -> Result<Current, Fault> {
        match timeout_at(until, read).await {
            Ok(read) => {
                read.map_err(|error| fault(&error, &self.redactor.redact(&error.to_string())))
            }
            Err(_) => {
                let traffic = member.traffic();
                let name = &member.settings.name;
                let text = format!("{name}: the read was not done within {} s", most.as_secs());
                Err(match traffic.asked {
                    Some(asked) => Fault::Throttled(format!(
                        "{text}; the vendor asked to wait {} s",
                        asked.as_secs()
                    )),
                    None if traffic.throttles > 0 => Fault::Throttled(text),
                    None => Fault::Silent(text),
                })
            }
        }
    }
}

impl Member {
    fn traffic(&self) -> Traffic {
        self.api.as_ref().map(Api::traffic).unwrap_or_default()
    }
}

/// Asks for any answer at all, without credentials: a refusal is one.
async fn probe(api: &Api) -> Option<Fault> {
    let until = Instant::now() + PROBE;
    let asked = api.send(Call::get("reach the vendor", "/"));
    match timeout_at(until, asked).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => match fault(&error, &error.to_string()) {
            it @ (Fault::Unreachable(..) | Fault::Silent(_)) => Some(it),
            _ => None,
        },
        Err(_) => {
            let text = format!("no answer within {} s", PROBE.as_secs());
            Some(Fault::Silent(text))
        }
    }
}

/// Sorts an error by what it says about the vendor.
fn fault(error: &HttpError, text: &str) -> Fault {
    let text = String::from(text);
    match &error.problem {
        Problem::Unreachable { host, reason } => {
            Fault::Unreachable(stage(reason), format!("{host}: {reason}"))
        }
        Problem::Lost(_) | Problem::Timeout(_) | Problem::Down { .. } => Fault::Silent(text),
        Problem::Unauthorized(_) => Fault::Refused(text),
        Problem::Status { status, .. } => match status {
            401 => Fault::Refused(text),
            403 => Fault::Forbidden(text),
            404 | 405 | 410 => Fault::NotTheApi(text),
            _ => Fault::Other(text),
        },
        Problem::Throttled { .. } | Problem::WaitTooLong { .. } => Fault::Throttled(text),
        Problem::Redirect { .. } | Problem::Body(_) | Problem::Paging(_) => Fault::NotTheApi(text),
        Problem::Secret(_) => Fault::Secret(text),
        Problem::WriteInReadOnly | Problem::BadCall(_) | Problem::Setup(_) => Fault::Other(text),
    }
}

/// How far a connection got, by the words of the client's layers: they tell it in no other way.
fn stage(reason: &str) -> Stage {
    let has = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if has(&["dns error", "failed to lookup address"]) {
        Stage::Name
    } else if has(&["certificate", "corrupt message", "handshake", "fatal alert"]) {
        Stage::Tls
    } else {
        Stage::Connect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_client_tell_how_far_a_connection_got() {
        // As the client said them; the last two are tried for real in `tests/cli/doctor.rs`.
        for (reason, wanted) in [
            (
                "dns error: error resolving DNS: failed to lookup address information: Name or \
                 service not known",
                Stage::Name,
            ),
            ("invalid peer certificate: UnknownIssuer", Stage::Tls),
            ("received fatal alert: HandshakeFailure", Stage::Tls),
            ("operation timed out", Stage::Connect),
            (
                "received corrupt message of type InvalidContentType",
                Stage::Tls,
            ),
            (
                "tcp connect error: Connection refused (os error 111)",
                Stage::Connect,
            ),
        ] {
            assert_eq!(stage(reason), wanted, "{reason}");
        }
    }
}
