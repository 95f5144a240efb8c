//! One read of vendors, with what is kept between runs about them.

use std::collections::BTreeMap;
use std::time::Instant;

use super::{Member, Session};
use crate::http::Api;
use crate::model::current::LastRead;
use crate::model::desired::Desired;
use crate::model::off::Offs;
use crate::plan::known::{Known, Remembered};
use crate::state::off::Book;
use crate::state::reads;

/// What all vendors of one read share.
pub(super) struct Reading {
    begun: Instant,
    last: Result<BTreeMap<Box<str>, LastRead>, String>,
    off: Result<Book, String>,
}

impl Reading {
    pub(super) fn begin(session: &Session) -> Self {
        Self {
            begun: Instant::now(),
            last: reads::load(&session.state).map_err(|error| error.to_string()),
            off: Book::load(&session.state).map_err(|error| error.to_string()),
        }
    }

    /// Reads one vendor, for what is wished of it.
    pub(super) async fn read(
        &self,
        session: &Session,
        member: &Member,
        wish: &Desired<'_>,
    ) -> Result<Known, String> {
        let vendor = member.vendor.as_ref().map_err(Clone::clone)?;
        // Without knowing how much was there, half a list could pass for a whole one.
        let last = self.last.as_ref().map_err(Clone::clone)?;
        let read = vendor.fetch(wish).await;
        let current = read.map_err(|error| session.redactor.redact(&error.to_string()))?;
        let known = self.off.as_ref().map_err(Clone::clone);
        let remembered = Remembered {
            last_read: member.last_read(last),
            off: Offs::new(
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
        session.look_up_renamed(member, wish, &mut known).await;
        Ok(known)
    }
}
