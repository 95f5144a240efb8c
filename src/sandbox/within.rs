//! The local vendors as a server in this process, without sockets.

use std::io;

use async_trait::async_trait;
use futures::stream::StreamExt as _;
use rosterctl_sandbox::Sandbox;

use crate::http::{Arriving, Broken, Outgoing, Within};

#[async_trait]
impl Within for Sandbox {
    async fn send(&self, request: Outgoing) -> Result<Arriving, Broken> {
        let Outgoing {
            method,
            url,
            headers,
            body,
        } = request;
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let answered = self.call(method, target, headers, body.unwrap_or_default());
        let lost = |error: io::Error| match error.kind() {
            io::ErrorKind::ConnectionRefused => Broken::Unreachable(error.to_string()),
            _ => Broken::Lost(error.to_string()),
        };
        let answered = answered.await.map_err(lost)?;
        Ok(Arriving {
            status: answered.status,
            headers: answered.headers,
            body: Box::pin(answered.body.map(move |piece| piece.map_err(lost))),
        })
    }
}
