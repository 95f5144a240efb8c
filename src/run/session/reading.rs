//! One read of vendors, with what is kept between runs about them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::{Member, Session};
use crate::connector::Vendor;
use crate::http::{Api, HttpError};
use crate::model::current::{Current, LastRead};
use crate::model::desired::Desired;
use crate::model::off::DeactivationHistory;
use crate::plan::known::{Known, Remembered};
use crate::state::off::DeactivationFile;
use crate::state::reads;

/// What all vendors of one read share.
pub(super) struct Reading {
    begun: Instant,
    last: Result<BTreeMap<Box<str>, LastRead>, String>,
    off: Result<DeactivationFile, String>,
}

impl Reading {
    pub(super) fn begin(session: &Session) -> Self {
        Self {
            begun: Instant::now(),
            last: reads::load(&session.state).map_err(|error| error.to_string()),
            off: DeactivationFile::load(&session.state).map_err(|error| error.to_string()),
        }
    }

    /// Reads one vendor, for what is wished of it, or else for what the roster asks; that may be done
    /// on a thread of its own.
    pub(super) async fn read(
        &self,
        session: &Session,
        member: &Member,
        wish: Option<&Desired<'_>>,
        apart: bool,
    ) -> Result<Known, String> {
        let vendor = member.vendor.as_ref().map_err(Clone::clone)?;
        // Without knowing how much was there, half a list could pass for a whole one.
        let last = self.last.as_ref().map_err(Clone::clone)?;
        let read = match wish {
            Some(wish) => vendor.fetch(wish).await,
            None if apart => fetch_apart(vendor.clone(), member.desired.clone()).await?,
            None => vendor.fetch(&member.desired).await,
        };
        let current = read.map_err(|error| session.redactor.redact(&error.to_string()))?;
        let known = self.off.as_ref().map_err(Clone::clone);
        let remembered = Remembered {
            last_read: member.last_read(last),
            off: DeactivationHistory::new(
                known.map(|book| book.entries(&member.settings)),
                session.on,
                session.today,
                &member.desired_today,
            ),
            looked_up: None,
        };
        let traffic = member.api.as_ref().map(Api::traffic).unwrap_or_default();
        tracing::info!(
            vendor = &*member.settings.name,
            accounts = current.accounts.len(),
            requests = traffic.sent,
            ms = self.begun.elapsed().as_millis() as u64,
            "read"
        );
        let mut known = Known {
            current,
            remembered,
        };
        let wish = wish.unwrap_or(&member.desired);
        session.look_up_renamed(member, wish, &mut known).await;
        Ok(known)
    }
}

/// Reads a vendor on a thread of its own, which ends with the read.
///
/// # Errors
/// There is no thread to be had, or it ended without an answer.
async fn fetch_apart(
    vendor: Arc<dyn Vendor>,
    desired: Arc<Desired<'static>>,
) -> Result<Result<Current, HttpError>, String> {
    let (answer, answered) = oneshot::channel();
    let read = move || {
        let mut builder = Builder::new_current_thread();
        let Ok(runtime) = builder.enable_all().build() else {
            return;
        };
        let read = runtime.block_on(vendor.fetch(&desired));
        // Nobody waits any more where the run was stopped.
        let _ = answer.send(read);
    };
    thread::Builder::new()
        .name(String::from("vendor"))
        .spawn(read)
        .map_err(|error| format!("no thread to read it on: {error}"))?;
    let ended = |_| String::from("the thread that read it ended without an answer");
    answered.await.map_err(ended)
}
