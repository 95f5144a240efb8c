//! Many creates in one call (RFC 7644, 3.7), where the vendor offers it and the roster asks for it.
//!
//! Each operation has a status of its own, so each person is told what became of theirs.

use serde_json::{Value as Json, json};

use super::Scim;
use super::setting;
use super::wire::{BULK_REQUEST, get, scalar};
use crate::connector::batch::{Batches, Waiting};
use crate::http::{Call, HttpError, Problem};

/// Creates of one call, whatever the vendor would take: an answer that is lost concerns so many.
const MOST: u64 = 100;

/// What one create came to: the id, where the answer shows it.
type Told = Result<Option<String>, HttpError>;

/// Creates that wait for a call.
pub(super) struct Creates(Batches<Json, Told>);

impl Creates {
    pub(super) fn new() -> Self {
        Self(Batches::new(usize::try_from(MOST).unwrap_or(usize::MAX)))
    }
}

impl Scim {
    /// How many creates one call takes; 0: none.
    pub(super) fn bulk_size(&self) -> usize {
        let asked = self.settings.flag(setting::BULK) && !self.learnt().no_bulk;
        let offered = self.known().discovered.bulk.filter(|_| asked);
        let size = offered.map_or(0, |(operations, _)| operations.min(MOST));
        usize::try_from(size).unwrap_or_default()
    }

    /// Creates a user together with others. `None`: creates go one by one here.
    pub(super) async fn bulk(&self, body: &Json) -> Option<Told> {
        if self.bulk_size() < 2 {
            return None;
        }
        let told = self
            .creates
            .0
            .share(body.clone(), |batch| self.send_creates(batch));
        let abandoned = || {
            let why = "the call that carried it was given up";
            Err(self
                .api
                .problem("create users (POST /Bulk)", Problem::Lost(why.into())))
        };
        match told.await.unwrap_or_else(abandoned) {
            // The vendor takes no bulk after all: nothing was done.
            Err(error)
                if matches!(error.status(), Some(403 | 404 | 405 | 501))
                    && self.learnt().no_bulk =>
            {
                None
            }
            told => Some(told),
        }
    }

    async fn send_creates(&self, mut batch: Vec<Waiting<Json, Told>>) {
        while !batch.is_empty() {
            let rest = batch.split_off(self.fitting(&batch));
            self.send_some(batch).await;
            batch = rest;
        }
    }

    /// How many of the first ones fit into one call by number and size; at least one.
    fn fitting(&self, batch: &[Waiting<Json, Told>]) -> usize {
        let room = self.known().discovered.bulk.map_or(0, |(_, bytes)| bytes);
        let mut bytes = 200_u64;
        let fits = batch.iter().take(self.bulk_size()).take_while(|waiting| {
            let size = u64::try_from(waiting.item.to_string().len()).unwrap_or(u64::MAX);
            bytes = bytes.saturating_add(size).saturating_add(100);
            bytes <= room
        });
        fits.count().max(1)
    }

    async fn send_some(&self, batch: Vec<Waiting<Json, Told>>) {
        let path = self.users();
        let operations: Vec<Json> = batch
            .iter()
            .enumerate()
            .map(|(at, waiting)| {
                json!({ "method": "POST", "path": path, "bulkId": format!("create-{at}"),
                    "data": waiting.item })
            })
            .collect();
        let body = json!({ "schemas": [BULK_REQUEST], "Operations": operations });
        let sent = self
            .send(Call::post("create users", "/Bulk").json(&body))
            .await;
        let answer = sent.and_then(|reply| reply.json::<Json>());
        if let Err(error) = &answer
            && matches!(error.status(), Some(403 | 404 | 405 | 501))
        {
            self.learnt().no_bulk = true;
        }
        for (at, waiting) in batch.into_iter().enumerate() {
            let told = match &answer {
                Ok(answer) => self.told(answer, &format!("create-{at}")),
                Err(error) => Err(error.clone()),
            };
            waiting.tell(told);
        }
    }

    /// What the answer says of one operation.
    fn told(&self, answer: &Json, bulk_id: &str) -> Told {
        let failed = |problem| Err(self.api.problem("create user (POST /Bulk)", problem));
        let fields = answer.as_object();
        let operations = fields.and_then(|it| get(it, "Operations"));
        let operations = operations.and_then(Json::as_array).into_iter().flatten();
        let mine = operations
            .filter_map(Json::as_object)
            .find(|operation| get(operation, "bulkId").and_then(Json::as_str) == Some(bulk_id));
        let Some(mine) = mine else {
            // Perhaps it stopped at an earlier one; a fresh read tells.
            return failed(Problem::Body(
                "the bulk answer does not name this user".into(),
            ));
        };
        // `"201"` in the standard, a number with some, an object with a code in drafts.
        let status = get(mine, "status").and_then(|status| {
            let code = status.as_object().and_then(|it| get(it, "code"));
            scalar(code.unwrap_or(status))?.parse::<u16>().ok()
        });
        let response = get(mine, "response");
        match status {
            Some(200..300) => {
                let shown = response.and_then(Json::as_object);
                let shown = shown.and_then(|it| get(it, "id")).and_then(scalar);
                let location = get(mine, "location").and_then(Json::as_str);
                Ok(shown.or_else(|| super::wire::last_segment(location?)))
            }
            Some(status) => {
                let detail = response.and_then(Json::as_object);
                let detail = detail
                    .and_then(|it| get(it, "detail"))
                    .and_then(Json::as_str);
                failed(Problem::Status {
                    status,
                    message: self.api.clean(detail.unwrap_or("no message")),
                    body: response.cloned().map(Box::new),
                })
            }
            None => failed(Problem::Body(
                "the bulk answer has no status for this user".into(),
            )),
        }
    }
}
